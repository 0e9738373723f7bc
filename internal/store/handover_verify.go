package store

import (
	"context"

	"juwu/models"
)

// checkHandovers: what was handed over has its case and its target, one number
// of another system is one case, and the case shows a number that it has.
func (t *Tenant) checkHandovers(ctx context.Context, found func(string)) error {
	var targets []models.HandoverTarget
	if err := t.db(ctx).Find(&targets).Error; err != nil {
		return err
	}
	byID := map[models.ID]models.HandoverTarget{}
	for _, to := range targets {
		byID[to.ID] = to
	}
	seen := map[string]models.ID{}
	for last := models.ID(0); ; {
		var rows []models.ComplaintHandover
		if err := t.db(ctx).Where("id > ?", last).Order("id").Limit(500).Find(&rows).Error; err != nil || len(rows) == 0 {
			return firstError(err, t.checkFilings(ctx, found))
		}
		ids := make([]models.ID, len(rows))
		for i, h := range rows {
			ids[i], last = h.CaseID, h.ID
		}
		var cases []models.Complaint
		if err := t.db(ctx).Where("id IN ?", ids).Find(&cases).Error; err != nil {
			return err
		}
		about := map[models.ID]*models.Complaint{}
		for i := range cases {
			about[cases[i].ID] = &cases[i]
		}
		for _, h := range rows {
			to, ok := byID[h.TargetID]
			checkHandover(h, to, ok, about[h.CaseID], seen, found)
		}
	}
}

func checkHandover(h models.ComplaintHandover, to models.HandoverTarget, known bool, c *models.Complaint, seen map[string]models.ID, found func(string)) {
	say := func(what string) { found("hand-over " + h.ID.String() + ": " + what) }
	if c == nil {
		say("its case does not exist")
		return
	}
	if !known {
		say("its target does not exist")
	}
	if to.Officials && c.About == models.AboutNobody {
		say("stands at the street's own system and is about no official")
	}
	if (h.OuterNumber == "") != (h.TakenNumber == nil) || h.TakenNumber != nil && *h.TakenNumber != h.OuterNumber {
		say("its number is not the one that is taken")
	}
	if h.State == models.HandoverTaken && h.OuterNumber == "" {
		say("is taken without a number")
	}
	if h.OuterNumber == "" {
		return
	}
	key := h.TargetID.String() + " " + h.OuterNumber
	if other, twice := seen[key]; twice && other != h.CaseID {
		say("has the number of case " + other.String())
	}
	seen[key] = h.CaseID
	if c.OuterNumber == "" {
		say("its case shows no number of another system")
	}
}

// checkFilings: what came in by a key has its case and its key.
func (t *Tenant) checkFilings(ctx context.Context, found func(string)) error {
	var ids []models.ID
	cases := t.db(ctx).Model(&models.Complaint{}).Select("id").Where("community_id = ?", t.Community.ID)
	keys := t.db(ctx).Model(&models.Open311Key{}).Select("id").Where("community_id = ?", t.Community.ID)
	err := t.db(ctx).Model(&models.Open311Filing{}).Where("case_id NOT IN (?) OR key_id NOT IN (?)", cases, keys).Pluck("id", &ids).Error
	for _, id := range ids {
		found("filing " + id.String() + " has no case or no key")
	}
	return err
}
