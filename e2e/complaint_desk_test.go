package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"
)

// A committee member's desk without a mouse: down the list, open, take up,
// answer, the next one; then several at once.
func TestAnOfficersDeskByKeyboard(t *testing.T) {
	browser(t)
	s := Fresh(t, "demo")
	p := Open(t, s, Desktop())
	p.EnterAs(Member)
	p.Visit("/admin/hemuli/complaints?show=open")
	here := func() (number string) {
		p.eval("(document.querySelector('#cases tr[data-here] .td__sub') || {innerText: ''}).innerText", &number)
		return number
	}
	p.Press("j")
	first := here()
	p.Press("j")
	if second := here(); first == "" || second == "" || first == second {
		t.Fatalf("j goes from %q to %q", first, second)
	}
	p.Press("k")
	if here() != first {
		t.Fatalf("k goes to %q, not back to %q", here(), first)
	}
	look(p, "desk by keyboard")

	// Until the row that was dispatched and waits to be taken up.
	for i := 0; !strings.Contains(p.rowHere(), p.T("case.state.assigned")); i++ {
		if p.Press("j"); i > 20 {
			t.Fatal("no row that waits to be taken up")
		}
	}
	p.Press(kb.Enter)
	p.See(p.T("case.way"))
	look(p, "case by keyboard")
	p.Press("a")
	p.See(p.T("case.act.lead.accept"))
	p.pressToButton()
	p.Press(kb.Enter)
	p.See(p.T("case.desk.done"), p.T("case.state.processing"))
	p.Press("a") // what comes next: an answer; the case's page names it too
	p.await("the page of the answer", "location.pathname.endsWith('/act/answer') && document.readyState === 'complete'")
	p.Press("a")
	p.await("the field for the words", "document.activeElement.matches('textarea')")
	p.run(input.InsertText("已经上门劝说，中午不再施工。")) // as an input method does
	p.pressToButton()
	p.Press(kb.Enter)
	p.See(p.T("case.desk.done"), p.T("case.state.answered"))
	p.Press("n")
	p.await("the next case", "!document.body.innerText.includes("+quote(p.T("case.desk.done"))+")")
	p.See(p.T("case.way"))

	// Several at once: two are ticked, b goes to what is done to them.
	p.Visit("/admin/hemuli/complaints?show=open")
	for range 2 {
		p.Press("j")
		p.Press("x")
	}
	var ticked int
	p.eval("document.querySelectorAll('#cases input:checked').length", &ticked)
	if ticked == 0 {
		t.Fatal("x ticks nothing")
	}
	p.Press("b")
	var field string
	p.eval("document.activeElement.name || document.activeElement.textContent", &field)
	if field != "to" {
		t.Errorf("b goes to %q", field)
	}
	look(p, "batch by keyboard")
}

// rowHere is the row that the keys stand on.
func (p *Page) rowHere() (text string) {
	p.eval("(document.querySelector('#cases tr[data-here]') || {innerText: ''}).innerText", &text)
	return text
}

// pressToButton goes on by Tab to the button that sends the form.
func (p *Page) pressToButton() {
	p.t.Helper()
	for range 40 {
		p.Press(kb.Tab)
		var there bool
		if p.eval("document.activeElement.matches('.actions button')", &there); there {
			return
		}
	}
	p.t.Fatal("Tab does not come to the button")
}

// The director dispatches several at once with a thumb: ticks under the thumb,
// and what to do with them comes along.
func TestADirectorDispatchesByThumb(t *testing.T) {
	browser(t)
	s := Fresh(t, "demo")
	p := Open(t, s)
	p.EnterAs(Director)
	p.Visit("/admin/hemuli/complaints?show=new")
	look(p, "inbox")
	for range 2 {
		p.eval("document.querySelector('#cases .choice_bare input:not(:checked)').click()", nil)
	}
	var box struct{ Width, Bottom, View float64 }
	p.eval("(() => { const r = document.querySelector('.batch').getBoundingClientRect(); return {Width: r.width, Bottom: r.bottom, View: innerHeight} })()", &box)
	if box.Bottom > box.View {
		t.Errorf("what is done to the ticked lies below the screen: %+v", box)
	}
	p.Tap(p.T("case.desk.batch.hint"))
	p.Select(p.T("case.act.to"), Member)
	look(p, "batch")
	p.Follow(p.T("case.act.dispatch"))
	p.See(p.T("case.desk.done"))
	p.Visit("/admin/hemuli/complaints?show=open")
	if n := strings.Count(p.Text(), Member); n < 4 {
		t.Errorf("%d cases lie with %s", n, Member)
	}
}
