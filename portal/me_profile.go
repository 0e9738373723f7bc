package portal

import (
	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

const langNames = i18n.Family("me.profile.lang.")

// channels are the values of the field, in order.
const (
	channelInbox = "inbox"
	channelSMS   = "sms"
	channelMP    = "mp"
)

type profileView struct {
	*web.Page
	HasMP   bool // the official account knows this person
	MayBind bool // there is an official account
	Saved   bool
}

func (p *Portal) profilePage(c *fiber.Ctx) (profileView, models.User, error) {
	v := profileView{Page: mePage(c, web.PageOf(c).T("me.profile.title"))}
	v.Saved = v.Query("saved") != ""
	u, err := p.Store.User(web.Context(c), v.Actor.UserID)
	v.HasMP, v.MayBind = len(u.MPOpenIDSeal) > 0, p.WeChatApp != ""
	return v, u, err
}

func (p *Portal) profileForm(c *fiber.Ctx) error {
	v, u, err := p.profilePage(c)
	if err != nil {
		return err
	}
	v.Set("name", u.Name)
	v.Set("lang", u.Lang)
	return web.Render(c, fiber.StatusOK, profilePage(v, chosen(u)))
}

func chosen(u models.User) map[string]bool {
	return map[string]bool{channelInbox: u.ChannelInbox, channelSMS: u.ChannelSMS, channelMP: u.ChannelMP}
}

func (p *Portal) profile(c *fiber.Ctx) error {
	v, u, err := p.profilePage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	in := store.Profile{Name: f.Optional("name", 50), ChannelInbox: true, Lang: web.Choice(f, "lang", append([]string{""}, i18n.Tags...)...)}
	for _, ch := range web.Choices(f, "channels", false, channelSMS, channelMP) {
		in.ChannelSMS = in.ChannelSMS || ch == channelSMS
		in.ChannelMP = in.ChannelMP || ch == channelMP && v.HasMP
	}
	if err = f.Err(); err == nil {
		err = p.Store.SetProfile(web.Context(c), v.Actor, in)
	}
	if err != nil {
		return web.Again(c, err, profilePage(v, chosen(u)))
	}
	return web.Redirect(c, "/me/profile?saved=1")
}

const pendingPhone = "phone"

type phoneState struct {
	Phone string `json:"phone"`
}

type phoneView struct {
	*web.Page
	Old, New string // masked
}

func (p *Portal) phonePage(c *fiber.Ctx) (phoneView, error) {
	v := phoneView{Page: mePage(c, web.PageOf(c).T("me.phone.title"))}
	u, err := p.Store.User(web.Context(c), v.Actor.UserID)
	if err != nil {
		return v, err
	}
	phone, err := p.Store.UserPhone(u)
	v.Old = policy.MaskPhone(phone)
	return v, err
}

func (p *Portal) phoneForm(c *fiber.Ctx) error {
	v, err := p.phonePage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, phonePage(v))
}

func (p *Portal) phone(c *fiber.Ctx) error {
	v, err := p.phonePage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	s := phoneState{f.Phone("phone")}
	if err = f.Err(); err == nil {
		err = p.Store.RequestPhoneChange(web.Context(c), v.Actor, deviceOf(c), s.Phone)
	}
	if err == nil {
		err = p.keep(c, pendingPhone, s)
	}
	if err != nil {
		return web.Again(c, err, phonePage(v))
	}
	return web.Redirect(c, "/me/phone/code")
}

func (p *Portal) phoneCodeForm(c *fiber.Ctx) error {
	v, err := p.phonePage(c)
	if err != nil {
		return err
	}
	var s phoneState
	if !p.kept(c, pendingPhone, &s) {
		return web.Redirect(c, "/me/phone")
	}
	v.New = policy.MaskPhone(s.Phone)
	return web.Render(c, fiber.StatusOK, phoneCodePage(v))
}

func (p *Portal) phoneCode(c *fiber.Ctx) error {
	v, err := p.phonePage(c)
	if err != nil {
		return err
	}
	var s phoneState
	if !p.kept(c, pendingPhone, &s) {
		return web.Redirect(c, "/me/phone")
	}
	v.New = policy.MaskPhone(s.Phone)
	f := web.FormOf(c)
	change := store.PhoneChange{NewPhone: s.Phone, OldCode: f.Text("old_code", 12), NewCode: f.Text("new_code", 12)}
	if err = f.Err(); err == nil {
		err = p.Store.ChangePhone(web.Context(c), v.Actor, deviceOf(c), change)
	}
	if err != nil {
		return web.Again(c, err, phoneCodePage(v))
	}
	p.drop(c, pendingPhone)
	return web.Redirect(c, "/me?phone=changed")
}

func nameField(v profileView) ui.Field {
	f := v.Optional("name", "me.profile.name", "me.profile.name.hint")
	f.Autocomplete = "name"
	return f
}

func labelled(f ui.Field, label string) ui.Field {
	f.Label = label
	return f
}

func langOptions(v profileView) []ui.Option {
	all := []ui.Option{{Value: "", Text: v.T("me.profile.lang.auto"), Checked: v.Value("lang") == ""}}
	for _, tag := range i18n.Tags {
		all = append(all, ui.Option{Value: tag, Text: v.T(langNames.Key(tag)), Checked: v.Value("lang") == tag})
	}
	return all
}

func channelField(v profileView) ui.Field {
	f := v.Field("channels", "me.profile.channels", "me.profile.channels.hint")
	f.Optional = v.T("form.optional")
	return f
}

func channelOptions(v profileView, chosen map[string]bool) []ui.Option {
	all := []ui.Option{
		{Value: channelInbox, Text: v.T("me.profile.channel.inbox"), Hint: v.T("me.profile.channel.inbox.hint"), Checked: true, Off: true},
		{Value: channelSMS, Text: v.T("me.profile.channel.sms"), Checked: chosen[channelSMS]},
	}
	if v.HasMP {
		all = append(all, ui.Option{Value: channelMP, Text: v.T("me.profile.channel.mp"), Checked: chosen[channelMP]})
	}
	return all
}
