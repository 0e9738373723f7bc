package policy

import (
	"testing"
	"time"

	"juwu/models"
)

// A stage is reminded of from the working day before its last day on, a weekend
// before it counted; a call-back on its last day; rating two days before.
func TestRemindOf(t *testing.T) {
	at := time.Date(2026, 11, 26, 2, 0, 0, 0, time.UTC)
	work := models.Complaint{State: models.ComplaintProcessing, StageDay: "2026-11-23", DueDay: "2026-11-30"} // a Monday
	answered := models.Complaint{State: models.ComplaintAnswered, Level: models.LevelNamed, StageDay: "2026-11-23", DueDay: "2026-11-30"}
	called, rated, anonymous := answered, answered, answered
	called.CalledAt, rated.Rated, anonymous.Level = &at, true, models.LevelAnonymous
	short := models.Complaint{State: models.ComplaintReceived, StageDay: "2026-11-26", DueDay: "2026-11-27"}
	closed := models.Complaint{State: models.ComplaintClosed}
	for name, tc := range map[string]struct {
		c    models.Complaint
		day  models.Date
		want string
	}{
		"two working days before": {work, "2026-11-26", ""}, "the working day before": {work, "2026-11-27", "soon"}, "the weekend before": {work, "2026-11-28", "soon"},
		"the last day": {work, "2026-11-30", "soon"}, "late": {work, "2026-12-01", ""}, "begun today": {short, "2026-11-26", ""}, "begun yesterday": {short, "2026-11-27", "soon"},
		"before the call": {answered, "2026-11-25", ""}, "the last day to call": {answered, "2026-11-26", "callback"}, "after it": {answered, "2026-11-27", ""},
		"two days to rate": {answered, "2026-11-28", "rate"}, "the last day to rate": {answered, "2026-11-30", "rate"}, "called": {called, "2026-11-26", ""},
		"rated": {rated, "2026-11-29", ""}, "nobody to call": {anonymous, "2026-11-26", ""}, "anonymous, to rate": {anonymous, "2026-11-29", "rate"}, "closed": {closed, "2026-11-26", ""},
	} {
		got := ""
		if r, ok := RemindOf(tc.c, tc.day, China()); ok {
			got = r.What
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
