package store

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"gorm.io/gorm"

	"juwu/models"
	"juwu/policy"
)

// 汇总分类 and 督察考核. Figures are of cases received in a span of months. What
// is about officials is in none of them: a figure would tell that it exists.

// CaseFigures are the figures of one row: a grid, a category, a desk, a
// building, or all.
type CaseFigures struct {
	Received  int
	Open      int
	Answered  int // answered or, with the reason and the way, not accepted
	Responded int // somebody took it up within the days to sort and dispatch
	Due       int // answered, or past the promised day
	InTime    int // answered by the promised day
	Late      int // of all: past a day, now or on the way
	Rated     int
	Solved    int
	Satisfied int
	Reopened  int
	Escalated int

	took []time.Duration // from receiving to answering
}

// Median and P90 of the time to an answer, in days; 0 without answers.
func (f *CaseFigures) Median() float64 { return f.percentile(50) }
func (f *CaseFigures) P90() float64    { return f.percentile(90) }

func (f *CaseFigures) percentile(p int) float64 {
	if len(f.took) == 0 {
		return 0
	}
	slices.Sort(f.took)
	i := (len(f.took)*p + 99) / 100
	return f.took[max(i, 1)-1].Hours() / 24
}

// add counts a case; day tells what is late by now.
func (f *CaseFigures) add(c *models.Complaint, day models.Date) {
	f.Received++
	late := policy.ComplaintLate(*c, day)
	if c.State.Open() && !policy.ComplaintSettled(*c, day) {
		f.Open++
	}
	done := c.AnsweredAt
	if c.State == models.ComplaintRefused {
		done = c.ClosedAt
	}
	if done != nil {
		f.Answered++
		f.took = append(f.took, done.Sub(c.ReceivedAt))
	}
	respond := policy.China().WorkingDays(models.DateOf(c.ReceivedAt), c.TriageDays+c.AssignDays)
	if c.RespondedAt != nil && models.DateOf(*c.RespondedAt) <= respond {
		f.Responded++
	}
	if done != nil || day > c.PromiseDay && c.State.Open() {
		f.Due++
	}
	if done != nil && models.DateOf(*done) <= c.PromiseDay {
		f.InTime++
	}
	for n, yes := range map[*int]bool{&f.Late: late || c.Late, &f.Rated: c.Rated, &f.Solved: c.Rated && c.Solved, &f.Satisfied: c.Rated && c.Satisfied,
		&f.Reopened: c.Reopened > 0, &f.Escalated: c.EscalatedAt != nil} {
		if yes {
			*n++
		}
	}
}

// CaseMonth is a month in figures, for everybody.
type CaseMonth struct {
	Month models.Month
	CaseFigures
}

// statColumns are what figures need; what was reported stays sealed.
var statColumns = []string{"community_id", "id", "number", "kind", "category", "channel", "state", "grid_id", "building_id", "owner_kind", "owner_id",
	"answered_by", "stage_day", "due_day", "promise_day", "triage_days", "assign_days", "handle_days", "received_at", "responded_at", "answered_at",
	"closed_at", "late", "rated", "solved", "satisfied", "reopened", "escalated_at", "escalated_to", "registered", "extended", "urgent", "watched", "outer_number", "open"}

// eachCase reads the cases of a span of months one after the other: a year of
// them does not stand in memory.
func (t *Tenant) eachCase(ctx context.Context, from, to models.Month, do func(c *models.Complaint) error) error {
	db := t.db(ctx)
	rows, err := db.Model(&models.Complaint{}).Select(statColumns).Where("month >= ? AND month <= ? AND about = ''", from, to).
		Where("state NOT IN ?", []models.ComplaintState{models.ComplaintMerged, models.ComplaintWithdrawn}).Order("month, id").Rows()
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var c models.Complaint
		if err := db.Session(&gorm.Session{NewDB: true}).ScanRows(rows, &c); err != nil {
			return err
		}
		if err := do(&c); err != nil {
			return err
		}
	}
	return rows.Err()
}

// CaseMonth reads a month's figures.
func (t *Tenant) CaseMonth(ctx context.Context, month models.Month) (CaseMonth, error) {
	m := CaseMonth{Month: month}
	day := models.DateOf(t.Now())
	err := t.eachCase(ctx, month, month, func(c *models.Complaint) error {
		m.add(c, day)
		return nil
	})
	return m, err
}

// CaseRow is a line of the statistics.
type CaseRow struct {
	Key  string // category code, or id
	Desk models.Assignee
	Name string
	CaseFigures
}

// CaseStats are the statistics of a span of months.
type CaseStats struct {
	From, To   models.Month
	All        CaseFigures
	Grids      []CaseRow
	Categories []CaseRow
	Desks      []CaseRow
	Buildings  []CaseRow
}

// MostStatMonths is the longest span.
const MostStatMonths = 24

