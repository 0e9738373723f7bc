package web

import (
	"juwu/internal/web/ui"
)

// Addresses of the authorities' registers of filing numbers.
const icpRegister = "https://beian.miit.gov.cn/"

func (p *Page) shell() ui.ShellProps {
	s := ui.ShellProps{
		Lang: p.Lang, Title: p.documentTitle(), Description: p.Description,
		Care: p.Care, Theme: p.Theme, Wide: p.Wide, Bare: p.Bare,
		NoIndex: p.NoIndex || p.LoggedIn(),
		Band:    p.Band, Skip: p.T("shell.skip"), ReadAloud: p.T("shell.read"), ReadStop: p.T("shell.read.stop"),
		Community: p.T("shell.name"), CommunityHref: "/", CommunityHint: p.T("shell.community.change"),
		CareSwitch: p.careSwitch(), Language: p.languageSwitch(),
		Back: p.Back, SectionsLabel: p.T("shell.sections"), Sections: p.Sections,
		NavLabel: p.T("shell.nav"), Nav: p.places(), Offline: p.T("shell.offline"),
		Feeds: p.Feeds, Scripts: p.Scripts, Refresh: p.Refresh, Footer: p.footer(),
	}
	if p.Community != nil {
		s.Community = p.Community.Name
	}
	if !s.NoIndex {
		s.Canonical = p.Absolute(p.Path)
	}
	if s.Sections == nil && !p.Bare && p.r.s.opt.Sections != nil { // a wall or a sheet has no tabs
		s.Sections = p.r.s.opt.Sections(p)
	}
	return s
}

func (p *Page) documentTitle() string {
	name := p.T("shell.name")
	if p.Community != nil {
		name = p.Community.Name
	}
	if p.Title == "" {
		return name
	}
	return p.Title + " \u00b7 " + name
}

// careSwitch and languageSwitch are forms without a token: they change nothing
// but a preference in the browser, so that a cached page can hold them.
func (p *Page) careSwitch() ui.Switch {
	s := ui.Switch{Text: p.T("shell.care.on"), Action: "/look", Fields: []ui.HiddenField{{Name: "care", Value: "1"}, {Name: "next", Value: p.here}}}
	if p.Care {
		s.Text, s.Fields[0].Value = p.T("shell.care.off"), "0"
	}
	return s
}

func (p *Page) languageSwitch() ui.Switch {
	other := p.otherLanguage()
	return ui.Switch{
		Text: other.T("shell.language", nil), Lang: other.Tag, Action: "/lang/" + other.Tag,
		Fields: []ui.HiddenField{{Name: "next", Value: p.here}},
	}
}

// places are the four places of every resident's page.
func (p *Page) places() []ui.Link {
	if p.Bare {
		return nil
	}
	me := ui.Link{Text: p.T("shell.me"), Href: "/me", Icon: ui.IconPerson, Current: p.Place == "me"}
	if p.Community == nil {
		return []ui.Link{{Text: p.T("shell.home"), Href: "/", Icon: ui.IconHome, Current: p.Place == "home"}, me}
	}
	return []ui.Link{
		{Text: p.T("shell.home"), Href: p.URL(), Icon: ui.IconHome, Current: p.Place == "home"},
		{Text: p.T("shell.open"), Href: p.URL("disclosures"), Icon: ui.IconDisclose, Current: p.Place == "open"},
		{Text: p.T("shell.together"), Href: p.URL("activities"), Icon: ui.IconTogether, Current: p.Place == "together"},
		me,
	}
}

func (p *Page) footer() ui.Footer {
	info := p.r.s.opt.Footer
	f := ui.Footer{ICP: info.ICP, Police: info.Police, PoliceHref: info.PoliceHref}
	if info.ICP != "" {
		f.ICPHref = icpRegister
	}
	if p.Community != nil {
		f.Links = append(f.Links, ui.Link{Text: p.T("shell.powers"), Href: p.URL("powers")})
	}
	if p.Demo {
		f.Lines = append(f.Lines, p.T("shell.demo"))
	}
	return f
}
