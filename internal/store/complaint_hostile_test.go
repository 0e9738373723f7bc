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
