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

// panelHall is a community whose delegates have elected an appraisal's panel.
type panelHall struct {
	*meetingHall
	panel models.ID
	seats []models.Mandate // the head first
	spare models.ID        // a resident outside the panel
}

// newPanelHall elects a panel of four and its head: the supervisor records, the
// street confirms; three units have sent delegates who vote.
func newPanelHall(t testing.TB, db *storetest.DB) *panelHall {
	t.Helper()
	h := &panelHall{meetingHall: newMeetingHall(t, db)}
	people := h.neighbours("第1组", 5)
	h.spare = people[4]
	for i, name := range []string{"和睦里小学", "和睦里医院", "邮局"} {
		unit, err := h.in().SaveBody(ctx, h.member, 0, store.BodyDraft{Kind: models.BodyUnit, Name: name})
		must(t, err)
		must(t, h.in().AddDelegate(ctx, h.member, unit, name+"代表", "1370000000"+string(rune('1'+i)), "函", ""))
	}
	draft := store.BodyDraft{Kind: models.BodyPanel, Name: "2026年考核评议小组", Seats: 4}
	_, err := h.in().SaveBody(ctx, h.member, 0, draft)
	refused(t, err, problem.Forbidden, "policy.forbidden") // the committee does not make who grades it
	h.panel, err = h.in().SaveBody(ctx, h.supervisor, 0, draft)
	must(t, err)
	h.elect(models.SitsMember, people[:4])
	h.elect(models.SitsHead, people[:1])
	rows, err := h.in().BodyMandates(ctx, h.panel)
	must(t, err)
	for _, m := range rows {
		if m.Post == models.SitsHead {
			h.seats = append([]models.Mandate{m}, h.seats...)
		} else if m.ResidentID != people[0] {
			h.seats = append(h.seats, m)
		}
	}
	if len(h.seats) != 4 {
		t.Fatalf("%+v", rows)
	}
	return h
}

func (h *panelHall) elect(post models.Seat, people []models.ID) {
	h.t.Helper()
	draft := store.BodyVoteDraft{Body: h.panel, Post: post, Method: models.MethodPaper, Unit: models.UnitDelegates, Day: h.day(), Place: "活动室",
		Seats: len(people), Witness: "王五", From: h.day(), Until: h.day().AddDays(300)}
	_, err := h.in().OpenBodyVote(ctx, h.clerk, draft)
	refused(h.t, err, problem.Forbidden, "policy.forbidden")
	v, err := h.in().OpenBodyVote(ctx, h.supervisor, draft)
	must(h.t, err)
	if v.Entitled != 4 { // three units and the party branch; nobody of the committee
		h.t.Fatalf("%d delegates", v.Entitled)
	}
	for _, p := range people {
		must(h.t, h.in().AddBodyCandidate(ctx, h.supervisor, v.ID, p))
	}
	view := h.vote(v.ID)
	var took []models.ID
	votes := map[models.ID]int{}
	for _, x := range view.Voters {
		took = append(took, x.ID)
	}
	for _, c := range view.Candidates {
		votes[c.ID] = 4
	}
	must(h.t, h.in().MarkBodyVoters(ctx, h.supervisor, v.ID, took))
	must(h.t, h.in().CountBodyVote(ctx, h.supervisor, v.ID, votes, 0))
	_, err = h.in().ConfirmBodyVote(ctx, h.director, v.ID)
	refused(h.t, err, problem.Forbidden, "")
	_, err = h.in().ConfirmBodyVote(ctx, h.supervisor, v.ID)
	refused(h.t, err, problem.Forbidden, "policy.body.recorder")
	_, err = h.in().ConfirmBodyVote(ctx, h.street, v.ID)
	must(h.t, err)
}

// of is the login of somebody of the panel.
func (h *panelHall) of(i int) models.Actor {
	return models.Actor{UserID: h.seats[i].UserID, Name: h.seats[i].Name}
}

func (h *panelHall) appraise() *models.CivicMeeting {
	h.t.Helper()
	d := h.draft(models.MeetingAppraisal)
	d.Panel, d.Start = h.panel, d.Start.AddDate(0, 0, 14)
	d.End = d.Start.Add(time.Hour)
	m, err := h.in().CreateMeeting(ctx, h.supervisor, d)
	must(h.t, err)
	refused(h.t, h.in().PublishMeeting(ctx, h.director, m.ID, meetingBoard, m.UpdatedAt), problem.Forbidden, "")
	must(h.t, h.in().PublishMeeting(ctx, h.supervisor, m.ID, meetingBoard, m.UpdatedAt))
	return h.meeting(m.ID)
}

func (h *panelHall) view(m models.ID) *store.AppraisalView {
	h.t.Helper()
	v, err := h.in().Appraisal(ctx, m)
	must(h.t, err)
	return v
}

