package store_test

import (
	"encoding/json"
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// A made-up election in each of the three modes: an objection is upheld, a
// member of the electoral committee is nominated and substituted, one box is
// refused, two candidates tie, their vote decides, a seat stays open and a
// run-off fills it. Every number of the result is added up again here, from the
// raw entries and without the program's own sums.
func TestElectionInThreeModes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("three elections from the first notice to the archive")
	}
	for _, mode := range models.ElectionModes {
		t.Run(string(mode), func(t *testing.T) {
			db := storetest.New(t)
			w := newPollWorld(t, db, 90)
			w.plan(mode, fiveSeats)
			w.wholeWay()
		})
	}
}

func (w *pollWorld) wholeWay() {
	t, tenant, chair := w.t, w.In(w.c), w.as(chairN)
	voters := w.rollWithObjection()
	if w.e.Mode == models.ModeReps {
		err := tenant.AskProxy(ctx, w.as(20), w.e.ID, store.ProxyDraft{Proxy: voters[1].Number, ProxyName: voters[1].Name, Reason: "出差"})
		if !problem.Is(err, problem.Forbidden) {
			t.Errorf("a proxy among representatives: %v", err)
		}
	}
	cand := w.standWithSubstitution()
	main, refused := w.twoStations()
	electors := electorsOf(voters)
	for i, v := range electors {
		station := main
		if i%8 == 7 {
			station = refused
		}
		fresh, err := tenant.Voter(ctx, w.e.ID, v.ID)
		must(t, err)
		if fresh.StationID != station {
			t.Fatalf("voter %d votes at %s, not %s", v.Number, fresh.StationID, station)
		}
		_, err = tenant.Issue(ctx, chair, w.e.ID, station, store.CheckIn{VoterID: v.ID})
		must(t, err)
	}
	n := len(electors) - len(electors)/8
	for _, s := range []models.ID{main, refused} {
		must(t, tenant.RecordAct(ctx, chair, w.e.ID, s, store.StationAct{Kind: "seal", Note: "封条"}))
	}
	must(t, tenant.ClosePolls(ctx, chair, w.e.ID))
	must(t, tenant.TestBox(ctx, chair, w.e.ID, main, n, ""))
	must(t, tenant.TestBox(ctx, chair, w.e.ID, refused, len(electors)/8, "封条破损，居民选举委员会决定不计入"))
	w.fresh()
	// Two directors share the votes: nobody has half of them. Of the members two
	// tie for the last seat.
	half := n / 2
	votes := []int{half, n - half - 1, half + 2, half + 2, half + 2, half + 1, half + 1}
	tally := policy.Tally{"valid": n - 1, "invalid": 1}
	for i, k := range votes {
		tally[policy.TallyKey(policy.MarkFor, cand[i].ID)] = min(k, n-1)
	}
	w.count(main, tally)
	w.countEmpty(refused)
	must(t, tenant.SealResult(ctx, chair, w.e.ID))
	w.recount()
	var r policy.Result
	must(t, json.Unmarshal(w.fresh().Result, &r))
	if !r.Valid || len(r.Ties) != 1 || r.Open[models.PostDirector] != 1 {
		t.Fatalf("valid %v, ties %v, open %v, lines %+v", r.Valid, r.Ties, r.Open, r.Lines)
	}
	parent := w.e
	w.e = w.again(models.ElectionTie)
	w.short(3)
	w.e = parent
	w.e = w.again(models.ElectionRunoff)
	w.short(2)
	w.e = parent
	for _, kind := range []models.ElectionKind{models.ElectionTie, models.ElectionRunoff} { // the seats are filled
		_, err := tenant.VoteAgain(ctx, chair, w.e.ID, store.AgainDraft{Kind: kind, Title: "再来一次", Day: w.e.Day.AddDays(6)})
		wantKind(t, "a second "+string(kind), err, problem.Conflict)
	}
	w.clean()
}

