package store_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

func TestCorrectionStandsBesideTheOldVersion(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		v1 := d.publish(d.month("2026-10", 100000))
		corrected := book("2026-10", 100000, "03,记-1,财政拨款,财政拨款,工作经费,200.00,,,", "05,记-2,打印纸三箱,办公费,工作经费,,45.00,送到门岗,", "06,记-3,饮用水,办公费,工作经费,,5.00,,")
		im, _, err := d.in().ImportLedgerFile(ctx, d.clerk, "c.csv", corrected, sheet.LedgerOptions{})
		must(t, err)
		plan, err := d.in().LedgerPlan(ctx, im.ID)
		must(t, err)
		if p := plan.Months[0]; p.Action != store.PlanCorrect || !plan.NeedsReason || p.Edited != 1 || p.Added != 1 || p.Removed != 0 {
			t.Errorf("%+v", p)
		}
		_, err = d.in().ConfirmLedger(ctx, d.clerk, im.ID, "")
		refused(t, err, problem.Invalid, "policy.reason")
		drafts, err := d.in().ConfirmLedger(ctx, d.clerk, im.ID, "把饮用水从打印纸里分出来")
		must(t, err)
		if standing, err := d.in().AccountOf(ctx, "2026-10"); err != nil || standing.ID != v1.ID {
			t.Errorf("before three have signed the old version stands: %v %v", standing, err)
		}
		v2 := d.publish(drafts[0])
		if v2.Version != 2 || *v2.Seq != 2 || !bytes.Equal(v2.Previous, v1.Fingerprint) {
			t.Errorf("%+v", v2)
		}
		old, err := d.in().Account(ctx, v1.ID)
		must(t, err)
		if old.State != models.AccountSuperseded || !bytes.Equal(old.Fingerprint, v1.Fingerprint) {
			t.Errorf("%+v", old)
		}
		lines, err := d.in().AccountEntries(ctx, v2.ID)
		must(t, err)
		var changes []models.Change
		for _, l := range lines {
			changes = append(changes, l.Change)
		}
		if !slices.Equal(changes, []models.Change{"", models.ChangeEdited, models.ChangeAdded}) {
			t.Errorf("%q", changes)
		}
		before, err := d.in().AccountEntries(ctx, v1.ID)
		must(t, err)
		if lines[1].ReplacesID != before[1].ID || len(before) != 2 || before[1].Purpose != "打印纸" {
			t.Errorf("%+v", lines[1])
		}
		if bad := d.verify(); len(bad) > 0 {
			t.Errorf("verify: %q", bad)
		}
	})
}

func TestRemovedLineIsListedNotCounted(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		d.publish(d.month("2026-10", 100000))
		drafts := d.bringIn("c.csv", book("2026-10", 100000, "03,记-1,财政拨款,财政拨款,工作经费,200.00,,,"), "打印纸记到了别的社区")
		v2 := d.publish(drafts[0])
		lines, err := d.in().AccountEntries(ctx, v2.ID)
		must(t, err)
		if len(lines) != 2 || lines[1].Change != models.ChangeRemoved || v2.Entries != 1 || v2.ClosingFen != 120000 {
			t.Errorf("%+v %+v", v2, lines)
		}
		if bad := d.verify(); len(bad) > 0 {
			t.Errorf("verify: %q", bad)
		}
	})
}

