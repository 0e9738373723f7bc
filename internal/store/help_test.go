package store_test

import (
	"slices"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// From an elder's wish to the thanks: who may read what, and hours that another
// person approves.
func TestHelpFromTheWishToTheThanks(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		family, stranger := k.login(), k.login()
		helper, v := k.join("孙志愿")
		d := store.HelpDraft{HelpPerson: store.HelpPerson{Name: "吴奶奶", Address: "3号楼501", Phone: "13912345678", Detail: "吴奶奶要去医院，电话13912345678"}, Kind: "company", Target: "elders",
			WantedAt: db.Now().Add(26 * time.Hour).Truncate(time.Hour), Minutes: 90, For: "family"}
		h, err := k.in().AskHelp(ctx, family, d)
		must(t, err)
		matches, err := k.in().HelpMatches(ctx, h)
		must(t, err)
		if len(matches) != 2 {
			t.Fatalf("%d could help, want the leader and the helper", len(matches))
		}
		read := func(a models.Actor) (*store.HelpView, error) { return k.in().Help(ctx, a, h.ID) }
		if _, err := read(stranger); !problem.Is(err, problem.NotFound) {
			t.Errorf("a stranger reads it: %v", err)
		}
		refused(t, k.in().OfferHelp(ctx, family, h.ID, v.ID), problem.Forbidden, "policy.forbidden")
		must(t, k.in().OfferHelp(ctx, k.member, h.ID, v.ID))
		if x, err := read(helper); err != nil || x.Person != nil || x.Brief == d.Detail {
			t.Errorf("before a yes the helper reads %+v %v", x, err)
		}
		refused(t, k.in().AnswerHelp(ctx, k.leader, h.ID, true), problem.NotFound, "page.notfound")
		must(t, k.in().AnswerHelp(ctx, helper, h.ID, true))
		if x, err := read(helper); err != nil || x.Person == nil || x.Person.Address != "3号楼501" {
			t.Errorf("after a yes: %+v %v", x, err)
		}
		refused(t, k.in().ConfirmHelp(ctx, family, h.ID, 90, "谢谢"), problem.TooEarly, "help.early")
		db.Clock.Set(d.WantedAt.Add(2 * time.Hour))
		refused(t, k.in().ConfirmHelp(ctx, stranger, h.ID, 90, "谢谢"), problem.NotFound, "page.notfound")
		must(t, k.in().ConfirmHelp(ctx, family, h.ID, 80, "谢谢您陪着去"))
		refused(t, k.in().ConfirmHelp(ctx, family, h.ID, 80, ""), problem.Conflict, "page.conflict")
		rows, _, err := k.in().MyHours(ctx, v, 0)
		must(t, err)
		if len(rows) != 1 || rows[0].Minutes != 80 || rows[0].Source != models.HoursClient || rows[0].State != models.HoursProposed {
			t.Errorf("%+v", rows)
		}
		m, err := k.in().MyService(ctx, v, db.Now())
		must(t, err)
		if len(m.Thanks) != 1 {
			t.Errorf("%+v", m.Thanks)
		}
		k.clean()
	})
}

// A visit is due by its rhythm: the due day is in time, the day after it is
// told once, also by two processes.
func TestMissedVisitIsToldOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		second := db.Second(t)
		must(t, second.Load(ctx))
		a, v := k.join("孙志愿")
		p, err := k.in().Pair(ctx, k.member, store.PairDraft{Number: v.Number, Name: "吴奶奶", Place: "3号楼501", EveryDays: 7})
		must(t, err)
		_, err = k.in().Pair(ctx, k.member, store.PairDraft{Number: v.Number, Name: "吴奶奶", Place: "3号楼501", EveryDays: 7})
		refused(t, err, problem.Conflict, "pairing.twice")
		told := func() int {
			t.Helper()
			n, err := db.AlarmVisits(ctx, db.Now())
			must(t, err)
			m, err := second.AlarmVisits(ctx, db.Now())
			must(t, err)
			return n + m
		}
		db.Clock.Add(7 * 24 * time.Hour)
		if n := told(); n != 0 {
			t.Errorf("on the due day: %d", n)
		}
		db.Clock.Add(24 * time.Hour)
		if n := told(); n != 1 {
			t.Errorf("the day after: %d", n)
		}
		if n := told(); n != 0 {
			t.Errorf("again: %d", n)
		}
		refused(t, k.in().RecordVisit(ctx, k.leader, p.ID, 30, "", false), problem.NotFound, "page.notfound")
		must(t, k.in().RecordVisit(ctx, a, p.ID, 30, "一切都好", false))
		refused(t, k.in().RecordVisit(ctx, a, p.ID, 30, "", false), problem.Conflict, "pairing.visited")
		if n := told(); n != 0 {
			t.Errorf("after a visit: %d", n)
		}
		k.clean()
	})
}

