package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// One person stands on the roll twice: moved in under a misspelt name, entered
// at the desk and imported again. Merging makes the two records one: whatever
// points to the second points to the first afterwards. It cannot be undone, so
// a vice director or the director does it, sees both records side by side,
// chooses what is right and says why.

// MergeFields can be chosen from either record, in the order of the page.
var MergeFields = []string{"name", "sex", "birth", "document", "phone", "household", "relation", "presence", "domicile", "since", "politics"}

// MergeView is two records beside each other, masked as on every screen.
type MergeView struct {
	Keep, Drop  *PersonView
	Differences []MergeDifference
	Refused     error // why the two cannot be merged; nil if they can
}

// MergeDifference is a field in which they differ. Take is what the page
// proposes: the second record's, where the first says nothing.
type MergeDifference struct {
	Field, Keep, Drop string
	Take              bool
}

// mayMerge also keeps people from merging their own record.
func (t *Tenant) mayMerge(actor models.Actor, ids ...models.ID) error {
	if err := t.opt.Guard.Allowed(actor, t.Community, "resident", "merge", models.DateOf(t.Now())); err != nil {
		return err
	}
	if l, ok := actor.Resident(t.Community.ID); ok && slices.Contains(ids, l.ResidentID) {
		return problem.New(problem.Conflict, "resident.own", nil).Because("nobody serves themselves at the desk")
	}
	return nil
}

// MergeCandidates are other records that may be the same person: the same
// name, telephone, or birthday in the same household.
func (t *Tenant) MergeCandidates(ctx context.Context, actor models.Actor, id models.ID) ([]Person, error) {
	if err := t.mayMerge(actor, id); err != nil {
		return nil, err
	}
	scope, err := t.rollScope(ctx, actor)
	if err != nil {
		return nil, err
	}
	var r models.Resident
	if err := t.db(ctx).Where("id = ?", id).Take(&r).Error; err != nil {
		return nil, notFound(err)
	}
	phone := r.PhoneIndex
	if len(phone) == 0 {
		phone = []byte{0}
	}
	var rows []models.Resident
	err = t.db(ctx).Where("id <> ? AND state <> ?", id, models.ResidentMerged).
		Where("name = ? OR phone_index = ? OR (household_id = ? AND birth = ? AND birth <> '')", r.Name, phone, r.HouseholdID, r.Birth).
		Order("state").Order("id").Limit(foundAtMost).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	return t.show(ctx, scope, rows, false)
}

// MergePreview puts two records beside each other. Refusals: Forbidden,
// NotFound, Conflict (own record).
func (t *Tenant) MergePreview(ctx context.Context, actor models.Actor, keep, drop models.ID) (*MergeView, error) {
	if err := t.mayMerge(actor, keep, drop); err != nil {
		return nil, err
	}
	var v MergeView
	var err error
	if v.Keep, err = t.Resident(ctx, actor, keep); err != nil {
		return nil, err
	}
	if v.Drop, err = t.Resident(ctx, actor, drop); err != nil {
		return nil, err
	}
	var a, b models.Resident
	err = errors.Join(t.db(ctx).Where("id = ?", keep).Take(&a).Error, t.db(ctx).Where("id = ?", drop).Take(&b).Error)
	if err != nil {
		return nil, err
	}
	v.Refused = policy.MayMerge(a, b)
	differ := strings.Split(changedFields(&a, &b), ",")
	for _, field := range MergeFields {
		if slices.Contains(differ, field) {
			d := MergeDifference{Field: field, Keep: mergeText(v.Keep, field), Drop: mergeText(v.Drop, field)}
			d.Take = d.Keep == "" && d.Drop != ""
			v.Differences = append(v.Differences, d)
		}
	}
	return &v, nil
}

// mergeText is a field as the reader may see it.
func mergeText(p *PersonView, field string) string {
	home := p.Building
	if p.Place != "" {
		home += " " + p.Place
	}
	return map[string]string{"name": p.Name, "sex": p.Sex, "birth": p.Birth, "document": p.Document, "phone": p.Phone, "household": home,
		"relation": p.Relation, "presence": string(p.Presence), "domicile": p.Domicile, "since": string(p.Since), "politics": p.Politics}[field]
}

