package sheet

import (
	"errors"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
	"juwu/internal/problem"
	"juwu/models"
)

// Person is one row of a residents' roll, normalised: NFKC, trimmed.
type Person struct {
	Row          int                 `json:"row"`
	Grid         string              `json:"grid"`
	Group        string              `json:"group,omitempty"`
	Building     string              `json:"building"`
	Unit         string              `json:"unit,omitempty"`
	Room         string              `json:"room"`
	Household    string              `json:"household,omitempty"` // 户号; empty when the file has none
	Name         string              `json:"-"`
	Relation     string              `json:"relation,omitempty"`
	Head         bool                `json:"head"`
	Sex          string              `json:"sex,omitempty"` // "m", "f" or ""
	Birth        models.Date         `json:"-"`
	DocumentKind models.DocumentKind `json:"document_kind,omitempty"`
	Document     string              `json:"-"`
	Phone        string              `json:"-"` // 11 digits or empty
	Domicile     string              `json:"domicile,omitempty"`
	Since        models.Date         `json:"since,omitempty"`
	Politics     string              `json:"politics,omitempty"`
	Presence     models.Presence     `json:"presence,omitempty"`
	Errors       []RowError          `json:"errors,omitempty"` // empty: the row is good
}

// RowError is what is wrong with one cell of a roll. It never carries the
// cell's content, which is personal data.
type RowError struct {
	Row    int          `json:"row"`
	Column string       `json:"column"` // the heading as the file writes it
	Cell   string       `json:"cell,omitempty"`
	Key    string       `json:"key"`
	Args   problem.Args `json:"args,omitempty"`
}

// RollOptions are what the caller knows.
type RollOptions struct {
	// Today bounds births and ages; "" leaves both unchecked.
	Today models.Date
	// KnownGrids, when given, are the only grids accepted. Without them the
	// file's own grids are learnt: a lone 第99网格 among ten others is refused.
	KnownGrids []string
	// Progress, when given, is called every 500 rows and at the end with the
	// rows read and the rows of the file.
	Progress func(done, total int)
}

// Roll is everything understood of a file.
type Roll struct {
	RollReport
	People []Person
}

// RollReport tells what was understood without naming anybody.
type RollReport struct {
	SHA256     string     `json:"sha256"`
	Rows       int        `json:"rows"`
	Good       int        `json:"good"`
	Households int        `json:"households"`
	Grids      []string   `json:"grids"`
	Buildings  int        `json:"buildings"`
	Errors     []RowError `json:"errors,omitempty"`
	Findings   []Finding  `json:"findings,omitempty"` // of the file: missing and unknown columns
}

// OK tells whether the file as a whole can be used; rows with errors may be
// queued while the good ones are imported.
func (r *RollReport) OK() bool {
	return r.Good > 0 && !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Severity == Error })
}

// ReadRoll reads a residents' roll into memory. The error is a problem of the
// file as a whole; errors of rows stand with the rows.
func ReadRoll(name string, data []byte, opt RollOptions) (*Roll, error) {
	roll := &Roll{}
	rep, err := EachPerson(name, data, opt, func(p Person) error {
		roll.People = append(roll.People, p)
		return nil
	})
	if err != nil {
		return nil, err
	}
	roll.RollReport = *rep
	return roll, nil
}

// EachPerson streams a roll of any length: fn is called for every row, good
// or bad, in the file's order; its error stops the reading and is returned as
// it is.
func EachPerson(name string, data []byte, opt RollOptions, fn func(Person) error) (rep *RollReport, err error) {
	inside := false // in the caller's fn, whose panics are not ours to hide
	defer func() {
		if r := recover(); r != nil {
			if inside {
				panic(r)
			}
			rep, err = nil, damaged(errPanic)
		}
	}()
	src, err := openRows(name, data, func(l line) bool { return rollHeader(l) != nil }, KeyNoRoll)
	if err != nil {
		return nil, err
	}
	defer src.close()
	c := newRollCheck(opt)
	c.report.SHA256 = digest(data)
	c.dates = dateHints{births: true, numeric: src.typed, date1904: src.date1904}
	if err := c.survey(src); err != nil {
		return nil, err
	}
	if c.layout == nil {
		return nil, invalid(KeyNoRoll, nil)
	}
	if c.missing() {
		return &c.report, nil
	}
	err = src.each(func(l line) error {
		if l.n <= c.layout.header {
			return nil
		}
		p := c.person(l)
		if opt.Progress != nil && c.report.Rows%500 == 0 {
			opt.Progress(c.report.Rows, c.total)
		}
		inside = true
		err := fn(p)
		inside = false
		return err
	})
	if err != nil {
		return nil, err
	}
	c.finish()
	if opt.Progress != nil {
		opt.Progress(c.report.Rows, c.total)
	}
	return &c.report, nil
}

// rows is a file that can be walked more than once.
type rows struct {
	each  func(func(line) error) error
	close func()

	typed    bool // cells have types: a date may be a serial number
	date1904 bool
}

// openRows opens a file at the first visible sheet whose first rows hold a
// header; without one it is Invalid by the key none.
func openRows(name string, data []byte, header func(line) bool, none string) (*rows, error) {
	f, _, err := sniff(name, data)
	if err != nil {
		return nil, err
	}
	if f == formatCSV {
		text, err := decode(data)
		if err != nil {
			return nil, err
		}
		return &rows{each: func(fn func(line) error) error { return eachCSV(text, fn) }, close: func() {}}, nil
	}
	x, err := openExcel(data)
	if err != nil {
		return nil, err
	}
	sheet, err := headedSheet(x, header, none)
	if err != nil {
		x.Close()
		return nil, err
	}
	props, _ := x.GetWorkbookProps()
	return &rows{typed: true, date1904: props.Date1904 != nil && *props.Date1904, each: func(fn func(line) error) error {
		n := 0
		return eachExcelRow(x, sheet, func(l line) error {
			if n++; n > maxRows {
				return problem.New(problem.TooLarge, KeyTooManyRows, problem.Args{"limit": maxRows})
			}
			return fn(l)
		})
	}, close: func() { x.Close() }}, nil
}

var errFound = errors.New("found")

func headedSheet(x *excelize.File, header func(line) bool, none string) (string, error) {
	for _, name := range x.GetSheetList() {
		if visible, err := x.GetSheetVisible(name); err == nil && !visible {
			continue
		}
		n := 0
		err := eachExcelRow(x, name, func(l line) error {
			if header(l) {
				return errFound
			}
			if n++; n > headerWindow {
				return errors.New("no header")
			}
			return nil
		})
		if errors.Is(err, errFound) {
			return name, nil
		}
	}
	return "", invalid(none, nil)
}

// clean normalises a roll's cell: 4-byte names stay whole.
func clean(s string) string { return models.Key(s) }

// digits keeps the digits of a telephone number: 139-0000 0000, +86 139….
func digits(s string) string {
	s = strings.NewReplacer("-", "", " ", "", "(", "", ")", "").Replace(clean(s))
	s = strings.TrimPrefix(s, "+")
	if len(s) == 13 && strings.HasPrefix(s, "86") {
		s = s[2:]
	}
	return s
}
