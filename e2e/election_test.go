package e2e

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	cdp "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The voter of an election at phone size, in both languages, the elders' look
// and with nothing but a keyboard: from the own page to the six words on the
// board, through a cut line, and a second ballot that replaces the first.
func TestVoterOfAnElectionVotesOnAPhone(t *testing.T) {
	browser(t)
	p := newPolls(t)
	voters := []int{p.adult(0), p.adult(1), p.adult(2)}
	p.serve(voters...)
	for i, v := range []struct {
		name string
		opts []Option
		keys bool
	}{{name: "zh"}, {name: "en in care mode", opts: []Option{Language("en"), Care()}}, {name: "keyboard only", keys: true}} {
		t.Run(v.name, func(t *testing.T) {
			q := p.page(voters[i], v.opts...)
			q.t = t
			p.votes(q, i, v.keys, v.name)
		})
	}
}

func (p *polls) votes(q *Page, slip int, keys bool, name string) {
	q.t.Helper()
	q.Lenient()
	act := q.Tap
	if keys {
		act = q.keyTo
	}
	q.Visit(p.public("me"))
	q.Screenshot("election own page " + name)
	q.Axe()
	q.Visit(p.ballot("ballot"))
	q.See(q.T("ballot.demo"))
	q.Visit(p.ballot("booth"))
	q.SeeElement("#booth[data-ready]")
	act(q.T("ballot.booth.begin"))
	q.screen("slip")
	if keys {
		q.tabTo(q.T("ballot.slip.label"))
		for _, letter := range p.board.Slips[slip] {
			q.Press(string(letter))
		}
	} else {
		q.Fill(q.T("ballot.slip.label"), p.board.Slips[slip])
	}
	act(q.T("ballot.booth.next"))
	q.screen("q0")
	q.choose(act, p.adults[10].Name)
	act(q.T("ballot.booth.next"))
	q.screen("q1")
	for _, n := range []int{12, 13, 14, 15, 16} {
		q.choose(act, p.adults[n].Name)
	}
	q.See(q.T("ballot.say.over", "max", 4))
	act(q.T("ballot.booth.next"))
	q.screen("q1")
	q.choose(act, p.adults[16].Name)
	q.faces(7)
	q.Screenshot("election booth " + name)
	q.Axe()
	q.FitsWidth()
	act(q.T("ballot.booth.next"))
	q.screen("check")
	q.See(p.adults[10].Name, p.adults[12].Name, p.adults[15].Name)
	act(q.T("ballot.booth.seal"))
	q.screen("sealed")
	words := q.Read(`[data-screen="sealed"] .vote-words`)
	q.loseTheAnswer()
	act(q.T("ballot.booth.send"))
	q.See(q.T("ballot.say.unknown"))
	act(q.T("ballot.say.again"))
	q.screen("sent")
	q.Screenshot("election sent " + name)
	q.find(p, words, "ballot.find.there")
	p.again(q, slip, act)
	q.find(p, words, "ballot.find.earlier")
	p.nothingStays(q)
}

// faces wants so many portraits on the ballot, each of them a picture.
func (p *Page) faces(want int) {
	p.t.Helper()
	var faces, broken int
	p.eval("document.querySelectorAll('.vote-face').length", &faces)
	p.eval("[...document.querySelectorAll('.vote-face')].filter(i => !i.complete || i.naturalWidth === 0).length", &broken)
	if faces != want || broken != 0 {
		p.t.Errorf("%d faces, %d broken", faces, broken)
	}
}

// loseTheAnswer lets the next ballot arrive and its answer get lost.
func (p *Page) loseTheAnswer() {
	p.t.Helper()
	p.eval(`(() => { const real = window.fetch; window.fetch = async (...a) => { const r = await real(...a); if (String(a[0]).endsWith("/ballots")) { window.fetch = real; throw new TypeError("cut"); } return r; }; })()`, nil)
}

// choose marks a name on the ballot, with a finger or with the space bar.
func (p *Page) choose(act func(string), name string) {
	p.t.Helper()
	act(name)
}

