package portal

import (
	"context"
	"net/url"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// activityRoutes: what volunteers are called to, places in it, and checking in.
func (p *Portal) activityRoutes() []web.Route {
	const one = "/:community/activities/:id"
	subjects := []string{"activities", "volunteers"}
	return []web.Route{
		{Method: "GET", Path: one, Object: web.Public, Handle: web.ForVisitors(web.Cached(subjects, nil, p.activity), p.myActivity)},
		{Method: "GET", Path: one + "/shifts/:shift", Object: web.Self, Handle: p.signUpForm},
		{Method: "POST", Path: one + "/shifts/:shift", Object: web.Self, Handle: p.signUp},
		{Method: "GET", Path: one + "/signups/:signup", Object: web.Self, Handle: p.signup},
		{Method: "POST", Path: one + "/signups/:signup/cancel", Object: web.Self, Handle: p.cancelSignup},
		{Method: "POST", Path: one + "/signups/:signup/swap", Object: web.Self, Handle: p.askSwap},
		{Method: "POST", Path: one + "/swaps/:swap/drop", Object: web.Self, Handle: p.dropSwap},
		{Method: "POST", Path: one + "/swaps/:swap", Object: web.Self, Handle: p.answerSwap},
		{Method: "GET", Path: one + "/calendar.ics", Object: web.Public, Handle: p.activityCalendar},
		{Method: "GET", Path: "/:community/activities/new", Object: web.Self, Handle: p.newActivityForm},
		{Method: "POST", Path: "/:community/activities/new", Object: web.Self, Handle: p.newActivity},
		{Method: "GET", Path: one + "/here", Object: web.Self, Handle: p.hereForm},
		{Method: "POST", Path: one + "/here", Object: web.Self, Handle: p.here},
	}
}

// activityView is an activity; V is the reader as a volunteer, nil if they are
// none.
type activityView struct {
	*web.Page
	A store.ActivityView
	V *models.Volunteer
}

func (p *Portal) activityView(ctx context.Context, page *web.Page) (*activityView, error) {
	a, err := p.Store.In(page.Community).Activity(ctx, page.ParamID("id"))
	if err != nil {
		return nil, err
	}
	page.Title, page.Place, page.Description = a.Title, "together", firstWords(a.Body, 80)
	page.Back = ui.Link{Text: page.T("shell.together"), Href: page.URL("activities")}
	return &activityView{Page: page, A: *a}, nil
}

func (p *Portal) activity(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.activityView(ctx, page)
	if err != nil {
		return nil, err
	}
	return activityPage(v), nil
}

// myView is the same with the reader's own places.
func (p *Portal) myView(c *fiber.Ctx) (*activityView, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	v, err := p.activityView(ctx, page)
	if err != nil {
		return nil, err
	}
	t := p.Store.In(page.Community)
	if v.V, err = t.Volunteer(ctx, page.Actor); problem.Is(err, problem.NotFound) {
		return v, nil
	}
	if err != nil {
		return nil, err
	}
	return v, t.MyPlaces(ctx, v.V, &v.A)
}

func (p *Portal) myActivity(c *fiber.Ctx) error {
	v, err := p.myView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, activityPage(v))
}

// shiftView is one shift to sign up for.
type shiftView struct {
	*activityView
	S store.ShiftView
}

// shiftPage is the page of a shift; who is no volunteer yet goes to register
// first.
func (p *Portal) shiftPage(c *fiber.Ctx) (*shiftView, error) {
	v, err := p.myView(c)
	if err != nil {
		return nil, err
	}
	for _, s := range v.A.Shifts {
		if s.ID == v.ParamID("shift") {
			v.Title, v.NoIndex = v.T("activity.signup.title"), true
			v.Back = ui.Link{Text: v.A.Title, Href: v.URL("activities", v.A.ID.String())}
			return &shiftView{v, s}, nil
		}
	}
	return nil, errNotFound()
}

func (p *Portal) signUpForm(c *fiber.Ctx) error {
	v, err := p.shiftPage(c)
	if err != nil {
		return err
	}
	if v.V == nil {
		return web.Redirect(c, v.URL("volunteers", "join"))
	}
	return web.Render(c, fiber.StatusOK, signUpPage(v))
}

