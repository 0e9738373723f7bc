package admin

import (
	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

func (a *Admin) claimRoutes() []web.Route {
	const claims = "/admin/:community/claims"
	return []web.Route{
		{Method: "GET", Path: claims, Object: "claim", Action: "read", Handle: a.claims},
		{Method: "GET", Path: claims + "/new", Object: "claim", Action: "create", Handle: a.claimForm},
		{Method: "POST", Path: claims + "/new", Object: "claim", Action: "create", Handle: a.claimCreate},
		{Method: "GET", Path: claims + "/:id", Object: "claim", Action: "read", Handle: a.claim},
		{Method: "POST", Path: claims + "/line/:id/decide", Object: "claim", Action: "approve", Handle: a.claimDecide},
		{Method: "POST", Path: claims + "/line/:id/decide-above", Object: "claim", Action: "approve_above", Handle: a.claimDecide},
	}
}

var claimStates = i18n.Family("claim.state.")

func claimKind(s models.ClaimState) ui.Kind {
	switch s {
	case models.ClaimOpen:
		return ui.Attention
	case models.ClaimRefused:
		return ui.Danger
	case models.ClaimPosted, models.ClaimApproved:
		return ui.Good
	}
	return ui.Plain
}

// claimReaders see everybody's claims; other members their own.
var claimReaders = policy.SetOf(models.RoleClerk, models.RoleDirector, models.RoleSupervisor, models.RoleStreet,
	models.RoleBookkeeper, models.RoleDistrict)

func (a *Admin) readsAllClaims(p *web.Page) bool {
	return a.Store.Guard().RolesOf(p.Actor, p.Community, p.Today()).Any(claimReaders)
}

// claimsView is the list, with the lines that wait for the reader first.
type claimsView struct {
	*web.Page
	Waiting []waitingLine
	Claims  []models.Claim
	State   models.ClaimState
	More    bool
	MayNew  bool
}

// waitingLine is a claim line that the reader may decide.
type waitingLine struct {
	models.ClaimLine
	Claim models.Claim
}

const claimsPage = 50

func (a *Admin) claims(c *fiber.Ctx) error {
	v, err := a.claimsView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, claimListView(v))
}

