package store_test

import (
	"bytes"
	"strconv"
	"sync"
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// all five posts by name, for tests that do not care.
var fiveSeats = map[models.Post]int{models.PostDirector: 1, models.PostMember: 4}

var sevenStand = []models.Post{models.PostDirector, models.PostDirector, models.PostMember, models.PostMember, models.PostMember, models.PostMember, models.PostMember}

// clean asks juwu verify about everything.
func (w *pollWorld) clean() {
	w.t.Helper()
	must(w.t, w.Verify(ctx, func(f store.Finding) { w.t.Errorf("verify: %s: %s", f.Check, f.What) }))
}

// Two stations in two processes, with every voter trying both several times, and
// an envelope afterwards: one ballot each (reliability.md 1.4 no. 33). The
// electronic channel is not among them; ballot_race_test.go claims it.
func TestOneVoterOneBallot(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newPollWorld(t, db, 40)
		w.plan(models.ModeVoters, fiveSeats)
		voters := w.roll()
		w.stand(10, sevenStand...)
		tenant, chair := db.In(w.c), w.as(chairN)
		second, err := tenant.PutStation(ctx, chair, w.e.ID, 0, store.StationDraft{Kind: models.StationBranch, Name: "二号站", Place: "东门", Hours: "8:00"})
		must(t, err)
		first := w.open()
		other := db.Second(t)
		must(t, other.Load(ctx))
		stores := []*store.Tenant{db.In(w.c), other.In(w.c)}
		tries := voters[:6]
		var mu sync.Mutex
		given := map[models.ID]int{}
		var wg sync.WaitGroup
		for _, v := range tries {
			for n := range 6 {
				wg.Go(func() {
					station := []models.ID{first, second}[n%2]
					out, err := stores[n%2].Issue(ctx, chair, w.e.ID, station, store.CheckIn{VoterID: v.ID, Key: "tablet" + strconv.Itoa(n)})
					if err == nil {
						mu.Lock()
						given[v.ID] += out.Ballots
						mu.Unlock()
					} else if problem.As(err) == nil {
						t.Errorf("%v", err)
					}
				})
			}
		}
		wg.Wait()
		for _, v := range tries {
			if given[v.ID] != 1 {
				t.Errorf("voter %d got %d ballots", v.Number, given[v.ID])
			}
		}
		p, err := tenant.AddEnvelope(ctx, chair, w.e.ID, first, tries[0].Name, tries[0].Number, "说没有领过")
		must(t, err)
		for _, s := range []models.ID{first, second} {
			must(t, tenant.RecordAct(ctx, chair, w.e.ID, s, store.StationAct{Kind: "seal", Note: "01"}))
		}
		must(t, tenant.ClosePolls(ctx, chair, w.e.ID))
		if err := tenant.DecideEnvelope(ctx, chair, w.e.ID, p.ID, true, 0, "核对过身份证"); !problem.Is(err, problem.Conflict) {
			t.Errorf("an envelope of somebody who has voted: %v", err)
		}
		must(t, tenant.DecideEnvelope(ctx, chair, w.e.ID, p.ID, false, 0, "已经领过选票"))
		late, err := tenant.Voter(ctx, w.e.ID, voters[10].ID)
		must(t, err)
		if _, err := tenant.Issue(ctx, chair, w.e.ID, late.StationID, store.CheckIn{VoterID: late.ID}); !problem.Is(err, problem.TooLate) {
			t.Errorf("a ballot after the close: %v", err) // no. 32: one rule, the close
		}
		w.clean()
	})
}

// The same sending of a tablet again, after a power cut, gives out nothing; that
// of another tablet is refused.
func TestTabletSendsAgain(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	w := newPollWorld(t, db, 40)
	w.plan(models.ModeVoters, fiveSeats)
	voters := w.roll()
	w.stand(10, sevenStand...)
	s := w.open()
	tenant, chair := db.In(w.c), w.as(chairN)
	in := store.CheckIn{VoterID: voters[0].ID, Key: "a.1"}
	first, err := tenant.Issue(ctx, chair, w.e.ID, s, in)
	must(t, err)
	again, err := tenant.Issue(ctx, chair, w.e.ID, s, in)
	must(t, err)
	if first.Ballots != 1 || again.Ballots != 0 || !again.Again {
		t.Errorf("first %+v, again %+v", first, again)
	}
	if _, err := tenant.Issue(ctx, chair, w.e.ID, s, store.CheckIn{VoterID: voters[0].ID, Key: "b.1"}); !problem.Is(err, problem.Conflict) {
		t.Errorf("another tablet: %v", err)
	}
	for range 2 {
		must(t, tenant.RecordAct(ctx, chair, w.e.ID, s, store.StationAct{Kind: "spoiled", N: 1, Key: "spoiled-1"}))
	}
	st, err := tenant.Station(ctx, w.e.ID, s)
	must(t, err)
	if st.Issued != 1 || st.Spoiled != 1 {
		t.Errorf("issued %d, spoiled %d", st.Issued, st.Spoiled)
	}
	w.clean()
}

