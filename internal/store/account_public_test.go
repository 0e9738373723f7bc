package store_test

import (
	"fmt"
	"strings"
	"testing"

	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

func TestPeriods(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"2026-07": "2026-07 2026-06 2026-08", "2026-01": "2026-01 2025-12 2026-02", "2026Q1": "2026Q1 2025Q4 2026Q2", "2026Q4": "2026Q4 2026Q3 2027Q1",
		"2026": "", "2026Q0": "", "2026Q5": "", "2026-13": "", "2026-7": "", "": "", "x": "", "2026q3": "",
	} {
		p, ok := store.ParsePeriod(name)
		got := ""
		if ok {
			got = p.Name + " " + p.Add(-1).Name + " " + p.Add(1).Name
		}
		if got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestPublicAccountOfMonthAndQuarter(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		drafts := d.bringIn("accounts-2026Q3.xlsx", sample(t, "accounts-2026Q3.xlsx"), "")
		d.publish(drafts[0])
		d.publish(drafts[1])
		q3, _ := store.ParsePeriod("2026Q3")
		a, err := d.in().PublicAccount(ctx, q3, 0)
		must(t, err)
		if len(a.Shown) != 2 || len(a.Missing) != 1 || a.Missing[0] != "2026-09" || a.Closing != drafts[1].ClosingFen || a.Before != nil || a.Previous || a.Following {
			t.Errorf("two of three months: %+v", a)
		}
		d.publish(drafts[2])
		a, err = d.in().PublicAccount(ctx, q3, 0)
		must(t, err)
		if a.Opening+a.Income-a.Expense != a.Closing || len(a.Shown) != 3 || len(a.Largest) != 5 || len(a.Recent) != 3 {
			t.Errorf("%+v", a.Sums)
		}
		var income, expense models.Fen
		lines := 0
		for _, c := range a.Categories {
			income, expense, lines = income+c.IncomeFen, expense+c.ExpenseFen, lines+c.Lines
		}
		if income != a.Income || expense != a.Expense || lines != a.Entries {
			t.Errorf("categories say %s %s %d, the sum %s %s %d", income, expense, lines, a.Income, a.Expense, a.Entries)
		}
		for i := 1; i < len(a.Largest); i++ {
			if a.Largest[i].ExpenseFen > a.Largest[i-1].ExpenseFen {
				t.Error("the largest come first")
			}
		}
		all, err := d.in().PublicLines(ctx, a, store.LineFilter{}, 1000)
		must(t, err)
		handled := 0
		for _, e := range all {
			if e.HasHandler {
				handled++
			}
			if e.Handler+e.Witness+e.Approver != "" || e.PurposeHash != nil || e.NamesHash != nil {
				t.Errorf("names or hashes in public: %+v", e)
			}
		}
		if len(all) != a.Entries || handled == 0 {
			t.Errorf("%d lines of %d, %d with a handler", len(all), a.Entries, handled)
		}
		august, _ := store.ParsePeriod("2026-08")
		a, err = d.in().PublicAccount(ctx, august, 0)
		must(t, err)
		if a.Before == nil || a.Before.Closing != a.Opening || !a.Previous || !a.Following {
			t.Errorf("%+v", a)
		}
	})
}

// Nobody outside learns of a draft, by whatever address.
func TestDraftsAreNotPublic(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		m := d.month("2026-10", 100000)
		october, _ := store.ParsePeriod("2026-10")
		for name, err := range map[string]error{
			"period":  func() error { _, err := d.in().PublicPeriod(ctx, october, 0); return err }(),
			"version": func() error { _, err := d.in().PublicPeriod(ctx, october, m.Version); return err }(),
			"line":    func() error { _, err := d.in().PublicLine(ctx, "2026-10", 0, 1); return err }(),
			"by v":    func() error { _, err := d.in().PublicLine(ctx, "2026-10", m.Version, 1); return err }(),
		} {
			if !problem.Is(err, problem.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		d.publish(m)
		d.bringIn("c.csv", book("2026-10", 100000, "03,记-1,财政拨款,财政拨款,工作经费,200.00,,,"), "打印纸记到了别的社区")
		if _, err := d.in().PublicLine(ctx, "2026-10", 2, 1); !problem.Is(err, problem.NotFound) {
			t.Errorf("a correction that is not signed: %v", err)
		}
	})
}

