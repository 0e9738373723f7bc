package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"juwu/internal/problem"
	"juwu/models"
)

// Formats that WriteTable knows.
const (
	CSV  = "csv"
	XLSX = "xlsx"
)

// Table is what is exported. Rows stream: a row is read, written, forgotten.
// A cell is a string, models.Date, models.Month, models.Fen, an integer, a
// float64, a bool or nil; everything else is refused.
type Table struct {
	Name   string // of the sheet, in .xlsx
	Header []string
	Rows   iter.Seq2[[]any, error]
	Widths []float64 // of columns in characters, in .xlsx; may be shorter than Header
	NoBOM  bool      // .csv begins with a BOM, which Excel needs, unless this is set
}

// WriteTable writes a table as .csv (UTF-8, BOM, CRLF) or .xlsx. Texts that a
// spreadsheet program would run as a formula get a leading apostrophe;
// amounts stay numbers. The first error of Rows ends the writing.
func WriteTable(w io.Writer, format string, t Table) error {
	switch format {
	case CSV:
		return writeCSV(w, t)
	case XLSX:
		return writeXLSX(w, t)
	}
	return fmt.Errorf("write table: no format %q", format)
}

// Rows turns rows in memory into a Table's Rows.
func Rows(rows [][]any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// runs tells whether a text begins like a formula: CSV has no types, and what
// opens with one of these signs may be run by the reader's program. The
// full-width forms count too: input methods for Chinese produce them, and some
// programs fold them. (OWASP, "CSV injection".)
func runs(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	switch r {
	case '=', '+', '-', '@', '\t', '\r', '\n', 0, '＝', '＋', '－', '＠':
		return s != ""
	}
	return false
}

// inert makes a text safe to write: no control characters, an apostrophe
// before what would run.
func inert(s string) string {
	guard := runs(s)
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r == utf8.RuneError || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if guard || runs(s) {
		return "'" + s
	}
	return s
}

// unguard undoes inert, so that our own exports can be read again.
func unguard(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && runs(rest) {
		return rest
	}
	return s
}

func plainCell(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return inert(v), nil
	case models.Date:
		return inert(string(v)), nil
	case models.Month:
		return inert(string(v)), nil
	case models.Fen:
		return v.Plain(), nil
	case int:
		return strconv.Itoa(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case bool:
		return strconv.FormatBool(v), nil
	}
	return "", fmt.Errorf("write table: a cell cannot be %T", v)
}

func writeCSV(w io.Writer, t Table) error {
	if !t.NoBOM {
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return err
		}
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	rec := make([]string, len(t.Header))
	for i, h := range t.Header {
		rec[i] = inert(h)
	}
	if err := out.Write(rec); err != nil {
		return err
	}
	for row, err := range t.Rows {
		if err != nil {
			return err
		}
		rec = rec[:0]
		for _, v := range row {
			s, err := plainCell(v)
			if err != nil {
				return err
			}
			rec = append(rec, s)
		}
		if err := out.Write(rec); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// maxExcelRows is what the format can hold.
const maxExcelRows = 1_048_576

func writeXLSX(w io.Writer, t Table) error {
	f := excelize.NewFile()
	defer f.Close()
	name := sheetName(t.Name)
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	styles, err := newStyles(f)
	if err != nil {
		return err
	}
	out, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	for i := range t.Header {
		width := 14.0
		if i < len(t.Widths) {
			width = t.Widths[i]
		}
		if err := out.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	header := make([]any, len(t.Header))
	for i, h := range t.Header {
		header[i] = excelize.Cell{StyleID: styles.header, Value: inert(h)}
	}
	if err := out.SetRow("A1", header); err != nil {
		return err
	}
	if err := streamRows(out, t, styles); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_, err = f.WriteTo(w)
	return err
}

type styles struct{ header, money, date int }

func newStyles(f *excelize.File) (s styles, err error) {
	day := "yyyy-mm-dd"
	if s.header, err = f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}}); err != nil {
		return s, err
	}
	if s.money, err = f.NewStyle(&excelize.Style{NumFmt: 4}); err != nil { // #,##0.00
		return s, err
	}
	s.date, err = f.NewStyle(&excelize.Style{CustomNumFmt: &day})
	return s, err
}

func streamRows(out *excelize.StreamWriter, t Table, st styles) error {
	n := 1
	for row, err := range t.Rows {
		if err != nil {
			return err
		}
		if n++; n > maxExcelRows {
			return problem.New(problem.TooLarge, KeyTooManyRows, problem.Args{"limit": maxExcelRows})
		}
		cells := make([]any, len(row))
		for i, v := range row {
			c, err := excelCell(v, st)
			if err != nil {
				return err
			}
			cells[i] = c
		}
		if err := out.SetRow("A"+strconv.Itoa(n), cells); err != nil {
			return err
		}
	}
	return nil
}

func excelCell(v any, st styles) (any, error) {
	switch v := v.(type) {
	case models.Fen:
		// Exact up to 2^53 fen; the decimal point is put by division once.
		return excelize.Cell{StyleID: st.money, Value: float64(v) / 100}, nil
	case models.Date:
		if !v.Valid() {
			return inert(string(v)), nil
		}
		return excelize.Cell{StyleID: st.date, Value: v.Time()}, nil
	case string:
		return inert(v), nil
	case nil, int, int64, float64, bool:
		return v, nil
	}
	return plainCell(v)
}

// sheetName keeps within what Excel accepts: 31 characters, none of :\/?*[].
func sheetName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) || r < ' ' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if r := []rune(s); len(r) > 31 {
		s = string(r[:31])
	}
	if s = strings.TrimSpace(s); s == "" {
		return "Sheet1"
	}
	return s
}
