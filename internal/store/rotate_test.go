package store_test

import (
	"strings"
	"testing"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

func TestRotateLeavesNothingToTheOldKey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		old := store.NewKeyText(1)
		keys, err := store.ParseKeys(old)
		must(t, err)
		db.Opt.Keys = keys
		first := db.Second(t)
		must(t, first.Load(ctx))
		c, err := first.CreateCommunity(ctx, storetest.System, models.Community{Code: "hemuli", Name: "x"})
		must(t, err)
		csv := strings.Join(strings.SplitAfter(string(rollSample(t, "residents.csv.gz")), "\n")[:40], "")
		im, _, err := first.In(c).ImportRoll(ctx, storetest.System, "r.csv", []byte(csv), store.RollOptions{})
		must(t, err)
		_, err = first.In(c).ConfirmRoll(ctx, storetest.System, im.ID, store.RollChoice{})
		must(t, err)
		u, err := first.EnsureUser(ctx, storetest.System, "19800000001", "officer")
		must(t, err)

		fresh := store.NewKeyText(2)
		db.Opt.Keys, err = store.ParseKeys(old + "," + fresh)
		must(t, err)
		must(t, db.Second(t).Rotate(ctx))

		db.Opt.Keys, err = store.ParseKeys(fresh)
		must(t, err)
		s := db.Second(t)
		must(t, s.Load(ctx))
		again, err := s.EnsureUser(ctx, storetest.System, "19800000001", "officer")
		must(t, err)
		if again.ID != u.ID {
			t.Error("the telephone's index was not rewritten")
		}
		phone, err := s.UserPhone(again)
		if err != nil || phone != "19800000001" {
			t.Errorf("telephone %q, %v", phone, err)
		}
		_, report, err := s.In(s.CommunityByID(c.ID)).ImportRoll(ctx, storetest.System, "r.csv", []byte(csv), store.RollOptions{})
		must(t, err)
		if report.Added != 0 || report.Changed != 0 {
			t.Errorf("the roll is not recognised: %+v", report)
		}
		must(t, s.Verify(ctx, func(f store.Finding) { t.Error(f) }))
	})
}
