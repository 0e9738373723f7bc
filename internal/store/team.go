package store

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
)

// Teams with leaders, and residents' groups below the threshold of registration
// that are filed: asked by a resident, reviewed by the committee, filed by the
// street (domain.md A11-08).

const documentFiling = "社备" //words:allow a mark of official documents, stored once and never translated

const (
	sealRoster  = "teams.roster"
	rosterLeast = 2 // others than who asks
	rosterMost  = 100
)

// TeamDraft is a team or a group.
type TeamDraft struct {
	Name, Purpose, Contact string
	LeaderNo               string   // of a committee's team
	Roster                 []string // of a group: its members' names, without who asks
}

func (d *TeamDraft) check() *problem.Form {
	d.Name, d.Purpose, d.Contact, d.LeaderNo = cleanLine(d.Name), strings.TrimSpace(d.Purpose), cleanLine(d.Contact), cleanLine(d.LeaderNo)
	var f problem.Form
	for field, x := range map[string]struct {
		text string
		most int
	}{"name": {d.Name, 40}, "purpose": {d.Purpose, 300}, "contact": {d.Contact, 60}} {
		switch n := len([]rune(x.text)); {
		case n < 2:
			f.Add(field, "form.needed", nil)
		case n > x.most:
			f.Add(field, "form.toolong", problem.Args{"n": n - x.most, "limit": x.most})
		}
	}
	return &f
}

// checkRoster keeps each name once. Whether they are volunteers does not matter:
// a dance group is filed with whoever dances.
func (d *TeamDraft) checkRoster(f *problem.Form) {
	var names []string
	for _, line := range d.Roster {
		name := cleanLine(line)
		switch n := len([]rune(name)); {
		case n == 0 || slices.Contains(names, name):
			continue
		case n > maxAttendee:
			f.Add("roster", "filing.roster.long", problem.Args{"name": string([]rune(name)[:10]), "limit": maxAttendee})
		}
		names = append(names, name)
	}
	if len(names) < rosterLeast || len(names) > rosterMost {
		f.Add("roster", "filing.roster.count", problem.Args{"least": rosterLeast, "most": rosterMost})
	}
	d.Roster = names
}

// AskFiling asks for a group to be filed; who asks is its contact and leader,
// and a volunteer.
func (t *Tenant) AskFiling(ctx context.Context, actor models.Actor, d TeamDraft) (*models.Team, error) {
	f := d.check()
	d.checkRoster(f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	var g models.Team
	err := t.Write(ctx, actor, func(tx *Tx) error {
		v, err := tx.volunteer()
		if err != nil {
			return err
		}
		if err := tx.Limit("filing."+actor.UserID.String(), 3, 24*time.Hour); err != nil {
			return err
		}
		g, err = tx.putTeam(&d, models.TeamGroup, models.TeamAsked, v.ID)
		if err != nil {
			return err
		}
		return tx.tellCommittee("filing.tell.asked", problem.Args{"name": g.Name}, "/admin/"+tx.Community.Code+"/volunteers/teams")
	})
	return &g, err
}

// CreateTeam makes a team of the committee's own.
func (t *Tenant) CreateTeam(ctx context.Context, actor models.Actor, d TeamDraft) (*models.Team, error) {
	if err := d.check().Err(); err != nil {
		return nil, err
	}
	var g models.Team
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("volunteer", "manage"); err != nil {
			return err
		}
		var v models.Volunteer
		if err := tx.Where("number = ? AND state = ?", d.LeaderNo, models.VolunteerActive).Limit(1).Find(&v).Error; err != nil {
			return err
		}
		if v.ID == 0 {
			var f problem.Form
			f.Add("leader", "volunteer.number.unknown", nil)
			return f.Err()
		}
		var err error
		g, err = tx.putTeam(&d, models.TeamOwn, models.TeamFiled, v.ID)
		return err
	})
	return &g, err
}

func (tx *Tx) putTeam(d *TeamDraft, kind models.TeamKind, state models.TeamState, leader models.ID) (models.Team, error) {
	g := models.Team{Tenant: models.Tenant{ID: tx.NewID()}, Kind: kind, State: state, Name: d.Name, LiveName: &d.Name, Purpose: d.Purpose, Contact: d.Contact, LeaderID: leader, Members: 1,
		ByUserID: tx.Actor.UserID, CreatedAt: tx.Now, UpdatedAt: tx.Now}
	if kind == models.TeamGroup {
		g.Roster = tx.seal(sealRoster, g.ID, strings.Join(d.Roster, "\n"))
	}
	if err := tx.Create(&g).Error; err != nil {
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			var f problem.Form
			f.Add("name", "filing.name.taken", nil)
			return g, f.Err()
		}
		return g, err
	}
	tx.Audit("team."+string(state), g.ID, nil)
	tx.Touch("teams")
	return g, tx.Create(&models.TeamMember{Tenant: models.Tenant{ID: tx.NewID()}, TeamID: g.ID, VolunteerID: leader, CreatedAt: tx.Now}).Error
}

