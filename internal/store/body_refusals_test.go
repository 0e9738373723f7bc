package store_test

import (
	"strings"
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

func TestABodyIsNotRecordedFromNonsense(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.New(t))
	d.neighbours("第1组", 1)
	good := store.BodyDraft{Kind: models.BodyGroup, Name: "第1居民小组", GroupName: "第1组", Seats: 2}
	for _, c := range []struct {
		field, key string
		change     func(*store.BodyDraft)
	}{
		{"duties", "form.toolong", func(b *store.BodyDraft) { b.Duties = strings.Repeat("职", 501) }},
		{"name", "form.needed", func(b *store.BodyDraft) { b.Name = " " }},
		{"kind", "form.choose", func(b *store.BodyDraft) { b.Kind = "parliament" }},
		{"seats", "form.number", func(b *store.BodyDraft) { b.Seats = -1 }},
		{"seats", "form.number", func(b *store.BodyDraft) { b.Seats = 0 }}, // who is elected needs a seat
		{"seats", "form.number", func(b *store.BodyDraft) { b.Seats = 201 }},
		{"group_name", "form.needed", func(b *store.BodyDraft) { b.GroupName = "" }},
	} {
		b := good
		c.change(&b)
		_, err := d.in().SaveBody(ctx, d.member, 0, b)
		atField(t, err, c.field, c.key)
	}
	elsewhere := good
	elsewhere.Buildings = []models.ID{4711}
	refused(t, second(d.in().SaveBody(ctx, d.member, 0, elsewhere)), problem.NotFound, "page.notfound")
	if n := d.Count(t, "bodies"); n != 0 {
		t.Errorf("%d bodies of what was refused", n)
	}
	must(t, second(d.in().SaveBody(ctx, d.member, 0, good)))
	atField(t, second(d.in().SaveBody(ctx, d.member, 0, good)), "name", "body.name.taken")
}

// An election that nobody could have held, or that came to nothing.
func TestABodyVoteIsNotRecordedFromNonsense(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.New(t))
	people := d.neighbours("第1组", 4)
	group, err := d.in().SaveBody(ctx, d.member, 0, store.BodyDraft{Kind: models.BodyGroup, Name: "第1居民小组", GroupName: "第1组", Seats: 2})
	must(t, err)
	empty, err := d.in().SaveBody(ctx, d.member, 0, store.BodyDraft{Kind: models.BodyGroup, Name: "第8居民小组", GroupName: "第8组", Seats: 1})
	must(t, err)
	good := store.BodyVoteDraft{Body: group, Post: models.SitsRep, Method: models.MethodHands, Unit: models.UnitHousehold,
		Day: d.day(), Place: "活动室", Seats: 2, Witness: "王五", From: d.day(), Until: d.day().AddDays(1000)}
	for _, c := range []struct {
		field, key string
		change     func(*store.BodyVoteDraft)
	}{
		{"post", "form.choose", func(v *store.BodyVoteDraft) { v.Post = models.SitsMember }}, // a group has no plain members
		{"post", "form.choose", func(v *store.BodyVoteDraft) { v.Post = models.SitsContact }},
		{"unit", "form.choose", func(v *store.BodyVoteDraft) { v.Unit = models.UnitCommittee }}, // the committee does not elect the residents' people
		{"method", "form.choose", func(v *store.BodyVoteDraft) { v.Method = "lot" }},
		{"day", "body.vote.day", func(v *store.BodyVoteDraft) { v.Day = "" }},
		{"day", "body.vote.day", func(v *store.BodyVoteDraft) { v.Day = d.day().AddDays(1) }},
		{"day", "body.vote.day", func(v *store.BodyVoteDraft) { v.Day = d.day().AddDays(-61) }},
		{"seats", "form.number", func(v *store.BodyVoteDraft) { v.Seats = 0 }},
		{"seats", "form.number", func(v *store.BodyVoteDraft) { v.Seats = 201 }},
		{"place", "form.needed", func(v *store.BodyVoteDraft) { v.Place = " " }},
		{"witness", "form.needed", func(v *store.BodyVoteDraft) { v.Witness = "" }},
		{"from", "policy.appointment.from", func(v *store.BodyVoteDraft) { v.From = "2026-02-30" }},
		{"until", "policy.appointment.term", func(v *store.BodyVoteDraft) { v.Until = "" }},
		{"until", "policy.appointment.term", func(v *store.BodyVoteDraft) { v.Until = d.day().AddDays(-1) }},
		{"until", "policy.appointment.term", func(v *store.BodyVoteDraft) { v.Until = d.day().AddDays(6 * 366) }},
	} {
		v := good
		c.change(&v)
		atField(t, second(d.in().OpenBodyVote(ctx, d.member, v)), c.field, c.key)
	}
	nobody := good
	nobody.Body = empty
	refused(t, second(d.in().OpenBodyVote(ctx, d.member, nobody)), problem.Conflict, "body.vote.novoters")
	if n := d.Count(t, "body_votes"); n != 0 {
		t.Errorf("%d elections of what was refused", n)
	}

	v := d.opened(group, models.SitsRep, 2)
	must(t, d.in().AddBodyCandidate(ctx, d.member, v.ID, people[0]))
	refused(t, d.in().CountBodyVote(ctx, d.member, v.ID, nil, 0), problem.Conflict, "body.vote.nomarks")
	d.took(d.vote(v.ID), 4)
	must(t, d.in().CountBodyVote(ctx, d.member, v.ID, nil, 4)) // all papers are void
	refused(t, second(d.in().ConfirmBodyVote(ctx, d.director, v.ID)), problem.Conflict, "body.vote.nobody")
	refused(t, d.in().AddBodyCandidate(ctx, d.member, v.ID, people[1]), problem.Conflict, "page.conflict") // it is counted
	if n := d.Count(t, "decisions") + d.Count(t, "mandates"); n != 0 {
		t.Errorf("nobody was elected, and %d rows say who", n)
	}
}