// find looks a tracker up as a stranger.
func (p *Page) find(w *polls, words, key string) {
	p.t.Helper()
	stranger := OpenURL(p.t, p.base, func(o *options) { *o = p.opts })
	stranger.Visit(w.ballot("board"))
	stranger.Fill(p.T("ballot.find.label"), words)
	stranger.Follow(p.T("ballot.find.do"))
	stranger.See(p.T(key))
	stranger.Axe()
}

// again votes anew with the same slip: nobody for director.
func (p *polls) again(q *Page, slip int, act func(string)) {
	q.t.Helper()
	q.Visit(p.ballot("booth"))
	q.SeeElement("#booth[data-ready]")
	act(q.T("ballot.booth.begin"))
	q.Fill(q.T("ballot.slip.label"), p.board.Slips[slip])
	act(q.T("ballot.booth.next"))
	q.screen("q0")
	act(q.T("ballot.blank"))
	act(q.T("ballot.booth.next"))
	q.screen("q1")
	q.choose(act, p.adults[12].Name)
	act(q.T("ballot.booth.next"))
	q.screen("check")
	act(q.T("ballot.booth.seal"))
	q.screen("sealed")
	act(q.T("ballot.booth.send"))
	q.screen("sent")
	q.See(q.T("ballot.sent.revote"))
}

// nothingStays: whoever takes the family's phone next and goes back finds no
// slip and no mark (reliability.md 1.4 number 59).
func (p *polls) nothingStays(q *Page) {
	q.t.Helper()
	var left string
	q.eval(`(document.querySelector("#slip").value + [...document.querySelectorAll("#booth input:checked")].map(i => i.value).join()) + JSON.stringify(sessionStorage) + Object.keys(localStorage).filter(k => !k.startsWith("juwu")).join()`, &left)
	if left != "{}" {
		q.t.Errorf("after voting there stays %q", left)
	}
	q.eval("history.back()", nil)
	q.await("the page before", `!location.pathname.endsWith("/booth") && document.readyState === "complete"`)
	q.eval("history.forward()", nil)
	q.SeeElement("#booth[data-ready]")
	q.eval(`(document.querySelector("#slip").value + document.querySelectorAll("#booth input:checked").length)`, &left)
	if left != "0" {
		q.t.Errorf("the back button brings %q", left)
	}
}

// tabTo presses the tabulator until what has the focus is called so.
func (p *Page) tabTo(name string) {
	p.t.Helper()
	for range 80 {
		var at string
		p.eval(`(() => { const el = document.activeElement; if (!el || el === document.body) return ""; const s = x => (x || "").replace(/\s+/g, " ").trim();
			return s(el.getAttribute("aria-label") || [...(el.labels || [])].map(l => l.innerText).join(" ") || el.innerText || el.value); })()`, &at)
		if at == name || len(at) > len(name) && at[:len(name)] == name {
			return
		}
		p.Press(kb.Tab)
	}
	p.t.Fatalf("no key reaches %q", name)
}

// keyTo reaches something by the keyboard and does it: a button or a link by
// Enter, a choice by the space bar.
func (p *Page) keyTo(name string) {
	p.t.Helper()
	p.tabTo(name)
	var choice bool
	p.eval(`document.activeElement.matches("input[type=checkbox], input[type=radio]")`, &choice)
	if choice {
		p.Press(" ")
		return
	}
	p.Press(kb.Enter)
}

