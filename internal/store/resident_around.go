package store

import (
	"context"

	"juwu/models"
)

// around reads what stands beside a person on the page.
func (t *Tenant) around(ctx context.Context, scope rollScope, v *PersonView, r models.Resident) error {
	var others []models.Resident
	db := t.db(ctx)
	err := db.Where("household_id = ? AND state = ? AND id <> ?", r.HouseholdID, models.ResidentActive, r.ID).Order("id").Limit(50).Find(&others).Error
	if err != nil {
		return err
	}
	if v.Household, err = t.show(ctx, scope, others, scope.roles.Has(models.RoleStation)); err != nil {
		return err
	}
	var links []models.ResidentLink
	if err := db.Where("live_resident = ?", r.ID).Limit(1).Find(&links).Error; err != nil {
		return err
	}
	if len(links) == 1 {
		v.Link = &links[0]
	}
	if err := db.Where("object_id = ?", r.ID).Order("seq DESC").Limit(20).Find(&v.History).Error; err != nil {
		return err
	}
	return db.Where("resident_id = ?", r.ID).Order("id DESC").Limit(20).Find(&v.Looks).Error
}
