package i18n

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// dates are the patterns and names of the catalogue's format.* keys, looked up
// once: a list of two hundred lines asks for two hundred dates.
type dates struct {
	day, dayYear, dayFull, month, moment pattern
	months                               [12]string
	weekdays                             [7]string
}

var (
	monthNames   = Family("format.month.")
	weekdayNames = Family("format.weekday.")
)

func loadDates(w *Words) dates {
	raw := func(key string) pattern {
		t := w.texts[key]
		switch {
		case t == nil:
			return pattern{key}
		case t.forms == nil:
			return pattern{t.plain}
		}
		return t.forms[0]
	}
	d := dates{
		day: raw("format.day"), dayYear: raw("format.day.year"), dayFull: raw("format.day.full"),
		month: raw("format.period"), moment: raw("format.moment"),
	}
	for i := range d.months {
		d.months[i] = w.T(monthNames.Key(strconv.Itoa(i+1)), nil)
	}
	for i := range d.weekdays {
		d.weekdays[i] = w.T(weekdayNames.Key(strconv.Itoa(i)), nil)
	}
	return d
}

// fill writes a pattern with few, known names.
func (p pattern) fill(value func(name string) string) string {
	var b strings.Builder
	for i, part := range p {
		if i%2 == 1 {
			part = value(part)
		}
		b.WriteString(part)
	}
	return b.String()
}

// format writes an argument by its type, as problem.Args promises.
func (w *Words) format(now time.Time, v any) string {
	switch v := v.(type) {
	case string:
		return v
	case models.Fen:
		return v.String()
	case models.Date:
		return w.Day(now, v)
	case models.Month:
		return w.Month(v)
	case models.ID:
		return v.String()
	case time.Time:
		return w.Moment(now, v)
	case problem.Text:
		return w.Text(now, v)
	case fmt.Stringer:
		return v.String()
	}
	if n, ok := integer(v); ok {
		return w.Int(n)
	}
	return fmt.Sprint(v)
}

func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case int32:
		return int64(v), true
	case uint64:
		return int64(v), true
	case uint32:
		return int64(v), true
	}
	return 0, false
}

// Int writes a number with separators: 1,286.
func (w *Words) Int(n int64) string {
	s := strconv.FormatInt(n, 10)
	if n > -1000 && n < 1000 {
		return s
	}
	whole, ok := strings.CutSuffix(models.Fen(n%1_000_000_000_000*100).String(), ".00")
	if !ok || n >= 1_000_000_000_000 || n <= -1_000_000_000_000 {
		return s
	}
	return whole
}

// Money writes an amount without its unit: 1,286.40.
func (w *Words) Money(f models.Fen) string { return f.String() }

// Day writes a civil day with its weekday; the year is there only when it is
// not the year of now. An invalid day comes back as it is.
func (w *Words) Day(now time.Time, d models.Date) string {
	t := d.Time()
	if t.IsZero() {
		return string(d)
	}
	return w.day(now, t)
}

// FullDay writes a civil day as a document has it: with the year, without the
// weekday.
func (w *Words) FullDay(d models.Date) string {
	t := d.Time()
	if t.IsZero() {
		return string(d)
	}
	return w.dates.dayFull.fill(func(name string) string { return w.part(name, t) })
}

func (w *Words) day(now, t time.Time) string {
	p := w.dates.dayYear
	if !now.IsZero() && now.In(models.Shanghai).Year() == t.Year() {
		p = w.dates.day
	}
	return p.fill(func(name string) string { return w.part(name, t) })
}

func (w *Words) part(name string, t time.Time) string {
	switch name {
	case "year":
		return strconv.Itoa(t.Year())
	case "month":
		return w.dates.months[t.Month()-1]
	case "day":
		return strconv.Itoa(t.Day())
	case "weekday":
		return w.dates.weekdays[t.Weekday()]
	case "clock":
		return t.Format("15:04")
	}
	return "{" + name + "}"
}

// Month writes a civil month with its year.
func (w *Words) Month(m models.Month) string {
	t := m.First().Time()
	if t.IsZero() {
		return string(m)
	}
	return w.dates.month.fill(func(name string) string { return w.part(name, t) })
}

// Moment writes an instant in the communities' zone, to the minute.
func (w *Words) Moment(now, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(models.Shanghai)
	return w.dates.moment.fill(func(name string) string {
		if name == "date" {
			return w.day(now, t)
		}
		return w.part(name, t)
	})
}

// Left tells how far a day is from today: in 3 days, today, 2 days late.
func (w *Words) Left(now time.Time, d models.Date) string {
	t := d.Time()
	if t.IsZero() {
		return ""
	}
	n := int(t.Sub(models.DateOf(now).Time()).Hours() / 24)
	switch {
	case n > 0:
		return w.T("format.left", problem.Args{"n": n})
	case n < 0:
		return w.T("format.late", problem.Args{"n": -n})
	}
	return w.T("format.left.today", nil)
}

// Ago tells how long ago an instant was, in the largest unit that fits.
func (w *Words) Ago(now, t time.Time) string {
	minutes := int(now.Sub(t).Minutes())
	switch {
	case minutes < 1:
		return w.T("format.ago.now", nil)
	case minutes < 60:
		return w.T("format.ago.minutes", problem.Args{"n": minutes})
	case minutes < 24*60:
		return w.T("format.ago.hours", problem.Args{"n": minutes / 60})
	case minutes < 30*24*60:
		return w.T("format.ago.days", problem.Args{"n": minutes / (24 * 60)})
	}
	return w.Moment(now, t)
}
