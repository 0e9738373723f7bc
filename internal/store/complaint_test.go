package store_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"strings"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// caseDesk is a community with a grid, a building, officers and a resident.
type caseDesk struct {
	*desk
	grid, building models.ID
	worker         models.Actor
	resident       models.Actor
	n              int
}

func newCaseDesk(t testing.TB, db *storetest.DB) *caseDesk {
	t.Helper()
	return newCaseDeskIn(t, db, db.Community(t, "hemuli"))
}

func newCaseDeskIn(t testing.TB, db *storetest.DB, c *models.Community) *caseDesk {
	t.Helper()
	d := &caseDesk{desk: newDeskIn(t, db, c)}
	must(t, d.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		d.grid, d.building = tx.NewID(), tx.NewID()
		if err := tx.Create(&models.Grid{Tenant: models.Tenant{ID: d.grid}, Name: "第1网格"}).Error; err != nil {
			return err
		}
		return tx.Create(&models.Building{Tenant: models.Tenant{ID: d.building}, GridID: d.grid, Name: "3幢"}).Error
	}))
	d.worker = gridWorker(t, db, d.c.ID, d.grid)
	d.resident = someResident(t, db, "13700000001")
	return d
}

func someResident(t testing.TB, db *storetest.DB, phone string) models.Actor {
	t.Helper()
	u, err := db.EnsureUser(ctx, storetest.System, phone, "")
	must(t, err)
	return models.Actor{UserID: u.ID}
}

func gridWorker(t testing.TB, db *storetest.DB, community, grid models.ID) models.Actor {
	t.Helper()
	a := officer(t, db, community, models.RoleGridWorker, "网格员", 0)
	must(t, db.WriteGlobal(ctx, storetest.System, func(tx *store.Tx) error {
		return tx.Model(&models.Appointment{}).Where("user_id = ?", a.UserID).Update("grid_id", grid).Error
	}))
	must(t, db.Load(ctx))
	a.Appointments[0].GridID = grid
	return a
}

func (d *caseDesk) report(text string) store.Report {
	d.n++
	return store.Report{
		Once: fmt.Sprintf("once-%012d", d.n), Category: "repair", Channel: models.ChannelWeb, Level: models.LevelNamed, Text: text,
		BuildingID: d.building, PinX: -1, PinY: -1, Answers: []models.ComplaintAnswer{{Question: "object", Answer: "路灯"}},
	}
}

func (d *caseDesk) file(text string) models.Complaint {
	d.t.Helper()
	f, err := d.in().FileComplaint(ctx, d.resident, d.report(text))
	must(d.t, err)
	return f.Case
}

func (d *caseDesk) act(a models.Actor, id models.ID, action string, act store.Act) *models.Complaint {
	d.t.Helper()
	c, err := d.in().CaseAct(ctx, a, id, action, act)
	if err != nil {
		d.t.Fatalf("%s: %v", action, err)
	}
	return c
}

func (d *caseDesk) say(f store.Follower, id models.ID, action string, w store.Word) *models.Complaint {
	d.t.Helper()
	c, err := d.in().ReporterAct(ctx, f, id, action, w)
	if err != nil {
		d.t.Fatalf("%s: %v", action, err)
	}
	return c
}

func (d *caseDesk) me() store.Follower { return store.Follower{Actor: d.resident} }

// snapshot is a small photograph.
func snapshot(shade uint8) []byte {
	m := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range 1200 {
		m.Set(i%40, i/40, color.RGBA{shade, uint8(i), 99, 255})
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, m, nil)
	return b.Bytes()
}

