package sheet

import (
	"bytes"
	"errors"
	"strings"

	"github.com/xuri/excelize/v2"
	"juwu/internal/problem"
)

// openWorkbook reads an .xlsx that has passed checkZip. excelize panics on
// some damaged parts; an upload must not take the process with it.
func openWorkbook(data []byte, reach extent) (ts []*table, err error) {
	defer func() {
		if r := recover(); r != nil {
			ts, err = nil, damaged(errPanic)
		}
	}()
	f, err := openExcel(data)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	props, _ := f.GetWorkbookProps()
	names := f.GetSheetList()
	if len(names) > maxSheets {
		return nil, problem.New(problem.TooLarge, KeyTooManySheets, problem.Args{"limit": maxSheets})
	}
	rows, cells := 0, 0
	for _, name := range names {
		t := &table{name: name, date1904: props.Date1904 != nil && *props.Date1904}
		if visible, err := f.GetSheetVisible(name); err == nil {
			t.hidden = !visible
		}
		err := eachExcelRow(f, name, func(l line) error {
			rows++
			if cells += len(l.cells); rows > maxRows || cells > maxCells {
				return problem.New(problem.TooLarge, KeyTooManyRows, problem.Args{"limit": maxRows})
			}
			t.lines = append(t.lines, l)
			return nil
		})
		if err != nil {
			return nil, err
		}
		ts = append(ts, t)
	}
	for _, t := range ts {
		t.book = ts
		if reach.loadable() && len(t.lines) > 0 && !t.hidden {
			loadStructure(f, t)
		}
	}
	if rows == 0 {
		return nil, invalid(KeyEmpty, nil)
	}
	return ts, nil
}

func openExcel(data []byte) (*excelize.File, error) {
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxInMemory,
	})
	switch {
	case err == nil:
		return f, nil
	case errors.Is(err, excelize.ErrWorkbookPassword), errors.Is(err, excelize.ErrWorkbookFileFormat):
		return nil, invalid(KeyEncrypted, nil)
	case strings.Contains(err.Error(), "unzip size exceeds"):
		return nil, invalid(KeyBomb, nil)
	}
	return nil, damaged(err)
}

// eachExcelRow streams the rows of a sheet that have something in them.
// Values are raw: a date is its serial number, an amount has no format.
func eachExcelRow(f *excelize.File, name string, fn func(line) error) error {
	rows, err := f.Rows(name)
	if err != nil {
		var none excelize.ErrSheetNotExist
		if errors.As(err, &none) || strings.Contains(err.Error(), "not a worksheet") {
			return nil // a chart sheet has no rows
		}
		return damaged(err)
	}
	defer rows.Close()
	for n := 1; rows.Next(); n++ {
		cols, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return damaged(err)
		}
		cols = cols[:min(len(cols), maxColumns)]
		cells := make([]string, len(cols))
		for i, c := range cols {
			cells[i] = text(c)
		}
		if blank(cells) {
			continue
		}
		if err := fn(line{n: n, cells: cells}); err != nil {
			return err
		}
	}
	if err := rows.Error(); err != nil {
		return damaged(err)
	}
	return nil
}

// loadStructure takes what streaming does not give: merged ranges and the
// formulas of cells that carry no stored result.
func loadStructure(f *excelize.File, t *table) {
	merges, err := f.GetMergeCells(t.name, true)
	if err == nil {
		for _, m := range merges {
			c1, r1, err1 := excelize.CellNameToCoordinates(m.GetStartAxis())
			c2, r2, err2 := excelize.CellNameToCoordinates(m.GetEndAxis())
			if err1 == nil && err2 == nil {
				t.merged = append(t.merged, span{top: r1, left: c1 - 1, bottom: r2, right: c2 - 1})
			}
		}
	}
	t.formulas = func(row, col int) string {
		s, err := f.GetCellFormula(t.name, address(row, col))
		if err != nil {
			return ""
		}
		return s
	}
	t.calculate = func(row, col int) string {
		s, err := f.CalcCellValue(t.name, address(row, col), excelize.Options{RawCellValue: true})
		if err != nil {
			return ""
		}
		return s
	}
}
