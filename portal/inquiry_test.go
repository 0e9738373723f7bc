package portal

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"juwu/internal/store"
	"juwu/models"
)

// firstInquiry is the newest question there is.
func (b *books) firstInquiry(t *testing.T) store.PublicInquiry {
	t.Helper()
	list, _, err := b.In(b.c).PublicInquiries(context.Background(), store.InquiriesAll, 0)
	if err != nil || len(list) == 0 {
		t.Fatal(list, err)
	}
	return list[0]
}

// askAs asks about July's second line in three screens, as somebody without
// an account.
func (v *visitor) askAs(phone, question string) *visitor {
	v.t.Helper()
	v.see("/hemuli/accounts/2026-07/2").want(200, "Ask about this line")
	v.see("/hemuli/accounts/2026-07/2/ask").want(200, "Next: confirm your phone")
	v.post("/hemuli/accounts/2026-07/2/ask", "question", question).want(200, "Mobile number")
	v.post("/hemuli/confirm", "phone", phone).want(200, "Type the code")
	v.post("/hemuli/confirm/code", "code", v.site.code(v.t, phone)).want(200, "We have your question")
	v.site.Clock.Add(time.Minute)
	return v
}

func TestAResidentAsksInThreeScreensAndIsAnswered(t *testing.T) {
	b := newBooks(t)
	v := b.visitor(t)
	v.askAs(phone, "这笔钱买了什么？我住3号楼2单元501，电话13912345678")
	in := b.firstInquiry(t)
	v.want(200, in.Number, "Tue 8 December")
	v.lacks("13912345678", "501")
	stranger := b.visitor(t)
	stranger.see("/hemuli/accounts/2026-07/2").want(200, "这笔钱买了什么", "A resident", "Waiting for an answer").lacks("13912345678", "501", phone)
	stranger.see("/hemuli/accounts/2026-07").want(200, "1 question is waiting")
	stranger.see("/hemuli/inquiries").want(200, "这笔钱买了什么").lacks("13912345678")
	stranger.see("/hemuli/inquiries/"+in.ID.String()).want(200, "15 days").lacks("13912345678", "report it to the street office</a>")
	if err := b.In(b.c).AnswerInquiry(context.Background(), b.people[models.RoleClerk], in.ID, "是办公用纸，电话13811112222"); err != nil {
		t.Fatal(err)
	}
	stranger.see("/hemuli/accounts/2026-07/2").want(200, "是办公用纸", "Answered").lacks("13811112222")
	v.see("/me/inquiries").want(200, "13912345678", "Answered") // one's own words, to oneself
	stranger.see("/me/inquiries").want(200).lacks("这笔钱买了什么")
}

func TestQuestionFormKeepsWhatWasTyped(t *testing.T) {
	b := newBooks(t)
	v := b.visitor(t)
	v.see("/hemuli/accounts/2026-07/2/ask").post("/hemuli/accounts/2026-07/2/ask", "question", "").want(422, "form")
	v.see("/hemuli/accounts/2026-07/2/ask").post("/hemuli/accounts/2026-07/2/ask", "question", "啥呀").want(422, "at least 4 characters", "啥呀")
	v.post("/hemuli/accounts/2026-07/2/ask", "question", "这笔钱买了什么").want(200, "Mobile number")
	v.post("/hemuli/confirm", "phone", "1381234567").want(422, "you typed 10", "1381234567")
	v.post("/hemuli/confirm", "phone", phone).want(200, "Type the code", "138****5678").lacks(phone)
	right := b.code(t, phone)
	v.post("/hemuli/confirm/code", "code", "000000x").want(422, "000000x")
	if list, _, err := b.In(b.c).PublicInquiries(context.Background(), store.InquiriesAll, 0); err != nil || len(list) != 0 {
		t.Fatalf("asked without a right code: %v %v", list, err)
	}
	b.visitor(t).send("POST", "/hemuli/confirm/code", url.Values{"code": {right}}).want(403) // no token
	v.post("/hemuli/confirm/code", "code", right).want(200, "We have your question")
	// What waited is gone: the page leads back.
	v.see("/hemuli/confirm").want(200, "Accounts")
	for _, path := range []string{"/hemuli/accounts/2026Q3/ask", "/hemuli/accounts/2026-07/999/ask", "/hemuli/accounts/2026-10/ask"} {
		v.see(path).want(404)
	}
}

