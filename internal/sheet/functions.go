package sheet

import (
	"math"
	"strings"
)

// area is a range of cells of one sheet.
type area struct {
	t        *table
	from, to place
}

// nameOrRef reads a function call or a reference to a cell, here or on
// another sheet of the workbook.
func (e *formula) nameOrRef() value {
	if name, ok := e.call(); ok {
		return e.function(name)
	}
	a, ok := e.reference()
	if !ok || a.from != a.to {
		return e.fail()
	}
	v, ok := a.t.cellValue(a.from.row, a.from.col, e.depth)
	if !ok {
		return e.fail()
	}
	return v
}

// call recognises NAME( and steps over it.
func (e *formula) call() (string, bool) {
	n := e.i
	for n < len(e.src) && (e.src[n] >= 'A' && e.src[n] <= 'Z' || e.src[n] >= 'a' && e.src[n] <= 'z') {
		n++
	}
	if n == e.i || n >= len(e.src) || e.src[n] != '(' {
		return "", false
	}
	name := strings.ToUpper(e.src[e.i:n])
	e.i = n + 1
	return name, true
}

func (e *formula) function(name string) value {
	switch name {
	case "SUM", "SUBTOTAL", "MAX", "MIN":
		return e.aggregate(name)
	case "IF", "IFERROR":
		return e.condition(name)
	}
	args := e.arguments()
	num := func(i int) float64 {
		f, ok := args[i].number()
		if !ok {
			e.failed = true
		}
		return f
	}
	switch {
	case e.failed:
	case name == "N" && len(args) == 1:
		f, ok := args[0].number()
		if !ok {
			f = 0 // N of a text that is no number at all
		}
		return value{num: f}
	case name == "ABS" && len(args) == 1:
		return value{num: math.Abs(num(0))}
	case name == "VALUE" && len(args) == 1:
		return value{num: num(0)}
	case name == "ROUND" && len(args) == 2:
		p := math.Pow(10, math.Max(-9, math.Min(9, math.Trunc(num(1)))))
		return value{num: math.Round(num(0)*p) / p}
	}
	return e.fail()
}

func (e *formula) arguments() []value {
	var args []value
	if e.take(")") {
		return nil
	}
	for !e.failed && len(args) < 32 {
		args = append(args, e.compare())
		if e.take(")") {
			return args
		}
		if !e.take(",") {
			break
		}
	}
	e.failed = true
	return nil
}

// condition evaluates both branches; a branch that fails matters only when
// it is the one taken.
func (e *formula) condition(name string) value {
	var args []value
	var bad []bool
	for len(args) < 3 {
		start := e.i
		v := e.compare()
		failed := e.failed
		if failed {
			e.failed = false
			if !e.jump(start) {
				return e.fail()
			}
		}
		args, bad = append(args, v), append(bad, failed)
		if e.take(")") {
			break
		}
		if !e.take(",") {
			return e.fail()
		}
	}
	take := -1
	switch {
	case name == "IFERROR" && len(args) == 2:
		if take = 0; bad[0] {
			take = 1
		}
	case name == "IF" && len(args) >= 2 && !bad[0]:
		if f, ok := args[0].number(); ok && f != 0 {
			take = 1
		} else if take = 2; len(args) == 2 {
			return value{}
		}
	}
	if take < 0 || bad[take] {
		return e.fail()
	}
	return args[take]
}

// jump moves to the end of the argument that starts at i.
func (e *formula) jump(i int) bool {
	depth, quoted := 0, false
	for ; i < len(e.src); i++ {
		switch c := e.src[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')' && depth == 0, c == ',' && depth == 0:
			e.i = i
			return true
		case c == ')':
			depth--
		}
	}
	return false
}

