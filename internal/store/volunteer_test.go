package store_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// corps is a community with its officers, a leader and a team.
type corps struct {
	*storetest.DB
	t                         testing.TB
	c                         *models.Community
	director, member, another models.Actor
	supervisor, street        models.Actor
	leader                    models.Actor
	lead                      *models.Volunteer
	phone                     int64 // of who logged in last
}

func newCorps(t testing.TB, db *storetest.DB) *corps {
	t.Helper()
	return newCorpsIn(t, db, db.Community(t, "corps"))
}

func newCorpsIn(t testing.TB, db *storetest.DB, c *models.Community) *corps {
	t.Helper()
	k := &corps{DB: db, t: t, c: c}
	k.director = officer(t, db, c.ID, models.RoleDirector, "王主任", 0)
	k.member = officer(t, db, c.ID, models.RoleCommitteeMember, "李委员", 0)
	k.another = officer(t, db, c.ID, models.RoleCommitteeMember, "赵委员", 0)
	k.supervisor = officer(t, db, c.ID, models.RoleSupervisor, "周监督", 0)
	k.street = officer(t, db, c.StreetID, models.RoleStreet, "街道", 0)
	k.leader, k.lead = k.join("陈领队")
	return k
}

func (k *corps) in() *store.Tenant { return k.In(k.c) }

var logins atomic.Int64

// login is a person with a telephone.
func (k *corps) login() models.Actor {
	k.t.Helper()
	k.phone = 13500000000 + logins.Add(1)
	u, err := k.EnsureUser(ctx, storetest.System, fmt.Sprint(k.phone), "")
	must(k.t, err)
	return models.Actor{UserID: u.ID, Name: "v"}
}

func adult(name string) store.VolunteerDraft {
	return store.VolunteerDraft{Name: name, Birth: "1980-05-20", Skills: []string{"company", "errand"}, Agree: true}
}

// join registers somebody new.
func (k *corps) join(name string) (models.Actor, *models.Volunteer) {
	k.t.Helper()
	a := k.login()
	v, err := k.in().Join(ctx, a, adult(name))
	must(k.t, err)
	return a, v
}

// plan is an activity tomorrow, 9 to 11, with so many places.
func (k *corps) draft(places int) store.ActivityDraft {
	begin := models.DateOf(k.Now()).AddDays(1).Time().Add(9 * time.Hour)
	return store.ActivityDraft{LeaderNo: k.lead.Number, Activity: models.Activity{Title: "为老人送餐", Body: "给独居老人送午饭", Place: "食堂", Kind: "cook", Target: "elders", CancelH: 12},
		Jobs: []store.JobDraft{{Title: "送餐", Shifts: []store.ShiftDraft{{Begins: begin, Ends: begin.Add(2 * time.Hour), Places: places}}}}}
}

func (k *corps) activity(places int) (*models.Activity, models.Shift) {
	k.t.Helper()
	a, err := k.in().CreateActivity(ctx, k.member, k.draft(places))
	must(k.t, err)
	return a, k.shifts(a)[0]
}

func (k *corps) shifts(a *models.Activity) []models.Shift {
	k.t.Helper()
	v, err := k.in().ActivityDesk(ctx, a.ID)
	must(k.t, err)
	var all []models.Shift
	for _, s := range v.Shifts {
		all = append(all, s.Shift)
	}
	return all
}

func (k *corps) signUp(a models.Actor, s models.Shift) *models.Signup {
	k.t.Helper()
	got, err := k.in().SignUp(ctx, a, store.Taking{Shift: s.ID})
	must(k.t, err)
	return got
}

// here checks in or out with the code of the moment.
func (k *corps) here(a models.Actor, activity models.ID, out bool) {
	k.t.Helper()
	_, err := k.in().CheckIn(ctx, a, activity, k.in().CheckInCode("activity", activity).Code, out)
	must(k.t, err)
}

