package admin

import (
	"context"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/models"
	"juwu/policy"
)

const rollShown = 50

// electionPagesList are the pages of an election in the office.
func electionPagesList() []electionPage {
	inspect := func(name string, load electionLoad, show func(*electionView) templ.Component) electionPage {
		return electionPage{name, "/" + name, "election", "inspect", load, show}
	}
	return []electionPage{
		{"", "", "election", "inspect", loadDesk, electionDesk},
		{"plan", "/plan", "election", "plan", loadPlan, electionPlanPage},
		inspect("rules", nil, electionRulesPage),
		inspect("committee", loadCommittee, electionCommitteePage),
		inspect("notices", loadNotices, electionNoticesPage),
		{"notice", "/notices/:notice", "election", "inspect", loadNotice, electionNoticePage},
		{"roll", "/roll", "election", "desk", loadRoll, electionRollPage},
		{"voter", "/roll/:voter", "election", "desk", loadVoter, electionVoterPage},
		inspect("objections", loadObjections, electionObjectionsPage),
		inspect("nominations", loadNominations, electionNominationsPage),
		{"nomination", "/nominations/:nomination", "election", "inspect", loadNomination, electionNominationPage},
		inspect("candidates", loadCandidates, electionCandidatesPage),
		{"candidate", "/candidates/:candidate", "election", "inspect", loadCandidate, electionCandidatePage},
		inspect("proxies", loadProxies, electionProxiesPage),
		inspect("stations", loadStations, electionStationsPage),
		{"poll", "/stations/:station", "poll", "checkin", loadPoll, electionPollPage},
		inspect("electronic", loadElectronic, electionElectronicPage),
		inspect("count", loadCount, electionCountPage),
		{"heap", "/count/:station", "election", "inspect", loadHeap, electionHeapPage},
		inspect("result", loadResult, electionResultPage),
		inspect("handover", loadHandover, electionHandoverPage),
		{"complaints", "/complaints", "election", "supervise", loadComplaints, electionComplaintsPage},
	}
}

func loadDesk(c *fiber.Ctx, t *store.Tenant, ctx context.Context, v *electionView) (err error) {
	v.Steps = policy.TimetableOf(v.E, v.Rules, policy.China())
	if v.Done, err = t.ElectionSteps(ctx, v.E.ID); err != nil {
		return err
	}
	v.Children, err = t.Children(ctx, v.E.ID)
	return err
}

func loadPlan(_ *fiber.Ctx, _ *store.Tenant, _ context.Context, v *electionView) error {
	for _, p := range v.Posts {
		v.Set(string(p.Post), strconv.Itoa(p.Seats))
	}
	for name, value := range map[string]string{"title": v.E.Title, "term": strconv.Itoa(v.E.Term), "pack": v.E.Pack, "electronic": map[bool]string{true: "1"}[v.E.Electronic], "mode": string(v.E.Mode), "day": string(v.E.Day),
		"director": "0", "deputy": "0", "woman": "0", "member": "0"} {
		v.Set(name, value)
	}
	return nil
}

func loadCommittee(_ *fiber.Ctx, t *store.Tenant, ctx context.Context, v *electionView) (err error) {
	if v.Members, err = t.Electoral(ctx, v.E.ID); err != nil {
		return err
	}
	if v.Formed, err = t.ElectoralDecision(ctx, v.E); err != nil {
		return err
	}
	v.Decisions, _, err = t.Decisions(ctx, store.DecisionFilter{Limit: 20})
	return err
}

func loadNotices(_ *fiber.Ctx, t *store.Tenant, ctx context.Context, v *electionView) (err error) {
	v.Notices, err = t.ElectionNotices(ctx, v.E.ID, false)
	return err
}

func loadNotice(_ *fiber.Ctx, t *store.Tenant, ctx context.Context, v *electionView) (err error) {
	if v.Notice, err = t.ElectionNotice(ctx, v.E.ID, v.ParamID("notice")); err != nil {
		return err
	}
	v.Set("title", v.Notice.Title)
	v.Set("body", v.Notice.Body)
	v.Set("day", string(v.Today()))
	v.Displays, err = t.NoticeDisplays(ctx, v.Notice.ID)
	return err
}

func loadRoll(_ *fiber.Ctx, t *store.Tenant, ctx context.Context, v *electionView) (err error) {
	after, _ := strconv.Atoi(v.Query("after")) // anything else: from the start
	f := store.RollFilter{Words: v.Query("q"), State: models.VoterState(v.Query("state")), Elector: v.Query("electors") != "", Building: v.Query("building"), After: after, Limit: rollShown}
	if v.Voters, v.More, err = t.Roll(ctx, v.E.ID, f); err != nil {
		return err
	}
	v.Doubles, err = t.DoubleRegistrations(ctx, v.E.ID)
	return err
}

func loadVoter(_ *fiber.Ctx, t *store.Tenant, ctx context.Context, v *electionView) (err error) {
	if v.Voter, err = t.Voter(ctx, v.E.ID, v.ParamID("voter")); err != nil {
		return err
	}
	v.Set("basis", string(v.Voter.Basis))
	v.Set("channel", string(v.Voter.Channel))
	if v.Board, err = t.ElectionBoard(ctx, v.E.ID); err != nil {
		return err
	}
	v.Stations, err = t.Stations(ctx, v.E.ID)
	return err
}

func loadObjections(_ *fiber.Ctx, t *store.Tenant, ctx context.Context, v *electionView) (err error) {
	v.Objections, err = t.Objections(ctx, v.E.ID, false)
	return err
}

