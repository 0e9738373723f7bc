package store_test

import (
	"strings"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

const canary = "紫砂壶金丝雀"

// quarrel is a community with two who quarrel, mediators and a head.
type quarrel struct {
	*kinWorld
	a, b          models.Actor // 周宁 and 吴海
	first, second models.Actor // mediators
	head          models.Actor
	n             int
}

func newQuarrel(t *testing.T, db *storetest.DB) *quarrel {
	t.Helper()
	q := &quarrel{kinWorld: newKinWorld(t, db)}
	q.a = q.tie(someResident(t, db, "13700000001"), q.zhou.ResidentID)
	q.b = q.tie(someResident(t, db, "13700000002"), q.wu.ResidentID)
	q.first = officer(t, db, q.c.ID, models.RoleMediator, "吴和", 0)
	q.second = officer(t, db, q.c.ID, models.RoleMediator, "郑平", 0)
	q.head = officer(t, db, q.c.ID, models.RoleMediationHead, "孙正", 0)
	return q
}

// draft is a request of 周宁 against 吴海, who is found on the roll by name and
// dwelling as the form names them.
func (q *quarrel) draft(mediator models.ID) store.MediationDraft {
	q.n++
	var r models.Resident
	var h models.Household
	must(q.t, q.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		if err := tx.Where("id = ?", q.wu.ResidentID).Take(&r).Error; err != nil {
			return err
		}
		return tx.Where("id = ?", r.HouseholdID).Take(&h).Error
	}))
	return store.MediationDraft{
		Once: strings.Repeat("o", q.n), Category: "neighbour", Mediator: mediator, Asker: store.DisputantDraft{Name: "周宁"},
		MediationRequest: models.MediationRequest{About: "空调外机滴水" + canary, Facts: "楼上空调外机往窗台滴水，说了三次没有改。" + canary, Wish: "把水管接好" + canary},
		Other:            store.DisputantDraft{Name: "吴海", Building: h.BuildingID, Room: h.Room},
	}
}

func (q *quarrel) request(mediator models.Actor) models.ID {
	q.t.Helper()
	id, err := q.in().RequestMediation(ctx, q.a, q.draft(mediator.UserID))
	must(q.t, err)
	return id
}

func (q *quarrel) see(who models.Actor, id models.ID) *store.MediationView {
	q.t.Helper()
	v, err := q.in().Mediation(ctx, who, id)
	must(q.t, err)
	return v
}

// open leads a request to the talks.
func (q *quarrel) open() models.ID {
	q.t.Helper()
	id := q.request(q.first)
	must(q.t, q.in().InviteParties(ctx, q.first, id))
	must(q.t, q.in().ConsentToMediation(ctx, q.b, id, 0, true))
	must(q.t, q.in().AcceptMediators(ctx, q.b, id, 0))
	return id
}

func (q *quarrel) words(id models.ID, form models.MediationForm) store.AgreementDraft {
	v := q.see(q.first, id)
	return store.AgreementDraft{Form: form, MediationAgreement: models.MediationAgreement{Facts: "外机滴水" + canary, Dispute: "谁来接管"},
		Promises: []store.PromiseDraft{
			{Party: v.Parties[1].ID, Due: "2026-12-10", MediationTerm: models.MediationTerm{What: "接好排水管" + canary, How: "自己请人"}},
			{Party: v.Parties[0].ID, Due: "2026-12-12", MediationTerm: models.MediationTerm{What: "不再追究", How: ""}},
		}}
}

