package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
)

// ShiftView is a shift with its kind of work.
type ShiftView struct {
	models.Shift
	Job models.ActivityJob
	// Mine is the reader's place; nil without one.
	Mine *models.Signup
	// Ahead is how many wait before the reader.
	Ahead int
}

// ActivityView is an activity as a page shows it.
type ActivityView struct {
	models.Activity
	Team   string
	Leader string // masked unless the leader consents to be named
	Shifts []ShiftView
}

// activitiesPerPage of a list.
const activitiesPerPage = 20

// Activities are the open ones that are not over, the next first; after is the
// last of the page before.
func (t *Tenant) Activities(ctx context.Context, now time.Time, after models.ID) (rows []models.Activity, more bool, err error) {
	db := t.db(ctx).Where("state = ? AND help_id = 0 AND last_at > ?", models.ActivityOpen, now)
	if after != 0 {
		var last models.Activity
		if err := t.db(ctx).Where("id = ?", after).Take(&last).Error; err != nil {
			return nil, false, notFound(err)
		}
		db = db.Where("last_at > ? OR (last_at = ? AND id > ?)", last.LastAt, last.LastAt, last.ID)
	}
	err = db.Order("last_at, id").Limit(activitiesPerPage + 1).Find(&rows).Error
	if len(rows) > activitiesPerPage {
		rows, more = rows[:activitiesPerPage], true
	}
	return rows, more, err
}

// NextShifts are when each of the activities goes on.
func (t *Tenant) NextShifts(ctx context.Context, now time.Time, ids []models.ID) (map[models.ID]models.Shift, error) {
	var rows []models.Shift
	err := t.db(ctx).Where("activity_id IN ? AND state = ? AND ends_at > ?", ids, models.ShiftOpen, now).Order("begins_at").Find(&rows).Error
	next := map[models.ID]models.Shift{}
	for _, s := range rows {
		if _, ok := next[s.ActivityID]; !ok {
			next[s.ActivityID] = s
		}
	}
	return next, err
}

// Activity is one activity for everybody: NotFound before it is opened, and
// when it belongs to somebody's request for help.
func (t *Tenant) Activity(ctx context.Context, id models.ID) (*ActivityView, error) {
	return t.activityView(ctx, id, "state IN ? AND help_id = 0", []models.ActivityState{models.ActivityOpen, models.ActivityCancelled})
}

// ActivityDesk is one activity for the office.
func (t *Tenant) ActivityDesk(ctx context.Context, id models.ID) (*ActivityView, error) {
	return t.activityView(ctx, id, "id <> ?", 0)
}

func (t *Tenant) activityView(ctx context.Context, id models.ID, where string, arg any) (*ActivityView, error) {
	var a ActivityView
	if err := t.db(ctx).Where("id = ?", id).Where(where, arg).Take(&a.Activity).Error; err != nil {
		return nil, notFound(err)
	}
	var jobs []models.ActivityJob
	if err := t.db(ctx).Where("activity_id = ?", id).Find(&jobs).Error; err != nil {
		return nil, err
	}
	byID := map[models.ID]models.ActivityJob{}
	for _, j := range jobs {
		byID[j.ID] = j
	}
	var shifts []models.Shift
	if err := t.db(ctx).Where("activity_id = ?", id).Order("begins_at, id").Find(&shifts).Error; err != nil {
		return nil, err
	}
	for _, s := range shifts {
		a.Shifts = append(a.Shifts, ShiftView{Shift: s, Job: byID[s.JobID]})
	}
	var team models.Team
	if err := t.db(ctx).Where("id = ?", a.TeamID).Limit(1).Find(&team).Error; err != nil {
		return nil, err
	}
	a.Team = team.Name
	var leader models.Volunteer
	err := t.db(ctx).Where("id = ?", a.LeaderID).Limit(1).Find(&leader).Error
	a.Leader = ShownName(&leader)
	return &a, err
}

// MyPlaces puts the reader's own places into the view.
func (t *Tenant) MyPlaces(ctx context.Context, v *models.Volunteer, a *ActivityView) error {
	var rows []models.Signup
	err := t.db(ctx).Where("activity_id = ? AND volunteer_id = ? AND state <> ?", a.ID, v.ID, models.SignupCancelled).Find(&rows).Error
	if err != nil {
		return err
	}
	for i := range a.Shifts {
		for j := range rows {
			if rows[j].ShiftID != a.Shifts[i].ID {
				continue
			}
			a.Shifts[i].Mine = &rows[j]
			if rows[j].State == models.SignupWaiting {
				var ahead int64
				if err := t.db(ctx).Model(&models.Signup{}).Where("shift_id = ? AND state = ? AND wait_seq < ?", rows[j].ShiftID, models.SignupWaiting, rows[j].WaitSeq).Count(&ahead).Error; err != nil {
					return err
				}
				a.Shifts[i].Ahead = int(ahead)
			}
		}
	}
	return nil
}

// PersonInShift is a volunteer with the place, the attendance and the record.
type PersonInShift struct {
	Signup    models.Signup
	Volunteer models.Volunteer
	Came      *models.Attendance
	Hours     *models.Hours // proposed or approved
}

// ShiftPeople is a shift with who has a place in it.
type ShiftPeople struct {
	Shift  models.Shift
	People []PersonInShift
}

// LeadView is an activity for its leader: who has a place, who came.
type LeadView struct {
	models.Activity
	Shifts []ShiftPeople
}

