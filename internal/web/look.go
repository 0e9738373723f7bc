package web

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"juwu/i18n"
)

// look is how a browser wants its pages: kept in one readable cookie, because
// it is a preference of the device in the hand, not of a person.
type look struct {
	care  bool
	theme string // "", "light", "dark"
	lang  string // "" follows the browser
	words *i18n.Words
}

const (
	lookCookie = "juwu-look"
	lookYears  = 1
)

// looks are all values that the cookie can have. Anything else counts as no
// preference: the look is part of cache keys, and a stranger writes cookies.
func looks(words *i18n.Catalog) map[string]look {
	all := map[string]look{}
	for _, care := range []bool{false, true} {
		for _, theme := range []string{"", "light", "dark"} {
			for _, lang := range append([]string{""}, i18n.Tags...) {
				l := look{care: care, theme: theme, lang: lang}
				if lang != "" {
					l.words = words.Lang(lang)
				}
				all[l.String()] = l
			}
		}
	}
	return all
}

// lookOf reads the preference and chooses the words.
func (s *Server) lookOf(h *fasthttp.RequestHeader) look {
	l := s.looks[string(h.Cookie(lookCookie))]
	if l.words == nil {
		l.words = s.opt.Words.Match(h.Peek(fiber.HeaderAcceptLanguage))
	}
	return l
}

func (l look) String() string {
	care := "0"
	if l.care {
		care = "1"
	}
	return care + "." + l.theme + "." + l.lang
}

func (r *request) keepLook(c *fiber.Ctx, l look) {
	r.look = l
	c.Cookie(&fiber.Cookie{
		Name: lookCookie, Value: l.String(), Path: "/", Expires: r.now.AddDate(lookYears, 0, 0),
		Secure: r.s.opt.Secure, HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode,
	})
}

// chooseLanguage serves addresses with ?lang=en, as they stand behind QR codes
// and in hreflang links: the preference is kept and the address made plain.
func (r *request) chooseLanguage(c *fiber.Ctx) (done bool, err error) {
	args := c.Request().URI().QueryArgs()
	if c.Method() == fiber.MethodPost || !args.Has("lang") {
		return false, nil
	}
	tag := string(args.Peek("lang"))
	if !r.s.opt.Words.Has(tag) {
		return false, nil
	}
	l := r.look
	l.lang = r.s.opt.Words.Lang(tag).Tag
	r.keepLook(c, l)
	args.Del("lang")
	to := c.Path()
	if q := args.String(); q != "" {
		to += "?" + q
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return true, c.Redirect(SafePath(to, "/"), fiber.StatusSeeOther)
}

// postLanguage keeps the language of the switch on every page.
func postLanguage(c *fiber.Ctx) error {
	r, f := of(c), FormOf(c)
	tag := c.Params("tag")
	if !r.s.opt.Words.Has(tag) {
		return fiber.ErrNotFound
	}
	l := r.look
	l.lang = r.s.opt.Words.Lang(tag).Tag
	r.keepLook(c, l)
	return Redirect(c, f.Raw("next"))
}

// postLook keeps care mode and theme; a field that is not sent stays as it is.
func postLook(c *fiber.Ctx) error {
	r, f := of(c), FormOf(c)
	l := r.look
	if f.Has("care") {
		l.care = f.Raw("care") == "1"
	}
	if f.Has("theme") {
		l.theme = r.s.looks["0."+f.Raw("theme")+"."].theme
	}
	r.keepLook(c, l)
	return Redirect(c, f.Raw("next"))
}

// otherLanguage is the next language of the catalogue.
func (p *Page) otherLanguage() *i18n.Words {
	all := p.r.s.opt.Words.All()
	for i, w := range all {
		if w.Tag == p.Lang {
			return all[(i+1)%len(all)]
		}
	}
	return all[0]
}

// maxPath has room for the longest address there is: a certificate's, with the
// statement and its signature in it.
const maxPath = 2500

// SafePath is path if it leads to this site, else instead. Browsers read
// "//host", "/\host" and "/<tab>/host" as another site.
func SafePath(path, instead string) string {
	if path == "" || len(path) > maxPath || path[0] != '/' || strings.HasPrefix(path, "//") || strings.ContainsRune(path, '\\') {
		return instead
	}
	for i := range len(path) {
		if path[i] < 0x21 || path[i] == 0x7f {
			return instead
		}
	}
	u, err := url.Parse(path)
	if err != nil || u.Host != "" || u.Scheme != "" || u.User != nil || strings.HasPrefix(u.Path, "//") || strings.ContainsRune(u.Path, '\\') {
		return instead
	}
	return path
}
