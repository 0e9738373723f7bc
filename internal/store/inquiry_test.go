package store_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// askDesk is a published month and somebody who asks about its second line.
type askDesk struct {
	*desk
	asker models.Actor
	month *models.AccountMonth
	line  models.AccountEntry
}

func newAskDesk(t testing.TB, db *storetest.DB) *askDesk {
	t.Helper()
	d := &askDesk{desk: newDesk(t, db)}
	d.month = d.publish(d.month10())
	lines, err := d.in().AccountEntries(ctx, d.month.ID)
	must(t, err)
	d.line = lines[1]
	u, err := db.EnsureUser(ctx, storetest.System, "13700000001", "")
	must(t, err)
	d.asker = models.Actor{UserID: u.ID}
	return d
}

func (d *desk) month10() models.AccountMonth { return d.month("2026-10", 100000) }

func (d *askDesk) ask(text string) *models.Inquiry {
	d.t.Helper()
	in, err := d.in().Ask(ctx, d.asker, store.Question{Account: d.month.ID, Entry: d.line.ID, Text: text})
	must(d.t, err)
	return in
}

func (d *askDesk) read(id models.ID) *store.PublicInquiry {
	d.t.Helper()
	in, err := d.in().PublicInquiry(ctx, id)
	must(d.t, err)
	return in
}

// letters are the keys in a person's inbox, the newest first.
func (d *askDesk) letters(a models.Actor) string {
	d.t.Helper()
	all, _, err := d.Inbox(ctx, a.UserID, 0)
	must(d.t, err)
	var keys []string
	for _, l := range all {
		keys = append(keys, l.Text.Key)
	}
	return strings.Join(keys, " ")
}

func (d *askDesk) to(day models.Date) { d.Clock.Set(day.Time().Add(10 * time.Hour)) }

func TestQuestionIsAnsweredBesideItsLine(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newAskDesk(t, db)
		in := d.ask("打印纸是谁买的？我是3号楼2单元501的张三先生，电话13812345678，身份证11010519491231002X")
		if in.State != models.InquiryOpen || in.DueDay != "2026-12-08" || !strings.Contains(in.Number, "居财询〔2026〕1号") {
			t.Errorf("%+v", in)
		}
		line, err := d.in().PublicLine(ctx, "2026-10", 0, 2)
		must(t, err)
		if len(line.Questions) != 1 || !line.Questions[0].Waiting || line.Questions[0].Overdue || line.Questions[0].Line != 2 {
			t.Fatalf("%+v", line.Questions)
		}
		for _, secret := range []string{"13812345678", "11010519491231002X", "张三", "501"} {
			if strings.Contains(line.Questions[0].Text, secret) {
				t.Errorf("the public reads %s: %s", secret, line.Questions[0].Text)
			}
		}
		if !strings.Contains(line.Questions[0].Text, "打印纸是谁买的") {
			t.Errorf("too much hidden: %s", line.Questions[0].Text)
		}
		must(t, d.in().AnswerInquiry(ctx, d.clerk, in.ID, "给办事大厅买的，经办郭珍，电话010-66668888"))
		got := d.read(in.ID)
		if got.State != models.InquiryAnswered || got.By != models.RoleClerk || strings.Contains(got.Answer, "66668888") || got.Waiting {
			t.Errorf("%+v", got)
		}
		if !strings.HasPrefix(d.letters(d.asker), "inquiry.tell.answered") || !strings.HasPrefix(d.letters(d.clerk), "inquiry.tell.asked") {
			t.Errorf("%s / %s", d.letters(d.asker), d.letters(d.clerk))
		}
		refused(t, d.in().AnswerInquiry(ctx, d.director, in.ID, "再答一次看看"), problem.Conflict, "policy.state")
		if bad := d.verify(); len(bad) > 0 {
			t.Error(bad)
		}
	})
}

func TestQuestionsThatAreRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newAskDesk(t, db)
		ask := func(a models.Actor, account, entry models.ID, text string) error {
			_, err := d.in().Ask(ctx, a, store.Question{Account: account, Entry: entry, Text: text})
			return err
		}
		refused(t, ask(models.Actor{}, d.month.ID, d.line.ID, "谁买的这些纸"), problem.Unauthorized, "policy.login")
		refused(t, ask(d.asker, 99, 0, "谁买的这些纸"), problem.NotFound, "page.notfound")
		refused(t, ask(d.asker, d.month.ID, 99, "谁买的这些纸"), problem.NotFound, "page.notfound")
		draft := d.month_("2026-11", 115000)
		lines, err := d.in().AccountEntries(ctx, draft.ID)
		must(t, err)
		refused(t, ask(d.asker, draft.ID, lines[0].ID, "谁买的这些纸"), problem.NotFound, "page.notfound")
		refused(t, ask(d.asker, d.month.ID, lines[0].ID, "谁买的这些纸"), problem.NotFound, "page.notfound")
		for _, short := range []string{"", "    ", "为什么"} {
			if p := problem.As(ask(d.asker, d.month.ID, 0, short)); p == nil || p.Fields["question"].Key != "inquiry.short" {
				t.Errorf("%q: %v", short, p)
			}
		}
		if p := problem.As(ask(d.asker, d.month.ID, 0, strings.Repeat("问", 501))); p == nil || p.Fields["question"].Key != "form.toolong" {
			t.Error(p)
		}
		other := newDeskIn(t, db, db.Community(t, "other"))
		_, err = other.in().Ask(ctx, d.asker, store.Question{Account: d.month.ID, Text: "谁买的这些纸"})
		refused(t, err, problem.NotFound, "page.notfound")
		in := d.ask("谁买的这些纸")
		for name, act := range map[string]error{
			"read":    func() error { _, err := other.in().PublicInquiry(ctx, in.ID); return err }(),
			"answer":  other.in().AnswerInquiry(ctx, other.clerk, in.ID, "是我买的纸"),
			"forward": other.in().ForwardInquiry(ctx, other.supervisor, in.ID),
			"report":  other.in().ReportInquiry(ctx, d.asker, in.ID, "没有人答复我"),
		} {
			if !problem.Is(act, problem.NotFound) {
				t.Errorf("%s in another community: %v", name, act)
			}
		}
	})
}

// month_ is a month two months after the first, for a draft that nobody may
// see: the test's clock goes to the month's end.
func (d *askDesk) month_(m models.Month, opening models.Fen) models.AccountMonth {
	d.t.Helper()
	d.Clock.Set(m.Last().Time().Add(34 * time.Hour))
	return d.desk.month(m, opening)
}

func TestTheSameQuestionTwiceIsOneAndManyAreTooMany(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newAskDesk(t, db)
		first := d.ask("谁买的这些纸")
		if again := d.ask("谁买的这些纸"); again.ID != first.ID {
			t.Error("a form sent twice asked twice")
		}
		for i := range 4 {
			d.ask("谁买的这些纸" + strings.Repeat("？", i+1))
		}
		_, err := d.in().Ask(ctx, d.asker, store.Question{Account: d.month.ID, Entry: d.line.ID, Text: "第六个问题"})
		if !problem.Is(err, problem.TooMany) {
			t.Errorf("sixth of a day: %v", err)
		}
		d.Clock.Add(25 * time.Hour)
		d.ask("第六个问题")
	})
}

func TestWhoMayNotAnswer(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newAskDesk(t, db)
		in := d.ask("谁买的这些纸")
		refused(t, d.in().AnswerInquiry(ctx, d.member, in.ID, "是办公用纸"), problem.Forbidden, "policy.forbidden")
		refused(t, d.in().AnswerInquiry(ctx, d.supervisor, in.ID, "是办公用纸"), problem.Forbidden, "policy.forbidden")
		refused(t, d.in().AnswerInquiry(ctx, d.asker, in.ID, "是办公用纸"), problem.Forbidden, "policy.forbidden")
		own, err := d.in().Ask(ctx, d.clerk, store.Question{Account: d.month.ID, Entry: d.line.ID, Text: "谁买的这些纸"})
		must(t, err)
		refused(t, d.in().AnswerInquiry(ctx, d.clerk, own.ID, "是办公用纸"), problem.Forbidden, "policy.inquiry.own")
		// Rule 10: whoever keeps the machine answers nothing, whatever else they are.
		machinist := appoint(t, db, d.clerk, d.c.StreetID, models.RoleAdmin, 0)
		refused(t, d.in().AnswerInquiry(ctx, machinist, in.ID, "是办公用纸"), problem.Forbidden, "policy.forbidden")
		if p := problem.As(d.in().AnswerInquiry(ctx, d.director, in.ID, "纸")); p == nil || p.Fields["answer"].Key != "policy.reason" {
			t.Error(p)
		}
	})
}

