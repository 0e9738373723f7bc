package admin

import (
	"context"
	"crypto/rand"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// 走访: the list of somebody who goes from door to door, the page of one door,
// and how often.

func (a *Admin) visitRoutes() []web.Route {
	const all = "/admin/:community/visits"
	return []web.Route{
		{Method: "GET", Path: all, Object: "visit", Action: "read", Handle: a.visits},
		{Method: "GET", Path: all + "/plan", Object: "visit", Action: "change", Handle: a.visitPlan},
		{Method: "POST", Path: all + "/plan", Object: "visit", Action: "change", Handle: a.putVisitPlan},
		{Method: "GET", Path: all + "/:id", Object: "visit", Action: "record", Handle: a.visitForm},
		{Method: "POST", Path: all + "/:id", Object: "visit", Action: "record", Handle: a.visit},
	}
}

var visitManners = i18n.Family("visit.manner.")

// visitsView is the list of doors.
type visitsView struct {
	*web.Page
	*store.VisitDesk
	Filter       store.VisitFilter
	May, MayPlan bool
}

func (a *Admin) visitsView(c *fiber.Ctx) (*visitsView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("visit.title"))
	p.Wide = false
	v := &visitsView{Page: p, May: web.May(c, "visit", "record"), MayPlan: web.May(c, "visit", "change")}
	v.Filter.GridID, _ = models.ParseID(p.Query("grid"))
	v.Filter.BuildingID, _ = models.ParseID(p.Query("building"))
	v.Filter.From, _ = strconv.Atoi(p.Query("from")) // a wrong one begins at the beginning
	var err error
	v.VisitDesk, err = a.Store.In(p.Community).VisitDesk(web.Context(c), p.Actor, v.Filter)
	return v, err
}

func (a *Admin) visits(c *fiber.Ctx) error {
	v, err := a.visitsView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, visitsPage(v))
}

// visitView is one door.
type visitView struct {
	*web.Page
	H          *store.DoorView
	Categories []store.CaseCategory
	Once       string
}

func (a *Admin) visitView(c *fiber.Ctx) (*visitView, error) {
	p := web.PageOf(c)
	t, ctx := a.Store.In(p.Community), web.Context(c)
	h, err := t.Door(ctx, p.Actor, p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	v := &visitView{Page: p, H: h, Once: rand.Text()}
	if v.Categories, err = t.Categories(ctx); err != nil {
		return nil, err
	}
	v.Categories = slices.DeleteFunc(v.Categories, func(c store.CaseCategory) bool { return c.Off })
	a.officePage(c, p.T("visit.household", "place", h.Building.Name+" "+h.Place))
	p.Wide, p.Back = false, ui.Link{Text: p.T("visit.title"), Href: p.AdminURL("visits") + "?building=" + h.Building.ID.String()}
	return v, nil
}

func (a *Admin) visitForm(c *fiber.Ctx) error {
	v, err := a.visitView(c)
	if err != nil {
		return err
	}
	v.Set("day", string(v.Today()))
	v.Set("manner", string(models.VisitHome))
	return web.Render(c, fiber.StatusOK, visitPage(v))
}

func (a *Admin) visit(c *fiber.Ctx) error {
	v, err := a.visitView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	if once := f.Raw("once"); len(once) >= 16 {
		v.Once = once
	}
	d := store.VisitDraft{
		HouseholdID: v.H.ID, Day: f.Date("day"), Manner: web.Choice(f, "manner", models.VisitHome, models.VisitPhone, models.VisitNote),
		Note: f.OptionalArea("note", 1000), Wish: f.OptionalArea("wish", maxCaseText), Category: f.Raw("category"), Name: f.Optional("name", 40),
		Phone: f.OptionalPhone("phone"), Confidential: f.Bool("confidential"), Once: v.Once,
	}
	var noted *models.Visit
	if err = f.Err(); err == nil {
		noted, err = a.Store.In(v.Community).NoteVisit(web.Context(c), v.Actor, d)
	}
	if err != nil {
		return web.Again(c, err, visitPage(v))
	}
	to := v.AdminURL("visits") + "?building=" + v.H.Building.ID.String() + "&done=visit"
	if noted.CaseID != 0 {
		to = v.AdminURL("complaints", noted.CaseID.String())
	}
	return web.Redirect(c, to)
}

func (a *Admin) visitPlan(c *fiber.Ctx) error {
	v, err := a.visitPlanView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, visitPlanPage(v))
}

func (a *Admin) visitPlanView(c *fiber.Ctx) (*visitsView, error) {
	v, err := a.visitsView(c)
	if err != nil {
		return nil, err
	}
	v.Title, v.Back = v.T("visit.plan"), ui.Link{Text: v.T("visit.title"), Href: v.AdminURL("visits")}
	return v, nil
}

func (a *Admin) putVisitPlan(c *fiber.Ctx) error {
	v, err := a.visitPlanView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	days, grid := 0, f.OptionalID("grid")
	if grid == 0 || f.Raw("days") != "" {
		days = f.Int("days", policy.LeastVisitDays, policy.MostVisitDays)
	}
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).PutVisitPlan(web.Context(c), v.Actor, grid, days)
	}
	if err != nil {
		return web.Again(c, err, visitPlanPage(v))
	}
	return web.Redirect(c, v.AdminURL("visits", "plan")+"?done=plan")
}

// doors are what is overdue at the doors of the reader, in the officer's day.
func (a *Admin) doors(ctx context.Context, v *dayView, t *store.Tenant, c *fiber.Ctx) error {
	if !web.May(c, "visit", "record") || !a.Store.Guard().RolesOf(v.Actor, v.Community, v.Today()).Has(models.RoleGridWorker) {
		return nil // the committee sees figures; the doors are the grid worker's
	}
	d, err := t.VisitDesk(ctx, v.Actor, store.VisitFilter{})
	if err != nil || d.Overdue == 0 {
		return err
	}
	v.Tasks = append(v.Tasks, task{When: late, What: v.T("visit.task", "n", d.Overdue), About: v.T("visit.lead"), Href: v.AdminURL("visits"), Act: v.T("office.act.look")})
	return nil
}
