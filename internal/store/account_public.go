package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
)

// Period is what a public account page shows: one month, or the three months
// of a quarter. Months are what is published; a quarter is a view of them.
type Period struct {
	Name   string // "2026-07" or "2026Q3", as in addresses
	Months []models.Month
}

// ParsePeriod reads a period from an address; false for anything else.
func ParsePeriod(name string) (Period, bool) {
	if m := models.Month(name); m.Valid() {
		return Period{name, []models.Month{m}}, true
	}
	if months := models.QuarterMonths(name); months != nil {
		return Period{name, months}, true
	}
	return Period{}, false
}

// Quarter tells whether the period has three months.
func (p Period) Quarter() bool { return len(p.Months) > 1 }

// Add moves by whole periods.
func (p Period) Add(n int) Period {
	first := p.Months[0].Add(n * len(p.Months))
	if !p.Quarter() {
		return Period{string(first), []models.Month{first}}
	}
	return Period{first.Quarter(), models.QuarterMonths(first.Quarter())}
}

// From and To are the first and the last civil day.
func (p Period) From() models.Date { return p.Months[0].First() }
func (p Period) To() models.Date   { return p.Months[len(p.Months)-1].Last() }

// Sums are the four figures of a period.
type Sums struct{ Opening, Income, Expense, Closing models.Fen }

func sumsOf(months []models.AccountMonth) Sums {
	var s Sums
	for i, m := range months {
		if i == 0 {
			s.Opening = m.OpeningFen
		}
		s.Income += m.IncomeFen
		s.Expense += m.ExpenseFen
		s.Closing = m.ClosingFen
	}
	return s
}

// CategorySum is what was taken in and spent under one category.
type CategorySum struct {
	Category   string
	IncomeFen  models.Fen
	ExpenseFen models.Fen
	Lines      int
}

// PublicAccount is a period as a resident reads it. Entries in it have no
// names of persons.
type PublicAccount struct {
	Period
	Sums
	Shown      []models.AccountMonth // the version shown of each published month, the oldest first
	Missing    []models.Month        // of the period, not published yet
	Versions   []models.AccountMonth // of a single month: all that can be read, the newest first
	Before     *Sums                 // the period before, where all of it is published
	Previous   bool                  // there is something published before the period
	Following  bool
	Recent     []models.AccountMonth // standing versions of up to twelve months up to the period, the oldest first
	Categories []CategorySum         // the largest expense first
	Largest    []PublicEntry         // the five largest expenses
	Questions  int                   // asked about the lines shown
	Unanswered int
	Entries    int
}

// PublicEntry is a published line. The names of handler, witness and approver
// stay inside: the public is told which roles acted.
type PublicEntry struct {
	models.AccountEntry
	Month        models.Month
	HasHandler   bool
	HasWitness   bool
	HasApprover  bool
	NamesRemoved bool // withdrawn
}

// publicEntry takes the names and what only serves the proof off a line.
func publicEntry(e models.AccountEntry, month models.Month) PublicEntry {
	p := PublicEntry{AccountEntry: e, Month: month, HasHandler: e.Handler != "", HasWitness: e.Witness != "", HasApprover: e.Approver != ""}
	p.NamesRemoved = e.Handler == WithdrawnMark || e.Witness == WithdrawnMark || e.Approver == WithdrawnMark
	p.Handler, p.Witness, p.Approver = "", "", ""
	p.PurposeHash, p.NoteHash, p.NamesHash = nil, nil, nil
	return p
}

// Updated is when the period's figures or words last changed in public.
func (a *PublicAccount) Updated() time.Time {
	var at time.Time
	for _, m := range a.Shown {
		for _, t := range []*time.Time{m.PublishedAt, m.WithdrawnAt} {
			if t != nil && t.After(at) {
				at = *t
			}
		}
	}
	return at
}

// Standing tells whether every version shown is the one that stands.
func (a *PublicAccount) Standing() bool {
	return !slices.ContainsFunc(a.Shown, func(m models.AccountMonth) bool { return m.State != models.AccountPublished })
}

