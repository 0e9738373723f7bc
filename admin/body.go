package admin

import (
	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// bodyRoutes: the organisations of the community, who sits in them, and the
// recorded elections of the small ones.
func (a *Admin) bodyRoutes() []web.Route {
	const all, vote, mandate = "/admin/:community/bodies", "/admin/:community/bodies/votes/:vote", "/admin/:community/mandates/:mandate"
	return []web.Route{
		{Method: "GET", Path: all, Object: "office", Action: "enter", Handle: a.bodies},
		{Method: "POST", Path: all + "/adopt", Object: "body", Action: "manage", Handle: a.adoptGroups},
		{Method: "GET", Path: all + "/new", Object: "body", Action: "manage", Handle: a.bodyForm},
		{Method: "POST", Path: all + "/new", Object: "body", Action: "manage", Handle: a.saveBody},
		{Method: "GET", Path: all + "/:id", Object: "office", Action: "enter", Handle: a.body},
		{Method: "GET", Path: all + "/:id/edit", Object: "body", Action: "manage", Handle: a.bodyForm},
		{Method: "POST", Path: all + "/:id/edit", Object: "body", Action: "manage", Handle: a.saveBody},
		{Method: "POST", Path: all + "/:id/end", Object: "body", Action: "manage", Handle: a.endBody},
		{Method: "POST", Path: all + "/:id/delegates", Object: "body", Action: "manage", Handle: a.addDelegate},
		{Method: "GET", Path: all + "/:id/vote", Object: "body", Action: "manage", Handle: a.bodyVoteForm},
		{Method: "POST", Path: all + "/:id/vote", Object: "body", Action: "manage", Handle: a.openBodyVote},
		{Method: "GET", Path: vote, Object: "office", Action: "enter", Handle: a.bodyVote},
		{Method: "POST", Path: vote + "/find", Object: "body", Action: "manage", Handle: a.findCandidate},
		{Method: "POST", Path: vote + "/candidates", Object: "body", Action: "manage", Handle: a.addCandidate},
		{Method: "POST", Path: vote + "/drop", Object: "body", Action: "manage", Handle: a.dropCandidate},
		{Method: "POST", Path: vote + "/marks", Object: "body", Action: "manage", Handle: a.markVoters},
		{Method: "POST", Path: vote + "/count", Object: "body", Action: "manage", Handle: a.countBodyVote},
		{Method: "POST", Path: vote + "/confirm", Object: "body", Action: "review", Handle: a.confirmBodyVote},
		{Method: "POST", Path: vote + "/recount", Object: "body", Action: "review", Handle: a.recountBodyVote},
		{Method: "POST", Path: vote + "/void", Object: "office", Action: "enter", Handle: a.voidBodyVote},
		{Method: "GET", Path: mandate + "/end", Object: "body", Action: "manage", Handle: a.endMandateForm},
		{Method: "POST", Path: mandate + "/end", Object: "body", Action: "manage", Handle: a.endMandate},
		{Method: "POST", Path: mandate + "/fill", Object: "body", Action: "manage", Handle: a.fillVacancy},
	}
}

var (
	bodyKinds      = i18n.Family("body.kind.")
	bodyPosts      = i18n.Family("body.post.")
	bodyMethods    = i18n.Family("body.method.")
	bodyUnits      = i18n.Family("body.unit.")
	bodyVoteStates = i18n.Family("body.vote.state.")
	mandateStates  = i18n.Family("body.mandate.state.")
)

// bodiesView is the list of organisations.
type bodiesView struct {
	*web.Page
	List   []models.Body
	Reps   map[models.ID]int // representatives in office by group
	Sizes  map[string]int    // households by group
	Missed int               // groups of the roll that are no body yet
	May    bool
}

func (a *Admin) bodies(c *fiber.Ctx) error {
	v, err := a.bodiesView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, bodiesMain(v))
}

