package admin

import (
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

func (a *Admin) rollRoutes() []web.Route {
	const roll = "/admin/:community/roll"
	return []web.Route{
		{Method: "GET", Path: roll, Object: "resident", Action: "import", Handle: a.roll},
		{Method: "POST", Path: roll, Object: "resident", Action: "import", Upload: true, Handle: a.rollUpload},
		{Method: "GET", Path: roll + "/:id", Object: "resident", Action: "import", Handle: a.rollImport},
		{Method: "GET", Path: roll + "/:id/rows", Object: "resident", Action: "import", Handle: a.rollRows},
		{Method: "POST", Path: roll + "/:id/confirm", Object: "resident", Action: "import", Handle: a.rollConfirm},
		{Method: "POST", Path: roll + "/:id/drop", Object: "resident", Action: "import", Handle: a.rollDrop},
		{Method: "GET", Path: roll + "/queue", Object: "resident", Action: "desk", Handle: a.rollQueue},
		{Method: "GET", Path: roll + "/queue/:id", Object: "resident", Action: "desk", Handle: a.queuedForm},
		{Method: "POST", Path: roll + "/queue/:id", Object: "resident", Action: "desk", Handle: a.queuedClear},
		{Method: "POST", Path: roll + "/queue/:id/drop", Object: "resident", Action: "desk", Handle: a.queuedDrop},
	}
}

// rollLimit of an upload: 20,000 people are about 3 MB.
const rollLimit = 20 << 20

var (
	importStates = i18n.Family("roll.state.")
	rollActions  = i18n.Family("roll.rows.")
)

// rollView is the upload and what was uploaded lately.
type rollView struct {
	*web.Page
	Imports []models.Import
	Queue   bool
}

func (a *Admin) rollPage(c *fiber.Ctx) (*rollView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("roll.title"))
	t, ctx := a.Store.In(p.Community), web.Context(c)
	imports, err := t.RollImports(ctx, 10)
	if err != nil {
		return nil, err
	}
	queue, err := t.RollQueue(ctx, p.Actor, 0, 1)
	return &rollView{p, imports, len(queue) > 0}, err
}

func (a *Admin) roll(c *fiber.Ctx) error {
	v, err := a.rollPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, rollUploadView(v))
}

func (a *Admin) rollUpload(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	files := f.Files("file", 1, 1, rollLimit)
	err := f.Err()
	var im *models.Import
	if err == nil {
		var data []byte
		if data, err = files[0].Bytes(); err != nil {
			return err
		}
		im, err = a.Store.In(p.Community).StartRoll(web.Context(c), p.Actor, files[0].Name, data)
	}
	if err != nil {
		v, broken := a.rollPage(c)
		if broken != nil {
			return broken
		}
		return web.Again(c, atFile(err), rollUploadView(v))
	}
	return web.Redirect(c, p.AdminURL("roll", im.ID.String()))
}

// rollImportView is one upload: being read, to be decided, or done.
type rollImportView struct {
	*web.Page
	*store.RollImport
}

// progressEvery are the seconds between two looks at work in progress.
const progressEvery = 2

func (a *Admin) rollImportPage(c *fiber.Ctx) (*rollImportView, error) {
	p := web.PageOf(c)
	im, err := a.Store.In(p.Community).RollImport(web.Context(c), p.Actor, p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	a.officePage(c, p.T("roll.preview.title"))
	p.Back = ui.Link{Text: p.T("roll.title"), Href: p.AdminURL("roll")}
	if im.State == models.ImportRunning && !im.Stalled {
		p.Refresh = progressEvery
	}
	return &rollImportView{p, im}, nil
}

func (a *Admin) rollImport(c *fiber.Ctx) error {
	v, err := a.rollImportPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, rollImportMain(v))
}

func (a *Admin) rollConfirm(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	choice := store.RollChoice{QueueBad: true, MoveGone: f.Raw("gone") == "move"}
	err := f.Err()
	if err == nil {
		_, err = a.Store.In(p.Community).ConfirmRoll(web.Context(c), p.Actor, p.ParamID("id"), choice)
	}
	if err != nil {
		v, broken := a.rollImportPage(c)
		if broken != nil {
			return broken
		}
		return web.Again(c, err, rollImportMain(v))
	}
	return web.Redirect(c, p.AdminURL("roll", p.Param("id")))
}