func TestCorrectionThatMovesTheBalanceBringsTheNextMonthAlong(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		d.publish(d.month("2026-09", 100000))
		d.publish(d.month("2026-10", 115000))
		sept := book("2026-09", 100000, "03,记-1,财政拨款,财政拨款,工作经费,200.00,,,", "05,记-2,打印纸,办公费,工作经费,,40.00,送到门岗,")
		im, _, err := d.in().ImportLedgerFile(ctx, d.clerk, "9.csv", sept, sheet.LedgerOptions{})
		must(t, err)
		_, err = d.in().ConfirmLedger(ctx, d.clerk, im.ID, "打印纸多记了十元")
		refused(t, err, problem.Invalid, "ledger.plan.following")
		both := append(append(slices.Clone(sept), '\n'), simple("2026-10", 116000)...)
		drafts := d.bringIn("9-10.csv", both, "打印纸多记了十元")
		if len(drafts) != 2 {
			t.Fatalf("%d drafts", len(drafts))
		}
		// The command line brings months in, it corrects nothing published.
		oct, _, err := d.in().ImportLedgerFile(ctx, storetest.System, "10.csv", simple("2026-10", 116000), sheet.LedgerOptions{})
		must(t, err)
		_, err = d.in().ConfirmLedger(ctx, storetest.System, oct.ID, "打印纸多记了十元")
		refused(t, err, problem.Conflict, "ledger.import.same")
		// October's correction is given up: September's would leave a gap.
		must(t, d.in().DropAccount(ctx, d.clerk, drafts[1].ID, 1, "先不更正十月"))
		for i, a := range []models.Actor{d.clerk, d.director} {
			must(t, second(d.in().SignAccount(ctx, a, drafts[0].ID, 1, models.SignSteps[i])))
		}
		_, err = d.in().SignAccount(ctx, d.supervisor, drafts[0].ID, 1, models.StepSupervisor)
		refused(t, err, problem.Conflict, "ledger.plan.following")
		_, err = d.in().ConfirmLedger(ctx, storetest.System, oct.ID, "打印纸多记了十元")
		refused(t, err, problem.Forbidden, "policy.forbidden")
		again, err := d.in().ConfirmLedger(ctx, d.clerk, oct.ID, "打印纸多记了十元")
		must(t, err)
		must(t, second(d.in().SignAccount(ctx, d.supervisor, drafts[0].ID, 1, models.StepSupervisor)))
		d.publish(again[0])
		if bad := d.verify(); len(bad) > 0 {
			t.Errorf("verify: %q", bad)
		}
	})
}

func TestPersonalDataIsWithdrawnFromEveryVersion(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		follower := officer(t, db, d.c.ID, models.RoleResidentRep, "f", 0)
		must(t, d.in().Write(ctx, follower, func(tx *store.Tx) error {
			return tx.Create(&models.Follow{Tenant: models.Tenant{ID: tx.NewID()}, UserID: follower.UserID, Subject: "accounts", CreatedAt: tx.Now}).Error
		}))
		elsewhere := db.Community(t, "other")
		stranger := officer(t, db, elsewhere.ID, models.RoleResidentRep, "s", 0)
		must(t, db.In(elsewhere).Write(ctx, stranger, func(tx *store.Tx) error {
			return tx.Create(&models.Follow{Tenant: models.Tenant{ID: tx.NewID()}, UserID: stranger.UserID, Subject: "accounts", CreatedAt: tx.Now}).Error
		}))
		secret := "慰问 3 号楼张三 13800000000"
		with := func(last string) []byte {
			return book("2026-10", 100000, "03,记-1,"+secret+",慰问,工作经费,,200.00,,", "05,记-2,"+last+",办公费,工作经费,,50.00,送到门岗,")
		}
		v1 := d.publish(d.bringIn("a.csv", with("打印纸"), "")[0])
		v2 := d.publish(d.bringIn("b.csv", with("打印纸两箱"), "数量没有写")[0])
		draft := d.bringIn("c.csv", with("打印纸三箱"), "数量写错了")[0]
		lines, err := d.in().AccountEntries(ctx, v2.ID)
		must(t, err)
		withdraw := func(a models.Actor, fields []string, reason string) error {
			return d.in().WithdrawText(ctx, a, lines[0].ID, fields, reason)
		}
		refused(t, withdraw(d.director, []string{"purpose"}, ""), problem.Invalid, "policy.reason")
		refused(t, withdraw(d.director, []string{"amount"}, "住户姓名电话"), problem.Forbidden, "policy.withdraw.figures")
		refused(t, withdraw(d.member, []string{"purpose"}, "住户姓名电话"), problem.Forbidden, "policy.forbidden")
		stamp := db.Stamp(d.c.ID, "accounts")
		must(t, withdraw(d.director, []string{"purpose"}, "写了住户姓名和电话"))
		if db.Stamp(d.c.ID, "accounts") == stamp {
			t.Error("cached pages still show it")
		}
		refused(t, withdraw(d.director, []string{"purpose"}, "写了住户姓名和电话"), problem.Conflict, "ledger.withdraw.nothing")
		for _, id := range []models.ID{v1.ID, v2.ID, draft.ID} {
			all, err := d.in().AccountEntries(ctx, id)
			must(t, err)
			for _, e := range all {
				if strings.Contains(e.Purpose+e.Note, "张三") {
					t.Errorf("%s line %d still says %q", id, e.Line, e.Purpose)
				}
			}
		}
		if bad := d.verify(); len(bad) > 0 {
			t.Errorf("verify: %q", bad)
		}
		if got := inbox(t, d, follower); !slices.Equal(got, []string{"ledger.tell.corrected", "ledger.tell.published", "ledger.tell.withdrawn"}) {
			t.Errorf("the follower was told %q", got)
		}
		if got := inbox(t, d, stranger); len(got) > 0 {
			t.Errorf("a follower of another community was told %q", got)
		}
		// The clerk's file still has the words: bringing it in again keeps the mark.
		v3 := d.publish(d.bringIn("d.csv", with("打印纸四箱"), "数量又写错了")[0])
		all, err := d.in().AccountEntries(ctx, v3.ID)
		must(t, err)
		if all[0].Purpose != store.WithdrawnMark || all[0].Change != models.ChangeNone {
			t.Errorf("%+v", all[0])
		}
		if bad := d.verify(); len(bad) > 0 {
			t.Errorf("verify: %q", bad)
		}
	})
}

