package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"juwu/models"
)

// Lease lets one process of several do a job: it is true for whoever holds or
// gets the named lease until now+life. The holder renews it by asking again; a
// process that died loses it when it runs out.
func (s *Store) Lease(ctx context.Context, name, owner string, life time.Duration) (bool, error) {
	held := false
	err := s.WriteGlobal(ctx, models.Actor{System: true}, func(tx *Tx) error {
		held = false
		until := tx.Now.Add(life)
		res := tx.Model(&models.Lease{}).Where("name = ? AND (owner = ? OR until <= ?)", name, owner, tx.Now).
			Updates(map[string]any{"owner": owner, "until": until, "fence": gorm.Expr("fence + 1")})
		if res.Error != nil || res.RowsAffected == 1 {
			held = res.Error == nil
			return res.Error
		}
		err := tx.Create(&models.Lease{Name: name, Owner: owner, Until: until, Fence: 1}).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return nil // another process holds it
		}
		held = err == nil
		return err
	})
	return held, err
}
