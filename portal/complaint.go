package portal

import (
	"context"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// complaintRoutes are 民情快递: reported in three screens without an account,
// followed like a parcel, rated by whoever reported.
func (p *Portal) complaintRoutes() []web.Route {
	const all = "/:community/complaints"
	get := func(path string, h fiber.Handler) web.Route {
		return web.Route{Method: "GET", Path: path, Object: web.Public, Handle: h}
	}
	post := func(path string, h fiber.Handler) web.Route {
		return web.Route{Method: "POST", Path: path, Object: web.Public, Handle: h}
	}
	upload := func(path string, h fiber.Handler) web.Route {
		return web.Route{Method: "POST", Path: path, Object: web.Public, Upload: true, Handle: h}
	}
	one := web.ForVisitors(web.Cached(caseSubjects, nil, p.publicCase), p.complaint)
	return []web.Route{
		get(all, web.Cached(caseSubjects, []string{"category", "show", "before"}, p.complaints)),
		get(all+"/new", web.Cached(caseSubjects, []string{"b"}, p.chooseCategory)),
		get(all+"/new/:category", p.reportComplaintForm),
		upload(all+"/new/:category", p.reportComplaint),
		get(all+"/similar", web.Cached(caseSubjects, []string{"category", "building"}, p.similar)),
		get(all+"/check", p.checkReportForm),
		post(all+"/check", p.checkReport),
		get(all+"/check/files/:file", p.draftFile),
		get(all+"/sent", p.anonymousSent),
		get(all+"/code", p.trackForm),
		post(all+"/code", p.track),
		get(all+"/code/case", p.codeCase),
		get(all+"/code/case/:act", p.ownActForm),
		upload(all+"/code/case/:act", p.ownAct),
		get(all+"/code/files/:file", p.codeFile),
		get(all+"/code/part/:part", p.codePart),
		get(all+"/:id", one),
		get(all+"/:id/sent", p.complaintSent),
		get(all+"/:id/files/:file", p.complaintFile),
		get(all+"/:id/support", p.supportForm),
		post(all+"/:id/support", p.support),
		{Method: "GET", Path: all + "/:id/act/:act", Object: web.Self, Handle: p.ownActForm},
		{Method: "POST", Path: all + "/:id/act/:act", Object: web.Self, Upload: true, Handle: p.ownAct},
		{Method: "GET", Path: "/me/complaints", Object: web.Self, Handle: p.myComplaints},
	}
}

// caseSubjects are the data that the public pages of cases show.
var caseSubjects = []string{"complaints", "people"}

// complaintsView is the public list.
type complaintsView struct {
	*web.Page
	Categories []store.CaseCategory
	Names      map[string]string
	Places     map[models.ID]string
	Category   string
	Show       string // "" all, "open"
	List       []models.Complaint
	Older      models.ID
	Month      store.CaseMonth
}

func (p *Portal) complaints(ctx context.Context, page *web.Page) (templ.Component, error) {
	t := p.Store.In(page.Community)
	v := &complaintsView{Page: page, Category: page.Query("category"), Show: page.Query("show")}
	before, ok := models.ParseID(page.Query("before"))
	if page.Query("before") != "" && !ok || v.Show != "" && v.Show != "open" {
		return nil, errNotFound()
	}
	var err error
	if v.Categories, err = t.Categories(ctx); err != nil {
		return nil, err
	}
	v.Names = page.CategoryNames(v.Categories)
	if v.Category != "" && v.Names[v.Category] == "" {
		return nil, errNotFound()
	}
	var more bool
	if v.List, more, err = t.PublicCases(ctx, store.PublicCaseFilter{Category: v.Category, Open: v.Show == "open", Before: before}); err != nil {
		return nil, err
	}
	if more {
		v.Older = v.List[len(v.List)-1].ID
	}
	if v.Places, err = t.BuildingNames(ctx); err != nil {
		return nil, err
	}
	if v.Month, err = t.CaseMonth(ctx, models.MonthOf(page.Now)); err != nil {
		return nil, err
	}
	page.Title, page.Place, page.Description = page.T("case.title"), "together", page.T("case.lead")
	return complaintsPage(v), nil
}

// caseView is one case as the public or its reporter reads it.
type caseView struct {
	*web.Page
	Case     *store.CaseView
	Category string
	Own      bool
	Base     string             // address of the case for this reader
	Said     string             // what has just been done
	Plan     *models.Attachment // of the compound, where the case has a pin on it
	Talks    models.ID          // the reader's mediation that came out of it; 0 for everybody else
}

func (p *Portal) newCaseView(ctx context.Context, page *web.Page, c *store.CaseView) (*caseView, error) {
	list, err := p.Store.In(page.Community).Categories(ctx)
	if err != nil {
		return nil, err
	}
	v := &caseView{Page: page, Case: c, Category: page.CategoryNames(list)[c.Category], Base: page.URL("complaints", c.ID.String())}
	if c.PinX >= 0 {
		if v.Plan, _, err = p.Store.In(page.Community).CompoundPlan(ctx); err != nil {
			return nil, err
		}
	}
	page.Title, page.Place = page.T("case.one", "number", c.Number), "together"
	page.Back = ui.Link{Text: page.T("case.title"), Href: page.URL("complaints")}
	return v, nil
}

func (p *Portal) publicCase(ctx context.Context, page *web.Page) (templ.Component, error) {
	c, err := p.Store.In(page.Community).PublicCase(ctx, page.ParamID("id"))
	if err != nil {
		return nil, err
	}
	v, err := p.newCaseView(ctx, page, c)
	if err != nil {
		return nil, err
	}
	page.Description = shorten(c.PublicText)
	return casePage(v), nil
}

// complaint is the case for whoever is logged in: their own in full, another's
// as everybody reads it.
func (p *Portal) complaint(c *fiber.Ctx) error {
	page, ctx := web.PageOf(c), web.Context(c)
	t := p.Store.In(page.Community)
	own, err := t.OwnCase(ctx, store.Follower{Actor: page.Actor}, page.ParamID("id"))
	mine := err == nil
	if !mine {
		if own, err = t.PublicCase(ctx, page.ParamID("id")); err != nil {
			return err
		}
	}
	v, err := p.newCaseView(ctx, page, own)
	if err != nil {
		return err
	}
	if v.Own, v.Said = mine, page.Query("done"); mine {
		page.Back = ui.Link{Text: page.T("case.mine"), Href: "/me/complaints"}
		if v.Talks, err = t.MediationOfCase(ctx, page.Actor, own.ID); err != nil {
			return err
		}
	}
	return web.Render(c, fiber.StatusOK, casePage(v))
}

// complaintSent is the end of reporting: a number, a day, whom to call.
func (p *Portal) complaintSent(c *fiber.Ctx) error {
	page, ctx := web.PageOf(c), web.Context(c)
	own, err := p.Store.In(page.Community).OwnCase(ctx, store.Follower{Actor: page.Actor}, page.ParamID("id"))
	if err != nil {
		return err
	}
	v, err := p.newCaseView(ctx, page, own)
	if err != nil {
		return err
	}
	v.Own, page.Title, page.NoIndex, page.Back = true, page.T("case.sent.title"), true, ui.Link{}
	return web.Render(c, fiber.StatusOK, caseSentPage(v, ""))
}

// complaintFile is a picture of a case: released ones for everybody, all of
// their own for the reporter.
func (p *Portal) complaintFile(c *fiber.Ctx) error {
	page := web.PageOf(c)
	return p.sendCaseFile(c, store.Follower{Actor: page.Actor}, page.ParamID("id"))
}

func (p *Portal) sendCaseFile(c *fiber.Ctx, f store.Follower, id models.ID) error {
	page := web.PageOf(c)
	t := p.Store.In(page.Community)
	a, err := t.CaseFile(web.Context(c), f, id, page.ParamID("file"))
	if err != nil {
		return err
	}
	return sendAttachment(c, t, a)
}

func sendAttachment(c *fiber.Ctx, t *store.Tenant, a *models.Attachment) error {
	return web.SendFile(c, web.File{
		Name: a.Name, MIME: a.MIME, Size: a.Size, Sum: a.SHA256, Open: func() (web.FileBody, error) { return t.Content(a) },
	})
}

func (p *Portal) supportForm(c *fiber.Ctx) error {
	page, ctx := web.PageOf(c), web.Context(c)
	public, err := p.Store.In(page.Community).PublicCase(ctx, page.ParamID("id"))
	if err != nil {
		return err
	}
	v, err := p.newCaseView(ctx, page, public)
	if err != nil {
		return err
	}
	page.Title, page.NoIndex = page.T("case.support"), true
	page.Back = ui.Link{Text: page.T("case.one", "number", public.Number), Href: v.Base}
	return web.Render(c, fiber.StatusOK, supportPage(v))
}

// support says "me too".
func (p *Portal) support(c *fiber.Ctx) error {
	page := web.PageOf(c)
	to, err := p.actOrConfirm(c, act{Kind: actSupport, Thing: page.ParamID("id"), Back: page.URL("complaints", page.Param("id"))})
	if err != nil {
		return err
	}
	return web.Redirect(c, to)
}

func (p *Portal) doSupport(c *fiber.Ctx, actor models.Actor, a act) (string, error) {
	page := web.PageOf(c)
	return page.URL("complaints", a.Thing.String()) + "?done=support", p.Store.In(page.Community).Support(web.Context(c), actor, a.Thing)
}

// similarView are open cases like the one being reported.
type similarView struct {
	*web.Page
	List   []models.Complaint
	Places map[models.ID]string
}

func (p *Portal) similar(ctx context.Context, page *web.Page) (templ.Component, error) {
	building, _ := models.ParseID(page.Query("building"))
	t := p.Store.In(page.Community)
	list, err := t.SimilarCases(ctx, page.Query("category"), 0, building)
	if err != nil {
		return nil, err
	}
	places, err := t.BuildingNames(ctx)
	page.Title, page.Place, page.NoIndex = page.T("case.similar"), "together", true
	page.Back = ui.Link{Text: page.T("case.title"), Href: page.URL("complaints")}
	return similarPage(similarView{page, list, places}), err
}

// myComplaintsView are the cases of the reader.
type myComplaintsView struct {
	*web.Page
	List []store.MyCase
}

func (p *Portal) myComplaints(c *fiber.Ctx) error {
	page := web.PageOf(c)
	page.Title, page.Place = page.T("case.mine"), "me"
	page.Back = ui.Link{Text: page.T("me.title"), Href: "/me"}
	list, err := p.Store.MyCases(web.Context(c), page.Actor)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, myComplaintsPage(myComplaintsView{page, list}))
}

func myCaseCell(page *web.Page, m store.MyCase) ui.CellProps {
	cell := ui.CellProps{Title: m.Number, Desc: m.Community.Name + " \u00b7 " + page.Moment(m.ReceivedAt), Href: "/" + m.Community.Code + "/complaints/" + m.ID.String()}
	if m.PublicText != "" {
		cell.Title, cell.Desc = shorten(m.PublicText), strings.Join([]string{m.Number, cell.Desc}, " \u00b7 ")
	}
	cell.Tag, cell.TagFor = page.CaseTag(m.Complaint)
	if cell.TagFor == ui.Danger {
		cell.Kind = ui.Danger
	}
	return cell
}