// DecideGroup is a step of the filing: the committee reviews, the street files.
// A refusal needs a reason.
func (t *Tenant) DecideGroup(ctx context.Context, actor models.Actor, id models.ID, yes bool, reason string) error {
	reason = strings.TrimSpace(reason)
	if !yes && len([]rune(reason)) < leastReason {
		var f problem.Form
		f.Add("reason", "policy.reason", problem.Args{"n": leastReason})
		return f.Err()
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		var g models.Team
		if err := tx.Where("id = ? AND kind = ?", id, models.TeamGroup).Take(&g).Error; err != nil {
			return notFound(err)
		}
		next, err := tx.nextGroup(&g)
		if err != nil {
			return err
		}
		values := map[string]any{"state": next, "reason": reason, "updated_at": tx.Now}
		key := "filing.tell." + string(next)
		if !yes {
			values["state"], values["live_name"], values["roster_seal"], key = models.TeamRefused, nil, nil, "filing.tell.refused"
		} else if next == models.TeamFiled {
			year := tx.Day().Time().Year()
			n, err := tx.Next("filing." + strconv.Itoa(year))
			if err != nil {
				return err
			}
			values["number"], values["filed_on"] = documentNumber(tx.Community.Name, documentFiling, year, n), tx.Day()
		}
		if err := Changed(tx.Model(&models.Team{}).Where("id = ? AND state = ?", id, g.State).Updates(values)); err != nil {
			return err
		}
		tx.Audit("team.decide", id, map[string]bool{"yes": yes})
		tx.Touch("teams")
		if yes && next == models.TeamReviewed {
			if err := tx.tellStreet("filing.tell.review", problem.Args{"name": g.Name}, "/admin/"+tx.Community.Code+"/volunteers/teams"); err != nil {
				return err
			}
		}
		v, err := tx.volunteerByID(g.LeaderID)
		if err != nil {
			return err
		}
		return tx.tellVolunteer(v, key, problem.Args{"name": g.Name}, "/"+tx.Community.Code+"/volunteers")
	})
}

// nextGroup is where a yes of the actor leads; nobody decides about the group
// that they asked for.
func (tx *Tx) nextGroup(g *models.Team) (models.TeamState, error) {
	if g.ByUserID == tx.Actor.UserID {
		return "", problem.New(problem.Forbidden, "hours.own", nil).Because("G3.5")
	}
	switch g.State {
	case models.TeamAsked:
		return models.TeamReviewed, tx.May("volunteer", "manage")
	case models.TeamReviewed:
		return models.TeamFiled, tx.May("volunteer", "file")
	}
	return "", problem.New(problem.Conflict, "policy.state", nil)
}

// TeamDesk are teams and groups for the office, those that wait first.
func (t *Tenant) TeamDesk(ctx context.Context) ([]models.Team, error) {
	var rows []models.Team
	err := t.db(ctx).Where("state IN ?", []models.TeamState{models.TeamAsked, models.TeamReviewed, models.TeamFiled}).Order("state, id").Limit(300).Find(&rows).Error
	return rows, err
}

// RosterOf are the names that a group is filed with; for who decides about it.
func (t *Tenant) RosterOf(g models.Team) ([]string, error) {
	if len(g.Roster) == 0 {
		return nil, nil
	}
	names, err := t.opt.Keys.Open(sealRoster, g.ID, g.Roster)
	return strings.Split(names, "\n"), err
}

// JoinTeam adds the actor to a team. Refusals: Forbidden (no volunteer),
// Conflict (not filed, a member already).
func (t *Tenant) JoinTeam(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		v, err := tx.volunteer()
		if err != nil {
			return err
		}
		res := tx.Model(&models.Team{}).Where("id = ? AND state = ?", id, models.TeamFiled).Update("members", gorm.Expr("members + 1"))
		if err := Changed(res); err != nil {
			return err
		}
		tx.Audit("team.join", id, nil)
		tx.Touch("teams")
		err = tx.Create(&models.TeamMember{Tenant: models.Tenant{ID: tx.NewID()}, TeamID: id, VolunteerID: v.ID, CreatedAt: tx.Now}).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return problem.New(problem.Conflict, "filing.member", nil)
		}
		return err
	})
}

// TeamView is a team for a volunteer who may join it.
type TeamView struct {
	models.Team
	Volunteer, Member, Leads bool // what the reader is
}

// Team is a filed team or group, and whether the actor is in it. Refusals:
// NotFound for one that is not filed.
func (t *Tenant) Team(ctx context.Context, actor models.Actor, id models.ID) (*TeamView, error) {
	var v TeamView
	if err := t.db(ctx).Where("id = ? AND state = ?", id, models.TeamFiled).Take(&v.Team).Error; err != nil {
		return nil, notFound(err)
	}
	me, err := t.Volunteer(ctx, actor)
	if problem.Is(err, problem.NotFound) {
		return &v, nil
	}
	if err != nil {
		return nil, err
	}
	var rows []models.TeamMember
	err = t.db(ctx).Where("team_id = ? AND volunteer_id = ?", id, me.ID).Limit(1).Find(&rows).Error
	v.Volunteer, v.Member, v.Leads = true, len(rows) > 0, v.LeaderID == me.ID
	return &v, err
}

// LeaveTeam takes the actor out of a team; its leader stays until the committee
// names another. Refusals: Forbidden, NotFound, Conflict.
func (t *Tenant) LeaveTeam(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		v, err := volunteerOf(tx.DB, actor.UserID)
		if err != nil {
			return err
		}
		res := tx.Model(&models.Team{}).Where("id = ? AND state = ? AND leader_id <> ?", id, models.TeamFiled, v.ID).Update("members", gorm.Expr("members - 1"))
		if err := Changed(res); err != nil {
			return err
		}
		tx.Audit("team.leave", id, nil)
		tx.Touch("teams")
		return Changed(tx.Where("team_id = ? AND volunteer_id = ?", id, v.ID).Delete(&models.TeamMember{}))
	})
}
