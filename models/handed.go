package models

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// HandedCase is what another system is told of a case. Name and phone are
// there only where the level of the case and the target's settings let them.
type HandedCase struct {
	ID           ID                `json:"id"`
	Number       string            `json:"number"`
	Community    string            `json:"community"`
	Received     time.Time         `json:"received"`
	Channel      string            `json:"channel"`
	Kind         string            `json:"kind"`
	Category     string            `json:"category"`
	CategoryName string            `json:"category_name"`
	Place        string            `json:"place"`
	Text         string            `json:"text"`
	Answers      []ComplaintAnswer `json:"answers,omitempty"`
	Name         string            `json:"name,omitempty"`
	Phone        string            `json:"phone,omitempty"`
	Deadline     Date              `json:"deadline"`
	Unit         string            `json:"unit"`
	Urgent       bool              `json:"urgent"`
	Escalated    EscalationKind    `json:"escalated,omitempty"`
	Outer        map[string]string `json:"-"` // answers to the other side's own questions, by their codes; nil where it asks none
}

// MinutesCopy is what the street's own system gets of minutes that were filed:
// nothing but what stands on the board.
type MinutesCopy struct {
	Meeting   ID          `json:"meeting"`
	Community string      `json:"community"`
	Kind      MeetingKind `json:"kind"`
	Title     string      `json:"title"`
	Day       Date        `json:"day"`
	Number    string      `json:"number"`  // of the notice on the board
	Version   int         `json:"version"` // higher than 1: a correction
	Preferred string      `json:"preferred,omitempty"`
	Page      string      `json:"page"` // its public page; a whole address when it is sent
}

// OuterState is what another system says of a case that was handed over to it.
type OuterState struct {
	Number string // its number there
	State  string // in its own words
	Note   string // the answer
	Done   bool   // nothing more comes
}

// Webhooks are signed as standardwebhooks.com describes: the id of the message,
// the second it was sent and the body, joined by dots, under HMAC-SHA256.
const (
	WebhookID        = "webhook-id"
	WebhookTimestamp = "webhook-timestamp"
	WebhookSignature = "webhook-signature"
	// WebhookAge is how old, or how far ahead, a message may be.
	WebhookAge    = 5 * time.Minute
	webhookSecret = "whsec_"
)

// WebhookKey reads a secret "whsec_" + base64; nil for one that is none or is
// shorter than 24 bytes.
func WebhookKey(secret string) []byte {
	b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, webhookSecret))
	if err != nil || !strings.HasPrefix(secret, webhookSecret) || len(b) < 24 || len(b) > 64 {
		return nil
	}
	return b
}

// NewWebhookSecret writes key as a secret.
func NewWebhookSecret(key []byte) string {
	return webhookSecret + base64.StdEncoding.EncodeToString(key)
}

// SignWebhook is the signature of a message: "v1," + base64.
func SignWebhook(key []byte, id string, at time.Time, body []byte) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
	m.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// SignedWebhook tells whether one of the signatures of a message is right;
// several, joined by spaces, are sent while a secret is being changed.
func SignedWebhook(key []byte, id string, at time.Time, body []byte, signatures string) bool {
	want, ok := []byte(SignWebhook(key, id, at, body)), false
	for s := range strings.FieldsSeq(signatures) {
		ok = ok || subtle.ConstantTimeCompare([]byte(s), want) == 1
	}
	return ok && len(key) > 0
}