// What ends a mandate, who follows, and who is sent instead of elected.
func TestMandatesAreNotEndedOrGivenAtWill(t *testing.T) {
	t.Parallel()
	h := newHall(t, storetest.New(t), 2)
	reps, err := h.in().Representatives(ctx, h.day())
	must(t, err)
	group := reps[0].BodyID
	refused(t, h.in().EndBody(ctx, h.member, group), problem.Conflict, "body.end.sitting")
	end := store.MandateEnd{Reason: "迁出", Day: h.day()}
	for _, c := range []struct {
		field, key string
		change     func(*store.MandateEnd)
	}{
		{"day", "body.end.day", func(e *store.MandateEnd) { e.Day = "" }},
		{"day", "body.end.day", func(e *store.MandateEnd) { e.Day = reps[0].From.AddDays(-1) }},
		{"day", "body.end.day", func(e *store.MandateEnd) { e.Day = h.day().AddDays(2) }},
		{"decision", "decision.number.unknown", func(e *store.MandateEnd) { e.Decision = "居决〔2026〕99号" }},
	} {
		e := end
		c.change(&e)
		atField(t, h.in().EndMandate(ctx, h.member, reps[0].ID, e), c.field, c.key)
	}
	v := h.opened(group, models.SitsRep, 2) // and elected once more, while they sit
	must(t, h.in().AddBodyCandidate(ctx, h.member, v.ID, reps[0].ResidentID))
	view := h.vote(v.ID)
	h.took(view, 4)
	must(t, h.in().CountBodyVote(ctx, h.member, v.ID, map[models.ID]int{view.Candidates[0].ID: 4}, 0))
	refused(t, second(h.in().ConfirmBodyVote(ctx, h.director, v.ID)), problem.Conflict, "body.mandate.twice")
	if now, err := h.in().Representatives(ctx, h.day()); err != nil || len(now) != 2 || h.Count(t, "decisions") != 1 {
		t.Errorf("%d sit, %d decisions, %v", len(now), h.Count(t, "decisions"), err)
	}
	must(t, h.in().EndMandate(ctx, h.member, reps[0].ID, end))
	refused(t, second(h.in().FillVacancy(ctx, h.member, reps[0].ID)), problem.Conflict, "body.substitute.none")
	refused(t, second(h.in().FillVacancy(ctx, h.member, reps[1].ID)), problem.Conflict, "body.vacancy.none") // who sits is not replaced

	unit, err := h.in().SaveBody(ctx, h.member, 0, store.BodyDraft{Kind: models.BodyUnit, Name: "小学"})
	must(t, err)
	before := h.Count(t, "mandates")
	refused(t, h.in().AddDelegate(ctx, h.member, group, "张三", "13700000001", "函", ""), problem.Conflict, "body.elected")
	atField(t, h.in().AddDelegate(ctx, h.member, unit, "张三", "1370000", "函", ""), "phone", "form.phone.length")
	atField(t, h.in().AddDelegate(ctx, h.member, unit, " ", "13700000001", "函", ""), "name", "form.needed")
	atField(t, h.in().AddDelegate(ctx, h.member, unit, "张三", "13700000001", "函", h.day().AddDays(-1)), "until", "policy.appointment.until")
	if n := h.Count(t, "mandates"); n != before {
		t.Errorf("%d mandates of what was refused", n-before)
	}
}

