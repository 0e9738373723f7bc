package store_test

import (
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// Leaving gives back what was promised, and needs no reason; what was served
// stays.
func TestLeavingFreesWhatWasPromised(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		a, v, h := k.served("孙志愿")
		k.approve(h)
		_, shift := k.activity(2)
		place := k.signUp(a, shift)
		_, other := k.join("二号")
		must(t, k.in().AskSwap(ctx, a, place.ID, other.Number))
		p, err := k.in().Pair(ctx, k.member, store.PairDraft{Number: v.Number, Name: "吴奶奶", Place: "3号楼501", EveryDays: 7})
		must(t, err)
		help, err := k.in().AskHelp(ctx, k.login(), store.HelpDraft{HelpPerson: store.HelpPerson{Name: "吴奶奶", Address: "3号楼501", Phone: "13912345678", Detail: "取药"}, Kind: "company", Target: "elders",
			WantedAt: db.Now().Add(50 * time.Hour).Truncate(time.Hour), Minutes: 60, For: "family"})
		must(t, err)
		must(t, k.in().OfferHelp(ctx, k.member, help.ID, v.ID))
		must(t, k.in().AnswerHelp(ctx, a, help.ID, true))
		g, err := k.in().CreateTeam(ctx, k.member, store.TeamDraft{Name: "送餐队", Purpose: "送餐", Contact: "食堂", LeaderNo: v.Number})
		must(t, err)
		must(t, k.in().Leave(ctx, a))
		refused(t, k.in().Leave(ctx, a), problem.NotFound, "volunteer.serve.none")
		if got := k.volunteer(v.ID); got.State != models.VolunteerLeft || got.Minutes != 120 || got.LeftAt == nil {
			t.Errorf("%+v", got)
		}
		if n := k.registered(); n != 2 {
			t.Errorf("%d registered", n)
		}
		open, err := k.in().HelpQueue(ctx, models.HelpOpen)
		must(t, err)
		if len(open) != 1 || open[0].VolunteerID != 0 {
			t.Errorf("the request for help: %+v", open)
		}
		pairs, err := k.in().Pairings(ctx)
		must(t, err)
		m, err := k.in().MyService(ctx, other, db.Now())
		must(t, err)
		teams, err := k.in().Teams(ctx)
		must(t, err)
		if len(pairs) != 0 || len(m.Swaps) != 0 || teams[0].ID != g.ID || teams[0].Members != 0 {
			t.Errorf("pairings %d (%s), swaps %d, team %+v", len(pairs), p.ID, len(m.Swaps), teams)
		}
		_, err = k.in().SignUp(ctx, a, store.Taking{Shift: shift.ID})
		refused(t, err, problem.Forbidden, "volunteer.serve.none")
		k.clean()
		// Coming back is a new registration.
		back, err := k.in().Join(ctx, a, adult("孙志愿"))
		must(t, err)
		if back.ID == v.ID || k.registered() != 3 {
			t.Errorf("%+v", back)
		}
		k.clean()
	})
}

