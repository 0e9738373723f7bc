package store_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// What people send to break it.
func TestHostileReports(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	d := newCaseDesk(t, db)
	for text, field := range map[string]string{
		"": "text", "灯": "text", strings.Repeat("字", 10000): "text", strings.Repeat("哈", 40): "text",
	} {
		_, err := d.in().FileComplaint(ctx, d.resident, d.report(text))
		if p := problem.As(err); p == nil || p.Fields[field].Key == "" {
			t.Errorf("%.12q: %v", text, err)
		}
	}
	const nasty = "<script>alert(1)</script>𠮷家的灯坏了 👩‍👩‍👧 =cmd|' /C calc'!A0"
	r := d.report(nasty)
	r.Spot = "<b>'\"--"
	f, err := d.in().FileComplaint(ctx, d.resident, r)
	must(t, err)
	own, err := d.in().OwnCase(ctx, d.me(), f.Case.ID)
	must(t, err)
	if own.Body.Text != nasty {
		t.Errorf("%q", own.Body.Text)
	}
	bomb := d.report("楼道灯坏了三天")
	bomb.Photos = []store.NewFile{{Name: "bomb.jpg", Data: []byte("\xff\xd8\xff no picture")}}
	if _, err := d.in().FileComplaint(ctx, d.resident, bomb); problem.As(err) == nil {
		t.Errorf("a file that is no picture: %v", err)
	}
	other := newDeskIn(t, db, db.Community(t, "other"))
	if _, err := other.in().OwnCase(ctx, d.me(), f.Case.ID); !problem.Is(err, problem.NotFound) {
		t.Errorf("from another community: %v", err)
	}
	for i := range 9 {
		_, err = d.in().FileComplaint(ctx, d.resident, d.report(fmt.Sprintf("第%d件：灯坏了", i)))
	}
	must(t, err)
	_, err = d.in().FileComplaint(ctx, d.resident, d.report("第十一件：灯坏了"))
	refused(t, err, problem.TooMany, "page.toomany")
}

// What a report may hold: at the limit and one beyond, whatever form sent it.
func TestCheckReport(t *testing.T) {
	t.Parallel()
	k := store.CaseCategory{Questions: []store.CaseQuestion{{Text: "object", Needed: true}, {Text: "since", Choices: []string{"today", "week"}}}}
	say := func(object, since string) []models.ComplaintAnswer {
		return []models.ComplaintAnswer{{Question: "object", Answer: object}, {Question: "since", Answer: since}}
	}
	text := func(n int) string { return strings.Repeat("楼道灯坏了三天", n/7+1)[:3*n] }
	for name, tc := range map[string]struct {
		r      store.Report
		fields string
	}{
		"shortest":             {store.Report{Text: text(4), Answers: say("灯", "")}, ""},
		"too short":            {store.Report{Text: text(3), Answers: say("灯", "")}, "text case.short"},
		"longest":              {store.Report{Text: text(2000), Answers: say("灯", "week")}, ""},
		"too long":             {store.Report{Text: text(2001), Answers: say("灯", "week")}, "text form.toolong"},
		"spam":                 {store.Report{Text: strings.Repeat("哈", 20), Answers: say("灯", "")}, "text case.spam"},
		"longest spot":         {store.Report{Text: text(4), Spot: text(60), Answers: say("灯", "")}, ""},
		"spot too long":        {store.Report{Text: text(4), Spot: text(61), Answers: say("灯", "")}, "spot form.toolong"},
		"longest answer":       {store.Report{Text: text(4), Answers: say(text(200), "")}, ""},
		"answer too long":      {store.Report{Text: text(4), Answers: say(text(201), "")}, "q0 form.toolong"},
		"unanswered":           {store.Report{Text: text(4), Answers: say(" ", "")}, "q0 form.needed"},
		"unanswered, the desk": {store.Report{Text: text(4), ByOfficer: true}, ""},
		"no such choice":       {store.Report{Text: text(4), Answers: say("灯", "year")}, "q1 form.choose"},
	} {
		got := ""
		if p := problem.As(store.CheckReport(&tc.r, &k)); p != nil {
			for field, text := range p.Fields {
				got += field + " " + text.Key
			}
		}
		if got != tc.fields {
			t.Errorf("%s: %q, want %q", name, got, tc.fields)
		}
	}
	for _, tc := range [][3]int{{0, 0, 0}, {1000, 1000, 1000}, {1001, 5, -1}, {-2, 5, -1}} {
		r := store.Report{Text: text(4), Answers: say("灯", ""), PinX: tc[0], PinY: tc[1]}
		must(t, store.CheckReport(&r, &k))
		if r.PinX != tc[2] {
			t.Errorf("pin %v: %d", tc, r.PinX)
		}
	}
}

