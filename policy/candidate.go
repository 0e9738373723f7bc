package policy

import (
	"cmp"
	"slices"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
)

// ExclusionGrounds are the four of art. 18; nothing else excludes anybody.
var ExclusionGrounds = []string{"expelled", "convicted", "gang", "cult"}

// NominationMoves of one nomination.
var NominationMoves = []Move[models.NominationState]{
	{"", "gather", SetOf(models.RoleResident), models.NominationGathering},
	{"", "propose", SetOf(models.RolePartyBranch), models.NominationSubmitted}, // one act of the Party branch (art. 18)
	{models.NominationGathering, "submit", SetOf(models.RoleResident) | ecAny, models.NominationSubmitted},
	{models.NominationGathering, "drop", SetOf(models.RoleResident) | ecAny, models.NominationDropped},
	{models.NominationSubmitted, "accept", SetOf(models.RoleResident) | ecAny, models.NominationAccepted},
	{models.NominationSubmitted, "decline", SetOf(models.RoleResident) | ecAny, models.NominationDeclined},
	{models.NominationSubmitted, "refuse", ecAny, models.NominationRefused},
}

// CandidateMoves of one candidate.
var CandidateMoves = []Move[models.CandidateState]{
	{"", "accept", SetOf(models.RoleResident) | ecAny, models.CandidateProposed},
	{models.CandidateProposed, "pass", ecAny, models.CandidateEligible},
	{models.CandidateProposed, "exclude", ecAny, models.CandidateExcluded},
	{models.CandidateEligible, "exclude", ecAny, models.CandidateExcluded},
	{models.CandidateEligible, "formal", ecAny, models.CandidateFormal},
	{models.CandidateEligible, "reserve", ecAny, models.CandidateReserve},
	{models.CandidateReserve, "move_up", ecAny, models.CandidateFormal},
	{models.CandidateProposed, "withdraw", SetOf(models.RoleResident) | ecAny, models.CandidateWithdrawn},
	{models.CandidateEligible, "withdraw", SetOf(models.RoleResident) | ecAny, models.CandidateWithdrawn},
	{models.CandidateFormal, "withdraw", SetOf(models.RoleResident) | ecAny, models.CandidateWithdrawn},
	{models.CandidateReserve, "withdraw", SetOf(models.RoleResident) | ecAny, models.CandidateWithdrawn},
	{models.CandidateFormal, "exclude", ecAny, models.CandidateExcluded},
	{models.CandidateReserve, "exclude", ecAny, models.CandidateExcluded},
}

// MayNominate: between the freeze of the roll and the formal candidates.
func MayNominate(e *models.Election) error {
	switch {
	case ElectionReached(e.State, models.ElectionCandidates) || e.State == models.ElectionVoid:
		return problem.New(problem.TooLate, "election.nominate.late", nil).Because("art. 18")
	case !ElectionReached(e.State, models.ElectionRoll):
		return problem.New(problem.TooEarly, "election.nominate.early", nil).Because("art. 18")
	}
	return nil
}

// MayCosign: a declared voter, by a form the pack accepts, not for more people
// than it lets one voter nominate.
func MayCosign(v *models.Voter, way models.VoterWay, given, posts int, rules Rules) error {
	if v.State != models.VoterDeclared {
		return problem.New(problem.Forbidden, "election.cosign.notvoter", nil).Because("art. 18")
	}
	if forms := rules.Choice("nomination.forms"); forms != "both" && forms != string(way) {
		return problem.New(problem.Forbidden, "election.cosign.form", nil).Because("pack nomination.forms=" + forms)
	}
	most := 0
	switch rules.Choice("nomination.per_voter") {
	case "posts":
		most = posts
	case "one":
		most = 1
	}
	if most > 0 && given >= most {
		return problem.New(problem.Conflict, "election.cosign.most", problem.Args{"n": most}).Because("pack nomination.per_voter")
	}
	return nil
}

// EnoughSupport: a nomination by voters needs ten of them or more (art. 18); the
// Party branch needs none; who stands for themselves gathers like all others,
// unless the pack lets them stand.
func EnoughSupport(kind models.NominationKind, signatures int, rules Rules) bool {
	switch {
	case kind == models.NominationParty:
		return rules.Bool("nomination.party")
	case kind == models.NominationSelf && rules.Choice("nomination.self") == "stand":
		return true
	}
	return signatures >= rules.Int("nomination.supporters")
}

