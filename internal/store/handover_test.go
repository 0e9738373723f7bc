package store_test

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

const hookSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

func (d *caseDesk) target(by models.Actor, kind models.HandoverKind, change func(*models.HandoverTarget)) models.ID {
	d.t.Helper()
	m := models.HandoverTarget{Kind: kind, Name: "市12345 " + string(kind), URL: "https://12345.example.cn/in"}
	secret := map[models.HandoverKind]string{models.HandoverWebhook: hookSecret, models.HandoverOpen311: "their-key"}[kind]
	if change != nil {
		change(&m)
	}
	id, _, err := d.in().PutHandoverTarget(ctx, by, m, secret)
	must(d.t, err)
	return id
}

func (d *caseDesk) hand(by models.Actor, id, target models.ID) {
	d.t.Helper()
	_, err := d.in().HandOver(ctx, by, id, target, store.Outer{})
	must(d.t, err)
}

func (d *caseDesk) book(target models.ID, by models.Actor) []models.HandedCase {
	d.t.Helper()
	cases, err := d.in().HandedCases(ctx, by, target)
	must(d.t, err)
	var list []models.HandedCase
	for h, err := range cases {
		must(d.t, err)
		list = append(list, h)
	}
	return list
}

func answered(t testing.TB, rows ...[]any) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, sheet.WriteTable(&b, sheet.XLSX, sheet.Table{Name: "答复", Header: []string{"编号", "对方编号", "办理状态", "答复"}, Rows: sheet.Rows(rows)}))
	return b.Bytes()
}

var desktop = store.Sender{Device: bytes.Repeat([]byte{3}, 32), IP: "203.0.113.3"}

// Out by workbook and in again: nothing is stored before it is confirmed, both
// numbers stand in the timeline, the same file is recognised.
func TestAWorkbookGoesOutAndComesBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db)
		to := d.target(d.director, models.HandoverFile, func(m *models.HandoverTarget) { m.WithNames = true })
		a, b := d.file("3幢楼道灯坏了三天，电话13812345678"), d.file("2单元门口的井盖松了")
		r := d.report("楼上的张三半夜装修，电话13812345678")
		r.Level = models.LevelConfidential
		filed, err := d.in().FileComplaint(ctx, d.resident, r)
		must(t, err)
		for _, id := range []models.ID{a.ID, b.ID, filed.Case.ID} {
			d.hand(d.director, id, to)
		}
		_, err = d.in().HandOver(ctx, d.director, a.ID, to, store.Outer{})
		refused(t, err, problem.Conflict, "handover.twice")
		list := d.book(to, d.director)
		if len(list) != 3 || list[0].Phone != "13700000001" || !strings.Contains(list[0].Text, "13812345678") || list[0].Deadline != a.PromiseDay {
			t.Fatalf("%+v", list)
		}
		if secret := list[2]; secret.Phone != "" || secret.Name != "" || strings.Contains(secret.Text, "13812345678") {
			t.Errorf("who asked for secrecy: %+v", secret)
		}
		if got := d.book(to, d.worker); len(got) != 3 { // the grid's own cases
			t.Errorf("the worker's workbook: %d", len(got))
		}
		data := answered(t, []any{a.Number, "20261127001", "已办结", "灯已更换，联系13999998888"}, []any{b.Number, "20261127002", "办理中", ""}, []any{"和睦里民情〔2026〕99号", "20261127003", "", ""})
		draft, err := d.in().ReadAnswers(ctx, d.director, desktop, to, "answers.xlsx", data)
		must(t, err)
		seen, err := d.in().Answers(ctx, desktop, draft)
		must(t, err)
		if seen.Good() != 2 || seen.Rows[2].Error != "handover.row.unknown" || seen.Rows[2].Cell != "A4" || seen.Rows[2].Sheet != "答复" {
			t.Errorf("%+v", seen.Rows)
		}
		if strings.Contains(db.Dump(t, "complaint_handovers"), "20261127001") || strings.Contains(db.Dump(t, "drafts"), "灯已更换") {
			t.Error("stored before it was confirmed, or in the open")
		}
		_, err = d.in().Answers(ctx, store.Sender{Device: bytes.Repeat([]byte{4}, 32)}, draft)
		if err == nil {
			t.Error("another browser reads the answers")
		}
		n, err := d.in().TakeAnswers(ctx, d.director, desktop, draft)
		if must(t, err); n != 2 {
			t.Errorf("%d taken", n)
		}
		_, err = d.in().ReadAnswers(ctx, d.director, desktop, to, "again.xlsx", data)
		refused(t, err, problem.Conflict, "handover.file.twice")
		own, err := d.in().OwnCase(ctx, d.me(), a.ID)
		must(t, err)
		last := own.Steps[len(own.Steps)-1]
		if last.Action != "outer" || !strings.Contains(last.Text, "20261127001 已办结") || !strings.Contains(last.Text, "灯已更换") || own.OuterNumber != "20261127001" || own.Number == "" {
			t.Errorf("%+v %+v", last, own.Complaint)
		}
		public, err := d.in().PublicCase(ctx, a.ID)
		must(t, err)
		if text := public.Steps[len(public.Steps)-1].Text; strings.Contains(text, "13999998888") {
			t.Errorf("everybody reads %q", text)
		}
		if own.State != models.ComplaintReceived || own.DueDay != a.DueDay {
			t.Error("a hand-over stops or moves a clock")
		}
		// Their number for another case, and a file that says the same in other words.
		draft, err = d.in().ReadAnswers(ctx, d.director, desktop, to, "b.xlsx", answered(t, []any{filed.Case.Number, "20261127001", "办理中", ""}, []any{b.Number, "20261127002", "办理中", ""}))
		must(t, err)
		if seen, err = d.in().Answers(ctx, desktop, draft); err != nil || seen.Good() != 0 || seen.Rows[0].Error != "handover.row.other" || !seen.Rows[1].Same {
			t.Errorf("%+v %v", seen, err)
		}
		if bad := d.verify(); len(bad) > 0 {
			t.Error(bad)
		}
	})
}