// CaseStats gathers all tables of the monthly sheet in one reading.
func (t *Tenant) CaseStats(ctx context.Context, from, to models.Month) (*CaseStats, error) {
	s := &CaseStats{From: from, To: to}
	day := models.DateOf(t.Now())
	grids, categories, desks, buildings := map[models.ID]*CaseRow{}, map[string]*CaseRow{}, map[models.Assignee]*CaseRow{}, map[models.ID]*CaseRow{}
	names, err := t.deskNames(ctx)
	if err != nil {
		return nil, err
	}
	err = t.eachCase(ctx, from, to, func(c *models.Complaint) error {
		s.All.add(c, day)
		row(grids, c.GridID, func() CaseRow { return CaseRow{Key: c.GridID.String(), Name: names.grids[c.GridID]} }).add(c, day)
		row(categories, c.Category, func() CaseRow { return CaseRow{Key: c.Category} }).add(c, day)
		desk := c.Owner()
		if desk.Kind == models.AssigneeMember {
			desk.ID = 0 // who did what is no table for a wall
		}
		row(desks, desk, func() CaseRow { return CaseRow{Desk: desk, Name: names.of(desk)} }).add(c, day)
		if c.BuildingID != 0 {
			row(buildings, c.BuildingID, func() CaseRow { return CaseRow{Key: c.BuildingID.String(), Name: names.buildings[c.BuildingID]} }).add(c, day)
		}
		return nil
	})
	s.Grids, s.Categories, s.Desks, s.Buildings = sorted(grids), sorted(categories), sorted(desks), sorted(buildings)
	return s, err
}

// FewCases is the key of the row that FoldSmall puts small ones into.
const FewCases = "few"

// FoldSmall is a table as it is published: rows of so few cases that a
// neighbour would know whose they are stand together in one, which is large
// enough itself (policy.SmallestCount), or nothing is told by rows at all.
func FoldSmall(list []CaseRow) []CaseRow {
	var large []CaseRow
	few := CaseRow{Key: FewCases}
	for _, r := range list {
		if r.Received >= policy.SmallestCount {
			large = append(large, r)
		} else {
			few.sum(&r.CaseFigures)
		}
	}
	for few.Received > 0 && few.Received < policy.SmallestCount && len(large) > 0 {
		least := len(large) - 1 // the list begins with the most
		few.sum(&large[least].CaseFigures)
		large = large[:least]
	}
	if few.Received >= policy.SmallestCount && len(large) > 0 { // alone it would repeat the total
		large = append(large, few)
	}
	return large
}

// sum adds the figures of another row.
func (f *CaseFigures) sum(o *CaseFigures) {
	for to, n := range map[*int]int{&f.Received: o.Received, &f.Open: o.Open, &f.Answered: o.Answered, &f.Responded: o.Responded, &f.Due: o.Due, &f.InTime: o.InTime,
		&f.Late: o.Late, &f.Rated: o.Rated, &f.Solved: o.Solved, &f.Satisfied: o.Satisfied, &f.Reopened: o.Reopened, &f.Escalated: o.Escalated} {
		*to += n
	}
	f.took = append(f.took, o.took...)
}

func row[K comparable](m map[K]*CaseRow, key K, fresh func() CaseRow) *CaseRow {
	if m[key] == nil {
		r := fresh()
		m[key] = &r
	}
	return m[key]
}

// sorted puts the rows with the most cases first.
func sorted[K comparable](m map[K]*CaseRow) []CaseRow {
	list := make([]CaseRow, 0, len(m))
	for _, r := range m {
		list = append(list, *r)
	}
	slices.SortFunc(list, func(a, b CaseRow) int {
		return cmp.Or(cmp.Compare(b.Received, a.Received), byNumber(a.Name, b.Name), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Desk.Kind, b.Desk.Kind))
	})
	return list
}

// CaseLine is a line of the export: no word of what was reported or by whom.
type CaseLine struct {
	models.Complaint
	Grid, Building, Desk string
	Answered             string // the day
}

// CaseRows streams the cases of a span of months.
func (t *Tenant) CaseRows(ctx context.Context, from, to models.Month) iter.Seq2[CaseLine, error] {
	return func(yield func(CaseLine, error) bool) {
		names, err := t.deskNames(ctx)
		if err == nil {
			err = t.eachCase(ctx, from, to, func(c *models.Complaint) error {
				l := CaseLine{Complaint: *c, Grid: names.grids[c.GridID], Building: names.buildings[c.BuildingID]}
				if c.OwnerKind != models.AssigneeMember {
					l.Desk = names.of(c.Owner())
				}
				if c.AnsweredAt != nil {
					l.Answered = string(models.DateOf(*c.AnsweredAt))
				}
				if !yield(l, nil) {
					return errEnough
				}
				return nil
			})
		}
		if err != nil && err != errEnough {
			yield(CaseLine{}, err)
		}
	}
}

var errEnough = errors.New("the reader has enough")
