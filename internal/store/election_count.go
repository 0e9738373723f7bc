package store

import (
	"context"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Heap is what is counted together: the ballots of a station and of those whose
// boxes are mixed with it, so that small boxes tell nothing.
type Heap struct {
	Station models.PollingStation
	Boxes   []models.PollingStation // all that went into it, the station itself included
	Papers  int                     // of boxes that count
	Ready   bool                    // every box was tested
	Sheets  []models.TallySheet
	Confirm *models.TallyConfirm
}

// heapsOf arranges stations; rejected boxes give no papers.
func heapsOf(stations []models.PollingStation) []Heap {
	var heaps []Heap
	for _, root := range stations {
		if root.CountWith != 0 {
			continue
		}
		h := Heap{Station: root, Ready: true}
		for _, s := range stations {
			if s.ID != root.ID && s.CountWith != root.ID {
				continue
			}
			h.Boxes = append(h.Boxes, s)
			switch s.State {
			case models.StationAccepted:
				h.Papers += s.InBox
			case models.StationRejected:
			default:
				h.Ready = false
			}
		}
		heaps = append(heaps, h)
	}
	return heaps
}

// Heaps of an election with their sheets.
func (t *Tenant) Heaps(ctx context.Context, id models.ID) ([]Heap, error) {
	return loadHeaps(t.db(ctx), id)
}

func loadHeaps(db *gorm.DB, id models.ID) ([]Heap, error) {
	stations, err := stationsOf(db, id)
	if err != nil {
		return nil, err
	}
	heaps := heapsOf(stations)
	var sheets []models.TallySheet
	if err := db.Where("election_id = ?", id).Order("teller").Find(&sheets).Error; err != nil {
		return nil, err
	}
	var confirms []models.TallyConfirm
	if err := db.Where("election_id = ?", id).Find(&confirms).Error; err != nil {
		return nil, err
	}
	for i := range heaps {
		for _, s := range sheets {
			if s.StationID == heaps[i].Station.ID {
				heaps[i].Sheets = append(heaps[i].Sheets, s)
			}
		}
		for j := range confirms {
			if confirms[j].StationID == heaps[i].Station.ID {
				heaps[i].Confirm = &confirms[j]
			}
		}
	}
	return heaps, nil
}

// Contenders are the formal candidates and the write-ins that were looked up in
// the roll, in the order of the ballot.
func (t *Tenant) Contenders(ctx context.Context, id models.ID) ([]policy.Contender, error) {
	return contendersOf(t.db(ctx), id)
}

func contendersOf(db *gorm.DB, id models.ID) ([]policy.Contender, error) {
	candidates, err := candidatesOf(db, id, models.CandidateFormal)
	if err != nil {
		return nil, err
	}
	var out []policy.Contender
	for _, c := range candidates {
		out = append(out, policy.Contender{ID: c.ID, Resident: c.ResidentID, Post: c.Post, Name: c.Name, Woman: c.Sex == "f", Candidate: c.ID})
	}
	var others []models.WriteIn
	if err := db.Where("election_id = ?", id).Order("id").Find(&others).Error; err != nil {
		return nil, err
	}
	for _, w := range others {
		out = append(out, policy.Contender{ID: w.ID, Resident: w.ResidentID, Post: w.Post, Name: w.Name, Woman: w.Sex == "f", WriteIn: true})
	}
	return out, nil
}

// AddWriteIn looks up a name from a ballot in the roll: who is not an eligible
// voter gets no votes (notice 15). The same one again is the same line.
func (t *Tenant) AddWriteIn(ctx context.Context, actor models.Actor, id models.ID, post models.Post, number int, name string) (models.ID, error) {
	var w models.WriteIn
	err := t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "tally", "enter")
		if err != nil {
			return err
		}
		if e.State != models.ElectionCounting || !policy.ReadRules(e).Bool("ballot.write_in") {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		return tx.lookUpWriteIn(&w, id, post, number, name)
	})
	return w.ID, err
}