// served is a volunteer with a timed record of two hours that waits.
func (k *corps) served(name string) (models.Actor, *models.Volunteer, models.Hours) {
	k.t.Helper()
	act, v := k.join(name)
	a, s := k.activity(5)
	k.signUp(act, s)
	k.Clock.Set(s.BeginsAt.Add(-time.Minute))
	k.here(act, a.ID, false)
	k.Clock.Set(s.EndsAt.Add(time.Minute))
	k.here(act, a.ID, true)
	p, err := k.in().ProposeHours(ctx, k.leader, a.ID)
	must(k.t, err)
	if p.Made != 1 {
		k.t.Fatalf("proposed %+v", p)
	}
	rows, _, err := k.in().MyHours(ctx, v, 0)
	must(k.t, err)
	return act, v, rows[0]
}

func (k *corps) approve(h models.Hours) {
	k.t.Helper()
	left, err := k.in().DecideHours(ctx, k.member, []models.ID{h.ID}, true, "")
	must(k.t, err)
	if len(left) > 0 {
		k.t.Fatalf("%+v", left)
	}
}

func (k *corps) volunteer(id models.ID) models.Volunteer {
	k.t.Helper()
	v, err := k.in().VolunteerDesk(ctx, id)
	must(k.t, err)
	return v.Volunteer
}

func (k *corps) clean() {
	k.t.Helper()
	for _, f := range verify(k.t, k.DB) {
		k.t.Errorf("verify: %s %s", f.Check, f.What)
	}
}

// From the first tap to a certificate that anybody can check.
func TestFromRegistrationToCertificate(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		a, v, h := k.served("孙志愿")
		if h.Minutes != 120 || h.Source != models.HoursTimed || h.Flags != "" || h.State != models.HoursProposed {
			t.Errorf("proposed: %+v", h)
		}
		k.approve(h)
		if got := k.volunteer(v.ID); got.Minutes != 120 || got.LastServed != "2026-11" {
			t.Errorf("credited: %d %s", got.Minutes, got.LastServed)
		}
		day := models.DateOf(db.Now())
		cert, err := k.in().IssueCertificate(ctx, a, store.CertificateWish{From: day.AddDays(-30), Until: day, Remarks: "入学"})
		must(t, err)
		c, err := k.in().CertificateOf(ctx, a, cert.ID)
		must(t, err)
		if s := c.Statement; s.Minutes != 120 || s.Times != 1 || s.Name != "孙志愿" || s.Volunteer != v.Number || s.Head != "王主任" || s.Handler != "李委员" || s.Content != "为老人送餐" || s.Remarks != "入学" {
			t.Errorf("%+v", s)
		}
		if c.Certificate.State != models.CertificateValid || len(c.Token) > 1000 {
			t.Errorf("state %s, %d characters", c.Certificate.State, len(c.Token))
		}
		g, err := k.in().Gauge(ctx, day)
		must(t, err)
		if g.Registered != 2 || g.Active != 1 {
			t.Errorf("gauge: %+v", g.Gauge)
		}
		must(t, k.in().ReverseHours(ctx, k.another, h.ID, "重复登记了"))
		if c, err = db.CheckCertificate(ctx, c.Token); err != nil || c.Certificate.State != models.CertificateRevoked {
			t.Errorf("after the reversal: %v", err)
		}
		if got := k.volunteer(v.ID); got.Minutes != 0 || got.LastServed != "" {
			t.Errorf("after the reversal: %d %q", got.Minutes, got.LastServed)
		}
		k.clean()
	})
}

