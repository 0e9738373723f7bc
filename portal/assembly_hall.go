package portal

import (
	"context"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// choicesOf reads a vote on an item.
func choicesOf(f *web.Form, item *store.AgendaItem) []string {
	known := []string{store.ChoiceYes, store.ChoiceNo, store.ChoiceAbstain}
	if item.Matter.Seats > 0 {
		known = known[:0]
		for _, o := range item.Options {
			known = append(known, o.ID.String())
		}
	}
	return web.Choices(f, "choice", item.Matter.Seats == 0, known...)
}

// listenView is signing up to listen and speak (art. 28).
type listenView struct {
	sessionView
	Done bool
}

func (p *Portal) listenPage(c *fiber.Ctx) (*listenView, error) {
	page := web.PageOf(c)
	v, err := p.sessionOf(web.Context(c), page)
	if err != nil {
		return nil, err
	}
	page.NoIndex = true
	page.Back = ui.Link{Text: v.S.Title, Href: page.URL("assembly", v.S.ID.String())}
	l := &listenView{sessionView: v}
	l.Done, err = p.Store.In(page.Community).Listening(web.Context(c), page.Actor, v.S.ID)
	return l, err
}

func (p *Portal) listenForm(c *fiber.Ctx) error {
	v, err := p.listenPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, listenPage(v))
}

func (p *Portal) listen(c *fiber.Ctx) error {
	v, err := p.listenPage(c)
	if err != nil {
		return err
	}
	if err := p.Store.In(v.Community).Listen(web.Context(c), v.Actor, v.S.ID); err != nil {
		return web.Again(c, err, listenPage(v))
	}
	return web.Redirect(c, v.URL("assembly", v.S.ID.String(), "listen"))
}

// tabletView is the hall's tablet, which goes from hand to hand: the code of a
// slip and a vote, and nothing else; nobody is logged in on it.
type tabletView struct {
	sessionView
	Done bool
}

func (p *Portal) tabletPage(c *fiber.Ctx) (*tabletView, error) {
	page := web.PageOf(c)
	v, err := p.sessionOf(web.Context(c), page)
	if err != nil {
		return nil, err
	}
	page.NoIndex, page.Bare, page.Back = true, true, ui.Link{}
	return &tabletView{sessionView: v, Done: page.Query("done") == "1"}, nil
}

func (p *Portal) tablet(c *fiber.Ctx) error {
	v, err := p.tabletPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, tabletPage(v))
}

func (p *Portal) castOnTablet(c *fiber.Ctx) error {
	v, err := p.tabletPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	id, slip, item := f.ID("item"), f.Text("slip", 20), v.S.Voting()
	var choices []string
	if item != nil {
		choices = choicesOf(f, item)
	}
	if err = f.Err(); err == nil {
		err = p.Store.In(v.Community).CastWithSlip(web.Context(c), deviceOf(c), id, slip, choices)
	}
	if err != nil {
		return web.Again(c, err, tabletPage(v))
	}
	return web.Redirect(c, v.URL("assembly", v.S.ID.String(), "tablet")+"?done=1")
}

// sessionHours is how long a calendar keeps free for a meeting: the notice names
// its beginning only.
const sessionHours = 2 * time.Hour

// sessionEvent is a meeting of the assembly for calendars. Its agenda is fixed
// when it is called; it can only be called off.
func sessionEvent(page *web.Page, s models.AssemblySession) web.CalendarEvent {
	start := s.Day.Time()
	if at, err := time.ParseInLocation("2006-01-02 15:04", string(s.Day)+" "+s.Clock, models.Shanghai); err == nil {
		start = at
	}
	e := web.CalendarEvent{
		UID: page.CalendarUID("assembly", s.ID), Start: start, End: start.Add(sessionHours), Changed: *s.CalledAt,
		Title: page.T(decisionModes.Key(string(s.Mode))) + " \u00b7 " + s.Title, Place: s.Place, URL: page.Absolute(page.URL("assembly", s.ID.String())),
	}
	if s.State == models.SessionCancelled {
		e.Cancelled, e.Sequence, e.Changed, e.Text = true, 1, s.UpdatedAt, s.Reason
	}
	return e
}

func (p *Portal) sessionCalendar(c *fiber.Ctx) error {
	page := web.PageOf(c)
	v, err := p.sessionOf(web.Context(c), page)
	if err != nil {
		return err
	}
	return web.SendCalendar(c, page.Community.Name, "assembly-"+v.S.ID.String(), []web.CalendarEvent{sessionEvent(page, v.S.AssemblySession)})
}

// minutesSheet are the signed minutes on paper.
func (p *Portal) minutesSheet(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.sessionOf(ctx, page)
	if err != nil {
		return nil, err
	}
	if v.S.SignedAt == nil {
		return nil, errNotFound()
	}
	page.Bare, page.Back, page.NoIndex = true, ui.Link{}, true
	return minutesSheetPage(v), nil
}
