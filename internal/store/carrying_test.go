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

func taskDraft(day models.Date) store.TaskDraft {
	return store.TaskDraft{Title: "更换防水层", Person: "方小云", DueDay: day.AddDays(30)}
}

// decided brings a matter of the class through a meeting of all households,
// which may decide everything, and returns the decision.
func (h *hall) decided(class models.MatterClass, money models.Fen) *models.Decision {
	h.t.Helper()
	return h.decidedOn(h.matter(store.MatterDraft{Class: class, Title: "关于" + string(class) + "的事项", Text: "具体做法和预算写在这里，请审议。", MoneyFen: money}))
}

func (h *hall) decidedOn(matter models.ID) *models.Decision {
	h.t.Helper()
	s := h.called(models.ByHouseholds, matter)
	lines, err := h.in().FindLines(ctx, h.member, s, "")
	must(h.t, err)
	for _, v := range lines {
		must(h.t, h.in().CheckInAtDesk(ctx, h.member, s, v.ID, 0))
	}
	d := h.voted(s, 0, map[string]int{"yes": len(lines)})
	must(h.t, h.in().CloseSession(ctx, h.member, s, "会议审议通过了事项，表决公开。"))
	return d
}

// voted opens the vote on an item, has everybody who is there vote on paper, and
// closes it.
func (h *hall) voted(s models.ID, item int, counts map[string]int) *models.Decision {
	h.t.Helper()
	i := h.session(s).Items[item].ID
	must(h.t, h.in().OpenVote(ctx, h.member, i))
	_, err := h.in().GivePaper(ctx, h.member, i, nil, "paper")
	must(h.t, err)
	must(h.t, h.in().CountPaper(ctx, h.member, i, counts))
	d, err := h.in().CloseVote(ctx, h.member, i)
	must(h.t, err)
	return d
}

// fields tells whether an error stands at a field.
func atField(t testing.TB, err error, field, key string) {
	t.Helper()
	if p := problem.As(err); p == nil || p.Fields[field].Key != key {
		t.Errorf("%v, want %s at %s", err, key, field)
	}
}

// Rule 13 and the seed's six matters: contracts, collections and lines of the
// books of such a class are refused without the number of their decision, under
// another class's, above its money, and after it was taken back.
func TestMajorMoneyAsksForItsDecision(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newHall(t, db, 10)
		funds, project := h.decided(models.MatterFunds, 500_00), h.decided(models.MatterProject, 900_00)
		contract := store.ContractDraft{Class: models.MatterProject, Title: "屋面防水", Party: "防水公司", AmountFen: 600_00, From: h.day(), Until: h.day().AddDays(90)}
		for number, key := range map[string]string{"": "decision.needed", "没有这一号": "decision.number.unknown", funds.Number: "decision.class.other"} {
			contract.Decision = number
			_, err := h.in().AddContract(ctx, h.member, contract)
			atField(t, err, "decision", key)
		}
		contract.Decision = project.Number
		must(t, second(h.in().AddContract(ctx, h.member, contract)))
		contract.AmountFen = 300_01
		_, err := h.in().AddContract(ctx, h.member, contract)
		atField(t, err, "amount", "decision.money.over")
		contract.AmountFen = 300_00
		must(t, second(h.in().AddContract(ctx, h.member, contract)))
		h.collects(funds, project)
		h.books(funds)
		// The decision is taken back: nothing more is carried out under it.
		back := store.MatterDraft{Class: models.MatterRevoke, Title: "撤销经费决定", Text: "情况有变，撤销原来的决定。", Revokes: " " + funds.Number}
		h.decidedOn(h.matter(back))
		_, err = h.in().OpenFundraising(ctx, h.member, h.fund(1), funds.Number)
		atField(t, err, "decision", "decision.class.other")
		_, err = h.in().AddTask(ctx, h.member, funds.ID, taskDraft(h.day()))
		refused(t, err, problem.Conflict, "decision.revoked.already")
		if got := findings(t, db); len(got) > 0 {
			t.Error(got)
		}
	})
}