func TestAMediationFromTheRequestToTheLastPromise(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		q := newQuarrel(t, db)
		id := q.request(q.first)
		_, err := q.in().Mediation(ctx, q.b, id)
		refused(t, err, problem.NotFound, "page.notfound") // not asked yet: nothing exists
		must(t, q.in().InviteParties(ctx, q.first, id))
		if v := q.see(q.b, id); v.State != models.MediationInvited || v.Request.Facts == "" || v.Parties[0].Phone != "" || v.AnswerBy != "2026-11-30" {
			t.Errorf("%+v", v)
		}
		refused(t, q.in().ConsentToMediation(ctx, q.second, id, 0, true), problem.NotFound, "page.notfound")
		must(t, q.in().ConsentToMediation(ctx, q.b, id, 0, true))
		if v := q.see(q.a, id); v.State != models.MediationChoosing {
			t.Errorf("state %s", v.State)
		}
		must(t, q.in().AcceptMediators(ctx, q.b, id, 0))
		must(t, q.in().SayInMediation(ctx, q.a, id, "我只想窗台是干的", false, false))
		must(t, q.in().WriteInMediation(ctx, q.first, id, "point", "排水管归谁接"))
		late := store.SittingDraft{Begin: db.Now().Add(48 * time.Hour), End: db.Now().Add(49 * time.Hour), Place: "居委会调解室"}
		err = q.in().CallSitting(ctx, q.first, id, late)
		if p := problem.As(err); p == nil || p.Fields["day"].Key != "meeting.notice.late" || p.Fields["day"].Args["date"] != models.Date("2026-11-26") {
			t.Errorf("a late notice: %v", err)
		}
		late.Waived = true
		must(t, q.in().CallSitting(ctx, q.first, id, late))
		must(t, q.in().DraftAgreement(ctx, q.first, id, q.words(id, models.AgreementOral)))
		must(t, q.in().ApproveAgreement(ctx, q.a, id, 0, 1))
		if v := q.see(q.a, id); v.State != models.MediationDrafted {
			t.Errorf("in force with one yes: %s", v.State)
		}
		must(t, q.in().ApproveAgreement(ctx, q.b, id, 0, 1))
		v := q.see(q.b, id)
		if v.State != models.MediationEffective || v.EffectiveDay != "2026-11-23" || v.CourtDay != "2026-12-23" || v.Sittings[0].State != models.SittingCancelled {
			t.Errorf("%+v", v.Mediation)
		}
		must(t, q.in().ReportPromise(ctx, q.b, id, v.Promises[0].ID))
		refused(t, q.in().SettlePromise(ctx, q.b, id, v.Promises[0].ID, true), problem.Forbidden, "mediation.promise.other")
		must(t, q.in().SettlePromise(ctx, q.a, id, v.Promises[0].ID, true))
		refused(t, q.in().SettlePromise(ctx, q.first, id, v.Promises[1].ID, false), problem.TooEarly, "mediation.promise.early")
		must(t, q.in().SettlePromise(ctx, q.first, id, v.Promises[1].ID, true))
		if v = q.see(q.a, id); v.State != models.MediationFulfilled || v.KeepUntil != "2031-11-23" {
			t.Errorf("%+v", v.Mediation)
		}
		q.verifies()
	})
}

func (q *quarrel) verifies() {
	q.t.Helper()
	must(q.t, q.Verify(ctx, func(f store.Finding) { q.t.Errorf("verify: %+v", f) }))
}

// A written agreement binds when all parties, the mediator and the seal are
// under it, from the day of the last (art. 29).
func TestAWrittenAgreementBindsFromTheLastSignature(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		q := newQuarrel(t, db)
		id := q.open()
		must(t, q.in().DraftAgreement(ctx, q.first, id, q.words(id, models.AgreementWritten)))
		err := q.in().SignedOnPaper(ctx, q.first, id, 1, "2026-11-23")
		if p := problem.As(err); p == nil || p.Fields["files"].Key != "mediation.sign.photo" {
			t.Errorf("signed without a photo: %v", err)
		}
		must(t, q.in().AddMediationPapers(ctx, q.first, id, []store.NewFile{{Name: canary + ".jpg", Data: snapshot(7)}}))
		refused(t, q.in().SignedOnPaper(ctx, q.first, id, 2, "2026-11-23"), problem.Conflict, "mediation.version")
		must(t, q.in().SignedOnPaper(ctx, q.first, id, 1, "2026-11-23"))
		if v := q.see(q.a, id); v.State != models.MediationDrafted {
			t.Errorf("in force without the seal: %s", v.State)
		}
		refused(t, q.in().SealAgreement(ctx, q.first, id, 1), problem.Forbidden, "mediation.seal.head")
		db.Clock.Add(24 * time.Hour)
		must(t, q.in().SealAgreement(ctx, q.head, id, 1))
		v := q.see(q.b, id)
		if v.State != models.MediationEffective || v.EffectiveDay != "2026-11-24" || v.CourtDay != "2026-12-24" || len(v.Papers) != 1 || strings.Contains(v.Papers[0].Name, canary) {
			t.Errorf("%+v", v)
		}
		if _, content, err := q.in().MediationPaper(ctx, q.b, id, v.Papers[0].ID); err != nil || len(content) < 100 || content[0] != 0xff {
			t.Errorf("paper: %d bytes, %v", len(content), err)
		}
		_, _, err = q.in().MediationPaper(ctx, q.second, id, v.Papers[0].ID)
		refused(t, err, problem.NotFound, "page.notfound")
		_, err = q.in().OfficeFile(ctx, q.first, v.Papers[0].ID, "2026-11-24")
		refused(t, err, problem.NotFound, "page.notfound")
		f, err := q.in().Content(&v.Papers[0])
		must(t, err)
		raw := make([]byte, 4)
		_, _ = f.Read(raw)
		must(t, f.Close())
		if raw[0] == 0xff && raw[1] == 0xd8 {
			t.Error("the paper lies on disk unsealed")
		}
		q.verifies()
	})
}

