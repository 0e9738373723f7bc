package admin

import (
	"context"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// Words whose keys are made from values.
var (
	electionStates    = i18n.Family("election.state.")
	electionModes     = i18n.Family("election.mode.")
	electionKinds     = i18n.Family("election.kind.")
	electionPosts     = i18n.Family("election.post.")
	electionSteps     = i18n.Family("election.step.")
	electionWho       = i18n.Family("election.who.")
	electionPages     = i18n.Family("election.page.")
	electionSeats     = i18n.Family("election.seat.")
	electionDuties    = i18n.Family("election.duty.")
	electionStations  = i18n.Family("election.station.kind.")
	stationStates     = i18n.Family("election.station.state.")
	voterStates       = i18n.Family("election.voter.")
	voterBases        = i18n.Family("election.basis.")
	voterWays         = i18n.Family("election.way.")
	nominationKinds   = i18n.Family("election.nomination.kind.")
	nominationStates  = i18n.Family("election.nomination.state.")
	candidateStates   = i18n.Family("election.candidate.state.")
	exclusions        = i18n.Family("election.ground.")
	voidGrounds       = i18n.Family("election.void.")
	objectionKinds    = i18n.Family("election.objection.kind.")
	objectionStates   = i18n.Family("election.objection.state.")
	proxyStates       = i18n.Family("election.proxy.state.")
	packNames         = i18n.Family("election.pack.")
	ruleNames         = i18n.Family("election.rules.")
	ruleLocks         = i18n.Family("election.lock.")
	tallyWords        = i18n.Family("election.tally.line.")
	recallStates      = i18n.Family("election.recall.state.")
	resignStates      = i18n.Family("election.resign.state.")
	electorNames      = i18n.Family("election.electors.")
	memberStates      = i18n.Family("election.member.")
	templateNames     = i18n.Family("election.template.")
	paperKinds        = i18n.Family("election.paper.kind.")
	envelopeStates    = i18n.Family("election.envelope.state.")
	sheetNames        = i18n.Family("election.sheet.")
	sheetStates       = i18n.Family("election.sheetstate.")
	electionModeHints = i18n.Family("election.modehint.")
	electionByModes   = i18n.Family("election.bymode.")
	electionNext      = i18n.Family("election.todo.")
	electionNextText  = i18n.Family("election.todotext.")
	handoverKinds     = i18n.Family("election.handover.kind.")
)

// electionView is what every page of one election shares, and what single
// pages fill in.
type electionView struct {
	*web.Page
	On    string // which page: "" the desk, "roll", "count", …
	E     *models.Election
	Rules policy.Rules
	Posts []models.ElectionPost
	Roles policy.RoleSet
	guard *policy.Guard

	Steps      []policy.Step
	Done       map[string]models.ElectionStep
	Children   []models.Election
	Notices    []models.ElectionNotice
	Notice     *models.ElectionNotice
	Displays   []models.NoticeDisplay
	Members    []models.ElectoralMember
	Formed     *models.Decision  // that formed the electoral committee
	Decisions  []models.Decision // the newest of the community's book
	Voters     []models.Voter
	More       bool
	Voter      *models.Voter
	Doubles    []store.Double
	Objections []models.RollObjection
	Nominated  []models.Nomination
	Nomination *models.Nomination
	Signers    []models.Voter
	Candidates []models.Candidate
	Candidate  *models.Candidate
	Answers    []models.CandidateAnswer
	Proxies    []store.ProxyView
	Stations   []models.PollingStation
	Station    *models.PollingStation
	Staff      []models.PollStaff
	Places     []store.RollPlace
	Events     []models.StationEvent
	Envelopes  []models.ProvisionalBallot
	Heaps      []store.Heap
	Heap       *store.Heap
	Sheet      *models.TallySheet
	Tally      policy.Tally
	Tallies    [2]policy.Tally
	Contenders []policy.Contender
	Result     *policy.Result
	Elected    []models.ElectedMember
	Again      store.Again
	Lines      []models.HandoverItem
	Complaints []models.ElectionComplaint
	Board      *models.BallotBoard // the electronic ballot; nil without one
	OnBoard    int                 // voters who chose it
}

// electionLoad fills a page's part of the view.
type electionLoad func(c *fiber.Ctx, t *store.Tenant, ctx context.Context, v *electionView) error

// electionPage is a page of one election: its name, who may see it, what it
// loads and how it looks.
type electionPage struct {
	name, path     string
	object, action string
	load           electionLoad
	show           func(v *electionView) templ.Component
}

// electionAct is a form of a page: where it is sent, who may, what it does.
type electionAct struct {
	page, path     string
	object, action string
	do             func(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error
	to             string // the page to go to; "" the same
	upload         bool   // the form carries a file
}

func (a *Admin) electionRoutes() []web.Route {
	const all, one = "/admin/:community/elections", "/admin/:community/elections/:id"
	routes := []web.Route{
		{Method: "GET", Path: all, Object: "election", Action: "inspect", Handle: a.elections},
		{Method: "GET", Path: all + "/new", Object: "election", Action: "plan", Handle: a.electionNew},
		{Method: "POST", Path: all + "/new", Object: "election", Action: "plan", Handle: a.electionPlan},
		{Method: "GET", Path: one + "/cards", Object: "election", Action: "manage", Handle: a.electionCards},
		{Method: "GET", Path: one + "/roll.csv", Object: "election", Action: "manage", Handle: a.electionRollFile},
		{Method: "GET", Path: one + "/tallysheet", Object: "election", Action: "inspect", Handle: a.electionTallySheet},
		{Method: "GET", Path: one + "/resultsheet", Object: "election", Action: "inspect", Handle: a.electionResultSheet},
		{Method: "GET", Path: one + "/certificates", Object: "election", Action: "inspect", Handle: a.electionCertificates},
		{Method: "GET", Path: one + "/archive.zip", Object: "election", Action: "inspect", Handle: a.electionArchive},
		{Method: "GET", Path: one + "/stations/:station/roll.json", Object: "poll", Action: "checkin", Handle: a.stationRoll},
		{Method: "POST", Path: one + "/stations/:station/sync", Object: "poll", Action: "checkin", Handle: a.stationSync},
	}
	pages := map[string]electionPage{}
	for _, p := range electionPagesList() {
		pages[p.name] = p
		routes = append(routes, web.Route{Method: "GET", Path: one + p.path, Object: p.object, Action: p.action, Handle: a.electionGet(p)})
	}
	for _, act := range electionActs() {
		routes = append(routes, web.Route{Method: "POST", Path: one + act.path, Object: act.object, Action: act.action, Upload: act.upload, Handle: a.electionPost(pages[act.page], act)})
	}
	return routes
}

// frame loads what every page of an election needs.
func (a *Admin) electionFrame(c *fiber.Ctx, on string) (*electionView, error) {
	p := web.PageOf(c)
	t, ctx := a.Store.In(p.Community), web.Context(c)
	e, err := t.Election(ctx, p.ParamID("id"), false)
	if err != nil {
		return nil, err
	}
	a.officePage(c, e.Title)
	p.Wide = false
	v := &electionView{Page: p, On: on, E: e, Rules: policy.ReadRules(e), guard: a.Store.Guard(), Roles: a.Store.Guard().RolesOf(p.Actor, p.Community, p.Today())}
	if v.Posts, err = t.ElectionPosts(ctx, e.ID); err != nil {
		return nil, err
	}
	p.Back = ui.Link{Text: p.T("office.section.elections"), Href: p.AdminURL("elections")}
	if e.Pack == policy.DemonstrationPack {
		p.Band = p.T("ballot.demo")
	}
	if on != "" {
		p.Back = ui.Link{Text: e.Title, Href: v.at()}
	}
	return v, nil
}

func (a *Admin) electionGet(page electionPage) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v, err := a.electionFrame(c, page.name)
		if err != nil {
			return err
		}
		if page.load != nil {
			if err := page.load(c, a.Store.In(v.Community), web.Context(c), v); err != nil {
				return err
			}
		}
		return web.Render(c, fiber.StatusOK, page.show(v))
	}
}

