package portal

import (
	"context"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// helpRoutes: asking for help, helping, visiting, groups and points.
func (p *Portal) helpRoutes() []web.Route {
	const all = "/:community/volunteers"
	self := func(method, path string, h fiber.Handler) web.Route {
		return web.Route{Method: method, Path: all + path, Object: web.Self, Handle: h}
	}
	return []web.Route{
		self("GET", "/help", p.helpForm),
		self("POST", "/help", p.askHelp),
		self("GET", "/help/:id", p.help),
		self("POST", "/help/:id/answer", p.answerHelp),
		self("POST", "/help/:id/confirm", p.confirmHelp),
		self("POST", "/help/:id/withdraw", p.withdrawHelp),
		self("GET", "/pairings/:id", p.pairing),
		self("POST", "/pairings/:id", p.visit),
		self("POST", "/pairings/:id/thanks", p.thankVisitor),
		self("GET", "/groups", p.groupForm),
		self("POST", "/groups", p.askGroup),
		self("GET", "/teams/:id", p.team),
		self("POST", "/teams/:id/join", p.joinTeam),
		self("POST", "/teams/:id/leave", p.leaveTeam),
		self("GET", "/mine/points", p.points),
		self("POST", "/mine/points/:id", p.redeem),
	}
}

const (
	helpStates       = i18n.Family("help.state.")
	redemptionStates = i18n.Family("points.state.")
)

type helpFormView struct {
	*web.Page
	Buildings []ui.Option
	Mine      []models.HelpRequest
	Pairings  []models.Pairing // of the reader's elders
}

func (p *Portal) helpFormPage(c *fiber.Ctx) (*helpFormView, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	page.Title, page.Place, page.NoIndex = page.T("help.ask"), "together", true
	page.Back = ui.Link{Text: page.T("volunteer.title"), Href: page.URL("volunteers")}
	t := p.Store.In(page.Community)
	grids, err := t.Grids(ctx)
	if err != nil {
		return nil, err
	}
	v := &helpFormView{Page: page}
	for _, g := range grids {
		for _, b := range g.Buildings {
			v.Buildings = append(v.Buildings, page.Option("building", b.ID.String(), b.Name))
		}
	}
	if v.Mine, err = t.MyHelp(ctx, page.Actor); err != nil {
		return nil, err
	}
	v.Pairings, err = t.FamilyPairings(ctx, page.Actor)
	return v, err
}

func (p *Portal) helpForm(c *fiber.Ctx) error {
	v, err := p.helpFormPage(c)
	if err != nil {
		return err
	}
	v.Set("minutes", "60")
	return web.Render(c, fiber.StatusOK, helpFormPage(v))
}

func (p *Portal) askHelp(c *fiber.Ctx) error {
	v, err := p.helpFormPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := store.HelpDraft{HelpPerson: store.HelpPerson{Name: f.Text("name", 50), Address: f.Text("address", 60), Phone: f.Phone("phone"), Detail: f.Area("detail", 300)},
		Kind: web.Choice(f, "kind", models.VolunteerSkills...), Target: web.Choice(f, "target", models.ServiceTargets...), Building: f.OptionalID("building"), Minutes: f.Int("minutes", 15, 480),
		For: web.Choice(f, "for", "self", "family")}
	day, at := f.Date("day"), f.Clock("at")
	if err = f.Err(); err == nil {
		d.WantedAt = day.Time().Add(at)
		h, e := p.Store.In(v.Community).AskHelp(web.Context(c), v.Actor, d)
		if err = e; err == nil {
			return web.Redirect(c, v.URL("volunteers", "help", h.ID.String()))
		}
	}
	return web.Again(c, err, helpFormPage(v))
}

type helpView struct {
	*web.Page
	H        store.HelpView
	Declined bool
}

func (p *Portal) helpPage(c *fiber.Ctx) (*helpView, error) {
	page := web.PageOf(c)
	h, err := p.Store.In(page.Community).Help(web.Context(c), page.Actor, page.ParamID("id"))
	if err != nil {
		return nil, err
	}
	page.Title, page.Place, page.NoIndex = page.T("help.one", "number", h.Number), "together", true
	page.Back = ui.Link{Text: page.T("help.ask"), Href: page.URL("volunteers", "help")}
	return &helpView{Page: page, H: *h}, nil
}

func (p *Portal) help(c *fiber.Ctx) error {
	v, err := p.helpPage(c)
	if err != nil {
		return err
	}
	v.Set("minutes", itoa(v.H.Minutes))
	return web.Render(c, fiber.StatusOK, helpPage(v))
}

func (p *Portal) helpAct(c *fiber.Ctx, act func(*helpView, *web.Form) error) error {
	v, err := p.helpPage(c)
	if err != nil {
		return err
	}
	if err := act(v, web.FormOf(c)); err != nil {
		return web.Again(c, err, helpPage(v))
	}
	if v.Declined {
		return web.Redirect(c, v.URL("volunteers", "mine"))
	}
	return web.Redirect(c, v.URL("volunteers", "help", v.H.ID.String()))
}

func (p *Portal) answerHelp(c *fiber.Ctx) error {
	return p.helpAct(c, func(v *helpView, f *web.Form) error {
		answer := web.Choice(f, "answer", "yes", "no")
		if err := f.Err(); err != nil {
			return err
		}
		v.Declined = answer == "no" // the request is nobody's business of theirs any more
		return p.Store.In(v.Community).AnswerHelp(web.Context(c), v.Actor, v.H.ID, answer == "yes")
	})
}

func (p *Portal) confirmHelp(c *fiber.Ctx) error {
	return p.helpAct(c, func(v *helpView, f *web.Form) error {
		minutes, thanks := f.Int("minutes", 1, 480), f.OptionalArea("thanks", 200)
		if err := f.Err(); err != nil {
			return err
		}
		return p.Store.In(v.Community).ConfirmHelp(web.Context(c), v.Actor, v.H.ID, minutes, thanks)
	})
}

func (p *Portal) withdrawHelp(c *fiber.Ctx) error {
	return p.helpAct(c, func(v *helpView, _ *web.Form) error {
		return p.Store.In(v.Community).WithdrawHelp(web.Context(c), v.Actor, v.H.ID)
	})
}

type pairingView struct {
	*web.Page
	P store.PairingView
}

func (p *Portal) pairingPage(c *fiber.Ctx) (*pairingView, error) {
	page := web.PageOf(c)
	x, err := p.Store.In(page.Community).Pairing(web.Context(c), page.Actor, page.ParamID("id"))
	if err != nil {
		return nil, err
	}
	page.Title, page.Place, page.NoIndex = page.T("pairing.title"), "me", true
	page.Back = ui.Link{Text: page.T("volunteer.mine.title"), Href: page.URL("volunteers", "mine")}
	if x.Family {
		page.Back = ui.Link{Text: page.T("help.ask"), Href: page.URL("volunteers", "help")}
	}
	return &pairingView{page, *x}, nil
}

func (p *Portal) pairing(c *fiber.Ctx) error {
	v, err := p.pairingPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, pairingPage(v))
}

