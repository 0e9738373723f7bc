package web

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"juwu/i18n"
	"juwu/internal/problem"
	"juwu/models"
)

// noon is the now of most tests: Monday 23 November 2026, 12:00 in Shanghai.
var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

var hemuli = &models.Community{ID: 7, Code: "hemuli", Name: "和睦里社区"}

// site is a server with a little world behind it.
type site struct {
	*Server
	log    *bytes.Buffer
	stamp  uint64
	fresh  bool
	actors map[string]models.Actor // by session hash
	now    time.Time
}

func words(t testing.TB) *i18n.Catalog {
	t.Helper()
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newSite(t testing.TB, change func(*Options)) *site {
	t.Helper()
	st := &site{log: &bytes.Buffer{}, fresh: true, actors: map[string]models.Actor{}, now: noon}
	opt := Options{
		BaseURL: "https://juwu.example.cn", Words: words(t),
		Now: func() time.Time { return st.now },
		Log: slog.New(slog.NewJSONHandler(st.log, nil)),
		Key: func(purpose string) []byte { return sha([]byte(purpose)) },
		Session: func(_ context.Context, hash []byte, _ time.Time) (models.Actor, error) {
			return st.actors[string(hash)], nil
		},
		Community: func(_ context.Context, code string) (*models.Community, error) {
			if code != hemuli.Code {
				return nil, problem.New(problem.NotFound, "error.notfound", nil)
			}
			return hemuli, nil
		},
		Stamp:      func(models.ID, ...string) uint64 { return st.stamp },
		AuthzFresh: func() bool { return st.fresh },
		May: func(a models.Actor, _ *models.Community, object, action string, _ time.Time) error {
			switch {
			case a.UserID == 0:
				return problem.New(problem.Unauthorized, "error.login", nil)
			case len(a.Appointments) == 0:
				return problem.New(problem.Forbidden, "error.notfound", nil).Because("row 7: " + object + " " + action)
			}
			return nil
		},
	}
	if change != nil {
		change(&opt)
	}
	s, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	st.Server = s
	return st
}

// login makes a session and gives its cookie.
func (st *site) login(a models.Actor) string {
	value, hash := NewSecret()
	st.actors[string(hash)] = a
	return st.cookieName(sessionCookie) + "=" + value
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body string
}

func (st *site) do(t testing.TB, r *http.Request) answer {
	t.Helper()
	res, err := st.App.Test(r, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res, string(b)}
}

func (st *site) get(t testing.TB, path string, headers ...string) answer {
	t.Helper()
	return st.do(t, with(httptest.NewRequest("GET", path, nil), headers))
}

func (st *site) post(t testing.TB, path, form string, headers ...string) answer {
	t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return st.do(t, with(r, headers))
}

func with(r *http.Request, headers []string) *http.Request {
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

// text is a component that writes its words escaped.
func text(s string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, "<p>"+templ.EscapeString(s)+"</p>")
		return err
	})
}

func TestPage(t *testing.T) {
	st := newSite(t, nil)
	st.Mount([]Route{{Method: "GET", Path: "/:community", Object: Public, Handle: func(c *fiber.Ctx) error {
		p := PageOf(c)
		p.Title = p.T("shell.open")
		return Render(c, 200, text(p.Day("2026-07-03")+p.Left("2026-11-26")+p.URL("accounts", "a/b")))
	}}})
	for _, tc := range []struct{ accept, want string }{
		{"", "7月3日 周五还有 3 天/hemuli/accounts/a%2Fb"},
		{"en-GB,en;q=0.9", "Fri 3 July3 days left/hemuli/accounts/a%2Fb"},
		{"fr", "Fri 3 July3 days left"},
		{"zh-TW", "7月3日 周五"},
	} {
		a := st.get(t, "/hemuli", "Accept-Language", tc.accept)
		if a.StatusCode != 200 || !strings.Contains(a.body, tc.want) {
			t.Errorf("%q: %d %s", tc.accept, a.StatusCode, a.body)
		}
	}
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// request is a GET as the server below sees it, without a connection.
func (st *site) request(path, cookie string) *fasthttp.RequestCtx {
	var req fasthttp.Request
	req.SetRequestURI(path)
	req.Header.SetHost("example.com")
	req.Header.Set("Cookie", cookie)
	req.Header.SetProtocol("HTTP/1.1")
	fc := &fasthttp.RequestCtx{}
	fc.Init(&req, nil, nil)
	return fc
}

// raw is the body of a GET through the whole handler.
func (st *site) raw(t testing.TB, path, cookie string) []byte {
	t.Helper()
	fc := st.request(path, cookie)
	st.App.Server().Handler(fc)
	return bytes.Clone(fc.Response.Body())
}

// viewOf is a component that writes what f says when it is rendered.
func viewOf(f func() string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error { return text(f()).Render(ctx, w) })
}

func copyBody(w io.Writer, res *http.Response) (int64, error) {
	defer res.Body.Close()
	return io.Copy(w, res.Body)
}
