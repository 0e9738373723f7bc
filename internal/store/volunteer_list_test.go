package store_test

import (
	"fmt"
	"strings"
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

const oldVolunteers = `姓名,志愿者编号,出生日期,性别,身份证号,手机号,政治面貌,服务技能,累计服务时长（小时）
程凯兰,330105000000001,,女,999999199609070084,19900000001,中共党员,陪伴老人、维修,120.5
刘外来,330105000000002,1975-03-02,男,,13800000002,群众,,10小时30分钟
吴海,330105000000003,1950-01-01,男,,19900000003,,翻译,0
小孙,330105000000004,2012-03-02,,,,,,5
刘外来,330105000000002,1975-03-02,男,,13800000002,群众,,10
钱错号,1,1975-03-02,男,,1380000,群众,,x
`

// Volunteers of another system come in with their number and their hours: after
// a preview, once, and the hours count when another person has approved them.
func TestVolunteersAreTakenOver(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newRollWorld(t, db)
		k := newCorpsIn(t, db, w.c)
		people := func(data string) (*models.Import, error) {
			return k.in().StageList(ctx, k.member, models.ImportVolunteers, "旧.csv", []byte(data))
		}
		_, err := k.in().StageList(ctx, k.supervisor, models.ImportVolunteers, "x.csv", []byte(oldVolunteers))
		refused(t, err, problem.Forbidden, "policy.forbidden")
		// 吴海 is registered here already.
		wu := w.find(t, "吴海")
		d := adult("吴海")
		d.ResidentID = wu.ID
		here, err := k.in().JoinAtDesk(ctx, k.member, d)
		must(t, err)
		im, err := people(oldVolunteers)
		must(t, err)
		v, err := k.in().List(ctx, k.member, models.ImportVolunteers, im.ID)
		must(t, err)
		if r := v.Report; r.Add != 2 || r.Tie != 1 || r.Bad != 3 || r.Minutes != 7230+630 {
			t.Fatalf("%+v", r)
		}
		var cells []string
		for _, e := range v.Report.Errors {
			cells = append(cells, e.Cell+" "+e.Key)
		}
		want := "B6 sheet.list.twice,B7 sheet.list.badNational,F7 sheet.roll.badPhone,I7 sheet.list.badHours,C5 list.minor"
		for _, one := range strings.Split(want, ",") {
			if !strings.Contains(strings.Join(cells, ","), one) {
				t.Errorf("no %s in %v", one, cells)
			}
		}
		if s := v.Samples; len(s) != 3 || s[0].Name == "程凯兰" || strings.Contains(s[0].Number, "0000000001") {
			t.Errorf("the preview names %+v", s)
		}
		if n := k.registered(); n != 2 {
			t.Errorf("%d registered before the confirmation", n)
		}
		_, err = newCorpsIn(t, db, db.Community(t, "other")).in().ConfirmList(ctx, k.member, models.ImportVolunteers, im.ID)
		refused(t, err, problem.Forbidden, "policy.forbidden")
		second := db.Second(t)
		must(t, second.Load(ctx))
		if done := atOnce(t, 2, func(n int) error {
			s := []*store.Store{db.Store, second}[n]
			_, err := s.In(k.c).ConfirmList(ctx, k.member, models.ImportVolunteers, im.ID)
			return err
		}); done != 1 {
			t.Errorf("came in %d times", done)
		}
		if n := k.registered(); n != 4 {
			t.Errorf("%d registered", n)
		}
		again, err := people(oldVolunteers)
		must(t, err)
		if again.ID != im.ID || again.State != models.ImportConfirmed {
			t.Errorf("the same file is %+v", again)
		}
		changed, err := people(oldVolunteers + "\n")
		must(t, err)
		if v, err = k.in().List(ctx, k.member, models.ImportVolunteers, changed.ID); err != nil || v.Report.Add+v.Report.Tie != 0 || v.Report.Same != 3 {
			t.Errorf("the same people in another file: %+v %v", v.Report, err)
		}
		k.clean()
		k.takenOverHours(im.ID, here.ID)
	})
}

func (k *corps) registered() int {
	k.t.Helper()
	g, err := k.in().Gauge(ctx, models.DateOf(k.Now()))
	must(k.t, err)
	return g.Registered
}

