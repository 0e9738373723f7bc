package store_test

import (
	"sync"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

func demand(kind models.PetitionKind, unit models.DecisionMode) store.PetitionDraft {
	return store.PetitionDraft{Kind: kind, Unit: unit, Title: "要求开会谈停车", Text: "夜里消防通道被占，请开会商量办法。"}
}

// Art. 26: a tenth of the adults or of the household representatives; the one
// before the last obliges to nothing, nobody counts twice, and paper is compared
// with the roll.
func TestATenthObligesToCall(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newHall(t, db, 10) // 20 adults in 20 households
		_, err := h.in().StartPetition(ctx, models.Actor{UserID: h.resident(3).UserID}, demand(models.PetitionMeeting, models.ByAdults))
		refused(t, err, problem.Forbidden, "policy.forbidden") // nobody on the roll
		_, err = h.in().StartPetition(ctx, h.resident(3), demand(models.PetitionReps, models.ByAdults))
		atField(t, err, "unit", "petition.unit")
		p, err := h.in().StartPetition(ctx, h.resident(3), demand(models.PetitionMeeting, models.ByAdults))
		must(t, err)
		if p.Base != 20 || p.Needed != 2 || p.Signed != 1 || p.Number == "" {
			t.Fatalf("%+v", p)
		}
		refused(t, h.in().SignPetition(ctx, h.resident(3), p.ID), problem.Conflict, "petition.twice")
		_, err = h.in().SaveSession(ctx, h.member, 0, h.owed(p.ID))
		refused(t, err, problem.Conflict, "page.conflict") // one short: nothing to call
		refused(t, h.in().SignOnPaper(ctx, h.clerk, p.ID, h.people[4], "1-1"), problem.Forbidden, "policy.forbidden")
		refused(t, h.in().SignOnPaper(ctx, h.member, p.ID, 4711, "1-1"), problem.NotFound, "page.notfound")
		refused(t, h.in().SignOnPaper(ctx, h.member, p.ID, h.people[3], "1-1"), problem.Conflict, "petition.twice")
		must(t, h.in().SignOnPaper(ctx, h.member, p.ID, h.people[4], "1-1"))
		refused(t, h.in().WithdrawSignature(ctx, h.resident(4), p.ID), problem.Conflict, "page.conflict") // it is reached
		s, err := h.in().SaveSession(ctx, h.member, 0, h.owed(p.ID))
		must(t, err)
		must(t, h.in().AddItem(ctx, h.member, s, h.matter(resignation())))
		must(t, h.in().CallSession(ctx, h.director, s))
		h.petitionIs(p.ID, models.PetitionCalled)
		// Called off: the demand stands, another meeting is owed.
		must(t, h.in().CancelSession(ctx, h.director, s, "场地停电，改日再开"))
		h.petitionIs(p.ID, models.PetitionReached)
		must(t, second(h.in().SaveSession(ctx, h.member, 0, h.owed(p.ID))))
	})
}

func (h *hall) owed(petition models.ID) store.SessionDraft {
	return store.SessionDraft{Mode: models.ByHouseholds, Title: "居民会议", Day: h.day().AddDays(12), Clock: "19:00", Place: "活动室", PetitionID: petition}
}

func (h *hall) petitionIs(id models.ID, want models.PetitionState) {
	h.t.Helper()
	p, err := h.in().Petition(ctx, id)
	must(h.t, err)
	if p.State != want {
		h.t.Errorf("%s, want %s", p.State, want)
	}
}

// Households count once, by whoever of them signs; a demand that found too few
// in its time is over.
func TestAHouseholdSignsOnceAndTimeRunsOut(t *testing.T) {
	db := storetest.New(t)
	h := newHall(t, db, 10)
	p, err := h.in().StartPetition(ctx, h.resident(0), demand(models.PetitionMeeting, models.ByHouseholds))
	must(t, err)
	wife, err := h.in().AddResident(ctx, h.director, store.ResidentDraft{Name: "家人", Relation: "配偶", Birth: "1982-01-01", GroupName: "第1组", NoDocument: true,
		BuildingID: h.building("第1组"), Unit: "1单元", Room: "101"})
	must(t, err)
	refused(t, h.in().SignOnPaper(ctx, h.member, p.ID, wife, "1-2"), problem.Conflict, "petition.twice")
	must(t, h.in().WithdrawSignature(ctx, h.resident(0), p.ID))
	refused(t, h.in().WithdrawSignature(ctx, h.resident(0), p.ID), problem.Conflict, "page.conflict")
	must(t, h.in().SignOnPaper(ctx, h.member, p.ID, wife, "1-2"))
	child, err := h.in().AddResident(ctx, h.director, store.ResidentDraft{Name: "孩子", Relation: "子女", Birth: h.day().AddDays(-18*365 + 30), GroupName: "第1组", NoDocument: true,
		BuildingID: h.building("第1组"), Unit: "1单元", Room: "102"})
	must(t, err)
	refused(t, h.in().SignOnPaper(ctx, h.member, p.ID, child, "1-3"), problem.Forbidden, "petition.adult")
	h.Clock.Add(90 * 24 * time.Hour)
	must(t, h.in().SignOnPaper(ctx, h.member, p.ID, h.people[5], "1-4")) // the last day is a whole day
	h.petitionIs(p.ID, models.PetitionReached)
	p, err = h.in().StartPetition(ctx, h.resident(1), demand(models.PetitionMeeting, models.ByAdults))
	must(t, err)
	h.Clock.Add(91 * 24 * time.Hour)
	refused(t, h.in().SignPetition(ctx, h.resident(2), p.ID), problem.TooLate, "petition.late")
	now, err := h.in().Petition(ctx, p.ID)
	must(t, err)
	if now.On(h.day()) != models.PetitionExpired || now.On(h.day().AddDays(-1)) != models.PetitionOpen {
		t.Errorf("%s on %s", now.On(h.day()), h.day())
	}
}

