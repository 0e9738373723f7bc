package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
)

// relationHead is how a roll names the head of a household in 与户主关系.
const relationHead = "户主" //words:allow a value of the roll, not a sentence

// AddResident puts a person on the roll at the desk: moved in, born, or found
// at the door. Refusals: Forbidden, Invalid with the fields of the draft.
func (t *Tenant) AddResident(ctx context.Context, actor models.Actor, d ResidentDraft) (id models.ID, err error) {
	err = t.Write(ctx, actor, func(tx *Tx) error {
		id, err = tx.addResident(d)
		return err
	})
	return id, err
}

func (tx *Tx) addResident(d ResidentDraft) (models.ID, error) {
	if err := tx.May("resident", "desk"); err != nil {
		return 0, err
	}
	d = d.clean()
	if err := d.check(tx.Day(), false); err != nil {
		return 0, err
	}
	r := models.Resident{Tenant: models.Tenant{ID: tx.NewID()}, State: models.ResidentActive, Source: "desk", CreatedAt: tx.Now, UpdatedAt: tx.Now}
	fresh, err := tx.dwell(&r, d)
	if err != nil {
		return 0, err
	}
	if err := tx.fill(&r, d); err != nil {
		return 0, err
	}
	if err := tx.Create(&r).Error; err != nil {
		return 0, twice(err)
	}
	if err := tx.headIf(&r); err != nil {
		return 0, err
	}
	tx.Audit("resident.add", r.ID, nil)
	tx.Touch("people")
	return r.ID, tx.addPeople(1, fresh)
}

// fill writes a draft into a record and refuses a document that another
// record has.
func (tx *Tx) fill(r *models.Resident, d ResidentDraft) error {
	r.Name, r.Relation, r.Sex, r.Birth = d.Name, d.Relation, d.Sex, d.Birth
	r.Domicile, r.Since, r.Politics, r.Presence = d.Domicile, d.Since, d.Politics, d.Presence
	keys := tx.store.opt.Keys
	switch {
	case d.NoDocument:
		r.DocumentKind, r.DocumentSeal, r.DocumentIndex = models.DocumentNone, nil, nil
	case d.Document != "":
		r.DocumentKind = d.DocumentKind
		r.DocumentSeal = keys.Seal(sealDocument, r.ID, d.Document)
		r.DocumentIndex = keys.Index(indexDocument, d.Document)
	}
	switch {
	case d.NoPhone:
		r.PhoneSeal, r.PhoneIndex = nil, nil
	case d.Phone != "":
		r.PhoneSeal = keys.Seal(sealPhone, r.ID, d.Phone)
		r.PhoneIndex = keys.Index(indexPhone, d.Phone)
	}
	if len(r.DocumentIndex) == 0 {
		return nil
	}
	var other models.Resident
	err := tx.Where("document_index = ? AND id <> ?", r.DocumentIndex, r.ID).Limit(1).Find(&other).Error
	if err != nil || other.ID == 0 {
		return err
	}
	var f problem.Form
	f.Add("document", "resident.document.known."+string(other.State), nil)
	return f.Err()
}

// twice tells a document that came onto the roll at the same instant.
func twice(err error) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return problem.New(problem.Conflict, "resident.document.known.active", nil)
	}
	return err
}

