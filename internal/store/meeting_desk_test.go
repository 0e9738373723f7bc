package store_test

import (
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// texts are the text messages that wait for a telephone, by their keys.
func texts(t testing.TB, db *storetest.DB, phone string) (keys []string) {
	t.Helper()
	parcels, err := db.LeaseOutbox(ctx, "test", []string{"sms"}, 500, time.Nanosecond)
	must(t, err)
	for _, p := range parcels {
		must(t, db.Delivered(ctx, p.ID))
		if p.Recipient == phone {
			keys = append(keys, p.Text.Key)
		}
	}
	return keys
}

// Somebody signed up at the desk is told of a free seat by text message and by
// the officer, and takes it or gives it up at the desk.
func TestDeskPeopleGetTheirSeatToo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newMeetingHall(t, db)
		m := h.call(h.draft(models.MeetingHearing, meetingSeats(models.PartListener, models.PoolOpen, 1)))
		first := h.signUp(h.neighbour(1), m.ID, models.PartListener)
		wang, err := h.in().JoinMeetingAtDesk(ctx, h.member, m.ID, store.SignupDraft{Part: models.PartListener, Name: "王阿姨", Phone: "13900000321"})
		must(t, err)
		if again, err := h.in().JoinMeetingAtDesk(ctx, h.member, m.ID, store.SignupDraft{Part: models.PartListener, Name: "王阿姨", Phone: "13900000321"}); err != nil || again.ID != wang.ID {
			t.Errorf("two places for one telephone: %v %v", again, err)
		}
		last, err := h.in().JoinMeetingAtDesk(ctx, h.member, m.ID, store.SignupDraft{Part: models.PartListener, Name: "李大爷"})
		must(t, err)
		refused(t, h.in().AcceptAtDesk(ctx, h.member, m.ID, wang.ID), problem.Conflict, "page.conflict") // nothing is offered yet
		refused(t, h.in().LeaveAtDesk(ctx, h.neighbour(2), m.ID, first.ID), problem.Forbidden, "policy.forbidden")
		refused(t, h.in().AcceptAtDesk(ctx, h.neighbour(2), m.ID, wang.ID), problem.Forbidden, "policy.forbidden")
		refused(t, db.In(db.Community(t, "fuchun")).LeaveAtDesk(ctx, h.member, m.ID, first.ID), problem.Forbidden, "policy.forbidden")
		texts(t, db, "")
		must(t, h.in().LeaveAtDesk(ctx, h.member, m.ID, first.ID)) // the neighbour calls
		if got := texts(t, db, "13900000321"); len(got) != 1 || got[0] != "meeting.tell.desk.offered" {
			t.Errorf("texts %v", got)
		}
		letters, _, err := h.Inbox(ctx, h.member.UserID, 0)
		must(t, err)
		if letters[0].Text.Key != "meeting.tell.desk.call" {
			t.Errorf("%+v", letters[0])
		}
		h.Clock.Add(24*time.Hour - time.Second)
		must(t, h.in().AcceptAtDesk(ctx, h.member, m.ID, wang.ID))
		must(t, h.in().AcceptAtDesk(ctx, h.member, m.ID, wang.ID)) // twice is once
		h.clean()
		must(t, h.in().LeaveAtDesk(ctx, h.member, m.ID, wang.ID))
		refused(t, h.in().LeaveAtDesk(ctx, h.member, m.ID, wang.ID), problem.TooLate, "meeting.offer.over")
		h.Clock.Add(24 * time.Hour) // 李大爷 could not be reached: the seat is free
		refused(t, h.in().AcceptAtDesk(ctx, h.member, m.ID, last.ID), problem.TooLate, "meeting.offer.over")
		if s := h.signUp(h.neighbour(3), m.ID, models.PartListener); s.State != models.PlaceSeated {
			t.Errorf("%+v", s)
		}
		h.clean()
	})
}

