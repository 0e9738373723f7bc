package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"juwu/internal/photo"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// Near relatives of whom a case is about step aside without being asked: for
// them there is no case either, and none is sent to them.
func TestRelativesOfTheConcernedStepAside(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db)
		second := officer(t, db, d.c.ID, models.RoleSupervisor, "许二", 0)
		_, err := d.in().DeclareKinship(ctx, d.director, store.KinshipDraft{Kin: models.KinSibling, Other: store.Named{Someone: models.Someone{UserID: second.UserID}}})
		must(t, err)
		_, err = d.in().DeclareKinship(ctx, d.director, store.KinshipDraft{Kin: models.KinOther, Other: store.Named{Someone: models.Someone{UserID: d.supervisor.UserID}}})
		must(t, err)
		r := d.report("主任把活动室租给了亲戚")
		r.Category, r.About, r.Concerned, r.Answers = "conduct", models.AboutCommittee, []models.ID{d.director.UserID}, nil
		f, err := d.in().FileComplaint(ctx, d.resident, r)
		must(t, err)
		id := f.Case.ID
		_, err = d.in().OfficeCase(ctx, second, id)
		refused(t, err, problem.NotFound, "page.notfound")
		list, _, err := d.in().Desk(ctx, second, store.DeskFilter{Show: store.ShowAll})
		must(t, err)
		if len(list) != 0 {
			t.Error("a sister finds it in the list")
		}
		if got := d.lettersOf(second); strings.Contains(got, "case") {
			t.Errorf("a sister was told: %s", got)
		}
		_, err = d.in().OfficeCase(ctx, d.supervisor, id)
		must(t, err) // by marriage: no near relative
		_, err = d.in().CaseAct(ctx, d.supervisor, id, "dispatch", store.Act{To: models.Assignee{Kind: models.AssigneeMember, ID: second.UserID}})
		if err == nil {
			t.Error("it was sent to a relative")
		}
		about := r
		about.Once, about.Text = "once-of-another-report", "书记的妹妹在监委会"
		must(t, db.WriteGlobal(ctx, storetest.System, func(tx *store.Tx) error {
			return tx.Model(&models.Appointment{}).Where("user_id = ?", d.supervisor.UserID).Update("ended_at", tx.Now).Error
		}))
		must(t, db.Load(ctx))
		f, err = d.in().FileComplaint(ctx, d.resident, about)
		must(t, err)
		if f.Case.OwnerKind != models.AssigneeStreet {
			t.Errorf("where only a relative sits, it lies with %s", f.Case.OwnerKind)
		}
	})
}

// A case that turns out to be about officials leaves the community's log too.
func TestReservedCasesLeaveTheLog(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db)
		c := d.file("楼道灯坏了三天")
		rows := func(a models.Actor) int {
			list, err := d.in().AuditRows(ctx, a, store.AuditFilter{Limit: 200, Object: c.ID})
			must(t, err)
			return len(list)
		}
		d.act(d.director, c.ID, "assist", store.Act{To: models.Assignee{Kind: models.AssigneeMember, ID: d.member.UserID}})
		if rows(d.director) == 0 || d.lettersOf(d.worker) == "" || d.lettersOf(d.member) == "" {
			t.Fatal("an ordinary case is in the log, and its officers are told")
		}
		d.act(d.director, c.ID, "reserve", store.Act{Text: "与干部有关", About: models.AboutCommittee, Concerned: []models.ID{d.member.UserID}})
		if n := rows(d.director); n != 0 {
			t.Errorf("the director reads %d rows", n)
		}
		if rows(d.supervisor) == 0 {
			t.Error("the supervision committee may know")
		}
		for _, a := range []models.Actor{d.worker, d.member} {
			if got := d.lettersOf(a); strings.Contains(got, "case") {
				t.Errorf("a letter is left: %s", got)
			}
		}
		if n := db.Count(t, "complaint_assists"); n != 0 {
			t.Errorf("%d desks go on assisting", n)
		}
	})
}

