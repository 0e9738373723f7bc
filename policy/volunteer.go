package policy

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// "志愿" is the 志愿服务条例 (2017), "浙江" the 浙江省志愿服务条例 (2018).

// Ages of volunteers: of full age they register alone; from 14 the guardian
// consents (the rule of the 共青团 of 2013; 浙江 art. 9); below that they serve
// only beside a parent, who registers them at the desk.
const (
	TeenAge     = 14
	YoungestAge = 6
	OldestRisk  = 70 // nobody above is called to dangerous work
	mostAge     = 110
)

// JoinWay is how somebody registers.
type JoinWay string

const (
	JoinSelf   JoinWay = "self"   // on the own phone
	JoinDesk   JoinWay = "desk"   // at the desk, the person being there
	JoinParent JoinWay = "parent" // at the desk, with a parent
)

// JoinState is the state in which a registration begins. Nobody is registered
// against their will: that is why a list can only take over people who are
// volunteers already, and each of them may leave at any time.
func JoinState(birth, day models.Date, way JoinWay) (models.VolunteerState, error) {
	age := Age(birth, day)
	var f problem.Form
	switch {
	case !birth.Valid() || birth > day || age > mostAge:
		f.Add("birth", "volunteer.birth.wrong", nil)
		return "", f.Err()
	case age < YoungestAge:
		f.Add("birth", "volunteer.birth.young", problem.Args{"n": YoungestAge})
		return "", f.Err()
	case age >= AdultAge:
		return models.VolunteerActive, nil
	case way == JoinParent:
		return models.VolunteerActive, nil
	case age < TeenAge:
		f.Add("birth", "volunteer.birth.parent", problem.Args{"n": TeenAge})
		return "", f.Err()
	}
	return models.VolunteerAwaiting, nil
}

// MayConsent: the guardian of somebody of 14 to 17 consents with the telephone
// that was named, which is another one than the young person's.
func MayConsent(v models.Volunteer, own, named, asking []byte, day models.Date) error {
	switch {
	case v.State != models.VolunteerAwaiting:
		return problem.New(problem.Conflict, "policy.state", nil).Because("volunteer state " + string(v.State))
	case len(named) == 0 || string(named) != string(asking):
		return problem.New(problem.Forbidden, "volunteer.guardian.other", nil).Because("Zhejiang volunteers art. 9: the guardian has an own phone")
	case string(own) == string(asking):
		return problem.New(problem.Forbidden, "volunteer.guardian.self", nil).Because("Zhejiang volunteers art. 9")
	case Age(v.Birth, day) < TeenAge:
		return problem.New(problem.Forbidden, "volunteer.birth.parent", problem.Args{"n": TeenAge})
	}
	return nil
}

// Serving is what is asked of a volunteer who wants a place.
type Serving struct {
	Activity   models.Activity
	Job        models.ActivityJob
	Shift      models.Shift
	WithParent bool // a parent comes along
	Agreed     bool // read the risks, signs the agreement where there is one
}

// MayServe holds the place against the person (志愿 art. 15 to 17): age,
// training, licence, agreement; minors never do dangerous work (浙江 art. 9).
func MayServe(v models.Volunteer, s Serving, day models.Date) error {
	refuse := func(key, rule string, args problem.Args) error {
		return problem.New(problem.Forbidden, key, args).Because(rule)
	}
	if err := MayAct(v, day); err != nil {
		return err
	}
	on := models.DateOf(s.Shift.BeginsAt)
	age, least := Age(v.Birth, on), max(s.Activity.MinAge, s.Job.MinAge)
	switch {
	case s.Activity.Risk && age < AdultAge:
		return refuse("volunteer.serve.minor", "Zhejiang volunteers art. 9", nil)
	case s.Activity.Risk && age > OldestRisk:
		return refuse("volunteer.serve.old", "volunteers art. 15", problem.Args{"n": OldestRisk})
	case age < least:
		return refuse("volunteer.serve.age", "volunteers art. 15", problem.Args{"n": least})
	case age < TeenAge && !s.WithParent:
		return refuse("volunteer.serve.parent", "Zhejiang volunteers art. 9", problem.Args{"n": TeenAge})
	}
	for _, need := range []string{s.Activity.NeedsWhat, s.Job.NeedsWhat} {
		if need != "" && !HasCode(v.Training, need) {
			return refuse("volunteer.serve.training", "volunteers art. 16", nil)
		}
	}
	if (s.Activity.Risk || s.Activity.Agreement) && !s.Agreed {
		var f problem.Form
		f.Add("agreed", "volunteer.serve.agree", nil)
		return f.Err()
	}
	return nil
}

