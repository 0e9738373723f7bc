package portal

import (
	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/policy"
)

// meRoutes are a person's own things. Every one is about whoever is logged in:
// no address of these names a person.
func (p *Portal) meRoutes() []web.Route {
	return []web.Route{
		{Method: "GET", Path: "/me", Object: web.Self, Handle: p.me},
	}
}

// meView is the overview of a person's own things.
type meView struct {
	*web.Page
	Name   string
	Phone  string // masked: someone may stand behind
	Unread int
	Links  []store.MyLink
	Office []office
}

// office is a community in which the person has work to do.
type office struct{ Name, Href string }

func (p *Portal) me(c *fiber.Ctx) error {
	page := web.PageOf(c)
	page.Title, page.Place = page.T("me.title"), "me"
	ctx, v := web.Context(c), meView{Page: page}
	u, err := p.Store.User(ctx, page.Actor.UserID)
	if err != nil {
		return err
	}
	phone, err := p.Store.UserPhone(u)
	if err != nil {
		return err
	}
	v.Name, v.Phone = u.Name, policy.MaskPhone(phone)
	if v.Unread, err = p.Store.Unread(ctx, u.ID); err != nil {
		return err
	}
	if v.Links, err = p.Store.MyLinks(ctx, page.Actor); err != nil {
		return err
	}
	guard, day := p.Store.Guard(), page.Today()
	for _, community := range p.Store.Communities() {
		if guard.NeedsSecondFactor(guard.Roles(u.ID, community.ID, day)) {
			v.Office = append(v.Office, office{community.Name, "/admin/" + community.Code})
		}
	}
	return web.Render(c, fiber.StatusOK, meHome(v))
}
