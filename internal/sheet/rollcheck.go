package sheet

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
)

// oldest is the age above which a birth is taken for a slip of the pen; the
// oldest Chinese ever documented were 120 and some months.
const oldest = 120

// rollCheck holds what rows are checked against, and what was seen before.
type rollCheck struct {
	opt       RollOptions
	layout    *rollLayout
	report    RollReport
	total     int
	grids     map[string]bool
	seen      map[string]int // document → row
	heads     map[string]int // household → row of its head
	houses    map[string]bool
	buildings map[string]bool
	usedGrids map[string]bool
	oldestDay models.Date
	dates     dateHints
}

func newRollCheck(opt RollOptions) *rollCheck {
	c := &rollCheck{opt: opt, seen: map[string]int{}, heads: map[string]int{}, houses: map[string]bool{},
		buildings: map[string]bool{}, usedGrids: map[string]bool{}}
	if opt.Today.Valid() {
		t := opt.Today.Time()
		c.oldestDay = models.DateOf(t.AddDate(-oldest-1, 0, 0))
	}
	return c
}

// survey walks the file once: header, number of rows, and how often each
// grid stands.
func (c *rollCheck) survey(src *rows) error {
	counts := map[string]int{}
	seen := 0
	err := src.each(func(l line) error {
		if c.layout == nil {
			if seen++; seen > headerWindow {
				return errFound
			}
			c.layout = rollHeader(l)
			return nil
		}
		c.total++
		counts[clean(c.layout.cell(l, rollGrid))]++
		return nil
	})
	if err != nil && err != errFound {
		return err
	}
	c.grids = map[string]bool{}
	if c.opt.KnownGrids != nil {
		for _, g := range c.opt.KnownGrids {
			c.grids[clean(g)] = true
		}
		return nil
	}
	for g, n := range counts {
		if g != "" && plausibleGrid(g, n, c.total, len(counts)) {
			c.grids[g] = true
		}
	}
	return nil
}

var gridNumber = regexp.MustCompile(`^第?(\d{1,4})(号)?网格$`)

// plausibleGrid accepts what many rows agree on, and numbered grids that fit
// into the row of the others: 第7网格 of ten, but not a lone 第99网格.
func plausibleGrid(g string, n, total, distinct int) bool {
	if n*200 >= total && n > 1 || total <= 3 {
		return true
	}
	m := gridNumber.FindStringSubmatch(g)
	if m == nil {
		return false
	}
	k, err := strconv.Atoi(m[1])
	return err == nil && k >= 1 && k <= distinct
}

// missing reports columns that are missing or unknown; true stops the import.
func (c *rollCheck) missing() bool {
	find := func(sev Severity, key string, col int, name string) {
		c.report.Findings = append(c.report.Findings, Finding{Severity: sev, Key: key, Args: problem.Args{"column": name},
			Row: c.layout.header, Cell: address(c.layout.header, col)})
	}
	for _, col := range c.layout.unknown {
		find(Warning, RollUnknownColumn, col, columnName(col))
	}
	stop := false
	for _, f := range rollRequired {
		if _, ok := c.layout.cols[f]; !ok {
			find(Error, RollNoColumn, -1, rollColumn[f])
			stop = true
		}
	}
	return stop
}

func (c *rollCheck) fault(p *Person, l line, f rollField, key string, args problem.Args) {
	p.Errors = append(p.Errors, RowError{Row: l.n, Column: c.layout.column(f), Cell: c.layout.at(l, f), Key: key, Args: args})
}

// person reads and checks one row.
func (c *rollCheck) person(l line) Person {
	y := c.layout
	get := func(f rollField) string { return clean(y.cell(l, f)) }
	p := Person{Row: l.n, Grid: get(rollGrid), Group: get(rollGroup), Building: get(rollBuilding), Unit: get(rollUnit), Room: get(rollRoom),
		Household: get(rollHousehold), Name: get(rollName), Relation: get(rollRelation), Domicile: get(rollDomicile), Politics: get(rollPolitics)}
	p.Head = isHead(p.Relation)
	c.report.Rows++
	if p.Name == "" {
		c.fault(&p, l, rollName, RollNoName, nil)
	}
	c.place(&p, l)
	var ok bool
	if p.Sex, ok = readSex(get(rollSex)); !ok {
		c.fault(&p, l, rollSex, RollBadSex, nil)
	}
	if p.Presence, ok = readPresence(get(rollPresence)); !ok {
		c.fault(&p, l, rollPresence, RollBadPresence, nil)
	}
	c.birth(&p, l)
	c.document(&p, l)
	if s := get(rollSince); s != "" {
		d, state := parseDate(s, c.dates)
		if state != dateFull || c.opt.Today != "" && d > c.opt.Today {
			c.fault(&p, l, rollSince, RollBadDate, nil)
		} else {
			p.Since = d
		}
	}
	if s := digits(y.cell(l, rollPhone)); s != "" {
		if len(s) != 11 || strings.Trim(s, "0123456789") != "" {
			c.fault(&p, l, rollPhone, RollBadPhone, problem.Args{"digits": len(s)})
		} else {
			p.Phone = s
		}
	}
	c.head(&p, l)
	c.count(p)
	return p
}

