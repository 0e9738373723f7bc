package policy

import (
	"slices"

	"juwu/internal/problem"
	"juwu/models"
)

// NoticeDaysAssembly before a residents' meeting (art. 26: 应当提前十日通知居民).
// The place keeps the same for the representatives' meeting, for which the law
// names no days.
const NoticeDaysAssembly = 10

// QuorumMet tells whether enough of those entitled are there. A residents'
// meeting needs more than half of all adults or of all household
// representatives (art. 27: 过半数); a representatives' meeting needs two thirds
// or more of its members (art. 29: 三分之二以上, inclusive). A compound's
// households keep art. 27 by analogy.
func QuorumMet(mode models.DecisionMode, present, entitled int) bool {
	if entitled <= 0 {
		return false
	}
	if mode == models.ByReps {
		return 3*present >= 2*entitled
	}
	return MoreThanHalf(present, entitled)
}

// QuorumNeeded is the least number that makes the quorum.
func QuorumNeeded(mode models.DecisionMode, entitled int) int {
	if mode == models.ByReps {
		return (2*entitled + 2) / 3
	}
	return entitled/2 + 1
}

// Carried: more than half of those present, not of those who voted (art. 27:
// 到会人员的过半数; art. 29: 到会组成人员过半数). Whoever abstains is present.
func Carried(yes, present int) bool { return present > 0 && MoreThanHalf(yes, present) }

// RepsShareKept: representatives are four fifths or more of the members of
// their meeting (art. 28: 五分之四以上).
func RepsShareKept(reps, total int) bool { return total > 0 && 5*reps >= 4*total }

// Articles beside the figures of a vote, by key.
func Articles(mode models.DecisionMode) (quorum, majority string) {
	switch mode {
	case models.ByReps:
		return "art29_quorum", "art29_majority"
	case models.ByAdults, models.ByHouseholds:
		return "art27_quorum", "art27_majority"
	}
	return "art27_analogy", "art27_analogy"
}

// SignaturesNeeded is how many of a base must sign, rounded up because 以上
// includes the fraction itself: a residents' meeting is called on demand of one
// tenth of the adults or household representatives or of one third of the
// representatives (art. 26), a representatives' meeting of one fifth of them
// (art. 28), an audit of one tenth of the residents or a third of the
// representatives (art. 38). 0 means that nobody of that kind can demand it.
func SignaturesNeeded(kind models.PetitionKind, unit models.DecisionMode, base int) int {
	part := 0
	switch {
	case unit == models.ByReps && kind == models.PetitionReps:
		part = 5
	case unit == models.ByReps && (kind == models.PetitionMeeting || kind == models.PetitionAudit):
		part = 3
	case unit == models.ByAdults && (kind == models.PetitionMeeting || kind == models.PetitionAudit):
		part = 10
	case unit == models.ByHouseholds && kind == models.PetitionMeeting:
		part = 10
	}
	if part == 0 || base <= 0 {
		return 0
	}
	return (base + part - 1) / part
}

// InitiativeNeeded is the support that puts a resident's proposal onto the
// agenda: a rule of the place, one in a hundred adults, at least ten and at
// most a hundred.
func InitiativeNeeded(adults int) int { return min(max((adults+99)/100, 10), 100) }

// SessionMoves of a meeting of the assembly.
var SessionMoves = []Move[models.SessionState]{
	{"", "draft", secretaries, models.SessionDraft},
	{models.SessionDraft, "call", SetOf(models.RoleDirector), models.SessionCalled},
	{models.SessionDraft, "cancel", secretaries, models.SessionCancelled},
	{models.SessionCalled, "cancel", SetOf(models.RoleDirector), models.SessionCancelled},
	{models.SessionCalled, "open", secretaries, models.SessionOpen},
	{models.SessionOpen, "close", secretaries, models.SessionClosed},
}

// MatterMoves of a matter on its way.
var MatterMoves = []Move[models.MatterState]{
	{"", "draft", secretaries, models.MatterDraft},
	{models.MatterDraft, "publish", SetOf(models.RoleDirector, models.RoleViceDirector), models.MatterOpen},
	{models.MatterOpen, "change", secretaries, models.MatterOpen},
	{models.MatterOpen, "list", secretaries, models.MatterListed},
	{models.MatterListed, "unlist", secretaries, models.MatterOpen},
	{models.MatterListed, "decide", secretaries, models.MatterDecided},
	{models.MatterListed, "reject", secretaries, models.MatterRejected},
	{models.MatterDraft, "drop", secretaries, models.MatterDropped},
	{models.MatterOpen, "drop", SetOf(models.RoleDirector, models.RoleViceDirector), models.MatterDropped},
}

