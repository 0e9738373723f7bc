package admin

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// meetingRoutes: meetings as the office works on them.
func (a *Admin) meetingRoutes() []web.Route {
	const all, one = "/admin/:community/meetings", "/admin/:community/meetings/:id"
	read := func(path string, h fiber.Handler) web.Route {
		return web.Route{Method: "GET", Path: path, Object: "meeting", Action: "door", Handle: h}
	}
	return []web.Route{
		read(all, a.meetings),
		{Method: "GET", Path: all + "/new", Object: "meeting", Action: "create", Handle: a.meetingNew},
		{Method: "POST", Path: all + "/new", Object: "meeting", Action: "create", Handle: a.meetingCreate},
		{Method: "GET", Path: all + "/topics", Object: "meeting", Action: "review_topic", Handle: a.meetingTopics},
		{Method: "POST", Path: all + "/topics/:topic", Object: "meeting", Action: "review_topic", Handle: a.meetingTopic},
		{Method: "GET", Path: one, Object: "meeting", Action: "minutes", Handle: a.meeting},
		{Method: "GET", Path: one + "/edit", Object: "meeting", Action: "create", Handle: a.meetingEdit},
		{Method: "POST", Path: one + "/edit", Object: "meeting", Action: "create", Handle: a.meetingSave},
		{Method: "POST", Path: one + "/drop", Object: "meeting", Action: "create", Handle: a.meetingDrop},
		{Method: "GET", Path: one + "/publish", Object: "meeting", Action: "publish", Handle: a.meetingPreview},
		{Method: "POST", Path: one + "/publish", Object: "meeting", Action: "publish", Handle: a.meetingPublish},
		{Method: "GET", Path: one + "/change", Object: "meeting", Action: "publish", Handle: a.meetingChangeForm},
		{Method: "POST", Path: one + "/change", Object: "meeting", Action: "publish", Handle: a.meetingChange},
		{Method: "POST", Path: one + "/cancel", Object: "meeting", Action: "publish", Handle: a.meetingCancel},
	}
}

var (
	meetingKinds  = i18n.Family("meeting.kind.")
	meetingBodies = i18n.Family("meeting.body.")
	meetingParts  = i18n.Family("meeting.part.")
	meetingPools  = i18n.Family("meeting.pool.")
	meetingBasis  = i18n.Family("meeting.basis.")
	signupStates  = i18n.Family("meeting.signup.")
)

// meetingsView is the desk: what is called, what still has to come out.
type meetingsView struct {
	*web.Page
	List   []models.CivicMeeting
	Talks  []policy.TalkQuarter
	May    bool // draft one
	Review bool
	Opens  bool // their pages; a doorman goes to the door
}

func (a *Admin) meetings(c *fiber.Ctx) error {
	p := a.officePage(c, web.PageOf(c).T("meeting.desk.title"))
	v := &meetingsView{Page: p, May: web.May(c, "meeting", "create"), Review: web.May(c, "meeting", "review_topic"), Opens: web.May(c, "meeting", "minutes")}
	t, ctx := a.Store.In(p.Community), web.Context(c)
	var err error
	if v.List, err = t.MeetingDesk(ctx); err != nil {
		return err
	}
	if !v.Opens {
		v.List = slices.DeleteFunc(v.List, func(m models.CivicMeeting) bool { return m.State == models.MeetingDraft })
	}
	if v.Talks, err = t.TalkCalendar(ctx, p.Today()); err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, meetingsPage(v))
}

// meetingForm is a draft being written; Meeting is nil for a new one.
type meetingForm struct {
	*web.Page
	Rule    *policy.MeetingRule
	Meeting *store.MeetingView
	Panels  []models.Body // of an appraisal
}

// meetingRows is how many lines of agenda the form has.
const meetingRows = 8

