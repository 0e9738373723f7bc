package sheet

import (
	"strings"

	"juwu/internal/problem"
	"juwu/models"
)

// reader walks one sheet. A segment is what stands between one carried-over
// row and the next: normally a month, sometimes a quarter or a year.
type reader struct {
	table  *table
	ledger *Ledger
	opt    LedgerOptions
	file   period

	sheet   period // from the sheet's name and title
	unit    int64
	lay     *layout
	segs    []*segment
	seg     *segment
	date    models.Date
	typed   []string // amounts typed as text
	noYear  bool     // already reported
	entries int
}

// stated is a figure that a sheet states, and where.
type stated struct {
	fen   models.Fen
	known bool
	row   int
	col   int
}

func (s stated) cell() string {
	if !s.known {
		return ""
	}
	return address(s.row, s.col)
}

// total is a subtotal row.
type total struct {
	reason          string
	income, expense stated
	since           int // first entry since the subtotal before
	upTo            int // entries of the segment before this row
}

type segment struct {
	sheet   string
	table   *table
	lay     *layout
	period  period
	unit    int64
	opening stated
	closing stated
	// Some clerks write the opening into the income column, and then their
	// totals count it in.
	openingIncome bool
	derived       bool // the opening was computed, not stated
	entries       []Entry
	totals        []total
	noted         int // entries covered by the last subtotal
}

func (s *segment) firstMonth() models.Month {
	if from, _ := s.period.months(); from != "" && s.period.from != 0 {
		return from
	}
	first := models.Month("")
	for _, e := range s.entries {
		if m := s.monthOf(e); first == "" || m < first {
			first = m
		}
	}
	return first
}

// monthOf is the month an entry counts in: that of its date. A date outside
// the sheet's period is an error of its own; the entry then counts in the
// nearest month of the period, so that one slip does not upset every sum.
func (s *segment) monthOf(e Entry) models.Month {
	m := e.Date.Month()
	if from, to := s.period.months(); from != "" {
		m = min(max(m, from), to)
	}
	return m
}

// read gives the segments of the sheet; a sheet that is none is reported.
func (r *reader) read() []*segment {
	t := r.table
	info := Sheet{Name: t.name}
	defer func() { r.ledger.Sheets = append(r.ledger.Sheets, info) }()
	lays, body := findHeader(t.lines, 0)
	switch {
	case len(t.lines) == 0:
		info.Reason = SkipSheetEmpty
	case t.hidden:
		info.Reason = SkipSheetHidden
		if lays != nil {
			r.ledger.find(Warning, FindingHidden, t.name, 0, -1, nil)
		}
	case lays == nil:
		info.Reason = SkipSheetNoHeader
		r.suspicious()
	}
	if info.Reason != "" {
		r.ledger.skip(t.name, 0, info.Reason, "")
		return nil
	}
	above := t.lines[:0:0]
	for _, l := range t.lines {
		if l.n < lays[0].top {
			above = append(above, l)
		}
	}
	r.context(above, &info)
	info.Used, info.HeaderRow = true, lays[0].header
	for _, lay := range lays {
		r.columns(lay, &info)
		r.block(lay, lays, above, t.lines[body:])
	}
	r.textNumbers()
	info.Entries = r.entries
	return r.segs
}

// context reads what stands above the header: title, period, unit.
func (r *reader) context(above []line, info *Sheet) {
	r.unit = sheetUnit(above)
	var title period
	for _, l := range above {
		for _, c := range l.cells {
			if info.Title == "" && c != "" {
				info.Title = c
			}
			title = title.merge(titlePeriod(c))
		}
	}
	name := namePeriod(r.table.name)
	clash := title.from != 0 && name.from != 0 && (title.from > name.from || title.to < name.to)
	if clash && r.votes(name) > r.votes(title) {
		title, name = name, title
	}
	r.sheet = title.merge(name).merge(r.file)
	if clash {
		args := problem.Args{"title": info.Title, "month": monthOf(max(r.sheet.year, 2000), r.sheet.from)}
		r.ledger.find(Warning, FindingTitleName, r.table.name, 0, -1, args)
	}
	if r.sheet.year == 0 {
		r.sheet.year = r.guessYear()
	}
	info.From, info.To = r.sheet.months()
	if info.Unit = "yuan"; r.unit == unitWanYuan {
		info.Unit = "wan"
	}
}

// votes counts dates that lie in a period: when the name of a sheet and its
// title disagree, one of them was left over from the sheet it was copied from.
func (r *reader) votes(p period) int {
	n := 0
	for _, l := range r.table.lines[:min(len(r.table.lines), 200)] {
		for _, c := range l.cells[:min(len(l.cells), 3)] {
			if d, s := parseDate(c, dateHints{year: 2000, date1904: r.table.date1904}); s == dateFull || s == dateNoYear {
				if m := number(string(d[5:7])); m >= p.from && m <= p.to {
					n++
				}
			}
		}
	}
	return n
}

