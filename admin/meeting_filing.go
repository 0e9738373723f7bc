package admin

import (
	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// meetingFilingRoutes: minutes on their way to the street's own systems.
func (a *Admin) meetingFilingRoutes() []web.Route {
	const one = "/admin/:community/meetings/:id/filings/:filing"
	return []web.Route{
		{Method: "GET", Path: one, Object: "meeting", Action: "minutes", Handle: a.filing},
		{Method: "POST", Path: one + "/again", Object: "meeting", Action: "publish", Handle: a.filingAgain},
		{Method: "POST", Path: one + "/byhand", Object: "meeting", Action: "publish", Handle: a.filingByHand},
	}
}

var (
	filingStates = i18n.Family("meeting.filing.state.")
	filingErrors = i18n.Family("meeting.filing.error.")
)

var filingKinds = map[models.FilingState]ui.Kind{
	models.FilingWaiting: ui.Info, models.FilingSent: ui.Good, models.FilingFailed: ui.Danger, models.FilingByHand: ui.Good, models.FilingReplaced: ui.Plain,
}

// filingView is one version of minutes and one system.
type filingView struct {
	*meetingView
	Filing models.MinutesFiling
}

func (a *Admin) filingView(c *fiber.Ctx) (*filingView, error) {
	m, err := a.meetingPage(c)
	if err != nil {
		return nil, err
	}
	v := &filingView{meetingView: m}
	if v.Filing, err = a.Store.In(m.Community).Filing(web.Context(c), m.ID, m.ParamID("filing")); err != nil {
		return nil, err
	}
	v.Page.Title = v.Filing.TargetName
	v.Back = ui.Link{Text: m.MeetingView.Title, Href: m.path() + "#minutes"}
	return v, nil
}

func (a *Admin) filing(c *fiber.Ctx) error {
	v, err := a.filingView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, filingPage(v))
}

func (v *filingView) act(c *fiber.Ctx, err error) error {
	if err != nil {
		return web.Again(c, err, filingPage(v))
	}
	return web.Redirect(c, v.filingPath(v.Filing))
}

func (a *Admin) filingAgain(c *fiber.Ctx) error {
	v, err := a.filingView(c)
	if err != nil {
		return err
	}
	return v.act(c, a.Store.In(v.Community).FileAgain(web.Context(c), v.Actor, v.ID, v.Filing.ID))
}

func (a *Admin) filingByHand(c *fiber.Ctx) error {
	v, err := a.filingView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	how := f.Area("how", 200)
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).FiledByHand(web.Context(c), v.Actor, v.ID, v.Filing.ID, how)
	}
	return v.act(c, err)
}

func (v *meetingView) filingPath(f models.MinutesFiling, parts ...string) string {
	return v.path(append([]string{"filings", f.ID.String()}, parts...)...)
}

// filingsOf are the filings of one version.
func (v *meetingView) filingsOf(m models.Minutes) (rows []models.MinutesFiling) {
	for _, f := range v.Filings {
		if f.MinutesID == m.ID {
			rows = append(rows, f)
		}
	}
	return rows
}

func (v *meetingView) filingCell(f models.MinutesFiling) ui.CellProps {
	return ui.CellProps{Icon: ui.IconBuilding, Title: f.TargetName, Desc: v.filingNews(f), Tag: v.T(filingStates.Key(string(f.State))), TagFor: filingKinds[f.State], Href: v.filingPath(f)}
}

// filingNews is when it was tried and what came of it.
func (v *meetingView) filingNews(f models.MinutesFiling) string {
	switch {
	case f.State == models.FilingByHand:
		return v.T("meeting.filing.hand.said", "name", f.ByName, "how", f.Note)
	case f.TriedAt == nil:
		return ""
	case f.State == models.FilingSent:
		return v.Moment(*f.TriedAt)
	}
	return v.T("meeting.filing.tried", "n", f.Tries, "time", *f.TriedAt, "why", v.filingWhy(f))
}

func (v *meetingView) filingWhy(f models.MinutesFiling) string {
	if key := filingErrors.Key(f.Error); f.Error != "" && v.Says(key) {
		return v.T(key)
	}
	return v.T("meeting.filing.error.late")
}

func (v *filingView) facts() []ui.Answer {
	f := v.Filing
	facts := []ui.Answer{{Label: v.T("meeting.filing.state"), Value: v.T(filingStates.Key(string(f.State)))}, {Label: v.T("meeting.filing.begun"), Value: v.Moment(f.CreatedAt)}}
	if f.TriedAt != nil {
		facts = append(facts, ui.Answer{Label: v.T("meeting.filing.last"), Value: v.Moment(*f.TriedAt)}, ui.Answer{Label: v.T("meeting.filing.tries"), Value: v.Int(f.Tries)})
	}
	switch f.State {
	case models.FilingFailed, models.FilingReplaced:
		facts = append(facts, ui.Answer{Label: v.T("meeting.filing.why"), Value: v.filingWhy(f)})
	case models.FilingWaiting:
		if f.Error != "" {
			facts = append(facts, ui.Answer{Label: v.T("meeting.filing.why"), Value: v.filingWhy(f)})
		}
		facts = append(facts, ui.Answer{Label: v.T("meeting.filing.until"), Value: v.Moment(f.UntilAt())})
	case models.FilingByHand:
		facts = append(facts, ui.Answer{Label: v.T("meeting.filing.how"), Value: f.Note}, ui.Answer{Label: v.T("meeting.filing.by"), Value: f.ByName})
	}
	return facts
}

// filingTasks are minutes that did not reach the street's own system.
func (v *dayView) filingTasks(rows []models.CivicMeeting) {
	for _, m := range rows {
		v.meetingTask(m, late, "meeting.day.filing", "office.act.look", "")
	}
}
