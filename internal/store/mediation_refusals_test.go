package store_test

import (
	"fmt"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// Each side acts for itself, and nobody who has no part says a word.
func TestNobodyActsForAnotherInAMediation(t *testing.T) {
	t.Parallel()
	q := newQuarrel(t, storetest.New(t))
	id := q.request(q.first)
	refused(t, q.in().AssignMediator(ctx, q.head, id, q.second.UserID), problem.Conflict, "page.conflict") // one serves
	must(t, q.in().InviteParties(ctx, q.first, id))
	other := q.see(q.first, id).Parties[1].ID
	refused(t, q.in().ConsentToMediation(ctx, q.a, id, other, true), problem.NotFound, "page.notfound")
	refused(t, q.in().ConsentToMediation(ctx, q.first, id, 4711, true), problem.NotFound, "page.notfound")
	if v := q.see(q.first, id); v.State != models.MediationInvited || v.Parties[1].Consent != models.ConsentAsked {
		t.Errorf("one side consented for the other: %+v", v.Mediation)
	}
	must(t, q.in().ConsentToMediation(ctx, q.b, id, 0, true))
	refused(t, q.in().RefuseMediator(ctx, q.b, id, 0, q.second.UserID), problem.NotFound, "page.notfound") // who does not serve
	must(t, q.in().RefuseMediator(ctx, q.b, id, 0, q.first.UserID))
	refused(t, q.in().AcceptMediators(ctx, q.b, id, 0), problem.Conflict, "mediation.mediator.none")
	atField(t, q.in().ProposeMediator(ctx, q.a, id, q.first.UserID), "mediator", "mediation.mediator.gone")  // refused once
	atField(t, q.in().ProposeMediator(ctx, q.a, id, q.member.UserID), "mediator", "mediation.mediator.gone") // mediates nothing
	must(t, q.in().ProposeMediator(ctx, q.a, id, q.second.UserID))
	must(t, q.in().AcceptMediators(ctx, q.b, id, 0))

	words := q.count(&models.MediationEvent{}, "mediation_id = ?", id)
	refused(t, q.in().SayInMediation(ctx, q.second, id, "我替一方说句话", false, false), problem.Forbidden, "policy.forbidden")
	refused(t, q.in().WriteInMediation(ctx, q.a, id, "say", "我来当一回调解员"), problem.NotFound, "page.notfound")
	refused(t, q.in().WriteInMediation(ctx, q.head, id, "say", "主任也说一句话"), problem.NotFound, "page.notfound")
	refused(t, q.in().WriteInMediation(ctx, q.second, id, "verdict", "判楼上的赔钱"), problem.NotFound, "page.notfound")
	atField(t, q.in().WriteInMediation(ctx, q.second, id, "say", " 。 "), "text", "policy.reason")
	atField(t, q.in().FailMediation(ctx, q.second, id, ""), "text", "policy.reason")
	if n := q.count(&models.MediationEvent{}, "mediation_id = ?", id); n != words {
		t.Errorf("%d words of what was refused", n-words)
	}
}

func TestAMediationIsNotAskedForFromNonsense(t *testing.T) {
	t.Parallel()
	q := newQuarrel(t, storetest.New(t))
	for _, c := range []struct {
		field, key string
		asker      store.DisputantDraft
	}{
		{"asker_phone", "mediation.reach", store.DisputantDraft{Name: "周宁"}}, // nobody could tell them anything
		{"asker_phone", "login.phone.invalid", store.DisputantDraft{Name: "周宁", Phone: "1370"}},
	} {
		d := q.draft(0)
		d.Asker = c.asker
		atField(t, second(q.in().EnterMediation(ctx, q.member, d)), c.field, c.key)
	}
	var h models.Household
	var r models.Resident
	must(t, q.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		return errorsOf(tx.Where("id = ?", q.zhou.ResidentID).Take(&r).Error, tx.Where("id = ?", r.HouseholdID).Take(&h).Error)
	}))
	self := q.draft(0)
	self.Other = store.DisputantDraft{Name: "周宁", Building: h.BuildingID, Room: h.Room}
	atField(t, second(q.in().RequestMediation(ctx, q.a, self)), "other_name", "mediation.self")
	if n := q.Count(t, "mediations") + q.Count(t, "mediation_parties"); n != 0 {
		t.Errorf("%d rows of what was refused", n)
	}

	id := q.request(q.first)
	somebody := store.DisputantDraft{Name: "郑小姐"}
	atField(t, q.in().SetParty(ctx, q.first, id, 0, models.SideOther, store.DisputantDraft{Name: "郑小姐", Phone: "1370"}), "phone", "login.phone.invalid")
	for n := 2; n < 8; n++ {
		somebody.Name = fmt.Sprintf("邻居%d", n)
		must(t, q.in().SetParty(ctx, q.first, id, 0, models.SideOther, somebody))
	}
	atField(t, q.in().SetParty(ctx, q.first, id, 0, models.SideOther, somebody), "name", "mediation.party.many")
	if n := q.Count(t, "mediation_parties"); n != 8 {
		t.Errorf("%d parties", n)
	}
}

