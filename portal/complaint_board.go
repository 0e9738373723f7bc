package portal

import (
	"context"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// The month on the public board (汇总分类, 督察考核): figures only, of cases that
// are about no official.

func (p *Portal) caseBoardRoutes() []web.Route {
	const board = "/:community/complaints/board"
	return []web.Route{
		{Method: "GET", Path: board, Object: web.Public, Handle: web.Cached(caseSubjects, []string{"month"}, p.caseBoard)},
		{Method: "GET", Path: board + "/sheet", Object: web.Public, Handle: web.Cached(caseSubjects, []string{"month", "paper"}, p.caseBoardSheet)},
	}
}

// caseBoardView is a month.
type caseBoardView struct {
	*web.Page
	Month models.Month
	*store.CaseStats
	Names map[string]string
	Plan  *models.Attachment
	Spots []models.ComplaintSpot
	Paper string
	// Visits of this quarter: figures that are not of the month.
	Visits store.VisitFigures
}

var visitManners = i18n.Family("visit.manner.")

// few is a number of households as it is published: of fewer than
// policy.SmallestCount one could tell who they are.
func (v *caseBoardView) few(n int) string {
	if n > 0 && n < policy.SmallestCount {
		return v.T("visit.public.few", "n", policy.SmallestCount)
	}
	return v.Int(n)
}

func (p *Portal) caseBoardView(ctx context.Context, page *web.Page) (*caseBoardView, error) {
	v := &caseBoardView{Page: page, Month: models.Month(page.Query("month")), Paper: strings.ToUpper(or(page.Query("paper"), "A4"))}
	this := models.MonthOf(page.Now)
	if v.Month == "" {
		v.Month = this
	}
	if !v.Month.Valid() || v.Month > this || v.Month < this.Add(-5*12) || v.Paper != "A4" && v.Paper != "A3" {
		return nil, errNotFound()
	}
	t := p.Store.In(page.Community)
	var err error
	if v.CaseStats, err = t.CaseStats(ctx, v.Month, v.Month); err != nil {
		return nil, err
	}
	if v.Visits, err = t.VisitFigures(ctx, page.Today()); err != nil {
		return nil, err
	}
	for _, rows := range []*[]store.CaseRow{&v.Grids, &v.Categories, &v.Desks, &v.Buildings} {
		*rows = store.FoldSmall(*rows)
	}
	list, err := t.Categories(ctx)
	if err != nil {
		return nil, err
	}
	v.Names = page.CategoryNames(list)
	if v.Plan, v.Spots, err = t.CompoundPlan(ctx); err != nil {
		return nil, err
	}
	page.Title, page.Place = page.T("case.board.title", "month", v.Month), "together"
	page.Back = ui.Link{Text: page.T("case.title"), Href: page.URL("complaints")}
	return v, nil
}

func (p *Portal) caseBoard(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.caseBoardView(ctx, page)
	if err != nil {
		return nil, err
	}
	return caseBoardPage(v), nil
}

func (p *Portal) caseBoardSheet(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.caseBoardView(ctx, page)
	if err != nil {
		return nil, err
	}
	page.Bare, page.NoIndex = true, true
	return caseBoardSheetPage(v), nil
}

func (v *caseBoardView) href(m models.Month) ui.Link {
	if m > models.MonthOf(v.Now) {
		return ui.Link{}
	}
	return ui.Link{Text: v.Page.Month(m), Href: v.URL("complaints", "board") + "?month=" + string(m)}
}

func (v *caseBoardView) prev() ui.Link { return v.href(v.Month.Add(-1)) }
func (v *caseBoardView) next() ui.Link { return v.href(v.Month.Add(1)) }

func (v *caseBoardView) sheetHref(paper string) string {
	return v.URL("complaints", "board", "sheet") + "?month=" + string(v.Month) + "&paper=" + paper
}

// columns of every table of the board.
func (v *caseBoardView) columns(first string) []ui.Col {
	return []ui.Col{
		{Title: v.T(first)}, {Title: v.T("case.figure.received"), Num: true, Short: true}, {Title: v.T("case.figure.responded"), Num: true, Short: true},
		{Title: v.T("case.figure.intime"), Num: true, Short: true}, {Title: v.T("case.figure.solved"), Num: true, Short: true},
		{Title: v.T("case.figure.satisfied"), Num: true, Short: true}, {Title: v.T("case.figure.days"), Num: true, Short: true},
		{Title: v.T("case.figure.late"), Num: true, Short: true}, {Title: v.T("case.figure.reopened"), Num: true, Short: true},
	}
}

func (v *caseBoardView) rows(list []store.CaseRow) []ui.TR {
	rows := make([]ui.TR, 0, len(list))
	for i := range list {
		r := &list[i]
		name := r.Name
		switch {
		case v.Names[r.Key] != "":
			name = v.Names[r.Key]
		case r.Key == store.FewCases:
			name = v.T("case.board.few", "n", policy.SmallestCount)
		case r.Desk.Kind != "":
			name = v.DeskName(r.Desk, r.Name)
		}
		rows = append(rows, ui.TR{Cells: v.cells(or(name, v.T("case.board.nowhere")), &r.CaseFigures)})
	}
	return rows
}

func (v *caseBoardView) cells(name string, f *store.CaseFigures) []ui.TD {
	return []ui.TD{
		{Text: name}, {Text: v.Int(f.Received)}, {Text: rate(v.Page, f.Responded, f.Received)}, {Text: rate(v.Page, f.InTime, f.Due)},
		{Text: opinion(v.Page, f.Solved, f.Rated)}, {Text: opinion(v.Page, f.Satisfied, f.Rated)}, {Text: oneDecimal(f.Median()) + " / " + oneDecimal(f.P90())},
		{Text: v.Int(f.Late)}, {Text: v.Int(f.Reopened)},
	}
}

// opinion is the share of reporters who said so; of fewer than
// policy.SmallestCount one could tell who said what.
func opinion(page *web.Page, part, whole int) string {
	if whole < policy.SmallestCount {
		return rate(page, 0, 0)
	}
	return rate(page, part, whole)
}

func oneDecimal(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// heat are the buildings on the picture with their cases.
func (v *caseBoardView) heat() ui.PlanProps {
	p := planOf(v.Page, v.Plan)
	p.Label = v.T("case.board.heat.text")
	most := 0
	for _, b := range v.Buildings {
		most = max(most, b.Received)
	}
	for _, s := range v.Spots {
		for _, b := range v.Buildings {
			if b.Key == s.BuildingID.String() {
				p.Heat = append(p.Heat, ui.PlanSpot{Name: b.Name, X: s.X, Y: s.Y, N: b.Received, Of: most})
			}
		}
	}
	return p
}

func (v *caseBoardView) sheet() ui.SheetProps {
	return ui.SheetProps{
		Paper: v.Paper, Kind: v.T("case.title"), Title: v.T("case.board.title", "month", v.Month), Community: v.Community.Name,
		Number: string(v.Month), Period: v.T("case.board.made", "date", v.Today()), QRAddress: v.Absolute(v.URL("complaints", "board")) + "?month=" + string(v.Month),
		QRLabel: v.T("account.sheet.qr"), PageText: v.T("account.sheet.page", "n", 1, "of", 1), Seal: v.T("account.sheet.seal", "community", v.Community.Name),
		Date: v.Day(v.Today()), Foot: v.T("case.board.foot"),
	}
}

// most of the rows that fit a sheet.
func (v *caseBoardView) most(list []store.CaseRow, n int) []store.CaseRow {
	return list[:min(n, len(list))]
}

// complaintsDoor is the way in from the home page, with the month's share of
// answers in time.
func (v homeView) complaintsDoor() ui.Door {
	d := ui.Door{Title: v.T("home.door.complaints"), Icon: ui.IconSpeech, Href: v.URL("complaints"), Note: v.T("home.door.complaints.none")}
	if v.Cases.Due > 0 {
		d.Figure, d.Note = rate(v.Page, v.Cases.InTime, v.Cases.Due), v.T("home.door.complaints.note")
	} else if v.Cases.Received > 0 {
		d.Figure, d.Note = v.Int(v.Cases.Received), v.T("home.door.complaints.received")
	}
	return d
}

// caseMatters are the reader's cases that wait for them: to rate, to answer.
func (p *Portal) caseMatters(ctx context.Context, page *web.Page) ([]matter, error) {
	cases, err := p.Store.MyCases(ctx, page.Actor)
	var all []matter
	for _, c := range cases {
		if c.Community.ID != page.Community.ID || c.Reporter != models.ReporterSelf || c.State != models.ComplaintAnswered || policy.ComplaintSettled(c.Complaint, page.Today()) {
			continue
		}
		all = append(all, matter{Title: page.T("home.mine.case", "number", c.Number), Desc: rateText(page, &c.Complaint), Href: page.URL("complaints", c.ID.String())})
	}
	return all, err
}

// visitRate is left out where so few are due that it would tell who was visited.
func (v *caseBoardView) visitRate() string {
	if v.Visits.Due < policy.SmallestCount {
		return rate(v.Page, 0, 0)
	}
	return rate(v.Page, v.Visits.Visited, v.Visits.Due)
}