// MergeDraft is a decision about two records. Take are the fields in which the
// second record is right; the versions are those that the page showed.
type MergeDraft struct {
	Keep, Drop         models.ID
	KeepSeen, DropSeen time.Time
	Take               []string
	Reason             string
}

// MergeResidents makes two records one. Refusals: Forbidden, NotFound, Invalid
// (reason), Conflict: own record, changed meanwhile, two documents, both on one
// list where everybody stands once, relatives of each other, or a signature
// under a month that is not out yet.
func (t *Tenant) MergeResidents(ctx context.Context, actor models.Actor, d MergeDraft) error {
	if err := t.mayMerge(actor, d.Keep, d.Drop); err != nil {
		return err
	}
	reason, err := checkReason(cleanLine(d.Reason))
	if err != nil {
		return err
	}
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("resident", "merge"); err != nil {
			return err
		}
		keep, drop, err := tx.bothRecords(d)
		if err != nil {
			return err
		}
		if err := policy.MayMerge(keep, drop); err != nil {
			return err
		}
		if err := tx.mayFollow(keep.ID, drop.ID); err != nil {
			return err
		}
		if err := tx.mergeInto(keep, drop, d.Take); err != nil {
			return err
		}
		if err := tx.followMerge(keep.ID, drop.ID); err != nil {
			return err
		}
		tx.Audit("resident.merge", keep.ID, map[string]any{"from": drop.ID, "take": d.Take})
		tx.Audit("resident.merged", drop.ID, map[string]any{"into": keep.ID})
		tx.Touch("people")
		note := models.Merge{Tenant: models.Tenant{ID: tx.NewID()}, KeptResidentID: keep.ID, DroppedID: drop.ID, Taken: strings.Join(d.Take, ","),
			Reason: reason, ByUserID: actor.UserID, ByName: actor.Name, CreatedAt: tx.Now}
		return tx.Create(&note).Error
	})
	if duplicate(err) {
		return problem.New(problem.Conflict, "resident.merge.both", nil).Because("both stand on one list where everybody stands once")
	}
	return err
}

// bothRecords holds the two and reads them; a change since the page was shown
// is a conflict. Held first and read afterwards, always in the same order: of
// two processes the second sees what the first has made of them.
func (tx *Tx) bothRecords(d MergeDraft) (keep, drop models.Resident, err error) {
	seen := map[models.ID]time.Time{d.Keep: d.KeepSeen, d.Drop: d.DropSeen}
	for _, id := range slices.Sorted(maps.Keys(seen)) {
		res := tx.Model(&models.Resident{}).Where("id = ? AND updated_at = ? AND state <> ?", id, models.Moment(seen[id]), models.ResidentMerged).
			UpdateColumn("updated_at", tx.Now)
		if res.Error != nil || res.RowsAffected == 1 {
			err = errors.Join(err, res.Error)
			continue
		}
		var r models.Resident
		if err := tx.Where("id = ?", id).Take(&r).Error; err != nil {
			return keep, drop, notFound(err)
		}
		if r.State == models.ResidentMerged {
			return keep, drop, problem.New(problem.Conflict, "policy.merge.done", nil)
		}
		return keep, drop, problem.New(problem.Conflict, "page.conflict", nil)
	}
	if err != nil {
		return keep, drop, err
	}
	err = errors.Join(tx.Where("id = ?", d.Keep).Take(&keep).Error, tx.Where("id = ?", d.Drop).Take(&drop).Error)
	return keep, drop, err
}

