package sheet

import (
	"math"

	"juwu/internal/problem"
	"juwu/models"
)

// settleOpening finds the opening of a segment that states none: the closing
// before it, what is already published, or its first running balance.
func (l *Ledger) settleOpening(s, before *segment, opt LedgerOptions) {
	if s.opening.known {
		return
	}
	s.derived = true
	first := s.firstMonth()
	at := address(s.lay.header, s.lay.left)
	warn := func(fen models.Fen) {
		s.opening.fen = fen
		l.Findings = append(l.Findings, Finding{Severity: Warning, Key: FindingOpeningDerived, Sheet: s.sheet, Row: s.lay.header, Cell: at,
			Args: problem.Args{"month": first, "opening": fen}})
	}
	if before != nil && first != "" && before.lastMonth() == first.Add(-1) {
		warn(before.computed())
		return
	}
	if fen, ok := opt.PreviousClosing[first.Add(-1)]; ok && first != "" {
		warn(fen)
		return
	}
	for i, sum := 0, models.Fen(0); i < len(s.entries); i++ {
		e := s.entries[i]
		sum += e.IncomeFen - e.ExpenseFen
		if e.BalanceFen != nil {
			warn(*e.BalanceFen - sum)
			return
		}
	}
	l.Findings = append(l.Findings, Finding{Severity: Error, Key: FindingNoOpening, Sheet: s.sheet, Row: s.lay.header, Cell: at,
		Args: problem.Args{"month": first}})
}

func (s *segment) sums(from, to int) (income, expense models.Fen) {
	for _, e := range s.entries[from:to] {
		income += e.IncomeFen
		expense += e.ExpenseFen
	}
	return income, expense
}

// computed is the closing by arithmetic.
func (s *segment) computed() models.Fen {
	in, out := s.sums(0, len(s.entries))
	return s.opening.fen + in - out
}

// checkSegment compares what the sheet states with what it comes to.
func (l *Ledger) checkSegment(s *segment) {
	s.unswap(l)
	drift, broken := l.checkRows(s)
	for _, t := range s.totals {
		l.checkTotal(s, t)
	}
	l.checkClosing(s, drift, broken)
}

// unswap handles books headed 借方 and 贷方. In a cash book 借 is income; in
// a bank's statement it is the other way round. The running balance decides.
func (s *segment) unswap(l *Ledger) {
	if !s.lay.debit || s.breaks(1) < 0 {
		return
	}
	if s.breaks(-1) >= 0 {
		return
	}
	for i := range s.entries {
		e := &s.entries[i]
		e.IncomeFen, e.ExpenseFen = e.ExpenseFen, e.IncomeFen
	}
	for i := range s.totals {
		t := &s.totals[i]
		t.income, t.expense = t.expense, t.income
	}
	l.find(Warning, FindingSwapped, s.sheet, s.lay.header, s.lay.col(roleIncome), nil)
}

// breaks is the first entry whose stated balance does not follow; -1 if none.
func (s *segment) breaks(direction models.Fen) int {
	balance := s.opening.fen
	for i, e := range s.entries {
		balance += direction * (e.IncomeFen - e.ExpenseFen)
		if e.BalanceFen != nil && *e.BalanceFen != balance {
			return i
		}
	}
	return -1
}