func (a *Admin) bodiesView(c *fiber.Ctx) (*bodiesView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("body.title"))
	t, ctx := a.Store.In(p.Community), web.Context(c)
	v := &bodiesView{Page: p, Reps: map[models.ID]int{}, May: web.May(c, "body", "manage")}
	var err error
	if v.List, err = t.Bodies(ctx, ""); err != nil {
		return nil, err
	}
	reps, err := t.Representatives(ctx, p.Today())
	if err != nil {
		return nil, err
	}
	for _, m := range reps {
		v.Reps[m.BodyID]++
	}
	v.Sizes, err = t.GroupSizes(ctx)
	if !a.keeps(c, models.BodyGroup) {
		return v, err
	}
	known := map[string]bool{}
	for _, b := range v.List {
		known[b.GroupName] = true
	}
	for name := range v.Sizes {
		if !known[name] {
			v.Missed++
		}
	}
	return v, err
}

func (a *Admin) adoptGroups(c *fiber.Ctx) error {
	v, err := a.bodiesView(c)
	if err != nil {
		return err
	}
	if _, err := a.Store.In(v.Community).AdoptGroups(web.Context(c), v.Actor); err != nil {
		return web.Again(c, err, bodiesMain(v))
	}
	return web.Redirect(c, v.AdminURL("bodies"))
}

// bodyView is one organisation.
type bodyView struct {
	*web.Page
	B         models.Body
	Rule      policy.BodyRule
	Mandates  []models.Mandate
	Votes     []models.BodyVote
	Buildings []models.ID
	Grids     []store.GridView
	Size      int
	May       bool
	New       bool
	Kinds     []models.BodyKind // of a new one
}

func (a *Admin) bodyPage(c *fiber.Ctx) (*bodyView, error) {
	p := web.PageOf(c)
	t, ctx := a.Store.In(p.Community), web.Context(c)
	v := &bodyView{Page: p}
	b, err := t.Body(ctx, p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	v.B, v.Rule, v.May = *b, policy.BodyRuleOf(b.Kind), a.keeps(c, b.Kind)
	a.officePage(c, b.Name)
	p.Back = ui.Link{Text: p.T("body.title"), Href: p.AdminURL("bodies")}
	if v.Mandates, err = t.BodyMandates(ctx, b.ID); err != nil {
		return nil, err
	}
	if v.Votes, err = t.BodyVotes(ctx, b.ID); err != nil {
		return nil, err
	}
	if v.Buildings, err = t.BodyBuildings(ctx, b.ID); err != nil {
		return nil, err
	}
	sizes, err := t.GroupSizes(ctx)
	v.Size = sizes[b.GroupName]
	return v, err
}

func (a *Admin) body(c *fiber.Ctx) error {
	v, err := a.bodyPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, bodyMain(v))
}

func (a *Admin) bodyEdit(c *fiber.Ctx) (*bodyView, error) {
	p := web.PageOf(c)
	var v *bodyView
	var err error
	if p.ParamID("id") == 0 {
		v = &bodyView{Page: p, New: true, May: true, Kinds: a.keptKinds(c)}
		a.officePage(c, p.T("body.new"))
	} else if v, err = a.bodyPage(c); err != nil {
		return nil, err
	}
	v.Wide = false
	v.Back = ui.Link{Text: p.T("body.title"), Href: p.AdminURL("bodies")}
	v.Grids, err = a.Store.In(p.Community).Grids(web.Context(c))
	return v, err
}

func (a *Admin) bodyForm(c *fiber.Ctx) error {
	v, err := a.bodyEdit(c)
	if err != nil {
		return err
	}
	v.fill()
	return web.Render(c, fiber.StatusOK, bodyFormMain(v))
}

