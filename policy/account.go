package policy

import (
	"math"
	"slices"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
)

// Signer is a person about to decide something.
type Signer struct {
	UserID    models.ID
	PersonKey string    // the resident behind the login where known, else the login
	Roles     RoleSet   // in this community, today
	DeputyFor models.ID // the ill holder of the post, when acting as recorded deputy
	// Relatives are the person keys of near relatives, as far as declared.
	Relatives []string
}

// is tells whether a recorded person is the signer: by the login or by the
// person behind it, since one person may have two logins and two posts.
func (s Signer) is(user models.ID, personKey string) bool {
	return user != 0 && user == s.UserID || personKey != "" && personKey == s.PersonKey
}

// stepRole is the post that takes each step (rule 6).
var stepRole = map[models.SignStep]models.Role{
	models.StepClerk:      models.RoleClerk,
	models.StepDirector:   models.RoleDirector,
	models.StepSupervisor: models.RoleSupervisor,
}

// NextStep is the step that a month waits for after these signatures of the
// current round; "" when all three are there.
func NextStep(signatures []models.AccountSignature) models.SignStep {
	for _, step := range models.SignSteps {
		if !slices.ContainsFunc(signatures, func(s models.AccountSignature) bool { return s.Step == step }) {
			return step
		}
	}
	return ""
}

// PaidClaim is a claim line that stands in the month to be signed.
type PaidClaim struct {
	UserID    models.ID // who asked for the money
	PersonKey string
	DecidedBy models.ID
	State     models.ClaimState
}

// Signing is one signature about to be given to a month.
type Signing struct {
	Account  models.AccountMonth
	Step     models.SignStep
	By       Signer
	Day      models.Date
	Earlier  []models.AccountSignature // of the current round
	Deputies []models.Appointment      // the signer's recorded posts as a deputy
	Claims   []PaidClaim
}

// MaySign refuses a signature under a month's account unless it is the next of
// clerk → director → supervision committee, given by a third, second or first
// different person who holds the post (rules 1, 5, 6, 15). A recorded deputy
// may stand in for one ill signer, once in the chain.
func MaySign(s Signing) error {
	role, known := stepRole[s.Step]
	if !known || s.Account.State != models.AccountDraft && s.Account.State != models.AccountSigning {
		return problem.New(problem.Conflict, "policy.sign.state", nil).Because("G3.6")
	}
	earlier := slices.DeleteFunc(slices.Clone(s.Earlier), func(e models.AccountSignature) bool { return e.Round != s.Account.Round })
	if next := NextStep(earlier); next != s.Step {
		return problem.New(problem.Conflict, "policy.sign.order", nil).Because("G3.6 next is " + string(next))
	}
	if !s.By.Roles.Has(role) {
		return problem.New(problem.Forbidden, "policy.sign.post", nil).Because("G3.6 " + string(role))
	}
	for _, e := range earlier {
		if s.By.is(e.UserID, e.PersonKey) {
			return problem.New(problem.Conflict, "policy.sign.same", nil).Because("G3.6 three different people")
		}
	}
	if err := apart(s.Step, s.By, earlier); err != nil {
		return err
	}
	if err := mayStandIn(s, role, earlier); err != nil {
		return err
	}
	for _, c := range s.Claims {
		if c.State != models.ClaimApproved && c.State != models.ClaimPosted {
			return problem.New(problem.Conflict, "policy.sign.claim_open", nil).Because("C2")
		}
		if c.UserID != 0 && c.UserID == c.DecidedBy {
			return problem.New(problem.Conflict, "policy.sign.claim_own", nil).Because("G3.5")
		}
	}
	return nil
}

// apart keeps posts and families apart along the chain (rules 1 and 15).
func apart(step models.SignStep, by Signer, earlier []models.AccountSignature) error {
	if step == models.StepSupervisor && by.Roles.Any(CommitteeRoles) {
		return problem.New(problem.Forbidden, "policy.sign.committee", nil).Because("G3.1 art. 36")
	}
	if step == models.StepDirector && by.Roles.Has(models.RoleClerk) || step == models.StepClerk && by.Roles.Has(models.RoleDirector) {
		return problem.New(problem.Forbidden, "policy.sign.director_clerk", nil).Because("G3.15")
	}
	for _, e := range earlier {
		if e.PersonKey != "" && slices.Contains(by.Relatives, e.PersonKey) {
			rule := "G3.15"
			if step == models.StepSupervisor {
				rule = "G3.1 art. 36"
			}
			return problem.New(problem.Forbidden, "policy.sign.relative", nil).Because(rule)
		}
	}
	return nil
}

