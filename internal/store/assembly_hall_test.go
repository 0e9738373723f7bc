package store_test

import (
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// A hall of households: the desk lets another adult of a household in for it,
// nobody of another; a slip votes once on the hall's tablet, for its line, in
// its meeting, and for nothing else.
func TestAHallOfHouseholdsWithATablet(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newHall(t, db, 10)
		wife, err := h.in().AddResident(ctx, h.director, store.ResidentDraft{Name: "家人", Relation: "配偶", Birth: "1982-01-01", GroupName: "第1组", NoDocument: true,
			BuildingID: h.building("第1组"), Unit: "1单元", Room: "101"})
		must(t, err)
		open := store.MatterDraft{Class: models.MatterFunds, Title: "公开表决的事项", Text: "修路灯和坡道，请审议。", MoneyFen: 100_00}
		hidden := open
		hidden.Title, hidden.Secret = "无记名的事项", true
		hidden.Seats, hidden.Options = 1, []store.OptionDraft{{Text: "先修路灯", CostFen: 60_00}, {Text: "先修坡道", CostFen: 90_00}}
		s := h.called(models.ByHouseholds, h.matter(open), h.matter(hidden))
		lines, err := h.in().FindLines(ctx, h.member, s, "")
		must(t, err)
		if len(lines) != 20 {
			t.Fatalf("%d households", len(lines))
		}
		adults, err := h.in().StandIns(ctx, h.member, lines)
		must(t, err)
		if len(adults[lines[0].HouseholdID]) != 2 || len(adults[lines[1].HouseholdID]) != 1 {
			t.Errorf("%+v", adults)
		}
		_, err = h.in().StandIns(ctx, h.resident(3), lines)
		refused(t, err, problem.Forbidden, "policy.forbidden")
		refused(t, h.in().CheckInAtDesk(ctx, h.member, s, lines[1].ID, wife), problem.Conflict, "session.standin")
		must(t, h.in().CheckInAtDesk(ctx, h.member, s, lines[0].ID, wife))
		refused(t, h.in().CheckInAtDesk(ctx, h.member, s, lines[0].ID, 0), problem.Conflict, "page.conflict")
		for _, v := range lines[1:12] {
			must(t, h.in().CheckInAtDesk(ctx, h.member, s, v.ID, 0))
		}
		h.slipsVote(s, lines)
		h.countedAgain(s, lines)
		if got := findings(t, db); len(got) > 0 {
			t.Error(got)
		}
	})
}

func (h *hall) slipsVote(s models.ID, lines []models.SessionVoter) {
	h.t.Helper()
	t, tablet := h.t, store.Device{IP: "10.1.1.1"}
	_, err := h.in().Slips(ctx, h.resident(3), s, 0)
	refused(t, err, problem.Forbidden, "policy.forbidden")
	slips, err := h.in().Slips(ctx, h.member, s, 0)
	must(t, err)
	if len(slips) != 12 || len(slips[0].Code) != policy.SlipLength || slips[0].Code == slips[1].Code {
		t.Fatalf("%d slips", len(slips))
	}
	if one, err := h.in().Slips(ctx, h.member, s, lines[15].ID); err != nil || len(one) != 0 {
		t.Error("a slip for a household that is not here")
	}
	item := h.session(s).Items[0].ID
	refused(t, h.in().CastWithSlip(ctx, tablet, item, slips[0].Code, []string{"yes"}), problem.Conflict, "session.vote.notopen")
	must(t, h.in().OpenVote(ctx, h.member, item))
	must(t, h.in().CastWithSlip(ctx, tablet, item, " "+slips[0].Code[:4]+" "+slips[0].Code[4:], []string{"yes"}))
	refused(t, h.in().CastWithSlip(ctx, tablet, item, slips[0].Code, []string{"no"}), problem.Conflict, "session.voted")
	atField(t, h.in().CastWithSlip(ctx, tablet, item, slips[1].Code, []string{"perhaps"}), "choice", "form.choose")
	atField(t, h.in().CastWithSlip(ctx, tablet, item, "AAAAAAAA", []string{"yes"}), "slip", "session.slip.wrong")
	for range 9 {
		_ = h.in().CastWithSlip(ctx, tablet, item, "AAAAAAAA", []string{"yes"})
	}
	if err := h.in().CastWithSlip(ctx, tablet, item, "AAAAAAAB", []string{"yes"}); !problem.Is(err, problem.TooMany) {
		t.Errorf("the eleventh guess: %v", err)
	}
	must(t, h.in().CastWithSlip(ctx, tablet, item, slips[1].Code, []string{"no"})) // guesses do not stop who has a slip
	// Whoever is of the household and has a phone does not vote for it again.
	if err := h.in().Cast(ctx, h.resident(0), item, []string{"no"}); err == nil {
		t.Error("a household voted twice")
	}
}

