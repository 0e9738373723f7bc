package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/network"
)

// worker is the grid worker of the example.
const worker = "孟红杰"

// slow makes sending take long, so that a story can do something meanwhile.
func (p *Page) slow(bytesPerSecond float64) {
	p.t.Helper()
	p.run(network.EmulateNetworkConditions(false, 0, -1, bytesPerSecond))
}

// A resident reports from the phone; the line goes in the middle of sending the
// picture, and again before the last tap. Nothing typed is lost, and in the end
// there is one case, which its anonymous reporter follows by the code.
func TestAReportSurvivesALostLine(t *testing.T) {
	browser(t)
	s := Fresh(t, "demo")
	p := Open(t, s)
	p.Lenient() // requests fail on purpose
	const text = "地下车库入口的灯坏了，晚上看不清坡道"
	p.Visit("/hemuli/complaints/new/repair")
	p.Fill(p.T("case.text"), text)
	p.Fill(p.T("case.q.object"), "车库灯")
	p.Attach(p.T("case.photos"), receipt(t))
	p.slow(2000)
	p.Tap(p.T("case.next"))
	p.Offline(true)
	p.See(p.T("case.lost"))
	look(p, "line lost")

	// The phone is put away and taken out again: what was written is there.
	p.Offline(false)
	p.See(p.T("case.check.title"), text)
	p.SeeElement(".files a.file")
	look(p, "report to check")

	p.Choose(p.T("case.level.anonymous"))
	p.Offline(true)
	p.Tap(p.T("case.send"))
	p.await("the browser's own page about the line", "!document.body.innerText.includes("+quote(p.T("case.check.title"))+")")
	p.Offline(false)
	p.Visit("/hemuli/complaints/check")
	p.See(text)
	p.Choose(p.T("case.level.anonymous"))
	p.Follow(p.T("case.send"))
	p.See(p.T("case.sent.title"), p.T("case.code.title"))
	number, code := p.Read(".done__number"), p.Read("#code .done__number")
	look(p, "anonymous report sent")

	// Somewhere else, with nothing but the code.
	again := Open(t, s)
	again.Visit("/hemuli/complaints/code")
	again.Fill(again.T("case.track.code"), code)
	again.Follow(again.T("case.track.do"))
	again.See(number, text)
	look(again, "followed by the code")
	again.Follow(again.T("case.own.title.reply"))
	again.Fill(again.T("case.own.text"), "灯在坡道左手第二根柱子")
	again.Follow(again.T("case.own.send.reply"))
	again.See("第二根柱子")

	office := Open(t, s)
	office.EnterAs(Director)
	office.Visit("/admin/hemuli/complaints?show=all")
	var n int
	office.eval("document.body.innerText.split("+quote(text)+").length - 1", &n)
	if n != 1 {
		t.Errorf("the inbox holds it %d times", n)
	}
}

// A grid worker's day, with one thumb: the door that is due first, three taps,
// and what the household asks for is a case.
func TestAGridWorkersRound(t *testing.T) {
	browser(t)
	s := Fresh(t, "demo")
	p := Open(t, s)
	p.EnterAs(worker)
	p.Visit("/admin/hemuli")
	p.See(p.T("visit.title"))
	p.Visit("/admin/hemuli/visits")
	look(p, "doors")
	p.eval("document.querySelector('#doors a').click()", nil)
	p.See(p.T("visit.manner.home"))
	look(p, "one door")
	p.Choose(p.T("visit.manner.home"))
	p.Fill(p.T("visit.note"), "家里平安")
	p.Tap(p.T("visit.asked"))
	p.Fill(p.T("visit.asked"), "单元门的闭门器坏了，半夜很响")
	p.Select(p.T("case.category"), p.T("case.category.repair"))
	p.Follow(p.T("visit.save"))
	p.See("闭门器", p.T("case.channel.visit"))
	look(p, "case of a visit")
	p.Follow(p.T("case.act.triage"))
	p.Follow(p.T("case.act.triage"))
	p.Visit("/admin/hemuli/visits")
	p.See(p.T("visit.last", "date", ""))
}

// The pages of cases and visits in the other language, dark, and in care mode.
func TestCasePagesInEveryManner(t *testing.T) {
	browser(t)
	s := Fresh(t, "demo")
	for manner, opts := range oneOf("en dark", map[string][]Option{"en dark": {Language("en"), Dark()}, "zh care": {Care()}}) {
		p := Open(t, s, opts...)
		for _, path := range []string{"/hemuli/complaints", "/hemuli/complaints/new", "/hemuli/complaints/new/repair", "/hemuli/complaints/board", "/hemuli/complaints/code"} {
			p.Visit(path)
			look(p, manner+" "+path)
		}
		p.EnterAs(worker)
		for _, path := range []string{"/admin/hemuli/visits", "/admin/hemuli/complaints"} {
			p.Visit(path)
			look(p, manner+" "+path)
		}
		p.eval("document.querySelector('#cases tbody a').click()", nil)
		p.See(p.T("case.way"))
		look(p, manner+" case")
	}
}
