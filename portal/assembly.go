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

// assemblyRoutes: the residents' and the representatives' meeting as everybody
// sees it, and as those on the list vote in it.
func (p *Portal) assemblyRoutes() []web.Route {
	const all, one, matter = "/:community/assembly", "/:community/assembly/:session", "/:community/assembly/matters/:matter"
	subjects := []string{"assembly", "notices"}
	return []web.Route{
		{Method: "GET", Path: all, Object: web.Public, Handle: web.Cached(subjects, nil, p.assembly)},
		{Method: "GET", Path: one, Object: web.Public, Handle: web.Cached(subjects, nil, p.session)},
		{Method: "GET", Path: one + "/calendar", Object: web.Public, Handle: p.sessionCalendar},
		{Method: "GET", Path: one + "/tablet", Object: web.Public, Handle: p.tablet},
		{Method: "POST", Path: one + "/tablet", Object: web.Public, Handle: p.castOnTablet},
		{Method: "GET", Path: one + "/minutes", Object: web.Public, Handle: web.Cached(subjects, nil, p.minutesSheet)},
		{Method: "GET", Path: one + "/sheet", Object: web.Public, Handle: web.Cached(subjects, []string{"paper"}, p.sessionSheet)},
		{Method: "GET", Path: one + "/screen", Object: web.Public, Handle: p.screen},
		{Method: "GET", Path: one + "/vote", Object: "assembly", Action: "vote", Handle: p.hall},
		{Method: "POST", Path: one + "/arrive", Object: "assembly", Action: "vote", Handle: p.arrive},
		{Method: "POST", Path: one + "/cast", Object: "assembly", Action: "vote", Handle: p.cast},
		{Method: "GET", Path: one + "/listen", Object: "assembly", Action: "petition", Handle: p.listenForm},
		{Method: "POST", Path: one + "/listen", Object: "assembly", Action: "petition", Handle: p.listen},
		{Method: "GET", Path: matter, Object: web.Public, Handle: web.Cached(subjects, nil, p.matter)},
		{Method: "GET", Path: matter + "/comment", Object: "assembly", Action: "petition", Handle: p.commentForm},
		{Method: "POST", Path: matter + "/comment", Object: "assembly", Action: "petition", Handle: p.comment},
	}
}

var (
	matterStates  = i18n.Family("matter.state.")
	sessionStates = i18n.Family("session.state.")
	sessionChoice = i18n.Family("session.choice.")
	sessionSeats  = i18n.Family("session.seat.")
	sessionGuests = i18n.Family("session.guest.")
)

// openMatters are the states of published matters on their way.
var openMatters = []models.MatterState{models.MatterOpen, models.MatterListed}

// assemblyView is the door to everything the assembly does.
type assemblyView struct {
	*web.Page
	Next     *models.AssemblySession
	Matters  []models.Matter
	Sessions []models.AssemblySession
	Due      models.Date
	Missed   bool
}

func (p *Portal) assembly(ctx context.Context, page *web.Page) (templ.Component, error) {
	page.Title, page.Place = page.T("assembly.title"), "together"
	page.Description = page.T("assembly.public.lead")
	t, v := p.Store.In(page.Community), assemblyView{Page: page}
	var err error
	if v.Next, err = t.NextSession(ctx, page.Today()); err != nil {
		return nil, err
	}
	if v.Matters, _, err = t.Matters(ctx, store.MatterFilter{States: openMatters, Limit: 30}); err != nil {
		return nil, err
	}
	if v.Sessions, _, err = t.Sessions(ctx, store.SessionFilter{Public: true, Limit: 10}); err != nil {
		return nil, err
	}
	v.Due, v.Missed, err = t.HalfYear(ctx, page.Today())
	return assemblyPage(v), err
}

// sessionView is one meeting.
type sessionView struct {
	*web.Page
	S *store.SessionView
}

