package portal

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// sheetView is a period as papers for the board.
type sheetView struct {
	*web.Page
	*store.PublicAccount
	Paper  string // "A4" or "A3"
	Papers [][]store.PublicEntry
	Signed []models.AccountSignature // of the last month, by step
}

func (p *Portal) accountSheet(ctx context.Context, page *web.Page) (templ.Component, error) {
	period, _, err := periodOf(page)
	if err != nil {
		return nil, err
	}
	v := &sheetView{Page: page, Paper: strings.ToUpper(or(page.Query("paper"), "A4"))}
	if v.Paper != "A4" && v.Paper != "A3" {
		return nil, errNotFound()
	}
	t := p.Store.In(page.Community)
	if v.PublicAccount, err = t.PublicAccount(ctx, period, 0); err != nil {
		return nil, err
	}
	last := v.Shown[len(v.Shown)-1]
	if v.Signed, err = t.AccountSignatures(ctx, last.ID); err != nil {
		return nil, err
	}
	v.Signed = slices.DeleteFunc(v.Signed, func(s models.AccountSignature) bool { return s.Round != last.Round })
	lines, err := t.PublicLines(ctx, v.PublicAccount, store.LineFilter{}, mostSheetLines)
	if err != nil {
		return nil, err
	}
	v.Papers = papers(lines, ui.SheetRows(v.Paper, false))
	page.Title, page.Place, page.Bare, page.NoIndex = page.T("account.sheet.of", "period", periodName(page, period)), "open", true, true
	return accountSheetPage(v), nil
}

// papers spreads the lines over papers of so many rows; long words take two.
func papers(lines []store.PublicEntry, rows int) [][]store.PublicEntry {
	const wide = 34 // half-width characters that fit beside the other columns
	var all [][]store.PublicEntry
	var paper []store.PublicEntry
	used := 0
	for _, e := range lines {
		n := 1
		if width(e.Purpose) > wide || width(e.Category) > wide/3 || e.Change != models.ChangeNone {
			n = 2
		}
		if used+n > rows && len(paper) > 0 {
			all, paper, used = append(all, paper), nil, 0
		}
		paper, used = append(paper, e), used+n
	}
	if len(paper) > 0 {
		all = append(all, paper)
	}
	return all
}

// width of a text in half-width characters, near enough: Chinese ones take two.
func width(s string) int {
	n := 0
	for _, r := range s {
		if n++; r >= 0x1100 {
			n++
		}
	}
	return n
}

// mostSheetLines is what a board can hold; the QR code leads to the rest.
const mostSheetLines = 600

// sheet is the frame of one paper; n counts from 1.
func (v *sheetView) sheet(n int) ui.SheetProps {
	last := v.Shown[len(v.Shown)-1]
	s := ui.SheetProps{
		Paper: v.Paper, Kind: v.T("account.sheet.kind"), Title: v.T("account.of", "period", periodName(v.Page, v.Period)),
		Community: v.Community.Name, Number: v.numbers(), QRAddress: v.Absolute(v.URL("accounts", v.Name)), QRLabel: v.T("account.sheet.qr"),
		Period:   v.T("account.sheet.period", "from", models.DateOf(*last.PublishedAt), "to", last.DisplayUntil),
		PageText: v.T("account.sheet.page", "n", n, "of", len(v.Papers)+1), Foot: v.foot(),
	}
	if n > 1 {
		return s
	}
	s.Seal, s.Date = v.T("account.sheet.seal", "community", v.Community.Name), v.Day(models.DateOf(*last.PublishedAt))
	for _, x := range v.Signed {
		s.Signers = append(s.Signers, ui.Answer{Label: v.T(roleNames.Key(string(x.Role))), Value: v.T("account.sheet.signed", "date", models.DateOf(x.CreatedAt))})
	}
	return s
}

func (v *sheetView) numbers() string {
	numbers := make([]string, len(v.Shown))
	for i, m := range v.Shown {
		numbers[i] = m.Number
	}
	return strings.Join(numbers, " ")
}

func (v *sheetView) foot() string {
	if v.Community.Phone == "" {
		return v.T("account.sheet.foot")
	}
	return v.T("account.sheet.foot.phone", "phone", v.Community.Phone)
}

func (v *sheetView) sum() []ui.SumRow {
	return monthSum(v.Page, models.AccountMonth{OpeningFen: v.Opening, IncomeFen: v.Income, ExpenseFen: v.Expense, ClosingFen: v.Closing})
}

// categories fill what the first paper has left after the sum, the largest
// amounts of either side first.
func (v *sheetView) categories() []ui.TR {
	const sumRows = 6
	room := max(3, ui.SheetRows(v.Paper, false)-sumRows)
	var rows []ui.TR
	var income, expense models.Fen
	sums := slices.Clone(v.Categories)
	slices.SortStableFunc(sums, func(a, b store.CategorySum) int {
		return cmp.Compare(max(b.IncomeFen, b.ExpenseFen), max(a.IncomeFen, a.ExpenseFen))
	})
	for i, s := range sums {
		if i >= room-1 && len(sums) > room {
			income, expense = income+s.IncomeFen, expense+s.ExpenseFen
			continue
		}
		rows = append(rows, ui.TR{Cells: []ui.TD{{Text: or(s.Category, v.T("account.category.none"))}, {Text: blank(v.Page, s.IncomeFen)}, {Text: blank(v.Page, s.ExpenseFen)}}})
	}
	if n := len(v.Categories) - len(rows); n > 0 {
		rows = append(rows, ui.TR{Cells: []ui.TD{{Text: v.T("account.category.rest", "n", n)}, {Text: blank(v.Page, income)}, {Text: blank(v.Page, expense)}}})
	}
	return rows
}

// blank leaves a side without an amount empty, as a book does.
func blank(page *web.Page, f models.Fen) string {
	if f == 0 {
		return ""
	}
	return page.Money(f)
}

func (v *sheetView) lines(part []store.PublicEntry) []ui.TR {
	rows := make([]ui.TR, len(part))
	for i, e := range part {
		day := shortDate(e.Day)
		purpose := ui.TD{Text: words(v.Page, e.Purpose)}
		purpose.Tag, _ = changeTag(v.Page, e.Change)
		rows[i] = ui.TR{Cells: []ui.TD{{Text: day}, {Text: or(e.Voucher, strconv.Itoa(e.Line))}, purpose, {Text: e.Category}, {Text: blank(v.Page, e.IncomeFen)}, {Text: blank(v.Page, e.ExpenseFen)}}}
	}
	return rows
}

func (v *sheetView) columns() []ui.Col {
	return []ui.Col{
		{Title: v.T("account.day"), Short: true}, {Title: v.T("account.voucher"), Short: true}, {Title: v.T("account.purpose")},
		{Title: v.T("account.category")}, {Title: v.T("account.income.yuan"), Num: true}, {Title: v.T("account.expense.yuan"), Num: true},
	}
}
