package portal

import (
	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// meetingJoinView is the form to take part: one act, for oneself or a relative.
type meetingJoinView struct {
	meetingView
	Family []store.Person
	Other  bool                  // a relative of another household
	Signup *models.MeetingSignup // what is changed; nil for a new one
}

var joinParts = []models.MeetingPart{models.PartDelegate, models.PartSpeaker, models.PartListener}

func (p *Portal) meetingJoinPage(c *fiber.Ctx) (*meetingJoinView, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	m, err := p.meetingView(ctx, page)
	if err != nil {
		return nil, err
	}
	m.back()
	page.Title = page.T("meeting.join.title")
	v := &meetingJoinView{meetingView: *m}
	if page.LoggedIn() {
		v.Other = page.Query("other") != ""
		v.Family, err = p.Store.In(page.Community).MyFamily(ctx, page.Actor)
	}
	return v, err
}

func (p *Portal) meetingJoinForm(c *fiber.Ctx) error {
	v, err := p.meetingJoinPage(c)
	if err != nil {
		return err
	}
	if len(v.Family) > 0 && v.Query("for") != "" {
		v.Set("resident", v.Query("for"))
	}
	return web.Render(c, fiber.StatusOK, meetingJoinPage(v))
}

// join signs up; who is not logged in goes on to telephone and code.
func (p *Portal) meetingJoin(c *fiber.Ctx) error {
	v, err := p.meetingJoinPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	a := act{Kind: actJoin, Thing: v.ID, Back: v.Path, Part: web.Choice(f, "part", joinParts...), Remote: f.Bool("remote"), Text: f.Optional("needs", maxNeeds)}
	switch a.Entry = f.OptionalID("resident"); {
	case v.Other:
		a.Entry, a.Name, a.Subject = 0, f.Text("name", maxAttendee), f.Optional("phone", 20)
	case a.Entry == 0:
		a.Name = f.Optional("name", maxAttendee)
	}
	if !v.LoggedIn() && a.Name == "" {
		f.Add("name", "form.needed", nil)
	}
	if a.Text != "" && !f.Bool("needs_ok") {
		f.Add("needs_ok", "meeting.needs.agree", nil)
	}
	if !v.SignupOpen(v.Now) {
		return web.Again(c, problem.New(problem.TooLate, "meeting.signup.over", problem.Args{"time": v.SignupUntil}), meetingJoinPage(v))
	}
	return p.actOrAgain(c, f.Err(), a, meetingJoinPage(v))
}

const (
	maxNeeds    = 200
	maxAttendee = 30
)

// meetingMineView is the person's own place, and those of whom they signed up.
type meetingMineView struct {
	meetingView
	Signups []meetingMySignup
	Done    bool // has just signed up
}

type meetingMySignup struct {
	models.MeetingSignup
	Ahead int
	Needs string
}

func (p *Portal) meetingMinePage(c *fiber.Ctx) (*meetingMineView, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	m, err := p.meetingView(ctx, page)
	if err != nil {
		return nil, err
	}
	m.back()
	page.Title = page.T("meeting.mine.title")
	v := &meetingMineView{meetingView: *m, Done: page.Query("done") != ""}
	t := p.Store.In(page.Community)
	rows, err := t.MySignups(ctx, page.Actor, v.ID)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		s := meetingMySignup{MeetingSignup: r}
		if s.Needs, err = t.Needs(&r); err != nil {
			return nil, err
		}
		if r.State == models.PlaceWaiting {
			n, err := t.AheadOf(ctx, r)
			if err != nil {
				return nil, err
			}
			s.Ahead = int(n)
		}
		v.Signups = append(v.Signups, s)
	}
	return v, nil
}

func (p *Portal) myMeeting(c *fiber.Ctx) error {
	v, err := p.meetingMinePage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, meetingMinePage(v))
}

// meetingMyAct is the handler of a button beside one's own place.
func (p *Portal) meetingMyAct(c *fiber.Ctx, do func(t *store.Tenant, v *meetingMineView, signup models.ID) error) error {
	v, err := p.meetingMinePage(c)
	if err != nil {
		return err
	}
	if err := do(p.Store.In(v.Community), v, v.ParamID("signup")); err != nil {
		return web.Again(c, err, meetingMinePage(v))
	}
	return web.Redirect(c, v.here("mine"))
}

