package store

import (
	"context"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Declaration is a declaration to take part, by the person or taken down by
// somebody at the desk or the door.
type Declaration struct {
	VoterID  models.ID
	Way      models.VoterWay
	Basis    models.VoterBasis // "" keeps what the row says
	Since    models.Date
	Evidence string
}

// DeclareVoter registers a row. Who is not here by domicile waits for the
// electoral committee, which looks at the papers (art. 16).
func (t *Tenant) DeclareVoter(ctx context.Context, actor models.Actor, id models.ID, d Declaration) (models.VoterState, error) {
	var state models.VoterState
	err := t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "desk")
		if err != nil {
			return err
		}
		v, err := voterByID(tx.DB, id, d.VoterID)
		if err != nil {
			return err
		}
		state, err = tx.declare(e, v, d)
		return err
	})
	return state, err
}

// DeclareSelf is a declaration on the own phone, by whom the roll's telephone or
// the desk has confirmed.
func (t *Tenant) DeclareSelf(ctx context.Context, actor models.Actor, id models.ID, d Declaration) (models.VoterState, error) {
	var state models.VoterState
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("election", "enrol"); err != nil {
			return err
		}
		e, err := electionByID(tx.DB, id)
		if err != nil {
			return err
		}
		v, err := tx.myRow(e)
		if err != nil {
			return err
		}
		d.Way = models.WayPhone
		state, err = tx.declare(e, v, d)
		return err
	})
	return state, err
}

// myRow is the actor's own row of the roll. What is a secret of the roll, and
// who is not on it, look the same from outside.
func (tx *Tx) myRow(e *models.Election) (*models.Voter, error) {
	link, ok := tx.Actor.Resident(tx.chain)
	if !ok || link.State != models.LinkConfirmed {
		return nil, problem.New(problem.Forbidden, "election.link", nil).Because("registration needs a confirmed tie to the roll")
	}
	var v models.Voter
	if err := tx.Where("election_id = ? AND resident_id = ?", e.ID, link.ResidentID).Take(&v).Error; err != nil {
		if problem.Is(notFound(err), problem.NotFound) {
			return nil, problem.New(problem.Forbidden, "election.norow", nil)
		}
		return nil, err
	}
	return &v, nil
}

func (tx *Tx) declare(e *models.Election, v *models.Voter, d Declaration) (models.VoterState, error) {
	rules := policy.ReadRules(e)
	if e.State == models.ElectionVoid { // there is no row before the first notice
		return "", problem.New(problem.Conflict, "policy.state", nil)
	}
	if err := policy.MayJoinLate(e, rules, false); err != nil {
		return "", err
	}
	if d.Basis != "" {
		v.Basis = d.Basis
	}
	d.Evidence = cleanLine(d.Evidence)
	if d.Since == "" && v.ResidentID != nil {
		var r models.Resident
		if err := tx.Select("community_id", "id", "since").Where("id = ?", *v.ResidentID).Take(&r).Error; err != nil {
			return "", notFound(err)
		}
		d.Since = r.Since
	}
	err := policy.MayRegister(policy.Registrant{Birth: v.Birth, Basis: v.Basis, Since: d.Since, Evidence: d.Evidence}, policy.AgeDay(e, tx.Day(), rules), tx.Day(), rules)
	if err != nil {
		return "", err
	}
	if err := tx.notTwice(v); err != nil {
		return "", err
	}
	to := models.VoterDeclared
	if policy.NeedsConfirmation(v.Basis) {
		to = models.VoterApplied
	}
	from := []models.VoterState{models.VoterUndeclared}
	if to == models.VoterApplied {
		from = append(from, models.VoterApplied)
	}
	err = Changed(tx.Model(&models.Voter{}).Where("id = ? AND state IN ?", v.ID, from).Updates(map[string]any{
		"state": to, "way": d.Way, "basis": v.Basis, "evidence": d.Evidence, "declared_at": tx.Now, "declared_by": tx.Actor.UserID,
		"elector": to == models.VoterDeclared && e.Mode == models.ModeVoters, "late": policy.ElectionReached(e.State, models.ElectionRoll),
	}))
	if err != nil {
		return "", err
	}
	tx.Audit("election.declare", v.ID, map[string]string{"way": string(d.Way)})
	if to == models.VoterDeclared {
		err = tx.countVoter(e, 1)
	}
	return to, err
}

