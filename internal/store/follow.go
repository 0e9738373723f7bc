package store

import (
	"context"
	"slices"

	"juwu/internal/problem"
	"juwu/models"
)

// FollowSubjects are what people can follow: they are told when it changes.
var FollowSubjects = []string{"accounts", "notices", "assembly", "meetings"}

// SetFollow begins or ends following a subject of the community. Doing it
// twice is doing it once. Refusals: Unauthorized, NotFound for a subject there
// is not.
func (t *Tenant) SetFollow(ctx context.Context, actor models.Actor, subject string, on bool) error {
	if !slices.Contains(FollowSubjects, subject) {
		return problem.New(problem.NotFound, "page.notfound", nil)
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.self(); err != nil {
			return err
		}
		mine := tx.Where("user_id = ? AND subject = ?", actor.UserID, subject)
		if !on {
			return mine.Delete(&models.Follow{}).Error
		}
		var n int64
		if err := mine.Model(&models.Follow{}).Count(&n).Error; err != nil || n > 0 {
			return err
		}
		err := tx.Create(&models.Follow{Tenant: models.Tenant{ID: tx.NewID()}, UserID: actor.UserID, Subject: subject, CreatedAt: tx.Now}).Error
		if duplicate(err) {
			return nil // the other tap was faster
		}
		return err
	})
}

// Follows tells whether the person follows a subject of the community.
func (t *Tenant) Follows(ctx context.Context, actor models.Actor, subject string) (bool, error) {
	if actor.UserID == 0 {
		return false, nil
	}
	var n int64
	err := t.db(ctx).Model(&models.Follow{}).Where("user_id = ? AND subject = ?", actor.UserID, subject).Count(&n).Error
	return n > 0, err
}