// Two who confirm at the same time, in two processes: one step each case.
func TestAnswersTakenTwiceAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db)
		second := db.Second(t)
		must(t, second.Load(ctx))
		to := d.target(d.director, models.HandoverFile, nil)
		a := d.file("3幢楼道灯坏了三天")
		d.hand(d.director, a.ID, to)
		data := answered(t, []any{a.Number, "X-1", "办理中", "派人去看"})
		var drafts []models.ID
		for range 2 {
			id, err := d.in().ReadAnswers(ctx, d.director, desktop, to, "a.xlsx", data)
			must(t, err)
			drafts = append(drafts, id)
		}
		done := make(chan error, 2)
		for i, s := range []*store.Store{db.Store, second} {
			go func() {
				_, err := s.In(d.c).TakeAnswers(ctx, d.director, desktop, drafts[i])
				done <- err
			}()
		}
		for range 2 {
			if err := <-done; err != nil && problem.As(err) == nil {
				t.Error(err)
			}
		}
		own, err := d.in().OfficeCase(ctx, d.director, a.ID)
		must(t, err)
		n := 0
		for _, s := range own.Steps {
			if s.Action == "outer" {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d steps of one answer", n)
		}
	})
}

// What is about the committee goes to the street's own system and nowhere else;
// the committee neither sees that system nor makes one.
func TestCasesAboutOfficialsGoToTheStreetOnly(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db)
		street := officer(t, db, d.c.StreetID, models.RoleStreet, "街道科员", 0)
		ordinary := d.target(d.director, models.HandoverFile, nil)
		_, _, err := d.in().PutHandoverTarget(ctx, d.director, models.HandoverTarget{Kind: models.HandoverFile, Name: "街道专用", Officials: true}, "")
		refused(t, err, problem.Forbidden, "policy.forbidden")
		own := d.target(street, models.HandoverWebhook, func(m *models.HandoverTarget) { m.Officials, m.WithNames = true, true })
		r := d.report("主任把活动室包给亲戚，我叫李四，电话13812345678")
		r.Category, r.Answers, r.About = "conduct", nil, models.AboutCommittee
		filed, err := d.in().FileComplaint(ctx, d.resident, r)
		must(t, err)
		plain := d.file("3幢楼道灯坏了三天")
		_, err = d.in().HandOver(ctx, street, filed.Case.ID, ordinary, store.Outer{})
		refused(t, err, problem.Invalid, "form.invalid")
		_, err = d.in().HandOver(ctx, d.director, plain.ID, own, store.Outer{})
		refused(t, err, problem.Invalid, "form.invalid")
		_, err = d.in().HandOver(ctx, d.director, filed.Case.ID, own, store.Outer{})
		refused(t, err, problem.NotFound, "page.notfound")
		d.hand(street, filed.Case.ID, own)
		list, err := d.in().HandoverTargets(ctx, d.director)
		if must(t, err); len(list) != 1 || list[0].ID != ordinary {
			t.Errorf("the director sees %+v", list)
		}
		refused(t, d.in().EndHandoverTarget(ctx, d.director, own), problem.Forbidden, "policy.forbidden")
		tasks, err := db.LeaseHandovers(ctx, 10, time.Minute)
		if must(t, err); len(tasks) != 1 || tasks[0].Case.Name != "" || tasks[0].Case.Phone != "" || strings.Contains(tasks[0].Case.Text, "13812345678") {
			t.Fatalf("an accuser's name leaves: %+v", tasks)
		}
		if audit := db.Dump(t, "audit_rows"); strings.Contains(audit, own.String()) && strings.Contains(auditOf(audit, d.c.ID), own.String()) {
			t.Error("the community's chain tells of the street's system")
		}
		if got := d.lettersOf(d.director); strings.Contains(got, "outer") {
			t.Error(got)
		}
		if bad := d.verify(); len(bad) > 0 {
			t.Error(bad)
		}
	})
}

