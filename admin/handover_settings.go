package admin

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// caseSystemRoutes are the settings of other systems: those that cases are
// handed over to, and keys for those that file.
func (a *Admin) caseSystemRoutes() []web.Route {
	const all = "/admin/:community/case-systems"
	route := func(method, path string, h fiber.Handler) web.Route {
		return web.Route{Method: method, Path: path, Object: "settings", Action: "change", Handle: h}
	}
	return []web.Route{
		route("GET", all, a.caseSystems),
		route("GET", all+"/new/:kind", a.caseSystemForm),
		route("POST", all+"/new/:kind", a.caseSystemSave),
		route("GET", all+"/:id", a.caseSystemForm),
		route("POST", all+"/:id", a.caseSystemSave),
		route("POST", all+"/:id/check", a.caseSystemCheck),
		route("POST", all+"/:id/end", a.caseSystemEnd),
		route("POST", all+"/keys", a.caseKeyMake),
		route("POST", all+"/keys/:id/end", a.caseKeyEnd),
	}
}

var handoverAdds = i18n.Family("handover.add.")

// caseSystemsView is all of it.
type caseSystemsView struct {
	*web.Page
	Targets []models.HandoverTarget
	Keys    []models.Open311Key
	Secret  string // just made, shown this once
	For     string // whose it is
}

func (a *Admin) caseSystemsView(c *fiber.Ctx) (*caseSystemsView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("handover.systems"))
	p.Wide, p.Back = false, ui.Link{Text: p.T("case.desk.title"), Href: p.AdminURL("complaints")}
	t, ctx := a.Store.In(p.Community), web.Context(c)
	v := &caseSystemsView{Page: p}
	var err error
	if v.Targets, err = t.HandoverTargets(ctx, p.Actor); err != nil {
		return nil, err
	}
	v.Keys, err = t.Open311Keys(ctx)
	return v, err
}

func (a *Admin) caseSystems(c *fiber.Ctx) error {
	v, err := a.caseSystemsView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, caseSystemsPage(v))
}

// caseKeyMake makes a key and shows it; it is never shown again.
func (a *Admin) caseKeyMake(c *fiber.Ctx) error {
	v, err := a.caseSystemsView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	name := f.Text("name", 60)
	if err = f.Err(); err == nil {
		v.Secret, err = a.Store.In(v.Community).MakeOpen311Key(web.Context(c), v.Actor, name)
	}
	if err != nil {
		return web.Again(c, err, caseSystemsPage(v))
	}
	v.For = name
	c.Set(fiber.HeaderCacheControl, "no-store")
	return web.Render(c, fiber.StatusOK, caseSecretPage(v))
}

func (a *Admin) caseKeyEnd(c *fiber.Ctx) error {
	p := web.PageOf(c)
	if err := a.Store.In(p.Community).EndOpen311Key(web.Context(c), p.Actor, p.ParamID("id")); err != nil {
		return err
	}
	return web.Redirect(c, p.AdminURL("case-systems"))
}

// caseSystemView is the form of one system.
type caseSystemView struct {
	*web.Page
	Target       models.HandoverTarget
	Services     []models.HandoverService
	Categories   []store.CaseCategory
	MayOfficials bool
}

var handoverKindList = []models.HandoverKind{models.HandoverFile, models.HandoverWebhook, models.HandoverOpen311}

func (a *Admin) caseSystemView(c *fiber.Ctx) (*caseSystemView, error) {
	p := web.PageOf(c)
	t, ctx := a.Store.In(p.Community), web.Context(c)
	v := &caseSystemView{Page: p, MayOfficials: web.May(c, "settings", "handover_officials")}
	if id := p.ParamID("id"); p.Param("kind") == "" {
		to, err := t.HandoverTarget(ctx, p.Actor, id)
		if err != nil {
			return nil, err
		}
		v.Target = *to
	} else if v.Target.Kind = models.HandoverKind(p.Param("kind")); !slices.Contains(handoverKindList, v.Target.Kind) {
		return nil, notThere()
	}
	v.Services = store.HandoverServices(&v.Target)
	a.officePage(c, or(v.Target.Name, p.T(caseSystemKinds.Key(string(v.Target.Kind)))))
	p.Wide, p.Back = false, ui.Link{Text: p.T("handover.systems"), Href: p.AdminURL("case-systems")}
	if v.Target.CheckAt != nil { // a job is trying it
		p.Refresh = progressEvery
	}
	var err error
	v.Categories, err = t.Categories(ctx)
	return v, err
}