func (p *Portal) leaveMeeting(c *fiber.Ctx) error {
	return p.meetingMyAct(c, func(t *store.Tenant, v *meetingMineView, signup models.ID) error {
		return t.LeaveMeeting(web.Context(c), v.Actor, v.ID, signup)
	})
}

func (p *Portal) acceptSeat(c *fiber.Ctx) error {
	return p.meetingMyAct(c, func(t *store.Tenant, v *meetingMineView, signup models.ID) error {
		return t.AcceptSeat(web.Context(c), v.Actor, v.ID, signup)
	})
}

// meetingChangePage is the join form with what was said.
func (p *Portal) meetingChangePage(c *fiber.Ctx) (*meetingJoinView, error) {
	mine, err := p.meetingMinePage(c)
	if err != nil {
		return nil, err
	}
	for i := range mine.Signups {
		s := mine.Signups[i]
		if s.ID != mine.ParamID("signup") || s.LivePerson == nil {
			continue
		}
		v := &meetingJoinView{meetingView: mine.meetingView, Signup: &s.MeetingSignup}
		v.Page.Title = v.T("meeting.change.title")
		v.Set("part", string(s.Part))
		v.Set("needs", s.Needs)
		if s.Remote {
			v.Set("remote", "1")
		}
		v.Back = ui.Link{Text: v.T("meeting.mine.title"), Href: v.here("mine")}
		return v, nil
	}
	return nil, errNotFound()
}

func (p *Portal) meetingChangeForm(c *fiber.Ctx) error {
	v, err := p.meetingChangePage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, meetingJoinPage(v))
}

func (p *Portal) changeSignup(c *fiber.Ctx) error {
	v, err := p.meetingChangePage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := store.SignupDraft{Part: web.Choice(f, "part", joinParts...), Remote: f.Bool("remote"), Needs: f.Optional("needs", maxNeeds)}
	if d.Needs != "" && !f.Bool("needs_ok") {
		f.Add("needs_ok", "meeting.needs.agree", nil)
	}
	if err = f.Err(); err == nil {
		err = p.Store.In(v.Community).ChangeSignup(web.Context(c), v.Actor, v.ID, v.Signup.ID, d)
	}
	if err != nil {
		return web.Again(c, err, meetingJoinPage(v))
	}
	return web.Redirect(c, v.here("mine"))
}

// meetingLinkView shows the address for those who join from home.
type meetingLinkView struct {
	meetingView
	Address string
}

func (p *Portal) meetingLink(c *fiber.Ctx) error {
	v, err := p.meetingMinePage(c)
	if err != nil {
		return err
	}
	link, err := p.Store.In(v.Community).JoinRemote(web.Context(c), v.Actor, v.ID)
	if err != nil {
		return web.Again(c, err, meetingMinePage(v))
	}
	return web.Render(c, fiber.StatusOK, meetingLinkPage(meetingLinkView{v.meetingView, link}))
}

func (p *Portal) meetingHerePage(c *fiber.Ctx) (*meetingView, error) {
	page := web.PageOf(c)
	v, err := p.meetingView(web.Context(c), page)
	if err != nil {
		return nil, err
	}
	v.back()
	page.Title, page.Scripts = page.T("meeting.here.title"), []string{"scan.js"}
	return v, nil
}

func (p *Portal) meetingHereForm(c *fiber.Ctx) error {
	v, err := p.meetingHerePage(c)
	if err != nil {
		return err
	}
	v.Set("code", v.Query("c"))
	return web.Render(c, fiber.StatusOK, meetingHerePage(v))
}

func (p *Portal) meetingHere(c *fiber.Ctx) error {
	v, err := p.meetingHerePage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	code := f.Text("code", 12)
	if err = f.Err(); err == nil {
		err = p.Store.In(v.Community).CheckInByCode(web.Context(c), v.Actor, v.ID, code)
	}
	if err != nil {
		return web.Again(c, err, meetingHerePage(v))
	}
	return web.Redirect(c, v.here("mine"))
}

// myMeetingsView is where the person goes.
type myMeetingsView struct {
	*web.Page
	List []store.MyComingMeeting
}

func (p *Portal) myMeetings(c *fiber.Ctx) error {
	page := web.PageOf(c)
	page.Title, page.Place = page.T("meeting.mine.all"), "me"
	page.Back = ui.Link{Text: page.T("me.title"), Href: "/me"}
	list, err := p.Store.MyComingMeetings(web.Context(c), page.Actor)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, myMeetingsPage(myMeetingsView{page, list}))
}