// dwell finds the household at the draft's address, or makes it. fresh is 1
// when it is new. Without a room the person stays where they are.
func (tx *Tx) dwell(r *models.Resident, d ResidentDraft) (fresh int, err error) {
	if d.Room == "" {
		return 0, nil
	}
	var b models.Building
	if err := tx.Where("id = ?", d.BuildingID).Limit(1).Find(&b).Error; err != nil {
		return 0, err
	}
	if b.ID == 0 {
		var f problem.Form
		f.Add("building", "form.choose", nil)
		return 0, f.Err()
	}
	var h models.Household
	err = tx.Where("building_id = ? AND unit = ? AND room = ?", b.ID, d.Unit, d.Room).Order("id").Limit(1).Find(&h).Error
	if err != nil {
		return 0, err
	}
	if h.ID == 0 {
		number := d.Number
		if number == "" {
			number = b.Name + "-" + d.Unit + "-" + d.Room // as the import names a household without a number
		}
		h = models.Household{Tenant: models.Tenant{ID: tx.NewID()}, BuildingID: b.ID, GroupName: d.GroupName, Unit: d.Unit, Room: d.Room, Number: number}
		if err := tx.Create(&h).Error; err != nil {
			if errors.Is(err, gorm.ErrDuplicatedKey) {
				var f problem.Form
				f.Add("number", "resident.number.taken", nil)
				return 0, f.Err()
			}
			return 0, err
		}
		fresh = 1
	}
	r.HouseholdID, r.BuildingID, r.GridID = h.ID, b.ID, b.GridID
	return fresh, nil
}

// headIf makes a person the head whose relation says so, where there is none.
func (tx *Tx) headIf(r *models.Resident) error {
	if r.Relation != relationHead {
		return nil
	}
	return tx.Model(&models.Household{}).Where("id = ? AND head_id = 0", r.HouseholdID).Update("head_id", r.ID).Error
}

// addPeople keeps the community's counts, which no page counts.
func (tx *Tx) addPeople(residents, households int) error {
	if residents == 0 && households == 0 {
		return nil
	}
	tx.touchGlobal(subjectCommunities)
	tx.Touch("home")
	return Changed(tx.Model(&models.Community{}).Where("id = ?", tx.Community.ID).
		Updates(map[string]any{"residents": gorm.Expr("residents + ?", residents), "households": gorm.Expr("households + ?", households)}))
}

// atDesk reads a record that the actor is about to change. Nobody serves
// themselves: their own record is changed by a colleague.
func (tx *Tx) atDesk(id models.ID) (r models.Resident, err error) {
	if err := tx.May("resident", "desk"); err != nil {
		return r, err
	}
	if err := tx.Where("id = ?", id).Take(&r).Error; err != nil {
		return r, notFound(err)
	}
	if link, ok := tx.Actor.Resident(tx.Community.ID); ok && link.ResidentID == id {
		return r, problem.New(problem.Conflict, "resident.own", nil).Because("nobody serves themselves at the desk")
	}
	return r, nil
}

// changeable are the columns that the desk writes.
var changeable = []string{"household_id", "grid_id", "building_id", "name", "relation", "sex", "birth", "document_kind", "document_seal",
	"document_index", "phone_seal", "phone_index", "domicile", "since", "politics", "presence", "updated_at"}

// ChangeResident writes a record anew. seen is the version that the form
// showed: a change made in between is not overwritten. Refusals: Forbidden,
// NotFound, Conflict, Invalid with fields.
func (t *Tenant) ChangeResident(ctx context.Context, actor models.Actor, id models.ID, seen time.Time, d ResidentDraft) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		r, err := tx.atDesk(id)
		if err != nil {
			return err
		}
		d := d.clean()
		if err := d.check(tx.Day(), true); err != nil {
			return err
		}
		old := r
		fresh, err := tx.dwell(&r, d)
		if err != nil {
			return err
		}
		if err := tx.fill(&r, d); err != nil {
			return err
		}
		r.UpdatedAt = tx.Now
		res := tx.Model(&models.Resident{}).Where("id = ? AND state = ? AND updated_at = ?", id, models.ResidentActive, models.Moment(seen)).
			Select(changeable).Updates(&r)
		if err := Changed(res); err != nil {
			return twice(err)
		}
		if old.HouseholdID != r.HouseholdID {
			if err := tx.noHead(old); err != nil {
				return err
			}
			tx.Audit("resident.move", id, map[string]models.ID{"from": old.HouseholdID, "to": r.HouseholdID})
		}
		if err := tx.headIf(&r); err != nil {
			return err
		}
		if err := tx.volunteersFollowRoll(id); err != nil {
			return err
		}
		tx.Audit("resident.change", id, map[string]string{"fields": changedFields(&old, &r)})
		tx.Touch("people")
		return tx.addPeople(0, fresh)
	})
}

