package portal

import (
	"context"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// meetingRoutes are the community's meetings: what is called, how one takes part,
// what was said and what became of it.
func (p *Portal) meetingRoutes() []web.Route {
	const all, one = "/:community/meetings", "/:community/meetings/:id"
	return []web.Route{
		{Method: "GET", Path: all, Object: web.Public, Handle: web.Cached([]string{"meetings", "home"}, []string{"before"}, p.meetings)},
		{Method: "GET", Path: all + ".ics", Object: web.Public, Handle: p.meetingsCalendar},
		{Method: "GET", Path: one, Object: web.Public, Handle: web.Cached([]string{"meetings", "seats", "home", "complaints", "assembly"}, nil, p.meeting)},
		{Method: "GET", Path: one + "/calendar", Object: web.Public, Handle: p.meetingCalendar},
		{Method: "GET", Path: one + "/lottery", Object: web.Public, Handle: web.Cached([]string{"meetings"}, nil, p.lottery)},
		{Method: "GET", Path: one + "/lottery.json", Object: web.Public, Handle: p.lotteryJSON},
		{Method: "GET", Path: one + "/join", Object: web.Public, Handle: p.meetingJoinForm},
		{Method: "POST", Path: one + "/join", Object: web.Public, Handle: p.meetingJoin},
		{Method: "GET", Path: one + "/mine", Object: web.Self, Handle: p.myMeeting},
		{Method: "POST", Path: one + "/mine/:signup/leave", Object: web.Self, Handle: p.leaveMeeting},
		{Method: "POST", Path: one + "/mine/:signup/accept", Object: web.Self, Handle: p.acceptSeat},
		{Method: "GET", Path: one + "/mine/:signup/change", Object: web.Self, Handle: p.meetingChangeForm},
		{Method: "POST", Path: one + "/mine/:signup/change", Object: web.Self, Handle: p.changeSignup},
		{Method: "POST", Path: one + "/link", Object: web.Self, Handle: p.meetingLink},
		{Method: "GET", Path: one + "/here", Object: web.Self, Handle: p.meetingHereForm},
		{Method: "POST", Path: one + "/here", Object: web.Self, Handle: p.meetingHere},
		{Method: "GET", Path: one + "/opinion", Object: web.Public, Handle: p.meetingOpinionForm},
		{Method: "POST", Path: one + "/opinion", Object: web.Public, Handle: p.meetingOpinion},
		{Method: "GET", Path: one + "/words/:opinion", Object: web.Self, Handle: p.meetingWordsForm},
		{Method: "POST", Path: one + "/words/:opinion", Object: web.Self, Handle: p.meetingWords},
		{Method: "GET", Path: "/me/meetings", Object: web.Self, Handle: p.myMeetings},
	}
}

var (
	meetingKinds  = i18n.Family("meeting.kind.")
	meetingBasis  = i18n.Family("meeting.basis.")
	meetingParts  = i18n.Family("meeting.part.")
	meetingPools  = i18n.Family("meeting.pool.")
	meetingStance = i18n.Family("meeting.stance.")
	meetingAdopt  = i18n.Family("meeting.adoption.")
	leafMonths    = i18n.Family("format.month.")
	leafWeekdays  = i18n.Family("format.weekday.")
)

// meetingsView is the list: coming ones, the calendar of talks, past ones.
type meetingsView struct {
	*web.Page
	Coming  []models.CivicMeeting
	Past    []models.CivicMeeting
	Older   string
	Talks   []policy.TalkQuarter
	First   bool // the first page
	NextDue models.Date
}

func (p *Portal) meetings(ctx context.Context, page *web.Page) (templ.Component, error) {
	t := p.Store.In(page.Community)
	v := meetingsView{Page: page, First: page.Query("before") == ""}
	page.Title, page.Place = page.T("meeting.list.title"), "together"
	page.Description = page.T("meeting.list.lead")
	page.Back = ui.Link{Text: page.T("shell.together"), Href: page.URL("activities")}
	var before time.Time
	if ms, err := strconv.ParseInt(page.Query("before"), 10, 64); err == nil {
		before = time.UnixMilli(ms)
	}
	var err error
	if v.First {
		if v.Coming, err = t.ComingMeetings(ctx); err != nil {
			return nil, err
		}
		if v.Talks, err = t.TalkCalendar(ctx, page.Today()); err != nil {
			return nil, err
		}
		v.NextDue = policy.NextTalkDue(v.Talks)
	}
	var more bool
	if v.Past, more, err = t.PastMeetings(ctx, before); err != nil {
		return nil, err
	}
	if more {
		v.Older = page.URL("meetings") + "?before=" + strconv.FormatInt(v.Past[len(v.Past)-1].StartAt.UnixMilli(), 10)
	}
	return meetingsPage(v), nil
}

// meetingView is one meeting as everybody reads it.
type meetingView struct {
	*web.Page
	store.MeetingView
	Opinions []models.MeetingOpinion
	Steps    []models.MeetingStep
	Minutes  []models.Minutes // published ones, the newest first

	Appraisal *store.AppraisalView // of an appraisal
	Review    *store.ReviewView    // of a yearly review
	Case      *models.Complaint    // that led here, if it is public
	Matters   []models.Matter      // that it prepared for the assembly
}

func (p *Portal) meeting(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.meetingView(ctx, page)
	if err != nil {
		return nil, err
	}
	page.Back = ui.Link{Text: page.T("meeting.list.title"), Href: page.URL("meetings")}
	page.Description = v.Summary
	t := p.Store.In(page.Community)
	if v.Opinions, err = t.MeetingOpinions(ctx, v.ID); err != nil {
		return nil, err
	}
	if v.Steps, err = t.MeetingSteps(ctx, v.ID); err != nil {
		return nil, err
	}
	if err := p.withAppraisal(ctx, v); err != nil {
		return nil, err
	}
	if v.Case, err = t.PublicMeetingCase(ctx, &v.CivicMeeting); err != nil {
		return nil, err
	}
	if v.Matters, err = t.MattersOf(ctx, v.ID); err != nil {
		return nil, err
	}
	all, err := t.Minutes(ctx, v.ID)
	for _, m := range all {
		if m.PublishedAt != nil {
			v.Minutes = append(v.Minutes, m)
		}
	}
	return meetingPage(*v), err
}

func (p *Portal) meetingView(ctx context.Context, page *web.Page) (*meetingView, error) {
	m, err := p.Store.In(page.Community).PublicMeeting(ctx, page.ParamID("id"))
	if err != nil {
		return nil, err
	}
	page.Title, page.Place = m.Title, "together"
	return &meetingView{Page: page, MeetingView: *m}, nil
}

// back leads a page about a meeting back to it.
func (v *meetingView) back() {
	v.Back = ui.Link{Text: v.MeetingView.Title, Href: v.URL("meetings", v.ID.String())}
	v.NoIndex = true
}

func (v meetingView) here(parts ...string) string {
	return v.URL(append([]string{"meetings", v.ID.String()}, parts...)...)
}

// meetingsCalendar is the feed of a community: what comes, and for a while what
// was called off.
func (p *Portal) meetingsCalendar(c *fiber.Ctx) error {
	page, ctx := web.PageOf(c), web.Context(c)
	t := p.Store.In(page.Community)
	coming, err := t.ComingMeetings(ctx)
	if err != nil {
		return err
	}
	past, _, err := t.PastMeetings(ctx, time.Time{})
	if err != nil {
		return err
	}
	var events []web.CalendarEvent
	for _, m := range append(coming, past...) {
		events = append(events, meetingEvent(page, m))
	}
	sessions, _, err := t.Sessions(ctx, store.SessionFilter{Public: true, Limit: 50})
	if err != nil {
		return err
	}
	for _, s := range sessions {
		events = append(events, sessionEvent(page, s))
	}
	return web.SendCalendar(c, page.Community.Name, page.Community.Code+"-meetings", events)
}

func (p *Portal) meetingCalendar(c *fiber.Ctx) error {
	page := web.PageOf(c)
	m, err := p.Store.In(page.Community).PublicMeeting(web.Context(c), page.ParamID("id"))
	if err != nil {
		return err
	}
	return web.SendCalendar(c, page.Community.Name, "meeting-"+m.ID.String(), []web.CalendarEvent{meetingEvent(page, m.CivicMeeting)})
}

// meetingEvent never holds the link of those who join from home.
func meetingEvent(page *web.Page, m models.CivicMeeting) web.CalendarEvent {
	return web.CalendarEvent{
		UID: page.CalendarUID("meeting", m.ID), Sequence: m.Revision, Start: m.StartAt, End: m.EndAt, Changed: m.UpdatedAt,
		Title: page.T(meetingKinds.Key(string(m.Kind))) + " \u00b7 " + m.Title, Text: m.Summary, Place: m.Place,
		URL: page.Absolute(page.URL("meetings", m.ID.String())), Cancelled: m.State == models.MeetingCancelled,
	}
}

// lotteryView is the public record of a draw.
type lotteryView struct {
	meetingView
	Draw *store.Lottery
}

func (p *Portal) lottery(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.meetingView(ctx, page)
	if err != nil {
		return nil, err
	}
	l, err := p.Store.In(page.Community).Lottery(ctx, &v.CivicMeeting)
	if err != nil {
		return nil, err
	}
	v.back()
	page.Title = page.T("meeting.lottery.title")
	return lotteryPage(lotteryView{*v, l}), nil
}

func (p *Portal) lotteryJSON(c *fiber.Ctx) error {
	page, ctx := web.PageOf(c), web.Context(c)
	t := p.Store.In(page.Community)
	m, err := t.PublicMeeting(ctx, page.ParamID("id"))
	if err != nil {
		return err
	}
	l, err := t.Lottery(ctx, &m.CivicMeeting)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "public, no-cache")
	return c.JSON(l)
}
