package admin

import (
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// meetingView is one meeting with what may be done about it.
type meetingView struct {
	*web.Page
	store.MeetingView
	Opinions []models.MeetingOpinion
	Steps    []models.MeetingStep
	Minutes  []models.Minutes
	Filings  []models.MinutesFiling // of the minutes, to the street's own systems
	Signups  []models.MeetingSignup

	MayEdit, MayPublish, MayChange, MayHold, MayClose bool
	MayMinutes, MayOut, MayReceive                    bool
	Missing                                           []models.MeetingBody
	Earliest                                          models.Date // the first day that a notice of today would allow, if the day is too near
	Body                                              string      // of the notice, in a preview

	Appraisal *store.AppraisalView // of an appraisal
	Review    *store.ReviewView    // of a yearly review
	Case      *models.Complaint    // that led here, for those who may see it
}

func (a *Admin) meetingPage(c *fiber.Ctx) (*meetingView, error) {
	p, ctx := web.PageOf(c), web.Context(c)
	t := a.Store.In(p.Community)
	m, err := t.Meeting(ctx, p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	a.officePage(c, m.Title)
	p.Wide = false
	p.Back = ui.Link{Text: p.T("meeting.desk.title"), Href: p.AdminURL("meetings")}
	v := &meetingView{Page: p, MeetingView: *m}
	roles := a.Store.Guard().RolesOf(p.Actor, p.Community, p.Today())
	can := func(action, permission string) bool {
		_, err := policy.MayCallMeeting(m.Kind, m.State, action, roles)
		return err == nil && web.May(c, "meeting", permission)
	}
	v.MayEdit, v.MayPublish, v.MayChange = can("edit", "create"), can("publish", "publish"), can("change", "publish")
	v.MayHold, v.MayClose = can("hold", "minutes") && !p.Now.Before(m.StartAt), can("close", "minutes")
	v.MayMinutes = web.May(c, "meeting", "minutes")
	v.MayOut = v.Rule.Makers.Any(roles) && web.May(c, "meeting", "publish")
	v.MayReceive = web.May(c, "meeting", "receive")
	switch m.Kind {
	case models.MeetingAppraisal:
		v.Appraisal, err = t.Appraisal(ctx, m.ID)
	case models.MeetingReview:
		v.Review, err = t.Review(ctx, m.ID)
	}
	if err != nil {
		return nil, err
	}
	if v.Case, err = t.MeetingCase(ctx, p.Actor, &m.CivicMeeting); err != nil {
		return nil, err
	}
	if m.State == models.MeetingDraft {
		v.Missing = m.Rule.Uninvited(m.Invited())
		if first := m.Rule.EarliestMeeting(p.Today()); models.DateOf(m.StartAt) < first {
			v.Earliest = first
		}
		return v, nil
	}
	return v, a.meetingRest(c, t, v)
}

// meetingRest reads what comes after the notice.
func (a *Admin) meetingRest(c *fiber.Ctx, t *store.Tenant, v *meetingView) (err error) {
	ctx := web.Context(c)
	if v.Opinions, err = t.MeetingOpinions(ctx, v.ID); err != nil {
		return err
	}
	if v.Steps, err = t.MeetingSteps(ctx, v.ID); err != nil {
		return err
	}
	if v.Minutes, err = t.Minutes(ctx, v.ID); err != nil {
		return err
	}
	if v.Filings, err = t.Filings(ctx, v.ID); err != nil {
		return err
	}
	v.Signups, err = t.Attendees(ctx, v.ID, "")
	return err
}

func (v *meetingView) path(parts ...string) string {
	return v.AdminURL(append([]string{"meetings", v.ID.String()}, parts...)...)
}

// done leads back to the meeting, or shows the page once more with what is wrong.
func (v *meetingView) done(c *fiber.Ctx, err error) error {
	if err != nil {
		return web.Again(c, err, meetingPage(v))
	}
	return web.Redirect(c, v.path())
}

func (a *Admin) meeting(c *fiber.Ctx) error {
	v, err := a.meetingPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, meetingPage(v))
}

// noticeText puts a meeting into the words of its notice. It is Chinese, as
// everything that hangs on the board, whoever reads the page.
func (v *meetingView) noticeText(key string) store.BoardText {
	m, zh := v.MeetingView, v.Chinese()
	kind := zh.T(meetingKinds.Key(string(m.Kind)))
	lines := []string{
		zh.T(key, "community", v.Community.Name, "kind", kind, "title", m.Title),
		zh.T("meeting.board.time", "day", models.DateOf(m.StartAt), "from", m.StartAt.In(models.Shanghai).Format("15:04"), "to", m.EndAt.In(models.Shanghai).Format("15:04")),
		zh.T("meeting.board.place", "place", m.Place), zh.T("meeting.board.about", "text", m.Summary),
	}
	var items, names []string
	for i, it := range m.Items {
		items = append(items, strconv.Itoa(i+1)+". "+it.Title)
	}
	for _, in := range m.Invites {
		names = append(names, in.Name)
	}
	lines = append(lines, zh.T("meeting.board.agenda", "items", strings.Join(items, zh.T("meeting.semicolon"))), zh.T("meeting.board.people", "names", strings.Join(names, zh.T("format.list"))))
	if len(m.Seats) > 0 && m.State != models.MeetingCancelled {
		lines = append(lines, zh.T("meeting.board.join", "address", v.Absolute(v.URL("meetings", m.ID.String())), "phone", v.Community.Phone, "time", m.SignupUntil))
	}
	return store.BoardText{Title: zh.T("meeting.board.title", "kind", kind, "title", m.Title), Body: strings.Join(lines, "\n\n")}
}

func (v *meetingView) seen() string { return strconv.FormatInt(v.UpdatedAt.UnixMilli(), 10) }

// meetingPreview shows the notice as it will hang on the board.
func (a *Admin) meetingPreview(c *fiber.Ctx) error {
	v, err := a.meetingPage(c)
	if err != nil {
		return err
	}
	v.Body = v.noticeText("meeting.board.call").Body
	return web.Render(c, fiber.StatusOK, meetingPreviewPage(v))
}

func (a *Admin) meetingPublish(c *fiber.Ctx) error {
	v, err := a.meetingPage(c)
	if err != nil {
		return err
	}
	text := v.noticeText("meeting.board.call")
	v.Body = text.Body
	if err := a.Store.In(v.Community).PublishMeeting(web.Context(c), v.Actor, v.ID, text, meetingSeen(c)); err != nil {
		return web.Again(c, err, meetingPreviewPage(v))
	}
	return web.Redirect(c, v.path())
}

func (a *Admin) meetingChangeForm(c *fiber.Ctx) error {
	v, err := a.meetingPage(c)
	if err != nil {
		return err
	}
	v.Set("place", v.MeetingView.Place)
	v.Set("day", string(models.DateOf(v.StartAt)))
	v.Set("from", v.StartAt.In(models.Shanghai).Format("15:04"))
	v.Set("to", v.EndAt.In(models.Shanghai).Format("15:04"))
	return web.Render(c, fiber.StatusOK, meetingChangePage(v))
}

func (a *Admin) meetingChange(c *fiber.Ctx) error {
	v, err := a.meetingPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	ch := store.MeetingChange{Place: f.Text("place", 60), Reason: f.Area("reason", 500)}
	ch.Start, ch.End = spanOf(f)
	if err = f.Err(); err == nil {
		was := v.MeetingView
		v.MeetingView.Place, v.StartAt, v.EndAt = ch.Place, ch.Start, ch.End
		text := v.noticeText("meeting.board.changed")
		text.Body += "\n\n" + v.Chinese().T("meeting.board.reason", "reason", ch.Reason)
		v.MeetingView = was
		err = a.Store.In(v.Community).ChangeMeeting(web.Context(c), v.Actor, v.ID, ch, text)
	}
	if err != nil {
		return web.Again(c, err, meetingChangePage(v))
	}
	return web.Redirect(c, v.path())
}

func (a *Admin) meetingCancel(c *fiber.Ctx) error {
	v, err := a.meetingPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	reason := f.Area("reason", 500)
	if err = f.Err(); err == nil {
		v.State = models.MeetingCancelled
		text := v.noticeText("meeting.board.cancelled")
		text.Body += "\n\n" + v.Chinese().T("meeting.board.reason", "reason", reason)
		err = a.Store.In(v.Community).CancelMeeting(web.Context(c), v.Actor, v.ID, reason, text)
	}
	if err != nil {
		return web.Again(c, err, meetingChangePage(v))
	}
	return web.Redirect(c, v.path())
}

// clockOf is from when to when.
func clockOf(p *web.Page, m models.CivicMeeting) string {
	return p.T("meeting.clock", "day", models.DateOf(m.StartAt), "from", clockTime(m.StartAt), "to", clockTime(m.EndAt))
}

func clockTime(t time.Time) string { return t.In(models.Shanghai).Format("15:04") }
