package store

import (
	"strings"

	"juwu/internal/sheet"
	"juwu/models"
)

// match finds the person on the roll: by document, else by household, name
// and birth. A person already matched by an earlier row is not matched twice.
func (x *rollIndex) match(p *sheet.Person, document []byte, number string) *models.Resident {
	old := x.byDocument[string(document)]
	if old == nil || len(document) == 0 {
		old = x.byName[nameKey(number, p.Name, p.Birth)]
		if old != nil && len(document) > 0 && len(old.DocumentIndex) > 0 {
			old = nil // another document: another person
		}
	}
	if old != nil && x.seen[old.ID] {
		return nil
	}
	return old
}

// whole is the record that a record was merged into, or itself.
func (x *rollIndex) whole(r *models.Resident) *models.Resident {
	for r.State == models.ResidentMerged && x.byID[r.MergedInto] != nil {
		r = x.byID[r.MergedInto]
	}
	return r
}

// asResident is the record that a row will be.
func (x *rollIndex) asResident(r *models.RollRow) *models.Resident {
	return &models.Resident{Tenant: models.Tenant{ID: r.ResidentID}, HouseholdID: r.HouseholdID, Name: r.Name, Relation: r.Relation, Sex: r.Sex,
		Birth: r.Birth, DocumentKind: r.DocumentKind, DocumentIndex: r.DocumentIndex, PhoneIndex: r.PhoneIndex, Domicile: r.Domicile,
		Since: r.Since, Politics: r.Politics, Presence: r.Presence, State: models.ResidentActive}
}

// changedFields names what differs between two states of a record.
func changedFields(old, now *models.Resident) string {
	var names []string
	note := func(name string, same bool) {
		if !same {
			names = append(names, name)
		}
	}
	note("back", old.State == now.State)
	note("household", now.HouseholdID == old.HouseholdID)
	note("name", now.Name == old.Name)
	note("relation", now.Relation == old.Relation)
	note("sex", now.Sex == old.Sex)
	note("birth", now.Birth == old.Birth)
	note("document", string(now.DocumentIndex) == string(old.DocumentIndex) && now.DocumentKind == old.DocumentKind)
	note("phone", string(now.PhoneIndex) == string(old.PhoneIndex))
	note("domicile", now.Domicile == old.Domicile)
	note("since", now.Since == old.Since)
	note("politics", now.Politics == old.Politics)
	note("presence", now.Presence == old.Presence)
	return strings.Join(names, ",")
}
