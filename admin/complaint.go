package admin

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// complaintRoutes are the desk of 民情快递. Which cases a reader finds there is
// asked in every query: a case about officials exists for none of them.
func (a *Admin) complaintRoutes() []web.Route {
	const all = "/admin/:community/complaints"
	route := func(method, path string, h fiber.Handler) web.Route {
		return web.Route{Method: method, Path: path, Object: "case", Action: "handle", Handle: h}
	}
	upload := func(path string, h fiber.Handler) web.Route {
		return web.Route{Method: "POST", Path: path, Object: "case", Action: "handle", Upload: true, Handle: h}
	}
	return []web.Route{
		route("GET", all, a.caseDesk),
		route("POST", all+"/batch", a.caseBatch),
		route("GET", all+"/new", a.caseEntryForm),
		upload(all+"/new", a.caseEntry),
		route("GET", all+"/sheets", a.caseSheets),
		{Method: "GET", Path: all + "/export/:format", Object: "stats", Action: "read", Handle: a.caseExport},
		route("GET", all+"/:id", a.caseShow),
		route("GET", all+"/:id/act/:act", a.caseActForm),
		upload(all+"/:id/act/:act", a.caseAct),
		route("POST", all+"/:id/phone", a.casePhone),
		route("GET", all+"/:id/files/:file", a.caseFile),
		route("POST", all+"/:id/files/:file/show", a.caseFileShow),
		route("GET", all+"/:id/files/:file/blackout", a.caseBlackoutForm),
		route("POST", all+"/:id/files/:file/blackout", a.caseBlackout),
	}
}

var (
	deskShows   = i18n.Family("case.desk.show.")
	caseActs    = i18n.Family("case.act.")
	caseActDesc = i18n.Family("case.act.lead.")
)

// caseDeskView is the inbox.
type caseDeskView struct {
	*web.Page
	Filter           store.DeskFilter
	List             []store.DeskCase
	Next             *store.DeskMark
	Names            map[string]string
	Categories       []store.CaseCategory
	Grids            []store.GridView
	Targets          []store.Target
	Systems          []models.HandoverTarget // that cases can be handed over to
	Done             string
	MaySet, MayCount bool
}

func (a *Admin) caseDeskView(c *fiber.Ctx) (*caseDeskView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("case.desk.title"))
	t, ctx := a.Store.In(p.Community), web.Context(c)
	v := &caseDeskView{Page: p, MaySet: web.May(c, "settings", "change"), MayCount: web.May(c, "stats", "read"), Done: p.Query("done"), Filter: store.DeskFilter{Show: store.ShowMine, Category: p.Query("category"), Number: p.Query("number")}}
	for _, s := range store.DeskShows {
		if p.Query("show") == string(s) {
			v.Filter.Show = s
		}
	}
	v.Filter.GridID, _ = models.ParseID(p.Query("grid"))
	v.Filter.After.ID, _ = models.ParseID(p.Query("after"))
	v.Filter.After.Due = models.Date(p.Query("due"))
	var err error
	if v.List, v.Next, err = t.Desk(ctx, p.Actor, v.Filter); err != nil {
		return nil, err
	}
	list, err := t.Categories(ctx)
	if err != nil {
		return nil, err
	}
	v.Names, v.Categories = p.CategoryNames(list), list
	if v.Grids, err = t.Grids(ctx); err != nil {
		return nil, err
	}
	if v.Systems, err = t.HandoverTargets(ctx, p.Actor); err != nil {
		return nil, err
	}
	v.Targets, err = t.Targets(ctx, models.AboutNobody)
	return v, err
}

func (a *Admin) caseDesk(c *fiber.Ctx) error {
	v, err := a.caseDeskView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, caseDeskPage(v))
}

// caseBatch does one act to all the cases that are ticked; each is its own
// transaction, and what could not be done is said.
func (a *Admin) caseBatch(c *fiber.Ctx) error {
	v, err := a.caseDeskView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	action := web.Choice(f, "action", "accept", "dispatch", "hand_over")
	var ids []models.ID
	for _, s := range strings.Fields(strings.Join(f.Values("case"), " ")) {
		if id, ok := models.ParseID(s); ok && len(ids) < 100 {
			ids = append(ids, id)
		}
	}
	act := store.Act{}
	if action == "dispatch" {
		act.To = targetOf(f.Raw("to"))
	}
	if len(ids) == 0 {
		f.Add("case", "form.choose", nil)
	}
	if err := f.Err(); err != nil {
		return web.Again(c, err, caseDeskPage(v))
	}
	var failed error
	for _, id := range ids {
		if err := a.batchAct(c, v.Page, id, action, act, f.OptionalID("system")); err != nil {
			if problem.As(err) == nil {
				return err
			}
			failed = err
		}
	}
	if failed != nil {
		return web.Again(c, failed, caseDeskPage(v))
	}
	return web.Redirect(c, v.href(v.Filter.Show)+"&done=batch")
}

func (a *Admin) batchAct(c *fiber.Ctx, p *web.Page, id models.ID, action string, act store.Act, system models.ID) error {
	t, err := a.Store.In(p.Community), error(nil)
	if action == "hand_over" {
		_, err = t.HandOver(web.Context(c), p.Actor, id, system, store.Outer{})
	} else {
		_, err = t.CaseAct(web.Context(c), p.Actor, id, action, act)
	}
	return err
}

// targetOf reads "grid:123".
func targetOf(s string) models.Assignee {
	kind, id, _ := strings.Cut(s, ":")
	n, _ := models.ParseID(id)
	return models.Assignee{Kind: models.AssigneeKind(strings.Clone(kind)), ID: n}
}

func targetValue(a models.Assignee) string {
	if a.ID == 0 {
		return string(a.Kind)
	}
	return string(a.Kind) + ":" + a.ID.String()
}

// targetOptions are desks as a list to choose from.
func targetOptions(p *web.Page, field string, list []store.Target) []ui.Option {
	options := make([]ui.Option, len(list))
	for i, t := range list {
		options[i] = p.Option(field, targetValue(t.Assignee), p.DeskName(t.Assignee, t.Name))
	}
	return options
}

// casePhone shows the telephone of who reported; the timeline keeps that
// somebody looked.
func (a *Admin) casePhone(c *fiber.Ctx) error {
	p := web.PageOf(c)
	phone, err := a.Store.In(p.Community).CallReporter(web.Context(c), p.Actor, p.ParamID("id"))
	if err != nil {
		return err
	}
	v, err := a.caseShowView(c)
	if err != nil {
		return err
	}
	v.Phone = phone
	return web.Render(c, fiber.StatusOK, caseShowPage(v))
}

func (a *Admin) caseFile(c *fiber.Ctx) error {
	p := web.PageOf(c)
	t := a.Store.In(p.Community)
	f, err := t.OfficeCaseFile(web.Context(c), p.Actor, p.ParamID("id"), p.ParamID("file"))
	if err != nil {
		return err
	}
	return web.SendFile(c, web.File{
		Name: f.Name, MIME: f.MIME, Size: f.Size, Sum: f.SHA256, Open: func() (web.FileBody, error) { return t.Content(f) },
	})
}

func (a *Admin) caseFileShow(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	err := a.Store.In(p.Community).ReleaseCaseFile(web.Context(c), p.Actor, p.ParamID("id"), p.ParamID("file"), f.Raw("show") == "1")
	if err != nil {
		return err
	}
	return web.Redirect(c, p.AdminURL("complaints", p.Param("id"))+"#files")
}
