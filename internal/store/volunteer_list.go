package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"time"

	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/models"
)

// Lists about volunteers from spreadsheets: who is registered in another
// system, and hours that were written down on paper. A list is read and judged,
// shown, and brought in by one transaction that judges it again: what is here
// may have changed since. The file is not kept, and its rows stand sealed.

const sealListRow = "list_rows.data"

// ListReport is kept with the import for its page. It names nobody.
type ListReport struct {
	sheet.ListReport
	Add     int              `json:"add"`
	Tie     int              `json:"tie"`
	Same    int              `json:"same"`
	Bad     int              `json:"bad"`
	Minutes int              `json:"minutes"` // of the rows that will come in
	Errors  []sheet.RowError `json:"errors,omitempty"`
}

func (r *ListReport) count(a models.ListAction, minutes int) {
	switch a {
	case models.ListAdd:
		r.Add, r.Minutes = r.Add+1, r.Minutes+minutes
	case models.ListTie:
		r.Tie, r.Minutes = r.Tie+1, r.Minutes+minutes
	case models.ListSame:
		r.Same++
	case models.ListBad:
		r.Bad++
	}
}

// listRight is the permission that a kind of list asks for.
func listRight(kind models.ImportKind) (object, action string) {
	if kind == models.ImportHours {
		return "hours", "enter"
	}
	return "volunteer", "manage"
}

// listFolder is where the pages of a kind stand.
func listFolder(kind models.ImportKind) string {
	if kind == models.ImportHours {
		return "hours"
	}
	return "people"
}

// listed is a row that was read, with what it says.
type listed struct {
	line   int
	action models.ListAction
	data   any
}

// StageList reads an uploaded list, judges its rows and keeps them for the
// preview. The same bytes that wait or came in before are the same import, so
// that nothing is brought in twice. Refusals: Forbidden, Invalid, TooLarge.
func (t *Tenant) StageList(ctx context.Context, actor models.Actor, kind models.ImportKind, name string, data []byte) (*models.Import, error) {
	object, action := listRight(kind)
	if err := t.opt.Guard.Allowed(actor, t.Community, object, action, models.DateOf(t.Now())); err != nil {
		return nil, err // before anything is unpacked
	}
	sum := sha256.Sum256(data)
	rows, report, err := t.readList(ctx, actor, kind, name, data)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(report)
	if err != nil {
		return nil, err
	}
	im := models.Import{Kind: kind, State: models.ImportStaged, FileName: shorten(cleanLine(name), 200), SHA256: sum[:], Size: int64(len(data)), Report: text, Total: len(rows)}
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May(object, action); err != nil {
			return err
		}
		var known []models.Import
		err := tx.Where("kind = ? AND sha256 = ? AND (state = ? OR (state = ? AND created_at > ?))", kind, sum[:], models.ImportConfirmed, models.ImportStaged, tx.Now.Add(-ImportLife)).
			Order("state, id DESC").Limit(1).Find(&known).Error
		if err != nil {
			return err
		}
		if len(known) > 0 {
			im = known[0]
			return nil
		}
		im.ID, im.ByUserID, im.CreatedAt, im.UpdatedAt = tx.NewID(), actor.UserID, tx.Now, tx.Now
		staged, err := tx.sealRows(im.ID, rows)
		if err != nil {
			return err
		}
		tx.Audit(string(kind)+".stage", im.ID, map[string]int{"rows": len(rows)})
		if err := tx.Create(&im).Error; err != nil || len(staged) == 0 {
			return err
		}
		return tx.CreateInBatches(&staged, 200).Error
	})
	return &im, err
}

// readList reads the file and judges its rows against what is here.
func (t *Tenant) readList(ctx context.Context, actor models.Actor, kind models.ImportKind, name string, data []byte) ([]listed, *ListReport, error) {
	today := models.DateOf(t.Now())
	if kind == models.ImportHours {
		rows, rep, err := sheet.ReadServed(name, data, today)
		if err != nil {
			return nil, nil, err
		}
		return judgeServed(t.db(ctx), t.opt.Keys, someoneOf(actor, t.Community.ID), today, rows, &ListReport{ListReport: *rep})
	}
	rows, rep, err := sheet.ReadEnrolled(name, data, today)
	if err != nil {
		return nil, nil, err
	}
	return judgeEnrolled(t.db(ctx), t.opt.Keys, today, rows, &ListReport{ListReport: *rep})
}

