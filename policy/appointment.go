package policy

import (
	"slices"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
)

// TermYears of the committee (art. 14), of representatives and group leaders
// (art. 13) and of the supervision committee (art. 36).
const TermYears = 5

// Office says where a post exists and who records who holds it. Law lets the
// residents choose; here the choice is recorded, with the decision it rests on.
type Office struct {
	Role       models.Role
	Levels     []models.Level
	Appointers RoleSet
	Term       bool // ends after TermYears at the latest
}

var (
	byStreet   = SetOf(models.RoleStreet)
	byDirector = SetOf(models.RoleDirector, models.RoleStreet)
	byDistrict = SetOf(models.RoleDistrict, RoleJob)
	community  = []models.Level{models.LevelCommunity}
)

// Offices are the posts somebody can be appointed to. The street confirms the
// committee from the recorded election and the supervision committee from the
// recorded choice of the assembly; admin appoints no one.
var Offices = []Office{
	{models.RoleDirector, community, byStreet, true},
	{models.RoleViceDirector, community, byStreet, true},
	{models.RoleCommitteeMember, community, byStreet, true},
	{models.RoleSupervisor, community, byStreet, true},
	{models.RoleClerk, community, byStreet, false},
	{models.RoleResidentRep, community, byDirector, true},
	{models.RoleGroupLeader, community, byDirector, true},
	{models.RoleBuildingLead, community, byDirector, false},
	{models.RoleGridWorker, community, byDirector, false},
	{models.RoleMediator, community, byDirector, false},
	{models.RoleMediationHead, community, byDirector, false},
	{models.RolePartyBranch, community, byStreet, false},
	{models.RoleStation, community, byStreet, false},
	{models.RolePropertyCo, community, byDirector, false},
	{models.RoleBookkeeper, []models.Level{models.LevelStreet, models.LevelCommunity}, byStreet | byDistrict, false},
	{models.RoleStreet, []models.Level{models.LevelStreet}, byDistrict, false},
	{models.RoleDistrict, []models.Level{models.LevelDistrict}, byDistrict, false},
	{models.RoleAdmin, []models.Level{models.LevelDistrict, models.LevelStreet}, byDistrict, false},
	// Posts of an election are given by its own use cases alone (election_committee.go).
	{RoleECChair, community, 0, false},
	{RoleECMember, community, 0, false},
	{RolePollStaff, community, 0, false},
	{RolePollWatcher, community, 0, false},
	{RoleTeller, community, 0, false},
	{RoleCaller, community, 0, false},
}

var officeOf = func() map[models.Role]Office {
	m := map[models.Role]Office{}
	for _, o := range Offices {
		m[o.Role] = o
	}
	return m
}()

// HeldAt tells whether a post exists at a level: there is no director of a
// street, and a street officer of one community would be nobody's superior.
func HeldAt(role models.Role, level models.Level) bool {
	return slices.Contains(officeOf[role].Levels, level)
}

// incompatible posts of one person in one community.
var incompatible = []struct {
	a, b RoleSet
	rule string
}{
	{SetOf(models.RoleSupervisor), CommitteeRoles, "G3.1 art. 36"},
	{SetOf(models.RoleDirector), SetOf(models.RoleClerk), "G3.15"},
	// Three people sign a month and a fourth keeps the books: whoever holds two
	// of these posts could sign in one of them only, and would block the other.
	{SetOf(models.RoleSupervisor), SetOf(models.RoleClerk, models.RoleBookkeeper), "G3.6"},
	{SetOf(models.RoleClerk), SetOf(models.RoleBookkeeper), "C2"},
	{SetOf(models.RoleAdmin), CommitteeRoles | SetOf(models.RoleClerk, models.RoleSupervisor, models.RoleStreet,
		models.RoleBookkeeper, models.RoleDistrict, models.RoleStation), "G3.10"},
}

// kept apart are the posts that near relatives may not hold together.
var keptApart = []struct {
	a, b RoleSet
	rule string
}{
	{SetOf(models.RoleSupervisor), CommitteeRoles, "G3.1 art. 36"},
	{CommitteeRoles, CommitteeRoles, "art. 8"},
	{SetOf(models.RoleDirector), SetOf(models.RoleClerk), "G3.15"},
}

// supervised tells over whom a post watches: those never appoint to it, even
// if another post of theirs would let them.
var supervised = map[models.Role]RoleSet{
	models.RoleSupervisor: CommitteeRoles | SetOf(models.RoleClerk),
	models.RoleBookkeeper: CommitteeRoles | SetOf(models.RoleClerk),
	models.RoleStreet:     CommitteeRoles | SetOf(models.RoleClerk, models.RoleSupervisor, models.RoleBookkeeper),
	models.RoleDistrict:   CommitteeRoles | SetOf(models.RoleClerk, models.RoleSupervisor, models.RoleBookkeeper, models.RoleStreet),
}

// conflict is the first rule by which two sets of posts do not go together.
func conflict(rows []struct {
	a, b RoleSet
	rule string
}, one, other RoleSet) string {
	for _, r := range rows {
		if r.a.Any(one) && r.b.Any(other) || r.b.Any(one) && r.a.Any(other) {
			return r.rule
		}
	}
	return ""
}

