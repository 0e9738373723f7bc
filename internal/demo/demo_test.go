package demo_test

import (
	"context"
	"testing"

	"juwu/internal/demo"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
)

// The example is filled once, by the same use cases as real work, and every
// check of `juwu verify` holds on it.
func TestFill(t *testing.T) {
	if testing.Short() {
		t.Skip("fills the whole example community")
	}
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		ctx := context.Background()
		for range 2 { // the second start finds it
			code, logins, err := demo.Fill(ctx, db.Store)
			if err != nil {
				t.Fatal(err)
			}
			if code != "hemuli" || len(logins) != 13 {
				t.Fatalf("%s, %d logins", code, len(logins))
			}
		}
		if c := db.Communities()[0]; c.Households != 2159 || c.Residents != 5686 {
			t.Errorf("%d households, %d residents", c.Households, c.Residents)
		}
		err := db.Verify(ctx, func(f store.Finding) { t.Errorf("%+v", f) })
		if err != nil {
			t.Error(err)
		}
	})
}
