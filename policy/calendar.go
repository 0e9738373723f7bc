package policy

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strings"
	"sync"
	"time"

	"juwu/models"
)

//go:embed holidays.csv
var holidaysCSV string

// Calendar knows which civil days are worked. Saturdays and Sundays are not,
// but for the exchanged days of the yearly notice.
type Calendar struct {
	rest  map[models.Date]bool // listed days: true = rest, false = worked
	years map[int]string       // year → best source of its rows
}

// China is the calendar of statutory holidays as far as they are published.
var China = sync.OnceValue(func() *Calendar {
	c, err := readCalendar(holidaysCSV)
	if err != nil {
		panic(err) // embedded data, read by a test
	}
	return c
})

func readCalendar(text string) (*Calendar, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment, r.FieldsPerRecord = '#', 4
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("holidays.csv: %w", err)
	}
	c := &Calendar{map[models.Date]bool{}, map[int]string{}}
	for i, row := range rows[min(1, len(rows)):] {
		from, to, kind := models.Date(row[0]), models.Date(row[1]), row[2]
		if !from.Valid() || !to.Valid() || to < from || kind != "holiday" && kind != "workday" {
			return nil, fmt.Errorf("holidays.csv: row %d is not understood", i+1)
		}
		for d := from; d <= to; d = d.AddDays(1) {
			c.rest[d] = kind == "holiday"
		}
		c.years[from.Time().Year()] = row[3]
	}
	return c, nil
}

// Announced tells whether the yearly notice for the day's year is in the data.
// Where it is not, exchanged days are missing and a working day is a guess.
func (c *Calendar) Announced(day models.Date) bool {
	return c.years[day.Time().Year()] == "schedule"
}

// Working tells whether the day is worked.
func (c *Calendar) Working(day models.Date) bool {
	if rest, listed := c.rest[day]; listed {
		return !rest
	}
	w := day.Time().Weekday()
	return w != time.Saturday && w != time.Sunday
}

// Deadline is the last day of a period of civil days: the first day is not
// counted (Civil Code art. 201), and a period that ends on a statutory holiday
// ends on the next working day, at 24:00 (art. 203).
func (c *Calendar) Deadline(from models.Date, days int) models.Date {
	last := from.AddDays(days)
	for !c.Working(last) {
		last = last.AddDays(1)
	}
	return last
}

// DeadlineExact is the last day where a rule does not speak of periods ending
// on holidays: the day is what it is.
func (c *Calendar) DeadlineExact(from models.Date, days int) models.Date { return from.AddDays(days) }

// WorkingDays is the day reached by so many working days after from, which is
// not counted ("三个工作日内").
func (c *Calendar) WorkingDays(from models.Date, n int) models.Date {
	day := from
	for n > 0 {
		day = day.AddDays(1)
		if c.Working(day) {
			n--
		}
	}
	return day
}

// Latest is the last day on which something may be made public that must be
// public so many days before an event ("选举日的二十日前", art. 17): the day of
// publication plus the days is not after the event.
func Latest(event models.Date, days int) models.Date { return event.AddDays(-days) }

// Distance in civil days from today to the day: 0 today, 1 tomorrow, negative
// in the past.
func Distance(today, day models.Date) int {
	// Days are 24 hours long in a zone without summer time.
	return int(day.Time().Sub(today.Time()) / (24 * time.Hour))
}

// WorkingDistance counts working days after today up to and with the day; 0
// for today and the past.
func (c *Calendar) WorkingDistance(today, day models.Date) int {
	n := 0
	for d := today.AddDays(1); d <= day; d = d.AddDays(1) {
		if c.Working(d) {
			n++
		}
	}
	return n
}
