package policy

import (
	"testing"

	"juwu/models"
)

func TestWorking(t *testing.T) {
	for day, want := range map[models.Date]bool{
		"2026-02-13": true, "2026-02-14": true, "2026-02-15": false, "2026-02-23": false, "2026-02-24": true, "2026-02-28": true, "2026-03-01": false,
		"2026-09-20": true, "2026-09-30": true, "2026-10-01": false, "2026-10-07": false, "2026-10-08": true, "2026-10-10": true, "2026-10-11": false,
		"2026-08-15": false, "2026-08-17": true, "2027-02-05": false, "2027-06-09": false, "2027-06-10": true, "2028-01-01": false, "2028-01-03": true,
	} {
		if got := China().Working(day); got != want {
			t.Errorf("%s: %v", day, got)
		}
	}
	for day, want := range map[models.Date]bool{"2026-12-31": true, "2027-01-01": false, "2030-01-01": false} {
		if China().Announced(day) != want {
			t.Errorf("announced %s: %v", day, !want)
		}
	}
}

// Every exchanged working day is a Saturday or Sunday, and the year 2026 has
// the 33 days of rest and 6 exchanged days of its notice.
func TestHolidaysOf2026(t *testing.T) {
	rest, worked := 0, 0
	for day, off := range China().rest {
		if day.Time().Year() != 2026 {
			continue
		}
		if off {
			rest++
			continue
		}
		worked++
		if w := day.Time().Weekday(); w != 0 && w != 6 {
			t.Errorf("%s is worked anyway", day)
		}
	}
	if rest != 33 || worked != 6 {
		t.Errorf("%d days of rest, %d exchanged", rest, worked)
	}
}

func TestBadHolidays(t *testing.T) {
	for _, row := range []string{"2026-02-30,2026-03-01,holiday,x", "2026-03-02,2026-03-01,holiday,x", "2026-03-01,2026-03-01,feast,x", "2026-03-01,holiday"} {
		if _, err := readCalendar("from,to,kind,source\n" + row); err == nil {
			t.Errorf("%q is understood", row)
		}
	}
}

func TestDeadline(t *testing.T) {
	c := China()
	for _, d := range []struct {
		from models.Date
		days int
		want models.Date
	}{
		{"2026-08-03", 15, "2026-08-18"}, // the first day is not counted
		{"2026-07-31", 15, "2026-08-17"}, // ends on a Saturday
		{"2026-09-16", 15, "2026-10-08"}, // ends on National Day
		{"2026-09-15", 15, "2026-09-30"}, // the day before it
		{"2026-01-30", 15, "2026-02-14"}, // a Saturday that is worked
		{"2026-08-03", 0, "2026-08-03"},
	} {
		if got := c.Deadline(d.from, d.days); got != d.want {
			t.Errorf("%s + %d: %s, want %s", d.from, d.days, got, d.want)
		}
	}
	if got := c.DeadlineExact("2026-07-31", 15); got != "2026-08-15" {
		t.Error(got)
	}
	for n, want := range map[int]models.Date{0: "2026-09-29", 1: "2026-09-30", 2: "2026-10-08", 3: "2026-10-09", 4: "2026-10-10", 5: "2026-10-12"} {
		if got := c.WorkingDays("2026-09-29", n); got != want {
			t.Errorf("%d working days: %s, want %s", n, got, want)
		}
		if got := c.WorkingDistance("2026-09-29", want); got != n {
			t.Errorf("%d working days to %s: %d", n, want, got)
		}
	}
}

// Art. 17: the list is published twenty days before the election.
func TestLatest(t *testing.T) {
	last := Latest("2026-09-01", 20)
	if last != "2026-08-12" || last.AddDays(20) > "2026-09-01" || last.AddDays(1).AddDays(20) <= "2026-09-01" {
		t.Error(last)
	}
}

func TestDistance(t *testing.T) {
	for day, want := range map[models.Date]int{"2026-08-14": -1, "2026-08-15": 0, "2026-08-16": 1, "2026-09-15": 31, "2027-08-15": 365} {
		if got := Distance(today, day); got != want {
			t.Errorf("%s: %d, want %d", day, got, want)
		}
	}
}
