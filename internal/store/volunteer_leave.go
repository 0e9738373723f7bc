package store

import (
	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
)

// What ends with a registration, and how registrations follow the roll.

// unbind ends what a volunteer who leaves had promised to others: pairings,
// help, swaps, teams. Who relied on it is told.
func (tx *Tx) unbind(v *models.Volunteer) error {
	for _, end := range []func(*models.Volunteer) error{tx.endPairingsOf, tx.freeHelps, tx.dropSwaps, tx.leaveTeams} {
		if err := end(v); err != nil {
			return err
		}
	}
	return nil
}

// endPairingsOf ends the visits; the desk looks for somebody else.
func (tx *Tx) endPairingsOf(v *models.Volunteer) error {
	res := tx.Model(&models.Pairing{}).Where("volunteer_id = ? AND ended_on = ''", v.ID).
		Updates(map[string]any{"ended_on": tx.Day(), "live_pair": nil, "reason": "volunteer.left", "updated_at": tx.Now})
	if res.Error != nil || res.RowsAffected == 0 {
		return res.Error
	}
	tx.Audit("pairing.end", v.ID, map[string]int64{"pairings": res.RowsAffected})
	return tx.tellCommittee("pairing.tell.left", problem.Args{"n": int(res.RowsAffected)}, "/admin/"+tx.Community.Code+"/volunteers/pairings")
}

// freeHelps puts what the volunteer was asked or had accepted back before the
// desk.
func (tx *Tx) freeHelps(v *models.Volunteer) error {
	var rows []models.HelpRequest
	err := tx.Where("volunteer_id = ? AND state IN ?", v.ID, []models.HelpState{models.HelpOffered, models.HelpAccepted}).Order("id").Find(&rows).Error
	if err != nil {
		return err
	}
	for _, h := range rows {
		if h.WantedAt.Before(tx.Now) {
			continue // given already; who was helped confirms it
		}
		if err := tx.changeHelp(h.ID, h.State, map[string]any{"state": models.HelpOpen, "volunteer_id": 0}); err != nil {
			return err
		}
		if err := tx.Where("signup_id = ?", h.ID).Delete(&models.VolunteerSlot{}).Error; err != nil {
			return err
		}
		if err := tx.tellCommittee("help.tell.no", problem.Args{"number": h.Number}, tx.helpDesk(h.ID)); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) dropSwaps(v *models.Volunteer) error {
	return tx.Model(&models.Swap{}).Where("(from_id = ? OR to_id = ?) AND state = ?", v.ID, v.ID, models.SwapAsked).
		Updates(map[string]any{"state": models.SwapDropped, "open_signup": nil, "updated_at": tx.Now}).Error
}

// leaveTeams takes the volunteer out of every team. A team that loses its leader
// stays, and the committee is told to name another.
func (tx *Tx) leaveTeams(v *models.Volunteer) error {
	var teams []models.ID
	if err := tx.Model(&models.TeamMember{}).Where("volunteer_id = ?", v.ID).Order("team_id").Pluck("team_id", &teams).Error; err != nil || len(teams) == 0 {
		return err
	}
	if err := tx.Where("volunteer_id = ?", v.ID).Delete(&models.TeamMember{}).Error; err != nil {
		return err
	}
	if err := tx.Model(&models.Team{}).Where("id IN ?", teams).Update("members", gorm.Expr("members - 1")).Error; err != nil {
		return err
	}
	tx.Touch("teams")
	var led []models.Team
	if err := tx.Where("leader_id = ? AND state = ?", v.ID, models.TeamFiled).Find(&led).Error; err != nil {
		return err
	}
	for _, g := range led {
		if err := tx.tellCommittee("filing.tell.leaderless", problem.Args{"name": g.Name}, "/admin/"+tx.Community.Code+"/volunteers/teams"); err != nil {
			return err
		}
	}
	return nil
}

// endVolunteering ends the registration of a login that is being closed. What
// was served stays on record under the name (志愿 art. 19); telephone and limits
// go (PIPL art. 47).
func (tx *Tx) endVolunteering(user models.ID) error {
	var v models.Volunteer
	if err := tx.Where("live_user = ?", user).Limit(1).Find(&v).Error; err != nil || v.ID == 0 {
		return err
	}
	held, err := tx.hold(v.ID)
	if err != nil {
		return err
	}
	if err := tx.endVolunteer(held, models.VolunteerLeft, "", ""); err != nil {
		return err
	}
	return tx.Model(&models.Volunteer{}).Where("id = ?", v.ID).Select("phone_seal", "phone_index", "limits_seal", "languages", "user_id").UpdateColumns(&models.Volunteer{}).Error
}

// volunteersFollowRoll brings registrations in line with the roll: who moved
// away or died serves no more, who moved within the community is counted where
// they live now. resident 0 looks at all, after an import.
func (tx *Tx) volunteersFollowRoll(resident models.ID) error {
	var off []struct {
		ID, GridID, BuildingID models.ID
		State                  models.ResidentState
	}
	query := tx.Table("volunteers AS v").Select("v.id, r.state, r.grid_id, r.building_id").
		Joins("JOIN residents AS r ON r.community_id = v.community_id AND r.id = v.live_person").
		Where("v.community_id = ? AND r.state <> ? AND (r.state <> ? OR r.grid_id <> v.grid_id OR r.building_id <> v.building_id)", tx.chain, models.ResidentMerged, models.ResidentActive)
	if resident != 0 {
		query = query.Where("v.live_person = ?", resident)
	}
	if err := query.Order("v.id").Scan(&off).Error; err != nil {
		return err
	}
	for _, o := range off {
		v, err := tx.hold(o.ID)
		if err != nil {
			return err
		}
		if o.State != models.ResidentActive {
			err = tx.endVolunteer(v, models.VolunteerLeft, "", string(o.State))
		} else {
			err = tx.rehome(v, o.GridID, o.BuildingID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) rehome(v *models.Volunteer, grid, building models.ID) error {
	now := *v
	now.GridID, now.BuildingID, now.UpdatedAt = grid, building, tx.Now
	if err := Changed(tx.Model(&models.Volunteer{}).Where("id = ?", v.ID).Select("grid_id", "building_id", "updated_at").Updates(&now)); err != nil {
		return err
	}
	return tx.counted(v, &now)
}
