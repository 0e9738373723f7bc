package admin

import (
	"github.com/gofiber/fiber/v2"

	"juwu/internal/web"
	"juwu/models"
)

func (a *Admin) homeRoutes() []web.Route {
	return []web.Route{
		{Method: "GET", Path: "/admin", Object: web.Self, Handle: a.offices},
		{Method: "GET", Path: "/admin/:community", Object: "office", Action: "enter", Handle: a.day},
	}
}

// officesView lists the communities where the reader has work.
type officesView struct {
	*web.Page
	Communities []*models.Community
}

// offices leads to the reader's community, or lets them choose among several.
func (a *Admin) offices(c *fiber.Ctx) error {
	p := a.officePage(c, web.PageOf(c).T("office.choose.title"))
	v := officesView{Page: p}
	for _, community := range a.Store.Communities() {
		if a.Store.Guard().Allowed(p.Actor, community, "office", "enter", p.Today()) == nil {
			v.Communities = append(v.Communities, community)
		}
	}
	if len(v.Communities) == 1 {
		return web.Redirect(c, "/admin/"+v.Communities[0].Code)
	}
	return web.Render(c, fiber.StatusOK, officesPage(v))
}

// dayView is an officer's day: what is due, late, or waits for the reader.
type dayView struct {
	*web.Page
}

func (a *Admin) day(c *fiber.Ctx) error {
	p := a.officePage(c, web.PageOf(c).T("office.day.title"))
	return web.Render(c, fiber.StatusOK, dayPage(dayView{p}))
}
