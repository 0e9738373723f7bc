package portal

import (
	"context"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// voiceRoutes: what residents bring before the assembly: proposals, demands
// with signatures, questions of their representatives.
func (p *Portal) voiceRoutes() []web.Route {
	const petitions, proposals, questions = "/:community/assembly/petitions", "/:community/assembly/proposals", "/:community/assembly/questions"
	subjects := []string{"assembly"}
	own := func(method, path, action string, h fiber.Handler) web.Route {
		return web.Route{Method: method, Path: path, Object: "assembly", Action: action, Handle: h}
	}
	return []web.Route{
		{Method: "GET", Path: petitions, Object: web.Public, Handle: web.Cached(subjects, nil, p.petitions)},
		own("GET", petitions+"/new", "petition", p.petitionForm), own("POST", petitions+"/new", "petition", p.startPetition),
		{Method: "GET", Path: petitions + "/:petition", Object: web.Public, Handle: p.petition},
		own("POST", petitions+"/:petition/sign", "petition", p.signPetition), own("POST", petitions+"/:petition/unsign", "petition", p.unsignPetition),
		{Method: "GET", Path: proposals, Object: web.Public, Handle: web.Cached(subjects, []string{"before"}, p.initiatives)},
		own("GET", proposals+"/new", "petition", p.initiativeForm), own("POST", proposals+"/new", "petition", p.propose),
		{Method: "GET", Path: proposals + "/:initiative", Object: web.Public, Handle: p.initiative},
		own("POST", proposals+"/:initiative/support", "petition", p.supportInitiative),
		{Method: "GET", Path: questions, Object: web.Public, Handle: web.Cached(subjects, nil, p.interpellations)},
		own("GET", questions+"/new", "demand", p.interpellationForm), own("POST", questions+"/new", "demand", p.interpellate),
	}
}

var (
	sayingKinds      = i18n.Family("saying.kind.")
	petitionKinds    = i18n.Family("petition.kind.")
	petitionStates   = i18n.Family("petition.state.")
	initiativeStates = i18n.Family("initiative.state.")
)

// below stands a page under the assembly's.
func below(page *web.Page, title, back, href string) {
	page.Title, page.Place = title, "together"
	page.Back = ui.Link{Text: back, Href: href}
}

// petitionsView is the list of demands.
type petitionsView struct {
	*web.Page
	List []models.Petition
}

func (p *Portal) petitions(ctx context.Context, page *web.Page) (templ.Component, error) {
	below(page, page.T("petition.title"), page.T("assembly.title"), page.URL("assembly"))
	list, err := p.Store.In(page.Community).Petitions(ctx, 100)
	return petitionsPage(petitionsView{page, list}), err
}

// petitionView is one demand; forms show what can be done about it.
type petitionView struct {
	*web.Page
	P      models.Petition
	Signed bool
	May    bool
}

func (p *Portal) petitionPage(c *fiber.Ctx) (*petitionView, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	t := p.Store.In(page.Community)
	x, err := t.Petition(ctx, page.ParamID("petition"))
	if err != nil {
		return nil, err
	}
	below(page, x.Title, page.T("petition.title"), page.URL("assembly", "petitions"))
	v := &petitionView{Page: page, P: *x, May: web.May(c, "assembly", "petition")}
	v.Signed, err = t.Signed(ctx, page.Actor, x.ID)
	return v, err
}

func (p *Portal) petition(c *fiber.Ctx) error {
	v, err := p.petitionPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, petitionPage(v))
}

func (p *Portal) petitionAct(c *fiber.Ctx, do func(t *store.Tenant, ctx context.Context, actor models.Actor, id models.ID) error) error {
	v, err := p.petitionPage(c)
	if err != nil {
		return err
	}
	if err := do(p.Store.In(v.Community), web.Context(c), v.Actor, v.P.ID); err != nil {
		return web.Again(c, err, petitionPage(v))
	}
	return web.Redirect(c, v.URL("assembly", "petitions", v.P.ID.String()))
}

func (p *Portal) signPetition(c *fiber.Ctx) error {
	return p.petitionAct(c, (*store.Tenant).SignPetition)
}
func (p *Portal) unsignPetition(c *fiber.Ctx) error {
	return p.petitionAct(c, (*store.Tenant).WithdrawSignature)
}

// voiceForm is a page that is one form.
type voiceForm struct {
	*web.Page
	Similar []models.Initiative
	Rep     bool
	At      models.ID // the meeting at which a question is asked; 0: in writing
}

func (p *Portal) petitionFormPage(c *fiber.Ctx) *voiceForm {
	page := web.PageOf(c)
	below(page, page.T("petition.new"), page.T("petition.title"), page.URL("assembly", "petitions"))
	page.NoIndex = true
	return &voiceForm{Page: page, Rep: web.May(c, "assembly", "demand")}
}

func (p *Portal) petitionForm(c *fiber.Ctx) error {
	v := p.petitionFormPage(c)
	v.Set("kind", string(models.PetitionMeeting))
	v.Set("unit", string(models.ByAdults))
	return web.Render(c, fiber.StatusOK, petitionFormPage(v))
}

func (p *Portal) startPetition(c *fiber.Ctx) error {
	v := p.petitionFormPage(c)
	f := web.FormOf(c)
	d := store.PetitionDraft{Kind: web.Choice(f, "kind", models.PetitionMeeting, models.PetitionReps, models.PetitionAudit),
		Unit: web.Choice(f, "unit", models.ByAdults, models.ByHouseholds, models.ByReps), Title: f.Text("title", 60), Text: f.Area("text", 1000)}
	err := f.Err()
	var x *models.Petition
	if err == nil {
		x, err = p.Store.In(v.Community).StartPetition(web.Context(c), v.Actor, d)
	}
	if err != nil {
		return web.Again(c, err, petitionFormPage(v))
	}
	return web.Redirect(c, v.URL("assembly", "petitions", x.ID.String()))
}

