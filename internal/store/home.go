package store

import (
	"context"
	"slices"

	"juwu/models"
	"juwu/policy"
)

// Home is what a community's home page shows everybody.
type Home struct {
	Election   *models.Election     // the one that runs, or the last; nil if there was none
	Account    *models.AccountMonth // the newest published month; nil before the first
	Notices    []models.Notice      // the newest that are on display, urgent ones first
	Overdue    int                  // items of the catalogue that are late
	Posts      []models.Appointment // who holds which post of the community today
	Grids      []GridView
	Faces      map[models.ID]models.ID // pictures of the grid workers by grid
	Cases      CaseMonth               // of this month
	Volunteers policy.Gauge            // how many are registered and what is missing
	Meeting    *models.CivicMeeting    // the next one; nil when none is called
	Assembly   *models.AssemblySession // the next meeting of the assembly; nil for none
}

// homeNotices is how many notices stand on the home page.
const homeNotices = 3

// homePosts are the posts that residents turn to, in the order of the page.
var homePosts = []models.Role{
	models.RolePartyBranch, models.RoleDirector, models.RoleViceDirector, models.RoleCommitteeMember, models.RoleClerk,
	models.RoleSupervisor, models.RoleMediator, models.RoleStation,
}

// Home gathers the home page of a day.
func (t *Tenant) Home(ctx context.Context, day models.Date) (*Home, error) {
	h := &Home{}
	var err error
	if h.Account, err = t.NewestAccount(ctx); err != nil {
		return nil, err
	}
	if h.Notices, err = t.onDisplay(ctx, day); err != nil {
		return nil, err
	}
	if h.Meeting, err = t.NextMeeting(ctx); err != nil {
		return nil, err
	}
	rows, err := t.DisclosureCalendar(ctx, day)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		for _, o := range r.Owed {
			if o.State == policy.DisclosureOverdue {
				h.Overdue++
			}
		}
	}
	all, err := t.AppointmentsIn(ctx, t.Community.ID, day)
	if err != nil {
		return nil, err
	}
	h.Posts, h.Faces = publicPosts(all, day), faces(all, day)
	if h.Volunteers, err = t.GaugeFigure(ctx, day); err != nil {
		return nil, err
	}
	if h.Cases, err = t.CaseMonth(ctx, day.Month()); err != nil {
		return nil, err
	}
	if h.Assembly, err = t.NextSession(ctx, day); err != nil {
		return nil, err
	}
	if h.Election, err = t.lastElection(ctx); err != nil {
		return nil, err
	}
	h.Grids, err = t.Grids(ctx)
	return h, err
}

// onDisplay are the newest notices whose display runs, urgent ones first.
func (t *Tenant) onDisplay(ctx context.Context, day models.Date) ([]models.Notice, error) {
	var rows []models.Notice
	err := t.db(ctx).Where("state = ? AND personal = ? AND display_until >= ?", models.NoticePublished, false, day).
		Order("urgent DESC, published_at DESC").Limit(homeNotices).Find(&rows).Error
	return rows, err
}

// publicPosts are the holders of posts that residents turn to, deputies left
// out.
func publicPosts(all []models.Appointment, day models.Date) []models.Appointment {
	var posts []models.Appointment
	for _, a := range all {
		if a.Holds(day) && a.DeputyFor == 0 && a.Name != "" && slices.Contains(homePosts, a.Role) {
			posts = append(posts, a)
		}
	}
	slices.SortStableFunc(posts, func(a, b models.Appointment) int {
		return slices.Index(homePosts, a.Role) - slices.Index(homePosts, b.Role)
	})
	return posts
}

// NewestAccount is the newest published month; nil before the first.
func (t *Tenant) NewestAccount(ctx context.Context) (*models.AccountMonth, error) {
	var rows []models.AccountMonth
	err := t.db(ctx).Where("state = ?", models.AccountPublished).Order("month DESC").Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// MyGrid is the grid in which the actor lives, as far as the roll knows; nil
// if it does not.
func (t *Tenant) MyGrid(ctx context.Context, actor models.Actor) (*models.Grid, error) {
	link, ok := actor.Resident(t.Community.ID)
	if !ok {
		return nil, nil
	}
	var r models.Resident
	if err := t.db(ctx).Where("id = ?", link.ResidentID).Limit(1).Find(&r).Error; err != nil || r.GridID == 0 {
		return nil, err
	}
	var g models.Grid
	err := t.db(ctx).Where("id = ?", r.GridID).Limit(1).Find(&g).Error
	if g.ID == 0 {
		return nil, err
	}
	return &g, err
}
