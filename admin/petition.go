package admin

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// voiceRoutes: what residents and representatives bring, as the office works on
// it: demands with signatures, proposals, questions.
func (a *Admin) voiceRoutes() []web.Route {
	const all = "/admin/:community/assembly"
	prepare := func(method, path string, h fiber.Handler) web.Route {
		return web.Route{Method: method, Path: path, Object: "assembly", Action: "prepare", Handle: h}
	}
	return []web.Route{
		{Method: "GET", Path: all + "/petitions", Object: "office", Action: "enter", Handle: a.petitions},
		{Method: "GET", Path: all + "/petitions/:petition", Object: "office", Action: "enter", Handle: a.petition},
		prepare("POST", all+"/petitions/:petition/find", a.findSigner),
		prepare("POST", all+"/petitions/:petition/paper", a.signOnPaper),
		{Method: "POST", Path: all + "/petitions/:petition/hand", Object: "assembly", Action: "call", Handle: a.handOnPetition},
		{Method: "POST", Path: all + "/petitions/:petition/audit", Object: "assembly", Action: "order", Handle: a.publishAudit},
		{Method: "GET", Path: all + "/proposals", Object: "office", Action: "enter", Handle: a.initiatives},
		prepare("POST", all+"/proposals/:initiative/answer", a.answerInitiative),
		{Method: "GET", Path: all + "/questions", Object: "office", Action: "enter", Handle: a.interpellations},
		prepare("POST", all+"/questions/:question/answer", a.answerInterpellation),
	}
}

var (
	petitionKinds    = i18n.Family("petition.kind.")
	petitionStates   = i18n.Family("petition.state.")
	initiativeStates = i18n.Family("initiative.state.")
)

// petitionsView is the list of demands.
type petitionsView struct {
	*web.Page
	List []models.Petition
}

func (a *Admin) petitions(c *fiber.Ctx) error {
	p := web.PageOf(c)
	a.officePage(c, p.T("petition.title"))
	list, err := a.Store.In(p.Community).Petitions(web.Context(c), 100)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, petitionsMain(&petitionsView{p, list}))
}

// petitionView is one demand, with people found on the roll for its paper.
type petitionView struct {
	*web.Page
	P        models.Petition
	Found    []store.Person
	Searched bool
	May      bool
	MayHand  bool // hand a demand for an audit to the street
	MayAudit bool // publish what the audit found
}

func (a *Admin) petitionPage(c *fiber.Ctx) (*petitionView, error) {
	p := web.PageOf(c)
	x, err := a.Store.In(p.Community).Petition(web.Context(c), p.ParamID("petition"))
	if err != nil {
		return nil, err
	}
	a.officePage(c, x.Title)
	p.Wide, p.Back = false, ui.Link{Text: p.T("petition.title"), Href: p.AdminURL("assembly", "petitions")}
	audit := x.Kind == models.PetitionAudit
	return &petitionView{Page: p, P: *x, May: web.May(c, "assembly", "prepare"), MayHand: audit && x.State == models.PetitionReached && web.May(c, "assembly", "call"),
		MayAudit: x.State == models.PetitionHanded && web.May(c, "assembly", "order")}, nil
}

func (a *Admin) petition(c *fiber.Ctx) error {
	v, err := a.petitionPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, petitionMain(v))
}

func (a *Admin) findSigner(c *fiber.Ctx) error {
	v, err := a.petitionPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	words, sheet := f.Text("words", 60), f.Optional("sheet", 30)
	if err = f.Err(); err == nil {
		v.Found, err = a.Store.In(v.Community).FindResidents(web.Context(c), v.Actor, words)
	}
	if err != nil {
		return web.Again(c, err, petitionMain(v))
	}
	v.Searched = true
	v.Set("words", words)
	v.Set("sheet", sheet)
	return web.Render(c, fiber.StatusOK, petitionMain(v))
}

