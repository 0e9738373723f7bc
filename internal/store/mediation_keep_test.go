package store_test

import (
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// bothAtOnce lets the acts run at the same moment; an act that is told that another
// was faster is done again, as a person does.
func bothAtOnce(t *testing.T, acts ...func() error) {
	t.Helper()
	var wait sync.WaitGroup
	start := make(chan struct{})
	for _, act := range acts {
		wait.Go(func() {
			<-start
			for range 20 {
				err := act()
				if err == nil || problem.Is(err, problem.Conflict) && problem.As(err).Key == "policy.state" {
					return // done, by this one or by the other
				}
				if !problem.Is(err, problem.Conflict) {
					t.Error(err)
					return
				}
			}
			t.Error("told twenty times that another was faster")
		})
	}
	close(start)
	wait.Wait()
}

// count is how many rows of a mediation a table has.
func (q *quarrel) count(table any, where string, args ...any) (n int64) {
	q.t.Helper()
	must(q.t, q.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		return tx.Model(table).Where(where, args...).Count(&n).Error
	}))
	return n
}

// Two processes: a consent given twice is one, both parties' yes at once puts an
// agreement into force once, signatures and seal stand once.
func TestTwoProcessesMediateOnce(t *testing.T) {
	rounds := 1
	if os.Getenv("JUWU_SOAK") != "" {
		rounds = 50
	}
	db := storetest.NewMySQL(t)
	q := newQuarrel(t, db)
	second := db.Second(t)
	must(t, second.Load(ctx))
	other := second.In(q.c)
	for round := range rounds {
		q.Clock.Add(31 * 24 * time.Hour * time.Duration(min(round, 1))) // one asks three times a month at most
		draft, sent := q.draft(q.first.UserID), make([]models.ID, 2)
		send := func(i int, t *store.Tenant) func() error {
			return func() (err error) {
				sent[i], err = t.RequestMediation(ctx, q.a, draft)
				return err
			}
		}
		bothAtOnce(t, send(0, q.in()), send(1, other))
		id := sent[0]
		if sent[1] != id {
			t.Fatalf("the same request twice is two: %v", sent)
		}
		must(t, q.in().InviteParties(ctx, q.first, id))
		consent := func(t *store.Tenant) func() error {
			return func() error { return t.ConsentToMediation(ctx, q.b, id, 0, true) }
		}
		bothAtOnce(t, consent(q.in()), consent(other), consent(q.in()))
		accept := func(t *store.Tenant) func() error { return func() error { return t.AcceptMediators(ctx, q.b, id, 0) } }
		bothAtOnce(t, accept(q.in()), accept(other))
		if v := q.see(q.a, id); v.State != models.MediationOpen {
			t.Fatalf("state %s", v.State)
		}
		if n := q.count(&models.MediationEvent{}, "mediation_id = ? AND action = 'all_consent'", id); n != 1 {
			t.Errorf("%d consents", n)
		}
		w := q.words(id, models.AgreementOral)
		if round%2 == 0 {
			w.Form = models.AgreementWritten
		}
		for i := range w.Promises {
			w.Promises[i].Due = models.DateOf(q.Now()).AddDays(9 + i)
		}
		must(t, q.in().DraftAgreement(ctx, q.first, id, w))
		bothAtOnce(t, func() error { return q.in().ApproveAgreement(ctx, q.a, id, 0, 1) }, func() error { return other.ApproveAgreement(ctx, q.b, id, 0, 1) })
		if w.Form == models.AgreementWritten {
			must(t, q.in().AddMediationPapers(ctx, q.first, id, []store.NewFile{{Name: "sheet.jpg", Data: snapshot(7)}}))
			today := models.DateOf(q.Now())
			bothAtOnce(t, func() error { return q.in().SignedOnPaper(ctx, q.first, id, 1, today) }, func() error { return other.SignedOnPaper(ctx, q.first, id, 1, today) })
			bothAtOnce(t, func() error { return q.in().SealAgreement(ctx, q.head, id, 1) }, func() error { return other.SealAgreement(ctx, q.head, id, 1) })
			if n := q.count(&models.MediationSignature{}, "mediation_id = ?", id); n != 4 { // two parties, the mediator, the seal
				t.Errorf("%d signatures", n)
			}
		}
		if v := q.see(q.b, id); v.State != models.MediationEffective {
			t.Fatalf("both agreed and it is %s", v.State)
		}
		if n := q.count(&models.MediationEvent{}, "mediation_id = ? AND action = 'effect'", id); n != 1 {
			t.Errorf("in force %d times", n)
		}
		bothAtOnce(t, func() error { return q.in().WishForCourt(ctx, q.a, id, 0) }, func() error { return other.WishForCourt(ctx, q.b, id, 0) })
		if v := q.see(q.b, id); v.Parties[0].CourtAt == nil || v.Parties[1].CourtAt == nil {
			t.Error("a wish for the court is lost")
		}
	}
	q.verifies()
}

