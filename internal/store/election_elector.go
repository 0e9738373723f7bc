package store

import (
	"context"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// SetElector makes a registered voter the one who votes for the household, or a
// residents' representative, as the mode has it; on is false to take it back.
// A household has one: the row before loses it in the same statement.
func (t *Tenant) SetElector(ctx context.Context, actor models.Actor, id, voter models.ID, on bool) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "desk")
		if err != nil {
			return err
		}
		if policy.ElectionReached(e.State, models.ElectionFrozen) {
			return problem.New(problem.TooLate, "election.roll.frozen", nil)
		}
		return tx.setElector(e, voter, on)
	})
}

func (tx *Tx) setElector(e *models.Election, voter models.ID, on bool) error {
	if e.Mode == models.ModeVoters {
		return problem.New(problem.Conflict, "election.elector.all", nil)
	}
	v, err := voterByID(tx.DB, e.ID, voter)
	if err != nil {
		return err
	}
	if v.State != models.VoterDeclared {
		return problem.New(problem.Conflict, "election.elector.undeclared", nil)
	}
	changed := 0
	if on && e.Mode == models.ModeHouseholds {
		res := tx.Model(&models.Voter{}).Where("election_id = ? AND household_id = ? AND elector = ? AND id <> ?", e.ID, v.HouseholdID, true, voter).
			UpdateColumn("elector", false)
		if res.Error != nil {
			return res.Error
		}
		changed -= int(res.RowsAffected)
	}
	res := tx.Model(&models.Voter{}).Where("id = ? AND state = ? AND elector = ?", voter, models.VoterDeclared, !on).UpdateColumn("elector", on)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 1 {
		if changed++; !on {
			changed -= 2
		}
	}
	tx.Audit("election.elector", voter, map[string]bool{"on": on})
	if changed == 0 {
		return nil
	}
	return tx.countElection(e.ID, map[string]int{"electors": changed})
}

// FillElectors proposes who votes where not everybody does: the head of each
// household in which nobody was chosen yet, or the serving residents'
// representatives; in each case who is a registered voter. It returns how many.
func (t *Tenant) FillElectors(ctx context.Context, actor models.Actor, id models.ID) (n int, err error) {
	err = t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "manage")
		if err != nil {
			return err
		}
		if e.Mode == models.ModeVoters || policy.ElectionReached(e.State, models.ElectionFrozen) {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		ids, err := tx.headsWithoutChoice(id)
		if e.Mode == models.ModeReps {
			ids, err = tx.servingReps(id)
		}
		if err != nil || len(ids) == 0 {
			return err
		}
		n = len(ids)
		for from := 0; from < n; from += rollPart {
			err := tx.Model(&models.Voter{}).Where("id IN ?", ids[from:min(from+rollPart, n)]).UpdateColumn("elector", true).Error
			if err != nil {
				return err
			}
		}
		tx.Audit("election.elector.heads", id, map[string]int{"n": n})
		return tx.countElection(id, map[string]int{"electors": n})
	})
	return n, err
}

// headsWithoutChoice are the rows of household heads who are registered voters
// and whose household has chosen nobody.
func (tx *Tx) headsWithoutChoice(id models.ID) (ids []models.ID, err error) {
	var chosen []models.ID
	err = tx.Model(&models.Voter{}).Distinct("household_id").Where("election_id = ? AND elector = ?", id, true).Pluck("household_id", &chosen).Error
	if err != nil {
		return nil, err
	}
	done := map[models.ID]bool{}
	for _, h := range chosen {
		done[h] = true
	}
	var heads []models.Voter
	err = tx.Model(&models.Voter{}).Select("voters.*").
		Joins("JOIN households ON households.community_id = voters.community_id AND households.id = voters.household_id AND households.head_id = voters.resident_id").
		Where("voters.election_id = ? AND voters.state = ?", id, models.VoterDeclared).Order("voters.number").Find(&heads).Error
	for _, v := range heads {
		if !done[v.HouseholdID] {
			done[v.HouseholdID] = true
			ids = append(ids, v.ID)
		}
	}
	return ids, err
}

// servingReps are the rows of the residents' representatives of today who are
// registered voters and are not on the list yet.
func (tx *Tx) servingReps(id models.ID) (ids []models.ID, err error) {
	reps, err := mandatesOn(tx.DB, models.SitsRep, models.BodyGroup, tx.Day())
	if err != nil {
		return nil, err
	}
	residents := orNone(nil)
	for _, m := range reps {
		if m.ResidentID != 0 {
			residents = append(residents, m.ResidentID)
		}
	}
	err = tx.Model(&models.Voter{}).Where("election_id = ? AND state = ? AND elector = ? AND resident_id IN ?", id, models.VoterDeclared, false, residents).
		Order("number").Pluck("id", &ids).Error
	return ids, err
}
