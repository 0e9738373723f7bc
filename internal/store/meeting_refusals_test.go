package store_test

import (
	"strings"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

func TestAMeetingIsNotDraftedFromNonsense(t *testing.T) {
	t.Parallel()
	h := newMeetingHall(t, storetest.New(t))
	long := strings.Repeat("长", 61)
	for _, c := range []struct {
		by         models.Actor
		kind       models.MeetingKind
		field, key string
		change     func(*store.MeetingDraft)
	}{
		{h.member, models.MeetingHearing, "link", "meeting.link.wrong", func(d *store.MeetingDraft) { d.Link = "http://example.org/room" }}, // what is said there is open to read
		{h.member, models.MeetingHearing, "link", "meeting.link.wrong", func(d *store.MeetingDraft) { d.Link = "https:room" }},
		{h.member, models.MeetingHearing, "day", "meeting.day.wrong", func(d *store.MeetingDraft) { d.Start = h.Now().Add(-time.Minute) }},
		{h.member, models.MeetingHearing, "day", "meeting.day.wrong", func(d *store.MeetingDraft) { d.Start = h.Now().AddDate(0, 0, 367) }},
		{h.member, models.MeetingHearing, "end", "meeting.end.wrong", func(d *store.MeetingDraft) { d.End = d.Start }},
		{h.member, models.MeetingHearing, "end", "meeting.end.wrong", func(d *store.MeetingDraft) { d.End = d.Start.Add(12*time.Hour + time.Minute) }},
		{h.supervisor, models.MeetingAppraisal, "target", "form.choose", func(d *store.MeetingDraft) { d.Target = "neighbours" }},
		{h.supervisor, models.MeetingReview, "mode", "form.choose", func(d *store.MeetingDraft) { d.Mode = models.ByGroup }},
		{h.member, models.MeetingHearing, "item_title", "meeting.items.needed", func(d *store.MeetingDraft) { d.Items = nil }},
		{h.member, models.MeetingHearing, "item_title", "meeting.items.wrong", func(d *store.MeetingDraft) { d.Items[0].Title = long }},
		{h.member, models.MeetingHearing, "item_title", "meeting.items.wrong", func(d *store.MeetingDraft) { d.Items[0].Minutes = 0 }},
		{h.member, models.MeetingHearing, "item_title", "meeting.items.long", func(d *store.MeetingDraft) { d.Items[0].Minutes = 51 }}, // 91 minutes of 90
		{h.member, models.MeetingHearing, "seats", "form.number", func(d *store.MeetingDraft) {
			d.Seats = []policy.LotterySeats{meetingSeats(models.PartListener, models.PoolOpen, -1)}
		}},
		{h.member, models.MeetingHearing, "seats", "form.number", func(d *store.MeetingDraft) {
			d.Seats = []policy.LotterySeats{meetingSeats(models.PartListener, models.PoolOpen, 2001)}
		}},
		{h.member, models.MeetingHearing, "invites", "meeting.invites.many", func(d *store.MeetingDraft) {
			for range 101 {
				d.Invites = append(d.Invites, store.MeetingInviteDraft{Body: models.InviteUnits, Name: "物业"})
			}
		}},
		{h.member, models.MeetingHearing, "invites", "meeting.invites.wrong", func(d *store.MeetingDraft) { d.Invites[0].Name = long }},
		{h.member, models.MeetingHearing, "invites", "meeting.invites.phone", func(d *store.MeetingDraft) { d.Invites[0].Phone = "1370" }},
	} {
		d := h.draft(c.kind)
		c.change(&d)
		atField(t, second(h.in().CreateMeeting(ctx, c.by, d)), c.field, c.key)
	}
	if n := h.Count(t, "civic_meetings"); n != 0 {
		t.Errorf("%d meetings of what was refused", n)
	}
}

// What is not called has no door, no list and no words; what is called is not
// moved to nowhere.
func TestADraftOfAMeetingIsNotThereForOthers(t *testing.T) {
	t.Parallel()
	h := newMeetingHall(t, storetest.New(t))
	d := h.draft(models.MeetingHearing, meetingSeats(models.PartListener, models.PoolOpen, 1), meetingSeats(models.PartDelegate, models.PoolOpen, 3))
	m, err := h.in().CreateMeeting(ctx, h.member, d)
	must(t, err)
	refused(t, h.in().CheckInByCode(ctx, h.neighbour(1), m.ID, h.in().HallCode(m.ID).Code), problem.NotFound, "page.notfound")
	refused(t, second(h.in().JoinMeeting(ctx, h.neighbour(1), m.ID, store.SignupDraft{Part: models.PartListener})), problem.NotFound, "page.notfound")
	refused(t, second(h.in().SendOpinion(ctx, h.neighbour(1), m.ID, store.OpinionDraft{Text: "电梯太贵了，请再比比"})), problem.NotFound, "page.notfound")
	must(t, h.in().PublishMeeting(ctx, h.director, m.ID, meetingBoard, m.UpdatedAt))
	m = h.meeting(m.ID)
	for _, c := range []struct {
		field, key string
		change     func(*store.MeetingChange)
	}{
		{"place", "form.needed", func(x *store.MeetingChange) { x.Place = strings.Repeat("长", 61) }},
		{"end", "meeting.end.wrong", func(x *store.MeetingChange) { x.End = x.Start }},
		{"end", "meeting.end.wrong", func(x *store.MeetingChange) { x.End = x.Start.Add(13 * time.Hour) }},
	} {
		x := store.MeetingChange{Place: "二楼", Start: meetingStart.Add(time.Hour), End: meetingStart.Add(2 * time.Hour), Reason: "活动室漏水"}
		c.change(&x)
		atField(t, h.in().ChangeMeeting(ctx, h.director, m.ID, x, meetingBoard), c.field, c.key)
	}
	if now := h.meeting(m.ID); now.Revision != m.Revision || !now.StartAt.Equal(m.StartAt) || !now.EndAt.Equal(m.EndAt) || now.Place != m.Place {
		t.Errorf("moved by what was refused: %+v", now)
	}

	for _, c := range []struct {
		field, key string
		draft      store.SignupDraft
	}{
		{"part", "form.choose", store.SignupDraft{Part: "chair"}},
		{"needs", "form.toolong", store.SignupDraft{Part: models.PartListener, Needs: strings.Repeat("需", 201)}},
		{"name", "form.toolong", store.SignupDraft{Part: models.PartListener, Name: strings.Repeat("王", 31)}},
		{"name", "form.needed", store.SignupDraft{Part: models.PartListener}},
	} {
		atField(t, second(h.in().JoinMeeting(ctx, someResident(t, h.DB, "13700000009"), m.ID, c.draft)), c.field, c.key)
	}
	atField(t, second(h.in().JoinMeetingAtDesk(ctx, h.member, m.ID, store.SignupDraft{Part: models.PartListener, Phone: "13900000321"})), "name", "form.needed")
	atField(t, second(h.in().JoinMeetingAtDesk(ctx, h.member, m.ID, store.SignupDraft{Part: models.PartListener, Name: "王阿姨", Phone: "1390"})), "phone", "meeting.phone.wrong")
	if n := h.Count(t, "meeting_signups"); n != 0 {
		t.Errorf("%d places of what was refused", n)
	}
	h.signUp(h.neighbour(1), m.ID, models.PartListener)
	waits := h.signUp(h.neighbour(2), m.ID, models.PartListener)
	refused(t, h.in().ChangeSignup(ctx, h.neighbour(2), m.ID, waits.ID, store.SignupDraft{Part: models.PartDelegate}), problem.Conflict, "meeting.part.waiting")
	h.clean()
}

// The order of the evening: nothing before its hour, nothing after it is over,
// and minutes by whoever holds such meetings.
func TestAMeetingKeepsItsOrder(t *testing.T) {
	t.Parallel()
	h := newMeetingHall(t, storetest.New(t))
	m := h.call(h.draft(models.MeetingHearing, meetingSeats(models.PartListener, models.PoolOpen, 5)))
	refused(t, h.in().HoldMeeting(ctx, h.director, m.ID), problem.TooEarly, "meeting.hold.early")
	refused(t, h.in().WriteMinutes(ctx, h.director, m.ID, store.MinutesDraft{Basics: "到会12人", Summary: "大家同意"}), problem.Conflict, "meeting.minutes.state")
	refused(t, h.in().RecordOpinion(ctx, h.member, m.ID, store.OpinionDraft{Text: "电梯太贵了，请再比比", Speaker: "王阿姨"}), problem.Conflict, "meeting.opinion.closed")
	for _, words := range []string{"好", strings.Repeat("好", 61)} {
		atField(t, h.in().DrawLottery(ctx, h.member, m.ID, words), "words", "meeting.draw.words.wrong")
	}
	came, late := h.signUp(h.neighbour(1), m.ID, models.PartListener), h.signUp(h.neighbour(2), m.ID, models.PartListener)
	h.Clock.Set(meetingStart)
	must(t, h.in().CheckInByCode(ctx, h.neighbour(1), m.ID, h.in().HallCode(m.ID).Code))
	refused(t, h.in().LeaveAtDesk(ctx, h.member, m.ID, came.ID), problem.Conflict, "page.conflict") // who sits there has come

	atField(t, h.in().RecordOpinion(ctx, h.member, m.ID, store.OpinionDraft{Text: strings.Repeat("贵", 501), Speaker: "王阿姨"}), "opinion", "form.toolong")
	atField(t, h.in().RecordOpinion(ctx, h.member, m.ID, store.OpinionDraft{Text: "电梯太贵了，请再比比"}), "speaker", "form.needed")
	if n := h.Count(t, "meeting_opinions"); n != 0 {
		t.Errorf("%d opinions of what was refused", n)
	}

	must(t, h.in().HoldMeeting(ctx, h.director, m.ID))
	refused(t, h.in().LeaveAtDesk(ctx, h.member, m.ID, late.ID), problem.Conflict, "page.conflict")
	refused(t, h.in().CloseMeeting(ctx, h.director, m.ID), problem.Conflict, "meeting.close.minutes")
	must(t, h.in().RecordOpinion(ctx, h.member, m.ID, store.OpinionDraft{Text: "电梯太贵了，请再比比", Signup: came.ID}))
	said, err := h.in().MeetingOpinions(ctx, m.ID)
	must(t, err)
	refused(t, h.in().ConfirmWords(ctx, h.neighbour(2), m.ID, said[0].ID, ""), problem.NotFound, "page.notfound") // another's words
	atField(t, h.in().ConfirmWords(ctx, h.neighbour(1), m.ID, said[0].ID, strings.Repeat("贵", 501)), "correction", "form.toolong")
	atField(t, h.in().AnswerOpinion(ctx, h.member, m.ID, said[0].ID, store.OpinionAnswer{Adoption: models.AdoptionNo, Answer: strings.Repeat("答", 1001)}), "answer", "form.toolong")
	if now, err := h.in().MeetingOpinions(ctx, m.ID); err != nil || now[0].ConfirmedAt != nil || now[0].AnsweredAt != nil {
		t.Errorf("%+v %v", now, err)
	}
	refused(t, h.in().PublishMinutes(ctx, h.supervisor, m.ID, meetingBoard, h.Now()), problem.Forbidden, "policy.forbidden") // of the committee's hearing
	must(t, h.in().AnswerOpinion(ctx, h.member, m.ID, said[0].ID, store.OpinionAnswer{Adoption: models.AdoptionNo, Answer: "已比较三家，报价最低"}))
	refused(t, h.in().PublishMinutes(ctx, h.director, m.ID, meetingBoard, h.Now()), problem.Conflict, "page.conflict") // nobody wrote any
	for _, how := range []string{"", strings.Repeat("送", 201)} {
		if p := problem.As(h.in().FiledByHand(ctx, h.director, m.ID, 4711, how)); p == nil || p.Fields["how"].Key == "" {
			t.Errorf("brought to the street %d characters: %v", len(how), p)
		}
	}
	h.Clock.Set(meetingStart.Add(24 * time.Hour))
	refused(t, h.in().CheckInByCode(ctx, h.neighbour(3), m.ID, h.in().HallCode(m.ID).Code), problem.TooLate, "meeting.door.over")
	h.clean()
}

func TestATopicIsAnsweredInWords(t *testing.T) {
	t.Parallel()
	h := newMeetingHall(t, storetest.New(t))
	atField(t, second(h.in().ProposeTopic(ctx, h.neighbour(1), strings.Repeat("题", 201))), "topic", "form.toolong")
	topic, err := h.in().ProposeTopic(ctx, h.neighbour(1), "楼下停车怎么办")
	must(t, err)
	for _, answer := range []string{"", "不", strings.Repeat("不", 2001)} {
		atField(t, h.in().DecideTopic(ctx, h.director, topic.ID, 0, answer), "answer", "policy.reason")
	}
	if all, err := h.in().Topics(ctx); err != nil || len(all) != 1 || all[0].State != models.TopicOpen {
		t.Errorf("%+v %v", all, err)
	}
}

// A review: of a committee that is there, by people who are there, at its hour,
// counted whole, and never recorded by whoever it is about.
func TestAReviewIsHeldAsTheLawSays(t *testing.T) {
	t.Parallel()
	empty := newMeetingHall(t, storetest.New(t))
	d := empty.draft(models.MeetingReview)
	d.Start, d.End = d.Start.AddDate(0, 0, 7), d.End.AddDate(0, 0, 7)
	m, err := empty.in().CreateMeeting(ctx, empty.supervisor, d)
	must(t, err)
	refused(t, empty.in().PublishMeeting(ctx, empty.supervisor, m.ID, meetingBoard, m.UpdatedAt), problem.Conflict, "review.voters.none")
	must(t, empty.Exec(ctx, "UPDATE appointments SET ended_at = created_at WHERE role IN ('director', 'committee_member')"))
	refused(t, empty.in().PublishMeeting(ctx, empty.supervisor, m.ID, meetingBoard, m.UpdatedAt), problem.Conflict, "review.members.none")
	if n := empty.Count(t, "review_voters") + empty.Count(t, "reviewed_members") + empty.Count(t, "notices"); n != 0 {
		t.Errorf("%d rows of what was refused", n)
	}

	h := newReviewHall(t, storetest.New(t), 3)
	off, _ := h.review(11)
	h.Clock.Add(-time.Minute)
	refused(t, h.in().OpenReview(ctx, h.supervisor, off.ID), problem.TooEarly, "appraisal.grade.early")
	must(t, h.in().CancelMeeting(ctx, h.supervisor, off.ID, "场地漏水，改期", meetingBoard))
	h.Clock.Add(time.Minute)
	refused(t, h.in().OpenReview(ctx, h.supervisor, off.ID), problem.Conflict, "")

	m, v := h.review(11)
	must(t, h.in().OpenReview(ctx, h.supervisor, m.ID))
	lines, _, err := h.in().FindReviewLines(ctx, h.supervisor, v.ID, "")
	must(t, err)
	for _, l := range lines[:2] {
		must(t, h.in().HandOutPaper(ctx, h.supervisor, m.ID, l.ID))
	}
	sheet := func(member models.ID) models.ReviewSheet { return models.ReviewSheet{MemberID: member, Competent: 2} }
	one, two := v.Members[0].ID, v.Members[1].ID
	refused(t, h.in().CountReviewPapers(ctx, h.supervisor, m.ID, 2, []models.ReviewSheet{sheet(one)}), problem.NotFound, "page.notfound")
	refused(t, h.in().CountReviewPapers(ctx, h.supervisor, m.ID, 2, []models.ReviewSheet{sheet(one), sheet(4711)}), problem.NotFound, "page.notfound")
	if n := h.Count(t, "review_sheets"); n != 0 {
		t.Errorf("%d sheets of what was refused", n)
	}
	must(t, h.in().CountReviewPapers(ctx, h.supervisor, m.ID, 2, []models.ReviewSheet{sheet(one), sheet(two)}))
	for _, x := range v.Members {
		if x.UserID == h.director.UserID {
			both := appoint(t, h.DB, h.director, h.c.StreetID, models.RoleStreet, 0)
			refused(t, h.in().EndReviewed(ctx, both, m.ID, x.ID), problem.Forbidden, "policy.forbidden") // about themselves
		}
	}
}

func TestNothingIsNobodys(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.New(t))
	refused(t, d.EndSession(ctx, models.Actor{}, nil), problem.Unauthorized, "policy.login")
	refused(t, second(d.EndSessions(ctx, models.Actor{}, nil)), problem.Unauthorized, "policy.login")
	must(t, d.in().SaveSettings(ctx, d.director, store.Settings{Phone: "0571-1", InquiryDays: 10, DisplayDays: 20, ClaimThresholdFen: 500000}))
	both := appoint(t, d.DB, d.director, d.c.StreetID, models.RoleStreet, 0)
	refused(t, d.in().DecideThreshold(ctx, both, 500000, true), problem.Forbidden, "settings.threshold.own")
	if c := d.CommunityByID(d.c.ID); c.ClaimThresholdFen != 200000 || c.ProposedThresholdFen != 500000 {
		t.Errorf("%+v", c)
	}
	for _, c := range []struct {
		field, key string
		change     func(*store.NoticeDraft)
	}{
		{"title", "form.toolong", func(n *store.NoticeDraft) { n.Title = strings.Repeat("题", 81) }},
		{"body", "notice.body.needed", func(n *store.NoticeDraft) { n.Body = " \r\n" }},
		{"body", "form.toolong", func(n *store.NoticeDraft) { n.Body = strings.Repeat("文", 20001) }},
		{"item_id", "notice.item.unknown", func(n *store.NoticeDraft) { n.ItemID = 4711 }},
	} {
		n := water()
		c.change(&n)
		atField(t, second(d.in().CreateNotice(ctx, d.clerk, n)), c.field, c.key)
	}
	if n := d.Count(t, "notices"); n != 0 {
		t.Errorf("%d notices of what was refused", n)
	}
}
