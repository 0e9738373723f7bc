package policy

import (
	"juwu/internal/problem"
	"juwu/models"
)

// 走访: the rule of the place fixes manner and frequency (domain.md A5-03). What
// it leaves open is a year.
const (
	DefaultVisitDays = 365
	LeastVisitDays   = 7
	MostVisitDays    = 730
	// VisitNoteDays is how long a visit may be written down after its day.
	VisitNoteDays = 30
	// SmallestCount is the smallest number of people, households or cases that
	// is published as such: of fewer one could tell who they are.
	SmallestCount = 5
)

// CountsAsVisit: somebody was spoken to. A note left behind is none.
func CountsAsVisit(m models.VisitManner) bool {
	return m == models.VisitHome || m == models.VisitPhone
}

// HouseholdDue is the day by which a household is visited: a period after the last
// visit, and for who was never visited a period after the plan began.
func HouseholdDue(last, begins models.Date, every int) models.Date {
	if last == "" {
		last = begins
	}
	return last.AddDays(every)
}

// MayNoteVisit refuses a visit that was not yet or is long ago.
func MayNoteVisit(visited, today models.Date) error {
	if visited.Valid() && visited <= today && visited >= today.AddDays(-VisitNoteDays) {
		return nil
	}
	var f problem.Form
	f.Add("day", "visit.day.between", problem.Args{"from": today.AddDays(-VisitNoteDays), "until": today})
	return f.Err()
}

// QuarterDays are the first and the last day of the quarter of a day.
func QuarterDays(day models.Date) (first, last models.Date) {
	m := day.Month()
	first = m.First()
	for first.Month()[5:] != "01" && first.Month()[5:] != "04" && first.Month()[5:] != "07" && first.Month()[5:] != "10" {
		first = first.Month().Add(-1).First()
	}
	return first, first.Month().Add(3).First().AddDays(-1)
}