// secretaries operate the meeting; they decide nothing in it.
var secretaries = CommitteeRoles

// MayCallSession: ten civil days between the notice and the meeting, or an
// urgent ground that is recorded (art. 26: 遇有特殊情况的，可以临时通知); an
// agenda, a time and a place stand in the notice.
//
// The meeting is after the last day on which its matters may be commented on
// (comments; "" for none).
func MayCallSession(s models.AssemblySession, items int, comments models.Date, by Signer, day models.Date) error {
	if _, err := Next(SessionMoves, s.State, "call", by.Roles); err != nil {
		return err
	}
	var f problem.Form
	switch earliest := day.AddDays(NoticeDaysAssembly); {
	case s.Day < day:
		f.Add("day", "policy.session.past", nil)
	case s.Day < earliest && !s.Urgent:
		f.Add("day", "policy.session.notice", problem.Args{"date": earliest, "n": NoticeDaysAssembly})
	case s.Day < earliest && reasonGiven(s.UrgentGround) != nil:
		f.Add("urgent_ground", "policy.session.ground", nil)
	case !CommentsOver(comments, s, s.Day):
		f.Add("day", "policy.session.comments", problem.Args{"date": comments})
	}
	if items == 0 {
		f.Add("items", "policy.session.agenda", nil)
	}
	return f.Err()
}

// MayOpenSession: on its day, not before; a representatives' meeting keeps the
// share of art. 28.
func MayOpenSession(s models.AssemblySession, reps, total int, by Signer, day models.Date) error {
	if _, err := Next(SessionMoves, s.State, "open", by.Roles); err != nil {
		return err
	}
	if day < s.Day {
		return problem.New(problem.TooEarly, "policy.session.early", problem.Args{"date": s.Day})
	}
	if total == 0 {
		return problem.New(problem.Conflict, "policy.session.nobody", nil)
	}
	if s.Mode == models.ByReps && !RepsShareKept(reps, total) {
		return problem.New(problem.Conflict, "policy.session.share", problem.Args{"reps": reps, "of": total}).Because("art. 28")
	}
	return nil
}

// MatterDecider tells whether a meeting of the mode may decide a class: the
// representatives what is theirs by law or by an authorisation in force.
func MatterDecider(class models.MatterClass, mode models.DecisionMode, delegated []models.MatterClass) error {
	r, ok := MatterRuleOf(class)
	if !ok {
		return problem.New(problem.Invalid, "form.choose", nil)
	}
	switch mode {
	case models.ByGroup:
		if class == models.MatterCompound || class == models.MatterCovenant {
			return nil
		}
		return problem.New(problem.Conflict, "policy.matter.compound", nil).Because("a compound decides its own matters only")
	case models.ByReps:
		if r.Direct || slices.Contains(delegated, class) {
			return nil
		}
		return problem.New(problem.Conflict, "policy.matter.delegate", nil).Because("art. 30")
	case models.ByAdults, models.ByHouseholds:
		if class == models.MatterCompound {
			return problem.New(problem.Conflict, "policy.matter.compound", nil)
		}
		return nil
	}
	return problem.New(problem.Invalid, "form.choose", nil)
}

// CommentsOver tells whether everybody has had their say on a matter by the
// day: the last day of comments is a whole day. A meeting that was called at
// short notice does not wait for it; the ground of that is in its notice (art.
// 26).
func CommentsOver(until models.Date, s models.AssemblySession, day models.Date) bool {
	return day > until || s.Urgent && reasonGiven(s.UrgentGround) == nil
}

