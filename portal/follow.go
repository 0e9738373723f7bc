package portal

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
)

// followRoutes: be told when something of the community changes.
func (p *Portal) followRoutes() []web.Route {
	const path = "/:community/follow/:subject"
	return []web.Route{
		{Method: "GET", Path: path, Object: web.Public, Handle: p.followForm},
		{Method: "POST", Path: path, Object: web.Public, Handle: p.follow},
		{Method: "POST", Path: path + "/end", Object: web.Self, Handle: p.unfollow},
	}
}

var followNames = i18n.Family("follow.title.")

// followView is the page of one subject.
type followView struct {
	*web.Page
	Subject   string
	Following bool
	Done      bool
}

func (p *Portal) followPage(c *fiber.Ctx) (*followView, error) {
	page := web.PageOf(c)
	subject := page.Param("subject")
	if !slices.Contains(store.FollowSubjects, subject) {
		return nil, errNotFound()
	}
	page.Title, page.Place, page.NoIndex = page.T(followNames.Key(subject)), "open", true
	page.Back = ui.Link{Text: page.T("account.title"), Href: page.URL("accounts")}
	if subject != "accounts" {
		page.Back = ui.Link{Text: page.T("shell.open"), Href: page.URL("disclosures")}
	}
	on, err := p.Store.In(page.Community).Follows(web.Context(c), page.Actor, subject)
	return &followView{page, subject, on, page.Query("done") != ""}, err
}

func (p *Portal) followForm(c *fiber.Ctx) error {
	v, err := p.followPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, followPage(v))
}

// follow begins; who is not logged in goes on to telephone and code.
func (p *Portal) follow(c *fiber.Ctx) error {
	v, err := p.followPage(c)
	if err != nil {
		return err
	}
	a := act{Kind: actFollow, Community: v.Community.ID, Subject: v.Subject, Back: v.Path}
	to := v.URL("confirm")
	if v.LoggedIn() {
		to, err = p.carryOut(c, v.Actor, a)
	} else {
		err = p.keep(c, pendingAct, a)
	}
	if err != nil {
		return err
	}
	return web.Redirect(c, to)
}

func (p *Portal) unfollow(c *fiber.Ctx) error {
	v, err := p.followPage(c)
	if err != nil {
		return err
	}
	if err := p.Store.In(v.Community).SetFollow(web.Context(c), v.Actor, v.Subject, false); err != nil {
		return err
	}
	return web.Redirect(c, v.URL("follow", v.Subject))
}