// auditOf are the lines of a community's chain.
// linesWithout leaves out the rows of a dump that hold a word.
func linesWithout(dump, word string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(dump, "\n"), func(line string) bool { return strings.Contains(line, word) }), "\n")
}

func auditOf(dump string, chain models.ID) string {
	var lines []string
	for line := range strings.Lines(dump) {
		if strings.Contains(line, "community_id:"+chain.String()+" ") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

func (d *caseDesk) hook(id, body string, at time.Time) store.Hook {
	return store.Hook{ID: id, Timestamp: strconv.FormatInt(at.Unix(), 10), Body: []byte(body),
		Signature: models.SignWebhook(models.WebhookKey(hookSecret), id, at, []byte(body))}
}

// News by a signed message: signature, age, replay, another's case, nonsense.
func TestNewsByASignedMessage(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db)
		to, file := d.target(d.director, models.HandoverWebhook, nil), d.target(d.director, models.HandoverFile, nil)
		a, b := d.file("3幢楼道灯坏了三天"), d.file("2单元门口的井盖松了")
		d.hand(d.director, a.ID, to)
		body, now := fmt.Sprintf(`{"case":%q,"number":"T-1","state":"办理中","text":"已派单"}`, a.ID), db.Now()
		take := func(target models.ID, m store.Hook) error { return d.in().TakeHook(ctx, target, m) }
		wrong := d.hook("m1", body, now)
		wrong.Body = []byte(strings.Replace(body, "T-1", "T-2", 1))
		for name, m := range map[string]store.Hook{
			"another body": wrong, "no signature": {ID: "m1", Timestamp: wrong.Timestamp, Body: []byte(body)}, "no headers": {Body: []byte(body)},
			"old": d.hook("m1", body, now.Add(-models.WebhookAge-time.Second)), "from the future": d.hook("m1", body, now.Add(models.WebhookAge+time.Second)),
		} {
			t.Run(name, func(t *testing.T) { refused(t, take(to, m), problem.Unauthorized, "handover.hook.wrong") })
		}
		refused(t, take(file, d.hook("m1", body, now)), problem.Unauthorized, "handover.hook.wrong")
		refused(t, db.In(db.Community(t, "beicheng")).TakeHook(ctx, to, d.hook("m1", body, now)), problem.Unauthorized, "handover.hook.wrong")
		refused(t, take(to, store.Hook{Body: make([]byte, store.MaxHook+1)}), problem.TooLarge, "error.toolarge.any")
		must(t, take(to, d.hook("m1", body, now.Add(-models.WebhookAge))))
		refused(t, take(to, d.hook("m1", body, now)), problem.Conflict, "handover.hook.twice")
		refused(t, take(to, d.hook("m2", fmt.Sprintf(`{"case":%q,"state":"x"}`, b.ID), now)), problem.NotFound, "page.notfound")
		refused(t, take(to, d.hook("m3", `{"case":`, now)), problem.Invalid, "error.form")
		must(t, take(to, d.hook("m4", fmt.Sprintf(`{"case":%q,"number":"T-1","state":"办结","text":"%s","done":true}`, a.Number, strings.Repeat("长", 3000)), now)))
		v, err := d.in().OfficeCase(ctx, d.director, a.ID)
		must(t, err)
		h := v.Handovers[0]
		if h.State != models.HandoverDone || h.OuterNumber != "T-1" || h.OuterState != "办结" || len([]rune(h.OuterNote)) != 1000 || v.OuterNumber != "T-1" {
			t.Errorf("%+v", h)
		}
		if !strings.Contains(d.lettersOf(d.resident), "case.tell.outer") || !strings.Contains(d.lettersOf(d.worker), "case.tell.outer") {
			t.Error("nobody was told")
		}
		// Their number cannot be two cases'.
		d.hand(d.director, b.ID, to)
		refused(t, take(to, d.hook("m5", fmt.Sprintf(`{"case":%q,"number":"T-1"}`, b.ID), now)), problem.Conflict, "handover.number.taken")
		if bad := d.verify(); len(bad) > 0 {
			t.Error(bad)
		}
	})
}

