package store_test

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

const phone = "13812345678"

// browser is a device with its cookie.
func browser(name string) store.Device {
	hash := make([]byte, 32)
	copy(hash, name)
	return store.Device{Hash: hash, Name: name, IP: "192.0.2.1", Lang: "zh-CN", Agreed: store.RulesVersion}
}

// sent delivers what waits and tells the code for the telephone.
func sent(t testing.TB, s *store.Store, to string) string {
	t.Helper()
	code := ""
	parcels, err := s.LeaseOutbox(ctx, "test", []string{"sms"}, 100, time.Nanosecond)
	must(t, err)
	for _, p := range parcels {
		must(t, s.Delivered(ctx, p.ID))
		if c, ok := p.Text.Args["code"].(string); ok && p.Recipient == to {
			code = c
		}
	}
	if !regexp.MustCompile(`^\d{6}$`).MatchString(code) {
		t.Fatalf("code %q in %d messages", code, len(parcels))
	}
	return code
}

// logIn goes the whole way; the clock moves on so that the next code may be
// asked for.
func logIn(t testing.TB, db *storetest.DB, to string, d store.Device) (models.Actor, store.Opened) {
	t.Helper()
	must(t, db.RequestCode(ctx, to, d, store.PurposeLogin))
	opened, err := db.UseCode(ctx, to, d, store.PurposeLogin, sent(t, db.Store, to))
	must(t, err)
	db.Clock.Add(time.Minute)
	return actorOf(t, db.Store, db, opened.Token), opened
}

func actorOf(t testing.TB, s *store.Store, db *storetest.DB, token string) models.Actor {
	t.Helper()
	a, err := s.SessionActor(ctx, store.HashToken(token), db.Clock.Now())
	must(t, err)
	return a
}

// fieldKey is the catalogue key of what is wrong with a form's field.
func fieldKey(err error, field string) string {
	if p := problem.As(err); p != nil {
		return p.Fields[field].Key
	}
	return ""
}

func wrong(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func TestLogInAndOut(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		a, opened := logIn(t, db, phone, browser("a"))
		if a.UserID == 0 || a.UserID != opened.User.ID || !opened.New || a.SecondFactor {
			t.Fatalf("actor %+v, opened %+v", a, opened)
		}
		if len(opened.Token) != 43 {
			t.Errorf("token of %d characters is not 256 bits", len(opened.Token))
		}
		again, second := logIn(t, db, phone, browser("b"))
		if again.UserID != a.UserID || second.New || second.Token == opened.Token {
			t.Error("the second login is not the same person in another session")
		}
		other := db.Second(t)
		must(t, db.EndSession(ctx, a, store.HashToken(opened.Token)))
		if got := actorOf(t, other, db, opened.Token); got.UserID != 0 {
			t.Error("logged out here, still in on the other process")
		}
		if got := actorOf(t, other, db, second.Token); got.UserID != a.UserID {
			t.Error("logging one device out ended the other")
		}
	})
}

func TestCodeIsRefused(t *testing.T) {
	t.Parallel()
	type step func(t *testing.T, db *storetest.DB, phone, code string) (store.Device, string, string)
	cases := map[string]struct {
		step step
		want string
	}{
		"wrong": {func(_ *testing.T, _ *storetest.DB, _, code string) (store.Device, string, string) {
			return browser("a"), store.PurposeLogin, wrong(code)
		}, "login.code.wrong"},
		"after ten minutes": {func(_ *testing.T, db *storetest.DB, _, code string) (store.Device, string, string) {
			db.Clock.Add(10 * time.Minute)
			return browser("a"), store.PurposeLogin, code
		}, "login.code.expired"},
		"on another device": {func(_ *testing.T, _ *storetest.DB, _, code string) (store.Device, string, string) {
			return browser("b"), store.PurposeLogin, code
		}, "login.code.none"},
		"for another purpose": {func(_ *testing.T, _ *storetest.DB, _, code string) (store.Device, string, string) {
			return browser("a"), store.PurposeAct, code
		}, "login.code.none"},
		"the second time": {func(t *testing.T, db *storetest.DB, phone, code string) (store.Device, string, string) {
			_, err := db.UseCode(ctx, phone, browser("a"), store.PurposeLogin, code)
			must(t, err)
			return browser("a"), store.PurposeLogin, code
		}, "login.code.used"},
		"after five tries": {func(t *testing.T, db *storetest.DB, phone, code string) (store.Device, string, string) {
			for range store.CodeTries {
				if _, err := db.UseCode(ctx, phone, browser("a"), store.PurposeLogin, wrong(code)); err == nil {
					t.Fatal("a wrong code was taken")
				}
			}
			return browser("a"), store.PurposeLogin, code
		}, "login.code.tries"},
		"of the message before": {func(t *testing.T, db *storetest.DB, phone, code string) (store.Device, string, string) {
			db.Clock.Add(time.Minute)
			must(t, db.RequestCode(ctx, phone, browser("a"), store.PurposeLogin))
			if sent(t, db.Store, phone) == code {
				t.Skip("the two codes happen to be equal")
			}
			return browser("a"), store.PurposeLogin, code
		}, "login.code.wrong"},
	}
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		n := 0
		for name, c := range cases {
			n++
			phone := "1381234567" + strconv.Itoa(n)
			db.Clock.Add(time.Minute)
			must(t, db.RequestCode(ctx, phone, browser("a"), store.PurposeLogin))
			d, purpose, code := c.step(t, db, phone, sent(t, db.Store, phone))
			_, err := db.UseCode(ctx, phone, d, purpose, code)
			if got := fieldKey(err, "code"); got != c.want {
				t.Errorf("%s: got %v, want %s", name, err, c.want)
			}
		}
	})
}

