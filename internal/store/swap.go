package store

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// AskSwap asks a colleague, by volunteer number, to take the actor's place. The
// place stays the actor's until the colleague says yes. Refusals: Invalid
// (field number), Conflict while another is asked.
func (t *Tenant) AskSwap(ctx context.Context, actor models.Actor, signup models.ID, number string) error {
	number = cleanLine(number)
	return t.Write(ctx, actor, func(tx *Tx) error {
		s, v, err := tx.ownSignup(signup)
		if err != nil {
			return err
		}
		if s.State != models.SignupIn || !tx.Now.Before(s.BeginsAt) {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		to, err := tx.colleague(number, v)
		if err != nil {
			return err
		}
		w := models.Swap{Tenant: models.Tenant{ID: tx.NewID()}, SignupID: s.ID, OpenSignup: &s.ID, ShiftID: s.ShiftID, FromID: v.ID, ToID: to.ID, State: models.SwapAsked, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Create(&w).Error; err != nil {
			if errors.Is(err, gorm.ErrDuplicatedKey) {
				return problem.New(problem.Conflict, "activity.swap.open", nil)
			}
			return err
		}
		a, err := tx.activity(s.ActivityID)
		if err != nil {
			return err
		}
		tx.Audit("swap.ask", w.ID, nil)
		return tx.tellVolunteer(to, "activity.tell.swap", problem.Args{"name": v.Name, "title": a.Title, "at": s.BeginsAt}, "/me/volunteer")
	})
}

func (tx *Tx) colleague(number string, v *models.Volunteer) (*models.Volunteer, error) {
	var to models.Volunteer
	if err := tx.Where("number = ? AND state = ? AND user_id <> 0", number, models.VolunteerActive).Limit(1).Find(&to).Error; err != nil {
		return nil, err
	}
	var f problem.Form
	if to.ID == 0 || to.ID == v.ID {
		f.Add("number", "activity.swap.nobody", nil)
	}
	return &to, f.Err()
}

// DropSwap takes the wish back.
func (t *Tenant) DropSwap(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		v, err := volunteerOf(tx.DB, actor.UserID)
		if err != nil {
			return err
		}
		return tx.closeSwap(id, models.SwapDropped, "from_id = ?", v.ID)
	})
}

func (tx *Tx) closeSwap(id models.ID, state models.SwapState, whose string, who models.ID) error {
	tx.Audit("swap."+string(state), id, nil)
	return Changed(tx.Model(&models.Swap{}).Where("id = ? AND state = ?", id, models.SwapAsked).Where(whose, who).
		Updates(map[string]any{"state": state, "open_signup": nil, "updated_at": tx.Now}))
}

// AnswerSwap is the colleague's yes or no. With a yes the place changes hands
// in one step; the shift's count stays as it is.
func (t *Tenant) AnswerSwap(ctx context.Context, actor models.Actor, id models.ID, k Taking, yes bool) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		v, err := tx.volunteer()
		if err != nil {
			return err
		}
		var w models.Swap
		if err := tx.Where("id = ? AND to_id = ?", id, v.ID).Take(&w).Error; err != nil {
			return notFound(err)
		}
		state, key := models.SwapRefused, "activity.tell.swap_no"
		if yes {
			state, key = models.SwapDone, "activity.tell.swap_yes"
		}
		if err := tx.closeSwap(id, state, "to_id = ?", v.ID); err != nil {
			return err
		}
		if yes {
			k.Shift = w.ShiftID
			if err := tx.handOver(&w, v, k); err != nil {
				return err
			}
		}
		from, err := tx.volunteerByID(w.FromID)
		if err != nil {
			return err
		}
		return tx.tellVolunteer(from, key, problem.Args{"name": v.Name}, "/me/volunteer")
	})
}

func (tx *Tx) handOver(w *models.Swap, v *models.Volunteer, k Taking) error {
	shift, a, err := tx.openShift(w.ShiftID)
	if err != nil {
		return err
	}
	if !tx.Now.Before(shift.BeginsAt) {
		return problem.New(problem.TooLate, "activity.over", nil)
	}
	var job models.ActivityJob
	if err := tx.Where("id = ?", shift.JobID).Take(&job).Error; err != nil {
		return notFound(err)
	}
	if err := policy.MayServe(*v, policy.Serving{Activity: *a, Job: job, Shift: *shift, WithParent: k.WithParent, Agreed: k.Agreed}, tx.Day()); err != nil {
		return err
	}
	res := tx.Model(&models.Signup{}).Where("id = ? AND state = ?", w.SignupID, models.SignupIn).
		Updates(map[string]any{"state": models.SignupCancelled, "updated_at": tx.Now})
	if err := Changed(res); err != nil {
		return err
	}
	if err := tx.Where("signup_id = ?", w.SignupID).Delete(&models.VolunteerSlot{}).Error; err != nil {
		return err
	}
	var had models.Signup
	if err := tx.Where("shift_id = ? AND volunteer_id = ?", shift.ID, v.ID).Limit(1).Find(&had).Error; err != nil {
		return err
	}
	if had.State == models.SignupIn {
		return problem.New(problem.Conflict, "activity.overlap", nil)
	}
	if had.State == models.SignupWaiting {
		if err := tx.Model(&models.Shift{}).Where("id = ? AND waiting > 0", shift.ID).Update("waiting", gorm.Expr("waiting - 1")).Error; err != nil {
			return err
		}
	}
	s := had
	if s.ID == 0 {
		s = models.Signup{Tenant: models.Tenant{ID: tx.NewID()}, ShiftID: shift.ID, ActivityID: a.ID, VolunteerID: v.ID, CreatedAt: tx.Now}
	}
	s.State, s.BeginsAt, s.EndsAt, s.UpdatedAt, s.WaitSeq, s.Minor = models.SignupIn, shift.BeginsAt, shift.EndsAt, tx.Now, 0, k.WithParent
	if k.Agreed {
		s.AgreedAt = &tx.Now
	}
	if err := tx.promise(&s); err != nil {
		return err
	}
	return tx.keepSignup(&s, &had)
}
