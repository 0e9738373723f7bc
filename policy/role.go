// Package policy answers one question: may this happen? Who may do what is
// data (roles.csv, decided by Casbin and tabled by Guard); what the law and the
// place demand are pure functions that cite their article. It reads no clock,
// no database and no environment: days, people and settings come as arguments.
// "Art." without more is the 城市居民委员会组织法 as revised in 2025.
package policy

import (
	"math/bits"

	"juwu/models"
)

// Roles that nobody is appointed to: they follow from who is asking.
const (
	// RolePerson is anybody who proved a telephone number, known on a roll or
	// not: "verify and act once" comes before any match with a resident.
	RolePerson models.Role = "person"
	// RoleJob is the program itself: clock-driven work and the command line.
	RoleJob models.Role = "job"
)

// Roles of capabilities that are being prepared: relationships to an election,
// a household, a team or an organisation, computed for each object.
const (
	RoleVoter           models.Role = "voter"
	RoleHouseholdRep    models.Role = "household_rep"
	RoleVolunteer       models.Role = "volunteer"
	RoleTeamLeader      models.Role = "team_leader"
	RoleAssembly        models.Role = "assembly"
	RoleDeliberation    models.Role = "deliberation"
	RoleECChair         models.Role = "ec_chair"
	RoleECMember        models.Role = "ec_member"
	RolePollStaff       models.Role = "poll_staff" // works at a polling station
	RolePollWatcher     models.Role = "poll_watcher"
	RoleTeller          models.Role = "teller"
	RoleCaller          models.Role = "caller"
	RoleCandidate       models.Role = "candidate"
	RoleResidentUnit    models.Role = "resident_unit"
	RoleOwnersCommittee models.Role = "owners_committee"
	RolePropertyCo                  = models.RolePropertyCo
	RoleSocialOrg       models.Role = "social_org"
)

// everyRole in the order of domain.md G1; the place in the list is the bit of
// the role in a RoleSet. At most 64.
var everyRole = []models.Role{
	models.RoleVisitor, RolePerson, models.RoleResident, RoleVoter, RoleHouseholdRep,
	models.RoleResidentRep, models.RoleGroupLeader, models.RoleBuildingLead, models.RoleGridWorker,
	RoleVolunteer, RoleTeamLeader,
	models.RoleCommitteeMember, models.RoleViceDirector, models.RoleDirector, models.RoleClerk,
	models.RoleSupervisor, RoleAssembly, RoleDeliberation, models.RoleMediator, models.RoleMediationHead,
	RoleECChair, RoleECMember, RolePollStaff, RolePollWatcher, RoleTeller, RoleCaller, RoleCandidate,
	models.RolePartyBranch, models.RoleStation, models.RoleStreet, models.RoleBookkeeper, models.RoleDistrict,
	RoleResidentUnit, RoleOwnersCommittee, RolePropertyCo, RoleSocialOrg,
	models.RoleAdmin, RoleJob,
	RoleReporter, RoleFirst, RoleHolder, RoleAssist, RoleDispatcher, RoleOverseer, RoleGridReader,
	RoleParty, RoleCaseMediator, RoleIntake, RoleRegistrar,
}

var roleBit = func() map[models.Role]RoleSet {
	m := make(map[models.Role]RoleSet, len(everyRole))
	for i, r := range everyRole {
		m[r] = 1 << i
	}
	return m
}()

// RoleSet is what somebody is in one place on one day.
type RoleSet uint64

// SetOf gathers roles; unknown ones are nothing.
func SetOf(roles ...models.Role) RoleSet {
	var s RoleSet
	for _, r := range roles {
		s |= roleBit[r]
	}
	return s
}

// Has tells whether the role itself is in the set. Inheritance belongs to
// permissions, not to posts: a director is not "also" a vice director.
func (s RoleSet) Has(role models.Role) bool { return s&roleBit[role] != 0 }

// Any tells whether the sets share a role.
func (s RoleSet) Any(other RoleSet) bool { return s&other != 0 }

// Roles lists the set in the order of domain.md G1.
func (s RoleSet) Roles() []models.Role {
	roles := make([]models.Role, 0, bits.OnesCount64(uint64(s)))
	for i, r := range everyRole {
		if s&(1<<i) != 0 {
			roles = append(roles, r)
		}
	}
	return roles
}

// CommitteeRoles are the members of the residents' committee (art. 8).
var CommitteeRoles = SetOf(models.RoleCommitteeMember, models.RoleViceDirector, models.RoleDirector)

// asking is what anybody is by the way they come: a visitor, a person with a
// telephone, a resident known on the community's roll, the program.
func asking(actor models.Actor, community models.ID) RoleSet {
	if actor.System {
		return roleBit[RoleJob]
	}
	s := roleBit[models.RoleVisitor]
	if actor.UserID == 0 {
		return s
	}
	s |= roleBit[RolePerson]
	if _, known := actor.Resident(community); known {
		s |= roleBit[models.RoleResident]
	}
	return s
}