// rollWithObjection declares everybody but one, whose objection is upheld.
func (w *pollWorld) rollWithObjection() []models.Voter {
	t, tenant, chair := w.t, w.In(w.c), w.as(chairN)
	w.day(-34)
	w.notice("day")
	_, err := tenant.FillRoll(ctx, chair, w.e.ID)
	must(t, err)
	rows, _, err := tenant.Roll(ctx, w.e.ID, store.RollFilter{Limit: 1000})
	must(t, err)
	missing := -1
	for i, v := range rows {
		if missing < 0 && v.Basis == models.BasisDomicile && i > 30 {
			missing = i
			continue
		}
		state, err := tenant.DeclareVoter(ctx, chair, w.e.ID, store.Declaration{VoterID: v.ID, Way: models.WayDoor, Since: "2015-01-01", Evidence: "居住证"})
		must(t, err)
		if state == models.VoterApplied {
			must(t, tenant.ConfirmVoter(ctx, chair, w.e.ID, v.ID, true, ""))
		}
	}
	switch w.e.Mode {
	case models.ModeHouseholds:
		_, err := tenant.FillElectors(ctx, chair, w.e.ID)
		must(t, err)
	case models.ModeReps:
		for i := 0; i < len(rows); i += 2 {
			if i != missing {
				must(t, tenant.SetElector(ctx, chair, w.e.ID, rows[i].ID, true))
			}
		}
	}
	w.day(-28)
	must(t, tenant.PublishRoll(ctx, chair, w.e.ID))
	before := w.fresh().Voters
	o, err := tenant.ObjectToRoll(ctx, w.as(3), w.e.ID, store.ObjectionDraft{Kind: models.ObjectionMissing, Name: rows[missing].Name, Text: "我表示过参加选举"})
	must(t, err)
	if err := tenant.FreezeRoll(ctx, chair, w.e.ID); !problem.Is(err, problem.TooEarly) {
		t.Errorf("frozen while objections are possible: %v", err)
	}
	must(t, tenant.DecideObjection(ctx, chair, w.e.ID, o.ID, true, "核对登记表，本人已经表示参加", *rows[missing].ResidentID))
	if w.fresh().Voters != before+1 {
		t.Errorf("%d voters after the upheld objection, %d before", w.e.Voters, before)
	}
	w.day(-18)
	must(t, tenant.FreezeRoll(ctx, chair, w.e.ID))
	if _, err := tenant.DeclareVoter(ctx, chair, w.e.ID, store.Declaration{VoterID: rows[0].ID, Way: models.WayDesk}); problem.As(err) == nil {
		t.Error("registered after the freeze")
	}
	w.fresh()
	rows, _, err = tenant.Roll(ctx, w.e.ID, store.RollFilter{State: models.VoterDeclared, Limit: 1000})
	must(t, err)
	return rows
}

func electorsOf(voters []models.Voter) (out []models.Voter) {
	for _, v := range voters {
		if v.Elector {
			out = append(out, v)
		}
	}
	return out
}

// standWithSubstitution: member 4 of the electoral committee accepts a
// nomination, leaves, and the substitute follows.
func (w *pollWorld) standWithSubstitution() []models.Candidate {
	t, tenant := w.t, w.In(w.c)
	w.day(-14)
	n, err := tenant.Nominate(ctx, w.off[models.RolePartyBranch], w.e.ID, store.NominationDraft{Kind: models.NominationParty, Resident: w.people[4].ID, Post: models.PostMember})
	must(t, err)
	must(t, tenant.AnswerNomination(ctx, w.as(4), w.e.ID, n.ID, true))
	members, err := tenant.Electoral(ctx, w.e.ID)
	must(t, err)
	if members[4].State != models.ElectoralLeft || members[5].State != models.ElectoralServing || members[5].ReplacesID != members[4].ID {
		t.Errorf("member %s, substitute %s", members[4].State, members[5].State)
	}
	if w.Guard().Roles(w.as(4).UserID, w.c.ID, models.DateOf(w.Clock.Now())).Has(policy.RoleECMember) {
		t.Error("who stands still serves in the electoral committee")
	}
	if err := tenant.AddStaff(ctx, w.as(chairN), w.e.ID, store.StaffDraft{Resident: w.people[4].ID, Name: w.people[4].Name, Duty: models.DutyTeller}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("a candidate counts: %v", err)
	}
	return w.stand(10, models.PostDirector, models.PostDirector, models.PostMember, models.PostMember, models.PostMember, models.PostMember)
}

// twoStations sends every eighth voter to a second box.
func (w *pollWorld) twoStations() (main, second models.ID) {
	t, tenant, chair := w.t, w.In(w.c), w.as(chairN)
	second, err := tenant.PutStation(ctx, chair, w.e.ID, 0, store.StationDraft{Kind: models.StationBranch, Name: "二号站", Place: "东门", Hours: "8:00"})
	must(t, err)
	rows, _, err := tenant.Roll(ctx, w.e.ID, store.RollFilter{State: models.VoterDeclared, Elector: true, Limit: 1000})
	must(t, err)
	for i, v := range rows {
		if i%8 == 7 {
			must(t, tenant.MoveVoter(ctx, chair, w.e.ID, v.ID, second, ""))
		}
	}
	return w.open(), second
}

// countEmpty counts the heap of a refused box: nothing of it counts.
func (w *pollWorld) countEmpty(s models.ID) { w.count(s, policy.Tally{}) }

