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

// covenantRoutes: rules that residents gave themselves, money they raised,
// what units promised, what owners announce.
func (p *Portal) covenantRoutes() []web.Route {
	subjects := []string{"assembly", "accounts"}
	page := func(path string, h func(context.Context, *web.Page) (templ.Component, error)) web.Route {
		return web.Route{Method: "GET", Path: path, Object: web.Public, Handle: web.Cached(subjects, nil, h)}
	}
	return []web.Route{
		page("/:community/covenants", p.covenants), page("/:community/covenants/:id", p.covenant),
		page("/:community/fundraising", p.fundraisings), page("/:community/fundraising/:id", p.fundraising),
		page("/:community/joint", p.joint),
		{Method: "GET", Path: "/:community/bodies/:id/announce", Object: web.Self, Handle: p.announceForm},
		{Method: "POST", Path: "/:community/bodies/:id/announce", Object: web.Self, Handle: p.announce},
	}
}

var (
	covenantKinds  = i18n.Family("covenant.kind.")
	covenantStates = i18n.Family("covenant.state.")
	cobuildStates  = i18n.Family("cobuild.state.")
	petitionUnits  = i18n.Family("petition.unit.")
)

// covenantsView is the list of covenants.
type covenantsView struct {
	*web.Page
	List []models.Covenant
}

func (p *Portal) covenants(ctx context.Context, page *web.Page) (templ.Component, error) {
	below(page, page.T("covenant.title"), page.T("assembly.title"), page.URL("assembly"))
	list, err := p.Store.In(page.Community).Covenants(ctx)
	return covenantsPage(covenantsView{page, list}), err
}

// covenantView is one covenant with its versions.
type covenantView struct {
	*web.Page
	C *store.CovenantView
}

// Force is the version in force; nil before the first.
func (v covenantView) Force() *models.CovenantVersion {
	for i := range v.C.Versions {
		if v.C.Versions[i].State == models.CovenantInForce {
			return &v.C.Versions[i]
		}
	}
	return nil
}

func (p *Portal) covenant(ctx context.Context, page *web.Page) (templ.Component, error) {
	c, err := p.Store.In(page.Community).Covenant(ctx, page.ParamID("id"))
	if err != nil {
		return nil, err
	}
	below(page, c.Title, page.T("covenant.title"), page.URL("covenants"))
	return covenantPage(covenantView{page, c}), nil
}

// fundsView is the list of collections.
type fundsView struct {
	*web.Page
	List []models.Fundraising
}

func (p *Portal) fundraisings(ctx context.Context, page *web.Page) (templ.Component, error) {
	below(page, page.T("fundraising.title"), page.T("assembly.title"), page.URL("assembly"))
	list, err := p.Store.In(page.Community).Fundraisings(ctx, 50)
	return fundsPage(fundsView{page, list}), err
}

// fundView is one collection.
type fundView struct {
	*web.Page
	F *store.FundraisingView
}

func (p *Portal) fundraising(ctx context.Context, page *web.Page) (templ.Component, error) {
	f, err := p.Store.In(page.Community).Fundraising(ctx, page.ParamID("id"))
	if err != nil {
		return nil, err
	}
	below(page, f.Title, page.T("fundraising.title"), page.URL("fundraising"))
	page.NoIndex = true
	return fundPage(fundView{page, f}), nil
}

// jointView is what the parties of the estates do together.
type jointView struct {
	*web.Page
	Names   map[models.ID]string
	Joints  []models.JointMeeting
	Pledges []models.CobuildPledge
	Owners  []models.OwnersNotice
	Decided map[models.ID]bool // decisions that are on the board
}

func (p *Portal) joint(ctx context.Context, page *web.Page) (templ.Component, error) {
	below(page, page.T("joint.title"), page.T("assembly.title"), page.URL("assembly"))
	t, v := p.Store.In(page.Community), jointView{Page: page, Names: map[models.ID]string{}, Decided: map[models.ID]bool{}}
	bodies, err := t.Bodies(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, b := range bodies {
		v.Names[b.ID] = b.Name
	}
	if v.Joints, err = t.Joints(ctx, 0, 20); err != nil {
		return nil, err
	}
	decided, _, err := t.Decisions(ctx, store.DecisionFilter{Class: models.MatterJoint, Public: true, Limit: 50})
	if err != nil {
		return nil, err
	}
	for _, d := range decided {
		v.Decided[d.ID] = true
	}
	if v.Pledges, err = t.Cobuilds(ctx, page.Today().Time().Year()); err != nil {
		return nil, err
	}
	v.Owners, err = t.OwnersNotices(ctx, 0, 20)
	return jointPage(v), err
}

// announceView is the owners' committee's announcement of its own meeting.
type announceView struct {
	*web.Page
	B models.Body
}

func (p *Portal) announcePage(c *fiber.Ctx) (*announceView, error) {
	page := web.PageOf(c)
	b, err := p.Store.In(page.Community).Body(web.Context(c), page.ParamID("id"))
	if err != nil {
		return nil, err
	}
	if b.Kind != models.BodyOwners {
		return nil, errNotFound()
	}
	below(page, page.T("owners.new"), b.Name, page.URL("bodies", b.ID.String()))
	page.NoIndex = true
	return &announceView{page, *b}, nil
}

func (p *Portal) announceForm(c *fiber.Ctx) error {
	v, err := p.announcePage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, announcePage(v))
}

func (p *Portal) announce(c *fiber.Ctx) error {
	v, err := p.announcePage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := models.OwnersNotice{BodyID: v.B.ID, MeetingDay: f.Date("day"), Place: f.Text("place", 100), Agenda: f.Area("agenda", 2000)}
	if err = f.Err(); err == nil {
		_, err = p.Store.In(v.Community).AnnounceOwners(web.Context(c), v.Actor, d)
	}
	if err != nil {
		return web.Again(c, err, announcePage(v))
	}
	return web.Redirect(c, v.URL("joint")+"#owners")
}

// decision leads to what put a version into force.
func (v covenantView) decision(x *models.CovenantVersion) ui.Link {
	if _, public := v.C.Decisions[x.DecisionID]; !public {
		return ui.Link{}
	}
	return ui.Link{Text: v.T("decision.open"), Href: v.URL("decisions", x.DecisionID.String())}
}
