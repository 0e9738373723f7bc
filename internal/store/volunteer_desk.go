package store

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// The office's side of volunteers.

// volunteersPerPage of a list.
const volunteersPerPage = 50

// VolunteerFilter chooses from the list.
type VolunteerFilter struct {
	State models.VolunteerState // "" all that live
	Skill string
	Words string // a name or a number
}

// VolunteerList is the office's list, by id.
func (t *Tenant) VolunteerList(ctx context.Context, f VolunteerFilter, after models.ID) (rows []models.Volunteer, more bool, err error) {
	db := t.db(ctx)
	if f.State != "" {
		db = db.Where("state = ?", f.State)
	} else {
		db = db.Where("state IN ?", []models.VolunteerState{models.VolunteerActive, models.VolunteerAwaiting, models.VolunteerExcluded})
	}
	if f.Skill != "" {
		// Codes are lower-case letters: none is the end of another one but for a
		// comma, which is looked for on both sides.
		last, first, middle := "%,"+f.Skill, f.Skill+",%", "%,"+f.Skill+",%"
		db = db.Where("skills = ? OR skills LIKE ? OR skills LIKE ? OR skills LIKE ?", f.Skill, first, last, middle)
	}
	if f.Words != "" {
		like := "%" + strings.NewReplacer(`\`, "", "%", "", "_", "").Replace(f.Words) + "%"
		db = db.Where("name LIKE ? OR number = ?", like, f.Words)
	}
	if after != 0 {
		db = db.Where("id > ?", after)
	}
	err = db.Order("id").Limit(volunteersPerPage + 1).Find(&rows).Error
	if len(rows) > volunteersPerPage {
		rows, more = rows[:volunteersPerPage], true
	}
	return rows, more, err
}

// VolunteerView is a volunteer for the desk.
type VolunteerView struct {
	models.Volunteer
	Phone  string // masked
	Limits string
	Hours  []models.Hours
	Certs  []models.ServiceCertificate
}

// VolunteerDesk is one volunteer for the desk.
func (t *Tenant) VolunteerDesk(ctx context.Context, id models.ID) (*VolunteerView, error) {
	var v VolunteerView
	if err := t.db(ctx).Where("id = ?", id).Take(&v.Volunteer).Error; err != nil {
		return nil, notFound(err)
	}
	phone, err := t.VolunteerPhone(&v.Volunteer)
	if err != nil {
		return nil, err
	}
	v.Phone = policy.MaskPhone(phone)
	if v.Limits, err = t.VolunteerLimits(&v.Volunteer); err != nil {
		return nil, err
	}
	if err := t.db(ctx).Where("volunteer_id = ?", id).Order("id DESC").Limit(hoursPerPage).Find(&v.Hours).Error; err != nil {
		return nil, err
	}
	v.Certs, err = t.MyCertificates(ctx, &v.Volunteer)
	return &v, err
}

// SetTrainings notes which trainings and licences the office has seen.
func (t *Tenant) SetTrainings(ctx context.Context, actor models.Actor, id models.ID, codes []string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("volunteer", "manage"); err != nil {
			return err
		}
		v, err := tx.volunteerByID(id)
		if err != nil {
			return err
		}
		if tx.own(v) {
			return problem.New(problem.Forbidden, "hours.own", nil).Because("G3.5")
		}
		training := strings.Join(known(codes, models.Trainings), ",")
		tx.Audit("volunteer.training", id, map[string]string{"training": training})
		return Changed(tx.Model(&models.Volunteer{}).Where("id = ?", id).Updates(map[string]any{"training": training, "updated_at": tx.Now}))
	})
}

// Exclude suspends a volunteer until a day, for hours that were not true
// (domain.md D4), or lets them back with an empty day.
func (t *Tenant) Exclude(ctx context.Context, actor models.Actor, id models.ID, until models.Date, reason string) error {
	reason = strings.TrimSpace(reason)
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("volunteer", "manage"); err != nil {
			return err
		}
		var f problem.Form
		if len([]rune(reason)) < leastReason {
			f.Add("reason", "policy.reason", problem.Args{"n": leastReason})
		}
		if until != "" && (until <= tx.Day() || until > tx.Day().AddDays(3*366)) {
			f.Add("until", "volunteer.exclude.until", nil)
		}
		if err := f.Err(); err != nil {
			return err
		}
		v, err := tx.hold(id)
		if err != nil {
			return err
		}
		if tx.own(v) {
			return problem.New(problem.Forbidden, "hours.own", nil).Because("G3.5")
		}
		from, to := models.VolunteerActive, models.VolunteerExcluded
		if until == "" {
			from, to = to, from
		}
		if v.State != from {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		if err := tx.endVolunteer(v, to, until, reason); err != nil {
			return err
		}
		return tx.tellVolunteer(v, "volunteer.tell."+string(to), problem.Args{"date": until}, "/me/volunteer")
	})
}

// HoursFilter chooses what the office looks at.
type HoursFilter struct {
	State models.HoursState
	Odd   bool // only those with something odd
}

// HoursView is a record with its volunteer.
type HoursView struct {
	models.Hours
	Name string
}

// HoursQueue are records in a state, the oldest first; after is the last of the
// page before.
func (t *Tenant) HoursQueue(ctx context.Context, f HoursFilter, after models.ID) (rows []HoursView, more bool, err error) {
	db := t.db(ctx).Where("state = ?", f.State)
	if f.Odd {
		db = db.Where("flags <> ''")
	}
	if after != 0 {
		db = db.Where("id > ?", after)
	}
	var list []models.Hours
	if err := db.Order("id").Limit(volunteersPerPage + 1).Find(&list).Error; err != nil {
		return nil, false, err
	}
	if len(list) > volunteersPerPage {
		list, more = list[:volunteersPerPage], true
	}
	ids := make([]models.ID, len(list))
	for i, h := range list {
		ids[i] = h.VolunteerID
	}
	people, err := t.volunteersByID(ctx, ids)
	for _, h := range list {
		rows = append(rows, HoursView{h, people[h.VolunteerID].Name})
	}
	return rows, more, err
}

// DeskWork is what waits for the office, each bounded.
type DeskWork struct {
	Hours, Activities, Groups, Helps, Stars, Redemptions int
	Missed                                               []models.Pairing
}

const mostWork = 100

// VolunteerWork is what waits, for the officer's day.
func (t *Tenant) VolunteerWork(ctx context.Context, day models.Date) (*DeskWork, error) {
	w := &DeskWork{}
	for _, c := range []struct {
		model any
		where string
		state any
		n     *int
	}{
		{&models.Hours{}, "state = ?", models.HoursProposed, &w.Hours},
		{&models.Activity{}, "state = ?", models.ActivityAsked, &w.Activities},
		{&models.Team{}, "state = ?", models.TeamAsked, &w.Groups},
		{&models.HelpRequest{}, "state = ?", models.HelpOpen, &w.Helps},
		{&models.StarAward{}, "state = ?", models.StarProposed, &w.Stars},
		{&models.Redemption{}, "state = ?", models.RedemptionAsked, &w.Redemptions},
	} {
		var ids []models.ID
		if err := t.db(ctx).Model(c.model).Where(c.where, c.state).Limit(mostWork).Pluck("id", &ids).Error; err != nil {
			return nil, err
		}
		*c.n = len(ids)
	}
	var err error
	w.Missed, err = missedVisits(t.db(ctx), day)
	return w, err
}

// missedVisits are the pairings whose visit is overdue.
func missedVisits(db *gorm.DB, day models.Date) ([]models.Pairing, error) {
	var rows, missed []models.Pairing
	if err := db.Where("ended_on = ''").Order("last_visit, id").Limit(500).Find(&rows).Error; err != nil {
		return nil, err
	}
	for _, p := range rows {
		if policy.VisitMissed(p, day) {
			missed = append(missed, p)
		}
	}
	return missed, nil
}

// ActivityList is the office's list in a state, the newest first.
func (t *Tenant) ActivityList(ctx context.Context, state models.ActivityState, before models.ID) (rows []models.Activity, more bool, err error) {
	db := t.db(ctx).Where("state = ?", state)
	if before != 0 {
		db = db.Where("id < ?", before)
	}
	err = db.Order("id DESC").Limit(activitiesPerPage + 1).Find(&rows).Error
	if len(rows) > activitiesPerPage {
		rows, more = rows[:activitiesPerPage], true
	}
	return rows, more, err
}

// AddJob adds a kind of work with its times to an open activity.
func (t *Tenant) AddJob(ctx context.Context, actor models.Actor, id models.ID, j JobDraft) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("activity", "approve"); err != nil {
			return err
		}
		a, err := tx.activity(id)
		if err != nil {
			return err
		}
		d := ActivityDraft{Activity: *a, Jobs: []JobDraft{j}}
		if err := d.check(tx.Now); err != nil {
			return err
		}
		now := *a
		shifts, err := tx.putJobs(&now, d.Jobs)
		if err != nil {
			return err
		}
		if err := policy.MayOpen(now, shifts); err != nil {
			return err
		}
		tx.Audit("activity.job", id, map[string]int{"shifts": len(shifts)})
		return tx.changeActivity(a, &now, models.ActivityOpen, "places", "next_at", "last_at")
	})
}