// An act that waits belongs to the community where it began.
func TestWhatWaitsIsOfOneCommunity(t *testing.T) {
	b := newBooks(t)
	b.Community(t, "other")
	v := b.visitor(t)
	v.see("/hemuli/accounts/2026-07/2/ask").post("/hemuli/accounts/2026-07/2/ask", "question", "这笔钱买了什么").want(200, "Mobile number")
	v.see("/other/confirm").want(200, "No accounts yet")
	v.askAs(phone, "这笔钱买了什么")
	in := b.firstInquiry(t)
	for _, path := range []string{"/other/inquiries/", "/hemuli/inquiries/1"} {
		v.see(path + in.ID.String()).want(404)
	}
	v.see("/other/inquiries/" + in.ID.String() + "/sent").want(404)
	v.see("/other/inquiries/" + in.ID.String() + "/report").want(404)
}

func TestWhoeverIsLoggedInSkipsTheCode(t *testing.T) {
	b := newBooks(t)
	v := b.visitor(t).login(phone)
	v.see("/hemuli/accounts/2026-07/ask").want(200, "Send the question")
	v.post("/hemuli/accounts/2026-07/ask", "question", "七月的结余存在哪里？").want(200, "We have your question")
	b.visitor(t).see("/hemuli/accounts/2026-07").want(200, "七月的结余存在哪里", "whole month")
}

// The day after the due day everybody sees that it is late, without any job
// having run; the asker goes to the street.
func TestOverdueIsShownAndTheAskerGoesToTheStreet(t *testing.T) {
	b := newBooks(t)
	v := b.visitor(t).askAs(phone, "这笔钱买了什么")
	in := b.firstInquiry(t)
	path := "/hemuli/inquiries/" + in.ID.String()
	stranger := b.visitor(t)
	b.at(in.DueDay)
	stranger.see(path).want(200, "today").lacks("Not answered in time")
	v.see(path + "/report").want(200)
	v.post(path+"/report", "reason", "没有人答复我").want(409, "没有人答复我")
	b.at(in.DueDay.AddDays(1))
	stranger.see(path).want(200, "Not answered in time", "the asker can report")
	stranger.see("/hemuli/inquiries?kind=overdue").want(200, "这笔钱买了什么")
	stranger.see("/hemuli/accounts/2026-07/2").want(200, "Not answered in time")
	stranger.see(path+"/report").want(200, "Log in")
	other := b.visitor(t).login("13812340000")
	other.see(path+"/report").post(path+"/report", "reason", "没有人答复我").want(403)
	v.see(path+"/report").want(200, "art. 35")
	v.post(path+"/report", "reason", "不").want(422)
	v.post(path+"/report", "reason", "没有人答复我，电话13912345678").want(200, "At the street office").lacks("没有人答复我")
	stranger.see(path).want(200, "At the street office").lacks("13912345678", "I asked this")
	if err := b.In(b.c).OrderInquiry(context.Background(), b.people[models.RoleStreet], in.ID, "三天内公布发票"); err != nil {
		t.Fatal(err)
	}
	stranger.see(path).want(200, "三天内公布发票", "Ordered publication or correction")
	stranger.see("/hemuli/inquiries?kind=street").want(200, "这笔钱买了什么")
	for _, bad := range []string{"?kind=x", "?before=x", "?before=-1"} {
		stranger.see("/hemuli/inquiries" + bad).want(404)
	}
}

func TestFollowTheAccountsWithACode(t *testing.T) {
	b := newBooks(t)
	v := b.visitor(t)
	v.see("/hemuli/follow/accounts").want(200, "Tell me of changes")
	v.post("/hemuli/follow/accounts").want(200, "Mobile number")
	v.post("/hemuli/confirm", "phone", phone).want(200, "Type the code")
	v.post("/hemuli/confirm/code", "code", b.code(t, phone)).want(200, "You follow this now", "Stop telling me")
	book := "2026年10月财务收支明细表\n日期,凭证号,摘要,科目,资金来源,收入,支出,备注,结余\n,,上月结转,,,,,," + b.closing(t, "2026-09").Plain() + "\n2026-10-05,记-1,打印纸,办公费,工作经费,,5.00,,\n"
	b.publish(t, "a.csv", []byte(book), "")
	v.see("/hemuli/follow/accounts").post("/hemuli/follow/accounts/end").want(200, "Tell me of changes")
	v.see("/hemuli/follow/weather").want(404)
	b.visitor(t).see("/hemuli/follow/accounts").post("/hemuli/follow/accounts/end").want(200, "Log in")
}

// Many questions of one telephone in a day are too many; nothing is lost
// silently.
func TestTooManyQuestions(t *testing.T) {
	b := newBooks(t)
	v := b.visitor(t).login(phone)
	for i := range 5 {
		v.see("/hemuli/accounts/2026-07/2/ask").post("/hemuli/accounts/2026-07/2/ask", "question", "这笔钱买了什么"+strings.Repeat("？", i)).want(200, "We have your question")
	}
	v.see("/hemuli/accounts/2026-07/2/ask").post("/hemuli/accounts/2026-07/2/ask", "question", "第六个问题").want(429, "第六个问题")
}