func (h *hall) fund(target models.Fen) models.Fundraising {
	return models.Fundraising{Title: "修路灯的钱", Purpose: "给没有路灯的小路装灯，多退少补。", TargetFen: target, From: h.day(), Until: h.day().AddDays(30)}
}

// collects: money is raised under its decision only, voluntarily, each gift with
// a receipt of its own, and accounted for at the end.
func (h *hall) collects(funds, project *models.Decision) {
	h.t.Helper()
	t := h.t
	for number, key := range map[string]string{"": "decision.needed", project.Number: "decision.class.other"} {
		_, err := h.in().OpenFundraising(ctx, h.member, h.fund(100_00), number)
		atField(t, err, "decision", key)
	}
	_, err := h.in().OpenFundraising(ctx, h.member, h.fund(500_01), funds.Number)
	atField(t, err, "target", "decision.money.over")
	id, err := h.in().OpenFundraising(ctx, h.member, h.fund(400_00), funds.Number)
	must(t, err)
	_, err = h.in().OpenFundraising(ctx, h.member, h.fund(100_01), funds.Number) // both together
	atField(t, err, "target", "decision.money.over")
	gift := models.Gift{FundraisingID: id, Receipt: "0001", Name: "王先生", AmountFen: 20_00, Day: h.day()}
	refused(t, h.in().RecordGift(ctx, h.resident(15), gift), problem.Forbidden, "policy.forbidden")
	must(t, h.in().RecordGift(ctx, h.member, gift))
	atField(t, h.in().RecordGift(ctx, h.member, gift), "receipt", "fundraising.receipt")
	gift.Receipt, gift.Day = "0002", h.day().AddDays(1)
	atField(t, h.in().RecordGift(ctx, h.member, gift), "day", "fundraising.day")
	gift.Day, gift.AmountFen = h.day(), 0
	atField(t, h.in().RecordGift(ctx, h.member, gift), "amount", "form.money")
	gift.AmountFen = 5_00
	must(t, h.in().RecordGift(ctx, h.member, gift))
	v, err := h.in().Fundraising(ctx, id)
	must(t, err)
	if v.RaisedFen != 25_00 || v.Gifts != 2 || len(v.List) != 2 {
		t.Errorf("%+v", v.Fundraising)
	}
	must(t, h.in().CloseFundraising(ctx, h.member, id, "共收 25.00 元，用于路灯，余额转下年。"))
	refused(t, h.in().CloseFundraising(ctx, h.member, id, "再结一次账，没有用。"), problem.Conflict, "page.conflict")
	gift.Receipt = "0003"
	refused(t, h.in().RecordGift(ctx, h.member, gift), problem.Conflict, "page.conflict")
}

// books: once the community names a category, the clerk does not sign a month
// with such money and no decision, nor with more than was decided; afterwards
// the public line tells the number.
func (h *hall) books(funds *models.Decision) {
	h.t.Helper()
	t, month := h.t, models.Month("2026-12")
	rule := models.MoneyRule{Word: "公益事业", Class: models.MatterFunds, FromFen: 100_00, FromDay: "2026-12-01"}
	refused(t, h.in().AddMoneyRule(ctx, h.member, rule), problem.Forbidden, "policy.forbidden")
	wrong := rule
	wrong.Class = models.MatterResignation
	atField(t, h.in().AddMoneyRule(ctx, h.director, wrong), "class", "form.choose")
	must(t, h.in().AddMoneyRule(ctx, h.director, rule))
	h.Clock.Add(40 * 24 * time.Hour)
	m := h.bringIn("12.csv", book(month, 1000_00, "03,记-1,路灯,公益事业,工作经费,,99.99,,", "05,记-2,坡道,公益事业,工作经费,,100.00,,", "06,记-3,凉亭,公益事业,工作经费,,400.00,,"), "")[0]
	open, err := h.in().UndecidedEntries(ctx, m.ID)
	must(t, err)
	if len(open) != 2 { // 99.99 is under the rule, 100.00 is not
		t.Fatalf("%d lines ask for a decision", len(open))
	}
	refused(t, second(h.in().SignAccount(ctx, h.clerk, m.ID, m.Round, models.StepClerk)), problem.Conflict, "ledger.decision.missing")
	refused(t, h.in().NameDecision(ctx, h.member, open[0].ID, funds.Number), problem.Forbidden, "policy.forbidden")
	atField(t, h.in().NameDecision(ctx, h.clerk, open[0].ID, ""), "decision", "decision.needed")
	for _, e := range open {
		must(t, h.in().NameDecision(ctx, h.clerk, e.ID, funds.Number))
	}
	m = h.latest()
	h.publish(m) // 500.00 of 500.00
	refused(t, h.in().NameDecision(ctx, h.clerk, open[0].ID, funds.Number), problem.Conflict, "page.conflict")
	line, err := h.in().PublicLine(ctx, month, 0, open[0].Line)
	must(t, err)
	if line.Decision == nil || line.Decision.Number != funds.Number {
		t.Errorf("the public line tells %v", line.Decision)
	}
	line, err = h.in().PublicLine(ctx, month, 0, 1)
	must(t, err)
	if line.Decision != nil {
		t.Error("a line without a decision tells one")
	}
	if !policy.CoversMoney(*funds, 500_00, 0) {
		t.Error("money")
	}
}

