package store_test

import (
	"strings"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

func TestNoticeRefusals(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		empty := water()
		empty.Title = ""
		_, err := d.in().CreateNotice(ctx, d.supervisor, water())
		refused(t, err, problem.Forbidden, "policy.forbidden")
		draft, err := d.in().CreateNotice(ctx, d.member, water())
		must(t, err)

		_, err = d.in().EditNotice(ctx, d.clerk, draft.ID, money())
		refused(t, err, problem.Forbidden, "policy.forbidden")
		_, err = d.in().SubmitNotice(ctx, d.clerk, draft.ID)
		refused(t, err, problem.Forbidden, "policy.forbidden")
		refused(t, d.in().DropNotice(ctx, d.clerk, draft.ID), problem.Forbidden, "policy.forbidden")
		_, err = d.in().EditNotice(ctx, d.member, draft.ID, empty)
		if p := problem.As(err); p == nil || p.Fields["title"].Key == "" {
			t.Errorf("an edit without a title: %v", err)
		}
		refused(t, d.in().SendBackNotice(ctx, d.director, draft.ID, "日期写错了"), problem.Conflict, "policy.state")
		refused(t, d.in().WithdrawNotice(ctx, d.director, draft.ID, "误写个人信息"), problem.Conflict, "policy.account.not_published")
		fixed := water()
		fixed.Reason = "日期写错了"
		_, err = d.in().CorrectNotice(ctx, d.member, draft.ID, fixed)
		refused(t, err, problem.Conflict, "policy.account.not_standing")

		// Who wrote it may go on with it only as long as they hold the post.
		posts, err := db.AppointmentsIn(ctx, d.c.ID, d.day())
		must(t, err)
		own, err := d.in().CreateNotice(ctx, d.clerk, water())
		must(t, err)
		for _, p := range posts {
			if p.UserID == d.clerk.UserID {
				must(t, db.EndAppointment(ctx, d.street, p.ID))
			}
		}
		_, err = d.in().EditNotice(ctx, d.clerk, own.ID, money())
		refused(t, err, problem.Forbidden, "policy.forbidden")
	})
}

func TestSubmittedAndPublishedNoticeRefusals(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		n := d.written(d.clerk, money())
		_, err := d.in().SignNotice(ctx, d.supervisor, n.ID, n.UpdatedAt.Add(-time.Second))
		refused(t, err, problem.Conflict, "notice.rewritten")
		refused(t, d.in().SendBackNotice(ctx, d.member, n.ID, "日期写错了"), problem.Forbidden, "policy.forbidden")
		n, err = d.in().SignNotice(ctx, d.supervisor, n.ID, n.UpdatedAt)
		must(t, err)
		n, err = d.in().PublishNotice(ctx, d.director, n.ID, n.UpdatedAt)
		must(t, err)
		fixed := money()
		fixed.Reason = "日期写错了"
		_, err = d.in().CorrectNotice(ctx, d.supervisor, n.ID, fixed)
		refused(t, err, problem.Forbidden, "policy.forbidden")
		fixed.Title = ""
		_, err = d.in().CorrectNotice(ctx, d.clerk, n.ID, fixed)
		if p := problem.As(err); p == nil || p.Fields["title"].Key == "" {
			t.Errorf("a correction without a title: %v", err)
		}
		refused(t, d.in().SendBackNotice(ctx, d.director, n.ID, "日期写错了"), problem.Conflict, "policy.state")
		if p := problem.As(d.in().WithdrawNotice(ctx, d.director, n.ID, strings.Repeat("误", 3000))); p == nil || p.Fields["reason"].Key == "" {
			t.Errorf("a reason of 3000 characters: %v", p)
		}
	})
}

func TestCatalogueRefusals(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		d.adopt("2026-07-01")
		item := d.item("services").Item
		_, err := d.in().SaveItem(ctx, d.member, item)
		refused(t, err, problem.Forbidden, "policy.forbidden")
		refused(t, d.in().EndItem(ctx, d.member, item.ID), problem.Forbidden, "policy.forbidden")
		_, err = d.in().SaveItem(ctx, d.director, models.DisclosureItem{Content: item.Content, Rhythm: item.Rhythm, DueDays: item.DueDays})
		if p := problem.As(err); p == nil || p.Fields["title"].Key == "" {
			t.Errorf("an item without a title: %v", err)
		}
	})
}

func TestInquiryRefusals(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newAskDesk(t, db)
		in := d.ask("谁买的这些纸")
		long := strings.Repeat("纸", 10000)
		if p := problem.As(d.in().AnswerInquiry(ctx, d.director, in.ID, long)); p == nil || p.Fields["answer"].Key != "form.toolong" {
			t.Errorf("an answer of 10000 characters: %v", p)
		}
		refused(t, d.in().ForwardInquiry(ctx, d.member, in.ID), problem.Forbidden, "policy.forbidden")
		must(t, d.in().ForwardInquiry(ctx, d.director, in.ID))
		refused(t, d.in().ForwardInquiry(ctx, d.director, in.ID), problem.Conflict, "policy.state")
		if got := d.letters(d.asker); !strings.HasPrefix(got, "inquiry.tell.passed") {
			t.Errorf("passed on in time, and the asker reads %s", got)
		}

		other := officer(t, db, d.c.ID, models.RoleResidentRep, "x", 0)
		second, err := d.in().Ask(ctx, other, store.Question{Account: d.month.ID, Entry: d.line.ID, Text: "这些纸用在哪里"})
		must(t, err)
		must(t, d.in().AnswerInquiry(ctx, d.director, second.ID, "是办公用纸"))
		must(t, d.in().ReportInquiry(ctx, other, second.ID, "没有说清楚"))
		refused(t, d.in().CloseInquiry(ctx, d.street, second.ID, ""), problem.Invalid, "policy.reason")
		if p := problem.As(d.in().OrderInquiry(ctx, d.street, second.ID, long)); p == nil || p.Fields["reason"].Key != "form.toolong" {
			t.Errorf("an order of 10000 characters: %v", p)
		}
	})
}

func TestAccountRefusals(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		m := d.month("2026-10", 100000)
		refused(t, d.in().DropAccount(ctx, d.member, m.ID, 1, "先不公布"), problem.Forbidden, "policy.forbidden")
		refused(t, d.in().DropAccount(ctx, d.clerk, m.ID, 7, "先不公布"), problem.Conflict, "ledger.sign.moved")
		refused(t, d.in().SendBackAccount(ctx, d.street, m.ID, 1, "第二行没有附件"), problem.Forbidden, "policy.forbidden")

		// A line that is gone is as bad as one that was changed.
		must(t, db.Exec(ctx, "DELETE FROM account_entries WHERE voucher = '记-2'"))
		refused(t, second(d.in().SignAccount(ctx, d.clerk, m.ID, 1, models.StepClerk)), problem.Conflict, "ledger.sign.tampered")
	})
}
