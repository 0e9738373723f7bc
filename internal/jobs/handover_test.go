package jobs

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"juwu/i18n"
	"juwu/internal/outbound"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/internal/web"
	"juwu/models"
	"juwu/portal"
)

// house is a whole Juwu with a community, a director and a case.
type house struct {
	*storetest.DB
	c        *models.Community
	director models.Actor
}

func newHouse(t testing.TB, code string) *house {
	t.Helper()
	return houseIn(t, storetest.New(t), code)
}

func houseIn(t testing.TB, db *storetest.DB, code string) *house {
	t.Helper()
	ctx := context.Background()
	h := &house{DB: db}
	h.c = h.Community(t, code)
	u, err := h.EnsureUser(ctx, storetest.System, "13900001111", "主任")
	check(t, err)
	a := models.Appointment{ID: models.NewID(h.Now()), UserID: u.ID, Role: models.RoleDirector, RegionID: h.c.ID, Name: "主任", From: "2026-01-01", Until: "2030-12-31", Decision: "d", CreatedAt: h.Now()}
	check(t, h.WriteGlobal(ctx, storetest.System, func(tx *store.Tx) error { return tx.Create(&a).Error }))
	check(t, h.Load(ctx))
	h.director = models.Actor{UserID: u.ID, Name: "主任", SecondFactor: true, Appointments: []models.Appointment{a}}
	return h
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// serve opens the house's side of residents and programs on a real port.
func (h *house) serve(t testing.TB) string {
	t.Helper()
	words, err := i18n.Load()
	check(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	base := "http://" + ln.Addr().String()
	edge, err := web.New(web.Options{
		BaseURL: base, Now: h.Clock.Now, Log: slog.New(slog.DiscardHandler), Words: words, Key: h.Keys().Key, Session: h.SessionActor,
		Community: h.CommunityByCode, Stamp: h.Stamp, AuthzFresh: h.AuthzFresh,
		May: func(a models.Actor, c *models.Community, object, action string, at time.Time) error {
			return h.Guard().Allowed(a, c, object, action, models.DateOf(at))
		},
	})
	check(t, err)
	edge.Mount((&portal.Portal{Store: h.Store}).Routes())
	go func() { _ = edge.App.Listener(ln) }()
	t.Cleanup(func() { _ = edge.App.Shutdown() })
	return base
}

func (h *house) file(t testing.TB, text string) models.Complaint {
	t.Helper()
	u, err := h.EnsureUser(context.Background(), storetest.System, "13700002222", "王五")
	check(t, err)
	f, err := h.In(h.c).FileComplaint(context.Background(), models.Actor{UserID: u.ID}, store.Report{
		Once: fmt.Sprintf("once-of-%012d", len(text)), Category: "repair", Channel: models.ChannelWeb, Level: models.LevelNamed, Text: text, Spot: "东门", PinX: -1, PinY: -1,
		Answers: []models.ComplaintAnswer{{Question: "object", Answer: "路灯"}}})
	check(t, err)
	return f.Case
}

func (h *house) handover(t testing.TB, m models.HandoverTarget, secret string) models.ID {
	t.Helper()
	id, _, err := h.In(h.c).PutHandoverTarget(context.Background(), h.director, m, secret)
	check(t, err)
	return id
}

func (h *house) deliver(t testing.TB) {
	t.Helper()
	words, err := i18n.Load()
	check(t, err)
	job := &Handovers{Store: h.Store, Words: words, Log: slog.New(slog.DiscardHandler), Now: h.Clock.Now, Inside: outbound.Inside{"127.0.0.1"}}
	_, err = job.Deliver(context.Background())
	check(t, err)
}

func (h *house) at(t testing.TB, id models.ID) store.Handover {
	t.Helper()
	v, err := h.In(h.c).OfficeCase(context.Background(), h.director, id)
	check(t, err)
	if len(v.Handovers) != 1 {
		t.Fatalf("%+v", v.Handovers)
	}
	return v.Handovers[0]
}

// Two Juwu, one hands over to the other by Open311: the connection is tried,
// the case filed, both numbers stand here, what the other answers comes back.
func TestACaseGoesFromOneJuwuToAnother(t *testing.T) {
	ctx := context.Background()
	here, there := newHouse(t, "hemuli"), newHouse(t, "jiedao")
	key, err := there.In(there.c).MakeOpen311Key(ctx, there.director, "和睦里")
	check(t, err)
	to := here.handover(t, models.HandoverTarget{Kind: models.HandoverOpen311, Name: "街道平台", URL: there.serve(t) + "/open311/v2", Jurisdiction: "jiedao", ServiceCode: "other"}, key)
	check(t, here.In(here.c).AskHandoverCheck(ctx, here.director, to))
	here.deliver(t)
	target, err := here.In(here.c).HandoverTarget(ctx, here.director, to)
	check(t, err)
	if target.CheckedAt == nil || target.CheckError != "" || store.ServiceOf(target, "repair", "") != "repair" {
		t.Fatalf("%+v", target)
	}
	a := here.file(t, "东门的路灯坏了三天，电话13700002222")
	_, err = here.In(here.c).HandOver(ctx, here.director, a.ID, to, store.Outer{})
	check(t, err)
	here.deliver(t)
	h := here.at(t, a.ID)
	id, ok := models.ParseID(h.OuterNumber)
	if h.State != models.HandoverTaken || !ok {
		t.Fatalf("%+v", h)
	}
	theirs, err := there.In(there.c).OfficeCase(ctx, there.director, id)
	check(t, err)
	if theirs.Category != "repair" || theirs.Channel != models.ChannelOpen311 || strings.Contains(theirs.Body.Text, "13700002222") || theirs.Level != models.LevelAnonymous {
		t.Errorf("%+v", theirs)
	}
	here.deliver(t) // nothing is due: nothing is asked, nothing filed twice
	_, err = there.In(there.c).CaseAct(ctx, there.director, id, "answer", store.Act{Text: "路灯已经更换"})
	check(t, err)
	here.Clock.Add(31 * time.Minute)
	there.Clock.Set(here.Clock.Now())
	here.deliver(t)
	if h = here.at(t, a.ID); h.OuterState != "open" || h.OuterNote == "" || h.State != models.HandoverTaken {
		t.Errorf("%+v", h)
	}
	here.Clock.Add(15 * 24 * time.Hour) // its days to rate are over
	there.Clock.Set(here.Clock.Now())
	here.deliver(t)
	if h = here.at(t, a.ID); h.State != models.HandoverDone || h.OuterState != "closed" {
		t.Errorf("%+v", h)
	}
	for _, db := range []*house{here, there} {
		check(t, db.Verify(ctx, func(f store.Finding) { t.Errorf("%+v", f) }))
	}
}

// A system that gives tokens first, is busy, talks nonsense, refuses.
func TestASystemThatGivesTokens(t *testing.T) {
	ctx := context.Background()
	answer := `[{"token":"tok 1"}]`
	status := 200
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		asked = append(asked, r.Method+" "+r.URL.Path+" "+r.Header.Get("Idempotency-Key")+" "+string(b))
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer))
	}))
	defer s.Close()
	here := newHouse(t, "hemuli")
	to := here.handover(t, models.HandoverTarget{Kind: models.HandoverOpen311, Name: "12345", URL: s.URL + "/v2", ServiceCode: "7", WithNames: true}, "k1")
	a := here.file(t, "东门的路灯坏了")
	_, err := here.In(here.c).HandOver(ctx, here.director, a.ID, to, store.Outer{})
	check(t, err)
	status = 503
	here.deliver(t)
	if h := here.at(t, a.ID); h.State != models.HandoverWaiting || h.Error != "busy" {
		t.Fatalf("%+v", h)
	}
	status = 200
	here.Clock.Add(time.Minute)
	here.deliver(t)
	if h := here.at(t, a.ID); h.State != models.HandoverTokened || h.Token != "tok 1" || h.Error != "" {
		t.Fatalf("%+v", h)
	}
	if last := asked[len(asked)-1]; !strings.HasPrefix(last, "POST /v2/requests.json juwu-") || !strings.Contains(last, "service_code=7") || !strings.Contains(last, "phone=13700002222") || asked[0] != last {
		t.Errorf("%q", asked)
	}
	v, err := here.In(here.c).OfficeCase(ctx, here.director, a.ID)
	check(t, err)
	if last := v.Steps[len(v.Steps)-1]; last.Action != "hand_over" {
		t.Errorf("a token is a step of the timeline: %+v", last)
	}
	answer = `[{"token":"tok 1","service_request_id":null}]`
	here.Clock.Add(time.Minute)
	here.deliver(t)
	answer = `[{"token":"tok 1","service_request_id":4711}]`
	here.Clock.Add(time.Minute)
	here.deliver(t)
	if h := here.at(t, a.ID); h.State != models.HandoverTaken || h.OuterNumber != "4711" || !strings.HasPrefix(asked[len(asked)-1], "GET /v2/tokens/tok 1.json") {
		t.Fatalf("%+v %q", h, asked[len(asked)-1])
	}
	answer = `{"html": true`
	here.Clock.Add(time.Hour)
	here.deliver(t)
	if h := here.at(t, a.ID); h.State != models.HandoverTaken || h.Error != "broken" {
		t.Fatalf("%+v", h)
	}
	answer = `[{"service_request_id":"4711","status":"Closed","status_notes":"修好了"}]`
	here.Clock.Add(time.Hour)
	here.deliver(t)
	h := here.at(t, a.ID)
	if h.State != models.HandoverDone || h.OuterNote != "修好了" || h.Error != "" {
		t.Fatalf("%+v", h)
	}
	before := len(asked)
	here.Clock.Add(24 * time.Hour)
	here.deliver(t)
	if len(asked) != before {
		t.Error("what is closed is asked about")
	}
	b := here.file(t, "西门的路灯也坏了好几天")
	status, answer = 400, `[{"code":400,"description":"王五 is unknown"}]`
	_, err = here.In(here.c).HandOver(ctx, here.director, b.ID, to, store.Outer{})
	check(t, err)
	here.deliver(t)
	if h := here.at(t, b.ID); h.State != models.HandoverFailed || h.Error != "refused" {
		t.Fatalf("%+v", h)
	}
}

