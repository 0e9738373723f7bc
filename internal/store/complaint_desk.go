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
	ShowCall  DeskShow = "call"  // 待回访
	ShowWatch DeskShow = "watch" // 督办
	ShowOpen  DeskShow = "open"
	ShowAll   DeskShow = "all"
)

// DeskShows in the order of the page.
var DeskShows = []DeskShow{ShowMine, ShowNew, ShowLate, ShowCall, ShowWatch, ShowOpen, ShowAll}

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

// way is one of the ways in which a reader knows of cases, over an index of its
// own.
type way struct {
	clause.Expr
	few bool // it holds few cases, however many there were: what is open, or went up
}

// ways of a reader who does not dispatch.
func (t *Tenant) ways(r policy.CaseReader, day models.Date) (ways []way) {
	add := func(few bool, sql string, args ...any) {
		ways = append(ways, way{clause.Expr{SQL: sql, Vars: args}, few})
	}
	if abouts := r.Abouts(); len(abouts) > 0 {
		add(true, "about IN ?", abouts)
	}
	for _, d := range r.Desks() {
		add(false, "about = '' AND owner_kind = ? AND owner_id = ?", d.Kind, d.ID)
		add(false, "about = '' AND first_kind = ? AND first_id = ?", d.Kind, d.ID)
		add(true, "about = '' AND id IN (SELECT case_id FROM complaint_assists WHERE community_id = ? AND kind = ? AND ref_id = ?)", t.Community.ID, d.Kind, d.ID)
	}
	for _, g := range r.Grids {
		add(false, "about = '' AND grid_id = ?", g)
	}
	if r.Oversees { // policy.underWatch
		add(true, "about = '' AND reopened = ?", 1) // nobody reopens twice
		add(true, "about = '' AND escalated_to IN ? AND escalated_at IS NOT NULL", models.EscalationKinds)
		add(true, "about = '' AND open = ? AND watched = ?", true, true)
		add(true, "about = '' AND open = ? AND due_day < ? AND state NOT IN ?", true, day, waitingForReporter)
	}
	return ways
}

// mayKnow limits a query to the cases that exist for the reader. Whoever
// dispatches knows of all that are about no official.
func (t *Tenant) mayKnow(db *gorm.DB, r policy.CaseReader, day models.Date) *gorm.DB {
	if !r.Handles {
		return db.Where("1 = 0")
	}
	if abouts := r.Abouts(); r.Assigns && len(abouts) == 0 {
		return t.notKept(db.Where("about = ''"), r) // so plainly that an index can be read in the order of ids
	} else if r.Assigns {
		return t.notKept(db.Where("about IN ?", append(abouts, models.AboutNobody)), r)
	}
	ways := []clause.Expression{clause.Expr{SQL: "1 = 0"}}
	for _, w := range t.ways(r, day) {
		ways = append(ways, w.Expr)
	}
	return t.notKept(db.Where(clause.Or(ways...)), r)
}

// notKept leaves out what the reader is kept from: what is about them or a near
// relative, what they stepped back from, and what they reported.
func (t *Tenant) notKept(db *gorm.DB, r policy.CaseReader) *gorm.DB {
	community, near, keys := t.Community.ID, orNone(r.NearUsers), append([]string{"\x00"}, r.NearKeys...)
	return db.
		Where("id NOT IN (SELECT case_id FROM complaint_parties WHERE community_id = ? AND kind = ? AND (user_id IN ? OR person_key IN ?))", community, models.PartyConcerned, near, keys).
		Where("id NOT IN (SELECT case_id FROM complaint_parties WHERE community_id = ? AND (user_id = ? OR person_key = ?))", community, r.UserID, r.PersonKey).
		Where("id NOT IN (SELECT case_id FROM complaint_reporters WHERE community_id = ? AND user_id = ? AND kind = ?)", community, r.UserID, models.ReporterSelf)
}

