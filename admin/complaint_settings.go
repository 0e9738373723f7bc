package admin

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/photo"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// caseSettingsRoutes are what a community sets for its cases: categories, units,
// prepared replies, the picture of the compound.
func (a *Admin) caseSettingsRoutes() []web.Route {
	const all = "/admin/:community/case-settings"
	post := func(path string, upload bool, h fiber.Handler) web.Route {
		return web.Route{Method: "POST", Path: all + path, Object: "settings", Action: "change", Upload: upload, Handle: h}
	}
	return []web.Route{
		{Method: "GET", Path: all, Object: "settings", Action: "change", Handle: a.caseSettings},
		{Method: "GET", Path: all + "/category/:code", Object: "settings", Action: "change", Handle: a.caseCategoryForm},
		post("/category/:code", false, a.caseCategory),
		post("/unit", false, a.caseUnit),
		{Method: "GET", Path: all + "/template/:action", Object: "settings", Action: "change", Handle: a.caseTemplateForm},
		post("/template/:action", false, a.caseTemplate),
		post("/template", false, a.caseTemplateEnd),
		post("/plan", true, a.casePlan),
		post("/spot", false, a.caseSpot),
	}
}

// caseSettingsView is all of it on one page.
type caseSettingsView struct {
	*web.Page
	Categories []store.CaseCategory
	Units      []models.ComplaintUnit
	Templates  []models.ComplaintTemplate
	Plan       *models.Attachment
	Spots      []models.ComplaintSpot
	Buildings  map[models.ID]string
}

func (a *Admin) caseSettingsView(c *fiber.Ctx) (*caseSettingsView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("case.settings.title"))
	p.Wide, p.Back = false, ui.Link{Text: p.T("case.desk.title"), Href: p.AdminURL("complaints")}
	p.Scripts = append(p.Scripts, "photo.js")
	t, ctx := a.Store.In(p.Community), web.Context(c)
	v := &caseSettingsView{Page: p}
	var err error
	if v.Categories, err = t.Categories(ctx); err != nil {
		return nil, err
	}
	if v.Units, err = t.Units(ctx); err != nil {
		return nil, err
	}
	if v.Templates, err = t.Templates(ctx, ""); err != nil {
		return nil, err
	}
	if v.Plan, v.Spots, err = t.CompoundPlan(ctx); err != nil {
		return nil, err
	}
	v.Buildings, err = t.BuildingNames(ctx)
	return v, err
}

func (a *Admin) caseSettings(c *fiber.Ctx) error {
	v, err := a.caseSettingsView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, caseSettingsPage(v))
}

// saved leads back to the settings, or shows them with what is wrong.
func (a *Admin) saved(c *fiber.Ctx, err error) error {
	v, broken := a.caseSettingsView(c)
	if broken != nil {
		return broken
	}
	if err != nil {
		return web.Again(c, err, caseSettingsPage(v))
	}
	return web.Redirect(c, v.AdminURL("case-settings"))
}

func (a *Admin) caseUnit(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	name, phone, login := f.Optional("name", 60), f.Optional("phone", 40), f.OptionalPhone("login")
	err := f.Err()
	if err == nil {
		err = a.Store.In(p.Community).PutUnit(web.Context(c), p.Actor, f.OptionalID("id"), name, phone, login, f.Has("end"))
	}
	return a.saved(c, err)
}

func (a *Admin) caseTemplateEnd(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	id, err := f.ID("id"), f.Err()
	if err == nil {
		err = a.Store.In(p.Community).EndTemplate(web.Context(c), p.Actor, id)
	}
	return a.saved(c, err)
}

func (a *Admin) casePlan(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	var err error
	for _, u := range f.Files("files", 1, 1, photo.MaxBytes) {
		var data []byte
		if data, err = u.Bytes(); err == nil && f.Err() == nil {
			err = a.Store.In(p.Community).SetPlan(web.Context(c), p.Actor, store.NewFile{Name: u.Name, Data: data})
		}
	}
	if f.Err() != nil {
		err = f.Err()
	}
	return a.saved(c, err)
}

// caseSpot takes where a building stands: by tapping the picture (the browser
// sends spot.x and spot.y of an image button, without scripts) or as numbers.
func (a *Admin) caseSpot(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	building := f.ID("building")
	x, errX := strconv.Atoi(f.Raw("spot.x"))
	y, errY := strconv.Atoi(f.Raw("spot.y"))
	err := f.Err()
	if err == nil {
		plan, _, broken := a.Store.In(p.Community).CompoundPlan(web.Context(c))
		if broken != nil || plan == nil {
			return a.saved(c, broken)
		}
		if errX != nil || errY != nil {
			x, y = -1, -1
		} else { // the picture is shown spotWidth wide
			x, y = x*1000/spotWidth, y*1000*plan.Width/(spotWidth*max(plan.Height, 1))
		}
		err = a.Store.In(p.Community).SetSpot(web.Context(c), p.Actor, building, x, y)
	}
	return a.saved(c, err)
}

// spotWidth fits the smallest screen, where nothing may scroll sideways.
const spotWidth = 256

// caseCategoryView is the form of one category.
type caseCategoryView struct {
	*caseSettingsView
	Category *store.CaseCategory
}

func (a *Admin) caseCategoryView(c *fiber.Ctx) (*caseCategoryView, error) {
	s, err := a.caseSettingsView(c)
	if err != nil {
		return nil, err
	}
	v := &caseCategoryView{caseSettingsView: s, Category: &store.CaseCategory{Own: true, TriageDays: 1, AssignDays: 1, HandleDays: 5}}
	code := s.Param("code")
	for i := range s.Categories {
		if s.Categories[i].Code == code {
			v.Category = &s.Categories[i]
		}
	}
	if v.Category.Code == "" && code != "new" {
		return nil, notThere()
	}
	s.Page.Back = ui.Link{Text: s.T("case.settings.title"), Href: s.AdminURL("case-settings")}
	return v, nil
}

func (a *Admin) caseCategoryForm(c *fiber.Ctx) error {
	v, err := a.caseCategoryView(c)
	if err != nil {
		return err
	}
	k := v.Category
	v.Set("name", k.Name)
	v.Set("stop_text", k.StopText)
	v.Set("stop_phone", k.StopPhone)
	for name, days := range map[string]int{"triage": k.TriageDays, "assign": k.AssignDays, "handle": k.HandleDays} {
		v.Set(name, strconv.Itoa(days))
	}
	if k.Hidden {
		v.Set("hidden", "1")
	}
	if k.Off {
		v.Set("off", "1")
	}
	var own []string
	for _, q := range k.Questions {
		if q.Own {
			own = append(own, q.Text)
		}
	}
	v.Set("questions", strings.Join(own, "\n"))
	return web.Render(c, fiber.StatusOK, caseCategoryPage(v))
}

func (a *Admin) caseCategory(c *fiber.Ctx) error {
	v, err := a.caseCategoryView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	row := models.ComplaintCategory{
		Code: v.Category.Code, Name: f.Optional("name", 30), Questions: f.OptionalArea("questions", 600), StopText: f.Optional("stop_text", 200),
		StopPhone: f.Optional("stop_phone", 40), Hidden: f.Bool("hidden"), Off: f.Bool("off"), Rank: v.Category.Rank,
		TriageDays: f.Int("triage", 1, 30), AssignDays: f.Int("assign", 1, 30), HandleDays: f.Int("handle", 1, 30),
	}
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).PutCategory(web.Context(c), v.Actor, row)
	}
	if err != nil {
		return web.Again(c, err, caseCategoryPage(v))
	}
	return web.Redirect(c, v.AdminURL("case-settings"))
}