func (tx *Tx) lookUpWriteIn(w *models.WriteIn, id models.ID, post models.Post, number int, name string) error {
	db := tx.Where("election_id = ? AND state = ?", id, models.VoterDeclared)
	if number > 0 {
		db = db.Where("number = ?", number)
	} else {
		db = db.Where("name = ?", models.Key(name))
	}
	var rows []models.Voter
	if err := db.Limit(2).Find(&rows).Error; err != nil {
		return err
	}
	posts, err := postsOf(tx.DB, id)
	if err != nil {
		return err
	}
	var f problem.Form
	if !hasPost(posts, post) {
		f.Add("post", "form.choose", nil)
	}
	switch {
	case len(rows) == 0:
		f.Add("write_in", "election.writein.unknown", nil)
	case len(rows) > 1:
		f.Add("write_in", "election.writein.two", nil)
	case number > 0 && name != "" && rows[0].Name != models.Key(name):
		f.Add("write_in", "election.cosign.paper", nil)
	}
	if err := f.Err(); err != nil {
		return err
	}
	return tx.putWriteIn(w, id, post, &rows[0])
}

func (tx *Tx) putWriteIn(w *models.WriteIn, id models.ID, post models.Post, v *models.Voter) error {
	if v.ResidentID != nil {
		var same int64
		err := tx.Model(&models.Candidate{}).Where("election_id = ? AND resident_id = ? AND post = ? AND state = ?", id, *v.ResidentID, post, models.CandidateFormal).Count(&same).Error
		if err != nil {
			return err
		}
		if same > 0 {
			var f problem.Form
			f.Add("write_in", "election.writein.candidate", nil)
			return f.Err()
		}
	}
	err := tx.Where("election_id = ? AND post = ? AND voter_id = ?", id, post, v.ID).Limit(1).Find(w).Error
	if err != nil || w.ID != 0 {
		return err
	}
	*w = models.WriteIn{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: id, Post: post, VoterID: v.ID, Name: v.Name, Sex: v.Sex, CreatedAt: tx.Now}
	if v.ResidentID != nil {
		w.ResidentID = *v.ResidentID
	}
	tx.Audit("tally.writein", w.ID, nil)
	return tx.Create(w).Error
}

// OpenSheet lets a teller begin with a heap; two different people take the two
// places (rule 7). The same teller again finds the own sheet.
func (t *Tenant) OpenSheet(ctx context.Context, actor models.Actor, id, station models.ID, teller int, way string) (*models.TallySheet, error) {
	var s models.TallySheet
	err := t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "tally", "enter")
		if err != nil {
			return err
		}
		if err := tx.countable(e, station); err != nil {
			return err
		}
		var sheets []models.TallySheet
		if err := tx.Where("station_id = ? AND teller <> 0", station).Find(&sheets).Error; err != nil {
			return err
		}
		key := personKey(tx.Actor, tx.chain)
		if err := policy.MayEnterTally(key, teller, sheets); err != nil {
			return err
		}
		for _, have := range sheets {
			if have.Teller == teller {
				s = have
				return nil
			}
		}
		if way != "ballots" {
			way = "sheet"
		}
		s = models.TallySheet{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: id, StationID: station, Teller: teller, UserID: tx.Actor.UserID, PersonKey: key,
			Name: tx.actorName(policy.RoleTeller), Way: way, State: models.SheetOpen, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		err = tx.Create(&s).Error
		if duplicate(err) {
			return problem.New(problem.Conflict, "election.tally.taken", nil).Because("G3.7")
		}
		tx.Audit("tally.open", s.ID, map[string]int{"teller": teller})
		return err
	})
	return &s, err
}

