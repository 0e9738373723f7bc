package sheet

import (
	"slices"
	"strconv"
	"strings"

	"juwu/internal/problem"
)

// OuterRow is a row of an answered workbook: which case, and what the other
// system says of it. Error is the key of what makes the row doubtful.
type OuterRow struct {
	Sheet  string `json:"sheet"`
	Row    int    `json:"row"`
	Cell   string `json:"cell"` // of the number, or of what is wrong
	Number string `json:"number"`
	Outer  string `json:"outer"`
	State  string `json:"state"`
	Note   string `json:"note"`
	Done   bool   `json:"done"`
	Error  string `json:"error,omitempty"`
}

// Keys of what is wrong with a row, or with the whole file.
const (
	KeyNoHandover      = "handover.row.nosheet"
	OuterNoNumber      = "handover.row.nonumber"
	OuterNothing       = "handover.row.nothing"
	OuterTwice         = "handover.row.twice"
	OuterNumberTwice   = "handover.row.outertwice"
	OuterTooLong       = "handover.row.long"
	mostOuterRows      = 5000
	mostOuterNumber    = 80
	mostOuterNote      = 1000
	outerHeaderColumns = 2
)

type outerField uint8

const (
	outerNumber outerField = iota + 1
	outerOuter
	outerState
	outerNote
)

// outerHeads are the headings offices write, folded. Those of our own workbook
// are among them in both languages.
var outerHeads = map[string]outerField{
	"编号": outerNumber, "诉求编号": outerNumber, "社区编号": outerNumber, "来源编号": outerNumber, "原编号": outerNumber, "number": outerNumber, "ournumber": outerNumber, "casenumber": outerNumber,
	"对方编号": outerOuter, "工单号": outerOuter, "工单编号": outerOuter, "受理编号": outerOuter, "12345编号": outerOuter, "12345工单号": outerOuter, "热线编号": outerOuter, "theirnumber": outerOuter, "ticket": outerOuter, "ticketnumber": outerOuter,
	"办理状态": outerState, "状态": outerState, "办理情况": outerState, "进度": outerState, "state": outerState, "status": outerState, "theirstate": outerState,
	"答复": outerNote, "答复内容": outerNote, "办理结果": outerNote, "处理结果": outerNote, "反馈": outerNote, "反馈内容": outerNote, "回复": outerNote, "answer": outerNote, "theiranswer": outerNote, "reply": outerNote,
}

// outerDone are words for "nothing more comes".
var outerDone = []string{"办结", "已办结", "已答复", "已完成", "完成", "结案", "已结案", "归档", "closed", "done", "resolved", "completed"}

// OuterDone tells whether a state in another system's words is an end.
func OuterDone(state string) bool { return slices.Contains(outerDone, strings.ToLower(fold(state))) }

// ReadOuter reads a workbook (or .csv) that another office has answered: every
// sheet that has columns for our number and for at least one of theirs. The
// error is a problem of the file as a whole; what is wrong with a row stands in
// the row.
func ReadOuter(name string, data []byte) (rows []OuterRow, err error) {
	defer func() {
		if r := recover(); r != nil {
			rows, err = nil, damaged(errPanic)
		}
	}()
	ts, err := tables(name, data)
	if err != nil {
		return nil, err
	}
	found := false
	for _, t := range ts {
		if t.hidden {
			continue
		}
		cols, at := outerHeader(t)
		if cols == nil {
			continue
		}
		found = true
		for _, l := range t.lines[at+1:] {
			if len(rows) >= mostOuterRows {
				return nil, problem.New(problem.TooLarge, KeyTooManyRows, problem.Args{"limit": mostOuterRows})
			}
			rows = append(rows, outerRow(t, l, cols))
		}
	}
	if !found {
		return nil, invalid(KeyNoHandover, nil)
	}
	outerTwice(rows)
	return rows, nil
}

func outerHeader(t *table) (cols map[outerField]int, at int) {
	for i, l := range t.lines[:min(len(t.lines), headerWindow)] {
		cols := map[outerField]int{}
		for c, text := range l.cells {
			f := outerHeads[strings.ToLower(fold(text))]
			if _, twice := cols[f]; f != 0 && !twice {
				cols[f] = c
			}
		}
		if _, ok := cols[outerNumber]; ok && len(cols) >= outerHeaderColumns {
			return cols, i
		}
	}
	return nil, 0
}

func outerRow(t *table, l line, cols map[outerField]int) OuterRow {
	cell := func(f outerField) string {
		c, ok := cols[f]
		if !ok {
			return ""
		}
		return l.cell(c)
	}
	r := OuterRow{Sheet: t.name, Row: l.n, Cell: address(l.n, cols[outerNumber]), Number: cell(outerNumber), Outer: wholeNumber(cell(outerOuter)), State: cell(outerState), Note: cell(outerNote)}
	r.Done = OuterDone(r.State)
	wrong := func(key string, f outerField) {
		r.Error, r.Cell = key, address(l.n, cols[f])
	}
	switch {
	case r.Number == "":
		wrong(OuterNoNumber, outerNumber)
	case r.Outer == "" && r.State == "" && r.Note == "":
		wrong(OuterNothing, outerNumber)
	case len([]rune(r.Outer)) > mostOuterNumber:
		wrong(OuterTooLong, outerOuter)
	case len([]rune(r.Note)) > mostOuterNote:
		wrong(OuterTooLong, outerNote)
	}
	r.Number, r.Outer = cutCell(r.Number), cutCell(r.Outer)
	return r
}

// wholeNumber undoes what a spreadsheet makes of a long number in a cell that
// is not text: 2.02611271234E+13. Digits beyond the fifteenth are lost; then
// the number is not guessed.
func wholeNumber(s string) string {
	if !strings.ContainsAny(s, "eE") {
		return s
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < 1 || f >= 1e15 || f != float64(int64(f)) {
		return s
	}
	return strconv.FormatInt(int64(f), 10)
}

func cutCell(s string) string {
	if r := []rune(s); len(r) > mostOuterNumber {
		return string(r[:mostOuterNumber])
	}
	return s
}

// outerTwice marks rows that speak of a case, or give a number, once more.
func outerTwice(rows []OuterRow) {
	numbers, outers := map[string]bool{}, map[string]bool{}
	for i := range rows {
		r := &rows[i]
		if r.Error != "" {
			continue
		}
		number := fold(r.Number)
		switch {
		case numbers[number]:
			r.Error = OuterTwice
		case r.Outer != "" && outers[fold(r.Outer)]:
			r.Error = OuterNumberTwice
		}
		numbers[number] = true
		if r.Outer != "" {
			outers[fold(r.Outer)] = true
		}
	}
}
