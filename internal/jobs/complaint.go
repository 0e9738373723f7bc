package jobs

import (
	"context"
	"log/slog"
	"time"

	"juwu/internal/store"
)

// Cases closes cases whose days to rate are over, tells who watches of what is
// late, and reminds of what soon is. Readers count both by the day; a late run changes nothing but who has
// been told.
func Cases(s *store.Store, log *slog.Logger) Job {
	return Job{Name: "cases", Every: 15 * time.Minute, Alone: true, Run: func(ctx context.Context) error {
		closed, err := s.SettleCases(ctx, s.Now())
		if err != nil {
			return err
		}
		late, err := s.AnnounceLateCases(ctx, s.Now())
		if err != nil {
			return err
		}
		reminded, err := s.RemindCases(ctx, s.Now())
		if closed+late+reminded > 0 {
			log.Info("cases", "closed", closed, "late", late, "reminded", reminded)
		}
		return err
	}}
}
