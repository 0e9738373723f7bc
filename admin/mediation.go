package admin

import (
	"bytes"
	"slices"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/photo"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/policy"
)

// mediationRoutes: mediations for those who mediate and the committee's head,
// the desk that takes a request in, and the street's figures. For every other
// officer each address of one mediation is one that never was.
func (a *Admin) mediationRoutes() []web.Route {
	const all, figures = "/admin/:community/private", "/admin/:community/mediation"
	// Not asked by role: a refusal must read like an address that never was.
	route := func(method, path string, h fiber.Handler) web.Route {
		return web.Route{Method: method, Path: all + path, Object: "office", Action: "enter", Handle: h}
	}
	return []web.Route{
		{Method: "GET", Path: all, Object: "mediation", Action: "handle", Handle: a.mediations},
		{Method: "GET", Path: all + "/new", Object: "mediation", Action: "desk", Handle: a.mediationEntryForm},
		{Method: "POST", Path: all + "/new", Object: "mediation", Action: "desk", Handle: a.mediationEntry},
		{Method: "GET", Path: all + "/new/:id", Object: "mediation", Action: "desk", Handle: a.mediationEntered},
		route("GET", "/:id", a.mediation),
		route("POST", "/:id/do/:act", a.mediationDo),
		route("GET", "/:id/end/:act", a.mediationEndForm),
		route("POST", "/:id/end/:act", a.mediationEnd),
		route("GET", "/:id/parties/:party", a.mediationPartyForm),
		route("POST", "/:id/parties/:party", a.mediationParty),
		route("GET", "/:id/agreement", a.mediationDraftForm),
		route("POST", "/:id/agreement", a.mediationDraft),
		route("GET", "/:id/sheet/:paper", a.mediationSheet),
		{Method: "POST", Path: all + "/:id/papers", Object: "office", Action: "enter", Upload: true, Handle: a.mediationPapers},
		route("GET", "/:id/papers/:file", a.mediationPaper),
		{Method: "GET", Path: figures, Object: "mediation", Action: "figures", Handle: a.mediationFigures},
		{Method: "POST", Path: figures + "/rules", Object: "mediation", Action: "rules", Handle: a.mediationRules},
		{Method: "POST", Path: "/admin/:community/complaints/:id/private", Object: "case", Action: "handle", Handle: a.mediationSuggest},
	}
}

const (
	mediationNext  = i18n.Family("mediation.desk.next.")
	mediationDone  = i18n.Family("mediation.desk.done.")
	mediationEnds  = i18n.Family("mediation.desk.end.")
	mediationTells = i18n.Family("mediation.desk.end.text.")
	sittingStates  = i18n.Family("mediation.sitting.state.")
	consentStates  = i18n.Family("mediation.consent.")
	writeKinds     = i18n.Family("mediation.write.kind.")
	courtChoices   = i18n.Family("mediation.court.choice.")
)

// mediationsView is the list of those who mediate.
type mediationsView struct {
	*web.Page
	List []store.DeskMediation
	May  bool // see the figures
}

func (a *Admin) mediations(c *fiber.Ctx) error {
	p := web.PageOf(c)
	a.officePage(c, p.T("mediation.desk.title"))
	list, err := a.Store.In(p.Community).DeskMediations(web.Context(c), p.Actor, p.Today())
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, mediationsPage(&mediationsView{p, list, web.May(c, "mediation", "figures")}))
}

// mediationView is one mediation for a mediator or the head.
type mediationView struct {
	*web.Page
	V    store.MediationView
	Acts []string
	Done string
}