func (c *rollCheck) place(p *Person, l line) {
	switch {
	case p.Grid == "":
		c.fault(p, l, rollGrid, RollNoGrid, nil)
	case !c.grids[p.Grid]:
		c.fault(p, l, rollGrid, RollUnknownGrid, problem.Args{"grid": p.Grid})
	}
	if p.Building == "" {
		c.fault(p, l, rollBuilding, RollNoAddress, nil)
	} else if p.Room == "" {
		c.fault(p, l, rollRoom, RollNoAddress, nil)
	}
}

func (c *rollCheck) birth(p *Person, l line) {
	s := clean(c.layout.cell(l, rollBirth))
	if s == "" {
		return
	}
	d, state := parseDate(s, c.dates)
	switch {
	case state != dateFull:
		c.fault(p, l, rollBirth, RollBadDate, nil)
		return
	case c.opt.Today != "" && d > c.opt.Today:
		c.fault(p, l, rollBirth, RollBornLater, nil)
		return
	case c.oldestDay != "" && d <= c.oldestDay:
		c.fault(p, l, rollBirth, RollTooOld, problem.Args{"years": oldest})
		return
	}
	p.Birth = d
}

// document checks a citizen's number by its own arithmetic; the numbers of
// passports and permits follow rules of many states and are taken as written.
func (c *rollCheck) document(p *Person, l line) {
	kind, number := splitDocument(c.layout.cell(l, rollDocument), c.layout.cell(l, rollDocumentKind))
	p.DocumentKind, p.Document = kind, number
	if number == "" {
		return // newborns and people found at the door may have none yet
	}
	faults := len(p.Errors)
	if kind == models.DocumentID {
		born, fault := checkID(number)
		switch fault {
		case idShape:
			c.fault(p, l, rollDocument, RollIDShape, nil)
		case idDigit:
			c.fault(p, l, rollDocument, RollIDDigit, nil)
		case idBirth:
			c.fault(p, l, rollDocument, RollIDBirth, nil)
		}
		if row, twice := c.seen[number]; twice {
			c.fault(p, l, rollDocument, RollIDTwice, problem.Args{"row": row})
		}
		c.compareBirth(p, l, born, faults)
	} else if row, twice := c.seen[number]; twice {
		c.fault(p, l, rollDocument, RollIDTwice, problem.Args{"row": row})
	}
	if len(p.Errors) == faults || c.seen[number] == 0 {
		c.seen[number] = l.n
	}
}

// compareBirth speaks only where the number itself is not already doubted:
// one slip should give one error.
func (c *rollCheck) compareBirth(p *Person, l line, born models.Date, faults int) {
	switch {
	case len(p.Errors) > faults || born == "":
	case p.Birth == "" && clean(c.layout.cell(l, rollBirth)) == "":
		p.Birth = born
	case p.Birth != "" && p.Birth != born:
		c.fault(p, l, rollBirth, RollBirthDiffers, nil)
	}
}

func (c *rollCheck) head(p *Person, l line) {
	key := p.Household
	if key == "" {
		key = p.Building + "\x00" + p.Unit + "\x00" + p.Room
	}
	c.houses[key] = true
	if !p.Head {
		return
	}
	if row, twice := c.heads[key]; twice {
		c.fault(p, l, rollRelation, RollTwoHeads, problem.Args{"row": row, "household": p.Household})
		return
	}
	c.heads[key] = l.n
}

func (c *rollCheck) count(p Person) {
	if len(p.Errors) == 0 {
		c.report.Good++
	}
	c.report.Errors = append(c.report.Errors, p.Errors...)
	if c.grids[p.Grid] {
		c.usedGrids[p.Grid] = true
		c.buildings[p.Building] = true
	}
}

func (c *rollCheck) finish() {
	c.report.Households = len(c.houses)
	c.report.Buildings = len(c.buildings)
	c.report.Grids = slices.SortedFunc(maps.Keys(c.usedGrids), compareNumbered)
}

// compareNumbered sorts 第2网格 before 第10网格.
func compareNumbered(a, b string) int {
	x, y := gridNumber.FindStringSubmatch(a), gridNumber.FindStringSubmatch(b)
	if x != nil && y != nil {
		return number(x[1]) - number(y[1])
	}
	return strings.Compare(a, b)
}
