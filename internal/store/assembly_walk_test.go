package store_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// walk is an assembly that is moved by whatever comes to somebody's mind: two
// processes serve it, and nobody is polite.
type walk struct {
	*hall
	r        *rand.Rand
	doors    []*store.Store // two processes
	people   []models.Actor // representatives, the committee, a resident, an officer without a vote, nobody
	matters  []models.ID
	sessions []models.ID
	lists    map[models.ID]int // lines of a list when it was frozen
	cast     map[string]int    // votes that somebody was told are in, by item and person
	did      map[string]int    // acts that were done, by their name
	party    models.Actor
}

// Seeded, so that a sequence that fails can be walked again. In full
// (JUWU_SOAK): forty worlds of six hundred acts.
func TestNoSequenceYieldsWhatTheLawForbids(t *testing.T) {
	worlds, acts := 2, 700
	switch {
	case os.Getenv("JUWU_SOAK") != "":
		worlds, acts = 40, 600
	case testing.Short():
		worlds, acts = 1, 150
	}
	did := map[string]int{}
	for seed := range worlds {
		storetest.Each(t, func(t *testing.T, db *storetest.DB) {
			w := newWalk(t, db, uint64(seed))
			for i := range acts {
				name, err := w.act()
				if err == nil {
					w.did[name]++
				} else if problem.As(err) == nil {
					t.Fatalf("seed %d, act %d, %s: %v", seed, i, name, err)
				}
			}
			w.holds(seed)
			for k, n := range w.did {
				did[k] += n
			}
		})
	}
	t.Log(did)
	// A walk that never votes proves nothing.
	for _, name := range []string{"open session", "open vote", "cast", "slip", "paper", "close vote", "decision", "task"} {
		if did[name] == 0 && !testing.Short() {
			t.Errorf("%s never happened", name)
		}
	}
}

func newWalk(t *testing.T, db *storetest.DB, seed uint64) *walk {
	t.Helper()
	w := &walk{hall: newHall(t, db, 10), r: rand.New(rand.NewPCG(seed, 29)), lists: map[models.ID]int{}, cast: map[string]int{}, did: map[string]int{}}
	w.party = w.branch()
	second := db.Second(t)
	must(t, second.Load(ctx))
	w.doors = []*store.Store{db.Store, second}
	w.people = append(append([]models.Actor{}, w.reps...), w.director, w.member, w.resident(15), w.clerk, models.Actor{})
	return w
}

// in is the community at one of the two doors.
func (w *walk) at() *store.Tenant { return w.doors[w.r.IntN(len(w.doors))].In(w.c) }

func (w *walk) somebody() models.Actor { return w.people[w.r.IntN(len(w.people))] }

// officer mostly may, sometimes may not.
func (w *walk) officer() models.Actor {
	switch w.r.IntN(8) {
	case 0:
		return w.somebody()
	case 1, 2, 3:
		return w.director
	}
	return w.member
}

func pick(r *rand.Rand, ids []models.ID) models.ID {
	if len(ids) == 0 || r.IntN(30) == 0 {
		return models.ID(r.IntN(1000) + 1) // what never was
	}
	return ids[len(ids)-1-min(r.IntN(len(ids)), r.IntN(len(ids)))] // the newest most
}

// act does one thing, wise or not, and tells which.
func (w *walk) act() (string, error) {
	switch n := w.r.IntN(10); {
	case len(w.sessions) == 0 || n < 3:
		return w.prepare()
	case n < 7:
		return w.onward(w.sessions[len(w.sessions)-1])
	}
	return w.meet()
}

// onward is the step that a meeting waits for, so that walks get somewhere.
func (w *walk) onward(s models.ID) (string, error) {
	t, v := w.at(), w.session(s)
	switch v.State {
	case models.SessionDraft:
		if len(v.Items) > 0 {
			err := t.CallSession(ctx, w.director, s)
			if err != nil && w.r.IntN(2) == 0 { // it can never be called: another one
				return "session", w.another(t)
			}
			return "call", err
		}
		d := resignation()
		d.Secret = w.r.IntN(2) == 0
		id := w.matter(d)
		w.matters = append(w.matters, id)
		return "add item", t.AddItem(ctx, w.member, s, id)
	case models.SessionCalled:
		if v.Day > w.day() {
			w.Clock.Add(24 * time.Hour)
			return "time", nil
		}
		err := t.OpenSession(ctx, w.member, s)
		if err == nil {
			w.lists[s] = w.lines(s)
		}
		return "open session", err
	case models.SessionOpen:
		if x := v.Voting(); x != nil {
			return w.vote(t, s, v, x)
		}
		if v.Quorum() && len(v.Items) > 0 {
			return "open vote", t.OpenVote(ctx, w.member, v.Items[w.r.IntN(len(v.Items))].ID)
		}
		return "arrive", w.come(t, s)
	}
	return w.prepare()
}

