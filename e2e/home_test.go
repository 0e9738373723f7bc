package e2e

import (
	"net/http"
	"testing"
)

// The first page a stranger sees has to hold in every look.
func TestStrangerOpensTheCommunitysHome(t *testing.T) {
	browser(t)
	s := Demo(t)
	EachLook(t, s, "/hemuli", func(t *testing.T, p *Page) {
		if got := p.Status(); got != http.StatusOK {
			t.Errorf("status %d", got)
		}
		p.SeeElement("h1")
	})
}

func TestHomeNeedsNoScript(t *testing.T) {
	browser(t)
	p := Open(t, Demo(t), WithoutScript())
	p.Visit("/hemuli")
	p.See("和睦里社区")
	p.FitsWidth()
}

// Weights of design.md section 6: what a resident pays for on a slow line.
func TestPublicPagesAreLight(t *testing.T) {
	const first, next = 50 << 10, 15 << 10
	browser(t)
	p := Open(t, Demo(t))
	p.Visit("/hemuli")
	if got := p.Wire(); got > first {
		t.Errorf("the first page weighs %d bytes, more than %d", got, first)
	}
	for _, path := range []string{"/hemuli/accounts", "/hemuli/disclosures"} {
		p.Visit(path)
		if got := p.Status(); got != http.StatusOK {
			t.Errorf("%s: status %d", path, got)
		}
		if got := p.Wire(); got > next {
			t.Errorf("%s weighs %d bytes after the first page, more than %d", path, got, next)
		}
	}
}

func TestPageThatDoesNotExist(t *testing.T) {
	browser(t)
	p := Open(t, Demo(t))
	p.Visit("/hemuli/no-such-page")
	if got := p.Status(); got != http.StatusNotFound {
		t.Errorf("status %d", got)
	}
	p.SeeElement("h1")
	p.Axe()
}
