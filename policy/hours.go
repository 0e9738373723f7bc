package policy

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// Default caps and thresholds: settings, not law (domain.md D4, D6).
const (
	DefaultDayCap      = 8 * 60        // minutes of a person on a day
	DefaultActivityCap = DefaultDayCap // minutes of a person in one activity on a day; more than the day's would bind nobody
	DefaultCancelHours = 24
	DefaultTarget      = 80 // tenths of a percent: Jiangsu; Shandong has 100
	DefaultStars       = "100,300,600,1000,1500"
	DefaultPointsRate  = 10
	longDay            = 12 * 60
	lateDays           = 7 // after which what is entered is looked at twice
	crowdMinute        = 10
)

// DefaultVolunteerSettings are those of a community that decided nothing.
func DefaultVolunteerSettings(c models.ID) models.VolunteerSettings {
	return models.VolunteerSettings{CommunityID: c, DayCap: DefaultDayCap, ActivityCap: DefaultActivityCap, CancelHours: DefaultCancelHours,
		TargetTenths: DefaultTarget, StarHours: DefaultStars, PointsPerHour: DefaultPointsRate, PointsDayMost: 40, PointsMostHeld: 1000, PointsMonths: 24}
}

// ServedMinutes are the minutes between coming and going that lie within the
// shift: coming early and staying on is kind and is not counted.
func ServedMinutes(in, out, begins, ends time.Time) int {
	if in.Before(begins) {
		in = begins
	}
	if out.After(ends) {
		out = ends
	}
	if !out.After(in) {
		return 0
	}
	return int(out.Sub(in) / time.Minute)
}

// CheckMinutes holds a record that is written down against its day and the
// caps: field minutes.
func CheckMinutes(minutes, most int, f *problem.Form) {
	if minutes < 1 || minutes > most {
		f.Add("minutes", "hours.minutes.range", problem.Args{"n": most})
	}
}

// HoursMoves of a record of service.
var HoursMoves = []Move[models.HoursState]{
	{"", "propose", SetOf(RoleTeamLeader, RoleJob) | CommitteeRoles, models.HoursProposed},
	{models.HoursProposed, "approve", CommitteeRoles, models.HoursApproved},
	{models.HoursProposed, "refuse", CommitteeRoles, models.HoursRefused},
	{models.HoursApproved, "reverse", CommitteeRoles, models.HoursReversed},
}

// MayDecideHours: the committee decides, nobody their own, those of a near
// relative, or what they proposed themselves (rule 5; 志愿 art. 19: true). own is
// the volunteer's person, by the person who decides, near whether the two are
// near relatives (Civil Code art. 1045).
func MayDecideHours(h models.Hours, action, own, by string, near bool, roles RoleSet) (models.HoursState, error) {
	to, err := Next(HoursMoves, h.State, action, roles)
	if err != nil {
		return "", err
	}
	if own != "" && own == by {
		return "", problem.New(problem.Forbidden, "hours.own", nil).Because("G3.5")
	}
	if near {
		return "", problem.New(problem.Forbidden, "hours.kin", nil).Because("G3.5")
	}
	if action == "approve" && h.ByKey == by {
		return "", problem.New(problem.Forbidden, "hours.proposer", nil).Because("G3.5")
	}
	return to, nil
}

// HoursFacts are what an anomaly is looked for in.
type HoursFacts struct {
	DayMinutes   int    // of the person on that day, this record included
	Overlaps     bool   // another record of the person covers the same time
	Family       bool   // volunteer and leader live in one household or declared kinship
	SameMinute   int    // how many others came in the same minute of the same shift, not by code
	EnteredOn    string // civil day on which it was written
	ClockDoubted bool
	Capped       bool // more was served than a day may hold
}