// The main way: filed, dispatched, taken up, answered, rated, closed.
func TestACaseFromTheFirstWordToItsRating(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db)
		c := d.file("3幢楼道灯坏了三天，我是2单元501的张三先生，电话13812345678")
		if c.State != models.ComplaintReceived || c.OwnerKind != models.AssigneeGrid || c.OwnerID != d.grid || c.DueDay != "2026-11-24" || c.PromiseDay != "2026-12-02" {
			t.Errorf("%+v", c)
		}
		if !strings.Contains(c.Number, "民情〔2026〕1号") || !c.Public || strings.Contains(c.PublicText, "13812345678") || strings.Contains(c.PublicText, "501") || strings.Contains(c.PublicText, "张三") {
			t.Errorf("%s %q", c.Number, c.PublicText)
		}
		if got := d.lettersOf(d.worker); got != "case.tell.new" {
			t.Errorf("worker: %s", got)
		}
		d.act(d.worker, c.ID, "triage", store.Act{Triage: &store.Triage{Category: "repair", Kind: models.KindHelp}})
		d.act(d.director, c.ID, "dispatch", store.Act{To: models.Assignee{Kind: models.AssigneeMember, ID: d.member.UserID}})
		d.act(d.member, c.ID, "accept", store.Act{})
		now := d.act(d.member, c.ID, "answer", store.Act{Text: "换了三只灯泡，师傅电话13911112222", Photos: []store.NewFile{{Name: "after.jpg", Data: snapshot(9)}}})
		if now.State != models.ComplaintAnswered || now.RespondedAt == nil || now.AnsweredAt == nil || strings.Contains(now.Answer, "13911112222") || now.Late {
			t.Errorf("%+v", now)
		}
		own, err := d.in().OwnCase(ctx, d.me(), c.ID)
		must(t, err)
		if !strings.Contains(own.Body.Text, "13812345678") || len(own.Steps) == 0 || !strings.Contains(own.Steps[len(own.Steps)-1].Text, "13911112222") || len(own.Steps[len(own.Steps)-1].Files) != 1 {
			t.Errorf("the reporter reads all of it: %+v", own.Steps)
		}
		public, err := d.in().PublicCase(ctx, c.ID)
		must(t, err)
		for _, s := range public.Steps {
			if strings.Contains(s.Text, "13911112222") || s.By != "" || len(s.Files) > 0 || s.Internal {
				t.Errorf("the public reads %+v", s)
			}
		}
		if got := d.lettersOf(d.resident); got != "case.tell.answered case.tell.accepted" {
			t.Errorf("resident: %s", got)
		}
		d.say(d.me(), c.ID, "rate", store.Word{Rating: &store.Rating{Solved: true, Satisfied: true}})
		end, err := d.in().OwnCase(ctx, d.me(), c.ID)
		must(t, err)
		if end.State != models.ComplaintClosed || !end.Rated || !end.Solved || !end.Satisfied || end.Open {
			t.Errorf("%+v", end.Complaint)
		}
		if bad := d.verify(); len(bad) > 0 {
			t.Error(bad)
		}
	})
}

func (d *caseDesk) lettersOf(a models.Actor) string {
	d.t.Helper()
	return (&askDesk{desk: d.desk}).letters(a)
}

// Sent twice, from two processes at once, it is one case; sent by somebody
// else with the same key it is nothing.
func TestTheSameReportTwiceIsOneCase(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db)
		second := db.Second(t)
		must(t, second.Load(ctx))
		r := d.report("楼道灯坏了三天")
		done := make(chan *store.Filed, 6)
		for i := range 6 {
			s := db.Store
			if i%2 == 1 {
				s = second
			}
			go func() {
				f, err := s.In(d.c).FileComplaint(ctx, d.resident, r)
				if err != nil {
					t.Error(err)
				}
				done <- f
			}()
		}
		first := <-done
		for range 5 {
			if f := <-done; f != nil && first != nil && f.Case.ID != first.Case.ID {
				t.Error("two cases of one report")
			}
		}
		if n := db.Count(t, "complaints"); n != 1 {
			t.Errorf("%d cases", n)
		}
		_, err := d.in().FileComplaint(ctx, someResident(t, db, "13700000002"), r)
		refused(t, err, problem.NotFound, "page.notfound")
	})
}

