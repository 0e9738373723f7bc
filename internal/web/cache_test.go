package web

import (
	"bytes"
	gz "compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/a-h/templ"
	br "github.com/andybalholm/brotli"
	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"juwu/internal/problem"
	"juwu/models"
)

// cacheSite has a page that tells how it was rendered, and how often.
func cacheSite(t *testing.T, change func(*Options)) (*site, *atomic.Int64) {
	st := newSite(t, change)
	var renders atomic.Int64
	page := func(_ context.Context, p *Page) (templ.Component, error) {
		renders.Add(1)
		switch p.Query("page") {
		case "0":
			return nil, problem.New(problem.NotFound, "error.notfound", nil)
		case "666":
			panic("rendering failed")
		}
		p.Title = p.T("shell.open")
		return text(fmt.Sprintf("%s|%v|%s|page %s|%s|actor %d", p.Lang, p.Care, p.Theme, p.Query("page"), p.Day(p.Today()), p.Actor.UserID)), nil
	}
	st.Mount([]Route{
		{Method: "GET", Path: "/:community/accounts", Object: Public, Handle: Cached([]string{"accounts"}, []string{"page"}, page)},
		{Method: "GET", Path: "/:community/accounts/:id", Object: Public, Handle: Cached([]string{"accounts"}, nil, page)},
	})
	return st, &renders
}

