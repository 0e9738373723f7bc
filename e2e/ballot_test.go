package e2e

import (
	"regexp"
	"strings"
	"testing"
)

// The example's poll: its slips stand in its text.
func spareSlips(p *Page) []string {
	p.t.Helper()
	return regexp.MustCompile(`[0-9A-Za-z]{5}-[0-9A-Za-z]{6}-[0-9A-Za-z]{5}-[0-9A-Za-z]{6}`).FindAllString(p.Text(), -1)
}

// pollPath opens the example's poll and returns its address.
func pollPath(p *Page) string {
	p.t.Helper()
	p.Visit("/hemuli/polls")
	p.Follow("楼道灯和先修哪里")
	return strings.TrimSuffix(p.Address(), "/ballot")
}

// confirmedResident is the example's resident, known from the roll.
func confirmedResident(p *Page) {
	p.t.Helper()
	p.EnterAs(Resident)
	p.Visit("/me/roll/hemuli")
	if len(p.matches(p.T("me.link.state.confirmed"))) > 0 {
		return
	}
	p.Fill(p.T("me.record.name"), Resident)
	p.Fill(p.T("me.roll.digits"), "070084")
	p.Fill(p.T("me.roll.building"), "1")
	p.Fill(p.T("me.roll.room"), "101")
	p.Follow(p.T("me.roll.send"))
}

// screen waits for a screen of the booth.
func (p *Page) screen(name string) {
	p.t.Helper()
	p.SeeElement(`[data-screen="` + name + `"]:not([hidden])`)
}

// TestVoterVotesOnAPhone: from the slip to the six words on the board, in both
// languages and in the elders' look.
func TestVoterVotesOnAPhone(t *testing.T) {
	browser(t)
	for name, opts := range map[string][]Option{"zh": nil, "en in care mode": {Language("en"), Care()}} {
		t.Run(name, func(t *testing.T) {
			votesOnAPhone(Open(t, Demo(t), opts...), name)
		})
	}
}

func votesOnAPhone(p *Page, name string) {
	p.t.Helper()
	confirmedResident(p)
	at := pollPath(p)
	slip := spareSlips(p)[0]
	p.Screenshot("ballot page " + name)
	p.Axe()
	p.Follow(p.T("ballot.go"))
	p.SeeElement("#booth:not([hidden])")
	p.screen("start")
	p.Screenshot("booth start " + name)
	p.Axe()
	p.Tap(p.T("ballot.booth.begin"))
	p.screen("slip")
	p.Fill(p.T("ballot.slip.label"), slip[:20])
	p.Tap(p.T("ballot.booth.next"))
	p.See(p.T("ballot.say.slip"))
	p.Fill(p.T("ballot.slip.label"), strings.ReplaceAll(slip, "-", " "))
	p.Tap(p.T("ballot.booth.next"))
	p.screen("q0")
	p.Tap(p.T("ballot.booth.next"))
	p.See(p.T("ballot.say.underblank", "min", 1))
	p.Choose("换")
	p.Tap(p.T("ballot.booth.next"))
	p.screen("q1")
	for _, choice := range []string{"北门道闸", "3幢花坛", "自行车棚"} {
		p.Choose(choice)
	}
	p.See(p.T("ballot.say.over", "max", 2))
	p.Tap(p.T("ballot.booth.next"))
	p.screen("q1")
	p.Choose("自行车棚") // takes it off
	p.Screenshot("booth question " + name)
	p.Axe()
	p.Tap(p.T("ballot.booth.next"))
	p.screen("check")
	p.See("换", "北门道闸", "3幢花坛")
	p.Screenshot("booth check " + name)
	p.Tap(p.T("ballot.booth.seal"))
	p.screen("sealed")
	words := p.Read(`[data-screen="sealed"] .vote-words`)
	p.Screenshot("booth sealed " + name)
	p.Axe()
	p.Tap(p.T("ballot.booth.send"))
	p.screen("sent")
	p.See(p.T("ballot.sent.title"))
	p.Screenshot("booth sent " + name)
	stranger := p.Another()
	stranger.Visit(at + "/board")
	stranger.Fill(p.T("ballot.find.label"), words)
	stranger.Follow(p.T("ballot.find.do"))
	stranger.See(p.T("ballot.find.there"))
	stranger.Screenshot("board " + name)
	stranger.Axe()
	stranger.FitsWidth()
}