// Two tellers in two processes take one heap at once: two sheets, two people;
// the watcher is neither, differences are settled, and the count fits the box.
func TestTwoTellersAndTheWatcher(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newPollWorld(t, db, 40)
		w.plan(models.ModeVoters, fiveSeats)
		voters := w.roll()
		cand := w.stand(10, sevenStand...)
		s := w.open()
		tenant, chair := db.In(w.c), w.as(chairN)
		cast := len(voters)/2 + 2
		for _, v := range voters[:cast] {
			_, err := tenant.Issue(ctx, chair, w.e.ID, s, store.CheckIn{VoterID: v.ID})
			must(t, err)
		}
		w.close(s, cast)
		other := db.Second(t)
		must(t, other.Load(ctx))
		one, two := w.as(teller1N), w.as(teller2N)
		var wg sync.WaitGroup
		var errs [2]error
		for i, who := range []models.Actor{one, two} {
			wg.Go(func() {
				_, errs[i] = []*store.Tenant{tenant, other.In(w.c)}[i].OpenSheet(ctx, who, w.e.ID, s, 1, "sheet")
			})
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("one place, two tellers: %v %v", errs[0], errs[1])
		}
		if errs[0] != nil {
			one, two = two, one
		}
		if _, err := tenant.OpenSheet(ctx, one, w.e.ID, s, 2, "sheet"); !problem.Is(err, problem.Forbidden) {
			t.Errorf("one person fills both sheets: %v", err)
		}
		sheet1, err := tenant.OpenSheet(ctx, one, w.e.ID, s, 1, "sheet")
		must(t, err)
		sheet2, err := tenant.OpenSheet(ctx, two, w.e.ID, s, 2, "ballots")
		must(t, err)
		key := policy.TallyKey(policy.MarkFor, cand[0].ID)
		tally := policy.Tally{"valid": cast, key: cast}
		if err := tenant.EnterSheet(ctx, two, w.e.ID, sheet1.ID, tally); !problem.Is(err, problem.Forbidden) {
			t.Errorf("the other's sheet: %v", err)
		}
		if err := tenant.EnterSheet(ctx, one, w.e.ID, sheet1.ID, policy.Tally{"valid": cast, key: cast + 1}); !problem.Is(err, problem.Invalid) {
			t.Errorf("more votes than ballots: %v", err)
		}
		must(t, tenant.EnterSheet(ctx, one, w.e.ID, sheet1.ID, tally))
		for i := range cast {
			m := policy.Marks{Of: map[models.ID]policy.Mark{cand[0].ID: policy.MarkFor}}
			if i == 0 {
				m = policy.Marks{Of: map[models.ID]policy.Mark{cand[0].ID: policy.MarkAgainst}} // read wrong
			}
			_, err := tenant.AddBallot(ctx, two, w.e.ID, sheet2.ID, i, m)
			must(t, err)
		}
		if _, err := tenant.AddBallot(ctx, two, w.e.ID, sheet2.ID, 1, policy.Marks{}); !problem.Is(err, problem.Conflict) {
			t.Errorf("a form sent twice: %v", err)
		}
		must(t, tenant.FinishBallots(ctx, two, w.e.ID, sheet2.ID))
		watcher := w.as(watcherN)
		if err := tenant.ConfirmHeap(ctx, watcher, w.e.ID, s, nil, ""); !problem.Is(err, problem.Invalid) {
			t.Errorf("differences nobody settled: %v", err)
		}
		if err := tenant.ConfirmHeap(ctx, one, w.e.ID, s, nil, ""); !problem.Is(err, problem.Forbidden) {
			t.Errorf("a teller confirms: %v", err)
		}
		against := policy.TallyKey(policy.MarkAgainst, cand[0].ID)
		must(t, tenant.ConfirmHeap(ctx, watcher, w.e.ID, s, map[string]int{key: cast, against: 0}, "当面重新看过第一张选票"))
		if err := tenant.EnterSheet(ctx, one, w.e.ID, sheet1.ID, tally); problem.As(err) == nil {
			t.Error("a sheet changed after it was confirmed")
		}
		if err := tenant.SealResult(ctx, watcher, w.e.ID); !problem.Is(err, problem.Forbidden) {
			t.Errorf("the watcher seals: %v", err)
		}
		must(t, tenant.SealResult(ctx, chair, w.e.ID))
		var b bytes.Buffer
		must(t, tenant.WriteArchive(ctx, w.e.ID, &b))
		bad, err := store.CheckArchive(bytes.NewReader(b.Bytes()), int64(b.Len()))
		must(t, err)
		if len(bad) > 0 {
			t.Errorf("the archive: %v", bad)
		}
		w.clean()
	})
}
