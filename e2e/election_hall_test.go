package e2e

import (
	"strconv"
	"strings"
	"testing"
)

// TestTabletAtThePollingPlace: one voter votes at home, two on the tablet of the
// polling place, one on paper, and one leaves the tablet in the middle. The
// tablet was set up by the chair, whose login ends on it; it forgets each voter,
// and the back button brings nothing of them.
func TestTabletAtThePollingPlace(t *testing.T) {
	browser(t)
	p := newPolls(t)
	home := p.adult(0)
	p.serve(0, home, watcher)
	phone := p.page(home)
	p.marks(phone, p.ballot("booth"), 0)
	tablet := p.page(0, func(o *options) { o.width, o.height = 820, 1180 })
	tablet.Lenient() // the booth asks for rights before anybody has logged in
	tablet.Visit("/admin/hemuli/ballots/" + p.board.Board.ID.String())
	tablet.Screenshot("tablet desk")
	tablet.Axe()
	tablet.Follow(tablet.T("ballot.hall.open"))
	tablet.SeeElement("#booth[data-ready]")
	tablet.NotSee(p.as(0).Name)
	tablet.Screenshot("tablet start")
	tablet.Axe()
	tablet.FitsWidth()
	for i := 1; i <= 2; i++ {
		p.votesOnTheTablet(tablet, i)
	}
	p.leavesTheTablet(tablet, 3)
	phone.Visit(p.ballot("hall"))
	phone.See(phone.T("ballot.hall.none"))
	phone.Axe()
	table := p.page(watcher)
	table.Visit(p.office("stations", p.main.String()) + "?q=" + strconv.Itoa(p.voters[pollBoard].Number))
	table.Follow(table.T("election.issue.send"))
	table.Visit(p.ballot("board"))
	table.await("three ballots on the board", `document.querySelector(".figure__value").innerText.trim() === "3"`)
}

// marks fills in the ballot that lies open, from the first screen to the last.
func (p *polls) marks(q *Page, booth string, slip int) (words string) {
	q.t.Helper()
	if booth != "" {
		q.Visit(booth)
	}
	q.SeeElement("#booth[data-ready]")
	q.Tap(q.T("ballot.booth.begin"))
	q.screen("slip")
	q.Fill(q.T("ballot.slip.label"), p.board.Slips[slip])
	q.Tap(q.T("ballot.booth.next"))
	q.screen("q0")
	q.Tap(p.adults[10].Name)
	q.Tap(q.T("ballot.booth.next"))
	q.screen("q1")
	q.Tap(p.adults[12].Name)
	q.Tap(q.T("ballot.booth.next"))
	q.screen("check")
	q.Tap(q.T("ballot.booth.seal"))
	q.screen("sealed")
	words = q.Read(`[data-screen="sealed"] .vote-words`)
	q.Tap(q.T("ballot.booth.send"))
	q.screen("sent")
	return words
}

// telephone is the number of the n-th of the roll.
func (p *polls) telephone(n int) string { return "1771000" + pad(p.adult(n)) }

func pad(n int) string { return strings.Repeat("0", 4-len(strconv.Itoa(n))) + strconv.Itoa(n) }

// logsIn is a voter at the tablet, with the code that came to their own phone.
// The tablet offers no number of anybody before.
func (p *polls) logsIn(q *Page, phone string) {
	q.t.Helper()
	q.Follow(q.T("ballot.hall.login"))
	q.SeeElement(`input[type=tel][autocomplete=off]`)
	if got := q.Value(q.T("login.phone.label")); got != "" {
		q.t.Errorf("the login holds %q", got)
	}
	q.Fill(q.T("login.phone.label"), phone)
	q.Choose(q.T("login.agree.text"))
	code := (&Server{p.server}).Code(q.t, phone, func() { q.Follow(q.T("login.send")) })
	q.Fill(q.T("login.code.label"), code)
	q.Follow(q.T("login.enter"))
	q.SeeElement("#booth[data-ready]")
}

func (p *polls) votesOnTheTablet(q *Page, n int) {
	q.t.Helper()
	p.logsIn(q, p.telephone(n))
	words := p.marks(q, "", n)
	q.Screenshot("tablet sent")
	q.Axe()
	q.Follow(q.T("ballot.hall.next"))
	p.forgotten(q, p.board.Slips[n], words, p.telephone(n), p.adults[p.adult(n)].Name)
}

// leavesTheTablet: somebody goes away with a slip typed in; after a while the
// tablet is as before.
func (p *polls) leavesTheTablet(q *Page, n int) {
	q.t.Helper()
	p.logsIn(q, p.telephone(n))
	q.Tap(q.T("ballot.booth.begin"))
	q.Fill(q.T("ballot.slip.label"), p.board.Slips[n])
	q.eval(`window.juwuLeaving = true; document.querySelector("[data-hall]").dataset.hall = "0.2"`, nil)
	q.Press("Shift")
	q.await("the tablet's own start", `window.juwuLeaving !== true && document.readyState === "complete"`)
	p.forgotten(q, p.board.Slips[n], p.telephone(n), p.adults[p.adult(n)].Name)
}

// forgotten wants the start page for nobody, and nothing of the voter before on
// any page that the back button reaches.
func (p *polls) forgotten(q *Page, secrets ...string) {
	q.t.Helper()
	for range 6 {
		q.SeeElement("body")
		var held string
		q.eval(`document.body.innerText + [...document.querySelectorAll("input:not([type=hidden]),textarea")].map(i => i.type === "checkbox" || i.type === "radio" ? (i.checked ? i.dataset.name : "") : i.value).join(" ") + JSON.stringify(sessionStorage)`, &held)
		for _, s := range append(secrets, strings.Join(strings.Fields(secrets[0]), "")) {
			if strings.Contains(held, s) {
				q.t.Errorf("%s still shows %q", q.Address(), s)
			}
		}
		var more bool
		if q.eval("navigation.canGoBack", &more); !more {
			break
		}
		q.eval("window.juwuBefore = true; history.back()", nil)
		q.await("the page before", `window.juwuBefore !== true && document.readyState === "complete"`)
	}
	q.Visit(p.ballot("hall"))
	q.SeeElement("#booth[data-ready]")
	q.SeeElement("[data-login]:not([hidden])")
}
