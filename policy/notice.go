package policy

import (
	"slices"

	"juwu/internal/problem"
	"juwu/models"
)

// NeedsSupervisor tells whether the supervision committee signs a notice before
// it is published: finance, what the assembly decided (D1), and government
// money and donations (D2) (domain.md G2; art. 36).
func NeedsSupervisor(kind models.NoticeKind, category string) bool {
	return kind == models.NoticeFinance || category == "D1" || category == "D2"
}

// MaySignNotice: by the supervision committee, while it waits for publication,
// not by its author and not by a member of the committee (rule 1).
func MaySignNotice(n models.Notice, by Signer) error {
	if n.State != models.NoticeSubmitted || !NeedsSupervisor(n.Kind, n.Category) {
		return problem.New(problem.Conflict, "policy.notice.state", nil)
	}
	if n.SupervisorID != 0 {
		return problem.New(problem.Conflict, "policy.notice.signed", nil)
	}
	if !by.Roles.Has(models.RoleSupervisor) {
		return problem.New(problem.Forbidden, "policy.sign.post", nil).Because("G2 notice")
	}
	if by.Roles.Any(CommitteeRoles) {
		return problem.New(problem.Forbidden, "policy.sign.committee", nil).Because("G3.1 art. 36")
	}
	if n.ByUserID == by.UserID {
		return problem.New(problem.Forbidden, "policy.notice.author", nil).Because("two different people")
	}
	return nil
}

// MayPublishNotice: the director, after submission, and after the supervision
// committee where it must sign; the two are different people.
func MayPublishNotice(n models.Notice, by Signer) error {
	if n.State != models.NoticeSubmitted {
		return problem.New(problem.Conflict, "policy.notice.state", nil)
	}
	if !by.Roles.Has(models.RoleDirector) {
		return problem.New(problem.Forbidden, "policy.notice.director", nil).Because("G2 notice")
	}
	if !NeedsSupervisor(n.Kind, n.Category) {
		return nil
	}
	if n.SupervisorID == 0 {
		return problem.New(problem.Conflict, "policy.notice.unsigned", nil).Because("G2 notice")
	}
	if n.SupervisorID == by.UserID {
		return problem.New(problem.Conflict, "policy.sign.same", nil).Because("two different people")
	}
	return nil
}

// MayPublishUrgent: in one step by any member of the committee, because water
// does not wait. Only what needs no second signature: a burst pipe is urgent,
// an account is not. Director and supervision committee are told at once.
func MayPublishUrgent(n models.Notice, by Signer) error {
	if n.State != models.NoticeDraft && n.State != models.NoticeSubmitted && n.State != "" {
		return problem.New(problem.Conflict, "policy.notice.state", nil)
	}
	if !by.Roles.Any(CommitteeRoles) {
		return problem.New(problem.Forbidden, "policy.notice.director", nil).Because("G2 notice")
	}
	if NeedsSupervisor(n.Kind, n.Category) {
		return problem.New(problem.Conflict, "policy.notice.not_urgent", nil).Because("G2 notice")
	}
	return nil
}

// MayCorrectNotice: only what is published and stands, with a reason (rule 11).
// What another body has issued is not the residents' committee's to correct: the
// electoral committee puts a further numbered notice beside its own (art. 15).
func MayCorrectNotice(standing models.Notice, reason string) error {
	if standing.Issuer != models.IssuerCommittee {
		return problem.New(problem.Forbidden, "policy.notice.issuer", nil).Because("art. 15")
	}
	if standing.State != models.NoticePublished {
		return problem.New(problem.Conflict, "policy.account.not_standing", nil).Because("G3.11")
	}
	return reasonGiven(reason)
}

// MayWithdrawNotice: personal data published by mistake, with a reason; any
// other notice stays until its display ends (rule 11; art. 34).
func MayWithdrawNotice(n models.Notice, personalData bool, reason string) error {
	if n.State != models.NoticePublished && n.State != models.NoticeSuperseded {
		return problem.New(problem.Conflict, "policy.account.not_published", nil).Because("G3.11")
	}
	if !personalData {
		return problem.New(problem.Forbidden, "policy.withdraw.figures", nil).Because("G3.11 art. 34")
	}
	return reasonGiven(reason)
}

// NoticeMoves of one version of a notice.
var NoticeMoves = []Move[models.NoticeState]{
	{"", "create", CommitteeRoles | SetOf(models.RoleClerk, models.RoleStation), models.NoticeDraft},
	{models.NoticeDraft, "submit", CommitteeRoles | SetOf(models.RoleClerk, models.RoleStation), models.NoticeSubmitted},
	{models.NoticeSubmitted, "sign", SetOf(models.RoleSupervisor), models.NoticeSubmitted},
	{models.NoticeSubmitted, "publish", SetOf(models.RoleDirector), models.NoticePublished},
	{models.NoticeSubmitted, "send_back", SetOf(models.RoleDirector, models.RoleSupervisor), models.NoticeDraft},
	{models.NoticeDraft, "urgent", CommitteeRoles, models.NoticePublished},
	{models.NoticeSubmitted, "urgent", CommitteeRoles, models.NoticePublished},
	{models.NoticePublished, "supersede", CommitteeRoles, models.NoticeSuperseded},
	{models.NoticePublished, "withdraw", SetOf(models.RoleDirector, models.RoleViceDirector), models.NoticeWithdrawn},
	{models.NoticeSuperseded, "withdraw", SetOf(models.RoleDirector, models.RoleViceDirector), models.NoticeWithdrawn},
}

// NoticeKinds in the order of a form.
var NoticeKinds = []models.NoticeKind{models.NoticeCommittee, models.NoticeGovernment, models.NoticeAffairs, models.NoticeFinance}

// CheckNotice refuses a notice of no known kind or category.
func CheckNotice(n models.Notice) error {
	var f problem.Form
	if !slices.Contains(NoticeKinds, n.Kind) {
		f.Add("kind", "policy.notice.kind", nil)
	}
	if n.Category != "" && !slices.Contains(Categories, n.Category) {
		f.Add("category", "policy.disclosure.category", nil)
	}
	return f.Err()
}
