package store_test

import (
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

func (h *hall) covenant(id models.ID) *store.CovenantView {
	h.t.Helper()
	v, err := h.in().Covenant(ctx, id)
	must(h.t, err)
	return v
}

// A covenant: comments, vote, in force with the words that were voted on, filed
// by the street; the next version supersedes it, a refused one changes nothing.
func TestACovenantFromDraftToFiling(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newHall(t, db, 10)
		d := store.CovenantDraft{Kind: models.CovenantCommunity, Title: "居民公约", Text: "一、垃圾分类。二、晚上十点后不装修。"}
		_, _, err := h.in().DraftCovenant(ctx, h.clerk, d)
		refused(t, err, problem.Forbidden, "policy.forbidden")
		id, m, err := h.in().DraftCovenant(ctx, h.member, d)
		must(t, err)
		if v := h.covenant(id); v.InForce != 0 || v.Matters[m] || v.Versions[0].State != models.CovenantVoting {
			t.Errorf("%+v", v)
		}
		_, _, err = h.in().DraftCovenant(ctx, h.member, store.CovenantDraft{Covenant: id, Text: "另一个版本的文字，也是十个字。"})
		refused(t, err, problem.Conflict, "covenant.onway")
		refused(t, h.in().FileCovenant(ctx, h.street, id, 1, ""), problem.Conflict, "page.conflict") // not in force
		must(t, h.in().StudyMatter(ctx, h.branch(), m, "研究同意提交会议"))
		must(t, h.in().PublishMatter(ctx, h.director, m, h.day().AddDays(5)))
		comment, err := h.in().CommentMatter(ctx, h.resident(3), m, "请加上遛狗牵绳")
		must(t, err)
		change := store.MatterDraft{Class: models.MatterCovenant, Title: "居民公约", Text: "一、垃圾分类。二、晚上十点后不装修。三、遛狗牵绳。", Reason: "按居民意见加第三条"}
		must(t, h.in().ChangeMatter(ctx, h.member, m, change))
		must(t, h.in().AnswerComment(ctx, h.member, comment, "已加上第三条"))
		dec := h.decidedOn(m)
		v := h.covenant(id)
		if x := v.Versions[0]; v.InForce != 1 || x.State != models.CovenantInForce || x.Text != change.Text || x.DecisionID != dec.ID || x.ForceOn != dec.Day || !v.Matters[m] {
			t.Fatalf("%+v", v)
		}
		if len(v.Decisions) != 0 {
			t.Error("a decision that is not on the board is linked")
		}
		h.published(dec)
		if v = h.covenant(id); v.Decisions[dec.ID].Number != dec.Number {
			t.Error("the decision is not linked")
		}
		if rows, err := h.in().UnfiledCovenants(ctx); err != nil || len(rows) != 1 {
			t.Error(rows, err)
		}
		refused(t, h.in().FileCovenant(ctx, h.director, id, 1, ""), problem.Forbidden, "policy.forbidden")
		must(t, h.in().FileCovenant(ctx, h.street, id, 1, "予以备案"))
		refused(t, h.in().FileCovenant(ctx, h.street, id, 1, ""), problem.Conflict, "page.conflict")
		h.secondVersion(id)
		if got := findings(t, db); len(got) > 0 {
			t.Error(got)
		}
	})
}

// secondVersion is refused first, then passed.
func (h *hall) secondVersion(id models.ID) {
	h.t.Helper()
	text := "一、垃圾分类。二、晚上九点后不装修。"
	_, m, err := h.in().DraftCovenant(ctx, h.member, store.CovenantDraft{Covenant: id, Text: text})
	must(h.t, err)
	must(h.t, h.in().StudyMatter(ctx, h.branch(), m, "研究同意提交会议"))
	must(h.t, h.in().PublishMatter(ctx, h.director, m, h.day().AddDays(5)))
	s := h.called(models.ByHouseholds, m)
	lines, err := h.in().FindLines(ctx, h.member, s, "")
	must(h.t, err)
	for _, v := range lines {
		must(h.t, h.in().CheckInAtDesk(ctx, h.member, s, v.ID, 0))
	}
	if d := h.voted(s, 0, map[string]int{"yes": 10, "no": 10}); d != nil {
		h.t.Error("exactly half carried it")
	}
	if v := h.covenant(id); v.InForce != 1 || v.Versions[0].State != models.CovenantFailed || v.Versions[1].State != models.CovenantInForce {
		h.t.Errorf("%+v", v.Versions)
	}
	_, m, err = h.in().DraftCovenant(ctx, h.member, store.CovenantDraft{Covenant: id, Text: text})
	must(h.t, err)
	must(h.t, h.in().StudyMatter(ctx, h.branch(), m, "研究同意提交会议"))
	must(h.t, h.in().PublishMatter(ctx, h.director, m, h.day().AddDays(5)))
	h.decidedOn(m)
	if v := h.covenant(id); v.InForce != 3 || v.Versions[0].State != models.CovenantInForce || v.Versions[2].State != models.CovenantSuperseded {
		h.t.Errorf("%d %+v", v.InForce, v.Versions)
	}
}

