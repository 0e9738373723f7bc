package admin

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// meetingHallRoutes: the door, the hall, signing up at the desk, the draw, the
// sheets for the entrances.
func (a *Admin) meetingHallRoutes() []web.Route {
	const one = "/admin/:community/meetings/:id"
	door := func(method, path string, h fiber.Handler) web.Route {
		return web.Route{Method: method, Path: one + path, Object: "meeting", Action: "door", Handle: h}
	}
	return []web.Route{
		door("GET", "/door", a.door),
		door("POST", "/door/:signup", a.checkIn),
		door("POST", "/door/:signup/accept", a.acceptAtDesk),
		door("POST", "/door/:signup/leave", a.leaveAtDesk),
		door("POST", "/door", a.letIn),
		door("GET", "/desk", a.deskForm),
		door("POST", "/desk", a.deskSignUp),
		door("GET", "/hall", a.hall),
		door("GET", "/attendance", a.attendance),
		door("GET", "/entrances", a.entrances),
		door("POST", "/entrances", a.posted),
		{Method: "POST", Path: one + "/draw", Object: "meeting", Action: "minutes", Handle: a.draw},
	}
}

// meetingDoorView is the doorman's list: find by name or scan the ticket, tap, next.
type meetingDoorView struct {
	*web.Page
	Meeting *store.MeetingView
	Find    string
	List    []models.MeetingSignup
	Needs   map[models.ID]string // what helps them, by sign-up
	Open    bool
}

func (a *Admin) meetingDoorPage(c *fiber.Ctx) (*meetingDoorView, error) {
	p, ctx := web.PageOf(c), web.Context(c)
	t := a.Store.In(p.Community)
	m, err := t.Meeting(ctx, p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	if m.State == models.MeetingDraft || m.State == models.MeetingDropped {
		return nil, noMeeting()
	}
	a.officePage(c, p.T("meeting.door.title"))
	p.Wide, p.Scripts = false, []string{"scan.js"}
	p.Back = ui.Link{Text: p.T("meeting.desk.title"), Href: p.AdminURL("meetings")}
	v := &meetingDoorView{Page: p, Meeting: m, Find: ticketIn(p.Query("q")), Open: store.DoorOpen(&m.CivicMeeting, p.Now)}
	if v.List, err = t.Attendees(ctx, m.ID, v.Find); err == nil {
		v.Needs, err = t.NeedsOf(v.List)
	}
	return v, err
}

// ticketIn takes the ticket out of the address that its QR code holds.
func ticketIn(q string) string {
	if _, after, ok := strings.Cut(q, "?q="); ok {
		return after
	}
	return q
}

func (a *Admin) door(c *fiber.Ctx) error {
	v, err := a.meetingDoorPage(c)
	if err != nil {
		return err
	}
	v.Set("q", v.Find)
	return web.Render(c, fiber.StatusOK, meetingDoorPage(v))
}

func (a *Admin) checkIn(c *fiber.Ctx) error {
	v, err := a.meetingDoorPage(c)
	if err != nil {
		return err
	}
	how := store.PresentByName
	if web.FormOf(c).Has("ticket") {
		how = store.PresentByTicket
	}
	if err := a.Store.In(v.Community).CheckInAtDoor(web.Context(c), v.Actor, v.Meeting.ID, v.ParamID("signup"), how); err != nil {
		return web.Again(c, err, meetingDoorPage(v))
	}
	return web.Redirect(c, v.path("door")+"#find")
}

// acceptAtDesk and leaveAtDesk are for whoever comes to the desk or telephones.
func (a *Admin) acceptAtDesk(c *fiber.Ctx) error { return a.deskPlace(c, (*store.Tenant).AcceptAtDesk) }

func (a *Admin) leaveAtDesk(c *fiber.Ctx) error { return a.deskPlace(c, (*store.Tenant).LeaveAtDesk) }

func (a *Admin) deskPlace(c *fiber.Ctx, do func(*store.Tenant, context.Context, models.Actor, models.ID, models.ID) error) error {
	v, err := a.meetingDoorPage(c)
	if err != nil {
		return err
	}
	if err := do(a.Store.In(v.Community), web.Context(c), v.Actor, v.Meeting.ID, v.ParamID("signup")); err != nil {
		return web.Again(c, err, meetingDoorPage(v))
	}
	return web.Redirect(c, v.path("door")+"#find")
}

// offered tells whether a seat is kept for somebody now.
func (v *meetingDoorView) offered(s models.MeetingSignup) bool {
	return s.State == models.PlaceOffered && v.Now.Before(*s.OfferUntil)
}

func (a *Admin) letIn(c *fiber.Ctx) error {
	v, err := a.meetingDoorPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := store.SignupDraft{Name: f.Text("name", 30), Phone: f.Optional("phone", 20)}
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).LetIn(web.Context(c), v.Actor, v.Meeting.ID, d)
	}
	if err != nil {
		return web.Again(c, err, meetingDoorPage(v))
	}
	return web.Redirect(c, v.path("door")+"#find")
}

