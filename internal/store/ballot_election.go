package store

import (
	"context"

	"juwu/internal/problem"
	"juwu/models"
)

// A board of the electoral office: its voters are the declared electors whose
// ballot waits for the electronic channel, and casting claims that channel.

func (tx *Tx) listElectors(b *models.BallotBoard) (int, error) {
	if err := tx.Where("board_id = ?", b.ID).Delete(&models.BallotVoter{}).Error; err != nil {
		return 0, err
	}
	var rows []models.Voter
	err := tx.Select("community_id", "id", "proxy_id").Where("election_id = ? AND state = ? AND elector = ? AND channel = ?",
		b.ElectionID, models.VoterDeclared, true, models.ChannelElectronic).Order("id").Find(&rows).Error
	if err != nil {
		return 0, err
	}
	units, proxies := make([]models.ID, len(rows)), map[models.ID]models.ID{}
	for i, r := range rows {
		units[i] = r.ID
		if r.ProxyID == 0 {
			continue
		}
		proxy, err := voterByID(tx.DB, b.ElectionID, r.ProxyID)
		if err != nil {
			return 0, err
		}
		if proxy.ResidentID != nil {
			proxies[r.ID] = *proxy.ResidentID
		}
	}
	return len(units), tx.addVoters(b.ID, units, proxies)
}

// electorOf is the row of the roll that a resident votes by.
func (t *Tenant) electorOf(ctx context.Context, election, resident models.ID) (models.ID, error) {
	var v models.Voter
	err := t.db(ctx).Select("community_id", "id").Where("election_id = ? AND resident_id = ?", election, resident).Take(&v).Error
	if err != nil {
		if problem.Is(notFound(err), problem.NotFound) {
			return 0, problem.New(problem.Forbidden, "ballot.voter.none", nil)
		}
		return 0, err
	}
	return v.ID, nil
}

// standsIn tells whether the person behind a login is a candidate, or declared
// near relative of one.
func (tx *Tx) standsIn(election, user models.ID) (candidate, relative bool, err error) {
	who, err := whole(tx.DB, models.Someone{UserID: user})
	if err != nil {
		return false, false, err
	}
	standing, err := candidatesOf(tx.DB, election, liveCandidates...)
	if err != nil {
		return false, false, err
	}
	relatives, err := tx.relatives(who)
	if err != nil {
		return false, false, err
	}
	for _, c := range standing {
		candidate = candidate || who.ResidentID != 0 && c.ResidentID == who.ResidentID
		for _, r := range relatives {
			relative = relative || r.Near() && r.ResidentID == c.ResidentID
		}
	}
	return candidate, relative, nil
}
