package store_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"juwu/internal/store/storetest"
	"juwu/models"
)

// BenchmarkRevokedRight is how long a post that was ended in one process still
// counts in another, which follows the database as a serving one does: at most
// two seconds. The clock only shows the wait, so the figure is the longest.
func BenchmarkRevokedRight(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { revokedRight(b, storetest.New(b)) })
	b.Run("mariadb", func(b *testing.B) { revokedRight(b, storetest.NewMySQL(b)) })
}

func revokedRight(b *testing.B, db *storetest.DB) {
	const limit = 2 * time.Second
	c := db.Community(b, "hemuli")
	street := officers(b, db, c)[models.RoleStreet]
	u, err := db.EnsureUser(ctx, storetest.System, "19800000077", "clerk")
	must(b, err)
	other := db.Second(b)
	must(b, other.Load(ctx))
	following, stop := context.WithCancel(ctx)
	defer stop()
	go other.Poll(following)
	day := models.DateOf(db.Clock.Now())
	seen := func() bool {
		return other.Guard().Allowed(models.Actor{UserID: u.ID}, c, "account", "import", day) == nil
	}
	until := func(want bool) time.Duration {
		from := time.Now()
		for seen() != want {
			runtime.Gosched()
		}
		return time.Since(from)
	}
	var longest time.Duration
	for b.Loop() {
		id, err := db.Appoint(ctx, street, models.Appointment{RegionID: c.ID, UserID: u.ID, Role: models.RoleClerk, From: "2026-01-01", Until: "2030-12-31", Decision: "bench"})
		must(b, err)
		until(true)
		must(b, db.EndAppointment(ctx, street, id))
		longest = max(longest, until(false))
	}
	b.ReportMetric(float64(longest.Milliseconds()), "ms-longest")
	b.ReportMetric(longest.Seconds()/limit.Seconds(), "of-two-seconds")
}
