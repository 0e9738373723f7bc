package admin

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

const volunteersPath = "/admin/:community/volunteers"

func (a *Admin) volunteerRoutes() []web.Route {
	r := func(method, path, action string, h fiber.Handler) web.Route {
		return web.Route{Method: method, Path: volunteersPath + path, Object: "volunteer", Action: action, Handle: h}
	}
	h := func(method, path, action string, h fiber.Handler) web.Route {
		return web.Route{Method: method, Path: volunteersPath + path, Object: "hours", Action: action, Handle: h}
	}
	lists := append(a.listRoutes(peopleList, "volunteer", "manage"), a.listRoutes(hoursList, "hours", "enter")...)
	return append(lists,
		r("GET", "", "review", a.volunteers),
		r("GET", "/list", "manage", a.volunteerList),
		r("GET", "/export", "manage", a.exports),
		r("GET", "/export/hours/:format", "manage", a.exportHours),
		r("GET", "/export/people/:format", "manage", a.exportVolunteers),
		r("GET", "/export/activities/:format", "manage", a.exportActivities),
		r("GET", "/commend", "manage", a.commend),
		r("GET", "/commend/export/:format", "manage", a.exportCommended),
		r("GET", "/insurance", "manage", a.insurance),
		r("GET", "/insurance/export/:format", "manage", a.exportInsurance),
		r("GET", "/new", "manage", a.newVolunteerForm),
		r("POST", "/new", "manage", a.newVolunteer),
		r("GET", "/person/:id", "manage", a.volunteer),
		r("POST", "/person/:id/training", "manage", a.setTrainings),
		r("POST", "/person/:id/exclude", "manage", a.exclude),
		r("POST", "/person/:id/certificate", "manage", a.certifyFor),
		r("GET", "/settings", "settings", a.volunteerSettingsForm),
		r("POST", "/settings", "settings", a.volunteerSettings),
		r("GET", "/hours", "review", a.hoursQueue),
		h("POST", "/hours", "approve", a.decideHours),
		h("GET", "/hours/new", "enter", a.enterHoursForm),
		h("POST", "/hours/new", "enter", a.enterHours),
		h("GET", "/hours/:id/reverse", "approve", a.reverseForm),
		h("POST", "/hours/:id/reverse", "approve", a.reverse),
		h("GET", "/stars", "approve", a.stars),
		h("POST", "/stars/:id", "approve", a.decideStar),
	)
}

// Words whose keys are made from values.
const (
	skillNames    = i18n.Family("volunteer.skill.")
	timeNames     = i18n.Family("volunteer.time.")
	groupNames    = i18n.Family("volunteer.group.")
	trainingNames = i18n.Family("volunteer.training.")
	targetNames   = i18n.Family("volunteer.target.")
	personStates  = i18n.Family("volunteer.state.")
	hoursStates   = i18n.Family("hours.state.")
	hoursSources  = i18n.Family("hours.source.")
	hoursFlags    = i18n.Family("hours.flag.")
)

// volunteersPage is a page of the office about volunteers, with the way back.
func (a *Admin) volunteersPage(c *fiber.Ctx, title string) *web.Page {
	p := a.officePage(c, title)
	p.Back = ui.Link{Text: p.T("volunteer.desk.title"), Href: p.AdminURL("volunteers")}
	return p
}

// volunteersView is the gauge and the doors to the work.
type volunteersView struct {
	*web.Page
	Gauge *store.GaugeView
	Work  *store.DeskWork
	May   func(object, action string) bool
}

func (a *Admin) volunteers(c *fiber.Ctx) error {
	p := a.officePage(c, web.PageOf(c).T("volunteer.desk.title"))
	v := volunteersView{Page: p, May: func(o, x string) bool { return web.May(c, o, x) }}
	t, ctx := a.Store.In(p.Community), web.Context(c)
	var err error
	if v.Gauge, err = t.Gauge(ctx, p.Today()); err != nil {
		return err
	}
	if v.Work, err = t.VolunteerWork(ctx, p.Today()); err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, volunteersPage(v))
}

type volunteerListView struct {
	*web.Page
	Filter store.VolunteerFilter
	List   []models.Volunteer
	Next   models.ID
}

func (a *Admin) volunteerList(c *fiber.Ctx) error {
	p := a.volunteersPage(c, web.PageOf(c).T("volunteer.list.title"))
	v := volunteerListView{Page: p, Filter: store.VolunteerFilter{Words: p.Query("q"), Skill: p.Query("skill"), State: models.VolunteerState(p.Query("state"))}}
	if !slices.Contains(models.VolunteerSkills, v.Filter.Skill) {
		v.Filter.Skill = ""
	}
	after, _ := models.ParseID(p.Query("after"))
	var more bool
	var err error
	if v.List, more, err = a.Store.In(p.Community).VolunteerList(web.Context(c), v.Filter, after); err != nil {
		return err
	}
	if more {
		v.Next = v.List[len(v.List)-1].ID
	}
	return web.Render(c, fiber.StatusOK, volunteerListPage(v))
}

// newVolunteerForm registers somebody who stands at the desk.
func (a *Admin) newVolunteerForm(c *fiber.Ctx) error {
	return web.Render(c, fiber.StatusOK, newVolunteerPage(a.volunteersPage(c, web.PageOf(c).T("volunteer.new.title"))))
}

