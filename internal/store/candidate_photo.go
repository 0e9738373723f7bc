package store

import (
	"context"
	"encoding/json"
	"slices"

	"juwu/internal/photo"
	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// ownerCandidate is the portrait of a candidate; the owner is the candidate.
const ownerCandidate = "candidate"

// SetCandidatePhoto puts a portrait beside a candidate, square, small and
// without whatever else the picture told; nil takes it away. The candidate may,
// and whoever reviews candidates, until the day of the vote. Refusals: those of
// SetCandidateProfile, and those of photo.Portrait under the field "files".
func (t *Tenant) SetCandidatePhoto(ctx context.Context, actor models.Actor, id, candidate models.ID, f *NewFile) error {
	var row *models.Attachment
	if f != nil {
		err := t.Write(ctx, actor, func(tx *Tx) error { // before the work of decoding
			_, err := tx.candidateToShow(id, candidate)
			return err
		})
		if err != nil {
			return err
		}
		p, err := photo.Portrait(f.Data)
		if err != nil {
			return namedFile(f.Name, err)
		}
		if row, err = t.photoRow(f.Name, p); err != nil {
			return err
		}
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		c, err := tx.candidateToShow(id, candidate)
		if err != nil {
			return err
		}
		if err := tx.removeFiles(ownerCandidate, c.ID); err != nil {
			return err
		}
		file := models.ID(0)
		if row != nil {
			file = tx.NewID()
			row.ID, row.OwnerKind, row.OwnerID, row.Public, row.ByUserID, row.CreatedAt = file, ownerCandidate, c.ID, true, actor.UserID, tx.Now
			if err := tx.Create(row).Error; err != nil {
				return err
			}
		}
		tx.Audit("election.photo", c.ID, map[string]models.ID{"file": file})
		tx.Touch("elections", "ballots")
		return Changed(tx.Model(&models.Candidate{}).Where("id = ?", c.ID).UpdateColumns(map[string]any{"photo_id": file, "updated_at": tx.Now}))
	})
}

// candidateToShow is a candidate whose plan and portrait the actor may change:
// the own, or any for whoever reviews them; not on the day of the vote and after.
func (tx *Tx) candidateToShow(id, candidate models.ID) (*models.Candidate, error) {
	c, err := tx.candidate(id, candidate)
	if err != nil {
		return nil, err
	}
	e, err := electionByID(tx.DB, id)
	if err != nil {
		return nil, err
	}
	if own := c.UserID != 0 && c.UserID == tx.Actor.UserID; !own {
		if e, err = tx.electionFor(id, "nomination", "review"); err != nil {
			return nil, err
		}
	}
	if !slices.Contains(liveCandidates, c.State) {
		return nil, problem.New(problem.Conflict, "policy.state", nil)
	}
	if tx.Day() >= e.Day || policy.ElectionReached(e.State, models.ElectionVoting) {
		return nil, problem.New(problem.TooLate, "election.campaign.over", nil).Because("no campaigning on election day")
	}
	return c, nil
}

// portraitPublic tells whether a portrait is shown: of a formal candidate whose
// picture it still is. A run-off's candidates keep that of the vote before.
func (t *Tenant) portraitPublic(ctx context.Context, a *models.Attachment) (bool, error) {
	var n int64
	err := t.db(ctx).Model(&models.Candidate{}).Where("photo_id = ? AND state = ?", a.ID, models.CandidateFormal).Count(&n).Error
	return n > 0, err
}

// MyCandidacy is the actor's own standing in an election; nil without one.
func (t *Tenant) MyCandidacy(ctx context.Context, actor models.Actor, id models.ID) (*models.Candidate, error) {
	if actor.UserID == 0 {
		return nil, nil
	}
	var rows []models.Candidate
	err := t.db(ctx).Where("election_id = ? AND user_id = ? AND state IN ?", id, actor.UserID, liveCandidates).Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// ElectionFaces are the portraits on an election's electronic ballot, by question
// and answer; 0 where none is shown. A question shows them only when each of
// its candidates has one: nobody stands out by having, or by lacking, a face.
func (t *Tenant) ElectionFaces(ctx context.Context, b *models.BallotBoard) ([][]models.ID, error) {
	if b.ElectionID == 0 {
		return nil, nil
	}
	e, err := electionByID(t.db(ctx), b.ElectionID)
	if err != nil {
		return nil, err
	}
	var questions []policy.ElectronicQuestion
	if len(e.ECandidate) == 0 || e.Kind == models.ElectionRecall || json.Unmarshal(e.ECandidate, &questions) != nil {
		return nil, nil
	}
	formal, err := candidatesOf(t.db(ctx), e.ID, models.CandidateFormal)
	if err != nil {
		return nil, err
	}
	byKey := map[string]models.ID{}
	for post := range FacesComplete(formal) {
		for _, c := range formal {
			if c.Post == post {
				byKey[policy.TallyKey(policy.MarkFor, c.ID)] = c.PhotoID
			}
		}
	}
	out := make([][]models.ID, len(questions))
	for i, q := range questions {
		out[i] = make([]models.ID, len(q.Keys))
		for j, k := range q.Keys {
			out[i][j] = byKey[k]
		}
	}
	return out, nil
}

// FacesComplete are the posts each of whose candidates has a portrait.
func FacesComplete(formal []models.Candidate) map[models.Post]bool {
	full := map[models.Post]bool{}
	for _, c := range formal {
		full[c.Post] = true
	}
	for _, c := range formal {
		if c.PhotoID == 0 {
			delete(full, c.Post)
		}
	}
	return full
}
