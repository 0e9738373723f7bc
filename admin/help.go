package admin

import (
	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// helpRoutes: requests for help, pairings, teams and groups, party members who
// report, and points.
func (a *Admin) helpRoutes() []web.Route {
	r := func(method, path, action string, h fiber.Handler) web.Route {
		return web.Route{Method: method, Path: volunteersPath + path, Object: "volunteer", Action: action, Handle: h}
	}
	return []web.Route{
		r("GET", "/help", "help", a.helps),
		r("GET", "/help/:id", "help", a.help),
		r("POST", "/help/:id", "help", a.helpAct),
		r("GET", "/pairings", "help", a.pairings),
		r("POST", "/pairings", "help", a.pair),
		r("POST", "/pairings/:id/end", "help", a.endPairing),
		r("GET", "/teams", "review", a.teams),
		r("POST", "/teams", "manage", a.createTeam),
		r("POST", "/teams/:id", "review", a.decideGroup),
		r("POST", "/teams/:id/leader", "manage", a.handOver),
		r("GET", "/party", "party", a.party),
		r("POST", "/party", "party", a.reportParty),
		r("GET", "/party/:id", "party", a.letter),
		r("POST", "/party/:id", "party", a.writeLetter),
		r("GET", "/points", "manage", a.points),
		r("POST", "/points", "manage", a.saveReward),
		r("POST", "/points/:id", "manage", a.settleRedemption),
		r("POST", "/points/:id/end", "manage", a.endReward),
	}
}

const (
	helpStates = i18n.Family("help.state.")
	teamStates = i18n.Family("filing.state.")
	nearNames  = i18n.Family("help.near.")
)

type helpsView struct {
	*web.Page
	Open, Offered, Accepted []models.HelpRequest
}

func (a *Admin) helps(c *fiber.Ctx) error {
	p := a.volunteersPage(c, web.PageOf(c).T("help.desk"))
	v := helpsView{Page: p}
	t, ctx := a.Store.In(p.Community), web.Context(c)
	for state, list := range map[models.HelpState]*[]models.HelpRequest{models.HelpOpen: &v.Open, models.HelpOffered: &v.Offered, models.HelpAccepted: &v.Accepted} {
		var err error
		if *list, err = t.HelpQueue(ctx, state); err != nil {
			return err
		}
	}
	return web.Render(c, fiber.StatusOK, helpsPage(v))
}

type helpView struct {
	*web.Page
	H       store.HelpView
	Matches []store.HelpMatch
}

func (a *Admin) helpPage(c *fiber.Ctx) (*helpView, error) {
	p := a.volunteersPage(c, web.PageOf(c).T("help.desk"))
	p.Back = ui.Link{Text: p.T("help.desk"), Href: p.AdminURL("volunteers", "help")}
	t, ctx := a.Store.In(p.Community), web.Context(c)
	h, err := t.Help(ctx, p.Actor, p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	v := &helpView{Page: p, H: *h}
	if h.State == models.HelpOpen {
		v.Matches, err = t.HelpMatches(ctx, &h.HelpRequest)
	}
	return v, err
}

func (a *Admin) help(c *fiber.Ctx) error {
	v, err := a.helpPage(c)
	if err != nil {
		return err
	}
	v.Set("minutes", itoa(v.H.Minutes))
	return web.Render(c, fiber.StatusOK, helpPage(v))
}

// helpAct asks a volunteer, confirms for whoever was helped, or takes it back.
func (a *Admin) helpAct(c *fiber.Ctx) error {
	v, err := a.helpPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	t, ctx := a.Store.In(v.Community), web.Context(c)
	switch {
	case f.Has("offer"):
		id := f.ID("offer")
		if err = f.Err(); err == nil {
			err = t.OfferHelp(ctx, v.Actor, v.H.ID, id)
		}
	case f.Has("withdraw"):
		err = t.WithdrawHelp(ctx, v.Actor, v.H.ID)
	default:
		minutes := f.Int("minutes", 1, 480)
		if err = f.Err(); err == nil {
			err = t.ConfirmHelp(ctx, v.Actor, v.H.ID, minutes, "")
		}
	}
	if err != nil {
		return web.Again(c, err, helpPage(v))
	}
	return web.Redirect(c, v.Path)
}

type pairingsView struct {
	*web.Page
	List      []store.Paired
	Unfit     map[models.ID]models.Volunteer // may not enter a home alone
	Buildings []ui.Option
}

func (a *Admin) pairingsPage(c *fiber.Ctx) (*pairingsView, error) {
	p := a.volunteersPage(c, web.PageOf(c).T("pairing.desk"))
	t, ctx := a.Store.In(p.Community), web.Context(c)
	v := &pairingsView{Page: p}
	grids, err := t.Grids(ctx)
	if err != nil {
		return nil, err
	}
	for _, g := range grids {
		for _, b := range g.Buildings {
			v.Buildings = append(v.Buildings, p.Option("building", b.ID.String(), b.Name))
		}
	}
	if v.List, err = t.Pairings(ctx); err != nil {
		return nil, err
	}
	v.Unfit, err = t.Unfit(ctx, p.Today())
	return v, err
}

func (a *Admin) pairings(c *fiber.Ctx) error {
	v, err := a.pairingsPage(c)
	if err != nil {
		return err
	}
	v.Set("every", "7")
	return web.Render(c, fiber.StatusOK, pairingsPage(v))
}

func (a *Admin) pair(c *fiber.Ctx) error {
	v, err := a.pairingsPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := store.PairDraft{Number: f.Text("number", 20), Name: f.Text("name", 50), Place: f.Text("place", 100), Building: f.OptionalID("building"), EveryDays: f.Int("every", 1, 60), Family: f.Optional("family", 20)}
	if err = f.Err(); err == nil {
		_, err = a.Store.In(v.Community).Pair(web.Context(c), v.Actor, d)
	}
	if err != nil {
		return web.Again(c, err, pairingsPage(v))
	}
	return web.Redirect(c, v.AdminURL("volunteers", "pairings"))
}

func (a *Admin) endPairing(c *fiber.Ctx) error {
	p := web.PageOf(c)
	if err := a.Store.In(p.Community).EndPairing(web.Context(c), p.Actor, p.ParamID("id"), ""); err != nil {
		return err
	}
	return web.Redirect(c, p.AdminURL("volunteers", "pairings"))
}

type teamsView struct {
	*web.Page
	List             []models.Team
	Rosters          map[models.ID][]string // of groups, for who decides about them
	MayMake, MayFile bool
}

func (a *Admin) teamsPage(c *fiber.Ctx) (*teamsView, error) {
	p := a.volunteersPage(c, web.PageOf(c).T("filing.desk"))
	v := &teamsView{Page: p, MayMake: web.May(c, "volunteer", "manage"), MayFile: web.May(c, "volunteer", "file")}
	t := a.Store.In(p.Community)
	var err error
	if v.List, err = t.TeamDesk(web.Context(c)); err != nil || !v.MayMake && !v.MayFile {
		return v, err
	}
	v.Rosters = map[models.ID][]string{}
	for _, g := range v.List {
		if v.Rosters[g.ID], err = t.RosterOf(g); err != nil {
			return v, err
		}
	}
	return v, nil
}

func (a *Admin) teams(c *fiber.Ctx) error {
	v, err := a.teamsPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, teamsPage(v))
}

func (a *Admin) createTeam(c *fiber.Ctx) error {
	v, err := a.teamsPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := store.TeamDraft{Name: f.Text("name", 40), Purpose: f.Area("purpose", 300), Contact: f.Text("contact", 60), LeaderNo: f.Text("leader", 20)}
	if err = f.Err(); err == nil {
		_, err = a.Store.In(v.Community).CreateTeam(web.Context(c), v.Actor, d)
	}
	if err != nil {
		return web.Again(c, err, teamsPage(v))
	}
	return web.Redirect(c, v.AdminURL("volunteers", "teams"))
}

func (a *Admin) decideGroup(c *fiber.Ctx) error {
	v, err := a.teamsPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	yes, reason := web.Choice(f, "answer", "yes", "no") == "yes", f.Optional("reason", 200)
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).DecideGroup(web.Context(c), v.Actor, v.ParamID("id"), yes, reason)
	}
	if err != nil {
		return web.Again(c, err, teamsPage(v))
	}
	return web.Redirect(c, v.AdminURL("volunteers", "teams"))
}

