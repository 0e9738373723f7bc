package store_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// Whatever anybody does in whatever order, and whenever the jobs run, no case is
// lost: its timeline is unbroken, it has a clock, somebody who can move it and a
// reporter who can follow it; what a list shows is what its pages show, for
// every officer. One walk here, many where JUWU_SOAK asks for them.
func TestNoSequenceLosesACase(t *testing.T) {
	t.Parallel()
	seeds, steps := uint64(1), 220
	if os.Getenv("JUWU_SOAK") != "" {
		seeds, steps = 40, 400
	}
	for seed := range seeds { // each in a database of its own: a walk goes on for a year
		storetest.Each(t, func(t *testing.T, db *storetest.DB) {
			w := newCaseWalk(t, db, seed)
			for i := range steps {
				w.step()
				w.check(w.last)
				w.Clock.Add(time.Duration(w.r.IntN(7)) * time.Hour)
				if i%10 == 9 {
					w.files(seed)
				}
			}
			w.end(seed)
		})
	}
}

// walked is a case with whoever may follow it.
type walked struct {
	id models.ID
	by store.Follower
}

type caseWalk struct {
	*caseDesk
	r        *rand.Rand
	officers []models.Actor
	cases    []walked
	targets  []models.ID
	last     walked
	before   models.Complaint // the case of the last step, before it
	action   string
	done     map[string]int
}

func newCaseWalk(t *testing.T, db *storetest.DB, seed uint64) *caseWalk {
	w := &caseWalk{caseDesk: newCaseDesk(t, db), r: rand.New(rand.NewPCG(seed, 7)), done: map[string]int{}}
	w.officers = []models.Actor{w.director, w.member, w.worker, w.supervisor, w.street}
	w.targets = []models.ID{
		w.target(w.director, models.HandoverOpen311, nil), w.target(w.director, models.HandoverWebhook, nil), w.target(w.director, models.HandoverFile, nil),
		w.target(w.street, models.HandoverFile, func(m *models.HandoverTarget) { m.Name, m.Officials = "街道", true }),
	}
	for range 7 {
		w.files(seed)
	}
	return w
}

// files reports something: every seventh is about the committee, one an
// officer's own, one praise; two of seven are anonymous.
func (w *caseWalk) files(seed uint64) {
	w.t.Helper()
	i := len(w.cases)
	rep, by := w.report(fmt.Sprintf("第%d件事，楼道灯坏了", i)), w.me()
	rep.Once = fmt.Sprintf("once-%d-%012d", seed, i)
	switch i % 7 {
	case 0:
		rep.About, rep.Category, rep.Answers, rep.Concerned = models.AboutCommittee, "conduct", nil, []models.ID{w.member.UserID}
	case 2:
		rep.Level = models.LevelConfidential
	case 3, 4:
		rep.Level = models.LevelAnonymous
	case 5:
		rep.Category, rep.Answers = "praise", nil
	case 6:
		by = store.Follower{Actor: w.member}
	}
	f, err := w.in().FileComplaint(ctx, by.Actor, rep)
	must(w.t, err)
	if f.Code != "" {
		by = store.Follower{Code: f.Code}
	}
	w.cases = append(w.cases, walked{f.Case.ID, by})
}

// any is mostly one of the newest: the others have come to their end.
func (w *caseWalk) any() walked {
	if w.r.IntN(6) == 0 {
		return w.cases[w.r.IntN(len(w.cases))]
	}
	return w.cases[len(w.cases)-1-w.r.IntN(7)]
}

// step does one thing of somebody; what is refused has changed nothing.
func (w *caseWalk) step() {
	w.t.Helper()
	w.last = w.any()
	own, err := w.in().OwnCase(ctx, w.last.by, w.last.id)
	must(w.t, err)
	w.before = own.Complaint
	officer := w.officers[w.r.IntN(len(w.officers))]
	switch n := w.r.IntN(20); {
	case n < 4:
		err = w.reporterActs()
	case n == 4:
		err = w.splits(officer)
	case n == 5:
		w.action = "redact"
		err = w.in().RedactCase(ctx, officer, w.last.id, []string{"楼道", "规定"}[w.r.IntN(2):], w.r.IntN(3) == 0)
	case n == 6:
		w.action = "hand_over"
		_, err = w.in().HandOver(ctx, officer, w.last.id, w.targets[w.r.IntN(len(w.targets))], store.Outer{})
	case n == 7:
		err = w.jobs()
	case n == 8:
		err = w.othersAnswer()
	default:
		err = w.officeActs(officer)
	}
	if err == nil {
		w.done[w.action]++
	} else if problem.As(err) == nil {
		w.t.Fatalf("%s: %v", w.action, err)
	}
}