// Anomalies lists what is odd about a record, as codes in the order of the
// page. They do not refuse anything: a person looks.
func Anomalies(h models.Hours, facts HoursFacts) string {
	var codes []string
	add := func(is bool, code string) {
		if is {
			codes = append(codes, code)
		}
	}
	add(facts.Overlaps, "overlap")
	add(facts.DayMinutes > longDay, "longday")
	add(facts.Family, "family")
	add(facts.SameMinute >= crowdMinute && h.Source != models.HoursTimed, "sameminute")
	add(facts.ClockDoubted, "clock")
	add(facts.Capped, "capped")
	late := h.Source == models.HoursEntered || h.Source == models.HoursImported
	add(late, "entered")
	add(late && models.Date(facts.EnteredOn) > h.Day.AddDays(lateDays), "late")
	return strings.Join(codes, ",")
}

// StarHours reads thresholds "100,300,600": whole hours, growing.
func StarHours(text string) ([]int, error) {
	var all []int
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 || n > 100000 || len(all) > 0 && n <= all[len(all)-1] {
			var f problem.Form
			f.Add("star_hours", "volunteer.stars.wrong", nil)
			return nil, f.Err()
		}
		all = append(all, n)
	}
	return all, nil
}

// Stars are the levels that minutes reach.
func Stars(minutes int, hours []int) int {
	n, _ := slices.BinarySearch(hours, minutes/60+1)
	return n
}

// postingDays of a proposed star: working days, the first not counted.
const postingDays = 5

// PostedUntil is the last day of the display of what is posted on a day.
func PostedUntil(day models.Date, c *Calendar) models.Date { return c.WorkingDays(day, postingDays) }

// MayGrantStar: after the display, by a person, never one's own or a near
// relative's.
func MayGrantStar(a models.StarAward, own, by string, near bool, day models.Date) error {
	switch {
	case a.State != models.StarPosted:
		return problem.New(problem.Conflict, "policy.state", nil)
	case own != "" && own == by:
		return problem.New(problem.Forbidden, "hours.own", nil).Because("G3.5")
	case near:
		return problem.New(problem.Forbidden, "hours.kin", nil).Because("G3.5")
	case day <= a.PostedUntil:
		return problem.New(problem.TooEarly, "volunteer.stars.posted", problem.Args{"date": a.PostedUntil})
	}
	return nil
}

// PointsFor is what minutes earn: whole points, never above the ceiling of a
// day and of what may be held.
func PointsFor(minutes, perHour, today, dayMost, held, mostHeld int) int {
	n := minutes * perHour / 60
	if dayMost > 0 {
		n = min(n, dayMost-today)
	}
	if mostHeld > 0 {
		n = min(n, mostHeld-held)
	}
	return max(n, 0)
}

// PointsExpire is the last day on which points of a day can be used.
func PointsExpire(day models.Date, months int) models.Date {
	if months <= 0 {
		return ""
	}
	return models.DateOf(day.Time().AddDate(0, months, 0))
}

// Gauge is how far the community is from its targets (domain.md D6).
type Gauge struct {
	Registered int
	Residents  int
	Active     int // served within twelve months
	Party      int // party members who served within twelve months
	PartyRoll  int // party members on the roll; 0 when it does not say
	Target     int // tenths of a percent
}

// Targets of taking part: A11-03.
const (
	ResidentsTakePart = 300 // tenths of a percent
	PartyTakesPart    = 800
)

// Tenths is part of whole in tenths of a percent, cut off: 7.96 % is not 8.
func Tenths(part, whole int) int {
	if whole <= 0 {
		return 0
	}
	return part * 1000 / whole
}

// Percent is part of whole in percent for readers: one decimal place where there
// is one, cut off; what is more than nobody is never shown as nothing.
func Percent(part, whole int) string {
	n := Tenths(part, whole)
	switch {
	case n == 0 && part > 0:
		return "<0.1"
	case n%10 == 0:
		return strconv.Itoa(n / 10)
	}
	return strconv.Itoa(n/10) + "." + strconv.Itoa(n%10)
}

// Missing is how many more people the target needs; 0 when it is reached.
func Missing(part, whole, target int) int {
	need := (whole*target + 999) / 1000
	return max(need-part, 0)
}

// Next is the target that is not reached yet: the community's own, then ten
// percent; 0 when both are.
func (g Gauge) Next() int {
	for _, t := range []int{g.Target, 100} {
		if Missing(g.Registered, g.Residents, t) > 0 {
			return t
		}
	}
	return 0
}
