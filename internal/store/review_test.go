package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// reviewHall is a community with representatives who review the committee.
type reviewHall struct {
	*meetingHall
	reps   []models.Actor
	second models.Actor // another supervisor
}

func newReviewHall(t testing.TB, db *storetest.DB, n int) *reviewHall {
	t.Helper()
	h := &reviewHall{meetingHall: newMeetingHall(t, db)}
	h.second = officer(t, db, h.c.ID, models.RoleSupervisor, "监委二", 0)
	people := h.neighbours("第1组", n)
	body, err := h.in().SaveBody(ctx, h.member, 0, store.BodyDraft{Kind: models.BodyGroup, Name: "第1居民小组", GroupName: "第1组", Seats: n})
	must(t, err)
	v := h.opened(body, models.SitsRep, n)
	votes := map[models.ID]int{}
	for _, p := range people {
		must(t, h.in().AddBodyCandidate(ctx, h.member, v.ID, p))
	}
	view := h.vote(v.ID)
	for _, c := range view.Candidates {
		votes[c.ID] = n
	}
	h.took(view, n)
	must(t, h.in().CountBodyVote(ctx, h.member, v.ID, votes, 0))
	_, err = h.in().ConfirmBodyVote(ctx, h.director, v.ID)
	must(t, err)
	reps, err := h.in().Representatives(ctx, h.day())
	must(t, err)
	for _, m := range reps {
		h.reps = append(h.reps, models.Actor{UserID: m.UserID, Name: m.Name})
	}
	return h
}

// review calls a review and moves the clock to its beginning.
func (h *reviewHall) review(days int) (*models.CivicMeeting, *store.ReviewView) {
	h.t.Helper()
	d := h.draft(models.MeetingReview)
	start := h.day().AddDays(days).Time().Add(19 * time.Hour)
	d.Start, d.End = start, start.Add(90*time.Minute)
	m, err := h.in().CreateMeeting(ctx, h.supervisor, d)
	must(h.t, err)
	must(h.t, h.in().PublishMeeting(ctx, h.supervisor, m.ID, meetingBoard, m.UpdatedAt))
	h.Clock.Set(start)
	return h.meeting(m.ID), h.seen(m.ID)
}

func (h *reviewHall) seen(m models.ID) *store.ReviewView {
	h.t.Helper()
	v, err := h.in().Review(ctx, m)
	must(h.t, err)
	return v
}

func (h *reviewHall) code(m models.ID) string { return h.in().HallCode(m).Code }

// all gives every member the same grade, but the first another.
func all(v *store.ReviewView, first, rest models.Grade) map[models.ID]models.Grade {
	grades := map[models.ID]models.Grade{}
	for i, m := range v.Members {
		grades[m.ID] = rest
		if i == 0 {
			grades[m.ID] = first
		}
	}
	return grades
}

func TestYearlyReviewIsGradedOnceByTheFrozenList(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newReviewHall(t, db, 5)
		m, v := h.review(11)
		if v.Entitled != 5 || len(v.Members) != 2 || v.State != models.ReviewCalled {
			t.Fatalf("%+v", v)
		}
		good := all(v, models.GradeCompetent, models.GradeExcellent)
		refused(t, h.in().GradeMembers(ctx, h.reps[0], m.ID, good, h.code(m.ID)), problem.Conflict, "review.notopen")
		refused(t, h.in().OpenReview(ctx, h.director, m.ID), problem.Forbidden, "")
		must(t, h.in().OpenReview(ctx, h.supervisor, m.ID))
		refused(t, h.in().OpenReview(ctx, h.supervisor, m.ID), problem.Conflict, "policy.state")
		for _, stranger := range []models.Actor{h.director, h.neighbour(3), h.supervisor} {
			refused(t, h.in().GradeMembers(ctx, stranger, m.ID, good, h.code(m.ID)), problem.Forbidden, "review.notlisted")
		}
		refused(t, h.in().GradeMembers(ctx, h.reps[0], m.ID, good, "000000"), problem.Invalid, "form.invalid")
		refused(t, h.in().GradeMembers(ctx, h.reps[0], m.ID, all(v, models.GradeQualified, ""), h.code(m.ID)), problem.Invalid, "form.invalid")
		refused(t, h.in().GradeMembers(ctx, h.reps[0], m.ID, nil, h.code(m.ID)), problem.Invalid, "form.invalid")
		must(t, h.in().GradeMembers(ctx, h.reps[0], m.ID, good, h.code(m.ID)))
		refused(t, h.in().GradeMembers(ctx, h.reps[0], m.ID, good, h.code(m.ID)), problem.Conflict, "review.twice")
		must(t, h.in().GradeMembers(ctx, h.reps[1], m.ID, all(v, models.GradeIncompetent, ""), h.code(m.ID)))
		h.papers(m, v)
		h.clean()
	})
}

