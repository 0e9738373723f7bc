package e2e

import (
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"juwu/models"
)

const (
	Bookkeeper = "许平"
	vice       = "方小云"
	vicePhone  = "19800000006"
)

// hrefs are the addresses of what matches the selector.
func (p *Page) hrefs(selector string) (all []string) {
	p.t.Helper()
	p.SeeElement(selector)
	p.eval(fmt.Sprintf("[...document.querySelectorAll(%s)].map(a => a.getAttribute('href'))", quote(selector)), &all)
	return all
}

// approve gives one of the three signatures of a month by its address.
func approve(p *Page, name, month, step string) {
	p.t.Helper()
	p.EnterAs(name)
	p.Visit(month + "/sign/" + step)
	p.Choose(p.T("ledger.sign.words." + step))
	if step == "supervisor" {
		p.Follow(p.T("ledger.sign.publish"))
		p.See(p.T("ledger.state.published"))
		return
	}
	p.Follow(p.T("ledger.act.sign"))
	p.See(name)
}

// The director sends the month back with a reason, the clerk reads it and
// signs again, the director falls ill and a recorded deputy signs. Later the
// month is corrected: who follows it is told, the old version stays readable,
// and what should never have been public is gone from both.
func TestMonthIsSentBackSignedByADeputyAndCorrected(t *testing.T) {
	const back, why, private = "记-003 没有附发票", "记-003 的用途补写清楚", "楼道灯维修（李明家门口）"
	browser(t)
	s := Fresh(t, "demo")
	clerk, director := Open(t, s), Open(t, s)
	bringIn(clerk, workbook(t, september, october, 0))
	clerk.Visit("/admin/hemuli/accounts")
	clerk.Follow("2026年10月")
	month := clerk.Address()
	approve(clerk, Clerk, month, "clerk")

	director.EnterAs(Director)
	director.Visit(month + "/back")
	director.Follow(director.T("ledger.act.back"))
	director.See(director.T("form.error.summary"))
	director.Fill(director.T("ledger.reason"), back)
	look(director, "sending back")
	director.Follow(director.T("ledger.act.back"))
	clerk.Visit("/me/inbox")
	clerk.See("2026年10月")
	clerk.Visit(month)
	clerk.See(back, Director, clerk.T("ledger.state.draft"))
	look(clerk, "sent back")
	approve(clerk, Clerk, month, "clerk")

	deputy := Open(t, s)
	deputy.EnterAs(vice)
	deputy.Lenient()
	deputy.Visit(month + "/sign/director")
	if deputy.Status() != http.StatusForbidden {
		t.Errorf("signing without a record: status %d", deputy.Status())
	}
	street := Open(t, s, Desktop())
	street.EnterAs(Street)
	street.Visit("/admin/hemuli/appointments")
	street.Follow(Director)
	street.Follow(street.T("appointment.deputy"))
	street.Fill(street.T("appointment.name"), vice)
	street.Fill(street.T("appointment.login"), vicePhone)
	street.Fill(street.T("appointment.until"), string(models.DateOf(time.Now()).AddDays(7)))
	street.Fill(street.T("appointment.deputy.reason"), "病假，经居委会会议同意")
	look(street, "deputy")
	street.Follow(street.T("appointment.deputy.send"))
	approve(deputy, vice, month, "director")
	deputy.See(deputy.T("ledger.deputy"))
	approve(Open(t, s), Supervisor, month, "supervisor")

	follower := Open(t, s)
	follower.EnterAs(Resident)
	follower.Visit("/hemuli/follow/accounts")
	follower.Follow(follower.T("follow.begin"))
	follower.See(follower.T("follow.on"))

	// The correction.
	corrected := append([]booking(nil), october...)
	corrected[2].purpose = private
	clerk.Visit(month + "/correct")
	clerk.Attach(clerk.T("ledger.upload.file"), workbook(t, september, corrected, 0))
	clerk.Follow(clerk.T("ledger.upload.send"))
	clerk.Fill(clerk.T("ledger.correct.reason"), why)
	look(clerk, "correction before it is kept")
	clerk.Follow(clerk.T("ledger.preview.confirm"))
	clerk.See(why)
	second := clerk.Address()
	approve(clerk, Clerk, second, "clerk")
	approve(director, Director, second, "director")
	approve(Open(t, s), Supervisor, second, "supervisor")
	follower.Visit("/me/inbox")
	follower.See("2026年10月的账目有更正")

	reader := Open(t, s)
	reader.Visit("/hemuli/accounts/2026-10")
	reader.See(why)
	look(reader, "corrected month")
	reader.Follow(reader.T("account.corrected.link"))
	reader.See(reader.T("account.lines.all", "n", 6))
	reader.Visit("/hemuli/accounts/2026-10/3")
	reader.See(lamps, private)
	look(reader, "corrected line")

	// The withdrawal.
	director.Visit(second + "?withdraw=1")
	director.Follow(director.T("ledger.withdraw.line") + " 第 3 笔")
	director.Choose(director.T("ledger.purpose"))
	director.Fill(director.T("ledger.reason"), "写了居民的姓名")
	look(director, "withdrawing")
	director.Follow(director.T("ledger.withdraw.send"))
	for _, path := range []string{"/hemuli/accounts/2026-10/3", "/hemuli/accounts/2026-10/lines", "/hemuli/accounts/2026-10?version=1", "/hemuli/accounts/2026-10?version=2"} {
		reader.Visit(path)
		reader.NotSee(private, "李明")
	}
	c := enterBy(t, s, "19900000001")
	for ending, amount := range map[string]string{".csv": "1286.4", ".json": "128640"} {
		if _, body := c.get("/hemuli/accounts/2026-10" + ending); strings.Contains(body, "李明") || !strings.Contains(body, amount) {
			t.Errorf("%s after the withdrawal:\n%s", ending, body)
		}
	}
	reader.Visit("/hemuli/accounts/2026-10/3")
	reader.See("1,286.40")
	look(reader, "withdrawn line")
}