// Art. 28: a fifth of the representatives demand their meeting, nobody else;
// art. 38: a third of them an audit, which goes to the street and comes back
// with what was found.
func TestRepresentativesDemandAMeetingAndAnAudit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newHall(t, db, 10)
		p, err := h.in().StartPetition(ctx, h.reps[0], demand(models.PetitionReps, models.ByReps))
		must(t, err)
		refused(t, h.in().SignPetition(ctx, h.resident(15), p.ID), problem.Forbidden, "petition.reps")
		if p.Needed != 2 {
			t.Fatalf("%d of 10", p.Needed)
		}
		must(t, h.in().SignPetition(ctx, h.reps[1], p.ID))
		h.petitionIs(p.ID, models.PetitionReached)
		refused(t, h.in().HandOnPetition(ctx, h.director, p.ID), problem.Conflict, "page.conflict") // no audit
		a, err := h.in().StartPetition(ctx, h.reps[0], demand(models.PetitionAudit, models.ByReps))
		must(t, err)
		for i := 1; i < a.Needed-1; i++ {
			must(t, h.in().SignPetition(ctx, h.reps[i], a.ID))
		}
		refused(t, h.in().HandOnPetition(ctx, h.director, a.ID), problem.Conflict, "page.conflict") // one short
		must(t, h.in().SignPetition(ctx, h.reps[a.Needed-1], a.ID))
		_, err = h.in().SaveSession(ctx, h.member, 0, h.owed(a.ID))
		refused(t, err, problem.Conflict, "page.conflict") // an audit is no meeting
		refused(t, h.in().HandOnPetition(ctx, h.member, a.ID), problem.Forbidden, "policy.forbidden")
		refused(t, h.in().PublishAudit(ctx, h.street, a.ID, "经审计，没有发现问题。"), problem.Conflict, "page.conflict")
		must(t, h.in().HandOnPetition(ctx, h.director, a.ID))
		refused(t, h.in().HandOnPetition(ctx, h.director, a.ID), problem.Conflict, "page.conflict")
		refused(t, h.in().PublishAudit(ctx, h.director, a.ID, "经审计，没有发现问题。"), problem.Forbidden, "policy.forbidden")
		must(t, h.in().PublishAudit(ctx, h.street, a.ID, "经审计，公益金支出凭证齐全；一笔三千元应当补发票。"))
		refused(t, h.in().PublishAudit(ctx, h.street, a.ID, "再公布一次审计结果。"), problem.Conflict, "page.conflict")
		now, err := h.in().Petition(ctx, a.ID)
		must(t, err)
		if now.State != models.PetitionAudited || now.AuditText == "" || now.AuditedAt == nil {
			t.Errorf("%+v", now)
		}
	})
}

