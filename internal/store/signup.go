package store

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Places in shifts. A place is one conditional UPDATE of the shift; that a
// volunteer promises no quarter of an hour twice is a primary key.

// Taking is what a volunteer says when they take a place.
type Taking struct {
	Shift      models.ID
	WithParent bool
	Agreed     bool
}

// SignUp takes a place, or one on the waiting list when all are taken. Once
// more is no error. Refusals: those of policy.MayServe, Conflict for an overlap.
func (t *Tenant) SignUp(ctx context.Context, actor models.Actor, k Taking) (*models.Signup, error) {
	var s models.Signup
	err := t.Write(ctx, actor, func(tx *Tx) error {
		v, err := tx.volunteer()
		if err != nil {
			return err
		}
		s, err = tx.signUp(v, k)
		return err
	})
	return &s, err
}

func (tx *Tx) signUp(v *models.Volunteer, k Taking) (models.Signup, error) {
	var none models.Signup
	shift, a, err := tx.openShift(k.Shift)
	if err != nil {
		return none, err
	}
	if !tx.Now.Before(shift.EndsAt) {
		return none, problem.New(problem.TooLate, "activity.over", nil)
	}
	var job models.ActivityJob
	if err := tx.Where("id = ?", shift.JobID).Take(&job).Error; err != nil {
		return none, notFound(err)
	}
	if err := policy.MayServe(*v, policy.Serving{Activity: *a, Job: job, Shift: *shift, WithParent: k.WithParent, Agreed: k.Agreed}, tx.Day()); err != nil {
		return none, err
	}
	var had models.Signup
	if err := tx.Where("shift_id = ? AND volunteer_id = ?", shift.ID, v.ID).Limit(1).Find(&had).Error; err != nil {
		return none, err
	}
	if had.ID != 0 && had.State != models.SignupCancelled {
		return had, nil
	}
	s := had
	if s.ID == 0 {
		s = models.Signup{Tenant: models.Tenant{ID: tx.NewID()}, ShiftID: shift.ID, ActivityID: a.ID, VolunteerID: v.ID, CreatedAt: tx.Now}
	}
	s.Minor, s.BeginsAt, s.EndsAt, s.UpdatedAt, s.WaitSeq, s.RemindedAt = k.WithParent, shift.BeginsAt, shift.EndsAt, tx.Now, 0, nil
	if k.Agreed {
		s.AgreedAt = &tx.Now
	}
	if s.State, err = tx.takePlace(&s, shift); err != nil {
		return none, err
	}
	return s, tx.keepSignup(&s, &had)
}

// openShift is a shift that one may sign up for, with its activity.
func (tx *Tx) openShift(id models.ID) (*models.Shift, *models.Activity, error) {
	var s models.Shift
	if err := tx.Where("id = ?", id).Take(&s).Error; err != nil {
		return nil, nil, notFound(err)
	}
	a, err := tx.activity(s.ActivityID)
	if err != nil {
		return nil, nil, err
	}
	if a.State != models.ActivityOpen || s.State != models.ShiftOpen {
		return nil, nil, problem.New(problem.Conflict, "activity.shift.cancelled", nil)
	}
	return &s, a, nil
}

// takePlace takes one of the places, or queues.
func (tx *Tx) takePlace(s *models.Signup, shift *models.Shift) (models.SignupState, error) {
	res := tx.Model(&models.Shift{}).Where("id = ? AND state = ? AND taken < places", shift.ID, models.ShiftOpen).Update("taken", gorm.Expr("taken + 1"))
	if res.Error != nil {
		return "", res.Error
	}
	if res.RowsAffected == 1 {
		if err := tx.promise(s); err != nil {
			return "", err
		}
		return models.SignupIn, tx.countTaken(s.ActivityID, 1)
	}
	res = tx.Model(&models.Shift{}).Where("id = ? AND state = ?", shift.ID, models.ShiftOpen).Update("waiting", gorm.Expr("waiting + 1"))
	if err := Changed(res); err != nil {
		return "", err
	}
	var err error
	s.WaitSeq, err = tx.Next("shift.wait")
	return models.SignupWaiting, err
}

func (tx *Tx) countTaken(activity models.ID, n int) error {
	return tx.Model(&models.Activity{}).Where("id = ?", activity).Update("taken", gorm.Expr("taken + ?", n)).Error
}

// promise writes the quarters of an hour; one that is promised already is an
// overlap.
func (tx *Tx) promise(s *models.Signup) error {
	numbers := policy.Slots(s.BeginsAt, s.EndsAt)
	rows := make([]models.VolunteerSlot, len(numbers))
	for i, n := range numbers {
		rows[i] = models.VolunteerSlot{VolunteerID: s.VolunteerID, Slot: n, SignupID: s.ID}
	}
	err := tx.Create(&rows).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return problem.New(problem.Conflict, "activity.overlap", nil)
	}
	return err
}

