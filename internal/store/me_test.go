package store_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

func TestChangeOfTelephoneTakesBothCodes(t *testing.T) {
	t.Parallel()
	const other = "13900000000"
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := browser("a")
		a, here := logIn(t, db, phone, d)
		_, away := logIn(t, db, phone, browser("b"))
		must(t, db.RequestPhoneChange(ctx, a, d, other))
		var codes []string
		parcels, err := db.LeaseOutbox(ctx, "test", []string{"sms"}, 10, time.Minute)
		must(t, err)
		to := map[string]string{}
		for _, p := range parcels {
			to[p.Recipient], _ = p.Text.Args["code"].(string)
			must(t, db.Delivered(ctx, p.ID))
		}
		codes = append(codes, to[phone], to[other])
		err = db.ChangePhone(ctx, a, d, store.PhoneChange{NewPhone: other, OldCode: wrong(codes[0]), NewCode: codes[1]})
		if fieldKey(err, "old_code") == "" {
			t.Errorf("wrong old code: %v", err)
		}
		err = db.ChangePhone(ctx, a, d, store.PhoneChange{NewPhone: other, OldCode: codes[0], NewCode: wrong(codes[1])})
		if fieldKey(err, "new_code") == "" {
			t.Errorf("wrong new code: %v", err)
		}
		must(t, db.ChangePhone(ctx, a, d, store.PhoneChange{NewPhone: other, OldCode: codes[0], NewCode: codes[1]}))
		u, err := db.User(ctx, a.UserID)
		must(t, err)
		if now, err := db.UserPhone(u); err != nil || now != other {
			t.Errorf("the telephone is %q, %v", now, err)
		}
		if actorOf(t, db.Store, db, here.Token).UserID == 0 || actorOf(t, db.Store, db, away.Token).UserID != 0 {
			t.Error("other devices must be logged out, this one not")
		}
		parcels, err = db.LeaseOutbox(ctx, "test", []string{"sms"}, 10, time.Minute)
		must(t, err)
		if len(parcels) != 1 || parcels[0].Recipient != phone || parcels[0].Text.Key != "message.phone.changed" {
			t.Errorf("the old telephone was told %+v", parcels)
		}
		back, opened := logIn(t, db, other, browser("c"))
		if back.UserID != a.UserID || opened.New {
			t.Error("the new telephone is another person")
		}
	})
}

func TestTelephoneOfAnotherLogin(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		logIn(t, db, "13900000000", browser("b"))
		d := browser("a")
		a, _ := logIn(t, db, phone, d)
		must(t, db.RequestPhoneChange(ctx, a, d, "13900000000"))
		to := map[string]string{}
		parcels, err := db.LeaseOutbox(ctx, "test", []string{"sms"}, 10, time.Minute)
		must(t, err)
		for _, p := range parcels {
			to[p.Recipient], _ = p.Text.Args["code"].(string)
		}
		err = db.ChangePhone(ctx, a, d, store.PhoneChange{NewPhone: "13900000000", OldCode: to[phone], NewCode: to["13900000000"]})
		if !problem.Is(err, problem.Conflict) {
			t.Errorf("taken: %v", err)
		}
		if err := db.RequestPhoneChange(ctx, a, d, phone); fieldKey(err, "phone") != "me.phone.same" {
			t.Errorf("the same number: %v", err)
		}
	})
}

