package portal

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"juwu/i18n"
	"juwu/internal/store/storetest"
	"juwu/internal/web"
	"juwu/models"
)

// site is the residents' side over a fresh database.
type site struct {
	*storetest.DB
	edge *web.Server
	log  *bytes.Buffer
}

func newSite(t testing.TB) *site { return newSiteOn(t, storetest.New(t)) }

func newSiteOn(t testing.TB, db *storetest.DB) *site {
	t.Helper()
	words, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	st := &site{DB: db, log: &bytes.Buffer{}}
	st.edge, err = web.New(web.Options{
		BaseURL: "http://juwu.test", Now: db.Clock.Now, Log: slog.New(slog.NewJSONHandler(st.log, nil)), Words: words,
		Key: db.Keys().Key, Session: db.SessionActor, Community: db.CommunityByCode, Stamp: db.Stamp, AuthzFresh: db.AuthzFresh,
		May: func(a models.Actor, c *models.Community, object, action string, at time.Time) error {
			return db.Guard().Allowed(a, c, object, action, models.DateOf(at))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	p := &Portal{Store: db.Store, WeChatApp: "wx1"}
	st.edge.Mount(p.loginRoutes(), p.meRoutes(), p.weChatRoutes())
	return st
}

// visitor is a browser with its cookies.
type visitor struct {
	t       testing.TB
	site    *site
	cookies map[string]string
	status  int
	body    string
	header  http.Header
	path    string
}

func (st *site) visitor(t testing.TB) *visitor {
	return &visitor{t: t, site: st, cookies: map[string]string{}}
}

// send makes one request; it does not follow redirects.
func (v *visitor) send(method, path string, form url.Values) *visitor {
	v.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, path, body)
	r.Host = "juwu.test"
	r.Header.Set("Accept-Language", "en")
	r.Header.Set("User-Agent", "Mozilla/5.0 (iPhone) MicroMessenger")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	v.status, v.body = v.do(r)
	v.path = path
	return v
}

// do sends a request with the visitor's cookies and keeps what is set.
func (v *visitor) do(r *http.Request) (int, string) {
	v.t.Helper()
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := v.site.edge.App.Test(r, -1)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, c := range res.Cookies() {
		if v.cookies[c.Name] = c.Value; c.Value == "" {
			delete(v.cookies, c.Name)
		}
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	v.header = res.Header
	return res.StatusCode, string(b)
}

// see opens a page and follows where it leads.
func (v *visitor) see(path string) *visitor {
	v.t.Helper()
	v.send("GET", path, nil)
	for v.status == http.StatusSeeOther {
		v.send("GET", v.header.Get("Location"), nil)
	}
	return v
}

var token = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// post sends a form of the page that is open, and follows where it leads.
func (v *visitor) post(path string, pairs ...string) *visitor {
	v.t.Helper()
	form := url.Values{}
	if m := token.FindStringSubmatch(v.body); m != nil {
		form.Set("csrf", m[1])
	}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	v.send("POST", path, form)
	if v.status == http.StatusSeeOther {
		v.see(v.header.Get("Location"))
	}
	return v
}

// want fails unless the page has the status and the texts.
func (v *visitor) want(status int, texts ...string) *visitor {
	v.t.Helper()
	if v.status != status {
		v.t.Fatalf("%s: status %d, want %d\n%s", v.path, v.status, status, v.main())
	}
	for _, text := range texts {
		if !strings.Contains(v.body, text) {
			v.t.Fatalf("%s does not say %q\n%s", v.path, text, v.main())
		}
	}
	return v
}

// code is the code of the message that waits for the telephone.
func (st *site) code(t testing.TB, phone string) (code string) {
	t.Helper()
	parcels, err := st.LeaseOutbox(context.Background(), "test", []string{"sms"}, 100, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parcels {
		if err := st.Delivered(context.Background(), p.ID); err != nil {
			t.Fatal(err)
		}
		if c, ok := p.Text.Args["code"].(string); ok && p.Recipient == phone {
			code = c
		}
	}
	return code
}

const phone = "13812345678"

// login goes the whole way.
func (v *visitor) login(phone string) *visitor {
	v.t.Helper()
	v.see("/login").post("/login", "phone", phone, "agree", "1").want(200)
	v.post("/login/code", "code", v.site.code(v.t, phone)).want(200)
	v.site.Clock.Add(time.Minute)
	return v
}

// main is the page without what stands around it.
func (v *visitor) main() string {
	if _, rest, ok := strings.Cut(v.body, "<main"); ok {
		inner, _, _ := strings.Cut(rest, "</main>")
		return inner
	}
	return v.body
}
