package portal

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// electionSubjects are the data that the public pages of elections show.
var electionSubjects = []string{"elections", "notices"}

func (p *Portal) electionRoutes() []web.Route {
	const all, one = "/:community/elections", "/:community/elections/:id"
	return []web.Route{
		{Method: "GET", Path: all, Object: web.Public, Handle: web.Cached(electionSubjects, nil, p.elections)},
		{Method: "GET", Path: one, Object: web.Public, Handle: web.Cached(electionSubjects, nil, p.election)},
		{Method: "GET", Path: one + "/roll", Object: web.Public, Handle: web.Cached(electionSubjects, []string{"building"}, p.electionRoll)},
		{Method: "GET", Path: one + "/objections", Object: web.Public, Handle: web.Cached(electionSubjects, nil, p.electionObjections)},
		{Method: "GET", Path: one + "/rules", Object: web.Public, Handle: web.Cached(electionSubjects, nil, p.electionRules)},
		{Method: "GET", Path: one + "/sheet", Object: web.Public, Handle: web.Cached(electionSubjects, nil, p.electionSheet)},
		{Method: "GET", Path: one + "/candidates/:candidate", Object: web.Public, Handle: web.Cached(electionSubjects, nil, p.electionCandidate)},
		{Method: "GET", Path: one + "/count", Object: web.Public, Handle: web.Cached([]string{"elections", "poll"}, nil, p.electionCount)},
		{Method: "GET", Path: one + "/result", Object: web.Public, Handle: web.Cached(electionSubjects, nil, p.electionResult)},
		{Method: "GET", Path: one + "/me", Object: "election", Action: "complain", Handle: p.myElection},
		{Method: "POST", Path: one + "/me/declare", Object: "election", Action: "enrol", Handle: p.electionAct(declareSelf)},
		{Method: "POST", Path: one + "/me/channel", Object: "election", Action: "enrol", Handle: p.electionAct(chooseChannel)},
		{Method: "POST", Path: one + "/me/object", Object: "election", Action: "object", Handle: p.electionAct(objectSelf)},
		{Method: "POST", Path: one + "/me/nominate", Object: "nomination", Action: "create", Handle: p.electionAct(nominateSelf)},
		{Method: "POST", Path: one + "/me/proxy", Object: "proxy", Action: "create", Handle: p.electionAct(proxySelf)},
		{Method: "POST", Path: one + "/me/revoke", Object: "proxy", Action: "create", Handle: p.electionAct(revokeSelf)},
		{Method: "POST", Path: one + "/me/plan", Object: "election", Action: "complain", Handle: p.electionAct(planSelf)},
		{Method: "POST", Path: one + "/me/photo", Object: "election", Action: "complain", Upload: true, Handle: p.electionAct(photoSelf)},
		{Method: "POST", Path: one + "/me/withdraw", Object: "election", Action: "complain", Handle: p.electionAct(withdrawSelf)},
		{Method: "GET", Path: one + "/complaint", Object: "election", Action: "complain", Handle: p.electionComplaint},
		{Method: "POST", Path: one + "/complaint", Object: "election", Action: "complain", Handle: p.complain},
		{Method: "GET", Path: one + "/nominations/:nomination", Object: "nomination", Action: "create", Handle: p.nomination},
		{Method: "POST", Path: one + "/nominations/:nomination", Object: "nomination", Action: "create", Handle: p.nominationAct},
		{Method: "GET", Path: "/:community/recalls", Object: "election", Action: "complain", Handle: p.recalls},
		{Method: "POST", Path: "/:community/recalls", Object: "recall", Action: "sign", Handle: p.recallAct},
	}
}

// Words whose keys are made from values.
const (
	electionStates   = i18n.Family("election.state.")
	electionModes    = i18n.Family("election.mode.")
	electionKinds    = i18n.Family("election.kind.")
	electionPosts    = i18n.Family("election.post.")
	electionSteps    = i18n.Family("election.step.")
	electionRuleKeys = i18n.Family("election.rules.")
	electionLocks    = i18n.Family("election.lock.")
	nominationStates = i18n.Family("election.nomination.state.")
	nominationKinds  = i18n.Family("election.nomination.kind.")
	objectionKinds   = i18n.Family("election.objection.kind.")
	objectionStates  = i18n.Family("election.objection.state.")
	proxyStates      = i18n.Family("election.proxy.state.")
	recallStates     = i18n.Family("election.recall.state.")
	fixKinds         = i18n.Family("election.fix.")
	electorWords     = i18n.Family("election.electors.")
)