// checkRows follows the running balance and reports the first row that breaks
// it. Two things are only warnings, because the rows themselves are right: a
// formula whose result nobody has seen yet (it was never calculated, and a
// blank line stands in its chain), and one whose stored result is off because
// Excel left out a number typed as text. drift is by how much the formulas
// are off from there on.
func (l *Ledger) checkRows(s *segment) (drift models.Fen, broken bool) {
	balance := s.opening.fen
	col := s.lay.col(roleBalance)
	for i := range s.entries {
		e := s.entries[i]
		balance += e.IncomeFen - e.ExpenseFen
		if e.BalanceFen == nil || *e.BalanceFen == balance {
			continue
		}
		if !e.stored {
			s.entries[i].BalanceFen = nil // nobody has stated this figure
		}
		if drift != 0 && *e.BalanceFen == balance+drift {
			continue
		}
		args := problem.Args{"row": e.Row, "stated": *e.BalanceFen, "computed": balance, "difference": *e.BalanceFen - balance}
		fen, ok := s.recalculated(e.Row, col, roleBalance)
		switch {
		case !e.stored:
			l.find(Warning, FindingFormula, s.sheet, e.Row, col, args)
		case ok && (fen == balance || fen == balance+drift):
			l.find(Warning, FindingStaleFormula, s.sheet, e.Row, col, args)
		default:
			l.find(Error, FindingUnbalancedRow, s.sheet, e.Row, col, args)
			return drift, true
		}
		drift = *e.BalanceFen - balance
	}
	return drift, false
}

// recalculated evaluates a cell's formula anew, counting text that shows a
// number as that number.
func (s *segment) recalculated(row, col int, ro role) (models.Fen, bool) {
	if s.table.formulas == nil || s.table.formulas(row, col) == "" {
		return 0, false
	}
	v, ok := s.table.evaluate(row, col)
	if !ok {
		return 0, false
	}
	return models.Fen(math.Round(v * float64(s.lay.unit(ro, s.unit)))), true
}

// checkTotal: a subtotal may count since the subtotal before it or since the
// segment began; clerks do both.
func (l *Ledger) checkTotal(s *segment, t total) {
	inAll, outAll := s.sums(0, t.upTo)
	in, out := s.sums(t.since, t.upTo)
	check := func(st stated, ro role, all, since models.Fen) {
		carried := ro == roleIncome && s.openingIncome && st.fen == all+s.opening.fen
		if !st.known || st.fen == all || st.fen == since || carried {
			return
		}
		computed := all
		if t.reason == SkipSubtotal {
			computed = since
		}
		args := problem.Args{"stated": st.fen, "computed": computed, "difference": st.fen - computed}
		if fen, ok := s.recalculated(st.row, st.col, ro); ok && (fen == all || fen == since) {
			l.find(Warning, FindingStaleFormula, s.sheet, st.row, st.col, args)
			return
		}
		l.find(Error, FindingTotal, s.sheet, st.row, st.col, args)
	}
	check(t.income, roleIncome, inAll, in)
	check(t.expense, roleExpense, outAll, out)
}

// checkClosing: opening + income − expense = closing.
func (l *Ledger) checkClosing(s *segment, drift models.Fen, broken bool) {
	in, out := s.sums(0, len(s.entries))
	computed := s.opening.fen + in - out
	st := s.closing
	if !st.known {
		n := len(s.entries)
		if n == 0 || s.entries[n-1].BalanceFen == nil {
			if !broken {
				l.find(Warning, FindingNoClosing, s.sheet, 0, -1, problem.Args{"month": s.lastMonth(), "closing": computed})
			}
			return
		}
		e := s.entries[n-1]
		st = stated{fen: *e.BalanceFen, known: true, row: e.Row, col: s.lay.col(roleBalance)}
		s.closing = st
	}
	if st.fen == computed {
		return
	}
	args := problem.Args{"opening": s.opening.fen, "income": in, "expense": out, "computed": computed, "stated": st.fen,
		"difference": st.fen - computed}
	formula := s.table.formulas != nil && s.table.formulas(st.row, st.col) != ""
	if drift != 0 && formula && st.fen == computed+drift {
		l.find(Warning, FindingStaleFormula, s.sheet, st.row, st.col, args)
		return
	}
	l.find(Error, FindingUnbalanced, s.sheet, st.row, st.col, args)
}

