package jobs

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"juwu/internal/outbound"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// delivered is what a receiver got, checked as a receiver checks it.
type delivered struct {
	ID, Path string
	Type     string
	Data     models.MinutesCopy
	Fields   map[string]any
}

// streetSystem answers as it is told and keeps what came with a right signature.
func streetSystem(t *testing.T, secret string, status *int) (*httptest.Server, *[]delivered) {
	t.Helper()
	var got []delivered
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		seconds, _ := strconv.ParseInt(r.Header.Get(models.WebhookTimestamp), 10, 64)
		id := r.Header.Get(models.WebhookID)
		if !models.SignedWebhook(models.WebhookKey(secret), id, time.Unix(seconds, 0), b, r.Header.Get(models.WebhookSignature)) || id != r.Header.Get("Idempotency-Key") {
			t.Errorf("%s: not signed: %v", r.URL.Path, r.Header)
		}
		d := delivered{ID: id, Path: r.URL.Path}
		var m struct {
			Type string
			Data json.RawMessage
		}
		if err := json.Unmarshal(b, &m); err != nil || json.Unmarshal(m.Data, &d.Data) != nil || json.Unmarshal(m.Data, &d.Fields) != nil {
			t.Errorf("%s", b)
		}
		d.Type = m.Type
		got = append(got, d)
		w.WriteHeader(*status)
	}))
	t.Cleanup(s.Close)
	return s, &got
}

func (h *house) hearing(t *testing.T) *models.CivicMeeting {
	t.Helper()
	start := h.Now().Add(9 * 24 * time.Hour)
	d := store.MeetingDraft{Kind: models.MeetingHearing, Title: "3号楼加装电梯", Summary: "听取各户意见，比较两个方案。", Place: "社区活动室", Start: start, End: start.Add(time.Hour),
		Chair: "钟梅", Recorder: "林梅庆", Unit: "安康电梯公司", Items: []store.MeetingItemDraft{{Title: "项目介绍", Minutes: 20}, {Title: "发言", Minutes: 40}}}
	for _, b := range policy.MeetingRuleOf(models.MeetingHearing).Must {
		d.Invites = append(d.Invites, store.MeetingInviteDraft{Body: b, Name: string(b)})
	}
	in := h.In(h.c)
	m, err := in.CreateMeeting(ctx, h.director, d)
	check(t, err)
	check(t, in.PublishMeeting(ctx, h.director, m.ID, store.BoardText{Title: "听证会公告", Body: "时间、地点、内容、参加人。"}, m.UpdatedAt))
	h.Clock.Set(start.Add(90 * time.Minute))
	check(t, in.HoldMeeting(ctx, h.director, m.ID))
	return m
}

func (h *house) minutes(t *testing.T, meeting models.ID, preferred, reason string) models.Minutes {
	t.Helper()
	in := h.In(h.c)
	check(t, in.WriteMinutes(ctx, h.director, meeting, store.MinutesDraft{Basics: "到会12人，居民代表李某发言", Summary: "大家同意装电梯", Preferred: preferred, UnitAnswer: "公司同意", Reason: reason}))
	rows, err := in.Minutes(ctx, meeting)
	check(t, err)
	check(t, in.PublishMinutes(ctx, h.director, meeting, store.BoardText{Title: "听证会纪要", Body: preferred}, rows[0].UpdatedAt))
	rows, err = in.Minutes(ctx, meeting)
	check(t, err)
	return rows[0]
}

// Minutes that are filed with the street reach the street's own system: signed,
// tried again under the same name, once, and nothing but what is on the board.
// The system of the committee, for cases, gets none.
func TestFiledMinutesReachTheStreetsSystem(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := houseIn(t, db, "hemuli")
		u, err := h.EnsureUser(ctx, storetest.System, "13900002222", "街道")
		check(t, err)
		post := models.Appointment{ID: models.NewID(h.Now()), UserID: u.ID, Role: models.RoleStreet, RegionID: h.c.StreetID, Name: "街道", From: "2026-01-01", Until: "2030-12-31", Decision: "d", CreatedAt: h.Now()}
		check(t, h.WriteGlobal(ctx, storetest.System, func(tx *store.Tx) error { return tx.Create(&post).Error }))
		check(t, h.Load(ctx))
		street := models.Actor{UserID: u.ID, Name: "街道", SecondFactor: true, Appointments: []models.Appointment{post}}
		secret, status := models.NewWebhookSecret([]byte("0123456789abcdef0123456789abcdef")), http.StatusServiceUnavailable
		there, got := streetSystem(t, secret, &status)
		h.handover(t, models.HandoverTarget{Kind: models.HandoverWebhook, Name: "12345", URL: there.URL + "/cases"}, secret)
		to, _, err := h.In(h.c).PutHandoverTarget(ctx, street, models.HandoverTarget{Kind: models.HandoverWebhook, Name: "街道平台", URL: there.URL + "/street", Officials: true}, secret)
		check(t, err)
		o := outbox(t, db, db.Store, nil)
		o.Senders = map[string]Sender{store.ChannelHook: &Filings{Store: db.Store, Now: db.Clock.Now, Inside: outbound.Inside{"127.0.0.1"}, Site: "https://juwu.example/"}}
		o.Log = slog.New(slog.DiscardHandler)

		m := h.hearing(t)
		if deliver(t, o) != 0 {
			t.Error("something goes out before there are minutes")
		}
		first := h.minutes(t, m.ID, "两边都装，费用按楼层分", "")
		for range 20 { // longer than a message to a person is tried
			deliver(t, o)
			h.Clock.Add(11 * time.Minute)
		}
		status = http.StatusNoContent
		deliver(t, o)
		tries := len(*got)
		if deliver(t, o) != 0 || tries < 20 || counts(t, db)["sent"] != 1 {
			t.Fatalf("%d tries, %v", tries, counts(t, db))
		}
		for _, d := range *got {
			want := models.MinutesCopy{Meeting: m.ID, Community: "hemuli", Kind: models.MeetingHearing, Title: "3号楼加装电梯", Day: models.DateOf(m.StartAt), Number: first.Number, Version: 1,
				Preferred: "两边都装，费用按楼层分", Page: "https://juwu.example/hemuli/meetings/" + m.ID.String()}
			if diff := cmp.Diff(want, d.Data); diff != "" || d.Type != "minutes.filed" || d.Path != "/street" || d.ID != (*got)[0].ID || len(d.Fields) != 9 {
				t.Fatalf("%+v\n%s", d, diff)
			}
		}
		second := h.minutes(t, m.ID, "只装东侧一部，费用按楼层分", "费用一项写错了")
		deliver(t, o)
		if last := (*got)[len(*got)-1]; len(*got) != tries+1 || last.ID == (*got)[0].ID || last.Data.Version != 2 || last.Data.Number != second.Number || last.Data.Preferred != second.Preferred {
			t.Fatalf("%d: %+v", len(*got), last)
		}
		h.minutes(t, m.ID, "东西两侧各装一部，费用另议", "平台名称写错了")
		check(t, h.In(h.c).EndHandoverTarget(ctx, street, to))
		deliver(t, o)
		if n := counts(t, db); len(*got) != tries+1 || n["failed"] != 1 {
			t.Fatalf("sent to a system that is out of use: %v", n)
		}
	})
}