// Nobody decides about their own hours, nor about what they proposed, nor in
// another community; and what is decided is decided.
func TestWhoMayDecideHours(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		a, v, h := k.served("孙志愿")
		decide := func(by models.Actor, id models.ID) string {
			t.Helper()
			left, err := k.in().DecideHours(ctx, by, []models.ID{id}, true, "")
			must(t, err)
			if len(left) == 0 {
				return ""
			}
			return left[0].Text.Key
		}
		both := appoint(t, db, a, k.c.ID, models.RoleCommitteeMember, 0)
		for name, got := range map[string]string{
			"own": decide(both, h.ID), "leader": decide(k.leader, h.ID), "supervisor": decide(k.supervisor, h.ID), "street": decide(k.street, h.ID),
			"machinist": decide(appoint(t, db, k.another, k.c.StreetID, models.RoleAdmin, 0), h.ID),
		} {
			if want := map[string]string{"own": "hours.own"}[name]; got != want && got != "policy.forbidden" || got == "" {
				t.Errorf("%s: %q", name, got)
			}
		}
		entered, err := k.in().EnterHours(ctx, k.member, store.HoursEntry{Number: v.Number, What: "清扫", Day: "2026-11-20", Minutes: 60, Reason: "停电"})
		must(t, err)
		if got := decide(k.member, entered.ID); got != "hours.proposer" {
			t.Errorf("who entered it approved it: %q", got)
		}
		if got := decide(k.director, entered.ID); got != "" || entered.Flags != "entered" {
			t.Errorf("another: %q, flags %q", got, entered.Flags)
		}
		if got := decide(k.director, entered.ID); got != "policy.state" {
			t.Errorf("twice: %q", got)
		}
		other := newCorpsIn(t, db, db.Community(t, "other"))
		left, err := other.in().DecideHours(ctx, other.member, []models.ID{h.ID}, true, "")
		must(t, err)
		if len(left) != 1 || left[0].Text.Key != "page.notfound" {
			t.Errorf("another community: %+v", left)
		}
		refused(t, other.in().ReverseHours(ctx, other.member, entered.ID, "不是这里的"), problem.NotFound, "page.notfound")
		refused(t, k.in().ReverseHours(ctx, both, entered.ID, "自己冲销"), problem.Forbidden, "hours.own")
		refused(t, k.in().ReverseHours(ctx, k.member, h.ID, "还没有审定"), problem.Conflict, "policy.state")
		must(t, k.in().ReverseHours(ctx, k.member, entered.ID, "记错了日子"))
		refused(t, k.in().ReverseHours(ctx, k.member, entered.ID, "再冲一次"), problem.Conflict, "policy.state")
		k.clean()
	})
}

// A day holds no more than the cap, whoever approves and in whatever order.
func TestDayCapHoldsBetweenTwoProcesses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		second := db.Second(t)
		must(t, second.Load(ctx))
		_, v := k.join("孙志愿")
		var ids []models.ID
		for i := range 8 {
			h, err := k.in().EnterHours(ctx, k.director, store.HoursEntry{Number: v.Number, What: "巡逻", Day: "2026-11-20", Minutes: 100 + i, Reason: "补登"})
			must(t, err)
			ids = append(ids, h.ID)
		}
		done := atOnce(t, 8, func(n int) error {
			s, by := db.Store, k.member
			if n%2 == 1 {
				s, by = second, k.another
			}
			left, err := s.In(k.c).DecideHours(ctx, by, []models.ID{ids[n]}, true, "")
			if err == nil && len(left) > 0 {
				if left[0].Text.Key != "hours.daycap" {
					t.Errorf("%+v", left[0])
				}
				err = problem.New(problem.Conflict, "hours.daycap", nil)
			}
			return err
		})
		if done != 4 {
			t.Errorf("%d of 8 approved; 480 minutes hold four", done)
		}
		k.clean()
	})
}