// papers hands two out, has them counted by two people, and closes.
func (h *reviewHall) papers(m *models.CivicMeeting, v *store.ReviewView) {
	t := h.t
	t.Helper()
	lines, marked, err := h.in().FindReviewLines(ctx, h.supervisor, v.ID, "")
	must(t, err)
	if len(lines) != 5 || len(marked) != 2 {
		t.Fatalf("%d lines, %d marked", len(lines), len(marked))
	}
	_, _, err = h.in().FindReviewLines(ctx, h.director, v.ID, "")
	refused(t, err, problem.Forbidden, "")
	given := 0
	for _, l := range lines {
		if marked[l.ID] {
			refused(t, h.in().HandOutPaper(ctx, h.supervisor, m.ID, l.ID), problem.Conflict, "review.twice")
		} else if given < 2 {
			given++
			must(t, h.in().HandOutPaper(ctx, h.supervisor, m.ID, l.ID))
		}
	}
	refused(t, h.in().GradeMembers(ctx, h.reps[2], m.ID, all(v, models.GradeExcellent, ""), h.code(m.ID)), problem.Conflict, "review.twice")
	sheets := func(void int) []models.ReviewSheet {
		return []models.ReviewSheet{{MemberID: v.Members[0].ID, Excellent: 2 - void, Void: void}, {MemberID: v.Members[1].ID, Competent: 2}}
	}
	refused(t, h.in().CloseReview(ctx, h.supervisor, m.ID), problem.Conflict, "review.counts.missing")
	refused(t, h.in().CountReviewPapers(ctx, h.supervisor, m.ID, 3, sheets(0)), problem.Invalid, "form.invalid")
	refused(t, h.in().CountReviewPapers(ctx, h.director, m.ID, 2, sheets(0)), problem.Forbidden, "")
	must(t, h.in().CountReviewPapers(ctx, h.supervisor, m.ID, 2, sheets(0)))
	must(t, h.in().CountReviewPapers(ctx, h.supervisor, m.ID, 2, sheets(0))) // corrects the own count, is no second one
	refused(t, h.in().CloseReview(ctx, h.supervisor, m.ID), problem.Conflict, "review.counts.missing")
	must(t, h.in().CountReviewPapers(ctx, h.street, m.ID, 2, sheets(1)))
	refused(t, h.in().CountReviewPapers(ctx, h.second, m.ID, 2, sheets(0)), problem.Conflict, "review.counted")
	refused(t, h.in().CloseReview(ctx, h.supervisor, m.ID), problem.Conflict, "review.counts.differ")
	must(t, h.in().CountReviewPapers(ctx, h.street, m.ID, 2, sheets(0)))
	must(t, h.in().CloseReview(ctx, h.supervisor, m.ID))
	refused(t, h.in().HandOutPaper(ctx, h.supervisor, m.ID, lines[4].ID), problem.Conflict, "policy.state")
	got := h.seen(m.ID)
	first, second := got.Members[0], got.Members[1]
	if !got.Valid || got.TookPart() != 4 || first.Verdict != models.GradeExcellent || first.Competent != 1 || first.Incompetent != 1 || second.Verdict != models.GradeCompetent || second.Void != 1 {
		t.Errorf("%+v", got)
	}
}

// Two in a row end the post by law: the street records it, and posts and roles
// end in that transaction; in the same term nobody gives the post again.
func TestTwoFailedReviewsInARowEndThePost(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newReviewHall(t, db, 3)
		var m *models.CivicMeeting
		var v *store.ReviewView
		for n := range 2 {
			m, v = h.review(12)
			must(t, h.in().OpenReview(ctx, h.supervisor, m.ID))
			for _, rep := range h.reps[:2] {
				must(t, h.in().GradeMembers(ctx, rep, m.ID, all(v, models.GradeIncompetent, models.GradeExcellent), h.code(m.ID)))
				h.Clock.Add(time.Minute)
			}
			must(t, h.in().CloseReview(ctx, h.supervisor, m.ID))
			v = h.seen(m.ID)
			if v.Members[0].InARow != n+1 || v.Members[1].InARow != 0 {
				t.Fatalf("review %d: %+v", n, v.Members)
			}
			if n == 0 {
				refused(t, h.in().EndReviewed(ctx, h.street, m.ID, v.Members[0].ID), problem.Conflict, "review.end.notyet")
			}
		}
		failed := v.Members[0]
		refused(t, h.in().EndReviewed(ctx, h.supervisor, m.ID, failed.ID), problem.Forbidden, "")
		refused(t, h.in().EndReviewed(ctx, h.street, m.ID, v.Members[1].ID), problem.Conflict, "review.end.notyet")
		roles := func() bool {
			return db.Guard().RolesOf(models.Actor{UserID: failed.UserID}, h.c, h.day()).Has(failed.Role)
		}
		if !roles() {
			t.Fatal("the law ends the post, the street records it: the role is gone before")
		}
		must(t, h.in().EndReviewed(ctx, h.street, m.ID, failed.ID))
		refused(t, h.in().EndReviewed(ctx, h.street, m.ID, failed.ID), problem.Conflict, "page.conflict")
		if roles() {
			t.Error("the role outlived the post")
		}
		again := models.Appointment{RegionID: h.c.ID, UserID: failed.UserID, Role: models.RoleCommitteeMember, From: h.day(), Until: "2027-12-31", Decision: "再任", Name: failed.Name}
		_, err := db.Appoint(ctx, h.street, again)
		refused(t, err, problem.Conflict, "policy.appointment.failed")
		again.From, again.Until = "2028-01-01", "2032-12-31" // elected for the next term
		_, err = db.Appoint(ctx, h.street, again)
		must(t, err)
		h.clean()
	})
}

