package store_test

import (
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// sits makes somebody a member whom this election has elected.
func (w *pollWorld) sits(n int) models.ID {
	w.t.Helper()
	u := w.as(n)
	m := models.ElectedMember{ElectionID: w.e.ID, ResidentID: w.people[n].ID, UserID: u.UserID, Name: w.people[n].Name, Sex: "f", Post: models.PostMember, CreatedAt: w.Now()}
	must(w.t, w.In(w.c).Write(ctx, storetest.System, func(tx *store.Tx) error {
		m.ID = tx.NewID()
		return tx.Create(&m).Error
	}))
	return m.ID
}

// TestRecallCountsEachKindOfSigner: where the households elected, a tenth of
// their representatives is a tenth of them, not of whoever lives in the house; a
// third of the residents' representatives is enough anywhere, and one without a
// login is one of them (art. 20).
func TestRecallCountsEachKindOfSigner(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newPollWorld(t, db, 90)
		w.plan(models.ModeHouseholds, fiveSeats)
		rows := w.roll()
		w.represent(rows) // every third voter; nobody's mandate has a login
		tenant, member := w.In(w.c), w.sits(50)
		var heads, others []models.Voter
		for i, v := range rows {
			switch {
			case v.Elector:
				heads = append(heads, v)
			case i%3 != 0:
				others = append(others, v)
			}
		}
		r, err := tenant.DemandRecall(ctx, w.as(w.index(*others[0].ResidentID)), member, "长期不到岗，多次提醒没有改正")
		must(t, err)
		needs := [3]int{(len(rows) + 9) / 10, (len(heads) + 9) / 10, ((len(rows)+2)/3 - 1 + 2) / 3}
		if got := [3]int{r.Needed, r.NeededHouses, r.NeededReps}; got != needs {
			t.Fatalf("needs %v, want %v of %d voters and %d households", got, needs, len(rows), len(heads))
		}
		sign := func(v models.Voter) models.RecallState {
			t.Helper()
			must(t, tenant.SignRecall(ctx, w.as(w.index(*v.ResidentID)), r.ID, 0, ""))
			fresh, err := tenant.Recall(ctx, r.ID)
			must(t, err)
			return fresh.State
		}
		for _, v := range others[1 : needs[1]+1] { // as many as the households need, and none of them is one
			if sign(v) != models.RecallGathering {
				t.Fatal("signatures of the house counted as those of the households")
			}
		}
		for i, v := range heads[:needs[1]] {
			if got, want := sign(v), map[bool]models.RecallState{true: models.RecallValid, false: models.RecallGathering}[i == needs[1]-1]; got != want {
				t.Errorf("after %d of %d households: %s", i+1, needs[1], got)
			}
		}
		wantKind(t, "one more", tenant.SignRecall(ctx, w.as(w.index(*heads[needs[1]].ResidentID)), r.ID, 0, ""), problem.Conflict)
		w.clean()
	})
}

// TestRecallRests: what failed is not voted about again within the year (by
// analogy Zhejiang 36), and one demand runs at a time.
func TestRecallRests(t *testing.T) {
	db := storetest.New(t)
	w := newPollWorld(t, db, 30)
	w.plan(models.ModeVoters, fiveSeats)
	rows := w.roll()
	tenant, member, who := w.In(w.c), w.sits(10), w.as(w.index(*rows[0].ResidentID))
	demand := func() error {
		_, err := tenant.DemandRecall(ctx, who, member, "长期不到岗，多次提醒没有改正")
		return err
	}
	must(t, demand())
	wantKind(t, "while one runs", demand(), problem.Conflict)
	must(t, tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
		return tx.Model(&models.Recall{}).Where("member_id = ?", member).Updates(map[string]any{"state": models.RecallKept, "updated_at": tx.Now}).Error
	}))
	failed := models.DateOf(w.Now())
	w.Clock.Set(failed.Time().AddDate(1, 0, -1))
	wantKind(t, "a day too early", demand(), problem.Conflict)
	w.Clock.Set(failed.Time().AddDate(1, 0, 0))
	must(t, demand())
}
