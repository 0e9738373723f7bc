package jobs

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"juwu/internal/outbound"
	"juwu/internal/problem"
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

// filingHouse is a house with the street's officer.
func filingHouse(t *testing.T, db *storetest.DB) (*house, models.Actor) {
	t.Helper()
	h := houseIn(t, db, "hemuli")
	u, err := h.EnsureUser(ctx, storetest.System, "13900002222", "街道")
	check(t, err)
	post := models.Appointment{ID: models.NewID(h.Now()), UserID: u.ID, Role: models.RoleStreet, RegionID: h.c.StreetID, Name: "街道", From: "2026-01-01", Until: "2030-12-31", Decision: "d", CreatedAt: h.Now()}
	check(t, h.WriteGlobal(ctx, storetest.System, func(tx *store.Tx) error { return tx.Create(&post).Error }))
	check(t, h.Load(ctx))
	return h, models.Actor{UserID: u.ID, Name: "街道", SecondFactor: true, Appointments: []models.Appointment{post}}
}

// filings is an outbox that speaks to systems on this machine.
func filings(t *testing.T, db *storetest.DB) *Outbox {
	t.Helper()
	o := outbox(t, db, db.Store, nil)
	o.Senders = map[string]Sender{store.ChannelHook: &Filings{Store: db.Store, Now: db.Clock.Now, Inside: outbound.Inside{"127.0.0.1"}, Site: "https://juwu.example/"}}
	return o
}

// Minutes that are filed with the street reach the street's own system: signed,
// tried again under the same name, once, and nothing but what is on the board.
// The system of the committee, for cases, gets none.
func TestFiledMinutesReachTheStreetsSystem(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h, street := filingHouse(t, db)
		secret, status := models.NewWebhookSecret([]byte("0123456789abcdef0123456789abcdef")), http.StatusServiceUnavailable
		there, got := streetSystem(t, secret, &status)
		h.handover(t, models.HandoverTarget{Kind: models.HandoverWebhook, Name: "12345", URL: there.URL + "/cases"}, secret)
		to, _, err := h.In(h.c).PutHandoverTarget(ctx, street, models.HandoverTarget{Kind: models.HandoverWebhook, Name: "街道平台", URL: there.URL + "/street", Officials: true}, secret)
		check(t, err)
		o := filings(t, db)
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
		if f := h.filing(t, m.ID); f.State != models.FilingSent || f.Tries != tries || f.TriedAt == nil || f.TargetName != "街道平台" {
			t.Errorf("%+v", f)
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

// filing is the newest filing of a meeting.
func (h *house) filing(t *testing.T, meeting models.ID) models.MinutesFiling {
	t.Helper()
	rows, err := h.In(h.c).Filings(ctx, meeting)
	check(t, err)
	if len(rows) == 0 {
		t.Fatal("nothing is filed")
	}
	return rows[0]
}

// Minutes that do not arrive are an officer's task: when it was tried and why it
// failed is kept, they are sent again, or brought there by hand, once.
func TestFilingThatDoesNotArriveIsSomebodysTask(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h, street := filingHouse(t, db)
		in := h.In(h.c)
		secret, status := models.NewWebhookSecret([]byte("0123456789abcdef0123456789abcdef")), http.StatusForbidden
		there, got := streetSystem(t, secret, &status)
		to, _, err := in.PutHandoverTarget(ctx, street, models.HandoverTarget{Kind: models.HandoverWebhook, Name: "街道平台", URL: there.URL + "/street", Officials: true}, secret)
		check(t, err)
		o := filings(t, db)
		m := h.hearing(t)
		h.minutes(t, m.ID, "两边都装，费用按楼层分", "")
		first := h.filing(t, m.ID)
		again := func(a models.Actor) error { return in.FileAgain(ctx, a, m.ID, first.ID) }
		refusedAs(t, again(h.director), problem.Conflict, "page.conflict") // on its way
		deliver(t, o)
		f := h.filing(t, m.ID)
		if lost, err := in.FailedFilings(ctx); err != nil || len(lost) != 1 || lost[0].ID != m.ID || f.State != models.FilingFailed || f.Error != "refused" || f.Tries != 1 || !f.TriedAt.Equal(h.Now()) {
			t.Fatalf("%+v %+v %v", f, lost, err)
		}
		refusedAs(t, again(street), problem.Forbidden, "policy.forbidden")
		refusedAs(t, db.In(db.Community(t, "fuchun")).FileAgain(ctx, h.director, m.ID, first.ID), problem.Forbidden, "policy.forbidden")
		refusedAs(t, in.FileAgain(ctx, h.director, first.ID, first.ID), problem.NotFound, "")
		status = http.StatusServiceUnavailable
		check(t, again(h.director))
		refusedAs(t, again(h.director), problem.Conflict, "page.conflict") // twice is once
		deliver(t, o)
		if f = h.filing(t, m.ID); f.State != models.FilingWaiting || f.Error != "busy" || f.Tries != 1 || len(*got) != 2 {
			t.Fatalf("%+v, %d", f, len(*got))
		}
		h.Clock.Add(models.FilingLife)
		if deliver(t, o) != 0 {
			t.Error("sent after its time")
		}
		if f = h.filing(t, m.ID); f.State != models.FilingFailed || f.Error != "busy" || f.Tries != 1 {
			t.Fatalf("%+v", f)
		}
		check(t, db.Verify(ctx, func(f store.Finding) { t.Errorf("%+v", f) }))
		refusedAs(t, in.FiledByHand(ctx, street, m.ID, f.ID, "我说收到了就收到了"), problem.Forbidden, "policy.forbidden")
		refusedAs(t, in.FiledByHand(ctx, h.director, m.ID, f.ID, " "), problem.Invalid, "")
		check(t, in.FiledByHand(ctx, h.director, m.ID, f.ID, "12月3日交街道党政办，有回执"))
		refusedAs(t, in.FiledByHand(ctx, h.director, m.ID, f.ID, "又送了一次到党政办"), problem.Conflict, "page.conflict")
		refusedAs(t, again(h.director), problem.Conflict, "page.conflict")
		if f = h.filing(t, m.ID); f.State != models.FilingByHand || f.Note == "" || f.ByName == "" {
			t.Fatalf("%+v", f)
		}
		h.filingReplaced(t, street, m.ID, to, o)
	})
}

