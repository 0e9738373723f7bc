package store_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// Whatever anybody does in whatever order, from the frozen roll to the seal: no
// more ballots than voters, nobody who stands and counts, no proxy with four,
// and a result that is that of its entries. After each step everything is counted
// again from the rows, without the program's own sums; a step that is refused
// has left no trace. One walk here, many where JUWU_SOAK asks for them.
func TestNoSequenceBreaksAnElection(t *testing.T) {
	t.Parallel()
	seeds, steps, each := uint64(1), 260, storetest.Each
	switch {
	case os.Getenv("JUWU_SOAK") != "":
		seeds, steps = 30, 600
	case testing.Short():
		steps = 60
		each = func(t *testing.T, f func(*testing.T, *storetest.DB)) { f(t, storetest.New(t)) }
	}
	issued := 0 // in all walks: one of them may find nobody at the tables
	for seed := range seeds {
		each(t, func(t *testing.T, db *storetest.DB) {
			w := newElectionWalk(t, db, seed)
			for i := range steps {
				w.step(i * 100 / steps)
				w.check()
			}
			w.end(steps)
			issued += w.done["issue"]
		})
	}
	if steps >= 200 && issued == 0 {
		t.Error("no ballot was ever given out")
	}
}

type electionWalk struct {
	*pollWorld
	tb       *testing.T
	r        *rand.Rand
	voters   []models.Voter
	stations []models.ID
	action   string
	done     map[string]int
	refused  map[string]int
}

func newElectionWalk(t *testing.T, db *storetest.DB, seed uint64) *electionWalk {
	w := &electionWalk{pollWorld: newPollWorld(t, db, 30), tb: t, r: rand.New(rand.NewPCG(seed, 60)), done: map[string]int{}, refused: map[string]int{}}
	w.plan([]models.ElectionMode{models.ModeVoters, models.ModeVoters, models.ModeReps}[seed%3], fiveSeats)
	w.voters = w.roll()
	w.day(-15)
	for n := range w.people {
		w.as(n)
	}
	return w
}

// anybody is mostly one of those whose work it is.
func (w *electionWalk) anybody(duty ...int) models.Actor {
	if len(duty) > 0 && w.r.IntN(5) > 0 {
		return w.as(duty[w.r.IntN(len(duty))])
	}
	switch n := w.r.IntN(8); n {
	case 0, 1, 2:
		return w.off[[]models.Role{models.RoleDirector, models.RoleSupervisor, models.RolePartyBranch}[n]]
	}
	return w.as(w.r.IntN(len(w.people)))
}

func (w *electionWalk) voter() models.Voter { return w.voters[w.r.IntN(len(w.voters))] }

func (w *electionWalk) station() models.ID {
	if len(w.stations) == 0 {
		return 1
	}
	return w.stations[w.r.IntN(len(w.stations))]
}

// step does one thing of somebody. part is how far the walk is, in hundredths:
// the day goes by with it, so that each state is lived in.
func (w *electionWalk) step(part int) {
	w.tb.Helper()
	w.e = w.fresh()
	if day := []int{-15, -14, -13, -12, -10, -8, -6, -5, -3, -1, 0}[min(part/3, 10)]; models.DateOf(w.Clock.Now()) < w.e.Day.AddDays(day) {
		w.day(day)
	}
	w.Clock.Add(time.Minute)
	w.guide(part)
	acts := map[models.ElectionState][]func() error{
		models.ElectionFrozen:     {w.nominates, w.nominates, w.signs, w.signs, w.answers, w.answers, w.reviews, w.reviews, w.proxies, w.staffs, w.places, w.publishes},
		models.ElectionCandidates: {w.proxies, w.proxies, w.proxies, w.staffs, w.staffs, w.places, w.places, w.withdraws, w.opens},
		models.ElectionVoting:     {w.issues, w.issues, w.issues, w.issues, w.issues, w.issues, w.issues, w.papers, w.envelope, w.staffs},
		models.ElectionCounting:   {w.envelopes, w.boxes, w.sheets, w.sheets, w.sheets, w.sheets, w.confirms, w.confirms, w.seals},
	}[w.e.State]
	if w.r.IntN(8) == 0 || len(acts) == 0 { // something out of its time
		acts = []func() error{w.nominates, w.answers, w.reviews, w.proxies, w.staffs, w.places, w.publishes, w.withdraws, w.opens, w.issues, w.papers, w.envelope, w.closes, w.envelopes, w.boxes, w.sheets, w.confirms, w.seals, w.spoils}
	}
	before := w.audited()
	err := acts[w.r.IntN(len(acts))]()
	if err == nil {
		w.done[w.action]++
		return
	}
	if problem.As(err) == nil {
		w.tb.Fatalf("%s in %s: %v", w.action, w.e.State, err)
	}
	w.refused[w.action]++
	if after := w.audited(); after != before {
		w.tb.Fatalf("%s was refused (%v) and left %d rows in the record", w.action, err, after-before)
	}
}