// aggregate sums ranges and values. In a range, text that is no number is
// skipped, as Excel does.
func (e *formula) aggregate(name string) value {
	var nums []float64
	if name == "SUBTOTAL" {
		if code := e.compare(); code.num != 9 && code.num != 109 || !e.take(",") {
			return e.fail()
		}
	}
	for !e.failed {
		start := e.i
		if a, ok := e.reference(); ok && e.atEnd() {
			nums = append(nums, e.numbers(a)...)
		} else {
			e.i = start
			f, ok := e.compare().number()
			if !ok {
				return e.fail()
			}
			nums = append(nums, f)
		}
		if e.take(")") {
			return fold2(name, nums)
		}
		if !e.take(",") {
			return e.fail()
		}
	}
	return e.fail()
}

func (e *formula) atEnd() bool {
	e.skip()
	return e.i < len(e.src) && (e.src[e.i] == ',' || e.src[e.i] == ')')
}

func fold2(name string, nums []float64) value {
	var v float64
	for i, n := range nums {
		switch {
		case name == "MAX" && (i == 0 || n > v), name == "MIN" && (i == 0 || n < v):
			v = n
		case name == "SUM" || name == "SUBTOTAL":
			v += n
		}
	}
	return value{num: v}
}

func (e *formula) numbers(a area) []float64 {
	var out []float64
	// Only rows that exist can hold numbers: F1:F1048576 costs what the sheet holds.
	for _, l := range a.t.lines {
		if l.n < a.from.row || l.n > a.to.row {
			continue
		}
		for c := a.from.col; c <= a.to.col; c++ {
			v, ok := a.t.cellValue(l.n, c, e.depth)
			if !ok {
				e.failed = true
				return nil
			}
			if f, ok := v.number(); ok && !v.void {
				out = append(out, f)
			}
		}
	}
	return out
}

// reference reads A1, $A$1, A1:B2, and the same after 表名! or '表 名'!.
func (e *formula) reference() (area, bool) {
	e.skip()
	a := area{t: e.t}
	if name, rest, ok := sheetPrefix(e.src[e.i:]); ok {
		if a.t = e.t.sibling(name); a.t == nil {
			return area{}, false
		}
		e.i += rest
	}
	var ok bool
	if a.from, ok = e.cellRef(); !ok {
		return area{}, false
	}
	a.to = a.from
	if e.i < len(e.src) && e.src[e.i] == ':' {
		e.i++
		if a.to, ok = e.cellRef(); !ok {
			return area{}, false
		}
		a.from.row, a.to.row = min(a.from.row, a.to.row), max(a.from.row, a.to.row)
		a.from.col, a.to.col = min(a.from.col, a.to.col), max(a.from.col, a.to.col)
	}
	return a, true
}

// sheetPrefix splits "'7月'!" or "Sheet1!" off.
func sheetPrefix(s string) (string, int, bool) {
	if strings.HasPrefix(s, "'") {
		end := strings.Index(s[1:], "'!")
		if end < 0 {
			return "", 0, false
		}
		return s[1 : 1+end], end + 3, true
	}
	end := strings.IndexAny(s, "!+-*/(),:<>=\" ")
	if end <= 0 || s[end] != '!' {
		return "", 0, false
	}
	return s[:end], end + 1, true
}

func (e *formula) cellRef() (place, bool) {
	dollar := func() {
		if e.i < len(e.src) && e.src[e.i] == '$' {
			e.i++
		}
	}
	dollar()
	col, n := 0, 0
	for ; e.i < len(e.src) && n < 3; n++ {
		c := e.src[e.i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		col = col*26 + int(c-'A') + 1
		e.i++
	}
	if n == 0 {
		return place{}, false
	}
	dollar()
	row, n := 0, 0
	for ; e.i < len(e.src) && n < 7 && e.src[e.i] >= '0' && e.src[e.i] <= '9'; n++ {
		row = row*10 + int(e.src[e.i]-'0')
		e.i++
	}
	if n == 0 || row == 0 || col > 16384 {
		return place{}, false
	}
	return place{row: row, col: min(col-1, maxColumns)}, true
}

func (t *table) sibling(name string) *table {
	name = strings.ReplaceAll(name, "''", "'")
	for _, o := range t.book {
		if strings.EqualFold(o.name, name) {
			return o
		}
	}
	return nil
}