func (tx *Tx) keepSignup(s, had *models.Signup) error {
	tx.Touch("activities")
	tx.Audit("signup."+string(s.State), s.ID, nil)
	if had.ID == 0 {
		return tx.Create(s).Error // a duplicate key is a lost race: the second tap of one finger
	}
	return Changed(tx.Model(&models.Signup{}).Where("id = ? AND state = ?", s.ID, had.State).Select("*").Omit("community_id", "id", "created_at").Updates(s))
}

// CancelSignup gives a place back, until the hours that the activity says.
func (t *Tenant) CancelSignup(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		s, v, err := tx.ownSignup(id)
		if err != nil {
			return err
		}
		a, err := tx.activity(s.ActivityID)
		if err != nil {
			return err
		}
		if err := policy.MayCancel(*s, a.CancelH, tx.Now); err != nil {
			return err
		}
		if err := tx.giveBack(s); err != nil {
			return err
		}
		leader, err := tx.volunteerByID(a.LeaderID)
		if err != nil || s.State != models.SignupIn {
			return err
		}
		return tx.tellVolunteer(leader, "activity.tell.left", problem.Args{"name": v.Name, "title": a.Title, "at": s.BeginsAt}, tx.activityLink(a.ID)+"/lead")
	})
}

func (tx *Tx) ownSignup(id models.ID) (*models.Signup, *models.Volunteer, error) {
	v, err := volunteerOf(tx.DB, tx.Actor.UserID)
	if err != nil {
		return nil, nil, err
	}
	var s models.Signup
	if err := tx.Where("id = ? AND volunteer_id = ? AND state <> ?", id, v.ID, models.SignupCancelled).Take(&s).Error; err != nil {
		return nil, nil, notFound(err)
	}
	return &s, v, nil
}

// giveBack frees a place and gives it to the first in the waiting list who has
// no other promise then.
func (tx *Tx) giveBack(s *models.Signup) error {
	res := tx.Model(&models.Signup{}).Where("id = ? AND state = ?", s.ID, s.State).
		Updates(map[string]any{"state": models.SignupCancelled, "updated_at": tx.Now})
	if err := Changed(res); err != nil {
		return err
	}
	tx.Touch("activities")
	tx.Audit("signup.cancelled", s.ID, nil)
	if s.State == models.SignupWaiting {
		return tx.Model(&models.Shift{}).Where("id = ? AND waiting > 0", s.ShiftID).Update("waiting", gorm.Expr("waiting - 1")).Error
	}
	if err := tx.Where("signup_id = ?", s.ID).Delete(&models.VolunteerSlot{}).Error; err != nil {
		return err
	}
	res = tx.Model(&models.Shift{}).Where("id = ? AND taken > 0", s.ShiftID).Update("taken", gorm.Expr("taken - 1"))
	if err := Changed(res); err != nil {
		return err
	}
	if err := tx.countTaken(s.ActivityID, -1); err != nil {
		return err
	}
	return tx.moveUp(s)
}

// moveUp gives the free place to the first who waits and has time.
func (tx *Tx) moveUp(free *models.Signup) error {
	var waiting []models.Signup
	err := tx.Where("shift_id = ? AND state = ?", free.ShiftID, models.SignupWaiting).Order("wait_seq").Find(&waiting).Error
	if err != nil {
		return err
	}
	for i := range waiting {
		w := &waiting[i]
		busy, err := tx.promised(w)
		if err != nil || busy {
			if err != nil {
				return err
			}
			continue // keeps the place in the list; perhaps the other promise goes
		}
		res := tx.Model(&models.Shift{}).Where("id = ? AND taken < places AND waiting > 0", w.ShiftID).
			Updates(map[string]any{"taken": gorm.Expr("taken + 1"), "waiting": gorm.Expr("waiting - 1")})
		if err := Changed(res); err != nil {
			return err
		}
		if err := tx.promise(w); err != nil {
			return err
		}
		res = tx.Model(&models.Signup{}).Where("id = ? AND state = ?", w.ID, models.SignupWaiting).
			Updates(map[string]any{"state": models.SignupIn, "wait_seq": 0, "updated_at": tx.Now})
		if err := Changed(res); err != nil {
			return err
		}
		if err := tx.countTaken(w.ActivityID, 1); err != nil {
			return err
		}
		tx.Audit("signup.moved_up", w.ID, nil)
		return tx.tellMoved(w)
	}
	return nil
}

func (tx *Tx) promised(s *models.Signup) (bool, error) {
	var rows []models.VolunteerSlot
	err := tx.Where("volunteer_id = ? AND slot IN ?", s.VolunteerID, policy.Slots(s.BeginsAt, s.EndsAt)).Limit(1).Find(&rows).Error
	return len(rows) > 0, err
}

func (tx *Tx) tellMoved(s *models.Signup) error {
	v, err := tx.volunteerByID(s.VolunteerID)
	if err != nil {
		return err
	}
	a, err := tx.activity(s.ActivityID)
	if err != nil {
		return err
	}
	return tx.tellVolunteer(v, "activity.tell.moved_up", problem.Args{"title": a.Title, "at": s.BeginsAt}, tx.activityLink(a.ID))
}
