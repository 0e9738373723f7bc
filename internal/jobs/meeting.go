package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"juwu/internal/store"
)

// Meetings passes on seats that nobody took in time, reminds of meetings, and
// draws where the office forgot to. Who has which seat until when is a fact of
// the clock; a late run changes nothing but who has been told.
func Meetings(s *store.Store, log *slog.Logger) Job {
	return Job{Name: "meetings", Every: 5 * time.Minute, Alone: true, Run: func(ctx context.Context) error {
		now := s.Now()
		seats, err1 := s.PassOnSeats(ctx, now)
		drawn, err2 := s.DrawForgotten(ctx, now)
		reminded, err3 := s.RemindMeetings(ctx, now)
		if seats+drawn+reminded > 0 {
			log.Info("meetings", "seats passed on", seats, "drawn", drawn, "reminded", reminded)
		}
		return errors.Join(err1, err2, err3)
	}}
}
