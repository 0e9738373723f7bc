package sheet

import (
	"strconv"
	"strings"

	"juwu/internal/problem"
)

// amounts are the figures of one row. A known zero is a figure.
type amounts struct {
	income, expense, amount, balance stated
	bad                              stated // the first unreadable figure: its place
}

func (a amounts) any() bool {
	return a.income.known || a.expense.known || a.amount.known || a.bad.known
}

// figures tells whether the row holds at least one readable figure.
func (a amounts) figures() bool {
	return a.income.known || a.expense.known || a.amount.known || a.balance.known
}

func (r *reader) amounts(l line) amounts {
	var a amounts
	for _, f := range []struct {
		role role
		to   *stated
	}{{roleIncome, &a.income}, {roleExpense, &a.expense}, {roleAmount, &a.amount}, {roleBalance, &a.balance}} {
		col := r.lay.col(f.role)
		if col < 0 {
			continue
		}
		fen, state := parseAmount(r.figure(l, col), r.lay.unit(f.role, r.unit))
		switch state {
		case amountOK, amountRounded:
			*f.to = stated{fen: fen, known: true, row: l.n, col: col}
		case amountBad:
			if !a.bad.known && f.role != roleBalance {
				a.bad = stated{known: true, row: l.n, col: col}
			}
		}
	}
	return a
}

// figure is the text of a cell, or the result of its formula when the program
// that wrote the file stored none.
func (r *reader) figure(l line, col int) string {
	s := l.cell(col)
	if s != "" || r.table.formulas == nil {
		return s
	}
	if v, ok := r.table.evaluate(l.n, col); ok {
		return strconv.FormatFloat(v, 'f', 6, 64)
	}
	return ""
}

// entry reads a row as a line of the book; what is wrong with it is reported
// with the cell, and the rest is still understood.
func (r *reader) entry(l line, a amounts) {
	lay, name := r.lay, r.table.name
	e := Entry{Sheet: name, Row: l.n,
		Voucher: lay.cell(l, roleVoucher), Purpose: lay.cell(l, rolePurpose), Category: r.filled(l, roleCategory), Fund: r.filled(l, roleFund),
		Handler: r.filled(l, roleHandler), Witness: r.filled(l, roleWitness), Approver: r.filled(l, roleApprover),
		Note: lay.cell(l, roleNote), Decision: lay.cell(l, roleDecision), Attachments: count(lay.cell(l, roleAttachments)),
		VoucherCell: address(l.n, lay.col(roleVoucher)), PurposeCell: address(l.n, lay.col(rolePurpose)), NoteCell: address(l.n, lay.col(roleNote)),
	}
	if !a.any() && e.Voucher == "" && e.Purpose == "" { // balances or dates filled in ahead
		r.ledger.skip(name, l.n, SkipNote, strings.Join(compact(l.cells), " "))
		return
	}
	dated := r.dateOf(l, &e)
	valued := r.amountOf(l, a, &e)
	if e.Purpose == "" && valued {
		r.ledger.find(Error, FindingNoPurpose, name, l.n, lay.col(rolePurpose), nil)
	}
	r.balanceOf(l, a, &e)
	if valued && dated {
		e.Reversal = e.IncomeFen < 0 || e.ExpenseFen < 0 || reversalWord.MatchString(e.Purpose+e.Note)
		r.seg.entries = append(r.seg.entries, e)
		r.entries++
	}
}

// filled is a cell, or what a merged range above it says: one fund written
// over many lines.
func (r *reader) filled(l line, ro role) string {
	c := r.lay.col(ro)
	if s := l.cell(c); s != "" || c < 0 {
		return s
	}
	return r.table.mergedOver(l.n, c)
}

func compact(cells []string) []string {
	var out []string
	for _, c := range cells {
		if c != "" {
			out = append(out, c)
		}
	}
	return out
}

// count reads "3", "3张" and "叁" alike; an unreadable count of receipts does
// not stop a book.
func count(s string) int {
	f := strings.TrimRight(fold(s), "张份页件")
	if v, err := strconv.ParseFloat(f, 64); err == nil && v >= 0 && v < 10_000 {
		return int(v)
	}
	return 0
}

func (r *reader) dateText(l line) string {
	if r.lay.has(roleDayOnly) {
		m, d := l.cell(r.lay.col(roleMonthOnly)), l.cell(r.lay.col(roleDayOnly))
		if m == "" && d == "" {
			return ""
		}
		if m == "" {
			return d
		}
		return strings.TrimRight(m, "月") + "-" + strings.TrimRight(d, "日")
	}
	return r.lay.cell(l, roleDate)
}

