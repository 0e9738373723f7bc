package main

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"juwu/models"
	"juwu/policy"
)

// A district as large as one process has to bear.
const (
	streets     = 25
	communities = 500
	posts       = 20000
	officers    = 9000
)

// decisions are enough to be seen by a clock of hundredths of a second. It is
// the processor's, so that a busy machine does not count.
const decisions = 10_000_000

const decisionDay = models.Date("2026-11-23")

// decision is what it costs to ask whether somebody may do something: an
// officer, all whose posts have to be looked at, and a right they do have.
func decision(b *bed) error {
	const limit = 200 * time.Nanosecond
	guard, err := crowded()
	if err != nil {
		return err
	}
	actor, community := models.Actor{UserID: 100042}, &models.Community{ID: 10042}
	if err := guard.Allowed(actor, community, "account", "read", decisionDay); err != nil {
		return fmt.Errorf("the decision that is measured is a no: %w", err)
	}
	ask := func() { _ = guard.Allowed(actor, community, "account", "read", decisionDay) }
	allocations := testing.AllocsPerRun(1000, ask)
	before, err := cpu(os.Getpid())
	if err != nil {
		return err
	}
	for range decisions {
		ask()
	}
	after, err := cpu(os.Getpid())
	if err != nil {
		return err
	}
	each := (after - before) / decisions
	b.report.Add(Figure{
		Name: fmt.Sprintf("a permission decision, %d communities and %d appointments loaded", communities, posts),
		Got:  fmt.Sprintf("%v of processor time, %.0f allocations", each, allocations), Want: fmt.Sprintf("≤ %v, none", limit),
		OK: each <= limit && allocations == 0,
	})
	return nil
}

func crowded() (*policy.Guard, error) {
	conf, err := os.ReadFile("casbin.conf")
	if err != nil {
		return nil, err
	}
	guard, err := policy.LoadGuard(string(conf))
	if err != nil {
		return nil, err
	}
	regions := []models.Region{{ID: 1, Level: models.LevelDistrict}}
	for i := range streets {
		regions = append(regions, models.Region{ID: models.ID(1000 + i), ParentID: 1, Level: models.LevelStreet})
	}
	for i := range communities {
		regions = append(regions, models.Region{ID: models.ID(10000 + i), ParentID: models.ID(1000 + i%streets), Level: models.LevelCommunity})
	}
	var held []models.Appointment
	for i := range posts {
		held = append(held, models.Appointment{
			ID: models.ID(i + 1), UserID: models.ID(100000 + i%officers), RegionID: models.ID(10000 + i%communities),
			Role: policy.Offices[i%len(policy.Offices)].Role, From: "2026-01-01", Until: "2030-12-31",
		})
	}
	if !guard.SetAppointments(held, regions, 1) {
		return nil, errors.New("the appointments were not taken over")
	}
	return guard, nil
}