func (p *Portal) signUp(c *fiber.Ctx) error {
	v, err := p.shiftPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	k := store.Taking{Shift: v.S.ID, WithParent: f.Bool("parent"), Agreed: f.Bool("agreed")}
	s, err := p.Store.In(v.Community).SignUp(web.Context(c), v.Actor, k)
	if err != nil {
		return web.Again(c, err, signUpPage(v))
	}
	return web.Redirect(c, v.URL("activities", v.A.ID.String(), "signups", s.ID.String()))
}

// signupView is one's own place.
type signupView struct {
	*activityView
	S store.ShiftView
}

func (p *Portal) signupPage(c *fiber.Ctx) (*signupView, error) {
	v, err := p.myView(c)
	if err != nil {
		return nil, err
	}
	for _, s := range v.A.Shifts {
		if s.Mine != nil && s.Mine.ID == v.ParamID("signup") {
			v.Title, v.NoIndex = v.T("activity.place.title"), true
			v.Back = ui.Link{Text: v.A.Title, Href: v.URL("activities", v.A.ID.String())}
			return &signupView{v, s}, nil
		}
	}
	return nil, errNotFound()
}

func (p *Portal) signup(c *fiber.Ctx) error {
	v, err := p.signupPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, signupPage(v))
}

func (p *Portal) cancelSignup(c *fiber.Ctx) error {
	v, err := p.signupPage(c)
	if err != nil {
		return err
	}
	if err := p.Store.In(v.Community).CancelSignup(web.Context(c), v.Actor, v.S.Mine.ID); err != nil {
		return web.Again(c, err, signupPage(v))
	}
	return web.Redirect(c, v.URL("activities", v.A.ID.String()))
}

func (p *Portal) askSwap(c *fiber.Ctx) error {
	v, err := p.signupPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	number := f.Text("number", 20)
	if err = f.Err(); err == nil {
		err = p.Store.In(v.Community).AskSwap(web.Context(c), v.Actor, v.S.Mine.ID, number)
	}
	if err != nil {
		return web.Again(c, err, signupPage(v))
	}
	return web.Redirect(c, v.URL("volunteers", "mine"))
}

func (p *Portal) dropSwap(c *fiber.Ctx) error {
	page := web.PageOf(c)
	if err := p.Store.In(page.Community).DropSwap(web.Context(c), page.Actor, page.ParamID("swap")); err != nil {
		return err
	}
	return web.Redirect(c, page.URL("volunteers", "mine"))
}

func (p *Portal) answerSwap(c *fiber.Ctx) error {
	page := web.PageOf(c)
	f := web.FormOf(c)
	answer := web.Choice(f, "answer", "yes", "no")
	if err := f.Err(); err != nil {
		return err
	}
	k := store.Taking{Agreed: true}
	if err := p.Store.In(page.Community).AnswerSwap(web.Context(c), page.Actor, page.ParamID("swap"), k, answer == "yes"); err != nil {
		return err
	}
	return web.Redirect(c, page.URL("volunteers", "mine"))
}

// hereView is checking in and out.
type hereView struct {
	*activityView
	Came *models.Attendance
	Next *store.ShiftView // the shift that can be checked in to now
}

// herePage finds where the reader stands with the activity now.
func (p *Portal) herePage(c *fiber.Ctx) (*hereView, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	a, err := p.Store.In(page.Community).ActivityForPlaces(ctx, page.Actor, page.ParamID("id"))
	if err != nil {
		return nil, err
	}
	v := &hereView{activityView: &activityView{Page: page, A: a.ActivityView, V: a.Volunteer}}
	page.Title, page.Place, page.NoIndex = page.T("activity.here.title"), "together", true
	page.Back = ui.Link{Text: page.T("volunteer.mine.title"), Href: page.URL("volunteers", "mine")}
	page.Scripts = append(page.Scripts, "scan.js")
	for i := range v.A.Shifts {
		s := &v.A.Shifts[i]
		if s.Mine == nil || s.Mine.State != models.SignupIn {
			continue
		}
		came := a.Came[s.ID]
		switch {
		case came != nil && came.OutAt == nil && policy.MayCheckOut(s.Shift, came.InAt, page.Now) == nil:
			v.Next, v.Came = s, came
			return v, nil
		case came == nil && policy.MayCheckIn(s.Shift, page.Now) == nil && v.Next == nil:
			v.Next = s
		case came != nil && v.Next == nil:
			v.Came = came
		}
	}
	return v, nil
}

