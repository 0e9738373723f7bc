package admin

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/models"
)

func (a *Admin) settingsRoutes() []web.Route {
	const path = "/admin/:community/settings"
	return []web.Route{
		{Method: "GET", Path: path, Object: "settings", Action: "read", Handle: a.settings},
		{Method: "POST", Path: path, Object: "settings", Action: "change", Handle: a.saveSettings},
		{Method: "POST", Path: path + "/name", Object: "settings", Action: "rename", Handle: a.rename},
		{Method: "POST", Path: path + "/threshold", Object: "settings", Action: "approve_threshold", Handle: a.decideThreshold},
	}
}

// settingsView shows a community's settings, as a form to those who may
// change them.
type settingsView struct {
	*web.Page
	Change  bool
	Approve bool // the reader decides about the wish for another limit
	Rename  bool
	Saved   bool
}

func (a *Admin) settingsView(c *fiber.Ctx) *settingsView {
	p := a.officePage(c, web.PageOf(c).T("settings.title"))
	v := &settingsView{Page: p, Change: web.May(c, "settings", "change"), Saved: p.Query("saved") == "1"}
	v.Approve = web.May(c, "settings", "approve_threshold") && p.Community.ProposedBy != 0 && p.Community.ProposedBy != p.Actor.UserID
	v.Rename = web.May(c, "settings", "rename")
	x := p.Community
	for name, value := range map[string]string{
		"name":    x.Name,
		"address": x.Address, "phone": x.Phone, "hours": x.Hours, "street_info": x.StreetInfo,
		"inquiry_days": strconv.Itoa(x.InquiryDays), "display_days": strconv.Itoa(x.DisplayDays), "threshold": x.ClaimThresholdFen.Plain(),
	} {
		p.Set(name, value)
	}
	return v
}

func (a *Admin) settings(c *fiber.Ctx) error {
	return web.Render(c, fiber.StatusOK, settingsPage(a.settingsView(c)))
}

func (a *Admin) saveSettings(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	s := store.Settings{
		Address: f.Optional("address", 120), Phone: f.Text("phone", 60), Hours: f.Optional("hours", 120), StreetInfo: f.Optional("street_info", 120),
		InquiryDays: f.Int("inquiry_days", 1, store.MostInquiryDays), DisplayDays: f.Int("display_days", models.LeastDisplayDays, store.MostDisplayDays),
		ClaimThresholdFen: f.Money("threshold"),
	}
	err := f.Err()
	if err == nil {
		err = a.Store.In(p.Community).SaveSettings(web.Context(c), p.Actor, s)
	}
	if err != nil {
		return web.Again(c, err, settingsPage(a.settingsView(c)))
	}
	return web.Redirect(c, p.AdminURL("settings")+"?saved=1")
}

func (a *Admin) rename(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	name := f.Text("name", store.MaxRegionName)
	err := f.Err()
	if err == nil {
		err = a.Store.In(p.Community).Rename(web.Context(c), p.Actor, name)
	}
	if err != nil {
		return web.Again(c, err, settingsPage(a.settingsView(c)))
	}
	return web.Redirect(c, p.AdminURL("settings")+"?saved=1")
}

func (a *Admin) decideThreshold(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	limit := f.Money("limit")
	err := f.Err()
	if err == nil {
		err = a.Store.In(p.Community).DecideThreshold(web.Context(c), p.Actor, limit, f.Has("agree"))
	}
	if err != nil {
		return web.Again(c, err, settingsPage(a.settingsView(c)))
	}
	return web.Redirect(c, p.AdminURL("settings")+"?saved=1")
}
