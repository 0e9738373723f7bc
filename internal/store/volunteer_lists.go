package store

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Lists for the office: who is proposed for commendation and who is insured.

// Commended is a volunteer with what was served in a period.
type Commended struct {
	models.Volunteer
	Served int // minutes approved in the period, those taken over not included
	Times  int
	Thanks int
}

// mostCommended on the list.
const mostCommended = 300

// Commendation lists who served at least so many hours from one month to
// another, the most first. Who is excluded or has left is not on it. Refusal:
// Forbidden.
func (t *Tenant) Commendation(ctx context.Context, actor models.Actor, from, to models.Month, hours int) ([]Commended, error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "volunteer", "manage", models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	var sums []struct {
		VolunteerID    models.ID
		Minutes, Times int
	}
	err := t.db(ctx).Model(&models.VolunteerSum{}).Select("volunteer_id, SUM(minutes) AS minutes, SUM(times) AS times").Where("month >= ? AND month <= ?", from, to).
		Group("volunteer_id").Having("SUM(minutes) >= ?", hours*60).Order("SUM(minutes) DESC, volunteer_id").Limit(mostCommended).Scan(&sums).Error
	if err != nil || len(sums) == 0 {
		return nil, err
	}
	ids := make([]models.ID, len(sums))
	for i, s := range sums {
		ids[i] = s.VolunteerID
	}
	people, err := t.volunteersByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	var thanked []struct {
		VolunteerID models.ID
		N           int
	}
	err = t.db(ctx).Model(&models.Thanks{}).Select("volunteer_id, COUNT(*) AS n").Where("volunteer_id IN ?", ids).Group("volunteer_id").Scan(&thanked).Error
	if err != nil {
		return nil, err
	}
	var out []Commended
	for _, s := range sums {
		v := people[s.VolunteerID]
		if v.State != models.VolunteerActive {
			continue
		}
		c := Commended{Volunteer: v, Served: s.Minutes, Times: s.Times}
		for _, n := range thanked {
			if n.VolunteerID == v.ID {
				c.Thanks = n.N
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// Insured is a place in an activity that may endanger a person.
type Insured struct {
	Activity  models.Activity
	Shift     models.Signup
	Volunteer models.Volunteer
	Document  string // kind and masked number, of people on the roll
	Phone     string // masked
	Covered   bool   // the insurance holds on the day of the shift
}

// insuredSince: shifts of the last days are still listed, for claims.
const insuredSince = 30

// InsuranceList is everybody with a place in dangerous work, from thirty days
// ago on, by activity and shift (志愿 art. 17). Refusal: Forbidden.
func (t *Tenant) InsuranceList(ctx context.Context, actor models.Actor) ([]Insured, error) {
	day := models.DateOf(t.Now())
	if err := t.opt.Guard.Allowed(actor, t.Community, "volunteer", "manage", day); err != nil {
		return nil, err
	}
	var risky []models.Activity
	err := t.db(ctx).Where("risk = ? AND state = ? AND last_at > ?", true, models.ActivityOpen, day.AddDays(-insuredSince).Time()).Order("last_at, id").Limit(200).Find(&risky).Error
	if err != nil || len(risky) == 0 {
		return nil, err
	}
	byID, ids := map[models.ID]models.Activity{}, make([]models.ID, len(risky))
	for i, a := range risky {
		byID[a.ID], ids[i] = a, a.ID
	}
	var places []models.Signup
	if err := t.db(ctx).Where("activity_id IN ? AND state = ?", ids, models.SignupIn).Order("begins_at, shift_id, id").Limit(2000).Find(&places).Error; err != nil {
		return nil, err
	}
	who := make([]models.ID, len(places))
	for i, s := range places {
		who[i] = s.VolunteerID
	}
	people, err := t.volunteersByID(ctx, who)
	if err != nil {
		return nil, err
	}
	papers, err := t.papersOf(ctx, people)
	if err != nil {
		return nil, err
	}
	out := make([]Insured, len(places))
	for i, s := range places {
		v, a := people[s.VolunteerID], byID[s.ActivityID]
		phone, err := t.VolunteerPhone(&v)
		if err != nil {
			return nil, err
		}
		out[i] = Insured{Activity: a, Shift: s, Volunteer: v, Document: papers[v.ResidentID], Phone: policy.MaskPhone(phone), Covered: a.PolicyNo != "" && models.DateOf(s.EndsAt) <= a.InsuredTo}
	}
	return out, nil
}

// papersOf are kind and masked number of the papers of volunteers on the roll.
func (t *Tenant) papersOf(ctx context.Context, people map[models.ID]models.Volunteer) (map[models.ID]string, error) {
	var ids []models.ID
	for _, v := range people {
		if v.ResidentID != 0 {
			ids = append(ids, v.ResidentID)
		}
	}
	slices.Sort(ids)
	out := map[models.ID]string{}
	return out, chunked(ids, func(part []models.ID) error {
		var rows []models.Resident
		if err := t.db(ctx).Select("community_id", "id", "document_kind", "document_seal").Where("id IN ?", part).Find(&rows).Error; err != nil {
			return err
		}
		for _, r := range rows {
			number, err := t.opt.Keys.Open(sealDocument, r.ID, r.DocumentSeal)
			if err != nil {
				return err
			}
			if number != "" {
				out[r.ID] = string(r.DocumentKind) + " " + policy.MaskDocument(number)
			}
		}
		return nil
	})
}

// HandOverTeam names another leader of a team and of its activities that are not
// over: a leader may leave. Refusals: Forbidden, NotFound, Invalid with fields.
func (t *Tenant) HandOverTeam(ctx context.Context, actor models.Actor, id models.ID, number string) error {
	number = strings.TrimSpace(number)
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("volunteer", "manage"); err != nil {
			return err
		}
		var g models.Team
		if err := tx.Where("id = ? AND state = ?", id, models.TeamFiled).Take(&g).Error; err != nil {
			return notFound(err)
		}
		var v models.Volunteer
		if err := tx.Where("number = ? AND state = ?", number, models.VolunteerActive).Limit(1).Find(&v).Error; err != nil {
			return err
		}
		if v.ID == 0 {
			var f problem.Form
			f.Add("leader", "volunteer.number.unknown", nil)
			return f.Err()
		}
		if err := Changed(tx.Model(&models.Team{}).Where("id = ? AND leader_id = ?", id, g.LeaderID).Updates(map[string]any{"leader_id": v.ID, "updated_at": tx.Now})); err != nil {
			return err
		}
		coming := tx.Model(&models.Activity{}).Where("team_id = ? AND leader_id = ? AND last_at > ?", id, g.LeaderID, tx.Now)
		if err := coming.Updates(map[string]any{"leader_id": v.ID, "updated_at": tx.Now}).Error; err != nil {
			return err
		}
		var member []models.TeamMember
		if err := tx.Where("team_id = ? AND volunteer_id = ?", id, v.ID).Limit(1).Find(&member).Error; err != nil {
			return err
		}
		if len(member) == 0 {
			if err := tx.Create(&models.TeamMember{Tenant: models.Tenant{ID: tx.NewID()}, TeamID: id, VolunteerID: v.ID, CreatedAt: tx.Now}).Error; err != nil {
				return err
			}
			if err := tx.Model(&models.Team{}).Where("id = ?", id).Update("members", gorm.Expr("members + 1")).Error; err != nil {
				return err
			}
		}
		tx.Audit("team.leader", id, nil)
		tx.Touch("teams", "activities")
		return tx.tellVolunteer(&v, "filing.tell.leader", problem.Args{"name": g.Name}, "/"+tx.Community.Code+"/volunteers/teams/"+id.String())
	})
}
