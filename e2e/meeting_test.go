package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"juwu/models"
)

// set puts a value into the form's field of that name: where a form has the same
// label in every row.
func (p *Page) set(name, value string) {
	p.t.Helper()
	p.eval(fmt.Sprintf("document.querySelector(`[name=%s]`).value = %s", quote(name), quote(value)), nil)
}

// press clicks what is found by the selector and waits for the next page.
func (p *Page) press(selector string) {
	p.t.Helper()
	p.SeeElement(selector)
	p.eval("window.juwuLeaving = true", nil)
	p.eval("document.querySelector("+quote(selector)+").click()", nil)
	p.await("another page after "+selector, "window.juwuLeaving !== true && document.readyState === 'complete'")
	p.settle()
}

// get is what an address of the same server answers.
func (p *Page) get(path string) (text string) {
	p.t.Helper()
	p.eval("(() => { const x = new XMLHttpRequest(); x.open('GET', "+quote(path)+", false); x.send(); return x.responseText })()", &text)
	return text
}

// soon is a beginning in twenty minutes, a number of days ahead, and an end on
// the same day: a hall whose doors are open when the days have passed.
func soon(days int) (day models.Date, from, to string, minutes int) {
	at := time.Now().In(models.Shanghai).Add(20 * time.Minute)
	if at.Hour() == 23 && at.Minute() > 25 {
		at = models.DateOf(at).AddDays(1).Time().Add(5 * time.Minute)
	}
	end := at.Add(time.Hour)
	if last := models.DateOf(at).Time().Add(24*time.Hour - time.Minute); end.After(last) {
		end = last
	}
	return models.DateOf(at).AddDays(days), at.Format("15:04"), end.In(models.Shanghai).Format("15:04"), min(20, int(end.Sub(at).Minutes())-1)
}

const hearing = "东门电动车充电棚"

// A hearing as people live it, each on a phone: the secretary drafts it too near
// and is told the day that would be allowed; a resident waits for a seat and gets
// it; the doorman checks people in; words are confirmed, minutes come out and are
// taken in by the street, and what was promised is followed until it is done.
func TestAHearingFromTheDraftToTheLastPromise(t *testing.T) {
	browser(t)
	s := Fresh(t, "demo")
	desk := callHearing(t, s)
	public := strings.TrimPrefix(desk, "/admin")
	takeSeats(t, s, public)
	s = s.Later(t, 3)
	atTheDoor(t, s, desk, public)
	s = s.Later(t, 4)
	due := models.DateOf(time.Now()).AddDays(10)
	holdHearing(t, s, desk, public, due)
	s = s.Later(t, 20)
	p := Open(t, s)
	p.EnterAs(Member)
	p.Visit("/admin/hemuli")
	p.See(p.T("meeting.day.plan"))
	p.Visit(public)
	p.See(fmt.Sprintf("物业：应在 %d月%d日", due.Time().Month(), due.Time().Day()), "已超期")
	look(p, "a promise is late")
	p.Visit(desk)
	p.press("#opinions a")
	p.Fill(p.T("meeting.step.text"), "充电棚已经建好通电")
	p.Choose(p.T("meeting.step.done.yes"))
	look(p, "the promise is carried out")
	p.Follow(p.T("meeting.step.send"))
	p.Visit(desk)
	p.Follow(p.T("meeting.close"))
	p.See(p.T("meeting.state.closed"))
	p.Visit(public)
	p.See("充电棚已经建好通电", p.T("meeting.state.closed"))
	look(p, "all is done")
}

// callHearing is the secretary's and the director's part; it gives the address
// in the office.
func callHearing(t *testing.T, s *Server) (desk string) {
	t.Helper()
	near, _, _, _ := soon(2)
	day, from, to, minutes := soon(3)
	p := Open(t, s)
	p.EnterAs(Member)
	p.Visit("/admin/hemuli/meetings/new?kind=hearing")
	p.Fill(p.T("meeting.form.title"), hearing)
	p.Fill(p.T("meeting.about"), "建在哪里、谁来管、怎么收费，听听大家的意见。")
	p.Fill(p.T("meeting.place"), "社区活动室")
	p.Fill(p.T("meeting.recorder"), "林梓庆")
	for name, value := range map[string]string{"day": string(near), "from": from, "to": to, "item_title_1": "居民发言", "item_minutes_1": fmt.Sprint(minutes), "seats_delegate_open": "1", "seats_speaker_open": ""} {
		p.set(name, value)
	}
	look(p, "draft form")
	p.Follow(p.T("meeting.form.save"))
	at := day.Time()
	p.See(p.T("meeting.draft.late"), fmt.Sprintf("最早 %d月%d日", at.Month(), at.Day()))
	look(p, "draft that is too near")
	p.Follow(p.T("meeting.draft.edit"))
	p.set("day", string(day))
	p.Follow(p.T("meeting.form.save"))
	p.NotSee(p.T("meeting.draft.late"))
	desk = p.Address()
	director := Open(t, s)
	director.EnterAs(Director)
	director.Visit(desk)
	director.Follow(director.T("meeting.publish.preview"))
	look(director, "notice before it goes out")
	director.Follow(director.T("meeting.publish.send"))
	director.See(director.T("meeting.state.called"))
	director.Visit(desk + "/entrances")
	look(director, "entrances")
	director.Visit(desk + "/entrances?print=1")
	var sheets int
	director.eval("document.querySelectorAll('.sheet').length", &sheets)
	text := printed(t, director)
	if n := papers(text); n != sheets || sheets < 2 || strings.Count(text, "社区活动室") < sheets {
		t.Errorf("%d sheets for the entrances print as %d papers", sheets, n)
	}
	return desk
}