// checkTwice refuses the same month on two sheets, as when a copy of a sheet
// was left in the workbook. Sheets of different funds share a month by right.
func (l *Ledger) checkTwice(segs []*segment) {
	type key struct {
		date            models.Date
		voucher         string
		purpose         string
		income, expense models.Fen
	}
	seen := map[key]*segment{}
	for _, s := range segs {
		same, other := 0, (*segment)(nil)
		for _, e := range s.entries {
			k := key{e.Date, e.Voucher, e.Purpose, e.IncomeFen, e.ExpenseFen}
			if o := seen[k]; o != nil && o != s {
				same, other = same+1, o
			} else {
				seen[k] = s
			}
		}
		if other != nil && same*2 >= len(s.entries) {
			l.Findings = append(l.Findings, Finding{Severity: Error, Key: FindingSheetTwice, Sheet: s.sheet,
				Args: problem.Args{"sheet": s.sheet, "other": other.sheet, "count": same}})
		}
	}
}

// checkChain: each month opens with what the month before closed with.
func (l *Ledger) checkChain(opt LedgerOptions) {
	for i := range l.Months {
		m := &l.Months[i]
		var closing models.Fen
		before := m.Month.Add(-1)
		switch {
		case i > 0:
			closing = l.Months[i-1].ClosingFen
			if l.Months[i-1].Month != before {
				l.Findings = append(l.Findings, Finding{Severity: Warning, Key: FindingMonthMissing, Sheet: m.OpeningSheet,
					Args: problem.Args{"month": before}})
				before = l.Months[i-1].Month
			}
		default:
			fen, ok := opt.PreviousClosing[before]
			if !ok {
				continue
			}
			closing = fen
		}
		if m.OpeningFen == closing || i > 0 && l.Months[i-1].said && m.OpeningFen == l.Months[i-1].statedFen {
			continue // the month before does not balance and has its own finding
		}
		l.Findings = append(l.Findings, Finding{Severity: Error, Key: FindingChain, Sheet: m.OpeningSheet, Cell: m.OpeningCell,
			Args: problem.Args{"month": m.Month, "opening": m.OpeningFen, "previous": before, "closing": closing,
				"difference": m.OpeningFen - closing}})
	}
}

// checkVouchers warns of a voucher number that stands twice in a month. One
// voucher may have several lines, so this is for a human to look at.
func (l *Ledger) checkVouchers() {
	for _, m := range l.Months {
		seen := map[string]Entry{}
		for _, e := range m.Entries {
			if e.Voucher == "" {
				continue
			}
			k := e.Sheet + "\x00" + fold(e.Voucher)
			if first, ok := seen[k]; ok {
				l.Findings = append(l.Findings, Finding{Severity: Warning, Key: FindingVoucherTwice, Sheet: e.Sheet, Row: e.Row, Cell: e.VoucherCell,
					Args: problem.Args{"voucher": e.Voucher, "row": first.Row}})
				continue
			}
			seen[k] = e
		}
	}
}

// parts cuts a segment into its months. A quarter's sheet without an entry in
// its second month still has that month.
func (s *segment) parts() []Month {
	first, last := s.firstMonth(), s.lastMonth()
	if from, to := s.period.months(); s.period.from != 0 && from != "" && s.period.to-s.period.from <= 2 {
		first, last = from, max(last, to)
	}
	for _, e := range s.entries {
		first = min(first, s.monthOf(e))
	}
	if first == "" {
		return nil
	}
	last = max(first, last)
	by := map[models.Month][]Entry{}
	for _, e := range s.entries {
		by[s.monthOf(e)] = append(by[s.monthOf(e)], e)
	}
	var out []Month
	balance := s.opening.fen
	for m := first; m <= last && len(out) < 600; m = m.Add(1) {
		p := Month{Month: m, OpeningFen: balance, Entries: by[m], OpeningSheet: s.sheet, ClosingSheet: s.sheet}
		for _, e := range by[m] {
			p.IncomeFen += e.IncomeFen
			p.ExpenseFen += e.ExpenseFen
		}
		balance += p.IncomeFen - p.ExpenseFen
		p.ClosingFen = balance
		out = append(out, p)
	}
	out[0].OpeningCell = s.opening.cell()
	end := &out[len(out)-1]
	end.ClosingCell, end.statedFen, end.said = s.closing.cell(), s.closing.fen, s.closing.known
	return out
}
