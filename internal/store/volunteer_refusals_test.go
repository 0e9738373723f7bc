package store_test

import (
	"strings"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

func TestAVolunteerIsNotRegisteredFromNonsense(t *testing.T) {
	t.Parallel()
	k := newCorps(t, storetest.New(t))
	before := k.Count(t, "volunteers")
	for _, c := range []struct {
		field, key string
		change     func(*store.VolunteerDraft)
	}{
		{"name", "form.needed", func(d *store.VolunteerDraft) { d.Name = " " }},
		{"skills", "volunteer.skills.needed", func(d *store.VolunteerDraft) { d.Skills = []string{"flying"} }},
		{"agree", "volunteer.agree.needed", func(d *store.VolunteerDraft) { d.Agree = false }},
	} {
		d := adult("孙志愿")
		c.change(&d)
		atField(t, second(k.in().Join(ctx, k.login(), d)), c.field, c.key)
	}
	if n := k.Count(t, "volunteers"); n != before {
		t.Errorf("%d volunteers of what was refused", n-before)
	}

	today := models.DateOf(k.Now())
	self, own := k.join("林志愿")
	both := appoint(t, k.DB, self, k.c.ID, models.RoleCommitteeMember, 0)
	refused(t, k.in().SetTrainings(ctx, both, own.ID, []string{"first_aid"}), problem.Forbidden, "hours.own")
	refused(t, k.in().Exclude(ctx, both, own.ID, today.AddDays(30), "登记了假时长"), problem.Forbidden, "hours.own")
	atField(t, k.in().Exclude(ctx, k.member, own.ID, today.AddDays(30), "假"), "reason", "policy.reason")
	for _, until := range []models.Date{today, today.AddDays(-1), today.AddDays(3*366 + 1)} {
		atField(t, k.in().Exclude(ctx, k.member, own.ID, until, "登记了假时长"), "until", "volunteer.exclude.until")
	}
	refused(t, k.in().Exclude(ctx, k.member, own.ID, "", "查清了，没有造假"), problem.Conflict, "policy.state") // who is not out is not let back
	if v := k.volunteer(own.ID); v.State != models.VolunteerActive || v.Training != "" {
		t.Errorf("%+v", v)
	}
	must(t, k.in().Exclude(ctx, k.member, own.ID, today.AddDays(30), "登记了假时长"))
	refused(t, k.in().Exclude(ctx, k.member, own.ID, today.AddDays(60), "登记了假时长"), problem.Conflict, "policy.state")
}

func TestAnActivityIsNotPlannedFromNonsense(t *testing.T) {
	t.Parallel()
	k := newCorps(t, storetest.New(t))
	for _, c := range []struct {
		field, key string
		change     func(d *store.ActivityDraft, s *store.ShiftDraft)
	}{
		{"title", "form.needed", func(d *store.ActivityDraft, _ *store.ShiftDraft) { d.Title = " " }},
		{"place", "form.needed", func(d *store.ActivityDraft, _ *store.ShiftDraft) { d.Place = "" }},
		{"leader", "activity.leader.needed", func(d *store.ActivityDraft, _ *store.ShiftDraft) { d.LeaderNo = "4711" }},
		{"shifts", "activity.shifts.needed", func(d *store.ActivityDraft, _ *store.ShiftDraft) { d.Jobs[0].Shifts = nil }},
		{"places", "form.number", func(_ *store.ActivityDraft, s *store.ShiftDraft) { s.Places = 0 }},
		{"begins", "activity.shift.quarter", func(_ *store.ActivityDraft, s *store.ShiftDraft) { s.Begins = s.Begins.Add(time.Minute) }},
		{"ends", "activity.shift.order", func(_ *store.ActivityDraft, s *store.ShiftDraft) { s.Ends = s.Begins }},
		{"ends", "activity.shift.long", func(_ *store.ActivityDraft, s *store.ShiftDraft) {
			s.Ends = s.Begins.Add(12*time.Hour + 15*time.Minute)
		}},
		{"begins", "activity.shift.past", func(_ *store.ActivityDraft, s *store.ShiftDraft) {
			s.Begins = s.Begins.AddDate(0, 0, -1)
			s.Ends = s.Ends.AddDate(0, 0, -1)
		}},
	} {
		d := k.draft(3)
		c.change(&d, &d.Jobs[0].Shifts[0])
		atField(t, second(k.in().CreateActivity(ctx, k.member, d)), c.field, c.key)
	}
	if n := k.Count(t, "activities") + k.Count(t, "shifts"); n != 0 {
		t.Errorf("%d rows of what was refused", n)
	}

	team := store.TeamDraft{Name: "送餐队", Purpose: "给老人送餐", Contact: "食堂", LeaderNo: k.lead.Number}
	unknown := team
	unknown.LeaderNo = "4711"
	atField(t, second(k.in().CreateTeam(ctx, k.member, unknown)), "leader", "volunteer.number.unknown")
	g, err := k.in().CreateTeam(ctx, k.member, team)
	must(t, err)
	atField(t, second(k.in().CreateTeam(ctx, k.member, team)), "name", "filing.name.taken")
	group := store.TeamDraft{Name: "晨练队", Purpose: "早上一起打太极", Contact: "小广场", Roster: []string{strings.Repeat("张", 31), "李四"}}
	atField(t, second(k.in().AskFiling(ctx, k.leader, group)), "roster", "filing.roster.long")
	group.Roster[0] = "张三"
	filed, err := k.in().AskFiling(ctx, k.leader, group)
	must(t, err)
	atField(t, k.in().DecideGroup(ctx, k.member, filed.ID, false, "不"), "reason", "policy.reason")

	plan := k.draft(3)
	plan.TeamID = g.ID
	a, err := k.in().CreateActivity(ctx, k.leader, plan)
	must(t, err)
	atField(t, k.in().DecideActivity(ctx, k.member, a.ID, false, "不"), "reason", "policy.reason")
	both := appoint(t, k.DB, k.leader, k.c.ID, models.RoleCommitteeMember, 0)
	refused(t, k.in().DecideActivity(ctx, both, a.ID, true, ""), problem.Forbidden, "activity.own")
	must(t, k.in().DecideActivity(ctx, k.member, a.ID, true, ""))
	atField(t, k.in().CancelActivity(ctx, k.leader, a.ID, "雨"), "reason", "policy.reason")
	must(t, k.in().CancelActivity(ctx, k.leader, a.ID, "当天下大雨"))
	refused(t, second(k.in().IssueDevice(ctx, k.leader, a.ID, 0)), problem.Conflict, "activity.over")
}

// Who came: with a place, in the order of the day, and never by their own word.
func TestPresenceIsNotWrittenAtWill(t *testing.T) {
	t.Parallel()
	k := newCorps(t, storetest.New(t))
	act, v := k.join("孙志愿")
	stranger, other := k.join("何志愿")
	a, s := k.activity(3)
	place := k.signUp(act, s)
	refused(t, second(k.in().ActivityForPlaces(ctx, stranger, a.ID)), problem.Forbidden, "activity.checkin.noplace")
	for _, number := range []string{"4711", v.Number} { // nobody, and oneself
		atField(t, k.in().AskSwap(ctx, act, place.ID, number), "number", "activity.swap.nobody")
	}
	must(t, k.in().AskSwap(ctx, act, place.ID, other.Number))
	mine, err := k.in().MyService(ctx, other, k.Now())
	must(t, err)
	swap := mine.Swaps[0].ID
	k.signUp(stranger, s) // on their own, meanwhile
	refused(t, k.in().AnswerSwap(ctx, stranger, swap, store.Taking{}, true), problem.Conflict, "activity.overlap")

	k.Clock.Set(s.BeginsAt)
	refused(t, k.in().AnswerSwap(ctx, stranger, swap, store.Taking{}, true), problem.TooLate, "activity.over")
	refused(t, k.in().AskSwap(ctx, act, place.ID, other.Number), problem.Conflict, "policy.state")
	code := func() string { return k.in().CheckInCode("activity", a.ID).Code }
	refused(t, second(k.in().CheckIn(ctx, k.leader, a.ID, code(), false)), problem.Forbidden, "activity.checkin.noplace")
	refused(t, second(k.in().CheckIn(ctx, act, a.ID, code(), true)), problem.Conflict, "activity.checkout.first")
	refused(t, k.in().DeskAttendance(ctx, k.leader, s.ID, k.lead.ID, s.BeginsAt, s.EndsAt), problem.Forbidden, "hours.own")
	atField(t, k.in().DeskAttendance(ctx, k.leader, s.ID, v.ID, s.BeginsAt, s.EndsAt), "minutes", "activity.attendance.times") // is not over yet
	k.Clock.Set(s.EndsAt.Add(2 * time.Hour))
	for _, c := range [][2]time.Time{{s.BeginsAt.Add(-61 * time.Minute), s.EndsAt}, {s.BeginsAt, s.EndsAt.Add(61 * time.Minute)}, {s.BeginsAt, s.BeginsAt}} {
		atField(t, k.in().DeskAttendance(ctx, k.leader, s.ID, v.ID, c[0], c[1]), "minutes", "activity.attendance.times")
	}
	if n := k.Count(t, "attendances"); n != 0 {
		t.Errorf("%d came by what was refused", n)
	}
	must(t, k.in().DeskAttendance(ctx, k.leader, s.ID, v.ID, s.BeginsAt, s.EndsAt))
	refused(t, k.in().DeskAttendance(ctx, k.leader, s.ID, v.ID, s.BeginsAt, s.EndsAt), problem.Conflict, "activity.attendance.twice")
	late, _ := k.join("迟志愿")
	refused(t, second(k.in().SignUp(ctx, late, store.Taking{Shift: s.ID})), problem.TooLate, "activity.over")
	k.clean()
}