// A place of another community, or one that never was, is refused, not kept.
func TestPlacesOfElsewhere(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	d := newCaseDesk(t, db)
	other := newCaseDeskIn(t, db, db.Community(t, "other"))
	r := d.report("楼道灯坏了三天")
	r.BuildingID = other.building
	_, err := d.in().FileComplaint(ctx, d.resident, r)
	if p := problem.As(err); p == nil || p.Fields["building"].Key != "form.choose" {
		t.Errorf("a building of elsewhere: %v", err)
	}
	r = d.report("楼道灯坏了三天")
	r.BuildingID, r.GridID = 0, other.grid
	f, err := d.in().FileComplaint(ctx, d.resident, r)
	must(t, err)
	if f.Case.GridID != 0 || f.Case.OwnerKind != models.AssigneeDuty {
		t.Errorf("a grid of elsewhere: %+v", f.Case.Owner())
	}
}

// Who reported stands apart from the case, its steps and the log; what is about
// officials is in no log that the community keeps, whoever filters what of it.
func TestWhoReportedStandsApart(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	d := newCaseDesk(t, db)
	hidden := d.reportOf(d.resident, "楼上每天半夜放音乐", func(r *store.Report) { r.Level = models.LevelConfidential }).Case.ID
	secret := d.reportOf(d.resident, "主任把活动室租给了亲戚", func(r *store.Report) {
		r.Category, r.Answers, r.About = "conduct", nil, models.AboutCommittee
	}).Case.ID
	for _, id := range []models.ID{hidden, secret} {
		d.say(d.me(), id, "reply", store.Word{Text: "昨晚也一样"})
	}
	d.act(d.worker, hidden, "note", store.Act{Text: "已上门看过"})
	if n := d.traces(d.resident); n != 0 {
		t.Errorf("%d rows hold who reported", n)
	}
	must(t, d.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		for id, want := range map[models.ID]bool{hidden: true, secret: false} {
			var n int64
			if err := tx.Model(&models.AuditRow{}).Where("object_id = ?", id).Count(&n).Error; err != nil {
				return err
			}
			if (n > 0) != want {
				t.Errorf("%d rows of the community's log are about %s", n, id)
			}
		}
		return nil
	}))
}

// traces counts the rows of cases that lead to somebody, but for who reported,
// which stands apart.
func (d *caseDesk) traces(a models.Actor) (sum int64) {
	d.t.Helper()
	must(d.t, d.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		for column, of := range map[string]any{"by_user_id": &models.ComplaintEvent{}, "actor_id": &models.AuditRow{}, "user_id": &models.ComplaintParty{}} {
			var n int64
			if err := tx.Model(of).Where(column+" = ?", a.UserID).Count(&n).Error; err != nil {
				return err
			}
			sum += n
		}
		var n int64
		err := tx.Model(&models.Attachment{}).Where("by_user_id = ?", a.UserID).Count(&n).Error
		sum += n
		return err
	}))
	return sum
}

// Names with characters of four bytes, joined signs and marks, and longer than
// any column: kept whole or cut between two characters, on both databases.
func TestNamesOfFourBytes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db)
		for _, name := range []string{"𠮷田👩‍👩‍👧", "O'Brien <b>\"", "阿依古丽·买买提", strings.Repeat("𠮷", 90)} {
			r := d.report("楼道灯坏了三天 " + name)
			r.ByOfficer, r.Channel, r.Name, r.Spot = true, models.ChannelDesk, name, "𠮷家门口👩‍👩‍👧"
			f, err := d.in().FileComplaint(ctx, d.member, r)
			must(t, err)
			v, err := d.in().OfficeCase(ctx, d.member, f.Case.ID)
			must(t, err)
			if got := v.Reporter.Name; !utf8.ValidString(got) || !strings.HasPrefix(name, got) || len([]rune(name)) < 30 && got != name || v.Spot != "𠮷家门口👩‍👩‍👧" {
				t.Errorf("%q is kept as %q at %q", name, got, v.Spot)
			}
		}
	})
}

// So many anonymous reports come from a browser in a day, so many from an
// address in an hour, however many browsers it has; the next hour is another.
func TestLimitsByDeviceAndAddress(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	d := newCaseDesk(t, db)
	file := func(device byte, ip string) error {
		r := d.report("楼上每天半夜放音乐")
		r.Level, r.From = models.LevelAnonymous, store.Sender{Device: bytes.Repeat([]byte{device}, 32), IP: ip}
		_, err := d.in().FileComplaint(ctx, models.Actor{}, r)
		return err
	}
	for range 3 {
		must(t, file(1, "203.0.113.1"))
	}
	refused(t, file(1, "203.0.113.2"), problem.TooMany, "page.toomany")
	for i := range 27 {
		must(t, file(byte(10+i), "203.0.113.1"))
	}
	refused(t, file(99, "203.0.113.1"), problem.TooMany, "page.toomany")
	must(t, file(98, "203.0.113.3"))
	d.Clock.Add(61 * time.Minute)
	must(t, file(97, "203.0.113.1"))
	refused(t, file(1, "203.0.113.4"), problem.TooMany, "page.toomany")
}