// guide does what is missing when a state has lasted long enough.
func (w *electionWalk) guide(part int) {
	tenant, chair := w.In(w.c), w.as(w.chair())
	try := func(err error) {
		if err != nil && problem.As(err) == nil {
			w.tb.Fatalf("guide in %s: %v", w.e.State, err)
		}
	}
	if m := some[models.ElectoralMember](w, "state = ? AND seat = ?", models.ElectoralServing, models.SeatChair); m.ID == 0 && w.e.SealedAt == nil && part >= 20 {
		for n := range w.people { // the assembly chooses a chair anew
			try(tenant.ChooseElectoral(ctx, w.off[models.RoleDirector], w.e.ID, "居民代表会议另行推选", store.ElectoralDraft{Field: "person", ResidentID: w.people[n].ID, Name: w.people[n].Name, Seat: models.SeatChair}))
		}
		chair = w.as(w.chair())
	}
	switch {
	case w.e.State == models.ElectionFrozen && part >= 20:
		for i, post := range sevenStand {
			n, err := tenant.Nominate(ctx, w.off[models.RolePartyBranch], w.e.ID, store.NominationDraft{Kind: models.NominationParty, Resident: w.people[10+i].ID, Post: post, Text: "推荐"})
			try(err)
			try(tenant.AnswerNomination(ctx, w.as(10+i), w.e.ID, n.ID, true))
		}
		all, err := tenant.Candidates(ctx, w.e.ID)
		must(w.tb, err)
		for _, c := range all {
			try(tenant.ReviewCandidate(ctx, w.as(w.chair()), w.e.ID, c.ID, true, "", "", "符合条件"))
		}
		try(tenant.PublishCandidates(ctx, w.as(w.chair()), w.e.ID, nil))
	case w.e.State == models.ElectionCandidates && part >= 32:
		for len(w.stations) == 0 {
			try(w.places())
		}
		_, err := tenant.AssignStation(ctx, chair, w.e.ID, w.stations[0], nil)
		try(err)
		try(tenant.OpenPolls(ctx, chair, w.e.ID))
	case w.e.State == models.ElectionVoting && part >= 55:
		for _, s := range w.stations { // whoever served may have gone: the electoral committee seals the boxes itself
			try(tenant.RecordAct(ctx, chair, w.e.ID, s, store.StationAct{Kind: "seal", Note: "0018"}))
		}
		try(tenant.ClosePolls(ctx, chair, w.e.ID))
	case w.e.State == models.ElectionCounting && part >= 92:
		w.finish(try)
	}
	w.fresh()
}

// finish brings a count to its seal: envelopes, staff, boxes, two sheets of each
// heap, the watcher and the chair.
func (w *electionWalk) finish(try func(error)) {
	tenant, chair := w.In(w.c), w.as(w.chair())
	var envelopes []models.ProvisionalBallot
	find(w, &envelopes, "state = ?", models.ProvisionalSealed)
	for _, p := range envelopes {
		try(tenant.DecideEnvelope(ctx, chair, w.e.ID, p.ID, false, 0, "核对不上名册"))
	}
	for n := teller1N; n < len(w.people); n++ {
		if duty := w.lacks(); duty != "" {
			try(tenant.AddStaff(ctx, chair, w.e.ID, store.StaffDraft{Resident: w.people[n].ID, Name: w.people[n].Name, Duty: duty}))
		}
	}
	var stations []models.PollingStation
	find(w, &stations)
	for _, s := range stations {
		if s.State == models.StationClosed {
			try(tenant.TestBox(ctx, chair, w.e.ID, s.ID, s.Issued, ""))
		}
	}
	find(w, &stations)
	for _, s := range stations {
		try(tenant.ReturnSheets(ctx, w.as(w.on(models.DutyWatcher)[0]), w.e.ID, s.ID))
		for _, n := range w.on(models.DutyTeller) {
			for teller := 1; teller <= 2; teller++ {
				sheet, err := tenant.OpenSheet(ctx, w.as(n), w.e.ID, s.ID, teller, "sheet")
				if try(err); err == nil {
					try(tenant.EnterSheet(ctx, w.as(n), w.e.ID, sheet.ID, w.written(s)))
				}
			}
		}
		for _, n := range w.on(models.DutyWatcher) {
			try(tenant.ConfirmHeap(ctx, w.as(n), w.e.ID, s.ID, w.written(s), "当面重新数过"))
		}
	}
	try(tenant.SealResult(ctx, chair, w.e.ID))
}

