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

// A case leads to a hearing and gets its result back; who may not know of the
// case does not learn of it from the meeting.
func TestACaseLeadsToAMeetingAndGetsItsResult(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db)
		h := &meetingHall{desk: d.desk}
		c := d.file("3号楼的路灯不亮，想和大家一起商量")
		draft := h.draft(models.MeetingHearing)
		draft.Case = 4711
		_, err := h.in().CreateMeeting(ctx, h.member, draft)
		refused(t, err, problem.NotFound, "page.notfound")
		draft.Case = c.ID
		m, err := h.in().CreateMeeting(ctx, h.director, draft)
		must(t, err)
		if n := len(caseLinks(h, c.ID)); n != 0 {
			t.Errorf("a draft stands on the case: %d", n)
		}
		must(t, h.in().PublishMeeting(ctx, h.director, m.ID, meetingBoard, m.UpdatedAt))
		if links := caseLinks(h, c.ID); len(links) != 1 || links[0].RefID != m.ID || !strings.HasSuffix(links[0].Href, "/meetings/"+m.ID.String()) {
			t.Errorf("%+v", links)
		}
		h.Clock.Set(meetingStart.Add(time.Hour))
		must(t, h.in().HoldMeeting(ctx, h.director, m.ID))
		must(t, h.in().WriteMinutes(ctx, h.director, m.ID, store.MinutesDraft{Basics: "到会12人", Summary: "大家同意换灯", Preferred: "换成声控灯", UnitAnswer: "物业同意"}))
		minutes, err := h.in().Minutes(ctx, m.ID)
		must(t, err)
		must(t, h.in().PublishMinutes(ctx, h.director, m.ID, store.BoardText{Title: "听证会纪要：路灯", Body: "换成声控灯"}, minutes[0].UpdatedAt))
		v, err := h.in().OfficeCase(ctx, h.director, c.ID)
		must(t, err)
		last := v.Steps[len(v.Steps)-1]
		if last.Action != "link" || !strings.Contains(last.Text, "听证会纪要：路灯") || !strings.Contains(last.Text, "号") {
			t.Errorf("the result on the case: %+v", last)
		}
		full := h.meeting(m.ID)
		if got, err := h.in().MeetingCase(ctx, h.director, full); err != nil || got == nil || got.Number != c.Number {
			t.Errorf("%v %v", got, err)
		}
		for _, a := range []models.Actor{d.resident, h.neighbour(1), {}} {
			if got, err := h.in().MeetingCase(ctx, a, full); err != nil || got != nil {
				t.Errorf("%+v reads the case: %v %v", a, got, err)
			}
		}
		if got, err := h.in().PublicMeetingCase(ctx, full); err != nil || (got != nil) != v.Public {
			t.Errorf("public %v: %v %v", v.Public, got, err)
		}
		must(t, h.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
			return tx.Model(&models.Complaint{}).Where("id = ?", c.ID).UpdateColumn("public", false).Error
		}))
		if got, err := h.in().PublicMeetingCase(ctx, full); err != nil || got != nil {
			t.Errorf("a case that is not public: %v %v", got, err)
		}
		h.clean()
	})
}

func caseLinks(h *meetingHall, id models.ID) []models.ComplaintLink {
	h.t.Helper()
	v, err := h.in().OfficeCase(ctx, h.director, id)
	must(h.t, err)
	return v.Links
}

// A called meeting takes one case, once; a case about officials leads to none.
func TestACaseIsJoinedToACalledMeetingOnce(t *testing.T) {
	t.Parallel()
	d := newCaseDesk(t, storetest.New(t))
	h := &meetingHall{desk: d.desk}
	m := h.call(h.draft(models.MeetingHearing))
	one, two := d.file("路灯不亮，请看看怎么办"), d.file("楼道堆物，请看看怎么办")
	refused(t, h.in().LinkMeeting(ctx, d.resident, one.ID, m.ID), problem.Forbidden, "policy.forbidden")
	refused(t, h.in().LinkMeeting(ctx, h.director, 4711, m.ID), problem.NotFound, "page.notfound")
	must(t, h.in().LinkMeeting(ctx, h.director, one.ID, m.ID))
	refused(t, h.in().LinkMeeting(ctx, h.director, two.ID, m.ID), problem.Conflict, "page.conflict")
	r := d.report("委员优亲厚友")
	r.Category, r.About, r.Answers = "other", models.AboutCommittee, nil
	f, err := h.in().FileComplaint(ctx, d.resident, r)
	must(t, err)
	other := h.call(h.draft(models.MeetingHearing))
	refused(t, h.in().LinkMeeting(ctx, h.director, f.Case.ID, other.ID), problem.NotFound, "page.notfound")
	h.clean()
}

// The code on the wall is worth nothing in a photograph: a second after it has
// rotated out of its grace it opens no door, not here and not in another process.
func TestPhotographedCodeIsWorthNothingAfterItRotated(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newMeetingHall(t, db)
		m := h.call(h.draft(models.MeetingHearing, meetingSeats(models.PartListener, models.PoolOpen, 5)))
		second := db.Second(t)
		must(t, second.Load(ctx))
		other := h.call(h.draft(models.MeetingHearing, meetingSeats(models.PartListener, models.PoolOpen, 5)))
		h.Clock.Set(meetingStart.Add(-time.Hour))
		photo := h.in().HallCode(m.ID)
		must(t, second.In(h.c).CheckInByCode(ctx, h.neighbour(1), m.ID, photo.Code))
		must(t, h.in().CheckInByCode(ctx, h.neighbour(1), m.ID, photo.Code)) // twice is once
		if n := h.meeting(m.ID).Present; n != 1 {
			t.Errorf("%d present", n)
		}
		refused(t, h.in().CheckInByCode(ctx, h.neighbour(2), other.ID, photo.Code), problem.Invalid, "form.invalid") // of another hall
		h.Clock.Add(time.Minute)
		for _, s := range []*store.Store{db.Store, second} {
			refused(t, s.In(h.c).CheckInByCode(ctx, h.neighbour(3), m.ID, photo.Code), problem.Invalid, "form.invalid")
		}
		must(t, second.In(h.c).CheckInByCode(ctx, h.neighbour(3), m.ID, h.in().HallCode(m.ID).Code))
		h.clean()
	})
}
