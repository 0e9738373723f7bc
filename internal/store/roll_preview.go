package store

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/models"
	"juwu/policy"
)

// stalledAfter is how long an import may say nothing before it is taken for
// dead: its process has ended.
const stalledAfter = 2 * time.Minute

// RollImport is an upload with what was understood of it.
type RollImport struct {
	models.Import
	Report  RollReport
	Expired bool // too old to be confirmed
	Stalled bool // its process has ended before it was done
}

// RollImport reads an upload for its page. Refusals: Forbidden, NotFound.
func (t *Tenant) RollImport(ctx context.Context, actor models.Actor, id models.ID) (*RollImport, error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "resident", "import", models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	var r RollImport
	if err := t.db(ctx).Where("id = ? AND kind = ?", id, models.ImportRoll).Take(&r.Import).Error; err != nil {
		return nil, notFound(err)
	}
	now := t.Now()
	r.Expired = !now.Before(r.CreatedAt.Add(ImportLife))
	r.Stalled = r.State == models.ImportRunning && now.Sub(r.UpdatedAt) > stalledAfter
	if len(r.Import.Report) == 0 {
		return &r, nil
	}
	err := json.Unmarshal(r.Import.Report, &r.Report)
	for i := range r.Report.Errors {
		wholeNumbers(r.Report.Errors[i].Args)
	}
	for i := range r.Report.Findings {
		wholeNumbers(r.Report.Findings[i].Args)
	}
	if r.Report.Failed != nil {
		wholeNumbers(r.Report.Failed.Args)
	}
	return &r, err
}