func (tx *Tx) sealRows(im models.ID, rows []listed) ([]models.ListRow, error) {
	var out []models.ListRow
	for _, r := range rows {
		if r.action == models.ListBad {
			continue // the report says where it is wrong; the file is mended and sent again
		}
		text, err := json.Marshal(r.data)
		if err != nil {
			return nil, err
		}
		row := models.ListRow{Tenant: models.Tenant{ID: tx.NewID()}, ImportID: im, Line: r.line, Action: r.action}
		row.DataSeal = tx.store.opt.Keys.Seal(sealListRow, row.ID, string(text))
		out = append(out, row)
	}
	return out, nil
}

// ListView is an uploaded list for its page.
type ListView struct {
	models.Import
	Report   ListReport
	Expired  bool
	Proposed int  // records that came in and wait for a decision, 200 at most
	Own      bool // the reader brought it in, so that somebody else decides
	Samples  []ListSample
}

// ListSample is a row of the preview, masked as in every list.
type ListSample struct {
	Line    int
	Action  models.ListAction
	Name    string
	Number  string
	Day     models.Date
	What    string
	Minutes int
}

const samplesShown = 20

// List reads an uploaded list. Refusals: Forbidden, NotFound.
func (t *Tenant) List(ctx context.Context, actor models.Actor, kind models.ImportKind, id models.ID) (*ListView, error) {
	object, action := listRight(kind)
	if err := t.opt.Guard.Allowed(actor, t.Community, object, action, models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	v := &ListView{}
	if err := t.db(ctx).Where("id = ? AND kind = ?", id, kind).Take(&v.Import).Error; err != nil {
		return nil, notFound(err)
	}
	v.Expired, v.Own = !t.Now().Before(v.CreatedAt.Add(ImportLife)), v.ByUserID == actor.UserID
	if len(v.Import.Report) > 0 {
		if err := json.Unmarshal(v.Import.Report, &v.Report); err != nil {
			return nil, err
		}
	}
	for _, e := range v.Report.Errors {
		wholeNumbers(e.Args)
	}
	for _, f := range v.Report.Findings {
		wholeNumbers(f.Args)
	}
	if v.State == models.ImportConfirmed {
		ids, err := t.proposedOf(ctx, id)
		v.Proposed = len(ids)
		return v, err
	}
	var err error
	v.Samples, err = t.listSamples(ctx, kind, id)
	return v, err
}

func (t *Tenant) listSamples(ctx context.Context, kind models.ImportKind, id models.ID) ([]ListSample, error) {
	var rows []models.ListRow
	if err := t.db(ctx).Where("import_id = ? AND action <> ?", id, models.ListSame).Order("line").Limit(samplesShown).Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]ListSample, len(rows))
	for i, r := range rows {
		text, err := t.opt.Keys.Open(sealListRow, r.ID, r.DataSeal)
		if err != nil {
			return nil, err
		}
		if out[i], err = sampleOf(kind, text); err != nil {
			return nil, err
		}
		out[i].Line, out[i].Action = r.Line, r.Action
	}
	return out, nil
}

// Lists are the uploaded lists of a kind, the newest first.
func (t *Tenant) Lists(ctx context.Context, kind models.ImportKind) ([]models.Import, error) {
	return t.Imports(ctx, kind, 10)
}

func (t *Tenant) proposedOf(ctx context.Context, im models.ID) ([]models.ID, error) {
	var ids []models.ID
	err := t.db(ctx).Model(&models.Hours{}).Where("import_id = ? AND state = ?", im, models.HoursProposed).Order("id").Limit(mostDecided).Pluck("id", &ids).Error
	return ids, err
}

