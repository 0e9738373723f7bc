package store

import (
	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// overrideByPaper gives a paper ballot to somebody of the electronic channel,
// where the adopted rules allow that: whatever was cast is left out of the
// count, and nothing more can be cast. The board is locked first, as by whoever
// casts, so that a telephone and a table at once end in one of two orders.
// Refusals: those of policy.MayOverride, TooLate when the station is closed.
func (tx *Tx) overrideByPaper(election models.ID, v *models.Voter, station models.ID, key string) error {
	b, err := electionBoard(tx.DB, election)
	if err != nil {
		return err
	}
	if b == nil {
		return tx.whyNoClaim(election, v.ID, models.ChannelPaper, station)
	}
	if err := Changed(tx.Model(&models.BallotBoard{}).Where("id = ?", b.ID).UpdateColumn("updated_at", tx.Now)); err != nil {
		return err
	}
	if b, err = boardByID(tx.DB, b.ID); err != nil {
		return err
	}
	var right models.BallotVoter
	if err := tx.Where("board_id = ? AND unit_id = ?", b.ID, v.ID).Take(&right).Error; err != nil {
		return notFound(err)
	}
	if err := policy.MayOverride(b, right.Voted); err != nil {
		return err
	}
	if right.Voted {
		err = tx.leaveOut(b, &right)
	} else {
		err = tx.barByPaper(b.ID, v.ID)
	}
	if err != nil {
		return err
	}
	if err := tx.openPoll(election, models.ChannelPaper, station, 1); err != nil {
		return err
	}
	res := tx.Model(&models.Voter{}).
		Where("id = ? AND election_id = ? AND state = ? AND elector = ? AND channel = ? AND station_id IN ? AND used_channel <> ?",
			v.ID, election, models.VoterDeclared, true, models.ChannelElectronic, []models.ID{0, station}, models.ChannelPaper).
		Updates(map[string]any{"channel": models.ChannelPaper, "station_id": station, "used_channel": models.ChannelPaper, "used_station": station, "used_key": key})
	if res.Error != nil || res.RowsAffected == 1 {
		return res.Error
	}
	return tx.whyNoClaim(election, v.ID, models.ChannelPaper, station)
}

// leaveOut marks the ballots of a right to vote as replaced by paper.
func (tx *Tx) leaveOut(b *models.BallotBoard, right *models.BallotVoter) error {
	err := Changed(tx.Model(&models.BallotVoter{}).Where("id = ? AND voted = ? AND paper = ?", right.ID, true, false).UpdateColumn("paper", true))
	if err != nil {
		return problem.New(problem.Conflict, "election.claim.voted", nil)
	}
	if err := Changed(tx.Model(&models.BallotBoard{}).Where("id = ?", b.ID).UpdateColumn("overridden", gorm.Expr("overridden + 1"))); err != nil {
		return err
	}
	return Changed(tx.Model(&models.Election{}).Where("id = ? AND e_votes > 0", b.ElectionID).UpdateColumn("e_votes", gorm.Expr("e_votes - 1")))
}