// What another system asks about a service is asked for when the connection is
// tried; what was answered here goes along under its codes, the rest is asked of
// the officer, and nothing is sent before that is answered.
func TestASystemThatAsksQuestions(t *testing.T) {
	ctx := context.Background()
	answers := map[string]string{
		"/v2/services.json":        `[{"service_code":"repair","service_name":"Repair"},{"service_code":"plain","service_name":"Other"}]`,
		"/v2/services/repair.json": `{"service_code":"repair","attributes":[{"variable":false,"code":"note","description":"read this"},{"variable":true,"code":"object","required":true,"description":"What?"},{"variable":true,"code":"LAMP","required":true,"description":"Lamp number","values":[{"key":7,"name":"seven"}]}]}`,
		"/v2/requests.json":        `[{"service_request_id":"99"}]`,
	}
	var filed url.Values
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "POST" {
			_ = r.ParseForm()
			filed = r.PostForm
		}
		if answers[r.URL.Path] == "" {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = w.Write([]byte(answers[r.URL.Path]))
	}))
	defer s.Close()
	here := newHouse(t, "hemuli")
	to := here.handover(t, models.HandoverTarget{Kind: models.HandoverOpen311, Name: "12345", URL: s.URL + "/v2", ServiceCode: "plain"}, "k1")
	check(t, here.In(here.c).AskHandoverCheck(ctx, here.director, to))
	here.deliver(t)
	target, err := here.In(here.c).HandoverTarget(ctx, here.director, to)
	check(t, err)
	asked := store.HandoverQuestions(target, "repair", "")
	if target.CheckError != "" || len(asked) != 2 || asked[1].Code != "LAMP" || len(asked[1].Choices) != 1 || asked[1].Choices[0].Key != "7" {
		t.Fatalf("%q %+v", target.CheckError, asked)
	}
	a := here.file(t, "东门的路灯坏了三天")
	for _, answers := range []map[string]string{nil, {"LAMP": "8"}} {
		_, err = here.In(here.c).HandOver(ctx, here.director, a.ID, to, store.Outer{Answers: answers})
		if p := problem.As(err); p == nil || p.Fields["o1"].Key == "" || p.Fields["o0"].Key != "" {
			t.Fatalf("%v: %v", answers, err)
		}
	}
	_, err = here.In(here.c).HandOver(ctx, here.director, a.ID, to, store.Outer{Answers: map[string]string{"LAMP": "7"}})
	check(t, err)
	here.deliver(t)
	if here.at(t, a.ID).OuterNumber != "99" || filed.Get("attribute[object]") == "" || filed.Get("attribute[LAMP]") != "7" || filed.Has("attribute[since]") {
		t.Errorf("%v", filed)
	}
}

