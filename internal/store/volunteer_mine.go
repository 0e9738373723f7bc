package store

import (
	"context"
	"time"

	"juwu/models"
	"juwu/policy"
)

// MyVolunteering are the communities in which the actor is registered.
func (s *Store) MyVolunteering(ctx context.Context, actor models.Actor) ([]*models.Community, error) {
	var rows []models.Volunteer
	if err := s.everywhere(ctx).Where("live_user = ?", actor.UserID).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	var all []*models.Community
	for _, v := range rows {
		if c := s.CommunityByID(v.CommunityID); c != nil {
			all = append(all, c)
		}
	}
	return all, nil
}

// VolunteerLimits opens what a volunteer wrote about what they cannot do.
func (s *Store) VolunteerLimits(v *models.Volunteer) (string, error) {
	return s.opt.Keys.Open(sealVolunteerLimits, v.ID, v.LimitsSeal)
}

// VolunteerPhone is a volunteer's telephone in full; "" without one.
func (s *Store) VolunteerPhone(v *models.Volunteer) (string, error) {
	return s.opt.Keys.Open(sealVolunteerPhone, v.ID, v.PhoneSeal)
}

// MyShift is a coming place of a volunteer.
type MyShift struct {
	models.Signup
	Title string
	Place string
	Came  *models.Attendance
	Swap  *models.Swap
}

// MySwap is a colleague's wish that waits for the volunteer's answer.
type MySwap struct {
	models.Swap
	Signup models.Signup
	Title  string
	From   string
}

// MyService is what a volunteer's own page shows.
type MyService struct {
	Months   map[models.Month]int // minutes of the last twelve months
	Shifts   []MyShift
	Swaps    []MySwap
	Thanks   []models.Thanks
	Helps    []models.HelpRequest // asked of the volunteer, or accepted
	Pairings []models.Pairing
	Points   int
	PointsOn bool
	Waiting  int // minutes proposed and not decided yet
	Certs    []models.ServiceCertificate
	Leads    []models.Activity
}

// mostMine of each kind on the page.
const mostMine = 20

// MyService gathers it in a constant number of queries.
func (t *Tenant) MyService(ctx context.Context, v *models.Volunteer, now time.Time) (*MyService, error) {
	m := &MyService{Months: map[models.Month]int{}}
	for _, gather := range []func() error{
		func() error { return t.mySums(ctx, v, now, m) },
		func() error { return t.myShifts(ctx, v, now, m) },
		func() error { return t.mySwaps(ctx, v, m) },
		func() error { return t.myHelps(ctx, v, m) },
		func() error { return t.myPoints(ctx, v, m) },
		func() error {
			return t.db(ctx).Where("volunteer_id = ?", v.ID).Order("id DESC").Limit(mostMine).Find(&m.Thanks).Error
		},
		func() error {
			return t.db(ctx).Where("volunteer_id = ?", v.ID).Order("id DESC").Limit(mostMine).Find(&m.Certs).Error
		},
		func() error {
			return t.db(ctx).Where("leader_id = ? AND state IN ? AND last_at > ?", v.ID, []models.ActivityState{models.ActivityOpen, models.ActivityAsked}, now.Add(-7*24*time.Hour)).
				Order("last_at").Limit(mostMine).Find(&m.Leads).Error
		},
	} {
		if err := gather(); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (t *Tenant) mySums(ctx context.Context, v *models.Volunteer, now time.Time, m *MyService) error {
	var sums []models.VolunteerSum
	since := models.MonthOf(now).Add(1 - activeMonths)
	if err := t.db(ctx).Where("volunteer_id = ? AND month >= ?", v.ID, since).Find(&sums).Error; err != nil {
		return err
	}
	for _, s := range sums {
		m.Months[s.Month] = s.Minutes
	}
	var waiting []models.Hours
	err := t.db(ctx).Select("community_id", "id", "minutes").Where("volunteer_id = ? AND state = ?", v.ID, models.HoursProposed).Limit(100).Find(&waiting).Error
	for _, h := range waiting {
		m.Waiting += h.Minutes
	}
	return err
}

func (t *Tenant) myShifts(ctx context.Context, v *models.Volunteer, now time.Time, m *MyService) error {
	var rows []models.Signup
	err := t.db(ctx).Where("volunteer_id = ? AND state IN ? AND ends_at > ?", v.ID, []models.SignupState{models.SignupIn, models.SignupWaiting}, now.Add(-2*time.Hour)).
		Order("begins_at").Limit(mostMine).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return err
	}
	shifts, activities, signups := make([]models.ID, len(rows)), make([]models.ID, len(rows)), make([]models.ID, len(rows))
	for i, r := range rows {
		shifts[i], activities[i], signups[i] = r.ShiftID, r.ActivityID, r.ID
	}
	named, err := t.activitiesByID(ctx, activities)
	if err != nil {
		return err
	}
	var came []models.Attendance
	if err := t.db(ctx).Where("volunteer_id = ? AND shift_id IN ?", v.ID, shifts).Find(&came).Error; err != nil {
		return err
	}
	var swaps []models.Swap
	if err := t.db(ctx).Where("open_signup IN ?", signups).Find(&swaps).Error; err != nil {
		return err
	}
	for _, r := range rows {
		s := MyShift{Signup: r, Title: named[r.ActivityID].Title, Place: named[r.ActivityID].Place}
		for i := range came {
			if came[i].ShiftID == r.ShiftID {
				s.Came = &came[i]
			}
		}
		for i := range swaps {
			if swaps[i].SignupID == r.ID {
				s.Swap = &swaps[i]
			}
		}
		m.Shifts = append(m.Shifts, s)
	}
	return nil
}

func (t *Tenant) activitiesByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Activity, error) {
	var rows []models.Activity
	err := t.db(ctx).Where("id IN ?", ids).Find(&rows).Error
	out := map[models.ID]models.Activity{}
	for _, a := range rows {
		out[a.ID] = a
	}
	return out, err
}

