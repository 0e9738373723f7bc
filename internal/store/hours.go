package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Hours: proposed by a leader from what was timed, or written down afterwards;
// decided by the committee, one record at a time; never changed.

// Proposed tells how many records a proposal made, and who was left out.
type Proposed struct {
	Made int
	Left []LeftOut
}

// LeftOut is a volunteer whose hours were not proposed, and why.
type LeftOut struct {
	Name string
	Text problem.Text
}

// ProposeHours proposes the hours of everybody who came to the activity and has
// no record yet. The leader's own are left to the office (rule 5).
func (t *Tenant) ProposeHours(ctx context.Context, actor models.Actor, activity models.ID) (*Proposed, error) {
	var p Proposed
	err := t.Write(ctx, actor, func(tx *Tx) error {
		p = Proposed{}
		a, err := tx.activity(activity)
		if err != nil {
			return err
		}
		if err := tx.leads(a); err != nil && tx.May("hours", "enter") != nil {
			return err
		}
		shifts, err := peopleOf(tx.DB, activity)
		if err != nil {
			return err
		}
		for _, s := range shifts {
			for i := range s.People {
				if err := tx.proposeOne(a, &s.Shift, &s.People[i], &p); err != nil {
					return err
				}
			}
		}
		tx.Audit("hours.propose", activity, map[string]int{"made": p.Made})
		if p.Made == 0 {
			return nil
		}
		tx.Touch("hours")
		return tx.tellCommittee("hours.tell.proposed", problem.Args{"title": a.Title, "n": p.Made}, "/admin/"+tx.Community.Code+"/volunteers/hours")
	})
	return &p, err
}

func (tx *Tx) proposeOne(a *models.Activity, s *models.Shift, who *PersonInShift, p *Proposed) error {
	if who.Came == nil || who.Hours != nil || who.Signup.State != models.SignupIn {
		return nil
	}
	leave := func(key string) error {
		p.Left = append(p.Left, LeftOut{who.Volunteer.Name, problem.Text{Key: key}})
		return nil
	}
	switch {
	case tx.own(&who.Volunteer):
		return leave("hours.left.own")
	case who.Came.OutAt == nil:
		return leave("hours.left.out")
	}
	minutes := policy.ServedMinutes(who.Came.InAt, *who.Came.OutAt, s.BeginsAt, s.EndsAt)
	if minutes < 1 {
		return leave("hours.left.short")
	}
	set, err := tx.volunteerSettings()
	if err != nil {
		return err
	}
	served := minutes
	minutes = min(minutes, set.DayCap, set.ActivityCap)
	begins, ends := later(who.Came.InAt, s.BeginsAt), earlier(*who.Came.OutAt, s.EndsAt)
	h := models.Hours{VolunteerID: who.Volunteer.ID, ActivityID: a.ID, ShiftID: s.ID, LiveShift: &s.ID, Day: models.DateOf(s.BeginsAt), BeginsAt: &begins, EndsAt: &ends,
		Minutes: minutes, What: a.Title, Source: sourceOf(who.Came), ActivityName: a.Title}
	if err := tx.propose(&h, &who.Volunteer, a, who.Came, minutes < served); err != nil {
		if problem.Is(err, problem.Conflict) {
			return leave("hours.left.twice")
		}
		return err
	}
	p.Made++
	return nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// sourceOf: one hand in it makes it written, one device without a line makes it
// the device's.
func sourceOf(c *models.Attendance) models.HoursSource {
	how := []string{c.InHow, c.OutHow}
	switch {
	case slices.Contains(how, howDesk):
		return models.HoursEntered
	case slices.Contains(how, howDevice):
		return models.HoursDevice
	}
	return models.HoursTimed
}

// propose writes a record that waits for the committee.
func (tx *Tx) propose(h *models.Hours, v *models.Volunteer, a *models.Activity, came *models.Attendance, capped bool) error {
	h.Tenant, h.State, h.VolunteerNo = models.Tenant{ID: tx.NewID()}, models.HoursProposed, v.Number
	h.ByUserID, h.ByKey, h.ByName, h.CreatedAt, h.UpdatedAt = tx.Actor.UserID, tx.key(), tx.Actor.Name, tx.Now, tx.Now
	facts, err := tx.hoursFacts(h, v, a, came)
	if err != nil {
		return err
	}
	facts.Capped = capped
	h.Flags = policy.Anomalies(*h, facts)
	err = tx.Create(h).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return problem.New(problem.Conflict, "hours.twice", nil)
	}
	return err
}

