package policy

import (
	"slices"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// MeetingRule is what one kind of meeting demands. The four kinds are local
// rules of the 拱墅 papers of 2009–2011 (S0 §六); the law in force names
// hearings and talks as forms of consultation and gives no days (art. 32), but
// wants what was agreed carried out and made public (art. 32, 34 (五)).
type MeetingRule struct {
	Kind    models.MeetingKind
	Source  RuleSource
	Basis   string  // a mark of i18n: "meeting.basis.…"
	Callers RoleSet // who may draft it
	Makers  RoleSet // who may publish its notice
	Must    []models.MeetingBody
	May     []models.MeetingBody
	Public  bool

	NoticeDays   int  // civil days between the notice and the meeting
	Entrances    bool // the notice also hangs at the entrances
	Waivable     bool // everybody concerned may agree to less notice
	FeedbackDays int  // answers to opinions, after the meeting; 0 for none
	MinutesDays  int  // minutes, or the result, after the meeting; 0 for none
	Option       bool // the minutes name a preferred option
	Filed        bool // the minutes go to the street
	Quarterly    bool

	// Appraisal: before the meeting the body hands in its summary, then the
	// panel examines it. 15 = 10 + 5 leaves no slack.
	SubmitDays, ExamineDays int
}

// RuleSource tells residents what a rule is worth.
type RuleSource string

const (
	SourceLocal RuleSource = "local" // a local rule of the example's district
	SourceLaw   RuleSource = "law"
)

var (
	committeeOrParty = CommitteeRoles | SetOf(models.RolePartyBranch)
	directorMakes    = SetOf(models.RoleDirector)
)

// MeetingRules in the order of the pages (domain.md A2; section 0; art. 26, 37).
var MeetingRules = []MeetingRule{
	{
		Kind: models.MeetingHeartTalk, Source: SourceLocal, Basis: "talk", Callers: committeeOrParty, Makers: directorMakes, Public: true,
		Must:       []models.MeetingBody{models.InviteCommittee, models.InviteParty, models.InviteReps, models.InviteCouncil, models.InviteUnits},
		May:        []models.MeetingBody{models.InviteDeputies, models.InviteResidents, models.InviteStreet},
		NoticeDays: 3, Entrances: true, FeedbackDays: 15, MinutesDays: 15, Filed: true, Quarterly: true, // told to those concerned, reported upwards, published: all within 15 days
	},
	{
		Kind: models.MeetingCoordination, Source: SourceLocal, Basis: "mediation", Callers: SetOf(models.RoleMediator), Makers: SetOf(models.RoleMediator),
		May:        []models.MeetingBody{models.InviteParty, models.InviteCommittee, models.InvitePolice, models.InviteJustice},
		NoticeDays: 3, Waivable: true, // Mediation Law art. 21: mediation is prompt
	},
	{
		Kind: models.MeetingHearing, Source: SourceLocal, Basis: "hearing", Callers: committeeOrParty | SetOf(models.RoleStreet), Makers: directorMakes, Public: true,
		Must:       []models.MeetingBody{models.InviteCommittee, models.InviteParty, models.InviteReps, models.InviteCouncil, models.InviteUnits, models.InviteUnit},
		May:        []models.MeetingBody{models.InviteStreet, models.InviteDeputies, models.InviteResidents},
		NoticeDays: 3, Entrances: true, MinutesDays: 7, Option: true, Filed: true,
	},
	{
		Kind: models.MeetingAppraisal, Source: SourceLocal, Basis: "appraisal", Callers: SetOf(models.RoleSupervisor, models.RoleStreet), Makers: SetOf(models.RoleSupervisor, models.RoleStreet), Public: true,
		Must:       []models.MeetingBody{models.InviteResidents, models.InviteMembers, models.InviteCouncil, models.InviteUnits, models.InviteStreet, models.InviteUnit},
		NoticeDays: 15, Entrances: true, MinutesDays: 3, Filed: true, SubmitDays: 10, ExamineDays: 5,
	},
	{
		Kind: models.MeetingReview, Source: SourceLaw, Basis: "review", Callers: SetOf(models.RoleSupervisor), Makers: SetOf(models.RoleSupervisor), Public: true,
		Must:       []models.MeetingBody{models.InviteReps, models.InviteCommittee},
		May:        []models.MeetingBody{models.InviteStreet, models.InviteResidents},
		NoticeDays: 10, Entrances: true, MinutesDays: 3, // art. 26: ten days for a residents' meeting; the result "in time", here as soon as an appraisal's
	},
}

// MeetingRuleOf finds the rule of a kind; nil for an unknown one.
func MeetingRuleOf(kind models.MeetingKind) *MeetingRule {
	for i := range MeetingRules {
		if MeetingRules[i].Kind == kind {
			return &MeetingRules[i]
		}
	}
	return nil
}

// MeetingMoves of a public meeting. Who may call and publish it is its rule's
// and asked besides.
var MeetingMoves = []Move[models.MeetingState]{
	{"", "create", callers, models.MeetingDraft},
	{models.MeetingDraft, "edit", callers, models.MeetingDraft},
	{models.MeetingDraft, "drop", callers, models.MeetingDropped},
	{models.MeetingDraft, "publish", makers, models.MeetingCalled},
	{models.MeetingCalled, "change", makers, models.MeetingCalled},
	{models.MeetingCalled, "cancel", makers, models.MeetingCancelled},
	{models.MeetingCalled, "hold", callers, models.MeetingHeld},
	{models.MeetingHeld, "close", callers, models.MeetingClosed},
}

var (
	callers = CommitteeRoles | SetOf(models.RolePartyBranch, models.RoleStreet, models.RoleSupervisor)
	makers  = SetOf(models.RoleDirector, models.RoleSupervisor, models.RoleStreet)
)

// MayCallMeeting asks whether one of the roles may do the action to a meeting
// of the kind in the state, and gives the state it leads to.
func MayCallMeeting(kind models.MeetingKind, state models.MeetingState, action string, roles RoleSet) (models.MeetingState, error) {
	rule := MeetingRuleOf(kind)
	if rule == nil || !rule.Public {
		return state, problem.New(problem.NotFound, "page.notfound", nil)
	}
	next, err := Next(MeetingMoves, state, action, roles)
	if err != nil {
		return state, err
	}
	may := rule.Callers | rule.Makers
	if action == "publish" || action == "change" || action == "cancel" {
		may = rule.Makers
	}
	if !may.Any(roles) {
		return state, problem.New(problem.Forbidden, "policy.forbidden", nil).Because("A2: " + string(kind) + " " + action)
	}
	return next, nil
}

// EarliestMeeting is the first day on which a meeting may be held whose notice
// goes out on the day: three civil days' notice given on the 1st allow the 4th.
func (r *MeetingRule) EarliestMeeting(notice models.Date) models.Date {
	return notice.AddDays(r.NoticeDays)
}

// LatestNotice is the last day for the notice of a meeting; a day has 24 hours,
// so a notice at 23:59 is in time and one at 0:00 of the next day is late.
func (r *MeetingRule) LatestNotice(meeting models.Date) models.Date {
	return Latest(meeting, r.NoticeDays)
}

// CheckMeetingNotice refuses a notice that is too late, with the date that
// would be allowed: problem.TooLate, key meeting.notice.late. waived says that
// everybody concerned has agreed to less.
func CheckMeetingNotice(kind models.MeetingKind, today, meeting models.Date, waived bool) error {
	rule := MeetingRuleOf(kind)
	if rule == nil {
		return problem.New(problem.NotFound, "page.notfound", nil)
	}
	if waived && rule.Waivable && meeting >= today {
		return nil
	}
	if first := rule.EarliestMeeting(today); meeting < first {
		return problem.New(problem.TooLate, "meeting.notice.late", problem.Args{"n": rule.NoticeDays, "date": first})
	}
	return nil
}

// FeedbackDue and MinutesDue are the last days for answers and for minutes of
// a meeting held on the day; "" where the kind asks for none. A period that
// ends on a day of rest ends on the next working day (Civil Code art. 203).
func (r *MeetingRule) FeedbackDue(held models.Date, c *Calendar) models.Date {
	if r.FeedbackDays == 0 {
		return ""
	}
	return c.Deadline(held, r.FeedbackDays)
}

// MinutesDue is the last day for the minutes, or for the result.
func (r *MeetingRule) MinutesDue(held models.Date, c *Calendar) models.Date {
	if r.MinutesDays == 0 {
		return ""
	}
	return c.Deadline(held, r.MinutesDays)
}

// Uninvited are the bodies that must be invited and are not.
func (r *MeetingRule) Uninvited(invited []models.MeetingBody) []models.MeetingBody {
	var missing []models.MeetingBody
	for _, b := range r.Must {
		if !slices.Contains(invited, b) {
			missing = append(missing, b)
		}
	}
	return missing
}

// DefaultChangeUntil is when changing and leaving end unless the notice says
// otherwise: 18:00 on the day before.
func DefaultChangeUntil(start time.Time) time.Time {
	return models.DateOf(start).AddDays(-1).Time().Add(18 * time.Hour)
}

// acceptWithin is how long a seat from the waiting list is kept, at most.
const acceptWithin = 24 * time.Hour

// OfferUntil is until when somebody promoted at now may take the seat: a day,
// but not beyond the hour at which changes end. Later nobody is promoted: free
// seats are given at the door.
func OfferUntil(now, changeUntil time.Time) (time.Time, bool) {
	if !now.Before(changeUntil) {
		return time.Time{}, false
	}
	until := now.Add(acceptWithin)
	if until.After(changeUntil) {
		until = changeUntil
	}
	return until, true
}

// SeatOrder are the pools from which somebody of a group gets a seat, one after
// the other: those kept for the group, then the open ones.
func SeatOrder(wanted models.MeetingPool) []models.MeetingPool {
	if wanted == models.PoolOpen || wanted == "" {
		return []models.MeetingPool{models.PoolOpen}
	}
	return []models.MeetingPool{wanted, models.PoolOpen}
}

// partyMember is how the roll says that somebody is a member of the Party.
const partyMember = "党员" //words:allow a value of the roll, not a sentence

// GroupsOf are the groups whose reserved seats a person may use, by their posts,
// by the invitations to their telephone, and by the roll.
func GroupsOf(roles RoleSet, invited []models.MeetingBody, politics string) []models.MeetingPool {
	var pools []models.MeetingPool
	if roles.Any(SetOf(models.RoleResidentRep, models.RoleGroupLeader)) || slices.Contains(invited, models.InviteReps) {
		pools = append(pools, models.PoolReps)
	}
	if slices.Contains(invited, models.InviteCouncil) {
		pools = append(pools, models.PoolCouncil)
	}
	if roles.Has(models.RolePartyBranch) || slices.Contains(invited, models.InviteParty) || slices.Contains(invited, models.InviteMembers) || strings.Contains(politics, partyMember) {
		pools = append(pools, models.PoolParty)
	}
	if slices.Contains(invited, models.InviteUnits) || slices.Contains(invited, models.InviteUnit) {
		pools = append(pools, models.PoolUnits)
	}
	return pools
}

const (
	leastAnswer    = 4
	maxAnswer      = 1000
	maxResponsible = 40
)

// CheckOpinionAnswer: every opinion gets an answer (S0 §六(一)); what is adopted
// has a responsible person and a day, what is not has a reason.
func CheckOpinionAnswer(a models.Adoption, answer, responsible string, due, today models.Date) error {
	var f problem.Form
	if !slices.Contains([]models.Adoption{models.AdoptionYes, models.AdoptionPartly, models.AdoptionNo, models.AdoptionOther}, a) {
		f.Add("adoption", "form.choose", nil)
	}
	switch n := len([]rune(answer)); {
	case n < leastAnswer:
		f.Add("answer", "policy.reason", problem.Args{"n": leastAnswer})
	case n > maxAnswer:
		f.Add("answer", "form.toolong", problem.Args{"n": n - maxAnswer, "limit": maxAnswer})
	}
	promised := a == models.AdoptionYes || a == models.AdoptionPartly
	if n := len([]rune(responsible)); n > maxResponsible || promised && n == 0 {
		f.Add("responsible", "meeting.responsible.needed", problem.Args{"n": maxResponsible})
	}
	if promised && (!due.Valid() || due < today) || due != "" && !due.Valid() {
		f.Add("due", "meeting.due.needed", nil)
	}
	return f.Err()
}

// MandateGroup is the group of invited that a mandate in a body stands for; ""
// for none.
func MandateGroup(kind models.BodyKind, post models.Seat) models.MeetingBody {
	switch {
	case post == models.SitsRep:
		return models.InviteReps
	case kind == models.BodyDeliberation:
		return models.InviteCouncil
	case kind == models.BodyUnit || kind == models.BodyProperty || kind == models.BodyOwners || kind == models.BodySocial:
		return models.InviteUnits
	}
	return ""
}