// takeSeats: somebody has the only seat, the resident waits and gets it.
func takeSeats(t *testing.T, s *Server, public string) {
	t.Helper()
	first := Open(t, s)
	first.EnterAs(Clerk)
	first.Visit(public + "/join")
	first.Choose(first.T("meeting.part.delegate"))
	first.Follow(first.T("meeting.join.send"))
	first.See(first.T("meeting.mine.seated"))
	p := Open(t, s)
	p.EnterAs(Resident)
	p.Visit("/hemuli/meetings")
	p.See(hearing)
	look(p, "meetings")
	p.Visit(public)
	p.See(hearing, p.T("meeting.seats.kept"))
	look(p, "meeting")
	p.Follow(p.T("meeting.join.button"))
	p.Choose(p.T("meeting.part.delegate"))
	look(p, "taking part")
	p.Follow(p.T("meeting.join.send"))
	p.See(p.T("meeting.mine.waiting"), p.T("meeting.mine.waiting.text", "n", 1))
	look(p, "on the waiting list")
	first.Visit(public + "/mine")
	first.Follow(first.T("meeting.leave"))
	first.See(first.T("meeting.mine.left"))
	first.Visit(public + "/join")
	first.Choose(first.T("meeting.part.listener"))
	first.Follow(first.T("meeting.join.send"))
	p.Visit("/hemuli")
	p.See(p.T("meeting.mine.offered"))
	p.Visit(public + "/mine")
	look(p, "a seat is offered")
	p.Follow(p.T("meeting.accept"))
	p.See(p.T("meeting.mine.seated"))
	look(p, "ticket")
	if ics := p.get(public + "/calendar"); !strings.Contains(ics, "BEGIN:VEVENT") || !strings.Contains(ics, "SEQUENCE:0") {
		t.Errorf("the calendar file: %.200s", ics)
	}
	p.Visit(public + "/opinion")
	look(p, "opinion")
	p.Visit("/hemuli/meetings/topics")
	look(p, "topics")
}

// atTheDoor: by name, by the rotating code, and on the sheet.
func atTheDoor(t *testing.T, s *Server, desk, public string) {
	t.Helper()
	p := Open(t, s)
	p.EnterAs(worker)
	p.Visit(desk + "/door")
	p.See(Resident, Clerk)
	look(p, "door")
	p.Fill(p.T("meeting.door.find"), Clerk)
	p.Follow(p.T("meeting.door.search"))
	p.NotSee(Resident)
	p.press("#people form button")
	p.Fill(p.T("meeting.join.name"), "路过的居民")
	p.Follow(p.T("meeting.door.letin"))
	p.Visit(desk + "/attendance")
	look(p, "attendance sheet")
	text := printed(t, p)
	for _, name := range []string{hearing, Resident, Clerk, "路过的居民"} {
		if !strings.Contains(text, name) {
			t.Errorf("%s is not on the attendance sheet:\n%s", name, text)
		}
	}
	p.Visit(desk + "/desk")
	look(p, "desk")
	p.Visit(desk + "/hall")
	look(p, "hall")
	p.SeeElement("body:not(:has(.sections, .tabbar, .top)) .hall") // nothing of the office on the projector
	guest := Open(t, s)
	guest.EnterAs(Resident)
	guest.Visit(public + "/here")
	look(guest, "check-in")
	p.Visit(desk + "/hall")
	guest.Visit(public + "/here?c=" + p.Read(".hall__digits"))
	guest.Follow(guest.T("meeting.here.send"))
	guest.See(guest.T("meeting.mine.present"))
	look(guest, "checked in")
	p.Visit(desk + "/hall")
	p.See("3")
}