// mayFollow refuses what following would hide.
func (tx *Tx) mayFollow(keep, drop models.ID) error {
	kin, err := tx.related(models.Someone{ResidentID: keep}, models.Someone{ResidentID: drop})
	if err != nil {
		return err
	}
	if kin != "" {
		return problem.New(problem.Conflict, "resident.merge.relatives", nil)
	}
	var open models.AccountSignature
	err = tx.Where("person_key IN ? AND account_id IN (SELECT id FROM account_months WHERE community_id = ? AND state = ?)",
		[]string{"r" + keep.String(), "r" + drop.String()}, tx.chain, models.AccountSigning).Limit(1).Find(&open).Error
	if err == nil && open.ID != 0 {
		return problem.New(problem.Conflict, "resident.merge.signing", nil)
	}
	return err
}

// mergeInto writes what was chosen into the first record and closes the second.
func (tx *Tx) mergeInto(keep, drop models.Resident, take []string) error {
	counts := drop.State == models.ResidentActive
	gone := models.Resident{State: models.ResidentMerged, MergedInto: keep.ID, UpdatedAt: tx.Now, DocumentKind: drop.DocumentKind,
		DocumentSeal: drop.DocumentSeal, DocumentIndex: drop.DocumentIndex}
	taken := slices.Contains(take, "document")
	if taken || string(keep.DocumentIndex) == string(drop.DocumentIndex) {
		gone.DocumentKind, gone.DocumentSeal, gone.DocumentIndex = models.DocumentNone, nil, nil
	}
	err := tx.Model(&models.Resident{}).Where("id = ?", drop.ID).
		Select("state", "merged_into", "document_kind", "document_seal", "document_index", "updated_at").UpdateColumns(&gone).Error
	if err != nil {
		return err
	}
	old := keep
	if err := tx.takeOver(&keep, drop, take); err != nil {
		return err
	}
	keep.UpdatedAt = tx.Now
	if err := tx.Model(&models.Resident{}).Where("id = ?", keep.ID).Select(changeable).UpdateColumns(&keep).Error; err != nil {
		return err
	}
	// Whoever was the head stays the head, where they live now.
	for _, h := range []models.ID{old.HouseholdID, drop.HouseholdID} {
		head := models.ID(0)
		if h == keep.HouseholdID {
			head = keep.ID
		}
		err := tx.Model(&models.Household{}).Where("id = ? AND head_id IN ?", h, []models.ID{keep.ID, drop.ID}).Update("head_id", head).Error
		if err != nil {
			return err
		}
	}
	if counts {
		return tx.addPeople(-1, 0)
	}
	return nil
}

// takeOver copies the chosen fields. A seal is bound to its row: what is taken
// is opened and sealed anew.
func (tx *Tx) takeOver(keep *models.Resident, drop models.Resident, take []string) error {
	keys := tx.store.opt.Keys
	for _, field := range take {
		switch field {
		case "name":
			keep.Name = drop.Name
		case "sex":
			keep.Sex = drop.Sex
		case "birth":
			keep.Birth = drop.Birth
		case "document":
			open, err := keys.Open(sealDocument, drop.ID, drop.DocumentSeal)
			if err != nil {
				return err
			}
			keep.DocumentKind, keep.DocumentIndex, keep.DocumentSeal = drop.DocumentKind, drop.DocumentIndex, keys.Seal(sealDocument, keep.ID, open)
		case "phone":
			open, err := keys.Open(sealPhone, drop.ID, drop.PhoneSeal)
			if err != nil {
				return err
			}
			keep.PhoneIndex, keep.PhoneSeal = drop.PhoneIndex, keys.Seal(sealPhone, keep.ID, open)
		case "household":
			keep.HouseholdID, keep.BuildingID, keep.GridID = drop.HouseholdID, drop.BuildingID, drop.GridID
		case "relation":
			keep.Relation = drop.Relation
		case "presence":
			keep.Presence = drop.Presence
		case "domicile":
			keep.Domicile = drop.Domicile
		case "since":
			keep.Since = drop.Since
		case "politics":
			keep.Politics = drop.Politics
		default:
			return problem.New(problem.Invalid, "page.conflict", nil).Because("no such field: " + field)
		}
	}
	return nil
}
