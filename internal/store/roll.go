package store

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

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
}

// ImportRoll understands a residents' roll, compares it with the roll and
// stages it. Nothing is on the roll before ConfirmRoll.
func (t *Tenant) ImportRoll(ctx context.Context, actor models.Actor, name string, data []byte, opt RollOptions) (*models.Import, *RollReport, error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "resident", "import", models.DateOf(t.Now())); err != nil {
		return nil, nil, err
	}
	known, err := t.readRoll(ctx)
	if err != nil {
		return nil, nil, err
	}
	if opt.KnownGrids == nil {
		opt.KnownGrids = known.gridNames()
	}
	roll, err := sheet.ReadRoll(name, data, sheet.RollOptions{Today: models.DateOf(t.Now()), KnownGrids: opt.KnownGrids, Progress: opt.Progress})
	if err != nil {
		return nil, nil, err
	}
	report := &RollReport{RollReport: roll.RollReport}
	if !roll.OK() {
		return nil, report, problem.New(problem.Invalid, "roll.unusable", nil)
	}
	rows := known.compare(roll.People, report)
	sum, err := hex.DecodeString(roll.SHA256)
	if err != nil {
		return nil, nil, err
	}
	im := models.Import{Kind: models.ImportRoll, State: models.ImportRunning, FileName: shorten(cleanLine(name), 200),
		SHA256: sum, Size: int64(len(data)), Total: len(rows)}
	return t.stageRoll(ctx, actor, im, report, rows)
}

// stageRoll writes the import and its rows; the import can be confirmed once
// all of them are there.
func (t *Tenant) stageRoll(ctx context.Context, actor models.Actor, im models.Import, report *RollReport, rows []models.RollRow) (*models.Import, *RollReport, error) {
	var err error
	if im.Report, err = json.Marshal(report); err != nil {
		return nil, nil, err
	}
	err = t.Write(ctx, actor, func(tx *Tx) error {
		im.ID, im.ByUserID, im.CreatedAt, im.UpdatedAt = tx.NewID(), actor.UserID, tx.Now, tx.Now
		tx.Audit("resident.stage", im.ID, map[string]any{"rows": len(rows)})
		return tx.Create(&im).Error
	})
	if err != nil {
		return nil, nil, err
	}
	for from := 0; from < len(rows); from += rollBatch {
		part := rows[from:min(from+rollBatch, len(rows))]
		last := from+len(part) == len(rows)
		err := t.Write(ctx, actor, func(tx *Tx) error {
			for i := range part {
				part[i].ImportID = im.ID
			}
			if err := tx.CreateInBatches(part, 50).Error; err != nil {
				return err
			}
			im.Done = from + len(part)
			if last {
				im.State = models.ImportStaged
			}
			return Changed(tx.Model(&models.Import{}).Where("id = ?", im.ID).Select("done", "state").Updates(&im))
		})
		if err != nil {
			return nil, nil, err
		}
	}
	return &im, report, nil
}

// rollIndex is what the roll has, for the comparison with a file.
type rollIndex struct {
	t          *Tenant
	grids      map[string]models.ID
	buildings  map[string]models.ID
	households map[string]models.Household // by number
	byDocument map[string]*models.Resident
	byName     map[string]*models.Resident // household number, name, birth: for people without a document
	seen       map[models.ID]bool
	imported   int
	newID      func() models.ID
}

func nameKey(number, name string, birth models.Date) string {
	return number + "\x00" + name + "\x00" + string(birth)
}

func (t *Tenant) readRoll(ctx context.Context) (*rollIndex, error) {
	x := &rollIndex{t: t, grids: map[string]models.ID{}, buildings: map[string]models.ID{}, households: map[string]models.Household{},
		byDocument: map[string]*models.Resident{}, byName: map[string]*models.Resident{}, seen: map[models.ID]bool{}}
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
	if err := db.Where("state = ?", models.ResidentActive).Find(&people).Error; err != nil {
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
		if len(p.DocumentIndex) > 0 {
			x.byDocument[string(p.DocumentIndex)] = p
		}
		x.byName[nameKey(number[p.HouseholdID], p.Name, p.Birth)] = p
		if p.Source == "import" {
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
	found := 0
	for i := range people {
		row, old := x.row(&people[i])
		switch {
		case row.Action == models.RollBad:
			report.Bad++
		case old == nil:
			row.Action = models.RollAdd
			report.Added++
		default:
			if row.Changes = x.changes(&row, old); row.Changes == "" {
				row.Action = models.RollSame
				report.Same++
			} else {
				row.Action = models.RollChange
				report.Changed++
			}
		}
		if old != nil && !x.seen[old.ID] {
			x.seen[old.ID] = true
			if old.Source == "import" {
				found++
			}
		}
		rows = append(rows, row)
	}
	report.Gone = x.imported - found
	return rows
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
		r.ResidentID = old.ID
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

// changes names the fields in which a row differs from the roll.
func (x *rollIndex) changes(r *models.RollRow, old *models.Resident) string {
	var names []string
	note := func(name string, same bool) {
		if !same {
			names = append(names, name)
		}
	}
	note("household", r.HouseholdID == old.HouseholdID)
	note("name", r.Name == old.Name)
	note("relation", r.Relation == old.Relation)
	note("sex", r.Sex == old.Sex)
	note("birth", r.Birth == old.Birth)
	note("document", string(r.DocumentIndex) == string(old.DocumentIndex) && r.DocumentKind == old.DocumentKind)
	note("phone", string(r.PhoneIndex) == string(old.PhoneIndex))
	note("domicile", r.Domicile == old.Domicile)
	note("since", r.Since == old.Since)
	note("politics", r.Politics == old.Politics)
	note("presence", r.Presence == old.Presence)
	return strings.Join(names, ",")
}