func (w *caseWalk) reporterActs() error {
	w.action = []string{"withdraw", "reply", "rate", "rate", "rate", "reopen", "reopen", "escalate"}[w.r.IntN(8)]
	if w.action == "withdraw" && w.r.IntN(3) > 0 {
		w.action = "reply"
	}
	kinds := policy.EscalationsFor(w.before)
	word := store.Word{Text: "还没有解决呢", Rating: &store.Rating{Solved: w.r.IntN(4) == 0, Satisfied: w.r.IntN(4) == 0}, Escalate: models.EscalatedStreet}
	if len(kinds) > 0 {
		word.Escalate = kinds[w.r.IntN(len(kinds))]
	}
	_, err := w.in().ReporterAct(ctx, w.last.by, w.last.id, w.action, word)
	return err
}

func (w *caseWalk) splits(officer models.Actor) error {
	w.action = "split"
	part, err := w.in().SplitCase(ctx, officer, w.last.id, "hygiene", "另外一件是垃圾没人收")
	if err == nil {
		w.cases = append(w.cases, walked{part.ID, w.last.by})
		w.check(w.cases[len(w.cases)-1])
	}
	return err
}

// jobs runs what the clock does, as late as it happens to be.
func (w *caseWalk) jobs() error {
	w.action = "jobs"
	_, err := w.SettleCases(ctx, w.Now())
	must(w.t, err)
	_, err = w.RemindCases(ctx, w.Now())
	must(w.t, err)
	_, err = w.AnnounceLateCases(ctx, w.Now())
	return err
}

// othersAnswer is the other systems' side of what was handed over.
func (w *caseWalk) othersAnswer() error {
	w.action = "outer"
	tasks, err := w.LeaseHandovers(ctx, 3, time.Minute)
	for i := range tasks {
		h := &tasks[i]
		switch w.r.IntN(4) {
		case 0:
			err = w.HandedOver(ctx, h, "token-"+h.ID.String(), models.OuterState{})
		case 1:
			err = w.NotHandedOver(ctx, h, "timeout", w.r.IntN(2) == 0, 0)
		case 2:
			err = w.HandedOver(ctx, h, "", models.OuterState{Number: "12345-" + h.ID.String(), State: "closed", Note: "已经办好", Done: true})
		default:
			err = w.HandedOver(ctx, h, "", models.OuterState{Number: "12345-" + h.ID.String(), State: "open"})
		}
		must(w.t, err)
	}
	return err
}

func (w *caseWalk) officeActs(officer models.Actor) error {
	acts := []string{"triage", "dispatch", "dispatch", "dispatch", "accept", "accept", "accept", "return", "recuse", "answer", "answer", "refuse", "deliberate", "resume", "call_back", "reopen",
		"register", "extend", "send_back", "order", "assist", "assist_done", "escalate", "merge", "reserve", "note", "ask"}
	w.action = acts[w.r.IntN(len(acts))]
	if w.r.IntN(5) > 0 { // mostly what is offered to somebody
		officer, w.action = w.offered(officer, acts)
	}
	if w.action == "reserve" && w.r.IntN(3) > 0 {
		w.action = "note" // else all are soon reserved
	}
	targets := []models.Assignee{{Kind: models.AssigneeDuty}, {Kind: models.AssigneeStreet}, {Kind: models.AssigneeSupervisor}, {Kind: models.AssigneeGrid, ID: w.grid}, {Kind: models.AssigneeMember, ID: w.member.UserID}}
	_, err := w.in().CaseAct(ctx, officer, w.last.id, w.action, store.Act{
		Text: "按规定办理了", To: targets[w.r.IntN(len(targets))], Reason: "outside", Where: "区行政复议局", Contact: "文三路18号 057188000000", Other: w.any().id, Escalate: models.EscalatedStreet,
		Triage: &store.Triage{Category: []string{"repair", "hygiene", "elderly"}[w.r.IntN(3)], Kind: models.KindHelp}, Rating: &store.Rating{Solved: w.r.IntN(2) == 0}, About: models.AboutCommittee,
		Concerned: []models.ID{w.director.UserID},
	})
	return err
}

