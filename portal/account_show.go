package portal

import (
	"cmp"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// How the figures of a period look; what they are is asked of the store.

// compared says how a figure differs from that of the period before.
func (v *accountView) compared(now, was models.Fen) string {
	span := "month"
	if v.Quarter() {
		span = "quarter"
	}
	switch d := now - was; {
	case d > 0:
		return v.T(compareNames.Key(span+".more"), "amount", d)
	case d < 0:
		return v.T(compareNames.Key(span+".less"), "amount", -d)
	}
	return v.T(compareNames.Key(span + ".same"))
}

func (v *accountView) sum() []ui.SumRow {
	yuan := v.T("account.yuan")
	opening := v.T("account.opening.month")
	if v.Quarter() {
		opening = v.T("account.opening.quarter")
	}
	rows := []ui.SumRow{
		{Label: opening, Value: v.Money(v.Opening), Unit: yuan},
		{Sign: "+", Label: v.T("account.income"), Value: v.Money(v.Income), Unit: yuan},
		{Sign: "\u2212", Label: v.T("account.expense"), Value: v.Money(v.Expense), Unit: yuan},
		{Sign: "=", Label: v.T("account.closing"), Value: v.Money(v.Closing), Unit: yuan, Total: true},
	}
	if b := v.Before; b != nil {
		for i, pair := range [][2]models.Fen{{v.Income, b.Income}, {v.Expense, b.Expense}, {v.Closing, b.Closing}} {
			rows[i+1].Note = v.compared(pair[0], pair[1])
		}
	}
	return rows
}

// monthSum is the sum of one month without comparison.
func monthSum(page *web.Page, m models.AccountMonth) []ui.SumRow {
	yuan := page.T("account.yuan")
	return []ui.SumRow{
		{Label: page.T("account.opening.month"), Value: page.Money(m.OpeningFen), Unit: yuan},
		{Sign: "+", Label: page.T("account.income"), Value: page.Money(m.IncomeFen), Unit: yuan},
		{Sign: "\u2212", Label: page.T("account.expense"), Value: page.Money(m.ExpenseFen), Unit: yuan},
		{Sign: "=", Label: page.T("account.closing"), Value: page.Money(m.ClosingFen), Unit: yuan, Total: true},
	}
}

// perHousehold is an amount divided by the households on the roll, rounded to
// the fen; "" while nobody is on it.
func perHousehold(page *web.Page, total models.Fen) string {
	n := models.Fen(page.Community.Households)
	if n <= 0 || total <= 0 {
		return ""
	}
	return page.T("account.household", "amount", (total+n/2)/n, "n", page.Community.Households)
}

// percentOf is a share with one decimal; "" where it means nothing.
func percentOf(part, whole models.Fen) string {
	if whole <= 0 || part < 0 {
		return ""
	}
	tenths := (int64(part)*1000 + int64(whole)/2) / int64(whole)
	return strconv.FormatInt(tenths/10, 10) + "." + strconv.FormatInt(tenths%10, 10) + "%"
}

// mostBars keeps a chart readable on a phone; the rest is one bar.
const mostBars = 8

// bars of one side by category, the longest first.
func (v *accountView) bars(amount func(store.CategorySum) models.Fen, whole models.Fen) []ui.Bar {
	sums := slices.DeleteFunc(slices.Clone(v.Categories), func(s store.CategorySum) bool { return amount(s) == 0 })
	slices.SortStableFunc(sums, func(a, b store.CategorySum) int { return cmp.Compare(amount(b), amount(a)) })
	var bars []ui.Bar
	var rest models.Fen
	for i, s := range sums {
		if i >= mostBars-1 && len(sums) > mostBars {
			rest += amount(s)
			continue
		}
		label := s.Category
		if label == "" {
			label = v.T("account.category.none")
		}
		bars = append(bars, ui.Bar{Label: label, Value: v.Money(amount(s)), Share: percentOf(amount(s), whole), Amount: int64(amount(s)), Href: v.categoryHref(s.Category)})
	}
	if len(sums) > mostBars {
		n := len(sums) - mostBars + 1
		bars = append(bars, ui.Bar{Label: v.T("account.category.rest", "n", n), Value: v.Money(rest), Share: percentOf(rest, whole), Amount: int64(rest)})
	}
	return bars
}

func (v *accountView) categoryHref(category string) string {
	if category == "" {
		return ""
	}
	return linesHref(v.Page, v.Name, lineQuery{Version: v.Version, Category: category})
}

func expenseOf(s store.CategorySum) models.Fen { return s.ExpenseFen }
func incomeOf(s store.CategorySum) models.Fen  { return s.IncomeFen }

func (v *accountView) chart(id, title, desc string, bars []ui.Bar) ui.BarChartProps {
	return ui.BarChartProps{
		ID: id, Title: title, Desc: desc, Bars: bars, Unit: v.T("account.yuan"), TableTitle: v.T("account.chart.table"),
		LabelHead: v.T("account.category"), ValueHead: v.T("account.amount.yuan"), ShareHead: v.T("account.share"),
	}
}

// months are the bars of the last year.
func (v *accountView) months() []ui.MonthBar {
	bars := make([]ui.MonthBar, len(v.Recent))
	for i, m := range v.Recent {
		bars[i] = ui.MonthBar{
			Label: v.Month(m.Month), Short: strconv.Itoa(int(m.Month.First().Time().Month())),
			Income: int64(m.IncomeFen), Expense: int64(m.ExpenseFen), IncomeText: v.Money(m.IncomeFen), ExpenseText: v.Money(m.ExpenseFen),
			BalanceText: v.Money(m.ClosingFen), Href: v.URL("accounts", string(m.Month)),
		}
	}
	return bars
}

func (v *accountView) monthChart() ui.MonthChartProps {
	first, last := v.Recent[0], v.Recent[len(v.Recent)-1]
	return ui.MonthChartProps{
		ID: "by-month", Title: v.T("account.chart.months"), Desc: v.T("account.chart.months.desc", "from", first.Month, "to", last.Month),
		MonthHead: v.T("account.month"), IncomeHead: v.T("account.income.yuan"), ExpenseHead: v.T("account.expense.yuan"),
		BalanceHead: v.T("account.closing.yuan"), Income: v.T("account.income"), Expense: v.T("account.expense"),
		Months: v.months(), TableTitle: v.T("account.chart.table"),
	}
}

// budgetRows are plan, adjusted plan and what was carried out this year.
func (v *accountView) budgetRows() []ui.TR {
	rows := make([]ui.TR, len(v.Budget))
	for i, b := range v.Budget {
		used := percentOf(b.ExecutedFen, b.AdjustedFen)
		cell := ui.TD{Text: used}
		if b.Side == "expense" && b.ExecutedFen > b.AdjustedFen {
			cell.Tag, cell.TagFor = v.T("account.budget.over"), ui.Danger
		}
		name := ui.TD{Text: b.Category, Sub: v.T("account.expense")}
		if b.Side == "income" {
			name.Sub = v.T("account.income")
		}
		rows[i] = ui.TR{Cells: []ui.TD{name, {Text: v.Money(b.PlanFen)}, {Text: v.Money(b.AdjustedFen)}, {Text: v.Money(b.ExecutedFen)}, cell}}
	}
	return rows
}

// proof are what stands under the figures: numbers, days, fingerprints.
func proofOf(page *web.Page, m models.AccountMonth) []ui.Answer {
	facts := []ui.Answer{
		{Label: page.T("account.number"), Value: m.Number},
		{Label: page.T("account.published"), Value: page.Moment(*m.PublishedAt)},
		{Label: page.T("account.display"), Value: page.T("account.display.until", "date", m.DisplayUntil)},
		{Label: page.T("account.signed"), Value: page.T("account.signed.who")},
		{Label: page.T("account.fingerprint"), Value: hexGroups(m.Fingerprint)},
	}
	if len(m.Previous) > 0 {
		facts = append(facts, ui.Answer{Label: page.T("account.previous"), Value: hexGroups(m.Previous)})
	}
	return facts
}

// hexGroups writes a fingerprint in groups of eight, to be compared by eye.
func hexGroups(b []byte) string {
	var groups []string
	for part := range slices.Chunk(b, 4) {
		groups = append(groups, hex.EncodeToString(part))
	}
	return strings.Join(groups, " ")
}

// missing names the months of a quarter that are not out yet.
func (v *accountView) missing() string {
	names := make([]string, len(v.Missing))
	for i, m := range v.Missing {
		names[i] = v.Month(m)
	}
	return strings.Join(names, v.T("format.list"))
}

// beside leads to the period before or after, if there is one.
func (v *accountView) beside(there bool, n int) ui.Link {
	if !there {
		return ui.Link{}
	}
	next := v.Period.Add(n)
	return ui.Link{Text: periodName(v.Page, next), Href: v.URL("accounts", next.Name)}
}

// withdrawn tells whether words of a version shown were taken down.
func (v *accountView) withdrawn() bool {
	return slices.ContainsFunc(v.Shown, func(m models.AccountMonth) bool { return m.WithdrawnAt != nil })
}

// entryCell is a line as a row of a list.
func entryCell(page *web.Page, e store.PublicEntry, version int) ui.CellProps {
	parts := []string{shortDate(e.Day)}
	for _, s := range []string{e.Category, e.Voucher} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	cell := ui.CellProps{
		Title: words(page, e.Purpose), Desc: strings.Join(parts, " \u00b7 "), Value: signed(page, e), Sub: side(page, e), Href: lineHref(page, e, version),
	}
	if cell.Title == "" {
		cell.Title = e.Category
	}
	cell.Tag, cell.TagFor = changeTag(page, e.Change)
	return cell
}

// year is the months of a year, the newest first, and its quarters that have
// begun to be published.
type year struct {
	Year     string
	Months   []models.AccountMonth
	Quarters []store.Period
}

func yearsOf(months []models.AccountMonth) []year {
	var years []year
	for _, m := range months {
		name := string(m.Month[:4])
		if len(years) == 0 || years[len(years)-1].Year != name {
			years = append(years, year{Year: name})
		}
		y := &years[len(years)-1]
		y.Months = append(y.Months, m)
		q, _ := store.ParsePeriod(m.Month.Quarter())
		if n := len(y.Quarters); n == 0 || y.Quarters[n-1].Name != q.Name {
			y.Quarters = append(y.Quarters, q)
		}
	}
	return years
}

func monthDesc(page *web.Page, m models.AccountMonth) string {
	return page.T("account.month.desc", "income", m.IncomeFen, "expense", m.ExpenseFen)
}

func correctedTag(page *web.Page, m models.AccountMonth) string {
	if m.Version == 1 {
		return ""
	}
	return page.T("account.corrected")
}

func updatedAt(m models.AccountMonth) time.Time {
	a := store.PublicAccount{Shown: []models.AccountMonth{m}}
	return a.Updated()
}

func (v *accountView) tag() string {
	if v.Quarter() {
		return ""
	}
	return v.T(accountState.Key(string(v.Shown[0].State)))
}

func (v *accountView) tagKind() ui.Kind { return stateKind(v.Shown[0]) }

func stateKind(m models.AccountMonth) ui.Kind {
	if m.State == models.AccountPublished {
		return ui.Good
	}
	return ui.Attention
}

func (v *accountView) versionField() []ui.HiddenField { return versionField(v.Version) }

func versionField(version int) []ui.HiddenField {
	if version == 0 {
		return nil
	}
	return []ui.HiddenField{{Name: "version", Value: strconv.Itoa(version)}}
}
