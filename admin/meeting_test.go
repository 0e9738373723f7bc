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

func TestReviewStories(t *testing.T) {
	webtest.Dir(t, "testdata/review", func(t *testing.T) *webtest.Runner {
		return occasionRunner(t, models.MeetingReview, 11)
	})
}

func TestAppraisalStories(t *testing.T) {
	webtest.Dir(t, "testdata/appraisal", func(t *testing.T) *webtest.Runner {
		return occasionRunner(t, models.MeetingAppraisal, 16)
	})
}

// occasionRunner is a world with a representative's and a panel's people, in
// which an appraisal or a review has just begun.
func occasionRunner(t *testing.T, kind models.MeetingKind, days int) *webtest.Runner {
	t.Helper()
	w := newBooksWorld(t)
	ctx, tenant := context.Background(), w.In(w.c)
	panel := seated(t, w, models.BodyPanel, "评议小组", models.SitsHead, "甲组长", "乙代表", "丙代表", "丁代表")
	seated(t, w, models.BodyGroup, "第1居民小组", models.SitsRep, "居民甲", "居民乙", "居民丙")
	start := models.DateOf(w.Now()).AddDays(days).Time().Add(19 * time.Hour)
	d := store.MeetingDraft{
		Kind: kind, Title: "年度评议", Summary: "听取一年来的工作，打分签字。", Place: "社区活动室", Start: start, End: start.Add(2 * time.Hour), Panel: panel,
		Chair: "许金娣", Recorder: "郭珍", Items: []store.MeetingItemDraft{{Title: "报告", Minutes: 40}},
	}
	for _, b := range policy.MeetingRuleOf(kind).Must {
		d.Invites = append(d.Invites, store.MeetingInviteDraft{Body: b, Name: string(b)})
	}
	m, err := tenant.CreateMeeting(ctx, w.people["supervisor"], d)
	if err != nil {
		t.Fatal(err)
	}
	if err := tenant.PublishMeeting(ctx, w.people["supervisor"], m.ID, store.BoardText{Title: "评议公告", Body: "时间、地点、内容、参加人。"}, m.UpdatedAt); err != nil {
		t.Fatal(err)
	}
	w.Clock.Set(start.Add(time.Minute))
	return &webtest.Runner{App: w.server.App, Login: func(_ testing.TB, name string) string { return "juwu=" + cookieOf(name) }}
}

// seated makes a body in which people sit, the first in a post of its own.
func seated(t *testing.T, w *booksWorld, kind models.BodyKind, name string, post models.Seat, people ...string) models.ID {
	t.Helper()
	var body models.ID
	err := w.In(w.c).Write(context.Background(), models.Actor{System: true}, func(tx *store.Tx) error {
		body = tx.NewID()
		if err := tx.Create(&models.Body{Tenant: models.Tenant{ID: body}, Kind: kind, Name: name, GroupName: name, Seats: len(people), LiveName: &name, CreatedAt: tx.Now, UpdatedAt: tx.Now}).Error; err != nil {
			return err
		}
		for i, p := range people {
			resident := tx.NewID()
			m := models.Mandate{Tenant: models.Tenant{ID: tx.NewID()}, BodyID: body, Post: post, ResidentID: resident, LiveResident: &resident, Name: p, From: tx.Day(),
				State: models.MandateServing, Rank: i + 1, CreatedAt: tx.Now, UpdatedAt: tx.Now}
			if kind == models.BodyPanel && i > 0 {
				m.Post = models.SitsMember
			}
			if err := tx.Create(&m).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return body
}