type partyView struct {
	*web.Page
	List []models.PartyCheckIn
}

func (a *Admin) partyPage(c *fiber.Ctx) (*partyView, error) {
	p := a.officePage(c, web.PageOf(c).T("party.title"))
	v := &partyView{Page: p}
	var err error
	v.List, err = a.Store.In(p.Community).PartyList(web.Context(c))
	return v, err
}

func (a *Admin) party(c *fiber.Ctx) error {
	v, err := a.partyPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, partyPage(v))
}

func (a *Admin) reportParty(c *fiber.Ctx) error {
	v, err := a.partyPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := store.PartyDraft{Number: f.Text("number", 20), Unit: f.Text("unit", 100), Branch: f.Optional("branch", 100), Contact: f.Optional("contact", 60)}
	if err = f.Err(); err == nil {
		_, err = a.Store.In(v.Community).ReportParty(web.Context(c), v.Actor, d)
	}
	if err != nil {
		return web.Again(c, err, partyPage(v))
	}
	return web.Redirect(c, v.AdminURL("volunteers", "party"))
}

type letterView struct {
	*web.Page
	P models.PartyCheckIn
}

func (a *Admin) letterPage(c *fiber.Ctx) (*letterView, error) {
	p := a.officePage(c, web.PageOf(c).T("party.letter"))
	p.Back = ui.Link{Text: p.T("party.title"), Href: p.AdminURL("volunteers", "party")}
	x, err := a.Store.In(p.Community).PartyMember(web.Context(c), p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	return &letterView{p, *x}, nil
}

func (a *Admin) letter(c *fiber.Ctx) error {
	v, err := a.letterPage(c)
	if err != nil {
		return err
	}
	v.Set("from", string(v.Today().Month().Add(-11).First()))
	v.Set("to", string(v.Today()))
	v.Set("text", v.P.LetterText)
	return web.Render(c, fiber.StatusOK, letterPage(v))
}

func (a *Admin) writeLetter(c *fiber.Ctx) error {
	v, err := a.letterPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	from, to, text := f.Date("from"), f.Date("to"), f.Area("text", 600)
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).WriteLetter(web.Context(c), v.Actor, v.P.ID, from, to, text)
	}
	if err != nil {
		return web.Again(c, err, letterPage(v))
	}
	return web.Redirect(c, v.Path)
}