func TestGroupIsReviewedAndFiled(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		g, err := k.in().AskFiling(ctx, k.leader, store.TeamDraft{Name: "晨练队", Purpose: "早上一起打太极", Contact: "小广场 每天6点", Roster: []string{"张三", " 李四 ", "张三", ""}})
		must(t, err)
		if names, err := k.in().RosterOf(*g); err != nil || !slices.Equal(names, []string{"张三", "李四"}) {
			t.Errorf("filed with %q: %v", names, err)
		}
		refused(t, k.in().DecideGroup(ctx, k.street, g.ID, true, ""), problem.Forbidden, "policy.forbidden")
		k.ownGroup()
		must(t, k.in().DecideGroup(ctx, k.member, g.ID, true, ""))
		refused(t, k.in().DecideGroup(ctx, k.member, g.ID, true, ""), problem.Forbidden, "policy.forbidden")
		must(t, k.in().DecideGroup(ctx, k.street, g.ID, true, ""))
		refused(t, k.in().DecideGroup(ctx, k.street, g.ID, true, ""), problem.Conflict, "policy.state")
		teams, err := k.in().Teams(ctx)
		must(t, err)
		if len(teams) != 1 || teams[0].Number == "" || teams[0].FiledOn == "" {
			t.Errorf("%+v", teams)
		}
		a, _ := k.join("孙志愿")
		must(t, k.in().JoinTeam(ctx, a, g.ID))
		refused(t, k.in().JoinTeam(ctx, a, g.ID), problem.Conflict, "filing.member")
		plan := k.draft(3)
		plan.TeamID = g.ID
		act, err := k.in().CreateActivity(ctx, k.leader, plan)
		must(t, err)
		if act.State != models.ActivityAsked {
			t.Errorf("a leader's activity is %s", act.State)
		}
		must(t, k.in().DecideActivity(ctx, k.member, act.ID, true, ""))
		k.clean()
	})
}

// ownGroup: a committee member who asks for a group of their own leaves it to
// the others; a refused one keeps no names.
func (k *corps) ownGroup() {
	k.t.Helper()
	_, err := k.in().Join(ctx, k.another, adult("赵委员"))
	must(k.t, err)
	g, err := k.in().AskFiling(ctx, k.another, store.TeamDraft{Name: "合唱队", Purpose: "每周三晚上唱歌", Contact: "活动室", Roster: []string{"张三", "李四"}})
	must(k.t, err)
	for _, yes := range []bool{true, false} {
		refused(k.t, k.in().DecideGroup(ctx, k.another, g.ID, yes, "活动室排不开"), problem.Forbidden, "hours.own")
	}
	must(k.t, k.in().DecideGroup(ctx, k.member, g.ID, false, "活动室排不开"))
	var row models.Team
	must(k.t, k.in().Write(ctx, storetest.System, func(tx *store.Tx) error { return tx.Where("id = ?", g.ID).Take(&row).Error }))
	if row.State != models.TeamRefused || len(row.Roster) > 0 {
		k.t.Errorf("%+v", row)
	}
	_, err = k.in().AskFiling(ctx, k.leader, store.TeamDraft{Name: "独舞队", Purpose: "一个人跳舞", Contact: "活动室", Roster: []string{"张三"}})
	if fieldKey(err, "roster") != "filing.roster.count" {
		k.t.Errorf("%v", err)
	}
}

// Who is below full age on the day is not matched to help in a stranger's home,
// not asked by the desk past the list, and not paired; from the birthday on, yes.
func TestMinorIsNotSentIntoAHome(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		wanted := db.Now().Add(26 * time.Hour).Truncate(time.Hour)
		birthday := models.DateOf(wanted).Time()
		young := func(days int) *models.Volunteer {
			d := adult("小明")
			d.Birth, d.WithParent = models.DateOf(birthday.AddDate(-18, 0, days)), true
			v, err := k.in().JoinAtDesk(ctx, k.member, d)
			must(t, err)
			return v
		}
		minor, grown := young(1), young(0)
		h, err := k.in().AskHelp(ctx, k.login(), store.HelpDraft{HelpPerson: store.HelpPerson{Name: "吴奶奶", Address: "3号楼501", Phone: "13912345678", Detail: "要去医院"},
			Kind: "company", WantedAt: wanted, Minutes: 90, For: "family"})
		must(t, err)
		matches, err := k.in().HelpMatches(ctx, h)
		must(t, err)
		asked := func(v *models.Volunteer) bool {
			return slices.ContainsFunc(matches, func(m store.HelpMatch) bool { return m.ID == v.ID })
		}
		if asked(minor) || !asked(grown) {
			t.Errorf("the minor is matched: %v, who is 18 on the day: %v", asked(minor), asked(grown))
		}
		refused(t, k.in().OfferHelp(ctx, k.member, h.ID, minor.ID), problem.Forbidden, "volunteer.serve.home")
		must(t, k.in().OfferHelp(ctx, k.member, h.ID, grown.ID))
		pair := store.PairDraft{Number: minor.Number, Name: "吴奶奶", Place: "3号楼501", EveryDays: 7}
		if _, err := k.in().Pair(ctx, k.member, pair); fieldKey(err, "number") != "volunteer.serve.home" {
			t.Errorf("a minor is paired: %v", err)
		}
		db.Clock.Add(2 * 24 * time.Hour)
		_, err = k.in().Pair(ctx, k.member, pair)
		must(t, err)
		k.unfit(minor)
		k.clean()
	})
}

// unfit: a birthday that is put right afterwards, or is not known, makes the
// living pairing the office's task, to the day.
func (k *corps) unfit(v *models.Volunteer) {
	k.t.Helper()
	today := models.DateOf(k.Now())
	for _, c := range []struct {
		birth models.Date
		want  int
	}{
		{"", 1}, {models.DateOf(today.Time().AddDate(-18, 0, 1)), 1}, {models.DateOf(today.Time().AddDate(-18, 0, 0)), 0}, {"1980-05-20", 0},
		{v.Birth, 0}, // as it was: the gauge counts it
	} {
		must(k.t, k.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
			return tx.Model(&models.Volunteer{}).Where("id = ?", v.ID).UpdateColumn("birth", c.birth).Error
		}))
		got, err := k.in().Unfit(ctx, today)
		must(k.t, err)
		if len(got) != c.want {
			k.t.Errorf("born %q: %d unfit", c.birth, len(got))
		}
	}
}