// Where the street allows it and the law does (not in matters of family status),
// a party signs with the code of that moment, a mediator by the login; the seal
// stays the head's.
func TestElectronicSignature(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		q := newQuarrel(t, db)
		refused(t, q.in().AllowESign(ctx, q.director, true), problem.Forbidden, "policy.forbidden")
		id := q.open()
		must(t, q.in().DraftAgreement(ctx, q.first, id, q.words(id, models.AgreementWritten)))
		device := browser("a")
		refused(t, q.in().RequestSignCode(ctx, q.a, id, device), problem.Forbidden, "mediation.sign.paper")
		must(t, q.in().AllowESign(ctx, q.street, true))
		must(t, db.Load(ctx))
		must(t, q.in().DraftAgreement(ctx, q.first, id, q.words(id, models.AgreementWritten))) // the rule of when the words were laid before them
		refused(t, q.in().RequestSignCode(ctx, q.a, id, device), problem.Conflict, "mediation.sign.first")
		for _, p := range []models.Actor{q.a, q.b} {
			must(t, q.in().ApproveAgreement(ctx, p, id, 0, 2))
		}
		refused(t, q.in().RequestSignCode(ctx, q.second, id, device), problem.NotFound, "page.notfound")
		must(t, q.in().RequestSignCode(ctx, q.a, id, device))
		code := sent(t, db.Store, "13700000001")
		if err := q.in().SignAgreement(ctx, q.a, id, 2, device, wrong(code)); fieldKey(err, "code") == "" {
			t.Errorf("signed with a wrong code: %v", err)
		}
		refused(t, q.in().SignAgreement(ctx, q.a, id, 1, device, code), problem.Conflict, "mediation.version")
		if err := q.in().SignAgreement(ctx, q.b, id, 2, device, code); fieldKey(err, "code") == "" {
			t.Errorf("signed with the other's code: %v", err)
		}
		must(t, q.in().SignAgreement(ctx, q.a, id, 2, device, code))
		if err := q.in().SignAgreement(ctx, q.a, id, 2, device, code); fieldKey(err, "code") == "" {
			t.Errorf("a code was used twice: %v", err)
		}
		db.Clock.Add(time.Minute)
		must(t, q.in().RequestSignCode(ctx, q.b, id, browser("b")))
		must(t, q.in().SignAgreement(ctx, q.b, id, 2, browser("b"), sent(t, db.Store, "13700000002")))
		must(t, q.in().SignAgreement(ctx, q.first, id, 2, store.Device{}, ""))
		if v := q.see(q.a, id); v.State != models.MediationDrafted {
			t.Errorf("in force without the seal: %s", v.State)
		}
		must(t, q.in().SealAgreement(ctx, q.head, id, 2))
		if v := q.see(q.a, id); v.State != models.MediationEffective || !v.ESign {
			t.Errorf("%+v", v.Mediation)
		}
		// The court is asked by both together, in its thirty days, and once.
		applied := func() error {
			return q.in().RecordCourt(ctx, q.first, id, models.CourtApplied, models.DateOf(db.Now()))
		}
		must(t, q.in().WishForCourt(ctx, q.a, id, 0))
		refused(t, applied(), problem.Conflict, "mediation.court.both")
		refused(t, q.in().RecordCourt(ctx, q.first, id, models.CourtConfirmed, models.DateOf(db.Now())), problem.Conflict, "policy.state")
		db.Clock.Set(models.Date("2026-12-24").Time()) // in force on 23 November: the last day was the 23rd
		refused(t, q.in().WishForCourt(ctx, q.b, id, 0), problem.TooLate, "policy.mediation.court")
		db.Clock.Add(-time.Minute)
		must(t, q.in().WishForCourt(ctx, q.b, id, 0))
		must(t, applied())
		refused(t, applied(), problem.Conflict, "mediation.court.both")
		q.verifies()
	})
}

