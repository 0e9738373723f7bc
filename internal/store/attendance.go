package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Coming and going at a shift. Coming is an INSERT with a unique key, going a
// conditional UPDATE: twice is once, from two processes too.

// How somebody was checked in or out.
const (
	howCode   = "code"
	howDevice = "device"
	howDesk   = "desk"
)

// CheckIn notes that the actor has come to the activity, or with out that they
// go, proved by the leader's rotating code. It answers the attendance as it is
// afterwards. Refusals: Invalid (field code), TooMany, TooEarly, TooLate,
// Forbidden without a place.
func (t *Tenant) CheckIn(ctx context.Context, actor models.Actor, activity models.ID, code string, out bool) (*models.Attendance, error) {
	var a models.Attendance
	wrong := false
	err := t.Write(ctx, actor, func(tx *Tx) (err error) {
		v, err := tx.volunteer()
		if err != nil {
			return err
		}
		there, err := tx.There("activity", activity, code)
		if wrong = !there; err != nil || wrong {
			return err
		}
		if out {
			a, err = tx.goes(v, activity, tx.Now, howCode, "")
		} else {
			a, err = tx.comes(v, activity, tx.Now, howCode, "")
		}
		return err
	})
	if err == nil && wrong {
		var f problem.Form
		f.Add("code", "activity.code.wrong", nil)
		err = f.Err()
	}
	return &a, err
}

// comes writes that a volunteer is there at an instant.
func (tx *Tx) comes(v *models.Volunteer, activity models.ID, at time.Time, how, doubt string) (models.Attendance, error) {
	var none models.Attendance
	s, shift, err := tx.shiftAt(v, activity, at)
	if err != nil {
		return none, err
	}
	if err := policy.MayCheckIn(*shift, at); err != nil {
		return none, err
	}
	a := models.Attendance{Tenant: models.Tenant{ID: tx.NewID()}, ShiftID: shift.ID, ActivityID: activity, VolunteerID: v.ID, InAt: at, InHow: how, Doubt: doubt,
		ByUserID: tx.Actor.UserID, CreatedAt: tx.Now, UpdatedAt: tx.Now}
	err = tx.Create(&a).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		var had models.Attendance
		err := tx.Where("shift_id = ? AND volunteer_id = ?", shift.ID, v.ID).Take(&had).Error
		return had, err
	}
	if err == nil {
		tx.Audit("attendance.in", a.ID, map[string]string{"how": how, "signup": s.ID.String()})
	}
	return a, err
}

// shiftAt is the shift of the activity in which the volunteer has a place and
// which runs at the instant, or is nearest to it.
func (tx *Tx) shiftAt(v *models.Volunteer, activity models.ID, at time.Time) (*models.Signup, *models.Shift, error) {
	var rows []models.Signup
	err := tx.Where("activity_id = ? AND volunteer_id = ? AND state = ?", activity, v.ID, models.SignupIn).Order("begins_at").Find(&rows).Error
	if err != nil {
		return nil, nil, err
	}
	var best *models.Signup
	for i := range rows {
		if best == nil || away(rows[i], at) < away(*best, at) {
			best = &rows[i]
		}
	}
	if best == nil {
		return nil, nil, problem.New(problem.Forbidden, "activity.checkin.noplace", nil)
	}
	var s models.Shift
	err = tx.Where("id = ?", best.ShiftID).Take(&s).Error
	return best, &s, notFound(err)
}

// away is how far an instant is from a shift; 0 within.
func away(s models.Signup, at time.Time) time.Duration {
	switch {
	case at.Before(s.BeginsAt):
		return s.BeginsAt.Sub(at)
	case at.After(s.EndsAt):
		return at.Sub(s.EndsAt)
	}
	return 0
}

// goes writes that a volunteer goes at an instant.
func (tx *Tx) goes(v *models.Volunteer, activity models.ID, at time.Time, how, doubt string) (models.Attendance, error) {
	var none models.Attendance
	_, shift, err := tx.shiftAt(v, activity, at)
	if err != nil {
		return none, err
	}
	var a models.Attendance
	if err := tx.Where("shift_id = ? AND volunteer_id = ?", shift.ID, v.ID).Limit(1).Find(&a).Error; err != nil {
		return none, err
	}
	if a.ID == 0 {
		return none, problem.New(problem.Conflict, "activity.checkout.first", nil)
	}
	if a.OutAt != nil {
		return a, nil
	}
	if err := policy.MayCheckOut(*shift, a.InAt, at); err != nil {
		return none, err
	}
	a.OutAt, a.OutHow, a.UpdatedAt = &at, how, tx.Now
	if doubt != "" {
		a.Doubt = doubt
	}
	res := tx.Model(&models.Attendance{}).Where("id = ? AND out_at IS NULL", a.ID).Select("out_at", "out_how", "doubt", "updated_at").Updates(&a)
	if res.Error != nil {
		return none, res.Error
	}
	if res.RowsAffected == 0 { // another device was faster: the first one counts
		err := tx.Where("id = ?", a.ID).Take(&a).Error
		return a, err
	}
	tx.Audit("attendance.out", a.ID, map[string]string{"how": how})
	return a, nil
}

// DeskAttendance notes by hand that somebody came and went: for those whom no
// code reached. It is marked as such, and the hours that follow from it are
// looked at twice.
func (t *Tenant) DeskAttendance(ctx context.Context, actor models.Actor, shift, volunteer models.ID, in, out time.Time) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		s, a, err := tx.ledShift(shift)
		if err != nil {
			return err
		}
		v, err := tx.volunteerByID(volunteer)
		if err != nil {
			return err
		}
		if tx.own(v) {
			return problem.New(problem.Forbidden, "hours.own", nil).Because("G3.5")
		}
		var f problem.Form
		if in.Before(s.BeginsAt.Add(-time.Hour)) || out.After(s.EndsAt.Add(time.Hour)) || !out.After(in) || out.After(tx.Now) {
			f.Add("minutes", "activity.attendance.times", nil)
			return f.Err()
		}
		row := models.Attendance{Tenant: models.Tenant{ID: tx.NewID()}, ShiftID: s.ID, ActivityID: a.ID, VolunteerID: v.ID, InAt: in, InHow: howDesk, OutAt: &out, OutHow: howDesk,
			ByUserID: actor.UserID, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Create(&row).Error; err != nil {
			if errors.Is(err, gorm.ErrDuplicatedKey) {
				return problem.New(problem.Conflict, "activity.attendance.twice", nil)
			}
			return err
		}
		tx.Audit("attendance.desk", row.ID, nil)
		return nil
	})
}

// ledShift is a shift of which the actor is the leader, or the office.
func (tx *Tx) ledShift(id models.ID) (*models.Shift, *models.Activity, error) {
	var s models.Shift
	if err := tx.Where("id = ?", id).Take(&s).Error; err != nil {
		return nil, nil, notFound(err)
	}
	a, err := tx.activity(s.ActivityID)
	if err != nil {
		return nil, nil, err
	}
	if tx.May("hours", "enter") == nil {
		return &s, a, nil
	}
	return &s, a, tx.leads(a)
}