// MayVoteOn refuses to begin the vote on a matter: comments still open,
// unstudied where it must be (art. 30; rule 13), a comment without an answer,
// no quorum.
func MayVoteOn(m models.Matter, s models.AssemblySession, day models.Date) error {
	if s.State != models.SessionOpen {
		return problem.New(problem.Conflict, "policy.vote.session", nil)
	}
	if !CommentsOver(m.CommentUntil, s, day) {
		return problem.New(problem.TooEarly, "policy.vote.early", problem.Args{"date": m.CommentUntil}).Because("art. 30: everybody may comment before the vote")
	}
	if r, _ := MatterRuleOf(m.Class); r.Study && m.StudyAt == nil && s.Mode != models.ByGroup {
		return problem.New(problem.TooEarly, "policy.vote.study", nil).Because("art. 30; G3.13")
	}
	if open := m.Comments - m.Answered; open > 0 {
		return problem.New(problem.TooEarly, "policy.vote.comments", problem.Args{"n": open}).Because("each comment is answered before the vote")
	}
	if !QuorumMet(s.Mode, s.Present, s.Entitled) {
		return problem.New(problem.TooEarly, "policy.vote.quorum", problem.Args{"n": s.Present, "needed": QuorumNeeded(s.Mode, s.Entitled)}).Because("art. 27; art. 29")
	}
	return nil
}

// VoteFigures are the sums of a vote that is over.
type VoteFigures struct {
	Mode              models.DecisionMode
	Entitled, Present int
	Cast              int // marks
	Yes, No, Abstain  int
	Void              int
}

// Consistent: nobody's vote is counted without a mark, and no mark without a
// vote; nobody voted who was not there.
func (v VoteFigures) Consistent() bool {
	return v.Yes+v.No+v.Abstain+v.Void == v.Cast && v.Cast <= v.Present && v.Present <= v.Entitled && min(v.Yes, v.No, v.Abstain, v.Void) >= 0
}

// Passed: consistent, with quorum, and carried.
func (v VoteFigures) Passed() bool {
	return v.Consistent() && QuorumMet(v.Mode, v.Present, v.Entitled) && Carried(v.Yes, v.Present)
}

// OptionVotes are the votes for one option of a choice.
type OptionVotes struct {
	ID    models.ID
	Votes int
	Cost  models.Fen
}

// Choose decides a choice: those with more than half of the votes of those
// present, in the order of votes, up to the seats and within the budget (0: no
// limit). Who shares the votes at the last seat gets none of it.
func Choose(options []OptionVotes, present, seats int, budget models.Fen) []models.ID {
	order := slices.Clone(options)
	slices.SortStableFunc(order, func(a, b OptionVotes) int { return b.Votes - a.Votes })
	bodies := make([]models.BodyCandidate, len(order))
	for i, o := range order {
		bodies[i] = models.BodyCandidate{Tenant: models.Tenant{ID: o.ID}, Votes: o.Votes}
	}
	var chosen []models.ID
	left := budget
	for i, o := range order {
		if len(chosen) == seats || !Carried(o.Votes, present) || tiedAtEdge(bodies, i, seats) {
			continue
		}
		if budget > 0 && o.Cost > left {
			continue // what does not fit leaves room for the next that does
		}
		left -= o.Cost
		chosen = append(chosen, o.ID)
	}
	return chosen
}

// HalfYearDue is the last day by which a representatives' meeting must be held
// (art. 28: 每半年至少召开一次): the end of the half year of the day, or, when
// one was held in it, the end of the next.
func HalfYearDue(day models.Date, held []models.Date) models.Date {
	now := PeriodOf(models.RhythmHalfYear, day)
	for _, h := range held {
		if h >= now.First && h <= now.Last {
			return PeriodOf(models.RhythmHalfYear, now.Last.AddDays(1)).Last
		}
	}
	return now.Last
}

// HalfYearMissed tells whether a whole half year that is over, from the first
// one that counts, had no representatives' meeting.
func HalfYearMissed(day, since models.Date, held []models.Date) bool {
	before := PeriodOf(models.RhythmHalfYear, PeriodOf(models.RhythmHalfYear, day).First.AddDays(-1))
	if since == "" || since > before.First {
		return false
	}
	return !slices.ContainsFunc(held, func(h models.Date) bool { return h >= before.First && h <= before.Last })
}

// DefaultInterpellationDays: the law names no days to answer a representative;
// the place keeps those of a question about the books.
const DefaultInterpellationDays = DefaultInquiryDays

// CobuildPerYear is how many things a unit promises in a year (一至两件实事).
const CobuildPerYear = 2

// OwnersNoticeDays before an owners' meeting the residents' committee is told
// (property ordinance art. 14: 十五日).
const OwnersNoticeDays = 15
