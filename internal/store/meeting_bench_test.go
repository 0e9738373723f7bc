package store_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// The opening of a popular hearing: 2,000 people sign up within a minute, evenly
// as they come, for 100 seats. Latency counts from when a person came. Nobody
// gets an error, those without a seat a place on the waiting list.
func BenchmarkPopularHearing(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { popularHearing(b, storetest.New(b)) })
	b.Run("mariadb", func(b *testing.B) { popularHearing(b, storetest.NewMySQL(b)) })
}

func popularHearing(b *testing.B, db *storetest.DB) {
	const people, seats, span = 2000, 100, time.Minute
	h := newMeetingHall(b, db)
	actors := make([]models.Actor, people)
	for i := range actors {
		actors[i] = h.neighbour(i)
	}
	for b.Loop() {
		b.StopTimer()
		m := h.call(h.draft(models.MeetingHearing, meetingSeats(models.PartDelegate, models.PoolOpen, seats)))
		b.StartTimer()
		took, wrong := make([]time.Duration, people), make([]error, people)
		var wait sync.WaitGroup
		begin := time.Now()
		for i, a := range actors {
			due := begin.Add(time.Duration(i) * span / people)
			<-time.After(time.Until(due))
			wait.Go(func() {
				_, wrong[i] = h.in().JoinMeeting(ctx, a, m.ID, store.SignupDraft{Part: models.PartDelegate})
				took[i] = time.Since(due)
			})
		}
		wait.Wait()
		errors := 0
		for _, err := range wrong {
			if err != nil && !problem.Is(err, problem.Conflict) {
				errors++
			}
		}
		if v := h.meeting(m.ID); errors > 0 || v.Tickets != people {
			b.Fatalf("%d errors, %d of %d signed up", errors, v.Tickets, people)
		}
		slices.Sort(took)
		b.ReportMetric(float64(errors), "errors")
		b.ReportMetric(float64(took[people*99/100].Milliseconds()), "p99-ms")
	}
}
