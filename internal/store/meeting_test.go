package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// meetingHall is a community whose committee calls people to a hearing.
type meetingHall struct {
	*desk
	party models.Actor
}

func newMeetingHall(t testing.TB, db *storetest.DB) *meetingHall {
	t.Helper()
	h := &meetingHall{desk: newDesk(t, db)}
	h.party = officer(t, db, h.c.ID, models.RolePartyBranch, "何书记", 0)
	return h
}

// meetingStart is a Wednesday evening nine days after the tests begin.
var meetingStart = time.Date(2026, 12, 2, 19, 0, 0, 0, models.Shanghai)

func (h *meetingHall) draft(kind models.MeetingKind, seats ...policy.LotterySeats) store.MeetingDraft {
	d := store.MeetingDraft{
		Kind: kind, Title: "3号楼加装电梯", Summary: "听取各户意见，比较两个方案。", Place: "社区活动室", Start: meetingStart, End: meetingStart.Add(90 * time.Minute),
		Chair: "钟梅", Recorder: "林梅庆", Unit: "安康电梯公司", Items: []store.MeetingItemDraft{{Title: "项目介绍", Minutes: 20}, {Title: "发言", Minutes: 40}}, Seats: seats,
	}
	for _, b := range policy.MeetingRuleOf(kind).Must {
		d.Invites = append(d.Invites, store.MeetingInviteDraft{Body: b, Name: string(b)})
	}
	return d
}

var meetingBoard = store.BoardText{Title: "听证会公告", Body: "时间、地点、内容、参加人。"}

// call drafts and publishes a meeting.
func (h *meetingHall) call(d store.MeetingDraft) *models.CivicMeeting {
	h.t.Helper()
	m, err := h.in().CreateMeeting(ctx, h.member, d)
	must(h.t, err)
	must(h.t, h.in().PublishMeeting(ctx, h.director, m.ID, meetingBoard, m.UpdatedAt))
	return h.meeting(m.ID)
}

func (h *meetingHall) meeting(id models.ID) *models.CivicMeeting {
	h.t.Helper()
	v, err := h.in().Meeting(ctx, id)
	must(h.t, err)
	return &v.CivicMeeting
}

func meetingSeats(part models.MeetingPart, pool models.MeetingPool, n int) policy.LotterySeats {
	return policy.LotterySeats{Part: part, Pool: pool, Total: n}
}

// neighbour is somebody with a telephone and no more.
func (h *meetingHall) neighbour(n int) models.Actor {
	h.t.Helper()
	u, err := h.EnsureUser(ctx, storetest.System, fmt.Sprintf("1360000%04d", n), fmt.Sprintf("居民%d", n))
	must(h.t, err)
	return models.Actor{UserID: u.ID, Name: u.Name}
}

func (h *meetingHall) signUp(a models.Actor, m models.ID, part models.MeetingPart) *models.MeetingSignup {
	h.t.Helper()
	s, err := h.in().JoinMeeting(ctx, a, m, store.SignupDraft{Part: part})
	must(h.t, err)
	return s
}

func (h *meetingHall) clean() {
	h.t.Helper()
	if bad := h.verify(); len(bad) > 0 {
		h.t.Error(bad)
	}
}

func TestLateNoticeIsRefusedWithTheDateThatWouldBeAllowed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newMeetingHall(t, db)
		d := h.draft(models.MeetingHearing)
		m, err := h.in().CreateMeeting(ctx, h.member, d)
		must(t, err)
		h.Clock.Set(time.Date(2026, 11, 30, 0, 0, 0, 0, models.Shanghai)) // two days before
		err = h.in().PublishMeeting(ctx, h.director, m.ID, meetingBoard, m.UpdatedAt)
		refused(t, err, problem.TooLate, "meeting.notice.late")
		if got := problem.As(err).Args["date"]; got != models.Date("2026-12-03") {
			t.Errorf("the date that would be allowed: %v", got)
		}
		if n, _, err := h.in().PublicNotices(ctx, store.NoticeFilter{Limit: 10}, "2026-11-30"); err != nil || len(n) != 0 {
			t.Errorf("a refused notice stands on the board: %v %v", n, err)
		}
		h.Clock.Set(time.Date(2026, 11, 29, 23, 59, 59, 0, models.Shanghai))
		refused(t, h.in().PublishMeeting(ctx, h.member, m.ID, meetingBoard, m.UpdatedAt), problem.Forbidden, "")
		refused(t, h.in().PublishMeeting(ctx, h.director, m.ID, meetingBoard, m.UpdatedAt.Add(-time.Second)), problem.Conflict, "page.conflict")
		must(t, h.in().PublishMeeting(ctx, h.director, m.ID, meetingBoard, m.UpdatedAt))
		got := h.meeting(m.ID)
		if got.State != models.MeetingCalled || !strings.Contains(got.Number, "居公〔2026〕1号") {
			t.Errorf("%+v", got)
		}
		refused(t, h.in().PublishMeeting(ctx, h.director, m.ID, meetingBoard, m.UpdatedAt), problem.Conflict, "")
		h.clean()
	})
}