func (a *Admin) claimsView(c *fiber.Ctx) (*claimsView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("claim.title"))
	t, ctx := a.Store.In(p.Community), web.Context(c)
	v := &claimsView{Page: p, State: models.ClaimState(p.Query("state")), MayNew: web.May(c, "claim", "create")}
	f := store.ClaimFilter{State: v.State, Limit: claimsPage + 1}
	if id, ok := models.ParseID(p.Query("after")); ok {
		f.After = id
	}
	if !a.readsAllClaims(p) {
		f.User = p.Actor.UserID
	}
	var err error
	if v.Claims, err = t.Claims(ctx, f); err != nil {
		return nil, err
	}
	if v.More = len(v.Claims) > claimsPage; v.More {
		v.Claims = v.Claims[:claimsPage]
	}
	for _, street := range []bool{false, true} {
		if web.May(c, "claim", decideAction(street)) {
			if err := a.waitingLines(c, v, street); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// waitingLines adds the open lines of one office, without the reader's own.
func (a *Admin) waitingLines(c *fiber.Ctx, v *claimsView, street bool) error {
	t, ctx := a.Store.In(v.Community), web.Context(c)
	lines, err := t.WaitingClaimLines(ctx, street)
	if err != nil {
		return err
	}
	claims := map[models.ID]models.Claim{}
	for _, l := range lines {
		claim, known := claims[l.ClaimID]
		if !known {
			view, err := t.Claim(ctx, l.ClaimID)
			if err != nil {
				return err
			}
			claim = view.Claim
			claims[l.ClaimID] = claim
		}
		if t.OwnClaim(v.Actor, claim) {
			continue
		}
		v.Waiting = append(v.Waiting, waitingLine{l, claim})
	}
	return nil
}

func decideAction(street bool) string {
	if street {
		return "approve_above"
	}
	return "approve"
}

// claimView is one claim.
type claimView struct {
	*web.Page
	store.ClaimView
	Decide map[bool]bool // by line.Street: may the reader decide such lines of this claim
	At     models.ID     // line whose decision has to be put right
	Own    bool
	Files  map[models.ID][]models.Attachment
}

func (a *Admin) claimPage(c *fiber.Ctx, id models.ID) (*claimView, error) {
	p := web.PageOf(c)
	t := a.Store.In(p.Community)
	got, err := t.Claim(web.Context(c), id)
	if err != nil {
		return nil, err
	}
	own := t.OwnClaim(p.Actor, got.Claim)
	if !own && !a.readsAllClaims(p) {
		return nil, problem.New(problem.NotFound, "page.notfound", nil).Because("somebody else's claim")
	}
	a.officePage(c, got.Number)
	p.Back = ui.Link{Text: p.T("claim.title"), Href: p.AdminURL("claims")}
	v := &claimView{Page: p, ClaimView: *got, Decide: map[bool]bool{}, Own: own}
	ids := make([]models.ID, len(got.Lines))
	for i, l := range got.Lines {
		ids[i] = l.ID
	}
	if v.Files, err = t.FilesOf(web.Context(c), "claim_line", ids); err != nil {
		return nil, err
	}
	for _, street := range []bool{false, true} {
		v.Decide[street] = !own && web.May(c, "claim", decideAction(street))
	}
	return v, nil
}

func (a *Admin) claim(c *fiber.Ctx) error {
	v, err := a.claimPage(c, web.PageOf(c).ParamID("id"))
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, claimOneView(v))
}

// claimDecide approves or refuses a line; the button tells which.
func (a *Admin) claimDecide(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	yes := web.Choice(f, "decision", "approve", "refuse") == "approve"
	reason := f.OptionalArea("reason", 1000)
	err := f.Err()
	t := a.Store.In(p.Community)
	if err == nil {
		_, err = t.DecideClaimLine(web.Context(c), p.Actor, p.ParamID("id"), yes, reason)
	}
	claim := f.OptionalID("claim")
	if err != nil {
		v, broken := a.claimPage(c, claim)
		if broken != nil {
			return err // a line without its claim was not sent by our page
		}
		v.At = p.ParamID("id")
		return web.Again(c, err, claimOneView(v))
	}
	if f.Has("list") {
		return web.Redirect(c, p.AdminURL("claims"))
	}
	return web.Redirect(c, backToDay(c, p.AdminURL("claims", claim.String())))
}

// claimFormView is a claim being written.
type claimFormView struct {
	*web.Page
	Lines int
	Funds []string
}

const (
	firstLines = 3
	mostLines  = 30
)

func (a *Admin) newClaim(c *fiber.Ctx, lines int) *claimFormView {
	p := web.PageOf(c)
	a.officePage(c, p.T("claim.new.title"))
	p.Back = ui.Link{Text: p.T("claim.title"), Href: p.AdminURL("claims")}
	return &claimFormView{Page: p, Lines: lines}
}

func (a *Admin) claimForm(c *fiber.Ctx) error {
	return web.Render(c, fiber.StatusOK, claimNewView(a.newClaim(c, firstLines)))
}

// claimCreate reads as many lines as the form says; lines without a word and
// without an amount are left out, however many follow.
func (a *Admin) claimCreate(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	lines := f.Int("lines", 1, mostLines)
	if f.Has("more") {
		lines = min(lines+firstLines, mostLines)
		keepTyped(p, f, lines)
		return web.Render(c, fiber.StatusOK, claimNewView(a.newClaim(c, lines)))
	}
	d, typed := claimDraft(f, lines, p.Today())
	err := f.Err()
	var v *store.ClaimView
	if err == nil {
		v, err = a.Store.In(p.Community).CreateClaim(web.Context(c), p.Actor, d)
		err = renumber(err, typed)
	}
	if err != nil {
		return web.Again(c, err, claimNewView(a.newClaim(c, max(lines, firstLines))))
	}
	return web.Redirect(c, p.AdminURL("claims", v.ID.String())) // where the photos are added
}

var claimFields = []string{"day", "purpose", "amount", "category", "fund"}

// keepTyped puts what was typed back into a form that only grew.
func keepTyped(p *web.Page, f *web.Form, lines int) {
	for n := 1; n <= lines; n++ {
		for _, name := range claimFields {
			if v := f.Raw(store.ClaimField(name, n)); v != "" {
				p.Set(store.ClaimField(name, n), v)
			}
		}
	}
}

// claimDraft reads the lines that have something in them, or the first one;
// typed are their numbers on the page.
func claimDraft(f *web.Form, lines int, today models.Date) (d store.ClaimDraft, typed []int) {
	for n := 1; n <= lines; n++ {
		if f.Raw(store.ClaimField("purpose", n))+f.Raw(store.ClaimField("amount", n)) != "" {
			typed = append(typed, n)
		}
	}
	if len(typed) == 0 {
		typed = []int{1}
	}
	for _, n := range typed {
		field := func(name string) string { return store.ClaimField(name, n) }
		day := f.Date(field("day"))
		if day > today {
			f.Add(field("day"), "claim.day.future", nil)
		}
		d.Lines = append(d.Lines, store.ClaimLineDraft{
			Day: day, Purpose: f.Text(field("purpose"), 400), AmountFen: f.Money(field("amount")),
			Category: f.Optional(field("category"), 60), Fund: f.Optional(field("fund"), 60), Decision: f.Optional(field("decision"), 60),
		})
	}
	return d, typed
}

// renumber puts the store's problems beside the lines of the page.
func renumber(err error, typed []int) error {
	p := problem.As(err)
	if p == nil || len(p.Fields) == 0 {
		return err
	}
	var f problem.Form
	for i, n := range typed {
		for _, name := range claimFields {
			if t, ok := p.Fields[store.ClaimField(name, i+1)]; ok {
				f.Add(store.ClaimField(name, n), t.Key, t.Args)
			}
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	return err
}
