package store_test

import (
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

func TestAMatterIsNotPutFromNonsense(t *testing.T) {
	t.Parallel()
	h := newHall(t, storetest.New(t), 4)
	funds := h.decided(models.MatterFunds, 500_00)
	revoke := store.MatterDraft{Class: models.MatterRevoke, Title: "撤销经费决定", Text: "情况有变，撤销原来的决定。", Revokes: funds.Number}
	h.decidedOn(h.matter(revoke))
	before := h.Count(t, "matters")
	two := []store.OptionDraft{{Text: "第一种"}, {Text: "第二种"}}
	for _, c := range []struct {
		field, key string
		change     func(*store.MatterDraft)
	}{
		{"class", "form.choose", func(m *store.MatterDraft) { m.Class = "war" }},
		{"money", "form.money", func(m *store.MatterDraft) { m.MoneyFen = -1 }},
		{"covers", "form.choose", func(m *store.MatterDraft) { m.Class = models.MatterDelegate }}, // powers nobody named
		{"revokes", "decision.number.unknown", func(m *store.MatterDraft) { m.Class, m.Revokes = models.MatterRevoke, "居决〔2026〕99号" }},
		{"revokes", "matter.revokes.gone", func(m *store.MatterDraft) { *m = revoke }}, // a second time
		{"options", "matter.options", func(m *store.MatterDraft) { m.Options, m.Seats = append(two[:1:1], store.OptionDraft{Text: " "}), 1 }},
		{"options", "matter.options", func(m *store.MatterDraft) {
			m.Options, m.Seats = append(two[:1:1], store.OptionDraft{Text: "第二种", CostFen: -1}), 1
		}},
	} {
		m := resignation()
		c.change(&m)
		atField(t, second(h.in().SaveMatter(ctx, h.member, 0, m)), c.field, c.key)
	}
	if n := h.Count(t, "matters"); n != before {
		t.Errorf("%d matters of what was refused", n-before)
	}
	id := h.matter(resignation())
	other := store.MatterDraft{Class: models.MatterFunds, Title: "改作他用", Text: "把辞职的事改成用钱的事。", Reason: "按居民意见修改"}
	refused(t, h.in().ChangeMatter(ctx, h.member, id, other), problem.Conflict, "matter.change.kind") // what was read was another thing
}

func TestACovenantIsForSomething(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.New(t))
	unit, err := d.in().SaveBody(ctx, d.member, 0, store.BodyDraft{Kind: models.BodyUnit, Name: "小学"})
	must(t, err)
	for _, c := range []struct {
		field string
		draft store.CovenantDraft
	}{
		{"body", store.CovenantDraft{Kind: models.CovenantCompound, BodyID: unit}}, // not a compound
		{"body", store.CovenantDraft{Kind: models.CovenantCompound, BodyID: 4711}},
		{"kind", store.CovenantDraft{Kind: "constitution"}},
	} {
		c.draft.Title, c.draft.Text = "楼院公约", "楼道不放电动车，不飞线充电。"
		_, _, err := d.in().DraftCovenant(ctx, d.member, c.draft)
		atField(t, err, c.field, "form.choose")
	}
	if n := d.Count(t, "covenants"); n != 0 {
		t.Errorf("%d covenants of what was refused", n)
	}
}

func TestAProposalNamesWhatItAsksFor(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.New(t))
	for _, c := range []struct {
		field, key string
		change     func(*store.Nominee)
	}{
		{"name", "form.needed", func(n *store.Nominee) { n.Name = " " }},
		{"login_phone", "form.phone.length", func(n *store.Nominee) { n.LoginPhone = "1370000" }},
		{"role", "form.choose", func(n *store.Nominee) { n.Role = models.RoleStreet }}, // the street's own posts
		{"from", "policy.appointment.from", func(n *store.Nominee) { n.From = "" }},
		{"until", "policy.appointment.until", func(n *store.Nominee) { n.Until = n.From.AddDays(-1) }},
		{"decision", "policy.appointment.decision", func(n *store.Nominee) { n.Decision = "" }},
	} {
		n := store.Nominee{LoginPhone: "13700000001", Appointment: models.Appointment{Name: "张三", Role: models.RoleCommitteeMember, From: d.day(), Until: d.day().AddDays(300), Decision: "居决〔2026〕1号"}}
		c.change(&n)
		atField(t, second(d.in().Propose(ctx, d.director, n)), c.field, c.key)
	}
	if n := d.Count(t, "proposals"); n != 0 {
		t.Errorf("%d proposals of what was refused", n)
	}
}
