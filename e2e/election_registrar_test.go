package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"juwu/ballot"
	"juwu/internal/store/storetest"
)

// TestRegistrarOfAnElection: the slips of an election are made in the
// registrar's browser and printed; one is lost and replaced at the desk before
// the board opens; then the new slip makes a ballot and the lost one none.
func TestRegistrarOfAnElection(t *testing.T) {
	browser(t)
	p := newRegistering(t)
	registrar := p.desks.Registers
	p.enters(registrar)
	p.serve(0, p.adult(0))
	desk := "/admin/hemuli/ballots/" + p.draft.String()
	q := p.pageOf(registrar)
	q.Visit(desk)
	q.Follow(q.T("ballot.slips.title"))
	q.Tap(q.T("ballot.slips.make"))
	q.SeeElement(`#registrar[data-ready=made]`)
	paper := strings.Join(strings.Fields(printed(t, q)), "")
	if strings.Contains(paper, q.T("ballot.slips.title")) || strings.Contains(paper, q.T("ballot.slips.send")) {
		t.Errorf("more than the slips is printed: %s", paper)
	}
	made := q.slipLetters()
	for _, letters := range made {
		if !strings.Contains(paper, letters) {
			t.Errorf("the paper does not show the letters of a slip: %s", paper)
		}
	}
	if len(made) != pollBoard {
		t.Fatalf("%d slips for %d voters of the electronic ballot", len(made), pollBoard)
	}
	q.Screenshot("registrar of an election")
	q.Axe()
	b, err := ballot.DeriveCredential(q.attribute("#registrar", "dataset.uuid"), made[0])
	p.must(err)
	gone := ballot.PublicCredential(b).String() // as the registrar's own file says it
	q.Follow(q.T("ballot.slips.send"))
	q.Visit(desk + "/slips")
	q.Fill(q.T("ballot.slips.lost"), gone)
	q.Tap(q.T("ballot.slips.replace.make"))
	q.SeeElement(`[data-replaced]:not([hidden])`)
	fresh := q.slipLetters()
	if len(fresh) != 1 || fresh[0] == made[0] {
		t.Fatalf("the new slip: %v", fresh)
	}
	q.Follow(q.T("ballot.slips.replace.send"))
	chair := p.page(0)
	chair.Visit(desk)
	chair.Follow(chair.T("ballot.desk.open"))
	chair.See(chair.T("ballot.state.open"))
	chair.Visit("/hemuli/elections/" + p.draft.String() + "/ballot")
	raw := chair.fetched("/hemuli/elections/" + p.draft.String() + "/board.bel")
	r, err := ballot.Verify(strings.NewReader(raw), int64(len(raw)), ballot.Options{})
	p.must(err)
	if r.Voters != pollBoard {
		t.Errorf("%d credentials on the board", r.Voters)
	}
	votes := ballot.Votes{{0, 1, 0}, {0, 1, 1, 1, 1, 0}}
	for slip, want := range map[string]bool{made[0]: false, made[1]: true, fresh[0]: true} {
		if _, err := storetest.Encrypt(r.Setup, slip, votes); (err == nil) != want {
			t.Errorf("slip %s makes a ballot: %v", slip, err)
		}
	}
}

// slipLetters are the letters on the printed slips.
func (p *Page) slipLetters() (list []string) {
	p.t.Helper()
	p.eval(`[...document.querySelectorAll("[data-sheet] .slip__letters")].map((x) => x.textContent)`, &list)
	return list
}

// fetched is a file as the page's own program gets it.
func (p *Page) fetched(address string) (body string) {
	p.t.Helper()
	await := func(e *runtime.EvaluateParams) *runtime.EvaluateParams { return e.WithAwaitPromise(true) }
	p.run(chromedp.Evaluate(`fetch("`+address+`").then((r) => r.text())`, &body, await))
	return body
}

// attribute is that of the first element.
func (p *Page) attribute(selector, name string) (value string) {
	p.t.Helper()
	p.eval(`document.querySelector("`+selector+`").`+name, &value)
	return value
}
