package portal

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/policy"
)

// loginRoutes: two pages, telephone and code. Everybody sees the same ones.
func (p *Portal) loginRoutes() []web.Route {
	return []web.Route{
		{Method: "GET", Path: "/login", Object: web.Public, Handle: p.loginForm},
		{Method: "POST", Path: "/login", Object: web.Public, Handle: p.login},
		{Method: "GET", Path: "/login/code", Object: web.Public, Handle: p.codeForm},
		{Method: "POST", Path: "/login/code", Object: web.Public, Handle: p.code},
		{Method: "POST", Path: "/login/again", Object: web.Public, Handle: p.codeAgain},
		{Method: "POST", Path: "/logout", Object: web.Self, Handle: p.logout},
		{Method: "GET", Path: "/login/second", Object: web.Self, Handle: p.secondForm},
		{Method: "POST", Path: "/login/second", Object: web.Self, Handle: p.second},
		{Method: "POST", Path: "/login/second/recovery", Object: web.Self, Handle: p.recovery},
		{Method: "POST", Path: "/login/second/begin", Object: web.Self, Handle: p.beginEnrolment},
		{Method: "POST", Path: "/login/second/finish", Object: web.Self, Handle: p.finishEnrolment},
		{Method: "GET", Path: "/privacy", Object: web.Public, Handle: web.Cached([]string{}, nil, p.privacy)},
	}
}

const pendingLogin = "login"

// loginState waits between the two pages.
type loginState struct {
	Phone  string `json:"phone"`
	Next   string `json:"next"`
	Agreed string `json:"agreed"`
}

// placeAfterLogin is where one goes when no page was asked for.
const placeAfterLogin = "/me"

func (p *Portal) loginForm(c *fiber.Ctx) error {
	page := web.PageOf(c)
	next := web.SafePath(page.Query("next"), placeAfterLogin)
	if page.LoggedIn() {
		return web.Redirect(c, next)
	}
	return p.showLogin(c, next)
}

func (p *Portal) showLogin(c *fiber.Ctx, next string) error {
	view, err := p.loginPage(c, next)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, loginView(view))
}

// loginPageView is what the first page shows.
type loginPageView struct {
	*web.Page
	Next  string
	Known bool // somebody has agreed to the rules on this device before
	Hall  bool // a tablet at a polling place: the browser must not offer the telephone of the one before
}

func (v loginPageView) phone() ui.Field {
	f := v.Field("phone", "login.phone.label", "login.phone.hint")
	if v.Hall {
		f.Autocomplete = "off"
	}
	return f
}

func (p *Portal) loginPage(c *fiber.Ctx, next string) (loginPageView, error) {
	page := web.PageOf(c)
	page.Title, page.Place, page.NoIndex = page.T("login.title"), "me", true
	known, err := p.Store.KnownDevice(web.Context(c), web.DeviceHash(c))
	return loginPageView{page, next, known, web.Hall(c) != ""}, err
}

func (p *Portal) login(c *fiber.Ctx) error {
	f := web.FormOf(c)
	next := web.SafePath(f.Raw("next"), placeAfterLogin)
	view, err := p.loginPage(c, next)
	if err != nil {
		return err
	}
	s := loginState{Phone: f.Phone("phone"), Next: next}
	if f.Bool("agree") {
		s.Agreed = store.RulesVersion
	} else if !view.Known {
		f.Add("agree", "login.agree.needed", nil)
	}
	if err = f.Err(); err == nil {
		err = p.Store.RequestCode(web.Context(c), s.Phone, deviceOf(c), store.PurposeLogin)
	}
	if err == nil {
		err = p.keep(c, pendingLogin, s)
	}
	if err != nil {
		return web.Again(c, err, loginView(view))
	}
	return web.Redirect(c, "/login/code")
}

// codePageView is what the second page shows.
type codePageView struct {
	*web.Page
	Phone string // masked
	Again bool   // a new code has just been sent
	Agree bool   // the rules have to be agreed to after all
}

func (p *Portal) codePage(c *fiber.Ctx) (codePageView, loginState, bool) {
	var s loginState
	if !p.kept(c, pendingLogin, &s) {
		return codePageView{}, s, false
	}
	page := web.PageOf(c)
	page.Title, page.Place, page.NoIndex = page.T("login.code.title"), "me", true
	page.Back = ui.Link{Text: page.T("login.phone.other"), Href: "/login?next=" + url.QueryEscape(s.Next)}
	return codePageView{Page: page, Phone: policy.MaskPhone(s.Phone), Again: page.Query("sent") != ""}, s, true
}

func (p *Portal) codeForm(c *fiber.Ctx) error {
	view, _, ok := p.codePage(c)
	if !ok {
		return web.Redirect(c, "/login")
	}
	return web.Render(c, fiber.StatusOK, codeView(view))
}

func (p *Portal) code(c *fiber.Ctx) error {
	view, s, ok := p.codePage(c)
	if !ok {
		return web.Redirect(c, "/login")
	}
	f := web.FormOf(c)
	code := f.Text("code", 12)
	d := deviceOf(c)
	if d.Agreed = s.Agreed; f.Bool("agree") {
		d.Agreed = store.RulesVersion
	}
	err := f.Err()
	var opened store.Opened
	if err == nil {
		opened, err = p.Store.UseCode(web.Context(c), s.Phone, d, store.PurposeLogin, code)
	}
	if err != nil {
		pr := problem.As(err)
		view.Agree = pr != nil && pr.Fields["agree"].Key != ""
		return web.Again(c, err, codeView(view))
	}
	p.enter(c, opened)
	p.drop(c, pendingLogin)
	return web.Redirect(c, s.Next)
}

// enter gives the browser its session, and its language the first time.
func (p *Portal) enter(c *fiber.Ctx, o store.Opened) {
	web.SetSession(c, o.Token, o.Until)
}

func (p *Portal) codeAgain(c *fiber.Ctx) error {
	view, s, ok := p.codePage(c)
	if !ok {
		return web.Redirect(c, "/login")
	}
	err := p.Store.RequestCode(web.Context(c), s.Phone, deviceOf(c), store.PurposeLogin)
	if err == nil {
		err = p.keep(c, pendingLogin, s) // the new code lives from now
	}
	if err != nil {
		return web.Again(c, err, codeView(view))
	}
	return web.Redirect(c, "/login/code?sent=1")
}

// logout ends the session on the server and everything the browser keeps of
// it. Cached public pages stay: they belong to everybody.
func (p *Portal) logout(c *fiber.Ctx) error {
	if err := p.Store.EndSession(web.Context(c), web.ActorOf(c), web.SessionHash(c)); err != nil {
		return err
	}
	web.ClearSession(c)
	c.Set("Clear-Site-Data", `"storage"`)
	return web.Redirect(c, "/login?out=1")
}
