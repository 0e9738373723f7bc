package jobs

import (
	"context"
	"log/slog"
	"time"

	"juwu/internal/store"
)

// Ballots writes down what the clock has closed and notes the heads of the
// evening, every half minute. Whether a ballot is in time is decided when it
// comes; a late job changes nothing.
func Ballots(s *store.Store, log *slog.Logger) Job {
	return Job{Name: "ballots", Every: 30 * time.Second, Alone: true, Run: func(ctx context.Context) error {
		n, err := s.KeepBallots(ctx, s.Now())
		if n > 0 {
			log.Info("votes ended", "count", n)
		}
		return err
	}}
}
