package jobs

import (
	"context"
	"log/slog"
	"time"

	"juwu/internal/store"
)

// Overdue puts questions whose day to answer has passed before the supervision
// committee, once a quarter of an hour. That they are overdue is computed when
// they are read; a late job changes nothing but who has been told.
func Overdue(s *store.Store, log *slog.Logger) Job {
	return Job{Name: "overdue", Every: 15 * time.Minute, Alone: true, Run: func(ctx context.Context) error {
		n, err := s.AnnounceOverdue(ctx, s.Now())
		if n > 0 {
			log.Info("overdue questions passed on", "count", n)
		}
		return err
	}}
}