// An anonymous case leaves nothing that leads to whoever sent it, and is
// followed by its code.
func TestAnonymousLeavesNoTrace(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db)
		from := store.Sender{Device: bytes.Repeat([]byte{7}, 32), IP: "203.0.113.9"}
		draft, err := d.in().KeepDraft(ctx, from, "report", map[string]string{"a": "b"}, []store.NewFile{{Name: "a.jpg", Data: snapshot(1)}}, 0)
		must(t, err)
		r := d.report("楼上每天半夜放音乐")
		r.Level, r.From, r.Draft = models.LevelAnonymous, from, draft
		f, err := d.in().FileComplaint(ctx, d.resident, r)
		must(t, err)
		if len(f.Code) != 19 || f.Case.Public || f.Case.PublicText != "" {
			t.Errorf("%q %+v", f.Code, f.Case)
		}
		again, err := d.in().FileComplaint(ctx, models.Actor{}, r)
		must(t, err)
		if again.Code != f.Code || again.Case.ID != f.Case.ID {
			t.Error("the answer that was lost is given again")
		}
		user, device := d.resident.UserID.String(), fmt.Sprintf("%q", string(from.Device))
		for _, table := range []string{"complaints", "complaint_events", "complaint_reporters", "complaint_parties", "attachments", "drafts", "audit_rows", "limits", "outbox_messages", "inbox_messages"} {
			dump := linesWithout(db.Dump(t, table), "user.create") // that there is such a person is no secret
			for _, trace := range []string{user, strings.Trim(device, `"`), from.IP, f.Code, strings.ReplaceAll(f.Code, "-", ""), "半夜放音乐"} {
				if strings.Contains(dump, trace) {
					t.Errorf("%s holds %q", table, trace)
				}
			}
		}
		if n := d.traces(d.resident) + int64(db.Count(t, "complaint_reporters")); n != 0 {
			t.Errorf("%d rows lead to who reported", n)
		}
		id, err := d.in().Track(ctx, from, strings.ToLower(f.Code))
		must(t, err)
		own, err := d.in().OwnCase(ctx, store.Follower{Code: f.Code}, id)
		must(t, err)
		if own.Body.Text != "楼上每天半夜放音乐" || len(own.Steps[0].Files) != 1 {
			t.Errorf("%+v", own)
		}
		_, err = d.in().OwnCase(ctx, d.me(), id)
		refused(t, err, problem.NotFound, "page.notfound")
		_, err = d.in().PublicCase(ctx, id)
		refused(t, err, problem.NotFound, "page.notfound")
		d.act(d.worker, id, "answer", store.Act{Text: "已经上门劝说"})
		d.say(store.Follower{Code: f.Code}, id, "rate", store.Word{Rating: &store.Rating{}, Text: "昨晚还在放"})
		d.say(store.Follower{Code: f.Code}, id, "reopen", store.Word{Text: "昨晚还在放"})
		_, err = d.in().ReporterAct(ctx, store.Follower{Code: "AAAA-AAAA-AAAA-AAAA"}, id, "withdraw", store.Word{Text: "不想提了"})
		refused(t, err, problem.NotFound, "page.notfound")
	})
}

func TestGuessingCodesIsStopped(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db)
		r := d.report("楼上每天半夜放音乐")
		r.Level = models.LevelAnonymous
		f, err := d.in().FileComplaint(ctx, models.Actor{}, r)
		must(t, err)
		from := store.Sender{Device: []byte("device of a guesser, 32 bytes..."), IP: "203.0.113.9"}
		for i := range 10 {
			if _, err := d.in().Track(ctx, from, f.Code); err != nil {
				t.Fatalf("a right code is no guess: %v", err)
			}
			_, err := d.in().Track(ctx, from, fmt.Sprintf("0000-0000-0000-%04d", i))
			if p := problem.As(err); p == nil || p.Fields["code"].Key != "case.track.wrong" {
				t.Fatalf("guess %d: %v", i, err)
			}
		}
		for _, code := range []string{"0000-0000-0000-0099", f.Code} {
			_, err := d.in().Track(ctx, from, code)
			refused(t, err, problem.TooMany, "page.toomany")
		}
		d.Clock.Add(25 * time.Hour)
		_, err = d.in().Track(ctx, from, f.Code)
		must(t, err)
	})
}