// The due day itself is in time; the day after, the question is overdue for
// every reader, announced or not, and the street is open.
func TestOverdueFromTheDayAfterTheDueDay(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newAskDesk(t, db)
		in := d.ask("谁买的这些纸")
		announce := func() int {
			t.Helper()
			n, err := db.AnnounceOverdue(ctx, db.Now())
			must(t, err)
			return n
		}
		d.to(in.DueDay)
		refused(t, d.in().ReportInquiry(ctx, d.asker, in.ID, "没有人答复我"), problem.TooEarly, "policy.inquiry.early")
		if got := d.read(in.ID); got.Overdue || got.Street || announce() != 0 {
			t.Errorf("on the due day: %+v", got)
		}
		d.to(in.DueDay.AddDays(1))
		if got := d.read(in.ID); !got.Overdue || !got.Street || got.State != models.InquiryOpen {
			t.Errorf("the day after: %+v", got)
		}
		if n, again := announce(), announce(); n != 1 || again != 0 {
			t.Errorf("announced %d, then %d", n, again)
		}
		second := db.Second(t)
		must(t, second.Load(ctx))
		if n, err := second.AnnounceOverdue(ctx, db.Now()); n != 0 || err != nil {
			t.Errorf("another process announced %d %v", n, err)
		}
		if got := d.read(in.ID); got.State != models.InquiryForwarded || got.ForwardedAt == nil {
			t.Errorf("%+v", got)
		}
		if d.letters(d.supervisor) != "inquiry.tell.forwarded" && !strings.HasPrefix(d.letters(d.supervisor), "inquiry.tell.forwarded ") {
			t.Errorf("supervisor: %s", d.letters(d.supervisor))
		}
		if !strings.HasPrefix(d.letters(d.asker), "inquiry.tell.overdue") {
			t.Errorf("asker: %s", d.letters(d.asker))
		}
		must(t, d.in().AnswerInquiry(ctx, d.director, in.ID, "是办公用纸"))
		if got := d.read(in.ID); !got.Overdue || got.Waiting {
			t.Errorf("answered late: %+v", got)
		}
	})
}

func TestReportedToTheStreetWhichOrders(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newAskDesk(t, db)
		in := d.ask("谁买的这些纸")
		must(t, d.in().AnswerInquiry(ctx, d.clerk, in.ID, "是办公用纸"))
		stranger := officer(t, db, d.c.ID, models.RoleResidentRep, "x", 0)
		refused(t, d.in().ReportInquiry(ctx, stranger, in.ID, "没有说清楚"), problem.Forbidden, "policy.inquiry.asker")
		refused(t, d.in().ReportInquiry(ctx, d.asker, in.ID, "不"), problem.Invalid, "policy.reason")
		refused(t, d.in().OrderInquiry(ctx, d.street, in.ID, "公布发票"), problem.Conflict, "policy.state")
		must(t, d.in().ReportInquiry(ctx, d.asker, in.ID, "没有说清楚"))
		refused(t, d.in().ReportInquiry(ctx, d.asker, in.ID, "没有说清楚"), problem.Conflict, "policy.inquiry.reported")
		if !strings.HasPrefix(d.letters(d.street), "inquiry.tell.street") {
			t.Errorf("street: %s", d.letters(d.street))
		}
		refused(t, d.in().OrderInquiry(ctx, d.director, in.ID, "公布发票"), problem.Forbidden, "policy.forbidden")
		both := officer(t, db, d.c.StreetID, models.RoleStreet, "y", 0)
		refused(t, d.in().OrderInquiry(ctx, appoint(t, db, both, d.c.StreetID, models.RoleAdmin, 0), in.ID, "公布发票"), problem.Forbidden, "policy.forbidden")
		must(t, d.in().OrderInquiry(ctx, d.street, in.ID, "三天内公布发票，联系 13800001111"))
		refused(t, d.in().OrderInquiry(ctx, d.street, in.ID, "公布发票"), problem.Conflict, "policy.inquiry.ordered")
		got := d.read(in.ID)
		if got.OrderedAt == nil || !strings.Contains(got.Order, "公布发票") || strings.Contains(got.Order, "13800001111") {
			t.Errorf("%+v", got)
		}
		if !strings.HasPrefix(d.letters(d.asker), "inquiry.tell.ordered") || !strings.HasPrefix(d.letters(d.director), "inquiry.tell.ordered") {
			t.Errorf("%s / %s", d.letters(d.asker), d.letters(d.director))
		}
		must(t, d.in().AnswerInquiry(ctx, d.director, in.ID, "发票已经附在后面"))
		if got := d.read(in.ID); got.Answer != "是办公用纸\n\n发票已经附在后面" || got.State != models.InquiryReported {
			t.Errorf("the first answer stays: %+v", got)
		}
		must(t, d.in().CloseInquiry(ctx, d.street, in.ID, "发票已公布"))
		refused(t, d.in().AnswerInquiry(ctx, d.director, in.ID, "还有一句话"), problem.Conflict, "policy.state")
		if bad := d.verify(); len(bad) > 0 {
			t.Error(bad)
		}
	})
}