func (p *Portal) hereForm(c *fiber.Ctx) error {
	v, err := p.herePage(c)
	if err != nil {
		return err
	}
	v.Set("code", v.Query("c"))
	return web.Render(c, fiber.StatusOK, herePage(v))
}

func (p *Portal) here(c *fiber.Ctx) error {
	v, err := p.herePage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	code := f.Text("code", 20)
	out := web.Choice(f, "way", "in", "out") == "out"
	if err = f.Err(); err == nil {
		_, err = p.Store.In(v.Community).CheckIn(web.Context(c), v.Actor, v.A.ID, code, out)
	}
	if err != nil {
		return web.Again(c, err, herePage(v))
	}
	return web.Redirect(c, v.URL("activities", v.A.ID.String(), "here")+"?done="+url.QueryEscape(f.Raw("way")))
}

// activityCalendar is the activity's shifts for the calendar of a phone; for a
// volunteer with places only those.
func (p *Portal) activityCalendar(c *fiber.Ctx) error {
	v, err := p.myView(c)
	if problem.Is(err, problem.Unauthorized) {
		v, err = p.activityView(web.Context(c), web.PageOf(c))
	}
	if err != nil {
		return err
	}
	mine := false
	for _, s := range v.A.Shifts {
		mine = mine || s.Mine != nil
	}
	var events []web.CalendarEvent
	for _, s := range v.A.Shifts {
		if mine && (s.Mine == nil || s.Mine.State != models.SignupIn) {
			continue
		}
		events = append(events, web.CalendarEvent{
			UID: v.CalendarUID("shift", s.ID), Start: s.BeginsAt, End: s.EndsAt, Changed: v.A.UpdatedAt, Title: v.A.Title, Text: s.Job.Title, Place: v.A.Place,
			URL: v.Absolute(v.URL("activities", v.A.ID.String())), Cancelled: s.State == models.ShiftCancelled || v.A.State == models.ActivityCancelled,
		})
	}
	return web.SendCalendar(c, v.A.Title, "activity-"+v.A.ID.String(), events)
}

// newActivityView is a team leader's plan.
type newActivityView struct {
	*web.Page
	Teams []ui.Option
}

func (p *Portal) newActivityPage(c *fiber.Ctx) (*newActivityView, error) {
	page := web.PageOf(c)
	page.Title, page.Place, page.NoIndex = page.T("activity.new.title"), "together", true
	page.Back = ui.Link{Text: page.T("volunteer.mine.title"), Href: page.URL("volunteers", "mine")}
	teams, err := p.Store.In(page.Community).LedTeams(web.Context(c), page.Actor)
	if err != nil {
		return nil, err
	}
	v := &newActivityView{Page: page}
	for _, t := range teams {
		v.Teams = append(v.Teams, page.Option("team", t.ID.String(), t.Name))
	}
	return v, nil
}

func (p *Portal) newActivityForm(c *fiber.Ctx) error {
	v, err := p.newActivityPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, newActivityPage(v))
}

func (p *Portal) newActivity(c *fiber.Ctx) error {
	v, err := p.newActivityPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := web.ActivityDraftOf(f)
	if err = f.Err(); err == nil {
		a, e := p.Store.In(v.Community).CreateActivity(web.Context(c), v.Actor, d)
		if err = e; err == nil {
			return web.Redirect(c, v.URL("activities", a.ID.String(), "lead"))
		}
	}
	return web.Again(c, err, newActivityPage(v))
}

// minor: below 14 one serves only beside a parent.
func (v *shiftView) minor() bool {
	return v.V != nil && policy.Age(v.V.Birth, v.Today()) < policy.TeenAge
}
