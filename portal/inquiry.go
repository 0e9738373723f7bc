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
)

// inquiryRoutes are questions about the accounts: asked in three screens
// without an account, read by everybody, taken to the street by who asked.
func (p *Portal) inquiryRoutes() []web.Route {
	const period, all = "/:community/accounts/:period", "/:community/inquiries"
	subjects := []string{"inquiries", "accounts"}
	return []web.Route{
		{Method: "GET", Path: period + "/ask", Object: web.Public, Handle: p.askForm},
		{Method: "POST", Path: period + "/ask", Object: web.Public, Handle: p.ask},
		{Method: "GET", Path: period + "/:line/ask", Object: web.Public, Handle: p.askForm},
		{Method: "POST", Path: period + "/:line/ask", Object: web.Public, Handle: p.ask},
		{Method: "GET", Path: all, Object: web.Public, Handle: web.Cached(subjects, []string{"kind", "before"}, p.inquiries)},
		{Method: "GET", Path: all + "/:id", Object: web.Public, Handle: web.Cached(subjects, nil, p.inquiry)},
		{Method: "GET", Path: all + "/:id/sent", Object: web.Public, Handle: p.inquirySent},
		{Method: "GET", Path: all + "/:id/report", Object: "inquiry", Action: "report", Handle: p.reportForm},
		{Method: "POST", Path: all + "/:id/report", Object: "inquiry", Action: "report", Handle: p.report},
		{Method: "GET", Path: "/me/inquiries", Object: web.Self, Handle: p.myInquiries},
	}
}

var inquiryKinds = i18n.Family("inquiry.kind.")

// maxQuestion is the question's length that the field takes; the store says
// the same.
const maxQuestion = 500

// askView is the first screen: the question.
type askView struct {
	*web.Page
	Account models.AccountMonth
	Entry   *store.PublicEntry // nil: about the month as a whole
	DueDay  models.Date
}

// askPage finds what is asked about.
func (p *Portal) askPage(c *fiber.Ctx) (*askView, error) {
	page := web.PageOf(c)
	period, version, err := periodOf(page)
	if err != nil {
		return nil, err
	}
	if period.Quarter() {
		return nil, errNotFound()
	}
	t, ctx := p.Store.In(page.Community), web.Context(c)
	v := &askView{Page: page, DueDay: t.InquiryDue(page.Now)}
	if page.Param("line") == "" {
		a, err := t.PublicPeriod(ctx, period, version)
		if err != nil {
			return nil, err
		}
		v.Account = a.Shown[0]
		page.Back = ui.Link{Text: page.T("account.of", "period", v.Account.Month), Href: page.URL("accounts", period.Name) + versionQuery(version)}
	} else {
		n, _ := strconv.Atoi(page.Param("line")) // 0 is no line
		l, err := t.PublicLine(ctx, period.Months[0], version, n)
		if err != nil {
			return nil, err
		}
		v.Account, v.Entry = l.Account, &l.Entry
		page.Back = ui.Link{Text: page.T("inquiry.back.line"), Href: lineHref(page, l.Entry, version)}
	}
	page.Title, page.Place, page.NoIndex = page.T("inquiry.ask.title"), "open", true
	return v, nil
}

func (p *Portal) askForm(c *fiber.Ctx) error {
	v, err := p.askPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, askPage(v))
}

// ask takes the question; who is not logged in goes on to telephone and code.
func (p *Portal) ask(c *fiber.Ctx) error {
	v, err := p.askPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	a := act{Kind: actAsk, Community: v.Community.ID, Account: v.Account.ID, Text: f.Area("question", maxQuestion), Back: v.Path}
	if v.Entry != nil {
		a.Entry = v.Entry.ID
	}
	if err = f.Err(); err == nil {
		err = store.CheckQuestion(a.Text)
	}
	to := v.URL("confirm")
	switch {
	case err != nil:
	case v.LoggedIn():
		to, err = p.carryOut(c, v.Actor, a)
	default:
		err = p.keep(c, pendingAct, a)
	}
	if err != nil {
		return web.Again(c, err, askPage(v))
	}
	return web.Redirect(c, to)
}

// inquiriesView is a list of questions as everybody may read them.
type inquiriesView struct {
	*web.Page
	Kind  store.InquiryKind
	List  []store.PublicInquiry
	Older models.ID // before which the next page begins; 0 at the end
}

func (p *Portal) inquiries(ctx context.Context, page *web.Page) (templ.Component, error) {
	v := inquiriesView{Page: page, Kind: store.InquiryKind(page.Query("kind"))}
	before, ok := models.ParseID(page.Query("before"))
	if page.Query("before") != "" && !ok || !knownKind(v.Kind) {
		return nil, errNotFound()
	}
	var more bool
	var err error
	v.List, more, err = p.Store.In(page.Community).PublicInquiries(ctx, v.Kind, before)
	if more {
		v.Older = v.List[len(v.List)-1].ID
	}
	page.Title, page.Place = page.T("inquiry.all"), "open"
	page.Description = page.T("inquiry.all.lead")
	page.Back = ui.Link{Text: page.T("account.title"), Href: page.URL("accounts")}
	return inquiriesPage(v), err
}

func knownKind(k store.InquiryKind) bool {
	for _, known := range store.InquiryKinds {
		if k == known {
			return true
		}
	}
	return false
}

// inquiryView is one question with what became of it.
type inquiryView struct {
	*web.Page
	In store.PublicInquiry
}

func (p *Portal) inquiry(ctx context.Context, page *web.Page) (templ.Component, error) {
	in, err := p.Store.In(page.Community).PublicInquiry(ctx, page.ParamID("id"))
	if err != nil {
		return nil, err
	}
	page.Title, page.Place = page.T("inquiry.one", "number", in.Number), "open"
	page.Back = ui.Link{Text: page.T("inquiry.all"), Href: page.URL("inquiries")}
	return inquiryPage(inquiryView{page, *in}), nil
}