// A task is leased by one process; what fails comes again later and has an end;
// an officer sends it anew.
func TestLeasesAndFailuresOfHandOver(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db)
		second := db.Second(t)
		must(t, second.Load(ctx))
		to := d.target(d.director, models.HandoverOpen311, nil)
		a := d.file("3幢楼道灯坏了三天")
		d.hand(d.director, a.ID, to)
		tasks := make(chan int, 6)
		var one store.HandoverTask
		for i := range 6 {
			s := []*store.Store{db.Store, second}[i%2]
			go func() {
				got, err := s.LeaseHandovers(ctx, 10, time.Minute)
				if err != nil && problem.As(err) == nil {
					t.Error(err)
				}
				if len(got) == 1 {
					one = got[0]
				}
				tasks <- len(got)
			}()
		}
		sum := 0
		for range 6 {
			sum += <-tasks
		}
		if sum != 1 || one.Secret != "their-key" {
			t.Fatalf("leased %d times", sum)
		}
		must(t, db.NotHandedOver(ctx, &one, "busy", true, 10*time.Minute))
		db.Clock.Add(10*time.Minute - time.Second)
		if got, err := db.LeaseHandovers(ctx, 10, time.Minute); err != nil || len(got) != 0 {
			t.Errorf("%d before the time that the other side asked for, %v", len(got), err)
		}
		db.Clock.Add(time.Second)
		got, err := db.LeaseHandovers(ctx, 10, time.Minute)
		if must(t, err); len(got) != 1 || got[0].Attempts != 1 || got[0].Key() != one.Key() {
			t.Fatalf("%+v", got)
		}
		must(t, db.NotHandedOver(ctx, &one, "stale", false, 0)) // its lease has passed on
		must(t, db.NotHandedOver(ctx, &got[0], "refused", false, 0))
		v, err := d.in().OfficeCase(ctx, d.director, a.ID)
		must(t, err)
		h := v.Handovers[0]
		if h.State != models.HandoverFailed || h.Error != "refused" || !strings.Contains(d.lettersOf(d.worker), "case.tell.handover.failed") {
			t.Errorf("%+v", h)
		}
		refused(t, d.in().HandAgain(ctx, d.resident, a.ID, h.ComplaintHandover.ID), problem.Forbidden, "policy.forbidden")
		must(t, d.in().HandAgain(ctx, d.director, a.ID, h.ComplaintHandover.ID))
		if got, err = db.LeaseHandovers(ctx, 10, time.Minute); err != nil || len(got) != 1 {
			t.Errorf("not sent anew: %v", err)
		}
		must(t, d.in().EndHandoverTarget(ctx, d.director, to))
		if strings.Contains(db.Dump(t, "handover_targets"), "their-key") {
			t.Error("the key stands in the open")
		}
		if bad := d.verify(); len(bad) > 0 {
			t.Error(bad)
		}
	})
}

// What was handed over and then turns out to be about officials is not sent.
func TestNothingLeavesOnceItIsAboutOfficials(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	d := newCaseDesk(t, db)
	to := d.target(d.director, models.HandoverWebhook, nil)
	a := d.file("主任不管3幢的灯")
	d.hand(d.director, a.ID, to)
	d.act(d.director, a.ID, "reserve", store.Act{About: models.AboutCommittee})
	got, err := db.LeaseHandovers(ctx, 10, time.Minute)
	if must(t, err); len(got) != 1 || got[0].Case.ID != 0 || got[0].Case.Text != "" {
		t.Errorf("%+v", got)
	}
}

