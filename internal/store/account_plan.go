package store

import (
	"maps"
	"slices"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/models"
)

// PlanAction is what confirming an import does with one of its months.
type PlanAction string

const (
	PlanNew     PlanAction = "new"     // not in the books: becomes a draft
	PlanReplace PlanAction = "replace" // stands as a draft: the draft is replaced
	PlanSame    PlanAction = "same"    // the books say the same already: nothing happens
	PlanCorrect PlanAction = "correct" // is published: becomes the draft of a corrected version, with a reason
	PlanBlocked PlanAction = "blocked" // cannot be brought in; Problems say why
)

// MonthPlan compares a month of the file with the books.
type MonthPlan struct {
	Month    *sheet.Month
	Books    *models.AccountMonth // the newest version in the books; nil if there is none
	Action   PlanAction
	Problems []problem.Text // confirming is refused while there is one
	Warnings []problem.Text
	// Of a correction or a replacement: how many lines differ.
	Added, Edited, Removed int

	lines    []models.AccountEntry
	standing *models.AccountMonth // published version that a correction replaces
	old      []models.AccountEntry
}

// LedgerPlan is what confirming an import would do; nothing of it has been done.
type LedgerPlan struct {
	Import *models.Import
	Ledger *sheet.Ledger
	Months []MonthPlan
	Before *models.Import // the same file was confirmed earlier
	// Elsewhere is another community that the file's title names; "" if none.
	Elsewhere   string
	Expired     bool
	OK          bool // may be confirmed
	NeedsReason bool // a published month would be corrected
}

// Nothing tells whether the books already say what the file says.
func (p *LedgerPlan) Nothing() bool {
	return !slices.ContainsFunc(p.Months, func(m MonthPlan) bool { return m.Action != PlanSame })
}

// planMonths compares the file's months with the books as db sees them.
func planMonths(db *gorm.DB, l *sheet.Ledger, today models.Date) ([]MonthPlan, error) {
	if len(l.Months) == 0 {
		return nil, nil
	}
	first, last := l.Months[0].Month, l.Months[len(l.Months)-1].Month
	var rows []models.AccountMonth
	err := db.Where("month >= ? AND month <= ?", first.Add(-1), last.Add(1)).Order("month, version").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	var any []models.AccountMonth
	if err := db.Where("state IN ?", standingStates).Limit(1).Find(&any).Error; err != nil {
		return nil, err
	}
	b := books{db: db, empty: len(any) == 0, versions: map[models.Month][]models.AccountMonth{}, file: map[models.Month]*sheet.Month{}}
	for _, r := range rows {
		b.versions[r.Month] = append(b.versions[r.Month], r)
	}
	for i := range l.Months {
		b.file[l.Months[i].Month] = &l.Months[i]
	}
	plans := make([]MonthPlan, len(l.Months))
	for i := range l.Months {
		if plans[i], err = b.plan(&l.Months[i], today); err != nil {
			return nil, err
		}
	}
	return plans, nil
}

// books are the months around a file's.
type books struct {
	db       *gorm.DB
	empty    bool                                   // the file brings the first month of all
	versions map[models.Month][]models.AccountMonth // oldest version first
	file     map[models.Month]*sheet.Month
}

// newest version of a month that is not given up; nil if there is none.
func (b *books) newest(month models.Month, states ...models.AccountState) *models.AccountMonth {
	v := b.versions[month]
	for i := len(v) - 1; i >= 0; i-- {
		if slices.Contains(states, v[i].State) {
			return &v[i]
		}
	}
	return nil
}

func (b *books) plan(m *sheet.Month, today models.Date) (MonthPlan, error) {
	p := MonthPlan{Month: m, Action: PlanNew, lines: linesOf(m)}
	p.Books = b.newest(m.Month, standingStates...)
	p.standing = b.newest(m.Month, models.AccountPublished)
	b.check(&p, today)
	numbers := make([]string, len(m.Entries))
	for i := range m.Entries {
		numbers[i] = m.Entries[i].Decision
	}
	unknown, err := decisionsNamed(b.db, numbers, p.lines)
	if err != nil {
		return p, err
	}
	p.Problems = append(p.Problems, unknown...)
	if open, err := undecided(b.db, p.lines); err != nil {
		return p, err
	} else if len(open) > 0 {
		p.Warnings = append(p.Warnings, problem.Text{Key: "ledger.decision.needed", Args: problem.Args{"n": len(open), "line": open[0].Line}})
	}
	if p.Books == nil {
		return p.settled(), nil
	}
	if p.old, err = entriesOf(b.db, p.Books.ID); err != nil {
		return p, err
	}
	p.old = counted(p.old)
	p.compare()
	switch {
	case p.Added+p.Edited+p.Removed == 0 && p.Books.OpeningFen == m.OpeningFen && len(p.Problems) == 0:
		p.Action = PlanSame
	case p.Books.State == models.AccountSigning:
		p.refuse("ledger.plan.signing", nil)
	case p.Books.State == models.AccountPublished:
		p.Action = PlanCorrect
	default:
		p.Action = PlanReplace
	}
	if p.Action == PlanCorrect {
		b.checkFollowing(&p)
	}
	return p.settled(), nil
}