func (t *Tenant) mySwaps(ctx context.Context, v *models.Volunteer, m *MyService) error {
	var rows []models.Swap
	err := t.db(ctx).Where("to_id = ? AND state = ?", v.ID, models.SwapAsked).Order("id").Limit(mostMine).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return err
	}
	var signups []models.Signup
	ids, from := make([]models.ID, len(rows)), make([]models.ID, len(rows))
	for i, r := range rows {
		ids[i], from[i] = r.SignupID, r.FromID
	}
	if err := t.db(ctx).Where("id IN ?", ids).Find(&signups).Error; err != nil {
		return err
	}
	people, err := t.volunteersByID(ctx, from)
	if err != nil {
		return err
	}
	activities := make([]models.ID, len(signups))
	for i, s := range signups {
		activities[i] = s.ActivityID
	}
	named, err := t.activitiesByID(ctx, activities)
	for _, r := range rows {
		for _, s := range signups {
			if s.ID == r.SignupID {
				m.Swaps = append(m.Swaps, MySwap{r, s, named[s.ActivityID].Title, people[r.FromID].Name})
			}
		}
	}
	return err
}

func (t *Tenant) myHelps(ctx context.Context, v *models.Volunteer, m *MyService) error {
	err := t.db(ctx).Where("volunteer_id = ? AND state IN ?", v.ID, []models.HelpState{models.HelpOffered, models.HelpAccepted}).Order("wanted_at").Limit(mostMine).Find(&m.Helps).Error
	if err != nil {
		return err
	}
	return t.db(ctx).Where("volunteer_id = ? AND ended_on = ''", v.ID).Order("id").Limit(mostMine).Find(&m.Pairings).Error
}

func (t *Tenant) myPoints(ctx context.Context, v *models.Volunteer, m *MyService) error {
	set, err := t.VolunteerSettings(ctx)
	if err != nil || !set.PointsOn {
		return err
	}
	m.PointsOn = true
	m.Points, err = t.PointsOf(ctx, v.ID, models.DateOf(t.Now()))
	return err
}

