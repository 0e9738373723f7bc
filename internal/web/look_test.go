package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
)

// elsewhere are ways to write another site's address, or no address at all.
var elsewhere = []string{
	"", "https://evil.example", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
	"/\n/evil.example", "http:evil.example", "javascript:alert(1)", "data:text/html,x", "evil.example", "/%5cevil.example",
	"/%2f%2fevil.example/..//", "//evil.example%2f..", " /hemuli", "/hemuli\r\nSet-Cookie: a=b", "/hemuli\x00", "//%0d%0aevil",
	"/" + strings.Repeat("a", maxPath), "/%2Fevil.example", "/\u2028", "?x", "#x", "https:/evil.example", "/%zz",
}

func TestSafePath(t *testing.T) {
	for _, path := range elsewhere {
		if got := SafePath(path, "/"); got != "/" && path != "/\u2028" {
			t.Errorf("%q leads to %q", path, got)
		}
	}
	for _, path := range []string{"/", "/hemuli", "/hemuli/accounts?page=2&q=%E6%B0%B4", "/hemuli#line-3", "/me", "/a//b", "/verify/JW1." + strings.Repeat("a", 2000)} {
		if got := SafePath(path, "/no"); got != path {
			t.Errorf("%q became %q", path, got)
		}
	}
}

func TestNoOpenRedirect(t *testing.T) {
	st := newSite(t, nil)
	for _, path := range elsewhere {
		form := "care=1&next=" + escape(path)
		for _, to := range []string{"/look", "/lang/en"} {
			a := st.post(t, to, form, "Sec-Fetch-Site", "same-origin")
			loc := a.Header.Get("Location")
			if a.StatusCode != 303 || !strings.HasPrefix(loc, "/") || strings.HasPrefix(loc, "//") || strings.Contains(loc, "evil.example") && !strings.HasPrefix(loc, "/hemuli") {
				t.Errorf("%s next %q: %d %q", to, path, a.StatusCode, loc)
			}
			if len(a.Header.Values("Set-Cookie")) != 1 {
				t.Errorf("%s next %q: cookies %v", to, path, a.Header.Values("Set-Cookie"))
			}
		}
	}
	if a := st.post(t, "/look", "care=1&next=/", "Origin", "https://evil.example"); a.StatusCode != 403 {
		t.Errorf("from elsewhere: %d", a.StatusCode)
	}
}

func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		const hex = "0123456789ABCDEF"
		b.WriteByte('%')
		b.WriteByte(hex[s[i]>>4])
		b.WriteByte(hex[s[i]&15])
	}
	return b.String()
}

func lookSite(t *testing.T) *site {
	st := newSite(t, nil)
	st.Mount([]Route{{Method: "GET", Path: "/:community", Object: Public, Handle: func(c *fiber.Ctx) error {
		p := PageOf(c)
		return Render(c, 200, text(p.Lang+"|"+p.Theme+"|"+map[bool]string{true: "care"}[p.Care]))
	}}})
	return st
}

func TestLook(t *testing.T) {
	st := lookSite(t)
	cookie := ""
	for _, tc := range []struct{ path, form, want string }{
		{"/look", "care=1", "zh-CN||care"},
		{"/look", "theme=dark", "zh-CN|dark|care"},
		{"/lang/en", "", "en|dark|care"},
		{"/look", "theme=pink", "en||care"},
		{"/look", "care=0&theme=light", "en|light|"},
		{"/lang/zh-CN", "", "zh-CN|light|"},
	} {
		a := st.post(t, tc.path, tc.form+"&next=/hemuli?page=2", "Cookie", cookie, "Sec-Fetch-Site", "same-origin")
		if a.StatusCode != 303 || a.Header.Get("Location") != "/hemuli?page=2" || len(a.Cookies()) != 1 {
			t.Fatalf("%s %s: %d %q", tc.path, tc.form, a.StatusCode, a.Header.Get("Location"))
		}
		cookie = a.Cookies()[0].Name + "=" + a.Cookies()[0].Value
		if b := st.get(t, "/hemuli", "Cookie", cookie); !strings.Contains(b.body, "<p>"+tc.want+"</p>") {
			t.Errorf("%s %s: want %s in %s", tc.path, tc.form, tc.want, b.body)
		}
	}
	for _, bad := range []string{"1.dark.xx", "x", "1.dark", "..", "1.<script>.en", strings.Repeat("1.", 500)} {
		if b := st.get(t, "/hemuli", "Cookie", lookCookie+"="+bad); !strings.Contains(b.body, "<p>zh-CN||</p>") {
			t.Errorf("%q counts", bad)
		}
	}
	if a := st.post(t, "/lang/xx", "next=/", "Sec-Fetch-Site", "same-origin"); a.StatusCode != 404 {
		t.Errorf("unknown language: %d", a.StatusCode)
	}
}

// TestLanguageInAddress: a QR code on a board leads to a language.
func TestLanguageInAddress(t *testing.T) {
	st := lookSite(t)
	a := st.get(t, "/hemuli?page=2&lang=en")
	if a.StatusCode != 303 || a.Header.Get("Location") != "/hemuli?page=2" || len(a.Cookies()) != 1 {
		t.Fatalf("%d %q %v", a.StatusCode, a.Header.Get("Location"), a.Cookies())
	}
	if a := st.get(t, "/hemuli?lang=xx"); a.StatusCode != 200 {
		t.Errorf("unknown language: %d", a.StatusCode)
	}
	if a := st.get(t, "//evil.example/?lang=en"); strings.HasPrefix(a.Header.Get("Location"), "//") {
		t.Errorf("leads to %q", a.Header.Get("Location"))
	}
}

func TestCookies(t *testing.T) {
	st := newSite(t, func(o *Options) { o.Secure = true })
	st.Mount([]Route{{Method: "GET", Path: "/in", Object: Public, Handle: func(c *fiber.Ctx) error {
		value, _ := NewSecret()
		SetSession(c, value, noon.AddDate(0, 0, 30))
		DeviceHash(c)
		return Redirect(c, "/")
	}}})
	a := st.get(t, "/in")
	if len(a.Cookies()) != 2 {
		t.Fatalf("%v", a.Cookies())
	}
	for _, c := range a.Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite == 0 || len(c.Value) != 43 {
			t.Errorf("%+v", c)
		}
	}
	if h := a.Header.Get("Strict-Transport-Security"); !strings.Contains(h, "max-age=63072000") {
		t.Errorf("HSTS %q", h)
	}
}

// FuzzSafePath: whatever stands in next, a browser stays on this site.
func FuzzSafePath(f *testing.F) {
	for _, s := range elsewhere {
		f.Add(s)
	}
	base := &url.URL{Scheme: "https", Host: "juwu.example.cn", Path: "/"}
	f.Fuzz(func(t *testing.T, s string) {
		got := SafePath(s, "/")
		u, err := base.Parse(got)
		if err != nil || u.Host != base.Host || u.Scheme != "https" || got[0] != '/' || len(got) > 1 && (got[1] == '/' || got[1] == '\\') {
			t.Errorf("%q leads to %q", s, got)
		}
	})
}
