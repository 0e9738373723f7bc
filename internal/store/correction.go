package store

import (
	"context"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

const (
	// CorrectionDays are the working days within which the desk answers. PIPL
	// art. 50 asks for a convenient channel and reasons, and names no days: 15
	// are the house's promise at /privacy.
	CorrectionDays    = 15
	correctionsPerDay = 5
	maxWish           = 1000
)

// AskCorrection asks the community's desk to correct, explain or delete
// something in the person's record. Refusals: Invalid (field wish), TooMany.
func (t *Tenant) AskCorrection(ctx context.Context, actor models.Actor, wish string) (due models.Date, err error) {
	wish = strings.TrimSpace(wish)
	switch n := len([]rune(wish)); {
	case n == 0:
		return "", fieldProblem("wish", "form.needed")
	case n > maxWish:
		var f problem.Form
		f.Add("wish", "form.toolong", problem.Args{"n": n - maxWish, "limit": maxWish})
		return "", f.Err()
	}
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.self(); err != nil {
			return err
		}
		if err := tx.Limit("correction."+actor.UserID.String(), correctionsPerDay, 24*time.Hour); err != nil {
			return err
		}
		if same, err := tx.openWish(wish); err != nil || same != nil {
			if same != nil {
				due = same.DueDay
			}
			return err
		}
		link, _ := actor.Resident(tx.chain)
		due = policy.China().WorkingDays(tx.Day(), CorrectionDays)
		c := models.Correction{Tenant: models.Tenant{ID: tx.NewID()}, UserID: actor.UserID, ResidentID: link.ResidentID,
			State: models.CorrectionOpen, DueDay: due, CreatedAt: tx.Now}
		c.Wish = t.opt.Keys.Seal("corrections.wish", c.ID, wish)
		tx.Audit("correction.ask", c.ID, nil)
		return tx.Create(&c).Error
	})
	return due, err
}

// openWish is the actor's own wish in the same words that nobody has answered
// yet: sent twice, it is asked once. nil if there is none.
func (tx *Tx) openWish(wish string) (*models.Correction, error) {
	var open []models.Correction
	if err := tx.Where("user_id = ? AND state = ?", tx.Actor.UserID, models.CorrectionOpen).Find(&open).Error; err != nil {
		return nil, err
	}
	for i, c := range open {
		if was, err := tx.store.opt.Keys.Open("corrections.wish", c.ID, c.Wish); err != nil {
			return nil, err
		} else if was == wish {
			return &open[i], nil
		}
	}
	return nil, nil
}

// MyCorrections are the actor's wishes in all communities, newest first.
func (s *Store) MyCorrections(ctx context.Context, actor models.Actor) ([]MyCorrection, error) {
	var rows []models.Correction
	if err := s.mine(ctx, actor).Find(&rows).Error; err != nil {
		return nil, err
	}
	var out []MyCorrection
	for _, c := range rows {
		wish, err := s.opt.Keys.Open("corrections.wish", c.ID, c.Wish)
		if err != nil {
			return nil, err
		}
		out = append(out, MyCorrection{s.communityName(c.CommunityID), wish, c.State, c.Answer, c.DueDay, c.CreatedAt})
	}
	return out, nil
}

// OpenCorrection is a wish as the desk sees it.
type OpenCorrection struct {
	ID     models.ID
	Person string // the roll's name, or what the person calls themselves
	OnRoll models.ID
	Wish   string
	Due    models.Date
	At     time.Time
}

// Corrections are the wishes that wait for the desk, oldest first.
func (t *Tenant) Corrections(ctx context.Context, actor models.Actor, day models.Date) ([]OpenCorrection, error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "resident", "desk", day); err != nil {
		return nil, err
	}
	var rows []models.Correction
	if err := t.db(ctx).Where("state = ?", models.CorrectionOpen).Order("id").Limit(200).Find(&rows).Error; err != nil {
		return nil, err
	}
	var out []OpenCorrection
	for _, c := range rows {
		o := OpenCorrection{ID: c.ID, OnRoll: c.ResidentID, Due: c.DueDay, At: c.CreatedAt}
		var err error
		if o.Wish, err = t.opt.Keys.Open("corrections.wish", c.ID, c.Wish); err != nil {
			return nil, err
		}
		if o.Person, err = t.personName(ctx, c); err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

func (t *Tenant) personName(ctx context.Context, c models.Correction) (string, error) {
	if c.ResidentID != 0 {
		var r models.Resident
		err := t.db(ctx).Where("id = ?", c.ResidentID).Limit(1).Find(&r).Error
		return r.Name, err
	}
	u, err := t.User(ctx, c.UserID)
	return u.Name, err
}

// AnswerCorrection closes a wish: done, or refused with the reason. The person
// is told. Nobody answers their own.
func (t *Tenant) AnswerCorrection(ctx context.Context, actor models.Actor, id models.ID, done bool, answer string) error {
	answer, err := checkReason(answer)
	if err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("resident", "desk"); err != nil {
			return err
		}
		var c models.Correction
		if err := tx.Where("id = ?", id).Take(&c).Error; err != nil {
			return notFound(err)
		}
		if c.UserID == actor.UserID {
			return problem.New(problem.Forbidden, "correction.own", nil).Because("G3.5")
		}
		state, key := models.CorrectionRefused, "message.correction.refused"
		if done {
			state, key = models.CorrectionDone, "message.correction.done"
		}
		res := tx.Model(&models.Correction{}).Where("id = ? AND state = ?", id, models.CorrectionOpen).
			Select("state", "answer", "decided_by", "decided_name", "decided_at").
			Updates(&models.Correction{State: state, Answer: answer, DecidedBy: actor.UserID, DecidedName: actor.Name, DecidedAt: &tx.Now})
		if err := Changed(res); err != nil {
			return err
		}
		tx.Audit("correction."+string(state), id, nil)
		return tx.Tell(c.UserID, key, nil, "/me/data")
	})
}