func TestCodeLastsUntilTheTenthMinute(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	must(t, db.RequestCode(ctx, phone, browser("a"), store.PurposeLogin))
	code := sent(t, db.Store, phone)
	db.Clock.Add(store.CodeLife - time.Millisecond)
	_, err := db.UseCode(ctx, phone, browser("a"), store.PurposeLogin, code)
	must(t, err)
}

func TestOneCodeOneSessionOnTwoProcesses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		processes := []*store.Store{db.Store, db.Second(t)}
		must(t, db.RequestCode(ctx, phone, browser("a"), store.PurposeLogin))
		code := sent(t, db.Store, phone)
		var wg sync.WaitGroup
		var mu sync.Mutex
		opened := 0
		for i := range 8 {
			wg.Go(func() {
				_, err := processes[i%2].UseCode(ctx, phone, browser("a"), store.PurposeLogin, code)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					opened++
				} else if problem.As(err) == nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := db.Count(t, "sessions"); opened != 1 || n != 1 {
			t.Errorf("%d logins, %d sessions", opened, n)
		}
	})
}

func TestFirstLoginsAtOnceMakeOneUser(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		processes := []*store.Store{db.Store, db.Second(t)}
		names := []string{"a", "b", "c", "d"}
		codes := map[string]string{}
		for _, n := range names {
			must(t, db.RequestCode(ctx, phone, browser(n), store.PurposeLogin))
			codes[n] = sent(t, db.Store, phone)
		}
		var wg sync.WaitGroup
		for i, n := range names {
			wg.Go(func() {
				if _, err := processes[i%2].UseCode(ctx, phone, browser(n), store.PurposeLogin, codes[n]); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := db.Count(t, "users"); n != 1 {
			t.Errorf("%d users of one telephone", n)
		}
	})
}

func TestFloodDoesNotLockTheOwnerOut(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		own := browser("own phone")
		logIn(t, db, phone, own)
		var refused error
		for i := range 40 {
			d := browser(strings.Repeat("x", i+1))
			d.IP = "198.51.100.7"
			err := db.RequestCode(ctx, phone, d, store.PurposeLogin)
			if err != nil && !problem.Is(err, problem.TooMany) {
				t.Fatal(err)
			}
			refused = errors.Join(refused, err)
			if err == nil {
				sent(t, db.Store, phone)
			}
			if _, err := db.UseCode(ctx, phone, d, store.PurposeLogin, "123456"); err == nil {
				t.Fatal("guessed at once")
			}
		}
		if refused == nil {
			t.Error("strange devices were never limited")
		}
		logIn(t, db, phone, own)
	})
}

