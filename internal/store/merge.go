package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

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

// bothRecords reads the two and holds them; a change since the page was shown
// is a conflict.
func (tx *Tx) bothRecords(d MergeDraft) (keep, drop models.Resident, err error) {
	for _, r := range []struct {
		id   models.ID
		seen time.Time
		into *models.Resident
	}{{d.Keep, d.KeepSeen, &keep}, {d.Drop, d.DropSeen, &drop}} {
		if err := tx.Where("id = ?", r.id).Take(r.into).Error; err != nil {
			return keep, drop, notFound(err)
		}
		held := Changed(tx.Model(&models.Resident{}).Where("id = ? AND updated_at = ?", r.id, models.Moment(r.seen)).UpdateColumn("updated_at", tx.Now))
		if held != nil {
			return keep, drop, held
		}
	}
	return keep, drop, nil
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

// followMerge makes whatever points to the second record point to the first: the
// tie to a login, and every column of every table that ends in resident_id. A
// UNIQUE key that both would take is two people on one list; it refuses.
func (tx *Tx) followMerge(keep, drop models.ID) error {
	if err := tx.followLink(keep, drop); err != nil {
		return err
	}
	for _, table := range tables {
		columns, err := residentColumnsOf(tx.DB, table)
		if err != nil {
			return err
		}
		for _, column := range columns {
			if err := tx.Model(table).Where(map[string]any{column: drop}).UpdateColumn(column, keep).Error; err != nil {
				return err
			}
		}
	}
	from, to := "r"+drop.String(), "r"+keep.String()
	for _, k := range []struct {
		table  any
		column string
	}{{&models.Claim{}, "person_key"}, {&models.SecondFactorReset{}, "asked_key"}} {
		if err := tx.Model(k.table).Where(map[string]any{k.column: from}).UpdateColumn(k.column, to).Error; err != nil {
			return err
		}
	}
	return tx.followPairs(keep)
}

// residentColumnsOf are the columns of a community's table that name a person
// on the roll. Staged rows of an import stay: their seals are bound to the
// record, and a roll that changed since refuses the import.
func residentColumnsOf(db *gorm.DB, table any) ([]string, error) {
	if _, staged := table.(*models.RollRow); staged {
		return nil, nil
	}
	stmt := &gorm.Statement{DB: db}
	if err := stmt.Parse(table); err != nil {
		return nil, err
	}
	tenant := stmt.Schema.LookUpField("CommunityID")
	if tenant == nil || !tenant.PrimaryKey {
		return nil, nil
	}
	return namesOfPeople(stmt.Schema), nil
}

func namesOfPeople(s *schema.Schema) (columns []string) {
	for _, f := range s.Fields {
		if strings.HasSuffix(f.Name, "ResidentID") {
			columns = append(columns, f.DBName)
		}
	}
	return columns
}

// followLink moves the tie to a login; where both records have one, the second
// login's ends, and its owner is told.
func (tx *Tx) followLink(keep, drop models.ID) error {
	var links []models.ResidentLink
	if err := tx.Where("live_resident IN ?", []models.ID{keep, drop}).Find(&links).Error; err != nil {
		return err
	}
	for _, l := range links {
		if *l.LiveResident != drop {
			continue
		}
		if len(links) == 2 {
			if err := tx.endLinksOf(drop, 0, "link.merged"); err != nil {
				return err
			}
			if err := tx.Tell(l.UserID, "link.told.ended", nil, "/me/roll"); err != nil {
				return err
			}
			continue
		}
		err := tx.Model(&models.ResidentLink{}).Where("id = ?", l.ID).UpdateColumn("live_resident", keep).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// followPairs names the pairs of the merged person's relatives anew; of two
// relations to one person the older stays.
func (tx *Tx) followPairs(keep models.ID) error {
	var rows []models.Kinship
	if err := about(tx.Where("ended_at IS NULL"), models.Someone{ResidentID: keep}).Order("id").Find(&rows).Error; err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, k := range rows {
		pair := pairOf(k.First(), k.Other())
		now := models.Kinship{Pair: &pair}
		columns := []string{"pair"}
		if seen[pair] {
			now = models.Kinship{Until: tx.Day(), EndReason: "merged", EndedBy: tx.Actor.UserID, EndedName: tx.Actor.Name, EndedAt: &tx.Now}
			columns = []string{"pair", "until_day", "end_reason", "ended_by", "ended_name", "ended_at"}
		}
		seen[pair] = true
		if err := tx.Model(&models.Kinship{}).Where("id = ?", k.ID).Select(columns).Updates(&now).Error; err != nil {
			return err
		}
	}
	return nil
}
