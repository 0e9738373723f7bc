package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A roll with planted errors: every error is named by line and column, the good
// rows come in, the bad ones wait at the desk.
func TestDirtyRollIsSortedOut(t *testing.T) {
	browser(t)
	s := Fresh(t, "demo")
	p := Open(t, s, Desktop())
	p.EnterAs(Director)
	p.Visit("/admin/hemuli/roll")
	look(p, "roll")
	p.Attach(p.T("roll.file"), dirtyRoll(t))
	p.Follow(p.T("roll.upload"))
	p.See(p.T("roll.errors", "n", 9))
	for _, e := range []struct {
		line   int
		column string
	}{
		{13, "证件号码"}, {41, "证件号码"}, {78, "出生日期"}, {102, "网格"}, {151, "手机号"},
		{152, "姓名"}, {181, "出生日期"}, {223, "出生日期"}, {261, "与户主关系"},
	} {
		p.See(p.T("roll.line", "line", e.line) + " " + e.column)
	}
	look(p, "roll preview")
	p.Follow(p.T("roll.confirm", "n", 1))
	p.See(p.T("roll.done"), p.T("roll.done.text", "added", 0, "changed", 1))
	p.Visit("/admin/hemuli/roll/queue")
	look(p, "roll queue")
	p.See(p.T("roll.queue.one", "line", 13))
}

// dirtyRoll is the sample with nine planted errors, and one person who has a new
// telephone.
func dirtyRoll(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../internal/sheet/testdata/residents-dirty.csv")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "residents-dirty.csv")
	if err := os.WriteFile(path, bytes.Replace(b, []byte("19900000002"), []byte("19977770002"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Who looks behind the mask gives a reason, and the person can read it.
func TestPersonSeesWhoLookedAtTheirNumber(t *testing.T) {
	const reason = "联系本人办理高龄津贴"
	browser(t)
	s := Fresh(t, "demo")
	p := Open(t, s)
	p.EnterAs(Resident)
	p.Visit("/me/roll/hemuli")
	if found := p.matches(p.T("me.link.state.confirmed")); len(found) == 0 {
		p.Fill(p.T("me.record.name"), Resident)
		p.Fill(p.T("me.roll.digits"), "070084")
		p.Fill(p.T("me.roll.building"), "1")
		p.Fill(p.T("me.roll.room"), "101")
		look(p, "on the roll")
		p.Follow(p.T("me.roll.send"))
	}
	p.See(p.T("me.link.state.confirmed"))

	desk := Open(t, s)
	desk.EnterAs(Director)
	desk.Visit("/admin/hemuli/residents")
	look(desk, "residents")
	desk.Fill(desk.T("resident.find.label"), Resident)
	desk.Follow(desk.T("resident.find"))
	desk.Follow(Resident)
	desk.NotSee("19900000001")
	look(desk, "resident")
	desk.Follow(desk.T("resident.unmask.do", "field", desk.T("resident.field.phone")))
	desk.Fill(desk.T("resident.unmask.reason"), reason)
	look(desk, "unmask")
	desk.Follow(desk.T("resident.unmask.send"))
	desk.See("19900000001")

	p.Visit("/me/looks")
	p.See(reason, Director)
	look(p, "looks")
}

// Somebody who moved in stands at the desk: the form says everything that is
// missing at once, keeps what was typed, and the person is on the roll.
func TestPersonIsEnteredAtTheDesk(t *testing.T) {
	const name = "甲乙丙"
	browser(t)
	p := Open(t, Fresh(t, "demo"))
	p.EnterAs(Director)
	p.Visit("/admin/hemuli/residents/new")
	p.Fill(p.T("resident.field.relation"), "租客")
	p.Follow(p.T("resident.add.send"))
	var wrong []string
	p.eval(`[...document.querySelectorAll('[aria-invalid=true]')].map(el => el.name)`, &wrong)
	if diff := cmp.Diff([]string{"name", "building", "room"}, wrong); diff != "" {
		t.Error(diff)
	}
	if got := p.Value(p.T("resident.field.relation")); got != "租客" {
		t.Errorf("typed and lost: %q", got)
	}
	look(p, "desk entry with errors")
	p.Fill(p.T("resident.field.name"), name)
	p.Select(p.T("resident.building"), "3幢")
	p.Fill(p.T("resident.room"), "909")
	p.Follow(p.T("resident.add.send"))
	p.See(name)
	look(p, "desk entry")
}
