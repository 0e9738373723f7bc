package e2e

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

var axeSource = sync.OnceValues(func() (string, error) {
	b, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		return "", fmt.Errorf("%w: run make e2e/node_modules/.package-lock.json", err)
	}
	return string(b), nil
})

type violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML           string
		Target         []any
		FailureSummary string
	}
}

func (v violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "axe %s (%s): %s", v.ID, v.Impact, v.Help)
	for _, n := range v.Nodes {
		fmt.Fprintf(&b, "\n\t%v %s\n\t\t%s", n.Target, n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", "\n\t\t"))
	}
	return b.String()
}

// Axe fails the test on everything axe-core finds on the page as it stands: all
// its rules, best practices included. It needs a page that runs scripts.
func (p *Page) Axe() {
	p.t.Helper()
	for _, v := range p.violations() {
		p.t.Errorf("%s: %s", p.Address(), v)
	}
}

func (p *Page) violations() []violation {
	p.t.Helper()
	source, err := axeSource()
	if err != nil {
		p.t.Fatal(err)
	}
	// The protocol's evaluation is not subject to the page's CSP.
	p.eval("window.axe ? 0 : (() => {"+source+"\nwindow.axe = axe; return 0})()", nil)
	// What sticks to an edge may lie over a thing that one scrolls to; axe looks
	// at one moment only, so nothing sticks while it looks.
	p.eval(`(() => {
		window.juwuStuck = [...document.querySelectorAll('body *')].filter(el => ['sticky', 'fixed'].includes(getComputedStyle(el).position));
		for (const el of window.juwuStuck) el.style.setProperty('position', 'static', 'important');
	})()`, nil)
	defer p.eval("for (const el of window.juwuStuck) el.style.removeProperty('position')", nil)
	var found []violation
	p.run(chromedp.Evaluate(`axe.run(document, {resultTypes: ['violations'], rules: {'target-size': {enabled: true}}}).then(r => r.violations)`, &found,
		func(e *runtime.EvaluateParams) *runtime.EvaluateParams { return e.WithAwaitPromise(true) }))
	return found
}

// Look is one way a page can be looked at.
type Look struct {
	Name    string
	Options []Option
}

// Looks are the ways every page has to hold in: both languages, the elders'
// look, dark, both, the smallest phone and a desktop.
func Looks() []Look {
	return []Look{
		{"phone zh", nil},
		{"phone en", []Option{Language("en")}},
		{"care", []Option{Care()}},
		{"dark", []Option{Dark()}},
		{"care dark", []Option{Care(), Dark()}},
		{"narrow", []Option{Narrow()}},
		{"narrow care", []Option{Narrow(), Care()}},
		{"desktop", []Option{Desktop()}},
	}
}

// EachLook opens a page in every look, tries it with axe, and keeps a picture.
// check may be nil.
func EachLook(t *testing.T, s *Server, path string, check func(t *testing.T, p *Page)) {
	for _, look := range Looks() {
		t.Run(look.Name, func(t *testing.T) {
			p := Open(t, s, look.Options...)
			p.Visit(path)
			p.Axe()
			p.FitsWidth()
			p.Screenshot(path + " " + look.Name)
			if check != nil {
				check(t, p)
			}
		})
	}
}

// FitsWidth fails if the page has to be pushed sideways to be read.
func (p *Page) FitsWidth() {
	p.t.Helper()
	var over float64
	p.eval("document.documentElement.scrollWidth - document.documentElement.clientWidth", &over)
	if over > 0 {
		p.t.Errorf("%s is %.0f px wider than the screen", p.Address(), over)
	}
}