// Lead is the leader's view. Refusals: Forbidden for anybody else but the
// office.
func (t *Tenant) Lead(ctx context.Context, actor models.Actor, id models.ID) (*LeadView, error) {
	a, err := t.mayLead(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	v := &LeadView{Activity: *a}
	v.Shifts, err = peopleOf(t.db(ctx), id)
	return v, err
}

// peopleOf reads a constant number of statements, however many people there are.
func peopleOf(db *gorm.DB, activity models.ID) ([]ShiftPeople, error) {
	var shifts []models.Shift
	if err := db.Where("activity_id = ?", activity).Order("begins_at, id").Find(&shifts).Error; err != nil {
		return nil, err
	}
	var signups []models.Signup
	if err := db.Where("activity_id = ? AND state <> ?", activity, models.SignupCancelled).Order("state, wait_seq, id").Find(&signups).Error; err != nil {
		return nil, err
	}
	var came []models.Attendance
	if err := db.Where("activity_id = ?", activity).Find(&came).Error; err != nil {
		return nil, err
	}
	ids := make([]models.ID, 0, len(signups))
	for _, s := range signups {
		ids = append(ids, s.VolunteerID)
	}
	people := map[models.ID]models.Volunteer{}
	for len(ids) > 0 {
		n := min(len(ids), 500)
		var rows []models.Volunteer
		if err := db.Where("id IN ?", ids[:n]).Find(&rows).Error; err != nil {
			return nil, err
		}
		for _, v := range rows {
			people[v.ID] = v
		}
		ids = ids[n:]
	}
	var hours []models.Hours
	if err := db.Where("activity_id = ? AND live_shift IS NOT NULL", activity).Find(&hours).Error; err != nil {
		return nil, err
	}
	return gatherPeople(shifts, signups, came, hours, people), nil
}

func gatherPeople(shifts []models.Shift, signups []models.Signup, came []models.Attendance, hours []models.Hours, people map[models.ID]models.Volunteer) []ShiftPeople {
	type place struct{ shift, volunteer models.ID }
	there, served := map[place]*models.Attendance{}, map[place]*models.Hours{}
	for i := range came {
		there[place{came[i].ShiftID, came[i].VolunteerID}] = &came[i]
	}
	for i := range hours {
		served[place{hours[i].ShiftID, hours[i].VolunteerID}] = &hours[i]
	}
	out := make([]ShiftPeople, len(shifts))
	at := map[models.ID]int{}
	for i, s := range shifts {
		out[i].Shift, at[s.ID] = s, i
	}
	for _, s := range signups {
		k := place{s.ShiftID, s.VolunteerID}
		i := at[s.ShiftID]
		out[i].People = append(out[i].People, PersonInShift{Signup: s, Volunteer: people[s.VolunteerID], Came: there[k], Hours: served[k]})
	}
	return out
}

// mayLead reads the activity if the actor leads it or works in the office.
func (t *Tenant) mayLead(ctx context.Context, actor models.Actor, id models.ID) (*models.Activity, error) {
	var a models.Activity
	if err := t.db(ctx).Where("id = ?", id).Take(&a).Error; err != nil {
		return nil, notFound(err)
	}
	if t.opt.Guard.Allowed(actor, t.Community, "hours", "enter", models.DateOf(t.Now())) == nil {
		return &a, nil
	}
	v, err := t.Volunteer(ctx, actor)
	if err != nil {
		return nil, err
	}
	if v.ID != a.LeaderID {
		return nil, errLeaderOnly()
	}
	return &a, nil
}

// LeaderCode is the rotating code for whoever leads the activity.
func (t *Tenant) LeaderCode(ctx context.Context, actor models.Actor, id models.ID) (*models.Activity, ShownCode, error) {
	a, err := t.mayLead(ctx, actor, id)
	if err != nil {
		return nil, ShownCode{}, err
	}
	return a, t.CheckInCode("activity", id), nil
}

// PlacesView is an activity with the actor's own places and attendance, also
// one that is not public: a request for help.
type PlacesView struct {
	ActivityView
	Volunteer *models.Volunteer
	Came      map[models.ID]*models.Attendance // by shift
}

// ActivityForPlaces reads it for somebody who has a place in it.
func (t *Tenant) ActivityForPlaces(ctx context.Context, actor models.Actor, id models.ID) (*PlacesView, error) {
	v, err := t.Volunteer(ctx, actor)
	if err != nil {
		return nil, err
	}
	a, err := t.activityView(ctx, id, "state = ?", models.ActivityOpen)
	if err != nil {
		return nil, err
	}
	if err := t.MyPlaces(ctx, v, a); err != nil {
		return nil, err
	}
	p := &PlacesView{ActivityView: *a, Volunteer: v, Came: map[models.ID]*models.Attendance{}}
	mine := false
	for _, s := range a.Shifts {
		mine = mine || s.Mine != nil
	}
	if !mine {
		return nil, problem.New(problem.Forbidden, "activity.checkin.noplace", nil)
	}
	var rows []models.Attendance
	err = t.db(ctx).Where("activity_id = ? AND volunteer_id = ?", id, v.ID).Find(&rows).Error
	for i := range rows {
		p.Came[rows[i].ShiftID] = &rows[i]
	}
	return p, err
}

// LedTeams are the teams that the actor leads.
func (t *Tenant) LedTeams(ctx context.Context, actor models.Actor) ([]models.Team, error) {
	v, err := t.Volunteer(ctx, actor)
	if problem.Is(err, problem.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var rows []models.Team
	err = t.db(ctx).Where("leader_id = ? AND state = ?", v.ID, models.TeamFiled).Order("id").Find(&rows).Error
	return rows, err
}