// Closing the account, moving away, dying and a roll without the person end the
// registration; moving within the community moves the figure.
func TestRegistrationsFollowAccountAndRoll(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newRollWorld(t, db)
		k := newCorpsIn(t, db, w.c)
		director := w.as(models.RoleDirector)
		enlist := func(name string) *models.Volunteer {
			t.Helper()
			d := adult(name)
			d.ResidentID = w.find(t, name).ID
			v, err := k.in().JoinAtDesk(ctx, k.member, d)
			must(t, err)
			return v
		}
		moved, dead, stays := enlist("吴海"), enlist("吴江"), enlist("程凯兰")
		must(t, w.t.LeaveResident(ctx, director, moved.ResidentID, store.LeaveMoved, models.DateOf(db.Now())))
		must(t, w.t.LeaveResident(ctx, director, dead.ResidentID, store.LeaveDead, models.DateOf(db.Now())))
		for name, v := range map[string]*models.Volunteer{"moved": moved, "dead": dead} {
			if got := k.volunteer(v.ID); got.State != models.VolunteerLeft || got.LivePerson != nil {
				t.Errorf("%s: %s", name, got.State)
			}
		}
		if got := k.volunteer(stays.ID); got.State != models.VolunteerActive {
			t.Errorf("who stays: %s", got.State)
		}
		k.clean()
		// A new roll has her in the other grid; the one after it lacks her.
		w.bring(t, "网格,楼栋,单元,室,户号,姓名,与户主关系,性别,出生日期,身份证号,手机\n第2网格,2号楼,1,601,H9,程凯兰,户主,女,1996-09-07,999999199609070084,19900000001\n", false)
		if got := k.volunteer(stays.ID); got.GridID == stays.GridID || got.State != models.VolunteerActive {
			t.Errorf("moved within the community: grid %s, was %s, %s", got.GridID, stays.GridID, got.State)
		}
		k.clean()
		w.bring(t, "网格,楼栋,单元,室,户号,姓名,与户主关系,性别,出生日期,身份证号,手机\n第2网格,2号楼,1,501,H3,周宁,户主,女,,,\n", true)
		if got := k.volunteer(stays.ID); got.State != models.VolunteerLeft {
			t.Errorf("not on the new roll: %s", got.State)
		}
		a, v := k.join("孙志愿")
		must(t, db.CloseAccount(ctx, a))
		if got := k.volunteer(v.ID); got.State != models.VolunteerLeft || got.LiveUser != nil || got.UserID != 0 || len(got.PhoneIndex) > 0 {
			t.Errorf("closed: %+v", got)
		}
		k.clean()
	})
}

func (w *rollWorld) bring(t *testing.T, csv string, gone bool) {
	t.Helper()
	w.Clock.Add(time.Second)
	im, _, err := w.t.ImportRoll(ctx, storetest.System, "n.csv", []byte(csv), store.RollOptions{})
	must(t, err)
	_, err = w.t.ConfirmRoll(ctx, storetest.System, im.ID, store.RollChoice{MoveGone: gone})
	must(t, err)
}

// Hours of a near relative are flagged and decided by somebody else.
func TestNearRelativesDoNotDecideHours(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		kin := newKinWorld(t, db)
		k := newCorpsIn(t, db, kin.c)
		must(t, kin.declare(k.member, kin.zhou, models.KinSpouse))
		d := adult("周宁")
		d.ResidentID = kin.zhou.ResidentID
		v, err := k.in().JoinAtDesk(ctx, k.another, d)
		must(t, err)
		enter := func(by models.Actor, day models.Date) *models.Hours {
			t.Helper()
			h, err := k.in().EnterHours(ctx, by, store.HoursEntry{Number: v.Number, What: "巡逻", Day: day, Minutes: 60, Reason: "补登"})
			must(t, err)
			return h
		}
		h := enter(k.director, "2026-11-20")
		if h.Flags != "entered" {
			t.Errorf("not near: %q", h.Flags)
		}
		if near := enter(k.member, "2026-11-21"); near.Flags != "family,entered" {
			t.Errorf("entered by the husband: %q", near.Flags)
		}
		left, err := k.in().DecideHours(ctx, k.member, []models.ID{h.ID}, true, "")
		must(t, err)
		if len(left) != 1 || left[0].Text.Key != "hours.kin" {
			t.Errorf("the husband decides: %+v", left)
		}
		left, err = k.in().DecideHours(ctx, k.another, []models.ID{h.ID}, true, "")
		must(t, err)
		if len(left) != 0 {
			t.Errorf("another: %+v", left)
		}
		refused(t, k.in().ReverseHours(ctx, k.member, h.ID, "记错了日子"), problem.Forbidden, "hours.kin")
		k.clean()
	})
}

