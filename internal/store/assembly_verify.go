package store

import (
	"bytes"
	"context"

	"juwu/models"
	"juwu/policy"
)

// checkDecisions walks the chain of decisions: numbers without a gap, every
// word and figure as they were, quorum and majority kept, no task without a
// decision.
func (t *Tenant) checkDecisions(ctx context.Context, found func(string)) error {
	var rows []models.Decision
	if err := t.db(ctx).Order("seq").Find(&rows).Error; err != nil {
		return err
	}
	var before []byte
	known := map[models.ID]bool{}
	for i := range rows {
		d := &rows[i]
		known[d.ID] = true
		if d.Seq != int64(i+1) {
			found("decision " + d.Number + ": its place in the chain is wrong")
		}
		if !bytes.Equal(d.Previous, before) || !bytes.Equal(decisionFingerprint(d), d.Fingerprint) {
			found("decision " + d.Number + ": words or figures were changed")
		}
		if d.SessionID != 0 && !policy.QuorumMet(d.Mode, d.Present, d.Entitled) {
			found("decision " + d.Number + ": without a quorum")
		}
		if d.SessionID != 0 && d.Options == "" && !policy.Carried(d.Yes, d.Present) {
			found("decision " + d.Number + ": not carried")
		}
		before = d.Fingerprint
	}
	var tasks []models.DecisionTask
	if err := t.db(ctx).Find(&tasks).Error; err != nil {
		return err
	}
	for _, k := range tasks {
		if !known[k.DecisionID] {
			found("task " + k.ID.String() + ": without a decision")
		}
	}
	return nil
}

// checkVotes compares marks, ballots and figures of every item: one vote for a
// line of the frozen list, a ballot for a mark of a secret vote, no choice
// beside a voter of one.
func (t *Tenant) checkVotes(ctx context.Context, found func(string)) error {
	var items []models.SessionItem
	if err := t.db(ctx).Find(&items).Error; err != nil {
		return err
	}
	for _, i := range items {
		var marks, strangers, named, ballots int64
		if err := t.db(ctx).Model(&models.VoteMark{}).Where("item_id = ?", i.ID).Count(&marks).Error; err != nil {
			return err
		}
		err := t.db(ctx).Model(&models.VoteMark{}).Where("item_id = ? AND voter_id NOT IN (SELECT id FROM session_voters WHERE community_id = ? AND session_id = ? AND present_at IS NOT NULL)",
			i.ID, t.Community.ID, i.SessionID).Count(&strangers).Error
		if err != nil {
			return err
		}
		if err := t.db(ctx).Model(&models.VoteMark{}).Where("item_id = ? AND choice <> ''", i.ID).Count(&named).Error; err != nil {
			return err
		}
		if err := t.db(ctx).Model(&models.SecretBallot{}).Where("item_id = ?", i.ID).Count(&ballots).Error; err != nil {
			return err
		}
		what := "item " + i.ID.String() + ": "
		switch {
		case int(marks) != i.Cast:
			found(what + "marks and figures do not agree")
		case strangers > 0:
			found(what + "somebody voted who was not there")
		case i.Secret && (named > 0 || int(ballots)+i.Paper != i.Cast):
			found(what + "ballots of a secret vote do not agree with its marks")
		}
	}
	return nil
}
