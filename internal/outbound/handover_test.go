package outbound

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"juwu/models"
)

var hookKey = models.NewWebhookSecret([]byte("0123456789abcdef0123456789abcdef"))

// A receiver that checks as the page tells it to: signature over id, time and
// body, the same key at each try.
func TestAReceiverCanCheckAWebhook(t *testing.T) {
	at := time.Unix(1764230400, 0)
	var asked []*http.Request
	var bodies [][]byte
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		asked, bodies = append(asked, r), append(bodies, b)
		seconds, _ := strconv.ParseInt(r.Header.Get(models.WebhookTimestamp), 10, 64)
		if !models.SignedWebhook(models.WebhookKey(hookKey), r.Header.Get(models.WebhookID), time.Unix(seconds, 0), b, r.Header.Get(models.WebhookSignature)) {
			t.Error("the signature is wrong")
		}
		if models.SignedWebhook(models.WebhookKey(hookKey), "another", time.Unix(seconds, 0), b, r.Header.Get(models.WebhookSignature)) {
			t.Error("the signature does not cover the id")
		}
		_, _ = w.Write([]byte(`{"number": 20261127001, "state": "受理"}`))
	}))
	defer s.Close()
	hook, err := NewWebhook(s.URL+"/in", hookKey, Inside{"127.0.0.1"}, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	defer hook.Close()
	for range 2 {
		o, err := hook.Send(context.Background(), "juwu-7", models.HandedCase{ID: 7, Number: "N1", Text: "灯坏了"})
		if err != nil || o.Number != "20261127001" || o.State != "受理" {
			t.Fatalf("%+v %v", o, err)
		}
	}
	if asked[0].URL.Path != "/in" || asked[0].Header.Get("Idempotency-Key") != "juwu-7" || asked[1].Header.Get(models.WebhookID) != "juwu-7" {
		t.Errorf("%s %v", asked[0].URL, asked[0].Header)
	}
	var m struct {
		Type string
		Data models.HandedCase
	}
	if err := json.Unmarshal(bodies[0], &m); err != nil || m.Type != "case.handed_over" || m.Data.Number != "N1" || strings.Contains(string(bodies[0]), `"name"`) {
		t.Errorf("%s %v", bodies[0], err)
	}
}

// The published example of standardwebhooks.com: whoever uses one of its
// libraries gets the same signature.
func TestTheStandardsOwnExample(t *testing.T) {
	key := models.WebhookKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	got := models.SignWebhook(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Error(got)
	}
	for _, bad := range []string{"", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + strings.Repeat("A", 400)} {
		if models.WebhookKey(bad) != nil {
			t.Errorf("%q is a secret", bad)
		}
	}
	if models.SignedWebhook(nil, "a", time.Unix(1, 0), nil, models.SignWebhook(nil, "a", time.Unix(1, 0), nil)) {
		t.Error("no key signs nothing")
	}
}

// An officer cannot make the server speak to what stands inside, whatever the
// name says; whoever runs the machine can allow a host or a range.
func TestOnlyOutsideUnlessAllowed(t *testing.T) {
	for ip, want := range map[string]bool{
		"8.8.8.8": true, "2400:3200::1": true, "127.0.0.1": false, "::1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false,
		"100.100.100.200": false, "0.0.0.0": false, "::": false, "fd00::1": false, "fe80::1": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "64:ff9b::7f00:1": false,
		"2002:7f00:1::": false, "224.0.0.1": false, "255.255.255.255": false, "198.18.0.1": false, "::7f00:1": false,
	} {
		if got := (Inside{}).allows("example.cn", netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s: %v", ip, got)
		}
	}
	in, err := ParseInside(" 12345.city.local, 10.3.0.0/16 ")
	if err != nil || !in.allows("12345.city.local", netip.MustParseAddr("10.9.9.9")) || !in.allows("any", netip.MustParseAddr("10.3.1.1")) || in.allows("any", netip.MustParseAddr("10.4.1.1")) {
		t.Error(in, err)
	}
	if _, err := ParseInside("10.3.0.0/99"); err == nil {
		t.Error("no range")
	}
	asked := false
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer s.Close()
	for _, base := range []string{s.URL, strings.Replace(s.URL, "127.0.0.1", "localhost", 1)} {
		g, err := NewGeoReport(base, "k", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.Services(context.Background()); FailureOf(err).Class != Refused || asked {
			t.Errorf("%s: %v, asked %v", base, err, asked)
		}
	}
	for _, base := range []string{"http://example.cn/x", "ftp://example.cn", "https://", "x"} {
		if _, err := NewGeoReport(base, "k", "", Inside{"example.cn"}); err == nil {
			t.Errorf("%q is an address", base)
		}
	}
}

// Answers of other systems are read as they are, or are nonsense; never more.
func FuzzGeoReportAnswers(f *testing.F) {
	for _, s := range []string{`[{"service_request_id":1,"status":"open"}]`, `{"service_requests":[{"token":"t"}]}`, `[{"service_code":"a","service_name":null}]`, `{"service_code":"a","attributes":[{"code":1,"description":"q","required":true,"values":[{"key":1,"name":"x"}]}]}`, `[]`, `{}`, `[1]`, "\xff", `[{"service_request_id":{}}]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if list, err := parseRequests(b); (err == nil) != (len(list) > 0) || err != nil && FailureOf(err).Class != Broken {
			t.Fatal(list, err)
		}
		if list, err := parseServices(b); (err == nil) != (len(list) > 0) {
			t.Fatal(list, err)
		}
		if list, err := parseQuestions(b); err != nil && (list != nil || FailureOf(err).Class != Broken) {
			t.Fatal(list, err)
		}
		_ = hookAnswer(b)
	})
}