func TestChannelsAndConsentsGoTogether(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		a, _ := logIn(t, db, phone, browser("a"))
		must(t, db.SetProfile(ctx, a, store.Profile{Name: " Ms Cheng ", Lang: "en", ChannelInbox: true, ChannelSMS: true, ChannelMP: true}))
		u, err := db.User(ctx, a.UserID)
		must(t, err)
		if u.Name != "Ms Cheng" || !u.ChannelSMS || u.ChannelMP {
			t.Errorf("user %+v", u)
		}
		must(t, db.SetConsent(ctx, a, store.ConsentSMS, false))
		if u, err = db.User(ctx, a.UserID); err != nil || u.ChannelSMS {
			t.Errorf("withdrawn, and still sent: %v", err)
		}
		if err := db.SetConsent(ctx, a, store.ConsentMP, true); !problem.Is(err, problem.Conflict) {
			t.Errorf("WeChat without an open id: %v", err)
		}
		if err := db.SetConsent(ctx, a, "anything", true); !problem.Is(err, problem.NotFound) {
			t.Errorf("an unknown purpose: %v", err)
		}
		now, history, err := db.Consents(ctx, a.UserID)
		must(t, err)
		if now[store.ConsentSMS].Given || len(history) != 3 {
			t.Errorf("consents %+v", history)
		}
		if err := db.SetProfile(ctx, a, store.Profile{Name: strings.Repeat("名", 51)}); fieldKey(err, "name") == "" {
			t.Errorf("a long name: %v", err)
		}
	})
}

func TestTellGoesWhereThePersonChose(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		c := db.Community(t, "hemuli")
		a, _ := logIn(t, db, phone, browser("a"))
		args := problem.Args{"amount": models.Fen(128640), "day": models.Date("2026-07-03"), "month": models.Month("2026-07"), "n": 3, "at": db.Clock.Now(), "id": models.ID(7), "name": "<b>"}
		tell := func() {
			must(t, db.In(c).Write(ctx, storetest.System, func(tx *store.Tx) error { return tx.Tell(a.UserID, "message.test", args, "/hemuli") }))
			db.Clock.Add(time.Second)
		}
		tell()
		must(t, db.SetProfile(ctx, a, store.Profile{ChannelInbox: true, ChannelSMS: true, Lang: "en"}))
		tell()
		letters, more, err := db.Inbox(ctx, a.UserID, 0)
		must(t, err)
		if len(letters) != 2 || more || letters[0].Community.Code != "hemuli" {
			t.Fatalf("inbox %+v", letters)
		}
		got := letters[1].Text.Args
		args["n"], args["at"] = int64(3), got["at"] // numbers come back as int64
		for name, want := range args {
			if got[name] != want {
				t.Errorf("argument %s came back as %T %v", name, got[name], got[name])
			}
		}
		parcels, err := db.LeaseOutbox(ctx, "test", []string{"sms"}, 10, time.Minute)
		must(t, err)
		if len(parcels) != 1 || parcels[0].Recipient != phone || parcels[0].Lang != "en" {
			t.Errorf("outbox %+v", parcels)
		}
		stranger, _ := logIn(t, db, "13900000000", browser("b"))
		if _, err := db.OpenLetter(ctx, stranger, letters[0].ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("another person's message: %v", err)
		}
		link, err := db.OpenLetter(ctx, a, letters[0].ID)
		must(t, err)
		if n, err := db.Unread(ctx, a.UserID); err != nil || n != 1 || link != "/hemuli" {
			t.Errorf("%d unread, link %q, %v", n, link, err)
		}
		must(t, db.ReadAll(ctx, a))
		if n, err := db.Unread(ctx, a.UserID); err != nil || n != 0 {
			t.Errorf("%d unread, %v", n, err)
		}
	})
}