// A task has its decision, its money stays within it, and the result is told
// when nothing is open any more.
func TestADecisionIsCarriedOut(t *testing.T) {
	db := storetest.New(t)
	h := newHall(t, db, 10)
	d := h.decided(models.MatterFunds, 300_00)
	_, err := h.in().AddTask(ctx, h.member, 4711, taskDraft(h.day()))
	refused(t, err, problem.NotFound, "page.notfound")
	_, err = h.in().AddTask(ctx, h.resident(15), d.ID, taskDraft(h.day()))
	refused(t, err, problem.Forbidden, "policy.forbidden")
	draft := taskDraft(h.day())
	draft.BudgetFen = 300_01
	_, err = h.in().AddTask(ctx, h.member, d.ID, draft)
	atField(t, err, "budget", "task.budget")
	draft.BudgetFen = 200_00
	id, err := h.in().AddTask(ctx, h.member, d.ID, draft)
	must(t, err)
	draft.BudgetFen = 100_01
	_, err = h.in().AddTask(ctx, h.member, d.ID, draft)
	atField(t, err, "budget", "task.budget")
	draft.DueDay = d.Day.AddDays(-1)
	_, err = h.in().AddTask(ctx, h.member, d.ID, draft)
	atField(t, err, "due", "task.due")
	refused(t, h.in().FinishDecision(ctx, h.member, d.ID, "都办好了，谢谢大家。"), problem.Conflict, "task.open")
	must(t, h.in().ReportTask(ctx, h.member, id, 40, "施工队进场，第3幢完成"))
	must(t, h.in().ReportTask(ctx, h.member, id, 100, "三幢都完成，已经验收"))
	refused(t, h.in().ReportTask(ctx, h.member, id, 50, "又退回去一半"), problem.Conflict, "page.conflict")
	must(t, h.in().FinishDecision(ctx, h.member, d.ID, "都办好了，谢谢大家。"))
	refused(t, h.in().FinishDecision(ctx, h.member, d.ID, "再公布一次结果。"), problem.Conflict, "page.conflict")
	c, err := h.in().CarryingOf(ctx, d.ID)
	must(t, err)
	if len(c.Tasks) != 1 || c.Tasks[0].State != models.TaskDone || len(c.Tasks[0].Reports) != 2 {
		t.Errorf("%+v", c.Tasks)
	}
	// Challenged in court (art. 40): noted beside it, the words stay.
	must(t, h.in().NoteDecision(ctx, h.member, d.ID, models.NoteChallenged, "居民向法院申请撤销"))
	refused(t, h.in().NoteDecision(ctx, h.member, d.ID, models.NoteOrdered, "责令改正这一条"), problem.Forbidden, "policy.forbidden")
	must(t, h.in().NoteDecision(ctx, h.street, d.ID, models.NoteOrdered, "责令改正这一条"))
	now, err := h.in().Decision(ctx, d.ID)
	must(t, err)
	if now.Text != d.Text || string(now.Fingerprint) != string(d.Fingerprint) {
		t.Error("a note changed the decision")
	}
}
