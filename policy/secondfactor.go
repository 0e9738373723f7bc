package policy

import (
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

const (
	// EnrolmentValid is how long the code handed over at the desk can be used:
	// long enough for a weekend before the app is installed, too short to lie about.
	EnrolmentValid = 72 * time.Hour
	// RecoveryCodes are printed at enrolment, each good once.
	RecoveryCodes = 10
)

// NeedsSecondFactor tells whether somebody must prove a second factor before
// anything in /admin: everybody who may enter it at all.
func (g *Guard) NeedsSecondFactor(roles RoleSet) bool { return g.May(roles, "office", "enter") }

// watchers are the posts that look at the committee. A director who could
// enrol or reset their second factor could sign in their place (rule 6).
var watchers = SetOf(models.RoleSupervisor, models.RoleStreet, models.RoleBookkeeper, models.RoleDistrict, models.RoleAdmin, models.RoleClerk, models.RoleDirector)

// MayIssueCode: an enrolment code is handed over in person, never to oneself,
// and never by somebody over whom the other watches or signs beside.
func MayIssueCode(by Signer, user models.ID, holds RoleSet) error {
	if by.Roles.Has(RoleJob) {
		return nil // founding, from the command line
	}
	if by.UserID == user {
		return problem.New(problem.Forbidden, "policy.second_factor.self", nil).Because("two people")
	}
	above := by.Roles.Has(models.RoleDistrict) ||
		by.Roles.Has(models.RoleStreet) && !holds.Any(SetOf(models.RoleStreet, models.RoleDistrict, models.RoleAdmin))
	if above || by.Roles.Has(models.RoleDirector) && !holds.Any(watchers) {
		return nil
	}
	return problem.New(problem.Forbidden, "policy.second_factor.above", nil).Because("G3.6")
}

// MayResetSecondFactor: two different people, neither of them the one whose
// factor it is, and at least one from above where the person signs or watches.
func MayResetSecondFactor(asked, confirms Signer, user models.ID, personKey string, holds RoleSet) error {
	if asked.is(user, personKey) || confirms.is(user, personKey) {
		return problem.New(problem.Forbidden, "policy.second_factor.self", nil).Because("two people")
	}
	if asked.is(confirms.UserID, confirms.PersonKey) {
		return problem.New(problem.Forbidden, "policy.second_factor.two", nil).Because("two people")
	}
	resetters := SetOf(models.RoleDirector, models.RoleSupervisor, models.RoleStreet, models.RoleDistrict)
	admin := asked.Roles.Has(models.RoleAdmin) || confirms.Roles.Has(models.RoleAdmin)
	if admin || !asked.Roles.Any(resetters) || !confirms.Roles.Any(resetters) {
		return problem.New(problem.Forbidden, "policy.second_factor.above", nil).Because("G3.10")
	}
	above := SetOf(models.RoleStreet, models.RoleDistrict)
	if holds.Any(watchers) && !asked.Roles.Any(above) && !confirms.Roles.Any(above) {
		return problem.New(problem.Forbidden, "policy.second_factor.above", nil).Because("G3.6")
	}
	return nil
}
