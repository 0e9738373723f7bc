package store

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// What another system says of its own accord: a signed message about a case
// that was handed over to it.

// Hook is a message as it came.
type Hook struct {
	ID        string // webhook-id
	Timestamp string // webhook-timestamp: seconds since 1970
	Signature string // webhook-signature
	Body      []byte
}

// MaxHook bounds a message.
const MaxHook = 32 << 10

// HookNews is what a message says: {"case": "912…", "number": "…", "state":
// "…", "text": "…", "done": true}. case is the id or the number that we sent.
type HookNews struct {
	Case   string `json:"case"`
	Number string `json:"number"`
	State  string `json:"state"`
	Text   string `json:"text"`
	Done   bool   `json:"done"`
}

// ReadHook reads the body of a message.
func ReadHook(body []byte) (HookNews, error) {
	var n HookNews
	if err := json.Unmarshal(body, &n); err != nil {
		return n, problem.New(problem.Invalid, "error.form", nil).Because("hook: " + "not JSON")
	}
	if n.Case == "" || len(n.Case) > 100 || len(n.Number) > 400 || len(n.State) > 400 || n.Number == "" && n.State == "" && n.Text == "" && !n.Done {
		return n, problem.New(problem.Invalid, "error.form", nil).Because("hook: says nothing")
	}
	return n, nil
}

// hookKept is how long the name of a message is remembered: longer than one is
// accepted at all.
const hookKept = time.Hour

// TakeHook takes a message of a target. Refusals: TooLarge; Unauthorized for a
// target that does not exist, a wrong signature, a message too old or from the
// future: all the same answer; Conflict for one that came before; Invalid;
// NotFound for a case that is not with this target.
func (t *Tenant) TakeHook(ctx context.Context, target models.ID, m Hook) error {
	if len(m.Body) > MaxHook {
		return problem.New(problem.TooLarge, "error.toolarge.any", nil)
	}
	no := func(why string) error {
		return problem.New(problem.Unauthorized, "handover.hook.wrong", nil).Because("hook: " + why)
	}
	seconds, err := strconv.ParseInt(m.Timestamp, 10, 64)
	if err != nil || m.ID == "" || len(m.ID) > 120 {
		return no("headers")
	}
	return t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
		to, secret, err := tx.openTarget(target)
		if err != nil {
			return err
		}
		at := time.Unix(seconds, 0)
		switch {
		case to.ID == 0 || to.Kind != models.HandoverWebhook:
			return no("no such target")
		case !models.SignedWebhook(models.WebhookKey(secret), m.ID, at, m.Body, m.Signature):
			return no("signature")
		case tx.Now.Sub(at).Abs() > models.WebhookAge:
			return no("age")
		}
		name := "hook." + tx.chain.String() + "." + target.String() + "." + short(tx.store.opt.Keys.Index("hook.id", m.ID))
		if err := tx.Limit(name, 1, hookKept); problem.Is(err, problem.TooMany) {
			return problem.New(problem.Conflict, "handover.hook.twice", nil).Because("hook: came before")
		} else if err != nil {
			return err
		}
		news, err := ReadHook(m.Body)
		if err != nil {
			return err
		}
		return tx.hookNews(to, news)
	})
}

func (tx *Tx) hookNews(to models.HandoverTarget, n HookNews) error {
	var c models.Complaint
	id, _ := models.ParseID(n.Case)
	if err := tx.Where("id = ? OR number = ?", id, models.Key(n.Case)).Limit(1).Find(&c).Error; err != nil {
		return err
	}
	var h models.ComplaintHandover
	if err := tx.Where("case_id = ? AND target_id = ?", c.ID, to.ID).Limit(1).Find(&h).Error; err != nil {
		return err
	}
	if h.ID == 0 || !policy.MayHandOver(c.About, to) {
		return problem.New(problem.NotFound, "page.notfound", nil).Because("hook: not handed over")
	}
	_, err := tx.outer(h, to, models.OuterState{Number: n.Number, State: n.State, Note: n.Text, Done: n.Done}, policy.SetOf(policy.RoleJob))
	return err
}
