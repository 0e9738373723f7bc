package admin

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// meetingWordRoutes: what is said and what becomes of it.
func (a *Admin) meetingWordRoutes() []web.Route {
	const one = "/admin/:community/meetings/:id"
	return []web.Route{
		{Method: "POST", Path: one + "/hold", Object: "meeting", Action: "minutes", Handle: a.meetingHold},
		{Method: "POST", Path: one + "/close", Object: "meeting", Action: "minutes", Handle: a.meetingClose},
		{Method: "POST", Path: one + "/words", Object: "meeting", Action: "minutes", Handle: a.meetingWords},
		{Method: "GET", Path: one + "/opinions/:opinion", Object: "meeting", Action: "minutes", Handle: a.opinionForm},
		{Method: "POST", Path: one + "/opinions/:opinion/answer", Object: "meeting", Action: "minutes", Handle: a.opinionAnswer},
		{Method: "POST", Path: one + "/opinions/:opinion/step", Object: "meeting", Action: "minutes", Handle: a.opinionStep},
		{Method: "GET", Path: one + "/minutes", Object: "meeting", Action: "minutes", Handle: a.minutesForm},
		{Method: "POST", Path: one + "/minutes", Object: "meeting", Action: "minutes", Handle: a.minutesSave},
		{Method: "POST", Path: one + "/minutes/publish", Object: "meeting", Action: "publish", Handle: a.minutesPublish},
		{Method: "POST", Path: one + "/minutes/receive", Object: "meeting", Action: "receive", Handle: a.minutesReceive},
	}
}

func (a *Admin) meetingHold(c *fiber.Ctx) error {
	v, err := a.meetingPage(c)
	if err != nil {
		return err
	}
	return v.done(c, a.Store.In(v.Community).HoldMeeting(web.Context(c), v.Actor, v.ID))
}

func (a *Admin) meetingClose(c *fiber.Ctx) error {
	v, err := a.meetingPage(c)
	if err != nil {
		return err
	}
	return v.done(c, a.Store.In(v.Community).CloseMeeting(web.Context(c), v.Actor, v.ID))
}

// meetingWords takes down what is said.
func (a *Admin) meetingWords(c *fiber.Ctx) error {
	v, err := a.meetingPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := store.OpinionDraft{Text: f.Area("opinion", 500), Signup: f.OptionalID("signup")}
	if d.Signup == 0 {
		d.Speaker = f.Text("speaker", 30)
	}
	if v.Rule.Option && f.Has("stance") {
		d.Stance = web.Choice(f, "stance", models.StanceNone, models.StanceFor, models.StanceAgainst, models.StanceChange)
	}
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).RecordOpinion(web.Context(c), v.Actor, v.ID, d)
	}
	return v.done(c, err)
}

// opinionView is one opinion being answered.
type opinionView struct {
	*meetingView
	Opinion models.MeetingOpinion
}

func (a *Admin) meetingOpinionPage(c *fiber.Ctx) (*opinionView, error) {
	v, err := a.meetingPage(c)
	if err != nil {
		return nil, err
	}
	for _, o := range v.Opinions {
		if o.ID == v.ParamID("opinion") {
			v.Back = ui.Link{Text: v.MeetingView.Title, Href: v.path()}
			v.Page.Title = v.T("meeting.opinion.n", "n", o.Number)
			return &opinionView{v, o}, nil
		}
	}
	return nil, noMeeting()
}

func (a *Admin) opinionForm(c *fiber.Ctx) error {
	v, err := a.meetingOpinionPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, meetingOpinionPage(v))
}

func (a *Admin) opinionAnswer(c *fiber.Ctx) error {
	v, err := a.meetingOpinionPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	answer := store.OpinionAnswer{
		Adoption: web.Choice(f, "adoption", models.AdoptionYes, models.AdoptionPartly, models.AdoptionNo, models.AdoptionOther),
		Answer:   f.Area("answer", 1000), Responsible: f.Optional("responsible", 40), DueDay: models.Date(f.Optional("due", 10)),
	}
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).AnswerOpinion(web.Context(c), v.Actor, v.ID, v.Opinion.ID, answer)
	}
	if err != nil {
		return web.Again(c, err, meetingOpinionPage(v))
	}
	return web.Redirect(c, v.path()+"#opinions")
}

func (a *Admin) opinionStep(c *fiber.Ctx) error {
	v, err := a.meetingOpinionPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	text, done := f.Area("reason", 500), f.Bool("done")
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).ReportStep(web.Context(c), v.Actor, v.ID, v.Opinion.ID, text, done)
	}
	if err != nil {
		return web.Again(c, err, meetingOpinionPage(v))
	}
	return web.Redirect(c, v.path("opinions", v.Opinion.ID.String()))
}

// draftMinutes is the record that is being written; empty when there is none.
func (v *meetingView) draftMinutes() models.Minutes {
	if len(v.Minutes) > 0 && v.Minutes[0].PublishedAt == nil {
		return v.Minutes[0]
	}
	return models.Minutes{}
}

// meetingMinutesPage is the record being written.
func (a *Admin) meetingMinutesPage(c *fiber.Ctx) (*meetingView, error) {
	v, err := a.meetingPage(c)
	if err != nil {
		return nil, err
	}
	v.Back = ui.Link{Text: v.MeetingView.Title, Href: v.path()}
	v.Page.Title = v.T("meeting.minutes.title")
	return v, nil
}

