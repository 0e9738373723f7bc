package store_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// Not accepted: always why, where to go, and its address and number; the
// reporter and everybody read all three, the number too, while what is written
// of the case is masked.
func TestNotAcceptedSaysWhereToGo(t *testing.T) {
	t.Parallel()
	d := newCaseDesk(t, storetest.New(t))
	whole := store.Act{Reason: "outside", Where: "区行政复议局", Contact: "文三路18号 13900001111", Text: "与13912345678说过"}
	for field, change := range map[string]func(*store.Act){
		"reason":  func(a *store.Act) { a.Reason = "because" },
		"where":   func(a *store.Act) { a.Where = "" },
		"contact": func(a *store.Act) { a.Contact = "文三路18号" },
	} {
		a := whole
		change(&a)
		_, err := d.in().CaseAct(ctx, d.director, d.file("楼道灯坏了").ID, "refuse", a)
		if p := problem.As(err); p == nil || len(p.Fields) != 1 || p.Fields[field].Key == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
	c := d.file("三楼的灯坏了")
	d.act(d.director, c.ID, "refuse", whole)
	own, err := d.in().OwnCase(ctx, d.me(), c.ID)
	must(t, err)
	want := store.Refusal{Reason: "outside", Where: whole.Where, Contact: whole.Contact, Text: whole.Text}
	if diff := cmp.Diff(want, store.ReadRefusal(own.Steps[len(own.Steps)-1].Text)); diff != "" {
		t.Errorf("the reporter reads:\n%s", diff)
	}
	public, err := d.in().PublicCase(ctx, c.ID)
	must(t, err)
	got := store.ReadRefusal(public.Steps[len(public.Steps)-1].Text)
	if got.Contact != whole.Contact || got.Where != whole.Where || strings.Contains(got.Text, "13912345678") {
		t.Errorf("everybody reads %+v", got)
	}
}

// What was written before the fields stood apart is still read.
func TestAnOlderRefusalIsRead(t *testing.T) {
	for text, want := range map[string]store.Refusal{
		"outside\n请找物业，电话0571":                                                          {Reason: "outside", Text: "请找物业，电话0571"},
		"court\n请到法院\n立案窗口\n三楼\n周一":                                                     {Reason: "court", Text: "请到法院\n立案窗口\n三楼\n周一"},
		store.Refusal{Reason: "abuse", Where: "a", Contact: "b", Text: "c\nd"}.String(): {Reason: "abuse", Where: "a", Contact: "b", Text: "c\nd"},
	} {
		if diff := cmp.Diff(want, store.ReadRefusal(text)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// An ordinary case and one about officials are not merged, nor two that are
// about different people: whoever reads one would learn of the other.
func TestMergingKeepsTheSecret(t *testing.T) {
	t.Parallel()
	d := newCaseDesk(t, storetest.New(t))
	about := func(who ...models.ID) func(r *store.Report) {
		return func(r *store.Report) {
			r.Category, r.Answers, r.About, r.Concerned = "conduct", nil, models.AboutCommittee, who
		}
	}
	ordinary := d.file("楼道灯坏了一周").ID
	secret := d.reportOf(d.resident, "主任态度不好", about(d.director.UserID)).Case.ID
	same := d.reportOf(d.resident, "主任总是不在", about(d.director.UserID)).Case.ID
	other := d.reportOf(d.resident, "委员态度不好", about(d.member.UserID)).Case.ID
	for name, tc := range map[string]struct {
		a        models.Actor
		from, to models.ID
	}{
		"secret into ordinary": {d.supervisor, secret, ordinary}, "ordinary into secret": {d.director, ordinary, secret},
		"secret into ordinary by the street": {d.street, secret, ordinary}, "ordinary into secret by the street": {d.street, ordinary, secret},
		"about somebody else": {d.supervisor, secret, other},
	} {
		_, err := d.in().CaseAct(ctx, tc.a, tc.from, "merge", store.Act{Other: tc.to, Text: "同一件事"})
		if !problem.Is(err, problem.Invalid) && !problem.Is(err, problem.NotFound) && !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, id := range map[string]models.ID{"secret": secret, "ordinary": ordinary, "other": other} {
		var c models.Complaint
		must(t, d.in().Write(ctx, storetest.System, func(tx *store.Tx) error { return tx.Where("id = ?", id).Take(&c).Error }))
		if c.State == models.ComplaintMerged || c.Supporters != 0 {
			t.Errorf("%s: %s with %d", name, c.State, c.Supporters)
		}
	}
	d.act(d.supervisor, same, "merge", store.Act{Other: secret, Text: "同一件事"})
}
