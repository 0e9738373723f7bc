package store_test

import (
	"fmt"
	"strings"
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
)

// What people send to break it.
func TestHostileReports(t *testing.T) {
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