func TestWhoMustBeInvitedIsAskedFor(t *testing.T) {
	t.Parallel()
	h := newMeetingHall(t, storetest.New(t))
	d := h.draft(models.MeetingHearing)
	d.Invites = d.Invites[1:]
	m, err := h.in().CreateMeeting(ctx, h.member, d)
	must(t, err)
	refused(t, h.in().PublishMeeting(ctx, h.director, m.ID, meetingBoard, m.UpdatedAt), problem.Conflict, "meeting.uninvited")
	for _, kind := range []models.MeetingKind{models.MeetingAppraisal, models.MeetingReview} {
		_, err := h.in().CreateMeeting(ctx, h.member, h.draft(kind))
		refused(t, err, problem.Forbidden, "") // the committee does not call its own appraisal
	}
	_, err = h.in().CreateMeeting(ctx, h.director, h.draft(models.MeetingCoordination))
	refused(t, err, problem.NotFound, "") // mediation is never a public meeting
	_, err = h.in().CreateMeeting(ctx, h.neighbour(1), d)
	refused(t, err, problem.Forbidden, "")
}

func TestSeatsWaitingListAndOffers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newMeetingHall(t, db)
		m := h.call(h.draft(models.MeetingHearing, meetingSeats(models.PartDelegate, models.PoolOpen, 2)))
		var all []*models.MeetingSignup
		for i := range 5 {
			all = append(all, h.signUp(h.neighbour(i), m.ID, models.PartDelegate))
		}
		again := h.signUp(h.neighbour(0), m.ID, models.PartDelegate)
		if again.ID != all[0].ID || all[1].State != models.PlaceSeated || all[2].State != models.PlaceWaiting || all[2].Wait != 1 || all[4].Wait != 3 {
			t.Errorf("%+v %+v", all, again)
		}
		refused(t, h.in().LeaveMeeting(ctx, h.neighbour(1), m.ID, all[0].ID), problem.NotFound, "") // another's place
		must(t, h.in().LeaveMeeting(ctx, h.neighbour(0), m.ID, all[0].ID))
		state := func(i int) models.MeetingSignup {
			rows, err := h.in().MySignups(ctx, h.neighbour(i), m.ID)
			must(t, err)
			return rows[0]
		}
		if s := state(2); s.State != models.PlaceOffered || !s.OfferUntil.Equal(h.Now().Add(24*time.Hour)) {
			t.Fatalf("%+v", s)
		}
		// A minute before the offer ends it can be taken, afterwards it is the next one's.
		h.Clock.Add(24 * time.Hour)
		refused(t, h.in().AcceptSeat(ctx, h.neighbour(2), m.ID, all[2].ID), problem.TooLate, "meeting.offer.over")
		if s := state(3); s.State != models.PlaceOffered || state(2).State != models.PlaceLapsed {
			t.Fatalf("%+v", s)
		}
		h.Clock.Add(24*time.Hour - time.Millisecond)
		must(t, h.in().AcceptSeat(ctx, h.neighbour(3), m.ID, all[3].ID))
		if s := state(4); s.State != models.PlaceWaiting {
			t.Errorf("%+v", s)
		}
		h.clean()
		// From the hour at which changes end nobody leaves and nobody is promoted.
		h.Clock.Set(m.ChangeUntil)
		refused(t, h.in().LeaveMeeting(ctx, h.neighbour(1), m.ID, all[1].ID), problem.TooLate, "meeting.change.over")
		_, err := h.in().JoinMeeting(ctx, h.neighbour(9), m.ID, store.SignupDraft{Part: models.PartDelegate})
		refused(t, err, problem.TooLate, "meeting.signup.over")
		h.clean()
	})
}

