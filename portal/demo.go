package portal

import (
	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/web"
	"juwu/models"
)

// DemoLogin is one example person; `juwu demo` offers each with one tap.
type DemoLogin struct {
	UserID models.ID
	Role   models.Role
	Phone  string
	Name   string
	Next   string // where that person's day begins
}

// demoRoutes exist only while the example community is served on loopback.
func (p *Portal) demoRoutes() []web.Route {
	if p.Demo == nil {
		return nil
	}
	return []web.Route{
		{Method: fiber.MethodGet, Path: "/demo", Object: web.Public, Handle: p.demo},
		{Method: fiber.MethodPost, Path: "/demo", Object: web.Public, Handle: p.demoLogin},
	}
}

func (p *Portal) demo(c *fiber.Ctx) error {
	page := web.PageOf(c)
	page.Title, page.NoIndex = page.T("demo.title"), true
	return web.Render(c, fiber.StatusOK, demoPage(page, p.Demo))
}

func (p *Portal) demoLogin(c *fiber.Ctx) error {
	phone := web.FormOf(c).Raw("phone")
	for _, d := range p.Demo {
		if d.Phone != phone {
			continue
		}
		opened, err := p.Store.DemoSession(web.Context(c), d.UserID, deviceOf(c))
		if err != nil {
			return err
		}
		web.SetSession(c, opened.Token, opened.Until)
		return web.Redirect(c, d.Next)
	}
	return problem.New(problem.NotFound, "page.notfound", nil)
}