// By webhook there and back: the news come over HTTP, signed with the secret.
func TestAWebhookAndItsNews(t *testing.T) {
	ctx := context.Background()
	here := newHouse(t, "hemuli")
	base := here.serve(t)
	var sent []byte
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { sent, _ = io.ReadAll(r.Body) }))
	defer s.Close()
	secret := models.NewWebhookSecret([]byte("0123456789abcdef0123456789abcdef"))
	to := here.handover(t, models.HandoverTarget{Kind: models.HandoverWebhook, Name: "12345", URL: s.URL}, secret)
	a := here.file(t, "东门的路灯坏了")
	_, err := here.In(here.c).HandOver(ctx, here.director, a.ID, to, store.Outer{})
	check(t, err)
	here.deliver(t)
	if h := here.at(t, a.ID); h.State != models.HandoverTokened && h.State != models.HandoverWaiting || !strings.Contains(string(sent), a.Number) || !strings.Contains(string(sent), `"category_name":"`) {
		t.Fatalf("%+v %s", h, sent)
	}
	body := `{"case":"` + a.Number + `","number":"T-9","state":"办理中","text":"已派维修"}`
	say := func(body, key string) int {
		at := here.Now()
		req, err := http.NewRequest("POST", base+"/hemuli/complaints/hooks/"+to.String(), strings.NewReader(body))
		check(t, err)
		for name, value := range map[string]string{"Content-Type": "application/json", models.WebhookID: "n1", models.WebhookTimestamp: fmt.Sprint(at.Unix()),
			models.WebhookSignature: models.SignWebhook(models.WebhookKey(key), "n1", at, []byte(body))} {
			req.Header.Set(name, value)
		}
		res, err := http.DefaultClient.Do(req)
		check(t, err)
		check(t, res.Body.Close())
		return res.StatusCode
	}
	if got := say(body, models.NewWebhookSecret(make([]byte, 32))); got != 401 {
		t.Errorf("a wrong key: %d", got)
	}
	if got := say(strings.Repeat("a", store.MaxHook+1), secret); got != 413 {
		t.Errorf("too large: %d", got)
	}
	if got := say(body, secret); got != 204 {
		t.Fatalf("%d", got)
	}
	if got := say(body, secret); got != 409 {
		t.Errorf("once more: %d", got)
	}
	if h := here.at(t, a.ID); h.OuterNumber != "T-9" || h.OuterNote != "已派维修" || h.State != models.HandoverTaken {
		t.Errorf("%+v", h)
	}
	here.Clock.Add(24 * time.Hour)
	sent = nil
	here.deliver(t)
	if sent != nil {
		t.Error("handed over twice")
	}
}
