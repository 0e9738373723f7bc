package store

import (
	"context"

	"juwu/models"
)

// MyElection is a row of a voter roll and what the person did around it. That
// somebody voted is part of it, how is known to nobody.
type MyElection struct {
	Community   string            `json:"community"`
	Election    string            `json:"election"`
	Day         models.Date       `json:"day"`
	Number      int               `json:"roll_number"`
	State       models.VoterState `json:"state"`
	Basis       models.VoterBasis `json:"basis"`
	Evidence    string            `json:"evidence,omitempty"`
	Voted       bool              `json:"voted"`
	Nominations []string          `json:"signed_for,omitempty"`
	Objections  []string          `json:"objections,omitempty"`
	Reports     []string          `json:"reports,omitempty"`
}

func (s *Store) myElections(ctx context.Context, actor models.Actor, d *MyData) error {
	for _, link := range actor.Links {
		c := s.CommunityByID(link.CommunityID)
		if c == nil || link.State != models.LinkConfirmed {
			continue
		}
		t := s.In(c)
		if err := errorsOf(t.myElectionsHere(ctx, actor, link.ResidentID, d), t.myRightsHere(link.ResidentID, d, t.db(ctx))); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tenant) myElectionsHere(ctx context.Context, actor models.Actor, resident models.ID, d *MyData) error {
	var rows []models.Voter
	if err := t.db(ctx).Where("resident_id = ?", resident).Order("id DESC").Limit(50).Find(&rows).Error; err != nil {
		return err
	}
	for _, v := range rows {
		e, err := electionByID(t.db(ctx), v.ElectionID)
		if err != nil {
			return err
		}
		m := MyElection{Community: t.Community.Name, Election: e.Title, Day: e.Day, Number: v.Number, State: v.State, Basis: v.Basis, Evidence: v.Evidence, Voted: v.UsedChannel != models.ChannelNone}
		err = t.db(ctx).Model(&models.Nomination{}).
			Joins("JOIN cosignatures ON cosignatures.community_id = nominations.community_id AND cosignatures.subject_id = nominations.id").
			Where("cosignatures.voter_id = ?", v.ID).Pluck("nominations.name", &m.Nominations).Error
		if err != nil {
			return err
		}
		if err := t.db(ctx).Model(&models.RollObjection{}).Where("election_id = ? AND user_id = ?", e.ID, actor.UserID).Pluck("text", &m.Objections).Error; err != nil {
			return err
		}
		if err := t.db(ctx).Model(&models.ElectionComplaint{}).Where("election_id = ? AND user_id = ?", e.ID, actor.UserID).Pluck("text", &m.Reports).Error; err != nil {
			return err
		}
		d.Elections = append(d.Elections, m)
	}
	return nil
}
