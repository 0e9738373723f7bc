package outbound

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const secret = "13812345678"

// gateway answers as the test says and remembers what it was asked.
type gateway struct {
	*httptest.Server
	mu     sync.Mutex
	answer http.HandlerFunc
	asked  []*http.Request
	bodies []string
}

func newGateway(t *testing.T, answer http.HandlerFunc) *gateway {
	t.Helper()
	g := &gateway{answer: answer}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		g.mu.Lock()
		g.asked, g.bodies = append(g.asked, r), append(g.bodies, string(b))
		g.mu.Unlock()
		g.answer(w, r)
	}))
	t.Cleanup(g.Close)
	return g
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func sms(t *testing.T, g *gateway) *SMS {
	t.Helper()
	s, err := NewSMS(g.URL+"/v1", "key", "sign")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSMSIsHandedOver(t *testing.T) {
	g := newGateway(t, status(http.StatusAccepted))
	s := sms(t, g)
	for range 2 { // the same message again, as after a crash
		if err := s.Send(context.Background(), "juwu-7", secret, "text"); err != nil {
			t.Fatal(err)
		}
	}
	r := g.asked[0]
	if r.Method != "POST" || r.URL.Path != "/v1/messages" || r.Header.Get("Authorization") != "Bearer key" {
		t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
	}
	if a, b := g.asked[0].Header.Get("Idempotency-Key"), g.asked[1].Header.Get("Idempotency-Key"); a != "juwu-7" || a != b {
		t.Errorf("keys %q and %q", a, b)
	}
	var body map[string]string
	if err := json.Unmarshal([]byte(g.bodies[0]), &body); err != nil || body["to"] != secret || body["text"] != "text" || body["id"] != "juwu-7" || body["sign"] != "sign" {
		t.Errorf("body %s, %v", g.bodies[0], err)
	}
}

func TestSMSFailures(t *testing.T) {
	hang := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		class  Class
		after  time.Duration
	}{
		"refused":      {status(400), Refused, 0},
		"unauthorized": {status(401), Refused, 0},
		"failed":       {status(500), Broken, 0},
		"bad gateway":  {status(502), Broken, 0},
		"too many":     {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "7"); w.WriteHeader(429) }, Busy, 7 * time.Second},
		"busy for a year": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "99999999")
			w.WriteHeader(503)
		}, Busy, 10 * time.Minute},
		"busy, nonsense": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "soon")
			w.WriteHeader(503)
		}, Busy, 0},
		"hangs":          {hang, Away, 0},
		"hangs up":       {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, Away, 0},
		"endless answer": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, bodyLimit+1)) }, Broken, 0},
		"sends us away": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
		}, Broken, 0},
		"sends us nowhere": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/v1/other", http.StatusFound) }, Broken, 0},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGateway(t, c.answer)
			ctx := context.Background()
			if name == "hangs" {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 50*time.Millisecond)
				defer cancel()
			}
			err := sms(t, g).Send(ctx, "juwu-7", secret, "the text")
			f := FailureOf(err)
			if err == nil || f.Class != c.class || f.After != c.after || f.Again() != (c.class != Refused) {
				t.Errorf("%v: %+v", err, f)
			}
			if err != nil && (strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "the text")) {
				t.Errorf("the error tells the message: %v", err)
			}
			g.mu.Lock()
			defer g.mu.Unlock()
			if len(g.asked) != 1 {
				t.Errorf("asked %d times: trying again is the outbox's work", len(g.asked))
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	g := newGateway(t, status(200))
	s := sms(t, g)
	g.Close()
	if f := FailureOf(s.Send(context.Background(), "i", secret, "x")); f.Class != Away {
		t.Errorf("%+v", f)
	}
}

func TestOnlyTheOneHost(t *testing.T) {
	g := newGateway(t, status(200))
	s := sms(t, g)
	for _, to := range []string{"http://169.254.169.254/latest", "http://[::]/", "http://2130706433/", "https://example.com/"} {
		if _, err := s.client.R().Get(to); err == nil || !strings.Contains(err.Error(), "not allowed") {
			t.Errorf("%s: %v", to, err)
		}
	}
}

func TestAddressesThatAreRefused(t *testing.T) {
	for _, base := range []string{"", "sms.example.cn", "http://sms.example.cn", "ftp://sms.example.cn", "https://", "http://10.0.0.1", "://"} {
		if _, err := NewSMS(base, "k", "s"); err == nil {
			t.Errorf("%q was accepted", base)
		}
	}
	if _, err := NewSMS("https://sms.example.cn/api", "k", "s"); err != nil {
		t.Error(err)
	}
}

