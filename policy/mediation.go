package policy

import (
	"slices"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
)

// "Mediation Law" is the 人民调解法 of 2010; its days are law, all others here
// are local rules and say so.

// Relations to one mediation, computed for each. Whoever has none is told that
// there is no such thing.
const (
	RoleParty        models.Role = "party"
	RoleCaseMediator models.Role = "case_mediator"
	RoleIntake       models.Role = "mediation_intake" // finds a mediator for it
	RoleRegistrar    models.Role = "registrar"        // the committee's head: register and agreement (art. 27, 29)
)

var (
	party       = SetOf(RoleParty)
	caseMed     = SetOf(RoleCaseMediator)
	intakeMed   = SetOf(RoleIntake)
	registrar   = SetOf(RoleRegistrar)
	partyOrMed  = party | caseMed
	underWay    = []models.MediationState{models.MediationChoosing, models.MediationOpen, models.MediationDrafted}
	tryAgain    = []models.MediationState{models.MediationFailed, models.MediationStopped, models.MediationRefused, models.MediationBroken}
	beforeTalks = []models.MediationState{models.MediationRequested, models.MediationInvited}
)

type mediationMove = Move[models.MediationState]

// MediationMoves of one mediation (Mediation Law ch. 4 and 5). A party's act may
// be recorded at the desk by the mediator, never decided by them: what is
// counted is each party's own yes (MediationNext).
var MediationMoves = slices.Concat(
	[]mediationMove{
		{"", "request", SetOf(RolePerson, models.RoleMediator), models.MediationRequested}, // art. 17
		{"", "suggest", SetOf(RoleHolder), models.MediationSuggested},                      // art. 17: the committee may offer it
		{models.MediationSuggested, "agree", party, models.MediationRequested},
		{models.MediationSuggested, "refuse", party, models.MediationWithdrawn},
		{models.MediationRequested, "withdraw", party, models.MediationWithdrawn},
		{models.MediationRequested, "decline", caseMed, models.MediationDeclined},
		{models.MediationRequested, "invite", caseMed, models.MediationInvited},
		{models.MediationInvited, "consent", partyOrMed, models.MediationInvited},
		{models.MediationInvited, "all_consent", partyOrMed, models.MediationChoosing},
		{models.MediationInvited, "refuse", partyOrMed, models.MediationRefused}, // art. 17, 23(2)
		{models.MediationChoosing, "accept", partyOrMed, models.MediationChoosing},
		{models.MediationChoosing, "all_accept", partyOrMed, models.MediationOpen}, // art. 23(1)
		{models.MediationOpen, "draft", caseMed, models.MediationDrafted},
		{models.MediationDrafted, "draft", caseMed, models.MediationDrafted}, // new words: every yes is asked anew
		{models.MediationDrafted, "object", partyOrMed, models.MediationOpen},
		{models.MediationDrafted, "approve", partyOrMed, models.MediationDrafted},
		{models.MediationDrafted, "sign", partyOrMed, models.MediationDrafted},
		{models.MediationDrafted, "seal", registrar | caseMed, models.MediationDrafted},
		{models.MediationDrafted, "effect", partyOrMed | registrar, models.MediationEffective}, // art. 29, 30
		{models.MediationEffective, "report", partyOrMed, models.MediationEffective},
		{models.MediationEffective, "settle", partyOrMed, models.MediationEffective},
		{models.MediationEffective, "fulfil", partyOrMed, models.MediationFulfilled},
		{models.MediationEffective, "court", partyOrMed, models.MediationEffective},
		{models.MediationEffective, "broken", partyOrMed, models.MediationBroken},
		{models.MediationEffective, "again", partyOrMed, models.MediationInvited}, // art. 33: another agreement
	},
	mediationFrom(underWay, "stop", partyOrMed, models.MediationStopped),                                                           // art. 23(2)
	mediationFrom([]models.MediationState{models.MediationOpen, models.MediationDrafted}, "fail", caseMed, models.MediationFailed), // art. 26
	mediationFrom(tryAgain, "again", party, models.MediationInvited),
	mediationStay(beforeTalks, "take", intakeMed),
	mediationStay(slices.Concat(beforeTalks, []models.MediationState{models.MediationChoosing}), "assign", intakeMed|registrar),
	mediationStay([]models.MediationState{models.MediationRequested, models.MediationInvited, models.MediationChoosing}, "propose", party),
	mediationFrom([]models.MediationState{models.MediationOpen, models.MediationDrafted, models.MediationChoosing}, "refuse_mediator", partyOrMed, models.MediationChoosing),
	mediationStay(beforeTalks, "refuse_mediator", partyOrMed),
	mediationFrom([]models.MediationState{models.MediationOpen, models.MediationDrafted, models.MediationChoosing}, "step_aside", caseMed, models.MediationChoosing), // rule 9
	mediationStay(append(slices.Clone(beforeTalks), models.MediationEffective), "step_aside", caseMed),
	mediationStay([]models.MediationState{models.MediationRequested, models.MediationInvited, models.MediationChoosing, models.MediationOpen, models.MediationDrafted, models.MediationEffective}, "note", caseMed),
	mediationStay(beforeTalks, "party", caseMed),
	mediationStay([]models.MediationState{models.MediationOpen, models.MediationDrafted}, "say", partyOrMed),
	mediationStay([]models.MediationState{models.MediationOpen}, "point", caseMed),
	mediationStay([]models.MediationState{models.MediationOpen}, "propose_terms", partyOrMed),
	mediationStay([]models.MediationState{models.MediationOpen, models.MediationDrafted}, "sitting", caseMed),
	mediationStay([]models.MediationState{models.MediationOpen, models.MediationDrafted}, "waive", partyOrMed),
	mediationStay([]models.MediationState{models.MediationDrafted, models.MediationEffective}, "paper", caseMed),
)