type pointsView struct {
	*web.Page
	Rewards    []models.Reward
	Asked      []store.Asked
	On, MaySet bool // whether the community has points; who may say so
}

func (a *Admin) pointsPage(c *fiber.Ctx) (*pointsView, error) {
	p := a.volunteersPage(c, web.PageOf(c).T("points.title"))
	v := &pointsView{Page: p, MaySet: web.May(c, "volunteer", "settings")}
	t, ctx := a.Store.In(p.Community), web.Context(c)
	set, err := t.VolunteerSettings(ctx)
	if err != nil {
		return nil, err
	}
	v.On = set.PointsOn
	if v.Rewards, err = t.Rewards(ctx); err != nil {
		return nil, err
	}
	v.Asked, err = t.Redemptions(ctx, models.RedemptionAsked)
	return v, err
}

func (a *Admin) points(c *fiber.Ctx) error {
	v, err := a.pointsPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, pointsPage(v))
}

func (a *Admin) saveReward(c *fiber.Ctx) error {
	v, err := a.pointsPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	r := models.Reward{Title: f.Text("title", 60), Note: f.Optional("note", 200), Price: f.Int("price", 1, 100000), Stock: f.Int("stock", 1, 10000)}
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).SaveReward(web.Context(c), v.Actor, r)
	}
	if err != nil {
		return web.Again(c, err, pointsPage(v))
	}
	return web.Redirect(c, v.AdminURL("volunteers", "points"))
}

func (a *Admin) settleRedemption(c *fiber.Ctx) error {
	v, err := a.pointsPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	answer := web.Choice(f, "answer", "handed", "undone")
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).SettleRedemption(web.Context(c), v.Actor, v.ParamID("id"), answer == "handed")
	}
	if err != nil {
		return web.Again(c, err, pointsPage(v))
	}
	return web.Redirect(c, v.AdminURL("volunteers", "points"))
}

func (a *Admin) endReward(c *fiber.Ctx) error {
	v, err := a.pointsPage(c)
	if err == nil {
		err = a.Store.In(v.Community).EndReward(web.Context(c), v.Actor, v.ParamID("id"))
	}
	if err != nil {
		return err
	}
	return web.Redirect(c, v.AdminURL("volunteers", "points"))
}
