package policy

import (
	"sync"
	"testing"
	"time"

	"juwu/models"
)

var (
	tree = []models.Region{
		{ID: 1, Level: models.LevelDistrict},
		{ID: 10, ParentID: 1, Level: models.LevelStreet}, {ID: 20, ParentID: 1, Level: models.LevelStreet},
		{ID: 100, ParentID: 10, Level: models.LevelCommunity}, {ID: 101, ParentID: 10, Level: models.LevelCommunity},
		{ID: 200, ParentID: 20, Level: models.LevelCommunity},
	}
	today = models.Date("2026-08-15")
)

func at(day models.Date) *time.Time {
	t := day.Time().Add(9 * time.Hour)
	return &t
}

func TestRolesByPlaceAndDay(t *testing.T) {
	g := guard(t)
	if g.Roles(1, 100, today) != 0 || g.Version() != 0 {
		t.Error("roles before any appointment is known")
	}
	g.SetAppointments([]models.Appointment{
		{RegionID: 100, UserID: 1, Role: models.RoleDirector, From: "2026-01-01", Until: "2026-08-15"},
		{RegionID: 100, UserID: 2, Role: models.RoleClerk, From: "2026-08-15"},
		{RegionID: 10, UserID: 3, Role: models.RoleStreet, From: "2026-01-01"},
		{RegionID: 1, UserID: 4, Role: models.RoleDistrict, From: "2026-01-01"},
		{RegionID: 10, UserID: 5, Role: models.RoleBookkeeper, From: "2026-01-01", EndedAt: at("2026-08-15")},
		{RegionID: 10, UserID: 6, Role: models.RoleDirector, From: "2026-01-01"},
		{RegionID: 100, UserID: 6, Role: models.RoleStreet, From: "2026-01-01"},
		{RegionID: 999, UserID: 7, Role: models.RoleDirector, From: "2026-01-01"},
		{RegionID: 100, UserID: 8, Role: "boss", From: "2026-01-01"},
		{RegionID: 100, UserID: 9, Role: models.RoleDirector, From: ""},
		{RegionID: 100, UserID: 11, Role: models.RoleDirector, From: "2026-01-01", Until: "soon"},
	}, tree, 5)
	for _, c := range []struct {
		name            string
		user, community models.ID
		day             models.Date
		want            RoleSet
	}{
		{"last day", 1, 100, "2026-08-15", SetOf(models.RoleDirector)},
		{"day after", 1, 100, "2026-08-16", 0},
		{"other community", 1, 101, "2026-08-15", 0},
		{"day before the first", 2, 100, "2026-08-14", 0},
		{"first day", 2, 100, "2026-08-15", SetOf(models.RoleClerk)},
		{"street in its community", 3, 101, today, SetOf(models.RoleStreet)},
		{"street elsewhere", 3, 200, today, 0},
		{"district everywhere below", 4, 200, today, SetOf(models.RoleDistrict)},
		{"district in its street", 4, 20, today, SetOf(models.RoleDistrict)},
		{"street above itself", 3, 1, today, 0},
		{"anywhere", 3, 0, today, SetOf(models.RoleStreet)},
		{"unknown community", 4, 777, today, 0},
		{"day before it was ended", 5, 100, "2026-08-14", SetOf(models.RoleBookkeeper)},
		{"day it was ended", 5, 100, "2026-08-15", 0},
		{"posts at the wrong level", 6, 100, today, 0},
		{"unknown region", 7, 999, today, 0},
		{"unknown role", 8, 100, today, 0},
		{"no first day", 9, 100, today, 0},
		{"last day that is no day", 11, 100, today, 0},
		{"nobody", 0, 100, today, 0},
		{"no day", 1, 100, "", 0},
	} {
		if got := g.Roles(c.user, c.community, c.day); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got.Roles(), c.want.Roles())
		}
	}
	if g.SetAppointments(nil, tree, 4) || g.Roles(4, 100, today) == 0 {
		t.Error("an older version took over")
	}
	if !g.SetAppointments(nil, tree, 6) || g.Roles(4, 100, today) != 0 || g.Version() != 6 {
		t.Error("a revoked right stayed")
	}
}

func TestDeputyFor(t *testing.T) {
	g := guard(t)
	g.SetAppointments([]models.Appointment{
		{RegionID: 100, UserID: 1, Role: models.RoleViceDirector, From: "2026-01-01"},
		{RegionID: 100, UserID: 1, Role: models.RoleDirector, From: "2026-08-01", Until: "2026-08-31", DeputyFor: 2},
		{RegionID: 100, UserID: 2, Role: models.RoleDirector, From: "2026-01-01"},
	}, tree, 1)
	for _, c := range []struct {
		user models.ID
		role models.Role
		day  models.Date
		want models.ID
	}{
		{1, models.RoleDirector, "2026-08-31", 2}, {1, models.RoleDirector, "2026-09-01", 0},
		{1, models.RoleViceDirector, "2026-08-31", 0}, {2, models.RoleDirector, "2026-08-31", 0},
	} {
		if got := g.DeputyFor(c.user, 100, c.role, c.day); got != c.want {
			t.Errorf("%v: deputy for %v", c, got)
		}
	}
}

// The permissions of one process change while others ask.
func TestSetAppointmentsWhileAsked(t *testing.T) {
	g := district(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 2000 {
				g.Roles(100042, 10042, today)
				g.Allowed(models.Actor{UserID: 100042}, &models.Community{ID: 10042}, "claim", "approve", today)
			}
		})
	}
	for v := range uint64(50) {
		g.SetAppointments(nil, tree, v)
	}
	wg.Wait()
}
