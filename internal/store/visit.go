package store

import (
	"cmp"
	"context"
	"slices"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// 走访: which households are to be visited, and what the community may know of
// it. What was said at a door is read by those who work for that door.

// VisitLine is a household on the list of somebody who goes from door to door.
type VisitLine struct {
	models.Household
	Building string
	GridID   models.ID
	Last     models.Date // "" for never
	Due      models.Date
	People   int
	Head     string // as the reader may read it
}

// VisitFigures are the figures of a grid, or of all.
type VisitFigures struct {
	GridID     models.ID
	Grid       string
	Every      int  // days
	Own        bool // Every is the grid's own, not that of all
	Households int
	Due        int // visited this quarter, or to be visited by its end
	Visited    int // this quarter
	Overdue    int
}

// visitRound is the whole round of visits of a community, in memory: a
// community has some thousand households.
type visitRound struct {
	lines []VisitLine
	plans map[models.ID]models.VisitPlan // by grid; 0 for all others
	grids map[models.ID]string
	year  models.Date // the first day of the year, where no plan was made
}

func (r *visitRound) plan(grid models.ID) models.VisitPlan {
	p, ok := r.plans[grid]
	if !ok {
		p, ok = r.plans[0]
	}
	if !ok {
		p.EveryDays, p.UpdatedAt = policy.DefaultVisitDays, r.year.Time()
	}
	return p
}

// visitRound reads it with four queries, whatever the size.
func (t *Tenant) visitRound(ctx context.Context) (*visitRound, error) {
	r := &visitRound{plans: map[models.ID]models.VisitPlan{}, grids: map[models.ID]string{}, year: models.Date(string(models.DateOf(t.Now()))[:4] + "-01-01")}
	var homes []models.Household
	var buildings []models.Building
	var grids []models.Grid
	var plans []models.VisitPlan
	var last []struct {
		HouseholdID models.ID
		Last        models.Date
	}
	db := t.db(ctx)
	err := firstError(
		db.Where("id IN (SELECT household_id FROM residents WHERE community_id = ? AND state = ?)", t.Community.ID, models.ResidentActive).Find(&homes).Error,
		db.Find(&buildings).Error, db.Find(&grids).Error, db.Find(&plans).Error,
		db.Model(&models.Visit{}).Select("household_id, MAX(day) AS last").Where("manner IN ?", []models.VisitManner{models.VisitHome, models.VisitPhone}).
			Group("household_id").Scan(&last).Error)
	for _, p := range plans {
		r.plans[p.GridID] = p
	}
	for _, g := range grids {
		r.grids[g.ID] = g.Name
	}
	where, visited := map[models.ID]models.Building{}, map[models.ID]models.Date{}
	for _, b := range buildings {
		where[b.ID] = b
	}
	for _, l := range last {
		visited[l.HouseholdID] = l.Last
	}
	r.lines = make([]VisitLine, 0, len(homes))
	for _, h := range homes {
		b := where[h.BuildingID]
		p := r.plan(b.GridID)
		l := VisitLine{Household: h, Building: b.Name, GridID: b.GridID, Last: visited[h.ID]}
		l.Due = policy.HouseholdDue(l.Last, models.DateOf(p.UpdatedAt), p.EveryDays)
		r.lines = append(r.lines, l)
	}
	// Who is overdue longest comes first; among them as one walks.
	slices.SortFunc(r.lines, func(a, b VisitLine) int {
		return cmp.Or(cmp.Compare(a.Due, b.Due), byNumber(a.Building, b.Building), byNumber(a.Unit, b.Unit), byNumber(a.Room, b.Room))
	})
	return r, err
}

// figures of every grid and of all of them, the grids by name.
func (r *visitRound) figures(day models.Date) (all VisitFigures, grids []VisitFigures) {
	first, last := policy.QuarterDays(day)
	by := map[models.ID]*VisitFigures{}
	for id, name := range r.grids {
		_, own := r.plans[id]
		by[id] = &VisitFigures{GridID: id, Grid: name, Every: r.plan(id).EveryDays, Own: own}
	}
	all.Every = r.plan(0).EveryDays
	for _, l := range r.lines {
		visited := l.Last >= first
		for _, f := range []*VisitFigures{&all, by[l.GridID]} {
			if f == nil {
				continue
			}
			f.Households++
			f.Visited += truths(visited)
			f.Due += truths(visited || l.Due <= last)
			f.Overdue += truths(l.Due < day)
		}
	}
	for _, f := range by {
		grids = append(grids, *f)
	}
	slices.SortFunc(grids, func(a, b VisitFigures) int { return byNumber(a.Grid, b.Grid) })
	return all, grids
}

// VisitFigures of the community, for everybody: no household, no grid, and no
// number that is too small (policy.SmallestCount).
func (t *Tenant) VisitFigures(ctx context.Context, day models.Date) (VisitFigures, error) {
	r, err := t.visitRound(ctx)
	if err != nil {
		return VisitFigures{}, err
	}
	all, _ := r.figures(day)
	return all, nil
}

// VisitFilter chooses among households to visit.
type VisitFilter struct {
	GridID     models.ID
	BuildingID models.ID
	From       int // of the list, counted from 0
}

// VisitDesk is what somebody who goes from door to door begins with.
type VisitDesk struct {
	All       VisitFigures
	Grids     []VisitFigures
	Buildings []models.Building // of the reader's households
	List      []VisitLine
	Next      int // where the next page begins; 0 for none
	Overdue   int // of the reader's households
}

const visitPage = 40

// VisitDesk reads the figures, and for whoever makes visits the households of
// their grids, those overdue first. Refusals: Forbidden.
func (t *Tenant) VisitDesk(ctx context.Context, actor models.Actor, f VisitFilter) (*VisitDesk, error) {
	day := models.DateOf(t.Now())
	if err := t.opt.Guard.Allowed(actor, t.Community, "visit", "read", day); err != nil {
		return nil, err
	}
	r, err := t.visitRound(ctx)
	if err != nil {
		return nil, err
	}
	d := &VisitDesk{}
	d.All, d.Grids = r.figures(day)
	if t.opt.Guard.Allowed(actor, t.Community, "visit", "record", day) != nil {
		return d, nil
	}
	scope, err := t.rollScope(ctx, actor)
	if err != nil {
		return nil, err
	}
	if !scope.all {
		d.Grids = slices.DeleteFunc(d.Grids, func(g VisitFigures) bool { return !slices.Contains(scope.grids, g.GridID) })
	}
	seen := map[models.ID]bool{}
	r.lines = slices.DeleteFunc(r.lines, func(l VisitLine) bool {
		if !scope.all && !slices.Contains(scope.grids, l.GridID) {
			return true
		}
		d.Overdue += truths(l.Due < day)
		if !seen[l.BuildingID] {
			seen[l.BuildingID] = true
			d.Buildings = append(d.Buildings, models.Building{Tenant: models.Tenant{ID: l.BuildingID}, GridID: l.GridID, Name: l.Building})
		}
		return f.GridID != 0 && l.GridID != f.GridID || f.BuildingID != 0 && l.BuildingID != f.BuildingID
	})
	slices.SortFunc(d.Buildings, func(a, b models.Building) int { return byNumber(a.Name, b.Name) })
	from := min(max(f.From, 0), len(r.lines))
	d.List = r.lines[from:min(from+visitPage, len(r.lines))]
	if from+visitPage < len(r.lines) {
		d.Next = from + visitPage
	}
	return d, t.nameHeads(ctx, scope, d.List)
}

// nameHeads says who lives behind the doors of a page: the head, masked as
// everywhere, and how many.
func (t *Tenant) nameHeads(ctx context.Context, scope rollScope, list []VisitLine) error {
	ids, at := orNone(nil), map[models.ID]int{}
	for i, l := range list {
		ids, at[l.ID] = append(ids, l.ID), i
	}
	var rows, heads []models.Resident
	if err := t.db(ctx).Where("household_id IN ? AND state = ?", ids, models.ResidentActive).Order("birth, id").Find(&rows).Error; err != nil {
		return err
	}
	first := map[models.ID]models.Resident{}
	for _, r := range rows {
		l := &list[at[r.HouseholdID]]
		l.People++
		if _, ok := first[r.HouseholdID]; !ok || r.ID == l.HeadID {
			first[r.HouseholdID] = r
		}
	}
	for _, r := range first {
		heads = append(heads, r)
	}
	people, err := t.show(ctx, scope, heads, false)
	for _, p := range people {
		list[at[p.HouseholdID]].Head = p.Name
	}
	return err
}

// DoorView is a household before or after a visit.
type DoorView struct {
	HouseholdView
	Last, Due models.Date
	Visits    []VisitNote
}

// VisitNote is an earlier visit with what was said.
type VisitNote struct {
	models.Visit
	Note string
	Case string // number of the case it led to, where it exists for the reader
}

const mostVisits = 20

// Door is a household for somebody who visits it. Refusals:
// Forbidden, NotFound (also outside the own grid).
func (t *Tenant) Door(ctx context.Context, actor models.Actor, id models.ID) (*DoorView, error) {
	day := models.DateOf(t.Now())
	if err := t.opt.Guard.Allowed(actor, t.Community, "visit", "record", day); err != nil {
		return nil, err
	}
	h, err := t.Household(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	scope, err := t.rollScope(ctx, actor)
	if err != nil {
		return nil, err
	}
	if !scope.all && !slices.Contains(scope.grids, h.Building.GridID) {
		return nil, problem.New(problem.NotFound, "page.notfound", nil).Because("outside the own grid")
	}
	v := &DoorView{HouseholdView: *h}
	r, err := t.visitRound(ctx)
	if err != nil {
		return nil, err
	}
	for _, l := range r.lines {
		if l.ID == id { // whoever goes there knows the door, as in the list, also who reads no rooms of the roll
			v.Place, v.Last, v.Due = placeName(l.Household), l.Last, l.Due
		}
	}
	var rows []models.Visit
	if err := t.db(ctx).Where("household_id = ?", id).Order("day DESC, id DESC").Limit(mostVisits).Find(&rows).Error; err != nil {
		return nil, err
	}
	numbers, err := t.visitCases(ctx, actor, rows)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		n := VisitNote{Visit: row, Case: numbers[row.CaseID]}
		if n.Note, err = t.opt.Keys.Open(sealVisitNote, row.ID, row.NoteSeal); err != nil {
			return nil, err
		}
		if n.Case == "" {
			n.CaseID = 0
		}
		v.Visits = append(v.Visits, n)
	}
	return v, nil
}

// visitCases are the numbers of the cases of visits that exist for the reader.
func (t *Tenant) visitCases(ctx context.Context, actor models.Actor, rows []models.Visit) (map[models.ID]string, error) {
	db, day := t.db(ctx), models.DateOf(t.Now())
	r, err := t.reader(db, actor, day)
	if err != nil {
		return nil, err
	}
	ids := orNone(nil)
	for _, v := range rows {
		ids = append(ids, v.CaseID)
	}
	var cases []models.Complaint
	err = t.mayKnow(db, r, day).Select("community_id", "id", "number").Where("id IN ?", ids).Find(&cases).Error
	numbers := map[models.ID]string{}
	for _, c := range cases {
		numbers[c.ID] = c.Number
	}
	return numbers, err
}