// MayAct: only a living registration serves.
func MayAct(v models.Volunteer, day models.Date) error {
	switch {
	case v.State == models.VolunteerExcluded && day <= v.ExcludedUntil:
		return problem.New(problem.Forbidden, "volunteer.serve.excluded", problem.Args{"date": v.ExcludedUntil})
	case v.State == models.VolunteerAwaiting:
		return problem.New(problem.Forbidden, "volunteer.serve.awaiting", nil)
	case v.State != models.VolunteerActive && v.State != models.VolunteerExcluded:
		return problem.New(problem.Forbidden, "volunteer.serve.none", nil)
	}
	return nil
}

// HasCode tells whether a code stands in a list joined by commas.
func HasCode(list, code string) bool { return slices.Contains(strings.Split(list, ","), code) }

// Quarter is the grid on which shifts lie; two shifts that meet at a quarter do
// not overlap.
const Quarter = 15 * time.Minute

// longestShift: nobody serves longer at a stretch.
const longestShift = 12 * time.Hour

// Slots are the quarters of an hour between two instants, numbered since 1970.
func Slots(from, to time.Time) []int64 {
	var slots []int64
	for n := from.Unix() / 900; n*900 < to.Unix(); n++ {
		slots = append(slots, n)
	}
	return slots
}

// ShiftTimes checks a shift as it is planned.
func ShiftTimes(from, to, now time.Time, f *problem.Form) {
	switch {
	case from.Unix()%900 != 0 || to.Unix()%900 != 0:
		f.Add("begins", "activity.shift.quarter", nil)
	case !to.After(from):
		f.Add("ends", "activity.shift.order", nil)
	case to.Sub(from) > longestShift:
		f.Add("ends", "activity.shift.long", problem.Args{"n": int(longestShift.Hours())})
	case !from.After(now):
		f.Add("begins", "activity.shift.past", nil)
	}
}

// MayOpen is asked before people are called (志愿 art. 12, 17): true and whole
// information, the risks said, and the insurance bought before risky work.
func MayOpen(a models.Activity, shifts []models.Shift) error {
	var f problem.Form
	if strings.TrimSpace(a.Title) == "" {
		f.Add("title", "form.needed", nil)
	}
	if strings.TrimSpace(a.Body) == "" {
		f.Add("body", "form.needed", nil)
	}
	if a.LeaderID == 0 {
		f.Add("leader", "activity.leader.needed", nil)
	}
	if len(shifts) == 0 {
		f.Add("shifts", "activity.shifts.needed", nil)
	}
	if !a.Risk {
		return f.Err()
	}
	if strings.TrimSpace(a.RiskText) == "" {
		f.Add("risk_text", "activity.risk.needed", nil)
	}
	if strings.TrimSpace(a.Safeguard) == "" {
		f.Add("safeguard", "activity.safeguard.needed", nil)
	}
	if a.Insurer == "" || a.PolicyNo == "" {
		f.Add("insurer", "activity.insurance.needed", nil)
	}
	for _, s := range shifts {
		if models.DateOf(s.EndsAt) > a.InsuredTo {
			f.Add("insured_to", "activity.insurance.short", problem.Args{"date": models.DateOf(s.EndsAt)})
		}
	}
	return f.Err()
}