// MayExclude: one of the four grounds of art. 18, with evidence and a reasoned
// decision.
func MayExclude(ground, evidence, decision string) error {
	var f problem.Form
	if !slices.Contains(ExclusionGrounds, ground) {
		f.Add("ground", "form.choose", nil)
	}
	if len([]rune(strings.TrimSpace(evidence))) < leastReason {
		f.Add("evidence", "policy.reason", problem.Args{"n": leastReason})
	}
	if len([]rune(strings.TrimSpace(decision))) < leastReason {
		f.Add("decision", "policy.reason", problem.Args{"n": leastReason})
	}
	return f.Err()
}

// Shortage is a post with too few candidates for 差额.
type Shortage struct {
	Post          models.Post // "" for all posts together
	Have, Require int
}

// CheckSurplus: more candidates than seats over all (art. 18: 候选人的名额应当多于
// 应选名额), and what the pack asks of each post.
func CheckSurplus(posts []models.ElectionPost, candidates []models.Candidate, rules Rules) []Shortage {
	var short []Shortage
	seats, have := 0, 0
	for _, p := range posts {
		n := 0
		for _, c := range candidates {
			if c.Post == p.Post {
				n++
			}
		}
		seats, have = seats+p.Seats, have+n
		if need := p.Seats + rules.Int("candidate.surplus_"+string(p.Post)); n < need {
			short = append(short, Shortage{p.Post, n, need})
		}
	}
	if need := seats + rules.Int("candidate.surplus"); have < need {
		short = append(short, Shortage{"", have, need})
	}
	return short
}

// OrderCandidates puts candidates in the order of the ballot: by support, or by
// the strokes of their surnames as the catalogue of strokes has them; equal
// ones by name.
func OrderCandidates(candidates []models.Candidate, rules Rules) {
	slices.SortStableFunc(candidates, func(a, b models.Candidate) int {
		if a.Post != b.Post {
			return cmp.Compare(postRank(a.Post), postRank(b.Post))
		}
		if rules.Choice("candidate.order") == "strokes" {
			return CompareStrokes(a.Name, b.Name)
		}
		return cmp.Or(cmp.Compare(b.Support, a.Support), CompareStrokes(a.Name, b.Name))
	})
}

// BallotPosts in the order of the ballot, the highest first. A seat kept for a
// woman may have a line of its own (by analogy Zhejiang 21).
var BallotPosts = []models.Post{models.PostDirector, models.PostDeputyDirector, models.PostWoman, models.PostMember, models.PostRecall}

func postRank(p models.Post) int { return slices.Index(BallotPosts, p) }

// MovesUp is the reserve that follows a formal candidate who withdraws: of the
// same post, the next in order.
func MovesUp(reserve []models.Candidate, post models.Post) *models.Candidate {
	var next *models.Candidate
	for i := range reserve {
		c := &reserve[i]
		if c.Post != post || c.State != models.CandidateReserve {
			continue
		}
		if next == nil || c.Support > next.Support || c.Support == next.Support && c.ID < next.ID {
			next = c
		}
	}
	return next
}

// CheckPosts: five to nine members in all, one director (art. 8).
func CheckPosts(posts []models.ElectionPost, kind models.ElectionKind, rules Rules) error {
	var f problem.Form
	total, directors, women := 0, 0, 0
	for _, p := range posts {
		total += p.Seats
		if p.Post == models.PostWoman {
			women += p.Seats
		}
		if p.Post == models.PostDirector {
			directors = p.Seats
		}
	}
	least, most := rules.Int("committee.least"), rules.Int("committee.most")
	if kind == models.ElectionGeneral {
		if total < least || total > most {
			f.Add("member", "election.posts.total", problem.Args{"least": least, "most": most, "n": total})
		}
		if directors != 1 {
			f.Add("director", "election.posts.director", nil)
		}
		if rules.Choice("woman.seat") == "separate" && women == 0 {
			f.Add("woman", "election.posts.woman", nil)
		}
	} else if total < 1 {
		f.Add("member", "election.posts.none", nil)
	}
	return f.Err()
}