func mediationFrom(states []models.MediationState, action string, roles RoleSet, to models.MediationState) []mediationMove {
	moves := make([]mediationMove, len(states))
	for i, s := range states {
		moves[i] = mediationMove{s, action, roles, to}
	}
	return moves
}

func mediationStay(states []models.MediationState, action string, roles RoleSet) []mediationMove {
	moves := make([]mediationMove, len(states))
	for i, s := range states {
		moves[i] = mediationMove{s, action, roles, s}
	}
	return moves
}

// MediationActs are the acts of these relations in a state: what to offer.
func MediationActs(s models.MediationState, relations RoleSet) []string {
	var acts []string
	for _, m := range MediationMoves {
		if m.From == s && m.Roles.Any(relations) && !slices.Contains(acts, m.Action) {
			acts = append(acts, m.Action)
		}
	}
	return acts
}

// MediationReader is what somebody is to one mediation today; the store finds
// the facts.
type MediationReader struct {
	Party    bool // and was asked, or asks: before that nothing exists for them
	Conflict bool // a relative, of the household, or kept away from the case behind it
	Handles  bool // mediation handle
	Heads    bool // mediation register
	Serves   bool // is a mediator of this one
	Headless bool // nobody without a conflict heads the committee
}

// MediationRelations are what the reader is to a mediation; empty: for them it
// does not exist. A party is nothing else, a relative nothing at all (rule 9;
// Mediation Law art. 15, 23). mediators counts those who serve.
func MediationRelations(m models.Mediation, r MediationReader, mediators int) RoleSet {
	if r.Party {
		return party
	}
	if r.Conflict || m.State == models.MediationSuggested || m.State == models.MediationWithdrawn {
		return 0
	}
	var s RoleSet
	if r.Handles && r.Serves {
		s |= caseMed
	}
	if r.Heads {
		s |= registrar
	}
	seeking := mediators == 0 && (slices.Contains(beforeTalks, m.State) || m.State == models.MediationChoosing)
	if seeking && (r.Heads || r.Handles && r.Headless) {
		s |= intakeMed
	}
	return s
}

