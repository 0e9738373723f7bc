package store

import (
	"context"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// AllOnPaper gives up the electronic channel before the polls open: whoever
// chose it votes on paper at the main station. A further vote takes over the
// choices of the first one, and may be too near for a ceremony of its own. An
// electronic ballot that was made already is given up first. It returns how many
// moved.
func (t *Tenant) AllOnPaper(ctx context.Context, actor models.Actor, id models.ID) (n int, err error) {
	err = t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "manage")
		if err != nil {
			return err
		}
		if !e.Electronic || !policy.ElectionReached(e.State, models.ElectionFrozen) || policy.ElectionReached(e.State, models.ElectionVoting) {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		board, err := electionBoard(tx.DB, id)
		if err != nil {
			return err
		}
		if board != nil {
			return problem.New(problem.Conflict, "election.electronic.dropfirst", nil)
		}
		station, err := tx.mainStation(id)
		if err != nil {
			return err
		}
		res := tx.Model(&models.Voter{}).Where("election_id = ? AND channel = ? AND used_channel = ?", id, models.ChannelElectronic, models.ChannelNone).
			UpdateColumns(map[string]any{"channel": models.ChannelPaper, "station_id": station})
		if res.Error != nil {
			return res.Error
		}
		n = int(res.RowsAffected)
		tx.Audit("election.channel.paper", id, map[string]int{"n": n})
		tx.Touch("elections")
		return tx.countLeases(id)
	})
	return n, err
}