func (p *Portal) visit(c *fiber.Ctx) error {
	v, err := p.pairingPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	minutes, note, worry := f.Int("minutes", 1, 480), f.OptionalArea("note", 300), f.Bool("worry")
	if err = f.Err(); err == nil {
		err = p.Store.In(v.Community).RecordVisit(web.Context(c), v.Actor, v.P.ID, minutes, note, worry)
	}
	if err != nil {
		return web.Again(c, err, pairingPage(v))
	}
	return web.Redirect(c, v.Path)
}

// thankVisitor is the relative's word to the volunteer.
func (p *Portal) thankVisitor(c *fiber.Ctx) error {
	v, err := p.pairingPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	text := f.Area("thanks", 200)
	if err = f.Err(); err == nil {
		err = p.Store.In(v.Community).ThankVisitor(web.Context(c), v.Actor, v.P.ID, text)
	}
	if err != nil {
		return web.Again(c, err, pairingPage(v))
	}
	return web.Redirect(c, v.URL("volunteers", "pairings", v.P.ID.String())+"?thanked=1")
}

func (p *Portal) groupPage(c *fiber.Ctx) *web.Page {
	page := web.PageOf(c)
	page.Title, page.Place, page.NoIndex = page.T("volunteer.filing.ask"), "together", true
	page.Back = ui.Link{Text: page.T("volunteer.title"), Href: page.URL("volunteers")}
	return page
}

func (p *Portal) groupForm(c *fiber.Ctx) error {
	return web.Render(c, fiber.StatusOK, groupPage(p.groupPage(c), nil))
}

