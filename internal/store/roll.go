package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"

	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/models"
)

// A roll comes in three steps: the file is understood and compared with the
// roll, its rows are staged in batches (short transactions: the only writer of
// SQLite is never held long), and one set-based transaction brings the good
// ones in. The file itself is not kept: it is full of personal data.

// rollBatch is how many rows one staging transaction writes.
const rollBatch = 500

// RollOptions of an import.
type RollOptions struct {
	// KnownGrids are the only grids accepted; nil: those of the roll, or for
	// the first import those that the file itself shows to be real.
	KnownGrids []string
	Progress   func(done, total int)
}

// RollReport is kept with the import for its preview page.
type RollReport struct {
	sheet.RollReport
	Added   int `json:"added"`
	Changed int `json:"changed"`
	Same    int `json:"same"`
	Bad     int `json:"bad"`
	Gone    int `json:"gone"` // on the roll by an import, not in this file

	Failed *problem.Text `json:"failed,omitempty"` // why nothing was staged
}

// ImportRoll understands a residents' roll, compares it with the roll and
// stages it. Nothing is on the roll before ConfirmRoll. A file that cannot be
// used as a whole gives the report with an Invalid problem.
func (t *Tenant) ImportRoll(ctx context.Context, actor models.Actor, name string, data []byte, opt RollOptions) (*models.Import, *RollReport, error) {
	im, err := t.beginRoll(ctx, actor, name, data)
	if err != nil {
		return nil, nil, err
	}
	report, err := t.readAndStage(ctx, actor, im, data, opt)
	if err != nil {
		return nil, report, errors.Join(err, t.failRoll(ctx, im, report, err))
	}
	return im, report, nil
}

// StartRoll is ImportRoll for a page that shows progress: it returns at once,
// and the import tells how far it has come (Total is 0 until the file is read).
// The work outlives the request and is waited for by Close.
func (t *Tenant) StartRoll(ctx context.Context, actor models.Actor, name string, data []byte) (*models.Import, error) {
	im, err := t.beginRoll(ctx, actor, name, data)
	if err != nil {
		return nil, err
	}
	started := *im
	ctx = context.WithoutCancel(ctx)
	t.work.Go(func() {
		report, err := t.readAndStage(ctx, actor, im, data, RollOptions{})
		if err != nil {
			err = errors.Join(err, t.failRoll(ctx, im, report, err))
			if problem.As(err) == nil {
				t.opt.Log.Error("roll not staged", "import", im.ID, "err", err)
			}
		}
	})
	return &started, nil
}

// beginRoll notes the import before the roll is read: what changes on the roll
// from here on is seen by ConfirmRoll.
func (t *Tenant) beginRoll(ctx context.Context, actor models.Actor, name string, data []byte) (*models.Import, error) {
	sum := sha256.Sum256(data)
	im := models.Import{Kind: models.ImportRoll, State: models.ImportRunning, FileName: shorten(cleanLine(name), 200), SHA256: sum[:], Size: int64(len(data))}
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("resident", "import"); err != nil {
			return err
		}
		im.ID, im.ByUserID, im.CreatedAt, im.UpdatedAt = tx.NewID(), actor.UserID, tx.Now, tx.Now
		tx.Audit("resident.stage", im.ID, nil)
		return tx.Create(&im).Error
	})
	return &im, err
}

// readAndStage does the work of an import that has begun.
func (t *Tenant) readAndStage(ctx context.Context, actor models.Actor, im *models.Import, data []byte, opt RollOptions) (*RollReport, error) {
	known, err := t.readRoll(ctx)
	if err != nil {
		return nil, err
	}
	if opt.KnownGrids == nil {
		opt.KnownGrids = known.gridNames()
	}
	roll, err := sheet.ReadRoll(im.FileName, data, sheet.RollOptions{Today: models.DateOf(t.Now()), KnownGrids: opt.KnownGrids, Progress: opt.Progress})
	if err != nil {
		return nil, err
	}
	report := &RollReport{RollReport: roll.RollReport}
	if !roll.OK() {
		return report, problem.New(problem.Invalid, "roll.unusable", nil)
	}
	rows := known.compare(roll.People, report)
	im.Total = len(rows)
	if im.Report, err = json.Marshal(report); err != nil {
		return report, err
	}
	err = t.Write(ctx, actor, func(tx *Tx) error {
		im.UpdatedAt = tx.Now
		return Changed(tx.Model(&models.Import{}).Where("id = ? AND state = ?", im.ID, models.ImportRunning).
			Select("total", "report", "updated_at").Updates(im))
	})
	if err != nil {
		return report, err
	}
	return report, t.stageRoll(ctx, actor, im, rows)
}

