package store

import (
	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// claimChannel gives the one ballot of a voter to a channel: paper at a
// station, or electronic. Two conditional updates decide it, so that of a desk,
// two stations and a telephone at once exactly one gets it: the first is met
// only while the polls are open, the second only by a declared voter of this
// mode whose ballot waits for that very channel and station and who has not
// had one. No time is written: an hour beside the order of a board would tell
// how somebody voted. key is that of the tablet's sending, "" for none.
func (tx *Tx) claimChannel(election, voter models.ID, ch models.Channel, station models.ID, key string) error {
	if err := tx.openPoll(election, ch, station, 1); err != nil {
		return err
	}
	res := tx.Model(&models.Voter{}).
		Where("id = ? AND election_id = ? AND state = ? AND elector = ? AND channel = ? AND station_id = ? AND used_channel = ?",
			voter, election, models.VoterDeclared, true, ch, station, models.ChannelNone).
		UpdateColumns(map[string]any{"used_channel": ch, "used_station": station, "used_key": key})
	if res.Error != nil || res.RowsAffected == 1 {
		return res.Error
	}
	return tx.whyNoClaim(election, voter, ch, station)
}

// openPoll counts n ballots where they are given, if that place is open.
func (tx *Tx) openPoll(election models.ID, ch models.Channel, station models.ID, n int) error {
	var res *gorm.DB
	if ch == models.ChannelElectronic {
		res = tx.Model(&models.Election{}).Where("id = ? AND state = ? AND electronic = ?", election, models.ElectionVoting, true).
			UpdateColumn("e_votes", gorm.Expr("e_votes + ?", n))
	} else {
		res = tx.Model(&models.PollingStation{}).Where("id = ? AND election_id = ? AND state = ?", station, election, models.StationOpen).
			UpdateColumn("issued", gorm.Expr("issued + ?", n))
	}
	if res.Error != nil || res.RowsAffected == 1 {
		return res.Error
	}
	e, err := electionByID(tx.DB, election)
	if err != nil {
		return err
	}
	if policy.ElectionReached(e.State, models.ElectionCounting) || e.State == models.ElectionVoid {
		return problem.New(problem.TooLate, "election.claim.closed", nil)
	}
	return problem.New(problem.TooEarly, "election.claim.early", nil)
}

// whyNoClaim reads what stood against a claim.
func (tx *Tx) whyNoClaim(election, voter models.ID, ch models.Channel, station models.ID) error {
	e, err := electionByID(tx.DB, election)
	if err != nil {
		return err
	}
	v, err := voterByID(tx.DB, election, voter)
	if err != nil {
		return err
	}
	if err := policy.MayClaim(e, v, ch, station); err != nil {
		return err
	}
	return problem.New(problem.Conflict, "page.conflict", nil)
}

func electionByID(db *gorm.DB, id models.ID) (*models.Election, error) {
	var e models.Election
	if err := db.Where("id = ?", id).Take(&e).Error; err != nil {
		return nil, notFound(err)
	}
	return &e, nil
}

func voterByID(db *gorm.DB, election, id models.ID) (*models.Voter, error) {
	var v models.Voter
	if err := db.Where("id = ? AND election_id = ?", id, election).Take(&v).Error; err != nil {
		return nil, notFound(err)
	}
	return &v, nil
}
