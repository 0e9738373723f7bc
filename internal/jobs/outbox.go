// Package jobs is the clock-driven work: messages sent, what has expired swept
// away. A job announces and tidies; it never decides what the law lets happen,
// because a deadline is computed when it is read. Jobs of several processes
// share the work by leases in the database, and stop with the context.
package jobs

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"sync"
	"time"

	"juwu/i18n"
	"juwu/internal/outbound"
	"juwu/internal/store"
)

// Sender hands one message to a service outside. id is the same at each try.
type Sender interface {
	Send(ctx context.Context, id, to, text string) error
}

// Finder is a Sender that also learns under which name a service knows a
// person.
type Finder interface {
	OpenID(ctx context.Context, code string) (string, error)
}

// Outbox sends what waits, one batch after the other.
type Outbox struct {
	Store *store.Store
	Words *i18n.Catalog
	Log   *slog.Logger
	Now   func() time.Time
	// Senders by channel: "sms", "mp", store.ChannelHook. Messages of other
	// channels wait.
	Senders map[string]Sender

	owner    string
	mu       sync.Mutex
	breakers map[string]*breaker
}

const (
	batch = 20
	// lease must outlast a batch of calls that all time out, shared by workers.
	lease   = time.Minute
	workers = 4
	// A code lives ten minutes: the first tries come quickly, then slower.
	firstWait = 5 * time.Second
	mostWait  = 10 * time.Minute
	mostTries = 12
)

// breaker keeps a channel closed after failures in a row: a gateway that is
// down is not helped by every message knocking.
type breaker struct {
	failures int
	until    time.Time
}

const (
	breakAfter = 5
	breakFor   = 30 * time.Second
)

// Deliver sends one batch and tells how many messages it took up. An error is
// the database's; a service's failure is recorded with the message.
func (o *Outbox) Deliver(ctx context.Context) (int, error) {
	parcels, err := o.Store.LeaseOutbox(ctx, o.name(), o.open(), batch, lease)
	if err != nil || len(parcels) == 0 {
		return 0, err
	}
	queue := make(chan store.Parcel)
	errs := make(chan error, len(parcels))
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for p := range queue {
				errs <- o.deliver(ctx, p)
			}
		})
	}
	for _, p := range parcels {
		queue <- p
	}
	close(queue)
	wg.Wait()
	close(errs)
	for e := range errs {
		if err == nil {
			err = e
		}
	}
	return len(parcels), err
}

func (o *Outbox) name() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.owner == "" {
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails since Go 1.24
		o.owner = hex.EncodeToString(b[:])
	}
	return o.owner
}

// open are the channels that have a sender and are not closed by failures.
func (o *Outbox) open() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var names []string
	for name := range o.Senders {
		if b := o.breakers[name]; b == nil || !o.Now().Before(b.until) {
			names = append(names, name)
		}
	}
	return names
}

func (o *Outbox) deliver(ctx context.Context, p store.Parcel) error {
	if until, closed := o.closed(p.Channel); closed {
		return o.Store.Held(ctx, p, until)
	}
	// A message goes out whole even when the program is told to stop: the
	// gateway may have taken it, and the outcome must be known.
	ctx = context.WithoutCancel(ctx)
	text := p.Body
	if p.Channel != store.ChannelHook {
		text = o.Words.Lang(p.Lang).At(o.Now(), p.Text.Key, p.Text.Args)
	}
	err := o.hand(ctx, p, text)
	o.record(p.Channel, err)
	if err == nil {
		o.Log.Info("message sent", "channel", p.Channel, "message", p.ID, "template", p.Text.Key, "attempt", p.Attempts)
		return o.Store.Delivered(ctx, p.ID)
	}
	f := outbound.FailureOf(err)
	var again time.Time
	if f.Again() && (p.Attempts < mostTries || p.Channel == store.ChannelHook) { // a system may be away for days
		again = o.Now().Add(max(wait(p.Attempts), f.After))
	}
	o.Log.Warn("message not sent", "channel", p.Channel, "message", p.ID, "template", p.Text.Key, "attempt", p.Attempts,
		"class", string(f.Class), "err", f.Err, "final", again.IsZero())
	return o.Store.Undelivered(ctx, p, string(f.Class), again)
}

// hand gives the parcel to its service. What the service answers to a binding
// is kept before the parcel counts as delivered.
func (o *Outbox) hand(ctx context.Context, p store.Parcel, text string) error {
	sender := o.Senders[p.Channel]
	finder, binds := sender.(Finder)
	if p.Channel != store.ChannelBind || !binds {
		return sender.Send(ctx, p.Key(), p.Recipient, text)
	}
	openID, err := finder.OpenID(ctx, p.Recipient)
	if err != nil {
		return err
	}
	return o.Store.BindWeChat(ctx, p.UserID, openID)
}

// wait doubles with every attempt.
func wait(attempts int) time.Duration {
	d := firstWait
	for i := 1; i < attempts && d < mostWait; i++ {
		d *= 2
	}
	return min(d, mostWait)
}

func (o *Outbox) closed(channel string) (time.Time, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	b := o.breakers[channel]
	if b == nil || !o.Now().Before(b.until) {
		return time.Time{}, false
	}
	return b.until, true
}

// record counts failures of the service; that it refuses one message says
// nothing against it.
func (o *Outbox) record(channel string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.breakers == nil {
		o.breakers = map[string]*breaker{}
	}
	b := o.breakers[channel]
	if b == nil {
		b = &breaker{}
		o.breakers[channel] = b
	}
	if err == nil || !outbound.FailureOf(err).Again() {
		b.failures = 0
		return
	}
	if b.failures++; b.failures >= breakAfter {
		b.until = o.Now().Add(breakFor)
		b.failures = breakAfter - 1 // after the pause one try decides
		o.Log.Error("channel closed for a while", "channel", channel, "until", b.until)
	}
}

// Closed tells until when a channel is closed; for the metrics.
func (o *Outbox) Closed(channel string) bool {
	_, closed := o.closed(channel)
	return closed
}