// mayStandIn checks a deputy: recorded for this post and this day, the only
// deputy of the chain, and not beside the person stood in for.
func mayStandIn(s Signing, role models.Role, earlier []models.AccountSignature) error {
	if s.By.DeputyFor == 0 {
		return nil
	}
	recorded := slices.ContainsFunc(s.Deputies, func(a models.Appointment) bool {
		return a.UserID == s.By.UserID && a.DeputyFor == s.By.DeputyFor && a.Role == role && a.Until != "" && a.Holds(s.Day)
	})
	if !recorded || s.By.DeputyFor == s.By.UserID {
		return problem.New(problem.Forbidden, "policy.deputy.unrecorded", nil).Because("deputy")
	}
	for _, e := range earlier {
		if e.DeputyFor != 0 || e.UserID == s.By.DeputyFor {
			return problem.New(problem.Conflict, "policy.deputy.twice", nil).Because("one deputy in a chain")
		}
	}
	return nil
}

// NeedsStreet tells whether the street decides a claim line: it is above the
// threshold ("up to" includes it), or the claimant is the director, who would
// otherwise decide about the own money (rule 5).
func NeedsStreet(amount, threshold models.Fen, claimant RoleSet) bool {
	return amount > threshold || claimant.Has(models.RoleDirector)
}

// MayApproveLine refuses a decision about a claim line by the wrong office, a
// second decision, and a decision about the own money. line.Street was fixed
// by NeedsStreet when the claim was handed in, so that a threshold changed
// later moves nothing.
func MayApproveLine(claim models.Claim, line models.ClaimLine, by Signer) error {
	if line.State != models.ClaimOpen {
		return problem.New(problem.Conflict, "policy.claim.decided", nil).Because("C2")
	}
	if line.AmountFen <= 0 {
		return problem.New(problem.Invalid, "policy.claim.amount", nil)
	}
	if by.is(claim.UserID, claim.PersonKey) {
		return problem.New(problem.Forbidden, "policy.claim.own", nil).Because("G3.5")
	}
	if line.Street && !by.Roles.Has(models.RoleStreet) {
		return problem.New(problem.Forbidden, "policy.claim.street", nil).Because("C2 above the threshold")
	}
	if !line.Street && !by.Roles.Has(models.RoleDirector) {
		return problem.New(problem.Forbidden, "policy.claim.director", nil).Because("C2 up to the threshold")
	}
	return nil
}

// add is a sum that says when it leaves the numbers there are.
func add(a, b models.Fen) (models.Fen, bool) {
	if b > 0 && a > math.MaxInt64-b || b < 0 && a < math.MinInt64-b {
		return 0, false
	}
	return a + b, true
}

// MonthBalances refuses a month whose entries do not add up to its totals, or
// whose opening + income − expense is not its closing.
func MonthBalances(m models.AccountMonth, entries []models.AccountEntry) error {
	var income, expense models.Fen
	ok := m.ExpenseFen != math.MinInt64
	for _, e := range entries {
		if e.Change == models.ChangeRemoved {
			continue // stands in the list, not in the sum
		}
		var in, out bool
		income, in = add(income, e.IncomeFen)
		expense, out = add(expense, e.ExpenseFen)
		ok = ok && in && out
	}
	if !ok || income != m.IncomeFen || expense != m.ExpenseFen {
		return problem.New(problem.Invalid, "policy.account.sum", problem.Args{"month": m.Month})
	}
	closing, in := add(m.OpeningFen, m.IncomeFen)
	closing, out := add(closing, -m.ExpenseFen)
	if !in || !out || closing != m.ClosingFen {
		return problem.New(problem.Invalid, "policy.account.balance",
			problem.Args{"month": m.Month, "difference": m.ClosingFen - closing})
	}
	return nil
}

// MonthFollows refuses a month that does not begin with what was left at the
// end of the month before.
func MonthFollows(before, m models.AccountMonth) error {
	if before.Month.Add(1) != m.Month || before.ClosingFen != m.OpeningFen {
		return problem.New(problem.Invalid, "policy.account.carried",
			problem.Args{"month": m.Month, "closing": before.ClosingFen, "opening": m.OpeningFen})
	}
	return nil
}

// Publication is a month about to be published.
type Publication struct {
	Account    models.AccountMonth
	Before     *models.AccountMonth // the standing version of the month before; nil: none
	Standing   *models.AccountMonth // the published version of the same month; nil: none
	First      bool                 // the community has published no month yet
	Signatures []models.AccountSignature
	Day        models.Date
}