func (a *Admin) caseSystemForm(c *fiber.Ctx) error {
	v, err := a.caseSystemView(c)
	if err != nil {
		return err
	}
	v.Set("name", v.Target.Name)
	v.Set("url", v.Target.URL)
	v.Set("jurisdiction", v.Target.Jurisdiction)
	v.Set("service", v.Target.ServiceCode)
	if v.Target.WithNames {
		v.Set("with_names", "1")
	}
	return web.Render(c, fiber.StatusOK, caseSystemPage(v))
}

func (a *Admin) caseSystemSave(c *fiber.Ctx) error {
	v, err := a.caseSystemView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	to := models.HandoverTarget{Tenant: models.Tenant{ID: v.Target.ID}, Kind: v.Target.Kind, Officials: v.Target.Officials, Name: f.Text("name", 60), WithNames: f.Bool("with_names")}
	if to.ID == 0 {
		to.Officials = v.MayOfficials && f.Bool("officials")
	}
	if to.Kind != models.HandoverFile {
		to.URL = f.Text("url", 300)
	}
	if to.Kind == models.HandoverOpen311 {
		to.Jurisdiction, to.ServiceCode = f.Optional("jurisdiction", 60), f.Optional("service", 60)
		to.Mapping = v.mapping(f)
	}
	secret := f.Optional("secret", 200)
	if err = f.Err(); err != nil {
		return web.Again(c, err, caseSystemPage(v))
	}
	id, made, err := a.Store.In(v.Community).PutHandoverTarget(web.Context(c), v.Actor, to, secret)
	if err != nil {
		return web.Again(c, err, caseSystemPage(v))
	}
	if made != "" {
		all, err := a.caseSystemsView(c)
		if err != nil {
			return err
		}
		all.Secret, all.For = made, to.Name
		c.Set(fiber.HeaderCacheControl, "no-store")
		return web.Render(c, fiber.StatusOK, caseSecretPage(all))
	}
	return web.Redirect(c, v.AdminURL("case-systems", id.String()))
}

// mapping writes the choices of the form as the lines that are stored.
func (v *caseSystemView) mapping(f *web.Form) string {
	var lines []string
	for _, k := range v.Categories {
		if service := f.Optional("map-"+k.Code, 60); service != "" && !strings.ContainsAny(service, "=\n") {
			lines = append(lines, k.Code+"="+service)
		}
	}
	return strings.Join(lines, "\n")
}

// mapped is the service that a category goes to by the form's own choice.
func (v *caseSystemView) mapped(code string) string {
	for line := range strings.Lines(v.Target.Mapping) {
		if k, service, ok := strings.Cut(strings.TrimSpace(line), "="); ok && k == code {
			return service
		}
	}
	return ""
}

func (v *caseSystemView) services(code string) []ui.Option {
	options := make([]ui.Option, len(v.Services))
	for i, s := range v.Services {
		options[i] = ui.Option{Value: s.Code, Text: s.Name + " (" + s.Code + ")", Checked: s.Code == v.mapped(code)}
	}
	return options
}

// hook is where the other side sends its news.
func (v *caseSystemView) hook() string {
	return v.Absolute(v.URL("complaints", "hooks", v.Target.ID.String()))
}

func (a *Admin) caseSystemCheck(c *fiber.Ctx) error {
	p := web.PageOf(c)
	if err := a.Store.In(p.Community).AskHandoverCheck(web.Context(c), p.Actor, p.ParamID("id")); err != nil {
		return err
	}
	return web.Redirect(c, p.AdminURL("case-systems", p.Param("id")))
}

func (a *Admin) caseSystemEnd(c *fiber.Ctx) error {
	p := web.PageOf(c)
	if err := a.Store.In(p.Community).EndHandoverTarget(web.Context(c), p.Actor, p.ParamID("id")); err != nil {
		return err
	}
	return web.Redirect(c, p.AdminURL("case-systems"))
}