// countable: the polls are closed and every box of the heap was tested.
func (tx *Tx) countable(e *models.Election, station models.ID) error {
	if e.State != models.ElectionCounting {
		return problem.New(problem.Conflict, "election.tally.state", nil)
	}
	heaps, err := loadHeaps(tx.DB, e.ID)
	if err != nil {
		return err
	}
	for _, h := range heaps {
		if h.Station.ID != station {
			continue
		}
		switch {
		case !h.Ready:
			return problem.New(problem.TooEarly, "election.tally.boxes", nil)
		case h.Confirm != nil:
			return problem.New(problem.Conflict, "election.tally.confirmed", nil)
		}
		return nil
	}
	return problem.New(problem.NotFound, "page.notfound", nil)
}

// mySheet is a sheet that the actor is filling.
func (tx *Tx) mySheet(id, sheet models.ID) (*models.Election, *models.TallySheet, error) {
	e, err := tx.electionFor(id, "tally", "enter")
	if err != nil {
		return nil, nil, err
	}
	var s models.TallySheet
	if err := tx.Where("id = ? AND election_id = ?", sheet, id).Take(&s).Error; err != nil {
		return nil, nil, notFound(err)
	}
	if s.PersonKey != personKey(tx.Actor, tx.chain) {
		return nil, nil, problem.New(problem.Forbidden, "election.tally.other", nil).Because("G3.7")
	}
	if err := tx.countable(e, s.StationID); err != nil {
		return nil, nil, err
	}
	if s.State != models.SheetOpen {
		return nil, nil, problem.New(problem.Conflict, "election.tally.done", nil)
	}
	return e, &s, nil
}

// EnterSheet writes a whole sheet and hands it in. What no heap can add up to is
// refused with the lines concerned.
func (t *Tenant) EnterSheet(ctx context.Context, actor models.Actor, id, sheet models.ID, tally policy.Tally) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		_, s, err := tx.mySheet(id, sheet)
		if err != nil {
			return err
		}
		contenders, err := contendersOf(tx.DB, id)
		if err != nil {
			return err
		}
		if err := tx.fits(id, tally, contenders); err != nil {
			return err
		}
		return tx.handIn(s, tally, policy.TallyKeys(contenders))
	})
}

// handIn stores the lines of a sheet and shuts it.
func (tx *Tx) handIn(s *models.TallySheet, tally policy.Tally, keys []string) error {
	rows := make([]models.TallyLine, len(keys))
	for i, k := range keys {
		rows[i] = models.TallyLine{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: s.ElectionID, SheetID: s.ID, Key: k, N: tally[k]}
	}
	if err := tx.Where("sheet_id = ?", s.ID).Delete(&models.TallyLine{}).Error; err != nil {
		return err
	}
	if err := tx.Create(&rows).Error; err != nil {
		return err
	}
	tx.Audit("tally.sheet", s.ID, map[string]int{"teller": s.Teller, "ballots": tally.Ballots()})
	tx.Touch("poll")
	return Changed(tx.Model(&models.TallySheet{}).Where("id = ? AND state = ?", s.ID, models.SheetOpen).
		Updates(map[string]any{"state": models.SheetDone, "updated_at": tx.Now}))
}

// SheetTally are the numbers of a sheet that was handed in.
func (t *Tenant) SheetTally(ctx context.Context, sheet models.ID) (policy.Tally, error) {
	return sheetTally(t.db(ctx), sheet)
}

func sheetTally(db *gorm.DB, sheet models.ID) (policy.Tally, error) {
	var rows []models.TallyLine
	err := db.Where("sheet_id = ?", sheet).Find(&rows).Error
	tally := policy.Tally{}
	for _, r := range rows {
		tally[r.Key] = r.N
	}
	return tally, err
}

// RunningTally adds up an open sheet of ballots for the live page.
func (t *Tenant) RunningTally(ctx context.Context, e *models.Election, sheet models.ID, contenders []policy.Contender) (policy.Tally, error) {
	return addUp(t.db(ctx), e, sheet, contenders)
}