// ConfirmList brings the rows of a list in: registrations at once, hours as
// proposals that another person of the committee decides. Refusals: Forbidden,
// NotFound, TooLate, Conflict when it is in already.
func (t *Tenant) ConfirmList(ctx context.Context, actor models.Actor, kind models.ImportKind, id models.ID) (*ListReport, error) {
	object, action := listRight(kind)
	report := &ListReport{}
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May(object, action); err != nil {
			return err
		}
		var im models.Import
		if err := tx.Where("id = ? AND kind = ?", id, kind).Take(&im).Error; err != nil {
			return notFound(err)
		}
		if !tx.Now.Before(im.CreatedAt.Add(ImportLife)) {
			return problem.New(problem.TooLate, "list.expired", nil)
		}
		*report = ListReport{}
		if err := json.Unmarshal(im.Report, report); err != nil {
			return err
		}
		res := tx.Model(&models.Import{}).Where("id = ? AND state = ?", id, models.ImportStaged).Update("state", models.ImportConfirmed)
		if err := Changed(res); err != nil {
			return err
		}
		fresh, err := tx.bringList(kind, id, report)
		if err != nil {
			return err
		}
		text, err := json.Marshal(fresh)
		if err != nil {
			return err
		}
		report = fresh
		tx.Audit(string(kind)+".import", id, map[string]int{"added": report.Add, "tied": report.Tie, "same": report.Same, "bad": report.Bad})
		done := map[string]any{"report": text, "done": report.Add + report.Tie, "updated_at": tx.Now}
		if err := tx.Model(&models.Import{}).Where("id = ?", id).Updates(done).Error; err != nil {
			return err
		}
		if err := tx.Where("import_id = ?", id).Delete(&models.ListRow{}).Error; err != nil || report.Minutes == 0 {
			return err
		}
		tx.Touch("hours")
		return tx.tellCommittee("hours.tell.listed", problem.Args{"n": report.Add + report.Tie}, "/admin/"+tx.Community.Code+"/volunteers/"+listFolder(kind)+"/import/"+id.String())
	})
	return report, err
}

// bringList judges the staged rows again and writes the good ones.
func (tx *Tx) bringList(kind models.ImportKind, id models.ID, was *ListReport) (*ListReport, error) {
	var rows []models.ListRow
	if err := tx.Where("import_id = ?", id).Order("line").Find(&rows).Error; err != nil {
		return nil, err
	}
	fresh := &ListReport{ListReport: was.ListReport, Bad: was.Bad, Errors: was.Errors}
	keys := tx.store.opt.Keys
	if kind == models.ImportHours {
		served, err := openRows[sheet.Served](keys, rows)
		if err != nil {
			return nil, err
		}
		judged, _, err := judgeServed(tx.DB, keys, tx.me(), tx.Day(), served, fresh)
		if err != nil {
			return nil, err
		}
		return fresh, tx.putServed(id, judged)
	}
	people, err := openRows[sheet.Enrolled](keys, rows)
	if err != nil {
		return nil, err
	}
	judged, _, err := judgeEnrolled(tx.DB, keys, tx.Day(), people, fresh)
	if err != nil {
		return nil, err
	}
	return fresh, tx.putEnrolled(id, judged)
}

func openRows[T any](keys *Keys, rows []models.ListRow) ([]T, error) {
	out := make([]T, len(rows))
	for i, r := range rows {
		text, err := keys.Open(sealListRow, r.ID, r.DataSeal)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(text), &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// DropList gives an uploaded list up. Refusals: Forbidden, NotFound, Conflict.
func (t *Tenant) DropList(ctx context.Context, actor models.Actor, kind models.ImportKind, id models.ID) error {
	object, action := listRight(kind)
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May(object, action); err != nil {
			return err
		}
		res := tx.Model(&models.Import{}).Where("id = ? AND kind = ? AND state = ?", id, kind, models.ImportStaged).
			Updates(map[string]any{"state": models.ImportDropped, "updated_at": tx.Now})
		if err := Changed(res); err != nil {
			return err
		}
		tx.Audit(string(kind)+".drop", id, nil)
		return tx.Where("import_id = ?", id).Delete(&models.ListRow{}).Error
	})
}

// DecideList decides about the next records of a list, as many as one tap
// decides. Refusals as of DecideHours.
func (t *Tenant) DecideList(ctx context.Context, actor models.Actor, id models.ID, approve bool, reason string) (left []Decided, done int, err error) {
	ids, err := t.proposedOf(ctx, id)
	if err != nil {
		return nil, 0, err
	}
	left, err = t.DecideHours(ctx, actor, ids, approve, reason)
	return left, len(ids) - len(left), err
}

// dropListRows forgets the rows of lists that nobody confirmed.
func (t *Tenant) dropListRows(ctx context.Context, before time.Time) error {
	return t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
		return tx.Where("import_id IN (SELECT id FROM imports WHERE community_id = ? AND created_at <= ?)", tx.Community.ID, before).Delete(&models.ListRow{}).Error
	})
}
