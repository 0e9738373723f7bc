package portal

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// leadRoutes are a leader's: who comes, the rotating code, proposing hours. Who
// leads an activity is asked by the store, of the activity.
func (p *Portal) leadRoutes() []web.Route {
	const one = "/:community/activities/:id/lead"
	self := func(method, path string, h fiber.Handler) web.Route {
		return web.Route{Method: method, Path: path, Object: web.Self, Handle: h}
	}
	return []web.Route{
		self("GET", one, p.lead),
		self("GET", one+"/code", p.leadCode),
		self("POST", one+"/propose", p.proposeHours),
		self("POST", one+"/attend", p.attend),
		self("POST", one+"/cancel", p.cancelActivity),
		self("POST", one+"/device", p.issueDevice),
		{Method: "GET", Path: "/:community/activities/:id/device", Object: web.Public, Handle: web.Cached([]string{"activities"}, nil, p.devicePage)},
		// Proved by the device's signature, not by a cookie: there is nothing that
		// another site could make a browser send.
		{Method: "POST", Path: "/:community/activities/:id/device", Object: web.Public, Tokenless: true, Handle: p.takeBatch},
	}
}

// leadView is an activity for its leader.
type leadView struct {
	*web.Page
	A    store.LeadView
	Done *store.Proposed
}

func (p *Portal) leadPage(c *fiber.Ctx) (*leadView, error) {
	page := web.PageOf(c)
	a, err := p.Store.In(page.Community).Lead(web.Context(c), page.Actor, page.ParamID("id"))
	if err != nil {
		return nil, err
	}
	page.Title, page.Place, page.NoIndex = page.T("lead.title"), "together", true
	page.Back = ui.Link{Text: page.T("volunteer.mine.title"), Href: page.URL("volunteers", "mine")}
	page.Scripts = append(page.Scripts, "device.js")
	return &leadView{Page: page, A: *a}, nil
}

func (p *Portal) lead(c *fiber.Ctx) error {
	v, err := p.leadPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, leadPage(v))
}

// leadCodeView is the rotating code, to be held up.
type leadCodeView struct {
	*web.Page
	A    models.Activity
	Code store.ShownCode
}

// leadCode shows the code; the page asks again when it rotates.
func (p *Portal) leadCode(c *fiber.Ctx) error {
	page := web.PageOf(c)
	a, code, err := p.Store.In(page.Community).LeaderCode(web.Context(c), page.Actor, page.ParamID("id"))
	if err != nil {
		return err
	}
	page.Title, page.Place, page.NoIndex = page.T("lead.code.title"), "together", true
	page.Back = ui.Link{Text: page.T("lead.title"), Href: page.URL("activities", a.ID.String(), "lead")}
	page.Refresh = max(1, int(code.Until.Sub(page.Now)/time.Second)+1)
	return web.Render(c, fiber.StatusOK, leadCodePage(leadCodeView{page, *a, code}))
}

// address is what the QR code says: a telephone's own camera leads there too.
func (v leadCodeView) address() string {
	return v.Absolute(v.URL("activities", v.A.ID.String(), "here")) + "?c=" + v.Code.Code
}

func (p *Portal) proposeHours(c *fiber.Ctx) error {
	page := web.PageOf(c)
	done, err := p.Store.In(page.Community).ProposeHours(web.Context(c), page.Actor, page.ParamID("id"))
	if err != nil {
		return err
	}
	v, err := p.leadPage(c)
	if err != nil {
		return err
	}
	v.Done = done
	return web.Render(c, fiber.StatusOK, leadPage(v))
}

// attend notes by hand who came and went.
func (p *Portal) attend(c *fiber.Ctx) error {
	v, err := p.leadPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	shift, who := f.ID("shift"), f.ID("volunteer")
	in, out := f.Clock("came"), f.Clock("went")
	if err = f.Err(); err == nil {
		day := models.Date("")
		for _, s := range v.A.Shifts {
			if s.Shift.ID == shift {
				day = models.DateOf(s.Shift.BeginsAt)
			}
		}
		err = p.Store.In(v.Community).DeskAttendance(web.Context(c), v.Actor, shift, who, day.Time().Add(in), day.Time().Add(out))
	}
	if err != nil {
		return web.Again(c, err, leadPage(v))
	}
	return web.Redirect(c, v.URL("activities", v.A.ID.String(), "lead"))
}

func (p *Portal) cancelActivity(c *fiber.Ctx) error {
	v, err := p.leadPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	reason := f.Area("reason", 300)
	if err = f.Err(); err == nil {
		err = p.Store.In(v.Community).CancelActivity(web.Context(c), v.Actor, v.A.ID, reason)
	}
	if err != nil {
		return web.Again(c, err, leadPage(v))
	}
	return web.Redirect(c, v.URL("activities", v.A.ID.String()))
}