// Two processes take the last signatures at once: every signature is counted,
// the threshold is reached once.
func TestSignaturesAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newHall(t, db, 10)
		p, err := h.in().StartPetition(ctx, h.resident(0), demand(models.PetitionMeeting, models.ByAdults))
		must(t, err)
		other := db.Second(t)
		must(t, other.Load(ctx))
		var signers []models.Actor
		for i := range 8 {
			signers = append(signers, h.resident(i+1))
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		good := 1
		for _, a := range signers {
			for _, st := range []*store.Store{db.Store, other} {
				wg.Go(func() {
					err := st.In(h.c).SignPetition(ctx, a, p.ID)
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						good++
					} else if !problem.Is(err, problem.Conflict) && !problem.Is(err, problem.Unavailable) {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		now, err := h.in().Petition(ctx, p.ID)
		must(t, err)
		if now.Signed != good || good > 9 || now.State != models.PetitionReached {
			t.Errorf("%d were told that they signed, %d are counted, %s", good, now.Signed, now.State)
		}
	})
}

// A proposal that ten neighbours support becomes a matter, once; the committee
// answers once.
func TestAProposalFindsItsWayOntoTheAgenda(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newHall(t, db, 10)
		in, err := h.in().ProposeInitiative(ctx, h.resident(0), store.InitiativeDraft{Title: "给小路装路灯", Text: "晚上走路看不清，请装四盏路灯。电话13912345678", CostFen: 800_00})
		must(t, err)
		if in.Needed != 10 || in.Supports != 1 {
			t.Fatalf("%+v", in)
		}
		if like, err := h.in().SimilarInitiatives(ctx, "小路请装路灯"); err != nil || len(like) != 1 {
			t.Error(like, err)
		}
		refused(t, h.in().SupportInitiative(ctx, h.resident(0), in.ID), problem.Conflict, "petition.twice")
		for i := 1; i < 9; i++ {
			must(t, h.in().SupportInitiative(ctx, h.resident(i), in.ID))
		}
		if now, _ := h.in().Initiative(ctx, in.ID); now.State != models.InitiativeOpen || now.MatterID != 0 {
			t.Fatalf("nine of ten: %+v", now)
		}
		must(t, h.in().SupportInitiative(ctx, h.resident(9), in.ID))
		now, err := h.in().Initiative(ctx, in.ID)
		must(t, err)
		m, err := h.in().Matter(ctx, now.MatterID)
		must(t, err)
		if now.State != models.InitiativeReached || m.Class != models.MatterFunds || m.MoneyFen != 800_00 || m.State != models.MatterDraft || m.Text == in.Text {
			t.Fatalf("%+v %+v", now, m.Matter)
		}
		refused(t, h.in().SupportInitiative(ctx, h.resident(10), in.ID), problem.Conflict, "petition.closed")
		refused(t, h.in().AnswerInitiative(ctx, h.resident(1), in.ID, "很好的提议", 0, false), problem.Forbidden, "policy.forbidden")
		must(t, h.in().AnswerInitiative(ctx, h.member, in.ID, "已经列入下次会议", 900_00, true))
		refused(t, h.in().AnswerInitiative(ctx, h.member, in.ID, "再答复一次", 0, false), problem.Conflict, "page.conflict")
		if now, _ = h.in().Initiative(ctx, in.ID); now.State != models.InitiativeReached {
			t.Error("an answer took it off its way")
		}
		old, err := h.in().ProposeInitiative(ctx, h.resident(2), store.InitiativeDraft{Title: "换一个滑梯", Text: "儿童角的滑梯旧了，请换新的。"})
		must(t, err)
		h.Clock.Add(61 * 24 * time.Hour)
		refused(t, h.in().SupportInitiative(ctx, h.resident(3), old.ID), problem.TooLate, "petition.late")
		if old.On(h.day()) != models.InitiativeExpired {
			t.Error("it has no end")
		}
	})
}

// Questions of representatives, in writing and at a meeting; by them only, and
// not answered by whoever asked.
func TestRepresentativesQuestionTheCommittee(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newHall(t, db, 10)
		_, err := h.in().Interpellate(ctx, h.resident(15), 0, "停车费为什么没有公布？")
		refused(t, err, problem.Forbidden, "policy.forbidden")
		// The role without a mandate in office does not ask either.
		was := officer(t, db, h.c.ID, models.RoleResidentRep, "从前的代表", 0)
		_, err = h.in().Interpellate(ctx, was, 0, "停车费为什么没有公布？")
		refused(t, err, problem.Forbidden, "petition.reps")
		q, err := h.in().Interpellate(ctx, h.reps[0], 0, "停车费为什么没有公布？电话13912345678")
		must(t, err)
		if q.Number == "" || q.DueDay <= h.day() || q.PublicText == q.Question {
			t.Errorf("%+v", q)
		}
		draft, err := h.in().SaveSession(ctx, h.member, 0, store.SessionDraft{Mode: models.ByReps, Title: "居民代表会议", Day: h.day().AddDays(10), Clock: "19:00", Place: "活动室"})
		must(t, err)
		_, err = h.in().Interpellate(ctx, h.reps[0], draft, "还没有召集就提问？")
		refused(t, err, problem.Conflict, "session.notopen")
		s := h.called(models.ByReps, h.matter(resignation()))
		at, err := h.in().Interpellate(ctx, h.reps[1], s, "会上请说明坡道的进度")
		must(t, err)
		v, err := h.in().PublicSession(ctx, s)
		must(t, err)
		if len(v.Asked) != 1 || v.Asked[0].ID != at.ID {
			t.Errorf("%+v", v.Asked)
		}
		refused(t, h.in().AnswerInterpellation(ctx, h.reps[0], q.ID, "我来答复"), problem.Forbidden, "policy.forbidden")
		must(t, h.in().AnswerInterpellation(ctx, h.member, q.ID, "下月起按季度公布"))
		refused(t, h.in().AnswerInterpellation(ctx, h.member, q.ID, "再答复一次"), problem.Conflict, "page.conflict")
		// A member of the committee who is a representative too does not answer themselves.
		own := h.reps[2]
		own = appoint(t, h.DB, own, h.c.ID, models.RoleCommitteeMember, 0)
		mine, err := h.in().Interpellate(ctx, own, 0, "请说明值班安排的情况")
		must(t, err)
		refused(t, h.in().AnswerInterpellation(ctx, own, mine.ID, "自己答复自己"), problem.Forbidden, "policy.inquiry.own")
		all, err := h.in().Interpellations(ctx, 0, 10)
		must(t, err)
		if len(all) != 3 {
			t.Errorf("%d questions", len(all))
		}
	})
}
