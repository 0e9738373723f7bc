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

// Stars: proposed by the system when the hours are there, posted for at least
// five working days, decided by a person (domain.md D4).

// proposeStars brings the proposals in line with the minutes: a level that is
// reached is proposed, one that is no longer reached and not granted yet is
// dropped.
func (tx *Tx) proposeStars(v *models.Volunteer) error {
	set, err := tx.volunteerSettings()
	if err != nil {
		return err
	}
	hours, err := policy.StarHours(set.StarHours)
	if err != nil {
		return err
	}
	reached := policy.Stars(v.Minutes, hours)
	if err := tx.Model(&models.StarAward{}).Where("volunteer_id = ? AND stars > ? AND state IN ?", v.ID, reached, []models.StarState{models.StarProposed, models.StarPosted}).
		Updates(map[string]any{"state": models.StarRefused, "reason": "volunteer.stars.dropped", "updated_at": tx.Now}).Error; err != nil {
		return err
	}
	if reached <= v.Stars {
		return nil
	}
	a := models.StarAward{Tenant: models.Tenant{ID: tx.NewID()}, VolunteerID: v.ID, Stars: reached, Minutes: v.Minutes, State: models.StarProposed, CreatedAt: tx.Now, UpdatedAt: tx.Now}
	var had models.StarAward
	if err := tx.Where("volunteer_id = ? AND stars = ?", v.ID, reached).Limit(1).Find(&had).Error; err != nil {
		return err
	}
	switch {
	case had.ID == 0:
		err := tx.Create(&a).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return nil // another transaction has proposed it
		}
		return err
	case had.State == models.StarRefused && had.Reason == "volunteer.stars.dropped":
		return tx.Model(&models.StarAward{}).Where("id = ? AND state = ?", had.ID, models.StarRefused).
			Updates(map[string]any{"state": models.StarProposed, "reason": "", "minutes": v.Minutes, "updated_at": tx.Now}).Error
	}
	return nil
}

// StarView is an award with its volunteer.
type StarView struct {
	models.StarAward
	Volunteer models.Volunteer
}

// Stars are the awards in a state, the newest first.
func (t *Tenant) Stars(ctx context.Context, state models.StarState) ([]StarView, error) {
	var rows []models.StarAward
	if err := t.db(ctx).Where("state = ?", state).Order("id DESC").Limit(mostDecided).Find(&rows).Error; err != nil {
		return nil, err
	}
	ids := make([]models.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.VolunteerID
	}
	people, err := t.volunteersByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]StarView, len(rows))
	for i, r := range rows {
		out[i] = StarView{r, people[r.VolunteerID]}
	}
	return out, nil
}

func (t *Tenant) volunteersByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Volunteer, error) {
	out := map[models.ID]models.Volunteer{}
	for len(ids) > 0 {
		n := min(len(ids), 500)
		var rows []models.Volunteer
		if err := t.db(ctx).Where("id IN ?", ids[:n]).Find(&rows).Error; err != nil {
			return nil, err
		}
		for _, v := range rows {
			out[v.ID] = v
		}
		ids = ids[n:]
	}
	return out, nil
}

// PostStar puts a proposed award on display.
func (t *Tenant) PostStar(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		a, v, err := tx.star(id)
		if err != nil {
			return err
		}
		if tx.own(v) {
			return problem.New(problem.Forbidden, "hours.own", nil).Because("G3.5")
		}
		now := *a
		now.State, now.PostedOn, now.PostedUntil, now.PostedBy, now.UpdatedAt = models.StarPosted, tx.Day(), policy.PostedUntil(tx.Day(), policy.China()), tx.Actor.UserID, tx.Now
		res := tx.Model(&models.StarAward{}).Where("id = ? AND state = ?", id, models.StarProposed).Select("state", "posted_on", "posted_until", "posted_by", "updated_at").Updates(&now)
		if err := Changed(res); err != nil {
			return err
		}
		tx.Audit("star.post", id, nil)
		tx.Touch("volunteers")
		return nil
	})
}

func (tx *Tx) star(id models.ID) (*models.StarAward, *models.Volunteer, error) {
	if err := tx.May("hours", "approve"); err != nil {
		return nil, nil, err
	}
	var a models.StarAward
	if err := tx.Where("id = ?", id).Take(&a).Error; err != nil {
		return nil, nil, notFound(err)
	}
	v, err := tx.volunteerByID(a.VolunteerID)
	return &a, v, err
}

// DecideStar grants an award after its display, or refuses it with a reason.
func (t *Tenant) DecideStar(ctx context.Context, actor models.Actor, id models.ID, yes bool, reason string) error {
	reason = strings.TrimSpace(reason)
	return t.Write(ctx, actor, func(tx *Tx) error {
		a, v, err := tx.star(id)
		if err != nil {
			return err
		}
		now := *a
		now.DecidedBy, now.DecidedName, now.UpdatedAt = actor.UserID, tx.actorName(models.RoleCommitteeMember), tx.Now
		if yes {
			near, err := tx.nearRelative(v)
			if err != nil {
				return err
			}
			if err := policy.MayGrantStar(*a, tx.ownKey(v), tx.key(), near, tx.Day()); err != nil {
				return err
			}
			now.State = models.StarGranted
		} else {
			if len([]rune(reason)) < leastReason {
				var f problem.Form
				f.Add("reason", "policy.reason", problem.Args{"n": leastReason})
				return f.Err()
			}
			now.State, now.Reason = models.StarRefused, reason
		}
		if a.State != models.StarPosted && a.State != models.StarProposed {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		res := tx.Model(&models.StarAward{}).Where("id = ? AND state = ?", id, a.State).Select("state", "decided_by", "decided_name", "reason", "updated_at").Updates(&now)
		if err := Changed(res); err != nil {
			return err
		}
		tx.Audit("star.decide", id, map[string]bool{"yes": yes})
		tx.Touch("volunteers")
		if !yes {
			return tx.tellVolunteer(v, "volunteer.tell.star_no", problem.Args{"n": a.Stars}, "/me/volunteer")
		}
		if err := tx.Model(&models.Volunteer{}).Where("id = ? AND stars < ?", v.ID, a.Stars).Update("stars", a.Stars).Error; err != nil {
			return err
		}
		return tx.tellVolunteer(v, "volunteer.tell.star", problem.Args{"n": a.Stars}, "/me/volunteer")
	})
}