// A change or the calling-off reaches whoever was invited with a telephone and
// whoever left one at the desk; the sheets at the entrances hang anew.
func TestChangesReachWhoHasNoLogin(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newMeetingHall(t, db)
		must(t, h.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
			return tx.Create(&models.Household{Tenant: models.Tenant{ID: tx.NewID()}, Number: "H1", Unit: "2", Room: "501"}).Error
		}))
		d := h.draft(models.MeetingHearing, meetingSeats(models.PartListener, models.PoolOpen, 3))
		d.Invites = append(d.Invites, store.MeetingInviteDraft{Body: models.InviteUnits, Name: "学校", Phone: "13900000111"})
		m := h.call(d)
		if got := texts(t, db, "13900000111"); len(got) != 1 || got[0] != "meeting.tell.invited" {
			t.Errorf("texts %v", got)
		}
		_, err := h.in().JoinMeetingAtDesk(ctx, h.member, m.ID, store.SignupDraft{Part: models.PartListener, Name: "王阿姨", Phone: "13900000222"})
		must(t, err)
		doors := func() (key string, hung int) {
			list, err := h.in().Entrances(ctx, m.ID)
			must(t, err)
			for _, e := range list {
				if key = e.Key(); e.HungAt != nil {
					hung++
				}
			}
			return key, hung
		}
		key, _ := doors()
		refused(t, h.in().HangSheets(ctx, h.neighbour(1), m.ID, []string{key}), problem.Forbidden, "policy.forbidden")
		for range 2 {
			must(t, h.in().HangSheets(ctx, h.member, m.ID, []string{key}))
		}
		if _, n := doors(); n != 1 {
			t.Errorf("%d sheets hang", n)
		}
		must(t, h.in().ChangeMeeting(ctx, h.director, m.ID, store.MeetingChange{Place: "二楼", Start: meetingStart.Add(time.Hour), End: meetingStart.Add(2 * time.Hour), Reason: "活动室漏水"}, meetingBoard))
		for _, phone := range []string{"13900000111"} {
			if got := texts(t, db, phone); len(got) != 1 || got[0] != "meeting.tell.guest.changed" {
				t.Errorf("%s: texts %v", phone, got)
			}
		}
		if _, n := doors(); n != 0 {
			t.Errorf("%d sheets of the old notice count as hung", n)
		}
		must(t, h.in().HangSheets(ctx, h.member, m.ID, []string{key}))
		if _, n := doors(); n != 1 {
			t.Errorf("%d sheets hang anew", n)
		}
		must(t, h.in().CancelMeeting(ctx, h.director, m.ID, "单位不能来", meetingBoard))
		if got := texts(t, db, "13900000222"); len(got) != 1 || got[0] != "meeting.tell.guest.cancelled" {
			t.Errorf("texts %v", got)
		}
		h.clean()
	})
}

// Nobody answers their own opinion, an answer is given once, and what was not
// promised has no steps.
func TestNobodyAnswersTheirOwnOpinion(t *testing.T) {
	h := newMeetingHall(t, storetest.New(t))
	m := h.call(h.draft(models.MeetingHeartTalk))
	o, err := h.in().SendOpinion(ctx, h.member, m.ID, store.OpinionDraft{Text: "门口要有长椅"})
	must(t, err)
	answer := store.OpinionAnswer{Adoption: models.AdoptionNo, Answer: "地方太窄放不下"}
	refused(t, h.in().AnswerOpinion(ctx, h.director, m.ID, o.ID, answer), problem.Conflict, "meeting.answer.state") // not held yet
	h.Clock.Set(meetingStart.Add(time.Hour))
	must(t, h.in().HoldMeeting(ctx, h.member, m.ID))
	refused(t, h.in().AnswerOpinion(ctx, h.member, m.ID, o.ID, answer), problem.Forbidden, "meeting.answer.own")
	refused(t, h.in().AnswerOpinion(ctx, h.neighbour(1), m.ID, o.ID, answer), problem.Forbidden, "policy.forbidden")
	must(t, h.in().AnswerOpinion(ctx, h.director, m.ID, o.ID, answer))
	refused(t, h.in().AnswerOpinion(ctx, h.director, m.ID, o.ID, answer), problem.Conflict, "page.conflict")
	refused(t, h.in().ReportStep(ctx, h.director, m.ID, o.ID, "已经在做了", true), problem.Conflict, "meeting.step.state")
	if got := h.meeting(m.ID); got.Answered != 1 || got.Late("2027-01-01") != got.MinutesDue {
		t.Errorf("%+v", got)
	}
	h.clean()
}
