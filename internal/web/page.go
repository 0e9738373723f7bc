package web

import (
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/problem"
	"juwu/internal/web/ui"
	"juwu/models"
)

// Page is what a view knows of its request: the reader's language and look,
// who reads, where. A handler sets the upper fields, a view asks the methods.
// On a page from Cached the Actor is always the visitor's.
type Page struct {
	Title       string // the <title>, before the community's name
	Description string // for search engines
	NoIndex     bool   // names people, or is private; set by itself for everybody who is logged in
	Band        string // stands above everything on the page: this is a demonstration
	Wide        bool   // uses the width of a desktop
	Bare        bool   // a board sheet: no bars, no footer
	Place       string // which of the four places this is: "home", "open", "together", "me"
	Back        ui.Link
	Sections    []ui.Link // tabs of one subject
	Feeds       []ui.Feed
	Scripts     []string // further modules by plain name: "photo.js"
	Refresh     int      // seconds after which a page of progress asks again; 0 never

	Lang      string // "zh-CN", "en"
	Care      bool   // 长辈版
	Theme     string // "", "light" or "dark"
	Path      string // of this page, without the query
	Community *models.Community
	Actor     models.Actor
	Now       time.Time
	Demo      bool

	words  *i18n.Words
	c      *fiber.Ctx // nil on pages that are the same for everybody
	r      *request
	here   string     // where a switch of the shell leads back to
	values url.Values // of the fields
	params map[string]string
	query  url.Values // what a cached page may know of its address
	errors []ui.FieldProblem
}

// PageOf is the page of the request; always the same one.
func PageOf(c *fiber.Ctx) *Page {
	r := of(c)
	if r.page == nil {
		r.page = r.newPage(c)
		r.page.c = c
		r.page.Actor = ActorOf(c)
		r.page.here = returnTo(c)
	}
	return r.page
}

// newPage is the page without anything that depends on who asks.
func (r *request) newPage(c *fiber.Ctx) *Page {
	return &Page{
		here: c.Path(), values: url.Values{}, query: url.Values{}, params: r.params(c),
		Lang: r.words.Tag, Care: r.look.care, Theme: r.look.theme, Path: c.Path(),
		Community: r.community, Now: r.now, Demo: r.s.opt.Demo, words: r.words, r: r,
	}
}

// params are the parts of the address; Fiber has none of a request that no
// route took, and fails if asked.
func (r *request) params(c *fiber.Ctx) map[string]string {
	if r.route == noRoute {
		return nil
	}
	return c.AllParams()
}

// T is the text of a key. Arguments come as name, value, name, value.
func (p *Page) T(key string, args ...any) string {
	if len(args) == 0 {
		return p.words.At(p.Now, key, nil)
	}
	m := make(problem.Args, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		m[args[i].(string)] = args[i+1] // a test sees any other type at once
	}
	return p.words.At(p.Now, key, m)
}

// Says tells whether a key made at run time has words.
func (p *Page) Says(key string) bool { return p.words.Has(key) }

// Chinese is the page in Chinese, whoever reads it: for the words of what hangs on
// the community's board.
func (p *Page) Chinese() *Page {
	zh := *p
	zh.words = p.r.s.opt.Words.Lang(boardLanguage)
	zh.Lang = zh.words.Tag
	return &zh
}

const boardLanguage = "zh-CN"

// Text is the text of a key with arguments that were made elsewhere.
func (p *Page) Text(t problem.Text) string { return p.words.At(p.Now, t.Key, t.Args) }

// Money is an amount without its unit: 1,286.40.
func (p *Page) Money(f models.Fen) string { return p.words.Money(f) }

// Int is a number with separators.
func (p *Page) Int(n int) string { return p.words.Int(int64(n)) }

// Day is a civil day as people say it.
func (p *Page) Day(d models.Date) string { return p.words.Day(p.Now, d) }

// FullDay is a civil day as a document has it: the year always, no weekday.
func (p *Page) FullDay(d models.Date) string { return p.words.FullDay(d) }

// Month is a civil month as people say it.
func (p *Page) Month(m models.Month) string { return p.words.Month(m) }

// Moment is an instant to the minute.
func (p *Page) Moment(t time.Time) string { return p.words.Moment(p.Now, t) }

// Left tells how far away a day is: 还有 3 天.
func (p *Page) Left(d models.Date) string { return p.words.Left(p.Now, d) }

// Ago tells how long ago an instant was.
func (p *Page) Ago(t time.Time) string { return p.words.Ago(p.Now, t) }

// Today is the civil day of the request.
func (p *Page) Today() models.Date { return models.DateOf(p.Now) }

// LoggedIn tells whether somebody is logged in.
func (p *Page) LoggedIn() bool { return p.Actor.UserID != 0 }

// URL is an address within the community of the page, of escaped parts:
// p.URL("accounts", month) is /hemuli/accounts/2026-07.
func (p *Page) URL(parts ...string) string { return join(p.communityPath(), parts) }

// AdminURL is the same below /admin.
func (p *Page) AdminURL(parts ...string) string { return join("/admin"+p.communityPath(), parts) }

// Absolute is a path with the site's own name, never that of the request.
func (p *Page) Absolute(path string) string { return p.r.s.opt.BaseURL + path }

func (p *Page) communityPath() string {
	if p.Community == nil {
		return ""
	}
	return "/" + p.Community.Code
}

func join(base string, parts []string) string {
	var b strings.Builder
	b.WriteString(base)
	for _, part := range parts {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(part))
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}

// CSRF is the form token; it marks the browser. Pages from Cached have none.
func (p *Page) CSRF() string {
	if p.c == nil {
		panic("web: a cached page cannot hold a form: " + p.Path)
	}
	return p.r.token(p.c)
}

// Hidden are a form's hidden fields: the token, then name, value, name, value.
func (p *Page) Hidden(pairs ...string) []ui.HiddenField {
	f := []ui.HiddenField{{Name: CSRFField, Value: p.CSRF()}}
	for i := 0; i+1 < len(pairs); i += 2 {
		f = append(f, ui.HiddenField{Name: pairs[i], Value: pairs[i+1]})
	}
	return f
}

// Query is a value of the address, at most 200 characters. On a cached page
// it is the value that the cache was told to keep.
func (p *Page) Query(name string) string {
	if p.c == nil {
		return p.query.Get(name)
	}
	if v := clean(p.c.Query(name), false); utf8.RuneCountInString(v) <= maxQuery {
		return v
	}
	return ""
}

const maxQuery = 200

// Param is a part of the address by its name in the route.
func (p *Page) Param(name string) string { return p.params[name] }

// ParamID is a part of the address that names a thing; 0 if it does not.
func (p *Page) ParamID(name string) models.ID {
	id, _ := models.ParseID(p.params[name])
	return id
}