func TestMyDataIsMineAlone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		c := db.Community(t, "hemuli")
		id := person{"程凯兰", "110101199001012345", phone}.put(t, db, c)
		neighbour := person{"李四", "110101199001019999", "13900000000"}.put(t, db, c)
		a, opened := logIn(t, db, phone, browser("a"))
		for _, r := range []models.ID{id, neighbour} {
			must(t, db.In(c).Write(ctx, storetest.System, func(tx *store.Tx) error {
				return tx.Create(&models.Unmasking{Tenant: models.Tenant{ID: tx.NewID()}, ResidentID: r, Field: "phone", ByName: "钟梓", ByRole: "director",
					Reason: "reason " + r.String(), CreatedAt: tx.Now}).Error
			}))
		}
		state, err := db.In(c).MatchResident(ctx, a, store.LinkClaim{Name: "程凯兰", Digits: "012345", Building: "3", Room: "502"})
		if err != nil || state != models.LinkConfirmed {
			t.Fatal(state, err)
		}
		a = actorOf(t, db.Store, db, opened.Token)
		due, err := db.In(c).AskCorrection(ctx, a, "My name is written wrongly")
		must(t, err)
		d, err := db.MyData(ctx, a)
		must(t, err)
		b, err := json.Marshal(d)
		must(t, err)
		for _, want := range []string{phone, "110101199001012345", "reason " + id.String(), "My name is written wrongly", string(due)} {
			if !strings.Contains(string(b), want) {
				t.Errorf("the copy lacks %q", want)
			}
		}
		for _, bad := range []string{"李四", "110101199001019999", "13900000000", neighbour.String(), opened.Token} {
			if strings.Contains(string(b), bad) {
				t.Errorf("the copy holds %q", bad)
			}
		}
	})
}

func TestOrdinaryTieShowsNoRecord(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	c := db.Community(t, "hemuli")
	person{"程凯兰", "110101199001012345", "13900000000"}.put(t, db, c)
	a, opened := logIn(t, db, phone, browser("a"))
	_, err := db.In(c).MatchResident(ctx, a, store.LinkClaim{Name: "程凯兰", Digits: "012345", Building: "3", Room: "502"})
	must(t, err)
	d, err := db.MyData(ctx, actorOf(t, db.Store, db, opened.Token))
	must(t, err)
	if len(d.Rolls) != 1 || d.Rolls[0].Record != nil || d.Rolls[0].State != models.LinkOrdinary {
		t.Errorf("rolls %+v", d.Rolls)
	}
}

func TestCorrectionIsAnsweredByTheDesk(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		c := db.Community(t, "hemuli")
		member := postHolder(t, db, c.ID, models.RoleCommitteeMember, "13800000002")
		a, _ := logIn(t, db, phone, browser("a"))
		due, err := db.In(c).AskCorrection(ctx, a, "wrong room")
		must(t, err)
		if due != "2026-12-14" { // 15 working days after Monday 23 November
			t.Errorf("due %s", due)
		}
		if again, err := db.In(c).AskCorrection(ctx, a, " wrong room "); err != nil || again != due { // a double tap
			t.Errorf("the same wish again is due %s, %v", again, err)
		}
		day := models.DateOf(db.Clock.Now())
		if _, err := db.In(c).Corrections(ctx, a, day); !problem.Is(err, problem.Forbidden) {
			t.Errorf("a resident reads the queue: %v", err)
		}
		open, err := db.In(c).Corrections(ctx, member, day)
		must(t, err)
		if len(open) != 1 || open[0].Wish != "wrong room" {
			t.Fatalf("queue %+v", open)
		}
		if err := db.In(c).AnswerCorrection(ctx, a, open[0].ID, true, "done it"); !problem.Is(err, problem.Forbidden) {
			t.Errorf("a resident answers: %v", err)
		}
		if err := db.In(db.Community(t, "other")).AnswerCorrection(ctx, storetest.System, open[0].ID, true, "done it"); err == nil {
			t.Error("answered from another community")
		}
		must(t, db.In(c).AnswerCorrection(ctx, member, open[0].ID, false, "The roll is right"))
		if err := db.In(c).AnswerCorrection(ctx, member, open[0].ID, true, "done it"); !problem.Is(err, problem.Conflict) {
			t.Errorf("answered twice: %v", err)
		}
		if n, err := db.Unread(ctx, a.UserID); err != nil || n != 1 {
			t.Errorf("%d messages, %v", n, err)
		}
		own, err := db.In(c).AskCorrection(ctx, member, "my own")
		must(t, err)
		open, err = db.In(c).Corrections(ctx, member, own)
		must(t, err)
		if err := db.In(c).AnswerCorrection(ctx, member, open[0].ID, true, "done it"); !problem.Is(err, problem.Forbidden) {
			t.Errorf("a member answers the own wish: %v", err)
		}
	})
}

