package store

import (
	"context"
	"strconv"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"juwu/models"
	"juwu/policy"
)

// The officers' inbox. What somebody may see is asked in the query itself, by
// the same facts as policy.CaseRelations: a test compares the two.

// DeskShow chooses among the cases of the desk.
type DeskShow string

const (
	ShowMine  DeskShow = "mine"  // at the reader's desks
	ShowNew   DeskShow = "new"   // to sort or to dispatch
	ShowLate  DeskShow = "late"  // past the day
	ShowWatch DeskShow = "watch" // 督办
	ShowOpen  DeskShow = "open"
	ShowAll   DeskShow = "all"
)

// DeskShows in the order of the page.
var DeskShows = []DeskShow{ShowMine, ShowNew, ShowLate, ShowWatch, ShowOpen, ShowAll}

// DeskFilter is what the inbox shows.
type DeskFilter struct {
	Show     DeskShow
	GridID   models.ID
	Category string
	Number   string // the end of a number, or all of it
	After    DeskMark

	numbers []string // what Number may mean
}

// spell writes out a short number: 12 is this year's or last year's twelfth.
func (t *Tenant) spell(number string, year int) []string {
	number = models.Key(number)
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return []string{number}
	}
	var all []string
	for _, mark := range []string{documentCases, documentSecretCases} {
		all = append(all, documentNumber(t.Community.Name, mark, year, n), documentNumber(t.Community.Name, mark, year-1, n))
	}
	return all
}

// DeskMark is where the next page begins: lists of what is open are sorted by
// their day, all others from the newest.
type DeskMark struct {
	Due models.Date
	ID  models.ID
}

const deskPage = 50

// mayKnow limits a query to the cases that exist for the reader.
func (t *Tenant) mayKnow(db *gorm.DB, r policy.CaseReader, day models.Date) *gorm.DB {
	community := t.Community.ID
	if !r.Handles {
		return db.Where("1 = 0")
	}
	var ways []clause.Expression
	add := func(sql string, args ...any) { ways = append(ways, clause.Expr{SQL: sql, Vars: args}) }
	if r.Assigns {
		add("about = ''")
	} else {
		for _, d := range r.Desks() {
			add("(about = '' AND owner_kind = ? AND owner_id = ?)", d.Kind, d.ID)
			add("(about = '' AND first_kind = ? AND first_id = ?)", d.Kind, d.ID)
			add("(about = '' AND id IN (SELECT case_id FROM complaint_assists WHERE community_id = ? AND kind = ? AND ref_id = ?))", community, d.Kind, d.ID)
		}
		if len(r.Grids) > 0 {
			add("(about = '' AND grid_id IN ?)", r.Grids)
		}
		if r.Oversees {
			add("(about = '' AND (watched = ? OR escalated_at IS NOT NULL OR reopened > 0 OR (open = ? AND due_day < ? AND state NOT IN ?)))", true, true, day, waitingForReporter)
		}
	}
	if abouts := r.Abouts(); len(abouts) > 0 {
		add("about IN ?", abouts)
	}
	if len(ways) == 0 {
		return db.Where("1 = 0")
	}
	near, keys := orNone(r.NearUsers), append([]string{"\x00"}, r.NearKeys...)
	return db.Where(clause.Or(ways...)).
		Where("id NOT IN (SELECT case_id FROM complaint_parties WHERE community_id = ? AND kind = ? AND (user_id IN ? OR person_key IN ?))", community, models.PartyConcerned, near, keys).
		Where("id NOT IN (SELECT case_id FROM complaint_parties WHERE community_id = ? AND (user_id = ? OR person_key = ?))", community, r.UserID, r.PersonKey).
		Where("id NOT IN (SELECT case_id FROM complaint_reporters WHERE community_id = ? AND user_id = ? AND kind = ?)", community, r.UserID, models.ReporterSelf)
}

// waitingForReporter are the states in which nobody is late.
var waitingForReporter = []models.ComplaintState{models.ComplaintAnswered, models.ComplaintRated}