func TestJoiningByAge(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		young := k.login()
		own := k.phone
		guardian := k.login()
		d := adult("小明")
		d.Birth = "2011-03-01"
		_, err := k.in().Join(ctx, young, d)
		if p := problem.As(err); p == nil || p.Fields["guardian_name"].Key != "form.needed" || p.Fields["guardian_phone"].Key != "volunteer.guardian.phone" {
			t.Errorf("without a guardian: %v", err)
		}
		d.GuardianName, d.GuardianPhone = "小明妈妈", fmt.Sprint(own)
		if _, err = k.in().Join(ctx, young, d); fieldKey(err, "guardian_phone") != "volunteer.guardian.self" {
			t.Errorf("the own phone: %v", err)
		}
		d.GuardianPhone = fmt.Sprint(k.phone)
		v, err := k.in().Join(ctx, young, d)
		must(t, err)
		if v.State != models.VolunteerAwaiting {
			t.Fatalf("%+v", v)
		}
		_, shift := k.activity(2)
		_, err = k.in().SignUp(ctx, young, store.Taking{Shift: shift.ID})
		refused(t, err, problem.Forbidden, "volunteer.serve.awaiting")
		for name, a := range map[string]models.Actor{"the young person": young, "a stranger": k.login()} {
			if _, err := k.in().GuardedVolunteer(ctx, a, v.ID); !problem.Is(err, problem.NotFound) {
				t.Errorf("%s reads it: %v", name, err)
			}
			if err := k.in().DecideGuardian(ctx, a, v.ID, true); !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s consents: %v", name, err)
			}
		}
		must(t, k.in().DecideGuardian(ctx, guardian, v.ID, true))
		refused(t, k.in().DecideGuardian(ctx, guardian, v.ID, false), problem.Conflict, "policy.state")
		k.signUp(young, shift)
		child := adult("小红")
		child.Birth = "2015-03-01"
		if _, err = k.in().Join(ctx, k.login(), child); fieldKey(err, "birth") != "volunteer.birth.parent" {
			t.Errorf("below 14 on a phone: %v", err)
		}
		child.WithParent = true
		if _, err = k.in().Join(ctx, k.login(), child); fieldKey(err, "birth") != "volunteer.birth.parent" {
			t.Errorf("a parent ticked on a phone: %v", err)
		}
		if v, err = k.in().JoinAtDesk(ctx, k.member, child); err != nil || v.State != models.VolunteerActive {
			t.Errorf("at the desk with a parent: %v", err)
		}
		_, err = k.in().JoinAtDesk(ctx, k.leader, child)
		refused(t, err, problem.Forbidden, "policy.forbidden")
		_, err = k.in().Join(ctx, young, adult("小明"))
		refused(t, err, problem.Conflict, "volunteer.join.twice")
		k.clean()
	})
}

func TestPlacesWaitingListAndSwap(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		act, shift := k.activity(1)
		one, _ := k.join("一号")
		two, _ := k.join("二号")
		three, v3 := k.join("三号")
		first := k.signUp(one, shift)
		if again := k.signUp(one, shift); again.ID != first.ID {
			t.Error("a second tap took a second place")
		}
		waiting := k.signUp(two, shift)
		if first.State != models.SignupIn || waiting.State != models.SignupWaiting {
			t.Fatalf("%s %s", first.State, waiting.State)
		}
		refused(t, k.in().CancelSignup(ctx, two, first.ID), problem.NotFound, "page.notfound")
		must(t, k.in().AskSwap(ctx, one, first.ID, v3.Number))
		refused(t, k.in().AskSwap(ctx, one, first.ID, v3.Number), problem.Conflict, "activity.swap.open")
		m, err := k.in().MyService(ctx, v3, db.Now())
		must(t, err)
		if len(m.Swaps) != 1 || m.Swaps[0].Title != act.Title {
			t.Fatalf("%+v", m.Swaps)
		}
		refused(t, k.in().AnswerSwap(ctx, two, m.Swaps[0].Swap.ID, store.Taking{}, true), problem.NotFound, "page.notfound")
		must(t, k.in().AnswerSwap(ctx, three, m.Swaps[0].Swap.ID, store.Taking{}, true))
		k.clean()
		m, err = k.in().MyService(ctx, v3, db.Now())
		must(t, err)
		if len(m.Shifts) != 1 || m.Shifts[0].State != models.SignupIn {
			t.Fatalf("%+v", m.Shifts)
		}
		must(t, k.in().CancelSignup(ctx, three, m.Shifts[0].ID))
		if s := k.shifts(act)[0]; s.Taken != 1 || s.Waiting != 0 {
			t.Errorf("who waited did not move up: %+v", s)
		}
		moved, err := k.in().ActivityForPlaces(ctx, two, act.ID)
		must(t, err)
		if moved.Shifts[0].Mine.State != models.SignupIn {
			t.Errorf("%+v", moved.Shifts[0].Mine)
		}
		db.Clock.Set(shift.BeginsAt.Add(-12*time.Hour + time.Second))
		refused(t, k.in().CancelSignup(ctx, two, waiting.ID), problem.TooLate, "activity.cancel.late")
		k.clean()
	})
}

