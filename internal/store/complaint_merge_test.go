package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// reportOf files for somebody, changed.
func (d *caseDesk) reportOf(a models.Actor, text string, change func(*store.Report)) *store.Filed {
	d.t.Helper()
	r := d.report(text)
	if change != nil {
		change(&r)
	}
	f, err := d.in().FileComplaint(ctx, a, r)
	must(d.t, err)
	return f
}

// Whoever's case was merged reads the outcome on their own page, masked, though
// the other case is private; and gets the own case back when its reporter
// withdraws the one it went into.
func TestWhatWasMergedIsNotLost(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db)
		other := store.Follower{Actor: someResident(t, db, "13700000002")}
		private := func(r *store.Report) { r.Private = true }
		lead, mine := d.reportOf(d.resident, "三楼水管漏水", private).Case, d.reportOf(other.Actor, "三楼的水管在漏", private).Case
		d.act(d.director, mine.ID, "merge", store.Act{Other: lead.ID, Text: "同一件事"})
		own, err := d.in().OwnCase(ctx, other, mine.ID)
		must(t, err)
		if own.Into == nil || own.Into.Number != lead.Number || own.IntoOpen || own.Outcome != nil {
			t.Errorf("%+v open %v, %v", own.Into, own.IntoOpen, own.Outcome)
		}
		d.act(d.director, lead.ID, "answer", store.Act{Text: "水管换好了，电话13912345678"})
		if own, err = d.in().OwnCase(ctx, other, mine.ID); err != nil || own.Outcome == nil || !strings.Contains(own.Outcome.Text, "水管换好了") || strings.Contains(own.Outcome.Text, "13912345678") {
			t.Errorf("%+v %v", own.Outcome, err)
		}
		_, err = d.in().OwnCase(ctx, other, lead.ID)
		refused(t, err, problem.NotFound, "page.notfound")

		second, third := d.reportOf(d.resident, "门口的灯坏了", nil).Case, d.reportOf(other.Actor, "门口灯不亮", nil).Case
		d.act(d.director, third.ID, "merge", store.Act{Other: second.ID, Text: "同一件事"})
		d.Clock.Add(20 * 24 * time.Hour)
		d.say(d.me(), second.ID, "withdraw", store.Word{Text: "自己换好了"})
		if own, err = d.in().OwnCase(ctx, other, third.ID); err != nil || own.State != models.ComplaintTriaged || !own.Open || own.Into != nil || own.OwnerKind == "" ||
			own.DueDay < models.DateOf(db.Now()) || own.PromiseDay < models.DateOf(db.Now()) {
			t.Errorf("%+v %v", own.Complaint, err)
		}
		if got := d.lettersOf(other.Actor); !strings.HasPrefix(got, "case.tell.revived") {
			t.Errorf("told: %s", got)
		}
		if bad := d.verify(); len(bad) > 0 {
			t.Error(bad)
		}
	})
}

// A case that turns out to be about officials takes along what was merged into
// it: nothing of either is left in the sight of whom they are about.
func TestReservingTakesTheMergedAlong(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db)
		other := store.Follower{Actor: someResident(t, db, "13700000002")}
		lead, mine := d.file("活动室租给了谁"), d.reportOf(other.Actor, "活动室怎么租出去了", nil).Case
		d.act(d.director, mine.ID, "merge", store.Act{Other: lead.ID, Text: "同一件事"})
		d.act(d.worker, lead.ID, "reserve", store.Act{Text: "与主任有关", About: models.AboutCommittee, Concerned: []models.ID{d.director.UserID}})
		for _, id := range []models.ID{lead.ID, mine.ID} {
			for _, a := range []models.Actor{d.director, d.worker, d.member} {
				_, err := d.in().OfficeCase(ctx, a, id)
				refused(t, err, problem.NotFound, "page.notfound")
				list, _, err := d.in().Desk(ctx, a, store.DeskFilter{Show: store.ShowAll})
				must(t, err)
				if slices.ContainsFunc(list, func(c store.DeskCase) bool { return c.ID == id }) {
					t.Errorf("%s finds it", a.Name)
				}
			}
			rows, err := d.in().AuditRows(ctx, d.director, store.AuditFilter{Limit: 200, Object: id})
			must(t, err)
			if len(rows) > 0 {
				t.Error("the log names it")
			}
			_, err = d.in().PublicCase(ctx, id)
			refused(t, err, problem.NotFound, "page.notfound")
			v, err := d.in().OfficeCase(ctx, d.supervisor, id)
			must(t, err)
			if !strings.Contains(v.Number, "监督") {
				t.Errorf("its number is still %s", v.Number)
			}
		}
		own, err := d.in().OwnCase(ctx, other, mine.ID)
		must(t, err)
		if own.Into == nil {
			t.Error("its reporter does not learn where it went")
		}
		if bad := d.verify(); len(bad) > 0 {
			t.Error(bad)
		}
	})
}

// What is split from an anonymous case is followed by the same code, and goes to
// nobody who stepped back from the whole.
func TestPartsOfAnAnonymousCase(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db)
		anonymous := func(r *store.Report) { r.Level = models.LevelAnonymous }
		f, stranger := d.reportOf(models.Actor{}, "楼上漏水，楼下堆着垃圾", anonymous), d.reportOf(models.Actor{}, "半夜放音乐", anonymous)
		d.act(d.director, f.Case.ID, "dispatch", store.Act{To: models.Assignee{Kind: models.AssigneeGrid, ID: d.grid}})
		d.act(d.worker, f.Case.ID, "recuse", store.Act{Text: "是我家楼上"})
		part, err := d.in().SplitCase(ctx, d.director, f.Case.ID, "hygiene", "楼下堆着垃圾没人收")
		must(t, err)
		if part.OwnerKind != models.AssigneeDuty {
			t.Errorf("it lies with %v", part.Owner())
		}
		_, err = d.in().OfficeCase(ctx, d.worker, part.ID)
		refused(t, err, problem.NotFound, "page.notfound")
		for _, id := range []models.ID{f.Case.ID, part.ID} {
			own, err := d.in().OwnCase(ctx, store.Follower{Code: f.Code}, id)
			must(t, err)
			if len(own.Parts) != 1 {
				t.Errorf("%d parts", len(own.Parts))
			}
			_, err = d.in().OwnCase(ctx, store.Follower{Code: stranger.Code}, id)
			refused(t, err, problem.NotFound, "page.notfound")
		}
		d.act(d.director, part.ID, "answer", store.Act{Text: "已经清走了"})
		d.say(store.Follower{Code: f.Code}, part.ID, "rate", store.Word{Rating: &store.Rating{Solved: true, Satisfied: true}})
		if bad := d.verify(); len(bad) > 0 {
			t.Error(bad)
		}
	})
}

// What somebody asked to be private is not published by sorting it.
func TestPrivateStaysPrivate(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	d := newCaseDesk(t, db)
	for _, private := range []bool{true, false} {
		c := d.reportOf(d.resident, "三楼水管漏水", func(r *store.Report) { r.Private = private }).Case
		got := d.act(d.director, c.ID, "triage", store.Act{Triage: &store.Triage{Category: "hygiene", Kind: models.KindHelp}})
		if got.Public == private || (got.PublicText != "") == private {
			t.Errorf("private %v: public %v %q", private, got.Public, got.PublicText)
		}
	}
}
