package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"juwu/internal/store"
)

// Volunteers reminds of shifts, tells of visits that are overdue, and keeps the
// books of points that have expired.
func Volunteers(s *store.Store, log *slog.Logger) Job {
	return Job{Name: "volunteers", Every: 15 * time.Minute, Alone: true, Run: func(ctx context.Context) error {
		reminded, err := s.RemindShifts(ctx, s.Now())
		missed, err2 := s.AlarmVisits(ctx, s.Now())
		expired, err3 := s.ExpirePoints(ctx)
		_, err4 := s.SweepVolunteers(ctx, s.Now())
		if reminded+missed+expired > 0 {
			log.Info("volunteers", "reminded", reminded, "missed visits", missed, "lots expired", expired)
		}
		return errors.Join(err, err2, err3, err4)
	}}
}