func (w *walk) prepare() (string, error) {
	t, m := w.at(), pick(w.r, w.matters)
	switch w.r.IntN(12) {
	case 0, 1:
		d := resignation()
		if d.Secret = w.r.IntN(2) == 0; w.r.IntN(3) == 0 {
			d.Seats, d.Options = 1, []store.OptionDraft{{Text: "甲案"}, {Text: "乙案"}, {Text: "丙案"}}
		}
		id, err := t.SaveMatter(ctx, w.officer(), 0, d)
		if err == nil {
			w.matters = append(w.matters, id)
		}
		return "draft", err
	case 2, 3:
		return "publish", t.PublishMatter(ctx, w.officer(), m, w.day().AddDays(w.r.IntN(6)))
	case 4:
		by := w.officer()
		if w.r.IntN(2) == 0 {
			by = w.party
		}
		return "study", t.StudyMatter(ctx, by, m, "研究同意提交会议")
	case 5:
		_, err := t.CommentMatter(ctx, w.somebody(), m, fmt.Sprintf("意见第%d条", w.r.IntN(9)))
		return "comment", err
	case 6:
		v, err := t.Matter(ctx, m)
		if err == nil && len(v.Comments) > 0 {
			err = t.AnswerComment(ctx, w.officer(), v.Comments[w.r.IntN(len(v.Comments))].ID, "已经考虑")
		}
		return "answer", err
	case 7:
		d := resignation()
		d.Reason, d.Text = "按意见改", "委员辞去职务，改过的文字，请审议。"
		return "change", t.ChangeMatter(ctx, w.officer(), m, d)
	case 8:
		return "drop", t.DropMatter(ctx, w.officer(), m, "不办了")
	case 9, 10:
		if len(w.sessions) > 0 && w.r.IntN(8) > 0 {
			if s := w.session(w.sessions[len(w.sessions)-1]); s.State != models.SessionClosed && s.State != models.SessionCancelled {
				return w.onward(s.ID)
			}
		}
		day := w.day().AddDays([]int{0, 0, 1, 6, 10, 11}[w.r.IntN(6)])
		d := store.SessionDraft{Mode: models.ByReps, Title: "居民代表会议", Day: day, Clock: "19:00", Place: "活动室"}
		if d.Urgent = w.r.IntN(2) == 0; d.Urgent {
			d.UrgentGround = "水管爆裂需要马上定"
		}
		id, err := t.SaveSession(ctx, w.officer(), 0, d)
		if err == nil {
			w.sessions = append(w.sessions, id)
		}
		return "session", err
	}
	w.Clock.Add(time.Duration(w.r.IntN(3)) * 24 * time.Hour)
	return "time", nil
}

// another is a meeting that can be called: in time, or urgent.
func (w *walk) another(t *store.Tenant) error {
	d := store.SessionDraft{Mode: models.ByReps, Title: "居民代表会议", Day: w.day().AddDays(11), Clock: "19:00", Place: "活动室"}
	if w.r.IntN(2) == 0 {
		d.Day, d.Urgent, d.UrgentGround = w.day(), true, "水管爆裂需要马上定"
	}
	id, err := t.SaveSession(ctx, w.member, 0, d)
	if err == nil {
		w.sessions = append(w.sessions, id)
	}
	return err
}

// vote does what a vote that is open waits for.
func (w *walk) vote(t *store.Tenant, s models.ID, v *store.SessionView, x *store.AgendaItem) (string, error) {
	switch w.r.IntN(9) {
	case 0:
		return w.slipVote(t, s, x.ID)
	case 1:
		_, err := t.GivePaper(ctx, w.member, x.ID, nil, "paper")
		return "paper", err
	case 2, 3:
		return "count", t.CountPaper(ctx, w.member, x.ID, w.counts(v, x.ID))
	case 4:
		return w.ends(t, x.ID)
	}
	return w.castOne(t, x.ID)
}

func (w *walk) ends(t *store.Tenant, item models.ID) (string, error) {
	d, err := t.CloseVote(ctx, w.officer(), item)
	if d != nil {
		w.did["decision"]++
	}
	return "close vote", err
}

