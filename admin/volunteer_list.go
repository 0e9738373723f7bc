package admin

import (
	"context"
	"io"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// listKind is one of the two lists about volunteers that come as spreadsheets.
type listKind struct {
	kind   models.ImportKind
	folder string // below the volunteers' pages
	words  string // prefix of what is said only of this kind
	header []string
	sample []any
}

var (
	peopleList = listKind{models.ImportVolunteers, "people", "list.people.", sheet.EnrolledHeader, sheet.EnrolledSample}
	hoursList  = listKind{models.ImportHours, "hours", "list.hours.", sheet.ServedHeader, sheet.ServedSample}
)

// listLimit of an upload: 5,000 rows are well below it.
const listLimit = 4 << 20

func (a *Admin) listRoutes(k listKind, object, action string) []web.Route {
	r := func(method, path, object, action string, handle func(*fiber.Ctx, listKind) error) web.Route {
		return web.Route{Method: method, Path: volunteersPath + "/" + k.folder + "/import" + path, Object: object, Action: action, Upload: method == "POST" && path == "",
			Handle: func(c *fiber.Ctx) error { return handle(c, k) }}
	}
	return []web.Route{
		r("GET", "", object, action, a.listForm),
		r("POST", "", object, action, a.listUpload),
		r("GET", "/sample.xlsx", object, action, a.listSample),
		r("GET", "/:id", object, action, a.list),
		r("POST", "/:id/confirm", object, action, a.listConfirm),
		r("POST", "/:id/drop", object, action, a.listDrop),
		r("POST", "/:id/decide", "hours", "approve", a.listDecide),
	}
}

// listUploadView is the upload and what was uploaded lately.
type listUploadView struct {
	*web.Page
	listKind
	Lately []models.Import
}

func (a *Admin) listUploadPage(c *fiber.Ctx, k listKind) (*listUploadView, error) {
	p := a.volunteersPage(c, web.PageOf(c).T(k.words+"title"))
	lately, err := a.Store.In(p.Community).Lists(web.Context(c), k.kind)
	return &listUploadView{p, k, lately}, err
}

func (a *Admin) listForm(c *fiber.Ctx, k listKind) error {
	v, err := a.listUploadPage(c, k)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, listUploadMain(v))
}

func (a *Admin) listUpload(c *fiber.Ctx, k listKind) error {
	p, f := web.PageOf(c), web.FormOf(c)
	files := f.Files("file", 1, 1, listLimit)
	err := f.Err()
	var im *models.Import
	if err == nil {
		var data []byte
		if data, err = files[0].Bytes(); err != nil {
			return err
		}
		im, err = a.Store.In(p.Community).StageList(web.Context(c), p.Actor, k.kind, files[0].Name, data)
	}
	if err != nil {
		v, broken := a.listUploadPage(c, k)
		if broken != nil {
			return broken
		}
		return web.Again(c, atFile(err), listUploadMain(v))
	}
	to := p.AdminURL("volunteers", k.folder, "import", im.ID.String())
	if im.State == models.ImportConfirmed {
		to += "?again=1"
	}
	return web.Redirect(c, to)
}

// listSample is an empty sheet with the columns and one example row.
func (a *Admin) listSample(c *fiber.Ctx, k listKind) error {
	t := sheet.Table{Name: "Sheet1", Header: k.header, Rows: sheet.Rows([][]any{k.sample}), Widths: []float64{14, 22, 14, 10, 22, 16, 12, 20, 12}}
	return web.Download(c, exportTypes["xlsx"], k.folder+".xlsx", func(_ context.Context, w io.Writer) error { return sheet.WriteTable(w, sheet.XLSX, t) })
}

// listView is one upload: to be decided, in, or given up.
type listView struct {
	*web.Page
	listKind
	*store.ListView
	Again      bool // the same file was sent once more
	MayApprove bool
	Left       []store.Decided
	Decided    int
}

func (a *Admin) listPage(c *fiber.Ctx, k listKind) (*listView, error) {
	p := a.volunteersPage(c, web.PageOf(c).T(k.words+"title"))
	p.Back = ui.Link{Text: p.T(k.words + "title"), Href: p.AdminURL("volunteers", k.folder, "import")}
	l, err := a.Store.In(p.Community).List(web.Context(c), p.Actor, k.kind, p.ParamID("id"))
	return &listView{Page: p, listKind: k, ListView: l, Again: p.Query("again") != "", MayApprove: web.May(c, "hours", "approve")}, err
}