// What is about the committee goes past it: no list, no count, no number, no
// letter, no audit row, no file tells its members that it exists.
func TestAboutTheCommitteeIsOutOfItsSight(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db)
		first := d.file("楼道灯坏了三天")
		r := d.report("主任把活动室租给了亲戚")
		r.Category, r.About, r.Concerned, r.Answers, r.Photos = "conduct", models.AboutCommittee, []models.ID{d.director.UserID}, nil, []store.NewFile{{Name: "a.jpg", Data: snapshot(3)}}
		f, err := d.in().FileComplaint(ctx, d.resident, r)
		must(t, err)
		c := f.Case
		if c.OwnerKind != models.AssigneeSupervisor || c.Public || !strings.Contains(c.Number, "监督〔2026〕1号") {
			t.Errorf("%+v", c)
		}
		after := d.file("楼道灯又坏了三天")
		if !strings.Contains(after.Number, "民情〔2026〕2号") || !strings.Contains(first.Number, "民情〔2026〕1号") {
			t.Errorf("a gap tells: %s %s", first.Number, after.Number)
		}
		view, err := d.in().OfficeCase(ctx, d.supervisor, c.ID)
		must(t, err)
		file := view.Steps[0].Files[0].ID
		for name, a := range map[string]models.Actor{"director": d.director, "member": d.member, "clerk": d.clerk, "worker": d.worker} {
			if _, err := d.in().OfficeCase(ctx, a, c.ID); !problem.Is(err, problem.NotFound) {
				t.Errorf("%s reads it: %v", name, err)
			}
			for _, show := range store.DeskShows {
				list, _, err := d.in().Desk(ctx, a, store.DeskFilter{Show: show})
				must(t, err)
				for _, row := range list {
					if row.ID == c.ID {
						t.Errorf("%s finds it under %s", name, show)
					}
				}
			}
			for _, number := range []string{c.Number, "1"} {
				list, _, err := d.in().Desk(ctx, a, store.DeskFilter{Number: number})
				must(t, err)
				for _, row := range list {
					if row.ID == c.ID {
						t.Errorf("%s finds it by %s", name, number)
					}
				}
			}
			for action := range map[string]bool{"note": true, "answer": true, "dispatch": true, "merge": true, "reserve": true} {
				_, err := d.in().CaseAct(ctx, a, c.ID, action, store.Act{Text: "试一试看", Other: first.ID, To: models.Assignee{Kind: models.AssigneeDuty}})
				if !problem.Is(err, problem.NotFound) && !problem.Is(err, problem.Forbidden) {
					t.Errorf("%s %s: %v", name, action, err)
				}
			}
			if _, err := d.in().OfficeFile(ctx, a, file, models.DateOf(db.Now())); !problem.Is(err, problem.NotFound) && !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s sees the picture: %v", name, err)
			}
			if _, err := d.in().OfficeCaseFile(ctx, a, c.ID, file); !problem.Is(err, problem.NotFound) {
				t.Errorf("%s sees the picture: %v", name, err)
			}
			if s := d.lettersOf(a); strings.Contains(s, "case") && name != "worker" {
				t.Errorf("%s was told: %s", name, s)
			}
		}
		_, err = d.in().CaseAct(ctx, d.director, first.ID, "merge", store.Act{Other: c.ID, Text: "同一件事"})
		if p := problem.As(err); p == nil || p.Fields["other"].Key != "case.merge.other" {
			t.Errorf("merging tells that it exists: %v", err)
		}
		_, err = d.in().PublicCase(ctx, c.ID)
		refused(t, err, problem.NotFound, "page.notfound")
		month, err := d.in().CaseMonth(ctx, "2026-11")
		must(t, err)
		if month.Received != 2 {
			t.Errorf("counted: %d", month.Received)
		}
		rows, err := d.in().AuditRows(ctx, d.director, store.AuditFilter{Limit: 100})
		must(t, err)
		for _, row := range rows {
			if row.ObjectID == c.ID {
				t.Error("the community's log names it")
			}
		}
		d.act(d.supervisor, c.ID, "answer", store.Act{Text: "已经收回活动室"})
		d.say(d.me(), c.ID, "rate", store.Word{Rating: &store.Rating{Solved: true, Satisfied: true}})
		if bad := d.verify(); len(bad) > 0 {
			t.Error(bad)
		}
	})
}