// MayByElect: no more seats of a post than are vacant (art. 24).
func MayByElect(posts []models.ElectionPost, held, wanted map[models.Post]int) error {
	var f problem.Form
	for _, post := range BallotPosts {
		if vacant := max(0, seatsOf(posts, post)-held[post]); wanted[post] > vacant {
			f.Add("seats", "election.by.vacant", problem.Args{"n": vacant})
		}
	}
	return f.Err()
}

// MayStaffPolls refuses staff who stand for election, and their near relatives
// (rule 3; village rules of Zhejiang 22 and Shanghai 14).
func MayStaffPolls(duty models.StaffDuty, candidate, relative bool, rules Rules) error {
	if duty == models.DutyGuide {
		return nil
	}
	switch {
	case candidate:
		return problem.New(problem.Forbidden, "election.staff.candidate", nil).Because("G3.3")
	case relative && rules.Bool("staff.relatives"):
		return problem.New(problem.Forbidden, "election.staff.relative", nil).Because("G3.3")
	}
	return nil
}

// CheckMobile: a box that goes to people needs the street's approval, a reason
// for each voter and three monitors or more (by analogy Zhejiang 24).
func CheckMobile(s *models.PollingStation, watchers, voters, without int, rules Rules) error {
	var f problem.Form
	if !rules.Bool("mobile.allowed") {
		return problem.New(problem.Forbidden, "election.mobile.off", nil).Because("pack mobile.allowed")
	}
	if rules.Choice("mobile.approval") == "street" && s.Approval == "" {
		f.Add("approval", "election.mobile.approval", nil)
	}
	if need := rules.Int("mobile.monitors"); watchers < need {
		f.Add("staff", "election.mobile.monitors", problem.Args{"n": need, "have": watchers})
	}
	if without > 0 {
		f.Add("voters", "election.mobile.reasons", problem.Args{"n": without})
	}
	if voters > 0 && s.CountWith == 0 {
		f.Add("count_with", "election.mobile.mix", nil)
	}
	return f.Err()
}

// MustLeave tells whether a member of the electoral committee leaves: nominated
// oneself, or a near relative is (art. 15; rule 2).
func MustLeave(nominee, member models.ID, relative bool) bool {
	return nominee != 0 && (nominee == member || relative)
}

// CheckChosen refuses a place that is not empty: a second chair, somebody who
// serves already, or one member too many (art. 15).
func CheckChosen(m models.ElectoralMember, all []models.ElectoralMember, rules Rules, f *problem.Form) {
	serving := 1
	for _, x := range all {
		switch {
		case x.State == models.ElectoralWaiting:
			f.Add("seat", "election.committee.waits", problem.Args{"name": x.Name})
		case x.State != models.ElectoralServing:
			continue
		case x.ResidentID == m.ResidentID:
			f.Add("person", "election.committee.twice", nil)
		case x.Seat == models.SeatChair && m.Seat == models.SeatChair:
			f.Add("seat", "election.committee.chairs", problem.Args{"name": x.Name})
		}
		serving++
	}
	if most := rules.Int("electoral.most"); serving > most {
		f.Add("seat", "election.committee.full", problem.Args{"n": most})
	}
}

// NextSubstitute follows in the order of the original choice (art. 15).
func NextSubstitute(members []models.ElectoralMember) *models.ElectoralMember {
	var next *models.ElectoralMember
	for i := range members {
		m := &members[i]
		if m.State == models.ElectoralWaiting && (next == nil || m.Rank < next.Rank) {
			next = m
		}
	}
	return next
}

// CheckElectoral: as many members as the pack says, one chair (art. 15).
func CheckElectoral(members []models.ElectoralMember, rules Rules) error {
	var f problem.Form
	serving, chairs := 0, 0
	for _, m := range members {
		if m.Seat != models.SeatSubstitute {
			serving++
		}
		if m.Seat == models.SeatChair {
			chairs++
		}
	}
	least, most := rules.Int("electoral.least"), rules.Int("electoral.most")
	if serving < least || serving > most {
		f.Add("members", "election.committee.size", problem.Args{"least": least, "most": most, "n": serving})
	}
	if chairs != 1 {
		f.Add("members", "election.committee.chair", nil)
	}
	return f.Err()
}

// SortByPost puts candidates by post, keeping their order within it.
func SortByPost(rows []models.Candidate) {
	slices.SortStableFunc(rows, func(a, b models.Candidate) int { return cmp.Compare(postRank(a.Post), postRank(b.Post)) })
}