// letters types the trustee's paper and does the step.
func (p *Page) trusteeStep(paper, done string) {
	p.t.Helper()
	p.SeeElement(`#trustee[data-ready]`)
	p.Fill(p.T("ballot.letters.label"), paper)
	p.Follow(p.T(done))
}

// TestVoteIsPreparedOnFourDesks: the office drafts, three trustees make keys on
// their own devices and rehearse from paper, the registrar prints slips, the
// director opens.
func TestVoteIsPreparedOnFourDesks(t *testing.T) {
	browser(t)
	s := Demo(t)
	prepareVote(t, func() *Page { return Open(t, s) })
}

func prepareVote(t *testing.T, person func() *Page) {
	office := person()
	office.EnterAs(Member)
	office.Visit("/admin/hemuli/ballots/new")
	office.Fill(office.T("ballot.desk.name"), "是否加装充电桩")
	office.Fill(office.T("ballot.desk.questions"), "加装充电桩吗？ [1-1 空白]\n- 加装\n- 不加装")
	office.Axe()
	office.Follow(office.T("ballot.desk.save"))
	desk := office.Address()
	trustees := map[string]string{Street: "19800000003", "周建国": "19800000011", "吴和": "19800000012"}
	seats := []string{Street, "周建国", "吴和"}
	for _, name := range seats {
		office.Fill(office.T("ballot.desk.trustee.phone"), trustees[name])
		office.Follow(office.T("ballot.desk.trustee.add"))
		office.See(name)
	}
	office.Screenshot("ballot desk")
	office.Axe()
	office.Follow(office.T("ballot.desk.fix"))
	seat := strings.Replace(strings.TrimPrefix(desk, "/admin"), "/ballots/", "/elections/", 1) + "/trustee"
	pages, papers := map[string]*Page{}, map[string]string{}
	for _, name := range seats {
		p := person()
		p.EnterAs(name)
		p.Visit(seat)
		papers[name] = strings.Join(strings.Fields(p.Read("[data-paper]")), "")
		p.Screenshot("trustee key")
		p.Axe()
		p.trusteeStep(papers[name], "ballot.trustee.do.cert")
		pages[name] = p
	}
	for _, step := range []string{"ballot.trustee.do.polynomial", "ballot.trustee.do.finish", "ballot.trustee.do.rehearsal"} {
		for _, name := range seats {
			pages[name].Visit(seat)
			pages[name].trusteeStep(papers[name], step)
		}
	}
	pages[Street].Screenshot("trustee done")
	registrar := person()
	registrar.EnterAs(Supervisor)
	registrar.Visit(desk + "/slips")
	registrar.Fill(registrar.T("ballot.slips.count"), "6")
	registrar.Tap(registrar.T("ballot.slips.make"))
	registrar.SeeElement(`#registrar[data-ready=made]`)
	registrar.Screenshot("slips")
	registrar.Axe()
	registrar.Follow(registrar.T("ballot.slips.send"))
	director := person()
	director.EnterAs(Director)
	director.Visit(desk)
	director.Follow(director.T("ballot.desk.open"))
	director.See(director.T("ballot.state.open"))
	director.Screenshot("ballot desk open")
	stranger := person()
	stranger.Visit("/hemuli/polls")
	stranger.See("是否加装充电桩")
}

// TestBoothIsLight: what the booth and its worker weigh on first load.
func TestBoothIsLight(t *testing.T) {
	browser(t)
	boothIsLight(Open(t, Demo(t)))
}

func boothIsLight(p *Page) {
	p.t.Helper()
	const limit = 120 << 10
	at := pollPath(p)
	fresh := OpenURL(p.t, p.base)
	fresh.Lenient() // nobody is logged in: the booth asks for rights and is told so
	fresh.Visit(at + "/booth")
	fresh.SeeElement("#booth[data-ready]")
	if got := fresh.Wire(); got > limit || got < 10<<10 {
		p.t.Errorf("the booth weighs %d bytes, more than %d", got, limit)
	} else {
		p.t.Logf("the booth weighs %d bytes", got)
	}
}