// ReadsMediation tells whether a reader reads what was written for an audience.
// The head of the committee reads no talks.
func ReadsMediation(a models.MediationAudience, relations RoleSet, side models.MediationSide) bool {
	switch {
	case relations.Has(RoleCaseMediator):
		return true
	case !relations.Has(RoleParty):
		return false
	case a == models.ForAll:
		return true
	}
	return string(a) == string(side) && side != ""
}

// AllConsent: nobody is mediated who has not said yes (art. 17, 23).
func AllConsent(parties []models.MediationParty) bool {
	return bothSides(parties) && all(parties, func(p models.MediationParty) bool { return p.Consent == models.ConsentGiven })
}

// AllAccept: a mediator is one whom every party chose or accepted (art. 19, 23).
func AllAccept(parties []models.MediationParty, mediators int) bool {
	return mediators > 0 && AllConsent(parties) && all(parties, func(p models.MediationParty) bool { return p.AcceptedAt != nil })
}

// AllApprove: an agreement is made by every party's own yes to its words
// (art. 23(4)).
func AllApprove(parties []models.MediationParty, version int) bool {
	return version > 0 && AllConsent(parties) && all(parties, func(p models.MediationParty) bool { return p.Approved == version })
}

func all(parties []models.MediationParty, is func(models.MediationParty) bool) bool {
	return len(parties) > 0 && !slices.ContainsFunc(parties, func(p models.MediationParty) bool { return !is(p) })
}

func bothSides(parties []models.MediationParty) bool {
	of := func(side models.MediationSide) bool {
		return slices.ContainsFunc(parties, func(p models.MediationParty) bool { return p.Side == side })
	}
	return of(models.SideAsker) && of(models.SideOther)
}

// EffectiveDay is the day from which an agreement binds; "" while something is
// missing. A written one: when every party, the mediator and the committee's
// seal are under it (art. 29); an oral one: when all parties agreed (art. 30).
func EffectiveDay(m models.Mediation, parties []models.MediationParty, signed []models.MediationSignature) models.Date {
	if !AllApprove(parties, m.Version) {
		return ""
	}
	var last models.Date
	if m.Form == models.AgreementOral {
		for _, p := range parties {
			if p.ApprovedAt == nil {
				return ""
			}
			last = max(last, models.DateOf(*p.ApprovedAt))
		}
		return last
	}
	has := func(signer models.MediationSigner, ref models.ID) bool {
		for _, s := range signed {
			if s.Version == m.Version && s.Signer == signer && (ref == 0 || s.RefID == ref) {
				last = max(last, s.Day)
				return true
			}
		}
		return false
	}
	for _, p := range parties {
		if !has(models.SignedByParty, p.ID) {
			return ""
		}
	}
	if !has(models.SignedByMediator, 0) || !has(models.SignedBySeal, 0) {
		return ""
	}
	return last
}

// MayESign: the residents' street must have allowed it, and the law must: not
// for family status (Electronic Signature Law art. 3, 13, 14).
func MayESign(category string, allowed bool) bool {
	c := MediationCategoryOf(category)
	return allowed && c != nil && !c.Personal
}

// MediationCategory is a kind of dispute.
type MediationCategory struct {
	Code     string
	Personal bool // touches marriage, adoption, inheritance: no electronic signature
}

// MediationCategories in the order of the form: civil disputes (art. 2).
var MediationCategories = []MediationCategory{
	{"neighbour", false}, {"noise", false}, {"family", true}, {"housing", false}, {"property", false},
	{"damage", false}, {"contract", false}, {"labour", false}, {"consumer", false}, {"other", false},
}

// MediationCategoryOf is one of them; nil for none.
func MediationCategoryOf(code string) *MediationCategory {
	for i := range MediationCategories {
		if MediationCategories[i].Code == code {
			return &MediationCategories[i]
		}
	}
	return nil
}

// MayWriteMediation refuses words that say nothing.
func MayWriteMediation(text string) error {
	if len([]rune(strings.TrimSpace(text))) >= leastReason {
		return nil
	}
	var f problem.Form
	f.Add("text", "policy.reason", problem.Args{"n": leastReason})
	return f.Err()
}
