package store

import (
	"context"
	"errors"
	"regexp"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

func duplicate(err error) bool { return errors.Is(err, gorm.ErrDuplicatedKey) }

// stepRoles are the posts behind the steps.
var stepRoles = map[models.SignStep]models.Role{
	models.StepClerk: models.RoleClerk, models.StepDirector: models.RoleDirector, models.StepSupervisor: models.RoleSupervisor,
}

// SignAccount puts the actor's signature under a month. round is the signing
// round whose page was signed: a month that was sent back or brought in anew
// since then is refused. The third signature publishes.
func (t *Tenant) SignAccount(ctx context.Context, actor models.Actor, id models.ID, round int, step models.SignStep) (*models.AccountMonth, error) {
	var m *models.AccountMonth
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("account", "sign_"+string(step)); err != nil {
			return err
		}
		// The UPDATE locks the month before anything is read: of two
		// processes the second one reads what the first one wrote.
		res := tx.Model(&models.AccountMonth{}).Where("id = ? AND round = ? AND state IN ?", id, round,
			[]models.AccountState{models.AccountDraft, models.AccountSigning}).
			Select("state", "updated_at").Updates(&models.AccountMonth{State: models.AccountSigning, UpdatedAt: tx.Now})
		if err := tx.signable(res, id); err != nil {
			return err
		}
		var err error
		if m, err = accountByID(tx.DB, id); err != nil {
			return err
		}
		return tx.sign(m, step)
	})
	return m, err
}

// signable tells an unknown month (404) from one that has moved on (409).
func (tx *Tx) signable(res *gorm.DB, id models.ID) error {
	if res.Error != nil || res.RowsAffected == 1 {
		return res.Error
	}
	if _, err := accountByID(tx.DB, id); err != nil {
		return err
	}
	return problem.New(problem.Conflict, "ledger.sign.moved", nil)
}

func (tx *Tx) sign(m *models.AccountMonth, step models.SignStep) error {
	entries, err := entriesOf(tx.DB, m.ID)
	if err != nil {
		return err
	}
	if err := tx.entriesDecided(m, entries); err != nil {
		return err
	}
	signatures, err := signaturesOf(tx.DB, m.ID)
	if err != nil {
		return err
	}
	role := stepRoles[step]
	by := tx.signer(role)
	if by.Relatives, err = tx.nearKeys(tx.me()); err != nil {
		return err
	}
	earlier := ofRound(signatures, m.Round)
	claims, err := tx.paidClaims(entries)
	if err != nil {
		return err
	}
	err = policy.MaySign(policy.Signing{
		Account: *m, Step: step, By: by, Day: tx.Day(), Earlier: earlier, Deputies: tx.Actor.Appointments, Claims: claims,
	})
	if err != nil {
		return err
	}
	if err := intact(m, entries); err != nil {
		return err
	}
	s := models.AccountSignature{
		Tenant: models.Tenant{CommunityID: tx.chain, ID: tx.NewID()}, AccountID: m.ID, Round: m.Round, Step: step, UserID: by.UserID,
		PersonKey: by.PersonKey, Name: tx.actorName(role), Role: role, DeputyFor: by.DeputyFor, CreatedAt: tx.Now,
	}
	if err := tx.Create(&s).Error; duplicate(err) {
		return problem.New(problem.Conflict, "policy.sign.same", nil).Because("UNIQUE (account, round, step), (account, round, person)")
	} else if err != nil {
		return err
	}
	tx.Audit("account.sign", m.ID, map[string]any{"step": step, "round": m.Round, "deputy_for": by.DeputyFor})
	tx.Touch("accounts")
	earlier = append(earlier, s)
	if next := policy.NextStep(earlier); next != "" {
		return tx.tellPost(stepRoles[next], "ledger.tell.sign", problem.Args{"month": m.Month}, tx.accountLink(m))
	}
	return tx.publish(m, entries, earlier)
}