// month is the month of a version shown.
func (a *PublicAccount) month(account models.ID) models.Month {
	for _, m := range a.Shown {
		if m.ID == account {
			return m.Month
		}
	}
	return ""
}

func (a *PublicAccount) ids() []models.ID {
	ids := make([]models.ID, len(a.Shown))
	for i, m := range a.Shown {
		ids[i] = m.ID
	}
	return ids
}

// PublicMonths are the standing versions of all published months, the newest
// first.
func (t *Tenant) PublicMonths(ctx context.Context) ([]models.AccountMonth, error) {
	var rows []models.AccountMonth
	err := t.db(ctx).Where("state = ?", models.AccountPublished).Order("month DESC").Find(&rows).Error
	return rows, err
}

// Publications are the newest publications of the community, corrections
// among them: what feeds tell.
func (t *Tenant) Publications(ctx context.Context, limit int) ([]models.AccountMonth, error) {
	var rows []models.AccountMonth
	err := t.db(ctx).Where("state IN ? AND seq IS NOT NULL", publicStates).Order("seq DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// PublicPeriod is the head of a period: which versions are shown and their
// four figures. version 0 is the one that stands; another one is for single
// months. NotFound when nothing of the period is published.
func (t *Tenant) PublicPeriod(ctx context.Context, p Period, version int) (*PublicAccount, error) {
	all, err := t.Accounts(ctx, AccountFilter{Public: true})
	if err != nil {
		return nil, err
	}
	a := &PublicAccount{Period: p}
	last := p.Months[len(p.Months)-1]
	for _, m := range slices.Backward(all) { // the oldest first, of each month the oldest version
		switch {
		case m.Month < p.Months[0]:
			a.Previous = true
		case m.Month > last:
			a.Following = true
		case !p.Quarter():
			a.Versions = append([]models.AccountMonth{m}, a.Versions...)
		}
		if slices.Contains(p.Months, m.Month) && (m.Version == version || version == 0 && m.State == models.AccountPublished) {
			a.Shown = append(a.Shown, m)
		}
		if m.State == models.AccountPublished && m.Month <= last {
			a.Recent = append(a.Recent, m)
		}
	}
	if len(a.Shown) == 0 || version != 0 && p.Quarter() {
		return nil, notFound(gorm.ErrRecordNotFound)
	}
	a.Recent = a.Recent[max(0, len(a.Recent)-12):]
	a.Sums = sumsOf(a.Shown)
	for _, m := range a.Shown {
		a.Entries += m.Entries
	}
	for _, month := range p.Months {
		if !slices.ContainsFunc(a.Shown, func(m models.AccountMonth) bool { return m.Month == month }) {
			a.Missing = append(a.Missing, month)
		}
	}
	a.Before = before(all, p.Add(-1))
	return a, nil
}

// before are the sums of a whole published period.
func before(all []models.AccountMonth, p Period) *Sums {
	var months []models.AccountMonth
	for _, m := range slices.Backward(all) {
		if m.State == models.AccountPublished && slices.Contains(p.Months, m.Month) {
			months = append(months, m)
		}
	}
	if len(months) != len(p.Months) {
		return nil
	}
	s := sumsOf(months)
	return &s
}

// PublicAccount is the whole overview of a period, in a number of statements
// that does not depend on how much there is.
func (t *Tenant) PublicAccount(ctx context.Context, p Period, version int) (*PublicAccount, error) {
	a, err := t.PublicPeriod(ctx, p, version)
	if err != nil {
		return nil, err
	}
	if a.Categories, err = t.categories(ctx, a.ids()); err != nil {
		return nil, err
	}
	const largest = 5
	var rows []models.AccountEntry
	err = t.db(ctx).Where("account_id IN ? AND `change` <> ? AND expense_fen > 0", a.ids(), models.ChangeRemoved).
		Order("expense_fen DESC, account_id, line").Limit(largest).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	for _, e := range rows {
		a.Largest = append(a.Largest, publicEntry(e, a.month(e.AccountID)))
	}
	var states []models.InquiryState
	err = t.db(ctx).Model(&models.Inquiry{}).Where("month IN ?", p.Months).Pluck("state", &states).Error
	a.Questions = len(states)
	for _, s := range states {
		if s == models.InquiryOpen || s == models.InquiryForwarded {
			a.Unanswered++
		}
	}
	return a, err
}

func (t *Tenant) categories(ctx context.Context, accounts []models.ID) ([]CategorySum, error) {
	var rows []CategorySum
	// `lines` is a reserved word on MariaDB.
	err := t.db(ctx).Model(&models.AccountEntry{}).
		Select("category, SUM(income_fen) AS income_fen, SUM(expense_fen) AS expense_fen, COUNT(*) AS `lines`").
		Where("account_id IN ? AND `change` <> ?", accounts, models.ChangeRemoved).
		Group("category").Order("expense_fen DESC, income_fen DESC, category").Find(&rows).Error
	return rows, err
}

// LineFilter chooses among the lines of a period. Amounts are of either side.
type LineFilter struct {
	Text     string
	Category string
	Fund     string
	Least    models.Fen
	Most     models.Fen
	Account  models.ID // begin behind this line of this version
	Line     int
}

// Empty tells whether the filter lets every line pass.
func (f LineFilter) Empty() bool {
	f.Account, f.Line = 0, 0
	return f == LineFilter{}
}

func (f LineFilter) apply(q *gorm.DB) *gorm.DB {
	if text := models.Key(f.Text); text != "" {
		like := "%" + likeText.Replace(text) + "%"
		q = q.Where("purpose LIKE ? ESCAPE '!' OR voucher LIKE ? ESCAPE '!' OR category LIKE ? ESCAPE '!' OR note LIKE ? ESCAPE '!'", like, like, like, like)
	}
	if f.Category != "" {
		q = q.Where("category = ?", f.Category)
	}
	if f.Fund != "" {
		q = q.Where("fund = ?", f.Fund)
	}
	// A line has one side only; red ink is below zero.
	if f.Least > 0 {
		q = q.Where("ABS(income_fen) + ABS(expense_fen) >= ?", f.Least)
	}
	if f.Most > 0 {
		q = q.Where("ABS(income_fen) + ABS(expense_fen) <= ?", f.Most)
	}
	return q
}

// likeText makes what was typed mean itself in LIKE. The backslash is no
// escape sign of ours, because the databases differ about it.
var likeText = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// PublicLines are up to limit lines of the versions shown, month by month in
// the order of their sheets, behind the line that the filter names. Removed
// lines stand at the end of a corrected version, marked.
func (t *Tenant) PublicLines(ctx context.Context, a *PublicAccount, f LineFilter, limit int) ([]PublicEntry, error) {
	var out []PublicEntry
	begun := f.Account == 0
	for _, m := range a.Shown {
		after := 0
		if m.ID == f.Account {
			begun, after = true, f.Line
		}
		if !begun || len(out) >= limit {
			continue
		}
		var rows []models.AccountEntry
		q := f.apply(t.db(ctx).Where("account_id = ? AND line > ?", m.ID, after))
		if err := q.Order("line").Limit(limit - len(out)).Find(&rows).Error; err != nil {
			return nil, err
		}
		for _, e := range rows {
			out = append(out, publicEntry(e, m.Month))
		}
	}
	if !begun {
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	return out, nil
}

// Funds of the lines shown.
func (t *Tenant) Funds(ctx context.Context, a *PublicAccount) ([]string, error) {
	var funds []string
	err := t.db(ctx).Model(&models.AccountEntry{}).Distinct("fund").Where("account_id IN ? AND fund <> ''", a.ids()).
		Order("fund").Pluck("fund", &funds).Error
	return funds, err
}
