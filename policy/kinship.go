package policy

import (
	"slices"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
)

// Kins in the order of a form.
var Kins = []models.Kin{models.KinSpouse, models.KinParent, models.KinChild, models.KinSibling,
	models.KinGrandparent, models.KinGrandchild, models.KinOther}

// nearKin are the near relatives of the Civil Code, art. 1045: spouse, parents,
// children, siblings, grandparents and grandchildren of both sides. Art. 8, 15
// and 36 use the word without an own definition.
var nearKin = []models.Kin{models.KinSpouse, models.KinParent, models.KinChild, models.KinSibling,
	models.KinGrandparent, models.KinGrandchild}

// CoreKin are spouse, parents, children and siblings: the narrower list by
// which Zhejiang's village rules (art. 31) settle who of two elected relatives
// stays. An election's rule set chooses between this and NearRelative.
var CoreKin = []models.Kin{models.KinSpouse, models.KinParent, models.KinChild, models.KinSibling}

// NearRelative tells whether the law's rules for near relatives (近亲属) apply.
func NearRelative(k models.Kin) bool { return slices.Contains(nearKin, k) }

// InverseKin is the same relation seen from the other side.
func InverseKin(k models.Kin) models.Kin {
	switch k {
	case models.KinParent:
		return models.KinChild
	case models.KinChild:
		return models.KinParent
	case models.KinGrandparent:
		return models.KinGrandchild
	case models.KinGrandchild:
		return models.KinGrandparent
	}
	return k
}

// KeptApart is the rule by which near relatives may not hold these posts at
// once; "" if they may (art. 8, 36; rule 15).
func KeptApart(one, other RoleSet) string { return conflict(keptApart, one, other) }

// MayKnowKinship refuses to write down a relation that cannot be, or that the
// actor may not: everybody declares their own; what others say about two people
// rests on a paper, and none of the two writes it down.
func MayKnowKinship(k models.Kinship, by models.Someone, day models.Date) error {
	var f problem.Form
	if !slices.Contains(Kins, k.Kin) {
		f.Add("kin", "form.choose", nil)
	}
	if k.From != "" && (!k.From.Valid() || k.From > day) {
		f.Add("from", "policy.kinship.from", nil)
	}
	if k.Source == models.KinshipRecorded && strings.TrimSpace(k.Evidence) == "" {
		f.Add("evidence", "form.needed", nil)
	}
	if err := f.Err(); err != nil {
		return err
	}
	if k.First().Same(k.Other()) {
		return problem.New(problem.Invalid, "policy.kinship.self", nil)
	}
	own := by.Same(k.First()) || by.Same(k.Other())
	if k.Source == models.KinshipDeclared && !by.Same(k.First()) {
		return problem.New(problem.Forbidden, "policy.kinship.own", nil).Because("one declares the own relatives")
	}
	if k.Source == models.KinshipRecorded && own {
		return problem.New(problem.Forbidden, "policy.kinship.party", nil).Because("one's own relatives are declared, not recorded")
	}
	return nil
}

// MayEndKinship: a relation does not end because one of the two would like the
// post; somebody else looks at the reason (a divorce, a mistake).
func MayEndKinship(k models.Kinship, by models.Someone, reason string) error {
	if k.EndedAt != nil {
		return problem.New(problem.Conflict, "policy.state", nil)
	}
	if by.Same(k.First()) || by.Same(k.Other()) {
		return problem.New(problem.Forbidden, "policy.kinship.party", nil).Because("neither of the two ends it")
	}
	return reasonGiven(reason)
}