// The committee does not send its supervisors home on its own (art. 36).
func TestTheCommitteeDoesNotEndItsSupervision(t *testing.T) {
	t.Parallel()
	h := newHall(t, storetest.New(t), 2)
	board, err := h.in().SaveBody(ctx, h.member, 0, store.BodyDraft{Kind: models.BodySupervision, Name: "居务监督委员会", Seats: 1})
	must(t, err)
	v, err := h.in().OpenBodyVote(ctx, h.member, store.BodyVoteDraft{Body: board, Post: models.SitsHead, Method: models.MethodPaper, Unit: models.UnitAssembly,
		Day: h.day(), Place: "活动室", Seats: 1, Witness: "王五", From: h.day(), Until: h.day().AddDays(1000)})
	must(t, err)
	must(t, h.in().AddBodyCandidate(ctx, h.member, v.ID, h.people[3]))
	view := h.vote(v.ID)
	h.took(view, v.Entitled)
	must(t, h.in().CountBodyVote(ctx, h.member, v.ID, map[models.ID]int{view.Candidates[0].ID: v.Entitled}, 0))
	must(t, second(h.in().ConfirmBodyVote(ctx, h.supervisor, v.ID)))
	sits, err := h.in().BodyMandates(ctx, board)
	must(t, err)
	end := store.MandateEnd{Reason: "另有安排", Day: h.day()}
	refused(t, h.in().EndMandate(ctx, h.member, sits[0].ID, end), problem.Forbidden, "body.supervision.decision")
	if now, err := h.in().Mandate(ctx, sits[0].ID); err != nil || now.State != models.MandateServing {
		t.Errorf("%+v %v", now, err)
	}
}

func TestPartiesOfAnEstateRecordNoNonsense(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.New(t))
	d.neighbours("第1组", 1)
	ids := map[models.BodyKind]models.ID{}
	for _, b := range []store.BodyDraft{{Kind: models.BodyOwners, Name: "业主委员会"}, {Kind: models.BodyUnit, Name: "小学"}, {Kind: models.BodyGroup, Name: "第1居民小组", GroupName: "第1组", Seats: 1}} {
		id, err := d.in().SaveBody(ctx, d.member, 0, b)
		must(t, err)
		ids[b.Kind] = id
	}
	for _, c := range []struct {
		field, key string
		change     func(*store.JointDraft)
	}{
		{"body", "form.choose", func(j *store.JointDraft) { j.BodyID = ids[models.BodyUnit] }}, // a school has no estate
		{"day", "body.vote.day", func(j *store.JointDraft) { j.Day = d.day().AddDays(1) }},
		{"day", "body.vote.day", func(j *store.JointDraft) { j.Day = "2026-13-01" }},
		{"parties", "joint.delegate", func(j *store.JointDraft) { j.Parties[0].Delegate = "林" }},
	} {
		j := store.JointDraft{BodyID: ids[models.BodyOwners], Title: "夜间停车怎么管", Day: d.day(), Place: "活动室", Agenda: "消防通道夜间被占", Outcome: "划黄线，夜里巡查三次。",
			Parties: []models.JointParty{{Name: "居委会", Delegate: "林梅庆"}, {BodyID: ids[models.BodyOwners], Delegate: "方卫"}}}
		c.change(&j)
		atField(t, second(d.in().HoldJoint(ctx, d.member, j)), c.field, c.key)
	}
	year := d.day().Time().Year()
	for _, c := range []struct {
		field, key string
		change     func(*models.CobuildPledge)
	}{
		{"year", "form.number", func(p *models.CobuildPledge) { p.Year = 2019 }},
		{"year", "form.number", func(p *models.CobuildPledge) { p.Year = year + 2 }},
		{"due", "form.date", func(p *models.CobuildPledge) { p.DueDay = "" }},
		{"body", "form.choose", func(p *models.CobuildPledge) { p.BodyID = ids[models.BodyGroup] }}, // residents promise no cobuilding
	} {
		p := models.CobuildPledge{BodyID: ids[models.BodyUnit], Year: year, Title: "操场夜间开放", DueDay: d.day().AddDays(20)}
		c.change(&p)
		atField(t, d.in().PledgeCobuild(ctx, d.member, p), c.field, c.key)
	}
	for _, c := range []struct {
		field, key string
		change     func(*models.OwnersNotice)
	}{
		{"body", "form.choose", func(n *models.OwnersNotice) { n.BodyID = ids[models.BodyUnit] }},
		{"day", "policy.session.past", func(n *models.OwnersNotice) { n.MeetingDay = d.day().AddDays(-1) }},
		{"day", "policy.session.past", func(n *models.OwnersNotice) { n.MeetingDay = "" }},
	} {
		n := models.OwnersNotice{BodyID: ids[models.BodyOwners], MeetingDay: d.day().AddDays(20), Place: "院子里", Agenda: "选聘物业服务企业"}
		c.change(&n)
		atField(t, second(d.in().AnnounceOwners(ctx, d.member, n)), c.field, c.key)
	}
	if n := d.Count(t, "joint_meetings") + d.Count(t, "cobuild_pledges") + d.Count(t, "owners_notices"); n != 0 {
		t.Errorf("%d rows of what was refused", n)
	}
}
