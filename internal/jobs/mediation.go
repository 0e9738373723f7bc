package jobs

import (
	"context"
	"log/slog"
	"time"

	"juwu/internal/store"
)

// Mediations reminds of promises, meetings and the last day for the court. How
// many it told is nobody's business: the log does not say.
func Mediations(s *store.Store, _ *slog.Logger) Job {
	return Job{Name: "private", Every: time.Hour, Alone: true, Run: func(ctx context.Context) error {
		_, err := s.RemindMediations(ctx)
		return err
	}}
}
