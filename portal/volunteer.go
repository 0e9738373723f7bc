package portal

import (
	"context"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// volunteerRoutes: what everybody may read about volunteers, registering, the
// guardian's consent, and one's own page.
func (p *Portal) volunteerRoutes() []web.Route {
	const all = "/:community/volunteers"
	return []web.Route{
		{Method: "GET", Path: all, Object: web.Public, Handle: web.Cached([]string{"volunteers", "people", "teams"}, nil, p.volunteers)},
		{Method: "GET", Path: all + "/join", Object: web.Self, Handle: p.joinForm},
		{Method: "POST", Path: all + "/join", Object: web.Self, Handle: p.join},
		{Method: "GET", Path: all + "/joined", Object: web.Self, Handle: p.joined},
		{Method: "GET", Path: all + "/guardian/:id", Object: web.Self, Handle: p.guardianForm},
		{Method: "POST", Path: all + "/guardian/:id", Object: web.Self, Handle: p.guardian},
		{Method: "GET", Path: "/me/volunteer", Object: web.Self, Handle: p.myVolunteering},
		{Method: "GET", Path: all + "/mine", Object: web.Self, Handle: p.mine},
		{Method: "GET", Path: all + "/mine/change", Object: web.Self, Handle: p.changeForm},
		{Method: "POST", Path: all + "/mine/change", Object: web.Self, Handle: p.change},
		{Method: "GET", Path: all + "/mine/leave", Object: web.Self, Handle: p.leaveForm},
		{Method: "POST", Path: all + "/mine/leave", Object: web.Self, Handle: p.leave},
		{Method: "GET", Path: all + "/mine/hours", Object: web.Self, Handle: p.myHours},
	}
}

// Words whose keys are made from values.
const (
	skillNames    = i18n.Family("volunteer.skill.")
	timeNames     = i18n.Family("volunteer.time.")
	groupNames    = i18n.Family("volunteer.group.")
	targetNames   = i18n.Family("volunteer.target.")
	trainingNames = i18n.Family("volunteer.training.")
	documentNames = i18n.Family("resident.document.kind.")
	hoursStates   = i18n.Family("hours.state.")
	hoursSources  = i18n.Family("hours.source.")
)

// hoursText says minutes as hours with one decimal: 3.5.
func hoursText(minutes int) string {
	tenths := minutes / 6
	s := strconv.Itoa(tenths / 10)
	if r := tenths % 10; r != 0 {
		s += "." + strconv.Itoa(r)
	}
	return s
}

// volunteersView is the public page: the gauge, how to join, teams, stars.
type volunteersView struct {
	*web.Page
	Gauge *store.GaugeView
	Teams []models.Team
	Stars []store.StarView // on display
}

func (p *Portal) volunteers(ctx context.Context, page *web.Page) (templ.Component, error) {
	page.Title, page.Place = page.T("volunteer.title"), "together"
	page.Description = page.T("volunteer.lead")
	v := volunteersView{Page: page}
	t := p.Store.In(page.Community)
	var err error
	if v.Gauge, err = t.Gauge(ctx, page.Today()); err != nil {
		return nil, err
	}
	if v.Teams, err = t.Teams(ctx); err != nil {
		return nil, err
	}
	if v.Stars, err = t.Stars(ctx, models.StarPosted); err != nil {
		return nil, err
	}
	return volunteersPage(v), nil
}

// joinView is the form of registering, and of changing what one told.
type joinView struct {
	*web.Page
	Change bool
	OnRoll bool // birthday and home are known
	Gone   bool // registered already
}

func (p *Portal) joinPage(c *fiber.Ctx) (*joinView, error) {
	page := web.PageOf(c)
	v := &joinView{Page: page}
	page.Title, page.Place, page.NoIndex = page.T("volunteer.join.title"), "together", true
	page.Back = ui.Link{Text: page.T("volunteer.title"), Href: page.URL("volunteers")}
	_, v.OnRoll = page.Actor.Resident(page.Community.ID)
	had, err := p.Store.In(page.Community).Volunteer(web.Context(c), page.Actor)
	if err != nil && !problem.Is(err, problem.NotFound) {
		return nil, err
	}
	v.Gone = had != nil
	return v, nil
}

func (p *Portal) joinForm(c *fiber.Ctx) error {
	v, err := p.joinPage(c)
	if err != nil {
		return err
	}
	if v.Gone {
		return web.Redirect(c, v.URL("volunteers", "mine"))
	}
	v.Set("name", v.Actor.Name)
	return web.Render(c, fiber.StatusOK, joinPage(v))
}

func (p *Portal) join(c *fiber.Ctx) error {
	v, err := p.joinPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := draftOf(f)
	if !v.OnRoll {
		d.Birth = f.Date("birth")
	}
	// Everything that is missing is said at once.
	if len(d.Skills) == 0 {
		f.Add("skills", "volunteer.skills.needed", nil)
	}
	if !d.Agree {
		f.Add("agree", "volunteer.agree.needed", nil)
	}
	d.GuardianName, d.GuardianPhone = f.Optional("guardian_name", 50), f.Optional("guardian_phone", 20)
	if err = f.Err(); err == nil {
		_, err = p.Store.In(v.Community).Join(web.Context(c), v.Actor, d)
	}
	if err != nil {
		return web.Again(c, err, joinPage(v))
	}
	return web.Redirect(c, v.URL("volunteers", "joined"))
}

func draftOf(f *web.Form) store.VolunteerDraft {
	d := store.VolunteerDraft{Name: f.Text("name", 50), Sex: web.Choice(f, "sex", "", "f", "m"), Languages: f.Optional("languages", 100)}
	d.Groups = web.Choices(f, "groups", false, models.VolunteerGroups...)
	d.Skills = web.Choices(f, "skills", false, models.VolunteerSkills...)
	d.Times = web.Choices(f, "times", false, models.VolunteerTimes...)
	d.Limits, d.Public, d.Agree = f.OptionalArea("limits", 300), f.Bool("public"), f.Bool("agree")
	return d
}

// joined is the end of registering: the number, what happens next.
func (p *Portal) joined(c *fiber.Ctx) error {
	page := web.PageOf(c)
	page.Title, page.Place, page.NoIndex = page.T("volunteer.joined.title"), "together", true
	v, err := p.Store.In(page.Community).Volunteer(web.Context(c), page.Actor)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, joinedPage(mineView{Page: page, V: *v}))
}

