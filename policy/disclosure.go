package policy

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

//go:embed disclosure.csv
var disclosureCSV string

// Categories of art. 34, items one to seven.
var Categories = []string{"D1", "D2", "D3", "D4", "D5", "D6", "D7"}

// CatalogueRow is an item a new community starts with. Its title and content
// are the words disclosure_catalogue.<code> and disclosure_catalogue.<code>.content,
// its basis the words disclosure_catalogue.basis.<article>.
type CatalogueRow struct {
	Code      string
	Category  string
	Basis     []string
	Rhythm    models.Rhythm
	DueDays   int
	Publisher models.Role
	Signers   []models.Role
	Channels  []string // "board", "portal"
	Source    string
}

// Catalogue is the default catalogue, in its order on the page.
var Catalogue = sync.OnceValue(func() []CatalogueRow {
	rows, err := readCatalogue(disclosureCSV)
	if err != nil {
		panic(err) // embedded data, read by a test
	}
	return rows
})

func readCatalogue(text string) ([]CatalogueRow, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment, r.FieldsPerRecord = '#', 9
	records, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("disclosure.csv: %w", err)
	}
	var rows []CatalogueRow
	for _, f := range records[min(1, len(records)):] {
		days, err := strconv.Atoi(f[4])
		row := CatalogueRow{f[0], f[1], strings.Fields(f[2]), models.Rhythm(f[3]), days, models.Role(f[5]), nil, strings.Fields(f[7]), f[8]}
		for _, role := range strings.Fields(f[6]) {
			row.Signers = append(row.Signers, models.Role(role))
		}
		unknown := slices.ContainsFunc(append(row.Signers, row.Publisher), func(r models.Role) bool { return roleBit[r] == 0 })
		if err != nil || unknown || !slices.Contains(Categories, row.Category) || !slices.Contains(rhythms, row.Rhythm) {
			return nil, fmt.Errorf("disclosure.csv: %s is not understood", row.Code)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

var rhythms = []models.Rhythm{models.RhythmMonthly, models.RhythmQuarterly, models.RhythmHalfYear, models.RhythmYearly, models.RhythmOnEvent}

// Period of a rhythm: "2026-07", "2026Q3", "2026H2", "2026".
type Period struct {
	Name        string
	First, Last models.Date
}

// PeriodOf is the period of a rhythm that holds the day. An event's period is
// its day.
func PeriodOf(rhythm models.Rhythm, day models.Date) Period {
	t := day.Time()
	year, month := t.Year(), int(t.Month())
	span := map[models.Rhythm]int{models.RhythmMonthly: 1, models.RhythmQuarterly: 3, models.RhythmHalfYear: 6, models.RhythmYearly: 12}[rhythm]
	if span == 0 {
		return Period{string(day), day, day}
	}
	place := (month - 1) / span
	first := models.MonthOf(time.Date(year, time.Month(place*span+1), 1, 0, 0, 0, 0, models.Shanghai))
	name := strconv.Itoa(year)
	switch rhythm {
	case models.RhythmMonthly:
		name = string(first)
	case models.RhythmQuarterly:
		name += "Q" + strconv.Itoa(place+1)
	case models.RhythmHalfYear:
		name += "H" + strconv.Itoa(place+1)
	}
	return Period{name, first.First(), first.Add(span - 1).Last()}
}

// IsPeriod tells whether the name is that of a period of the rhythm.
func IsPeriod(rhythm models.Rhythm, name string) bool {
	if !slices.Contains(rhythms, rhythm) {
		return false
	}
	return PeriodOf(rhythm, periodStart(name)).Name == name
}

// periodStart is the first day of a named period; "" if it is no period.
func periodStart(name string) models.Date {
	year, rest := name[:min(4, len(name))], name[min(4, len(name)):]
	day := models.Date(name)
	switch rest {
	case "":
		day = models.Date(year + "-01-01")
	case "H1", "Q1":
		day = models.Date(year + "-01-01")
	case "H2", "Q3":
		day = models.Date(year + "-07-01")
	case "Q2":
		day = models.Date(year + "-04-01")
	case "Q4":
		day = models.Date(year + "-10-01")
	default:
		if len(name) == len("2026-07") {
			day = models.Date(name + "-01")
		}
	}
	if !day.Valid() {
		return ""
	}
	return day
}

// DisclosureState is computed when read, never stored: a late job must not
// make the committee look punctual.
type DisclosureState string

const (
	DisclosureRunning DisclosureState = "running" // the period is not over
	DisclosureDue     DisclosureState = "due"     // over, and there is time left
	DisclosureDone    DisclosureState = "done"
	DisclosureOverdue DisclosureState = "overdue"
)

// Owed is one item for one period, or after one event.
type Owed struct {
	Item   models.DisclosureItem
	Period Period
	Due    models.Date
	State  DisclosureState
	Done   *models.DisclosureDone
	Late   bool // done, but after its day
}

// Owing lists what an item owes from the day it started to today, newest first,
// at most limit periods. Items on events are owed for the events named, and
// those already published; nobody can owe what has not happened.
func Owing(item models.DisclosureItem, done []models.DisclosureDone, events []models.Date, today models.Date, limit int, c *Calendar) []Owed {
	var owed []Owed
	for _, p := range periodsOf(item, done, events, today, limit) {
		o := Owed{Item: item, Period: p, Due: c.Deadline(p.Last, item.DueDays)}
		for i := range done {
			if done[i].ItemID == item.ID && done[i].Period == p.Name {
				o.Done = &done[i]
			}
		}
		o.State, o.Late = disclosureState(o, today)
		owed = append(owed, o)
	}
	return owed
}

func disclosureState(o Owed, today models.Date) (DisclosureState, bool) {
	switch {
	case o.Done != nil:
		return DisclosureDone, models.DateOf(o.Done.At) > o.Due
	case o.Item.Rhythm != models.RhythmOnEvent && today <= o.Period.Last:
		return DisclosureRunning, false
	case today <= o.Due:
		return DisclosureDue, false
	}
	return DisclosureOverdue, false
}

func periodsOf(item models.DisclosureItem, done []models.DisclosureDone, events []models.Date, today models.Date, limit int) []Period {
	end := today
	if item.ActiveTo != "" && item.ActiveTo < end {
		end = item.ActiveTo
	}
	var periods []Period
	if item.Rhythm == models.RhythmOnEvent {
		days := slices.Clone(events)
		for _, d := range done {
			if day := models.Date(d.Period); d.ItemID == item.ID && day.Valid() {
				days = append(days, day)
			}
		}
		slices.Sort(days)
		for _, day := range slices.Backward(slices.Compact(days)) {
			if day <= end && day >= item.StartsOn && len(periods) < limit {
				periods = append(periods, Period{string(day), day, day})
			}
		}
		return periods
	}
	if !item.StartsOn.Valid() {
		return nil // nothing is owed before somebody said from when
	}
	// A period that began before the item did is not owed.
	for p := PeriodOf(item.Rhythm, end); p.First >= item.StartsOn && len(periods) < limit; p = PeriodOf(item.Rhythm, p.First.AddDays(-1)) {
		periods = append(periods, p)
	}
	return periods
}

// MayManageItem: art. 34 categories only, a rhythm there is, days in reason,
// and nobody shortens the display below 15 days by the catalogue.
func MayManageItem(item models.DisclosureItem) error {
	var f problem.Form
	if strings.TrimSpace(item.Title) == "" {
		f.Add("title", "policy.disclosure.title", nil)
	}
	if !slices.Contains(Categories, item.Category) {
		f.Add("category", "policy.disclosure.category", nil)
	}
	if !slices.Contains(rhythms, item.Rhythm) {
		f.Add("rhythm", "policy.disclosure.rhythm", nil)
	}
	if item.DueDays < 0 || item.DueDays > MostDueDays {
		f.Add("due_days", "policy.disclosure.days", problem.Args{"n": MostDueDays})
	}
	return f.Err()
}

// MostDueDays keeps "in time" (及时, art. 34) from meaning next year.
const MostDueDays = 90