func (a *Admin) mediationPage(c *fiber.Ctx) (*mediationView, error) {
	p := web.PageOf(c)
	m, err := a.Store.In(p.Community).Mediation(web.Context(c), p.Actor, p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	if m.Me != 0 { // a party reads it on the residents' side, as a party
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	v := &mediationView{Page: p, V: *m, Acts: policy.MediationActs(m.State, m.Relations), Done: p.Query("done")}
	if !p.Says(mediationDone.Key(v.Done)) {
		v.Done = ""
	}
	a.officePage(c, p.T("mediation.page"))
	p.Wide, p.Back = false, ui.Link{Text: p.T("mediation.desk.title"), Href: p.AdminURL("private")}
	return v, nil
}

func (v *mediationView) may(act string) bool { return slices.Contains(v.Acts, act) }

func (v *mediationView) path(parts ...string) string {
	return v.AdminURL(append([]string{"private", v.V.ID.String()}, parts...)...)
}

// mediates tells whether the reader is its mediator.
func (v *mediationView) mediates() bool { return v.V.Relations.Has(policy.RoleCaseMediator) }

func (a *Admin) mediation(c *fiber.Ctx) error {
	v, err := a.mediationPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, mediationPage(v))
}

// mediationEndView asks before something that ends it, for words where the law
// wants them.
type mediationEndView struct {
	*mediationView
	Act string
}

var mediationEndings = map[string]func(t *store.Tenant, c *fiber.Ctx, v *mediationView, text string) error{
	"decline": func(t *store.Tenant, c *fiber.Ctx, v *mediationView, text string) error {
		return t.DeclineMediation(web.Context(c), v.Actor, v.V.ID, text)
	},
	"fail": func(t *store.Tenant, c *fiber.Ctx, v *mediationView, text string) error {
		return t.FailMediation(web.Context(c), v.Actor, v.V.ID, text)
	},
	"step_aside": func(t *store.Tenant, c *fiber.Ctx, v *mediationView, _ string) error {
		return t.StepAside(web.Context(c), v.Actor, v.V.ID)
	},
	"broken": func(t *store.Tenant, c *fiber.Ctx, v *mediationView, _ string) error {
		return t.CloseBroken(web.Context(c), v.Actor, v.V.ID)
	},
}

func (a *Admin) mediationEndPage(c *fiber.Ctx) (*mediationEndView, error) {
	m, err := a.mediationPage(c)
	if err != nil {
		return nil, err
	}
	v := &mediationEndView{m, m.Param("act")}
	if _, known := mediationEndings[v.Act]; !known {
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	v.Title = v.T(mediationEnds.Key(v.Act))
	v.Back = ui.Link{Text: v.T("mediation.page"), Href: v.path()}
	return v, nil
}

func (a *Admin) mediationEndForm(c *fiber.Ctx) error {
	v, err := a.mediationEndPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, mediationEndPage(v))
}

func (a *Admin) mediationEnd(c *fiber.Ctx) error {
	v, err := a.mediationEndPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	text := f.OptionalArea("text", maxWords)
	if err = f.Err(); err == nil {
		err = mediationEndings[v.Act](a.Store.In(v.Community), c, v.mediationView, text)
	}
	if err != nil {
		return web.Again(c, err, mediationEndPage(v))
	}
	if v.Act == "step_aside" { // gone for them
		return web.Redirect(c, v.AdminURL("private"))
	}
	return web.Redirect(c, v.path()+"?done=saved")
}

func (a *Admin) mediationSheet(c *fiber.Ctx) error {
	v, err := a.mediationPage(c)
	if err != nil {
		return err
	}
	sheet := mediationPaperOf(v)
	if sheet == nil {
		return problem.New(problem.NotFound, "page.notfound", nil)
	}
	v.Bare, v.Back = true, ui.Link{}
	return web.Render(c, fiber.StatusOK, sheet)
}

func mediationPaperOf(v *mediationView) templ.Component {
	switch paper := v.Param("paper"); {
	case paper == "request" && v.mediates():
		v.Title = v.T("mediation.sheet.request")
		return web.RequestSheet(v.Page, &v.V, v.path())
	case paper == "agreement" && v.V.Version > 0:
		v.Title = v.T("mediation.sheet.agreement")
		return web.AgreementSheet(v.Page, &v.V, v.path())
	case paper == "court" && v.V.EffectiveDay != "" && v.mediates():
		v.Title = v.T("mediation.sheet.court")
		return web.CourtSheet(v.Page, &v.V, v.path())
	}
	return nil
}

// mediationPapers takes photos or a scan of the signed sheet.
func (a *Admin) mediationPapers(c *fiber.Ctx) error {
	v, err := a.mediationPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	var files []store.NewFile
	for _, u := range f.Files("files", 1, 6, photo.MaxBytes) {
		data, err := u.Bytes()
		if err != nil {
			return err
		}
		files = append(files, store.NewFile{Name: u.Name, Data: data})
	}
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).AddMediationPapers(web.Context(c), v.Actor, v.V.ID, files)
	}
	if err != nil {
		return web.Again(c, err, mediationPage(v))
	}
	return web.Redirect(c, v.path()+"?done=saved#papers")
}

// sealedBody is a paper that was opened in memory.
type sealedBody struct{ *bytes.Reader }

func (sealedBody) Close() error { return nil }

func (a *Admin) mediationPaper(c *fiber.Ctx) error {
	v, err := a.mediationPage(c)
	if err != nil {
		return err
	}
	file, content, err := a.Store.In(v.Community).MediationPaper(web.Context(c), v.Actor, v.V.ID, v.ParamID("file"))
	if err != nil {
		return err
	}
	return web.SendFile(c, web.File{Name: file.Name, MIME: file.MIME, Size: int64(len(content)), Sum: file.SHA256, Open: func() (web.FileBody, error) { return sealedBody{bytes.NewReader(content)}, nil }})
}

// mediationSuggest offers mediation to the reporter of a case. The answer is the
// same whether it was offered before or not.
func (a *Admin) mediationSuggest(c *fiber.Ctx) error {
	p := web.PageOf(c)
	if err := a.Store.In(p.Community).SuggestMediation(web.Context(c), p.Actor, p.ParamID("id")); err != nil {
		return err
	}
	return web.Redirect(c, p.AdminURL("complaints", p.Param("id"))+"?private=1")
}