// Several officers act on the same case at the same moment, in two processes: of
// each pair one is told that the other was faster, the timeline has no gap, and
// nobody gets an error that says nothing.
func TestOfficersActAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db)
		second := db.Second(t)
		must(t, second.Load(ctx))
		for i := range 4 {
			c := d.file(fmt.Sprintf("第%d盏楼道灯坏了", i))
			acts := []func(s *store.Store) error{
				func(s *store.Store) error {
					_, err := s.In(d.c).CaseAct(ctx, d.director, c.ID, "dispatch", store.Act{To: models.Assignee{Kind: models.AssigneeMember, ID: d.member.UserID}})
					return err
				},
				func(s *store.Store) error {
					_, err := s.In(d.c).CaseAct(ctx, d.worker, c.ID, "answer", store.Act{Text: "灯换好了"})
					return err
				},
				func(s *store.Store) error {
					_, err := s.In(d.c).CaseAct(ctx, d.director, c.ID, "refuse", store.Act{Reason: "outside", Where: "小区物业", Contact: "2幢底层 057188000000"})
					return err
				},
			}
			done := make(chan error, 6)
			for n := range 6 {
				s := db.Store
				if n%2 == 1 {
					s = second
				}
				go func() { done <- acts[n%3](s) }()
			}
			steps := 1
			for range 6 {
				switch err := <-done; {
				case err == nil:
					steps++
				case problem.As(err) == nil:
					t.Error(err)
				}
			}
			v, err := d.in().OfficeCase(ctx, d.director, c.ID)
			must(t, err)
			if len(v.Steps) != steps {
				t.Errorf("%d steps of %d acts", len(v.Steps), steps)
			}
		}
		if bad := d.verify(); len(bad) > 0 {
			t.Error(bad)
		}
	})
}

// While somebody types, the open cases of their corner are offered, their own
// building's first; private ones are not, nor is another's thanks.
func TestWhatIsOfferedAsTheSameThing(t *testing.T) {
	t.Parallel()
	d := newCaseDesk(t, storetest.New(t))
	next := models.Building{Name: "4幢", GridID: d.grid}
	must(t, d.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		next.ID = tx.NewID()
		return tx.Create(&next).Error
	}))
	file := func(change func(*store.Report)) models.ID {
		r := d.report("三单元门口的路灯不亮")
		change(&r)
		f, err := d.in().FileComplaint(ctx, d.resident, r)
		must(t, err)
		return f.Case.ID
	}
	here := file(func(*store.Report) {})
	there := file(func(r *store.Report) { r.BuildingID = next.ID })
	file(func(r *store.Report) { r.Private = true })
	file(func(r *store.Report) { r.Level = models.LevelConfidential })
	file(func(r *store.Report) { r.Category, r.Answers = "praise", nil })
	done := file(func(*store.Report) {})
	d.act(d.director, done, "refuse", store.Act{Reason: "outside", Where: "小区物业", Contact: "2幢底层 057188000000"})
	for _, x := range []struct {
		category string
		building models.ID
		want     []models.ID
	}{{"repair", d.building, []models.ID{here, there}}, {"repair", next.ID, []models.ID{there, here}}, {"praise", d.building, nil}, {"noise", d.building, nil}, {"repair", 0, nil}} {
		list, err := d.in().SimilarCases(ctx, x.category, 0, x.building)
		must(t, err)
		var got []models.ID
		for _, c := range list {
			got = append(got, c.ID)
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%s at %d: %v, want %v", x.category, x.building, got, x.want)
		}
	}
}
