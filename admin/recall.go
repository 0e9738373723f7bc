package admin

import (
	"cmp"
	"context"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// recallRoutes: demands to remove a member, resignations, and the street's
// rounds of many communities.
func (a *Admin) recallRoutes() []web.Route {
	const all = "/admin/:community/recalls"
	return []web.Route{
		{Method: "GET", Path: all, Object: "election", Action: "inspect", Handle: a.recalls},
		{Method: "POST", Path: all + "/sign", Object: "recall", Action: "manage", Handle: a.recallAct(signRecall)},
		{Method: "POST", Path: all + "/vote", Object: "recall", Action: "manage", Handle: a.recallAct(callRecall)},
		{Method: "POST", Path: all + "/resignation", Object: "recall", Action: "manage", Handle: a.recallAct(decideResignation)},
		{Method: "POST", Path: all + "/by-election", Object: "election", Action: "plan", Handle: a.recallAct(planByElection)},
	}
}

func (a *Admin) roundRoutes() []web.Route {
	const all = "/admin/:community/rounds"
	return []web.Route{
		{Method: "GET", Path: all, Object: "election", Action: "supervise", Handle: a.rounds},
		{Method: "POST", Path: all, Object: "election", Action: "supervise", Handle: a.startRound},
		{Method: "GET", Path: all + "/:id", Object: "election", Action: "supervise", Handle: a.round},
	}
}

// recallsView is the desk of recalls and resignations.
type recallsView struct {
	*web.Page
	Members      []models.ElectedMember
	Recalls      []models.Recall
	Resignations []models.Resignation
	Elections    []models.Election
	Decisions    []models.Decision // the newest of the community's book
	MayManage    bool
	MayPlan      bool
}

func (a *Admin) recallsView(c *fiber.Ctx) (*recallsView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("election.recalls.title"))
	p.Wide, p.Back = false, ui.Link{Text: p.T("office.section.elections"), Href: p.AdminURL("elections")}
	t, ctx := a.Store.In(p.Community), web.Context(c)
	v := &recallsView{Page: p, MayManage: web.May(c, "recall", "manage"), MayPlan: web.May(c, "election", "plan")}
	p.Set("day", string(p.Today()))
	var err error
	if v.Members, err = t.Members(ctx); err != nil {
		return nil, err
	}
	if v.Recalls, err = t.Recalls(ctx); err != nil {
		return nil, err
	}
	if v.Resignations, err = t.Resignations(ctx); err != nil {
		return nil, err
	}
	if v.Decisions, _, err = t.Decisions(ctx, store.DecisionFilter{Limit: 20}); err != nil {
		return nil, err
	}
	v.Elections, err = t.Elections(ctx, true)
	return v, err
}

func (a *Admin) recalls(c *fiber.Ctx) error {
	v, err := a.recallsView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, recallsPage(v))
}

type recallDo func(t *store.Tenant, ctx context.Context, actor models.Actor, f *web.Form) error

func (a *Admin) recallAct(do recallDo) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v, err := a.recallsView(c)
		if err != nil {
			return err
		}
		f := web.FormOf(c)
		if err = do(a.Store.In(v.Community), web.Context(c), v.Actor, f); err == nil {
			err = f.Err()
		}
		if err != nil {
			return web.Again(c, err, recallsPage(v))
		}
		return web.Redirect(c, v.AdminURL("recalls"))
	}
}

func signRecall(t *store.Tenant, ctx context.Context, actor models.Actor, f *web.Form) error {
	id := f.ID("recall")
	n, name := numberAnd(f.Text("signer", 60))
	if err := f.Err(); err != nil {
		return err
	}
	return inFieldFrom(t.SignRecall(ctx, actor, id, n, name), "number", "signer")
}

func callRecall(t *store.Tenant, ctx context.Context, actor models.Actor, f *web.Form) error {
	id, title, day := f.ID("recall"), f.Text("title", 60), models.Date(f.Text("day", 10))
	if err := f.Err(); err != nil {
		return err
	}
	_, err := t.CallRecallVote(ctx, actor, id, title, day)
	return err
}

func decideResignation(t *store.Tenant, ctx context.Context, actor models.Actor, f *web.Form) error {
	id, day := f.ID("resignation"), models.Date(f.Text("day", 10))
	decision := cmp.Or(f.Optional("decision", 200), f.Optional("made", 60))
	if err := f.Err(); err != nil {
		return err
	}
	return t.DecideResignation(ctx, actor, id, f.Has("accept"), decision, day)
}

func planByElection(t *store.Tenant, ctx context.Context, actor models.Actor, f *web.Form) error {
	parent := f.ID("parent")
	d := store.ElectionDraft{Kind: models.ElectionBy, ParentID: parent, Title: f.Text("title", 60), Term: 1, Day: models.Date(f.Text("day", 10)), Mode: web.Choice(f, "mode", models.ElectionModes...),
		Seats: map[models.Post]int{web.Choice(f, "post", models.PostDirector, models.PostDeputyDirector, models.PostWoman, models.PostMember): f.Int("seats", 1, 9)}}
	if err := f.Err(); err != nil {
		return err
	}
	p, err := t.Election(ctx, parent, false)
	if err != nil {
		return err
	}
	d.Pack, d.Term = p.Pack, p.Term
	_, err = t.PlanElection(ctx, actor, d)
	return err
}

// roundsView is the list of a street's rounds, or one of them.
type roundsView struct {
	*web.Page
	Rounds []models.ElectionRound
	Round  *store.RoundView
}

func (a *Admin) roundsView(c *fiber.Ctx) (*roundsView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("election.rounds.title"))
	p.Back = ui.Link{Text: p.T("office.section.elections"), Href: p.AdminURL("elections")}
	rows, err := a.Store.In(p.Community).Rounds(web.Context(c))
	return &roundsView{Page: p, Rounds: rows}, err
}

func (a *Admin) rounds(c *fiber.Ctx) error {
	v, err := a.roundsView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, roundsPage(v))
}

func (a *Admin) startRound(c *fiber.Ctx) error {
	v, err := a.roundsView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := store.RoundDraft{Name: f.Text("name", 60), Day: models.Date(f.Text("day", 10)), Mode: web.Choice(f, "mode", models.ElectionModes...), Term: f.Int("term", 1, 99)}
	var id models.ID
	if err = f.Err(); err == nil {
		id, err = a.Store.In(v.Community).StartRound(web.Context(c), v.Actor, d)
	}
	if err != nil {
		return web.Again(c, err, roundsPage(v))
	}
	return web.Redirect(c, v.AdminURL("rounds", id.String()))
}

func (a *Admin) round(c *fiber.Ctx) error {
	p := web.PageOf(c)
	a.officePage(c, p.T("election.rounds.title"))
	p.Back = ui.Link{Text: p.T("election.rounds.title"), Href: p.AdminURL("rounds")}
	r, err := a.Store.In(p.Community).Round(web.Context(c), p.Actor, p.ParamID("id"))
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, roundPage(&roundsView{Page: p, Round: r}))
}
