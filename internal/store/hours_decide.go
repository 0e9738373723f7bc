package store

import (
	"context"
	"errors"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// mostDecided at once by one tap.
const mostDecided = 200

// Decided is what became of one record of a batch.
type Decided struct {
	ID   models.ID
	Text problem.Text // empty when it was done
}

// DecideHours approves or refuses records. Each is a transaction of its own:
// one that cannot be approved does not hold up the others. The answer names
// those that were not done, and why.
func (t *Tenant) DecideHours(ctx context.Context, actor models.Actor, ids []models.ID, approve bool, reason string) ([]Decided, error) {
	reason = strings.TrimSpace(reason)
	if !approve && len([]rune(reason)) < leastReason {
		var f problem.Form
		f.Add("reason", "policy.reason", problem.Args{"n": leastReason})
		return nil, f.Err()
	}
	if len(ids) == 0 || len(ids) > mostDecided {
		var f problem.Form
		f.Add("hours", "hours.choose", problem.Args{"n": mostDecided})
		return nil, f.Err()
	}
	var left []Decided
	for _, id := range ids {
		err := t.Write(ctx, actor, func(tx *Tx) error { return tx.decideHours(id, approve, reason) })
		if p := problem.As(err); p != nil && p.Kind != problem.Unavailable {
			left = append(left, Decided{id, problem.Text{Key: p.Key, Args: p.Args}})
			continue
		}
		if err != nil {
			return left, err
		}
	}
	return left, nil
}

func (tx *Tx) decideHours(id models.ID, approve bool, reason string) error {
	if err := tx.May("hours", "approve"); err != nil {
		return err
	}
	var h models.Hours
	if err := tx.Where("id = ?", id).Take(&h).Error; err != nil {
		return notFound(err)
	}
	v, err := tx.volunteerByID(h.VolunteerID)
	if err != nil {
		return err
	}
	action := "refuse"
	if approve {
		action = "approve"
	}
	near, err := tx.nearRelative(v)
	if err != nil {
		return err
	}
	now := h
	if now.State, err = policy.MayDecideHours(h, action, tx.ownKey(v), tx.key(), near, tx.roles()); err != nil {
		return err
	}
	now.DecidedBy, now.DecidedKey, now.DecidedName, now.DecidedAt, now.UpdatedAt = tx.Actor.UserID, tx.key(), tx.actorName(models.RoleCommitteeMember), &tx.Now, tx.Now
	columns := []string{"state", "decided_by", "decided_key", "decided_name", "decided_at", "updated_at"}
	if !approve {
		now.LiveShift, now.Reason = nil, reason
		columns = append(columns, "live_shift", "reason")
	}
	if err := Changed(tx.Model(&models.Hours{}).Where("id = ? AND state = ?", h.ID, h.State).Select(columns).Updates(&now)); err != nil {
		return err
	}
	tx.Touch("hours")
	tx.Audit("hours."+action, h.ID, map[string]int{"minutes": h.Minutes})
	if approve {
		if err := tx.credit(v.ID, &now); err != nil {
			return err
		}
	}
	return tx.tellVolunteer(v, "hours.tell."+action, problem.Args{"title": h.What, "n": h.Minutes}, "/me/volunteer")
}

// credit carries an approved record, or its reversal with minutes below zero,
// into everything that is summed: the day with its cap, the month, the person,
// the gauge, stars and points.
func (tx *Tx) credit(id models.ID, h *models.Hours) error {
	v, err := tx.hold(id)
	if err != nil {
		return err
	}
	if h.Source != models.HoursTaken {
		if err := tx.keepCaps(h); err != nil {
			return err
		}
		times := 1
		if h.Minutes < 0 {
			times = -1
		}
		if err := tx.addSum(v.ID, h.Day.Month(), h.Minutes, times); err != nil {
			return err
		}
		if err := tx.addMonthAt(h.Day.Month(), models.VolunteerMonth{Minutes: h.Minutes, Times: times}); err != nil {
			return err
		}
	}
	now := *v
	now.Minutes += h.Minutes
	change := map[string]any{"minutes": gorm.Expr("minutes + ?", h.Minutes), "updated_at": tx.Now}
	if h.Source == models.HoursTaken {
		change["taken_over"] = gorm.Expr("taken_over + ?", h.Minutes)
	} else {
		last, err := tx.lastServed(v.ID)
		if err != nil {
			return err
		}
		now.LastServed = last
		change["last_served"] = last
	}
	if err := Changed(tx.Model(&models.Volunteer{}).Where("id = ?", v.ID).UpdateColumns(change)); err != nil {
		return err
	}
	if err := tx.counted(v, &now); err != nil {
		return err
	}
	if err := tx.proposeStars(&now); err != nil {
		return err
	}
	if h.Minutes < 0 {
		return nil
	}
	return tx.earn(&now, h)
}

// keepCaps adds the minutes to the day under its cap, and holds the activity's
// cap after the day's row is locked by that.
func (tx *Tx) keepCaps(h *models.Hours) error {
	set, err := tx.volunteerSettings()
	if err != nil {
		return err
	}
	add := func() (int64, error) {
		res := tx.Model(&models.VolunteerDay{}).Where("volunteer_id = ? AND day = ? AND minutes + ? <= ?", h.VolunteerID, h.Day, h.Minutes, set.DayCap).
			Update("minutes", gorm.Expr("minutes + ?", h.Minutes))
		return res.RowsAffected, res.Error
	}
	over := problem.New(problem.Conflict, "hours.daycap", problem.Args{"n": set.DayCap})
	n, err := add()
	if err != nil {
		return err
	}
	if n == 0 {
		if h.Minutes > set.DayCap {
			return over
		}
		err := tx.Create(&models.VolunteerDay{VolunteerID: h.VolunteerID, Day: h.Day, Minutes: h.Minutes}).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return over
		}
		if err != nil {
			return err
		}
	}
	if h.ActivityID == 0 || h.Minutes < 0 {
		return nil
	}
	var sum int
	err = tx.Model(&models.Hours{}).Where("volunteer_id = ? AND activity_id = ? AND day = ? AND state IN ?", h.VolunteerID, h.ActivityID, h.Day,
		[]models.HoursState{models.HoursApproved, models.HoursReversed}).Select("COALESCE(SUM(minutes), 0)").Scan(&sum).Error
	if err == nil && sum > set.ActivityCap {
		return problem.New(problem.Conflict, "hours.activitycap", problem.Args{"n": set.ActivityCap})
	}
	return err
}

