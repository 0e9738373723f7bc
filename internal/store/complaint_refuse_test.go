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
	said := func(id models.ID) store.Refusal {
		own, err := d.in().OwnCase(ctx, d.me(), id)
		must(t, err)
		return store.ReadRefusal(own.Steps[len(own.Steps)-1].Text)
	}
	bare := whole
	bare.Text = ""
	var c models.Complaint
	for _, a := range []store.Act{bare, whole} {
		c = d.file("三楼的灯坏了" + a.Text)
		d.act(d.director, c.ID, "refuse", a)
		want := store.Refusal{Reason: "outside", Where: a.Where, Contact: a.Contact, Text: a.Text}
		if diff := cmp.Diff(want, said(c.ID)); diff != "" {
			t.Errorf("with %q the reporter reads:\n%s", a.Text, diff)
		}
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
		"outside\n请找物业，电话0571":      {Reason: "outside", Text: "请找物业，电话0571"},
		"outside":                   {Reason: "outside"},
		"outside\n\n物业\n0571110":    {Reason: "outside", Where: "物业", Contact: "0571110"},
		"court\n请到法院\n立案窗口\n三楼\n周一": {Reason: "court", Text: "请到法院\n立案窗口\n三楼\n周一"},
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

// An officer who may read both, an ordinary case and one about the committee as
// a body, which is kept from nobody by name, does not merge them either way.
func TestWhoReadsBothMergesNeither(t *testing.T) {
	t.Parallel()
	d := newCaseDesk(t, storetest.New(t))
	secret := d.reportOf(d.resident, "居委会账目不公开", func(r *store.Report) {
		r.Category, r.Answers, r.About = "conduct", nil, models.AboutCommittee
	}).Case.ID
	ordinary := d.reportOf(d.supervisor, "楼道灯坏了一周", func(r *store.Report) { r.ByOfficer, r.Channel = true, models.ChannelDesk }).Case.ID
	for name, tc := range map[string][2]models.ID{"secret into ordinary": {secret, ordinary}, "ordinary into secret": {ordinary, secret}} {
		for _, id := range tc {
			_, err := d.in().OfficeCase(ctx, d.supervisor, id)
			must(t, err)
		}
		_, err := d.in().CaseAct(ctx, d.supervisor, tc[0], "merge", store.Act{Other: tc[1], Text: "同一件事"})
		if p := problem.As(err); p == nil || p.Fields["other"].Key != "case.merge.other" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a prepared reply needs: that of a refusal all that a refusal says, at the
// limits and one beyond; who may not change them changes none.
func TestPreparedReplies(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) { newCaseDesk(t, db).preparedReplies() })
}

func (d *caseDesk) preparedReplies() {
	t := d.t
	t.Helper()
	refusal := models.ComplaintTemplate{Action: "refuse", Title: "归公安", Reason: "outside", Where: "和睦派出所", Contact: "文三路18号 110"}
	answer := models.ComplaintTemplate{Action: "answer", Title: "已换灯", Text: "灯泡换好"}
	long := strings.Repeat("字", 80)
	for name, tc := range map[string]struct {
		m      models.ComplaintTemplate
		change func(*models.ComplaintTemplate)
		field  string
	}{
		"a refusal":           {refusal, func(*models.ComplaintTemplate) {}, ""},
		"longest":             {refusal, func(m *models.ComplaintTemplate) { m.Where, m.Contact, m.Title = long, long[:3*77]+"110", long[:180] }, ""},
		"no title":            {refusal, func(m *models.ComplaintTemplate) { m.Title = " " }, "title"},
		"title too long":      {refusal, func(m *models.ComplaintTemplate) { m.Title = long[:183] }, "title"},
		"no reason":           {refusal, func(m *models.ComplaintTemplate) { m.Reason = "because" }, "reason"},
		"nowhere to go":       {refusal, func(m *models.ComplaintTemplate) { m.Where = "" }, "where"},
		"where too long":      {refusal, func(m *models.ComplaintTemplate) { m.Where = long + "字" }, "where"},
		"no number":           {refusal, func(m *models.ComplaintTemplate) { m.Contact = "文三路18号" }, "contact"},
		"contact too long":    {refusal, func(m *models.ComplaintTemplate) { m.Contact = long + "110" }, "contact"},
		"an answer":           {answer, func(*models.ComplaintTemplate) {}, ""},
		"an answer too short": {answer, func(m *models.ComplaintTemplate) { m.Text = "换好了" }, "text"},
		"the longest answer":  {answer, func(m *models.ComplaintTemplate) { m.Text = strings.Repeat("字", 2000) }, ""},
		"one too long":        {answer, func(m *models.ComplaintTemplate) { m.Text = strings.Repeat("字", 2001) }, "text"},
		"no such act":         {answer, func(m *models.ComplaintTemplate) { m.Action = "merge" }, "action"},
	} {
		tc.change(&tc.m)
		err := d.in().PutTemplate(ctx, d.director, tc.m)
		if p := problem.As(err); tc.field == "" && err != nil || tc.field != "" && (p == nil || p.Fields[tc.field].Key == "" || len(p.Fields) != 1) {
			t.Errorf("%s: %v", name, err)
		}
	}
	list, err := d.in().Templates(ctx, "refuse")
	must(t, err)
	if len(list) != 2 || list[0].Reason == "" || list[0].Where == "" || list[0].Contact == "" {
		t.Fatalf("%+v", list)
	}
	for name, a := range map[string]models.Actor{"worker": d.worker, "resident": d.resident} {
		if err := d.in().PutTemplate(ctx, a, answer); !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s adds one: %v", name, err)
		}
		if err := d.in().EndTemplate(ctx, a, list[0].ID); !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s takes one away: %v", name, err)
		}
	}
	other := newDeskIn(t, d.DB, d.DB.Community(t, "other"))
	refused(t, other.in().EndTemplate(ctx, other.director, list[0].ID), problem.Conflict, "page.conflict")
	must(t, d.in().EndTemplate(ctx, d.director, list[0].ID))
	refused(t, d.in().EndTemplate(ctx, d.director, list[0].ID), problem.Conflict, "page.conflict")
}

// The number to call is the last one of an address, and no house number.
func TestTheNumberOfARefusal(t *testing.T) {
	t.Parallel()
	for contact, want := range map[string]string{
		"文三路18号，0571-8800 0000": "0571-8800 0000", "文三路18号 110": "110", "12345": "12345", "+86 571 88000000 文三路": "+86 571 88000000",
		"文三路118号": "118", "文三路": "", "3号楼 2单元": "",
	} {
		if got := (store.Refusal{Contact: contact}).Number(); got != want {
			t.Errorf("%s: %q, want %q", contact, got, want)
		}
	}
}