func TestASittingIsNotCalledAtAnImpossibleHour(t *testing.T) {
	t.Parallel()
	q := newQuarrel(t, storetest.New(t))
	id := q.open()
	good := store.SittingDraft{Begin: q.Now().Add(48 * time.Hour), End: q.Now().Add(49 * time.Hour), Place: "居委会调解室", Waived: true}
	for _, c := range []struct {
		field, key string
		change     func(*store.SittingDraft)
	}{
		{"until", "mediation.sitting.end", func(s *store.SittingDraft) { s.End = s.Begin }},
		{"until", "mediation.sitting.end", func(s *store.SittingDraft) { s.End = s.Begin.Add(8*time.Hour + time.Minute) }},
		{"day", "mediation.sitting.past", func(s *store.SittingDraft) { s.Begin = q.Now().Add(-time.Minute); s.End = q.Now().Add(time.Hour) }},
		{"agreed", "mediation.sitting.agree", func(s *store.SittingDraft) { s.Guests = "社区律师" }}, // whom not all want there
	} {
		s := good
		c.change(&s)
		atField(t, q.in().CallSitting(ctx, q.first, id, s), c.field, c.key)
	}
	if n := q.Count(t, "mediation_sessions"); n != 0 {
		t.Errorf("%d sittings of what was refused", n)
	}
	for range 20 {
		must(t, q.in().CallSitting(ctx, q.first, id, good))
	}
	refused(t, q.in().CallSitting(ctx, q.first, id, good), problem.Conflict, "mediation.sitting.many")
	sitting := q.see(q.first, id).Sittings[0].ID
	refused(t, q.in().CloseSitting(ctx, q.first, id, sitting, true, "双方到场，谈了一小时"), problem.TooEarly, "mediation.sitting.early")
}

// Words that bind are whole, are signed as their form asks, and bind until a
// court says otherwise.
func TestAnAgreementIsNotMadeOfNonsense(t *testing.T) {
	t.Parallel()
	q := newQuarrel(t, storetest.New(t))
	id := q.open()
	for _, c := range []struct {
		field, key string
		change     func(*store.AgreementDraft)
	}{
		{"form", "form.choose", func(a *store.AgreementDraft) { a.Form = "handshake" }},
		{"what0", "mediation.promise.none", func(a *store.AgreementDraft) { a.Promises = nil }},
		{"due1", "mediation.promise.due", func(a *store.AgreementDraft) { a.Promises[1].Due = "2026-11-22" }},
		{"due0", "mediation.promise.due", func(a *store.AgreementDraft) { a.Promises[0].Due = "" }},
		{"party1", "form.choose", func(a *store.AgreementDraft) { a.Promises[1].Party = 4711 }}, // a promise for somebody who has no part
	} {
		a := q.words(id, models.AgreementWritten)
		c.change(&a)
		atField(t, q.in().DraftAgreement(ctx, q.first, id, a), c.field, c.key)
	}
	if n := q.Count(t, "mediation_promises"); n != 0 {
		t.Errorf("%d promises of what was refused", n)
	}
	must(t, q.in().DraftAgreement(ctx, q.first, id, q.words(id, models.AgreementWritten)))
	for _, day := range []models.Date{"", "2026-11-24", "2026-11-22"} { // none, tomorrow, before there was a request
		atField(t, q.in().SignedOnPaper(ctx, q.first, id, 1, day), "day", "mediation.sign.day")
	}
	must(t, q.in().DraftAgreement(ctx, q.first, id, q.words(id, models.AgreementOral)))
	refused(t, q.in().SignedOnPaper(ctx, q.first, id, 2, "2026-11-23"), problem.Conflict, "policy.state")
	refused(t, q.in().SealAgreement(ctx, q.head, id, 2), problem.Conflict, "policy.state")
	if n := q.Count(t, "mediation_signatures"); n != 0 {
		t.Errorf("%d signatures under an oral agreement", n)
	}

	must(t, q.in().ApproveAgreement(ctx, q.a, id, 0, 2))
	must(t, q.in().ApproveAgreement(ctx, q.b, id, 0, 2))
	v := q.see(q.a, id)
	if v.State != models.MediationEffective {
		t.Fatalf("state %s", v.State)
	}
	refused(t, q.in().TryMediationAgain(ctx, q.a, id, 0), problem.Conflict, "mediation.again.binding")
	refused(t, q.in().ReportPromise(ctx, q.a, id, v.Promises[0].ID), problem.Forbidden, "mediation.promise.own") // of the other side
	refused(t, q.in().ReportPromise(ctx, q.first, id, v.Promises[0].ID), problem.Forbidden, "mediation.promise.own")
	refused(t, q.in().CloseBroken(ctx, q.a, id), problem.Conflict, "mediation.broken.none")
	for _, day := range []models.Date{"", "2026-11-24", "2026-11-22"} {
		atField(t, q.in().RecordCourt(ctx, q.first, id, models.CourtApplied, day), "day", "mediation.sign.day")
	}
	atField(t, q.in().RecordCourt(ctx, q.first, id, "appealed", "2026-11-23"), "state", "form.choose")
	if now := q.see(q.a, id); now.State != models.MediationEffective || now.CourtState != models.CourtNone || now.Round != 1 {
		t.Errorf("%+v", now.Mediation)
	}
}

// Mediation is offered by whoever has the case, to whoever stands behind it, and
// nothing public is made of a case about officials.
func TestMediationIsOfferedByWhoeverHasTheCase(t *testing.T) {
	t.Parallel()
	d := newCaseDesk(t, storetest.New(t))
	h := &meetingHall{desk: d.desk}
	r := d.report("委员优亲厚友")
	r.Category, r.About, r.Answers = "other", models.AboutCommittee, nil
	f, err := d.in().FileComplaint(ctx, d.resident, r)
	must(t, err)
	refused(t, d.in().SuggestMediation(ctx, d.street, f.Case.ID), problem.Conflict, "mediation.case.none")
	draft := h.draft(models.MeetingHearing)
	draft.Case = f.Case.ID
	refused(t, second(d.in().CreateMeeting(ctx, d.street, draft)), problem.NotFound, "page.notfound")
	if n := d.Count(t, "mediations") + d.Count(t, "civic_meetings"); n != 0 {
		t.Errorf("%d rows of what was refused", n)
	}
}
