package store

import (
	"context"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// StaffDraft names who works where.
type StaffDraft struct {
	Resident  models.ID
	Name      string // as typed, when Resident is 0
	Duty      models.StaffDuty
	StationID models.ID // 0: the count
}

var staffRoles = map[models.StaffDuty]models.Role{
	models.DutyWatcher: policy.RolePollWatcher, models.DutyTeller: policy.RoleTeller, models.DutyCaller: policy.RoleCaller,
	models.DutyIssuer: policy.RolePollStaff, models.DutyWriter: policy.RolePollStaff, models.DutyGuide: policy.RolePollStaff,
}

// AddStaff gives somebody a duty; candidates and their near relatives get none
// (rule 3). A login gets the post until the election is sealed.
func (t *Tenant) AddStaff(ctx context.Context, actor models.Actor, id models.ID, d StaffDraft) error {
	if d.Resident == 0 {
		r, err := t.oneResident(ctx, d.Name)
		if err != nil {
			return err
		}
		if r == nil {
			var f problem.Form
			f.Add("name", "election.nominee.unknown", nil)
			return f.Err()
		}
		d.Resident, d.Name = r.ID, r.Name
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "manage")
		if err != nil {
			return err
		}
		if policy.ElectionReached(e.State, models.ElectionSealed) {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		if staffRoles[d.Duty] == "" {
			var f problem.Form
			f.Add("duty", "form.choose", nil)
			return f.Err()
		}
		if d.StationID != 0 {
			if _, err := stationByID(tx.DB, id, d.StationID); err != nil {
				return err
			}
		}
		if err := tx.mayServe(e, d.Duty, d.Resident); err != nil {
			return err
		}
		who, err := whole(tx.DB, models.Someone{ResidentID: d.Resident})
		if err != nil {
			return err
		}
		s := models.PollStaff{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: id, StationID: d.StationID, ResidentID: d.Resident, UserID: who.UserID,
			Name: d.Name, Duty: d.Duty, CreatedAt: tx.Now}
		if s.AppointmentID, err = tx.giveElectionPost(who.UserID, staffRoles[d.Duty], d.Name, e.Title); err != nil {
			return err
		}
		err = tx.Create(&s).Error
		if duplicate(err) {
			return problem.New(problem.Conflict, "election.staff.twice", nil)
		}
		tx.Audit("election.staff", s.ID, map[string]string{"duty": string(d.Duty)})
		tx.Touch("elections")
		return err
	})
}

func (tx *Tx) mayServe(e *models.Election, duty models.StaffDuty, resident models.ID) error {
	standing, err := candidatesOf(tx.DB, e.ID, liveCandidates...)
	if err != nil {
		return err
	}
	candidate, relative := false, false
	near, err := tx.nearResidents(resident)
	if err != nil {
		return err
	}
	for _, c := range standing {
		candidate = candidate || c.ResidentID == resident
		relative = relative || near[c.ResidentID]
	}
	return policy.MayStaffPolls(duty, candidate, relative, policy.ReadRules(e))
}

// EndStaff takes somebody off a duty.
func (t *Tenant) EndStaff(ctx context.Context, actor models.Actor, id, staff models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if _, err := tx.electionFor(id, "election", "manage"); err != nil {
			return err
		}
		var s models.PollStaff
		if err := tx.Where("id = ? AND election_id = ?", staff, id).Take(&s).Error; err != nil {
			return notFound(err)
		}
		if err := tx.endElectionPost(s.AppointmentID); err != nil {
			return err
		}
		tx.Audit("election.staff.end", staff, nil)
		return Changed(tx.Model(&models.PollStaff{}).Where("id = ? AND ended_at IS NULL", staff).Update("ended_at", tx.Now))
	})
}

// Staff of an election who serve.
func (t *Tenant) Staff(ctx context.Context, id models.ID) (rows []models.PollStaff, err error) {
	err = t.db(ctx).Where("election_id = ? AND ended_at IS NULL", id).Order("station_id, duty, id").Find(&rows).Error
	return rows, err
}
