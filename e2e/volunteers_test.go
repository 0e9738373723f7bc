package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// The server is gone, not only the page's line: the leader's phone notes who
// comes all the same, is reloaded in the middle and has everything still, and
// sends when the server is back.
func TestLeaderChecksInWithoutALine(t *testing.T) {
	browser(t)
	s := Fresh(t, "demo")
	leader := Open(t, s)
	leader.EnterAs(Resident)
	leader.Visit("/hemuli/volunteers/mine")
	look(leader, "my volunteering")
	var number, lead string
	leader.eval(`document.querySelector("main").innerText.match(/20\d{8}/)[0]`, &number)
	leader.eval(`document.querySelector('a[href$="/lead"]').getAttribute("href")`, &lead)
	leader.Visit(lead)
	look(leader, "leader")
	leader.Visit(lead + "/code")
	look(leader, "rotating code")
	leader.Visit(lead)
	leader.await("the service worker", `navigator.serviceWorker.controller !== null`)
	leader.Tap(leader.T("lead.device.prepare"))
	leader.await("the device page", deviceReady)
	look(leader, "device")
	device := leader.Address()
	leader.Lenient() // a request that fails is what this is about
	s.Stop()
	leader.Fill(leader.T("device.number"), "123456")
	leader.Tap(leader.T("device.note"))
	leader.See(leader.T("device.wrong"))
	leader.note(number, "in")
	leader.See(leader.T("device.kept"), leader.T("device.count", "all", 1, "n", 1))
	leader.note(number, "in")
	leader.await("that nobody is noted twice", `document.querySelectorAll("[data-device-list] li").length === 1`)
	leader.Tap(leader.T("device.send"))
	leader.See(leader.T("device.later"))
	leader.Visit(device) // nobody answers but the telephone itself
	leader.await("the device page without a server", deviceReady)
	leader.See(leader.T("device.count", "all", 1, "n", 1))
	leader.note(number, "out")
	leader.See(leader.T("device.count", "all", 2, "n", 2))
	leader.Screenshot("device without a line")

	if err := s.StartAgain(); err != nil {
		t.Fatal(err)
	}
	// A leader who prepares the phone anew must not lose what waits on it.
	leader.Visit(lead)
	leader.Tap(leader.T("lead.device.prepare"))
	leader.await("the device page", deviceReady)
	leader.See(leader.T("device.sent"), leader.T("device.count", "all", 2, "n", 0))
	leader.Visit(lead)
	leader.await("the time of coming on the leader's page", `[...document.querySelectorAll("table tbody tr")].some(r => r.innerText.includes("`+number+`") && /\d\d:\d\d/.test(r.innerText))`)
}

const deviceReady = `location.pathname.endsWith("/device") && document.querySelector("[data-device-ready]") !== null && !document.querySelector("[data-device-ready]").hidden`

// note types a volunteer's number on the leader's device.
func (p *Page) note(number, way string) {
	p.t.Helper()
	p.Choose(p.T("activity.here." + way))
	p.Fill(p.T("device.number"), number)
	p.Tap(p.T("device.note"))
}

const strangersList = "姓名,志愿者编号,出生日期,手机号,累计服务时长（小时）\n沈外来,330199000000001,1975-03-02,13800000021,12.5\n小沈,330199000000002,2013-03-02,,3\n"

// The committee brings in volunteers of another system: the bad row is shown by
// its cell, the good one comes in, and another person approves its hours.
func TestCommitteeBringsInVolunteers(t *testing.T) {
	for _, opts := range [][]Option{{Language("zh-CN")}, {Language("en"), Dark()}} {
		browser(t)
		s := Fresh(t, "demo")
		file := filepath.Join(t.TempDir(), "志愿者.csv")
		if err := os.WriteFile(file, []byte(strangersList), 0o600); err != nil {
			t.Fatal(err)
		}
		p := Open(t, s, opts...)
		p.EnterAs(Member)
		for _, page := range []string{"", "/hours", "/commend", "/insurance", "/export", "/teams", "/hours/import"} {
			p.Visit("/admin/hemuli/volunteers" + page)
			look(p, "volunteers desk"+filepath.Base(page))
		}
		p.Visit("/admin/hemuli/volunteers/people/import")
		p.Attach(p.T("list.file"), file)
		p.Follow(p.T("roll.upload"))
		p.See("C3", p.T("list.minor", "n", 18))
		look(p, "list preview")
		p.Follow(p.T("list.people.confirm", "n", 1))
		p.See(p.T("list.people.done", "n", 1, "tied", 0), p.T("list.waits.own"))
		here := p.Address()
		p.Visit("/admin/hemuli/volunteers/people/import")
		p.Attach(p.T("list.file"), file)
		p.Follow(p.T("roll.upload"))
		p.See(p.T("list.again"))

		other := Open(t, s, opts...)
		other.EnterAs(Director)
		other.Visit(here)
		other.Follow(other.T("list.approve", "n", 1))
		other.See(other.T("hours.desk.done", "n", 1))
		look(other, "list approved")
	}
}
