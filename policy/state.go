package policy

import (
	"juwu/internal/problem"
	"juwu/models"
)

// Move is one line of a state table: in this state, this action of one of
// these roles leads there. What a line does not say cannot happen.
type Move[S ~string] struct {
	From   S
	Action string
	Roles  RoleSet
	To     S
}

// AccountMoves of one version of a month. Signatures, balances and the month
// before are asked of MaySign and MayPublishMonth besides.
var AccountMoves = []Move[models.AccountState]{
	{"", "confirm", SetOf(models.RoleClerk, models.RoleBookkeeper, RoleJob), models.AccountDraft},
	{models.AccountDraft, "sign_clerk", SetOf(models.RoleClerk), models.AccountSigning},
	{models.AccountSigning, "sign_director", SetOf(models.RoleDirector), models.AccountSigning},
	{models.AccountSigning, "sign_supervisor", SetOf(models.RoleSupervisor), models.AccountPublished},
	{models.AccountSigning, "send_back", SetOf(models.RoleClerk, models.RoleDirector, models.RoleSupervisor), models.AccountDraft},
	{models.AccountDraft, "send_back", SetOf(models.RoleClerk), models.AccountDropped}, // to whoever brought it in, who brings it in again
	{models.AccountDraft, "drop", SetOf(models.RoleClerk, models.RoleBookkeeper), models.AccountDropped},
	{models.AccountPublished, "correct", SetOf(models.RoleClerk, models.RoleBookkeeper), models.AccountPublished}, // starts the next version as a draft
	{models.AccountPublished, "supersede", SetOf(models.RoleSupervisor), models.AccountSuperseded},                // the last signature under the next version
	{models.AccountPublished, "withdraw", SetOf(models.RoleClerk, models.RoleViceDirector, models.RoleDirector), models.AccountWithdrawn},
	{models.AccountSuperseded, "withdraw", SetOf(models.RoleClerk, models.RoleViceDirector, models.RoleDirector), models.AccountWithdrawn},
}

// ClaimMoves of one claim line.
var ClaimMoves = []Move[models.ClaimState]{
	{"", "create", CommitteeRoles | SetOf(models.RoleClerk), models.ClaimOpen},
	{models.ClaimOpen, "approve", SetOf(models.RoleDirector), models.ClaimApproved},
	{models.ClaimOpen, "refuse", SetOf(models.RoleDirector), models.ClaimRefused},
	{models.ClaimOpen, "approve_above", SetOf(models.RoleStreet), models.ClaimApproved},
	{models.ClaimOpen, "refuse_above", SetOf(models.RoleStreet), models.ClaimRefused},
	{models.ClaimApproved, "post", SetOf(models.RoleSupervisor), models.ClaimPosted}, // by publishing the month it stands in
}

// InquiryMoves of a question. Art. 34 obliges the committee to answer; art. 35
// opens the way to the street.
var InquiryMoves = []Move[models.InquiryState]{
	{"", "create", SetOf(RolePerson, models.RoleResident), models.InquiryOpen},
	{models.InquiryOpen, "answer", answerers, models.InquiryAnswered},
	{models.InquiryOpen, "forward", SetOf(models.RoleDirector, models.RoleSupervisor, RoleJob), models.InquiryForwarded},
	{models.InquiryForwarded, "answer", answerers, models.InquiryAnswered},
	{models.InquiryOpen, "report", reporters, models.InquiryReported},
	{models.InquiryForwarded, "report", reporters, models.InquiryReported},
	{models.InquiryAnswered, "report", reporters, models.InquiryReported},
	{models.InquiryReported, "answer", answerers, models.InquiryReported}, // answered while the street looks into it
	{models.InquiryReported, "order", orderers, models.InquiryReported},
	{models.InquiryReported, "close", orderers, models.InquiryClosed},
	{models.InquiryAnswered, "close", SetOf(RolePerson, RoleJob), models.InquiryClosed},
}

var (
	answerers = SetOf(models.RoleClerk, models.RoleDirector)
	reporters = SetOf(RolePerson, models.RoleSupervisor)
	orderers  = SetOf(models.RoleStreet, models.RoleDistrict)
)

// Next is the state an action leads to. It is Conflict when the state has moved
// on or never allowed it, Forbidden when the state allows it to others.
func Next[S ~string](moves []Move[S], from S, action string, roles RoleSet) (S, error) {
	found := false
	for _, m := range moves {
		if m.From != from || m.Action != action {
			continue
		}
		if m.Roles.Any(roles) {
			return m.To, nil
		}
		found = true
	}
	if found {
		return from, problem.New(problem.Forbidden, "policy.forbidden", nil).Because("state table: " + string(from) + " " + action)
	}
	return from, problem.New(problem.Conflict, "policy.state", nil).Because("state table: " + string(from) + " " + action)
}