func (v *meetingDoorView) path(parts ...string) string {
	return v.AdminURL(append([]string{"meetings", v.Meeting.ID.String()}, parts...)...)
}

func (a *Admin) deskForm(c *fiber.Ctx) error {
	v, err := a.meetingDoorPage(c)
	if err != nil {
		return err
	}
	v.Title = v.T("meeting.atdesk.title")
	return web.Render(c, fiber.StatusOK, meetingDeskPage(v))
}

// deskSignUp signs up whoever stands at the desk or telephones.
func (a *Admin) deskSignUp(c *fiber.Ctx) error {
	v, err := a.meetingDoorPage(c)
	if err != nil {
		return err
	}
	v.Title = v.T("meeting.atdesk.title")
	f := web.FormOf(c)
	d := store.SignupDraft{
		Part: web.Choice(f, "part", models.PartDelegate, models.PartSpeaker, models.PartListener), Name: f.Text("name", 30), Phone: f.Optional("phone", 20), Needs: f.Optional("needs", 200),
		Wanted: web.Choice(f, "wanted", models.PoolOpen, models.PoolReps, models.PoolParty, models.PoolCouncil, models.PoolUnits),
	}
	var s *models.MeetingSignup
	if err = f.Err(); err == nil {
		s, err = a.Store.In(v.Community).JoinMeetingAtDesk(web.Context(c), v.Actor, v.Meeting.ID, d)
	}
	if err != nil {
		return web.Again(c, err, meetingDeskPage(v))
	}
	return web.Redirect(c, v.path("desk")+"?done="+s.Ticket)
}

// hallView is what the projector shows: three figures and the code.
type hallView struct {
	*web.Page
	Meeting *store.MeetingView
	Code    store.ShownCode
	Open    bool
}

func (a *Admin) hall(c *fiber.Ctx) error {
	p := web.PageOf(c)
	t := a.Store.In(p.Community)
	m, err := t.Meeting(web.Context(c), p.ParamID("id"))
	if err != nil {
		return err
	}
	a.officePage(c, m.Title)
	p.Bare = true
	v := &hallView{Page: p, Meeting: m, Code: t.HallCode(m.ID), Open: store.DoorOpen(&m.CivicMeeting, p.Now)}
	p.Refresh = max(1, int(v.Code.Until.Sub(p.Now).Seconds())+1)
	return web.Render(c, fiber.StatusOK, hallPage(v))
}

// address is what a phone in the hall reads from the code.
func (v *hallView) address() string {
	return v.Absolute(v.URL("meetings", v.Meeting.ID.String(), "here")) + "?c=" + v.Code.Code
}

// seats is how many seats the meeting has.
func (v *hallView) seats() int {
	n := 0
	for _, s := range v.Meeting.Seats {
		n += s.Total
	}
	return n
}

func (a *Admin) draw(c *fiber.Ctx) error {
	v, err := a.meetingPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	words := f.Text("words", 60)
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).DrawLottery(web.Context(c), v.Actor, v.ID, words)
	}
	return v.done(c, err)
}

// entrancesView are the sheets for the doors, one for each entrance.
type entrancesView struct {
	*web.Page
	Meeting *store.MeetingView
	List    []store.Entrance
	Print   bool
}

func (a *Admin) entrancesPage(c *fiber.Ctx) (*entrancesView, error) {
	d, err := a.meetingDoorPage(c)
	if err != nil {
		return nil, err
	}
	v := &entrancesView{Page: d.Page, Meeting: d.Meeting, Print: d.Query("print") != ""}
	v.Page.Title, v.Page.Scripts = v.T("meeting.entrances.title"), nil
	v.List, err = a.Store.In(v.Community).Entrances(web.Context(c), v.Meeting.ID)
	if v.Print {
		v.Bare, v.Back = true, ui.Link{}
	}
	return v, err
}

func (a *Admin) entrances(c *fiber.Ctx) error {
	v, err := a.entrancesPage(c)
	if err != nil {
		return err
	}
	if v.Print {
		return web.Render(c, fiber.StatusOK, entranceSheets(v))
	}
	return web.Render(c, fiber.StatusOK, entrancesPage(v))
}

// posted notes that sheets hang at entrances.
func (a *Admin) posted(c *fiber.Ctx) error {
	v, err := a.entrancesPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	var names []string
	for _, e := range v.List {
		names = append(names, e.Key())
	}
	hung := web.Choices(f, "entrance", true, names...)
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).HangSheets(web.Context(c), v.Actor, v.Meeting.ID, hung)
	}
	if err != nil {
		return web.Again(c, err, entrancesPage(v))
	}
	return web.Redirect(c, v.AdminURL("meetings", v.Meeting.ID.String(), "entrances"))
}