// electionsView is the list of a community's elections.
type electionsView struct {
	*web.Page
	Rows []models.Election
}

func (p *Portal) elections(ctx context.Context, page *web.Page) (templ.Component, error) {
	page.Title, page.Place, page.Description = page.T("office.section.elections"), "together", page.T("election.public.list.lead")
	rows, err := p.Store.In(page.Community).Elections(ctx, true)
	return electionsPage(electionsView{page, rows}), err
}

// electionView is one election as everybody may read it.
type electionView struct {
	*web.Page
	E          *models.Election
	Rules      policy.Rules
	Posts      []models.ElectionPost
	Notices    []models.ElectionNotice
	Candidates []models.Candidate
	Stations   []models.PollingStation
	Done       map[string]models.ElectionStep
	Places     []store.RollPlace
	Rows       []store.PublicVoter
	Shown      bool
	Decided    []models.RollObjection
	Fixes      []models.RollCorrection
	Candidate  *models.Candidate
	Answers    []models.CandidateAnswer
	Result     *policy.Result
	Heaps      []store.Heap
	Counted    int
	Papers     int
	Elected    []models.ElectedMember
	Proxies    []store.ProxyView

	// Of the reader, on own pages only.
	may        func(object, action string) bool
	Mine       *models.Voter
	MyProxies  []store.ProxyView
	Nominated  []models.Nomination
	Nomination *models.Nomination
	Signed     bool
	Asked      bool // the reader is the nominee
	Complaints []models.ElectionComplaint
	Station    *models.PollingStation
	Board      *models.BallotBoard // the electronic ballot; nil without one
	Standing   *models.Candidate   // the reader's own candidacy
	Formed     *models.Decision    // that formed the electoral committee
}

func (p *Portal) electionFrame(ctx context.Context, page *web.Page, title string) (*electionView, error) {
	t := p.Store.In(page.Community)
	e, err := t.Election(ctx, page.ParamID("id"), true)
	if err != nil {
		return nil, err
	}
	page.Title, page.Place = e.Title, "together"
	page.Back = ui.Link{Text: page.T("office.section.elections"), Href: page.URL("elections")}
	v := &electionView{Page: page, E: e, Rules: policy.ReadRules(e)}
	if e.Pack == policy.DemonstrationPack {
		page.Band = page.T("ballot.demo")
	}
	if title != "" {
		page.Title = page.T(title)
		page.Back = ui.Link{Text: e.Title, Href: v.at()}
	}
	v.Posts, err = t.ElectionPosts(ctx, e.ID)
	return v, err
}

func (v *electionView) at(parts ...string) string {
	return v.URL(append([]string{"elections", v.E.ID.String()}, parts...)...)
}

func (p *Portal) election(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.electionFrame(ctx, page, "")
	if err != nil {
		return nil, err
	}
	t := p.Store.In(page.Community)
	page.Description = page.T("election.public.lead", "day", v.E.Day, "mode", page.T(electionModes.Key(string(v.E.Mode))))
	if v.Notices, err = t.ElectionNotices(ctx, v.E.ID, true); err != nil {
		return nil, err
	}
	if v.Stations, err = t.Stations(ctx, v.E.ID); err != nil {
		return nil, err
	}
	if v.Done, err = t.ElectionSteps(ctx, v.E.ID); err != nil {
		return nil, err
	}
	if v.Formed, err = t.ElectoralDecision(ctx, v.E); err != nil {
		return nil, err
	}
	if policy.ElectionReached(v.E.State, models.ElectionCandidates) {
		page.NoIndex = true // names people
		if v.Candidates, err = t.Candidates(ctx, v.E.ID, models.CandidateFormal); err != nil {
			return nil, err
		}
	}
	return electionPage(v), nil
}

func (p *Portal) electionRoll(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.electionFrame(ctx, page, "election.page.roll")
	if err != nil {
		return nil, err
	}
	page.NoIndex = true
	if v.E.RollAt == nil {
		return nil, errNotFound()
	}
	t := p.Store.In(page.Community)
	if v.Places, err = t.RollPlaces(ctx, v.E.ID); err != nil {
		return nil, err
	}
	v.Rows, v.Shown, err = t.PublicRoll(ctx, v.E, page.Query("building"))
	return electionRollPage(v), err
}

