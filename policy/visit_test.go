package policy

import (
	"testing"

	"juwu/models"
)

func TestVisits(t *testing.T) {
	for _, tc := range []struct {
		last, begins, want models.Date
		every              int
	}{
		{"", "2026-01-01", "2027-01-01", 365}, {"2026-11-23", "2026-01-01", "2027-02-21", 90}, {"2026-02-22", "2026-11-01", "2026-03-01", 7},
	} {
		if got := HouseholdDue(tc.last, tc.begins, tc.every); got != tc.want {
			t.Errorf("%+v: %s", tc, got)
		}
	}
	const today models.Date = "2026-11-23"
	for day, may := range map[models.Date]bool{
		today: true, "2026-11-24": false, "2026-10-24": true, "2026-10-23": false, "": false, "2026-13-01": false,
	} {
		if (MayNoteVisit(day, today) == nil) != may {
			t.Errorf("noted on %s: %v", day, !may)
		}
	}
	for day, want := range map[models.Date][2]models.Date{
		"2026-01-01": {"2026-01-01", "2026-03-31"}, "2026-03-31": {"2026-01-01", "2026-03-31"}, "2026-04-01": {"2026-04-01", "2026-06-30"},
		"2026-11-23": {"2026-10-01", "2026-12-31"}, "2028-02-29": {"2028-01-01", "2028-03-31"},
	} {
		if first, last := QuarterDays(day); first != want[0] || last != want[1] {
			t.Errorf("%s: %s to %s", day, first, last)
		}
	}
	for m, counts := range map[models.VisitManner]bool{models.VisitHome: true, models.VisitPhone: true, models.VisitNote: false, "": false} {
		if CountsAsVisit(m) != counts {
			t.Errorf("%s counts: %v", m, !counts)
		}
	}
}
