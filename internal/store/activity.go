package store

import (
	"context"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Activities: a leader of a team or the committee plans one with its jobs and
// shifts, the committee opens it, and only then people are called.

const (
	maxActivityTitle = 60
	maxActivityBody  = 3000
	mostShifts       = 60
	mostPlaces       = 500
)

// JobDraft is one kind of work with its shifts.
type JobDraft struct {
	Title     string
	Note      string
	MinAge    int
	NeedsWhat string
	Shifts    []ShiftDraft
}

// ShiftDraft is a time with places.
type ShiftDraft struct {
	Begins, Ends time.Time
	Places       int
}

// ActivityDraft is what is planned.
type ActivityDraft struct {
	models.Activity // the fields a person types
	LeaderNo        string
	Jobs            []JobDraft
}

func (d *ActivityDraft) clean() {
	for _, p := range []*string{&d.Title, &d.Place, &d.Insurer, &d.PolicyNo, &d.LeaderNo} {
		*p = cleanLine(*p)
	}
	for _, p := range []*string{&d.Body, &d.RiskText, &d.Safeguard} {
		*p = strings.TrimSpace(*p)
	}
	if !d.Risk {
		d.RiskText, d.Safeguard, d.Insurer, d.PolicyNo, d.InsuredTo = "", "", "", "", ""
	}
}

func (d *ActivityDraft) check(now time.Time) error {
	var f problem.Form
	for field, x := range map[string]struct {
		text string
		most int
	}{"title": {d.Title, maxActivityTitle}, "body": {d.Body, maxActivityBody}, "place": {d.Place, 100}, "risk_text": {d.RiskText, 1000}, "safeguard": {d.Safeguard, 1000}, "insurer": {d.Insurer, 100}, "policy_no": {d.PolicyNo, 100}} {
		if n := len([]rune(x.text)); n > x.most {
			f.Add(field, "form.toolong", problem.Args{"n": n - x.most, "limit": x.most})
		}
	}
	if d.Title == "" {
		f.Add("title", "form.needed", nil)
	}
	if d.Place == "" {
		f.Add("place", "form.needed", nil)
	}
	shifts := 0
	for _, j := range d.Jobs {
		for _, s := range j.Shifts {
			shifts++
			policy.ShiftTimes(s.Begins, s.Ends, now, &f)
			if s.Places < 1 || s.Places > mostPlaces {
				f.Add("places", "form.number", problem.Args{"least": 1, "most": mostPlaces})
			}
		}
	}
	if shifts == 0 || shifts > mostShifts {
		f.Add("shifts", "activity.shifts.needed", nil)
	}
	return f.Err()
}

// CreateActivity plans an activity. A committee member's is open at once; a
// team leader's waits for the committee. Refusals: Forbidden, Invalid with
// fields.
func (t *Tenant) CreateActivity(ctx context.Context, actor models.Actor, d ActivityDraft) (*models.Activity, error) {
	d.clean()
	var a models.Activity
	err := t.Write(ctx, actor, func(tx *Tx) (err error) {
		if err := d.check(tx.Now); err != nil {
			return err
		}
		a, err = tx.plan(&d)
		return err
	})
	return &a, err
}

// planner says whether the actor may plan for the team, and whether it is open
// at once.
func (tx *Tx) planner(team models.ID) (v *models.Volunteer, office bool, err error) {
	if tx.May("activity", "approve") == nil || tx.May("activity", "create") == nil {
		return nil, tx.May("activity", "approve") == nil, nil
	}
	if v, err = tx.volunteer(); err != nil {
		return nil, false, err
	}
	var g models.Team
	if err := tx.Where("id = ? AND leader_id = ? AND state = ?", team, v.ID, models.TeamFiled).Limit(1).Find(&g).Error; err != nil {
		return nil, false, err
	}
	if g.ID == 0 || !tx.store.opt.Guard.May(tx.roles()|policy.SetOf(policy.RoleVolunteer, policy.RoleTeamLeader), "activity", "create") {
		return nil, false, errLeaderOnly()
	}
	return v, false, nil
}

func (tx *Tx) plan(d *ActivityDraft) (models.Activity, error) {
	a := d.Activity
	v, office, err := tx.planner(a.TeamID)
	if err != nil {
		return a, err
	}
	a.Tenant, a.State = models.Tenant{ID: tx.NewID()}, models.ActivityAsked
	a.ByUserID, a.ByName, a.ByKey, a.CreatedAt, a.UpdatedAt = tx.Actor.UserID, tx.Actor.Name, tx.key(), tx.Now, tx.Now
	a.Places, a.Taken, a.Reason, a.OpenedAt, a.HelpID = 0, 0, "", nil, 0
	switch {
	case v != nil:
		a.LeaderID = v.ID
	case d.LeaderNo != "":
		var leader models.Volunteer
		if err := tx.Where("number = ? AND state = ?", d.LeaderNo, models.VolunteerActive).Limit(1).Find(&leader).Error; err != nil {
			return a, err
		}
		a.LeaderID = leader.ID
	}
	if a.LeaderID == 0 {
		var f problem.Form
		f.Add("leader", "activity.leader.needed", nil)
		return a, f.Err()
	}
	set, err := tx.volunteerSettings()
	if err != nil {
		return a, err
	}
	if a.CancelH == 0 {
		a.CancelH = set.CancelHours
	}
	shifts, err := tx.putJobs(&a, d.Jobs)
	if err != nil {
		return a, err
	}
	if err := policy.MayOpen(a, shifts); err != nil {
		return a, err
	}
	if office {
		a.State, a.OpenedAt = models.ActivityOpen, &tx.Now
	}
	if err := tx.Create(&a).Error; err != nil {
		return a, err
	}
	tx.Audit("activity.create", a.ID, map[string]string{"state": string(a.State)})
	tx.Touch("activities")
	if office {
		return a, nil
	}
	return a, tx.tellCommittee("activity.tell.asked", problem.Args{"title": a.Title}, "/admin/"+tx.Community.Code+"/activities/"+a.ID.String())
}

// tellCommittee tells the members of the committee who look after volunteers.
func (tx *Tx) tellCommittee(key string, args problem.Args, link string) error {
	for _, role := range []models.Role{models.RoleCommitteeMember, models.RoleDirector} {
		if err := tx.tellPost(role, key, args, link); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) putJobs(a *models.Activity, jobs []JobDraft) ([]models.Shift, error) {
	var all []models.Shift
	for _, j := range jobs {
		job := models.ActivityJob{Tenant: models.Tenant{ID: tx.NewID()}, ActivityID: a.ID, Title: cleanLine(j.Title), Note: cleanLine(j.Note), MinAge: j.MinAge, NeedsWhat: j.NeedsWhat}
		if err := tx.Create(&job).Error; err != nil {
			return nil, err
		}
		for _, s := range j.Shifts {
			shift := models.Shift{Tenant: models.Tenant{ID: tx.NewID()}, ActivityID: a.ID, JobID: job.ID, State: models.ShiftOpen,
				BeginsAt: models.Moment(s.Begins), EndsAt: models.Moment(s.Ends), Places: s.Places, CreatedAt: tx.Now}
			if err := tx.Create(&shift).Error; err != nil {
				return nil, err
			}
			all = append(all, shift)
			a.Places += s.Places
			if a.NextAt == nil || shift.BeginsAt.Before(*a.NextAt) {
				a.NextAt = &shift.BeginsAt
			}
			if a.LastAt == nil || shift.EndsAt.After(*a.LastAt) {
				a.LastAt = &shift.EndsAt
			}
		}
	}
	return all, nil
}

// DecideActivity opens what a team leader has asked for, or refuses it with a
// reason. Nobody opens what they asked for themselves.
func (t *Tenant) DecideActivity(ctx context.Context, actor models.Actor, id models.ID, yes bool, reason string) error {
	reason = strings.TrimSpace(reason)
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("activity", "approve"); err != nil {
			return err
		}
		a, err := tx.activity(id)
		if err != nil {
			return err
		}
		if a.ByUserID == actor.UserID || a.ByKey == tx.key() {
			return problem.New(problem.Forbidden, "activity.own", nil).Because("G3.5")
		}
		now := *a
		now.State, now.OpenedAt, now.Reason, now.UpdatedAt = models.ActivityOpen, &tx.Now, reason, tx.Now
		key := "activity.tell.opened"
		if !yes {
			if len([]rune(reason)) < leastReason {
				var f problem.Form
				f.Add("reason", "policy.reason", problem.Args{"n": leastReason})
				return f.Err()
			}
			now.State, now.OpenedAt, key = models.ActivityRefused, nil, "activity.tell.refused"
		}
		if err := tx.changeActivity(a, &now, models.ActivityAsked, "state", "opened_at", "reason"); err != nil {
			return err
		}
		tx.Audit("activity.decide", id, map[string]bool{"open": yes})
		leader, err := tx.volunteerByID(a.LeaderID)
		if err != nil {
			return err
		}
		return tx.tellVolunteer(leader, key, problem.Args{"title": a.Title}, tx.activityLink(id))
	})
}