func (a *Admin) electionPost(page electionPage, act electionAct) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v, err := a.electionFrame(c, page.name)
		if err != nil {
			return err
		}
		t, ctx, f := a.Store.In(v.Community), web.Context(c), web.FormOf(c)
		err = act.do(t, ctx, v, f)
		if err == nil {
			err = f.Err()
		}
		if err == nil {
			to := act.to
			if to == "" {
				to = v.Path[:len(v.Path)-len(lastOf(act.path))]
			} else {
				to = v.at(to)
			}
			return web.Redirect(c, to)
		}
		if page.load != nil {
			if err := page.load(c, t, ctx, v); err != nil {
				return err
			}
		}
		return web.Again(c, err, page.show(v))
	}
}

// lastOf is the last part of a path with its slash: the name of the act.
func lastOf(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			return path[i:]
		}
	}
	return ""
}

// at is an address below the election.
func (v *electionView) at(parts ...string) string {
	return v.AdminURL(append([]string{"elections", v.E.ID.String()}, parts...)...)
}

// can asks the roles; the use case asks again with what it knows. A void
// election is only looked at.
func (v *electionView) can(object, action string) bool {
	if v.E.State == models.ElectionVoid && action != "inspect" && action != "supervise" {
		return false
	}
	return v.guard.May(v.Roles, object, action)
}

