package e2e

import (
	"net/http"
	"strings"
	"testing"

	"juwu/models"
)

const month models.Month = "2026-10"

const (
	stranger = "13900001234"
	lamps    = "12幢楼道灯维修"
	question = "12幢只有三盏灯，为什么要一千多元？"
	answer   = "除三盏灯外，还换了 4 楼到 6 楼的线管，发票在报账员处。"
)

// The way of design.md from a clerk's workbook to a resident's answered
// question, in both languages and both looks: each once in the quick run, every
// pair of them in the long one.
func TestClerkPublishesResidentAsksClerkAnswers(t *testing.T) {
	ways := map[string][]Option{"zh-CN": nil, "en care": {Language("en"), Care()}}
	if long() {
		ways["en"], ways["zh-CN care"] = []Option{Language("en")}, []Option{Care()}
	}
	for name, opts := range ways {
		t.Run(name, func(t *testing.T) {
			browser(t)
			s := Fresh(t, "demo")
			bringIn(Open(t, s, opts...), workbook(t, september, october, 0))
			for _, name := range []string{Clerk, Director, Supervisor} {
				sign(Open(t, s, opts...), name)
			}
			resident := Open(t, s, opts...)
			readOnPhone(resident)
			number := ask(s, resident, stranger)
			reply(Open(t, s, opts...), number)
			resident.Visit("/hemuli/accounts")
			openLine(resident)
			resident.See(question, answer)
			look(resident, "answered line")
		})
	}
}

// look tries a page with axe and keeps its picture.
func look(p *Page, name string) {
	p.t.Helper()
	p.Axe()
	p.FitsWidth()
	p.Screenshot(name + " " + strings.TrimPrefix(p.t.Name(), "Test"))
}

// bringIn uploads a workbook as the clerk, reads the preview and confirms.
func bringIn(p *Page, file string) {
	p.t.Helper()
	p.EnterAs(Clerk)
	p.Visit("/admin/hemuli/accounts")
	p.Attach(p.T("ledger.upload.file"), file)
	p.Follow(p.T("ledger.upload.send"))
	p.See(p.T("ledger.preview.ok"), p.T("ledger.plan.action.replace"))
	look(p, "preview")
	p.Follow(p.T("ledger.preview.confirm"))
	p.See(p.T("ledger.desk.title"))
}

// sign gives one of the three signatures from the list of what waits.
func sign(p *Page, name string) {
	p.t.Helper()
	p.EnterAs(name)
	p.Visit("/admin/hemuli/accounts")
	look(p, "desk of "+name)
	p.Follow(p.T("ledger.waiting.sign", "month", month))
	words := map[string]string{Clerk: "clerk", Director: "director", Supervisor: "supervisor"}[name]
	p.Choose(p.T("ledger.sign.words." + words))
	look(p, "signing of "+name)
	if name == Supervisor {
		p.Follow(p.T("ledger.sign.publish"))
		p.See(p.T("ledger.state.published"))
	} else {
		p.Follow(p.T("ledger.act.sign"))
	}
	p.See(name)
	look(p, "signed by "+name)
}

// readOnPhone finds the month from the community's home, without logging in.
func readOnPhone(p *Page) {
	p.t.Helper()
	p.Visit("/hemuli")
	look(p, "home")
	p.Follow(p.T("home.door.accounts"))
	look(p, "accounts")
	openLine(p)
	look(p, "line")
}

// openLine goes from the list of months to the line about the lamps.
func openLine(p *Page) {
	p.t.Helper()
	p.Follow(p.T("account.of", "period", month))
	p.See("339,140.65")
	p.Follow(lamps)
	p.See("1,286.40", p.T("account.line.ask"))
}

