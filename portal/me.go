package portal

import (
	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/policy"
)

// meRoutes are a person's own things. Every one is about whoever is logged in:
// no address of these names a person.
func (p *Portal) meRoutes() []web.Route {
	self := func(method, path string, h fiber.Handler) web.Route {
		return web.Route{Method: method, Path: path, Object: web.Self, Handle: h}
	}
	return []web.Route{
		self("GET", "/me", p.me),
		self("GET", "/me/inbox", p.inbox),
		self("POST", "/me/inbox/read", p.readInbox),
		self("POST", "/me/inbox/open", p.openLetter),
		self("GET", "/me/profile", p.profileForm),
		self("POST", "/me/profile", p.profile),
		self("GET", "/me/phone", p.phoneForm),
		self("POST", "/me/phone", p.phone),
		self("GET", "/me/phone/code", p.phoneCodeForm),
		self("POST", "/me/phone/code", p.phoneCode),
		self("GET", "/me/devices", p.devices),
		self("POST", "/me/devices/end", p.endDevice),
		self("POST", "/me/devices/end-others", p.endOthers),
		self("POST", "/me/devices/end-all", p.endAll),
		self("POST", "/me/recovery", p.renewRecovery),
		self("GET", "/me/roll", p.rolls),
		self("GET", "/me/roll/:community", p.roll),
		self("POST", "/me/roll/:community", p.claimRoll),
		self("GET", "/me/data", p.data),
		self("GET", "/me/data.json", p.dataJSON),
		self("GET", "/me/data.xlsx", p.dataXLSX),
		self("GET", "/me/correct/:community", p.correctForm),
		self("POST", "/me/correct/:community", p.correct),
		self("GET", "/me/looks", p.looks),
		self("GET", "/me/consents", p.consents),
		self("POST", "/me/consents", p.setConsent),
		self("GET", "/me/close", p.closeForm),
		self("POST", "/me/close", p.close),
	}
}

// Words whose keys are made from values.
const (
	linkStates      = i18n.Family("me.link.state.")
	consentNames    = i18n.Family("me.consents.purpose.")
	consentHints    = i18n.Family("me.consents.hint.")
	correctionState = i18n.Family("me.correct.state.")
	lookFields      = i18n.Family("me.looks.field.")
)

// mePage is the page of one of a person's own things.
func mePage(c *fiber.Ctx, title string) *web.Page {
	page := web.PageOf(c)
	page.Title, page.Place = title, "me"
	page.Back = ui.Link{Text: page.T("me.title"), Href: "/me"}
	return page
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
	v := meView{Page: mePage(c, web.PageOf(c).T("me.title"))}
	v.Back = ui.Link{}
	me, err := p.Store.Me(web.Context(c), v.Actor)
	if err != nil {
		return err
	}
	v.Name, v.Phone, v.Unread, v.Links = me.Name, policy.MaskPhone(me.Phone), me.Unread, me.Links
	guard, day := p.Store.Guard(), v.Today()
	for _, community := range p.Store.Communities() {
		if guard.NeedsSecondFactor(guard.Roles(v.Actor.UserID, community.ID, day)) {
			v.Office = append(v.Office, office{community.Name, "/admin/" + community.Code})
		}
	}
	return web.Render(c, fiber.StatusOK, meHome(v))
}