// Pictures: nobody but the office and the reporter sees an original that was
// blacked out; the public sees the copy, and only of a public case.
func TestBlackingOutPicturesOfACase(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	d := newCaseDesk(t, db)
	r := d.report("楼道灯坏了三天")
	r.Photos = []store.NewFile{{Name: "a.jpg", Data: snapshot(1)}, {Name: "b.jpg", Data: snapshot(2)}}
	f, err := d.in().FileComplaint(ctx, d.resident, r)
	must(t, err)
	id := f.Case.ID
	v, err := d.in().OfficeCase(ctx, d.worker, id)
	must(t, err)
	original := v.Steps[0].Files[0].ID
	boxes := []photo.Box{{X: 100, Y: 100, W: 300, H: 300}}
	public := func() (ids []models.ID) {
		p, err := d.in().PublicCase(ctx, id)
		must(t, err)
		for _, a := range p.Steps[0].Files {
			ids = append(ids, a.ID)
		}
		return ids
	}
	if len(public()) != 0 {
		t.Error("pictures are public before anybody looked")
	}
	for range 2 {
		must(t, d.in().BlackOutCaseFile(ctx, d.worker, id, original, boxes))
	}
	shown := public()
	if len(shown) != 1 || shown[0] == original {
		t.Fatalf("the public sees %v, the original is %s", shown, original)
	}
	refused(t, d.in().ReleaseCaseFile(ctx, d.worker, id, original, true), problem.Conflict, "attachment.covered")
	if err := d.in().BlackOutCaseFile(ctx, d.worker, id, original, nil); !problem.Is(err, problem.Invalid) {
		t.Errorf("without a box: %v", err)
	}
	if err := d.in().BlackOutCaseFile(ctx, d.worker, id, shown[0], boxes); !problem.Is(err, problem.NotFound) {
		t.Errorf("a copy of a copy: %v", err)
	}
	for name, a := range map[string]models.Actor{"member": d.member, "clerk": d.clerk, "resident": d.resident} {
		if err := d.in().BlackOutCaseFile(ctx, a, id, original, boxes); !problem.Is(err, problem.NotFound) && !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for who, follower := range map[string]store.Follower{"nobody": {}, "another": {Actor: someResident(t, db, "13700000009")}} {
		if _, err := d.in().CaseFile(ctx, follower, id, original); !problem.Is(err, problem.NotFound) {
			t.Errorf("%s sees the original: %v", who, err)
		}
		if _, err := d.in().CaseFile(ctx, follower, id, shown[0]); err != nil {
			t.Errorf("%s does not see the copy: %v", who, err)
		}
	}
	// One that everybody saw already is not seen any more once it is covered.
	second := v.Steps[0].Files[1].ID
	must(t, d.in().ReleaseCaseFile(ctx, d.worker, id, second, true))
	must(t, d.in().BlackOutCaseFile(ctx, d.worker, id, second, boxes))
	if slices.Contains(public(), second) || len(public()) != 2 {
		t.Errorf("the public sees %v, the second original is %s", public(), second)
	}
	own, err := d.in().OwnCase(ctx, d.me(), id)
	must(t, err)
	if len(own.Steps[0].Files) != 2 || own.Steps[0].Files[0].ID != original {
		t.Errorf("the reporter sees their own pictures: %+v", own.Steps[0].Files)
	}
	if _, err := d.in().CaseFile(ctx, d.me(), id, original); err != nil {
		t.Error(err)
	}
	d.act(d.worker, id, "triage", store.Act{Triage: &store.Triage{Category: "repair", Kind: models.KindHelp, Hidden: true}})
	if _, err := d.in().CaseFile(ctx, store.Follower{}, id, shown[0]); !problem.Is(err, problem.NotFound) {
		t.Errorf("of a private case nothing is public: %v", err)
	}
	if bad := d.verify(); len(bad) > 0 {
		t.Error(bad)
	}
}

// Rows of few cases are published together, or not at all.
func TestSmallRowsAreFolded(t *testing.T) {
	t.Parallel()
	rows := func(n ...int) (list []store.CaseRow) {
		for i, x := range n {
			list = append(list, store.CaseRow{Key: fmt.Sprint(i), CaseFigures: store.CaseFigures{Received: x, Solved: 1}})
		}
		return list
	}
	for _, tc := range []struct{ in, want []int }{
		{[]int{9, 5}, []int{9, 5}}, {[]int{9, 4, 1}, []int{9, 5}}, {[]int{9, 6, 4}, []int{9, 10}}, {[]int{9, 1}, nil},
		{[]int{4}, nil}, {[]int{2, 2}, nil}, {[]int{3, 2}, nil}, {nil, nil},
	} {
		var got []int
		for _, r := range store.FoldSmall(rows(tc.in...)) {
			got = append(got, r.Received)
		}
		if fmt.Sprint(got) != fmt.Sprint(tc.want) {
			t.Errorf("%v: %v, want %v", tc.in, got, tc.want)
		}
	}
	if f := store.FoldSmall(rows(9, 4, 1)); f[1].Key != store.FewCases || f[1].Solved != 2 {
		t.Errorf("%+v", f)
	}
}

// What somebody with the database in hand would change, verify finds.
func TestVerifyFindsWhatWasDoneToCases(t *testing.T) {
	t.Parallel()
	for what, do := range map[string]func(d *caseDesk, c models.Complaint) error{
		"timeline broken": func(d *caseDesk, c models.Complaint) error {
			return d.Exec(ctx, "DELETE FROM complaint_events WHERE case_id = ? AND seq = 2", c.ID)
		},
		"says 3 steps": func(d *caseDesk, c models.Complaint) error {
			return d.Exec(ctx, "DELETE FROM complaint_events WHERE case_id = ? AND seq = 3", c.ID)
		},
		"its timeline ends at": func(d *caseDesk, c models.Complaint) error {
			return d.Exec(ctx, "UPDATE complaints SET state = 'assigned' WHERE id = ?", c.ID)
		},
		"marked open": func(d *caseDesk, c models.Complaint) error {
			return d.Exec(ctx, "UPDATE complaints SET open = ? WHERE id = ?", false, c.ID)
		},
		"is due": func(d *caseDesk, c models.Complaint) error {
			return d.Exec(ctx, "UPDATE complaints SET due_day = '2027-11-24' WHERE id = ?", c.ID)
		},
		"nobody who may have it": func(d *caseDesk, c models.Complaint) error {
			return d.Exec(ctx, "UPDATE complaints SET owner_kind = '' WHERE id = ?", c.ID)
		},
		"less secret": func(d *caseDesk, c models.Complaint) error {
			return d.Exec(ctx, "UPDATE complaints SET level = 'anonymous' WHERE id = ?", c.ID)
		},
		"belongs to no step": func(d *caseDesk, c models.Complaint) error {
			return d.Exec(ctx, "UPDATE attachments SET owner_id = 7 WHERE owner_kind = 'case'")
		},
		"cannot be read": func(d *caseDesk, c models.Complaint) error {
			return filepath.WalkDir(filepath.Join(d.Opt.DataDir, "files"), func(path string, e os.DirEntry, err error) error {
				if err == nil && !e.IsDir() {
					err = os.Remove(path)
				}
				return err
			})
		},
	} {
		t.Run(what, func(t *testing.T) {
			db := storetest.New(t)
			d := newCaseDesk(t, db)
			r := d.report("楼道灯坏了三天")
			r.Photos = []store.NewFile{{Name: "a.jpg", Data: snapshot(1)}}
			f, err := d.in().FileComplaint(ctx, d.resident, r)
			must(t, err)
			d.act(d.worker, f.Case.ID, "note", store.Act{Text: "已去看过"})
			c := d.act(d.worker, f.Case.ID, "note", store.Act{Text: "还要再去"})
			if bad := d.verify(); len(bad) > 0 {
				t.Fatal(bad)
			}
			must(t, do(d, *c))
			if bad := fmt.Sprint(d.verify()); !strings.Contains(bad, what) {
				t.Errorf("verify says %s", bad)
			}
		})
	}
}

// The inbox, a case, the list for everybody and the statistics ask the database
// as often with one case as with fifty, and with two steps as with thirty.
func TestCasesAskAConstantNumberOfQueries(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	d := newCaseDesk(t, db)
	c := d.file("楼道灯坏了三天")
	n := db.CountQueries(t)
	asked := func(do func() error) int64 {
		before := n.Load()
		must(t, do())
		return n.Load() - before
	}
	reads := map[string]func() error{
		"inbox": func() error {
			_, _, err := d.in().Desk(ctx, d.director, store.DeskFilter{Show: store.ShowOpen})
			return err
		},
		"grid inbox": func() error {
			_, _, err := d.in().Desk(ctx, d.worker, store.DeskFilter{Show: store.ShowMine})
			return err
		},
		"grid, everything": func() error {
			_, _, err := d.in().Desk(ctx, d.worker, store.DeskFilter{Show: store.ShowAll})
			return err
		},
		"case":     func() error { _, err := d.in().OfficeCase(ctx, d.director, c.ID); return err },
		"own case": func() error { _, err := d.in().OwnCase(ctx, d.me(), c.ID); return err },
		"public":   func() error { _, _, err := d.in().PublicCases(ctx, store.PublicCaseFilter{}); return err },
		"board":    func() error { _, err := d.in().CaseStats(ctx, "2026-11", "2026-11"); return err },
		"visits":   func() error { _, err := d.in().VisitDesk(ctx, d.worker, store.VisitFilter{}); return err },
	}
	few := map[string]int64{}
	for name, read := range reads {
		few[name] = asked(read)
	}
	d.doors(20)
	for i := range 50 {
		d.resident = someResident(t, db, fmt.Sprintf("1371%07d", i/9))
		d.file(fmt.Sprintf("第%d盏楼道灯坏了", i))
	}
	for i := range 28 {
		d.act(d.worker, c.ID, "note", store.Act{Text: fmt.Sprintf("第%d次去看", i)})
	}
	d.resident = someResident(t, db, "13700000001")
	for name, read := range reads {
		if got := asked(read); got != few[name] || got > 25 {
			t.Errorf("%s: %d queries, with one case %d", name, got, few[name])
		}
	}
}

// What is about officials is taken down by those who may know of it, named or
// not; an officer who may not cannot enter it by a form of their own.
func TestWhoTakesDownWhatIsAboutOfficials(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	d := newCaseDesk(t, db)
	for _, level := range []models.ComplaintLevel{models.LevelNamed, models.LevelAnonymous} {
		for name, tc := range map[string]struct {
			by    models.Actor
			about models.ComplaintAbout
			may   bool
		}{
			"director": {d.director, models.AboutCommittee, false}, "worker": {d.worker, models.AboutStreet, false}, "supervisor": {d.supervisor, models.AboutCommittee, true},
			"supervisor of the own": {d.supervisor, models.AboutSupervisor, false}, "street": {d.street, models.AboutSupervisor, true}, "street of the own": {d.street, models.AboutStreet, false},
			"director, nobody": {d.director, models.AboutNobody, true},
		} {
			r := d.report("有人说活动室租给了亲戚")
			r.ByOfficer, r.Channel, r.Level, r.About, r.Category, r.Answers = true, models.ChannelDesk, level, tc.about, "conduct", nil
			f, err := d.in().FileComplaint(ctx, tc.by, r)
			if !tc.may {
				refused(t, err, problem.Forbidden, "policy.forbidden")
				continue
			}
			if err != nil {
				t.Fatalf("%s %s: %v", name, level, err)
			}
			if _, err := d.in().OfficeCase(ctx, d.director, f.Case.ID); tc.about != models.AboutNobody && !problem.Is(err, problem.NotFound) {
				t.Errorf("%s %s: the director reads it: %v", name, level, err)
			}
		}
	}
}

// The telephone of who reported is given to whoever works on a named case, of a
// confidential one to the first receiver only, and of an anonymous one to nobody;
// that somebody looked stands in the timeline for the office, and not for the
// reporter.
func TestWhoIsGivenTheTelephone(t *testing.T) {
	t.Parallel()
	d := newCaseDesk(t, storetest.New(t))
	level := func(l models.ComplaintLevel) models.ID {
		c := d.reportOf(d.resident, "楼上每天半夜放音乐", func(r *store.Report) { r.Level = l }).Case
		d.act(d.director, c.ID, "dispatch", store.Act{To: models.Assignee{Kind: models.AssigneeMember, ID: d.member.UserID}})
		return c.ID
	}
	named, hidden, nobody := level(models.LevelNamed), level(models.LevelConfidential), level(models.LevelAnonymous)
	for name, tc := range map[string]struct {
		by  models.Actor
		id  models.ID
		may bool
	}{
		"named, holder": {d.member, named, true}, "named, first": {d.worker, named, true}, "named, dispatcher": {d.director, named, true},
		"confidential, first": {d.worker, hidden, true}, "confidential, holder": {d.member, hidden, false}, "confidential, dispatcher": {d.director, hidden, false},
		"anonymous, first": {d.worker, nobody, false}, "anonymous, holder": {d.member, nobody, false}, "a resident": {d.resident, named, false}, "another post": {d.clerk, named, false},
	} {
		phone, err := d.in().CallReporter(ctx, tc.by, tc.id)
		if !tc.may {
			if phone != "" || !problem.Is(err, problem.NotFound) && !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s: %q %v", name, phone, err)
			}
			continue
		}
		if err != nil || phone != "13700000001" {
			t.Errorf("%s: %q %v", name, phone, err)
		}
	}
	looked := func(v *store.CaseView, err error) (n int) {
		must(t, err)
		for _, s := range v.Steps {
			if s.Text == store.SawPhone {
				n++
			}
		}
		return n
	}
	if n := looked(d.in().OfficeCase(ctx, d.director, named)); n != 3 {
		t.Errorf("the office reads that %d looked", n)
	}
	if n := looked(d.in().OwnCase(ctx, d.me(), named)); n != 0 {
		t.Errorf("the reporter reads that %d looked", n)
	}
}