// A star is proposed by the system, posted by a person, decided by a person
// after five working days, never one's own, and falls with the hours.
func TestStarFromTheHoursToTheDecision(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		set := policy.DefaultVolunteerSettings(k.c.ID)
		set.StarHours = "1,3"
		must(t, k.in().SaveVolunteerSettings(ctx, k.director, set))
		a, v, h := k.served("孙志愿")
		k.approve(h)
		proposed, err := k.in().Stars(ctx, models.StarProposed)
		must(t, err)
		if len(proposed) != 1 || proposed[0].StarAward.Stars != 1 {
			t.Fatalf("%+v", proposed)
		}
		id := proposed[0].StarAward.ID
		both := appoint(t, db, a, k.c.ID, models.RoleCommitteeMember, 0)
		refused(t, k.in().PostStar(ctx, both, id), problem.Forbidden, "hours.own")
		refused(t, k.in().DecideStar(ctx, k.member, id, true, ""), problem.Conflict, "policy.state")
		refused(t, k.in().PostStar(ctx, k.supervisor, id), problem.Forbidden, "policy.forbidden")
		must(t, k.in().PostStar(ctx, k.member, id))
		posted, err := k.in().Stars(ctx, models.StarPosted)
		must(t, err)
		last := posted[0].PostedUntil
		db.Clock.Set(last.Time().Add(23*time.Hour + 59*time.Minute))
		refused(t, k.in().DecideStar(ctx, k.member, id, true, ""), problem.TooEarly, "volunteer.stars.posted")
		if got := k.volunteer(v.ID); got.Stars != 0 {
			t.Errorf("%d stars before the decision", got.Stars)
		}
		db.Clock.Set(last.AddDays(1).Time().Add(time.Minute))
		refused(t, k.in().DecideStar(ctx, both, id, true, ""), problem.Forbidden, "hours.own")
		must(t, k.in().DecideStar(ctx, k.member, id, true, ""))
		if got := k.volunteer(v.ID); got.Stars != 1 {
			t.Errorf("%d stars", got.Stars)
		}
		// The next level is reached, and lost before anybody decided.
		more, err := k.in().EnterHours(ctx, k.member, store.HoursEntry{Number: v.Number, What: "巡逻", Day: models.DateOf(db.Now()), Minutes: 60, Reason: "补登"})
		must(t, err)
		left, err := k.in().DecideHours(ctx, k.another, []models.ID{more.ID}, true, "")
		if err != nil || len(left) > 0 {
			t.Fatalf("%v %+v", err, left)
		}
		proposed, err = k.in().Stars(ctx, models.StarProposed)
		must(t, err)
		if len(proposed) != 1 || proposed[0].StarAward.Stars != 2 {
			t.Fatalf("%+v", proposed)
		}
		must(t, k.in().ReverseHours(ctx, k.another, more.ID, "重复登记了"))
		if proposed, err = k.in().Stars(ctx, models.StarProposed); err != nil || len(proposed) != 0 {
			t.Errorf("after the reversal: %+v %v", proposed, err)
		}
		k.clean()
	})
}

// A shift is announced once, a day before, by whichever process comes first.
func TestShiftIsAnnouncedOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		second := db.Second(t)
		must(t, second.Load(ctx))
		a, _ := k.join("孙志愿")
		_, shift := k.activity(2)
		k.signUp(a, shift)
		remind := func(at time.Time) int {
			t.Helper()
			n, err := db.RemindShifts(ctx, at)
			must(t, err)
			m, err := second.RemindShifts(ctx, at)
			must(t, err)
			return n + m
		}
		for _, c := range []struct {
			before time.Duration
			want   int
		}{{24*time.Hour + time.Second, 0}, {24 * time.Hour, 1}, {23 * time.Hour, 0}} {
			if n := remind(shift.BeginsAt.Add(-c.before)); n != c.want {
				t.Errorf("%v before: told %d, want %d", c.before, n, c.want)
			}
		}
	})
}
