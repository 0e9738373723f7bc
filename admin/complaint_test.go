package admin_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/internal/web/webtest"
	"juwu/models"
	"juwu/policy"
)

func TestComplaintStories(t *testing.T) { webtest.Dir(t, "testdata/complaint", booksRunner) }

// What another system asks of a case is filled in from what was answered here and
// asked of the officer where there is nothing; an answer that it would refuse is
// refused beside its question, and nothing is handed over.
func TestTheOfficeAnswersAnotherSystem(t *testing.T) {
	w := newBooksWorld(t)
	run := &webtest.Runner{App: w.server.App, Login: func(_ testing.TB, name string) string { return "juwu=" + cookieOf(name) }}
	ctx, tenant := context.Background(), w.In(w.c)
	asking, _, err := tenant.PutHandoverTarget(ctx, w.people["director"], models.HandoverTarget{Kind: models.HandoverOpen311, Name: "市12345", URL: "https://12345.example.cn/v2", ServiceCode: "7"}, "their-key")
	if err != nil {
		t.Fatal(err)
	}
	silent, _, err := tenant.PutHandoverTarget(ctx, w.people["director"], models.HandoverTarget{Kind: models.HandoverFile, Name: "街道表格"}, "")
	if err != nil {
		t.Fatal(err)
	}
	err = tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
		return tx.Model(&models.HandoverTarget{}).Where("id = ?", asking).Update("questions",
			[]byte(`{"7":[{"code":"object","text":"损坏的设施","needed":true},{"code":"LAMP","text":"<b>灯杆</b>编号","needed":true},{"code":"HOW","choices":[{"key":"1","name":"一天"},{"key":"2","name":"更久"}]}]}`)).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	filed, err := tenant.FileComplaint(ctx, w.people["resident"], store.Report{Once: "once-of-outer-question", Category: "repair", Channel: models.ChannelWeb, Level: models.LevelNamed,
		Text: "三单元门口的路灯不亮", PinX: -1, PinY: -1, Answers: []models.ComplaintAnswer{{Question: "object", Answer: "路灯"}}})
	if err != nil {
		t.Fatal(err)
	}
	base := "/admin/hemuli/complaints/" + filed.Case.ID.String()
	words := strings.NewReplacer("BASE", base, "ASKING", asking.String(), "SILENT", silent.String())
	run.Run(t, "outer questions", words.Replace(`
as director
GET BASE/act/hand_over
code 200
body contains 市12345
body lacks 损坏的设施
POST BASE/act/hand_over
field target = ASKING
code 303
header Location BASE/act/hand_over?target=ASKING
follow
code 200
body contains 损坏的设施
body contains value="路灯"
body contains &lt;b&gt;灯杆&lt;/b&gt;编号
body lacks <b>灯杆
body contains 更久
POST BASE/act/hand_over?target=ASKING
field target = ASKING
field o0 = 路灯
field o1 =
field o2 = 9
code 422
body contains href="#o1"
body contains href="#o2"
body lacks href="#o0"
GET BASE
code 200
body lacks 市12345
# another target than the one that was asked for asks its own questions: none
GET BASE/act/hand_over?target=ASKING
POST BASE/act/hand_over?target=ASKING
field target = SILENT
code 303
header Location BASE?done=hand_over
GET BASE/act/hand_over?target=ASKING
POST BASE/act/hand_over?target=ASKING
field target = ASKING
field o0 = 路灯 <i>七号</i>
field o1 = L-17
field o2 = 2
code 303
header Location BASE?done=hand_over
GET BASE
code 200
body contains 市12345
body contains 街道表格
# both are taken: neither is offered any more, nor taken twice
GET BASE/act/hand_over?target=ASKING
code 404
as elsewhere
GET BASE/act/hand_over?target=ASKING
code 403
as resident
GET BASE/act/hand_over?target=ASKING
code 403
`))
	tasks, err := w.LeaseHandovers(ctx, 5, time.Minute)
	if err != nil || len(tasks) != 1 {
		t.Fatalf("%d tasks, %v", len(tasks), err)
	}
	if d := cmp.Diff(map[string]string{"object": "路灯 <i>七号</i>", "LAMP": "L-17", "HOW": "2"}, tasks[0].Case.Outer); d != "" {
		t.Error(d)
	}
}

func TestMeetingStories(t *testing.T) { webtest.Dir(t, "testdata/meeting", meetingRunner) }

// meetingRunner is a world with a hearing that begins in half an hour, with one
// seat for delegates; people sign up until it begins.
func meetingRunner(t *testing.T) *webtest.Runner {
	t.Helper()
	w := newBooksWorld(t)
	ctx, tenant := context.Background(), w.In(w.c)
	start := w.Now().AddDate(0, 0, 5).Truncate(time.Hour)
	d := store.MeetingDraft{
		Kind: models.MeetingHearing, Title: "3号楼加装电梯", Summary: "听取各户意见，比较两个方案。", Place: "社区活动室", Start: start, End: start.Add(time.Hour),
		SignupUntil: start, ChangeUntil: start, Chair: "钟梅", Recorder: "林梅庆", Items: []store.MeetingItemDraft{{Title: "发言", Minutes: 40}},
		Seats: []policy.LotterySeats{{Part: models.PartListener, Pool: models.PoolOpen, Total: 1}},
	}
	for _, b := range policy.MeetingRuleOf(d.Kind).Must {
		d.Invites = append(d.Invites, store.MeetingInviteDraft{Body: b, Name: string(b)})
	}
	m, err := tenant.CreateMeeting(ctx, w.people["member"], d)
	if err != nil {
		t.Fatal(err)
	}
	if err := tenant.PublishMeeting(ctx, w.people["director"], m.ID, store.BoardText{Title: "听证会公告", Body: "时间、地点、内容、参加人。"}, m.UpdatedAt); err != nil {
		t.Fatal(err)
	}
	w.people["doorman"] = w.officer(t, models.RoleGridWorker, w.c.ID, "网格员")
	w.serve(t)
	w.Clock.Set(start.Add(-30 * time.Minute))
	return &webtest.Runner{App: w.server.App, Login: func(_ testing.TB, name string) string { return "juwu=" + cookieOf(name) }}
}
