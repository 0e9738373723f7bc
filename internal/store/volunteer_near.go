package store

import (
	"juwu/models"
)

// nearPeople are somebody's near relatives: those declared, and whoever lives in
// one household.
type nearPeople struct {
	relatives []models.Someone
	household map[models.ID]bool // people on the roll
}

func (n nearPeople) has(v *models.Volunteer) bool {
	who := models.Someone{UserID: v.UserID, ResidentID: v.ResidentID}
	if v.ResidentID != 0 && n.household[v.ResidentID] {
		return true
	}
	for _, r := range n.relatives {
		if who.Same(r) {
			return true
		}
	}
	return false
}

// nearPeople of somebody, themselves not counted. Relatives are declared
// (kinships); who shares the household is taken for near when a record is looked
// at, not when it is decided.
func (tx *Tx) nearPeople(who models.Someone) (nearPeople, error) {
	n := nearPeople{household: map[models.ID]bool{}}
	who, err := whole(tx.DB, who)
	if err != nil {
		return n, err
	}
	relatives, err := tx.relatives(who)
	if err != nil {
		return n, err
	}
	for _, r := range relatives {
		if r.Near() {
			n.relatives = append(n.relatives, r.Someone)
		}
	}
	if who.ResidentID == 0 {
		return n, nil
	}
	var own models.Resident
	if err := tx.Select("community_id", "id", "household_id").Where("id = ?", who.ResidentID).Limit(1).Find(&own).Error; err != nil || own.HouseholdID == 0 {
		return n, err
	}
	var ids []models.ID
	err = tx.Model(&models.Resident{}).Where("household_id = ? AND state = ? AND id <> ?", own.HouseholdID, models.ResidentActive, who.ResidentID).Pluck("id", &ids).Error
	for _, id := range ids {
		n.household[id] = true
	}
	return n, err
}

// nearRelative tells whether a volunteer is a declared near relative of the
// actor.
func (tx *Tx) nearRelative(v *models.Volunteer) (bool, error) {
	n, err := tx.nearPeople(tx.me())
	n.household = nil
	return n.has(v), err
}
