package store_test

import (
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
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

// TestWhoIsElectedLaterIsSeatedToo: the handover seats whom a run-off and a tie
// within it elected, and not whom a vote elected that was declared void.
func TestWhoIsElectedLaterIsSeatedToo(t *testing.T) {
	w := newPollWorld(t, storetest.New(t), 30)
	w.plan(models.ModeVoters, fiveSeats)
	votes := []models.Election{*w.fresh(), *w.e, *w.e, *w.e} // the election, its run-off, a tie within that, a void one
	must(t, w.In(w.c).Write(ctx, storetest.System, func(tx *store.Tx) error {
		for i := 1; i < len(votes); i++ {
			e := &votes[i]
			e.ID, e.Kind, e.ParentID, e.State = tx.NewID(), models.ElectionRunoff, votes[min(i, 2)-1].ID, models.ElectionSealed
			if i == 3 {
				e.State = models.ElectionVoid
			}
			if err := tx.Create(e).Error; err != nil {
				return err
			}
		}
		return tx.Model(&models.Election{}).Where("id = ?", w.e.ID).UpdateColumns(map[string]any{"state": models.ElectionSealed, "handover_day": tx.Day()}).Error
	}))
	parent := w.e
	for i := range votes {
		w.e = &votes[i]
		w.sits(10 + i)
	}
	w.e = parent
	must(t, w.In(w.c).ConfirmHandover(ctx, w.off[models.RoleStreet], w.e.ID))
	for i, want := range []bool{true, true, true, false} {
		if got := w.Guard().Roles(w.as(10+i).UserID, w.c.ID, models.DateOf(w.Now())).Has(models.RoleCommitteeMember); got != want {
			t.Errorf("elected by vote %d: seated %v", i, got)
		}
	}
}

// TestWhoIsToBeRemovedDoesNotRunTheVote: neither the member nor somebody near to
// them is in the electoral committee of the vote (art. 15).
func TestWhoIsToBeRemovedDoesNotRunTheVote(t *testing.T) {
	w := newPollWorld(t, storetest.New(t), 30)
	w.plan(models.ModeVoters, fiveSeats)
	vote := *w.fresh()
	must(t, w.In(w.c).Write(ctx, storetest.System, func(tx *store.Tx) error {
		vote.ID, vote.Kind, vote.ParentID, vote.State = tx.NewID(), models.ElectionRecall, w.e.ID, models.ElectionCandidates
		if err := tx.Create(&vote).Error; err != nil {
			return err
		}
		return tx.Create(&models.Candidate{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: vote.ID, ResidentID: w.people[9].ID, Name: w.people[9].Name, Post: models.PostRecall, State: models.CandidateFormal}).Error
	}))
	form := func(last int) error {
		var people []store.ElectoralDraft
		for i, n := range []int{11, 12, 13, 14, last} {
			d := store.ElectoralDraft{ResidentID: w.people[n].ID, Name: w.people[n].Name, Seat: models.SeatMember}
			if i == 0 {
				d.Seat = models.SeatChair
			}
			people = append(people, d)
		}
		return w.In(w.c).FormElectoral(ctx, w.off[models.RoleDirector], vote.ID, "居民代表会议推选", people)
	}
	wantKind(t, "the member", form(9), problem.Invalid)
	must(t, form(15))
}

// TestTheAssemblyChoosesAnew: while somebody waits to follow nobody else is
// chosen; when nobody does, the empty place is filled and its role begins (art. 15).
func TestTheAssemblyChoosesAnew(t *testing.T) {
	w := newPollWorld(t, storetest.New(t), 30)
	w.plan(models.ModeVoters, fiveSeats)
	w.as(9)
	tenant, director := w.In(w.c), w.off[models.RoleDirector]
	choose := func(n int, seat models.ElectoralSeat) error {
		return tenant.ChooseElectoral(ctx, director, w.e.ID, "居民代表会议另行推选", store.ElectoralDraft{Field: "person", ResidentID: w.people[n].ID, Name: w.people[n].Name, Seat: seat})
	}
	leaves := func(seat models.ElectoralSeat) {
		t.Helper()
		members, err := tenant.Electoral(ctx, w.e.ID)
		must(t, err)
		for _, m := range members {
			if m.Seat == seat && m.State == models.ElectoralServing {
				must(t, tenant.LeaveElectoral(ctx, director, w.e.ID, m.ID, "本人被提名为候选人"))
				return
			}
		}
		t.Fatalf("no %s", seat)
	}
	wantKind(t, "while a substitute waits", choose(9, models.SeatMember), problem.Invalid)
	leaves(models.SeatChair) // the substitute follows as chair
	wantKind(t, "a second chair", choose(9, models.SeatChair), problem.Invalid)
	leaves(models.SeatChair)
	wantKind(t, "who serves already", choose(1, models.SeatChair), problem.Invalid)
	err := tenant.ChooseElectoral(ctx, w.as(20), w.e.ID, "居民代表会议另行推选", store.ElectoralDraft{ResidentID: w.people[9].ID, Name: w.people[9].Name, Seat: models.SeatChair})
	wantKind(t, "by a resident", err, problem.Forbidden)
	must(t, choose(9, models.SeatChair))
	if !w.Guard().Roles(w.as(9).UserID, w.c.ID, models.DateOf(w.Now())).Has(policy.RoleECChair) {
		t.Error("the new chair does not lead")
	}
	n, err := tenant.DraftElectionNotice(ctx, w.as(9), w.e.ID, "day")
	must(t, err)
	_, err = tenant.PublishElectionNotice(ctx, w.as(9), w.e.ID, n.ID)
	must(t, err)
}