// The street's bookkeeper finds the communities whose books they keep and
// brings a month in; the committee's own people sign it.
func TestStreetsBookkeeperBringsAMonthIn(t *testing.T) {
	browser(t)
	s := Fresh(t, "demo")
	p := Open(t, s, Desktop())
	p.EnterAs(Bookkeeper)
	p.Visit("/admin/hemuli/accounts")
	p.Follow(p.T("bookkeeper.title"))
	p.See("和睦里社区")
	look(p, "books")
	p.Follow(p.T("bookkeeper.upload"))
	p.Attach(p.T("ledger.upload.file"), workbook(t, september, october, 0))
	p.Follow(p.T("ledger.upload.send"))
	p.See(p.T("ledger.preview.ok"))
	p.Follow(p.T("ledger.preview.confirm"))
	p.See(p.T("ledger.desk.title"))
	p.NotSee(p.T("ledger.mine"))
	sign(Open(t, s), Clerk)
}

// late makes a question's day to answer pass: the program's clock cannot be
// moved, a row can.
func late(t *testing.T, s *Server, number string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.Data, "juwu.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	today := models.DateOf(time.Now())
	res, err := db.Exec("UPDATE inquiries SET due_day = ?, created_at = ? WHERE number = ?", string(today.AddDays(-2)), time.Now().AddDate(0, 0, -20), number)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		t.Fatalf("%d questions %s: %v", n, number, err)
	}
}

// Nobody answers: it is shown as late in public, the supervision committee
// takes it, the asker reports it to the street, which orders an answer.
func TestAnswerThatIsLateGoesToTheStreet(t *testing.T) {
	const report, order = "已经过了两天，没有人答复", "三个工作日内公布发票并答复"
	browser(t)
	s := Fresh(t, "demo")
	asker := Open(t, s)
	asker.Visit("/hemuli/accounts")
	asker.Follow(asker.T("account.of", "period", "2026年9月"))
	asker.Follow(asker.T("account.lines.all", "n", 48))
	asker.Follow("电费")
	number := ask(s, asker, stranger)
	at := asker.Address()
	late(t, s, number)

	supervisor := Open(t, s)
	supervisor.EnterAs(Supervisor)
	supervisor.Visit("/admin/hemuli")
	supervisor.See(number)
	supervisor.Visit("/admin" + at)
	supervisor.Follow(supervisor.T("inquiry.forward.send"))
	supervisor.See(number)
	look(supervisor, "late question with the supervision committee")

	asker.Visit(at)
	asker.See(asker.T("inquiry.overdue.title"))
	look(asker, "late question")
	stranger := Open(t, s, Language("en"))
	stranger.Visit(at)
	stranger.See(stranger.T("inquiry.overdue.title"))
	stranger.NotSee(stranger.T("inquiry.report.send"))
	look(stranger, "late question in public")

	asker.Follow(asker.T("inquiry.report.title"))
	asker.Fill(asker.T("inquiry.report.reason"), report)
	look(asker, "reporting to the street")
	asker.Follow(asker.T("inquiry.report.send"))
	asker.See(asker.T("inquiry.state.reported"))

	street := Open(t, s, Desktop())
	street.EnterAs(Street)
	street.Visit("/admin/hemuli")
	street.See(number)
	street.Visit("/admin" + at)
	street.See(report)
	street.Fill(street.T("inquiry.order.title"), order)
	look(street, "street orders")
	street.Follow(street.T("inquiry.order.send"))
	stranger.Visit(at)
	stranger.See(order)
	stranger.NotSee(report)

	clerk := Open(t, s)
	clerk.EnterAs(Clerk)
	clerk.Visit("/admin" + at)
	clerk.Fill(clerk.T("inquiry.answer.label"), answer)
	clerk.Follow(clerk.T("inquiry.answer.preview"))
	clerk.Follow(clerk.T("inquiry.answer.send"))
	stranger.Visit(at)
	stranger.See(answer)
	look(stranger, "answered after the order")
}