func inbox(t *testing.T, d *desk, a models.Actor) (keys []string) {
	t.Helper()
	must(t, d.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		return tx.Model(&models.InboxMessage{}).Where("user_id = ?", a.UserID).Order("`key`").Pluck("key", &keys).Error
	}))
	return keys
}

// Whoever edits a published row by SQL is named.
func TestVerifyNamesWhatWasEditedBySQL(t *testing.T) {
	t.Parallel()
	edits := []struct{ name, sql, want string }{
		{"amount", "UPDATE account_entries SET expense_fen = 5001 WHERE voucher = '记-2'", "line 2"},
		{"amount and totals", "UPDATE account_entries SET income_fen = 20100 WHERE voucher = '记-1'", "line 1"},
		{"purpose", "UPDATE account_entries SET purpose = '笔记本' WHERE voucher = '记-2'", "line 2"},
		{"note", "UPDATE account_entries SET note = '' WHERE voucher = '记-2'", "line 2"},
		{"handler", "UPDATE account_entries SET handler = 'x' WHERE voucher = '记-2'", "line 2"},
		{"day", "UPDATE account_entries SET day = '2026-10-06' WHERE voucher = '记-2'", "line 2"},
		{"deleted line", "DELETE FROM account_entries WHERE voucher = '记-1'", "line 1 is missing"},
		{"marked as withdrawn", "UPDATE account_entries SET purpose = '■■■', withdrawn_at = '2026-11-23 02:00:00' WHERE voucher = '记-2'", "nobody withdrew it"},
		{"text beside a withdrawal", "UPDATE account_entries SET purpose = '■■■' WHERE voucher = '记-2'", "purpose is marked as withdrawn, but nobody"},
		{"figures of the month", "UPDATE account_months SET expense_fen = 4000, closing_fen = 116000", "do not add up"},
		{"number", "UPDATE account_months SET number = 'x'", "fingerprint"},
		{"state", "UPDATE account_months SET state = 'draft'", "was published and is"},
		{"display", "UPDATE account_months SET display_until = '2026-11-25'", "displayed for less than 15 days"},
		{"fingerprint", "UPDATE account_months SET fingerprint = salt", "another fingerprint than the audit chain says"},
		{"deleted month", "DELETE FROM account_months", "was published and is gone"},
		{"signature", "DELETE FROM account_signatures WHERE step = 'director'", "2 signatures of 3"},
		{"same signer", "UPDATE account_signatures SET user_id = (SELECT u FROM (SELECT MIN(user_id) AS u FROM account_signatures) x)", "signed before"},
		{"name of a signer", "UPDATE account_signatures SET name = 'x' WHERE step = 'director'", "fingerprint"},
	}
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		for _, e := range edits {
			d := &desk{}
			c := "c-" + strings.ReplaceAll(e.name, " ", "-")
			*d = *newDeskIn(t, db, db.Community(t, c))
			d.publish(d.month("2026-10", 100000))
			if strings.Contains(e.name, "beside a withdrawal") {
				lines, err := d.in().AccountEntries(ctx, d.latest().ID)
				must(t, err)
				must(t, d.in().WithdrawText(ctx, d.director, lines[1].ID, []string{"note"}, "写了住户的门牌"))
			}
			before := d.verify()
			where := " WHERE "
			if strings.Contains(e.sql, "WHERE") {
				where = " AND "
			}
			sql := e.sql + where + "community_id = " + d.c.ID.String()
			must(t, db.Exec(ctx, sql))
			after := slices.DeleteFunc(d.verify(), func(s string) bool { return slices.Contains(before, s) })
			if !slices.ContainsFunc(after, func(s string) bool { return strings.Contains(s, e.want) }) {
				t.Errorf("%s: verify says %q", e.name, after)
			}
		}
	})
}

