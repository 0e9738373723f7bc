package store

import (
	"context"

	"juwu/models"
	"juwu/policy"
)

// groupOf is the pool of reserved seats that the person may use; nobody is asked
// what they are: posts, invitations and the roll say it.
func (tx *Tx) groupOf(meeting models.ID, u models.User, self models.Resident, part models.MeetingPart) (models.MeetingPool, error) {
	var pools []models.MeetingPool
	err := tx.Model(&models.MeetingSeats{}).Where("meeting_id = ? AND part = ? AND pool <> ?", meeting, part, models.PoolOpen).Pluck("pool", &pools).Error
	if err != nil || len(pools) == 0 {
		return models.PoolOpen, err
	}
	var invited []models.MeetingBody
	if len(u.PhoneIndex) > 0 {
		if err := tx.Model(&models.MeetingInvite{}).Where("meeting_id = ? AND phone_index = ?", meeting, u.PhoneIndex).Pluck("body", &invited).Error; err != nil {
			return models.PoolOpen, err
		}
	}
	seats, err := tx.seatsHeld(u.ID, self.ID)
	if err != nil {
		return models.PoolOpen, err
	}
	for _, pool := range policy.GroupsOf(tx.roles(), append(invited, seats...), self.Politics) {
		for _, p := range pools {
			if p == pool {
				return pool, nil
			}
		}
	}
	return models.PoolOpen, nil
}

// seatsHeld are the bodies that a person's mandates of today stand for.
func (tx *Tx) seatsHeld(user, resident models.ID) ([]models.MeetingBody, error) {
	var rows []models.Mandate
	err := tx.Where("(user_id = ? OR resident_id = ? AND resident_id <> 0) AND state = ?", user, resident, models.MandateServing).Limit(20).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := make([]models.ID, len(rows))
	for i, m := range rows {
		ids[i] = m.BodyID
	}
	var bodies []models.Body
	if err := tx.Where("id IN ?", ids).Find(&bodies).Error; err != nil {
		return nil, err
	}
	kinds := map[models.ID]models.BodyKind{}
	for _, b := range bodies {
		kinds[b.ID] = b.Kind
	}
	var out []models.MeetingBody
	for _, m := range rows {
		if m.InOffice(tx.Day()) {
			if b := policy.MandateGroup(kinds[m.BodyID], m.Post); b != "" {
				out = append(out, b)
			}
		}
	}
	return out, nil
}

// MyFamily are the other people of the actor's own household on the roll, for
// whoever signs up an elder. Only a confirmed tie shows who lives there.
func (t *Tenant) MyFamily(ctx context.Context, actor models.Actor) ([]Person, error) {
	link, ok := actor.Resident(t.Community.ID)
	if !ok || link.State != models.LinkConfirmed {
		return nil, nil
	}
	var self models.Resident
	if err := t.db(ctx).Where("id = ?", link.ResidentID).Limit(1).Find(&self).Error; err != nil || self.HouseholdID == 0 {
		return nil, err
	}
	var rows []models.Resident
	err := t.db(ctx).Select("id", "name", "birth").Where("household_id = ? AND state = ? AND id <> ?", self.HouseholdID, models.ResidentActive, self.ID).
		Order("birth").Limit(20).Find(&rows).Error
	people := make([]Person, len(rows))
	for i, r := range rows {
		people[i] = Person{ID: r.ID, Name: r.Name}
	}
	return people, err
}