func TestSignUpEndsNoLaterThanChanges(t *testing.T) {
	t.Parallel()
	h := newMeetingHall(t, storetest.New(t))
	d := h.draft(models.MeetingHearing, meetingSeats(models.PartListener, models.PoolOpen, 1))
	d.ChangeUntil, d.SignupUntil = meetingStart.Add(-time.Hour), meetingStart.Add(-time.Hour+time.Millisecond)
	_, err := h.in().CreateMeeting(ctx, h.member, d)
	refused(t, err, problem.Invalid, "form.invalid")
	d.SignupUntil = d.ChangeUntil
	_, err = h.in().CreateMeeting(ctx, h.member, d)
	must(t, err)
}

func TestJobPassesSeatsOnAndReminds(t *testing.T) {
	t.Parallel()
	h := newMeetingHall(t, storetest.New(t))
	m := h.call(h.draft(models.MeetingHearing, meetingSeats(models.PartListener, models.PoolOpen, 1)))
	first, second := h.signUp(h.neighbour(1), m.ID, models.PartListener), h.signUp(h.neighbour(2), m.ID, models.PartListener)
	must(t, h.in().LeaveMeeting(ctx, h.neighbour(1), m.ID, first.ID))
	h.Clock.Add(25 * time.Hour)
	n, err := h.PassOnSeats(ctx, h.Now())
	must(t, err)
	rows, err := h.in().MySignups(ctx, h.neighbour(2), m.ID)
	must(t, err)
	if n != 1 || rows[0].State != models.PlaceLapsed || rows[0].ID != second.ID {
		t.Errorf("%d %+v", n, rows)
	}
	third := h.signUp(h.neighbour(3), m.ID, models.PartListener)
	if third.State != models.PlaceSeated {
		t.Errorf("%+v", third)
	}
	h.Clock.Set(meetingStart.Add(-25 * time.Hour))
	for want := range 2 { // once, not twice
		n, err = h.RemindMeetings(ctx, h.Now())
		must(t, err)
		if n != 1-want {
			t.Errorf("reminded of %d meetings", n)
		}
	}
	letters, _, err := h.Inbox(ctx, h.neighbour(3).UserID, 0)
	must(t, err)
	if letters[0].Text.Key != "meeting.tell.reminder" {
		t.Errorf("%+v", letters[0])
	}
	h.clean()
}

// Reserved seats go to their group first and to nobody else; the group uses open
// seats when its own are gone.
func TestReservedSeats(t *testing.T) {
	t.Parallel()
	h := newMeetingHall(t, storetest.New(t))
	d := h.draft(models.MeetingHearing, meetingSeats(models.PartDelegate, models.PoolUnits, 1), meetingSeats(models.PartDelegate, models.PoolOpen, 1))
	d.Invites = append(d.Invites, store.MeetingInviteDraft{Body: models.InviteUnits, Name: "物业", Phone: "13600000001"}, store.MeetingInviteDraft{Body: models.InviteUnits, Name: "学校", Phone: "13600000002"})
	m := h.call(d)
	var got []string
	for _, n := range []int{5, 6, 1, 2} {
		s := h.signUp(h.neighbour(n), m.ID, models.PartDelegate)
		got = append(got, string(s.State)+"/"+string(s.Pool))
	}
	if want := []string{"seated/open", "waiting/", "seated/units", "waiting/"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	// The unit leaves: its seat is for the other unit, not for whoever waits longer.
	rows, err := h.in().MySignups(ctx, h.neighbour(1), m.ID)
	must(t, err)
	must(t, h.in().LeaveMeeting(ctx, h.neighbour(1), m.ID, rows[0].ID))
	unit, _ := h.in().MySignups(ctx, h.neighbour(2), m.ID)
	other, _ := h.in().MySignups(ctx, h.neighbour(6), m.ID)
	if unit[0].State != models.PlaceOffered || other[0].State != models.PlaceWaiting {
		t.Errorf("%+v %+v", unit[0], other[0])
	}
	h.clean()
}