// MayCancel: a place may be given back until the hours that the activity says.
func MayCancel(s models.Signup, hours int, now time.Time) error {
	if s.State == models.SignupWaiting {
		return nil
	}
	if until := s.BeginsAt.Add(-time.Duration(hours) * time.Hour); now.After(until) {
		return problem.New(problem.TooLate, "activity.cancel.late", problem.Args{"n": hours})
	}
	return nil
}

// Check-in opens before the shift and closes with it; check-out stays open
// after it, for whoever tidies up.
const (
	checkInBefore = 30 * time.Minute
	checkOutAfter = 90 * time.Minute
)

// MayCheckIn tells whether a shift can be checked in to at an instant.
func MayCheckIn(s models.Shift, at time.Time) error {
	switch {
	case s.State != models.ShiftOpen:
		return problem.New(problem.Conflict, "activity.shift.cancelled", nil)
	case at.Before(s.BeginsAt.Add(-checkInBefore)):
		return problem.New(problem.TooEarly, "activity.checkin.early", problem.Args{"n": int(checkInBefore.Minutes())})
	case at.After(s.EndsAt):
		return problem.New(problem.TooLate, "activity.checkin.late", nil)
	}
	return nil
}

// MayCheckOut is the same for leaving.
func MayCheckOut(s models.Shift, in, at time.Time) error {
	switch {
	case at.Before(in):
		return problem.New(problem.Conflict, "activity.checkout.order", nil)
	case at.After(s.EndsAt.Add(checkOutAfter)):
		return problem.New(problem.TooLate, "activity.checkout.late", nil)
	}
	return nil
}

// MayEnterHome: nobody below full age is sent alone into a stranger's home, to
// help there or to visit (浙江 art. 9: what fits their age; 未成年人保护法 art. 4).
// They serve at activities, beside others.
func MayEnterHome(v models.Volunteer, on models.Date) error {
	if Age(v.Birth, on) < AdultAge {
		return problem.New(problem.Forbidden, "volunteer.serve.home", problem.Args{"n": AdultAge}).Because("Zhejiang volunteers art. 9")
	}
	return nil
}

// Near orders who is asked to help on a day first: the same building, then the
// same grid, then all others; who does not have the skill, or may not enter a
// home, is not asked.
func Near(v models.Volunteer, kind string, building, grid models.ID, on models.Date) int {
	switch {
	case v.State != models.VolunteerActive || !HasCode(v.Skills, kind) || MayEnterHome(v, on) != nil:
		return 0
	case building != 0 && v.BuildingID == building:
		return 3
	case grid != 0 && v.GridID == grid:
		return 2
	}
	return 1
}

// VisitDue is the day by which a pairing's next visit should have been.
func VisitDue(p models.Pairing) models.Date {
	last := p.LastVisit
	if last == "" {
		last = p.Since
	}
	return last.AddDays(p.EveryDays)
}

// VisitMissed: the due day itself is in time. An ended pairing misses nothing.
func VisitMissed(p models.Pairing, day models.Date) bool {
	return p.EndedOn == "" && day > VisitDue(p)
}

// VolunteerNumber is a volunteer's number: the year, five digits that count up,
// and a check digit (Luhn), because it is typed and read out.
func VolunteerNumber(year int, n int64) string {
	s := strconv.Itoa(year*100000 + int(n%100000))
	if n >= 100000 {
		s = strconv.Itoa(year) + strconv.FormatInt(n, 10)
	}
	return s + string(luhn(s))
}

// NumberChecks tells whether a typed number can be a volunteer's.
func NumberChecks(s string) bool {
	if len(s) < 6 || len(s) > 20 || strings.Trim(s, "0123456789") != "" {
		return false
	}
	return luhn(s[:len(s)-1]) == s[len(s)-1]
}

func luhn(s string) byte {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return '0' + byte((10-sum%10)%10)
}
