package policy

import (
	"slices"

	"juwu/internal/problem"
	"juwu/models"
)

// A residents' group sends one representative for 20 to 50 households
// (art. 13: 一般按每二十户至五十户推选一人), more or fewer where the place needs it.
const (
	LeastHouseholdsPerRep = 20
	MostHouseholdsPerRep  = 50
)

// RepSeats is how many representatives so many households send as a rule: at
// least one for every fifty, at most one for every twenty, never none.
func RepSeats(households int) (least, most int) {
	if households <= 0 {
		return 0, 0
	}
	least = (households + MostHouseholdsPerRep - 1) / MostHouseholdsPerRep
	return least, max(least, households/LeastHouseholdsPerRep)
}

// UsualRepSeats tells whether the number of representatives is within the rule
// of art. 13; another number is lawful "as needed" and shown as such.
func UsualRepSeats(households, seats int) bool {
	least, most := RepSeats(households)
	return seats >= least && seats <= most
}

// BodyRule says what a kind of body may have.
type BodyRule struct {
	Kind  models.BodyKind
	Posts []models.Seat
	Units []models.VoteUnit // who elects it; none: a registered party sends people
	Term  bool              // the term of the residents' committee (art. 13, 36)
	Basis string            // article beside it, by key; "" = the place's own rule
}

// BodyRules in the order of the pages.
var BodyRules = []BodyRule{
	{models.BodyGroup, []models.Seat{models.SitsRep, models.SitsHead}, []models.VoteUnit{models.UnitHousehold}, true, "art13"},
	{models.BodySupervision, []models.Seat{models.SitsHead, models.SitsMember}, []models.VoteUnit{models.UnitAssembly}, true, "art36"},
	{models.BodyElectoral, []models.Seat{models.SitsHead, models.SitsDeputy, models.SitsMember}, []models.VoteUnit{models.UnitAssembly}, false, "art15"},
	{models.BodyDeliberation, []models.Seat{models.SitsHead, models.SitsMember}, []models.VoteUnit{models.UnitAssembly, models.UnitCommittee}, false, "art32"},
	{models.BodySub, []models.Seat{models.SitsHead, models.SitsMember}, []models.VoteUnit{models.UnitCommittee, models.UnitAssembly}, false, "art9"},
	{models.BodyCompound, []models.Seat{models.SitsHead, models.SitsMember}, []models.VoteUnit{models.UnitHousehold}, false, ""},
	{models.BodyPanel, []models.Seat{models.SitsHead, models.SitsMember, models.SitsContact}, []models.VoteUnit{models.UnitDelegates}, false, ""},
	{models.BodyOwners, []models.Seat{models.SitsContact}, nil, false, "art10_7"},
	{models.BodyProperty, []models.Seat{models.SitsContact}, nil, false, "art10_7"},
	{models.BodyUnit, []models.Seat{models.SitsContact}, nil, false, "art46"},
	{models.BodySocial, []models.Seat{models.SitsContact}, nil, false, "art10_6"},
}

// BodyRuleOf finds the rule of a kind; the zero rule, which allows nothing, for
// an unknown one.
func BodyRuleOf(kind models.BodyKind) BodyRule {
	for _, r := range BodyRules {
		if r.Kind == kind {
			return r
		}
	}
	return BodyRule{}
}

// RoleOfMandate is the role that follows from a mandate; "" for none. The
// supervision committee's is given by the street, from the recorded decision:
// nobody appoints their own supervisor.
func RoleOfMandate(kind models.BodyKind, post models.Seat) (role models.Role, byStreet bool) {
	switch {
	case kind == models.BodyGroup && post == models.SitsRep:
		return models.RoleResidentRep, false
	case kind == models.BodyGroup && post == models.SitsHead:
		return models.RoleGroupLeader, false
	case kind == models.BodySupervision:
		return models.RoleSupervisor, true
	}
	return "", false
}

// BodyVoteMoves of a recorded election. Who confirms is another person than
// who recorded: MayConfirmBodyVote.
var BodyVoteMoves = []Move[models.BodyVoteState]{
	{"", "open", bodyKeepers, models.BodyVoteOpen},
	{models.BodyVoteOpen, "count", bodyKeepers, models.BodyVoteCounted},
	{models.BodyVoteCounted, "recount", bodyConfirmers, models.BodyVoteOpen},
	{models.BodyVoteCounted, "confirm", bodyConfirmers, models.BodyVoteConfirmed},
	{models.BodyVoteOpen, "void", bodyKeepers, models.BodyVoteVoid},
	{models.BodyVoteCounted, "void", bodyConfirmers, models.BodyVoteVoid},
}