// initiativesView is the list of residents' proposals.
type initiativesView struct {
	*web.Page
	List  []models.Initiative
	Older models.ID
}

func (p *Portal) initiatives(ctx context.Context, page *web.Page) (templ.Component, error) {
	below(page, page.T("initiative.title"), page.T("assembly.title"), page.URL("assembly"))
	before, ok := models.ParseID(page.Query("before"))
	if page.Query("before") != "" && !ok {
		return nil, errNotFound()
	}
	v := initiativesView{Page: page}
	var more bool
	var err error
	v.List, more, err = p.Store.In(page.Community).Initiatives(ctx, before, 20)
	if more {
		v.Older = v.List[len(v.List)-1].ID
	}
	return initiativesPage(v), err
}

// initiativeView is one proposal.
type initiativeView struct {
	*web.Page
	In        models.Initiative
	Supported bool
	May       bool
}

func (p *Portal) initiativePage(c *fiber.Ctx) (*initiativeView, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	t := p.Store.In(page.Community)
	in, err := t.Initiative(ctx, page.ParamID("initiative"))
	if err != nil {
		return nil, err
	}
	below(page, in.Title, page.T("initiative.title"), page.URL("assembly", "proposals"))
	v := &initiativeView{Page: page, In: *in, May: web.May(c, "assembly", "petition")}
	v.Supported, err = t.Supported(ctx, page.Actor, in.ID)
	return v, err
}

func (p *Portal) initiative(c *fiber.Ctx) error {
	v, err := p.initiativePage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, initiativePage(v))
}

func (p *Portal) supportInitiative(c *fiber.Ctx) error {
	v, err := p.initiativePage(c)
	if err != nil {
		return err
	}
	if err := p.Store.In(v.Community).SupportInitiative(web.Context(c), v.Actor, v.In.ID); err != nil {
		return web.Again(c, err, initiativePage(v))
	}
	return web.Redirect(c, v.URL("assembly", "proposals", v.In.ID.String()))
}

func (p *Portal) initiativeFormPage(c *fiber.Ctx) *voiceForm {
	page := web.PageOf(c)
	below(page, page.T("initiative.new"), page.T("initiative.title"), page.URL("assembly", "proposals"))
	page.NoIndex = true
	return &voiceForm{Page: page}
}

func (p *Portal) initiativeForm(c *fiber.Ctx) error {
	return web.Render(c, fiber.StatusOK, initiativeFormPage(p.initiativeFormPage(c)))
}

// propose shows similar proposals first; who sees them and goes on, proposes.
func (p *Portal) propose(c *fiber.Ctx) error {
	v := p.initiativeFormPage(c)
	f := web.FormOf(c)
	d := store.InitiativeDraft{Title: f.Text("title", 60), Text: f.Area("text", 1000)}
	if f.Raw("cost") != "" {
		d.CostFen = f.Money("cost")
	}
	t, ctx, err := p.Store.In(v.Community), web.Context(c), f.Err()
	if err == nil && f.Raw("seen") == "" {
		if v.Similar, err = t.SimilarInitiatives(ctx, d.Title); err == nil && len(v.Similar) > 0 {
			v.Set("title", d.Title)
			v.Set("text", d.Text)
			v.Set("cost", f.Raw("cost"))
			return web.Render(c, fiber.StatusOK, initiativeFormPage(v))
		}
	}
	var in *models.Initiative
	if err == nil {
		in, err = t.ProposeInitiative(ctx, v.Actor, d)
	}
	if err != nil {
		return web.Again(c, err, initiativeFormPage(v))
	}
	return web.Redirect(c, v.URL("assembly", "proposals", in.ID.String()))
}

// interpellationsView is the list of representatives' questions.
type interpellationsView struct {
	*web.Page
	List []models.Interpellation
}

func (p *Portal) interpellations(ctx context.Context, page *web.Page) (templ.Component, error) {
	below(page, page.T("interpellation.title"), page.T("assembly.title"), page.URL("assembly"))
	page.NoIndex = true
	list, err := p.Store.In(page.Community).Interpellations(ctx, 0, 100)
	return interpellationsPage(interpellationsView{page, list}), err
}

func (p *Portal) interpellationFormPage(c *fiber.Ctx) *voiceForm {
	page := web.PageOf(c)
	below(page, page.T("interpellation.new"), page.T("interpellation.title"), page.URL("assembly", "questions"))
	page.NoIndex = true
	return &voiceForm{Page: page}
}

func (p *Portal) interpellationForm(c *fiber.Ctx) error {
	v := p.interpellationFormPage(c)
	v.At, _ = models.ParseID(v.Query("session")) // anything else: in writing
	return web.Render(c, fiber.StatusOK, interpellationFormPage(v))
}

func (p *Portal) interpellate(c *fiber.Ctx) error {
	v := p.interpellationFormPage(c)
	f := web.FormOf(c)
	v.At = f.OptionalID("session")
	text := f.Area("question", 1000)
	err := f.Err()
	if err == nil {
		_, err = p.Store.In(v.Community).Interpellate(web.Context(c), v.Actor, v.At, text)
	}
	if err != nil {
		return web.Again(c, err, interpellationFormPage(v))
	}
	if v.At != 0 {
		return web.Redirect(c, v.URL("assembly", v.At.String())+"#questions")
	}
	return web.Redirect(c, v.URL("assembly", "questions"))
}