// A compound: its own households elect its board, decide its own matters only,
// and its decisions stand on its own board.
func TestACompoundDecidesItsOwnMatters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newHall(t, db, 10)
		h.neighbours("第9组", 4) // lives elsewhere
		yard, err := h.in().SaveBody(ctx, h.member, 0, store.BodyDraft{Kind: models.BodyCompound, Name: "一区楼院协商管理会", Seats: 3, Buildings: []models.ID{h.building("第1组")}})
		must(t, err)
		v := h.opened(yard, models.SitsMember, 3)
		if v.Entitled != 20 {
			t.Fatalf("%d households", v.Entitled)
		}
		refused(t, h.in().AddBodyCandidate(ctx, h.member, v.ID, h.stranger()), problem.Conflict, "policy.stand.group")
		for _, p := range h.people[:3] {
			must(t, h.in().AddBodyCandidate(ctx, h.member, v.ID, p))
		}
		view := h.vote(v.ID)
		h.took(view, 15)
		counts := map[models.ID]int{}
		for _, c := range view.Candidates {
			counts[c.ID] = 15
		}
		must(t, h.in().CountBodyVote(ctx, h.member, v.ID, counts, 0))
		must(t, second(h.in().ConfirmBodyVote(ctx, h.director, v.ID)))
		_, m, err := h.in().DraftCovenant(ctx, h.member, store.CovenantDraft{Kind: models.CovenantCompound, BodyID: yard, Title: "楼院公约", Text: "楼道不放电动车，不飞线充电。"})
		must(t, err)
		must(t, h.in().PublishMatter(ctx, h.director, m, h.day().AddDays(5)))
		all, err := h.in().SaveSession(ctx, h.member, 0, store.SessionDraft{Mode: models.ByHouseholds, Title: "居民会议", Day: h.day().AddDays(10), Clock: "19:00", Place: "活动室"})
		must(t, err)
		refused(t, h.in().AddItem(ctx, h.member, all, m), problem.Conflict, "policy.matter.compound")
		s, err := h.in().SaveSession(ctx, h.member, 0, store.SessionDraft{Mode: models.ByGroup, BodyID: yard, Title: "一区楼院会议", Day: h.day().AddDays(10), Clock: "19:00", Place: "院子里"})
		must(t, err)
		refused(t, h.in().AddItem(ctx, h.member, s, h.matter(resignation())), problem.Conflict, "policy.matter.compound")
		other, err := h.in().SaveBody(ctx, h.member, 0, store.BodyDraft{Kind: models.BodyCompound, Name: "二区楼院协商管理会", Seats: 3, Buildings: []models.ID{h.building("第9组")}})
		must(t, err)
		_, theirs, err := h.in().DraftCovenant(ctx, h.member, store.CovenantDraft{Kind: models.CovenantCompound, BodyID: other, Title: "二区楼院公约", Text: "楼道不放电动车，不飞线充电。"})
		must(t, err)
		must(t, h.in().PublishMatter(ctx, h.director, theirs, h.day().AddDays(5)))
		refused(t, h.in().AddItem(ctx, h.member, s, theirs), problem.Conflict, "policy.matter.compound")
		must(t, h.in().AddItem(ctx, h.member, s, m))
		must(t, h.in().CallSession(ctx, h.director, s))
		h.Clock.Add(10 * 24 * time.Hour)
		must(t, h.in().OpenSession(ctx, h.member, s))
		if x := h.session(s); x.Entitled != 20 || x.Needed != 11 {
			t.Fatalf("%+v", x.AssemblySession)
		}
		lines, err := h.in().FindLines(ctx, h.member, s, "")
		must(t, err)
		for i, x := range lines[:11] {
			if i == 10 {
				refused(t, h.in().OpenVote(ctx, h.member, h.session(s).Items[0].ID), problem.TooEarly, "policy.vote.quorum")
			}
			must(t, h.in().CheckInAtDesk(ctx, h.member, s, x.ID, 0))
		}
		d := h.voted(s, 0, map[string]int{"yes": 6, "no": 5})
		if d == nil || d.BodyID != yard || d.QuorumArticle != "art27_analogy" {
			t.Fatalf("%+v", d)
		}
		h.published(d)
		board, _, err := h.in().Decisions(ctx, store.DecisionFilter{Body: yard, Public: true, Limit: 9})
		must(t, err)
		if len(board) != 1 {
			t.Errorf("%d decisions on its board", len(board))
		}
	})
}