func TestProxyOfTheEnvironmentIsNotUsed(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	g := newGateway(t, status(200))
	if err := sms(t, g).Send(context.Background(), "i", secret, "x"); err != nil {
		t.Error(err)
	}
}

func TestConsole(t *testing.T) {
	var b strings.Builder
	if err := NewConsole(&b).Send(context.Background(), "i", secret, "Your code is 123456"); err != nil || b.String() != "SMS to 13812345678: Your code is 123456\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
}

// wechat is the interface with a token that can be taken away.
type wechat struct {
	mu     sync.Mutex
	token  string
	tokens int
	code   int // errcode of sending
}

func (w *wechat) serve(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	rw.Header().Set("Content-Type", "text/plain") // as the real one does
	switch {
	case r.URL.Path == "/sns/oauth2/access_token":
		if r.URL.Query().Get("code") != "good" {
			_ = json.NewEncoder(rw).Encode(map[string]any{"errcode": 40029, "errmsg": "invalid code"})
			return
		}
		_ = json.NewEncoder(rw).Encode(map[string]any{"access_token": "t", "openid": "o1"})
	case r.URL.Path == "/cgi-bin/stable_token":
		w.tokens++
		_ = json.NewEncoder(rw).Encode(map[string]any{"access_token": w.token, "expires_in": 7200})
	case r.URL.Query().Get("access_token") != w.token:
		_ = json.NewEncoder(rw).Encode(map[string]any{"errcode": 40001, "errmsg": "invalid credential openid-of-somebody"})
	default:
		_ = json.NewEncoder(rw).Encode(map[string]any{"errcode": w.code, "errmsg": "said of openid-of-somebody"})
	}
}

func newWeChat(t *testing.T, w *wechat, now func() time.Time) (*WeChat, *gateway) {
	t.Helper()
	g := newGateway(t, w.serve)
	c, err := NewWeChat(WeChatOptions{BaseURL: g.URL, AppID: "app", Secret: "s3cret", Template: "tpl", Site: "https://juwu.example.cn/me/inbox", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return c, g
}

func TestWeChatTemplateMessage(t *testing.T) {
	at := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	w := &wechat{token: "one"}
	c, g := newWeChat(t, w, func() time.Time { return at })
	send := func() error {
		return c.Send(context.Background(), "juwu-7", "openid-of-somebody", strings.Repeat("字", 30))
	}
	for range 2 {
		if err := send(); err != nil {
			t.Fatal(err)
		}
	}
	if w.tokens != 1 {
		t.Errorf("%d tokens for two messages", w.tokens)
	}
	body := g.bodies[len(g.bodies)-1]
	if !strings.Contains(body, `"touser":"openid-of-somebody"`) || !strings.Contains(body, strings.Repeat("字", 19)+"\u2026") || !strings.Contains(body, `"client_msg_id":"juwu-7"`) {
		t.Errorf("body %s", body)
	}
	w.mu.Lock()
	w.token = "two" // somebody else took a fresh one
	w.mu.Unlock()
	if err := send(); err != nil || w.tokens != 2 {
		t.Errorf("with a stale token: %v, %d tokens", err, w.tokens)
	}
	at = at.Add(2 * time.Hour)
	if err := send(); err != nil || w.tokens != 3 {
		t.Errorf("with an old token: %v, %d tokens", err, w.tokens)
	}
}

func TestWeChatFailures(t *testing.T) {
	for code, class := range map[int]Class{43004: Refused, 40003: Refused, -1: Busy, 45009: Busy} {
		w := &wechat{token: "one", code: code}
		c, _ := newWeChat(t, w, func() time.Time { return time.Unix(0, 0) })
		err := c.Send(context.Background(), "i", "openid-of-somebody", "text")
		if f := FailureOf(err); err == nil || f.Class != class {
			t.Errorf("errcode %d: %v", code, err)
		}
		if err != nil && strings.Contains(err.Error(), "openid") {
			t.Errorf("the error names the follower: %v", err)
		}
	}
}

func TestFailureOfAnything(t *testing.T) {
	if f := FailureOf(errors.New("x")); f.Class != Broken || !f.Again() {
		t.Errorf("%+v", f)
	}
}

func TestWeChatOpenID(t *testing.T) {
	c, _ := newWeChat(t, &wechat{token: "one"}, func() time.Time { return time.Unix(0, 0) })
	if id, err := c.OpenID(context.Background(), "good"); err != nil || id != "o1" {
		t.Errorf("%q, %v", id, err)
	}
	if _, err := c.OpenID(context.Background(), "used"); err == nil || FailureOf(err).Class != Refused {
		t.Errorf("a used code: %v", err)
	}
}
