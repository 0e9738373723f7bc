package sheet

import (
	"math"
	"strconv"
	"strings"
)

// Formulas without a stored result come from programs that write sheets but
// do not calculate. This evaluator knows what books of account use: chains of
// balances, sums, IF around blanks. A number typed as text counts as the
// number it shows, because that is what the book means; Excel's SUM would
// leave it out. Everything else goes to the library's engine, a bounded
// number of times, because that one starts anew for every cell.
const (
	formulaDepth  = 2_500
	formulaBudget = 10_000_000 // cells looked at per sheet
	engineCalls   = 200
)

type place struct{ row, col int }

type result struct {
	v  value
	ok bool
}

// value is a cell's or expression's value.
type value struct {
	num  float64
	str  string
	text bool // str holds it
	void bool // an empty cell
}

// evaluate gives the number a formula in the cell comes to.
func (t *table) evaluate(row, col int) (float64, bool) {
	v, ok := t.formulaAt(row, col, 0)
	if !ok || v.void || v.text && v.str == "" {
		return 0, false
	}
	return v.number()
}

func (v value) number() (float64, bool) {
	switch {
	case v.void:
		return 0, true
	case v.text:
		return looseNumber(v.str)
	}
	return v.num, true
}

func looseNumber(s string) (float64, bool) {
	fen, state := parseAmount(s, unitYuan)
	if state != amountOK && state != amountRounded {
		return 0, false
	}
	if f, ok := excelNumber(s); ok {
		return f, true
	}
	return float64(fen) / 100, true
}

// excelNumber tells whether the raw text of a cell is a number to Excel.
func excelNumber(s string) (float64, bool) {
	if s == "" || strings.Trim(s, "0123456789.-+eE") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && !math.IsInf(f, 0)
}

func (t *table) formulaAt(row, col, depth int) (value, bool) {
	p := place{row, col}
	if r, ok := t.results[p]; ok {
		return r.v, r.ok
	}
	if t.formulas == nil || depth > formulaDepth {
		return value{}, false
	}
	src := t.formulas(row, col)
	if t.results == nil {
		t.results = map[place]result{}
	}
	if src == "" {
		t.results[p] = result{value{void: true}, true}
		return value{void: true}, true
	}
	t.results[p] = result{} // a circle finds this and fails
	v, ok := t.calculated(src, row, col, depth)
	t.results[p] = result{v, ok}
	return v, ok
}

func (t *table) calculated(src string, row, col, depth int) (value, bool) {
	e := &formula{t: t, src: strings.TrimPrefix(src, "="), depth: depth + 1}
	v := e.compare()
	if e.skip(); !e.failed && e.i == len(e.src) {
		return v, true
	}
	if t.calculate == nil || t.calls >= engineCalls || t.spent > formulaBudget || depth > 0 {
		return value{}, false
	}
	t.calls++
	if f, ok := excelNumber(t.calculate(row, col)); ok {
		return value{num: f}, true
	}
	return value{}, false
}

// cellValue is what a reference sees: stored text or number, else a formula.
func (t *table) cellValue(row, col, depth int) (value, bool) {
	if t.spent++; t.spent > formulaBudget {
		return value{}, false
	}
	s := t.at(row, col)
	if s == "" {
		return t.formulaAt(row, col, depth)
	}
	if f, ok := excelNumber(s); ok {
		return value{num: f}, true
	}
	return value{str: s, text: true}, true
}

// formula is a recursive descent over one formula.
type formula struct {
	t      *table
	src    string
	i      int
	depth  int
	nest   int
	failed bool
}

func (e *formula) fail() value { e.failed = true; return value{} }

func (e *formula) skip() {
	for e.i < len(e.src) && (e.src[e.i] == ' ' || e.src[e.i] == '\n' || e.src[e.i] == '\t' || e.src[e.i] == '\r') {
		e.i++
	}
}

func (e *formula) take(s string) bool {
	e.skip()
	if strings.HasPrefix(e.src[e.i:], s) {
		e.i += len(s)
		return true
	}
	return false
}

func (e *formula) compare() value {
	if e.nest++; e.nest > 64 {
		return e.fail()
	}
	defer func() { e.nest-- }()
	left := e.sum()
	for _, op := range []string{"<=", ">=", "<>", "=", "<", ">"} {
		if e.take(op) {
			return compareValues(op, left, e.sum())
		}
	}
	return left
}

func compareValues(op string, a, b value) value {
	c := 0
	x, okx := a.number()
	y, oky := b.number()
	switch {
	case a.text && a.str == "" || b.text && b.str == "": // X="" asks whether X is empty
		c = 1
		if (a.void || a.text && a.str == "") && (b.void || b.text && b.str == "") {
			c = 0
		}
	case okx && oky && x < y:
		c = -1
	case okx && oky && x > y:
		c = 1
	case okx && oky:
	default:
		c = strings.Compare(a.str, b.str)
	}
	truth := map[string]bool{"=": c == 0, "<>": c != 0, "<": c < 0, ">": c > 0, "<=": c <= 0, ">=": c >= 0}[op]
	if truth {
		return value{num: 1}
	}
	return value{}
}

func (e *formula) sum() value {
	v := e.product()
	for !e.failed {
		switch {
		case e.take("+"):
			v = e.calc(v, e.product(), func(a, b float64) float64 { return a + b })
		case e.take("-"):
			v = e.calc(v, e.product(), func(a, b float64) float64 { return a - b })
		default:
			return v
		}
	}
	return v
}

func (e *formula) product() value {
	v := e.unary()
	for !e.failed {
		switch {
		case e.take("*"):
			v = e.calc(v, e.unary(), func(a, b float64) float64 { return a * b })
		case e.take("/"):
			d := e.unary()
			if n, ok := d.number(); !ok || n == 0 {
				return e.fail()
			}
			v = e.calc(v, d, func(a, b float64) float64 { return a / b })
		default:
			return v
		}
	}
	return v
}

func (e *formula) calc(a, b value, f func(a, b float64) float64) value {
	x, ok1 := a.number()
	y, ok2 := b.number()
	if !ok1 || !ok2 || e.failed {
		return e.fail()
	}
	return value{num: f(x, y)}
}

func (e *formula) unary() value {
	negative := false
	for {
		if e.take("-") {
			negative = !negative
		} else if !e.take("+") {
			break
		}
	}
	v := e.primary()
	for e.take("%") {
		v = e.calc(v, value{num: 100}, func(a, b float64) float64 { return a / b })
	}
	if negative {
		v = e.calc(value{}, v, func(_, b float64) float64 { return -b })
	}
	return v
}

func (e *formula) primary() value {
	e.skip()
	if e.failed || e.i >= len(e.src) {
		return e.fail()
	}
	c := e.src[e.i]
	switch {
	case c == '(':
		e.i++
		v := e.compare()
		if !e.take(")") {
			return e.fail()
		}
		return v
	case c == '"':
		end := strings.IndexByte(e.src[e.i+1:], '"')
		if end < 0 {
			return e.fail()
		}
		s := e.src[e.i+1 : e.i+1+end]
		e.i += end + 2
		return value{str: s, text: true}
	case c >= '0' && c <= '9' || c == '.':
		start := e.i
		for e.i < len(e.src) && (e.src[e.i] >= '0' && e.src[e.i] <= '9' || e.src[e.i] == '.') {
			e.i++
		}
		f, ok := excelNumber(e.src[start:e.i])
		if !ok {
			return e.fail()
		}
		return value{num: f}
	}
	return e.nameOrRef()
}
