package policy

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// refusal is the key of an error, or those of its fields.
func refusal(err error) string {
	p := problem.As(err)
	if p == nil {
		return ""
	}
	if len(p.Fields) == 0 {
		return p.Key
	}
	var keys []string
	for _, field := range slices.Sorted(maps.Keys(p.Fields)) {
		keys = append(keys, p.Fields[field].Key)
	}
	return strings.Join(keys, " ")
}

// Who is let to a place, each condition on the last day on which it fails and
// on the first on which it holds. The shift is on 28 November 2026.
func TestWhoMayServe(t *testing.T) {
	const today = models.Date("2026-11-20")
	begins := models.Date("2026-11-28").Time().Add(9 * time.Hour)
	for name, c := range map[string]struct {
		change func(*models.Volunteer, *Serving)
		want   string
	}{
		"grown up":               {func(*models.Volunteer, *Serving) {}, ""},
		"risk, 18 on the day":    {func(v *models.Volunteer, s *Serving) { v.Birth, s.Activity.Risk, s.Agreed = "2008-11-28", true, true }, ""},
		"risk, 18 the day after": {func(v *models.Volunteer, s *Serving) { v.Birth, s.Activity.Risk, s.Agreed = "2008-11-29", true, true }, "volunteer.serve.minor"},
		"risk, last day of 70":   {func(v *models.Volunteer, s *Serving) { v.Birth, s.Activity.Risk, s.Agreed = "1955-11-29", true, true }, ""},
		"risk, 71 on the day":    {func(v *models.Volunteer, s *Serving) { v.Birth, s.Activity.Risk, s.Agreed = "1955-11-28", true, true }, "volunteer.serve.old"},
		"71 without a risk":      {func(v *models.Volunteer, _ *Serving) { v.Birth = "1955-11-28" }, ""},
		"activity's age reached": {func(v *models.Volunteer, s *Serving) { v.Birth, s.Activity.MinAge = "2010-11-28", 16 }, ""},
		"activity's age missed":  {func(v *models.Volunteer, s *Serving) { v.Birth, s.Activity.MinAge = "2010-11-29", 16 }, "volunteer.serve.age"},
		"job's age reached":      {func(v *models.Volunteer, s *Serving) { v.Birth, s.Activity.MinAge, s.Job.MinAge = "2010-11-28", 14, 16 }, ""},
		"job's age missed":       {func(v *models.Volunteer, s *Serving) { v.Birth, s.Activity.MinAge, s.Job.MinAge = "2010-11-29", 14, 16 }, "volunteer.serve.age"},
		"job's lower age":        {func(v *models.Volunteer, s *Serving) { v.Birth, s.Activity.MinAge, s.Job.MinAge = "2010-11-29", 16, 14 }, "volunteer.serve.age"},
		"14 on the day, alone":   {func(v *models.Volunteer, _ *Serving) { v.Birth = "2012-11-28" }, ""},
		"13 on the day, alone":   {func(v *models.Volunteer, _ *Serving) { v.Birth = "2012-11-29" }, "volunteer.serve.parent"},
		"13 with a parent":       {func(v *models.Volunteer, s *Serving) { v.Birth, s.WithParent = "2012-11-29", true }, ""},
		"risk with a parent": {func(v *models.Volunteer, s *Serving) {
			v.Birth, s.WithParent, s.Activity.Risk, s.Agreed = "2012-11-29", true, true, true
		}, "volunteer.serve.minor"},
		"training of the activity": {func(_ *models.Volunteer, s *Serving) { s.Activity.NeedsWhat = "firstaid" }, "volunteer.serve.training"},
		"licence of the job":       {func(_ *models.Volunteer, s *Serving) { s.Job.NeedsWhat = "driver" }, "volunteer.serve.training"},
		"one of two": {func(v *models.Volunteer, s *Serving) {
			s.Activity.NeedsWhat, s.Job.NeedsWhat, v.Training = "firstaid", "driver", "driver"
		}, "volunteer.serve.training"},
		"both": {func(v *models.Volunteer, s *Serving) {
			s.Activity.NeedsWhat, s.Job.NeedsWhat, v.Training = "firstaid", "driver", "driver,firstaid"
		}, ""},
		"part of a code":        {func(v *models.Volunteer, s *Serving) { s.Job.NeedsWhat, v.Training = "driver", "drivers" }, "volunteer.serve.training"},
		"risks not read":        {func(_ *models.Volunteer, s *Serving) { s.Activity.Risk = true }, "volunteer.serve.agree"},
		"agreement not signed":  {func(_ *models.Volunteer, s *Serving) { s.Activity.Agreement = true }, "volunteer.serve.agree"},
		"agreement signed":      {func(_ *models.Volunteer, s *Serving) { s.Activity.Agreement, s.Agreed = true, true }, ""},
		"waits for a guardian":  {func(v *models.Volunteer, _ *Serving) { v.State = models.VolunteerAwaiting }, "volunteer.serve.awaiting"},
		"left":                  {func(v *models.Volunteer, _ *Serving) { v.State = models.VolunteerLeft }, "volunteer.serve.none"},
		"last day of exclusion": {func(v *models.Volunteer, _ *Serving) { v.State, v.ExcludedUntil = models.VolunteerExcluded, today }, "volunteer.serve.excluded"},
		"the day after it": {func(v *models.Volunteer, _ *Serving) {
			v.State, v.ExcludedUntil = models.VolunteerExcluded, today.AddDays(-1)
		}, ""},
	} {
		v, s := models.Volunteer{State: models.VolunteerActive, Birth: "1980-05-20"}, Serving{Shift: models.Shift{BeginsAt: begins}}
		c.change(&v, &s)
		if got := refusal(MayServe(v, s, today)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// What an activity needs before people are called, one thing taken away at a
// time; the insurance holds for the day on which the last shift ends.
func TestWhatAnActivityNeedsToOpen(t *testing.T) {
	ends := models.Date("2026-11-28").Time().Add(11 * time.Hour)
	for name, c := range map[string]struct {
		change func(*models.Activity)
		shifts int
		want   string
	}{
		"whole":                  {func(*models.Activity) {}, 1, ""},
		"no title":               {func(a *models.Activity) { a.Title = " " }, 1, "form.needed"},
		"no text":                {func(a *models.Activity) { a.Body = "\n" }, 1, "form.needed"},
		"no leader":              {func(a *models.Activity) { a.LeaderID = 0 }, 1, "activity.leader.needed"},
		"no shift":               {func(*models.Activity) {}, 0, "activity.shifts.needed"},
		"risk not said":          {func(a *models.Activity) { a.RiskText = " " }, 1, "activity.risk.needed"},
		"no safeguard":           {func(a *models.Activity) { a.Safeguard = "" }, 1, "activity.safeguard.needed"},
		"no insurer":             {func(a *models.Activity) { a.Insurer = "" }, 1, "activity.insurance.needed"},
		"no policy number":       {func(a *models.Activity) { a.PolicyNo = "" }, 1, "activity.insurance.needed"},
		"insured to no day":      {func(a *models.Activity) { a.InsuredTo = "" }, 1, "activity.insurance.short"},
		"insured to the eve":     {func(a *models.Activity) { a.InsuredTo = "2026-11-27" }, 1, "activity.insurance.short"},
		"longer than the day":    {func(a *models.Activity) { a.InsuredTo = "2026-11-29" }, 1, ""},
		"a second day uninsured": {func(*models.Activity) {}, 2, "activity.insurance.short"},
		"nothing needed without a risk": {func(a *models.Activity) {
			a.Risk, a.RiskText, a.Safeguard, a.Insurer, a.PolicyNo, a.InsuredTo = false, "", "", "", "", ""
		}, 2, ""},
	} {
		a := models.Activity{Title: "修剪树枝", Body: "修剪小区的树枝", LeaderID: 1, Risk: true, RiskText: "登高", Safeguard: "安全绳", Insurer: "人保", PolicyNo: "P1", InsuredTo: "2026-11-28"}
		c.change(&a)
		var shifts []models.Shift
		for i := range c.shifts {
			shifts = append(shifts, models.Shift{EndsAt: ends.AddDate(0, 0, i)})
		}
		if got := refusal(MayOpen(a, shifts)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// The order in which people are asked to help in a home, and who is not asked.
func TestNearnessOfHelpers(t *testing.T) {
	const building, grid, on = models.ID(7), models.ID(3), models.Date("2026-11-28")
	for name, c := range map[string]struct {
		change func(*models.Volunteer)
		want   int
	}{
		"the same building":      {func(v *models.Volunteer) { v.BuildingID, v.GridID = building, grid }, 3},
		"the same grid":          {func(v *models.Volunteer) { v.BuildingID, v.GridID = 8, grid }, 2},
		"elsewhere":              {func(v *models.Volunteer) { v.BuildingID, v.GridID = 8, 4 }, 1},
		"nobody knows where":     {func(*models.Volunteer) {}, 1},
		"another skill":          {func(v *models.Volunteer) { v.BuildingID, v.Skills = building, "cook" }, 0},
		"part of a skill's name": {func(v *models.Volunteer) { v.BuildingID, v.Skills = building, "companyx" }, 0},
		"not registered":         {func(v *models.Volunteer) { v.BuildingID, v.State = building, models.VolunteerLeft }, 0},
		"18 on the day":          {func(v *models.Volunteer) { v.BuildingID, v.Birth = building, "2008-11-28" }, 3},
		"18 the day after":       {func(v *models.Volunteer) { v.BuildingID, v.Birth = building, "2008-11-29" }, 0},
		"no day of birth":        {func(v *models.Volunteer) { v.BuildingID, v.Birth = building, "" }, 0},
	} {
		v := models.Volunteer{State: models.VolunteerActive, Skills: "errand,company", Birth: "1980-05-20"}
		c.change(&v)
		if got := Near(v, "company", building, grid, on); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	at := models.Volunteer{State: models.VolunteerActive, Skills: "company", Birth: "1980-05-20"}
	if got := Near(at, "company", 0, 0, on); got != 1 {
		t.Errorf("two places that nobody knows are not one place: %d", got)
	}
}

// Each anomaly by its name, just not and just there; the order is the page's.
func TestAnomaliesByName(t *testing.T) {
	const day = models.Date("2026-11-20")
	timed, entered, imported := models.HoursTimed, models.HoursEntered, models.HoursImported
	for name, c := range map[string]struct {
		source models.HoursSource
		facts  HoursFacts
		want   string
	}{
		"nothing":                       {timed, HoursFacts{}, ""},
		"overlap":                       {timed, HoursFacts{Overlaps: true}, "overlap"},
		"a day of 12 hours":             {timed, HoursFacts{DayMinutes: 12 * 60}, ""},
		"a minute more":                 {timed, HoursFacts{DayMinutes: 12*60 + 1}, "longday"},
		"a day of 24 hours":             {timed, HoursFacts{DayMinutes: 24 * 60}, "longday"},
		"the leader's family":           {timed, HoursFacts{Family: true}, "family"},
		"nine others in the minute":     {entered, HoursFacts{SameMinute: 9, EnteredOn: string(day)}, "entered"},
		"ten others in the minute":      {entered, HoursFacts{SameMinute: 10, EnteredOn: string(day)}, "sameminute,entered"},
		"ten others by code":            {timed, HoursFacts{SameMinute: 10}, ""},
		"a clock in doubt":              {timed, HoursFacts{ClockDoubted: true}, "clock"},
		"capped":                        {timed, HoursFacts{Capped: true}, "capped"},
		"entered on the seventh day":    {entered, HoursFacts{EnteredOn: "2026-11-27"}, "entered"},
		"entered on the eighth day":     {entered, HoursFacts{EnteredOn: "2026-11-28"}, "entered,late"},
		"imported on the eighth day":    {imported, HoursFacts{EnteredOn: "2026-11-28"}, "entered,late"},
		"timed, proposed on the eighth": {timed, HoursFacts{EnteredOn: "2026-11-28"}, ""},
		"all": {entered, HoursFacts{DayMinutes: 1440, Overlaps: true, Family: true, SameMinute: 10, EnteredOn: "2026-12-28", ClockDoubted: true, Capped: true},
			"overlap,longday,family,sameminute,clock,capped,entered,late"},
	} {
		if got := Anomalies(models.Hours{Day: day, Source: c.source}, c.facts); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