// guessYear takes the year of the first full date on the sheet.
func (r *reader) guessYear() int {
	for _, l := range r.table.lines {
		for _, c := range l.cells[:min(len(l.cells), 3)] {
			if len(c) >= 8 && len(c) <= 24 {
				if d, s := parseDate(c, dateHints{}); s == dateFull && d > "1990" {
					return number(string(d[:4]))
				}
			}
		}
	}
	return r.opt.Year
}

func (r *reader) columns(lay *layout, info *Sheet) {
	byCol := map[int]role{}
	for ro, c := range lay.cols {
		if _, taken := byCol[c]; !taken || ro != rolePurpose {
			byCol[c] = ro
		}
	}
	for c := lay.left; c <= lay.right; c++ {
		head := r.heading(lay, c)
		if head != "" {
			info.Columns = append(info.Columns, Column{Letter: columnName(c), Heading: head, Role: roleKeys[byCol[c]]})
		}
	}
	for _, c := range lay.unknown {
		head := r.heading(lay, c)
		info.Columns = append(info.Columns, Column{Letter: columnName(c), Heading: head})
		r.ledger.find(Warning, FindingUnknownColumn, r.table.name, lay.header, c, problem.Args{"column": head})
	}
	if !lay.dated() {
		r.ledger.find(Error, FindingNoDateColumn, r.table.name, lay.header, lay.left, nil)
	}
}

func (r *reader) heading(lay *layout, c int) string {
	for n := lay.header; n >= lay.top; n-- {
		if s := r.table.at(n, c); s != "" {
			return s
		}
	}
	return ""
}

// block reads the rows under one header. Beside other blocks, the title above
// its columns ("7月") says which month it is.
func (r *reader) block(lay *layout, all []*layout, above, body []line) {
	r.lay, r.date = lay, ""
	p := r.sheet
	if len(all) > 1 {
		for _, l := range above {
			for c := lay.left; c <= lay.right; c++ {
				if q := titlePeriod(l.cell(c)); q.from != 0 && q.from == q.to {
					p = q.merge(period{year: p.year})
				}
			}
		}
	}
	r.open(p)
	before := lay.header
	for _, l := range body {
		cut := l
		if len(all) > 1 {
			cut = window(l, lay)
			if blank(cut.cells) {
				continue
			}
		}
		r.gap(before, l.n)
		before = l.n
		r.row(cut)
	}
	r.close()
}

// window keeps the columns of one block, at their places.
func window(l line, lay *layout) line {
	cells := make([]string, min(len(l.cells), lay.right+1))
	for c := lay.left; c < len(cells); c++ {
		cells[c] = l.cells[c]
	}
	return line{n: l.n, cells: cells}
}

// gap reports blank rows between rows; a long stretch is one report.
func (r *reader) gap(before, now int) {
	if now-before > 20 {
		r.ledger.skip(r.table.name, before+1, SkipBlank, "")
		return
	}
	for n := before + 1; n < now; n++ {
		r.ledger.skip(r.table.name, n, SkipBlank, "")
	}
}

func (r *reader) open(p period) {
	r.seg = &segment{sheet: r.table.name, table: r.table, lay: r.lay, period: p, unit: r.unit}
}

// close files the segment if it holds anything.
func (r *reader) close() {
	s := r.seg
	if len(s.entries) > 0 || s.opening.known && s.period.single() != 0 && s.period.year != 0 {
		r.segs = append(r.segs, s)
	}
}

// suspicious warns of a sheet without a readable header that yet holds many
// amounts: silence would make a month disappear.
func (r *reader) suspicious() {
	n := 0
	for _, l := range r.table.lines {
		for _, c := range l.cells {
			if len(c) > 2 && strings.ContainsAny(c, ".,") {
				if _, s := parseAmount(c, unitYuan); s == amountOK {
					n++
					break
				}
			}
		}
	}
	if n >= 5 {
		r.ledger.find(Warning, FindingNoHeader, r.table.name, 0, -1, problem.Args{"rows": n})
	}
}

// textNumbers tells of amounts that are text to Excel: its own sums leave
// them out, though the book means them.
func (r *reader) textNumbers() {
	if len(r.typed) == 0 || r.table.csv {
		return
	}
	cells := strings.Join(r.typed[:min(len(r.typed), 8)], ", ")
	r.ledger.Findings = append(r.ledger.Findings, Finding{Severity: Warning, Key: FindingTextNumbers, Sheet: r.table.name,
		Cell: r.typed[0], Args: problem.Args{"count": len(r.typed), "cells": cells}})
}