func (tx *Tx) changeActivity(was, now *models.Activity, from models.ActivityState, columns ...string) error {
	now.UpdatedAt = tx.Now
	tx.Touch("activities")
	return Changed(tx.Model(&models.Activity{}).Where("id = ? AND state = ?", was.ID, from).Select(append(columns, "updated_at")).Updates(now))
}

func (tx *Tx) activity(id models.ID) (*models.Activity, error) {
	var a models.Activity
	if err := tx.Where("id = ?", id).Take(&a).Error; err != nil {
		return nil, notFound(err)
	}
	return &a, nil
}

func (tx *Tx) activityLink(id models.ID) string {
	return "/" + tx.Community.Code + "/activities/" + id.String()
}

// CancelActivity calls off what has not begun, and tells everybody who has a
// place or waits for one.
func (t *Tenant) CancelActivity(ctx context.Context, actor models.Actor, id models.ID, reason string) error {
	reason = strings.TrimSpace(reason)
	return t.Write(ctx, actor, func(tx *Tx) error {
		a, err := tx.activity(id)
		if err != nil {
			return err
		}
		if err := tx.leads(a); err != nil && tx.May("activity", "approve") != nil {
			return err
		}
		if len([]rune(reason)) < leastReason {
			var f problem.Form
			f.Add("reason", "policy.reason", problem.Args{"n": leastReason})
			return f.Err()
		}
		now := *a
		now.State, now.Reason = models.ActivityCancelled, reason
		if err := tx.changeActivity(a, &now, models.ActivityOpen, "state", "reason"); err != nil {
			return err
		}
		tx.Audit("activity.cancel", id, tx.words(reason))
		return tx.cancelShifts(a)
	})
}