// bodyKeepers and bodyConfirmers of any body; whose they are of which kind is
// asked of keepersOf and confirmersOf.
var (
	bodyKeepers    = CommitteeRoles | SetOf(models.RoleClerk, models.RoleSupervisor)
	bodyConfirmers = SetOf(models.RoleDirector, models.RoleViceDirector, models.RoleSupervisor, models.RoleStreet)
)

// keepersOf record who sits in a body of the kind. An appraisal's panel is kept
// by the supervision committee: nobody records who grades them (G3 rule 5).
func keepersOf(kind models.BodyKind) RoleSet {
	if kind == models.BodyPanel {
		return SetOf(models.RoleSupervisor)
	}
	return CommitteeRoles | SetOf(models.RoleClerk)
}

func confirmersOf(kind models.BodyKind) RoleSet {
	if kind == models.BodyPanel {
		return SetOf(models.RoleSupervisor, models.RoleStreet)
	}
	return SetOf(models.RoleDirector, models.RoleViceDirector, models.RoleSupervisor)
}

// MayKeepBody refuses a body to those who do not keep its kind.
func MayKeepBody(kind models.BodyKind, by RoleSet) error {
	if !keepersOf(kind).Any(by) {
		return problem.New(problem.Forbidden, "policy.forbidden", nil).Because("keepers of " + string(kind))
	}
	return nil
}

// MayCheckBodyVote refuses the count of a body's election to those who do not
// confirm it.
func MayCheckBodyVote(kind models.BodyKind, by RoleSet) error {
	if !confirmersOf(kind).Any(by) {
		return problem.New(problem.Forbidden, "policy.forbidden", nil).Because("confirmers of " + string(kind))
	}
	return nil
}

// MayConfirmBodyVote: the second person is not the one who recorded, by login
// or by person, and does not confirm an own election; members of the committee
// do not confirm who supervises them (art. 36).
func MayConfirmBodyVote(v models.BodyVote, kind models.BodyKind, candidates []models.BodyCandidate, by Signer, resident models.ID) error {
	if _, err := Next(BodyVoteMoves, v.State, "confirm", by.Roles); err != nil {
		return err
	}
	if err := MayCheckBodyVote(kind, by.Roles); err != nil {
		return err
	}
	if by.is(v.RecorderID, v.RecorderKey) {
		return problem.New(problem.Forbidden, "policy.body.recorder", nil).Because("counted by one, confirmed by another")
	}
	if resident != 0 && slices.ContainsFunc(candidates, func(c models.BodyCandidate) bool { return c.ResidentID == resident }) {
		return problem.New(problem.Forbidden, "policy.body.candidate", nil).Because("G3.5")
	}
	return nil
}

// BodyResult is what the figures of a small body's election come to.
type BodyResult struct {
	Valid       bool
	Elected     []models.ID // candidates, in the order of votes
	Substitutes []models.ID // in order
	Tied        []models.ID // share the votes at the last seat: none of them has it
	Missing     int         // seats nobody got
}

// ElectBody counts a small body's election. The law fixes no numbers for it:
// the place keeps the same care as for its assembly (art. 27 by analogy): more
// than half of those entitled take part, and who gets more than half of the
// votes of those who took part is elected, in the order of votes, up to the
// seats. Who shares the votes at the last seat gets none of it; a second vote
// decides. Those with at least a third of the votes who were not elected stand
// as substitutes in their order.
func ElectBody(entitled, tookPart, seats int, candidates []models.BodyCandidate) BodyResult {
	r := BodyResult{Valid: MoreThanHalf(tookPart, entitled), Missing: seats}
	if !r.Valid {
		return r
	}
	order := slices.Clone(candidates)
	slices.SortStableFunc(order, func(a, b models.BodyCandidate) int { return b.Votes - a.Votes })
	for i, c := range order {
		switch {
		case len(r.Elected) < seats && MoreThanHalf(c.Votes, tookPart) && !tiedAtEdge(order, i, seats):
			r.Elected = append(r.Elected, c.ID)
		case MoreThanHalf(c.Votes, tookPart) && tiedAtEdge(order, i, seats):
			r.Tied = append(r.Tied, c.ID)
		case AtLeastThird(c.Votes, tookPart) && c.Votes > 0:
			r.Substitutes = append(r.Substitutes, c.ID)
		}
	}
	r.Missing = seats - len(r.Elected)
	return r
}

