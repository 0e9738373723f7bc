package store_test

import (
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// Codes prove presence, another process accepts them, and nobody may guess.
func TestCheckInCodeIsProvedAndGuessesAreCounted(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		c := db.Community(t, "codes")
		u, err := db.EnsureUser(ctx, storetest.System, "13700000021", "")
		must(t, err)
		second := db.Second(t)
		must(t, second.Load(ctx))
		there := func(s *store.Store, code string) (holds bool, err error) {
			err = s.In(c).Write(ctx, models.Actor{UserID: u.ID}, func(tx *store.Tx) error {
				var err error
				holds, err = tx.There("meeting", 42, code)
				return err
			})
			return holds, err
		}
		shown := db.In(c).CheckInCode("meeting", 42)
		if left := shown.Until.Sub(db.Now()); left <= 0 || left > 15*time.Second {
			t.Errorf("rotates in %v", left)
		}
		if ok, err := there(second, shown.Code); !ok || err != nil {
			t.Errorf("right code: %v %v", ok, err)
		}
		if other := db.In(c).CheckInCode("activity", 42); other.Code == shown.Code {
			t.Error("two kinds share a code")
		}
		for i := range 9 {
			if ok, err := there(db.Store, "00000"); ok || err != nil {
				t.Fatalf("guess %d: %v %v", i+1, ok, err)
			}
		}
		if _, err := there(second, shown.Code); !problem.Is(err, problem.TooMany) {
			t.Errorf("after ten tries: %v", err)
		}
		db.Clock.Add(11 * time.Minute)
		if ok, err := there(db.Store, shown.Code); ok || err != nil {
			t.Errorf("an old code: %v %v", ok, err)
		}
		if ok, err := there(db.Store, db.In(c).CheckInCode("meeting", 42).Code); !ok || err != nil {
			t.Errorf("a fresh code: %v %v", ok, err)
		}
	})
}
