// Package sheet understands the spreadsheets that offices really have: books
// of account, budgets and residents' rolls, as .xlsx or .csv. It is pure:
// bytes in, values out. It must never import gorm, fiber, net/http or any
// package of ours but problem and models.
package sheet

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"juwu/internal/problem"
)

// Limits of what is read. A committee's book has some hundred lines a month
// and a big community's roll 20,000 people; everything far above that is an
// accident (formatting dragged down to the last row) or an attack.
const (
	MaxFileBytes  = 32 << 20
	maxRows       = 60_000 // rows with something in them, over all sheets
	maxCells      = 500_000
	maxColumns    = 80 // columns beyond are looked at by nobody
	maxSheets     = 80
	maxCellRunes  = 2_000 // the longest text a cell may bring along
	headerWindow  = 30    // header rows stand within the first 30 rows
	maxPartsInZip = 2_000
)

// line is a row that has something in it. Rows are sparse: a sheet that is
// formatted down to row 1,048,576 costs nothing.
type line struct {
	n     int // row number as the spreadsheet shows it, from 1
	cells []string
}

// table is one sheet as text.
type table struct {
	name      string
	hidden    bool
	csv       bool
	date1904  bool
	lines     []line
	index     map[int]int // row number → place in lines, made when formulas need it
	merged    []span
	formulas  func(row, col int) string // nil when the source has none
	calculate func(row, col int) string // the library's own engine, for what ours does not know
	book      []*table                  // all sheets of the workbook
	results   map[place]result
	calls     int // of the library's engine
	spent     int // cells looked at by formulas
}

// span is a merged range, zero-based columns, one-based rows, inclusive.
type span struct{ top, left, bottom, right int }

// at is the cell in a one-based row and zero-based column; "" when empty.
func (t *table) at(row, col int) string {
	if t.index == nil {
		t.index = make(map[int]int, len(t.lines))
		for i, l := range t.lines {
			t.index[l.n] = i
		}
	}
	i, ok := t.index[row]
	if !ok {
		return ""
	}
	return t.lines[i].cell(col)
}

func (l line) cell(col int) string {
	if col < 0 || col >= len(l.cells) {
		return ""
	}
	return l.cells[col]
}

// mergedOver gives the text of the merged range that covers a cell which is
// not its top left one. A clerk merges the date over several vouchers.
func (t *table) mergedOver(row, col int) string {
	for _, s := range t.merged {
		if row >= s.top && row <= s.bottom && col >= s.left && col <= s.right {
			if row == s.top && col == s.left {
				return ""
			}
			return t.at(s.top, s.left)
		}
	}
	return ""
}

// address writes a cell as people know it: row 5, column 6 (from 0) is G5.
func address(row, col int) string {
	if row <= 0 || col < 0 {
		return ""
	}
	return columnName(col) + strconv.Itoa(row)
}

func columnName(col int) string {
	var b [8]byte
	i := len(b)
	for col >= 0 && i > 0 {
		i--
		b[i] = byte('A' + col%26)
		col = col/26 - 1
	}
	return string(b[i:])
}

// text is a cell as it may be stored: trimmed, without control characters,
// inner line breaks as one space, no longer than a purpose can be. The
// punctuation stays as the clerk wrote it.
func text(s string) string {
	if s != "" && s[0] == '\'' {
		s = unguard(s)
	}
	if len(s) > 3 && s[:2] == `="` && s[len(s)-1] == '"' {
		s = s[2 : len(s)-1] // how CSV is made to keep leading zeros in Excel: ="00001"
	}
	plain := len(s) <= maxCellRunes
	for i := 0; plain && i < len(s); i++ {
		plain = s[i] > ' ' && s[i] < 0x7f
	}
	if plain {
		return s
	}
	s = strings.TrimSpace(strings.ToValidUTF8(s, ""))
	var b strings.Builder
	space, n := false, 0
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\u00a0' || r == '\u3000' || r == ' ':
			space = true
			continue
		case unicode.IsControl(r) || r == '\ufeff' || unicode.Is(unicode.Cf, r):
			continue // direction marks and zero-width signs hide what a text says
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
		if n++; n >= maxCellRunes {
			break
		}
	}
	return b.String()
}

// fold brings a text into the form in which words are compared: full-width
// signs narrow, no white space at all, ("摘 要" and "摘要" are one word).
func fold(s string) string {
	if s == "" {
		return ""
	}
	s = norm.NFKC.String(s)
	if strings.IndexFunc(s, unfoldable) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unfoldable(r) {
			return -1
		}
		return r
	}, s)
}

func unfoldable(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || r == '\ufeff' || r == '\u200b'
}

func blank(cells []string) bool {
	for _, c := range cells {
		if c != "" {
			return false
		}
	}
	return true
}

func invalid(key string, args problem.Args) error { return problem.New(problem.Invalid, key, args) }