// PointsOf is what a volunteer can use today: expired points are not in it,
// whether the books have taken them back yet or not.
func (t *Tenant) PointsOf(ctx context.Context, volunteer models.ID, day models.Date) (int, error) {
	var n int
	err := t.db(ctx).Model(&models.PointsLot{}).Where("volunteer_id = ? AND rest > 0 AND (expires_on = '' OR expires_on >= ?)", volunteer, day).
		Select("COALESCE(SUM(rest), 0)").Scan(&n).Error
	return n, err
}

// PointsExpiry is the day until which the oldest of a volunteer's points are
// good, and how many they are; "" when none expires.
func (t *Tenant) PointsExpiry(ctx context.Context, volunteer models.ID, day models.Date) (until models.Date, n int, err error) {
	var lots []models.PointsLot
	err = t.db(ctx).Select("expires_on", "rest").Where("volunteer_id = ? AND rest > 0 AND expires_on >= ?", volunteer, day).Order("expires_on").Find(&lots).Error
	for _, l := range lots {
		if l.ExpiresOn == lots[0].ExpiresOn {
			until, n = l.ExpiresOn, n+l.Rest
		}
	}
	return until, n, err
}

// hoursPerPage of a list of records.
const hoursPerPage = 30

// MyHours are a volunteer's records, the newest first.
func (t *Tenant) MyHours(ctx context.Context, v *models.Volunteer, before models.ID) (rows []models.Hours, more bool, err error) {
	db := t.db(ctx).Where("volunteer_id = ?", v.ID)
	if before != 0 {
		db = db.Where("id < ?", before)
	}
	err = db.Order("id DESC").Limit(hoursPerPage + 1).Find(&rows).Error
	if len(rows) > hoursPerPage {
		rows, more = rows[:hoursPerPage], true
	}
	return rows, more, err
}

// Teams are the living teams and filed groups.
func (t *Tenant) Teams(ctx context.Context) ([]models.Team, error) {
	var rows []models.Team
	err := t.db(ctx).Where("state = ?", models.TeamFiled).Order("kind, id").Limit(200).Find(&rows).Error
	return rows, err
}

// VolunteerCode is what a volunteer's own QR code says to a leader's device
// without a line.
func VolunteerCode(v *models.Volunteer) string { return "JWV:" + v.Number }

// NumberOfCode reads it back, or a typed number; "" for anything else.
func NumberOfCode(text string) string {
	if len(text) > 4 && text[:4] == "JWV:" {
		text = text[4:]
	}
	if !policy.NumberChecks(text) {
		return ""
	}
	return text
}

// MyWaiting is what waits for a volunteer: the next shift within two days, and
// how many colleagues and people in need of help ask.
type MyWaiting struct {
	Shift *models.Signup
	Title string
	Asked int
}

// MyWaiting is read for the home page: three small queries.
func (t *Tenant) MyWaiting(ctx context.Context, v *models.Volunteer, now time.Time) (*MyWaiting, error) {
	w := &MyWaiting{}
	var next []models.Signup
	err := t.db(ctx).Where("volunteer_id = ? AND state = ? AND ends_at > ? AND begins_at < ?", v.ID, models.SignupIn, now, now.Add(48*time.Hour)).Order("begins_at").Limit(1).Find(&next).Error
	if err != nil {
		return nil, err
	}
	if len(next) > 0 {
		w.Shift = &next[0]
		named, err := t.activitiesByID(ctx, []models.ID{next[0].ActivityID})
		if err != nil {
			return nil, err
		}
		w.Title = named[next[0].ActivityID].Title
	}
	var asked []models.ID
	if err := t.db(ctx).Model(&models.Swap{}).Where("to_id = ? AND state = ?", v.ID, models.SwapAsked).Limit(mostMine).Pluck("id", &asked).Error; err != nil {
		return nil, err
	}
	w.Asked = len(asked)
	asked = nil
	err = t.db(ctx).Model(&models.HelpRequest{}).Where("volunteer_id = ? AND state = ?", v.ID, models.HelpOffered).Limit(mostMine).Pluck("id", &asked).Error
	w.Asked += len(asked)
	return w, err
}
