package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"juwu/static"
)

// TestSecurityHeaders: every kind of answer has them.
func TestSecurityHeaders(t *testing.T) {
	st, _ := cacheSite(t, func(o *Options) { o.Secure = true })
	st.Mount(guardRoutes())
	paths := []string{
		"/hemuli", "/hemuli/accounts", "/hemuli/accounts", "/hemuli/secret", "/hemuli/panic", "/hemuli/records", "/none/at/all",
		"/robots.txt", "/healthz", "/static/none.css", "/sw.js", "/manifest.webmanifest", "/hemuli?lang=en", "/admin",
	}
	for _, name := range static.Names() {
		paths = append(paths, static.URL(name))
	}
	for _, path := range paths {
		a := st.get(t, path)
		for name, want := range map[string]string{
			"Content-Security-Policy": contentPolicy, "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff",
			"Cross-Origin-Opener-Policy": "same-origin", "Permissions-Policy": permissionsPolicy,
			"Strict-Transport-Security": "max-age=63072000; includeSubDomains",
		} {
			if got := a.Header.Values(name); len(got) != 1 || got[0] != want {
				t.Errorf("%s (%d): %s is %q", path, a.StatusCode, name, got)
			}
		}
		for _, name := range []string{"Server", "X-Powered-By", "Access-Control-Allow-Origin"} {
			if a.Header.Get(name) != "" {
				t.Errorf("%s: %s", path, name)
			}
		}
		if a.Header.Get("Cache-Control") == "" && a.StatusCode != 200 {
			t.Errorf("%s (%d): no Cache-Control", path, a.StatusCode)
		}
	}
	for _, bad := range []string{"unsafe", "http:", "https:", "*"} {
		if strings.Contains(contentPolicy, bad) {
			t.Errorf("the content policy allows %s", bad)
		}
	}
}

// TestPagesObeyTheirPolicy: the shell has no inline script or style and no
// other host.
func TestShell(t *testing.T) {
	st := lookSite(t)
	for _, look := range []string{"", "1.dark.en"} {
		a := st.get(t, "/hemuli", "Cookie", lookCookie+"="+look)
		for _, bad := range []string{"<style", " style=", " onclick=", "javascript:", "//cdn", "<script>"} {
			if strings.Contains(a.body, bad) {
				t.Errorf("%q: %s in the page", look, bad)
			}
		}
		for _, want := range []string{"<main", `href="#main"`, `action="/look"`, `href="/hemuli/disclosures"`, `href="/me"`, hemuli.Name} {
			if !strings.Contains(a.body, want) {
				t.Errorf("%q: no %s in %s", look, want, a.body)
			}
		}
	}
}

func TestStatic(t *testing.T) {
	st := newSite(t, nil)
	for _, name := range static.Names() {
		path := static.URL(name)
		a := st.get(t, path, "Accept-Encoding", "gzip, br")
		body, br, _, kind, _ := static.File(strings.TrimPrefix(path, static.Prefix))
		if a.StatusCode != 200 || a.Header.Get("Content-Type") != kind || a.Header.Get("Cache-Control") == "" {
			t.Errorf("%s: %d %v", path, a.StatusCode, a.Header)
		}
		if br != nil && (a.Header.Get("Content-Encoding") != "br" || a.body != string(br)) {
			t.Errorf("%s: not compressed", path)
		}
		if b := st.get(t, path); b.body != string(body) || b.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: other bytes", path)
		}
	}
	for _, path := range []string{"/static/", "/static/..%2fstatic.go", "/static/%2e%2e%2fgo.mod", "/static/.keep", "/static/manifest.json", "/static/a/b", "/static/..%252f..%252fetc%252fpasswd"} {
		if a := st.get(t, path); a.StatusCode != 404 {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
}

func TestHealth(t *testing.T) {
	var bad error
	st := newSite(t, func(o *Options) { o.Health = func(context.Context) error { return bad } })
	if a := st.get(t, "/healthz"); a.StatusCode != 200 || a.body != "ok\n" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	bad = errors.New("database 10.1.2.3 is away")
	if a := st.get(t, "/healthz"); a.StatusCode != 503 || strings.Contains(a.body, "10.1.2.3") {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

func TestMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	st, _ := cacheSite(t, func(o *Options) { o.Registry = reg })
	for range 3 {
		st.get(t, "/hemuli/accounts")
	}
	st.get(t, "/hemuli/accounts?page=2")
	st.get(t, "/13800138000")
	res, err := Metrics(reg).Test(httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if err != nil {
		t.Fatal(err)
	}
	b := new(strings.Builder)
	if _, err := copyBody(b, res); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`juwu_http_requests_total{method="GET",route="/:community/accounts",status="200"} 4`,
		`juwu_http_requests_total{method="GET",route="none",status="404"} 1`,
		`juwu_page_cache_total{result="hit"} 2`, `juwu_page_cache_total{result="miss"} 2`,
		`juwu_http_request_seconds_count{route="/:community/accounts"} 4`,
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in\n%s", want, b)
		}
	}
	if strings.Contains(b.String(), "13800138000") {
		t.Error("an address stands in the metrics")
	}
}

// TestTimeout: what goes below the edge ends when the request's time is up,
// and when the request has been answered.
func TestTimeout(t *testing.T) {
	st := newSite(t, func(o *Options) { o.Timeout = 1 })
	var after context.Context
	st.Mount([]Route{{Method: "GET", Path: "/slow", Object: Public, Handle: func(c *fiber.Ctx) error {
		ctx, cancel := context.WithCancel(Context(c))
		defer cancel()
		after = Context(c)
		<-ctx.Done()
		return ctx.Err()
	}}})
	if a := st.get(t, "/slow"); a.StatusCode != 503 || a.Header.Get("Retry-After") == "" {
		t.Errorf("%d %s", a.StatusCode, st.log)
	}
	if after.Err() == nil {
		t.Error("the context outlives the request")
	}
}