// inquirySent is the end of asking: a number, a day, whom to call.
func (p *Portal) inquirySent(c *fiber.Ctx) error {
	page := web.PageOf(c)
	in, err := p.Store.In(page.Community).PublicInquiry(web.Context(c), page.ParamID("id"))
	if err != nil {
		return err
	}
	page.Title, page.Place, page.NoIndex = page.T("inquiry.sent.title"), "open", true
	return web.Render(c, fiber.StatusOK, inquirySentPage(inquiryView{page, *in}))
}

func (p *Portal) reportPage(c *fiber.Ctx) (inquiryView, error) {
	page := web.PageOf(c)
	in, err := p.Store.In(page.Community).PublicInquiry(web.Context(c), page.ParamID("id"))
	if err != nil {
		return inquiryView{}, err
	}
	page.Title, page.Place, page.NoIndex = page.T("inquiry.report.title"), "open", true
	page.Back = ui.Link{Text: page.T("inquiry.one", "number", in.Number), Href: page.URL("inquiries", in.ID.String())}
	return inquiryView{page, *in}, nil
}

func (p *Portal) reportForm(c *fiber.Ctx) error {
	v, err := p.reportPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, reportPage(v))
}

// report takes the question to the street (art. 35).
func (p *Portal) report(c *fiber.Ctx) error {
	v, err := p.reportPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	reason := f.Area("reason", maxReport)
	if err = f.Err(); err == nil {
		err = p.Store.In(v.Community).ReportInquiry(web.Context(c), v.Actor, v.In.ID, reason)
	}
	if err != nil {
		return web.Again(c, err, reportPage(v))
	}
	return web.Redirect(c, v.URL("inquiries", v.In.ID.String()))
}

const maxReport = 1000

// myInquiriesView are the person's own questions.
type myInquiriesView struct {
	*web.Page
	List []store.MyInquiry
}

func (p *Portal) myInquiries(c *fiber.Ctx) error {
	page := web.PageOf(c)
	page.Title, page.Place = page.T("inquiry.mine"), "me"
	page.Back = ui.Link{Text: page.T("me.title"), Href: "/me"}
	list, err := p.Store.MyInquiries(web.Context(c), page.Actor)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, myInquiriesPage(myInquiriesView{page, list}))
}

// inquiryTag is where a question stands, in words.
func inquiryTag(page *web.Page, in store.PublicInquiry) (string, ui.Kind) {
	switch {
	case in.State == models.InquiryClosed:
		return page.T("inquiry.state.closed"), ui.Good
	case in.State == models.InquiryReported:
		return page.T("inquiry.state.reported"), ui.Attention
	case in.Waiting && in.Overdue:
		return page.T("inquiry.state.overdue", "left", page.Left(in.DueDay)), ui.Danger
	case in.Waiting:
		return page.T("inquiry.state.waiting", "left", page.Left(in.DueDay)), ui.Attention
	}
	return page.T("inquiry.state.answered"), ui.Good
}

// about says what a question is about.
func (v inquiryView) about() ui.Link {
	in := v.In
	if in.Line == 0 {
		return ui.Link{Text: v.T("account.of", "period", in.Month), Href: v.URL("accounts", string(in.Month))}
	}
	return ui.Link{Text: v.T("account.line.title", "n", in.Line, "period", in.Month), Href: v.URL("accounts", string(in.Month), strconv.Itoa(in.Line)) + versionQuery(in.Version)}
}

// way is what happened to a question, like a parcel's way.
func (v inquiryView) way() []ui.Event {
	in := v.In
	done, next := v.T("inquiry.step.done"), v.T("inquiry.step.next")
	event := func(key, who string, at time.Time) ui.Event {
		return ui.Event{Title: v.T(key), Who: who, Time: v.Moment(at), DateTime: at.Format(time.RFC3339), State: ui.StepDone, StateFor: done}
	}
	events := []ui.Event{event("inquiry.way.asked", v.T("inquiry.asker"), in.AskedAt)}
	if in.ForwardedAt != nil {
		events = append(events, event("inquiry.way.forwarded", v.T("role.supervisor"), *in.ForwardedAt))
	}
	if in.AnsweredAt != nil {
		e := event("inquiry.way.answered", v.T(roleNames.Key(string(in.By))), *in.AnsweredAt)
		if in.Overdue {
			e.Text = v.T("inquiry.way.late", "date", in.DueDay)
		}
		events = append(events, e)
	} else if in.Waiting {
		e := ui.Event{Title: v.T("inquiry.way.answer"), Who: v.T("inquiry.committee"), Until: v.Left(in.DueDay) + " \u00b7 " + v.Day(in.DueDay), State: ui.StepNow, StateFor: v.T("inquiry.step.now")}
		if in.Overdue {
			e.State, e.StateFor = ui.StepLate, v.T("inquiry.step.late")
		}
		events = append(events, e)
	}
	if in.ReportedAt != nil {
		events = append(events, event("inquiry.way.reported", v.T("role.street"), *in.ReportedAt))
	}
	if in.OrderedAt != nil {
		events = append(events, event("inquiry.way.ordered", v.T("role.street"), *in.OrderedAt))
	}
	switch {
	case in.State == models.InquiryClosed:
		events = append(events, ui.Event{Title: v.T("inquiry.way.closed"), Who: v.T("role.street"), State: ui.StepDone, StateFor: done})
	case in.State == models.InquiryReported:
		events = append(events, ui.Event{Title: v.T("inquiry.way.close"), Who: v.T("role.street"), State: ui.StepNext, StateFor: next})
	}
	return events
}