// ask puts the question with a phone's code and returns its number.
func ask(s *Server, p *Page, phone string) (number string) {
	p.t.Helper()
	p.Follow(p.T("account.line.ask"))
	p.Fill(p.T("inquiry.question"), question)
	look(p, "ask")
	p.Follow(p.T("inquiry.ask.next"))
	p.Fill(p.T("inquiry.phone"), phone)
	look(p, "ask phone")
	code := s.Code(p.t, phone, func() { p.Follow(p.T("inquiry.confirm.send")) })
	p.Fill(p.T("login.code.label"), code)
	look(p, "ask code")
	p.Follow(p.T("inquiry.ask.send"))
	p.See(p.T("inquiry.sent.title"))
	look(p, "ask sent")
	number = p.Read(".done__number")
	p.Follow(p.T("inquiry.sent.follow"))
	p.See(question, number)
	look(p, "question")
	return number
}

// reply answers as the clerk, from the list of questions.
func reply(p *Page, number string) {
	p.t.Helper()
	p.EnterAs(Clerk)
	p.Visit("/admin/hemuli/inquiries")
	look(p, "questions at the desk")
	p.See(number)
	p.Follow(question)
	p.Fill(p.T("inquiry.answer.label"), answer)
	look(p, "answering")
	p.Follow(p.T("inquiry.answer.preview"))
	p.See(answer)
	look(p, "answer before it is sent")
	p.Follow(p.T("inquiry.answer.send"))
	p.See(answer)
}

func TestSheetThatDoesNotAddUpIsRefusedAndSaysWhere(t *testing.T) {
	browser(t)
	p := Open(t, Fresh(t, "demo"), Desktop())
	p.EnterAs(Clerk)
	p.Visit("/admin/hemuli/accounts")
	p.Attach(p.T("ledger.upload.file"), workbook(t, september, october, 100))
	p.Follow(p.T("ledger.upload.send"))
	p.See(p.T("ledger.preview.bad", "n", 2), "10月 · H8", "339,141.65")
	p.NotSee(p.T("ledger.preview.confirm"))
	look(p, "unbalanced")

	p.Visit("/admin/hemuli/accounts")
	p.Attach(p.T("ledger.upload.file"), workbook(t, september+1, october, 0))
	p.Follow(p.T("ledger.upload.send"))
	p.See(p.T("ledger.preview.blocked"), "303,285.26", "303,285.25")
	look(p, "wrong opening")

	p.Visit("/hemuli/accounts/2026-10")
	if p.Status() != http.StatusNotFound {
		t.Errorf("a month that nobody signed: status %d", p.Status())
	}
}

func TestNobodySignsTwiceOrOutOfTurn(t *testing.T) {
	browser(t)
	s := Fresh(t, "demo")
	supervisor := Open(t, s)
	supervisor.EnterAs(Supervisor)
	supervisor.Visit("/admin/hemuli/accounts")
	supervisor.Follow("2026年10月")
	supervisor.See(supervisor.T("ledger.signatures"))
	supervisor.NotSee(supervisor.T("ledger.mine"))
	month := supervisor.Address()
	clerk, director := Open(t, s), Open(t, s)
	sign(clerk, Clerk)

	// The clerk's own second signature, and the supervisor before the director.
	for _, p := range []*Page{clerk, supervisor} {
		p.Visit(month + "/sign/supervisor")
		p.NotSee(p.T("ledger.sign.publish"))
		p.Visit("/hemuli/accounts/2026-10")
		if p.Status() != http.StatusNotFound {
			t.Fatalf("published with one signature: status %d", p.Status())
		}
	}
	sign(director, Director)

	// Two tabs of one supervisor: the second finds that it is done.
	second := supervisor.Another()
	for _, p := range []*Page{supervisor, second} {
		p.Visit(month + "/sign/supervisor")
		p.Choose(p.T("ledger.sign.words.supervisor"))
	}
	supervisor.Follow(supervisor.T("ledger.sign.publish"))
	supervisor.See(supervisor.T("ledger.state.published"))
	second.Follow(second.T("ledger.sign.publish"))
	if second.Status() != http.StatusConflict {
		t.Errorf("signed twice: status %d at %s:\n%s", second.Status(), second.Address(), second.Text())
	}
	look(second, "signed twice")
}
