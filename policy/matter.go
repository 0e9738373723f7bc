package policy

import (
	"slices"
	"strings"

	"juwu/models"
)

// MatterRule says who decides a class of matters, and by which articles.
type MatterRule struct {
	Class    models.MatterClass
	Articles []string // by key: "art30"
	// Direct: the representatives' meeting decides it by itself. Otherwise it
	// is for the residents' meeting, which may authorise the representatives
	// (art. 30) where Delegable says so.
	Direct    bool
	Delegable bool
	Study     bool // studied by the party branch before it goes to a vote (art. 30; rule 13)
	Guards    bool // money, contracts and fundraising of this class ask for the decision's number
}

// MatterRules in the order of the pages: the six of the place's own rules, then
// the law's list.
var MatterRules = []MatterRule{
	{models.MatterPlan, []string{"seed6", "art30"}, false, true, true, true},
	{models.MatterMembers, []string{"seed6", "art21", "art24"}, true, false, true, false},
	{models.MatterFunds, []string{"seed6", "art42"}, false, true, true, true},
	{models.MatterEconomy, []string{"seed6", "art30"}, false, true, true, true},
	{models.MatterProject, []string{"seed6", "art30"}, false, true, true, true},
	{models.MatterOther, []string{"seed6", "art30"}, true, false, true, false},
	{models.MatterCharter, []string{"art30", "art31"}, false, true, true, false},
	{models.MatterCovenant, []string{"art30", "art31"}, false, true, true, false},
	{models.MatterReport, []string{"art30"}, false, true, true, false},
	{models.MatterAppraisal, []string{"art30", "art37"}, true, false, true, false},
	{models.MatterImportant, []string{"art30"}, false, true, true, false},
	{models.MatterDelegate, []string{"art30"}, false, false, true, false},
	{models.MatterRevoke, []string{"art30"}, true, false, true, false},
	{models.MatterElectoral, []string{"art15"}, true, false, true, false},
	{models.MatterSupervision, []string{"art36"}, true, false, true, false},
	{models.MatterResignation, []string{"art21"}, true, false, true, false},
	{models.MatterAudit, []string{"art38"}, true, false, false, false},
	{models.MatterAdmission, []string{"art43"}, true, false, true, false},
	{models.MatterCompound, []string{"art32"}, false, false, false, false},
}

// MajorMatters are the six that the place's own rules name (重大事项).
var MajorMatters = []models.MatterClass{
	models.MatterPlan, models.MatterMembers, models.MatterFunds, models.MatterEconomy, models.MatterProject, models.MatterOther,
}

// MatterRuleOf finds the rule of a class; ok is false for one that no meeting
// decides.
func MatterRuleOf(class models.MatterClass) (MatterRule, bool) {
	i := slices.IndexFunc(MatterRules, func(r MatterRule) bool { return r.Class == class })
	if i < 0 {
		return MatterRule{}, false
	}
	return MatterRules[i], true
}

// ChoosesFor tells that a matter of the class may be about a body of the kind:
// the electoral committee is chosen by a matter of its own class (art. 15), and
// so is the supervision committee (art. 36).
func ChoosesFor(class models.MatterClass, kind models.BodyKind) bool {
	switch class {
	case models.MatterElectoral:
		return kind == models.BodyElectoral
	case models.MatterSupervision:
		return kind == models.BodySupervision
	}
	return true
}

// GuardedClasses are those whose money asks for a decision.
func GuardedClasses() []models.MatterClass {
	var all []models.MatterClass
	for _, r := range MatterRules {
		if r.Guards {
			all = append(all, r.Class)
		}
	}
	return all
}

// Covers tells whether a decision is one by which a matter of the class may be
// carried out on the day: published or not, but not taken back, of that class,
// or of a class that contains it (the year's budget contains single uses of
// public-good funds that stand in it).
func Covers(d models.Decision, class models.MatterClass) bool {
	return d.RevokedByID == 0 && (d.Class == class || d.Class == models.MatterPlan && class == models.MatterFunds)
}

// CoversMoney tells whether so much more may be spent or promised under the
// decision: what it allows is not exceeded. A decision without an amount sets
// no limit of its own.
func CoversMoney(d models.Decision, used, more models.Fen) bool {
	return d.MoneyFen == 0 || more >= 0 && used <= d.MoneyFen && more <= d.MoneyFen-used
}

// Delegated are the classes that an authorising decision gives to the
// representatives' meeting.
func Delegated(d models.Decision) []models.MatterClass {
	if d.Class != models.MatterDelegate || d.RevokedByID != 0 {
		return nil
	}
	var all []models.MatterClass
	for _, c := range strings.Fields(d.Covers) {
		if r, ok := MatterRuleOf(models.MatterClass(c)); ok && r.Delegable {
			all = append(all, r.Class)
		}
	}
	return all
}
