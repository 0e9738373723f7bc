package admin

import (
	"crypto/rand"
	"iter"
	"slices"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// notThere is the answer for what does not exist for the reader.
func notThere() error { return problem.New(problem.NotFound, "error.notfound", nil) }

// caseEntryView is a case taken down for somebody: at the desk, on the
// telephone, at a visit, from the mailbox, on a democracy day.
type caseEntryView struct {
	*web.Page
	Categories []store.CaseCategory
	Grids      []store.GridView
	Once       string
	Abouts     []models.ComplaintAbout // cases about officials that the reader may take down
	Officials  []store.Official
}

func (a *Admin) caseEntryView(c *fiber.Ctx) (*caseEntryView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("case.entry.title"))
	p.Wide, p.Back = false, ui.Link{Text: p.T("case.desk.title"), Href: p.AdminURL("complaints")}
	p.Scripts = append(p.Scripts, "photo.js")
	t, ctx := a.Store.In(p.Community), web.Context(c)
	v := &caseEntryView{Page: p, Once: rand.Text()}
	var err error
	if v.Categories, err = t.Categories(ctx); err != nil {
		return nil, err
	}
	v.Categories = slices.DeleteFunc(v.Categories, func(c store.CaseCategory) bool { return c.Off })
	if v.Grids, err = t.Grids(ctx); err != nil {
		return nil, err
	}
	if v.Abouts, err = t.CaseAbouts(ctx, p.Actor); err != nil || len(v.Abouts) == 0 {
		return v, err
	}
	v.Officials, err = t.Officials(ctx, p.Today())
	v.Officials = slices.DeleteFunc(v.Officials, func(o store.Official) bool { return !slices.Contains(v.Abouts, o.About) })
	return v, err
}

func (a *Admin) caseEntryForm(c *fiber.Ctx) error {
	v, err := a.caseEntryView(c)
	if err != nil {
		return err
	}
	v.Set("channel", or(v.Query("channel"), string(models.ChannelDesk)))
	v.Set("level", string(models.LevelNamed))
	return web.Render(c, fiber.StatusOK, caseEntryPage(v))
}

func (a *Admin) caseEntry(c *fiber.Ctx) error {
	v, err := a.caseEntryView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	if once := f.Raw("once"); len(once) >= 16 {
		v.Once = once
	}
	r := store.Report{
		Once: v.Once, ByOfficer: true, Channel: web.Choice(f, "channel", models.EntryChannels...), Category: f.Raw("category"),
		Text: f.Area("text", maxCaseText), BuildingID: f.OptionalID("building"), Spot: f.Optional("spot", 60), PinX: -1, PinY: -1,
		Level: web.Choice(f, "level", models.ComplaintLevels...), Name: f.Optional("name", 40), Urgent: f.Bool("urgent"),
		Phone: f.OptionalPhone("phone"), Private: f.Bool("private"),
	}
	r.About, r.Concerned = v.about(f)
	photos, err := uploadsOptional(f)
	if err == nil {
		err = f.Err()
	}
	var filed *store.Filed
	if err == nil {
		r.Photos = photos
		filed, err = a.Store.In(v.Community).FileComplaint(web.Context(c), v.Actor, r)
	}
	if err != nil {
		return web.Again(c, err, caseEntryPage(v))
	}
	if filed.Code != "" { // read out to whoever stands at the desk; shown this once
		return web.Render(c, fiber.StatusOK, caseEnteredPage(v, filed))
	}
	return web.Redirect(c, v.AdminURL("complaints", filed.Case.ID.String()))
}

// about is whose acts it is about: nobody's, a body's, or a member's.
func (v *caseEntryView) about(f *web.Form) (models.ComplaintAbout, []models.ID) {
	s := f.Raw("about")
	for _, o := range v.Officials {
		if s == o.UserID.String() {
			return o.About, []models.ID{o.UserID}
		}
	}
	if s == "" {
		return models.AboutNobody, nil
	}
	return web.Choice(f, "about", v.Abouts...), nil
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// caseSheetsView are the sheets with codes, one per building.
type caseSheetsView struct {
	*web.Page
	Grids []store.GridView
	Only  models.ID
}

func (a *Admin) caseSheets(c *fiber.Ctx) error {
	p := web.PageOf(c)
	a.officePage(c, p.T("case.sheets.title"))
	p.Bare = true
	v := &caseSheetsView{Page: p}
	v.Only, _ = models.ParseID(p.Query("building"))
	var err error
	if v.Grids, err = a.Store.In(p.Community).Grids(web.Context(c)); err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, caseSheetsPage(v))
}

// caseExport streams the cases of a span of months, without who reported and
// without what was said.
func (a *Admin) caseExport(c *fiber.Ctx) error {
	p := web.PageOf(c)
	from, to, format := models.Month(or(p.Query("from"), string(models.MonthOf(p.Now)))), models.Month(or(p.Query("to"), string(models.MonthOf(p.Now)))), p.Param("format")
	if !from.Valid() || !to.Valid() || to < from || to > from.Add(store.MostStatMonths) || format != sheet.CSV && format != sheet.XLSX {
		return notThere()
	}
	t, ctx := a.Store.In(p.Community), web.Context(c)
	list, err := t.Categories(ctx)
	if err != nil {
		return err
	}
	names := p.CategoryNames(list)
	header := make([]string, len(caseColumns))
	for i, key := range caseColumns {
		header[i] = p.T(key)
	}
	rows := func(yield func([]any, error) bool) {
		for row, err := range t.CaseRows(ctx, from, to) {
			if err != nil {
				yield(nil, err)
				return
			}
			state, _ := p.CaseTag(row.Complaint)
			if !yield([]any{row.Number, string(models.DateOf(row.ReceivedAt)), names[row.Category], p.T(caseChannels.Key(string(row.Channel))), row.Grid, row.Building,
				p.DeskName(row.Owner(), row.Desk), state, string(row.PromiseDay), row.Answered, yesWord(p, row.Late), yesWord(p, row.Rated && row.Solved), yesWord(p, row.Rated && row.Satisfied), row.Reopened, row.OuterNumber}, nil) {
				return
			}
		}
	}
	return sendTable(c, p.Community.Code+"-complaints-"+string(from)+"-"+string(to), format, sheet.Table{Name: p.T("case.title"), Header: header, Rows: iter.Seq2[[]any, error](rows)})
}

func yesWord(p *web.Page, b bool) string {
	if b {
		return p.T("case.yes")
	}
	return ""
}

var caseColumns = []string{
	"inquiry.number", "case.export.received", "case.category", "case.export.channel", "case.grid", "case.building", "case.board.desk", "case.export.state",
	"case.export.promise", "case.export.answered", "case.figure.late", "case.figure.solved", "case.figure.satisfied", "case.figure.reopened", "case.export.outer",
}
