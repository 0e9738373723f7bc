package portal

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/web"
)

// Binding the official account: the person goes to WeChat, comes back with a
// code, and confirms; a job exchanges the code. Coming back changes nothing by
// itself, since it is a GET that anybody could have prepared.

const (
	pendingWeChat = "wechat"
	weChatGate    = "https://open.weixin.qq.com/connect/oauth2/authorize"
)

type weChatState struct {
	State string `json:"state"`
}

func (p *Portal) weChatRoutes() []web.Route {
	if p.WeChatApp == "" {
		return nil
	}
	return []web.Route{
		{Method: "GET", Path: "/me/wechat", Object: web.Self, Handle: p.toWeChat},
		{Method: "GET", Path: "/me/wechat/back", Object: web.Self, Handle: p.fromWeChat},
		{Method: "POST", Path: "/me/wechat/bind", Object: web.Self, Handle: p.bindWeChat},
	}
}

// toWeChat sends the browser to WeChat with a state that only this device can
// bring back. It is a link and not a form: the content policy keeps forms, and
// where they lead, on this site.
func (p *Portal) toWeChat(c *fiber.Ctx) error {
	state, _ := web.NewSecret()
	if err := p.keep(c, pendingWeChat, weChatState{state}); err != nil {
		return err
	}
	v := url.Values{"appid": {p.WeChatApp}, "redirect_uri": {web.PageOf(c).Absolute("/me/wechat/back")}, "response_type": {"code"},
		"scope": {"snsapi_base"}, "state": {state}}
	return c.Redirect(weChatGate+"?"+v.Encode()+"#wechat_redirect", fiber.StatusSeeOther)
}

type weChatView struct {
	*web.Page
	Code string
}

func (p *Portal) fromWeChat(c *fiber.Ctx) error {
	var s weChatState
	if !p.kept(c, pendingWeChat, &s) || c.Query("state") != s.State || s.State == "" {
		return problem.New(problem.Conflict, "me.wechat.code", nil)
	}
	v := weChatView{mePage(c, web.PageOf(c).T("me.wechat.title")), c.Query("code")}
	return web.Render(c, fiber.StatusOK, weChatPage(v))
}

func (p *Portal) bindWeChat(c *fiber.Ctx) error {
	if err := p.Store.AskWeChat(web.Context(c), web.ActorOf(c), web.FormOf(c).Raw("code")); err != nil {
		return err
	}
	p.drop(c, pendingWeChat)
	return web.Redirect(c, "/me/profile?wechat=1")
}