// letters is how many private letters somebody has.
func (q *quarrel) letters(who models.Actor) (n int) {
	q.t.Helper()
	all, _, err := q.Inbox(ctx, who.UserID, 0)
	must(q.t, err)
	for _, l := range all {
		if l.Text.Key == "private.tell" {
			n++
		}
	}
	return n
}

// Each promised step is reminded of three days before and on its day, to whoever
// promised and nobody else; when it has passed, all are told. The court's last
// day is told ten and three days before, a sitting the day before, a missing
// answer to the mediator. Each once, however often the job runs.
func TestMediationReminders(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		q := newQuarrel(t, db)
		id := q.request(q.first)
		must(t, q.in().InviteParties(ctx, q.first, id)) // an answer is asked for until 30 November
		run := func(at string, want [3]int) {
			t.Helper()
			day, err := time.ParseInLocation("2006-01-02 15:04", at, models.Shanghai)
			must(t, err)
			db.Clock.Set(day)
			before := [3]int{q.letters(q.a), q.letters(q.b), q.letters(q.first)}
			for range 2 {
				_, err = db.RemindMediations(ctx)
				must(t, err)
			}
			after := [3]int{q.letters(q.a), q.letters(q.b), q.letters(q.first)}
			for i := range after {
				if after[i] -= before[i]; after[i] != want[i] {
					t.Errorf("%s: asker, other side, mediator got %v, want %v", at, after, want)
					return
				}
			}
		}
		run("2026-11-30 23:59", [3]int{})
		run("2026-12-01 00:00", [3]int{0, 0, 1})
		must(t, q.in().ConsentToMediation(ctx, q.b, id, 0, true))
		must(t, q.in().AcceptMediators(ctx, q.b, id, 0))
		begin := time.Date(2026, 12, 4, 9, 0, 0, 0, models.Shanghai)
		must(t, q.in().CallSitting(ctx, q.first, id, store.SittingDraft{Begin: begin, End: begin.Add(time.Hour), Place: "调解室"}))
		run("2026-12-03 08:59", [3]int{})
		run("2026-12-03 09:00", [3]int{1, 1, 0})
		must(t, q.in().DraftAgreement(ctx, q.first, id, q.words(id, models.AgreementOral))) // b until the 10th, a until the 12th
		must(t, q.in().ApproveAgreement(ctx, q.a, id, 0, 1))
		must(t, q.in().ApproveAgreement(ctx, q.b, id, 0, 1)) // in force on the 3rd: the court until 2 January, a holiday, so until the 4th
		run("2026-12-06 23:59", [3]int{})
		run("2026-12-07 00:00", [3]int{0, 1, 0})
		run("2026-12-09 00:00", [3]int{1, 0, 0})
		run("2026-12-10 00:00", [3]int{0, 1, 0})
		run("2026-12-11 00:00", [3]int{1, 1, 1}) // the first promise has passed
		v := q.see(q.a, id)
		must(t, q.in().SettlePromise(ctx, q.a, id, v.Promises[0].ID, true))
		run("2026-12-12 08:00", [3]int{1, 0, 0})
		run("2026-12-13 08:00", [3]int{1, 1, 1})
		if v.CourtDay != "2027-01-04" {
			t.Fatalf("the court's last day %s", v.CourtDay)
		}
		run("2026-12-24 23:59", [3]int{})
		run("2026-12-25 00:00", [3]int{1, 1, 0})
		run("2027-01-01 00:00", [3]int{1, 1, 0})
		run("2027-01-05 00:00", [3]int{})
		q.verifies()
	})
}