func (a *Admin) rollDrop(c *fiber.Ctx) error {
	p := web.PageOf(c)
	if err := a.Store.In(p.Community).DropRoll(web.Context(c), p.Actor, p.ParamID("id")); err != nil {
		return err
	}
	return web.Redirect(c, p.AdminURL("roll"))
}

// rollRowsView is one kind of staged rows, person by person.
type rollRowsView struct {
	*web.Page
	ID   models.ID
	Kind string
	Rows []store.RollDifference
	Next models.ID
}

const rollRowsPage = 100

// rollKinds are what the rows of a file may be: new, changed, or gone from it.
var rollKinds = []string{"add", "change", "gone"}

func (a *Admin) rollRows(c *fiber.Ctx) error {
	p := web.PageOf(c)
	v := &rollRowsView{Page: p, ID: p.ParamID("id"), Kind: p.Query("kind")}
	if !slices.Contains(rollKinds, v.Kind) {
		return problem.New(problem.NotFound, "page.notfound", nil)
	}
	a.officePage(c, p.T(rollActions.Key(v.Kind)))
	p.Back = ui.Link{Text: p.T("roll.preview.title"), Href: p.AdminURL("roll", v.ID.String())}
	t, ctx := a.Store.In(p.Community), web.Context(c)
	after, _ := models.ParseID(p.Query("after"))
	im, err := t.RollImport(ctx, p.Actor, v.ID)
	if err != nil {
		return err
	}
	if im.State != models.ImportStaged {
		return web.Redirect(c, p.AdminURL("roll", v.ID.String()))
	}
	if v.Kind == "gone" {
		v.Rows, err = t.RollGone(ctx, p.Actor, v.ID, after, rollRowsPage+1)
	} else {
		v.Rows, err = t.RollRows(ctx, p.Actor, v.ID, models.RollAction(v.Kind), after, rollRowsPage+1)
	}
	if err != nil {
		return err
	}
	if len(v.Rows) > rollRowsPage {
		v.Rows = v.Rows[:rollRowsPage]
		v.Next = v.Rows[rollRowsPage-1].ID
	}
	return web.Render(c, fiber.StatusOK, rollRowsMain(v))
}

// queueView are the rows that wait for the desk.
type queueView struct {
	*web.Page
	Rows []store.QueuedRow
	Next models.ID
}

func (a *Admin) rollQueue(c *fiber.Ctx) error {
	p := web.PageOf(c)
	a.officePage(c, p.T("roll.queue.title"))
	p.Back = ui.Link{Text: p.T("resident.title"), Href: p.AdminURL("residents")}
	after, _ := models.ParseID(p.Query("after"))
	rows, err := a.Store.In(p.Community).RollQueue(web.Context(c), p.Actor, after, residentsPage+1)
	if err != nil {
		return err
	}
	v := &queueView{Page: p, Rows: rows}
	if len(rows) > residentsPage {
		v.Rows = rows[:residentsPage]
		v.Next = v.Rows[residentsPage-1].ID
	}
	return web.Render(c, fiber.StatusOK, rollQueueMain(v))
}

// queuedView is one such row in the form of the desk.
type queuedView struct {
	*personForm
	Row *store.QueuedRow
}