// MayPublishMonth: after the month is over, after the month before it, once —
// or as the next version with a reason — and with three signatures of the
// current round by three different people (rule 6; art. 34: in time and true).
func MayPublishMonth(p Publication) error {
	m := p.Account
	if p.Day <= m.Month.Last() {
		return problem.New(problem.TooEarly, "policy.account.month_running", problem.Args{"date": m.Month.Last().AddDays(1)})
	}
	if m.State != models.AccountSigning {
		return problem.New(problem.Conflict, "policy.account.state", nil)
	}
	if err := mayBeVersion(m, p.Standing); err != nil {
		return err
	}
	if p.Before == nil && !p.First && p.Standing == nil {
		return problem.New(problem.TooEarly, "policy.account.before", problem.Args{"month": m.Month.Add(-1)})
	}
	if p.Before != nil {
		if err := MonthFollows(*p.Before, m); err != nil {
			return err
		}
	}
	return fullySigned(m, p.Signatures)
}

// mayBeVersion: the first version stands alone, a later one corrects the one
// that stands and says why.
func mayBeVersion(m models.AccountMonth, standing *models.AccountMonth) error {
	if standing == nil {
		if m.Version != 1 {
			return problem.New(problem.Conflict, "policy.account.state", nil).Because("G3.11")
		}
		return nil
	}
	if m.Version != standing.Version+1 || m.Month != standing.Month {
		return problem.New(problem.Conflict, "policy.account.once", problem.Args{"month": m.Month}).Because("G3.11")
	}
	return MayCorrect(*standing, m.Reason)
}

func fullySigned(m models.AccountMonth, signatures []models.AccountSignature) error {
	users, people := map[models.ID]bool{}, map[string]bool{}
	var current []models.AccountSignature
	for _, s := range signatures {
		if s.Round != m.Round || s.AccountID != m.ID {
			continue
		}
		if users[s.UserID] || people[s.PersonKey] || s.Role != stepRole[s.Step] {
			return problem.New(problem.Conflict, "policy.sign.same", nil).Because("G3.6 three different people")
		}
		users[s.UserID], people[s.PersonKey] = true, true
		current = append(current, s)
	}
	if next := NextStep(current); next != "" {
		return problem.New(problem.Conflict, "policy.account.unsigned", nil).Because("G3.6 next is " + string(next))
	}
	return nil
}

// DisplayUntil is the last day something published on the day stays on the
// board: the setting, never less than 15 days, the first not counted (art. 34;
// Civil Code art. 201).
func DisplayUntil(published models.Date, days int) models.Date {
	return published.AddDays(max(days, models.LeastDisplayDays))
}

// MayRemovePublished: nothing leaves the board before its display ends
// (rule 11; art. 34).
func MayRemovePublished(displayUntil, day models.Date) error {
	if day <= displayUntil {
		return problem.New(problem.TooEarly, "policy.published.display", problem.Args{"date": displayUntil}).Because("G3.11 art. 34")
	}
	return nil
}

// MayCorrect: only what is published and stands is corrected, by a new version
// that gives its reason (rule 11).
func MayCorrect(standing models.AccountMonth, reason string) error {
	if standing.State != models.AccountPublished {
		return problem.New(problem.Conflict, "policy.account.not_standing", nil).Because("G3.11")
	}
	return reasonGiven(reason)
}

// leastReason in characters: "错了" explains nothing to a reader.
const leastReason = 4

func reasonGiven(reason string) error {
	if len([]rune(strings.TrimSpace(reason))) < leastReason {
		var f problem.Form
		f.Add("reason", "policy.reason", problem.Args{"n": leastReason})
		return f.Err()
	}
	return nil
}

// MayWithdraw: the one exception to "published things never change" is
// personal data published by mistake (PIPL art. 47, 51). The words go, the
// figures stay; which words, and why, is said.
func MayWithdraw(m models.AccountMonth, fields []string, reason string) error {
	if m.State != models.AccountPublished && m.State != models.AccountSuperseded {
		return problem.New(problem.Conflict, "policy.account.not_published", nil).Because("G3.11")
	}
	if len(fields) == 0 {
		return problem.New(problem.Invalid, "policy.withdraw.fields", nil)
	}
	for _, f := range fields {
		if !slices.Contains(WithdrawnFields, f) {
			return problem.New(problem.Forbidden, "policy.withdraw.figures", nil).Because("G3.11 " + f)
		}
	}
	return reasonGiven(reason)
}

// WithdrawnFields of an entry may hold personal data; amounts, days, funds and
// categories never do.
var WithdrawnFields = []string{"purpose", "note", "names", "receipt"}
