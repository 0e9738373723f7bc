package store

import (
	"context"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Clock-driven work about volunteers. Everything is computed when it is read;
// this only tells people, and keeps tables small.

const (
	remindBefore = 24 * time.Hour
	remindBatch  = 200
)

// RemindShifts tells volunteers of shifts that begin within a day, once.
func (s *Store) RemindShifts(ctx context.Context, now time.Time) (int, error) {
	n := 0
	for _, c := range s.Communities() {
		t := s.In(c)
		var due []models.Signup
		err := t.db(ctx).Where("state = ? AND reminded_at IS NULL AND begins_at > ? AND begins_at <= ?", models.SignupIn, now, now.Add(remindBefore)).
			Order("begins_at").Limit(remindBatch).Find(&due).Error
		if err != nil {
			return n, err
		}
		for _, d := range due {
			told, err := t.remind(ctx, d)
			if err != nil {
				return n, err
			}
			if told {
				n++
			}
		}
	}
	return n, nil
}

func (t *Tenant) remind(ctx context.Context, d models.Signup) (told bool, err error) {
	err = t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
		told = false
		res := tx.Model(&models.Signup{}).Where("id = ? AND state = ? AND reminded_at IS NULL", d.ID, models.SignupIn).Update("reminded_at", tx.Now)
		if res.Error != nil || res.RowsAffected == 0 {
			return res.Error // given back, or another process was faster
		}
		v, err := tx.volunteerByID(d.VolunteerID)
		if err != nil {
			return err
		}
		a, err := tx.activity(d.ActivityID)
		if err != nil {
			return err
		}
		told = true
		return tx.tellVolunteer(v, "activity.tell.reminder", problem.Args{"title": a.Title, "at": d.BeginsAt, "place": a.Place}, tx.activityLink(a.ID))
	})
	return told, err
}

// AlarmVisits tells the desk, the grid worker, the volunteer and the family of a visit that is
// overdue, once for each day it became due.
func (s *Store) AlarmVisits(ctx context.Context, now time.Time) (int, error) {
	n, day := 0, models.DateOf(now)
	for _, c := range s.Communities() {
		t := s.In(c)
		missed, err := missedVisits(t.db(ctx), day)
		if err != nil {
			return n, err
		}
		for _, p := range missed {
			if p.AlarmedOn > policy.VisitDue(p) {
				continue
			}
			err := t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error { return tx.alarm(p, day) })
			if problem.Is(err, problem.Conflict) {
				continue
			}
			if err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

func (tx *Tx) alarm(p models.Pairing, day models.Date) error {
	res := tx.Model(&models.Pairing{}).Where("id = ? AND alarmed_on = ? AND last_visit = ?", p.ID, p.AlarmedOn, p.LastVisit).Update("alarmed_on", day)
	if err := Changed(res); err != nil {
		return err
	}
	tx.Audit("pairing.alarm", p.ID, nil)
	v, err := tx.volunteerByID(p.VolunteerID)
	if err != nil {
		return err
	}
	args := problem.Args{"date": policy.VisitDue(p)}
	if err := tx.tellVolunteer(v, "pairing.tell.missed", args, tx.pairingLink(p.ID)); err != nil {
		return err
	}
	if err := tx.tellFamily(&p, "pairing.tell.late", args); err != nil {
		return err
	}
	desk := "/admin/" + tx.Community.Code + "/volunteers/pairings"
	if err := tx.tellGrid(p.GridID, "pairing.tell.missed", args, desk); err != nil {
		return err
	}
	return tx.tellCommittee("pairing.tell.missed", args, desk)
}

// SweepVolunteers removes promises of quarters that are over: they keep nobody
// from anything any more.
func (s *Store) SweepVolunteers(ctx context.Context, now time.Time) (int64, error) {
	var n int64
	last := now.Add(-48*time.Hour).Unix() / 900
	for _, c := range s.Communities() {
		err := s.In(c).Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
			res := tx.Where("slot < ?", last).Delete(&models.VolunteerSlot{})
			n += res.RowsAffected
			return res.Error
		})
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