// chair is who leads the electoral committee now: its first one may stand.
func (w *electionWalk) chair() int {
	if m := some[models.ElectoralMember](w, "state = ? AND seat = ?", models.ElectoralServing, models.SeatChair); m.ID != 0 {
		return w.index(m.ResidentID)
	}
	return chairN
}

// on are those who have a duty now.
func (w *electionWalk) on(duty models.StaffDuty) (out []int) {
	var rows []models.PollStaff
	find(w, &rows, "ended_at IS NULL AND duty = ?", duty)
	for _, s := range rows {
		out = append(out, w.index(s.ResidentID))
	}
	return append(out, teller1N)
}

// lacks is a duty that a count cannot do without.
func (w *electionWalk) lacks() models.StaffDuty {
	switch {
	case len(w.on(models.DutyTeller)) < 4: // three, as one may be the watcher, too
		return models.DutyTeller
	case len(w.on(models.DutyWatcher)) < 3:
		return models.DutyWatcher
	}
	return ""
}

func (w *pollWorld) audited() (n int64) {
	w.t.Helper()
	must(w.t, w.In(w.c).Write(ctx, storetest.System, func(tx *store.Tx) error { return tx.Model(&models.AuditRow{}).Count(&n).Error }))
	return n
}

func (w *electionWalk) nominates() error {
	w.action = "nominate"
	d := store.NominationDraft{Kind: models.NominationParty, Resident: w.people[w.r.IntN(len(w.people))].ID, Post: []models.Post{models.PostDirector, models.PostMember, models.PostMember}[w.r.IntN(3)], Text: "推荐"}
	who := w.off[models.RolePartyBranch]
	if w.r.IntN(3) == 0 {
		d.Kind, who = []models.NominationKind{models.NominationJoint, models.NominationSelf}[w.r.IntN(2)], w.anybody()
	}
	_, err := w.In(w.c).Nominate(ctx, who, w.e.ID, d)
	return err
}

func (w *electionWalk) signs() error {
	n := some[models.Nomination](w, "state = ?", models.NominationGathering)
	if w.action = "sign"; w.r.IntN(6) == 0 {
		w.action = "submit"
		return w.In(w.c).SubmitNomination(ctx, w.anybody(), w.e.ID, n.ID)
	}
	return w.In(w.c).Cosign(ctx, w.anybody(), w.e.ID, n.ID)
}

// answers: the nominee, or somebody in their place.
func (w *electionWalk) answers() error {
	w.action = "answer"
	n := some[models.Nomination](w, "state = ?", models.NominationSubmitted)
	who := w.anybody()
	for i := range w.people {
		if w.people[i].ID == n.ResidentID && w.r.IntN(6) > 0 {
			who = w.as(i)
		}
	}
	return w.In(w.c).AnswerNomination(ctx, who, w.e.ID, n.ID, w.r.IntN(6) > 0)
}

func (w *electionWalk) reviews() error {
	w.action = "review"
	c := some[models.Candidate](w)
	ground := []string{"", "", "convicted"}[w.r.IntN(3)]
	return w.In(w.c).ReviewCandidate(ctx, w.anybody(w.chair(), 1, 2), w.e.ID, c.ID, ground == "", ground, strings.Repeat("判决书", min(1, len(ground))), "按照规定审查")
}

func (w *electionWalk) withdraws() error {
	w.action = "withdraw"
	c := some[models.Candidate](w)
	if w.r.IntN(4) > 0 {
		c.ID = 0 // rarely: or nobody is left
	}
	return w.In(w.c).WithdrawCandidate(ctx, w.anybody(w.chair()), w.e.ID, c.ID)
}

func (w *electionWalk) publishes() error {
	w.action = "publish"
	return w.In(w.c).PublishCandidates(ctx, w.anybody(w.chair()), w.e.ID, nil)
}

