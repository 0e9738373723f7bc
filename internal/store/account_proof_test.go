package store_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// The fingerprint made once more from what stands in the database, by the
// comment of account_hash.go alone.
func TestFingerprintByTheBook(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		d.publish(d.month("2026-09", 100000))
		d.publish(d.month("2026-10", 115000))
		d.publish(d.bringIn("c.csv", book("2026-10", 115000, "03,记-1,财政拨款,财政拨款,工作经费,200.00,,,", "06,记-3,饮用水,办公费,工作经费,,50.00,,"), "第二笔写错了")[0])
		months := map[int64]models.AccountMonth{}
		all, err := d.in().Accounts(ctx, store.AccountFilter{Public: true})
		must(t, err)
		for _, m := range all {
			months[*m.Seq] = m
		}
		if len(months) != 3 {
			t.Fatalf("%d publications", len(months))
		}
		for seq, m := range months {
			if m.CommunityID != d.c.ID || *m.Seq != seq {
				t.Fatalf("%+v", m)
			}
			sum := sha256.Sum256([]byte(canonical(t, d, m, months[seq-1].Fingerprint)))
			if string(sum[:]) != string(m.Fingerprint) {
				t.Errorf("%s version %d: fingerprint cannot be reproduced", m.Month, m.Version)
			}
		}
	})
}

func canonical(t *testing.T, d *desk, m models.AccountMonth, previous []byte) string {
	t.Helper()
	hash := func(line int, field, open, text string) string {
		key := hmac.New(sha256.New, m.Salt)
		fmt.Fprintf(key, "%d/%s", line, field)
		return fmt.Sprintf("%x", sha256.Sum256(append(key.Sum(nil), []byte(open+"\n"+text)...)))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "juwu account 1\ncommunity\t%d\nmonth\t%s\nversion\t%d\nseq\t%d\nnumber\t%s\npublished\t%d\ndisplay\t%s\n",
		m.CommunityID, m.Month, m.Version, *m.Seq, m.Number, m.PublishedAt.UnixMilli(), m.DisplayUntil)
	fmt.Fprintf(&b, "sums\t%d\t%d\t%d\t%d\t%d\nreason\t%s\nprevious\t%x\n", m.OpeningFen, m.IncomeFen, m.ExpenseFen, m.ClosingFen, m.Entries,
		hash(0, "reason", "", m.Reason), previous)
	entries, err := d.in().AccountEntries(ctx, m.ID)
	must(t, err)
	for _, e := range entries {
		open := fmt.Sprintf("%d\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%s", e.Line, e.Day, e.Voucher, e.Category, e.Fund, e.IncomeFen, e.ExpenseFen, e.Receipts, e.Change)
		fmt.Fprintf(&b, "line\t%s\t%s\t%s\t%s\n", open, hash(e.Line, "purpose", open, e.Purpose), hash(e.Line, "note", open, e.Note),
			hash(e.Line, "names", open, e.Handler+"\t"+e.Witness+"\t"+e.Approver))
	}
	signatures, err := d.in().AccountSignatures(ctx, m.ID)
	must(t, err)
	for _, s := range signatures {
		person := fmt.Sprintf("%d\t%s\t%s\t%d", s.UserID, s.PersonKey, s.Name, s.DeputyFor)
		fmt.Fprintf(&b, "signed\t%s\t%s\t%d\t%s\n", s.Step, s.Role, s.CreatedAt.UnixMilli(), hash(0, "signed "+string(s.Step), "", person))
	}
	return b.String()
}

func TestBudgetReplacesTheYear(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		bring := func(plan string) int {
			t.Helper()
			csv := "2026年度预算表\n单位：元\n科目,收支,年初预算,调整,备注\n财政拨款,收入,3000,0,\n办公费,支出," + plan + ",-200,压减\n"
			im, _, err := d.in().ImportBudgetFile(ctx, d.clerk, "b.csv", []byte(csv), sheet.BudgetOptions{})
			must(t, err)
			year, err := d.in().ConfirmBudget(ctx, d.clerk, im.ID)
			must(t, err)
			if _, err := d.in().ConfirmBudget(ctx, d.clerk, im.ID); err == nil {
				t.Error("confirmed twice")
			}
			return year
		}
		bring("1000")
		if year := bring("1200"); year != 2026 {
			t.Fatal(year)
		}
		lines, err := d.in().BudgetLines(ctx, 2026)
		must(t, err)
		if len(lines) != 2 || lines[0].Side != sheet.SideIncome || lines[1].PlanFen != 120000 || lines[1].AdjustedFen != 100000 {
			t.Errorf("%+v", lines)
		}
		d.publish(d.month("2026-10", 100000))
		d.month("2026-11", 115000) // a draft is not executed
		spent, err := d.in().Executed(ctx, 2026)
		must(t, err)
		for _, s := range spent {
			if s.Category == "办公费" && s.ExpenseFen != 5000 || s.Category == "财政拨款" && s.IncomeFen != 20000 {
				t.Errorf("%+v", s)
			}
		}
		if len(spent) != 2 {
			t.Errorf("%+v", spent)
		}
		_, _, err = d.in().ImportBudgetFile(ctx, d.director, "b.csv", []byte("x"), sheet.BudgetOptions{})
		if err == nil {
			t.Error("the director brought a budget in")
		}
	})
}

// A year's worth of lines in one month goes in, is signed and published.
func TestTwoThousandLines(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.New(t))
	var lines []string
	for i := range 2000 {
		lines = append(lines, fmt.Sprintf("%02d,记-%d,打印纸 %d,办公费,工作经费,,1.00,,", i%28+1, i+1, i))
	}
	p := d.publish(d.bringIn("big.csv", book("2026-10", 1000000, lines...), "")[0])
	if p.Entries != 2000 || p.ClosingFen != 800000 {
		t.Errorf("%+v", p)
	}
	if bad := d.verify(); len(bad) > 0 {
		t.Errorf("verify: %q", bad)
	}
}

func TestFileOfAnotherCommunityIsNoticed(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.New(t))
	other := d.Community(t, "other")
	book := append([]byte(other.Name+" "), simple("2026-10", 0)...)
	im, _, err := d.in().ImportLedgerFile(ctx, d.clerk, "x.csv", book, sheet.LedgerOptions{})
	must(t, err)
	p, err := d.in().LedgerPlan(ctx, im.ID)
	must(t, err)
	if p.Elsewhere != other.Name || !p.OK {
		t.Errorf("%q %v", p.Elsewhere, p.OK)
	}
}