func TestAddressesOfTargets(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	d := newCaseDesk(t, db)
	for _, url := range []string{"", "http://12345.example.cn/", "https://", "ftp://a.cn", "https://u:p@a.cn/", "https://a.cn/?q=1", "https://a.cn/#f", "https://a.cn/" + strings.Repeat("a", 300), "javascript:alert(1)"} {
		_, _, err := d.in().PutHandoverTarget(ctx, d.director, models.HandoverTarget{Kind: models.HandoverWebhook, Name: "x", URL: url}, hookSecret)
		refused(t, err, problem.Invalid, "form.invalid")
	}
	id, made, err := d.in().PutHandoverTarget(ctx, d.director, models.HandoverTarget{Kind: models.HandoverWebhook, Name: "x", URL: "https://a.cn/in"}, "")
	if must(t, err); models.WebhookKey(made) == nil {
		t.Errorf("made %q", made)
	}
	m := models.HandoverTarget{Tenant: models.Tenant{ID: id}, Kind: models.HandoverWebhook, Name: "x", URL: "https://b.cn/in"}
	_, _, err = d.in().PutHandoverTarget(ctx, d.director, m, "")
	refused(t, err, problem.Invalid, "form.invalid") // a secret is not sent to an address it was not given for
	_, _, err = d.in().PutHandoverTarget(ctx, d.worker, m, hookSecret)
	refused(t, err, problem.Forbidden, "policy.forbidden")
	_, _, err = d.in().PutHandoverTarget(ctx, d.director, m, hookSecret)
	must(t, err)
	to := models.HandoverTarget{Mapping: "noise=N1\nrepair = R1", Services: `[{"code":"S9","name":"停车"},{"code":"hygiene","name":"x"}]`, ServiceCode: "other"}
	for category, want := range map[string]string{"noise": "N1", "repair": "R1", "hygiene": "hygiene", "parking": "S9", "jobs": "other"} {
		if got := store.ServiceOf(&to, category, map[string]string{"parking": "停车"}[category]); got != want {
			t.Errorf("%s goes to %s, want %s", category, got, want)
		}
	}
}

// verify finds a hand-over without its case and a number that two cases have.
func TestVerifyLooksAtHandOvers(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	d := newCaseDesk(t, db)
	to := d.target(d.director, models.HandoverWebhook, nil)
	a, b := d.file("3幢楼道灯坏了三天"), d.file("2单元门口的井盖松了")
	d.hand(d.director, a.ID, to)
	d.hand(d.director, b.ID, to)
	must(t, d.in().TakeHook(ctx, to, d.hook("m1", fmt.Sprintf(`{"case":%q,"number":"T-1"}`, a.ID), db.Now())))
	if bad := d.verify(); len(bad) > 0 {
		t.Fatal(bad)
	}
	must(t, d.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		return tx.Model(&models.ComplaintHandover{}).Where("case_id = ?", b.ID).Update("outer_number", "T-1").Error
	}))
	if bad := strings.Join(d.verify(), "\n"); !strings.Contains(bad, "has the number of case") || !strings.Contains(bad, "not the one that is taken") {
		t.Error(bad)
	}
	must(t, d.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		return tx.Model(&models.ComplaintHandover{}).Where("case_id = ?", b.ID).Updates(map[string]any{"outer_number": "", "case_id": models.ID(7)}).Error
	}))
	if bad := strings.Join(d.verify(), "\n"); !strings.Contains(bad, "its case does not exist") {
		t.Error(bad)
	}
}

// What comes by a hook is read or refused, whatever it is.
func FuzzHook(f *testing.F) {
	f.Add([]byte(`{"case":"1","number":"2","state":"x","text":"y","done":true}`))
	f.Add([]byte(`{"case":1}`))
	f.Add([]byte("\xff{"))
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := store.ReadHook(body)
		if err != nil && problem.As(err) == nil {
			t.Fatal(err)
		}
		if err == nil && (n.Case == "" || len(n.Number) > 400) {
			t.Fatalf("%+v", n)
		}
	})
}