// After its time a mediation is only a figure: words, names, papers and the key
// to them are gone, also for its parties.
func TestWordsAreDestroyedAfterTheirTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		q := newQuarrel(t, db)
		id := q.open()
		must(t, q.in().DraftAgreement(ctx, q.first, id, q.words(id, models.AgreementWritten)))
		must(t, q.in().AddMediationPapers(ctx, q.first, id, []store.NewFile{{Name: "sheet.jpg", Data: snapshot(7)}}))
		must(t, q.in().StopMediation(ctx, q.b, id, 0))
		v := q.see(q.a, id)
		if v.KeepUntil != "2029-11-23" {
			t.Fatal(v.KeepUntil)
		}
		db.Clock.Set(v.KeepUntil.Time().Add(24*time.Hour - time.Second))
		_, err := db.Sweep(ctx)
		must(t, err)
		q.see(q.a, id)
		db.Clock.Add(time.Second)
		_, err = db.Sweep(ctx)
		must(t, err)
		for _, who := range []models.Actor{q.a, q.b, q.first, q.head} {
			_, err := q.in().Mediation(ctx, who, id)
			refused(t, err, problem.NotFound, "page.notfound")
		}
		for _, table := range []any{&models.MediationParty{}, &models.MediationMediator{}, &models.MediationEvent{}, &models.MediationSession{}, &models.MediationPromise{}, &models.MediationSignature{}} {
			if n := q.count(table, "mediation_id = ?", id); n != 0 {
				t.Errorf("%d rows of %T are left", n, table)
			}
		}
		if n := q.count(&models.Mediation{}, "id = ? AND request_seal IS NULL AND agreement_seal IS NULL AND paper_key_seal IS NULL AND category = 'neighbour' AND state = 'stopped'", id); n != 1 {
			t.Error("the figure is gone too, or the words are not")
		}
		if n := q.count(&models.Attachment{}, "owner_kind = 'mediation' AND owner_id = ? AND removed_at IS NULL", id); n != 0 {
			t.Error("the paper is left")
		}
		if mine, err := q.MyMediations(ctx, q.a); err != nil || len(mine) != 0 {
			t.Error(mine, err)
		}
		q.verifies()
	})
}

// A rotated key opens everything of a mediation, the papers too, and the old one
// nothing.
func TestMediationSurvivesTheRotationOfKeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		before, after := store.NewKeyText(1), store.NewKeyText(2)
		w := &sealedWorld{db: db}
		db.Store = w.open(t, before)
		q := newQuarrel(t, db)
		id := q.open()
		must(t, q.in().SayInMediation(ctx, q.a, id, "最多赔三百"+canary, true, false))
		begin := db.Now().Add(96 * time.Hour)
		must(t, q.in().CallSitting(ctx, q.first, id, store.SittingDraft{Begin: begin, End: begin.Add(time.Hour), Place: "调解室" + canary, Guests: "民警" + canary, Agreed: true}))
		must(t, q.in().DraftAgreement(ctx, q.first, id, q.words(id, models.AgreementWritten)))
		must(t, q.in().AddMediationPapers(ctx, q.first, id, []store.NewFile{{Name: "sheet.jpg", Data: snapshot(7)}}))
		must(t, w.open(t, before+","+after).Rotate(ctx))
		db.Store = w.open(t, after)
		v := q.see(q.a, id)
		all, err := json.Marshal(v)
		must(t, err)
		for _, want := range []string{"空调外机滴水", "最多赔三百", "调解室", "民警", "接好排水管", "吴海"} {
			if !strings.Contains(string(all), want) {
				t.Errorf("%s does not open with the new key", want)
			}
		}
		if _, content, err := q.in().MediationPaper(ctx, q.b, id, v.Papers[0].ID); err != nil || len(content) < 100 || content[0] != 0xff {
			t.Errorf("paper: %d bytes, %v", len(content), err)
		}
		q.verifies()
	})
}