// A receipt is photographed once, with the claim: it comes to the line of the
// account that pays it, is looked at there, and only the blacked-out picture is
// public.
func TestReceiptOfAClaimBecomesPublicBlackedOut(t *testing.T) {
	browser(t)
	s := Fresh(t, "demo")
	member := Open(t, s)
	member.EnterAs(Member)
	member.Visit("/admin/hemuli/claims/new")
	member.Fill(member.T("claim.day.label"), "2026-10-09")
	member.Fill(member.T("claim.purpose.label"), "打印纸两箱")
	member.Fill(member.T("claim.amount"), "360.5")
	member.Follow(member.T("claim.new.send"))
	claim := member.Address()
	number := member.Read("h1")
	member.Follow(member.T("ledger.photo.add"))
	member.Attach(member.T("attachment.add"), receipt(t))
	member.Follow(member.T("attachment.upload"))
	original := member.hrefs(".files a.file")[0]
	member.Follow(member.T("attachment.blackout"))
	member.Swipe(".blackout__stage", 150, 400, 850, 520)
	member.SeeElement(".blackout__boxes rect")
	member.Follow(member.T("attachment.blackout.send"))
	member.See(member.T("attachment.state.covered"))
	look(member, "claim's receipt")

	director := Open(t, s)
	director.EnterAs(Director)
	director.Visit(claim)
	director.See(director.T("ledger.photo", "n", 1))
	look(director, "claim to decide")
	director.Follow(director.T("claim.approve"))
	director.See(director.T("claim.state.approved"))

	clerk := Open(t, s)
	month := append([]booking{{"2026-10-02", "记-000", "打印纸两箱 " + number, "办公费", -360_50, "林梓庆"}}, october...)
	bringIn(clerk, workbook(t, september, month, 0))
	clerk.Visit("/admin/hemuli/accounts")
	clerk.Follow("2026年10月")
	clerk.See(clerk.T("ledger.photo", "n", 1))
	clerk.Follow(clerk.T("ledger.photo.add"))
	clerk.See(clerk.T("attachment.state.inside"))
	look(clerk, "receipt that came with the claim")
	clerk.Follow(clerk.T("attachment.show") + " 收据")
	clerk.See(clerk.T("attachment.state.public"))
	sign(clerk, Clerk)
	sign(Open(t, s), Director)
	sign(Open(t, s), Supervisor)

	reader := Open(t, s)
	reader.Visit("/hemuli/accounts/2026-10/1")
	reader.SeeElement(".files a.file")
	look(reader, "line with the claim's receipt")
	if shown := reader.hrefs(".files a.file"); len(shown) != 1 {
		t.Errorf("%d pictures are public: %v", len(shown), shown)
	}
	public := strings.Replace(original, "/admin/hemuli/files/", "/hemuli/files/", 1)
	for _, phone := range []string{"19900000001", vicePhone} {
		if status, _ := enterBy(t, s, phone).get(public); status != http.StatusNotFound {
			t.Errorf("the original at %s for %s: status %d", public, phone, status)
		}
	}
	if status, _ := enterBy(t, s, "19900000001").get(original); status == http.StatusOK {
		t.Errorf("a resident reads the original at %s", original)
	}
	member.Visit(claim)
	member.See(member.T("claim.state.posted"))
}