// proxies: a few people are asked by everybody.
func (w *electionWalk) proxies() error {
	tenant := w.In(w.c)
	switch w.r.IntN(7) {
	case 0:
		w.action = "revoke"
		return tenant.RevokeProxy(ctx, w.anybody(), w.e.ID, some[models.Proxy](w).ID)
	case 1, 2, 3:
		w.action = "mandate"
		return tenant.DecideProxy(ctx, w.anybody(w.chair(), 1), w.e.ID, some[models.Proxy](w, "state = ?", models.ProxyAsked).ID, w.r.IntN(5) > 0, "按照规定")
	}
	w.action = "proxy"
	to, from := w.voters[w.r.IntN(4)], w.voter()
	return tenant.AskProxy(ctx, w.as(w.index(*from.ResidentID)), w.e.ID, store.ProxyDraft{Proxy: to.Number, ProxyName: to.Name, Reason: "出差"})
}

func (w *electionWalk) staffs() error {
	if w.action = "staff"; w.r.IntN(8) == 0 {
		w.action = "unstaff"
		return w.In(w.c).EndStaff(ctx, w.anybody(w.chair()), w.e.ID, some[models.PollStaff](w).ID)
	}
	duties := map[int]models.StaffDuty{teller1N: models.DutyTeller, teller2N: models.DutyTeller, watcherN: models.DutyWatcher}
	n := []int{teller1N, teller2N, watcherN, w.r.IntN(len(w.people))}[w.r.IntN(4)]
	duty := duties[n]
	if duty == "" || w.r.IntN(5) == 0 {
		duty = []models.StaffDuty{models.DutyTeller, models.DutyWatcher, models.DutyIssuer, models.DutyCaller}[w.r.IntN(4)]
	}
	return w.In(w.c).AddStaff(ctx, w.anybody(w.chair()), w.e.ID, store.StaffDraft{Resident: w.people[n].ID, Name: w.people[n].Name, Duty: duty})
}

func (w *electionWalk) places() error {
	tenant, chair := w.In(w.c), w.anybody(w.chair())
	switch {
	case len(w.stations) < 2:
		w.action = "station"
		id, err := tenant.PutStation(ctx, chair, w.e.ID, 0, store.StationDraft{Kind: []models.StationKind{models.StationMain, models.StationBranch}[len(w.stations)], Name: fmt.Sprint("站", len(w.stations)), Place: "东门", Hours: "8:00"})
		if err == nil {
			w.stations = append(w.stations, id)
		}
		return err
	case w.r.IntN(2) == 0:
		w.action = "assign"
		_, err := tenant.AssignStation(ctx, chair, w.e.ID, w.station(), nil)
		return err
	}
	w.action = "move"
	return tenant.MoveVoter(ctx, chair, w.e.ID, w.voter().ID, w.station(), "")
}

func (w *electionWalk) opens() error {
	w.action = "open"
	return w.In(w.c).OpenPolls(ctx, w.anybody(w.chair()), w.e.ID)
}

// issues: mostly where the voter's ballot waits; tablets send again.
func (w *electionWalk) issues() error {
	w.action = "issue"
	v, at := w.voter(), w.station()
	if w.r.IntN(5) > 0 {
		fresh, err := w.In(w.c).Voter(ctx, w.e.ID, v.ID)
		must(w.tb, err)
		at = fresh.StationID
	}
	_, err := w.In(w.c).Issue(ctx, w.anybody(append(w.on(models.DutyIssuer), w.on(models.DutyWatcher)...)...), w.e.ID, at, store.CheckIn{VoterID: v.ID, Key: []string{"", "a.1", "b.1"}[w.r.IntN(3)]})
	return err
}

func (w *electionWalk) papers() error {
	w.action = "papers"
	kind := []string{"received", "spoiled", "unused", "seal", "refused", "stolen"}[w.r.IntN(6)]
	if kind == "seal" && w.r.IntN(4) > 0 {
		kind = "spoiled"
	}
	return w.In(w.c).RecordAct(ctx, w.anybody(append(w.on(models.DutyIssuer), w.on(models.DutyWatcher)...)...), w.e.ID, w.station(), store.StationAct{Kind: kind, N: w.r.IntN(4) - 1, Note: "0017", Key: []string{"", "k1", "k2"}[w.r.IntN(3)]})
}

func (w *electionWalk) envelope() error {
	w.action = "envelope"
	v := w.voter()
	_, err := w.In(w.c).AddEnvelope(ctx, w.anybody(append(w.on(models.DutyIssuer), w.on(models.DutyWatcher)...)...), w.e.ID, w.station(), v.Name, v.Number*w.r.IntN(2), "说没有领过")
	return err
}