// intact refuses a month whose lines were changed behind the program's back
// since they were brought in, or do not add up.
func intact(m *models.AccountMonth, entries []models.AccountEntry) error {
	if len(counted(entries)) != m.Entries {
		return problem.New(problem.Conflict, "ledger.sign.tampered", problem.Args{"line": 0})
	}
	for i := range entries {
		marks := func(string) bool { return true } // whether they were really withdrawn is a question for verify
		if brokenField(m.Salt, &entries[i], marks) != "" {
			return problem.New(problem.Conflict, "ledger.sign.tampered", problem.Args{"line": entries[i].Line})
		}
	}
	return policy.MonthBalances(*m, entries)
}

func (tx *Tx) accountLink(m *models.AccountMonth) string {
	return "/admin/" + tx.Community.Code + "/accounts/" + m.ID.String()
}

// SendBackAccount returns a month to whoever brought it in, with the reason;
// what was signed stays in its history, and the next signing is a new round.
func (t *Tenant) SendBackAccount(ctx context.Context, actor models.Actor, id models.ID, round int, reason string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("account", "send_back"); err != nil {
			return err
		}
		return tx.stepBack(id, round, "send_back", reason, EventSentBack)
	})
}

// DropAccount gives a draft up before publication. Its version number is used
// again by the next file.
func (t *Tenant) DropAccount(ctx context.Context, actor models.Actor, id models.ID, round int, reason string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("account", "confirm"); err != nil { // whoever may bring in may take back
			return err
		}
		return tx.stepBack(id, round, "drop", reason, EventDropped)
	})
}

func (tx *Tx) stepBack(id models.ID, round int, action, reason, kind string) error {
	reason, err := checkReason(reason)
	if err != nil {
		return err
	}
	m, err := accountByID(tx.DB, id)
	if err != nil {
		return err
	}
	if m.Round != round { // somebody else was faster: say that, not what their state allows
		return problem.New(problem.Conflict, "ledger.sign.moved", nil)
	}
	to, err := policy.Next(policy.AccountMoves, m.State, action, tx.roles())
	if err != nil {
		return err
	}
	res := tx.Model(&models.AccountMonth{}).Where("id = ? AND round = ? AND state = ?", id, round, m.State).
		Select("state", "round", "updated_at").Updates(&models.AccountMonth{State: to, Round: round + 1, UpdatedAt: tx.Now})
	if err := tx.signable(res, id); err != nil {
		return err
	}
	if to == models.AccountDropped {
		kind = EventDropped
	}
	tx.Touch("accounts")
	tx.Audit("account."+kind, id, map[string]any{"round": round})
	role := tx.actingRole(models.RoleSupervisor, models.RoleDirector, models.RoleClerk, models.RoleBookkeeper)
	if err := tx.event(id, kind, role, reason); err != nil {
		return err
	}
	return tx.tellEarlier(m, round)
}

// tellEarlier tells whoever brought the month in and whoever had signed.
func (tx *Tx) tellEarlier(m *models.AccountMonth, round int) error {
	signatures, err := signaturesOf(tx.DB, m.ID)
	if err != nil {
		return err
	}
	told := map[models.ID]bool{0: true, tx.Actor.UserID: true}
	people := []models.ID{m.CreatedBy}
	for _, s := range ofRound(signatures, round) {
		people = append(people, s.UserID)
	}
	for _, user := range people {
		if told[user] {
			continue
		}
		told[user] = true
		err := tx.Tell(user, "ledger.tell.back", problem.Args{"month": m.Month}, tx.accountLink(m))
		if err != nil && !problem.Is(err, problem.NotFound) { // a login that is gone needs no news
			return err
		}
	}
	return nil
}

// claimNumber is how a claim's number looks in a book's voucher, purpose or
// note column: BX2026-007, or BX2026-007-2 for its second line.
var claimNumber = regexp.MustCompile(`BX(\d{4})-(\d{3,})(?:-(\d{1,3}))?`)

// paidClaims are the claim lines that stand in a month's lines.
func (tx *Tx) paidClaims(entries []models.AccountEntry) ([]policy.PaidClaim, error) {
	refs, err := tx.claimedLines(entries)
	if err != nil {
		return nil, err
	}
	var paid []policy.PaidClaim
	for _, r := range refs {
		paid = append(paid, policy.PaidClaim{UserID: r.claim.UserID, PersonKey: r.claim.PersonKey, DecidedBy: r.line.DecidedBy, State: r.line.State})
	}
	return paid, nil
}