// RollImports are the latest uploads of rolls.
func (t *Tenant) RollImports(ctx context.Context, limit int) ([]models.Import, error) {
	var rows []models.Import
	err := t.db(ctx).Where("kind = ?", models.ImportRoll).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// wholeNumbers undoes what JSON does to integers.
func wholeNumbers(args problem.Args) {
	for name, v := range args {
		if f, ok := v.(float64); ok {
			args[name] = int64(f)
		}
	}
}

// Difference is a field of a person as the roll has it and as the file has it,
// masked as in every list.
type Difference struct{ Field, Old, New string }

// RollDifference is one row of a staged file beside the roll.
type RollDifference struct {
	ID      models.ID // where the next page goes on
	Line    int       // of the file; 0 for people whom the file lacks
	Name    string
	Where   string
	Changes []Difference
}

// RollRows shows staged rows of one action, a page at a time. Refusal: Forbidden.
func (t *Tenant) RollRows(ctx context.Context, actor models.Actor, id models.ID, action models.RollAction, after models.ID, limit int) ([]RollDifference, error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "resident", "import", models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	var rows []models.RollRow
	db := t.db(ctx)
	if err := db.Where("import_id = ? AND action = ? AND id > ?", id, action, after).Order("id").Limit(limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	ids := orNone(nil)
	for _, r := range rows {
		ids = append(ids, r.ResidentID)
	}
	var people []models.Resident
	if err := db.Where("id IN ?", ids).Find(&people).Error; err != nil {
		return nil, err
	}
	where, err := t.placesOf(ctx, people)
	if err != nil {
		return nil, err
	}
	old := map[models.ID]*models.Resident{}
	for i := range people {
		old[people[i].ID] = &people[i]
	}
	out := make([]RollDifference, len(rows))
	for i := range rows {
		r := &rows[i]
		out[i] = RollDifference{ID: r.ID, Line: r.Line, Name: r.Name, Where: rowPlace(r)}
		if p := old[r.ResidentID]; p != nil && r.Changes != "" {
			if out[i].Changes, err = t.differences(r, p, where); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// rowPlace is the dwelling that a staged row names.
func rowPlace(r *models.RollRow) string {
	return r.BuildingName + " " + placeName(models.Household{Unit: r.Unit, Room: r.Room})
}

// differences puts the changed fields of a row beside those of the roll.
func (t *Tenant) differences(r *models.RollRow, p *models.Resident, where places) ([]Difference, error) {
	keys := t.opt.Keys
	open := func(place string, old, now []byte, mask func(string) string) (a, b string, err error) {
		if a, err = keys.Open(place, p.ID, old); err == nil {
			b, err = keys.Open(place, r.ResidentID, now)
		}
		return mask(a), mask(b), err
	}
	var out []Difference
	for field := range strings.SplitSeq(r.Changes, ",") {
		d := Difference{Field: field}
		var err error
		switch field {
		case "household":
			h := where.households[p.HouseholdID]
			d.Old, d.New = where.buildings[p.BuildingID].Name+" "+placeName(h), rowPlace(r)
		case "name":
			d.Old, d.New = p.Name, r.Name
		case "relation":
			d.Old, d.New = p.Relation, r.Relation
		case "sex":
			d.Old, d.New = p.Sex, r.Sex
		case "birth":
			d.Old, d.New = string(p.Birth), string(r.Birth)
		case "document":
			d.Old, d.New, err = open(sealDocument, p.DocumentSeal, r.DocumentSeal, policy.MaskDocument)
		case "phone":
			d.Old, d.New, err = open(sealPhone, p.PhoneSeal, r.PhoneSeal, policy.MaskPhone)
		case "domicile":
			d.Old, d.New = p.Domicile, r.Domicile
		case "since":
			d.Old, d.New = string(p.Since), string(r.Since)
		case "politics":
			d.Old, d.New = p.Politics, r.Politics
		case "presence":
			d.Old, d.New = string(p.Presence), string(r.Presence)
		case "back":
			d.Old, d.New = string(p.State), string(models.ResidentActive)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// RollGone lists who came by an import and is not in the staged file: proposed
// as moved away, never deleted. Refusal: Forbidden.
func (t *Tenant) RollGone(ctx context.Context, actor models.Actor, id, after models.ID, limit int) ([]RollDifference, error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "resident", "import", models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	var people []models.Resident
	err := t.db(ctx).Where("source = 'import' AND state = ? AND id > ? AND id NOT IN (SELECT resident_id FROM roll_rows WHERE community_id = ? AND import_id = ?)",
		models.ResidentActive, after, t.Community.ID, id).Order("id").Limit(limit).Find(&people).Error
	if err != nil {
		return nil, err
	}
	where, err := t.placesOf(ctx, people)
	if err != nil {
		return nil, err
	}
	out := make([]RollDifference, len(people))
	for i, p := range people {
		out[i] = RollDifference{ID: p.ID, Name: p.Name, Where: where.buildings[p.BuildingID].Name + " " + placeName(where.households[p.HouseholdID])}
	}
	return out, nil
}

// QueuedRow is a row of an import that waits for the desk.
type QueuedRow struct {
	models.RollRow
	Document string // masked
	Phone    string // masked
	Errors   []sheet.RowError
}

func (t *Tenant) queued(r models.RollRow) (QueuedRow, error) {
	q := QueuedRow{RollRow: r}
	if len(r.Errors) > 0 {
		if err := json.Unmarshal(r.Errors, &q.Errors); err != nil {
			return q, err
		}
	}
	for i := range q.Errors {
		wholeNumbers(q.Errors[i].Args)
	}
	document, err := t.opt.Keys.Open(sealDocument, r.ResidentID, r.DocumentSeal)
	if err != nil {
		return q, err
	}
	phone, err := t.opt.Keys.Open(sealPhone, r.ResidentID, r.PhoneSeal)
	q.Document, q.Phone = policy.MaskDocument(document), policy.MaskPhone(phone)
	return q, err
}

// RollQueue lists the rows that wait for the desk, a page at a time. Refusal:
// Forbidden.
func (t *Tenant) RollQueue(ctx context.Context, actor models.Actor, after models.ID, limit int) ([]QueuedRow, error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "resident", "desk", models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	var rows []models.RollRow
	err := t.db(ctx).Where("action = ? AND id > ? AND import_id IN (SELECT id FROM imports WHERE community_id = ? AND state = ?)",
		models.RollBad, after, t.Community.ID, models.ImportConfirmed).Order("id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	out := make([]QueuedRow, len(rows))
	for i, r := range rows {
		if out[i], err = t.queued(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// QueuedRow reads one row that waits. Refusals: Forbidden, NotFound.
func (t *Tenant) QueuedRow(ctx context.Context, actor models.Actor, id models.ID) (*QueuedRow, error) {
	rows, err := t.RollQueue(ctx, actor, id-1, 1)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || rows[0].ID != id {
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	return &rows[0], nil
}

// ClearRow brings a queued row onto the roll as it was put right at the desk.
// An empty document or telephone in the draft takes that of the file.
// Refusals: as of AddResident; Conflict when a colleague was faster.
func (t *Tenant) ClearRow(ctx context.Context, actor models.Actor, id models.ID, d ResidentDraft) (resident models.ID, err error) {
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("resident", "desk"); err != nil {
			return err
		}
		row, err := tx.takeRow(id)
		if err != nil {
			return err
		}
		d := d
		keys := tx.store.opt.Keys
		if d.Document == "" && !d.NoDocument {
			if d.Document, err = keys.Open(sealDocument, row.ResidentID, row.DocumentSeal); err != nil {
				return err
			}
		}
		if d.Phone == "" && !d.NoPhone {
			if d.Phone, err = keys.Open(sealPhone, row.ResidentID, row.PhoneSeal); err != nil {
				return err
			}
		}
		if d.NoDocument {
			d.DocumentKind, d.Document = models.DocumentNone, ""
		}
		resident, err = tx.addResident(d)
		tx.Audit("resident.cleared", row.ImportID, map[string]any{"line": row.Line, "resident": resident})
		return err
	})
	return resident, err
}

// DropRow forgets a queued row: a person entered twice, or not of this
// community. Refusals: Forbidden, NotFound, Conflict.
func (t *Tenant) DropRow(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("resident", "desk"); err != nil {
			return err
		}
		row, err := tx.takeRow(id)
		if err == nil {
			tx.Audit("resident.dropped", row.ImportID, map[string]int{"line": row.Line})
		}
		return err
	})
}

// takeRow reads a queued row and takes it out of the queue.
func (tx *Tx) takeRow(id models.ID) (row models.RollRow, err error) {
	if err := tx.Where("id = ? AND action = ?", id, models.RollBad).Take(&row).Error; err != nil {
		return row, notFound(err)
	}
	return row, Changed(tx.Where("id = ? AND action = ?", id, models.RollBad).Delete(&models.RollRow{}))
}

// dropRollRows forgets what was staged and never confirmed: a file full of
// people must not lie about.
func (t *Tenant) dropRollRows(ctx context.Context, before time.Time) error {
	return t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
		return tx.Where("import_id IN (SELECT id FROM imports WHERE community_id = ? AND state <> ? AND created_at <= ?)",
			tx.Community.ID, models.ImportConfirmed, before).Delete(&models.RollRow{}).Error
	})
}
