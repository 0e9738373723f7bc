package outbound

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/go-resty/resty/v2"

	"juwu/models"
)

// Webhook hands cases to another system by a signed message
// (standardwebhooks.com), which any language has a library to check:
//
//	POST {url}
//	webhook-id: juwu-912…            the same at each try
//	webhook-timestamp: 1764230400    seconds; refuse what is older than 5 minutes
//	webhook-signature: v1,BASE64     HMAC-SHA256 over id.timestamp.body
//	Idempotency-Key: juwu-912…
//	{"type": "case.handed_over", "timestamp": "…", "data": {…models.HandedCase}}
//	{"type": "minutes.filed", "timestamp": "…", "data": {…models.MinutesCopy}}
//
// 2xx: taken; {"number": "…", "state": "…"} may tell its number at once, else
// it comes later by a message to Juwu signed with the same secret.
type Webhook struct {
	client *resty.Client
	key    []byte
	now    func() time.Time
}

// NewWebhook makes the client of an address with a secret "whsec_…".
func NewWebhook(url, secret string, inside Inside, now func() time.Time) (*Webhook, error) {
	key := models.WebhookKey(secret)
	if key == nil {
		return nil, fmt.Errorf("webhook: no secret")
	}
	c, err := clientBy(url, inside.dialer(url))
	if err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	return &Webhook{c, key, now}, nil
}

// Types of messages.
const (
	hookCase    = "case.handed_over"
	hookMinutes = "minutes.filed"
	hookPing    = "ping"
)

type hookMessage struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"`
	Data      any    `json:"data,omitempty"`
}

// Send hands a case over; id is the same at each try.
func (w *Webhook) Send(ctx context.Context, id string, c models.HandedCase) (models.OuterState, error) {
	body, err := w.post(ctx, id, hookCase, c)
	if err != nil {
		return models.OuterState{}, err
	}
	return hookAnswer(body), nil
}

// File delivers published minutes; id is the same at each try.
func (w *Webhook) File(ctx context.Context, id string, m models.MinutesCopy) error {
	_, err := w.post(ctx, id, hookMinutes, m)
	return err
}

// Ping tries the connection; the other side answers 2xx to a right signature.
func (w *Webhook) Ping(ctx context.Context, id string) error {
	_, err := w.post(ctx, id, hookPing, nil)
	return err
}

func (w *Webhook) post(ctx context.Context, id, kind string, data any) ([]byte, error) {
	at := w.now()
	body, err := json.Marshal(hookMessage{Type: kind, Timestamp: at.UTC().Format(time.RFC3339), Data: data})
	if err != nil {
		return nil, err
	}
	r, err := w.client.R().SetContext(ctx).SetHeaders(map[string]string{
		"Content-Type": "application/json", "Idempotency-Key": id, models.WebhookID: id, models.WebhookTimestamp: strconv.FormatInt(at.Unix(), 10),
		models.WebhookSignature: models.SignWebhook(w.key, id, at, body),
	}).SetBody(body).Post("")
	if err := failed(ctx, r, err); err != nil {
		return nil, err
	}
	return r.Body(), nil
}

// hookAnswer reads what may come back; most systems answer nothing.
func hookAnswer(body []byte) models.OuterState {
	var a struct {
		Number text `json:"number"`
		State  text `json:"state"`
	}
	if json.Unmarshal(body, &a) != nil {
		return models.OuterState{}
	}
	return models.OuterState{Number: string(a.Number), State: string(a.State)}
}

// text is a JSON string, or a number that somebody did not put in quotes.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var s string
		err := json.Unmarshal(b, &s)
		*t = text(s)
		return err
	}
	if string(b) == "null" {
		return nil
	}
	var n json.Number
	err := json.Unmarshal(b, &n)
	*t = text(n)
	return err
}

// Close gives the connections back.
func (w *Webhook) Close() { w.client.GetClient().CloseIdleConnections() }