func (tx *Tx) cancelShifts(a *models.Activity) error {
	var rows []models.Signup
	err := tx.Where("activity_id = ? AND state <> ? AND begins_at > ?", a.ID, models.SignupCancelled, tx.Now).Order("id").Find(&rows).Error
	if err != nil {
		return err
	}
	if err := tx.Model(&models.Shift{}).Where("activity_id = ? AND begins_at > ?", a.ID, tx.Now).
		Updates(map[string]any{"state": models.ShiftCancelled, "taken": 0, "waiting": 0}).Error; err != nil {
		return err
	}
	for _, s := range rows {
		if err := tx.Where("signup_id = ?", s.ID).Delete(&models.VolunteerSlot{}).Error; err != nil {
			return err
		}
		v, err := tx.volunteerByID(s.VolunteerID)
		if err != nil {
			return err
		}
		if err := tx.tellVolunteer(v, "activity.tell.cancelled", problem.Args{"title": a.Title, "at": s.BeginsAt}, tx.activityLink(a.ID)); err != nil {
			return err
		}
	}
	return tx.Model(&models.Signup{}).Where("activity_id = ? AND begins_at > ?", a.ID, tx.Now).
		Updates(map[string]any{"state": models.SignupCancelled, "updated_at": tx.Now}).Error
}

// leads is nil when the actor is the activity's leader.
func (tx *Tx) leads(a *models.Activity) error {
	v, err := tx.volunteer()
	if err != nil {
		return err
	}
	if v.ID != a.LeaderID {
		return errLeaderOnly()
	}
	return nil
}