// The evening: trustees decrypt in their browsers from the paper, two tellers
// enter the sheets on telephones, the watcher settles what differs on a tablet,
// the chair seals, and everybody reads the result.
func TestCountOfAnElectionOnScreens(t *testing.T) {
	browser(t)
	p := newCounting(t)
	p.serve(0, tellerOne, tellerTwo, watcher, -1, -2)
	for i := range 2 {
		q := p.page(-1 - i)
		q.Visit(p.ballot("trustee"))
		q.trusteeStep(p.board.Devices[i].Seed, "ballot.trustee.do.decrypt")
		q.See(q.T("ballot.seat.shared"))
		q.Screenshot("election trustee decrypted")
		q.Axe()
	}
	heap := p.office("count", p.main.String())
	for i, n := range []int{tellerOne, tellerTwo} {
		q := p.page(n)
		q.Visit(heap)
		q.Axe()
		q.Choose(q.T("election.sheet." + strconv.Itoa(i+1)))
		q.Follow(q.T("election.begin.send"))
		p.sheet(q, i == 1)
		q.Screenshot("election teller " + strconv.Itoa(i+1))
		q.Axe()
		q.FitsWidth()
		q.Follow(q.T("election.sheet.send"))
	}
	q := p.page(watcher, func(o *options) { o.width, o.height = 820, 1180 })
	q.Visit(heap)
	q.Screenshot("election watcher")
	q.Axe()
	p.settles(q)
	q.See(q.T("election.heap.confirmed.by", "name", p.adults[watcher].Name))
	chair := p.page(0, Desktop())
	chair.Visit(p.office("result"))
	chair.Screenshot("election chair result")
	chair.Axe()
	chair.Follow(chair.T("election.seal.send"))
	for _, opts := range [][]Option{nil, {Language("en"), Dark()}, {Care()}, {Narrow()}} {
		reader := OpenURL(t, p.server.URL, opts...)
		reader.Visit(p.public("result"))
		reader.See(p.adults[10].Name, strconv.Itoa(len(p.voters)))
		reader.Screenshot(fmt.Sprintf("election result %d", len(opts)))
		reader.Axe()
		reader.FitsWidth()
	}
}

// sheet fills in a teller's sheet: everybody for the first of each; one teller
// errs in one line.
func (p *polls) sheet(q *Page, errs bool) {
	q.t.Helper()
	n := p.papers()
	wrong := 0
	if errs {
		wrong = 1
	}
	q.eval(fmt.Sprintf(`(() => { const set = (e, n) => { e.value = n; e.dispatchEvent(new Event("input", {bubbles: true})); };
		const all = [...document.querySelectorAll("form input[inputmode=numeric]")].filter(e => e.name === "valid" || e.name === "invalid" || e.name === "blank" || e.name.includes(":"));
		all.forEach(e => set(e, 0));
		all.filter(e => e.name === "valid").forEach(e => set(e, %d));
		const marks = all.filter(e => e.name.startsWith("for:"));
		[0, 2, 3, 4, 5].forEach((i, k) => set(marks[i], %d - (k === 4 ? %d : 0))); })()`, n, n, wrong), nil)
}

// settles: the line that differs is counted again in front of the watcher.
func (p *polls) settles(q *Page) {
	q.t.Helper()
	q.eval(fmt.Sprintf(`(() => { const f = [...document.querySelectorAll("form")].find(f => f.action.endsWith("/confirm"));
		f.querySelectorAll("input[inputmode=numeric]").forEach(e => e.value = %d);
		const note = f.querySelector("[name=note]"); if (note) note.value = "当面重新数过这一行"; })()`, p.papers()), nil)
	q.Follow(q.T("election.confirm.heap.send"))
}

// holdUp lets the camera of every page to come see the code of a printed voter
// card: the real picture of the card, through the real reader.
func (p *Page) holdUp(card string) {
	p.t.Helper()
	p.run(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := cdp.AddScriptToEvaluateOnNewDocument(`(() => {
			const card = ` + card + `;
			navigator.mediaDevices.getUserMedia = async () => {
				const c = document.createElement("canvas"), pen = c.getContext("2d"), size = card.box;
				c.width = c.height = 480;
				setInterval(() => {
					pen.setTransform(1, 0, 0, 1, 0, 0);
					pen.fillStyle = "#fff"; pen.fillRect(0, 0, 480, 480);
					pen.setTransform(400 / size, 0, 0, 400 / size, 40, 40);
					pen.fillStyle = "#000"; pen.fill(new Path2D(card.path));
				}, 40);
				window.cameras = (window.cameras ?? 0) + 1;
				return c.captureStream(25);
			};
		})()`).Do(ctx)
		return err
	}))
}