// DeskCase is a line of the inbox.
type DeskCase struct {
	models.Complaint
	Text             string // the beginning of what was reported
	Grid, Building   string
	Owner            string
	Late             bool
	Mine             bool
	MayDispatch, May bool // what a batch may do with it: dispatch, accept
	MayHand          bool // and hand over to another system
}

// Desk is a page of the inbox: a constant number of queries, over an index
// that holds what is open only.
func (t *Tenant) Desk(ctx context.Context, actor models.Actor, f DeskFilter) (list []DeskCase, next *DeskMark, err error) {
	day := models.DateOf(t.Now())
	db := t.db(ctx)
	r, err := t.reader(db, actor, day)
	if err != nil {
		return nil, nil, err
	}
	if f.Number != "" {
		f.numbers = t.spell(f.Number, day.Time().Year())
	}
	var rows []models.Complaint
	if err := f.page(t.mayKnow(db, r, day), r, day).Limit(deskPage + 1).Find(&rows).Error; err != nil {
		return nil, nil, err
	}
	if len(rows) > deskPage {
		rows = rows[:deskPage]
		last := rows[deskPage-1]
		next = &DeskMark{last.DueDay, last.ID}
	}
	names, err := t.deskNames(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range rows {
		d := DeskCase{Complaint: c, Grid: names.grids[c.GridID], Building: names.buildings[c.BuildingID], Owner: names.of(c.Owner()), Late: policy.ComplaintLate(c, day)}
		body, err := t.caseBody(&c)
		if err != nil {
			return nil, nil, err
		}
		d.Text = firstRunes(body.Text, 80)
		relations := policy.CaseRelations(c, policy.CaseTies{}, r, day)
		d.Mine = relations.Has(policy.RoleHolder)
		_, no := policy.Next(policy.ComplaintMoves, c.State, "dispatch", relations)
		d.MayDispatch = no == nil
		_, no = policy.Next(policy.ComplaintMoves, c.State, "accept", relations)
		d.May = no == nil
		_, no = policy.Next(policy.ComplaintMoves, c.State, "hand_over", relations)
		d.MayHand = no == nil
		list = append(list, d)
	}
	return list, next, nil
}

func firstRunes(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "\u2026"
	}
	return s
}

func (f DeskFilter) page(q *gorm.DB, r policy.CaseReader, day models.Date) *gorm.DB {
	if f.GridID != 0 {
		q = q.Where("grid_id = ?", f.GridID)
	}
	if f.Category != "" {
		q = q.Where("category = ?", f.Category)
	}
	if f.Number != "" {
		return q.Where("number IN ?", f.numbers).Order("id DESC")
	}
	if f.Show == ShowAll {
		if f.After.ID != 0 {
			q = q.Where("id < ?", f.After.ID)
		}
		return q.Order("id DESC")
	}
	q = q.Where("open = ?", true)
	switch f.Show {
	case ShowMine:
		var mine []clause.Expression
		for _, d := range r.Desks() {
			mine = append(mine, clause.Expr{SQL: "(owner_kind = ? AND owner_id = ?)", Vars: []any{d.Kind, d.ID}})
		}
		q = q.Where(clause.Or(mine...)).Where("state NOT IN ?", waitingForReporter)
	case ShowNew:
		q = q.Where("state IN ?", []models.ComplaintState{models.ComplaintReceived, models.ComplaintTriaged, models.ComplaintReopened})
	case ShowLate:
		q = q.Where("due_day < ? AND state NOT IN ?", day, waitingForReporter)
	case ShowWatch:
		q = q.Where("watched = ? OR escalated_at IS NOT NULL OR reopened > 0 OR (due_day < ? AND state NOT IN ?)", true, day, waitingForReporter)
	}
	if f.After.ID != 0 {
		q = q.Where("due_day > ? OR (due_day = ? AND id > ?)", f.After.Due, f.After.Due, f.After.ID)
	}
	return q.Order("due_day, id")
}
