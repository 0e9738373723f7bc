package store

import (
	"context"
	"time"

	"juwu/models"
)

// DemoSession logs a person of the example community in without codes, with
// the second factor as if passed. Only `juwu demo` offers it, and that serves
// loopback addresses only.
func (s *Store) DemoSession(ctx context.Context, user models.ID, d Device) (opened Opened, err error) {
	err = s.WriteGlobal(ctx, models.Actor{System: true}, func(tx *Tx) error {
		var u models.User
		if err := tx.Where("id = ?", user).Take(&u).Error; err != nil {
			return notFound(err)
		}
		tx.Audit("session.demo", user, nil)
		now := tx.Now
		opened, err = tx.openSession(u, d, &now, now.Add(7*24*time.Hour))
		return err
	})
	return opened, err
}