func (w *walk) meet() (string, error) {
	t, s := w.at(), pick(w.r, w.sessions)
	if w.r.IntN(3) > 0 {
		s = w.sessions[len(w.sessions)-1]
	}
	v, err := t.Session(ctx, s)
	if err != nil {
		return "look", err
	}
	item := models.ID(w.r.IntN(1000))
	if len(v.Items) > 0 {
		item = v.Items[w.r.IntN(len(v.Items))].ID
	}
	switch w.r.IntN(20) {
	case 0, 1:
		return "add item", t.AddItem(ctx, w.officer(), s, pick(w.r, w.matters))
	case 2:
		return "remove item", t.RemoveItem(ctx, w.officer(), s, pick(w.r, w.matters))
	case 3, 4:
		return "call", t.CallSession(ctx, w.officer(), s)
	case 5, 6:
		err := t.OpenSession(ctx, w.officer(), s)
		if err == nil {
			w.lists[s] = w.lines(s)
		}
		return "open session", err
	case 7, 8:
		return "arrive", w.come(t, s)
	case 9:
		return "open vote", t.OpenVote(ctx, w.officer(), item)
	case 10, 11, 12:
		return w.castOne(t, item)
	case 13:
		return w.slipVote(t, s, item)
	case 14:
		_, err := t.GivePaper(ctx, w.officer(), item, nil, []string{"paper", "hands", "telepathy"}[w.r.IntN(3)])
		return "paper", err
	case 15:
		return "count", t.CountPaper(ctx, w.officer(), item, w.counts(v, item))
	case 16, 17:
		return w.ends(t, item)
	case 18:
		return w.carry(t)
	}
	if w.r.IntN(4) == 0 {
		return "close session", t.CloseSession(ctx, w.officer(), s, "会议记录，已经写好了。")
	}
	if w.r.IntN(8) == 0 {
		return "cancel", t.CancelSession(ctx, w.officer(), s, "不开了")
	}
	return "arrive", w.come(t, s)
}

// come lets some people in, by phone or at the desk.
func (w *walk) come(t *store.Tenant, s models.ID) (err error) {
	code := t.CheckInCode("assembly", s).Code
	if w.r.IntN(6) == 0 {
		code = "000000"
	}
	lines, err := t.FindLines(ctx, w.member, s, "")
	if err != nil {
		return err
	}
	for range 1 + w.r.IntN(6) {
		if len(lines) > 0 && w.r.IntN(2) == 0 {
			err = t.CheckInAtDesk(ctx, w.officer(), s, lines[w.r.IntN(len(lines))].ID, 0)
		} else {
			err = t.ArriveInHall(ctx, w.somebody(), s, code)
		}
		if err != nil && problem.As(err) == nil {
			return err
		}
	}
	return err
}

func (w *walk) choice(m *store.AgendaItem) []string {
	if m != nil && m.Matter.Seats > 0 && w.r.IntN(8) > 0 {
		return []string{m.Options[w.r.IntN(len(m.Options))].ID.String()}
	}
	return [][]string{{"yes"}, {"yes"}, {"yes"}, {"no"}, {"abstain"}, {"yes", "no"}, {"perhaps"}, {}}[w.r.IntN(8)]
}

func (w *walk) agenda(item models.ID) *store.AgendaItem {
	for _, s := range w.sessions {
		for _, x := range w.session(s).Items {
			if x.ID == item {
				return &x
			}
		}
	}
	return nil
}

func (w *walk) castOne(t *store.Tenant, item models.ID) (string, error) {
	who := w.somebody()
	err := t.Cast(ctx, who, item, w.choice(w.agenda(item)))
	if err == nil {
		w.cast[item.String()+"/"+who.UserID.String()]++
	}
	return "cast", err
}

func (w *walk) slipVote(t *store.Tenant, s, item models.ID) (string, error) {
	slips, err := t.Slips(ctx, w.officer(), s, 0)
	if err != nil {
		return "slip", err
	}
	code := "ABCDEFGH"
	if len(slips) > 0 && w.r.IntN(5) > 0 {
		code = slips[w.r.IntN(len(slips))].Code
	}
	return "slip", t.CastWithSlip(ctx, store.Device{IP: "10.0.0.1"}, item, code, w.choice(w.agenda(item)))
}