// electionsView is the list of a community's elections.
type electionsView struct {
	*web.Page
	Rows    []models.Election
	MayPlan bool
}

func (a *Admin) elections(c *fiber.Ctx) error {
	p := web.PageOf(c)
	a.officePage(c, p.T("office.section.elections"))
	rows, err := a.Store.In(p.Community).Elections(web.Context(c), false)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, electionsPage(&electionsView{p, rows, web.May(c, "election", "plan")}))
}

// planView is the form of a new election.
type planView struct {
	*web.Page
	E *models.Election // nil: a new one
}

func (a *Admin) electionNew(c *fiber.Ctx) error {
	p := web.PageOf(c)
	a.officePage(c, p.T("election.new.title"))
	p.Wide, p.Back = false, ui.Link{Text: p.T("office.section.elections"), Href: p.AdminURL("elections")}
	for name, value := range map[string]string{"director": "1", "deputy": "1", "member": "5", "woman": "0", "term": "1", "pack": policy.DefaultPack,
		"mode": string(models.ModeVoters), "day": string(policy.EarliestDay(p.Today()))} {
		p.Set(name, value)
	}
	return web.Render(c, fiber.StatusOK, planPage(&planView{Page: p}))
}

func readPlan(f *web.Form) store.ElectionDraft {
	d := store.ElectionDraft{Kind: models.ElectionGeneral, Title: f.Text("title", 60), Term: f.Int("term", 1, 99), Day: models.Date(f.Text("day", 10)),
		Mode: web.Choice(f, "mode", models.ElectionModes...), Pack: web.Choice(f, "pack", policy.Packs()...), Electronic: f.Bool("electronic"), Seats: map[models.Post]int{}}
	for _, post := range []models.Post{models.PostDirector, models.PostDeputyDirector, models.PostWoman, models.PostMember} {
		d.Seats[post] = f.Int(string(post), 0, 9)
	}
	return d
}

func (a *Admin) electionPlan(c *fiber.Ctx) error {
	p := web.PageOf(c)
	a.officePage(c, p.T("election.new.title"))
	p.Wide = false
	f := web.FormOf(c)
	d := readPlan(f)
	err := f.Err()
	var e *models.Election
	if err == nil {
		e, err = a.Store.In(p.Community).PlanElection(web.Context(c), p.Actor, d)
	}
	if err != nil {
		return web.Again(c, err, planPage(&planView{Page: p}))
	}
	return web.Redirect(c, p.AdminURL("elections", e.ID.String()))
}