func (p *Portal) askGroup(c *fiber.Ctx) error {
	page := p.groupPage(c)
	f := web.FormOf(c)
	d := store.TeamDraft{Name: f.Text("name", 40), Purpose: f.Area("purpose", 300), Contact: f.Text("contact", 60),
		Roster: strings.Split(f.Area("roster", 4000), "\n")}
	err := f.Err()
	if err == nil {
		g, e := p.Store.In(page.Community).AskFiling(web.Context(c), page.Actor, d)
		if err = e; err == nil {
			return web.Render(c, fiber.StatusOK, groupPage(page, g))
		}
	}
	return web.Again(c, err, groupPage(page, nil))
}

// teamView is a team that a volunteer may join or leave.
type teamView struct {
	*web.Page
	Team store.TeamView
}

func (v *teamView) facts() []ui.Answer {
	all := []ui.Answer{{Label: v.T("filing.contact"), Value: v.Team.Contact}, {Label: v.T("filing.members"), Value: itoa(v.Team.Members)}}
	if v.Team.Number != "" {
		all = append(all, ui.Answer{Label: v.T("filing.number"), Value: v.Team.Number})
	}
	return all
}

func (p *Portal) teamPage(c *fiber.Ctx) (*teamView, error) {
	page := web.PageOf(c)
	x, err := p.Store.In(page.Community).Team(web.Context(c), page.Actor, page.ParamID("id"))
	if err != nil {
		return nil, err
	}
	page.Title, page.Place, page.NoIndex = x.Name, "together", true
	page.Back = ui.Link{Text: page.T("volunteer.title"), Href: page.URL("volunteers")}
	return &teamView{page, *x}, nil
}

func (p *Portal) team(c *fiber.Ctx) error {
	v, err := p.teamPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, teamPage(v))
}

func (p *Portal) joinTeam(c *fiber.Ctx) error { return p.teamAct(c, (*store.Tenant).JoinTeam) }

func (p *Portal) leaveTeam(c *fiber.Ctx) error { return p.teamAct(c, (*store.Tenant).LeaveTeam) }

func (p *Portal) teamAct(c *fiber.Ctx, do func(t *store.Tenant, ctx context.Context, actor models.Actor, id models.ID) error) error {
	v, err := p.teamPage(c)
	if err != nil {
		return err
	}
	if err := do(p.Store.In(v.Community), web.Context(c), v.Actor, v.Team.ID); err != nil {
		return web.Again(c, err, teamPage(v))
	}
	return web.Redirect(c, v.URL("volunteers", "teams", v.Team.ID.String()))
}

type pointsView struct {
	*web.Page
	Points  int
	Until   models.Date // the day until which Ending of the points are good; "" when none expires
	Ending  int
	Rules   models.VolunteerSettings
	Rewards []models.Reward
	Mine    []models.Redemption
}

func (p *Portal) pointsPage(c *fiber.Ctx) (*pointsView, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	page.Title, page.Place, page.NoIndex = page.T("points.title"), "me", true
	page.Back = ui.Link{Text: page.T("volunteer.mine.title"), Href: page.URL("volunteers", "mine")}
	t := p.Store.In(page.Community)
	own, err := t.Volunteer(ctx, page.Actor)
	if err != nil {
		return nil, err
	}
	v := &pointsView{Page: page}
	if v.Points, err = t.PointsOf(ctx, own.ID, page.Today()); err != nil {
		return nil, err
	}
	if v.Until, v.Ending, err = t.PointsExpiry(ctx, own.ID, page.Today()); err != nil {
		return nil, err
	}
	rules, err := t.VolunteerSettings(ctx)
	if err != nil {
		return nil, err
	}
	v.Rules = rules
	if v.Rewards, err = t.Rewards(ctx); err != nil {
		return nil, err
	}
	v.Mine, err = t.MyRedemptions(ctx, own.ID)
	return v, err
}

func (p *Portal) points(c *fiber.Ctx) error {
	v, err := p.pointsPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, pointsPage(v))
}

func (p *Portal) redeem(c *fiber.Ctx) error {
	v, err := p.pointsPage(c)
	if err != nil {
		return err
	}
	if _, err := p.Store.In(v.Community).Redeem(web.Context(c), v.Actor, v.ParamID("id")); err != nil {
		return web.Again(c, err, pointsPage(v))
	}
	return web.Redirect(c, v.URL("volunteers", "mine", "points"))
}

// begun tells whether the time of a request has come: then it can be confirmed.
func (v *helpView) begun() bool { return v.Now.After(v.H.WantedAt.Add(-time.Minute)) }