func (a *Admin) meetingForm(c *fiber.Ctx, kind models.MeetingKind) (*meetingForm, error) {
	p := a.officePage(c, web.PageOf(c).T("meeting.new.title"))
	p.Wide = false
	p.Back = ui.Link{Text: p.T("meeting.desk.title"), Href: p.AdminURL("meetings")}
	rule := policy.MeetingRuleOf(kind)
	if rule == nil || !rule.Public {
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	v := &meetingForm{Page: p, Rule: rule}
	var err error
	if kind == models.MeetingAppraisal {
		v.Panels, err = a.Store.In(p.Community).Bodies(web.Context(c), models.BodyPanel)
	}
	return v, err
}

// kindsView chooses which kind of meeting is called, with its rule.
type kindsView struct {
	*web.Page
	Rules []policy.MeetingRule
	Case  string // "&case=…", when a case leads to it
}

func (a *Admin) meetingNew(c *fiber.Ctx) error {
	p := web.PageOf(c)
	if kind := models.MeetingKind(p.Query("kind")); kind != "" {
		v, err := a.meetingForm(c, kind)
		if err != nil {
			return err
		}
		v.defaults()
		return web.Render(c, fiber.StatusOK, meetingFormPage(v))
	}
	a.officePage(c, p.T("meeting.new.title"))
	v := kindsView{Page: p, Case: caseQuery(p)}
	roles := a.Store.Guard().RolesOf(p.Actor, p.Community, p.Today())
	for _, r := range policy.MeetingRules {
		if r.Public && r.Callers.Any(roles) {
			v.Rules = append(v.Rules, r)
		}
	}
	return web.Render(c, fiber.StatusOK, meetingKindsPage(v))
}

// defaults fills a new form: the first evening that the notice allows.
func (v *meetingForm) defaults() {
	v.Set("day", string(v.Rule.EarliestMeeting(v.Today()).AddDays(1)))
	v.Set("from", "19:00")
	v.Set("to", "20:30")
	v.Set("chair", v.Actor.Name)
	v.Set("allotment", string(models.AllotFirst))
	v.Set("target", string(models.TargetCommittee))
	v.Set("mode", string(models.ByReps))
	if len(v.Panels) == 1 {
		v.Set("panel", v.Panels[0].ID.String())
	}
	v.Set("seats_delegate_open", "20")
	v.Set("seats_speaker_open", "5")
	v.Set("seats_listener_open", "30")
	for i := range meetingRows {
		v.Set("item_minutes_"+strconv.Itoa(i+1), "")
	}
	var lines []string
	for _, b := range v.Rule.Must {
		lines = append(lines, v.T(meetingBodies.Key(string(b)))+" | "+v.T(meetingBodies.Key(string(b))))
	}
	v.Set("invites", strings.Join(lines, "\n"))
}

// fill shows a draft as it is; phones are those of the invited.
func (v *meetingForm) fill(m *store.MeetingView, link string, phones map[models.ID]string) {
	v.Meeting = m
	at := m.StartAt.In(models.Shanghai)
	for name, value := range map[string]string{
		"title": m.Title, "summary": m.Summary, "place": m.Place, "day": string(models.DateOf(m.StartAt)), "from": at.Format("15:04"),
		"signup_until": m.SignupUntil.In(models.Shanghai).Format(hourFormat), "change_until": m.ChangeUntil.In(models.Shanghai).Format(hourFormat),
		"to": m.EndAt.In(models.Shanghai).Format("15:04"), "unit": m.Unit, "chair": m.Chair, "recorder": m.Recorder, "link": link, "allotment": string(m.Allotment),
	} {
		v.Set(name, value)
	}
	if m.Quarterly {
		v.Set("quarterly", "1")
	}
	for i, it := range m.Items {
		n := strconv.Itoa(i + 1)
		v.Set("item_title_"+n, it.Title)
		v.Set("item_who_"+n, it.Who)
		v.Set("item_minutes_"+n, strconv.Itoa(it.Minutes))
	}
	for _, s := range m.Seats {
		v.Set("seats_"+string(s.Part)+"_"+string(s.Pool), strconv.Itoa(s.Total))
	}
	var lines []string
	for _, in := range m.Invites {
		line := v.T(meetingBodies.Key(string(in.Body))) + " | " + in.Name
		if phones[in.ID] != "" {
			line += " | " + phones[in.ID]
		}
		lines = append(lines, line)
	}
	v.Set("invites", strings.Join(lines, "\n"))
}

// seatFields are the numbers of seats that can be kept.
var seatFields = []policy.LotterySeats{
	{Part: models.PartDelegate, Pool: models.PoolOpen}, {Part: models.PartDelegate, Pool: models.PoolReps}, {Part: models.PartDelegate, Pool: models.PoolParty},
	{Part: models.PartDelegate, Pool: models.PoolCouncil}, {Part: models.PartDelegate, Pool: models.PoolUnits},
	{Part: models.PartSpeaker, Pool: models.PoolOpen}, {Part: models.PartListener, Pool: models.PoolOpen},
}

func (v *meetingForm) draft(c *fiber.Ctx) (store.MeetingDraft, error) {
	f := web.FormOf(c)
	d := store.MeetingDraft{
		Kind: v.Rule.Kind, Title: f.Text("title", 60), Summary: f.Area("summary", 600), Place: f.Text("place", 60), Quarterly: f.Bool("quarterly"),
		Unit: f.Optional("unit", 60), Chair: f.Text("chair", 30), Recorder: f.Text("recorder", 30), Link: f.Optional("link", 300),
		Allotment: web.Choice(f, "allotment", models.AllotFirst, models.AllotLottery),
	}
	if d.Kind == models.MeetingAppraisal {
		d.Target, d.Panel = web.Choice(f, "target", models.TargetCommittee, models.TargetGovernment), f.OptionalID("panel")
	}
	if d.Kind == models.MeetingReview {
		d.Mode = web.Choice(f, "mode", models.ByReps, models.ByHouseholds, models.ByAdults)
	}
	d.Start, d.End = spanOf(f)
	d.SignupUntil, d.ChangeUntil = hourOf(f, "signup_until"), hourOf(f, "change_until")
	for i := range meetingRows {
		n := strconv.Itoa(i + 1)
		title := f.Optional("item_title_"+n, 60)
		if title == "" {
			continue
		}
		d.Items = append(d.Items, store.MeetingItemDraft{Title: title, Who: f.Optional("item_who_"+n, 30), Minutes: f.Int("item_minutes_"+n, 1, 600)})
	}
	for _, s := range seatFields {
		name := "seats_" + string(s.Part) + "_" + string(s.Pool)
		if f.Raw(name) != "" {
			s.Total = f.Int(name, 0, 2000)
			d.Seats = append(d.Seats, s)
		}
	}
	d.Invites = v.invites(f)
	return d, f.Err()
}

// hourOf reads a day and an hour as browsers write them; zero when nothing was said.
func hourOf(f *web.Form, name string) time.Time {
	text := f.Optional(name, 20)
	if text == "" {
		return time.Time{}
	}
	at, err := time.ParseInLocation(hourFormat, strings.Replace(text, " ", "T", 1), models.Shanghai)
	if err != nil {
		f.Add(name, "meeting.day.wrong", nil)
	}
	return at
}

const hourFormat = "2006-01-02T15:04"

// spanOf reads day, from and to.
func spanOf(f *web.Form) (from, to time.Time) {
	day := models.Date(f.Text("day", 10))
	a, errA := time.ParseInLocation("2006-01-02 15:04", string(day)+" "+f.Text("from", 5), models.Shanghai)
	b, errB := time.ParseInLocation("2006-01-02 15:04", string(day)+" "+f.Text("to", 5), models.Shanghai)
	if errA != nil {
		f.Add("from", "meeting.day.wrong", nil)
	}
	if errB != nil {
		f.Add("to", "meeting.day.wrong", nil)
	}
	return a, b
}

// invites reads one line per body or person: body | name | telephone.
func (v *meetingForm) invites(f *web.Form) []store.MeetingInviteDraft {
	bodies := map[string]models.MeetingBody{}
	for _, b := range append(append([]models.MeetingBody{}, v.Rule.Must...), v.Rule.May...) {
		bodies[v.T(meetingBodies.Key(string(b)))] = b
	}
	var out []store.MeetingInviteDraft
	for _, line := range strings.Split(f.OptionalArea("invites", 6000), "\n") {
		parts := strings.FieldsFunc(strings.ReplaceAll(line, "\uff5c", "|"), func(r rune) bool { return r == '|' })
		if len(parts) == 0 || strings.TrimSpace(line) == "" {
			continue
		}
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		in := store.MeetingInviteDraft{Body: bodies[parts[0]]}
		if in.Body == "" {
			f.Add("invites", "meeting.invites.body", problem.Args{"line": parts[0]})
			return nil
		}
		in.Name = parts[0]
		if len(parts) > 1 && parts[1] != "" {
			in.Name = parts[1]
		}
		if len(parts) > 2 {
			in.Phone = parts[2]
		}
		out = append(out, in)
	}
	return out
}

func (a *Admin) meetingCreate(c *fiber.Ctx) error {
	v, err := a.meetingForm(c, models.MeetingKind(web.PageOf(c).Query("kind")))
	if err != nil {
		return err
	}
	d, err := v.draft(c)
	d.Case = caseIn(v.Page)
	var m *models.CivicMeeting
	if err == nil {
		m, err = a.Store.In(v.Community).CreateMeeting(web.Context(c), v.Actor, d)
	}
	if err != nil {
		return web.Again(c, err, meetingFormPage(v))
	}
	return web.Redirect(c, v.AdminURL("meetings", m.ID.String()))
}

func (a *Admin) meetingEditForm(c *fiber.Ctx) (*meetingForm, error) {
	p, ctx := web.PageOf(c), web.Context(c)
	t := a.Store.In(p.Community)
	m, err := t.Meeting(ctx, p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	v, err := a.meetingForm(c, m.Kind)
	if err != nil {
		return nil, err
	}
	if m.State != models.MeetingDraft {
		return nil, problem.New(problem.Conflict, "policy.state", nil)
	}
	p.Back = ui.Link{Text: m.Title, Href: p.AdminURL("meetings", m.ID.String())}
	link, err := t.MeetingLink(&m.CivicMeeting)
	if err != nil {
		return nil, err
	}
	phones, err := t.InvitePhones(m.Invites)
	if err != nil {
		return nil, err
	}
	v.fill(m, link, phones)
	return v, a.fillAppraisal(c, v)
}

func (a *Admin) meetingEdit(c *fiber.Ctx) error {
	v, err := a.meetingEditForm(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, meetingFormPage(v))
}

func (a *Admin) meetingSave(c *fiber.Ctx) error {
	v, err := a.meetingEditForm(c)
	if err != nil {
		return err
	}
	d, err := v.draft(c)
	if err == nil {
		err = a.Store.In(v.Community).EditMeeting(web.Context(c), v.Actor, v.Meeting.ID, d, meetingSeen(c))
	}
	if err != nil {
		return web.Again(c, err, meetingFormPage(v))
	}
	return web.Redirect(c, v.AdminURL("meetings", v.Meeting.ID.String()))
}

func (a *Admin) meetingDrop(c *fiber.Ctx) error {
	p := web.PageOf(c)
	if err := a.Store.In(p.Community).DropMeeting(web.Context(c), p.Actor, p.ParamID("id")); err != nil {
		return err
	}
	return web.Redirect(c, p.AdminURL("meetings"))
}

// meetingSeen is the version of what the officer read.
func meetingSeen(c *fiber.Ctx) time.Time {
	ms, err := strconv.ParseInt(web.FormOf(c).Raw("seen"), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return models.Moment(time.UnixMilli(ms))
}

func noMeeting() error { return problem.New(problem.NotFound, "page.notfound", nil) }

// meetingPapers is the page of a meeting's papers: what is brought is public with
// the meeting.
func (a *Admin) meetingPapers(c *fiber.Ctx, v *receiptsView) error {
	if err := a.Store.Guard().Allowed(v.Actor, v.Community, "meeting", "create", v.Today()); err != nil {
		return err
	}
	m, err := a.Store.In(v.Community).Meeting(web.Context(c), v.Owner.ID)
	if err != nil {
		return err
	}
	v.About, v.Edit = m.Title, m.State == models.MeetingDraft || m.State == models.MeetingCalled || m.State == models.MeetingHeld
	v.Page.Title = v.T("meeting.papers")
	v.Back = ui.Link{Text: m.Title, Href: v.AdminURL("meetings", m.ID.String())}
	return nil
}
