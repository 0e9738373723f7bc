package store_test

import (
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

func TestAMeetingOfResidentsIsNotMadeOfNonsense(t *testing.T) {
	t.Parallel()
	h := newHall(t, storetest.New(t), 2)
	unit, err := h.in().SaveBody(ctx, h.member, 0, store.BodyDraft{Kind: models.BodyUnit, Name: "小学"})
	must(t, err)
	good := store.SessionDraft{Mode: models.ByReps, Title: "居民代表会议", Day: h.day().AddDays(10), Clock: "19:00", Place: "活动室"}
	for _, c := range []struct {
		field, key string
		change     func(*store.SessionDraft)
	}{
		{"day", "form.date", func(s *store.SessionDraft) { s.Day = "2026-02-30" }},
		{"clock", "session.clock", func(s *store.SessionDraft) { s.Clock = "24:00" }},
		{"clock", "session.clock", func(s *store.SessionDraft) { s.Clock = "" }},
		{"body", "form.choose", func(s *store.SessionDraft) { s.Mode, s.BodyID = models.ByGroup, unit }}, // a school is no group of residents
		{"body", "form.choose", func(s *store.SessionDraft) { s.Mode = models.ByGroup }},
		{"mode", "form.choose", func(s *store.SessionDraft) { s.Mode = "acclamation" }},
	} {
		s := good
		c.change(&s)
		atField(t, second(h.in().SaveSession(ctx, h.member, 0, s)), c.field, c.key)
	}
	if n := h.Count(t, "assembly_sessions"); n != 0 {
		t.Errorf("%d meetings of what was refused", n)
	}
	draft, err := h.in().SaveSession(ctx, h.member, 0, good)
	must(t, err)
	refused(t, second(h.in().PublicSession(ctx, draft)), problem.NotFound, "page.notfound") // nobody reads what was not called
	refused(t, h.in().AddGuest(ctx, h.member, draft, "listener", "王先生", ""), problem.Conflict, "session.notopen")
	refused(t, h.in().Listen(ctx, h.resident(3), draft), problem.Conflict, "session.notopen")
	refused(t, h.in().SignMinutes(ctx, h.director, draft, "chair"), problem.Conflict, "page.conflict") // there are none
	if n := h.Count(t, "session_guests") + h.Count(t, "session_signs"); n != 0 {
		t.Errorf("%d rows of what was refused", n)
	}
}

// A vote among options: nobody names more than there are seats, nothing that is
// not on the list, and paper names no more either.
func TestAVoteNamesWhatIsOnTheList(t *testing.T) {
	t.Parallel()
	h := newHall(t, storetest.New(t), 10)
	d := resignation()
	d.Options, d.Seats = []store.OptionDraft{{Text: "第一种"}, {Text: "第二种"}, {Text: "第三种"}}, 1
	s := h.called(models.ByReps, h.matter(d))
	atField(t, h.in().AddGuest(ctx, h.member, s, "press", "王先生", ""), "kind", "form.choose")
	h.arrives(s, h.reps...)
	h.arrives(s, h.director)
	item := h.session(s).Items[0]
	var options []string
	for _, o := range item.Options {
		options = append(options, o.ID.String())
	}
	must(t, h.in().OpenVote(ctx, h.member, item.ID))
	atField(t, h.in().Cast(ctx, h.reps[0], item.ID, options[:2]), "choice", "session.over.choice")
	atField(t, h.in().Cast(ctx, h.reps[0], item.ID, []string{"4711"}), "choice", "form.choose")
	atField(t, h.in().Cast(ctx, h.reps[0], item.ID, []string{"yes"}), "choice", "form.choose")
	if marks, ballots := h.VoteRows(t, h.c.ID, item.ID); len(marks)+len(ballots) != 0 {
		t.Errorf("%d marks and %d ballots of what was refused", len(marks), len(ballots))
	}
	given, err := h.in().GivePaper(ctx, h.member, item.ID, nil, "paper")
	must(t, err)
	atField(t, h.in().CountPaper(ctx, h.member, item.ID, map[string]int{options[0]: given, options[1]: 1}), "paper", "session.paper.options") // more crosses than papers
	atField(t, h.in().CountPaper(ctx, h.member, item.ID, map[string]int{options[0]: given - 2, "void": 1}), "paper", "session.paper.options") // a paper that says nothing, and is not void
	if n := h.Count(t, "item_counts"); n != 0 {
		t.Errorf("%d counts of what was refused", n)
	}
}

// Figures that were changed behind the program decide nothing.
func TestAVoteIsNotClosedOnChangedFigures(t *testing.T) {
	t.Parallel()
	h := newHall(t, storetest.New(t), 10)
	s := h.called(models.ByReps, h.matter(resignation()))
	h.arrives(s, h.reps...)
	h.arrives(s, h.director)
	item := h.session(s).Items[0].ID
	must(t, h.in().OpenVote(ctx, h.member, item))
	given, err := h.in().GivePaper(ctx, h.member, item, nil, "paper")
	must(t, err)
	must(t, h.in().CountPaper(ctx, h.member, item, map[string]int{"yes": given}))
	must(t, h.Exec(ctx, "UPDATE item_counts SET paper = paper + 1 WHERE choice = 'yes'"))
	refused(t, second(h.in().CloseVote(ctx, h.member, item)), problem.Conflict, "session.paper.uncounted")
	must(t, h.Exec(ctx, "UPDATE item_counts SET paper = paper - 1 WHERE choice = 'yes'"))
	must(t, h.Exec(ctx, "UPDATE assembly_sessions SET present = present - 1"))
	refused(t, second(h.in().CloseVote(ctx, h.member, item)), problem.Conflict, "session.figures")
	if n := h.Count(t, "decisions"); n != 1 { // who the representatives are
		t.Errorf("%d decisions", n)
	}
	must(t, h.Exec(ctx, "UPDATE assembly_sessions SET present = present + 1"))
	must(t, second(h.in().CloseVote(ctx, h.member, item)))
	must(t, h.in().CloseSession(ctx, h.member, s, "会议审议了辞职，表决通过。"))
	refused(t, h.in().CastWithSlip(ctx, browser("平板"), item, "ABCD", []string{"yes"}), problem.Conflict, "session.notopen")
}
