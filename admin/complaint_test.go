package admin_test

import (
	"context"
	"testing"
	"time"

	"juwu/internal/store"
	"juwu/internal/web/webtest"
	"juwu/models"
	"juwu/policy"
)

func TestComplaintStories(t *testing.T) { webtest.Dir(t, "testdata/complaint", booksRunner) }

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
	w.Clock.Set(start.Add(-30 * time.Minute))
	return &webtest.Runner{App: w.server.App, Login: func(_ testing.TB, name string) string { return "juwu=" + cookieOf(name) }}
}
