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

func TestFilingStories(t *testing.T) { webtest.Dir(t, "testdata/filing", filingRunner) }

// filingRunner is a world with a hearing whose minutes a system of the street
// has refused.
func filingRunner(t *testing.T) *webtest.Runner {
	t.Helper()
	w := newBooksWorld(t)
	ctx, tenant, director := context.Background(), w.In(w.c), w.people["director"]
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := tenant.PutHandoverTarget(ctx, w.people["street"], models.HandoverTarget{Kind: models.HandoverWebhook, Name: "街道综治平台", URL: "https://street.example/hook", Officials: true},
		models.NewWebhookSecret([]byte("0123456789abcdef0123456789abcdef")))
	check(err)
	start := models.DateOf(w.Now()).AddDays(9).Time().Add(19 * time.Hour)
	d := store.MeetingDraft{Kind: models.MeetingHearing, Title: "3号楼加装电梯", Summary: "听取各户意见，比较两个方案。", Place: "社区活动室", Start: start, End: start.Add(time.Hour),
		Chair: "钟梅", Recorder: "林梅庆", Unit: "安康电梯公司", Items: []store.MeetingItemDraft{{Title: "项目介绍", Minutes: 20}}}
	for _, b := range policy.MeetingRuleOf(d.Kind).Must {
		d.Invites = append(d.Invites, store.MeetingInviteDraft{Body: b, Name: string(b)})
	}
	m, err := tenant.CreateMeeting(ctx, director, d)
	check(err)
	check(tenant.PublishMeeting(ctx, director, m.ID, store.BoardText{Title: "听证会公告", Body: "时间、地点、内容、参加人。"}, m.UpdatedAt))
	w.Clock.Set(start.Add(90 * time.Minute))
	check(tenant.HoldMeeting(ctx, director, m.ID))
	check(tenant.WriteMinutes(ctx, director, m.ID, store.MinutesDraft{Basics: "到会12人，居民代表发言", Summary: "大家同意装电梯", Preferred: "两边都装，费用按楼层分", UnitAnswer: "公司同意"}))
	rows, err := tenant.Minutes(ctx, m.ID)
	check(err)
	check(tenant.PublishMinutes(ctx, director, m.ID, store.BoardText{Title: "听证会纪要", Body: "两边都装，费用按楼层分"}, rows[0].UpdatedAt))
	sent, err := w.LeaseOutbox(ctx, "test", []string{store.ChannelHook}, 1, time.Minute)
	check(err)
	check(w.Undelivered(ctx, sent[0], "refused", time.Time{}))
	return &webtest.Runner{App: w.server.App, Login: func(_ testing.TB, name string) string { return "juwu=" + cookieOf(name) }}
}
