package store_test

import (
	"encoding/json"
	"strings"
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// pollTry is what somebody tries at an election, and how it is refused.
type pollTry struct {
	what  string
	err   error
	kind  problem.Kind
	field string // of the form; "" where the key is the refusal's own
	key   string
}

// inVain checks refusals, and that nothing was stored: whatever is, is audited.
func (w *pollWorld) inVain(audited int64, tries ...pollTry) {
	w.t.Helper()
	for _, x := range tries {
		p := problem.As(x.err)
		switch {
		case p == nil || p.Kind != x.kind:
			w.t.Errorf("%s: %v, want %s %s", x.what, x.err, x.field, x.key)
		case x.field == "" && p.Key != x.key, x.field != "" && p.Fields[x.field].Key != x.key:
			w.t.Errorf("%s: %v, want %s %s", x.what, x.err, x.field, x.key)
		}
	}
	if now := w.audited(); now != audited {
		w.t.Errorf("%d things were stored by what was refused", now-audited)
	}
}

// set writes columns of rows behind every use case.
func (w *pollWorld) set(of any, id models.ID, columns map[string]any) {
	w.t.Helper()
	must(w.t, w.In(w.c).Write(ctx, storetest.System, func(tx *store.Tx) error { return tx.Model(of).Where("id = ?", id).UpdateColumns(columns).Error }))
}

// rule changes a rule of the election as no decision of the community could.
func (w *pollWorld) rule(key, value string) {
	w.t.Helper()
	rules := policy.ReadRules(w.fresh())
	for i := range rules {
		if rules[i].Key == key {
			rules[i].Value = value
		}
	}
	raw, err := json.Marshal(rules)
	must(w.t, err)
	w.set(&models.Election{}, w.e.ID, map[string]any{"rules": raw})
}

// TestWhatCannotBePlanned: the form of an election, and what comes before its
// first notice.
func TestWhatCannotBePlanned(t *testing.T) {
	t.Parallel()
	w := newPollWorld(t, storetest.New(t), 30)
	tenant, director, today := w.In(w.c), w.off[models.RoleDirector], models.DateOf(w.Now())
	plan := func(change func(*store.ElectionDraft)) error {
		d := store.ElectionDraft{Title: "换届选举", Term: 3, Mode: models.ModeVoters, Day: today.AddDays(60), Pack: policy.DefaultPack, Seats: fiveSeats}
		change(&d)
		return second(tenant.PlanElection(ctx, director, d))
	}
	w.inVain(w.audited(),
		pollTry{"no title", plan(func(d *store.ElectionDraft) { d.Title = " " }), problem.Invalid, "title", "form.needed"},
		pollTry{"a title that fills a page", plan(func(d *store.ElectionDraft) { d.Title = strings.Repeat("选", 61) }), problem.Invalid, "title", "form.toolong"},
		pollTry{"a mode the law does not know", plan(func(d *store.ElectionDraft) { d.Mode = "lot" }), problem.Invalid, "mode", "form.choose"},
		pollTry{"no day", plan(func(d *store.ElectionDraft) { d.Day = "" }), problem.Invalid, "day", "election.day.needed"},
		pollTry{"a day before which the roll cannot hang", plan(func(d *store.ElectionDraft) { d.Day = today.AddDays(10) }), problem.Invalid, "day", "election.day.early"},
		pollTry{"a by-election yesterday", plan(func(d *store.ElectionDraft) { d.Kind, d.Day = models.ElectionBy, today.AddDays(-1) }), problem.Invalid, "day", "election.day.past"},
		pollTry{"a by-election for no seat", plan(func(d *store.ElectionDraft) { d.Kind, d.Seats = models.ElectionBy, nil }), problem.Invalid, "member", "election.posts.none"},
		pollTry{"rules of nowhere", plan(func(d *store.ElectionDraft) { d.Pack = "nowhere" }), problem.Invalid, "pack", "form.choose"},
		pollTry{"two directors", plan(func(d *store.ElectionDraft) {
			d.Seats = map[models.Post]int{models.PostDirector: 2, models.PostMember: 3}
		}), problem.Invalid, "director", "election.posts.director"},
		pollTry{"no seat for a woman where it is kept apart", plan(func(d *store.ElectionDraft) { d.Pack = "zhejiang" }), problem.Invalid, "woman", "election.posts.woman"},
	)
	w.plan(models.ModeVoters, fiveSeats)
	w.inVain(w.audited(),
		pollTry{"a second general election", plan(func(*store.ElectionDraft) {}), problem.Conflict, "", "election.running"},
		pollTry{"a by-election of one that is planned", plan(func(d *store.ElectionDraft) { d.Kind, d.ParentID = models.ElectionBy, w.e.ID }), problem.Conflict, "", "policy.state"},
		pollTry{"a step that no timetable has", tenant.StepDone(ctx, director, w.e.ID, "party", ""), problem.NotFound, "", "page.notfound"},
	)
	street := w.off[models.RoleStreet]
	round := func(d store.RoundDraft) error { return second(tenant.StartRound(ctx, street, d)) }
	w.inVain(w.audited(),
		pollTry{"a round without a name", round(store.RoundDraft{Name: " ", Day: today.AddDays(90), Mode: models.ModeVoters}), problem.Invalid, "name", "form.needed"},
		pollTry{"a round tomorrow", round(store.RoundDraft{Name: "换届", Day: today.AddDays(1), Mode: models.ModeVoters}), problem.Invalid, "day", "election.day.early"},
		pollTry{"a round of no mode", round(store.RoundDraft{Name: "换届", Day: today.AddDays(90)}), problem.Invalid, "mode", "form.choose"},
	)
}

// TestWhoCannotBeTheElectoralCommittee: too few, nobody who leads it, the same
// person twice, chosen twice (art. 15).
func TestWhoCannotBeTheElectoralCommittee(t *testing.T) {
	t.Parallel()
	w := newPollWorld(t, storetest.New(t), 30)
	tenant, director := w.In(w.c), w.off[models.RoleDirector]
	e, err := tenant.PlanElection(ctx, director, store.ElectionDraft{Title: "换届选举", Term: 3, Mode: models.ModeVoters, Day: models.DateOf(w.Now()).AddDays(60), Pack: policy.DefaultPack, Seats: fiveSeats})
	must(t, err)
	w.e = e
	const decision = "居民代表会议推选，2026年第1号"
	person := func(n int, seat models.ElectoralSeat) store.ElectoralDraft {
		return store.ElectoralDraft{ResidentID: w.people[n].ID, Name: w.people[n].Name, Seat: seat, Field: "person"}
	}
	five := func(last int, first models.ElectoralSeat) []store.ElectoralDraft {
		people := []store.ElectoralDraft{person(0, first)}
		for _, n := range []int{1, 2, 3, last} {
			people = append(people, person(n, models.SeatMember))
		}
		return people
	}
	form := func(why string, people []store.ElectoralDraft) error {
		return tenant.FormElectoral(ctx, director, e.ID, why, people)
	}
	choose := func(why string, n int) error {
		return tenant.ChooseElectoral(ctx, director, e.ID, why, person(n, models.SeatMember))
	}
	w.inVain(w.audited(),
		pollTry{"no decision of the assembly", form("无", five(4, models.SeatChair)), problem.Invalid, "decision", "policy.reason"},
		pollTry{"the same person twice", form(decision, five(3, models.SeatChair)), problem.Invalid, "members", "election.committee.twice"},
		pollTry{"four", form(decision, five(4, models.SeatChair)[:4]), problem.Invalid, "members", "election.committee.size"},
		pollTry{"nobody leads it", form(decision, five(4, models.SeatMember)), problem.Invalid, "members", "election.committee.chair"},
		pollTry{"one more, before there is one", choose(decision, 5), problem.Conflict, "", "policy.state"},
		pollTry{"a name that nobody has", second(tenant.ResidentNamed(ctx, "查无此人")), problem.Invalid, "resident", "election.nominee.unknown"},
	)
	must(t, form(decision, append(five(4, models.SeatChair), person(5, models.SeatMember), person(6, models.SeatMember), person(7, models.SeatMember), person(8, models.SeatMember))))
	w.inVain(w.audited(),
		pollTry{"chosen again", form(decision, five(4, models.SeatChair)), problem.Conflict, "", "election.committee.there"},
		pollTry{"one more without a decision", choose("无", 9), problem.Invalid, "decision", "policy.reason"},
		pollTry{"a tenth", choose(decision, 9), problem.Invalid, "seat", "election.committee.full"},
		pollTry{"somebody of another election leaves", tenant.LeaveElectoral(ctx, director, e.ID, 1, "因病退出"), problem.NotFound, "", "page.notfound"},
	)
	w.set(&models.Election{}, e.ID, map[string]any{"state": models.ElectionPreparing})
	w.inVain(w.audited(), pollTry{"chosen when it is announced", form(decision, five(4, models.SeatChair)), problem.Conflict, "", "policy.state"})
	w.set(&models.Election{}, e.ID, map[string]any{"state": models.ElectionSealed})
	w.inVain(w.audited(), pollTry{"one more after the seal", choose(decision, 9), problem.Conflict, "", "policy.state"})
}

// TestNoticesThatAreNotPublished: the first one is that of the day, in time, and
// each is published once.
func TestNoticesThatAreNotPublished(t *testing.T) {
	t.Parallel()
	w := newPollWorld(t, storetest.New(t), 30)
	w.plan(models.ModeVoters, fiveSeats)
	tenant, chair := w.In(w.c), w.as(chairN)
	draft := func(template string) models.ID {
		n, err := tenant.DraftElectionNotice(ctx, chair, w.e.ID, template)
		must(t, err)
		return n.ID
	}
	day, other := draft("day"), draft("committee")
	publish := func(id models.ID) error { return second(tenant.PublishElectionNotice(ctx, chair, w.e.ID, id)) }
	edit := func(title, body string) error { return tenant.EditElectionNotice(ctx, chair, w.e.ID, day, title, body) }
	show := func(place string, on models.Date) error {
		return tenant.ShowNotice(ctx, chair, w.e.ID, day, models.NoticeDisplay{Place: place, Day: on})
	}
	w.day(-34)
	today := models.DateOf(w.Now())
	w.inVain(w.audited(),
		pollTry{"a notice of no template", second(tenant.DraftElectionNotice(ctx, chair, w.e.ID, "party")), problem.NotFound, "", "page.notfound"},
		pollTry{"another one first", publish(other), problem.Conflict, "", "election.notice.first"},
		pollTry{"no title", edit("", "正文"), problem.Invalid, "title", "notice.title.needed"},
		pollTry{"no words", edit("公告", " "), problem.Invalid, "body", "notice.body.needed"},
		pollTry{"a book", edit("公告", strings.Repeat("文", 60000)), problem.Invalid, "body", "form.toolong"},
		pollTry{"hung nowhere", show(" ", today), problem.Invalid, "place", "form.needed"},
		pollTry{"hung tomorrow", show("宣传栏", today.AddDays(1)), problem.Invalid, "day", "election.display.day"},
	)
	w.day(-20)
	w.inVain(w.audited(), pollTry{"announced when the roll should hang already", publish(day), problem.TooLate, "", "election.day.early"})
	w.day(-34)
	must(t, publish(day))
	w.inVain(w.audited(), pollTry{"published twice", publish(day), problem.Conflict, "", "policy.state"})
}