func TestCloseAccount(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		c := db.Community(t, "hemuli")
		person{"程凯兰", "110101199001012345", phone}.put(t, db, c)
		a, opened := logIn(t, db, phone, browser("a"))
		_, err := db.In(c).MatchResident(ctx, a, store.LinkClaim{Name: "程凯兰", Digits: "012345", Building: "3", Room: "502"})
		must(t, err)
		a = actorOf(t, db.Store, db, opened.Token)
		givePost(t, db, c.ID, a.UserID, models.RoleCommitteeMember)
		if err := db.CloseAccount(ctx, a); !problem.Is(err, problem.Conflict) {
			t.Fatalf("with a post: %v", err)
		}
		must(t, db.Exec(ctx, "UPDATE appointments SET until_day = '2026-11-22'"))
		must(t, db.CloseAccount(ctx, a))
		if actorOf(t, db.Store, db, opened.Token).UserID != 0 {
			t.Error("still logged in")
		}
		u, err := db.User(ctx, a.UserID)
		must(t, err)
		if u.ClosedAt == nil || len(u.PhoneSeal)+len(u.PhoneIndex) != 0 {
			t.Errorf("user %+v", u)
		}
		fresh, again := logIn(t, db, phone, browser("b"))
		if fresh.UserID == a.UserID || !again.New || len(fresh.Links) != 0 {
			t.Error("the closed account came back")
		}
	})
}

func TestSweep(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		c := db.Community(t, "hemuli")
		a, opened := logIn(t, db, phone, browser("a"))
		must(t, db.RequestCode(ctx, "13900000000", browser("b"), store.PurposeLogin)) // never used, never sent
		sum, err := db.In(c).PutFile([]byte("orphan"))
		must(t, err)
		if n, err := db.Sweep(ctx); err != nil || n != (store.Swept{}) && n.Limits == 0 {
			t.Fatalf("swept what is in use: %+v, %v", n, err)
		}
		files, err := filepath.Glob(filepath.Join(db.DataDir(), "files", "*", "*", "*"))
		must(t, err)
		if len(files) != 1 {
			t.Fatalf("files %v", files)
		}
		old := db.Clock.Now().Add(-25 * time.Hour)
		must(t, os.Chtimes(files[0], old, old))
		db.Clock.Add(25 * time.Hour)
		n, err := db.Sweep(ctx)
		must(t, err)
		if n.Codes != 1 || n.Files != 1 || n.Sessions != 0 || db.Count(t, "limits") != 0 {
			t.Errorf("after a day: %+v", n)
		}
		if _, err := db.In(c).OpenFile(sum); err == nil {
			t.Error("the orphan is still there")
		}
		if actorOf(t, db.Store, db, opened.Token).UserID != a.UserID {
			t.Error("a live session was swept")
		}
		if db.Count(t, "login_codes") != 1 {
			t.Error("the used code, which makes the device known, is gone")
		}
		db.Clock.Add(181 * 24 * time.Hour)
		n, err = db.Sweep(ctx)
		must(t, err)
		if n.Sessions != 1 || n.Codes != 1 || n.Messages != 2 {
			t.Errorf("after half a year: %+v", n)
		}
	})
}

func TestLeaseOfAJob(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		other := db.Second(t)
		lease := func(s *store.Store, owner string) bool {
			ok, err := s.Lease(ctx, "job", owner, time.Minute)
			must(t, err)
			return ok
		}
		if !lease(db.Store, "a") || lease(other, "b") || !lease(db.Store, "a") {
			t.Error("the lease is not exclusive or not renewable")
		}
		db.Clock.Add(time.Minute)
		if !lease(other, "b") || lease(db.Store, "a") {
			t.Error("the lease did not pass on")
		}
	})
}