func TestDraftEditedBySQLCannotBeSigned(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		m := d.month("2026-10", 100000)
		must(t, second(d.in().SignAccount(ctx, d.clerk, m.ID, 1, models.StepClerk)))
		must(t, db.Exec(ctx, "UPDATE account_entries SET purpose = 'x' WHERE voucher = '记-2'"))
		refused(t, second(d.in().SignAccount(ctx, d.director, m.ID, 1, models.StepDirector)), problem.Conflict, "ledger.sign.tampered")
	})
}

func TestDisclosureCalendarIsTickedByPublishing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		must(t, d.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
			for i, r := range []models.Rhythm{models.RhythmMonthly, models.RhythmQuarterly, models.RhythmYearly} {
				item := models.DisclosureItem{Tenant: models.Tenant{ID: tx.NewID()}, Code: string(r), Category: "D2", Rhythm: r, DueDays: 10 + i, Source: "accounts", CreatedAt: tx.Now}
				if err := tx.Create(&item).Error; err != nil {
					return err
				}
			}
			return nil
		}))
		for _, m := range d.bringIn("accounts-2026Q3.xlsx", sample(t, "accounts-2026Q3.xlsx"), "") {
			d.publish(m)
		}
		var periods []string
		must(t, d.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
			return tx.Model(&models.DisclosureDone{}).Order("period").Pluck("period", &periods).Error
		}))
		if !slices.Equal(periods, []string{"2026-07", "2026-08", "2026-09", "2026Q3"}) {
			t.Errorf("%q", periods)
		}
	})
}

func TestGivenUpDraftLeavesNoHole(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		m := d.month("2026-10", 100000)
		must(t, d.in().DropAccount(ctx, d.clerk, m.ID, 1, "上传错了文件"))
		if list, err := d.in().Accounts(ctx, store.AccountFilter{}); err != nil || len(list) != 0 {
			t.Errorf("%v %v", list, err)
		}
		again := d.bringIn("x.csv", bytes.Replace(simple("2026-10", 100000), []byte("打印纸"), []byte("打印纸两箱"), 1), "")[0]
		if again.Version != 1 || again.Round != 3 {
			t.Errorf("%+v", again)
		}
		if p := d.publish(again); p.Version != 1 || *p.Seq != 1 {
			t.Errorf("%+v", p)
		}
		refused(t, d.in().DropAccount(ctx, d.clerk, again.ID, 3, "published already"), problem.Conflict, "policy.state")
	})
}