func TestAppraisalNeedsAPanelWithAHead(t *testing.T) {
	t.Parallel()
	h := newMeetingHall(t, storetest.New(t))
	d := h.draft(models.MeetingAppraisal)
	d.Start, d.End = d.Start.AddDate(0, 0, 14), d.End.AddDate(0, 0, 14)
	m, err := h.in().CreateMeeting(ctx, h.supervisor, d)
	must(t, err)
	refused(t, h.in().PublishMeeting(ctx, h.supervisor, m.ID, meetingBoard, m.UpdatedAt), problem.Conflict, "appraisal.panel.none")
	if h.meeting(m.ID).State != models.MeetingDraft {
		t.Error("it was called")
	}
	d.Panel = 4711
	_, err = h.in().CreateMeeting(ctx, h.supervisor, d)
	refused(t, err, problem.NotFound, "page.notfound")
}

// From the summary to the result with both ways of signing; who may not grade
// does not, and a result needs more than half of the panel.
func TestAppraisalFromSummaryToResult(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newPanelHall(t, db)
		m := h.appraise()
		v := h.view(m.ID)
		if v.SubmitBy != "2026-12-03" || len(v.Panel) != 4 || v.Panel[0].Post != models.SitsHead || v.Voting() != 4 {
			t.Fatalf("%+v", v)
		}
		refused(t, h.in().ExamineSummary(ctx, h.of(0), m.ID, "材料属实"), problem.TooEarly, "appraisal.summary.none")
		refused(t, h.in().SubmitSummary(ctx, h.supervisor, m.ID, "一年来的工作"), problem.Forbidden, "")
		refused(t, h.in().SubmitSummary(ctx, h.street, m.ID, "一年来的工作"), problem.Forbidden, "appraisal.handin")
		must(t, h.in().SubmitSummary(ctx, h.member, m.ID, "一年来的工作"))
		refused(t, h.in().SubmitSummary(ctx, h.director, m.ID, "一年来的工作"), problem.Conflict, "page.conflict")
		if got := h.view(m.ID).ExamineBy; got != "2026-11-28" {
			t.Errorf("examine by %s", got)
		}
		refused(t, h.in().ExamineSummary(ctx, h.director, m.ID, "材料属实"), problem.NotFound, "page.notfound")
		refused(t, h.in().ExamineSummary(ctx, h.of(1), m.ID, "材料属实"), problem.Forbidden, "policy.forbidden")
		must(t, h.in().ExamineSummary(ctx, h.of(0), m.ID, "材料属实"))
		refused(t, h.in().GradeWork(ctx, h.of(0), m.ID, models.GradeQualified, ""), problem.TooEarly, "appraisal.grade.early")
		h.Clock.Set(m.StartAt)
		h.gradeAll(m)
		h.settle(m)
	})
}

func (h *panelHall) gradeAll(m *models.CivicMeeting) {
	t := h.t
	t.Helper()
	refused(t, h.in().GradeWork(ctx, h.of(0), m.ID, models.GradeCompetent, ""), problem.Invalid, "form.invalid") // a grade of members
	refused(t, h.in().GradeWork(ctx, h.neighbour(7), m.ID, models.GradeQualified, ""), problem.NotFound, "page.notfound")
	must(t, h.in().GradeWork(ctx, h.of(0), m.ID, models.GradeExcellent, "很好"))
	refused(t, h.in().GradeWork(ctx, h.of(0), m.ID, models.GradeUnqualified, ""), problem.Conflict, "appraisal.signed")
	// A member whose brother-in-law sits in the committee steps aside, in whatever way they sign.
	must(t, h.declareKin(h.seats[3].ResidentID, h.member))
	refused(t, h.in().GradeWork(ctx, h.of(3), m.ID, models.GradeExcellent, ""), problem.Forbidden, "appraisal.relative")
	paper := []store.NewFile{picture(t)}
	refused(t, h.in().GradeOnPaper(ctx, h.supervisor, m.ID, h.seats[3].ID, models.GradeExcellent, "", paper), problem.Forbidden, "appraisal.relative")
	refused(t, h.in().GradeOnPaper(ctx, h.supervisor, m.ID, h.seats[1].ID, models.GradeQualified, "", nil), problem.Invalid, "form.invalid")
	refused(t, h.in().GradeOnPaper(ctx, h.director, m.ID, h.seats[1].ID, models.GradeQualified, "", paper), problem.Forbidden, "")
	refused(t, h.in().GradeOnPaper(ctx, h.supervisor, m.ID, 4711, models.GradeQualified, "", paper), problem.NotFound, "page.notfound")
	must(t, h.in().HoldMeeting(ctx, h.supervisor, m.ID))
	refused(t, h.in().SettleAppraisal(ctx, h.supervisor, m.ID, ""), problem.Conflict, "appraisal.few") // one of three
	must(t, h.in().GradeOnPaper(ctx, h.supervisor, m.ID, h.seats[1].ID, models.GradeQualified, "", paper))
	refused(t, h.in().GradeOnPaper(ctx, h.supervisor, m.ID, h.seats[1].ID, models.GradeQualified, "", paper), problem.Conflict, "appraisal.signed")
}