// dateOf reads the date; false when the entry cannot be placed in a month.
func (r *reader) dateOf(l line, e *Entry) bool {
	col := r.lay.col(roleDate)
	if col < 0 {
		col = r.lay.col(roleDayOnly)
	}
	e.DateCell = address(l.n, col)
	if col < 0 {
		return false
	}
	s := r.dateText(l)
	merged := ""
	if s == "" {
		merged = r.table.mergedOver(l.n, col)
		s = merged
	}
	p := r.seg.period
	h := dateHints{year: p.year, month: p.single(), date1904: r.table.date1904, numeric: !r.table.csv}
	d, state := parseDate(s, h)
	switch state {
	case dateNone:
		if r.date == "" {
			r.ledger.find(Error, FindingNoDate, r.table.name, l.n, col, nil)
			return false
		}
		d = r.date
		r.ledger.find(Warning, FindingDateInherited, r.table.name, l.n, col, problem.Args{"date": d})
	case dateBad:
		if _, st := parseDate(s, dateHints{year: 2000, month: h.month}); p.year == 0 && st != dateBad {
			if !r.noYear { // once for the sheet: the answer is the same for every row
				r.ledger.find(Error, FindingNoYear, r.table.name, l.n, col, nil)
			}
			r.noYear = true
			return false
		}
		r.ledger.find(Error, FindingBadDate, r.table.name, l.n, col, problem.Args{"text": s})
		return false
	case dateUncertain:
		r.ledger.find(Warning, FindingUncertainDate, r.table.name, l.n, col, problem.Args{"text": s, "date": d})
	}
	e.Date, r.date = d, d
	if from, to := p.months(); from != "" && (d.Month() < from || d.Month() > to) {
		r.ledger.find(Error, FindingDateOutside, r.table.name, l.n, col, problem.Args{"date": d, "from": from, "to": to})
	}
	return true
}

// amountOf reads the one amount of an entry.
func (r *reader) amountOf(l line, a amounts, e *Entry) bool {
	name := r.table.name
	if a.bad.known {
		r.ledger.find(Error, FindingBadAmount, name, l.n, a.bad.col, problem.Args{"text": l.cell(a.bad.col)})
		return false
	}
	if a.amount.known && !a.income.known && !a.expense.known {
		if !r.takeSide(l, &a) {
			return false
		}
	}
	for _, s := range []stated{a.income, a.expense} {
		if s.known {
			r.inspect(l, s.col)
		}
	}
	e.IncomeFen, e.ExpenseFen = a.income.fen, a.expense.fen
	at := r.amountColumn(a)
	e.AmountCell = address(l.n, at)
	switch {
	case a.income.fen != 0 && a.expense.fen != 0:
		r.ledger.find(Error, FindingBothAmounts, name, l.n, at, problem.Args{"income": a.income.fen, "expense": a.expense.fen})
	case !a.income.known && !a.expense.known:
		r.ledger.find(Error, FindingNoAmount, name, l.n, at, problem.Args{"purpose": e.Purpose})
		return false
	case a.income.fen == 0 && a.expense.fen == 0:
		r.ledger.find(Warning, FindingZeroAmount, name, l.n, at, problem.Args{"purpose": e.Purpose})
		r.ledger.skip(name, l.n, SkipZero, e.Purpose)
		return false
	}
	return true
}

// takeSide puts the amount of a one-amount book on its side: by the side
// column, else by a sheet that says 支出 or 收入 in its title.
func (r *reader) takeSide(l line, a *amounts) bool {
	col := r.lay.col(roleSide)
	income, ok := false, false
	if col >= 0 {
		income, ok = sideOf(l.cell(col))
	} else {
		income, ok = r.sideOfSheet()
		col = r.lay.col(roleAmount)
	}
	if !ok {
		r.ledger.find(Error, FindingNoSide, r.table.name, l.n, col, problem.Args{"text": l.cell(col)})
		return false
	}
	if income {
		a.income = a.amount
	} else {
		a.expense = a.amount
	}
	return true
}

func (r *reader) sideOfSheet() (income, ok bool) {
	words := r.table.name + r.heading(r.lay, r.lay.col(rolePurpose)) + r.heading(r.lay, r.lay.col(roleAmount))
	for _, l := range r.table.lines {
		if l.n >= r.lay.top {
			break
		}
		words += strings.Join(l.cells, "")
	}
	words = strings.ReplaceAll(fold(words), "收支", "")
	in := strings.Contains(words, "收入")
	out := strings.Contains(words, "支出") || strings.Contains(words, "开支") || strings.Contains(words, "费用")
	return in, in != out
}

// amountColumn is the column to point at when an amount is questioned.
func (r *reader) amountColumn(a amounts) int {
	for _, s := range []stated{a.expense, a.income, a.amount} {
		if s.known && s.fen != 0 {
			return s.col
		}
	}
	for _, ro := range []role{roleExpense, roleAmount, roleIncome} {
		if r.lay.has(ro) {
			return r.lay.col(ro)
		}
	}
	return -1
}

// inspect notes amounts typed as text and amounts with fractions of a fen.
func (r *reader) inspect(l line, col int) {
	s := l.cell(col)
	if s == "" {
		return
	}
	if _, ok := excelNumber(s); !ok {
		r.typed = append(r.typed, address(l.n, col))
	}
	ro := roleExpense
	if col == r.lay.col(roleIncome) {
		ro = roleIncome
	} else if col == r.lay.col(roleAmount) {
		ro = roleAmount
	}
	if fen, state := parseAmount(s, r.lay.unit(ro, r.unit)); state == amountRounded {
		r.ledger.find(Warning, FindingRounded, r.table.name, l.n, col, problem.Args{"text": s, "amount": fen})
	}
}

func (r *reader) balanceOf(l line, a amounts, e *Entry) {
	col := r.lay.col(roleBalance)
	if col < 0 {
		return
	}
	e.BalanceCell = address(l.n, col)
	if a.balance.known {
		fen := a.balance.fen
		e.BalanceFen, e.stored = &fen, l.cell(col) != ""
		return
	}
	if s := l.cell(col); s != "" && !dashes(fold(s)) {
		r.ledger.find(Error, FindingBadAmount, r.table.name, l.n, col, problem.Args{"text": s})
	}
}
