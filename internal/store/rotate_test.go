package store_test

import (
	"fmt"
	"strings"
	"testing"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// sealedWorld is a community whose personal data is sealed with a key of its own.
type sealedWorld struct {
	db         *storetest.DB
	old, fresh string
	community  models.ID
	officer    models.ID
	roll       []byte
}

const sealedPhone = "19800000001"

func newSealedWorld(t *testing.T, db *storetest.DB) *sealedWorld {
	t.Helper()
	w := &sealedWorld{db: db, old: store.NewKeyText(1), fresh: store.NewKeyText(2)}
	w.roll = []byte(strings.Join(strings.SplitAfter(string(rollSample(t, "residents.csv.gz")), "\n")[:40], ""))
	first := w.open(t, w.old)
	c, err := first.CreateCommunity(ctx, storetest.System, models.Community{Code: "hemuli", Name: "x"})
	must(t, err)
	im, _, err := first.In(c).ImportRoll(ctx, storetest.System, "r.csv", w.roll, store.RollOptions{})
	must(t, err)
	_, err = first.In(c).ConfirmRoll(ctx, storetest.System, im.ID, store.RollChoice{})
	must(t, err)
	u, err := first.EnsureUser(ctx, storetest.System, sealedPhone, "officer")
	must(t, err)
	w.community, w.officer = c.ID, u.ID
	return w
}

// open is a process that holds these keys alone.
func (w *sealedWorld) open(t *testing.T, keys string) *store.Store {
	t.Helper()
	var err error
	w.db.Opt.Keys, err = store.ParseKeys(keys)
	must(t, err)
	s := w.db.Second(t)
	must(t, s.Load(ctx))
	return s
}

// opens fails unless everything opens with these keys alone: telephones, their
// indexes, the roll and the signatures.
func (w *sealedWorld) opens(t *testing.T, keys string) {
	t.Helper()
	s := w.open(t, keys)
	again, err := s.EnsureUser(ctx, storetest.System, sealedPhone, "officer")
	must(t, err)
	if again.ID != w.officer {
		t.Error("the telephone's index is of another key")
	}
	phone, err := s.UserPhone(again)
	if err != nil || phone != sealedPhone {
		t.Errorf("telephone %q, %v", phone, err)
	}
	_, report, err := s.In(s.CommunityByID(w.community)).ImportRoll(ctx, storetest.System, "r.csv", w.roll, store.RollOptions{})
	must(t, err)
	if report.Added != 0 || report.Changed != 0 {
		t.Errorf("the roll is not recognised: %+v", report)
	}
	must(t, s.Verify(ctx, func(f store.Finding) { t.Error(f) }))
}

func TestRotateLeavesNothingToTheOldKey(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newSealedWorld(t, db)
		must(t, w.open(t, w.old+","+w.fresh).Rotate(ctx))
		w.opens(t, w.fresh)
	})
}

// A rotation that is killed in the middle has done nothing: the old key opens
// everything, and the next rotation goes through.
func TestRotationKilledInTheMiddle(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newSealedWorld(t, db)
		for _, after := range []int{20, 60, 110} {
			db.KeyText = w.old + "," + w.fresh
			cmd := other(t, db, "rotate")
			cmd.Env = append(cmd.Env, fmt.Sprint("JUWU_KILL_AFTER=", after))
			out, err := cmd.Output()
			if err == nil || err.Error() != "signal: killed" {
				t.Fatalf("after %d statements: %v\n%s", after, err, out)
			}
		}
		w.opens(t, w.old)
		must(t, w.open(t, w.old+","+w.fresh).Rotate(ctx))
		w.opens(t, w.fresh)
	})
}
