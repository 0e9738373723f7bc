package store

import (
	"context"

	"gorm.io/gorm"

	"juwu/models"
)

// delegates are who sends the panel of an appraisal (A2-04): the residents'
// representatives, the deliberation council, the units and social organisations,
// the party branch. Members of the committee do not choose who grades them.
func (s *Store) delegates(db *gorm.DB, c *models.Community, day models.Date) ([]Voter, error) {
	members, err := s.committeeOn(db, c, day)
	if err != nil {
		return nil, err
	}
	var party []models.Appointment
	err = db.Where("region_id = ? AND role = ? AND deputy_for = 0 AND ended_at IS NULL AND from_day <= ? AND (until_day = '' OR until_day >= ?)", c.ID, models.RolePartyBranch, day, day).
		Order("id").Find(&party).Error
	if err != nil {
		return nil, err
	}
	known := map[models.ID]bool{}
	for _, a := range members {
		known[a.UserID] = true
	}
	var out []Voter
	for _, a := range party {
		if !known[a.UserID] {
			known[a.UserID] = true
			out = append(out, Voter{ID: a.UserID, Name: a.Name})
		}
	}
	people := map[models.ID]bool{} // who is on the roll without a login counts once too
	for _, from := range []struct {
		kind models.BodyKind
		post models.Seat
	}{
		{models.BodyGroup, models.SitsRep}, {models.BodyDeliberation, models.SitsHead}, {models.BodyDeliberation, models.SitsMember},
		{models.BodyUnit, models.SitsContact}, {models.BodySocial, models.SitsContact},
	} {
		rows, err := mandatesOn(db, from.post, from.kind, day)
		if err != nil {
			return nil, err
		}
		for _, m := range rows {
			if m.UserID != 0 && known[m.UserID] || m.ResidentID != 0 && people[m.ResidentID] {
				continue
			}
			known[m.UserID], people[m.ResidentID] = m.UserID != 0, true
			out = append(out, Voter{ID: m.ID, Name: m.Name})
		}
	}
	return out, nil
}

// FindCandidates looks for somebody to put up. Whoever keeps an appraisal's panel
// does not read the roll: they find who says their whole name.
func (t *Tenant) FindCandidates(ctx context.Context, actor models.Actor, kind models.BodyKind, words string) ([]Person, error) {
	if kind != models.BodyPanel {
		return t.FindResidents(ctx, actor, words)
	}
	if err := t.opt.Guard.Allowed(actor, t.Community, "body", "manage", models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	var rows []models.Resident
	err := t.db(ctx).Select("community_id", "id", "household_id", "name", "birth", "state").Where("name = ? AND state = ?", models.Key(words), models.ResidentActive).Order("id").Limit(20).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	places, err := addresses(t.db(ctx))
	people := make([]Person, len(rows))
	for i, r := range rows {
		people[i] = Person{ID: r.ID, Name: r.Name, Building: places[r.HouseholdID], State: r.State}
		if r.Birth.Valid() {
			people[i].Birth = string(r.Birth)[:4]
		}
	}
	return people, err
}