func (p MonthPlan) settled() MonthPlan {
	if len(p.Problems) > 0 {
		p.Action = PlanBlocked
	}
	return p
}

func (p *MonthPlan) refuse(key string, args problem.Args) {
	p.Problems = append(p.Problems, problem.Text{Key: key, Args: args})
}

func (p *MonthPlan) warn(key string, args problem.Args) {
	p.Warnings = append(p.Warnings, problem.Text{Key: key, Args: args})
}

// compare counts the differences to the version in the books.
func (p *MonthPlan) compare() {
	now := slices.Clone(p.lines)
	match := matchLines(p.old, now)
	p.Removed = len(match.removed)
	for i := range now {
		switch o := match.old[i]; {
		case o < 0:
			p.Added++
		default:
			keepWithdrawn(p.Books.Salt, &p.old[o], &now[i])
			if !sameLine(&p.old[o], &now[i]) {
				p.Edited++
			}
		}
	}
}

// check refuses a wrong month, sums that do not hold, an opening that is not
// what was left at the end of the month before, and texts longer than a line.
func (b *books) check(p *MonthPlan, today models.Date) {
	m := p.Month
	switch {
	case m.Month > today.Month():
		p.refuse("ledger.plan.future", problem.Args{"month": m.Month})
	case m.Month == today.Month():
		p.warn("ledger.plan.running", problem.Args{"month": m.Month})
	}
	var income, expense models.Fen
	for i := range p.lines {
		e := &p.lines[i]
		income, expense = income+e.IncomeFen, expense+e.ExpenseFen
		if field := tooLong(e); field != "" {
			p.refuse("ledger.plan.long", problem.Args{"sheet": m.Entries[i].Sheet, "row": m.Entries[i].Row, "column": problem.Text{Key: field}})
		}
		if e.Day.Month() != m.Month {
			p.refuse("ledger.plan.day", problem.Args{"sheet": m.Entries[i].Sheet, "cell": m.Entries[i].DateCell, "day": e.Day, "month": m.Month})
		}
	}
	if income != m.IncomeFen || expense != m.ExpenseFen || m.OpeningFen+income-expense != m.ClosingFen {
		p.refuse("ledger.plan.unbalanced", problem.Args{"month": m.Month, "difference": m.OpeningFen + income - expense - m.ClosingFen})
	}
	if b.file[m.Month.Add(-1)] != nil {
		return // the sheet's own chain is a finding of the file
	}
	switch before := b.newest(m.Month.Add(-1), standingStates...); {
	case before == nil && b.empty:
	case before == nil:
		p.warn("ledger.plan.gap", problem.Args{"month": m.Month.Add(-1)})
	case before.ClosingFen != m.OpeningFen:
		p.refuse("ledger.plan.opening", problem.Args{"month": m.Month, "before": before.Month, "opening": m.OpeningFen, "closing": before.ClosingFen})
	}
}

// checkFollowing: a correction that changes what is left at the end must bring
// the published month after it along, or the books would not join.
func (b *books) checkFollowing(p *MonthPlan) {
	next := p.Month.Month.Add(1)
	if p.Month.ClosingFen == p.Books.ClosingFen || b.file[next] != nil {
		return
	}
	if after := b.newest(next, standingStates...); after != nil && after.OpeningFen != p.Month.ClosingFen {
		args := problem.Args{"month": p.Month.Month, "next": next, "opening": after.OpeningFen, "closing": p.Month.ClosingFen}
		if after.State == models.AccountPublished {
			p.refuse("ledger.plan.following", args)
		} else {
			p.warn("ledger.plan.following", args)
		}
	}
}

// linesOf turns a month of the file into lines of the books.
func linesOf(m *sheet.Month) []models.AccountEntry {
	lines := make([]models.AccountEntry, len(m.Entries))
	for i := range m.Entries {
		e := &m.Entries[i]
		lines[i] = models.AccountEntry{
			Line: i + 1, Day: e.Date, Voucher: cleanLine(e.Voucher), Purpose: cleanLine(e.Purpose), Category: cleanLine(e.Category),
			Fund: cleanLine(e.Fund), IncomeFen: e.IncomeFen, ExpenseFen: e.ExpenseFen, Handler: cleanLine(e.Handler),
			Witness: cleanLine(e.Witness), Approver: cleanLine(e.Approver), Receipts: e.Attachments, Note: cleanLine(e.Note),
		}
	}
	return lines
}

// tooLong is the column whose text does not fit; its catalogue key.
func tooLong(e *models.AccountEntry) string {
	limits := map[string]struct {
		text string
		max  int
	}{
		"sheet.column.voucher": {e.Voucher, maxVoucher}, "sheet.column.purpose": {e.Purpose, maxPurpose},
		"sheet.column.category": {e.Category, maxCategory}, "sheet.column.fund": {e.Fund, maxCategory},
		"sheet.column.handler": {e.Handler, maxPerson}, "sheet.column.witness": {e.Witness, maxPerson},
		"sheet.column.approver": {e.Approver, maxPerson}, "sheet.column.note": {e.Note, maxNote},
	}
	for _, column := range slices.Sorted(maps.Keys(limits)) {
		if l := limits[column]; len([]rune(l.text)) > l.max {
			return column
		}
	}
	return ""
}
