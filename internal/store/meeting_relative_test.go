package store_test

import (
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// A relative of another household is signed up by name and telephone: one seat
// however many sign them up, their own login is told and may leave, and nothing
// of the roll comes out.
func TestRelativeOfAnotherHouseholdIsSignedUp(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newMeetingHall(t, db)
		m := h.call(h.draft(models.MeetingHearing, meetingSeats(models.PartListener, models.PoolOpen, 9)))
		grandma, stranger := h.neighbour(7), h.neighbour(8)
		join := func(a models.Actor, name, phone string) (*models.MeetingSignup, error) {
			return h.in().JoinMeeting(ctx, a, m.ID, store.SignupDraft{Part: models.PartListener, Name: name, Phone: phone})
		}
		mine := func(a models.Actor) []models.MeetingSignup {
			t.Helper()
			rows, err := h.in().MySignups(ctx, a, m.ID)
			must(t, err)
			return rows
		}
		_, err := join(h.neighbour(1), "高奶奶", "123")
		if fieldKey(err, "phone") != "meeting.phone.wrong" {
			t.Errorf("%v", err)
		}
		first, err := join(h.neighbour(1), "高奶奶", "13600000007")
		must(t, err)
		if !first.ForOther || first.ForUser != grandma.UserID || first.Name != "高奶奶" {
			t.Errorf("%+v", first)
		}
		letters, _, err := h.Inbox(ctx, grandma.UserID, 0)
		must(t, err)
		if len(letters) != 1 || letters[0].Text.Key != "meeting.tell.foryou" {
			t.Errorf("%+v", letters)
		}
		again, err := join(h.neighbour(2), "高奶奶", "13600000007")
		must(t, err)
		self := h.signUp(grandma, m.ID, models.PartListener)
		if again.ID != first.ID || self.ID != first.ID || len(mine(grandma)) != 1 || len(mine(h.neighbour(1))) != 1 || len(mine(h.neighbour(2))) != 0 || len(mine(stranger)) != 0 {
			t.Errorf("%+v %+v", again, self)
		}
		refused(t, h.in().LeaveMeeting(ctx, stranger, m.ID, first.ID), problem.NotFound, "")
		must(t, h.in().LeaveMeeting(ctx, grandma, m.ID, first.ID))
		refused(t, h.in().LeaveMeeting(ctx, h.neighbour(1), m.ID, first.ID), problem.TooLate, "meeting.offer.over")

		// Who never logged in is known by the number too, and finds the place later.
		elder, err := join(h.neighbour(1), "李大爷", "13600000009")
		must(t, err)
		li := h.neighbour(9)
		if own := h.signUp(li, m.ID, models.PartListener); own.ID != elder.ID || elder.ForUser != 0 || len(mine(li)) != 1 {
			t.Errorf("%+v", own)
		}
		// So does whom the desk signed up.
		desk, err := h.in().JoinMeetingAtDesk(ctx, h.member, m.ID, store.SignupDraft{Part: models.PartListener, Name: "王阿姨", Phone: "13600000011"})
		must(t, err)
		if own := h.signUp(h.neighbour(11), m.ID, models.PartListener); own.ID != desk.ID || len(mine(h.neighbour(11))) != 1 {
			t.Errorf("%+v", own)
		}
		for _, p := range []string{"13600000101", "13600000102"} {
			_, err = join(h.neighbour(1), "远亲", p)
			must(t, err)
		}
		_, err = join(h.neighbour(1), "远亲", "13600000103")
		refused(t, err, problem.TooMany, "meeting.relative.many")
		h.clean()
	})
}

// By name and number the person of the roll is meant, without either being told
// to whoever writes them.
func TestRelativeOfTheRollIsOnePerson(t *testing.T) {
	t.Parallel()
	h := newMeetingHall(t, storetest.New(t))
	m := h.call(h.draft(models.MeetingHearing, meetingSeats(models.PartListener, models.PoolOpen, 9)))
	r := person{"高桂芳", "330106195001011234", "13600000055"}.put(t, h.DB, h.c)
	named, err := h.in().JoinMeeting(ctx, h.neighbour(1), m.ID, store.SignupDraft{Part: models.PartListener, Name: "高桂芳", Phone: "13600000055"})
	must(t, err)
	other, err := h.in().JoinMeeting(ctx, h.neighbour(1), m.ID, store.SignupDraft{Part: models.PartListener, Name: "我姑妈", Phone: "13600000055"})
	must(t, err)
	desk, err := h.in().JoinMeetingAtDesk(ctx, h.member, m.ID, store.SignupDraft{Part: models.PartListener, Resident: r})
	must(t, err)
	if named.ResidentID != r || other.ResidentID != 0 || other.Name != "我姑妈" || desk.ID != named.ID {
		t.Errorf("%+v %+v %+v", named, other, desk)
	}
}
