package store

import (
	"context"
	"slices"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// AddPersonOption puts a resident up in a matter by which a meeting chooses the
// members of a body (art. 15, 36): found on the roll, and held to the rules of
// who may stand. Refusals: Forbidden, NotFound, Conflict (no such choice,
// published, twice, may not stand).
func (t *Tenant) AddPersonOption(ctx context.Context, actor models.Actor, matter, resident models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.lockMatter(matter); err != nil {
			return err
		}
		m, err := matterByID(tx.DB, matter)
		if err != nil {
			return err
		}
		b, err := bodyByID(tx.DB, m.BodyID)
		if err != nil || !slices.Contains(policy.BodyRuleOf(b.Kind).Posts, models.SitsMember) {
			return problem.New(problem.Conflict, "matter.person.body", nil)
		}
		var r models.Resident
		if err := tx.Where("id = ?", resident).Take(&r).Error; err != nil {
			return notFound(err)
		}
		facts, err := tx.standing(&models.BodyVote{Post: models.SitsMember, Day: tx.Day()}, b, &r)
		if err != nil {
			return err
		}
		if err := policy.MayStand(facts); err != nil {
			return err
		}
		var there []models.MatterOption
		if err := tx.Where("matter_id = ?", matter).Order("ordinal").Find(&there).Error; err != nil {
			return err
		}
		if len(there) >= maxMatterOptions || slices.ContainsFunc(there, func(o models.MatterOption) bool { return o.ResidentID == resident }) {
			return problem.New(problem.Conflict, "body.candidate.twice", problem.Args{"name": r.Name})
		}
		option := models.MatterOption{Tenant: models.Tenant{ID: tx.NewID()}, MatterID: matter, Ordinal: len(there) + 1, Text: r.Name, ResidentID: resident}
		if slices.ContainsFunc(there, func(o models.MatterOption) bool { return o.Text == r.Name }) { // a namesake is told apart by year of birth
			option.Text = r.Name + " " + string(r.Birth[:4])
		}
		if err := tx.Create(&option).Error; err != nil {
			return err
		}
		tx.Audit("matter.edit", matter, nil)
		if m.Seats > 0 {
			return nil
		}
		return tx.Model(&models.Matter{}).Where("id = ?", matter).Update("seats", max(b.Seats, 1)).Error
	})
}
