package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// CheckSecond proves the second factor with the app's digits. A step is taken
// once: who reads the digits over a shoulder is too late. The session gets a
// new id. Refusals: Invalid (field digits), TooMany.
func (s *Store) CheckSecond(ctx context.Context, actor models.Actor, d Device, digits string) (opened Opened, err error) {
	return s.second(ctx, actor, d, func(tx *Tx, u models.User) (error, error) {
		secret, err := s.opt.Keys.Open("users.totp", u.ID, u.TOTPSeal)
		if err != nil {
			return nil, err
		}
		step, ok := totpStep(secret, digits, tx.Now)
		if !ok {
			return fieldProblem("digits", "secondfactor.digits.wrong"), nil
		}
		res := tx.Model(&models.User{}).Where("id = ? AND totp_step < ?", u.ID, step).Update("totp_step", step)
		if res.Error == nil && res.RowsAffected == 0 {
			return fieldProblem("digits", "secondfactor.digits.used"), nil
		}
		return nil, res.Error
	})
}

// UseRecovery proves the second factor with one of the printed codes.
func (s *Store) UseRecovery(ctx context.Context, actor models.Actor, d Device, code string) (Opened, error) {
	opened, err := s.second(ctx, actor, d, func(tx *Tx, u models.User) (error, error) {
		res := tx.Model(&models.RecoveryCode{}).Where("user_id = ? AND code_hash = ? AND used_at IS NULL", u.ID, s.handedHash("recovery", u.ID, code)).
			Update("used_at", tx.Now)
		if res.Error == nil && res.RowsAffected == 0 {
			return fieldProblem("recovery", "secondfactor.recovery.wrong"), nil
		}
		tx.Audit("second_factor.recovery", u.ID, nil)
		return nil, res.Error
	})
	if err == nil {
		s.event("second_factor.recovery", actor.UserID)
	}
	return opened, err
}

// second counts a try, lets check decide, and raises the session. check gives
// a refusal for the person, or an error.
func (s *Store) second(ctx context.Context, actor models.Actor, d Device, check func(*Tx, models.User) (error, error)) (opened Opened, err error) {
	var refusal error
	err = s.WriteGlobal(ctx, actor, func(tx *Tx) error {
		refusal, opened = nil, Opened{}
		if err := tx.self(); err != nil {
			return err
		}
		if err := tx.Limit("second."+actor.UserID.String(), secondTries, secondWindow); err != nil {
			return err
		}
		var u models.User
		err := tx.Where("id = ? AND totp_seal IS NOT NULL", actor.UserID).Take(&u).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return problem.New(problem.Conflict, "secondfactor.none", nil)
		}
		if err != nil {
			return err
		}
		if refusal, err = check(tx, u); refusal != nil || err != nil {
			return err
		}
		opened, err = tx.raiseSession(d)
		return err
	})
	if err != nil {
		return Opened{}, err
	}
	if refusal != nil {
		s.event("second_factor.refused", actor.UserID)
		return Opened{}, refusal
	}
	s.event("second_factor.passed", actor.UserID)
	return opened, nil
}

// raiseSession replaces the actor's session by one with the second factor. Its
// end is fixed at the first proof and does not move with later ones.
func (tx *Tx) raiseSession(d Device) (Opened, error) {
	var old models.Session
	err := tx.Where("hash = ? AND user_id = ?", tx.Actor.SessionHash, tx.Actor.UserID).Take(&old).Error
	if err != nil {
		return Opened{}, notFound(err)
	}
	until := old.ExpiresAt
	if most := tx.Now.Add(OfficerLife); old.SecondFactorAt == nil && most.Before(until) {
		until = most
	}
	var u models.User
	if err := tx.Where("id = ?", tx.Actor.UserID).Take(&u).Error; err != nil {
		return Opened{}, err
	}
	now := tx.Now
	return tx.openSession(u, Device{Session: old.Hash, Name: old.Device}, &now, until)
}

// newRecoveryCodes replaces all recovery codes and returns the new ones.
func (tx *Tx) newRecoveryCodes(user models.ID) ([]string, error) {
	if err := tx.Where("user_id = ?", user).Delete(&models.RecoveryCode{}).Error; err != nil {
		return nil, err
	}
	codes := make([]string, policy.RecoveryCodes)
	rows := make([]models.RecoveryCode, len(codes))
	for i := range codes {
		c := randomText(recoverLong)
		codes[i] = c[:recoverLong/2] + "-" + c[recoverLong/2:]
		rows[i] = models.RecoveryCode{ID: tx.NewID(), UserID: user, CodeHash: tx.store.handedHash("recovery", user, c)}
	}
	return codes, tx.Create(&rows).Error
}

