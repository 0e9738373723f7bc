package admin

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

func (a *Admin) homeRoutes() []web.Route {
	return []web.Route{
		{Method: "GET", Path: "/admin", Object: web.Self, Handle: a.offices},
		{Method: "GET", Path: "/admin/:community", Object: "office", Action: "enter", Handle: a.day},
	}
}

// officesView lists the communities where the reader has work.
type officesView struct {
	*web.Page
	Communities []*models.Community
}

// offices leads to the reader's community, or lets them choose among several.
func (a *Admin) offices(c *fiber.Ctx) error {
	p := a.officePage(c, web.PageOf(c).T("office.choose.title"))
	v := officesView{Page: p}
	for _, community := range a.Store.Communities() {
		if a.Store.Guard().Allowed(p.Actor, community, "office", "enter", p.Today()) == nil {
			v.Communities = append(v.Communities, community)
		}
	}
	if len(v.Communities) == 1 {
		return web.Redirect(c, "/admin/"+v.Communities[0].Code)
	}
	return web.Render(c, fiber.StatusOK, officesPage(v))
}

// urgency sorts an officer's day: what is late, what ends today, what waits
// for the reader's own signature, all else.
type urgency string

const (
	late  urgency = "late"
	today urgency = "today"
	sign  urgency = "sign"
	soon  urgency = "soon"
)

var (
	urgencies     = []urgency{late, today, sign, soon}
	urgencyNames  = i18n.Family("office.urgency.")
	urgencyEmpty  = i18n.Family("office.empty.")
	urgencyColour = map[urgency]ui.Kind{late: ui.Danger, today: ui.Attention, sign: ui.Attention}
)

// task is one line of the day.
type task struct {
	When  urgency
	What  string
	About string
	Href  string
	Act   string      // what its link does
	Due   models.Date // "" when it has no day
	Deed  *ui.Deed    // what is done about it here, in one step; see deed
}

