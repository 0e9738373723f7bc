package ui

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"juwu/static"
)

// The gallery shows every component once, with the words of one community. It
// is rendered here, checked, and left in the folder that JUWU_GALLERY names for
// looking at.
var galleryModes = []struct {
	name             string
	page             func(ShellProps) templ.Component
	theme            string
	care, bare, wide bool
}{
	{name: "light", page: gallery},
	{name: "dark", page: gallery, theme: "dark"},
	{name: "care", page: gallery, theme: "light", care: true},
	{name: "care-dark", page: gallery, theme: "dark", care: true},
	{name: "done", page: galleryDone},
	{name: "confirm", page: galleryConfirm},
	{name: "blackout", page: galleryBlackout, wide: true},
	{name: "sheet", page: gallerySheets, bare: true},
}

func galleryShell() ShellProps {
	p := ShellProps{
		Lang: "zh-CN", Title: "账目 · 和睦里社区", Skip: "跳到正文",
		Community: "和睦里社区", CommunityHref: "/", CommunityHint: "换一个社区",
		CareSwitch: Switch{Text: "长辈版", Href: "?care=1"},
		Language:   Switch{Text: "English", Href: "?lang=en", Lang: "en"},
		ReadAloud:  "朗读", ReadStop: "停止",
		Back: Link{Text: "公开", Href: "/hemuli/disclosures"}, NavLabel: "主要页面",
		Nav: []Link{
			{Text: "首页", Href: "/hemuli", Icon: IconHome},
			{Text: "公开", Href: "/hemuli/disclosures", Icon: IconDisclose, Current: true},
			{Text: "参与", Href: "/hemuli/meetings", Icon: IconTogether},
			{Text: "我的", Href: "/me", Icon: IconPerson, Count: "2"},
		},
		SectionsLabel: "居务公开", Sections: []Link{{Text: "账目", Href: "#", Current: true}, {Text: "公告", Href: "#"}, {Text: "公开目录", Href: "#", Count: "1"}},
		Offline: "现在没有网络，这是 {date} 读到的内容",
		Feeds:   []Feed{{Title: "账目", Href: "/hemuli/accounts.atom", Type: "application/atom+xml"}},
		Footer: Footer{Links: []Link{{Text: "谁能看、谁能批", Href: "/hemuli/powers"}, {Text: "隐私", Href: "#"}},
			Lines: []string{"和睦里社区居民委员会"}, ICP: "沪ICP备00000000号", ICPHref: "https://beian.miit.gov.cn/", Police: "沪公网安备00000000号", PoliceHref: "https://beian.mps.gov.cn/"},
	}
	return p
}

func TestGallery(t *testing.T) {
	for _, m := range galleryModes {
		t.Run(m.name, func(t *testing.T) {
			p := galleryShell()
			p.Theme, p.Care, p.Bare, p.Wide = m.theme, m.care, m.bare, m.wide
			if m.care {
				p.CareSwitch.Text = "标准版"
			}
			if m.bare {
				p.Nav, p.Sections, p.Back = nil, nil, Link{}
			}
			page := []byte(render(t, m.page(p)))
			leave(t, m.name+".html", page)
			checkPage(t, page)
		})
	}
}

// leave puts the page, with the built files beside it, where it can be opened.
func leave(t *testing.T, name string, page []byte) {
	t.Helper()
	dir := os.Getenv("JUWU_GALLERY")
	if dir == "" {
		dir = t.TempDir()
	}
	if err := os.MkdirAll(filepath.Join(dir, "static"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, plain := range static.Names() {
		file := strings.TrimPrefix(static.URL(plain), static.Prefix)
		body, _, _, _, _ := static.File(file)
		if err := os.WriteFile(filepath.Join(dir, "static", file), body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	page = bytes.ReplaceAll(page, []byte(`="/static/`), []byte(`="static/`))
	if err := os.WriteFile(filepath.Join(dir, name), page, 0o644); err != nil {
		t.Fatal(err)
	}
}

var voidElements = strings.Fields("area base br col embed hr img input link meta source track wbr")

// checkPage holds what must be true of every page: elements closed in order,
// ids unique and every reference to one kept, no inline style or script, every
// control named.
func checkPage(t *testing.T, page []byte) {
	t.Helper()
	c := pageCheck{t: t, ids: map[string]bool{}}
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			c.finish()
			return
		case html.StartTagToken:
			c.open(z.Token())
		case html.SelfClosingTagToken:
			c.element(z.Token())
		case html.EndTagToken:
			c.close(z.Token())
		}
	}
}

type pageCheck struct {
	t     *testing.T
	stack []string
	ids   map[string]bool
	refs  []string
	h1    int
}

func (c *pageCheck) open(tok html.Token) {
	c.element(tok)
	if tok.Data == "form" && slices.Contains(c.stack, "form") {
		c.t.Error("a form within a form: browsers drop the inner one")
	}
	if !slices.Contains(voidElements, tok.Data) {
		c.stack = append(c.stack, tok.Data)
	}
	if tok.Data == "h1" {
		c.h1++
	}
}

func (c *pageCheck) close(tok html.Token) {
	if len(c.stack) == 0 || c.stack[len(c.stack)-1] != tok.Data {
		c.t.Fatalf("</%s> closes %v", tok.Data, c.stack)
	}
	c.stack = c.stack[:len(c.stack)-1]
}

func (c *pageCheck) element(tok html.Token) {
	if (tok.Data == "script" && value(tok, "src") == "") || tok.Data == "style" {
		c.t.Errorf("inline %s", tok)
	}
	for _, a := range tok.Attr {
		switch {
		case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
			c.t.Errorf("inline %s in %s", a.Key, tok)
		case a.Key == "id":
			if c.ids[a.Val] {
				c.t.Errorf("id %q stands twice", a.Val)
			}
			c.ids[a.Val] = true
		case slices.Contains([]string{"aria-describedby", "aria-labelledby", "for"}, a.Key):
			c.refs = append(c.refs, strings.Fields(a.Val)...)
		case a.Key == "href" && len(a.Val) > 1 && a.Val[0] == '#':
			c.refs = append(c.refs, a.Val[1:])
		}
	}
}

func (c *pageCheck) finish() {
	if len(c.stack) > 0 {
		c.t.Errorf("left open: %v", c.stack)
	}
	for _, r := range c.refs {
		if !c.ids[r] {
			c.t.Errorf("nothing has the id %q", r)
		}
	}
	if c.h1 != 1 {
		c.t.Errorf("%d h1, want 1", c.h1)
	}
}

func value(tok html.Token, name string) string {
	for _, a := range tok.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