// recount adds the raw lines up by itself and compares each number of the page.
func (w *pollWorld) recount() {
	t := w.t
	var lines []models.TallyLine
	var sheets []models.TallySheet
	var stations []models.PollingStation
	must(t, w.In(w.c).Write(ctx, storetest.System, func(tx *store.Tx) error {
		if err := tx.Where("election_id = ?", w.e.ID).Find(&lines).Error; err != nil {
			return err
		}
		if err := tx.Where("election_id = ?", w.e.ID).Find(&sheets).Error; err != nil {
			return err
		}
		return tx.Where("election_id = ?", w.e.ID).Find(&stations).Error
	}))
	perTeller := map[int]map[string]int{1: {}, 2: {}}
	for _, l := range lines {
		for _, s := range sheets {
			if s.ID == l.SheetID && s.Teller > 0 {
				perTeller[s.Teller][l.Key] += l.N
			}
		}
	}
	for k, n := range perTeller[1] {
		if perTeller[2][k] != n {
			t.Errorf("the tellers differ in %s", k)
		}
	}
	papers := 0
	for _, s := range stations {
		if s.State == models.StationAccepted {
			papers += s.InBox
		}
	}
	var r policy.Result
	must(t, json.Unmarshal(w.fresh().Result, &r))
	if r.Participants != papers || r.ValidBallots != perTeller[1]["valid"] || r.Invalid != perTeller[1]["invalid"] || r.Blank != perTeller[1]["blank"] {
		t.Errorf("result %d took part, %d/%d/%d; entries %d, %v", r.Participants, r.ValidBallots, r.Invalid, r.Blank, papers, perTeller[1])
	}
	for _, s := range r.Scores {
		want := perTeller[1]["for:"+s.ID.String()]
		if s.For != want {
			t.Errorf("%s has %d votes, the entries say %d", s.Name, s.For, want)
		}
		if s.Elected && s.For*2 <= papers && w.e.Kind == models.ElectionGeneral {
			t.Errorf("%s was elected with %d of %d", s.Name, s.For, papers)
		}
	}
}

// again prepares the run-off or the vote among the tied of the sealed election.
func (w *pollWorld) again(kind models.ElectionKind) *models.Election {
	t, tenant := w.t, w.In(w.c)
	e, err := tenant.VoteAgain(ctx, w.as(chairN), w.e.ID, store.AgainDraft{Kind: kind, Title: "再次投票", Day: w.e.Day.AddDays(3)})
	must(t, err)
	fresh, err := tenant.Election(ctx, e.ID, false)
	must(t, err)
	if fresh.State != models.ElectionCandidates || fresh.Electors != w.e.Electors {
		t.Fatalf("%s: state %s, %d vote, %d voted before", kind, fresh.State, fresh.Electors, w.e.Electors)
	}
	return fresh
}

// short runs a further vote with everybody at the main station.
func (w *pollWorld) short(firstVotes int) {
	t, tenant, chair := w.t, w.In(w.c), w.as(chairN)
	w.day(0)
	for n, duty := range map[int]models.StaffDuty{teller1N: models.DutyTeller, teller2N: models.DutyTeller, watcherN: models.DutyWatcher} {
		must(t, tenant.AddStaff(ctx, chair, w.e.ID, store.StaffDraft{Resident: w.people[n].ID, Name: w.people[n].Name, Duty: duty}))
	}
	must(t, tenant.OpenPolls(ctx, chair, w.e.ID))
	rows, _, err := tenant.Roll(ctx, w.e.ID, store.RollFilter{Elector: true, Limit: 1000})
	must(t, err)
	inBox := map[models.ID]int{}
	for _, v := range rows {
		_, err := tenant.Issue(ctx, chair, w.e.ID, v.StationID, store.CheckIn{VoterID: v.ID})
		must(t, err)
		inBox[v.StationID]++
	}
	stations, err := tenant.Stations(ctx, w.e.ID)
	must(t, err)
	for _, s := range stations {
		must(t, tenant.RecordAct(ctx, chair, w.e.ID, s.ID, store.StationAct{Kind: "seal", Note: "封条"}))
	}
	must(t, tenant.ClosePolls(ctx, chair, w.e.ID))
	cand, err := tenant.Candidates(ctx, w.e.ID, models.CandidateFormal)
	must(t, err)
	for _, s := range stations {
		must(t, tenant.TestBox(ctx, chair, w.e.ID, s.ID, inBox[s.ID], ""))
	}
	for _, s := range stations {
		n := inBox[s.ID]
		tally := policy.Tally{"valid": n, policy.TallyKey(policy.MarkFor, cand[0].ID): max(0, n-firstVotes), policy.TallyKey(policy.MarkFor, cand[1].ID): min(n, firstVotes)}
		w.fresh()
		w.count(s.ID, tally)
	}
	must(t, tenant.SealResult(ctx, chair, w.e.ID))
	w.recount()
	won, err := tenant.Elected(ctx, w.e.ID)
	must(t, err)
	if len(won) != 1 || won[0].ResidentID != cand[0].ResidentID {
		t.Errorf("%s: %d elected", w.e.Kind, len(won))
	}
}

// TestServingRepresentativesAreTheList: whose seat has ended is not on it, and
// asking twice adds nobody.
func TestServingRepresentativesAreTheList(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newPollWorld(t, db, 30)
		w.plan(models.ModeReps, fiveSeats)
		rows := w.roll()
		want := (len(rows)+2)/3 - 1
		if got := len(electorsOf(rows)); got != want || w.e.Electors != want {
			t.Errorf("%d rows, %d counted, want %d", got, w.e.Electors, want)
		}
		_, err := w.In(w.c).FillElectors(ctx, w.as(chairN), w.e.ID)
		if !problem.Is(err, problem.Conflict) {
			t.Errorf("after the roll is frozen: %v", err)
		}
		w.clean()
	})
}
