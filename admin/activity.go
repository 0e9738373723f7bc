package admin

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

func (a *Admin) activityRoutes() []web.Route {
	const all = "/admin/:community/activities"
	r := func(method, path, action string, h fiber.Handler) web.Route {
		return web.Route{Method: method, Path: path, Object: "activity", Action: action, Handle: h}
	}
	return []web.Route{
		r("GET", all, "approve", a.activities),
		r("GET", all+"/new", "approve", a.newActivityForm),
		r("POST", all+"/new", "approve", a.newActivity),
		r("GET", all+"/:id", "approve", a.activity),
		r("POST", all+"/:id/decide", "approve", a.decideActivity),
		r("POST", all+"/:id/job", "approve", a.addJob),
		r("POST", all+"/:id/cancel", "approve", a.cancelActivity),
	}
}

var (
	activityStates = []models.ActivityState{models.ActivityAsked, models.ActivityOpen, models.ActivityCancelled, models.ActivityRefused}
	activityNames  = i18n.Family("activity.state.")
)

type activitiesView struct {
	*web.Page
	State models.ActivityState
	List  []models.Activity
	Older models.ID
}

func (a *Admin) activities(c *fiber.Ctx) error {
	p := a.officePage(c, web.PageOf(c).T("activity.desk.title"))
	v := activitiesView{Page: p, State: models.ActivityState(p.Query("state"))}
	if !slices.Contains(activityStates, v.State) {
		v.State = models.ActivityOpen
	}
	before, _ := models.ParseID(p.Query("before"))
	var more bool
	var err error
	if v.List, more, err = a.Store.In(p.Community).ActivityList(web.Context(c), v.State, before); err != nil {
		return err
	}
	if more {
		v.Older = v.List[len(v.List)-1].ID
	}
	return web.Render(c, fiber.StatusOK, activitiesPage(v))
}

type newActivityView struct {
	*web.Page
	Teams []ui.Option
}

func (a *Admin) newActivityPage(c *fiber.Ctx) (*newActivityView, error) {
	p := a.officePage(c, web.PageOf(c).T("activity.new.title"))
	p.Back = ui.Link{Text: p.T("activity.desk.title"), Href: p.AdminURL("activities")}
	v := &newActivityView{Page: p}
	teams, err := a.Store.In(p.Community).Teams(web.Context(c))
	for _, t := range teams {
		v.Teams = append(v.Teams, p.Option("team", t.ID.String(), t.Name))
	}
	return v, err
}

func (a *Admin) newActivityForm(c *fiber.Ctx) error {
	v, err := a.newActivityPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, newActivityPage(v))
}

func (a *Admin) newActivity(c *fiber.Ctx) error {
	v, err := a.newActivityPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := web.ActivityDraftOf(f)
	if err = f.Err(); err == nil {
		made, e := a.Store.In(v.Community).CreateActivity(web.Context(c), v.Actor, d)
		if err = e; err == nil {
			return web.Redirect(c, v.AdminURL("activities", made.ID.String()))
		}
	}
	return web.Again(c, err, newActivityPage(v))
}

// activityView is one activity for the office.
type activityView struct {
	*web.Page
	A store.ActivityView
}

func (a *Admin) activityPage(c *fiber.Ctx) (*activityView, error) {
	p := a.officePage(c, web.PageOf(c).T("activity.desk.title"))
	x, err := a.Store.In(p.Community).ActivityDesk(web.Context(c), p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	p.Title = x.Title
	p.Back = ui.Link{Text: p.T("activity.desk.title"), Href: p.AdminURL("activities")}
	return &activityView{p, *x}, nil
}

func (a *Admin) activity(c *fiber.Ctx) error {
	v, err := a.activityPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, activityPage(v))
}

func (a *Admin) decideActivity(c *fiber.Ctx) error {
	return a.activityAct(c, func(v *activityView, f *web.Form) error {
		yes, reason := web.Choice(f, "answer", "yes", "no") == "yes", f.OptionalArea("reason", 300)
		if err := f.Err(); err != nil {
			return err
		}
		return a.Store.In(v.Community).DecideActivity(web.Context(c), v.Actor, v.A.ID, yes, reason)
	})
}

func (a *Admin) addJob(c *fiber.Ctx) error {
	return a.activityAct(c, func(v *activityView, f *web.Form) error {
		j := web.JobOf(f, f.Text("job", 60))
		if err := f.Err(); err != nil {
			return err
		}
		return a.Store.In(v.Community).AddJob(web.Context(c), v.Actor, v.A.ID, j)
	})
}

func (a *Admin) cancelActivity(c *fiber.Ctx) error {
	return a.activityAct(c, func(v *activityView, f *web.Form) error {
		reason := f.OptionalArea("cancel", 300)
		if err := f.Err(); err != nil {
			return err
		}
		return a.Store.In(v.Community).CancelActivity(web.Context(c), v.Actor, v.A.ID, reason)
	})
}

// activityAct does one act on an activity and comes back to it.
func (a *Admin) activityAct(c *fiber.Ctx, act func(*activityView, *web.Form) error) error {
	v, err := a.activityPage(c)
	if err != nil {
		return err
	}
	if err := act(v, web.FormOf(c)); err != nil {
		return web.Again(c, err, activityPage(v))
	}
	return web.Redirect(c, v.AdminURL("activities", v.A.ID.String()))
}
