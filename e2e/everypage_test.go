package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// manners are the ways pages are tried in. In the quick run each kind of page is
// tried in one of four, in turn, so that every manner meets pages of every
// subject; in the long one every page is tried in all eight.
func manners() map[string][]Option {
	all := map[string][]Option{
		"zh":           nil,
		"en care":      {Language("en"), Care()},
		"zh care dark": {Care(), Dark()},
		"en dark":      {Language("en"), Dark()},
	}
	if long() {
		all["zh care"] = []Option{Care()}
		all["zh dark"] = []Option{Dark()}
		all["en"] = []Option{Language("en")}
		all["en care dark"] = []Option{Language("en"), Care(), Dark()}
	}
	return all
}

func long() bool { return os.Getenv("JUWU_SOAK") != "" }

// TestEveryPageHolds walks all links that a stranger, a resident and officers
// find, and tries one page of each kind in every manner: it answers, axe finds
// nothing, and nothing has to be pushed sideways at 320, 390 and 1280.
func TestEveryPageHolds(t *testing.T) {
	browser(t)
	s := Demo(t)
	seen := map[string]bool{}
	pages := map[string][]string{} // by the first who came there
	for _, who := range readers {
		pages[who.name] = walk(t, enter(Open(t, s), who.name), who.start, seen)
	}
	all := manners()
	for turn, manner := range slices.Sorted(maps.Keys(all)) {
		t.Run(manner, func(t *testing.T) {
			t.Parallel()
			for _, who := range readers {
				p := enter(Open(t, s, all[manner]...), who.name)
				p.Lenient() // a page that does not exist is one of the pages
				for i, path := range pages[who.name] {
					if !long() && i%len(all) != turn {
						continue
					}
					p.Visit(path)
					p.holds(manner)
				}
			}
		})
	}
}

var readers = []struct {
	name  string
	start []string
}{
	{"stranger", []string{"/", "/hemuli", "/hemuli/accounts/2026-09", "/hemuli/no-such-page", "/login"}},
	{Resident, []string{"/me", "/admin/hemuli/accounts"}},
	{Director, []string{"/admin/hemuli"}},
	{Clerk, []string{"/admin/hemuli"}},
	{Supervisor, []string{"/admin/hemuli"}},
	{Street, []string{"/admin/hemuli"}},
}

func enter(p *Page, name string) *Page {
	if name != "stranger" {
		p.EnterAs(name)
	}
	return p
}

// holds tries the page as it stands.
func (p *Page) holds(name string) {
	p.t.Helper()
	if p.Status() >= http.StatusInternalServerError {
		p.t.Errorf("%s: status %d", p.Address(), p.Status())
	}
	p.SeeElement("h1")
	p.Axe()
	for _, width := range []int64{320, 1280, p.opts.width} {
		p.run(emulation.SetDeviceMetricsOverride(width, p.opts.height, 2, width < 1000))
		p.FitsWidth()
	}
	if untranslated := p.matches(`\b[a-z]+(\.[a-z_]+){2,}\b`); len(untranslated) > 0 {
		p.t.Errorf("%s shows keys instead of words: %v", p.Address(), untranslated)
	}
	p.Screenshot(name + " " + p.Address())
}

// matches are the words of the page that match an expression of JavaScript.
func (p *Page) matches(expression string) (found []string) {
	p.t.Helper()
	p.eval(fmt.Sprintf("document.body.innerText.match(/%s/g) || []", expression), &found)
	return found
}

var (
	ids     = regexp.MustCompile(`/\d{6,}`)
	periods = regexp.MustCompile(`/20\d\d(-\d\d|Q\d)`)
	numbers = regexp.MustCompile(`/\d{1,4}(/|$)`)
)

// kindOf is an address without what differs between pages of one kind.
func kindOf(path string) string {
	path, _, _ = strings.Cut(path, "?")
	path = periods.ReplaceAllString(path, "/:period")
	path = ids.ReplaceAllString(path, "/:id")
	return numbers.ReplaceAllString(path, "/:n$1")
}

// walk follows links and returns one address of each kind of page that nobody
// has seen. Where it starts counts anew: the office differs from post to post.
func walk(t *testing.T, p *Page, start []string, seen map[string]bool) (pages []string) {
	p.Lenient()
	p.Visit(start[0])
	queue, start := slices.Clone(start), slices.Clone(start)
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		first := slices.Contains(start, path)
		if seen[kindOf(path)] && !first {
			continue
		}
		start = slices.DeleteFunc(start, func(s string) bool { return s == path })
		seen[kindOf(path)] = true
		if !strings.HasPrefix(p.kindOfAnswer(path), "text/html") {
			continue
		}
		p.Visit(path)
		if p.Status() >= 400 && !first {
			t.Errorf("a link leads to %s: status %d", path, p.Status())
		}
		pages = append(pages, path)
		var links []string
		p.eval(`[...document.querySelectorAll('a[href]')].map(a => new URL(a.href)).filter(u => u.origin === location.origin).map(u => u.pathname + u.search)`, &links)
		queue = append(queue, links...)
	}
	t.Logf("%d kinds of pages: %v", len(pages), pages)
	return pages
}

// kindOfAnswer asks for the media type, so that downloads are not opened.
func (p *Page) kindOfAnswer(path string) (mediaType string) {
	p.t.Helper()
	ask := fmt.Sprintf("fetch(%s, {credentials: 'include'}).then(r => r.headers.get('content-type') || '')", quote(path))
	p.run(chromedp.Evaluate(ask, &mediaType, func(e *runtime.EvaluateParams) *runtime.EvaluateParams { return e.WithAwaitPromise(true) }))
	return mediaType
}