// RenewRecovery makes new recovery codes; the old ones are worth nothing then.
func (s *Store) RenewRecovery(ctx context.Context, actor models.Actor) (codes []string, err error) {
	if !actor.SecondFactor {
		return nil, problem.New(problem.Forbidden, "secondfactor.first", nil)
	}
	err = s.WriteGlobal(ctx, actor, func(tx *Tx) error {
		tx.Audit("second_factor.renew_recovery", actor.UserID, nil)
		codes, err = tx.newRecoveryCodes(actor.UserID)
		return err
	})
	if err == nil {
		s.event("second_factor.renew_recovery", actor.UserID)
	}
	return codes, err
}

// RecoveryLeft counts the recovery codes not used yet.
func (s *Store) RecoveryLeft(ctx context.Context, user models.ID) (int, error) {
	var n int64
	err := s.db(ctx).Model(&models.RecoveryCode{}).Where("user_id = ? AND used_at IS NULL", user).Count(&n).Error
	return int(n), err
}

// AskReset asks for the reset of an officer's second factor; another officer
// has to confirm it. Refusals: Forbidden, Conflict when one is open already.
func (t *Tenant) AskReset(ctx context.Context, actor models.Actor, user models.ID, reason string) error {
	reason, err := checkReason(reason)
	if err != nil {
		return err
	}
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("second_factor", "reset"); err != nil {
			return err
		}
		by := tx.signer("")
		if by.UserID == user {
			return problem.New(problem.Forbidden, "policy.second_factor.self", nil)
		}
		var u models.User
		if err := tx.Where("id = ? AND totp_seal IS NOT NULL", user).Take(&u).Error; err != nil {
			return notFound(err)
		}
		if t.opt.Guard.Roles(user, tx.chain, tx.Day()) == 0 {
			return problem.New(problem.NotFound, "page.notfound", nil) // not an officer of this community
		}
		r := models.SecondFactorReset{Tenant: models.Tenant{ID: tx.NewID()}, UserID: user, OpenUser: &user, State: models.ResetAsked,
			Reason: reason, AskedBy: by.UserID, AskedKey: by.PersonKey, AskedName: actor.Name, CreatedAt: tx.Now}
		err := tx.Create(&r).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return problem.New(problem.Conflict, "secondfactor.reset.open", nil)
		}
		tx.Audit("second_factor.reset_ask", user, map[string]models.ID{"request": r.ID})
		return err
	})
	if err == nil {
		t.event("second_factor.reset_ask", user)
	}
	return err
}

// DecideReset carries a reset out, or drops it. Carrying it out needs a second
// officer; dropping it may also be done by the one who asked.
func (t *Tenant) DecideReset(ctx context.Context, actor models.Actor, id models.ID, yes bool) error {
	var user models.ID
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("second_factor", "reset"); err != nil {
			return err
		}
		var r models.SecondFactorReset
		if err := tx.Where("id = ?", id).Take(&r).Error; err != nil {
			return notFound(err)
		}
		user = r.UserID
		state := models.ResetDropped
		if yes {
			state = models.ResetDone
			if err := tx.mayReset(r); err != nil {
				return err
			}
		}
		res := tx.Model(&models.SecondFactorReset{}).Where("id = ? AND state = ?", id, models.ResetAsked).
			Select("state", "open_user", "decided_by", "decided_name", "decided_at").
			Updates(&models.SecondFactorReset{State: state, DecidedBy: actor.UserID, DecidedName: actor.Name, DecidedAt: &tx.Now})
		if err := Changed(res); err != nil {
			return err
		}
		tx.Audit("second_factor.reset_"+string(state), r.UserID, map[string]models.ID{"request": r.ID})
		if !yes {
			return nil
		}
		return tx.dropSecondFactor(r.UserID)
	})
	if err == nil {
		t.event("second_factor.reset_decided", user)
	}
	return err
}