// TestNetworkIsCutBetweenSendingAndTheAnswer: the voter is told that nobody
// knows, sends again, and votes once.
func TestNetworkIsCutBetweenSendingAndTheAnswer(t *testing.T) {
	browser(t)
	cutBeforeTheAnswer(Open(t, Demo(t)))
}

func cutBeforeTheAnswer(p *Page) {
	p.t.Helper()
	p.Lenient()
	confirmedResident(p)
	at := pollPath(p)
	slip := spareSlips(p)[0]
	p.Visit(at + "/booth")
	p.SeeElement("#booth[data-ready]")
	p.stays()
	p.Tap(p.T("ballot.booth.begin"))
	p.Fill(p.T("ballot.slip.label"), slip)
	p.Tap(p.T("ballot.booth.next"))
	p.Choose("不换")
	p.Tap(p.T("ballot.booth.next"))
	p.Choose("健身器材")
	p.Tap(p.T("ballot.booth.next"))
	p.Offline(true) // once it is loaded, only sending needs a network
	p.Tap(p.T("ballot.booth.seal"))
	p.screen("sealed")
	p.Tap(p.T("ballot.booth.send"))
	p.See(p.T("ballot.say.offline"))
	p.Offline(false)
	// The ballot arrives and its answer is lost.
	p.eval(`(() => { const real = window.fetch; window.fetch = async (...a) => { const r = await real(...a); if (String(a[0]).endsWith("/ballots")) { window.fetch = real; throw new TypeError("cut"); } return r; }; })()`, nil)
	p.Tap(p.T("ballot.booth.send"))
	p.See(p.T("ballot.say.unknown"))
	p.Tap(p.T("ballot.say.again"))
	p.screen("sent")
}

// TestSpoiledBallotIsOpenedOnAnotherDevice: the second device says what the
// ballot holds; the first makes a new one.
func TestSpoiledBallotIsOpenedOnAnotherDevice(t *testing.T) {
	browser(t)
	spoilAndAudit(Open(t, Demo(t)))
}

// stays: when the booth has learnt that nobody is logged in, the button is where
// it was before, and nothing is complained of that nobody has done yet.
func (p *Page) stays() {
	p.t.Helper()
	p.SeeElement("[data-login]:not([hidden])")
	p.NotSee(p.T("ballot.say.login"))
	var moved float64
	p.eval(`(() => {
		const link = document.querySelector("[data-login]"), top = () => document.querySelector("[data-next]").getBoundingClientRect().top;
		const after = top();
		link.hidden = true;
		const before = top();
		link.hidden = false;
		return after - before;
	})()`, &moved)
	if moved != 0 {
		p.t.Errorf("the button moves by %.0f px under the thumb", moved)
	}
}

func spoilAndAudit(p *Page) {
	p.t.Helper()
	p.Lenient() // nobody is logged in here, and the booth asks
	at := pollPath(p)
	slip := spareSlips(p)[1]
	p.Visit(at + "/booth")
	p.SeeElement("#booth[data-ready]")
	p.Tap(p.T("ballot.booth.begin"))
	p.Fill(p.T("ballot.slip.label"), slip)
	p.Tap(p.T("ballot.booth.next"))
	p.Choose("不换")
	p.Tap(p.T("ballot.booth.next"))
	p.Choose("健身器材")
	p.Tap(p.T("ballot.booth.next"))
	p.Tap(p.T("ballot.booth.seal"))
	p.screen("sealed")
	p.Tap(p.T("ballot.spoil.do"))
	p.screen("audit")
	address := p.Read("[data-address] .vote-tracker")
	second := OpenURL(p.t, p.base)
	second.Visit(strings.TrimPrefix(address, p.base))
	second.SeeElement("#audit[data-state=right]")
	second.See("不换", "健身器材")
	second.Screenshot("audit")
	second.Axe()
	third := OpenURL(p.t, p.base)
	third.Lenient()
	third.Visit(strings.TrimPrefix(address[:len(address)-4], p.base) + "AAAA") // another key
	third.SeeElement("#audit[data-state=wrong]")
	p.Tap(p.T("ballot.spoiled.again"))
	p.screen("check")
}