// hoursFacts gathers what an anomaly is looked for in.
func (tx *Tx) hoursFacts(h *models.Hours, v *models.Volunteer, a *models.Activity, came *models.Attendance) (policy.HoursFacts, error) {
	f := policy.HoursFacts{EnteredOn: string(tx.Day()), DayMinutes: h.Minutes}
	var day []models.Hours
	err := tx.Where("volunteer_id = ? AND state IN ?", v.ID, []models.HoursState{models.HoursProposed, models.HoursApproved}).
		Where("day IN ?", []models.Date{h.Day.AddDays(-1), h.Day, h.Day.AddDays(1)}).Find(&day).Error
	if err != nil {
		return f, err
	}
	for _, o := range day {
		if o.Day == h.Day {
			f.DayMinutes += o.Minutes
		}
		if h.BeginsAt != nil && o.BeginsAt != nil && o.EndsAt != nil && o.BeginsAt.Before(*h.EndsAt) && h.BeginsAt.Before(*o.EndsAt) {
			f.Overlaps = true
		}
	}
	if came != nil {
		f.ClockDoubted = came.Doubt == "clock"
		if came.InHow != howCode {
			minute := came.InAt.Truncate(time.Minute)
			var n int64
			err := tx.Model(&models.Attendance{}).Where("shift_id = ? AND in_how <> ? AND in_at >= ? AND in_at < ?", came.ShiftID, howCode, minute, minute.Add(time.Minute)).Count(&n).Error
			if err != nil {
				return f, err
			}
			f.SameMinute = int(n)
		}
	}
	f.Family, err = tx.family(v, a)
	return f, err
}

// family tells whether a volunteer is near to whoever proposes the record, or to
// the leader of the activity.
func (tx *Tx) family(v *models.Volunteer, a *models.Activity) (bool, error) {
	near, err := tx.nearPeople(tx.me())
	if err != nil || near.has(v) || a == nil || a.LeaderID == v.ID {
		return near.has(v), err
	}
	leader, err := tx.volunteerByID(a.LeaderID)
	if err != nil {
		return false, err
	}
	near, err = tx.nearPeople(models.Someone{UserID: leader.UserID, ResidentID: leader.ResidentID})
	return near.has(v), err
}

// HoursEntry is a record written down afterwards.
type HoursEntry struct {
	Number   string // of the volunteer
	Activity models.ID
	What     string
	Day      models.Date
	Minutes  int
	Reason   string // why it was not timed
}

// EnterHours writes down what was not timed: marked as such, and pending until
// another person of the committee approves. Refusals: Invalid with fields.
func (t *Tenant) EnterHours(ctx context.Context, actor models.Actor, e HoursEntry) (*models.Hours, error) {
	e.Number, e.What = cleanLine(e.Number), cleanLine(e.What)
	var h models.Hours
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("hours", "enter"); err != nil {
			return err
		}
		v, a, err := tx.checkEntry(&e)
		if err != nil {
			return err
		}
		h = models.Hours{VolunteerID: v.ID, Day: e.Day, Minutes: e.Minutes, What: e.What, Source: models.HoursEntered, Reason: cleanLine(e.Reason)}
		if a != nil {
			h.ActivityID, h.ActivityName, h.What = a.ID, a.Title, a.Title
		}
		if err := tx.propose(&h, v, a, nil, false); err != nil {
			return err
		}
		tx.Touch("hours")
		tx.Audit("hours.enter", h.ID, nil)
		return nil
	})
	return &h, err
}

func (tx *Tx) checkEntry(e *HoursEntry) (*models.Volunteer, *models.Activity, error) {
	set, err := tx.volunteerSettings()
	if err != nil {
		return nil, nil, err
	}
	var f problem.Form
	var v models.Volunteer
	if err := tx.Where("number = ?", e.Number).Limit(1).Find(&v).Error; err != nil {
		return nil, nil, err
	}
	if v.ID == 0 || v.State == models.VolunteerAwaiting || v.State == models.VolunteerRefused {
		f.Add("number", "volunteer.number.unknown", nil)
	} else if tx.own(&v) {
		f.Add("number", "hours.own", nil)
	}
	var a *models.Activity
	if e.Activity != 0 {
		if a, err = tx.activity(e.Activity); err != nil {
			return nil, nil, err
		}
	} else if n := len([]rune(e.What)); n < 2 || n > 60 {
		f.Add("what", "form.needed", nil)
	}
	if !e.Day.Valid() || e.Day > tx.Day() || e.Day < tx.Day().AddDays(-366) {
		f.Add("day", "hours.day.wrong", nil)
	}
	policy.CheckMinutes(e.Minutes, set.DayCap, &f)
	return &v, a, f.Err()
}
