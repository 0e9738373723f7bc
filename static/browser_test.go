package static_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"juwu/e2e/process"
	"juwu/static"
)

// csp is as strict as the site's: everything must work under it.
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; manifest-src 'self'; worker-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// site is a small server that can be unplugged: with gone set it drops every
// connection, as a dead network does.
type site struct {
	*httptest.Server
	mu    sync.Mutex
	gone  bool
	posts int
	pages map[string]page
}

type page struct{ cache, robots, body string }

func (s *site) unplug(gone bool) { s.mu.Lock(); s.gone = gone; s.mu.Unlock() }

func (s *site) set(path string, p page) { s.mu.Lock(); s.pages[path] = p; s.mu.Unlock() }

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone {
		panic(http.ErrAbortHandler)
	}
	if r.Method == http.MethodPost {
		s.posts++
		w.WriteHeader(http.StatusNoContent) // the page stays, so that a second tap is possible
		return
	}
	if name, ok := strings.CutPrefix(r.URL.Path, static.Prefix); ok {
		body, _, _, kind, _ := static.File(name)
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", static.CacheControl(name))
		w.Header().Set("Service-Worker-Allowed", "/")
		_, _ = w.Write(body)
		return
	}
	p, ok := s.pages[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", csp)
	w.Header().Set("Cache-Control", p.cache)
	_, _ = fmt.Fprintf(w, `<!DOCTYPE html><html lang="en" data-sw="%s"><head><title>t</title>%s<link rel="stylesheet" href="%s"><link rel="manifest" href="%s"><link rel="icon" href="%s"><script src="%s" defer></script></head>
<body><div id="offline" data-text="read {date}" hidden></div><main id="main">%s</main></body></html>`, static.Path("sw.js"), p.robots, static.URL("app.css"), static.URL("app.webmanifest"), static.URL("icon.svg"), static.URL("app.js"), p.body)
}

// open starts the site and a browser on it; the test is left out where there
// is no Chromium or no build (make test has both).
func open(t *testing.T, more ...chromedp.ExecAllocatorOption) (*site, context.Context) {
	t.Helper()
	path, err := process.FindChromium()
	if err != nil {
		t.Skip(err)
	}
	if len(static.Names()) == 0 {
		t.Skip("static/dist is empty: run npm ci && npm run build")
	}
	s := &site{pages: map[string]page{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(390, 844))
	options = append(options, more...)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 60*time.Second)
	t.Cleanup(cancel)
	return s, ctx
}

func run(t *testing.T, ctx context.Context, actions ...chromedp.Action) {
	t.Helper()
	if err := chromedp.Run(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

func text(t *testing.T, ctx context.Context, script string) string {
	t.Helper()
	var got string
	run(t, ctx, chromedp.Evaluate(script, &got))
	return got
}

// visit goes to a path and tells what main says; offline pages included.
func visit(t *testing.T, ctx context.Context, s *site, path string) string {
	t.Helper()
	run(t, ctx, chromedp.Navigate(s.URL+path), chromedp.WaitReady("main"))
	return text(t, ctx, `document.querySelector("main").textContent`)
}

const controlled = `navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller ? true : new Promise(done => navigator.serviceWorker.addEventListener("controllerchange", () => done(true))))`

// kept waits until the worker holds (or no longer holds) a page: it stores
// after the answer has gone to the reader.
func kept(path string, want bool) string {
	return fmt.Sprintf(`(async () => { for (;;) { const c = await caches.open("pages-1"); if (!!(await c.match(location.origin + %q)) === %v) return true; await new Promise(r => requestAnimationFrame(r)); } })()`, path, want)
}

func await(script string) chromedp.Action {
	return chromedp.Poll(script, nil, chromedp.WithPollingTimeout(10*time.Second))
}

func TestOfflineKeepsOnlyPublicPages(t *testing.T) {
	s, ctx := open(t)
	const public = "public, max-age=0, must-revalidate"
	s.set("/hemuli", page{cache: public, body: "home"})
	s.set("/hemuli/accounts", page{cache: public, body: "accounts"})
	s.set("/hemuli/secret", page{cache: "private, no-store", body: "secret"})
	s.set("/hemuli/roll", page{cache: public, robots: `<meta name="robots" content="noindex"/>`, body: "roll"})
	s.set("/me", page{cache: public, body: "mine"})
	s.set("/admin/hemuli", page{cache: public, body: "office"})
	visit(t, ctx, s, "/hemuli")
	run(t, ctx, await(controlled))
	for _, path := range []string{"/hemuli/secret", "/hemuli/roll", "/me", "/admin/hemuli", "/hemuli/accounts"} {
		visit(t, ctx, s, path)
	}
	run(t, ctx, await(kept("/hemuli/accounts", true)))
	s.unplug(true)
	if got := visit(t, ctx, s, "/hemuli/accounts"); got != "accounts" {
		t.Errorf("offline the page says %q", got)
	}
	if got := text(t, ctx, `document.getElementById("offline").textContent`); !strings.HasPrefix(got, "read ") || strings.Contains(got, "{date}") {
		t.Errorf("the banner says %q", got)
	}
	for _, path := range []string{"/hemuli/secret", "/hemuli/roll"} {
		if got := visit(t, ctx, s, path); !strings.Contains(got, "You are offline") {
			t.Errorf("%s is kept: %q", path, got)
		}
	}
	for _, path := range []string{"/me", "/admin/hemuli"} {
		if err := chromedp.Run(ctx, chromedp.Navigate(s.URL+path)); err == nil {
			t.Errorf("%s was answered without a network", path)
		}
	}
}

func TestWithdrawnPageLeavesThePhone(t *testing.T) {
	s, ctx := open(t)
	s.set("/hemuli", page{cache: "public", body: "home"})
	s.set("/hemuli/notice", page{cache: "no-cache", body: "with a name"})
	visit(t, ctx, s, "/hemuli")
	run(t, ctx, await(controlled))
	visit(t, ctx, s, "/hemuli/notice")
	run(t, ctx, await(kept("/hemuli/notice", true)))
	s.set("/hemuli/notice", page{cache: "no-store", body: "withdrawn"})
	visit(t, ctx, s, "/hemuli/notice")
	run(t, ctx, await(kept("/hemuli/notice", false)))
}

func TestFormIsSentOnce(t *testing.T) {
	s, ctx := open(t)
	s.set("/hemuli", page{cache: "no-store", body: `<form method="post" action="/x" data-once><button data-busy="busy"><span>send</span></button></form>`})
	visit(t, ctx, s, "/hemuli")
	run(t, ctx, chromedp.Evaluate(`for (let i = 0; i < 5; i++) document.querySelector("button").click()`, nil))
	if got := text(t, ctx, `document.querySelector("button").textContent`); got != "busy" {
		t.Errorf("the button says %q", got)
	}
	run(t, ctx, chromedp.Navigate(s.URL+"/hemuli")) // the post is through once the next page is
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.posts != 1 {
		t.Errorf("five taps sent %d forms", s.posts)
	}
}