// noHead takes a person off the head of the household that they leave.
func (tx *Tx) noHead(r models.Resident) error {
	return tx.Model(&models.Household{}).Where("id = ? AND head_id = ?", r.HouseholdID, r.ID).Update("head_id", 0).Error
}

// LeaveReason is why a person leaves the roll.
type LeaveReason string

const (
	LeaveMoved LeaveReason = "moved"
	LeaveDead  LeaveReason = "dead"
)

// LeaveResident takes a person off the roll from a day on: moved away or died.
// The record stays; the login that acted for it does so no more. Refusals:
// Forbidden, NotFound, Conflict when they have left already, Invalid (day).
func (t *Tenant) LeaveResident(ctx context.Context, actor models.Actor, id models.ID, why LeaveReason, day models.Date) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		r, err := tx.atDesk(id)
		if err != nil {
			return err
		}
		if !day.Valid() || day > tx.Day() || r.Birth != "" && day < r.Birth {
			var f problem.Form
			f.Add("day", "resident.leave.day", nil)
			return f.Err()
		}
		state := models.ResidentMoved
		if why == LeaveDead {
			state = models.ResidentDead
		}
		res := tx.Model(&models.Resident{}).Where("id = ? AND state = ?", id, models.ResidentActive).
			Select("state", "updated_at").Updates(&models.Resident{State: state, UpdatedAt: tx.Now})
		if err := Changed(res); err != nil {
			return err
		}
		if err := tx.noHead(r); err != nil {
			return err
		}
		if err := tx.endLinksOf(id, 0, "link."+string(why)); err != nil {
			return err
		}
		if err := tx.volunteersFollowRoll(id); err != nil {
			return err
		}
		tx.Audit("resident."+string(why), id, map[string]models.Date{"day": day})
		tx.Touch("people")
		return tx.addPeople(-1, 0)
	})
}

// ReturnResident brings back who had moved away, into the dwelling they had;
// a change of the record gives another. Refusals: Forbidden, NotFound, Conflict.
func (t *Tenant) ReturnResident(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if _, err := tx.atDesk(id); err != nil {
			return err
		}
		res := tx.Model(&models.Resident{}).Where("id = ? AND state = ?", id, models.ResidentMoved).
			Select("state", "updated_at").Updates(&models.Resident{State: models.ResidentActive, UpdatedAt: tx.Now})
		if err := Changed(res); err != nil {
			return err
		}
		tx.Audit("resident.return", id, nil)
		tx.Touch("people")
		return tx.addPeople(1, 0)
	})
}

// SetHead makes a person who lives there the head of their household. What the
// others are to the new head is asked of them, not guessed.
func (t *Tenant) SetHead(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		r, err := tx.atDesk(id)
		if err != nil {
			return err
		}
		if r.State != models.ResidentActive {
			return problem.New(problem.Conflict, "resident.left", nil)
		}
		gone := models.Resident{UpdatedAt: tx.Now}
		err = tx.Model(&models.Resident{}).Where("household_id = ? AND relation = ? AND id <> ?", r.HouseholdID, relationHead, id).
			Select("relation", "updated_at").Updates(&gone).Error
		if err != nil {
			return err
		}
		head := models.Resident{Relation: relationHead, UpdatedAt: tx.Now}
		if err := tx.Model(&models.Resident{}).Where("id = ?", id).Select("relation", "updated_at").Updates(&head).Error; err != nil {
			return err
		}
		res := tx.Model(&models.Household{}).Where("id = ? AND head_id <> ?", r.HouseholdID, id).Update("head_id", id)
		if err := Changed(res); err != nil {
			return err
		}
		tx.Audit("household.head", r.HouseholdID, map[string]models.ID{"resident": id})
		tx.Audit("resident.head", id, nil)
		tx.Touch("people")
		return nil
	})
}