func (w *electionWalk) closes() error {
	w.action = "close"
	if s := some[models.PollingStation](w, "state = ?", models.StationOpen); s.ID != 0 {
		w.action = "seal a box"
		return w.In(w.c).RecordAct(ctx, w.as(w.on(models.DutyWatcher)[0]), w.e.ID, s.ID, store.StationAct{Kind: "seal", Note: "0018"})
	}
	return w.In(w.c).ClosePolls(ctx, w.as(w.chair()), w.e.ID)
}

func (w *electionWalk) envelopes() error {
	w.action = "decide envelope"
	p := some[models.ProvisionalBallot](w)
	return w.In(w.c).DecideEnvelope(ctx, w.anybody(w.chair()), w.e.ID, p.ID, w.r.IntN(2) == 0, []models.ID{0, w.voter().ID}[w.r.IntN(2)], "核对过身份证")
}

func (w *electionWalk) boxes() error {
	w.action = "box"
	s := some[models.PollingStation](w)
	n := s.Issued - w.r.IntN(3) + w.r.IntN(2)
	return w.In(w.c).TestBox(ctx, w.anybody(w.chair()), w.e.ID, s.ID, max(0, n), []string{"", "", "", "封条破损"}[w.r.IntN(4)])
}

// written is what lies in a heap, the same for every teller who reads it right.
func (w *electionWalk) written(s models.PollingStation) policy.Tally {
	all, err := w.In(w.c).Contenders(ctx, w.e.ID)
	must(w.tb, err)
	n := s.InBox
	if s.State == models.StationRejected {
		n = 0
	}
	tally, share := policy.Tally{"valid": n, "invalid": 0, "blank": 0}, map[models.Post][]int{models.PostDirector: {n * 2 / 3, n - n*2/3}, models.PostMember: {n, n * 2 / 3, n / 2, n / 3}}
	for _, c := range all {
		if left := share[c.Post]; len(left) > 0 {
			tally[policy.TallyKey(policy.MarkFor, c.ID)], share[c.Post] = left[0], left[1:]
		}
	}
	return tally
}

func (w *electionWalk) sheets() error {
	w.action = "sheet"
	s := some[models.PollingStation](w)
	teller := 1 + w.r.IntN(2)
	who := w.anybody(w.on(models.DutyTeller)...)
	sheet, err := w.In(w.c).OpenSheet(ctx, who, w.e.ID, s.ID, teller, "sheet")
	if err != nil {
		return err
	}
	tally := w.written(s)
	if w.r.IntN(4) == 0 {
		for k := range tally {
			tally[k] += w.r.IntN(3) - 1 // misread
			break
		}
	}
	if err := w.In(w.c).EnterSheet(ctx, who, w.e.ID, sheet.ID, tally); problem.As(err) == nil {
		return err
	}
	return nil // the place is taken, the numbers are not
}

func (w *electionWalk) confirms() error {
	s := some[models.PollingStation](w)
	if w.action = "confirm"; w.r.IntN(6) == 0 {
		w.action = "return"
		return w.In(w.c).ReturnSheets(ctx, w.anybody(w.on(models.DutyWatcher)...), w.e.ID, s.ID)
	}
	settled := map[string]int{}
	if w.r.IntN(3) > 0 {
		for k, n := range w.written(s) {
			settled[k] = n
			if w.r.IntN(30) == 0 {
				settled[k] = 1000 // a line that no heap can have
			}
		}
	}
	return w.In(w.c).ConfirmHeap(ctx, w.anybody(w.on(models.DutyWatcher)...), w.e.ID, s.ID, settled, "当面重新数过")
}

func (w *electionWalk) seals() error {
	w.action = "seal"
	return w.In(w.c).SealResult(ctx, w.anybody(w.chair()), w.e.ID)
}

// spoils: what may not happen to a frozen roll, nor to a plan.
func (w *electionWalk) spoils() error {
	w.action = "spoil"
	tenant, v := w.In(w.c), w.voter()
	switch w.r.IntN(4) {
	case 0:
		return tenant.StrikeVoter(ctx, w.anybody(w.chair()), w.e.ID, v.ID, "搬走了搬走了")
	case 1:
		return tenant.SetElector(ctx, w.anybody(w.chair()), w.e.ID, v.ID, w.r.IntN(2) == 0)
	case 2:
		return tenant.AdoptElectionRule(ctx, w.anybody(w.chair()), w.e.ID, "proxy.most", "4", "居民代表会议决定")
	}
	_, err := tenant.FillRoll(ctx, w.anybody(w.chair()), w.e.ID)
	return err
}