// The copy of one's own data has one's own words and what binds; what the other
// side said stays out, and nobody else's copy has anything.
func TestMyDataHasTheOwnSideOnly(t *testing.T) {
	db := storetest.New(t)
	q := newQuarrel(t, db)
	id := q.open()
	must(t, q.in().SayInMediation(ctx, q.a, id, "窗台要干", false, false))
	must(t, q.in().SayInMediation(ctx, q.b, id, "我只肯出一半", false, false))
	must(t, q.in().WriteInMediation(ctx, q.first, id, "asker", "对方愿意出一半"))
	must(t, q.in().DraftAgreement(ctx, q.first, id, q.words(id, models.AgreementOral)))
	copyOf := func(who models.Actor) string {
		d, err := db.MyData(ctx, who)
		must(t, err)
		b, err := json.Marshal(d)
		must(t, err)
		return string(b)
	}
	if s := copyOf(q.a); !strings.Contains(s, "窗台要干") || !strings.Contains(s, "空调外机滴水") || strings.Contains(s, "一半") || strings.Contains(s, "谁来接管") {
		t.Error(s)
	}
	if s := copyOf(q.b); !strings.Contains(s, "我只肯出一半") || strings.Contains(s, "窗台要干") || strings.Contains(s, "对方愿意") {
		t.Error(s)
	}
	must(t, q.in().ApproveAgreement(ctx, q.a, id, 0, 1))
	must(t, q.in().ApproveAgreement(ctx, q.b, id, 0, 1))
	if s := copyOf(q.b); !strings.Contains(s, "谁来接管") || !strings.Contains(s, "接好排水管") {
		t.Error(s)
	}
	for _, who := range []models.Actor{q.first, q.head, q.director, q.member} {
		if s := copyOf(who); strings.Contains(s, canary) || strings.Contains(s, "窗台要干") {
			t.Errorf("%s: %s", who.Name, s)
		}
	}
}

// Out of a case mediation is offered to whoever reported it, and to nobody else:
// the case, its officers and the audit chain do not tell that there is one.
func TestMediationOutOfACase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db)
		mediator := officer(t, db, d.c.ID, models.RoleMediator, "吴和", 0)
		c := d.file("楼上空调外机往窗台滴水，说了三次没有改")
		rows := func() (n int64) {
			must(t, d.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
				return tx.Model(&models.AuditRow{}).Where("community_id = ?", d.c.ID).Count(&n).Error
			}))
			return n
		}
		steps := func() int {
			v, err := d.in().OfficeCase(ctx, d.director, c.ID)
			must(t, err)
			return len(v.Steps)
		}
		before, shown := rows(), steps()
		if err := d.in().SuggestMediation(ctx, someResident(t, db, "13700000009"), c.ID); err == nil {
			t.Error("a stranger offers mediation")
		}
		for range 2 { // asked twice is once
			must(t, d.in().SuggestMediation(ctx, d.director, c.ID))
		}
		mine, err := db.MyMediations(ctx, d.resident)
		if err != nil || len(mine) != 1 || !mine[0].Waits || mine[0].State != models.MediationSuggested {
			t.Fatalf("%+v %v", mine, err)
		}
		id := mine[0].ID
		for _, who := range []models.Actor{d.director, d.member, d.worker, mediator, d.supervisor} {
			if got, err := d.in().MediationOfCase(ctx, who, c.ID); err != nil || got != 0 {
				t.Errorf("%s learns of it: %v %v", who.Name, got, err)
			}
		}
		if got, err := d.in().MediationOfCase(ctx, d.resident, c.ID); err != nil || got != id {
			t.Error(got, err)
		}
		draft := store.MediationDraft{Once: "from-a-case-0001", Category: "neighbour", Asker: store.DisputantDraft{Name: "张三"}, Other: store.DisputantDraft{Name: "李四", Address: "外地"},
			MediationRequest: models.MediationRequest{About: "空调外机滴水", Facts: "楼上空调外机往窗台滴水，说了三次。", Wish: "把水管接好"}}
		refused(t, d.in().AgreeToSuggestion(ctx, d.director, id, draft), problem.NotFound, "page.notfound")
		must(t, d.in().AgreeToSuggestion(ctx, d.resident, id, draft))
		refused(t, d.in().AgreeToSuggestion(ctx, d.resident, id, draft), problem.Conflict, "policy.state")
		v, err := d.in().Mediation(ctx, d.resident, id)
		must(t, err)
		if v.State != models.MediationRequested || v.CaseNumber != c.Number || v.Request.About != "空调外机滴水" {
			t.Errorf("%+v", v)
		}
		must(t, d.in().TakeMediation(ctx, mediator, id)) // nobody heads the committee
		if n := rows(); n != before {
			t.Errorf("%d rows more in the community's chain", n-before)
		}
		if n := steps(); n != shown {
			t.Errorf("the case has %d steps more", n-shown)
		}
		must(t, db.Verify(ctx, func(f store.Finding) { t.Errorf("verify: %+v", f) }))
	})
}