// Caucus: what one side says in confidence reaches neither the other side nor
// the head, in no way.
func TestConfidentialWordsStayWithTheirSide(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	q := newQuarrel(t, db)
	id := q.open()
	must(t, q.in().SayInMediation(ctx, q.a, id, "最多赔三百"+canary, true, false))
	must(t, q.in().WriteInMediation(ctx, q.first, id, "asker", "对方似乎愿意"+canary))
	must(t, q.in().WriteInMediation(ctx, q.first, id, "note", "要上门看看"+canary))
	texts := func(who models.Actor) (all string) {
		for _, w := range q.see(who, id).Words {
			all += w.Text + "|"
		}
		return all
	}
	if s := texts(q.b); strings.Contains(s, "最多") || strings.Contains(s, "似乎") || strings.Contains(s, "上门") {
		t.Errorf("the other side reads %s", s)
	}
	if s := texts(q.a); !strings.Contains(s, "最多") || !strings.Contains(s, "似乎") || strings.Contains(s, "上门") {
		t.Errorf("the own side reads %s", s)
	}
	if s := texts(q.first); !strings.Contains(s, "最多") || !strings.Contains(s, "上门") {
		t.Errorf("the mediator reads %s", s)
	}
	if v := q.see(q.head, id); len(v.Words) != 0 || v.Request.About != "" || v.Request.Facts != "" || len(v.Sittings) != 0 {
		t.Errorf("the head reads the talks: %+v", v)
	}
}

// For everybody else it does not exist: not Forbidden, not a count, no row in
// the community's audit chain.
func TestAMediationDoesNotExistForOthers(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	q := newQuarrel(t, db)
	third := someResident(t, db, "13700000003")
	station := officer(t, db, q.c.ID, models.RoleStation, "站长", 0)
	var before int64
	count := func() (n int64) {
		must(t, q.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
			return tx.Model(&models.AuditRow{}).Where("community_id = ?", q.c.ID).Count(&n).Error
		}))
		return n
	}
	before = count()
	id := q.open()
	must(t, q.in().DraftAgreement(ctx, q.first, id, q.words(id, models.AgreementOral)))
	if n := count(); n != before {
		t.Errorf("%d rows more in the community's chain", n-before)
	}
	others := []models.Actor{{}, third, q.director, q.clerk, q.supervisor, q.member, q.street, q.bookkeeper, q.second, station}
	for _, who := range others {
		_, err := q.in().Mediation(ctx, who, id)
		refused(t, err, problem.NotFound, "page.notfound")
		for name, act := range map[string]func() error{
			"consent": func() error { return q.in().ConsentToMediation(ctx, who, id, 0, true) },
			"say":     func() error { return q.in().SayInMediation(ctx, who, id, "我也说一句", false, false) },
			"write":   func() error { return q.in().WriteInMediation(ctx, who, id, "note", "记一笔记录") },
			"draft":   func() error { return q.in().DraftAgreement(ctx, who, id, store.AgreementDraft{}) },
			"approve": func() error { return q.in().ApproveAgreement(ctx, who, id, 0, 1) },
			"seal":    func() error { return q.in().SealAgreement(ctx, who, id, 1) },
			"take":    func() error { return q.in().TakeMediation(ctx, who, id) },
			"stop":    func() error { return q.in().StopMediation(ctx, who, id, 0) },
		} {
			if err := act(); !problem.Is(err, problem.NotFound) {
				t.Errorf("%s by %s: %v", name, who.Name, err)
			}
		}
		rows, err := q.in().DeskMediations(ctx, who, "2026-11-23")
		if err != nil || len(rows) != 0 {
			t.Errorf("%s has %d on the desk, %v", who.Name, len(rows), err)
		}
		mine, err := q.MyMediations(ctx, who)
		if err != nil || len(mine) != 0 {
			t.Errorf("%s has %d of their own, %v", who.Name, len(mine), err)
		}
	}
	if mine, err := q.MyMediations(ctx, q.b); err != nil || len(mine) != 1 || !mine[0].Waits {
		t.Errorf("the other side's own list: %+v %v", mine, err)
	}
	_, err := q.In(db.Community(t, "fuchun")).Mediation(ctx, q.a, id)
	refused(t, err, problem.NotFound, "page.notfound") // another community
}