// offered is an act that leads on, or any, of the first officer from one on to
// whom the case exists.
func (w *caseWalk) offered(from models.Actor, acts []string) (models.Actor, string) {
	at := slices.IndexFunc(w.officers, func(a models.Actor) bool { return a.UserID == from.UserID })
	for i := range w.officers {
		a := w.officers[(at+i)%len(w.officers)]
		v, err := w.in().OfficeCase(ctx, a, w.last.id)
		if err != nil {
			continue
		}
		may := slices.DeleteFunc(slices.Clone(acts), func(act string) bool {
			return !slices.Contains(v.Acts, act) || (act == "note" || act == "ask" || act == "order" || act == "escalate") && w.r.IntN(4) > 0
		})
		if len(may) > 0 {
			return a, may[w.r.IntN(len(may))]
		}
	}
	return from, "note"
}

// resting are the acts that leave a case's clock exactly where it is.
var resting = []string{"note", "ask", "reply", "order", "assist", "assist_done", "redact", "split", "hand_over", "outer", "call_back", "accept", "jobs"}

// check looks at a case after something happened: it is followed, it has a
// clock that only runs forward, and while it is open somebody can move it.
func (w *caseWalk) check(at walked) {
	w.t.Helper()
	own, err := w.in().OwnCase(ctx, at.by, at.id)
	must(w.t, err)
	c := own.Complaint
	if c.Open != c.State.Open() || c.Open && (c.DueDay == "" || c.OwnerKind == "" || c.PromiseDay == "") {
		w.t.Fatalf("%s after %s: %+v", c.State, w.action, c)
	}
	if at.id == w.last.id && slices.Contains(resting, w.action) && c.State == w.before.State && c.DueDay != w.before.DueDay {
		w.t.Fatalf("%s moved the clock of a case at %s from %s to %s", w.action, c.State, w.before.DueDay, c.DueDay)
	}
	if c.Open && c.State != models.ComplaintAnswered && c.State != models.ComplaintRated && !w.movable(at.id) {
		w.t.Fatalf("after %s nobody can move %s: %s with %v, about %q", w.action, c.Number, c.State, c.Owner(), c.About)
	}
	if c.State == models.ComplaintMerged && own.Into == nil {
		w.t.Fatalf("after %s the reporter of %s does not learn where it went", w.action, c.Number)
	}
}

// movable tells whether an officer is offered an act that leads on.
func (w *caseWalk) movable(id models.ID) bool {
	return slices.ContainsFunc(w.officers, func(a models.Actor) bool {
		v, err := w.in().OfficeCase(ctx, a, id)
		return err == nil && slices.ContainsFunc(v.Acts, func(act string) bool {
			return slices.Contains([]string{"triage", "dispatch", "accept", "answer", "resume", "register"}, act)
		})
	})
}

// end compares lists with pages, lets all days pass, and asks verify.
func (w *caseWalk) end(seed uint64) {
	w.t.Helper()
	for _, a := range w.officers {
		list, _, err := w.in().Desk(ctx, a, store.DeskFilter{Show: store.ShowAll})
		must(w.t, err)
		for _, c := range w.cases {
			_, err := w.in().OfficeCase(ctx, a, c.id)
			if listed := slices.ContainsFunc(list, func(d store.DeskCase) bool { return d.ID == c.id }); (err == nil) != listed {
				w.t.Errorf("%s: the list shows %v, the page says %v", a.Name, listed, err)
			}
		}
	}
	w.Clock.Add(200 * 24 * time.Hour)
	must(w.t, w.jobs())
	for _, c := range w.cases {
		own, err := w.in().OwnCase(ctx, c.by, c.id)
		must(w.t, err)
		if own.Open && (own.State == models.ComplaintAnswered || own.State == models.ComplaintRated || !own.Watched) {
			w.t.Errorf("%s at %s, due %s: nobody was told in all that time", own.Number, own.State, own.DueDay)
		}
	}
	if bad := w.verify(); len(bad) > 0 {
		w.t.Error(bad)
	}
	acts := 0
	for _, n := range w.done {
		acts += n
	}
	w.t.Logf("seed %d: %d acts of %d kinds: %v", seed, acts, len(w.done), w.done)
	if acts < 120 || len(w.done) < 22 {
		w.t.Errorf("only %d acts of %d kinds were done", acts, len(w.done))
	}
}