// holdHearing: words, an answer with a promise, minutes, the street.
func holdHearing(t *testing.T, s *Server, desk, public string, due models.Date) {
	t.Helper()
	const words, plan = "建在东门好，离我家近", "建在东门北侧，由物业管理"
	p := Open(t, s)
	p.EnterAs(Member)
	p.Visit(desk)
	p.Select(p.T("meeting.take.who"), Resident)
	p.Fill(p.T("meeting.opinion.text"), words)
	p.Follow(p.T("meeting.take.send"))
	p.Follow(p.T("meeting.hold"))
	p.See(p.T("meeting.state.held"))
	look(p, "held")
	p.press("#opinions a")
	p.Choose(p.T("meeting.adoption.yes"))
	p.Fill(p.T("meeting.answer.text"), "采纳，今年建好")
	p.Fill(p.T("meeting.answer.who"), "物业")
	p.Fill(p.T("meeting.answer.due"), string(due))
	look(p, "answer")
	p.Follow(p.T("meeting.answer.send"))
	p.Visit(desk + "/minutes")
	p.Fill(p.T("meeting.minutes.basics"), "到会三人，听了一条意见")
	p.Fill(p.T("meeting.minutes.summary"), "大家赞成建在东门")
	p.Fill(p.T("meeting.minutes.preferred"), plan)
	p.Fill(p.T("meeting.minutes.unit"), "物业书面同意负责管理")
	look(p, "minutes form")
	p.Follow(p.T("meeting.minutes.save"))
	director := Open(t, s)
	director.EnterAs(Director)
	director.Visit("/admin/hemuli")
	director.See(director.T("meeting.day.minutes"))
	director.Visit(desk)
	director.Follow(director.T("meeting.minutes.publish"))
	director.Visit("/admin/hemuli")
	director.NotSee(director.T("meeting.day.minutes"))
	street := Open(t, s)
	street.EnterAs(Street)
	street.Visit("/admin/hemuli")
	street.See(street.T("meeting.day.receive"))
	street.Visit(desk)
	street.Follow(street.T("meeting.receive"))
	guest := Open(t, s)
	guest.EnterAs(Resident)
	guest.Visit("/hemuli")
	guest.Follow(guest.T("meeting.matter.words"))
	guest.See(words)
	look(guest, "own words")
	guest.Follow(guest.T("meeting.words.right"))
	guest.Visit(public)
	guest.See(plan, words, guest.T("meeting.words.confirmed"), "采纳，今年建好")
	look(guest, "minutes")
	sheet := ""
	guest.eval("[...document.querySelectorAll('a[href$=\"/sheet\"]')].pop().getAttribute('href')", &sheet)
	guest.Visit(sheet)
	look(guest, "board sheet")
	director.Visit(desk)
	director.press("#minutes a")
	director.Visit(director.Address() + "/sheet")
	text := strings.Join(strings.Fields(printed(t, director)), "")
	for _, want := range []string{plan, words, "采纳，今年建好", "物业书面同意负责管理"} {
		if !strings.Contains(text, want) {
			t.Errorf("the minutes on the board lack %s:\n%s", want, text)
		}
	}
}

// The pages of meetings in the other language, dark, in care mode, on the
// smallest phone and on a desk.
func TestMeetingPagesInEveryManner(t *testing.T) {
	browser(t)
	s := Demo(t)
	for manner, opts := range oneOf("zh care", map[string][]Option{"en dark": {Language("en"), Dark()}, "zh care": {Care()}, "narrow": {Narrow()}, "desk": {Desktop(), Language("en")}}) {
		p := Open(t, s, opts...)
		p.EnterAs(Director)
		p.Visit("/admin/hemuli/meetings")
		var all []string
		p.eval("[...new Set([...document.querySelectorAll('#meetings tbody a')].map(a => a.getAttribute('href')))]", &all)
		if len(all) < 5 {
			t.Fatalf("the example has %d meetings", len(all))
		}
		look(p, manner+" desk")
		for i, path := range all {
			p.Visit(path)
			look(p, fmt.Sprint(manner, " office ", i))
		}
		for _, page := range []string{"/door", "/desk", "/attendance", "/entrances", "/hall", "/change"} {
			p.Visit(all[0] + page)
			look(p, manner+" "+page)
		}
		for _, page := range []string{"/hemuli/meetings", "/hemuli/meetings/topics", strings.TrimPrefix(all[0], "/admin"), strings.TrimPrefix(all[0], "/admin") + "/join", "/admin/hemuli/meetings/new?kind=heart_talk"} {
			p.Visit(page)
			look(p, manner+" "+page)
		}
	}
}