// scans: at the station's table a voter's card is held before the tablet's
// camera, the ballot is given out, and the camera waits for the next one.
func (p *polls) scans(q *Page, at string, n int) {
	q.t.Helper()
	v := p.voters[n]
	var card string
	chair := p.page(0, Desktop())
	chair.Visit(p.office("cards"))
	chair.eval(fmt.Sprintf(`(() => { const c = [...document.querySelectorAll(".votercard")].find(c => c.querySelector(".votercard__number").innerText.includes(%q)); const s = c.querySelector("svg");
		return JSON.stringify({box: s.viewBox.baseVal.width, path: s.querySelector("path").getAttribute("d")}); })()`, strconv.Itoa(v.Number)), &card)
	q.holdUp(card)
	q.Visit(at)
	q.Tap(q.T("election.scan.start"))
	q.See(v.Name, q.T("election.issue.send"))
	q.await("the card was read", fmt.Sprintf(`document.getElementById("q").value === "%d"`, v.Number))
	q.Screenshot("station scanned")
	q.Axe()
	q.Follow(q.T("election.issue.send"))
	q.await("the camera waits for the next card", `window.cameras === 1`)
	q.await("the card that is still before it is not read again", `document.getElementById("q").value === "" && !document.querySelector("[data-scan-stop]").hidden`)
}

// The table of a polling station while the line and the server are gone: the
// page opens again after the tablet's own power cut, gives out ballots of the
// station's part, and sends when there is a line: each once.
func TestStationGoesOnWithoutALine(t *testing.T) {
	browser(t)
	p := newPolls(t)
	p.serve(watcher, 0)
	q := p.page(watcher, func(o *options) { o.width, o.height = 820, 1180 })
	q.Lenient()
	at := p.office("stations", p.main.String())
	q.Visit(at)
	q.Axe()
	q.await("the page and the roll to be kept", `document.getElementById("checkin").dataset.kept === "1" && !!navigator.serviceWorker.controller`)
	p.scans(q, at, pollBoard+2)
	q.Tap(q.T("election.scan.stop"))
	first, second := p.voters[pollBoard], p.voters[pollBoard+1]
	find := func(words string) {
		q.Fill(q.T("election.issue.find"), words)
		q.Tap(q.T("election.roll.find.send"))
	}
	p.server.Stop()
	find(strconv.Itoa(first.Number))
	q.See(q.T("election.offline.now"), first.Name)
	q.Screenshot("station without a line")
	q.Axe()
	q.Tap(q.T("election.issue.send"))
	q.See(q.T("election.offline.given"), q.T("election.offline.waiting")+"1")
	q.Visit(at) // the tablet comes up again, the line does not
	q.See(p.adults[watcher].Name[:0]+q.T("election.issue.title"), q.T("election.offline.waiting")+"1")
	find(first.Name)
	q.See(q.T("election.offline.given"))
	find(second.Name)
	q.Tap(q.T("election.issue.send"))
	q.See(q.T("election.offline.waiting") + "2")
	p.back()
	q.eval(`window.dispatchEvent(new Event("online"))`, nil)
	q.await("everything sent", `localStorage.getItem("juwu.station." + location.pathname) === null`)
	q.Visit(at)
	q.await("three ballots counted", fmt.Sprintf(`[...document.querySelectorAll(".figure__value")].slice(0, 2).map(e => e.innerText.trim()).join() === "%d,3"`, len(p.voters)-pollBoard))
	find(first.Name)
	q.See(q.T("election.claim.voted"))
	q.run(network.ClearBrowserCookies())
}

// What is printed for the day: voter cards ten on a sheet of A4, the list of
// candidates with their portraits, empty tally sheets, and the sheet of the board.
func TestElectionPapers(t *testing.T) {
	browser(t)
	p := newPolls(t)
	p.serve(0)
	q := p.page(0, Desktop())
	for name, c := range map[string]struct {
		path   string
		papers int
		words  []string
	}{
		"voter cards": {p.office("cards"), (len(p.voters) + 9) / 10, []string{p.voters[0].Name, "选民证"}},
		"candidates":  {p.public("sheet"), 1, []string{p.adults[10].Name, p.adults[16].Name}},
		"tally sheet": {p.office("tallysheet"), 1, []string{p.adults[12].Name, "计票单"}},
	} {
		q.Visit(c.path)
		q.Screenshot("paper " + name)
		text := printed(t, q)
		if got := papers(text); got != c.papers {
			t.Errorf("%s prints as %d papers, want %d", name, got, c.papers)
		}
		for _, w := range c.words {
			if !strings.Contains(strings.Join(strings.Fields(text), ""), strings.Join(strings.Fields(w), "")) {
				t.Errorf("%s lacks %q:\n%.600s", name, w, text)
			}
		}
	}
}