// countVoter keeps the counts that stand beside every turnout.
func (tx *Tx) countVoter(e *models.Election, n int) error {
	add := map[string]int{"voters": n}
	if e.Mode == models.ModeVoters {
		add["electors"] = n
	}
	return tx.countElection(e.ID, add)
}

// notTwice refuses somebody who is a voter on another community's running roll
// (by analogy Zhejiang 13: not registered elsewhere).
func (tx *Tx) notTwice(v *models.Voter) error {
	if len(v.PersonIndex) == 0 {
		return nil
	}
	var other []models.Voter
	err := scoped(tx.DB, allTenants).Where("person_index = ? AND state = ? AND community_id <> ?", v.PersonIndex, models.VoterDeclared, tx.chain).
		Limit(5).Find(&other).Error
	if err != nil {
		return err
	}
	for _, o := range other {
		var running int64
		err := scoped(tx.DB, o.CommunityID).Model(&models.Election{}).Where("id = ? AND state IN ?", o.ElectionID, runningStates).Count(&running).Error
		if err != nil {
			return err
		}
		if running > 0 {
			name := ""
			if c := tx.store.CommunityByID(o.CommunityID); c != nil {
				name = c.Name
			}
			return problem.New(problem.Conflict, "election.register.elsewhere", problem.Args{"community": name}).Because("registered once")
		}
	}
	return nil
}

// ConfirmVoter decides about somebody who applied with papers (art. 16).
func (t *Tenant) ConfirmVoter(ctx context.Context, actor models.Actor, id, voter models.ID, accept bool, reason string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "manage")
		if err != nil {
			return err
		}
		v, err := voterByID(tx.DB, id, voter)
		if err != nil {
			return err
		}
		values := map[string]any{"state": models.VoterDeclared, "elector": e.Mode == models.ModeVoters}
		if !accept {
			if reason, err = checkReason(reason); err != nil {
				return err
			}
			values = map[string]any{"state": models.VoterStruck, "reason": reason}
		} else if err := tx.notTwice(v); err != nil {
			return err
		}
		if err := Changed(tx.Model(&models.Voter{}).Where("id = ? AND state = ?", voter, models.VoterApplied).Updates(values)); err != nil {
			return err
		}
		tx.Audit("election.confirm", voter, map[string]bool{"accepted": accept})
		if !accept {
			return nil
		}
		return tx.countVoter(e, 1)
	})
}

// StrikeVoter takes a row off the roll with a reason: dead, moved, twice. Once
// the roll is public the change is published as a correction.
func (t *Tenant) StrikeVoter(ctx context.Context, actor models.Actor, id, voter models.ID, reason string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "manage")
		if err != nil {
			return err
		}
		if reason, err = checkReason(reason); err != nil {
			return err
		}
		if policy.ElectionReached(e.State, models.ElectionFrozen) {
			return problem.New(problem.TooLate, "election.roll.frozen", nil)
		}
		return tx.strike(e, voter, reason, 0)
	})
}

func (tx *Tx) strike(e *models.Election, voter models.ID, reason string, objection models.ID) error {
	v, err := voterByID(tx.DB, e.ID, voter)
	if err != nil {
		return err
	}
	err = Changed(tx.Model(&models.Voter{}).Where("id = ? AND state = ?", voter, v.State).Where("state <> ?", models.VoterStruck).
		Updates(map[string]any{"state": models.VoterStruck, "elector": false, "reason": reason}))
	if err != nil {
		return err
	}
	tx.Audit("election.strike", voter, nil)
	if v.State == models.VoterDeclared {
		add := map[string]int{"voters": -1}
		if v.Elector {
			add["electors"] = -1
		}
		if err := tx.countElection(e.ID, add); err != nil {
			return err
		}
	}
	return tx.correctRoll(e, v, "struck", objection)
}

// correctRoll publishes a change of a roll that is public already.
func (tx *Tx) correctRoll(e *models.Election, v *models.Voter, kind string, objection models.ID) error {
	if !policy.ElectionReached(e.State, models.ElectionRoll) {
		return nil
	}
	tx.Touch("elections")
	return tx.Create(&models.RollCorrection{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: e.ID, ObjectionID: objection, VoterID: v.ID,
		Kind: kind, Text: v.Name, CreatedAt: tx.Now}).Error
}