// tiedAtEdge tells whether the i-th of the ordered candidates shares the votes
// of both the last who would get a seat and the first who would not.
func tiedAtEdge(order []models.BodyCandidate, i, seats int) bool {
	if seats <= 0 || seats >= len(order) {
		return false
	}
	edge := order[seats-1].Votes
	return order[seats].Votes == edge && order[i].Votes == edge
}

// MoreThanHalf is 过半数: strictly more than half of n.
func MoreThanHalf(x, n int) bool { return 2*x > n }

// AtLeastThird is 三分之一以上: a third of n or more.
func AtLeastThird(x, n int) bool { return n > 0 && 3*x >= n }

// CheckBodyCount: the figures of a count must be possible: nobody got more
// votes than took part, all together not more than seats for each.
func CheckBodyCount(v models.BodyVote, candidates []models.BodyCandidate) error {
	var f problem.Form
	if v.Void < 0 || v.Void > v.TookPart {
		f.Add("void", "policy.body.void", problem.Args{"n": v.TookPart})
	}
	sum := 0
	for i, c := range candidates {
		if c.Votes < 0 || c.Votes > v.TookPart-v.Void {
			f.Add(CandidateField(i), "policy.body.votes", problem.Args{"n": v.TookPart - v.Void})
		}
		sum += c.Votes
	}
	if most := (v.TookPart - v.Void) * v.Seats; sum > most {
		f.Add("void", "policy.body.sum", problem.Args{"sum": sum, "most": most})
	}
	if len(candidates) == 0 {
		f.Add("candidate", "policy.body.nobody", nil)
	}
	return f.Err()
}

// CandidateField is the form field of the i-th candidate's votes, from 0.
func CandidateField(i int) string { return "votes_" + string(rune('a'+i/26)) + string(rune('a'+i%26)) }

// Standing is what decides whether a resident may stand for a small body.
type Standing struct {
	Kind      models.BodyKind
	Post      models.Seat
	Birth     models.Date
	Day       models.Date // of the vote
	Active    bool        // on the roll
	Belongs   bool        // lives in the group or the compound
	Rep       bool        // a representative of this group in office
	Posts     RoleSet     // held in the community
	Relatives RoleSet     // held by near relatives, as far as declared
}

// AdultAge is from when a resident belongs to the residents' meeting (art. 26)
// and may stand (art. 16).
const AdultAge = 18

// Adult tells whether somebody born on a day is 18 on another: on the birthday
// itself they are. Born on 29 February, they are on 1 March of a common year.
func Adult(birth, day models.Date) bool {
	if !birth.Valid() || !day.Valid() {
		return false
	}
	return models.DateOf(birth.Time().AddDate(AdultAge, 0, 0)) <= day
}

// MayStand refuses who may not stand: not on the roll, under 18, of another
// group; a leader who is not a representative of the group (art. 13); for the
// supervision committee members of the residents' committee and their near
// relatives (art. 36; rule 1), and who keeps the books.
func MayStand(s Standing) error {
	refuse := func(key, rule string) error { return problem.New(problem.Conflict, key, nil).Because(rule) }
	switch {
	case !s.Active:
		return refuse("policy.stand.roll", "art. 16")
	case !Adult(s.Birth, s.Day):
		return refuse("policy.stand.age", "art. 16")
	case !s.Belongs:
		return refuse("policy.stand.group", "art. 13")
	case s.Kind == models.BodyGroup && s.Post == models.SitsHead && !s.Rep:
		return refuse("policy.stand.rep", "art. 13")
	case s.Kind == models.BodySupervision && (CommitteeRoles | SetOf(models.RoleClerk)).Any(s.Posts):
		return refuse("policy.stand.committee", "art. 36; G3.1")
	case s.Kind == models.BodyPanel && CommitteeRoles.Any(s.Posts|s.Relatives):
		return refuse("policy.stand.appraised", "G3.5")
	case s.Kind == models.BodySupervision && CommitteeRoles.Any(s.Relatives):
		return refuse("policy.stand.relative", "art. 36; G3.1")
	}
	return nil
}