// Whoever is a relative, lives with a party, or is one, never sees it, and
// leaves it when that becomes known.
func TestRelativesStepAside(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		q := newQuarrel(t, db)
		must(t, q.declare(q.second, q.wu, models.KinOther)) // by marriage is enough
		d := q.draft(q.second.UserID)
		_, err := q.in().RequestMediation(ctx, q.a, d)
		if p := problem.As(err); p == nil || p.Fields["mediator"].Key != "mediation.mediator.gone" {
			t.Errorf("a relative was chosen: %v", err)
		}
		id := q.request(models.Actor{})
		_, err = q.in().Mediation(ctx, q.second, id)
		refused(t, err, problem.NotFound, "page.notfound")
		refused(t, q.in().TakeMediation(ctx, q.first, id), problem.NotFound, "page.notfound") // the head finds a mediator
		must(t, q.in().AssignMediator(ctx, q.head, id, q.first.UserID))
		must(t, q.declare(q.first, q.zhou, models.KinSibling)) // told too late
		_, err = q.in().Mediation(ctx, q.first, id)
		refused(t, err, problem.NotFound, "page.notfound")
		if v := q.see(q.a, id); len(v.Mediators) != 0 || !v.Aside {
			t.Errorf("still mediates: %+v", v.Mediators)
		}
		must(t, q.declare(q.head, q.zhou, models.KinParent))
		_, err = q.in().Mediation(ctx, q.head, id)
		refused(t, err, problem.NotFound, "page.notfound")
		third := officer(t, db, q.c.ID, models.RoleMediator, "何公", 0)
		must(t, q.in().TakeMediation(ctx, third, id)) // nobody heads it who is free of ties
		if v := q.see(third, id); len(v.Mediators) != 1 || v.Mediators[0].UserID != third.UserID {
			t.Errorf("%+v", v)
		}
	})
}

// A party who refuses a mediator, an end by one side, and another round in which
// everybody is asked anew.
func TestRefusingStoppingAndTryingAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		q := newQuarrel(t, db)
		id := q.open()
		must(t, q.in().RefuseMediator(ctx, q.b, id, 0, q.first.UserID))
		_, err := q.in().Mediation(ctx, q.first, id)
		refused(t, err, problem.NotFound, "page.notfound")
		if v := q.see(q.a, id); v.State != models.MediationChoosing || len(v.Free) != 2 {
			t.Errorf("%s, %d to choose", v.State, len(v.Free))
		}
		must(t, q.in().ProposeMediator(ctx, q.a, id, q.second.UserID))
		must(t, q.in().AcceptMediators(ctx, q.b, id, 0))
		must(t, q.in().FailMediation(ctx, q.second, id, "双方分歧太大"))
		if v := q.see(q.b, id); v.State != models.MediationFailed || v.KeepUntil != "2029-11-23" {
			t.Errorf("%+v", v.Mediation)
		}
		must(t, q.in().TryMediationAgain(ctx, q.b, id, 0))
		v := q.see(q.a, id)
		if v.State != models.MediationInvited || v.Round != 2 || v.Parties[0].Consent != models.ConsentAsked || v.KeepUntil != "" {
			t.Errorf("%+v", v.Mediation)
		}
		must(t, q.in().ConsentToMediation(ctx, q.a, id, 0, false))
		if v := q.see(q.a, id); v.State != models.MediationRefused {
			t.Errorf("a no does not end it: %s", v.State)
		}
		q.verifies()
	})
}

// The desk takes a request in and can print it that day; then it is gone for
// the officer too.
func TestTheDeskForgetsWhatItTookIn(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	q := newQuarrel(t, db)
	d := q.draft(0)
	d.Asker.Phone = "13700000001"
	id, err := q.in().EnterMediation(ctx, q.member, d)
	must(t, err)
	if again, err := q.in().EnterMediation(ctx, q.member, d); err != nil || again != id {
		t.Errorf("sent twice: %v %v", again, err)
	}
	if v, err := q.in().EnteredMediation(ctx, q.member, id, "2026-11-23"); err != nil || v.Request.About != d.About || len(v.Parties) != 2 {
		t.Errorf("%+v %v", v, err)
	}
	_, err = q.in().EnteredMediation(ctx, q.director, id, "2026-11-23")
	refused(t, err, problem.NotFound, "page.notfound")
	_, err = q.in().EnteredMediation(ctx, q.member, id, "2026-11-24")
	refused(t, err, problem.NotFound, "page.notfound")
	_, err = q.in().Mediation(ctx, q.member, id)
	refused(t, err, problem.NotFound, "page.notfound")
	if v := q.see(q.a, id); v.Me == 0 || v.Parties[0].ConsentBy != q.member.UserID { // whoever was served follows it on the phone
		t.Errorf("%+v", v)
	}
	if !policy.ShowsFigure(5) || policy.ShowsFigure(4) {
		t.Error("small figures are shown")
	}
}
