package jobs

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"juwu/i18n"
	"juwu/internal/outbound"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

var ctx = context.Background()

// post is a gateway in memory that answers as it is told.
type post struct {
	mu   sync.Mutex
	got  []string // id, recipient and text
	fail error
}

func (g *post) Send(_ context.Context, id, to, text string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fail != nil {
		return g.fail
	}
	g.got = append(g.got, id+" "+to+" "+text)
	return nil
}

func outbox(t *testing.T, db *storetest.DB, s *store.Store, g *post) *Outbox {
	t.Helper()
	words, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	return &Outbox{Store: s, Words: words, Log: slog.New(slog.DiscardHandler), Now: db.Clock.Now, Senders: map[string]Sender{"sms": g}}
}

func ask(t *testing.T, db *storetest.DB, phone, lang string) {
	t.Helper()
	d := store.Device{Hash: make([]byte, 32), Lang: lang}
	copy(d.Hash, phone)
	if err := db.RequestCode(ctx, phone, d, store.PurposeLogin); err != nil {
		t.Fatal(err)
	}
}

func deliver(t *testing.T, o *Outbox) int {
	t.Helper()
	n, err := o.Deliver(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func counts(t *testing.T, db *storetest.DB) map[string]int64 {
	t.Helper()
	rows, err := db.OutboxCounts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]int64{}
	for _, r := range rows {
		m[string(r.State)] = r.N
	}
	return m
}

func TestMessageIsSentOnceInTheReadersLanguage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		g := &post{}
		o := outbox(t, db, db.Store, g)
		ask(t, db, "13812345678", "en")
		deliver(t, o)
		deliver(t, o)
		if len(g.got) != 1 || !strings.Contains(g.got[0], " 13812345678 Your login code is ") {
			t.Errorf("sent %q", g.got)
		}
		if c := counts(t, db); c["sent"] != 1 || c["waiting"] != 0 {
			t.Errorf("states %v", c)
		}
	})
}

func TestTwoProcessesSendOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		g := &post{}
		all := []*Outbox{outbox(t, db, db.Store, g), outbox(t, db, db.Second(t), g)}
		for i := range 20 {
			ask(t, db, "138123456"+string(rune('0'+i/10))+string(rune('0'+i%10)), "zh-CN")
		}
		var wg sync.WaitGroup
		for _, o := range all {
			wg.Go(func() {
				for range 3 {
					if _, err := o.Deliver(ctx); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for range 3 { // what a lost race left over
			deliver(t, all[0])
		}
		seen := map[string]bool{}
		for _, m := range g.got {
			if seen[m] {
				t.Errorf("twice: %s", m)
			}
			seen[m] = true
		}
		if len(g.got) != 20 {
			t.Errorf("%d of 20 messages", len(g.got))
		}
	})
}

func TestAfterACrashTheLeaseEnds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		ask(t, db, "13812345678", "en")
		if _, err := db.LeaseOutbox(ctx, "dead", []string{"sms"}, 10, lease); err != nil {
			t.Fatal(err)
		}
		g := &post{}
		o := outbox(t, db, db.Second(t), g)
		if deliver(t, o); len(g.got) != 0 {
			t.Fatal("sent while another process held it")
		}
		db.Clock.Add(lease)
		if deliver(t, o); len(g.got) != 1 {
			t.Error("not sent after the lease had ended")
		}
	})
}

func TestFailureBacksOffAndExpires(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		g := &post{fail: &outbound.Failure{Class: outbound.Away, Err: errors.New("no answer")}}
		o := outbox(t, db, db.Store, g)
		ask(t, db, "13812345678", "en")
		if deliver(t, o) != 1 || deliver(t, o) != 0 {
			t.Fatal("tried again at once")
		}
		db.Clock.Add(firstWait)
		if deliver(t, o) != 1 {
			t.Fatal("not tried again after the pause")
		}
		g.fail = nil
		db.Clock.Add(store.CodeLife)
		deliver(t, o)
		if c := counts(t, db); len(g.got) != 0 || c["expired"] != 1 {
			t.Errorf("an old code was sent: %q, %v", g.got, c)
		}
	})
}

func TestRefusalIsFinal(t *testing.T) {
	db := storetest.New(t)
	g := &post{fail: &outbound.Failure{Class: outbound.Refused, Err: errors.New("status 400")}}
	o := outbox(t, db, db.Store, g)
	ask(t, db, "13812345678", "en")
	deliver(t, o)
	if c := counts(t, db); c["failed"] != 1 {
		t.Errorf("states %v", c)
	}
}

func TestChannelClosesAfterFailuresInARow(t *testing.T) {
	db := storetest.New(t)
	g := &post{fail: &outbound.Failure{Class: outbound.Broken, Err: errors.New("status 500")}}
	o := outbox(t, db, db.Store, g)
	for i := range breakAfter {
		ask(t, db, "1381234567"+string(rune('0'+i)), "en")
	}
	deliver(t, o)
	if !o.Closed("sms") {
		t.Fatal("the channel is still open")
	}
	db.Clock.Add(breakFor - time.Millisecond)
	if deliver(t, o) != 0 {
		t.Fatal("knocked while closed")
	}
	g.fail = nil
	db.Clock.Add(time.Millisecond)
	deliver(t, o)
	if c := counts(t, db); c["sent"] != breakAfter {
		t.Errorf("states %v", c)
	}
}

// account is an official account that knows one code.
type account struct{ post }

func (a *account) OpenID(_ context.Context, code string) (string, error) {
	if code != "good" {
		return "", &outbound.Failure{Class: outbound.Refused, Err: errors.New("errcode 40029")}
	}
	return "openid", nil
}

func TestWeChatIsBoundByTheJob(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		u, err := db.EnsureUser(ctx, storetest.System, "13812345678", "")
		if err != nil {
			t.Fatal(err)
		}
		me, a := models.Actor{UserID: u.ID}, &account{}
		o := outbox(t, db, db.Store, &a.post)
		o.Senders = map[string]Sender{"mp": a, store.ChannelBind: a}
		for _, code := range []string{"bad", "good"} {
			if err := db.AskWeChat(ctx, me, code); err != nil {
				t.Fatal(err)
			}
			deliver(t, o)
			u, err = db.User(ctx, u.ID)
			if err != nil || u.ChannelMP != (code == "good") {
				t.Errorf("after the code %q: %v, %v", code, u.ChannelMP, err)
			}
		}
		err = db.WriteGlobal(ctx, storetest.System, func(tx *store.Tx) error { return tx.Tell(u.ID, "message.phone.changed", nil, "/me") })
		if err != nil {
			t.Fatal(err)
		}
		deliver(t, o)
		if len(a.got) != 1 || !strings.Contains(a.got[0], " openid ") {
			t.Errorf("sent %q", a.got)
		}
		now, _, err := db.Consents(ctx, u.ID)
		if err != nil || !now[store.ConsentMP].Given {
			t.Errorf("no consent was logged: %v", err)
		}
	})
}