// subject is the section of the office that a task belongs to: the first part
// of its address below the community.
func (t task) subject(p *web.Page) string {
	rest := strings.TrimPrefix(t.Href, p.AdminURL()+"/")
	return rest[:len(rest)-len(strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyz-"))]
}

// dayView is an officer's day.
type dayView struct {
	*web.Page
	Show  urgency // "" for all
	About string  // a section's path; "" for all
	Done  bool    // something was just done from the list
	Tasks []task
}

// deed is a form of one step in a row of the day. Its handler answers with
// web.Redirect(c, backToDay(c, …)), and the reader is on the list again.
func (v *dayView) deed(path, text string, pairs ...string) *ui.Deed {
	return &ui.Deed{Action: path, Text: text, Hidden: v.Hidden(append([]string{"day", v.address(v.Show, v.About) + v.joint() + "done=1"}, pairs...)...)}
}

// address of the list with its filters.
func (v *dayView) address(show urgency, about string) string {
	q := url.Values{}
	if show != "" {
		q.Set("show", string(show))
	}
	if about != "" {
		q.Set("about", about)
	}
	if len(q) == 0 {
		return v.AdminURL()
	}
	return v.AdminURL() + "?" + q.Encode()
}

func (v *dayView) joint() string {
	if v.Show == "" && v.About == "" {
		return "?"
	}
	return "&"
}

// backToDay is the officer's list when an act was done from there, else
// otherwise.
func backToDay(c *fiber.Ctx, otherwise string) string {
	day := web.PageOf(c).AdminURL()
	if to := web.FormOf(c).Raw("day"); strings.HasPrefix(to, day+"?") {
		return to
	}
	return otherwise
}

func (a *Admin) day(c *fiber.Ctx) error {
	p := a.officePage(c, web.PageOf(c).T("office.day.title"))
	v := &dayView{Page: p, Show: urgency(p.Query("show")), Done: p.Query("done") == "1"}
	if !slices.Contains(urgencies, v.Show) {
		v.Show = ""
	}
	if about := p.Query("about"); slices.ContainsFunc(sections, func(s section) bool { return s.path == about }) {
		v.About = about
	}
	t, ctx := a.Store.In(p.Community), web.Context(c)
	acts := a.noticeActs(c)
	for _, gather := range []func() error{
		func() error { return v.accounts(ctx, t) },
		func() error { return v.claims(ctx, t, c) },
		func() error { return v.notices(ctx, t, acts) },
		func() error { return v.inquiries(ctx, t, c) },
		func() error { return v.ballots(ctx, t, c) },
		func() error { return v.cases(ctx, t) },
		func() error { return a.doors(ctx, v, t, c) },
		func() error { return v.meetings(ctx, t, c) },
		func() error { return v.mediations(ctx, t, c) },
		func() error { return v.disclosures(ctx, t, c) },
		func() error { return v.desk(ctx, t, c) },
		func() error { return v.assembly(ctx, t, c) },
		func() error { return v.volunteers(ctx, t, c) },
		func() error { return v.relatives(ctx, t, c) },
		func() error { return v.elections(ctx, t, c) },
	} {
		if err := gather(); err != nil {
			return err
		}
	}
	slices.SortStableFunc(v.Tasks, func(a, b task) int {
		return cmp.Or(slices.Index(urgencies, a.When)-slices.Index(urgencies, b.When), cmp.Compare(orLast(a.Due), orLast(b.Due)))
	})
	return web.Render(c, fiber.StatusOK, dayPage(v))
}

// orLast sorts what has no day behind what has one.
func orLast(d models.Date) models.Date {
	if d == "" {
		return "9999-12-31"
	}
	return d
}

// by sorts a task with a day.
func (v *dayView) by(due models.Date) urgency {
	switch {
	case due < v.Today():
		return late
	case due == v.Today():
		return today
	}
	return soon
}

// accounts that wait for the reader's signature.
func (v *dayView) accounts(ctx context.Context, t *store.Tenant) error {
	months, err := t.AccountDesk(ctx)
	for _, m := range slices.Backward(months) {
		if step := m.NextStep(); t.WaitsFor(v.Actor, m, v.Today()) {
			v.Tasks = append(v.Tasks, task{
				When: sign, What: v.T("office.task.account", "month", m.Month), About: v.T(stepNames.Key(string(step))),
				Href: v.AdminURL("accounts", m.ID.String(), "sign", string(step)), Act: v.T("office.act.sign"),
			})
		}
	}
	return err
}

// claims whose lines the reader decides; nobody their own.
func (v *dayView) claims(ctx context.Context, t *store.Tenant, c *fiber.Ctx) error {
	for _, k := range []struct {
		action string
		street bool
	}{{"approve", false}, {"approve_above", true}} {
		if !web.May(c, "claim", k.action) {
			continue
		}
		lines, err := t.WaitingClaimLines(ctx, k.street)
		if err != nil {
			return err
		}
		for _, l := range lines {
			v.Tasks = append(v.Tasks, task{
				When: sign, What: v.T("office.task.claim", "amount", l.AmountFen), About: l.Purpose,
				Href: v.AdminURL("claims", l.ClaimID.String()), Act: v.T("office.act.decide"), Deed: v.approve(l),
			})
		}
	}
	return nil
}

// approve is approving a line in place; refusing needs the claim's page.
func (v *dayView) approve(l models.ClaimLine) *ui.Deed {
	d := v.deed(decidePath(v.Page, l), v.T("claim.approve"), "claim", l.ClaimID.String())
	d.Name, d.Value = "decision", "approve"
	return d
}

// notices to sign, to publish, or to look at.
func (v *dayView) notices(ctx context.Context, t *store.Tenant, acts noticeActs) error {
	open, err := t.OpenNotices(ctx)
	if err != nil {
		return err
	}
	unseen, err := t.UrgentUnseen(ctx)
	for _, n := range append(open, unseen...) {
		k := task{When: sign, About: n.Title, Href: v.AdminURL("notices", n.ID.String())}
		switch {
		case acts.maySee(n):
			k.When, k.What, k.Act = today, v.T("office.task.urgent"), v.T("office.act.look")
			k.Deed = v.deed(v.AdminURL("notices", n.ID.String(), "seen"), v.T("office.act.seen"))
		case acts.maySign(n):
			k.What, k.Act = v.T("office.task.notice.sign"), v.T("office.act.sign")
		case acts.mayPublish(n):
			k.What, k.Act = v.T("office.task.notice.publish"), v.T("office.act.publish")
		case n.State == models.NoticeDraft && n.ByUserID == v.Actor.UserID:
			k.When, k.What, k.Act = soon, v.T("office.task.notice.draft"), v.T("office.act.finish")
		default:
			continue
		}
		v.Tasks = append(v.Tasks, k)
	}
	return err
}

// inquiries that the reader can answer, or that the supervision committee
// should see because they are late.
func (v *dayView) inquiries(ctx context.Context, t *store.Tenant, c *fiber.Ctx) error {
	answers, watches := web.May(c, "inquiry", "answer"), web.May(c, "inquiry", "forward")
	orders := web.May(c, "inquiry", "order")
	if !answers && !watches && !orders {
		return nil
	}
	rows, _, err := t.Inquiries(ctx, store.InquiriesWaiting, 0)
	for _, q := range rows {
		when := v.by(q.DueDay)
		if !answers && when != late {
			continue
		}
		k := task{When: when, What: v.T("office.task.inquiry", "number", q.Number), About: q.PublicText, Due: q.DueDay, Href: v.AdminURL("inquiries", q.ID.String()), Act: v.T("office.act.look")}
		if answers && q.UserID != v.Actor.UserID {
			k.Act, k.Deed = v.T("office.act.answer"), v.answer(q)
		}
		v.Tasks = append(v.Tasks, k)
	}
	return err
}

// answer is writing an answer in place; the next page shows what the public
// will read before it is sent.
func (v *dayView) answer(q models.Inquiry) *ui.Deed {
	d := v.deed(v.AdminURL("inquiries", q.ID.String(), "answer"), v.T("office.answer.check"))
	f := v.Field("answer", "office.answer.label")
	f.ID = "answer-" + q.ID.String()
	d.Open, d.Ask = v.T("office.act.answer"), &ui.AreaProps{Field: f, Rows: 3, MaxLength: maxAnswer}
	return d
}

// disclosures that are due or late: for the director, and for those who watch.
func (v *dayView) disclosures(ctx context.Context, t *store.Tenant, c *fiber.Ctx) error {
	manages, watches := web.May(c, "disclosure", "manage"), web.May(c, "notice", "sign")
	if !manages && !watches {
		return nil
	}
	rows, err := t.DisclosureCalendar(ctx, v.Today())
	for _, r := range rows {
		for _, o := range r.Owed {
			due := o.State == policy.DisclosureDue && manages
			if o.State != policy.DisclosureOverdue && !due {
				continue
			}
			k := task{When: v.by(o.Due), What: v.ItemTitle(&r.Item), About: v.PeriodName(o.Period.Name), Due: o.Due, Href: v.AdminURL("disclosures"), Act: v.T("office.act.look")}
			if manages && r.Item.Source == "notice" {
				k.Href, k.Act = v.AdminURL("notices", "new")+"?item="+r.Item.ID.String()+":"+o.Period.Name, v.T("office.act.write")
			} else if manages {
				k.Href = v.AdminURL("accounts")
			}
			v.Tasks = append(v.Tasks, k)
		}
	}
	return err
}

// mostQueued is how many claims to be somebody on the roll the day counts.
const mostQueued = 20

// desk is what people wait for at the desk.
func (v *dayView) desk(ctx context.Context, t *store.Tenant, c *fiber.Ctx) error {
	if web.May(c, "resident", "match") {
		queue, err := t.LinkQueue(ctx, v.Actor, 0, mostQueued)
		if err != nil {
			return err
		}
		for _, l := range queue {
			if !l.Own {
				v.Tasks = append(v.Tasks, task{When: soon, What: v.T("office.task.link"), About: v.Ago(l.CreatedAt), Href: v.AdminURL("residents", "claims", l.ResidentLink.ID.String()), Act: v.T("office.act.check")})
			}
		}
	}
	if !web.May(c, "resident", "desk") {
		return nil
	}
	wishes, err := t.Corrections(ctx, v.Actor, v.Today())
	for _, w := range wishes {
		v.Tasks = append(v.Tasks, task{When: v.by(w.Due), What: v.T("office.task.correction"), About: w.Person, Due: w.Due, Href: v.AdminURL("corrections"), Act: v.T("office.act.check")})
	}
	return err
}

// relatives who hold posts that they may not hold at once: for whoever gives
// and ends posts.
func (v *dayView) relatives(ctx context.Context, t *store.Tenant, c *fiber.Ctx) error {
	if !web.May(c, "kinship", "strike") {
		return nil
	}
	apart, err := t.KinshipsApart(ctx, v.Actor)
	for _, k := range apart {
		v.Tasks = append(v.Tasks, task{When: today, What: v.T("office.task.relatives"), About: k.FirstName + " · " + k.OtherName, Href: v.AdminURL("kinship"), Act: v.T("office.act.look")})
	}
	return err
}
