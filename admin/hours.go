package admin

import (
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

func itoa(n int) string { return strconv.Itoa(n) }

// hoursText says minutes as hours with one decimal: 3.5.
func hoursText(minutes int) string {
	sign := ""
	if minutes < 0 {
		sign, minutes = "−", -minutes
	}
	tenths := minutes / 6
	s := sign + itoa(tenths/10)
	if r := tenths % 10; r != 0 {
		s += "." + itoa(r)
	}
	return s
}

var queueStates = []models.HoursState{models.HoursProposed, models.HoursApproved, models.HoursRefused, models.HoursReversed}

// hoursView is the queue of records.
type hoursView struct {
	*web.Page
	Filter     store.HoursFilter
	List       []store.HoursView
	Next       models.ID
	MayApprove bool
	Left       []store.Decided
	Decided    int
}

func (a *Admin) hoursPage(c *fiber.Ctx) (*hoursView, error) {
	p := a.volunteersPage(c, web.PageOf(c).T("hours.desk.title"))
	v := &hoursView{Page: p, Filter: store.HoursFilter{State: models.HoursState(p.Query("state")), Odd: p.Query("odd") != ""}, MayApprove: web.May(c, "hours", "approve")}
	if !slices.Contains(queueStates, v.Filter.State) {
		v.Filter.State = models.HoursProposed
	}
	after, _ := models.ParseID(p.Query("after"))
	var more bool
	var err error
	v.List, more, err = a.Store.In(p.Community).HoursQueue(web.Context(c), v.Filter, after)
	if more {
		v.Next = v.List[len(v.List)-1].ID
	}
	return v, err
}

func (a *Admin) hoursQueue(c *fiber.Ctx) error {
	v, err := a.hoursPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, hoursPage(v))
}

// decideHours approves or refuses the records that were ticked.
func (a *Admin) decideHours(c *fiber.Ctx) error {
	p := web.PageOf(c)
	f := web.FormOf(c)
	var ids []models.ID
	for _, s := range f.All("hours") {
		if id, ok := models.ParseID(s); ok {
			ids = append(ids, id)
		}
	}
	answer, reason := web.Choice(f, "answer", "yes", "no"), f.OptionalArea("reason", 300)
	err := f.Err()
	var left []store.Decided
	if err == nil {
		left, err = a.Store.In(p.Community).DecideHours(web.Context(c), p.Actor, ids, answer == "yes", reason)
	}
	v, e := a.hoursPage(c)
	if e != nil {
		return e
	}
	if err != nil {
		return web.Again(c, err, hoursPage(v))
	}
	v.Left, v.Decided = left, len(ids)-len(left)
	return web.Render(c, fiber.StatusOK, hoursPage(v))
}

func (a *Admin) enterHoursForm(c *fiber.Ctx) error {
	p := a.volunteersPage(c, web.PageOf(c).T("hours.enter.title"))
	p.Set("day", string(p.Today()))
	return web.Render(c, fiber.StatusOK, enterHoursPage(p))
}

func (a *Admin) enterHours(c *fiber.Ctx) error {
	p := a.volunteersPage(c, web.PageOf(c).T("hours.enter.title"))
	f := web.FormOf(c)
	e := store.HoursEntry{Number: f.Text("number", 20), What: f.Text("what", 60), Day: f.Date("day"), Minutes: f.Int("minutes", 1, 960), Reason: f.Text("reason", 200)}
	err := f.Err()
	if err == nil {
		_, err = a.Store.In(p.Community).EnterHours(web.Context(c), p.Actor, e)
	}
	if err != nil {
		return web.Again(c, err, enterHoursPage(p))
	}
	return web.Redirect(c, p.AdminURL("volunteers", "hours"))
}

func (a *Admin) reverseForm(c *fiber.Ctx) error {
	return web.Render(c, fiber.StatusOK, reversePage(a.reverseView(c)))
}

func (a *Admin) reverseView(c *fiber.Ctx) *web.Page {
	p := a.volunteersPage(c, web.PageOf(c).T("hours.reverse.title"))
	p.Back = ui.Link{Text: p.T("hours.desk.title"), Href: p.AdminURL("volunteers", "hours")}
	return p
}

func (a *Admin) reverse(c *fiber.Ctx) error {
	p := a.reverseView(c)
	f := web.FormOf(c)
	reason := f.Area("reason", 300)
	err := f.Err()
	if err == nil {
		err = a.Store.In(p.Community).ReverseHours(web.Context(c), p.Actor, p.ParamID("id"), reason)
	}
	if err != nil {
		return web.Again(c, err, reversePage(p))
	}
	return web.Redirect(c, p.AdminURL("volunteers", "hours")+"?state=reversed")
}

// starsView are the awards: proposed, on display, granted.
type starsView struct {
	*web.Page
	Proposed, Posted []store.StarView
}

func (a *Admin) starsPage(c *fiber.Ctx) (*starsView, error) {
	p := a.volunteersPage(c, web.PageOf(c).T("volunteer.stars.title"))
	v := &starsView{Page: p}
	t, ctx := a.Store.In(p.Community), web.Context(c)
	var err error
	if v.Proposed, err = t.Stars(ctx, models.StarProposed); err != nil {
		return nil, err
	}
	v.Posted, err = t.Stars(ctx, models.StarPosted)
	return v, err
}

func (a *Admin) stars(c *fiber.Ctx) error {
	v, err := a.starsPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, starsPage(v))
}

func (a *Admin) decideStar(c *fiber.Ctx) error {
	p := web.PageOf(c)
	f := web.FormOf(c)
	answer, reason := web.Choice(f, "answer", "post", "yes", "no"), f.OptionalArea("reason", 300)
	t, ctx := a.Store.In(p.Community), web.Context(c)
	err := f.Err()
	switch {
	case err != nil:
	case answer == "post":
		err = t.PostStar(ctx, p.Actor, p.ParamID("id"))
	default:
		err = t.DecideStar(ctx, p.Actor, p.ParamID("id"), answer == "yes", reason)
	}
	if err != nil {
		v, e := a.starsPage(c)
		if e != nil {
			return e
		}
		return web.Again(c, err, starsPage(v))
	}
	return web.Redirect(c, p.AdminURL("volunteers", "stars"))
}