// countedAgain: papers that are given out after the count are counted again,
// also in a choice.
func (h *hall) countedAgain(s models.ID, lines []models.SessionVoter) {
	h.t.Helper()
	t, first, choice := h.t, h.session(s).Items[0].ID, h.session(s).Items[1]
	must(t, second(h.in().GivePaper(ctx, h.member, first, nil, "hands")))
	must(t, h.in().CountPaper(ctx, h.member, first, map[string]int{"yes": 10}))
	d, err := h.in().CloseVote(ctx, h.member, first)
	must(t, err)
	if d == nil || d.Yes != 11 || d.No != 1 {
		t.Fatalf("%+v", d)
	}
	must(t, h.in().OpenVote(ctx, h.member, choice.ID))
	refused(t, second(h.in().GivePaper(ctx, h.member, choice.ID, nil, "hands")), problem.Conflict, "session.hands.secret")
	given, err := h.in().GivePaper(ctx, h.member, choice.ID, []models.ID{lines[2].ID, lines[3].ID, lines[19].ID}, "paper")
	must(t, err)
	if given != 2 {
		t.Errorf("%d papers: one of the three is not here", given)
	}
	lamp := choice.Options[0].ID.String()
	must(t, h.in().CountPaper(ctx, h.member, choice.ID, map[string]int{lamp: 2}))
	must(t, second(h.in().GivePaper(ctx, h.member, choice.ID, nil, "paper")))
	_, err = h.in().CloseVote(ctx, h.member, choice.ID)
	refused(t, err, problem.Conflict, "session.paper.uncounted")
	must(t, h.in().CountPaper(ctx, h.member, choice.ID, map[string]int{lamp: 9, choice.Options[1].ID.String(): 3}))
	d, err = h.in().CloseVote(ctx, h.member, choice.ID)
	must(t, err)
	if o := store.OptionLines(d); len(o) != 2 || !o[0].Chosen || o[0].Votes != 9 || o[1].Chosen {
		t.Errorf("%+v", o)
	}
}

// Papers come to a draft and are public with it; a matter names the meeting that
// prepared it, and that meeting tells what became of it.
func TestAMattersPapersAndWhereItCameFrom(t *testing.T) {
	db := storetest.New(t)
	h := newMeetingHall(t, db)
	talk := h.call(h.draft(models.MeetingHeartTalk))
	d := resignation()
	d.MeetingID = 4711
	_, err := h.in().SaveMatter(ctx, h.member, 0, d)
	atField(t, err, "meeting", "form.choose")
	d.MeetingID = talk.ID
	id, err := h.in().SaveMatter(ctx, h.member, 0, d)
	must(t, err)
	owner := store.Owner{Kind: "matter", ID: id}
	paper := printed(t)
	_, err = h.in().AddFiles(ctx, h.clerk, owner, []store.NewFile{paper})
	refused(t, err, problem.Forbidden, "policy.forbidden")
	files, err := h.in().AddFiles(ctx, h.member, owner, []store.NewFile{paper})
	must(t, err)
	_, err = h.in().PublicFile(ctx, files[0].ID, h.day())
	refused(t, err, problem.NotFound, "page.notfound")
	if of, err := h.in().MattersOf(ctx, talk.ID); err != nil || len(of) != 0 {
		t.Error("a draft is told of", err)
	}
	must(t, h.in().PublishMatter(ctx, h.director, id, h.day().AddDays(5)))
	must(t, second(h.in().PublicFile(ctx, files[0].ID, h.day())))
	_, err = h.in().AddFiles(ctx, h.member, owner, []store.NewFile{paper})
	refused(t, err, problem.Conflict, "attachment.closed")
	_, err = h.in().RemoveFile(ctx, h.member, files[0].ID)
	refused(t, err, problem.Conflict, "attachment.closed")
	of, err := h.in().MattersOf(ctx, talk.ID)
	must(t, err)
	v, err := h.in().PublicMatter(ctx, id)
	must(t, err)
	if len(of) != 1 || of[0].ID != id || v.Meeting == nil || v.Meeting.ID != talk.ID || len(v.Papers) != 1 {
		t.Errorf("%+v %+v", of, v)
	}
	h.Clock.Add(time.Hour)
}