func loadNominations(_ *fiber.Ctx, t *store.Tenant, ctx context.Context, v *electionView) (err error) {
	v.Nominated, err = t.Nominations(ctx, v.E.ID, false)
	return err
}

func loadNomination(_ *fiber.Ctx, t *store.Tenant, ctx context.Context, v *electionView) (err error) {
	if v.Nomination, _, err = t.Nomination(ctx, v.E.ID, v.ParamID("nomination"), 0); err != nil {
		return err
	}
	v.Signers, err = t.Signers(ctx, v.Nomination.ID)
	return err
}

func loadCandidates(_ *fiber.Ctx, t *store.Tenant, ctx context.Context, v *electionView) (err error) {
	v.Candidates, err = t.Candidates(ctx, v.E.ID)
	for _, c := range v.Candidates {
		v.Set("votes."+c.ID.String(), strconv.Itoa(c.Support))
	}
	return err
}

func loadCandidate(_ *fiber.Ctx, t *store.Tenant, ctx context.Context, v *electionView) (err error) {
	if v.Candidate, err = t.Candidate(ctx, v.E.ID, v.ParamID("candidate")); err != nil {
		return err
	}
	v.Set("plan", v.Candidate.Plan)
	v.Answers, err = t.CandidateAnswers(ctx, v.Candidate.ID)
	return err
}

func loadProxies(_ *fiber.Ctx, t *store.Tenant, ctx context.Context, v *electionView) (err error) {
	v.Proxies, err = t.Proxies(ctx, v.E.ID)
	return err
}

func loadStations(_ *fiber.Ctx, t *store.Tenant, ctx context.Context, v *electionView) (err error) {
	if v.Stations, err = t.Stations(ctx, v.E.ID); err != nil {
		return err
	}
	if v.Staff, err = t.Staff(ctx, v.E.ID); err != nil {
		return err
	}
	if v.Places, err = t.RollPlaces(ctx, v.E.ID); err != nil {
		return err
	}
	v.Envelopes, err = t.Envelopes(ctx, v.E.ID)
	return err
}

func loadPoll(_ *fiber.Ctx, t *store.Tenant, ctx context.Context, v *electionView) (err error) {
	if v.Station, err = t.Station(ctx, v.E.ID, v.ParamID("station")); err != nil {
		return err
	}
	v.Scripts = append(v.Scripts, "scan.js", "station.js")
	if words := v.Query("q"); words != "" {
		v.Set("q", words)
		if v.Voters, err = t.FindVoters(ctx, v.Actor, v.E.ID, words); err != nil {
			return err
		}
	}
	v.Events, err = t.StationEvents(ctx, v.Station.ID)
	return err
}

func loadCount(_ *fiber.Ctx, t *store.Tenant, ctx context.Context, v *electionView) (err error) {
	if v.Stations, err = t.Stations(ctx, v.E.ID); err != nil {
		return err
	}
	if v.Envelopes, err = t.Envelopes(ctx, v.E.ID); err != nil {
		return err
	}
	v.Heaps, err = t.Heaps(ctx, v.E.ID)
	return err
}

func loadHeap(_ *fiber.Ctx, t *store.Tenant, ctx context.Context, v *electionView) (err error) {
	if v.Heaps, err = t.Heaps(ctx, v.E.ID); err != nil {
		return err
	}
	for i := range v.Heaps {
		if v.Heaps[i].Station.ID == v.ParamID("station") {
			v.Heap = &v.Heaps[i]
		}
	}
	if v.Heap == nil {
		return problem.New(problem.NotFound, "page.notfound", nil)
	}
	if v.Contenders, err = t.Contenders(ctx, v.E.ID); err != nil {
		return err
	}
	for i := range v.Heap.Sheets {
		s := &v.Heap.Sheets[i]
		if s.UserID == v.Actor.UserID && s.Teller != models.TellerAgreed {
			v.Sheet = s
		}
		if s.Teller == models.TellerAgreed || s.State != models.SheetDone {
			continue
		}
		if v.Tallies[s.Teller-1], err = t.SheetTally(ctx, s.ID); err != nil {
			return err
		}
	}
	if v.Sheet != nil && v.Sheet.Way == "ballots" && v.Sheet.State == models.SheetOpen {
		v.Tally, err = t.RunningTally(ctx, v.E, v.Sheet.ID, v.Contenders)
	}
	return err
}

func loadResult(_ *fiber.Ctx, t *store.Tenant, ctx context.Context, v *electionView) error {
	r, err := t.PreviewResult(ctx, v.E)
	if err != nil {
		return err
	}
	if len(v.E.Result) > 0 {
		if r, err = store.SealedResult(v.E); err != nil {
			return err
		}
	}
	v.Result = &r
	if v.Elected, err = t.Elected(ctx, v.E.ID); err != nil {
		return err
	}
	if v.Heaps, err = t.Heaps(ctx, v.E.ID); err != nil {
		return err
	}
	if v.E.State == models.ElectionSealed {
		v.Again, err = t.Again(ctx, v.E)
	}
	return err
}

func loadHandover(_ *fiber.Ctx, t *store.Tenant, ctx context.Context, v *electionView) (err error) {
	v.Set("day", string(v.Today()))
	v.Lines, err = t.HandoverLines(ctx, v.E.ID)
	return err
}

func loadComplaints(_ *fiber.Ctx, t *store.Tenant, ctx context.Context, v *electionView) (err error) {
	v.Complaints, err = t.ElectionComplaints(ctx, v.E.ID, 0)
	return err
}

// postOf names a post of a seat field.
func (v *electionView) postOptions() []models.Post {
	posts := make([]models.Post, len(v.Posts))
	for i, p := range v.Posts {
		posts[i] = p.Post
	}
	return posts
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
