package store

import (
	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// mayByElect: a by-election fills seats of a sealed election that are vacant, by
// the residents' assembly or that of their representatives (art. 24).
func (tx *Tx) mayByElect(d ElectionDraft) error {
	p, err := electionByID(tx.DB, d.ParentID)
	if err != nil {
		return err
	}
	if p.Kind != models.ElectionGeneral || p.State != models.ElectionSealed && p.State != models.ElectionArchived {
		return problem.New(problem.Conflict, "policy.state", nil)
	}
	posts, err := postsOf(tx.DB, p.ID)
	if err != nil {
		return err
	}
	holds, err := tx.postsHeld(p.ID)
	if err != nil {
		return err
	}
	return policy.MayByElect(posts, holds, d.Seats)
}

// postsHeld counts by post who was elected in an election or a vote that
// followed from it and still holds the post.
func (tx *Tx) postsHeld(id models.ID) (map[models.Post]int, error) {
	family, err := familyOf(tx.DB, id)
	if err != nil {
		return nil, err
	}
	var rows []models.ElectedMember
	if err := tx.Where("election_id IN ? AND void_at IS NULL AND ended_at IS NULL", family).Find(&rows).Error; err != nil {
		return nil, err
	}
	ids := orNone(nil)
	for _, m := range rows {
		ids = append(ids, m.AppointmentID)
	}
	var over []models.ID
	if err := tx.Model(&models.Appointment{}).Where("id IN ? AND ended_at IS NOT NULL", ids).Pluck("id", &over).Error; err != nil {
		return nil, err
	}
	ended := map[models.ID]bool{}
	for _, a := range over {
		ended[a] = true
	}
	holds := map[models.Post]int{}
	for _, m := range rows {
		if !ended[m.AppointmentID] {
			holds[m.Post]++
		}
	}
	return holds, nil
}