// filingReplaced: a new version goes in place of one that failed; to a system
// out of use nothing is sent.
func (h *house) filingReplaced(t *testing.T, street models.Actor, meeting, to models.ID, o *Outbox) {
	t.Helper()
	in := h.In(h.c)
	h.minutes(t, meeting, "只装东侧一部，费用按楼层分", "费用一项写错了")
	check(t, in.EndHandoverTarget(ctx, street, to))
	deliver(t, o)
	f := h.filing(t, meeting)
	if f.State != models.FilingFailed {
		t.Fatalf("%+v", f)
	}
	refusedAs(t, in.FileAgain(ctx, h.director, meeting, f.ID), problem.Conflict, "meeting.filing.off")
	h.minutes(t, meeting, "东西两侧各装一部，费用另议", "平台名称写错了")
	if now := h.filing(t, meeting); now.ID != f.ID || now.State != models.FilingReplaced {
		t.Fatalf("%+v", now)
	}
	if lost, err := in.FailedFilings(ctx); err != nil || len(lost) != 0 {
		t.Errorf("%+v %v", lost, err)
	}
	check(t, h.Verify(ctx, func(f store.Finding) { t.Errorf("%+v", f) }))
}

func refusedAs(t *testing.T, err error, kind problem.Kind, key string) {
	t.Helper()
	if p := problem.As(err); p == nil || p.Kind != kind || key != "" && p.Key != key {
		t.Errorf("%v, want %v %s", err, kind, key)
	}
}