func TestOfficersCoverWhatTheMaskCannotKnow(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newAskDesk(t, db)
		in := d.ask("阿毛家门口的灯是这笔钱修的吗")
		for _, passage := range []string{"毛", "不在这里", strings.Repeat("阿毛", 20)} {
			if p := problem.As(d.in().HideWords(ctx, d.clerk, in.ID, []string{passage})); p == nil || p.Fields["passages"].Key != "inquiry.hide.none" {
				t.Errorf("%s: %v", passage, p)
			}
		}
		refused(t, d.in().HideWords(ctx, d.member, in.ID, []string{"阿毛"}), problem.Forbidden, "policy.forbidden")
		must(t, d.in().HideWords(ctx, d.clerk, in.ID, []string{"阿毛"}))
		if got := d.read(in.ID); got.Text != "***家门口的灯是这笔钱修的吗" {
			t.Errorf("%q", got.Text)
		}
		full, err := d.in().Inquiry(ctx, in.ID)
		must(t, err)
		if full.Question != "阿毛家门口的灯是这笔钱修的吗" {
			t.Error("what was asked is kept inside")
		}
	})
}

// A question stays beside its line when the month is corrected.
func TestQuestionStaysWithItsLineAfterACorrection(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newAskDesk(t, db)
		in := d.ask("谁买的这些纸")
		drafts := d.bringIn("c.csv", book("2026-10", 100000, "02,记-0,卖废纸,其他收入,工作经费,5.00,,,", "03,记-1,财政拨款,财政拨款,工作经费,200.00,,,", "05,记-2,打印纸三箱,办公费,工作经费,,55.00,送到门岗,"), "少记了一笔收入")
		d.publish(drafts[0])
		now, err := d.in().PublicLine(ctx, "2026-10", 0, 3)
		must(t, err)
		if now.Entry.Change != models.ChangeEdited || now.Was == nil || now.Was.Purpose != "打印纸" || len(now.Questions) != 1 || now.Questions[0].ID != in.ID {
			t.Errorf("%+v", now)
		}
		old, err := d.in().PublicLine(ctx, "2026-10", 1, 2)
		must(t, err)
		if len(old.Questions) != 1 || old.Account.State != models.AccountSuperseded {
			t.Errorf("%+v", old)
		}
		first, err := d.in().PublicLine(ctx, "2026-10", 0, 1)
		must(t, err)
		if len(first.Questions) != 0 || first.Entry.Change != models.ChangeAdded {
			t.Errorf("%+v", first)
		}
	})
}

func TestFollowers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newAskDesk(t, db)
		follow := func(a models.Actor, subject string, on bool) error { return d.in().SetFollow(ctx, a, subject, on) }
		refused(t, follow(models.Actor{}, "accounts", true), problem.Unauthorized, "policy.login")
		refused(t, follow(d.asker, "weather", true), problem.NotFound, "page.notfound")
		must(t, follow(d.asker, "accounts", true))
		must(t, follow(d.asker, "accounts", true))
		if on, err := d.in().Follows(ctx, d.asker, "accounts"); !on || err != nil {
			t.Error(on, err)
		}
		d.Clock.Set(models.Month("2026-11").Last().Time().Add(34 * time.Hour))
		d.publish(d.desk.month("2026-11", 115000))
		if d.letters(d.asker) != "ledger.tell.published" {
			t.Errorf("%s", d.letters(d.asker))
		}
		must(t, follow(d.asker, "accounts", false))
		if on, err := d.in().Follows(ctx, d.asker, "accounts"); on || err != nil {
			t.Error(on, err)
		}
	})
}

// Of two processes that answer at once, one is told that the other was faster.
func TestTwoProcessesAnswerOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newAskDesk(t, db)
		in := d.ask("谁买的这些纸")
		second := db.Second(t)
		must(t, second.Load(ctx))
		done := make(chan error, 2)
		answer := func(s *store.Store, a models.Actor, text string) {
			done <- s.In(d.c).AnswerInquiry(context.Background(), a, in.ID, text)
		}
		go answer(db.Store, d.clerk, "第一个答复")
		go answer(second, d.director, "第二个答复")
		ok := 0
		for range 2 {
			if err := <-done; err == nil {
				ok++
			} else if !problem.Is(err, problem.Conflict) {
				t.Error(err)
			}
		}
		if ok != 1 {
			t.Errorf("%d answers", ok)
		}
	})
}
