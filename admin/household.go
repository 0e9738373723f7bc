package admin

import (
	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
)

func (a *Admin) householdRoutes() []web.Route {
	return []web.Route{
		{Method: "GET", Path: "/admin/:community/households/:id", Object: "household", Action: "read", Handle: a.household},
	}
}

// householdView is one household: who lives there.
type householdView struct {
	*web.Page
	H       *store.HouseholdView
	MayDesk bool
}

func (a *Admin) household(c *fiber.Ctx) error {
	p := web.PageOf(c)
	h, err := a.Store.In(p.Community).Household(web.Context(c), p.Actor, p.ParamID("id"))
	if err != nil {
		return err
	}
	v := &householdView{p, h, web.May(c, "resident", "desk")}
	a.officePage(c, v.title())
	p.Back = ui.Link{Text: h.Building.Name, Href: p.AdminURL("buildings", h.Building.ID.String())}
	return web.Render(c, fiber.StatusOK, householdMain(v))
}

func (v *householdView) title() string {
	if v.H.Place == "" {
		return v.T("household.of", "building", v.H.Building.Name)
	}
	return v.H.Building.Name + " " + v.H.Place
}

func (v *householdView) facts() []ui.Answer {
	var out []ui.Answer
	for _, a := range []ui.Answer{{Label: v.T(fieldNames.Key("number")), Value: v.H.Number}, {Label: v.T(fieldNames.Key("group")), Value: v.H.Group},
		{Label: v.T("household.people"), Value: v.Int(len(v.H.People))}} {
		if a.Value != "" {
			out = append(out, a)
		}
	}
	return out
}