func (tx *Tx) addSum(volunteer models.ID, month models.Month, minutes, times int) error {
	add := func() (int64, error) {
		res := tx.Model(&models.VolunteerSum{}).Where("volunteer_id = ? AND month = ?", volunteer, month).
			Updates(map[string]any{"minutes": gorm.Expr("minutes + ?", minutes), "times": gorm.Expr("times + ?", times)})
		return res.RowsAffected, res.Error
	}
	return tx.upsert(add, &models.VolunteerSum{VolunteerID: volunteer, Month: month, Minutes: minutes, Times: times})
}

func (tx *Tx) lastServed(volunteer models.ID) (models.Month, error) {
	var rows []models.VolunteerSum
	err := tx.Where("volunteer_id = ? AND minutes > 0", volunteer).Order("month DESC").Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return "", err
	}
	return rows[0].Month, nil
}

// ReverseHours undoes an approved record by its opposite, with a reason. What
// hangs on it goes with it, in the same transaction: points that are still
// there, stars that were not granted yet, certificates that speak of it.
func (t *Tenant) ReverseHours(ctx context.Context, actor models.Actor, id models.ID, reason string) error {
	reason = strings.TrimSpace(reason)
	if len([]rune(reason)) < leastReason {
		var f problem.Form
		f.Add("reason", "policy.reason", problem.Args{"n": leastReason})
		return f.Err()
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("hours", "approve"); err != nil {
			return err
		}
		var h models.Hours
		if err := tx.Where("id = ?", id).Take(&h).Error; err != nil {
			return notFound(err)
		}
		v, err := tx.volunteerByID(h.VolunteerID)
		if err != nil {
			return err
		}
		near, err := tx.nearRelative(v)
		if err != nil {
			return err
		}
		if _, err := policy.MayDecideHours(h, "reverse", tx.ownKey(v), tx.key(), near, tx.roles()); err != nil {
			return err
		}
		if h.ReversesID != nil {
			return problem.New(problem.Conflict, "policy.state", nil).Because("a reversal is not reversed")
		}
		back, err := tx.reverse(&h, reason)
		if err != nil {
			return err
		}
		if err := tx.credit(v.ID, back); err != nil {
			return err
		}
		if err := tx.takeBack(v, &h); err != nil {
			return err
		}
		if err := tx.revokeFor(h.ID, reason); err != nil {
			return err
		}
		return tx.tellVolunteer(v, "hours.tell.reversed", problem.Args{"title": h.What, "n": h.Minutes}, "/me/volunteer")
	})
}

func (tx *Tx) reverse(h *models.Hours, reason string) (*models.Hours, error) {
	res := tx.Model(&models.Hours{}).Where("id = ? AND state = ?", h.ID, models.HoursApproved).
		Updates(map[string]any{"state": models.HoursReversed, "live_shift": nil, "updated_at": tx.Now})
	if err := Changed(res); err != nil {
		return nil, err
	}
	back := *h
	back.Tenant, back.State, back.Minutes, back.LiveShift, back.ReversesID, back.Reason = models.Tenant{ID: tx.NewID()}, models.HoursApproved, -h.Minutes, nil, &h.ID, reason
	back.ByUserID, back.ByKey, back.ByName, back.CreatedAt, back.UpdatedAt = tx.Actor.UserID, tx.key(), tx.Actor.Name, tx.Now, tx.Now
	back.DecidedBy, back.DecidedKey, back.DecidedName, back.DecidedAt = tx.Actor.UserID, tx.key(), tx.actorName(models.RoleCommitteeMember), &tx.Now
	tx.Touch("hours")
	tx.Audit("hours.reverse", h.ID, tx.words(reason))
	err := tx.Create(&back).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return nil, problem.New(problem.Conflict, "page.conflict", nil)
	}
	return &back, err
}
