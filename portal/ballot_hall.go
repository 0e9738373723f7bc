package portal

import (
	"github.com/gofiber/fiber/v2"

	"juwu/internal/web"
)

// hallBooth is the booth of a tablet at the polling place. It is nobody's page: who
// votes logs in here, and the tablet forgets them before the next one comes.
func (p *Portal) hallBooth(c *fiber.Ctx) error {
	page := web.PageOf(c)
	v, err := p.publicBallot(web.Context(c), page, "ballot.booth.title")
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	page.Bare, page.NoIndex, page.Back.Href = true, true, ""
	if p.Store.HallOf(web.Hall(c)) != v.B.ID {
		return web.Render(c, fiber.StatusForbidden, noHallPage(v))
	}
	v.Hall = true
	page.Scripts = []string{"booth.js", "scan.js"}
	if v.Faces, err = p.Store.In(page.Community).ElectionFaces(web.Context(c), v.B); err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, boothPage(v))
}

// hallNext ends the login of whoever has voted, and everything that the tablet
// kept of them.
func (p *Portal) hallNext(c *fiber.Ctx) error {
	page := web.PageOf(c)
	if page.LoggedIn() {
		if err := p.Store.EndSession(web.Context(c), page.Actor, web.SessionHash(c)); err != nil {
			return err
		}
	}
	web.NextPerson(c)
	c.Set("Clear-Site-Data", `"storage"`)
	return web.Redirect(c, page.URL("elections", page.ParamID("id").String(), "hall"))
}
