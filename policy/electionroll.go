package policy

import (
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// Registrant is somebody about to be registered (art. 16).
type Registrant struct {
	Birth     models.Date
	Basis     models.VoterBasis
	Since     models.Date // lives or works here since
	Evidence  string
	Deprived  bool // deprived of political rights by law
	Confirmed bool // by the electoral committee
}

// MonthsAgo is the day so many months before the day. Where that month is
// shorter its last day counts, so that nobody's half year takes longer in February.
func MonthsAgo(day models.Date, months int) models.Date {
	t := day.Time()
	first := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, models.Shanghai).AddDate(0, -months, 0)
	last := first.AddDate(0, 1, -1).Day()
	return models.DateOf(first.AddDate(0, 0, min(t.Day(), last)-1))
}

// OfAge tells whether somebody is eighteen on the day that counts (art. 16):
// who has the eighteenth birthday on that day is.
func OfAge(birth, day models.Date, rules Rules) bool {
	if !birth.Valid() {
		return false
	}
	turns := models.DateOf(birth.Time().AddDate(rules.Int("age.least"), 0, 0))
	return turns <= day
}

// AgeDay is the day on which age is counted.
func AgeDay(e *models.Election, today models.Date, rules Rules) models.Date {
	if rules.Choice("age.count") == "registration" {
		return today
	}
	return e.Day
}

// MayRegister refuses somebody the law does not let register (art. 16), each
// reason in its field.
func MayRegister(r Registrant, ageDay, day models.Date, rules Rules) error {
	var f problem.Form
	if !OfAge(r.Birth, ageDay, rules) {
		f.Add("birth", "election.register.age", problem.Args{"n": rules.Int("age.least"), "date": ageDay})
	}
	if r.Deprived {
		f.Add("basis", "election.register.deprived", nil)
	}
	months := 0
	switch r.Basis {
	case models.BasisDomicile:
	case models.BasisHabitual:
		months = rules.Int("residence.months")
	case models.BasisWorker:
		months = rules.Int("worker.months")
	default:
		f.Add("basis", "form.choose", nil)
	}
	if months > 0 {
		if !r.Since.Valid() || r.Since > MonthsAgo(day, months) {
			f.Add("since", "election.register.months", problem.Args{"n": months})
		}
		if r.Evidence == "" {
			f.Add("evidence", "election.register.evidence", nil)
		}
	}
	return f.Err()
}

// NeedsConfirmation: who is not registered here by domicile is confirmed by the
// electoral committee, because papers must be looked at (art. 16).
func NeedsConfirmation(basis models.VoterBasis) bool { return basis != models.BasisDomicile }

// MayJoinLate tells whether somebody may still come on the roll (the law is
// silent after publication; the pack says: none, by objection, or until the day).
func MayJoinLate(e *models.Election, rules Rules, byObjection bool) error {
	if !ElectionReached(e.State, models.ElectionRoll) {
		return nil
	}
	late := rules.Choice("roll.late")
	switch {
	case ElectionReached(e.State, models.ElectionVoting):
	case late == "day", late == "objection" && byObjection && !ElectionReached(e.State, models.ElectionFrozen):
		return nil
	}
	return problem.New(problem.TooLate, "election.register.late", nil).Because("pack roll.late=" + late)
}

// MayObject: within the time the law gives (art. 17).
func MayObject(e *models.Election, today models.Date) error {
	if e.RollAt == nil {
		return problem.New(problem.TooEarly, "election.object.early", nil).Because("art. 17")
	}
	if today > e.ObjectUntil || e.State != models.ElectionRoll {
		return problem.New(problem.TooLate, "election.object.late", problem.Args{"date": e.ObjectUntil}).Because("art. 17")
	}
	return nil
}

// ProxyAllowed: never where representatives vote (art. 19).
func ProxyAllowed(mode models.ElectionMode, rules Rules) bool {
	return mode != models.ModeReps && rules.Bool("proxy.allowed")
}

// Mandate is a proxy about to be registered.
type Mandate struct {
	Principal, Proxy models.Voter
	ProxyCandidate   bool // the proxy stands in this election
	ProxyDelegated   bool // the proxy has given the own vote away: no sub-delegation
	PrincipalProxy   int  // mandates the principal holds for others
	Relative         bool // declared near relatives
	Reason           string
}

// MayDelegate refuses a mandate (art. 19; rule 4): written, absent in the
// election period, another voter of this community, at most three, no
// candidates, none where representatives vote.
func MayDelegate(m Mandate, e *models.Election, today models.Date, rules Rules) error {
	no := func(kind problem.Kind, key string, args problem.Args) error {
		return problem.New(kind, key, args).Because("art. 19, G3.4")
	}
	last := Latest(e.Day, rules.Int("proxy.days"))
	switch {
	case !ProxyAllowed(e.Mode, rules):
		return no(problem.Forbidden, "election.proxy.mode", nil)
	case !ElectionReached(e.State, models.ElectionFrozen):
		return no(problem.TooEarly, "election.proxy.early", nil)
	case ElectionReached(e.State, models.ElectionVoting) || today > last:
		return no(problem.TooLate, "election.proxy.late", problem.Args{"date": last})
	case m.Principal.State != models.VoterDeclared || !m.Principal.Elector:
		return no(problem.Forbidden, "election.claim.notvoter", nil)
	}
	var f problem.Form
	switch {
	case m.Proxy.ID == m.Principal.ID:
		f.Add("proxy", "election.proxy.self", nil)
	case m.Proxy.State != models.VoterDeclared || !m.Proxy.Elector:
		f.Add("proxy", "election.proxy.notvoter", nil)
	case m.ProxyCandidate:
		f.Add("proxy", "election.proxy.candidate", nil)
	case m.ProxyDelegated:
		f.Add("proxy", "election.proxy.sub", nil)
	case m.Proxy.Proxies >= rules.Int("proxy.most"):
		f.Add("proxy", "election.proxy.full", problem.Args{"n": rules.Int("proxy.most")})
	case rules.Choice("proxy.who") == "relative" && !m.Relative:
		f.Add("proxy", "election.proxy.relative", nil)
	}
	if m.PrincipalProxy > 0 {
		f.Add("proxy", "election.proxy.holds", nil)
	}
	if len([]rune(m.Reason)) < 2 {
		f.Add("reason", "election.proxy.reason", nil)
	}
	return f.Err()
}
