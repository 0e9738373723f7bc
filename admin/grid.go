package admin

import (
	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

func (a *Admin) gridRoutes() []web.Route {
	const grids, buildings = "/admin/:community/grids", "/admin/:community/buildings"
	return []web.Route{
		{Method: "GET", Path: grids, Object: "office", Action: "enter", Handle: a.grids},
		{Method: "GET", Path: grids + "/:id", Object: "settings", Action: "change", Handle: a.gridForm},
		{Method: "POST", Path: grids + "/:id", Object: "settings", Action: "change", Handle: a.gridPut},
		{Method: "GET", Path: buildings + "/:id", Object: "resident", Action: "read_masked", Handle: a.households},
		{Method: "GET", Path: buildings + "/:id/change", Object: "settings", Action: "change", Handle: a.buildingForm},
		{Method: "POST", Path: buildings + "/:id/change", Object: "settings", Action: "change", Handle: a.buildingPut},
	}
}

// gridsView are the grids with whom to call.
type gridsView struct {
	*web.Page
	Grids     []store.GridView
	MayChange bool
	MayRead   bool
}

func (a *Admin) gridsView(c *fiber.Ctx) (*gridsView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("grid.title"))
	grids, err := a.Store.In(p.Community).Grids(web.Context(c))
	return &gridsView{p, grids, web.May(c, "settings", "change"), web.May(c, "resident", "read_masked")}, err
}

func (a *Admin) grids(c *fiber.Ctx) error {
	v, err := a.gridsView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, gridsMain(v))
}

// placeView is a grid or a building being written; "new" in the address adds one.
type placeView struct {
	*gridsView
	ID models.ID
}

// newPlace is the last part of the address of a form that adds something.
const newPlace = "new"

func (a *Admin) placeView(c *fiber.Ctx, titleKey, newKey string) (*placeView, error) {
	v, err := a.gridsView(c)
	if err != nil {
		return nil, err
	}
	id := v.ParamID("id")
	if id == 0 && v.Param("id") != newPlace {
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	v.Title, v.Wide = v.T(titleKey), false
	if id == 0 {
		v.Title = v.T(newKey)
	}
	v.Back = ui.Link{Text: v.T("grid.title"), Href: v.AdminURL("grids")}
	return &placeView{v, id}, nil
}

func (a *Admin) gridView(c *fiber.Ctx) (*placeView, error) {
	v, err := a.placeView(c, "grid.change", "grid.add")
	if err != nil || v.ID == 0 {
		return v, err
	}
	for _, g := range v.Grids {
		if g.ID == v.ID {
			v.Set("name", g.Name)
			v.Set("worker_name", g.WorkerName)
			v.Set("worker_phone", g.WorkerPhone)
			return v, nil
		}
	}
	return nil, problem.New(problem.NotFound, "page.notfound", nil)
}

func (a *Admin) gridForm(c *fiber.Ctx) error {
	v, err := a.gridView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, gridFormMain(v))
}

func (a *Admin) gridPut(c *fiber.Ctx) error {
	v, err := a.gridView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := store.GridDraft{Name: f.Text("name", 30), WorkerName: f.Optional("worker_name", 30), WorkerPhone: f.Optional("worker_phone", 30)}
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).PutGrid(web.Context(c), v.Actor, v.ID, d)
	}
	if err != nil {
		return web.Again(c, err, gridFormMain(v))
	}
	return web.Redirect(c, v.AdminURL("grids"))
}

func (a *Admin) buildingView(c *fiber.Ctx) (*placeView, error) {
	v, err := a.placeView(c, "grid.building.change", "grid.building.add")
	if err != nil || v.ID == 0 {
		return v, err
	}
	for _, g := range v.Grids {
		for _, b := range g.Buildings {
			if b.ID == v.ID {
				v.Set("name", b.Name)
				v.Set("grid", g.ID.String())
				return v, nil
			}
		}
	}
	return nil, problem.New(problem.NotFound, "page.notfound", nil)
}

func (a *Admin) buildingForm(c *fiber.Ctx) error {
	v, err := a.buildingView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, buildingFormMain(v))
}

func (a *Admin) buildingPut(c *fiber.Ctx) error {
	v, err := a.buildingView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	name, grid := f.Text("name", 30), f.ID("grid")
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).PutBuilding(web.Context(c), v.Actor, v.ID, grid, name)
	}
	if err != nil {
		return web.Again(c, err, buildingFormMain(v))
	}
	return web.Redirect(c, v.AdminURL("grids"))
}

func (v *placeView) gridOptions() []ui.Option {
	options := make([]ui.Option, len(v.Grids))
	for i, g := range v.Grids {
		options[i] = v.Option("grid", g.ID.String(), g.Name)
	}
	return options
}

// householdsView are the households of a building.
type householdsView struct {
	*web.Page
	Building   *models.Building
	Households []store.HouseholdLine
	Change     bool
}

func (a *Admin) households(c *fiber.Ctx) error {
	p := web.PageOf(c)
	t, ctx := a.Store.In(p.Community), web.Context(c)
	b, lines, err := t.Households(ctx, p.Actor, p.ParamID("id"))
	if err != nil {
		return err
	}
	a.officePage(c, b.Name)
	p.Back = ui.Link{Text: p.T("grid.title"), Href: p.AdminURL("grids")}
	v := &householdsView{Page: p, Building: b, Households: lines, Change: web.May(c, "settings", "change")}
	return web.Render(c, fiber.StatusOK, householdsMain(v))
}

func (v *householdsView) place(l store.HouseholdLine) string {
	if l.Place == "" {
		return v.T("grid.household.hidden")
	}
	return l.Place
}

func (v *householdsView) head(l store.HouseholdLine) string {
	if l.Head == "" {
		return v.T("grid.household.nohead")
	}
	return v.T("grid.household.head", "name", l.Head)
}

func (v *householdsView) address(l store.HouseholdLine) string {
	return v.AdminURL("households", l.ID.String())
}