// noLimit is more than there is. With it SQLite does not read a part of a UNION in
// the order of the whole, which would be by the primary key, all of it.
const noLimit = 1 << 40

// newest are the cases of a page of everything for a reader who knows of some
// only: the newest of each way, then the newest of those. Asked for at once, the
// database would read all cases there ever were.
func (t *Tenant) newest(db *gorm.DB, r policy.CaseReader, f DeskFilter, day models.Date) (ids []models.ID, err error) {
	var all clause.Expr
	for _, w := range t.ways(r, day) {
		one := f.narrow(t.notKept(db.Model(&models.Complaint{}).Select("id").Where("community_id = ?", t.Community.ID).Where(w.Expr), r))
		if w.few {
			one = one.Limit(noLimit)
		} else {
			one = one.Order("id DESC").Limit(deskPage + 1)
		}
		if all.SQL == "" {
			all = clause.Expr{SQL: "SELECT id FROM (?) AS way", Vars: []any{one}}
		} else {
			all = clause.Expr{SQL: "? UNION SELECT id FROM (?) AS way", Vars: []any{all, one}}
		}
	}
	if all.SQL == "" {
		return nil, nil
	}
	err = db.Raw("SELECT id FROM (?) AS ways ORDER BY id DESC LIMIT ?", all, deskPage+1).Scan(&ids).Error
	return ids, err
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
	rows, err := t.deskRows(db, r, f, day)
	if err != nil {
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

// NextCase is the first case that waits for the reader, other than the one in
// hand; nil when nothing waits.
func (t *Tenant) NextCase(ctx context.Context, actor models.Actor, but models.ID) (*DeskCase, error) {
	list, _, err := t.Desk(ctx, actor, DeskFilter{Show: ShowMine})
	for i := range list {
		if list[i].ID != but {
			return &list[i], err
		}
	}
	return nil, err
}

// deskRows are the cases of a page, and one more if there is a next.
func (t *Tenant) deskRows(db *gorm.DB, r policy.CaseReader, f DeskFilter, day models.Date) (rows []models.Complaint, err error) {
	q := t.mayKnow(db, r, day)
	if f.Show == ShowAll && f.Number == "" && !r.Assigns {
		ids, err := t.newest(db, r, f, day)
		if err != nil || len(ids) == 0 {
			return nil, err
		}
		q = db.Where("id IN ?", ids) // asked of each: who may know of it
	}
	return rows, f.page(q, r, day).Limit(deskPage + 1).Find(&rows).Error
}

func firstRunes(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "\u2026"
	}
	return s
}

// narrow keeps what is asked for of everything, from the mark on.
func (f DeskFilter) narrow(q *gorm.DB) *gorm.DB {
	if f.GridID != 0 {
		q = q.Where("grid_id = ?", f.GridID)
	}
	if f.Category != "" {
		q = q.Where("category = ?", f.Category)
	}
	if f.Show == ShowAll && f.Number == "" && f.After.ID != 0 {
		q = q.Where("id < ?", f.After.ID)
	}
	return q
}

func (f DeskFilter) page(q *gorm.DB, r policy.CaseReader, day models.Date) *gorm.DB {
	q = f.narrow(q)
	if f.Number != "" {
		return q.Where("number IN ?", f.numbers).Order("id DESC")
	}
	if f.Show == ShowAll {
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
	case ShowCall: // policy.CallBackDue
		q = q.Where("state = ? AND called_at IS NULL AND rated = ? AND level <> ?", models.ComplaintAnswered, false, models.LevelAnonymous)
	case ShowWatch:
		q = q.Where("watched = ? OR escalated_at IS NOT NULL OR reopened > 0 OR (due_day < ? AND state NOT IN ?)", true, day, waitingForReporter)
	}
	if f.After.ID != 0 {
		q = q.Where("due_day > ? OR (due_day = ? AND id > ?)", f.After.Due, f.After.Due, f.After.ID)
	}
	return q.Order("due_day, id")
}