// mayReset judges the two people as they are today: whoever asked and has lost
// the post since then does not count any more.
func (tx *Tx) mayReset(r models.SecondFactorReset) error {
	guard := tx.store.opt.Guard
	asked := policy.Signer{UserID: r.AskedBy, PersonKey: r.AskedKey, Roles: guard.Roles(r.AskedBy, tx.chain, tx.Day())}
	var link models.ResidentLink
	if err := tx.Where("live_user = ?", r.UserID).Limit(1).Find(&link).Error; err != nil {
		return err
	}
	key := personKey(models.Actor{UserID: r.UserID, Links: []models.ResidentLink{link}}, tx.chain)
	return policy.MayResetSecondFactor(asked, tx.signer(""), r.UserID, key, guard.Roles(r.UserID, tx.chain, tx.Day()))
}

func (tx *Tx) dropSecondFactor(user models.ID) error {
	res := tx.Model(&models.User{}).Where("id = ?", user).Select("totp_seal", "totp_step", "enrol_seal", "enrol_until", "updated_at").
		Updates(&models.User{UpdatedAt: tx.Now})
	if err := Changed(res); err != nil {
		return err
	}
	if err := tx.Where("user_id = ?", user).Delete(&models.RecoveryCode{}).Error; err != nil {
		return err
	}
	if err := tx.Where("user_id = ? AND second_factor_at IS NOT NULL", user).Delete(&models.Session{}).Error; err != nil {
		return err
	}
	return tx.Tell(user, "message.secondfactor.reset", nil, "/me")
}

// Officer is a person with a post in the community, for the page of second
// factors.
type Officer struct {
	UserID    models.ID
	Name      string
	Roles     []models.Role
	Enrolled  bool
	CodeUntil *time.Time // a code from the desk is open until then
	MayIssue  bool       // the reader may hand the person a code
	Reset     *models.SecondFactorReset
}

// Officers lists who holds a post that opens the office here, and how their
// second factor stands, for the actor who reads the list.
func (t *Tenant) Officers(ctx context.Context, actor models.Actor, day models.Date) ([]Officer, error) {
	c := t.Community
	var posts []models.Appointment
	err := t.Store.db(ctx).Where("region_id IN ? AND ended_at IS NULL", []models.ID{c.ID, c.StreetID, c.DistrictID}).
		Order("`rank`").Order("id").Find(&posts).Error
	if err != nil {
		return nil, err
	}
	var resets []models.SecondFactorReset
	if err := t.db(ctx).Where("state = ?", models.ResetAsked).Find(&resets).Error; err != nil {
		return nil, err
	}
	index := map[models.ID]int{}
	var out []Officer
	for _, a := range posts {
		if !a.Holds(day) || !t.opt.Guard.NeedsSecondFactor(policy.SetOf(a.Role)) {
			continue
		}
		i, ok := index[a.UserID]
		if !ok {
			i = len(out)
			index[a.UserID] = i
			out = append(out, Officer{UserID: a.UserID, Name: a.Name})
		}
		out[i].Roles = append(out[i].Roles, a.Role)
	}
	for i := range resets {
		if n, ok := index[resets[i].UserID]; ok {
			out[n].Reset = &resets[i]
		}
	}
	if err := t.enrolStates(ctx, out); err != nil {
		return nil, err
	}
	guard := t.opt.Guard
	by := policy.Signer{UserID: actor.UserID, PersonKey: personKey(actor, c.ID), Roles: guard.RolesOf(actor, c, day)}
	may := guard.Allowed(actor, c, "second_factor", "issue_code", day) == nil
	for i, o := range out {
		out[i].MayIssue = may && !o.Enrolled && policy.MayIssueCode(by, o.UserID, guard.Roles(o.UserID, c.ID, day)) == nil
	}
	return out, nil
}

func (t *Tenant) enrolStates(ctx context.Context, officers []Officer) error {
	ids := make([]models.ID, len(officers))
	for i, o := range officers {
		ids[i] = o.UserID
	}
	var users []models.User
	if err := t.Store.db(ctx).Where("id IN ?", ids).Find(&users).Error; err != nil {
		return err
	}
	byID := map[models.ID]models.User{}
	for _, u := range users {
		byID[u.ID] = u
	}
	for i := range officers {
		u := byID[officers[i].UserID]
		officers[i].Enrolled, officers[i].CodeUntil = len(u.TOTPSeal) > 0, u.EnrolUntil
		if officers[i].Name == "" {
			officers[i].Name = u.Name
		}
	}
	return nil
}