// One volunteer is never in two places, also when two processes are asked at
// once; and a shift never holds more than its places.
func TestOverlapsAndPlacesBetweenTwoProcesses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		second := db.Second(t)
		must(t, second.Load(ctx))
		begin := models.DateOf(db.Now()).AddDays(1).Time().Add(9 * time.Hour)
		d := k.draft(3)
		d.Jobs[0].Shifts = append(d.Jobs[0].Shifts, store.ShiftDraft{Begins: begin.Add(time.Hour), Ends: begin.Add(3 * time.Hour), Places: 3},
			store.ShiftDraft{Begins: begin.Add(2 * time.Hour), Ends: begin.Add(4 * time.Hour), Places: 3})
		a, err := k.in().CreateActivity(ctx, k.member, d)
		must(t, err)
		s := k.shifts(a)
		one, _ := k.join("一号")
		side := func(n int) *store.Tenant {
			if n%2 == 1 {
				return second.In(k.c)
			}
			return k.in()
		}
		done := atOnce(t, 2, func(n int) error {
			_, err := side(n).SignUp(ctx, one, store.Taking{Shift: s[n].ID})
			return err
		})
		if done != 1 {
			t.Errorf("%d of two overlapping shifts", done)
		}
		two, _ := k.join("二号")
		k.signUp(two, s[0])
		k.signUp(two, s[2]) // they meet and do not overlap
		people := make([]models.Actor, 8)
		for i := range people {
			people[i], _ = k.join(fmt.Sprint("众", i))
		}
		atOnce(t, 8, func(n int) error {
			_, err := side(n).SignUp(ctx, people[n], store.Taking{Shift: s[2].ID})
			return err
		})
		if got := k.shifts(a)[2]; got.Taken != 3 || got.Waiting != 6 {
			t.Errorf("%+v", got)
		}
		k.clean()
	})
}

func TestActivityOfATeamIsOpenedByTheCommittee(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		_, err := k.in().CreateActivity(ctx, k.leader, k.draft(3))
		refused(t, err, problem.Forbidden, "activity.leader.only")
		d := k.draft(3)
		d.Risk, d.RiskText = true, "登高"
		_, err = k.in().CreateActivity(ctx, k.member, d)
		p := problem.As(err)
		if p == nil || p.Fields["safeguard"].Key == "" || p.Fields["insurer"].Key == "" {
			t.Errorf("risky without insurance: %v", err)
		}
		d.Safeguard, d.Insurer, d.PolicyNo, d.InsuredTo = "安全绳", "人保", "P1", models.DateOf(db.Now())
		_, err = k.in().CreateActivity(ctx, k.member, d)
		if fieldKey(err, "insured_to") != "activity.insurance.short" {
			t.Errorf("insured too short: %v", err)
		}
		d.InsuredTo = d.InsuredTo.AddDays(1)
		a, err := k.in().CreateActivity(ctx, k.member, d)
		must(t, err)
		shift := k.shifts(a)[0]
		one, _ := k.join("一号")
		_, err = k.in().SignUp(ctx, one, store.Taking{Shift: shift.ID})
		if fieldKey(err, "agreed") != "volunteer.serve.agree" {
			t.Errorf("without having read the risks: %v", err)
		}
		_, err = k.in().SignUp(ctx, one, store.Taking{Shift: shift.ID, Agreed: true})
		must(t, err)
		must(t, k.in().CancelActivity(ctx, k.member, a.ID, "今天下大雨"))
		_, err = k.in().SignUp(ctx, one, store.Taking{Shift: shift.ID, Agreed: true})
		refused(t, err, problem.Conflict, "activity.shift.cancelled")
		if letters, _, err := db.Inbox(ctx, one.UserID, 0); err != nil || !strings.HasPrefix(letters[0].Text.Key, "activity.tell.cancelled") {
			t.Errorf("told: %v %v", letters, err)
		}
		k.clean()
	})
}
