package store_test

import (
	"bytes"
	"testing"
	"time"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

func TestSessionEndsByItself(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		step  time.Duration // between uses
		total time.Duration
		alive bool
	}{
		"used within the idle time":  {store.SessionIdle - time.Minute, store.SessionIdle - time.Minute, true},
		"idle for too long":          {store.SessionIdle, store.SessionIdle, false},
		"used until just before end": {20 * 24 * time.Hour, 160 * 24 * time.Hour, true},
		"used past its longest life": {20 * 24 * time.Hour, 180 * 24 * time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *storetest.DB) {
				_, opened := logIn(t, db, phone, browser("a"))
				db.Clock.Set(storetest.Start)
				a := models.Actor{}
				for at := time.Duration(0); at < c.total; {
					at += c.step
					db.Clock.Set(storetest.Start.Add(at))
					a = actorOf(t, db.Store, db, opened.Token)
				}
				if (a.UserID != 0) != c.alive {
					t.Errorf("alive %v, want %v", a.UserID != 0, c.alive)
				}
			})
		})
	}
}

func TestReadingMarksTheSessionSeldom(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	a, opened := logIn(t, db, phone, browser("a"))
	seen := func() time.Time {
		rows, err := db.Sessions(ctx, a.UserID, db.Clock.Now())
		must(t, err)
		return rows[0].SeenAt
	}
	db.Clock.Set(storetest.Start.Add(5*time.Minute - time.Millisecond))
	actorOf(t, db.Store, db, opened.Token)
	if !seen().Equal(storetest.Start) {
		t.Error("written before five minutes had passed")
	}
	db.Clock.Add(time.Millisecond)
	actorOf(t, db.Store, db, opened.Token)
	if !seen().Equal(storetest.Start.Add(5 * time.Minute)) {
		t.Error("not written after five minutes")
	}
}

func TestLoginEndsTheSessionThatWasThere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		_, first := logIn(t, db, phone, browser("a"))
		d := browser("a")
		d.Session = store.HashToken(first.Token)
		_, second := logIn(t, db, phone, d)
		if actorOf(t, db.Store, db, first.Token).UserID != 0 || actorOf(t, db.Store, db, second.Token).UserID == 0 {
			t.Error("the session id was not replaced")
		}
	})
}

func TestStrangeCookiesAreNobody(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	logIn(t, db, phone, browser("a"))
	for _, hash := range [][]byte{nil, {}, bytes.Repeat([]byte{0}, 32), bytes.Repeat([]byte{1}, 31), []byte("' OR '1'='1")} {
		a, err := db.SessionActor(ctx, hash, db.Clock.Now())
		if err != nil || a.UserID != 0 {
			t.Errorf("%x: %v %v", hash, a, err)
		}
	}
}

func TestListAndEndSessions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		a, first := logIn(t, db, phone, browser("a"))
		logIn(t, db, phone, browser("b"))
		logIn(t, db, phone, browser("c"))
		stranger, theirs := logIn(t, db, "13900000000", browser("d"))
		list := func() []models.Session {
			rows, err := db.Sessions(ctx, a.UserID, db.Clock.Now())
			must(t, err)
			return rows
		}
		if rows := list(); len(rows) != 3 || rows[0].Device != "c" {
			t.Fatalf("sessions %+v", rows)
		}
		must(t, db.EndSession(ctx, stranger, list()[0].Hash))
		if len(list()) != 3 {
			t.Fatal("a stranger ended a session")
		}
		n, err := db.EndSessions(ctx, a, store.HashToken(first.Token))
		must(t, err)
		if rows := list(); n != 2 || len(rows) != 1 || rows[0].Device != "a" {
			t.Errorf("%d ended, left %+v", n, rows)
		}
		if actorOf(t, db.Store, db, theirs.Token).UserID == 0 {
			t.Error("another person's session ended too")
		}
		n, err = db.EndSessions(ctx, a, nil)
		must(t, err)
		if n != 1 || len(list()) != 0 {
			t.Errorf("%d ended, %d left", n, len(list()))
		}
	})
}

func TestSessionsPerPersonAreBounded(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	var a models.Actor
	for i := range 22 {
		a, _ = logIn(t, db, phone, browser(string(rune('a'+i))))
		db.Clock.Add(time.Hour)
	}
	rows, err := db.Sessions(ctx, a.UserID, db.Clock.Now())
	must(t, err)
	if len(rows) != 20 || rows[0].Device != "v" {
		t.Errorf("%d sessions, newest %q", len(rows), rows[0].Device)
	}
}