// guardianView is what a guardian reads before consenting.
type guardianView struct {
	*web.Page
	V models.Volunteer
}

func (p *Portal) guardianPage(c *fiber.Ctx) (*guardianView, error) {
	page := web.PageOf(c)
	page.Title, page.NoIndex = page.T("volunteer.guardian.title"), true
	v, err := p.Store.In(page.Community).GuardedVolunteer(web.Context(c), page.Actor, page.ParamID("id"))
	if err != nil {
		return nil, err
	}
	return &guardianView{page, *v}, nil
}

func (p *Portal) guardianForm(c *fiber.Ctx) error {
	v, err := p.guardianPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, guardianPage(v))
}

func (p *Portal) guardian(c *fiber.Ctx) error {
	v, err := p.guardianPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	answer := web.Choice(f, "answer", "yes", "no")
	if err = f.Err(); err == nil {
		err = p.Store.In(v.Community).DecideGuardian(web.Context(c), v.Actor, v.V.ID, answer == "yes")
	}
	if err != nil {
		return web.Again(c, err, guardianPage(v))
	}
	return web.Redirect(c, v.Path)
}

// myVolunteering leads to one's own page, or lists the communities.
func (p *Portal) myVolunteering(c *fiber.Ctx) error {
	page := mePage(c, web.PageOf(c).T("volunteer.mine.title"))
	list, err := p.Store.MyVolunteering(web.Context(c), page.Actor)
	if err != nil {
		return err
	}
	if len(list) == 1 {
		return web.Redirect(c, "/"+list[0].Code+"/volunteers/mine")
	}
	if len(list) == 0 {
		list = p.Store.Communities()
	}
	return web.Render(c, fiber.StatusOK, myVolunteeringPage(page, list))
}

func (p *Portal) changeForm(c *fiber.Ctx) error {
	v, err := p.joinPage(c)
	if err != nil {
		return err
	}
	v.Change, v.Title = true, v.T("volunteer.change.title")
	v.Back = ui.Link{Text: v.T("volunteer.mine.title"), Href: v.URL("volunteers", "mine")}
	had, err := p.Store.In(v.Community).Volunteer(web.Context(c), v.Actor)
	if err != nil {
		return err
	}
	limits, err := p.Store.VolunteerLimits(had)
	if err != nil {
		return err
	}
	for name, value := range map[string]string{"name": had.Name, "sex": had.Sex, "languages": had.Languages, "limits": limits} {
		v.Set(name, value)
	}
	for name, codes := range map[string]string{"groups": had.Groups, "skills": had.Skills, "times": had.Times} {
		v.SetAll(name, strings.Split(codes, ","))
	}
	if had.Public {
		v.Set("public", "1")
	}
	return web.Render(c, fiber.StatusOK, joinPage(v))
}

func (p *Portal) change(c *fiber.Ctx) error {
	v, err := p.joinPage(c)
	if err != nil {
		return err
	}
	v.Change, v.Title = true, v.T("volunteer.change.title")
	f := web.FormOf(c)
	d := draftOf(f)
	if err = f.Err(); err == nil {
		err = p.Store.In(v.Community).ChangeVolunteer(web.Context(c), v.Actor, d)
	}
	if err != nil {
		return web.Again(c, err, joinPage(v))
	}
	return web.Redirect(c, v.URL("volunteers", "mine"))
}

func (p *Portal) leaveForm(c *fiber.Ctx) error {
	page := web.PageOf(c)
	page.Title, page.NoIndex = page.T("volunteer.leave.title"), true
	return web.Render(c, fiber.StatusOK, leavePage(page))
}

func (p *Portal) leave(c *fiber.Ctx) error {
	page := web.PageOf(c)
	if err := p.Store.In(page.Community).Leave(web.Context(c), page.Actor); err != nil {
		return err
	}
	return web.Redirect(c, page.URL("volunteers"))
}

// gaugeOf are the figures of the gauge in words, for both sides.
func targetText(v *web.Page, g policy.Gauge) string {
	next := g.Next()
	if next == 0 {
		return v.T("volunteer.gauge.reached", "share", policy.Percent(g.Registered, g.Residents))
	}
	return v.T("volunteer.gauge.missing", "n", policy.Missing(g.Registered, g.Residents, next), "target", policy.Percent(next, 1000))
}