func (a *Admin) saveBody(c *fiber.Ctx) error {
	v, err := a.bodyEdit(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := store.BodyDraft{
		Kind: v.B.Kind, Name: f.Text("name", 60), GroupName: f.Optional("group_name", 60), Duties: f.OptionalArea("duties", 500), Contact: f.Optional("contact", 50),
		Phone: f.Optional("phone", 30), Address: f.Optional("address", 100), CreditCode: f.Optional("credit_code", 18),
		Seats: f.Int("seats", 0, 200), Rank: f.Int("rank", 0, 999), Buildings: v.chosenBuildings(f),
	}
	if v.New {
		d.Kind = web.Choice(f, "kind", v.Kinds...)
	}
	id := v.B.ID
	if err = f.Err(); err == nil {
		id, err = a.Store.In(v.Community).SaveBody(web.Context(c), v.Actor, id, d)
	}
	if err != nil {
		return web.Again(c, err, bodyFormMain(v))
	}
	return web.Redirect(c, v.AdminURL("bodies", id.String()))
}

// keeps tells whether the reader records who sits in bodies of a kind.
func (a *Admin) keeps(c *fiber.Ctx, kind models.BodyKind) bool {
	p := web.PageOf(c)
	return web.May(c, "body", "manage") && policy.MayKeepBody(kind, a.Store.Guard().RolesOf(p.Actor, p.Community, p.Today())) == nil
}

// keptKinds are the kinds of bodies that the reader records.
func (a *Admin) keptKinds(c *fiber.Ctx) []models.BodyKind {
	var kinds []models.BodyKind
	for _, r := range policy.BodyRules {
		if a.keeps(c, r.Kind) {
			kinds = append(kinds, r.Kind)
		}
	}
	return kinds
}

func (a *Admin) endBody(c *fiber.Ctx) error {
	return a.bodyAct(c, func(v *bodyView, _ *web.Form) error {
		return a.Store.In(v.Community).EndBody(web.Context(c), v.Actor, v.B.ID)
	})
}

func (a *Admin) addDelegate(c *fiber.Ctx) error {
	return a.bodyAct(c, func(v *bodyView, f *web.Form) error {
		name, phone, letter, until := f.Text("name", 50), f.Raw("phone"), f.Optional("letter", 100), f.OptionalDate("until")
		if err := f.Err(); err != nil {
			return err
		}
		return a.Store.In(v.Community).AddDelegate(web.Context(c), v.Actor, v.B.ID, name, phone, letter, until)
	})
}

// bodyAct runs an act on the organisation of the address.
func (a *Admin) bodyAct(c *fiber.Ctx, do func(v *bodyView, f *web.Form) error) error {
	v, err := a.bodyPage(c)
	if err != nil {
		return err
	}
	if err := do(v, web.FormOf(c)); err != nil {
		return web.Again(c, err, bodyMain(v))
	}
	return web.Redirect(c, v.AdminURL("bodies", v.B.ID.String()))
}

// mandateView is a mandate about to end.
type mandateView struct {
	*bodyView
	M models.Mandate
}

func (a *Admin) mandatePage(c *fiber.Ctx) (*mandateView, error) {
	p := web.PageOf(c)
	t, ctx := a.Store.In(p.Community), web.Context(c)
	m, err := t.Mandate(ctx, p.ParamID("mandate"))
	if err != nil {
		return nil, err
	}
	b, err := t.Body(ctx, m.BodyID)
	if err != nil {
		return nil, err
	}
	a.officePage(c, p.T("body.end.title"))
	p.Wide, p.Back = false, ui.Link{Text: b.Name, Href: p.AdminURL("bodies", b.ID.String())}
	return &mandateView{&bodyView{Page: p, B: *b}, *m}, nil
}

func (a *Admin) endMandateForm(c *fiber.Ctx) error {
	v, err := a.mandatePage(c)
	if err != nil {
		return err
	}
	v.Set("day", string(v.Today()))
	return web.Render(c, fiber.StatusOK, mandateEndMain(v))
}

func (a *Admin) endMandate(c *fiber.Ctx) error {
	v, err := a.mandatePage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	e := store.MandateEnd{Reason: f.Text("reason", 200), Day: f.Date("day"), Decision: f.Optional("decision", 60)}
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).EndMandate(web.Context(c), v.Actor, v.M.ID, e)
	}
	if err != nil {
		return web.Again(c, err, mandateEndMain(v))
	}
	return web.Redirect(c, v.AdminURL("bodies", v.B.ID.String()))
}

func (a *Admin) fillVacancy(c *fiber.Ctx) error {
	v, err := a.mandatePage(c)
	if err != nil {
		return err
	}
	if _, err := a.Store.In(v.Community).FillVacancy(web.Context(c), v.Actor, v.M.ID); err != nil {
		return web.Again(c, err, mandateEndMain(v))
	}
	return web.Redirect(c, v.AdminURL("bodies", v.B.ID.String()))
}
