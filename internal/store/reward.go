package store

import (
	"context"

	"juwu/internal/problem"
	"juwu/models"
)

// Rewards are what the community offers now.
func (t *Tenant) Rewards(ctx context.Context) ([]models.Reward, error) {
	var rows []models.Reward
	err := t.db(ctx).Where("active = ?", true).Order("price, id").Limit(200).Find(&rows).Error
	return rows, err
}

// SaveReward offers something for points.
func (t *Tenant) SaveReward(ctx context.Context, actor models.Actor, r models.Reward) error {
	r.Title, r.Note = cleanLine(r.Title), cleanLine(r.Note)
	var f problem.Form
	if n := len([]rune(r.Title)); n < 2 || n > 60 {
		f.Add("title", "form.needed", nil)
	}
	if r.Price < 1 || r.Price > 100000 {
		f.Add("price", "form.number", problem.Args{"least": 1, "most": 100000})
	}
	if r.Stock < 1 || r.Stock > 10000 {
		f.Add("stock", "form.number", problem.Args{"least": 1, "most": 10000})
	}
	if err := f.Err(); err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("volunteer", "manage"); err != nil {
			return err
		}
		set, err := tx.volunteerSettings()
		if err != nil {
			return err
		}
		if !set.PointsOn {
			return problem.New(problem.Conflict, "points.off", nil)
		}
		r.Tenant, r.Given, r.Active, r.CreatedAt, r.UpdatedAt = models.Tenant{ID: tx.NewID()}, 0, true, tx.Now, tx.Now
		tx.Audit("reward.add", r.ID, map[string]int{"price": r.Price, "stock": r.Stock})
		tx.Touch("rewards")
		return tx.Create(&r).Error
	})
}

// EndReward takes an offer off the list; what was asked for stays.
func (t *Tenant) EndReward(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("volunteer", "manage"); err != nil {
			return err
		}
		tx.Audit("reward.end", id, nil)
		tx.Touch("rewards")
		return Changed(tx.Model(&models.Reward{}).Where("id = ? AND active = ?", id, true).Updates(map[string]any{"active": false, "updated_at": tx.Now}))
	})
}

// Asked is a reward asked for, with who will come for it.
type Asked struct {
	models.Redemption
	Name, VolunteerNo string
}

// Redemptions are the rewards asked for, in a state, the oldest first.
func (t *Tenant) Redemptions(ctx context.Context, state models.RedemptionState) ([]Asked, error) {
	var rows []models.Redemption
	if err := t.db(ctx).Where("state = ?", state).Order("id").Limit(mostDecided).Find(&rows).Error; err != nil {
		return nil, err
	}
	ids, who := orNone(nil), map[models.ID]models.Volunteer{}
	for _, r := range rows {
		ids = append(ids, r.VolunteerID)
	}
	var people []models.Volunteer
	if err := t.db(ctx).Where("id IN ?", ids).Find(&people).Error; err != nil {
		return nil, err
	}
	for _, v := range people {
		who[v.ID] = v
	}
	asked := make([]Asked, len(rows))
	for i, r := range rows {
		asked[i] = Asked{r, who[r.VolunteerID].Name, who[r.VolunteerID].Number}
	}
	return asked, nil
}

// MyRedemptions are a volunteer's own, the newest first.
func (t *Tenant) MyRedemptions(ctx context.Context, volunteer models.ID) ([]models.Redemption, error) {
	var rows []models.Redemption
	err := t.db(ctx).Where("volunteer_id = ?", volunteer).Order("id DESC").Limit(mostMine).Find(&rows).Error
	return rows, err
}
