package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
)

// formSite has one form that answers "changed" when it was taken.
func formSite(t *testing.T) *site {
	st := newSite(t, nil)
	st.Mount([]Route{
		{Method: "GET", Path: "/:community/ask", Object: Public, Handle: func(c *fiber.Ctx) error {
			return Render(c, 200, text("token:"+PageOf(c).CSRF()+";"))
		}},
		{Method: "POST", Path: "/:community/ask", Object: Public, Handle: func(c *fiber.Ctx) error { return c.SendString("changed") }},
	})
	return st
}

// open asks for the form and gives its token and the cookies that came with it.
func (st *site) open(t *testing.T, cookie string) (token, cookies string) {
	t.Helper()
	a := st.get(t, "/hemuli/ask", "Cookie", cookie)
	_, rest, ok1 := strings.Cut(a.body, "token:")
	token, _, ok2 := strings.Cut(rest, ";")
	if !ok1 || !ok2 {
		t.Fatalf("no token: %d %s", a.StatusCode, a.body)
	}
	all := []string{cookie}
	for _, c := range a.Cookies() {
		all = append(all, c.Name+"="+c.Value)
	}
	return token, strings.Trim(strings.Join(all, "; "), "; ")
}

func TestCSRF(t *testing.T) {
	st := formSite(t)
	session := st.login(resident)
	mine, mineCookies := st.open(t, session)
	visitor, visitorCookies := st.open(t, "")
	other, _ := st.open(t, st.login(resident))
	same := []string{"Origin", "https://juwu.example.cn", "Sec-Fetch-Site", "same-origin"}
	for _, tc := range []struct {
		name, token, cookies string
		headers              []string
		code                 int
	}{
		{"own form", mine, mineCookies, same, 200},
		{"own form, a browser that says nothing", mine, mineCookies, nil, 200},
		{"own form, origin only", mine, mineCookies, []string{"Origin", "https://juwu.example.cn"}, 200},
		{"own form, the host it was asked at", mine, mineCookies, []string{"Origin", "http://example.com"}, 200},
		{"visitor", visitor, visitorCookies, same, 200},
		{"no token", "", mineCookies, same, 403},
		{"no token, no origin", "", mineCookies, nil, 403},
		{"token of another session", other, mineCookies, same, 403},
		{"token of the visitor", visitor, mineCookies, same, 403},
		{"session token without the session", mine, "", same, 403},
		{"visitor token without the cookie", visitor, "", same, 403},
		{"changed token", changed(mine), mineCookies, same, 403},
		{"short token", mine[:20], mineCookies, same, 403},
		{"not base64", "***", mineCookies, same, 403},
		{"other site", mine, mineCookies, []string{"Origin", "https://evil.example"}, 403},
		{"other site by fetch metadata", mine, mineCookies, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"sister site", mine, mineCookies, []string{"Sec-Fetch-Site", "same-site", "Origin", "https://www.example.cn"}, 403},
		{"typed by hand", mine, mineCookies, []string{"Sec-Fetch-Site", "none"}, 403},
		{"null origin", mine, mineCookies, []string{"Origin", "null"}, 403},
		{"beginning of our name", mine, mineCookies, []string{"Origin", "https://juwu.example.cn.evil.example"}, 403},
		{"our name before the at sign", mine, mineCookies, []string{"Origin", "https://juwu.example.cn@evil.example"}, 403},
	} {
		a := st.post(t, "/hemuli/ask", CSRFField+"="+tc.token, append([]string{"Cookie", tc.cookies}, tc.headers...)...)
		if a.StatusCode != tc.code || (a.body == "changed") != (tc.code == 200) {
			t.Errorf("%s: %d, want %d", tc.name, a.StatusCode, tc.code)
		}
	}
	again, _ := st.open(t, mineCookies)
	if again == mine {
		t.Error("the token looks the same twice: its bytes can be guessed from the length of the page")
	}
}

// TestGETChangesNothing: other methods are refused, and a POST address does
// not answer a GET.
func TestMethods(t *testing.T) {
	st := formSite(t)
	for _, m := range []string{"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "FOO"} {
		r, err := http.NewRequest(m, "http://example.com/hemuli/ask", nil)
		if err != nil {
			t.Fatal(err)
		}
		a := st.do(t, r)
		if a.StatusCode != 405 || a.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d %v", m, a.StatusCode, a.Header)
		}
	}
	if a := st.get(t, "/look"); a.StatusCode == 200 {
		t.Errorf("GET /look: %d", a.StatusCode)
	}
}

func TestForms(t *testing.T) {
	st := formSite(t)
	token, cookies := st.open(t, "")
	r, err := http.NewRequest("POST", "http://example.com/hemuli/ask", strings.NewReader(`{"csrf":"`+token+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	if a := st.do(t, with(r, []string{"Cookie", cookies, "Content-Type", "application/json"})); a.StatusCode != 415 {
		t.Errorf("JSON: %d", a.StatusCode)
	}
	if a := st.post(t, "/hemuli/ask", "csrf="+token+"&x="+strings.Repeat("y", formBody), "Cookie", cookies); a.StatusCode != 413 {
		t.Errorf("large: %d", a.StatusCode)
	}
	if a := st.post(t, "/hemuli/ask", "csrf="+token+strings.Repeat("&a=1", maxFields), "Cookie", cookies); a.StatusCode != 422 {
		t.Errorf("many fields: %d", a.StatusCode)
	}
	if a := st.post(t, "/hemuli/ask", "%zz=1", "Cookie", cookies); a.StatusCode != 422 {
		t.Errorf("broken: %d", a.StatusCode)
	}
}

// changed is the token with another first letter.
func changed(token string) string {
	if token[0] == 'A' {
		return "B" + token[1:]
	}
	return "A" + token[1:]
}