func (h *panelHall) declareKin(resident models.ID, with models.Actor) error {
	_, err := h.in().DeclareKinship(ctx, with, store.KinshipDraft{Other: store.Named{Someone: models.Someone{ResidentID: resident}}, Kin: models.KinOther})
	return err
}

func (h *panelHall) settle(m *models.CivicMeeting) {
	t := h.t
	t.Helper()
	must(t, h.in().WriteMinutes(ctx, h.supervisor, m.ID, store.MinutesDraft{Basics: "评议小组四人", Summary: "逐项评议"}))
	draft, err := h.in().Minutes(ctx, m.ID)
	must(t, err)
	refused(t, h.in().PublishMinutes(ctx, h.supervisor, m.ID, meetingBoard, draft[0].UpdatedAt), problem.Conflict, "appraisal.result.first")
	refused(t, h.in().SettleAppraisal(ctx, h.director, m.ID, ""), problem.Forbidden, "")
	if err := h.in().SettleAppraisal(ctx, h.supervisor, m.ID, ""); fieldKey(err, "why") != "appraisal.unsigned.why" { // every member signs, or it is said why not
		t.Errorf("settled without a word for who has not signed: %v", err)
	}
	must(t, h.in().SettleAppraisal(ctx, h.supervisor, m.ID, "丙代表住院"))
	refused(t, h.in().SettleAppraisal(ctx, h.supervisor, m.ID, "丙代表住院"), problem.Conflict, "page.conflict")
	refused(t, h.in().GradeWork(ctx, h.of(2), m.ID, models.GradeUnqualified, ""), problem.Conflict, "page.conflict")
	v := h.view(m.ID)
	if v.Result != models.GradeExcellent || v.Members != 3 || v.Signed() != 2 || v.Panel[2].Grade != nil || v.Panel[3].Barred == nil {
		t.Errorf("%+v", v)
	}
	for _, a := range []models.Actor{h.member, h.street} {
		letters, _, err := h.Inbox(ctx, a.UserID, 0)
		must(t, err)
		if letters[0].Text.Key != "appraisal.tell.result" {
			t.Errorf("%s got %+v", a.Name, letters[0])
		}
	}
	must(t, h.in().PublishMinutes(ctx, h.supervisor, m.ID, meetingBoard, draft[0].UpdatedAt))
	must(t, h.in().ReceiveMinutes(ctx, h.street, m.ID))
	must(t, h.in().CloseMeeting(ctx, h.supervisor, m.ID))
	if due := h.meeting(m.ID).MinutesDue; due != policy.MeetingRuleOf(models.MeetingAppraisal).MinutesDue("2026-12-16", policy.China()) {
		t.Errorf("result due %s", due)
	}
	h.clean()
}

// Whoever is appraised does not stand for the panel that grades.
func TestTheAppraisedDoNotStandForThePanel(t *testing.T) {
	t.Parallel()
	h := newPanelHall(t, storetest.New(t))
	must(t, h.declareKin(h.spare, h.member))
	v, err := h.in().OpenBodyVote(ctx, h.supervisor, store.BodyVoteDraft{Body: h.panel, Post: models.SitsMember, Method: models.MethodHands, Unit: models.UnitDelegates,
		Day: h.day(), Place: "活动室", Seats: 1, Witness: "王五", From: h.day(), Until: h.day().AddDays(300)})
	must(t, err)
	refused(t, h.in().AddBodyCandidate(ctx, h.supervisor, v.ID, h.spare), problem.Conflict, "policy.stand.appraised")
}

// The street's own work is not led, nor graded, by the street.
func TestAppraisalOfGovernmentWorkIsNotLedByTheStreet(t *testing.T) {
	t.Parallel()
	h := newPanelHall(t, storetest.New(t))
	d := h.draft(models.MeetingAppraisal)
	d.Panel, d.Target, d.Start, d.End = h.panel, models.TargetGovernment, d.Start.AddDate(0, 0, 14), d.End.AddDate(0, 0, 14)
	m, err := h.in().CreateMeeting(ctx, h.street, d)
	must(t, err)
	refused(t, h.in().PublishMeeting(ctx, h.street, m.ID, meetingBoard, m.UpdatedAt), problem.Forbidden, "appraisal.own")
	must(t, h.in().PublishMeeting(ctx, h.supervisor, m.ID, meetingBoard, m.UpdatedAt))
	refused(t, h.in().SubmitSummary(ctx, h.member, m.ID, "一年来的工作"), problem.Forbidden, "appraisal.handin")
	must(t, h.in().SubmitSummary(ctx, h.street, m.ID, "一年来的工作"))
}