func (a *Admin) queued(c *fiber.Ctx) (*queuedView, error) {
	p := web.PageOf(c)
	t, ctx := a.Store.In(p.Community), web.Context(c)
	row, err := t.QueuedRow(ctx, p.Actor, p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	form, err := a.personForm(c, p.T("roll.queue.one", "line", strconv.Itoa(row.Line)), p.AdminURL("roll", "queue", row.ID.String()))
	if err != nil {
		return nil, err
	}
	p.Back = ui.Link{Text: p.T("roll.queue.title"), Href: p.AdminURL("roll", "queue")}
	form.Keeps, form.HasDocument, form.HasPhone = true, row.Document, row.Phone
	form.NeedsPlace = true
	return &queuedView{form, row}, nil
}

func (a *Admin) queuedForm(c *fiber.Ctx) error {
	v, err := a.queued(c)
	if err != nil {
		return err
	}
	r := v.Row
	for name, value := range map[string]string{
		"name": r.Name, "relation": r.Relation, "sex": r.Sex, "birth": string(r.Birth), "document_kind": string(r.DocumentKind),
		"domicile": r.Domicile, "since": string(r.Since), "politics": r.Politics, "presence": string(r.Presence),
		"group": r.GroupName, "unit": r.Unit, "room": r.Room,
	} {
		v.Set(name, value)
	}
	for _, g := range v.Grids {
		for _, b := range g.Buildings {
			if b.Name == r.BuildingName {
				v.Set("building", b.ID.String())
			}
		}
	}
	return web.Render(c, fiber.StatusOK, queuedMain(v))
}

func (a *Admin) queuedClear(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	d := personDraft(f, true)
	err := f.Err()
	var id models.ID
	if err == nil {
		id, err = a.Store.In(p.Community).ClearRow(web.Context(c), p.Actor, p.ParamID("id"), d)
	}
	if err != nil {
		v, broken := a.queued(c)
		if broken != nil {
			return broken
		}
		return web.Again(c, err, queuedMain(v))
	}
	return web.Redirect(c, p.AdminURL("residents", id.String()))
}

func (a *Admin) queuedDrop(c *fiber.Ctx) error {
	p := web.PageOf(c)
	if err := a.Store.In(p.Community).DropRow(web.Context(c), p.Actor, p.ParamID("id")); err != nil {
		return err
	}
	return web.Redirect(c, p.AdminURL("roll", "queue"))
}

func importKind(s models.ImportState) ui.Kind {
	switch s {
	case models.ImportConfirmed:
		return ui.Good
	case models.ImportStaged, models.ImportRunning:
		return ui.Attention
	}
	return ui.Plain
}

// errorRows puts the errors of rows into words, by line and column.
func errorRows(p *web.Page, errors []sheet.RowError) []ui.TR {
	rows := make([]ui.TR, len(errors))
	for i, e := range errors {
		rows[i] = ui.TR{Kind: ui.Attention, Cells: []ui.TD{
			{Text: p.T("roll.line", "line", strconv.Itoa(e.Row))}, {Text: e.Column}, {Text: p.Text(problem.Text{Key: e.Key, Args: e.Args})},
		}}
	}
	return rows
}

// errorsShown bounds the preview; the rest follows at the desk.
const errorsShown = 200

func (v *rollImportView) errors() []sheet.RowError {
	return v.Report.Errors[:min(errorsShown, len(v.Report.Errors))]
}

func (v *rollImportView) path(parts ...string) string {
	return v.AdminURL(append([]string{"roll", v.RollImport.ID.String()}, parts...)...)
}

// changed are the old and the new value of a field in words.
func changed(p *web.Page, d store.Difference) (old, now string) {
	word := func(s string) string {
		switch {
		case s == "":
			return p.T("roll.nothing")
		case d.Field == "presence":
			return p.T(presences.Key(s))
		case d.Field == "sex":
			return p.T(sexes.Key(s))
		case d.Field == "back":
			return p.T(residentStates.Key(s))
		}
		return s
	}
	return word(d.Old), word(d.New)
}

func (v *rollRowsView) next() ui.Link {
	if v.Next == 0 {
		return ui.Link{}
	}
	return ui.Link{Text: v.T("resident.more"), Href: v.AdminURL("roll", v.ID.String(), "rows") + "?kind=" + v.Kind + "&after=" + v.Next.String()}
}

func (v *rollRowsView) cols() []ui.Col {
	cols := []ui.Col{{Title: v.T("resident.field.name")}, {Title: v.T("resident.place")}}
	if v.Kind != "gone" {
		cols = append(cols, ui.Col{Title: v.T("roll.errors.line"), Short: true})
	}
	if v.Kind == "change" {
		cols = append(cols, ui.Col{Title: v.T("roll.difference")})
	}
	return cols
}

func (v *rollRowsView) rows() []ui.TR {
	rows := make([]ui.TR, len(v.Rows))
	for i, r := range v.Rows {
		rows[i] = ui.TR{Cells: []ui.TD{{Text: r.Name}, {Text: r.Where}}}
		if v.Kind != "gone" {
			rows[i].Cells = append(rows[i].Cells, ui.TD{Text: strconv.Itoa(r.Line)})
		}
		if v.Kind == "change" {
			rows[i].Cells = append(rows[i].Cells, ui.TD{Body: differences(v.Page, r.Changes)})
		}
	}
	return rows
}

func (v *queueView) next() ui.Link {
	if v.Next == 0 {
		return ui.Link{}
	}
	return ui.Link{Text: v.T("resident.more"), Href: v.AdminURL("roll", "queue") + "?after=" + v.Next.String()}
}