func (p *Portal) sessionOf(ctx context.Context, page *web.Page) (sessionView, error) {
	s, err := p.Store.In(page.Community).PublicSession(ctx, page.ParamID("session"))
	if err != nil {
		return sessionView{}, err
	}
	page.Title, page.Place = s.Title, "together"
	page.Back = ui.Link{Text: page.T("assembly.title"), Href: page.URL("assembly")}
	return sessionView{page, s}, nil
}

func (p *Portal) session(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.sessionOf(ctx, page)
	if err != nil {
		return nil, err
	}
	page.NoIndex = len(v.S.Guests)+len(v.S.Asked) > 0
	return sessionPage(v), nil
}

// screenView is the wall of the hall: three figures, and the code by which
// those present check in.
type screenView struct {
	sessionView
	Code store.ShownCode
}

// screen is asked again every few seconds; nothing on it names a person.
func (p *Portal) screen(c *fiber.Ctx) error {
	page := web.PageOf(c)
	v, err := p.sessionOf(web.Context(c), page)
	if err != nil {
		return err
	}
	page.Bare, page.NoIndex, page.Refresh, page.Back = true, true, 5, ui.Link{}
	s := screenView{sessionView: v}
	if v.S.State == models.SessionOpen && web.May(c, "assembly", "prepare") {
		s.Code = p.Store.In(page.Community).CheckInCode("assembly", v.S.ID)
	}
	return web.Render(c, fiber.StatusOK, screenPage(s))
}

// sheetView is the board's sheet: the notice with the agenda before the
// meeting, the results after it.
type assemblySheetView struct {
	sessionView
	Paper string
}

func (p *Portal) sessionSheet(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.sessionOf(ctx, page)
	if err != nil {
		return nil, err
	}
	page.Bare, page.Back = true, ui.Link{}
	s := assemblySheetView{sessionView: v, Paper: "A4"}
	if page.Query("paper") == "A3" {
		s.Paper = "A3"
	}
	return sessionSheetPage(s), nil
}

// hallView is the voter's page in the hall.
type hallView struct {
	sessionView
	Line  *models.SessionVoter // nil: not on the list
	Voted map[models.ID]bool
	Asks  bool // may question the committee
}

func (p *Portal) hallPage(c *fiber.Ctx) (*hallView, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	v, err := p.sessionOf(ctx, page)
	if err != nil {
		return nil, err
	}
	page.NoIndex = true
	page.Back = ui.Link{Text: v.S.Title, Href: page.URL("assembly", v.S.ID.String())}
	t, h := p.Store.In(page.Community), &hallView{sessionView: v, Asks: web.May(c, "assembly", "demand")}
	if h.Line, err = t.MyLine(ctx, page.Actor, v.S.ID); err != nil || h.Line == nil {
		return h, err
	}
	h.Voted, err = t.VotedItems(ctx, v.S.ID, h.Line.ID)
	return h, err
}

func (p *Portal) hall(c *fiber.Ctx) error {
	v, err := p.hallPage(c)
	if err != nil {
		return err
	}
	v.Set("code", v.Query("code"))
	return web.Render(c, fiber.StatusOK, hallPage(v))
}

func (p *Portal) arrive(c *fiber.Ctx) error {
	v, err := p.hallPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	code := f.Text("code", 12)
	if err = f.Err(); err == nil {
		err = p.Store.In(v.Community).ArriveInHall(web.Context(c), v.Actor, v.S.ID, code)
	}
	if err != nil {
		return web.Again(c, err, hallPage(v))
	}
	return web.Redirect(c, v.URL("assembly", v.S.ID.String(), "vote"))
}

func (p *Portal) cast(c *fiber.Ctx) error {
	v, err := p.hallPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	id, item := f.ID("item"), v.S.Voting()
	var choices []string
	if item != nil {
		choices = choicesOf(f, item)
	}
	if err = f.Err(); err == nil {
		err = p.Store.In(v.Community).Cast(web.Context(c), v.Actor, id, choices)
	}
	if err != nil {
		return web.Again(c, err, hallPage(v))
	}
	return web.Redirect(c, v.URL("assembly", v.S.ID.String(), "vote"))
}
