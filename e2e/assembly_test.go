package e2e

import (
	"strings"
	"testing"
	"time"

	"juwu/models"
)

// Party is the secretary of the example's party branch.
const Party = "周建国"

// leaf opens the first link whose address matches a selector.
func (p *Page) leaf(selector string) {
	p.t.Helper()
	p.SeeElement(selector)
	var href string
	p.eval(`document.querySelector(`+quote(selector)+`).getAttribute("href")`, &href)
	p.Visit(href)
}

// submit presses the first button that matches a selector, where the words on it
// stand on the page more than once.
func (p *Page) submit(selector string) {
	p.t.Helper()
	p.SeeElement(selector)
	p.eval("window.juwuLeaving = true", nil)
	p.eval("document.querySelector("+quote(selector)+").click()", nil)
	p.await("another page after "+selector, "window.juwuLeaving !== true && document.readyState === 'complete'")
}

// yard is the compound's meeting that is in session in the example.
func (p *Page) yard() string {
	p.t.Helper()
	p.Visit("/hemuli/assembly")
	var href string
	p.eval(`[...document.querySelectorAll("a[href^='/hemuli/assembly/']")].find(a => a.innerText.includes("楼院会议")).getAttribute("href")`, &href)
	return href
}

// A resident at home: comments on a matter, starts a petition and signs it,
// supports a proposal; in the hall they vote from the phone, once.
func TestAResidentSpeaksSignsAndVotes(t *testing.T) {
	for _, opts := range oneOf("en care dark", map[string][]Option{"zh-CN": nil, "en care dark": {Language("en"), Dark(), Care()}}) {
		browser(t)
		p := Open(t, Fresh(t, "demo"), opts...)
		p.EnterAs(Resident)
		p.Visit("/hemuli/assembly")
		look(p, "assembly")
		p.leaf("#matters a")
		look(p, "matter")
		p.Follow(p.T("matter.say"))
		look(p, "comment")
		p.Fill(p.T("matter.say.label"), "请写明坡道什么时候完工")
		p.Follow(p.T("matter.say.send"))
		p.See("请写明坡道什么时候完工")
		p.Visit("/hemuli/assembly/petitions/new")
		look(p, "petition form")
		p.Choose(p.T("petition.kind.meeting"))
		p.Choose(p.T("petition.unit.adults"))
		p.Fill(p.T("petition.what"), "要求开会谈停车")
		p.Fill(p.T("petition.why"), "夜里消防通道被占，请开会商量办法。")
		p.Follow(p.T("petition.start"))
		p.See(p.T("petition.yours"))
		look(p, "petition")
		p.Follow(p.T("petition.unsign"))
		p.submit(`form[action$="/sign"] button`)
		p.See(p.T("petition.yours"))
		p.Visit("/hemuli/assembly/proposals/new")
		p.Fill(p.T("initiative.what"), "给小路装路灯")
		p.Fill(p.T("initiative.why"), "晚上走路看不清，请装四盏路灯。")
		p.Follow(p.T("initiative.send"))
		p.See(p.T("initiative.yours"))
		look(p, "proposal")
		hall := p.yard()
		p.Visit(hall)
		look(p, "meeting in session")
		p.Visit(hall + "/vote")
		look(p, "voting")
		p.Choose(p.T("session.choice.yes"))
		p.Follow(p.T("session.cast.send"))
		p.See(p.T("session.cast.done"))
		look(p, "voted")
		p.Visit(hall + "/screen")
		p.See(p.T("session.cast.label"))
		look(p, "wall")
	}
}

// The secretary takes a matter from its draft to its result: study, comments,
// an urgent meeting, the hall with a wall, a phone, a tablet and raised hands,
// minutes signed by three, the decision on the board, the task done. The
// representative demands, comes, votes, and asks.
func TestAMatterFromDraftToResult(t *testing.T) {
	browser(t)
	s := Fresh(t, "demo")
	open := func(name string, opts ...Option) *Page { p := Open(t, s, opts...); p.EnterAs(name); return p }
	secretary, party, director, supervisor := open(Member), open(Party), open(Director), open(Supervisor)
	rep := open(Resident, Language("en"))
	desk := prepareMatter(secretary, party, director)
	secretary.Follow(secretary.T("session.open.send"))
	look(secretary, "open hall")
	hall := strings.TrimPrefix(desk, "/admin")
	repComes(secretary, rep, hall)
	deskLetsIn(secretary, desk)
	secretary.Follow(secretary.T("session.vote.open"))
	look(secretary, "vote is open")
	rep.Visit(hall + "/vote")
	rep.Choose(rep.T("session.choice.yes"))
	rep.Follow(rep.T("session.cast.send"))
	rep.See(rep.T("session.cast.done"))
	onTheTablet(t, s, secretary, desk, hall)
	count(secretary, desk)
	signAndPublish(secretary, director, supervisor, desk)
	carryOut(secretary)
	wall := Open(t, s, Desktop())
	wall.Visit(hall + "/screen")
	wall.See("更换路灯")
	look(wall, "wall at the end")
}

