package e2e

import (
	"strings"
	"testing"
)

// writeNotice drafts a notice as the clerk and leaves the page of the draft.
func writeNotice(p *Page, title, body, kind string) {
	p.t.Helper()
	p.Visit("/admin/hemuli/notices")
	p.Follow(p.T("notice.new"))
	p.Fill(p.T("notice.title.label"), title)
	p.Fill(p.T("notice.body.label"), body)
	p.Choose(p.T("notice.kind." + kind))
	look(p, "notice form")
	p.Follow(p.T("notice.save"))
	p.See(title, p.T("notice.state.draft"))
}

// A notice about money is drafted, signed by the supervision committee,
// published by the director, read, and printed on one paper.
func TestNoticeIsSignedPublishedReadAndPrinted(t *testing.T) {
	const title = "重阳节慰问金发放名额和标准"
	browser(t)
	s := Fresh(t, "demo")
	clerk := Open(t, s)
	clerk.EnterAs(Clerk)
	writeNotice(clerk, title, "今年重阳节慰问80岁以上老人，每人300元。\n\n有异议请在公示期内告诉居务监督委员会。", "finance")
	clerk.Follow(clerk.T("notice.act.submit"))
	clerk.See(clerk.T("notice.state.submitted"))
	at := clerk.Address()

	director := Open(t, s)
	director.EnterAs(Director)
	director.Visit(at)
	director.See(title)
	director.NotSee(director.T("notice.act.publish.text", "days", 15))

	supervisor := Open(t, s)
	supervisor.EnterAs(Supervisor)
	supervisor.Visit(at)
	look(supervisor, "notice to sign")
	supervisor.Follow(supervisor.T("notice.act.sign"))
	director.Visit(at)
	director.Follow(director.T("notice.act.publish"))
	director.See(director.T("notice.state.published"))

	reader := Open(t, s, Language("en"))
	reader.Visit("/hemuli")
	reader.Follow(title)
	reader.See("每人300元")
	look(reader, "notice")
	reader.Follow(reader.T("notice.sheet.print"))
	reader.Screenshot("notice sheet")
	if text := printed(t, reader); !strings.Contains(text, "每人300元") || !strings.Contains(text, "重阳节慰问金") {
		t.Errorf("the print says:\n%s", text)
	}
}

// Water stops in an hour: whoever is on duty publishes in one step.
func TestUrgentNoticeGoesOutInOneStep(t *testing.T) {
	const title = "今天下午6幢停水抢修"
	browser(t)
	s := Fresh(t, "demo")
	duty := Open(t, s)
	duty.EnterAs(Member)
	writeNotice(duty, title, "水管爆裂，抢修到今晚8点，请存水。", "affairs")
	duty.Follow(duty.T("notice.act.urgent"))
	look(duty, "urgent")
	duty.Follow(duty.T("notice.ask.yes.urgent"))
	reader := Open(t, s)
	reader.Visit("/hemuli")
	reader.See(title)
	director := Open(t, s)
	director.EnterAs(Director)
	director.Visit("/me/inbox")
	director.See(title)
}

func TestCalendarShowsWhatIsDueAndLate(t *testing.T) {
	browser(t)
	for _, lang := range []string{"zh-CN", "en"} {
		p := Open(t, Demo(t), Language(lang))
		p.Visit("/hemuli/disclosures")
		p.See(p.T("disclosure.calendar"))
		look(p, "disclosures "+lang)
		officer := Open(t, Demo(t), Language(lang), Desktop())
		officer.EnterAs(Director)
		officer.Visit("/admin/hemuli/disclosures")
		look(officer, "disclosures at the desk "+lang)
	}
}
