package store

import (
	"context"
	"slices"
	"time"

	"juwu/models"
	"juwu/policy"
)

// HelpMatch is a volunteer who could help.
type HelpMatch struct {
	models.Volunteer
	Near int // 3 the same building, 2 the same grid, 1 elsewhere
	Busy bool
	Said string // "no" when they have declined
}

// HelpMatches are the ten who suit best: the skill, then the nearest, then who
// served least, so that it is not always the same.
func (t *Tenant) HelpMatches(ctx context.Context, h *models.HelpRequest) ([]HelpMatch, error) {
	rows, _, err := t.volunteersBySkill(ctx, h.Kind)
	if err != nil {
		return nil, err
	}
	var all []HelpMatch
	for _, v := range rows {
		if n := policy.Near(v, h.Kind, h.BuildingID, h.GridID, models.DateOf(h.WantedAt)); n > 0 {
			all = append(all, HelpMatch{Volunteer: v, Near: n})
		}
	}
	slices.SortStableFunc(all, func(a, b HelpMatch) int {
		if a.Near != b.Near {
			return b.Near - a.Near
		}
		return a.Minutes - b.Minutes
	})
	all = all[:min(len(all), 10)]
	ids := make([]models.ID, len(all))
	for i, m := range all {
		ids[i] = m.ID
	}
	var busy []models.VolunteerSlot
	if err := t.db(ctx).Where("volunteer_id IN ? AND slot IN ?", ids, policy.Slots(h.WantedAt, h.WantedAt.Add(time.Duration(h.Minutes)*time.Minute))).Find(&busy).Error; err != nil {
		return nil, err
	}
	var offers []models.HelpOffer
	err = t.db(ctx).Where("help_id = ?", h.ID).Find(&offers).Error
	for i := range all {
		all[i].Busy = slices.ContainsFunc(busy, func(s models.VolunteerSlot) bool { return s.VolunteerID == all[i].ID })
		for _, o := range offers {
			if o.VolunteerID == all[i].ID {
				all[i].Said = o.State
			}
		}
	}
	return all, err
}

func (t *Tenant) volunteersBySkill(ctx context.Context, skill string) ([]models.Volunteer, bool, error) {
	var rows []models.Volunteer
	last, first, middle := "%,"+skill, skill+",%", "%,"+skill+",%"
	err := t.db(ctx).Where("state = ?", models.VolunteerActive).Where("skills = ? OR skills LIKE ? OR skills LIKE ? OR skills LIKE ?", skill, first, last, middle).Limit(2000).Find(&rows).Error
	return rows, false, err
}