// stranger is somebody of another group.
func (h *hall) stranger() models.ID {
	h.t.Helper()
	found, err := h.in().FindResidents(ctx, h.director, "居民900")
	must(h.t, err)
	if len(found) == 0 {
		h.t.Fatal("nobody lives elsewhere")
	}
	return found[0].ID
}

// A joint meeting decides when all parties agree, on the estate's board; a unit
// promises two things a year; an owners' committee announces its meeting and
// hears the committee's opinion once.
func TestPartiesOfAnEstate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newHall(t, db, 10)
		ids := map[models.BodyKind]models.ID{}
		for kind, name := range map[models.BodyKind]string{models.BodyOwners: "业主委员会", models.BodyProperty: "物业公司", models.BodyUnit: "小学"} {
			id, err := h.in().SaveBody(ctx, h.member, 0, store.BodyDraft{Kind: kind, Name: name})
			must(t, err)
			ids[kind] = id
		}
		d := store.JointDraft{BodyID: ids[models.BodyProperty], Title: "夜间停车怎么管", Day: h.day(), Place: "活动室", Agenda: "消防通道夜间被占", Outcome: "划黄线，物业夜里巡查三次。",
			Parties: []models.JointParty{{Name: "居委会", Delegate: "林梅庆", Agreed: true}, {BodyID: ids[models.BodyOwners], Delegate: "方卫", Agreed: true}}}
		_, err := h.in().HoldJoint(ctx, h.clerk, d)
		refused(t, err, problem.Forbidden, "policy.forbidden")
		one := d
		one.Parties = d.Parties[:1:1]
		_, err = h.in().HoldJoint(ctx, h.member, one)
		atField(t, err, "parties", "joint.parties")
		against := d
		against.Parties = []models.JointParty{{Name: "居委会", Delegate: "林梅庆", Agreed: true}, {BodyID: ids[models.BodyOwners], Delegate: "方卫"}}
		m, err := h.in().HoldJoint(ctx, h.member, against)
		must(t, err)
		if m.DecisionID != 0 {
			t.Error("decided against a party")
		}
		m, err = h.in().HoldJoint(ctx, h.member, d)
		must(t, err)
		dec, err := h.in().Decision(ctx, m.DecisionID)
		must(t, err)
		if dec.Class != models.MatterJoint || dec.BodyID != ids[models.BodyProperty] {
			t.Errorf("%+v", dec)
		}
		h.published(dec)
		h.promises(ids[models.BodyUnit])
		h.announces(ids[models.BodyOwners])
	})
}

func (h *hall) promises(unit models.ID) {
	h.t.Helper()
	t, year := h.t, h.day().Time().Year()
	p := models.CobuildPledge{BodyID: unit, Year: year, Title: "操场夜间开放", DueDay: h.day().AddDays(20)}
	refused(t, h.in().PledgeCobuild(ctx, h.clerk, p), problem.Forbidden, "policy.forbidden")
	for _, title := range []string{"操场夜间开放", "每学期体检一次"} {
		p.Title = title
		must(t, h.in().PledgeCobuild(ctx, h.member, p))
	}
	p.Title = "第三件实事"
	refused(t, h.in().PledgeCobuild(ctx, h.member, p), problem.Conflict, "cobuild.enough")
	rows, err := h.in().Cobuilds(ctx, year)
	must(t, err)
	must(t, h.in().MoveCobuild(ctx, h.member, rows[0].ID, models.CobuildDoing, ""))
	must(t, h.in().MoveCobuild(ctx, h.member, rows[0].ID, models.CobuildDone, "验收过了"))
	refused(t, h.in().MoveCobuild(ctx, h.member, rows[0].ID, models.CobuildDropped, "又不做了"), problem.Conflict, "page.conflict")
	atField(t, h.in().MoveCobuild(ctx, h.member, rows[1].ID, models.CobuildDropped, ""), "state", "form.choose")
	must(t, h.in().MoveCobuild(ctx, h.member, rows[1].ID, models.CobuildDropped, "场地改建"))
	must(t, h.in().PledgeCobuild(ctx, h.member, p)) // one that was dropped leaves room
}

func (h *hall) announces(owners models.ID) {
	h.t.Helper()
	t := h.t
	n := models.OwnersNotice{BodyID: owners, MeetingDay: h.day().AddDays(20), Place: "院子里", Agenda: "选聘物业服务企业"}
	_, err := h.in().AnnounceOwners(ctx, h.resident(3), n)
	refused(t, err, problem.Forbidden, "policy.forbidden")
	id, err := h.in().AnnounceOwners(ctx, h.member, n)
	must(t, err)
	must(t, h.in().OpineOwners(ctx, h.member, id, "建议先公布比选办法"))
	refused(t, h.in().OpineOwners(ctx, h.member, id, "再提一次意见"), problem.Conflict, "page.conflict")
}