func plain(t *testing.T, a answer) string {
	t.Helper()
	var r io.Reader = strings.NewReader(a.body)
	switch a.Header.Get("Content-Encoding") {
	case "br":
		r = br.NewReader(r)
	case "gzip":
		z, err := gz.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		r = z
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestCacheVariants(t *testing.T) {
	st, renders := cacheSite(t, nil)
	for round := range 2 { // the second round comes from memory
		for _, tc := range []struct{ path, accept, cookie, want string }{
			{"/hemuli/accounts", "", "", "zh-CN|false||page |11月23日 周一|actor 0"},
			{"/hemuli/accounts", "en", "", "en|false||page |Mon 23 November|actor 0"},
			{"/hemuli/accounts", "en", lookCookie + "=1.dark.zh-CN", "zh-CN|true|dark|page |"},
			{"/hemuli/accounts", "en", lookCookie + "=0.light.", "en|false|light|page |"},
			{"/hemuli/accounts?page=2", "", "", "zh-CN|false||page 2|"},
			{"/hemuli/accounts?page=2&q=secret&utm_source=x", "", "", "zh-CN|false||page 2|"},
			{"/hemuli/accounts?q=secret", "", "", "zh-CN|false||page |"},
			{"/hemuli/accounts", "", st.login(resident), "zh-CN|false||page |11月23日 周一|actor 0"},
		} {
			a := st.get(t, tc.path, "Accept-Language", tc.accept, "Cookie", tc.cookie)
			if a.StatusCode != 200 || !strings.Contains(a.body, tc.want) {
				t.Errorf("round %d %+v: %d %s", round, tc, a.StatusCode, a.body)
			}
			if cc := a.Header.Get("Cache-Control"); cc != "public, max-age=0, must-revalidate" {
				t.Errorf("Cache-Control %q", cc)
			}
			if strings.Contains(a.body, "secret") || strings.Contains(a.body, `name="`+CSRFField) || len(a.Cookies()) > 0 {
				t.Errorf("a cached page holds what belongs to one reader: %s", a.body)
			}
		}
	}
	if n := renders.Load(); n != 5 {
		t.Errorf("%d renders, want one for each of 5 pages", n)
	}
}

func TestCacheEncodings(t *testing.T) {
	st, _ := cacheSite(t, nil)
	var first string
	for range 2 {
		for accept, want := range map[string]string{"": "", "gzip": "gzip", "gzip, deflate, br": "br", "br;q=0, gzip;q=0": "", "gzip;q=0.5": "gzip"} {
			a := st.get(t, "/hemuli/accounts", "Accept-Encoding", accept)
			if got := a.Header.Get("Content-Encoding"); got != want {
				t.Errorf("%q: %q, want %q", accept, got, want)
			}
			if body := plain(t, a); first == "" {
				first = body
			} else if body != first {
				t.Errorf("%q: another page", accept)
			}
			same := st.get(t, "/hemuli/accounts", "Accept-Encoding", accept, "If-None-Match", `"x", `+a.Header.Get("ETag"))
			if same.StatusCode != 304 || same.body != "" || same.Header.Get("Content-Security-Policy") == "" {
				t.Errorf("%q: %d with %d bytes", accept, same.StatusCode, len(same.body))
			}
		}
	}
	r := httptest.NewRequest("HEAD", "/hemuli/accounts", nil)
	if a := st.do(t, r); a.StatusCode != 200 || a.body != "" || a.Header.Get("ETag") == "" {
		t.Errorf("HEAD: %d %q", a.StatusCode, a.body)
	}
}

func TestCacheFollowsTheData(t *testing.T) {
	st, renders := cacheSite(t, nil)
	want := func(n int64, why string) {
		t.Helper()
		a := st.get(t, "/hemuli/accounts")
		if a.StatusCode != 200 || renders.Load() != n {
			t.Errorf("%s: %d renders, want %d", why, renders.Load(), n)
		}
	}
	want(1, "first")
	want(1, "again")
	st.stamp++
	want(2, "after a write")
	st.now = st.now.Add(11 * time.Hour)
	want(2, "the same evening")
	st.now = st.now.Add(time.Hour)
	want(3, "after midnight in Shanghai")
	if n := len(st.cache.entries); n != 1 {
		t.Errorf("%d entries: old versions stay", n)
	}
}

func TestCacheKeepsNoErrors(t *testing.T) {
	st, renders := cacheSite(t, nil)
	for _, page := range []string{"0", "666"} {
		for range 2 {
			a := st.get(t, "/hemuli/accounts?page="+page)
			if a.StatusCode != map[string]int{"0": 404, "666": 500}[page] || a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("page %s: %d %v", page, a.StatusCode, a.Header)
			}
		}
	}
	if renders.Load() != 4 || len(st.cache.entries) != 0 || len(st.cache.making) != 0 {
		t.Errorf("%d renders, %d entries, %d in the making", renders.Load(), len(st.cache.entries), len(st.cache.making))
	}
	for _, q := range []string{strings.Repeat("9", maxParam+1), "%00"} {
		if a := st.get(t, "/hemuli/accounts?page="+q); a.StatusCode != 404 {
			t.Errorf("page=%.10s: %d", q, a.StatusCode)
		}
	}
	if a := st.get(t, "/hemuli/accounts/"+strings.Repeat("9", maxKey)); a.StatusCode != 404 {
		t.Errorf("long path: %d", a.StatusCode)
	}
}

func TestCacheIsBounded(t *testing.T) {
	const limit = 200 << 10
	st, _ := cacheSite(t, func(o *Options) { o.CacheBytes = limit })
	for i := range 100 {
		st.get(t, fmt.Sprintf("/hemuli/accounts?page=%d", i+1))
		st.get(t, "/hemuli/accounts") // read often, so it stays
		if st.cache.bytes > limit {
			t.Fatalf("%d bytes", st.cache.bytes)
		}
	}
	if n := len(st.cache.entries); n == 0 || n > 60 || n != st.cache.order.Len() {
		t.Errorf("%d entries", n)
	}
	sum := 0
	for _, e := range st.cache.entries {
		sum += e.Value.(*cachedPage).size
	}
	if sum != st.cache.bytes {
		t.Errorf("%d bytes counted, %d there", st.cache.bytes, sum)
	}
	if st.cache.peek([]byte("zh-CN../hemuli/accounts")) == nil {
		t.Error("the page that is read most was dropped")
	}
}

// TestCommunityGone: a code that leads nowhere leads nowhere from memory too.
func TestCommunityGone(t *testing.T) {
	gone := false
	st, _ := cacheSite(t, func(o *Options) {
		found := o.Community
		o.Community = func(ctx context.Context, code string) (*models.Community, error) {
			if gone {
				return nil, problem.New(problem.NotFound, "error.notfound", nil)
			}
			return found(ctx, code)
		}
	})
	if a := st.get(t, "/hemuli/accounts"); a.StatusCode != 200 {
		t.Fatal(a.StatusCode)
	}
	gone = true
	if a := st.get(t, "/hemuli/accounts"); a.StatusCode != 404 {
		t.Errorf("%d", a.StatusCode)
	}
}

// TestOneRenderForMany: many who come at once wait for one rendering. One that
// fails fails for all of them and locks nobody out.
func TestOneRenderForMany(t *testing.T) {
	for _, fails := range []error{nil, errors.New("no database")} {
		synctest.Test(t, func(t *testing.T) {
			pc := newPageCache(1<<20, newMetrics(prometheus.NewRegistry()))
			gate := make(chan struct{})
			var renders, good atomic.Int64
			render := func() (*cachedPage, error) {
				renders.Add(1)
				<-gate
				return &cachedPage{size: 10}, fails
			}
			for range 50 {
				go func() {
					if p, err := pc.make(t.Context(), "k", version{1, 1}, render); err == nil && p != nil {
						good.Add(1)
					}
				}()
			}
			impatient, cancel := context.WithCancel(t.Context())
			go cancel()
			synctest.Wait() // all of them wait now
			if _, err := pc.make(impatient, "k", version{1, 1}, render); !errors.Is(err, context.Canceled) {
				t.Errorf("who gives up waiting: %v", err)
			}
			close(gate)
			synctest.Wait()
			if want := map[bool]int64{true: 50, false: 0}[fails == nil]; renders.Load() != 1 || good.Load() != want {
				t.Errorf("%d renders for 50, %d got the page, want %d", renders.Load(), good.Load(), want)
			}
			if len(pc.making) != 0 {
				t.Error("a rendering is still waited for")
			}
		})
	}
}

// TestLanguagesDoNotMix: readers of two languages, four looks and a writer, at
// the same time. Run with -race.
func TestLanguagesDoNotMix(t *testing.T) {
	var stamp atomic.Uint64
	st, _ := cacheSite(t, func(o *Options) {
		o.Stamp = func(models.ID, ...string) uint64 { return stamp.Load() }
		o.Now = func() time.Time { return noon }
		o.Log = discard()
	})
	st.App.Handler() // builds the routes once, before many ask
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 150 {
				lang := []string{"zh-CN", "en"}[(worker+i)%2]
				theme := []string{"", "dark"}[i/2%2]
				a := st.raw(t, "/hemuli/accounts", lookCookie+"=1."+theme+"."+lang)
				if !bytes.Contains(a, []byte("<p>"+lang+"|true|"+theme+"|")) {
					t.Errorf("asked for %s %s, got %.300s", lang, theme, a)
					return
				}
				if i%10 == 0 {
					stamp.Add(1)
				}
			}
		})
	}
	wg.Wait()
}

func TestCacheHitAllocatesNothing(t *testing.T) {
	st, _ := cacheSite(t, func(o *Options) { o.Now = func() time.Time { return noon }; o.Log = discard() })
	st.App.Handler()
	fc := st.request("/hemuli/accounts", lookCookie+"=1.dark.en")
	h := st.App.Server().Handler
	h(fc)
	if n := testing.AllocsPerRun(200, func() { fc.Response.Reset(); h(fc) }); n > 0 {
		t.Errorf("%v allocations for each page from memory", n)
	}
	if fc.Response.StatusCode() != fiber.StatusOK {
		t.Error(fc.Response.StatusCode())
	}
}

// TestCachedIsPublic: what is in memory is sent without asking the policy.
func TestCachedIsPublic(t *testing.T) {
	st := newSite(t, nil)
	st.Mount([]Route{{Method: "GET", Path: "/mine", Object: Self, Handle: Cached(nil, nil, func(context.Context, *Page) (templ.Component, error) {
		return text("secret"), nil
	})}})
	if a := st.get(t, "/mine", "Cookie", st.login(resident)); a.StatusCode != 500 || strings.Contains(a.body, "secret") {
		t.Errorf("%d", a.StatusCode)
	}
}