func today(days int) string { return string(models.DateOf(time.Now()).AddDays(days)) }

// prepareMatter writes, studies, publishes and calls; it leaves the secretary at
// the meeting's desk.
func prepareMatter(secretary, party, director *Page) (desk string) {
	secretary.Visit("/admin/hemuli/assembly/matters/new")
	look(secretary, "matter form")
	secretary.Select(secretary.T("matter.class"), secretary.T("assembly.class.other"))
	secretary.Fill(secretary.T("matter.title"), "更换路灯")
	secretary.Fill(secretary.T("matter.text"), "从公益事业经费中安排六千元，更换二区四盏路灯。")
	secretary.Fill(secretary.T("matter.money"), "6000")
	secretary.Choose(secretary.T("matter.vote.open"))
	secretary.Follow(secretary.T("matter.save"))
	look(secretary, "matter draft")
	matter := secretary.Address()
	party.Visit(matter)
	party.Fill(party.T("matter.study.text"), "研究同意提交会议")
	party.Follow(party.T("matter.study.send"))
	director.Visit(matter)
	director.Fill(director.T("matter.comment.until"), today(4))
	director.Follow(director.T("matter.publish.send"))
	look(director, "matter published")
	secretary.Visit("/admin/hemuli/assembly/sessions/new")
	look(secretary, "meeting form")
	secretary.Choose(secretary.T("assembly.mode.reps"))
	secretary.Fill(secretary.T("session.title"), "临时居民代表会议")
	secretary.Fill(secretary.T("session.day"), today(0))
	secretary.Fill(secretary.T("session.place"), "活动室")
	secretary.Choose(secretary.T("session.urgent.yes"))
	secretary.Fill(secretary.T("session.ground"), "路灯全灭，晚上有人摔倒")
	secretary.Follow(secretary.T("session.save"))
	secretary.Select(secretary.T("session.item"), "更换路灯")
	secretary.Follow(secretary.T("session.item.put"))
	desk = strings.Split(secretary.Address(), "?")[0]
	director.Visit(desk)
	director.Follow(director.T("session.call.send"))
	director.See(director.T("session.state.called"))
	secretary.Visit(desk)
	look(secretary, "meeting called")
	return desk
}

// repComes: the representative demands a meeting of their own, comes with the
// code on the wall, and asks the committee.
func repComes(secretary, rep *Page, hall string) {
	rep.Visit("/hemuli/assembly/petitions/new")
	rep.Choose(rep.T("petition.kind.reps"))
	rep.Choose(rep.T("petition.unit.reps"))
	rep.Fill(rep.T("petition.what"), "要求开代表会议")
	rep.Fill(rep.T("petition.why"), "请开会听取半年工作的报告。")
	rep.Follow(rep.T("petition.start"))
	rep.See(rep.T("petition.yours"))
	secretary.Visit(hall + "/screen")
	look(secretary, "wall with code")
	code := secretary.Read(".wall__code strong")
	rep.Visit(hall + "/vote")
	look(rep, "check in")
	rep.Fill(rep.T("session.code"), code)
	rep.Follow(rep.T("session.arrive"))
	rep.Follow(rep.T("session.ask"))
	look(rep, "question form")
	rep.Fill(rep.T("interpellation.question"), "请说明路灯的维护由谁负责")
	rep.Follow(rep.T("interpellation.send"))
	rep.See("请说明路灯的维护由谁负责")
	look(rep, "meeting with a question")
}

// deskLetsIn lets in everybody whom the desk finds, a few at a time, until the
// quorum is there.
func deskLetsIn(secretary *Page, desk string) {
	for range 40 {
		secretary.Visit(desk)
		if strings.Contains(secretary.Text(), secretary.T("session.quorum.yes")) {
			return
		}
		secretary.Follow(secretary.T("resident.find"))
		secretary.submit(`form[action$="/arrive"] button`)
	}
	secretary.t.Fatal("there is no quorum")
}

// onTheTablet: somebody without a phone votes with the slip that the desk prints.
func onTheTablet(t *testing.T, s *Server, secretary *Page, desk, hall string) {
	secretary.Visit(desk + "/slips")
	look(secretary, "slips")
	code := secretary.Read(".votercard .num")
	tablet := Open(t, s)
	tablet.Visit(hall + "/tablet")
	tablet.Fill(tablet.T("session.slip"), "ZZZZ ZZZZ")
	tablet.Choose(tablet.T("session.choice.no"))
	tablet.Follow(tablet.T("session.cast.send"))
	tablet.See(tablet.T("session.slip.wrong"))
	tablet.Fill(tablet.T("session.slip"), code)
	tablet.Choose(tablet.T("session.choice.yes"))
	look(tablet, "tablet")
	tablet.Follow(tablet.T("session.cast.send"))
	tablet.See(tablet.T("session.tablet.next"))
	look(tablet, "tablet done")
}