func (a *Admin) minutesForm(c *fiber.Ctx) error {
	v, err := a.meetingMinutesPage(c)
	if err != nil {
		return err
	}
	if len(v.Minutes) > 0 {
		m := v.Minutes[0]
		for name, text := range map[string]string{"basics": m.Basics, "summary": m.Summary, "preferred": m.Preferred, "unit_answer": m.UnitAnswer} {
			v.Set(name, text)
		}
		if m.PublishedAt == nil {
			v.Set("reason", m.Reason)
		}
	}
	return web.Render(c, fiber.StatusOK, meetingMinutesPage(v))
}

func (a *Admin) minutesSave(c *fiber.Ctx) error {
	v, err := a.meetingMinutesPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := store.MinutesDraft{Basics: f.Area("basics", 8000), Summary: f.Area("summary", 8000), Preferred: f.OptionalArea("preferred", 8000), UnitAnswer: f.OptionalArea("unit_answer", 8000), Reason: f.OptionalArea("reason", 500)}
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).WriteMinutes(web.Context(c), v.Actor, v.ID, d)
	}
	if err != nil {
		return web.Again(c, err, meetingMinutesPage(v))
	}
	return web.Redirect(c, v.path()+"#minutes")
}

// minutesText puts the record into the words of the board.
func (v *meetingView) minutesText(m models.Minutes) store.BoardText {
	zh := v.Chinese()
	kind := zh.T(meetingKinds.Key(string(v.Kind)))
	body := zh.T("meeting.board.basics", "text", m.Basics) + "\n\n" + zh.T("meeting.board.summary", "text", m.Summary)
	if result := v.resultText(zh); result != "" {
		body = result + "\n\n" + body
	}
	if len(v.Opinions) > 0 {
		body += "\n\n" + zh.T("meeting.board.opinions", "text", v.opinionsText(zh))
	}
	if m.UnitAnswer != "" {
		body += "\n\n" + zh.T("meeting.board.unit", "text", m.UnitAnswer)
	}
	if m.Preferred != "" {
		body += "\n\n" + zh.T("meeting.board.preferred", "text", m.Preferred)
	}
	return store.BoardText{Title: zh.T("meeting.board.minutes", "kind", kind, "title", v.MeetingView.Title), Body: body}
}

// opinionsText are the opinions as everybody reads them, each in short, with
// what becomes of it.
func (v *meetingView) opinionsText(zh *web.Page) string {
	lines := make([]string, len(v.Opinions))
	for i, o := range v.Opinions {
		lines[i] = zh.T("meeting.board.opinion", "n", o.Number, "text", cut(o.PublicText))
		if o.CorrectedAt != nil {
			lines[i] += zh.T("meeting.board.fix", "text", cut(o.PublicFix))
		}
		if o.AnsweredAt != nil {
			lines[i] += "\n" + zh.T("meeting.board.answer", "adoption", zh.T(meetingAdopt.Key(string(o.Adoption))), "text", o.PublicAnswer)
		}
		if o.DueDay != "" {
			lines[i] += zh.T("meeting.board.plan", "who", o.Responsible, "date", o.DueDay)
		}
	}
	return strings.Join(lines, "\n")
}

// cut keeps a long opinion to what a record on the board holds; the whole stands
// under its number on the meeting's page.
func cut(text string) string {
	const most = 160
	r := []rune(strings.Join(strings.Fields(text), " "))
	if len(r) > most {
		return string(r[:most]) + "\u2026"
	}
	return string(r)
}

func (a *Admin) minutesPublish(c *fiber.Ctx) error {
	v, err := a.meetingPage(c)
	if err != nil {
		return err
	}
	draft := v.draftMinutes()
	if draft.ID == 0 {
		return noMeeting()
	}
	return v.done(c, a.Store.In(v.Community).PublishMinutes(web.Context(c), v.Actor, v.ID, v.minutesText(draft), meetingSeen(c)))
}

func (a *Admin) minutesReceive(c *fiber.Ctx) error {
	v, err := a.meetingPage(c)
	if err != nil {
		return err
	}
	return v.done(c, a.Store.In(v.Community).ReceiveMinutes(web.Context(c), v.Actor, v.ID))
}

// topicsView are the residents' topics being decided.
type topicsView struct {
	*web.Page
	List     []models.MeetingTopic
	Meetings []models.CivicMeeting
}

func (a *Admin) meetingTopicsPage(c *fiber.Ctx) (*topicsView, error) {
	p, ctx := web.PageOf(c), web.Context(c)
	a.officePage(c, p.T("meeting.topics.title"))
	p.Wide = false
	p.Back = ui.Link{Text: p.T("meeting.desk.title"), Href: p.AdminURL("meetings")}
	t := a.Store.In(p.Community)
	v := &topicsView{Page: p}
	var err error
	if v.List, err = t.Topics(ctx); err != nil {
		return nil, err
	}
	desk, err := t.MeetingDesk(ctx)
	for _, m := range desk {
		if m.State != models.MeetingHeld {
			v.Meetings = append(v.Meetings, m)
		}
	}
	return v, err
}

func (a *Admin) meetingTopics(c *fiber.Ctx) error {
	v, err := a.meetingTopicsPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, meetingTopicsPage(v))
}

func (a *Admin) meetingTopic(c *fiber.Ctx) error {
	v, err := a.meetingTopicsPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	meeting, answer := f.OptionalID("meeting"), f.OptionalArea("answer", 500)
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).DecideTopic(web.Context(c), v.Actor, v.ParamID("topic"), meeting, answer)
	}
	if err != nil {
		return web.Again(c, err, meetingTopicsPage(v))
	}
	return web.Redirect(c, v.AdminURL("meetings", "topics"))
}