func (a *Admin) list(c *fiber.Ctx, k listKind) error {
	v, err := a.listPage(c, k)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, listMain(v))
}

// listAct does something with an upload and shows it again.
func (a *Admin) listAct(c *fiber.Ctx, k listKind, act func(*web.Page) error) error {
	p := web.PageOf(c)
	if err := act(p); err != nil {
		v, broken := a.listPage(c, k)
		if broken != nil {
			return broken
		}
		return web.Again(c, err, listMain(v))
	}
	return web.Redirect(c, p.AdminURL("volunteers", k.folder, "import", p.Param("id")))
}

func (a *Admin) listConfirm(c *fiber.Ctx, k listKind) error {
	return a.listAct(c, k, func(p *web.Page) error {
		_, err := a.Store.In(p.Community).ConfirmList(web.Context(c), p.Actor, k.kind, p.ParamID("id"))
		return err
	})
}

func (a *Admin) listDrop(c *fiber.Ctx, k listKind) error {
	return a.listAct(c, k, func(p *web.Page) error {
		return a.Store.In(p.Community).DropList(web.Context(c), p.Actor, k.kind, p.ParamID("id"))
	})
}

// listDecide approves or refuses the next records of a list.
func (a *Admin) listDecide(c *fiber.Ctx, k listKind) error {
	p, f := web.PageOf(c), web.FormOf(c)
	answer, reason := web.Choice(f, "answer", "yes", "no"), f.OptionalArea("reason", 300)
	err := f.Err()
	var left []store.Decided
	done := 0
	if err == nil {
		left, done, err = a.Store.In(p.Community).DecideList(web.Context(c), p.Actor, p.ParamID("id"), answer == "yes", reason)
	}
	v, broken := a.listPage(c, k)
	if broken != nil {
		return broken
	}
	if err != nil {
		return web.Again(c, err, listMain(v))
	}
	v.Left, v.Decided = left, done
	return web.Render(c, fiber.StatusOK, listMain(v))
}

func (v *listView) path(part string) string {
	return v.AdminURL("volunteers", v.folder, "import", v.Import.ID.String(), part)
}

// word is what is said of this kind only.
func (v *listView) word(key string, args ...any) string { return v.T(v.words+key, args...) }

func (v *listView) errorRows() []ui.TR {
	var rows []ui.TR
	for _, e := range v.Report.Errors[:min(errorsShown, len(v.Report.Errors))] {
		where := e.Cell
		if where == "" {
			where = v.T("roll.line", "line", e.Row)
		}
		rows = append(rows, ui.TR{Kind: ui.Attention, Cells: []ui.TD{{Text: where}, {Text: e.Column}, {Text: v.Text(problem.Text{Key: e.Key, Args: e.Args})}}})
	}
	return rows
}

func (v *listView) samples() ui.TableProps {
	t := ui.TableProps{ID: "rows", Caption: v.T("list.samples"), Cards: true}
	hours := v.kind == models.ImportHours
	t.Cols = []ui.Col{{Title: v.T("volunteer.name")}, {Title: v.T("volunteer.number")}}
	if hours {
		t.Cols = append(t.Cols, ui.Col{Title: v.T("hours.day"), Short: true}, ui.Col{Title: v.T("hours.what")})
	}
	t.Cols = append(t.Cols, ui.Col{Title: v.T("hours.head"), Num: true})
	for _, s := range v.Samples {
		first := ui.TD{Text: s.Name, Sub: v.T("roll.line", "line", s.Line)}
		if s.Action == models.ListTie {
			first.Tag, first.TagFor = v.T("list.tie.tag"), ui.Plain
		}
		cells := []ui.TD{first, {Text: s.Number}}
		if hours {
			cells = append(cells, ui.TD{Text: v.Day(s.Day)}, ui.TD{Text: s.What})
		}
		t.Rows = append(t.Rows, ui.TR{Cells: append(cells, ui.TD{Text: hoursText(s.Minutes)})})
	}
	return t
}