func (a *Admin) newVolunteer(c *fiber.Ctx) error {
	p := a.volunteersPage(c, web.PageOf(c).T("volunteer.new.title"))
	f := web.FormOf(c)
	d := store.VolunteerDraft{Name: f.Text("name", 50), Birth: f.Date("birth"), Sex: web.OptionalChoice(f, "sex", "f", "m"), Agree: f.Bool("agree"), WithParent: f.Bool("parent"), Party: f.Bool("party")}
	d.Skills = web.Choices(f, "skills", false, models.VolunteerSkills...)
	if f.Raw("phone") != "" {
		d.Phone = f.Phone("phone")
	}
	d.GuardianName, d.GuardianPhone = f.Optional("guardian_name", 50), f.Optional("guardian_phone", 20)
	err := f.Err()
	if err == nil {
		made, e := a.Store.In(p.Community).JoinAtDesk(web.Context(c), p.Actor, d)
		if err = e; err == nil {
			return web.Redirect(c, p.AdminURL("volunteers", "person", made.ID.String()))
		}
	}
	return web.Again(c, err, newVolunteerPage(p))
}

// volunteerView is one volunteer for the desk.
type volunteerView struct {
	*web.Page
	V store.VolunteerView
}

func (a *Admin) volunteerPage(c *fiber.Ctx) (*volunteerView, error) {
	p := a.volunteersPage(c, web.PageOf(c).T("volunteer.list.title"))
	v, err := a.Store.In(p.Community).VolunteerDesk(web.Context(c), p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	p.Title = v.Name
	p.Back = ui.Link{Text: p.T("volunteer.list.title"), Href: p.AdminURL("volunteers", "list")}
	return &volunteerView{p, *v}, nil
}

func (a *Admin) volunteer(c *fiber.Ctx) error {
	v, err := a.volunteerPage(c)
	if err != nil {
		return err
	}
	v.SetAll("training", strings.Split(v.V.Training, ","))
	return web.Render(c, fiber.StatusOK, volunteerPage(v))
}

func (a *Admin) volunteerAct(c *fiber.Ctx, act func(*volunteerView, *web.Form) error) error {
	v, err := a.volunteerPage(c)
	if err != nil {
		return err
	}
	if err := act(v, web.FormOf(c)); err != nil {
		return web.Again(c, err, volunteerPage(v))
	}
	return web.Redirect(c, v.AdminURL("volunteers", "person", v.V.ID.String()))
}

func (a *Admin) setTrainings(c *fiber.Ctx) error {
	return a.volunteerAct(c, func(v *volunteerView, f *web.Form) error {
		return a.Store.In(v.Community).SetTrainings(web.Context(c), v.Actor, v.V.ID, web.Choices(f, "training", false, models.Trainings...))
	})
}

func (a *Admin) exclude(c *fiber.Ctx) error {
	return a.volunteerAct(c, func(v *volunteerView, f *web.Form) error {
		until, reason := f.OptionalDate("until"), f.OptionalArea("reason", 300)
		if err := f.Err(); err != nil {
			return err
		}
		return a.Store.In(v.Community).Exclude(web.Context(c), v.Actor, v.V.ID, until, reason)
	})
}

// certifyFor certifies at the desk, for whoever has no telephone.
func (a *Admin) certifyFor(c *fiber.Ctx) error {
	return a.volunteerAct(c, func(v *volunteerView, f *web.Form) error {
		w := store.CertificateWish{From: f.Date("from"), Until: f.Date("to")}
		if err := f.Err(); err != nil {
			return err
		}
		_, err := a.Store.In(v.Community).IssueCertificateFor(web.Context(c), v.Actor, v.V.ID, w)
		return err
	})
}

func (a *Admin) volunteerSettingsForm(c *fiber.Ctx) error {
	p := a.volunteersPage(c, web.PageOf(c).T("volunteer.settings.title"))
	s, err := a.Store.In(p.Community).VolunteerSettings(web.Context(c))
	if err != nil {
		return err
	}
	for name, n := range map[string]int{"day_cap": s.DayCap, "activity_cap": s.ActivityCap, "cancel_hours": s.CancelHours, "target": s.TargetTenths, "points_per_hour": s.PointsPerHour,
		"points_day_most": s.PointsDayMost, "points_most_held": s.PointsMostHeld, "points_months": s.PointsMonths} {
		p.Set(name, itoa(n))
	}
	p.Set("star_hours", s.StarHours)
	p.Set("points_decision", s.PointsDecision)
	if s.PointsOn {
		p.Set("points_on", "1")
	}
	return web.Render(c, fiber.StatusOK, volunteerSettingsPage(p))
}

func (a *Admin) volunteerSettings(c *fiber.Ctx) error {
	p := a.volunteersPage(c, web.PageOf(c).T("volunteer.settings.title"))
	f := web.FormOf(c)
	s := models.VolunteerSettings{DayCap: f.Int("day_cap", 60, 960), ActivityCap: f.Int("activity_cap", 60, 960), CancelHours: f.Int("cancel_hours", 0, 168), TargetTenths: f.Int("target", 1, 500),
		StarHours: f.Text("star_hours", 100), PointsOn: f.Bool("points_on"), PointsDecision: f.Optional("points_decision", 200), PointsPerHour: f.Int("points_per_hour", 1, 1000),
		PointsDayMost: f.Int("points_day_most", 0, 10000), PointsMostHeld: f.Int("points_most_held", 0, 1000000), PointsMonths: f.Int("points_months", 0, 120)}
	err := f.Err()
	if err == nil {
		err = a.Store.In(p.Community).SaveVolunteerSettings(web.Context(c), p.Actor, s)
	}
	if err != nil {
		return web.Again(c, err, volunteerSettingsPage(p))
	}
	return web.Redirect(c, p.AdminURL("volunteers"))
}