// A meeting chooses people from the roll: each may stand, none twice, none after
// the words are out; those chosen have their seats by the decision, those with a
// third stand by (art. 15).
func TestAMeetingChoosesPeople(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newHall(t, db, 10)
		body, err := h.in().SaveBody(ctx, h.member, 0, store.BodyDraft{Kind: models.BodyElectoral, Name: "居民选举委员会", Seats: 2})
		must(t, err)
		draft := store.MatterDraft{Class: models.MatterElectoral, BodyID: body, Title: "推选居民选举委员会", Text: "推选两名成员主持换届选举。", Seats: 2, Secret: true}
		m, err := h.in().SaveMatter(ctx, h.member, 0, draft)
		must(t, err)
		draft.Class = models.MatterSupervision
		if _, err := h.in().SaveMatter(ctx, h.member, 0, draft); problem.As(err) == nil || problem.As(err).Fields["body"].Key != "matter.body.other" {
			t.Errorf("a matter of the supervision committee about the electoral one: %v", err)
		}
		draft.BodyID = 0
		if _, err := h.in().SaveMatter(ctx, h.member, 0, draft); problem.As(err) == nil || problem.As(err).Fields["options"].Key != "matter.options" {
			t.Errorf("a choice among nothing: %v", err)
		}
		plain, err := h.in().SaveMatter(ctx, h.member, 0, resignation())
		must(t, err)
		refused(t, h.in().AddPersonOption(ctx, h.member, plain, h.people[11]), problem.Conflict, "matter.person.body")
		refused(t, h.in().AddPersonOption(ctx, h.clerk, m, h.people[11]), problem.Forbidden, "policy.forbidden")
		refused(t, h.in().AddPersonOption(ctx, h.member, m, 4711), problem.NotFound, "page.notfound")
		child, err := h.in().AddResident(ctx, h.director, store.ResidentDraft{Name: "孩子", Relation: "子女", Birth: h.day().AddDays(-17 * 365), GroupName: "第1组", NoDocument: true,
			BuildingID: h.building("第1组"), Unit: "1单元", Room: "102"})
		must(t, err)
		refused(t, h.in().AddPersonOption(ctx, h.member, m, child), problem.Conflict, "policy.stand.age")
		must(t, h.in().StudyMatter(ctx, h.branch(), m, "研究同意提交会议"))
		must(t, h.in().AddPersonOption(ctx, h.member, m, h.people[11]))
		refused(t, h.in().PublishMatter(ctx, h.director, m, h.day().AddDays(5)), problem.Conflict, "matter.options.few")
		for _, p := range h.people[12:15] {
			must(t, h.in().AddPersonOption(ctx, h.member, m, p))
		}
		refused(t, h.in().AddPersonOption(ctx, h.member, m, h.people[11]), problem.Conflict, "body.candidate.twice")
		must(t, h.in().PublishMatter(ctx, h.director, m, h.day().AddDays(5)))
		refused(t, h.in().AddPersonOption(ctx, h.member, m, h.people[15]), problem.Conflict, "attachment.closed")
		s := h.called(models.ByReps, m)
		h.arrives(s, h.reps...)
		o := h.session(s).Items[0].Options
		d := h.voted(s, 0, map[string]int{o[0].ID.String(): 8, o[1].ID.String(): 6, o[2].ID.String(): 4, o[3].ID.String(): 2})
		all, err := h.in().BodyMandates(ctx, body)
		must(t, err)
		seated, by := 0, 0
		for _, x := range all {
			switch {
			case x.DecisionID != d.ID || x.Votes < 4:
				t.Errorf("%+v", x)
			case x.State == models.MandateServing:
				seated++
			case x.State == models.MandateSubstitute && x.Votes == 4:
				by++
			}
		}
		if seated != 2 || by != 1 {
			t.Errorf("%d seated, %d stand by: %+v", seated, by, all)
		}
		if got := findings(t, db); len(got) > 0 {
			t.Error(got)
		}
	})
}

// A hall votes on one thing at a time, a meeting does not end over an open vote,
// and ballots that were taken away by SQL are not counted around.
func TestOneVoteAtATime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newHall(t, db, 10)
		s := h.called(models.ByReps, h.matter(resignation()), h.matter(resignation()))
		h.arrives(s, h.reps...)
		first, next := h.session(s).Items[0].ID, h.session(s).Items[1].ID
		must(t, h.in().OpenVote(ctx, h.member, first))
		refused(t, h.in().OpenVote(ctx, h.member, next), problem.Conflict, "session.vote.another")
		refused(t, h.in().CloseSession(ctx, h.member, s, "会议记录，已经写好了。"), problem.Conflict, "session.vote.another")
		for _, a := range h.reps {
			must(t, h.in().Cast(ctx, a, first, []string{"yes"}))
		}
		must(t, db.Exec(ctx, "UPDATE secret_ballots SET item_id = 1"))
		refused(t, second(h.in().CloseVote(ctx, h.member, first)), problem.Conflict, "session.figures")
		must(t, db.Exec(ctx, "UPDATE secret_ballots SET item_id = "+first.String()))
		d, err := h.in().CloseVote(ctx, h.member, first)
		must(t, err)
		if d == nil || d.Yes != 10 {
			t.Errorf("%+v", d)
		}
	})
}