// takenOverHours: pending, never decided by who brought them in, marked.
func (k *corps) takenOverHours(im, here models.ID) {
	k.t.Helper()
	left, done, err := k.in().DecideList(ctx, k.member, im, true, "")
	must(k.t, err)
	if done != 0 || len(left) != 2 || left[0].Text.Key != "hours.proposer" {
		k.t.Errorf("who brought them in approves %d: %+v", done, left)
	}
	if _, done, err = k.in().DecideList(ctx, k.another, im, true, ""); err != nil || done != 2 {
		k.t.Errorf("another approves %d: %v", done, err)
	}
	rows, _, err := k.in().VolunteerList(ctx, store.VolunteerFilter{Words: "刘外来"}, 0)
	must(k.t, err)
	if len(rows) != 1 || rows[0].Minutes != 630 || rows[0].TakenOver != 630 || rows[0].LastServed != "" {
		k.t.Errorf("%+v", rows)
	}
	if v := k.volunteer(here); len(v.NationalIndex) == 0 {
		k.t.Error("the number was not tied to the registration that is here")
	}
	k.clean()
	// The person logs in: the registration with telephone and name becomes theirs.
	u, err := k.EnsureUser(ctx, storetest.System, "13800000002", "")
	must(k.t, err)
	v, err := k.in().Join(ctx, models.Actor{UserID: u.ID, Name: "刘外来"}, adult("刘外来"))
	must(k.t, err)
	if v.ID != rows[0].ID || k.volunteer(v.ID).Minutes != 630 {
		k.t.Errorf("a second registration: %+v", v)
	}
	k.clean()
}

// Hours from a sheet: marked, pending, under the caps, never twice.
func TestHoursComeFromASheet(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		_, v := k.join("孙志愿")
		own, mine := k.join("李委员")
		both := appoint(t, db, own, k.c.ID, models.RoleCommitteeMember, 0)
		n := v.Number
		file := fmt.Sprintf(`志愿者编号,姓名,日期,开始时间,结束时间,时长,服务内容
%[1]s,孙志愿,2026-11-20,09:00,11:00,,清扫楼道
%[1]s,孙志愿,2026-11-20,10:30,11:30,,搬书
%[1]s,别人,2026-11-20,,,1,清扫
%[1]s,,2026-11-20,,,6.5,巡逻
%[1]s,,2026-11-20,,,6,巡逻
%[1]s,,2026-11-21,,,1,巡逻
%[1]s,,2026-11-21,,,1,巡逻
%[2]s,,2026-11-21,,,1,巡逻
202600000,,2026-11-21,,,1,巡逻
%[1]s,,2025-01-01,,,1,巡逻
%[1]s,,2026-11-22,15:00,14:00,,巡逻
`, n, mine.Number)
		im, err := k.in().StageList(ctx, both, models.ImportHours, "时长.csv", []byte(file))
		must(t, err)
		l, err := k.in().List(ctx, both, models.ImportHours, im.ID)
		must(t, err)
		if r := l.Report; r.Add != 3 || r.Bad != 8 || r.Minutes != 120+360+60 {
			t.Errorf("%+v", r)
		}
		want := map[string]string{"D3": "list.overlap", "B4": "list.othername", "F5": "hours.daycap", "A8": "list.sameperson", "A9": "hours.own", "A10": "volunteer.number.unknown", "C11": "hours.day.wrong", "E12": "sheet.list.endsBefore"}
		for _, e := range l.Report.Errors {
			if want[e.Cell] != e.Key {
				t.Errorf("%s: %s, want %s", e.Cell, e.Key, want[e.Cell])
			}
		}
		_, err = k.in().ConfirmList(ctx, both, models.ImportHours, im.ID)
		must(t, err)
		_, err = k.in().ConfirmList(ctx, both, models.ImportHours, im.ID)
		refused(t, err, problem.Conflict, "page.conflict")
		rows, _, err := k.in().MyHours(ctx, v, 0)
		must(t, err)
		if len(rows) != 3 || rows[0].State != models.HoursProposed || rows[0].Source != models.HoursImported || !strings.Contains(rows[0].Flags, "entered") {
			t.Errorf("%+v", rows)
		}
		if got := k.volunteer(v.ID); got.Minutes != 0 {
			t.Errorf("%d minutes count before anybody approved", got.Minutes)
		}
		if _, done, err := k.in().DecideList(ctx, both, im.ID, true, ""); err != nil || done != 0 {
			t.Errorf("who brought them in approves %d: %v", done, err)
		}
		if _, done, err := k.in().DecideList(ctx, k.another, im.ID, true, ""); err != nil || done != 3 {
			t.Errorf("another approves %d: %v", done, err)
		}
		k.clean()
		// What was brought in meanwhile is seen when the list is confirmed.
		late, err := k.in().StageList(ctx, k.member, models.ImportHours, "b.csv", []byte("志愿者编号,日期,时长,服务内容\n"+n+",2026-11-23,5,清扫\n"))
		must(t, err)
		_, err = k.in().EnterHours(ctx, k.director, store.HoursEntry{Number: n, What: "巡逻", Day: "2026-11-23", Minutes: 240, Reason: "补登"})
		must(t, err)
		r, err := k.in().ConfirmList(ctx, k.member, models.ImportHours, late.ID)
		must(t, err)
		if r.Add != 0 || r.Bad != 1 {
			t.Errorf("over the cap at the confirmation: %+v", r)
		}
		k.clean()
	})
}