// count: all others raise hands, and are counted.
func count(secretary *Page, desk string) {
	secretary.Visit(desk)
	secretary.leaf(`a[href*="/papers/"]`)
	look(secretary, "ballot papers")
	secretary.Visit(desk + "/attendance")
	look(secretary, "attendance")
	secretary.Visit(desk)
	secretary.Follow(secretary.T("session.hands"))
	look(secretary, "count hands")
	var hands string
	secretary.eval(`String(document.body.innerText.match(/共 (\d+) 票/)[1])`, &hands)
	for _, k := range []string{"no", "abstain", "void"} {
		secretary.Fill(secretary.T("session.choice."+k), "0")
	}
	secretary.Fill(secretary.T("session.choice.yes"), hands)
	secretary.Follow(secretary.T("session.paper.save"))
	secretary.Follow(secretary.T("session.vote.close"))
	secretary.See(secretary.T("session.passed"))
	secretary.Fill(secretary.T("session.minutes"), "会议由钟梓主持，审议了更换路灯，举手表决通过。")
	secretary.Follow(secretary.T("session.close.send"))
	look(secretary, "meeting closed")
}

func signAndPublish(secretary, director, supervisor *Page, desk string) {
	for _, x := range []struct {
		p    *Page
		seat string
	}{{director, "chair"}, {secretary, "recorder"}, {supervisor, "supervisor"}} {
		x.p.Visit(desk)
		x.p.Follow(x.p.T("session.sign", "seat", x.p.T("session.seat."+x.seat)))
	}
	secretary.Visit(strings.TrimPrefix(desk, "/admin") + "/minutes")
	look(secretary, "minutes")
	secretary.Visit("/admin/hemuli/decisions")
	secretary.leaf(`#decisions a[href^="/admin/hemuli/decisions/"]`)
	decision := secretary.Address()
	director.Visit(decision)
	director.leaf(`a[href^="/admin/hemuli/notices/"]`)
	notice := director.Address()
	supervisor.Visit(notice)
	supervisor.Follow(supervisor.T("notice.act.sign"))
	director.Visit(notice)
	director.Follow(director.T("notice.act.publish"))
	secretary.Visit(decision)
}

// carryOut gives a part to somebody, reports it done, and tells the result.
func carryOut(secretary *Page) {
	look(secretary, "decision at the desk")
	decision := secretary.Address()
	secretary.Fill(secretary.T("task.what"), "换好四盏路灯")
	secretary.Fill(secretary.T("task.person"), "方小云")
	secretary.Fill(secretary.T("task.due.label"), today(20))
	secretary.Follow(secretary.T("task.new.send"))
	secretary.Fill(secretary.T("task.progress"), "100")
	secretary.Fill(secretary.T("task.report"), "四盏路灯都亮了")
	secretary.Follow(secretary.T("task.report.send"))
	secretary.Fill(secretary.T("task.result"), "路灯换好，六千元用完。")
	secretary.Follow(secretary.T("task.finish.send"))
	secretary.Visit(strings.TrimPrefix(decision, "/admin"))
	secretary.See("路灯换好，六千元用完。", "换好四盏路灯")
	look(secretary, "decision with its result")
	secretary.Visit(strings.TrimPrefix(decision, "/admin") + "/sheet")
	look(secretary, "decision on paper")
}

// What hangs in the hall and on the board prints on as many papers as there are
// sheets.
func TestTheAssemblysPapersPrint(t *testing.T) {
	browser(t)
	p := Open(t, Demo(t), Desktop())
	p.EnterAs(Member)
	hall := p.yard()
	p.Visit("/admin" + hall)
	var paper string
	p.eval(`document.querySelector('a[href*="/papers/"]').getAttribute("href")`, &paper)
	p.Visit("/hemuli/decisions")
	p.leaf("#decisions a")
	decision := p.Address()
	for path, want := range map[string][]string{
		hall + "/sheet": {"楼院公约", "临时通知"}, hall + "/sheet?paper=A3": {"楼院公约"}, "/admin" + hall + "/attendance": {"1幢", "签名"},
		paper: {"同意", "弃权"}, "/admin" + hall + "/slips": {"平板"}, decision + "/sheet": {"同意", "法院"},
	} {
		p.Visit(path)
		p.Screenshot("print " + strings.ReplaceAll(path, "/", "-"))
		text := strings.Join(strings.Fields(printed(t, p)), "")
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s lacks %s:\n%s", path, w, text)
			}
		}
	}
}