// stageRoll writes the rows; the import can be confirmed once all are there.
func (t *Tenant) stageRoll(ctx context.Context, actor models.Actor, im *models.Import, rows []models.RollRow) error {
	for from := 0; from < len(rows); from += rollBatch {
		part := rows[from:min(from+rollBatch, len(rows))]
		err := t.Write(ctx, actor, func(tx *Tx) error {
			for i := range part {
				part[i].ImportID = im.ID
			}
			if err := tx.CreateInBatches(part, 50).Error; err != nil {
				return err
			}
			im.Done, im.UpdatedAt = from+len(part), tx.Now
			if im.Done == len(rows) {
				im.State = models.ImportStaged
			}
			return Changed(tx.Model(&models.Import{}).Where("id = ? AND state = ?", im.ID, models.ImportRunning).
				Select("done", "state", "updated_at").Updates(im))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// failRoll gives an import up and keeps why, for its page.
func (t *Tenant) failRoll(ctx context.Context, im *models.Import, report *RollReport, why error) error {
	if report == nil {
		report = &RollReport{}
	}
	report.Failed = &problem.Text{Key: "page.busy"}
	if p := problem.As(why); p != nil {
		report.Failed = &problem.Text{Key: p.Key, Args: p.Args}
	}
	var err error
	if im.Report, err = json.Marshal(report); err != nil {
		return err
	}
	return t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
		im.State, im.UpdatedAt = models.ImportDropped, tx.Now
		res := tx.Model(&models.Import{}).Where("id = ? AND state = ?", im.ID, models.ImportRunning).Select("state", "report", "updated_at").Updates(im)
		if res.Error != nil {
			return res.Error
		}
		return tx.Where("import_id = ?", im.ID).Delete(&models.RollRow{}).Error
	})
}

// rollIndex is what the roll has, for the comparison with a file.
type rollIndex struct {
	t          *Tenant
	grids      map[string]models.ID
	buildings  map[string]models.ID
	households map[string]models.Household // by number
	byDocument map[string]*models.Resident
	byName     map[string]*models.Resident // household number, name, birth: for people without a document
	byID       map[models.ID]*models.Resident
	seen       map[models.ID]bool
	found      map[models.ID]bool // people of an import whom the file has too
	imported   int
	newID      func() models.ID
}

func nameKey(number, name string, birth models.Date) string {
	return number + "\x00" + name + "\x00" + string(birth)
}

func (t *Tenant) readRoll(ctx context.Context) (*rollIndex, error) {
	x := &rollIndex{t: t, grids: map[string]models.ID{}, buildings: map[string]models.ID{}, households: map[string]models.Household{},
		byDocument: map[string]*models.Resident{}, byName: map[string]*models.Resident{}, byID: map[models.ID]*models.Resident{},
		seen: map[models.ID]bool{}, found: map[models.ID]bool{}}
	x.newID = func() models.ID { return models.NewID(t.Now()) }
	var grids []models.Grid
	var buildings []models.Building
	var households []models.Household
	var people []models.Resident
	db := t.db(ctx)
	for _, list := range []any{&grids, &buildings, &households} {
		if err := db.Find(list).Error; err != nil {
			return nil, err
		}
	}
	// Also who has left: they may come back, and their documents are taken. The
	// living here come last, so that of two the one here is found by name.
	if err := db.Order("state DESC").Order("id").Find(&people).Error; err != nil {
		return nil, err
	}
	for _, g := range grids {
		x.grids[g.Name] = g.ID
	}
	for _, b := range buildings {
		x.buildings[b.Name] = b.ID
	}
	number := map[models.ID]string{}
	for _, h := range households {
		x.households[h.Number], number[h.ID] = h, h.Number
	}
	for i := range people {
		p := &people[i]
		x.byID[p.ID] = p
		if len(p.DocumentIndex) > 0 {
			x.byDocument[string(p.DocumentIndex)] = p
		}
		x.byName[nameKey(number[p.HouseholdID], p.Name, p.Birth)] = p
		if p.Source == "import" && p.State == models.ResidentActive {
			x.imported++
		}
	}
	return x, nil
}

// gridNames are nil before the first import.
func (x *rollIndex) gridNames() (names []string) {
	for name := range x.grids {
		names = append(names, name)
	}
	return names
}

// compare makes the rows to stage and counts what they will do.
func (x *rollIndex) compare(people []sheet.Person, report *RollReport) []models.RollRow {
	rows := make([]models.RollRow, 0, len(people))
	for i := range people {
		row, old := x.row(&people[i])
		if old != nil && old.State == models.ResidentDead && row.Action != models.RollBad {
			x.refuse(&row, report)
		}
		switch {
		case row.Action == models.RollBad:
			report.Bad++
		case old == nil:
			row.Action = models.RollAdd
			report.Added++
		case old.State == models.ResidentMerged: // a human has judged what this record says
			row.Action = models.RollSame
			report.Same++
		default:
			if row.Changes = changedFields(old, x.asResident(&row)); row.Changes == "" {
				row.Action = models.RollSame
				report.Same++
			} else {
				row.Action = models.RollChange
				report.Changed++
			}
		}
		if old != nil {
			x.seen[old.ID] = true
			if real := x.whole(old); real.Source == "import" && real.State == models.ResidentActive {
				x.found[real.ID] = true
			}
		}
		rows = append(rows, row)
	}
	report.Gone = x.imported - len(x.found)
	return rows
}

// RollDead is the error of a row whose person is recorded as dead: the file is
// old, or the record is wrong; a human finds out.
const RollDead = "roll.row.dead"

func (x *rollIndex) refuse(row *models.RollRow, report *RollReport) {
	e := sheet.RowError{Row: row.Line, Key: RollDead}
	row.Action = models.RollBad
	row.Errors, _ = json.Marshal([]sheet.RowError{e}) // a key and a number: always encodable
	report.Errors = append(report.Errors, e)
	report.Good--
}

// row seals a person of the file as the resident it is or will be.
func (x *rollIndex) row(p *sheet.Person) (models.RollRow, *models.Resident) {
	keys := x.t.opt.Keys
	number := cmp.Or(p.Household, p.Building+"-"+p.Unit+"-"+p.Room)
	r := models.RollRow{
		Tenant: models.Tenant{ID: x.newID()}, Line: p.Row, GridName: p.Grid, BuildingName: p.Building, GroupName: p.Group,
		Unit: p.Unit, Room: p.Room, Number: number, Name: p.Name, Relation: p.Relation, Head: p.Head, Sex: p.Sex, Birth: p.Birth,
		DocumentKind: p.DocumentKind, Domicile: p.Domicile, Since: p.Since, Politics: p.Politics, Presence: p.Presence,
	}
	if len(p.Errors) > 0 {
		r.Action = models.RollBad
		r.Errors, _ = json.Marshal(p.Errors) // keys and numbers: always encodable
	} else {
		r.DocumentIndex = keys.Index(indexDocument, p.Document)
	}
	if !slices.ContainsFunc(p.Errors, placeIsWrong) {
		r.GridID = idOf(x.grids, p.Grid, x.newID)
		r.BuildingID = idOf(x.buildings, p.Building, x.newID)
		h, known := x.households[number]
		if !known {
			h = models.Household{Tenant: models.Tenant{ID: x.newID()}, Number: number}
			x.households[number] = h
		}
		r.HouseholdID = h.ID
	}
	r.PhoneIndex = keys.Index(indexPhone, p.Phone)
	old := x.match(p, r.DocumentIndex, number)
	r.ResidentID = x.newID()
	if old != nil {
		r.ResidentID = x.whole(old).ID
	}
	r.DocumentSeal = keys.Seal(sealDocument, r.ResidentID, p.Document)
	r.PhoneSeal = keys.Seal(sealPhone, r.ResidentID, p.Phone)
	return r, old
}

// placeIsWrong tells whether an error of a row leaves open where its dwelling
// is. Other bad rows still show that the household is there.
func placeIsWrong(e sheet.RowError) bool {
	return e.Key == sheet.RollNoGrid || e.Key == sheet.RollUnknownGrid || e.Key == sheet.RollNoAddress
}

// Places of the seals of a resident.
const (
	sealDocument = "residents.document"
	sealPhone    = "residents.phone"
)

func idOf(m map[string]models.ID, name string, newID func() models.ID) models.ID {
	id, ok := m[name]
	if !ok {
		id = newID()
		m[name] = id
	}
	return id
}