// counts of papers: right, or nearly.
func (w *walk) counts(v *store.SessionView, item models.ID) map[string]int {
	for _, x := range v.Items {
		if x.ID != item {
			continue
		}
		n := x.Paper + w.r.IntN(3)/2
		if x.Matter.Seats > 0 {
			return map[string]int{x.Options[0].ID.String(): n}
		}
		yes := w.r.IntN(n + 1)
		return map[string]int{"yes": yes, "no": n - yes}
	}
	return map[string]int{"yes": 1}
}

func (w *walk) carry(t *store.Tenant) (string, error) {
	all, _, err := t.Decisions(ctx, store.DecisionFilter{Limit: 20})
	if err != nil {
		return "task", err
	}
	ids := make([]models.ID, len(all))
	for i, d := range all {
		ids[i] = d.ID
	}
	_, err = t.AddTask(ctx, w.officer(), pick(w.r, ids), store.TaskDraft{Title: "办好这件事", Person: "林梅庆", DueDay: w.day().AddDays(20)})
	return "task", err
}

func (w *walk) lines(s models.ID) int {
	rows, _, err := w.in().ListOf(ctx, w.member, s, 0, 1000)
	must(w.t, err)
	return len(rows)
}

// holds reads what stands in the end, without trusting any figure.
func (w *walk) holds(seed int) {
	t := w.t
	for key, n := range w.cast {
		if n > 1 {
			t.Errorf("seed %d: somebody voted %d times: %s", seed, n, key)
		}
	}
	for _, s := range w.sessions {
		w.sessionHolds(seed, s)
	}
	decisions, _, err := w.in().Decisions(ctx, store.DecisionFilter{Limit: 500})
	must(t, err)
	for _, d := range decisions {
		if d.SessionID == 0 {
			continue
		}
		if !policy.QuorumMet(d.Mode, d.Present, d.Entitled) || d.Options == "" && !policy.Carried(d.Yes, d.Present) {
			t.Errorf("seed %d: %s was decided by %d of %d with %d for it", seed, d.Number, d.Present, d.Entitled, d.Yes)
		}
		for _, o := range store.OptionLines(&d) {
			if o.Chosen && !policy.Carried(o.Votes, d.Present) {
				t.Errorf("seed %d: %s chose what %d of %d want", seed, d.Number, o.Votes, d.Present)
			}
		}
	}
	for _, k := range w.Tasks(t, w.c.ID) {
		if _, err := w.in().Decision(ctx, k.DecisionID); err != nil {
			t.Errorf("seed %d: a task without a decision: %v", seed, err)
		}
	}
	for _, f := range w.verify() {
		t.Errorf("seed %d: %s", seed, f)
	}
}

func (w *walk) sessionHolds(seed int, s models.ID) {
	t, v := w.t, w.session(s)
	rows, _, err := w.in().ListOf(ctx, w.member, s, 0, 1000)
	must(t, err)
	present, known := 0, map[models.ID]bool{}
	for _, x := range rows {
		if x.PresentAt != nil {
			present++
			known[x.ID] = true
		}
	}
	if len(rows) != w.lists[s] || v.Entitled != len(rows) || v.Present != present {
		t.Errorf("seed %d: the list had %d lines, has %d; %d are counted, %d are there", seed, w.lists[s], len(rows), v.Present, present)
	}
	for _, x := range v.Items {
		marks, ballots := w.VoteRows(w.t, w.c.ID, x.ID)
		electronic, once := 0, map[models.ID]bool{}
		for _, m := range marks {
			if !known[m.VoterID] {
				t.Errorf("seed %d: a vote by somebody who is not on the list and there", seed)
			}
			if once[m.VoterID] {
				t.Errorf("seed %d: two votes on one line", seed)
			}
			if once[m.VoterID] = true; m.Channel == "phone" || m.Channel == "tablet" {
				electronic++
			}
			if x.Secret && m.Choice != "" {
				t.Errorf("seed %d: a secret vote tells", seed)
			}
		}
		if len(marks) != x.Cast || x.Secret && len(ballots) != electronic || !x.Secret && len(ballots) != 0 || x.Cast > v.Present {
			t.Errorf("seed %d: %d marks, %d ballots, %d counted, %d present", seed, len(marks), len(ballots), x.Cast, v.Present)
		}
		if x.State == models.ItemClosed && x.Passed != (x.DecisionID != 0) {
			t.Errorf("seed %d: passed %v, decision %d", seed, x.Passed, x.DecisionID)
		}
		if x.State == models.ItemClosed && x.Matter.Seats == 0 && x.Yes+x.No+x.Abstain+x.Void != x.Cast {
			t.Errorf("seed %d: figures of a closed vote do not add up: %+v", seed, x.SessionItem)
		}
	}
}