func TestLineFilters(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		d.publish(d.bringIn("a.csv", book("2026-10", 100000,
			"03,记-1,财政拨款,财政拨款,工作经费,200.00,,,", "05,记-2,打印纸 100% 再生,办公费,工作经费,,50.00,送到门岗,",
			"06,记-3,饮用水,办公费,自治项目,,5.00,,", "07,记-4,退水桶押金,办公费,自治项目,,-5.00,,"), "")[0])
		october, _ := store.ParsePeriod("2026-10")
		a, err := d.in().PublicPeriod(ctx, october, 0)
		must(t, err)
		for name, c := range map[string]struct {
			f    store.LineFilter
			want string
		}{
			"all":       {store.LineFilter{}, "1 2 3 4"},
			"text":      {store.LineFilter{Text: "水"}, "3 4"},
			"voucher":   {store.LineFilter{Text: "记-2"}, "2"},
			"note":      {store.LineFilter{Text: "门岗"}, "2"},
			"percent":   {store.LineFilter{Text: "100%"}, "2"},
			"wildcard":  {store.LineFilter{Text: "%"}, "2"},
			"underline": {store.LineFilter{Text: "记_1"}, ""},
			"escape":    {store.LineFilter{Text: "!"}, ""},
			"backslash": {store.LineFilter{Text: `\`}, ""},
			"quote":     {store.LineFilter{Text: `' OR 1=1 --`}, ""},
			"category":  {store.LineFilter{Category: "办公费"}, "2 3 4"},
			"fund":      {store.LineFilter{Fund: "自治项目"}, "3 4"},
			"least":     {store.LineFilter{Least: 5000}, "1 2"},
			"most":      {store.LineFilter{Most: 5000}, "2 3 4"},
			"between":   {store.LineFilter{Least: 501, Most: 19999}, "2"},
			"behind":    {store.LineFilter{Account: a.Shown[0].ID, Line: 2}, "3 4"},
			"together":  {store.LineFilter{Text: "水", Least: 1, Account: a.Shown[0].ID, Line: 3}, "4"},
		} {
			rows, err := d.in().PublicLines(ctx, a, c.f, 100)
			must(t, err)
			var got []string
			for _, e := range rows {
				got = append(got, fmt.Sprint(e.Line))
				if e.Handler+e.Witness+e.Approver != "" || e.PurposeHash != nil {
					t.Errorf("names or hashes in public: %+v", e)
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%s: %s, want %s", name, got, c.want)
			}
		}
		if _, err := d.in().PublicLines(ctx, a, store.LineFilter{Account: 99, Line: 1}, 10); !problem.Is(err, problem.NotFound) {
			t.Errorf("behind a line of another account: %v", err)
		}
	})
}

// However many lines a month has, its pages ask the database as often.
func TestPublicPagesAskAConstantNumberOfTimes(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	d := newDesk(t, db)
	counts := map[int]int{}
	for i, n := range []int{3, 600} {
		month := models.Month("2026-09").Add(i)
		opening := models.Fen(100000)
		if i > 0 {
			opening -= 300
		}
		lines := make([]string, n)
		for j := range lines {
			lines[j] = fmt.Sprintf("%02d,记-%d,打印纸,办公费%d,工作经费,,1.00,,", j%28+1, j+1, j%7)
		}
		im, _, err := d.in().ImportLedgerFile(ctx, d.clerk, fmt.Sprint(n, ".csv"), book(month, opening, lines...), sheet.LedgerOptions{})
		must(t, err)
		drafts, err := d.in().ConfirmLedger(ctx, d.clerk, im.ID, "")
		must(t, err)
		d.publish(drafts[0])
		p, _ := store.ParsePeriod(string(month))
		counts[n] = db.CountStatements(t, func() {
			a, err := d.in().PublicAccount(ctx, p, 0)
			must(t, err)
			_, err = d.in().PublicLines(ctx, a, store.LineFilter{}, 21)
			must(t, err)
			_, err = d.in().PublicLine(ctx, month, 0, 2)
			must(t, err)
			_, err = d.in().BudgetUse(ctx, 2026)
			must(t, err)
		})
	}
	if counts[3] != counts[600] || counts[3] == 0 {
		t.Errorf("statements: %v", counts)
	}
}

func TestBudgetBesideWhatWasSpent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		d.publish(d.month("2026-10", 100000))
		if use, err := d.in().BudgetUse(ctx, 2026); len(use) != 0 || err != nil {
			t.Errorf("without a budget: %v %v", use, err)
		}
		must(t, d.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
			for _, l := range []models.BudgetLine{
				{Year: 2026, Side: "income", Category: "财政拨款", PlanFen: 100000, AdjustedFen: 100000},
				{Year: 2026, Side: "expense", Category: "活动费", PlanFen: 5000, AdjustedFen: 4000},
			} {
				l.Tenant = models.Tenant{CommunityID: d.c.ID, ID: tx.NewID()}
				if err := tx.Create(&l).Error; err != nil {
					return err
				}
			}
			return nil
		}))
		use, err := d.in().BudgetUse(ctx, 2026)
		must(t, err)
		var got []string
		for _, u := range use {
			got = append(got, fmt.Sprint(u.Side, " ", u.Category, " ", u.AdjustedFen, " ", u.ExecutedFen))
		}
		want := "income 财政拨款 1,000.00 200.00|expense 活动费 40.00 0.00|expense 办公费 0.00 50.00"
		if strings.Join(got, "|") != want {
			t.Errorf("%s", strings.Join(got, "|"))
		}
	})
}