func (a *Admin) signOnPaper(c *fiber.Ctx) error {
	return a.petitionAct(c, func(ctx context.Context, t *store.Tenant, v *petitionView, f *web.Form) error {
		id, sheet := f.ID("resident"), f.Text("sheet", 30)
		if err := f.Err(); err != nil {
			return err
		}
		return t.SignOnPaper(ctx, v.Actor, v.P.ID, id, sheet)
	})
}

// petitionAct runs an act on the demand of the address.
func (a *Admin) petitionAct(c *fiber.Ctx, do func(ctx context.Context, t *store.Tenant, v *petitionView, f *web.Form) error) error {
	v, err := a.petitionPage(c)
	if err != nil {
		return err
	}
	if err := do(web.Context(c), a.Store.In(v.Community), v, web.FormOf(c)); err != nil {
		return web.Again(c, err, petitionMain(v))
	}
	return web.Redirect(c, v.AdminURL("assembly", "petitions", v.P.ID.String()))
}

func (a *Admin) handOnPetition(c *fiber.Ctx) error {
	return a.petitionAct(c, func(ctx context.Context, t *store.Tenant, v *petitionView, _ *web.Form) error {
		return t.HandOnPetition(ctx, v.Actor, v.P.ID)
	})
}

func (a *Admin) publishAudit(c *fiber.Ctx) error {
	return a.petitionAct(c, func(ctx context.Context, t *store.Tenant, v *petitionView, f *web.Form) error {
		text := f.Area("audit", 3000)
		if err := f.Err(); err != nil {
			return err
		}
		return t.PublishAudit(ctx, v.Actor, v.P.ID, text)
	})
}

// initiativesView is the list of residents' proposals.
type initiativesView struct {
	*web.Page
	List  []models.Initiative
	Older models.ID
	May   bool
}

func (a *Admin) initiativesPage(c *fiber.Ctx) (*initiativesView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("initiative.title"))
	before, _ := models.ParseID(p.Query("before")) // anything else: from the newest
	v := &initiativesView{Page: p, May: web.May(c, "assembly", "prepare")}
	p.Wide = false
	var more bool
	var err error
	v.List, more, err = a.Store.In(p.Community).Initiatives(web.Context(c), before, 20)
	if more {
		v.Older = v.List[len(v.List)-1].ID
	}
	return v, err
}

func (a *Admin) initiatives(c *fiber.Ctx) error {
	v, err := a.initiativesPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, initiativesMain(v))
}

func (a *Admin) answerInitiative(c *fiber.Ctx) error {
	v, err := a.initiativesPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	answer, cost, end := f.Area("answer", 1000), optionalMoney(f, "cost"), f.Bool("end")
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).AnswerInitiative(web.Context(c), v.Actor, v.ParamID("initiative"), answer, cost, end)
	}
	if err != nil {
		return web.Again(c, err, initiativesMain(v))
	}
	return web.Redirect(c, v.AdminURL("assembly", "proposals"))
}

// interpellationsView is the list of representatives' questions.
type interpellationsView struct {
	*web.Page
	List []models.Interpellation
	May  bool
}

func (a *Admin) interpellationsPage(ctx context.Context, c *fiber.Ctx) (*interpellationsView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("interpellation.title"))
	p.Wide = false
	list, err := a.Store.In(p.Community).Interpellations(ctx, 0, 100)
	return &interpellationsView{p, list, web.May(c, "assembly", "prepare")}, err
}

func (a *Admin) interpellations(c *fiber.Ctx) error {
	v, err := a.interpellationsPage(web.Context(c), c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, interpellationsMain(v))
}

func (a *Admin) answerInterpellation(c *fiber.Ctx) error {
	v, err := a.interpellationsPage(web.Context(c), c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	answer := f.Area("answer", 2000)
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).AnswerInterpellation(web.Context(c), v.Actor, v.ParamID("question"), answer)
	}
	if err != nil {
		return web.Again(c, err, interpellationsMain(v))
	}
	return web.Redirect(c, v.AdminURL("assembly", "questions"))
}