// Nomination is an appointment about to be recorded.
type Nomination struct {
	Post      models.Appointment
	Level     models.Level // of Post.RegionID
	By        RoleSet      // what the appointing person is there
	Holds     RoleSet      // what the person holds there in the same time, other than this post
	Relatives RoleSet      // what near relatives hold there, as far as declared
	// Failed counts the appraisals in a row that ended 不称职.
	Failed int
	// Principal is what the person stood in for holds; for deputies only.
	Principal RoleSet
}

// MayAppoint refuses an appointment that law or the separation of powers
// forbids (art. 8, 14, 36, 37; rules 1, 10, 12, 15, 16).
func MayAppoint(n Nomination) error {
	if err := mayRecord(n); err != nil {
		return err
	}
	if n.Post.ByUserID == n.Post.UserID && !n.By.Has(RoleJob) {
		return problem.New(problem.Forbidden, "policy.appointment.self", nil).Because("nobody appoints themselves")
	}
	var f problem.Form
	checkTerm(n, &f)
	if strings.TrimSpace(n.Post.Decision) == "" {
		// Art. 14, 36: the post rests on an election or a choice, not on the recorder.
		f.Add("decision", "policy.appointment.decision", nil)
	}
	if n.Post.DeputyFor != 0 {
		checkDeputy(n, &f)
	}
	if err := f.Err(); err != nil {
		return err
	}
	post := roleBit[n.Post.Role]
	if rule := conflict(incompatible, post, n.Holds); rule != "" {
		return problem.New(problem.Conflict, "policy.appointment.incompatible", nil).Because(rule)
	}
	if rule := conflict(keptApart, post, n.Relatives); rule != "" {
		return problem.New(problem.Conflict, "policy.appointment.relative", nil).Because(rule)
	}
	if LosesAllPosts(n.Failed) && CommitteeRoles.Any(post) {
		return problem.New(problem.Conflict, "policy.appointment.failed", nil).Because("G3.16 art. 37")
	}
	return nil
}

// MayEnd refuses to end a post to whoever could not have given it: a director
// who could end the supervisors' posts would have none (art. 36). by is what
// the acting person is at the post's region.
func MayEnd(post models.Appointment, level models.Level, by RoleSet) error {
	return mayRecord(Nomination{Post: post, Level: level, By: by})
}

// mayRecord checks who records: the right office, and not somebody over whom
// the post watches.
func mayRecord(n Nomination) error {
	office, known := officeOf[n.Post.Role]
	if !known || !slices.Contains(office.Levels, n.Level) {
		return problem.New(problem.Invalid, "policy.appointment.place", nil)
	}
	allowed := office.Appointers.Any(n.By) && !n.By.Has(models.RoleAdmin)
	if n.Post.DeputyFor != 0 {
		allowed = allowed || n.Post.Role == models.RoleClerk && n.By.Has(models.RoleDirector)
	}
	if !allowed {
		return problem.New(problem.Forbidden, "policy.appointment.office", nil).Because("appointers of " + string(n.Post.Role))
	}
	if supervised[n.Post.Role].Any(n.By) {
		return problem.New(problem.Forbidden, "policy.appointment.supervisor", nil).Because("nobody appoints their own supervisor")
	}
	return nil
}

func checkTerm(n Nomination, f *problem.Form) {
	from, until := n.Post.From, n.Post.Until
	if !from.Valid() {
		f.Add("from", "policy.appointment.from", nil)
		return
	}
	if until != "" && (!until.Valid() || until < from) {
		f.Add("until", "policy.appointment.until", nil)
		return
	}
	if last := LastTermDay(from); officeOf[n.Post.Role].Term && (until == "" || until > last) {
		f.Add("until", "policy.appointment.term", problem.Args{"date": last, "years": TermYears})
	}
}

// LastTermDay is the last day of a term that begins on from: the day before
// the same date five years later.
func LastTermDay(from models.Date) models.Date {
	return models.DateOf(from.Time().AddDate(TermYears, 0, 0)).AddDays(-1)
}

// checkDeputy: a deputy acts for a named person who holds the post, for a
// recorded time, and is not that person.
func checkDeputy(n Nomination, f *problem.Form) {
	if n.Post.Until == "" {
		f.Add("until", "policy.deputy.until", nil)
	}
	if n.Post.DeputyFor == n.Post.UserID {
		f.Add("user", "policy.deputy.self", nil)
	}
	if !n.Principal.Has(n.Post.Role) {
		f.Add("deputy_for", "policy.deputy.principal", nil)
	}
}

// EndAtHandover is the last day of the old committee's rights: they end on the
// day recorded by the election committee's chair and confirmed by the street,
// within ten days of the election (art. 25; rule 12). Unconfirmed, nothing ends.
func EndAtHandover(elected, recorded models.Date, confirmed bool) (models.Date, error) {
	if !confirmed {
		return "", problem.New(problem.TooEarly, "policy.handover.unconfirmed", nil).Because("G3.12")
	}
	last := elected.AddDays(HandoverDays)
	if recorded < elected || recorded > last {
		return "", problem.New(problem.Invalid, "policy.handover.day", problem.Args{"date": last}).Because("art. 25")
	}
	return recorded, nil
}

// HandoverDays after the election (art. 25: 十日内).
const HandoverDays = 10

// VerdictsToEnd is how many verdicts 不称职 in a row end the office (art. 37; rule 16).
const VerdictsToEnd = 2

// LosesAllPosts tells whether that many in a row end the office.
func LosesAllPosts(failedInARow int) bool { return failedInARow >= VerdictsToEnd }