// A review in which half took part decides nothing, and fulfils no duty.
func TestReviewNeedsMoreThanHalf(t *testing.T) {
	t.Parallel()
	h := newReviewHall(t, storetest.New(t), 4)
	m, v := h.review(10)
	must(t, h.in().OpenReview(ctx, h.supervisor, m.ID))
	for _, rep := range h.reps[:2] {
		must(t, h.in().GradeMembers(ctx, rep, m.ID, all(v, models.GradeIncompetent, models.GradeIncompetent), h.code(m.ID)))
	}
	must(t, h.in().CloseReview(ctx, h.supervisor, m.ID))
	if v = h.seen(m.ID); v.Valid || v.Members[0].Verdict != "" || v.Members[0].InARow != 0 {
		t.Errorf("%+v", v)
	}
	h.clean()
}

// The result of the year is on the board and stands in the disclosure calendar.
func TestReviewIsDisclosed(t *testing.T) {
	t.Parallel()
	h := newReviewHall(t, storetest.New(t), 3)
	_, err := h.in().AdoptCatalogue(ctx, h.director, "2026-01-01")
	must(t, err)
	m, v := h.review(10)
	must(t, h.in().OpenReview(ctx, h.supervisor, m.ID))
	for _, rep := range h.reps {
		must(t, h.in().GradeMembers(ctx, rep, m.ID, all(v, models.GradeCompetent, models.GradeExcellent), h.code(m.ID)))
	}
	must(t, h.in().HoldMeeting(ctx, h.supervisor, m.ID))
	must(t, h.in().WriteMinutes(ctx, h.supervisor, m.ID, store.MinutesDraft{Basics: "应到3人，实到3人", Summary: "逐人评议"}))
	draft, err := h.in().Minutes(ctx, m.ID)
	must(t, err)
	refused(t, h.in().PublishMinutes(ctx, h.supervisor, m.ID, meetingBoard, draft[0].UpdatedAt), problem.Conflict, "appraisal.result.first")
	must(t, h.in().CloseReview(ctx, h.supervisor, m.ID))
	must(t, h.in().PublishMinutes(ctx, h.supervisor, m.ID, meetingBoard, draft[0].UpdatedAt))
	notices, _, err := h.in().PublicNotices(ctx, store.NoticeFilter{Limit: 10}, h.day())
	must(t, err)
	if n := notices[0]; n.Category != "D7" || n.ItemID == 0 || n.Period != "2026" {
		t.Errorf("%+v", n)
	}
	h.clean()
}

// One line, two processes, at once: one paper in the box. And what lies in the
// box does not lie in the order in which it came.
func TestReviewLineGradesOnceInTwoProcesses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		const n = 12
		h := newReviewHall(t, db, n)
		m, v := h.review(10)
		must(t, h.in().OpenReview(ctx, h.supervisor, m.ID))
		other := db.Second(t)
		must(t, other.Load(ctx))
		code := h.code(m.ID)
		var wg sync.WaitGroup
		for _, rep := range h.reps {
			errs := make([]error, 2)
			for i, s := range []*store.Store{db.Store, other} {
				wg.Go(func() {
					errs[i] = s.In(h.c).GradeMembers(ctx, rep, m.ID, all(v, models.GradeExcellent, models.GradeBarely), code)
				})
			}
			wg.Wait()
			if (errs[0] == nil) == (errs[1] == nil) || !problem.Is(errs[0], problem.Conflict) && !problem.Is(errs[1], problem.Conflict) {
				t.Fatal(errs)
			}
		}
		must(t, h.in().CloseReview(ctx, h.supervisor, m.ID))
		if v = h.seen(m.ID); v.Phone != n || v.Members[0].Excellent != n || v.Members[1].Barely != n {
			t.Errorf("%+v", v)
		}
		h.clean()
	})
}

// Nothing in the box leads to a person: its rows have no column that could.
func TestReviewBallotKnowsNoVoter(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	want, _, _ := db.Columns(t, &models.ReviewBallot{})
	if got := fmt.Sprint(want); got != "map[community_id:true grade:true id:true member_id:true review_id:true]" {
		t.Error(got)
	}
	want, _, _ = db.Columns(t, &models.ReviewMark{})
	if got := fmt.Sprint(want); got != "map[channel:true community_id:true id:true review_id:true voter_id:true]" {
		t.Error(got)
	}
}