func TestCodesAreLimited(t *testing.T) {
	t.Parallel()
	ask := func(db *storetest.DB, to string, d store.Device) error {
		defer db.Clock.Add(time.Minute)
		return db.RequestCode(ctx, to, d, store.PurposeLogin)
	}
	t.Run("five an hour for a telephone", func(t *testing.T) {
		storetest.Each(t, func(t *testing.T, db *storetest.DB) {
			for i := range 5 {
				must(t, ask(db, phone, browser(string(rune('a'+i)))))
			}
			if err := ask(db, phone, browser("z")); !problem.Is(err, problem.TooMany) {
				t.Errorf("the sixth code: %v", err)
			}
			must(t, ask(db, "13900000000", browser("z")))
			db.Clock.Add(time.Hour)
			must(t, ask(db, phone, browser("z")))
		})
	})
	t.Run("one a minute", func(t *testing.T) {
		db := storetest.New(t)
		must(t, db.RequestCode(ctx, phone, browser("a"), store.PurposeLogin))
		db.Clock.Add(time.Minute - time.Millisecond)
		if err := db.RequestCode(ctx, phone, browser("a"), store.PurposeLogin); !problem.Is(err, problem.TooMany) {
			t.Errorf("again at once: %v", err)
		}
	})
	t.Run("a device", func(t *testing.T) {
		db := storetest.New(t)
		for i := range 20 {
			must(t, db.RequestCode(ctx, "139000000"+string(rune('0'+i/10))+string(rune('0'+i%10)), browser("a"), store.PurposeLogin))
		}
		if err := db.RequestCode(ctx, phone, browser("a"), store.PurposeLogin); !problem.Is(err, problem.TooMany) {
			t.Errorf("the 21st telephone: %v", err)
		}
	})
}

// A known and an unknown telephone leave the same traces: nothing in the answer
// or in the work done depends on whether somebody has an account.
func TestAskingTellsNothingAboutTheTelephone(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	logIn(t, db, phone, browser("own"))
	db.Clock.Add(time.Hour)
	for _, to := range []string{phone, "13999999999"} {
		limits, messages, codes, users := db.Count(t, "limits"), db.Count(t, "outbox_messages"), db.Count(t, "login_codes"), db.Count(t, "users")
		d := browser("stranger of " + to)
		must(t, db.RequestCode(ctx, to, d, store.PurposeLogin))
		if l, m, c, u := db.Count(t, "limits")-limits, db.Count(t, "outbox_messages")-messages, db.Count(t, "login_codes")-codes, db.Count(t, "users")-users; l > 4 || m != 1 || c != 1 || u != 0 {
			t.Errorf("%s: %d limits, %d messages, %d codes, %d users", to, l, m, c, u)
		}
		if _, err := db.UseCode(ctx, to, d, store.PurposeLogin, wrong(sent(t, db.Store, to))); fieldKey(err, "code") != "login.code.wrong" {
			t.Errorf("%s: %v", to, err)
		}
	}
}

func TestNobodyLogsInWithoutTheRules(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := browser("a")
		d.Agreed = ""
		must(t, db.RequestCode(ctx, phone, d, store.PurposeLogin))
		code := sent(t, db.Store, phone)
		_, err := db.UseCode(ctx, phone, d, store.PurposeLogin, code)
		if fieldKey(err, "agree") != "login.agree.needed" || db.Count(t, "users") != 0 {
			t.Fatalf("without agreement: %v", err)
		}
		d.Agreed = store.RulesVersion
		opened, err := db.UseCode(ctx, phone, d, store.PurposeLogin, code)
		must(t, err)
		now, history, err := db.Consents(ctx, opened.User.ID)
		must(t, err)
		if c := now[store.ConsentRules]; !c.Given || c.Version != store.RulesVersion || len(history) != 1 {
			t.Errorf("consents %+v", history)
		}
		// Whoever has agreed is not asked again.
		d.Agreed = ""
		db.Clock.Add(time.Minute)
		logIn(t, db, phone, d)
	})
}

func TestNothingInTheDatabaseIsTheCodeOrTheNumber(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	must(t, db.RequestCode(ctx, phone, browser("a"), store.PurposeLogin))
	code := sent(t, db.Store, phone)
	opened, err := db.UseCode(ctx, phone, browser("a"), store.PurposeLogin, code)
	must(t, err)
	for _, table := range []string{"users", "sessions", "login_codes", "outbox_messages", "limits", "audit_rows"} {
		dump := db.Dump(t, table)
		for _, secret := range []string{phone, `"` + code + `"`, opened.Token} {
			if strings.Contains(dump, secret) {
				t.Errorf("table %s holds %q", table, secret)
			}
		}
	}
}