func (p *Portal) electionObjections(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.electionFrame(ctx, page, "election.page.objections")
	if err != nil {
		return nil, err
	}
	page.NoIndex = true
	t := p.Store.In(page.Community)
	if v.Decided, err = t.Objections(ctx, v.E.ID, true); err != nil {
		return nil, err
	}
	if page.Today() <= v.E.RollUntil {
		v.Fixes, err = t.RollCorrections(ctx, v.E.ID)
	}
	return electionObjectionsPage(v), err
}

func (p *Portal) electionRules(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.electionFrame(ctx, page, "election.page.rules")
	if err != nil {
		return nil, err
	}
	return electionRulesPage(v), nil
}

func (p *Portal) electionCandidate(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.electionFrame(ctx, page, "election.public.candidates")
	if err != nil {
		return nil, err
	}
	page.NoIndex = true
	t := p.Store.In(page.Community)
	if v.Candidate, err = t.Candidate(ctx, v.E.ID, page.ParamID("candidate")); err != nil {
		return nil, err
	}
	if v.Candidate.State != models.CandidateFormal {
		return nil, errNotFound()
	}
	page.Title = v.Candidate.Name
	v.Answers, err = t.CandidateAnswers(ctx, v.Candidate.ID)
	return electionCandidatePage(v), err
}

// electionSheet is the list of candidates as it hangs on the board.
func (p *Portal) electionSheet(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.electionFrame(ctx, page, "election.sheet.standing")
	if err != nil {
		return nil, err
	}
	page.NoIndex, page.Bare = true, true
	if !policy.ElectionReached(v.E.State, models.ElectionCandidates) {
		return nil, errNotFound()
	}
	v.Candidates, err = p.Store.In(page.Community).Candidates(ctx, v.E.ID, models.CandidateFormal)
	return electionSheetPage(v), err
}

// face is the address of a candidate's portrait; "" where the post's candidates
// do not all have one.
func (v *electionView) face(c models.Candidate) string {
	if c.PhotoID == 0 || !store.FacesComplete(v.Candidates)[c.Post] {
		return ""
	}
	return v.URL("files", c.PhotoID.String())
}

// electionCount is the page for the hall: three figures, then the votes.
func (p *Portal) electionCount(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.electionFrame(ctx, page, "election.live.title")
	if err != nil {
		return nil, err
	}
	page.NoIndex, page.Wide = true, true
	if v.E.State == models.ElectionCounting {
		page.Refresh = 5
	}
	t := p.Store.In(page.Community)
	if v.Heaps, err = t.Heaps(ctx, v.E.ID); err != nil {
		return nil, err
	}
	for _, h := range v.Heaps {
		if v.Papers += h.Papers; h.Confirm != nil {
			v.Counted += h.Papers
		}
	}
	if policy.ElectionReached(v.E.State, models.ElectionCounting) {
		r, err := t.PreviewResult(ctx, v.E)
		if err != nil {
			return nil, err
		}
		v.Result = &r
	}
	return electionCountPage(v), nil
}

func (p *Portal) electionResult(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.electionFrame(ctx, page, "election.page.result")
	if err != nil {
		return nil, err
	}
	page.NoIndex = true
	if len(v.E.Result) > 0 {
		r, err := store.SealedResult(v.E)
		if err != nil {
			return nil, err
		}
		v.Result = &r
		if v.Elected, err = p.Store.In(page.Community).Elected(ctx, v.E.ID); err != nil {
			return nil, err
		}
	}
	return electionResultPage(v), nil
}

// numberAnd splits "12 王芳": a roll number and the name that goes with it.
func numberAnd(s string) (int, string) {
	number, name, _ := strings.Cut(strings.TrimSpace(s), " ")
	n, err := strconv.Atoi(number)
	if err != nil {
		return 0, strings.TrimSpace(s)
	}
	return n, strings.TrimSpace(name)
}

// electionDo is an act of a resident on the page of what they can do.
type electionDo func(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) (to string, err error)

func (p *Portal) electionAct(do electionDo) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v, err := p.electionMine(c)
		if err != nil {
			return err
		}
		f := web.FormOf(c)
		to, err := do(p.Store.In(v.Community), web.Context(c), v, f)
		if err != nil {
			return web.Again(c, err, myElectionPage(v))
		}
		if to == "" {
			to = v.at("me")
		}
		return web.Redirect(c, to)
	}
}

// queryOf is a value as part of an address.
func queryOf(s string) string { return url.QueryEscape(s) }

// noticeTitle is that of a numbered notice, also where its words were withdrawn.
func (v *electionView) noticeTitle(n models.ElectionNotice) string {
	if n.Title == store.WithdrawnMark {
		return v.T("notice.withdrawn.title")
	}
	return n.Title
}
