package admin

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/models"
	"juwu/policy"
)

// meetings are what the reader has to do about meetings today.
func (v *dayView) meetings(ctx context.Context, t *store.Tenant, c *fiber.Ctx) error {
	roles := policy.RoleSet(0)
	for _, a := range v.Actor.Appointments {
		roles |= policy.SetOf(a.Role)
	}
	if err := v.streetMeetings(ctx, t, c); err != nil || !web.May(c, "meeting", "minutes") && !web.May(c, "appraisal", "submit") {
		return err
	}
	desk, err := t.MeetingDesk(ctx)
	if err != nil {
		return err
	}
	if web.May(c, "meeting", "publish") {
		lost, err := t.FailedFilings(ctx)
		if err != nil {
			return err
		}
		v.filingTasks(lost)
	}
	work, err := t.OpenAppraisals(ctx)
	if err != nil {
		return err
	}
	for _, m := range desk {
		if web.May(c, "meeting", "minutes") {
			v.meetingTasks(m, policy.MeetingRuleOf(m.Kind), roles)
		}
		if a, ok := work[m.ID]; ok && m.State != models.MeetingDraft {
			v.appraisalTasks(m, a, roles)
		}
	}
	return v.meetingPlans(ctx, t, roles)
}

// meetingTask adds one line about a meeting.
func (v *dayView) meetingTask(m models.CivicMeeting, when urgency, key, act string, due models.Date, parts ...string) {
	href := v.AdminURL(append([]string{"meetings", m.ID.String()}, parts...)...)
	v.Tasks = append(v.Tasks, task{When: when, What: v.T(key), About: m.Title, Href: href, Act: v.T(act), Due: due})
}

// appraisalTasks: the appraised hand in their summary, whoever leads sees to its
// examination and ends the grading.
func (v *dayView) appraisalTasks(m models.CivicMeeting, a models.Appraisal, roles policy.RoleSet) {
	leads := roles.Has(models.RoleSupervisor) && policy.MayLeadAppraisal(a.Target, roles) == nil
	switch {
	case a.SubmittedAt == nil && policy.MayHandIn(a.Target, roles) == nil:
		v.meetingTask(m, v.by(a.SubmitBy), "appraisal.day.summary", "office.act.write", a.SubmitBy, "appraisal")
	case a.SubmittedAt != nil && a.ExaminedAt == nil && leads:
		v.meetingTask(m, v.by(a.ExamineBy), "appraisal.day.examine", "office.act.write", a.ExamineBy, "appraisal")
	case m.State == models.MeetingHeld && leads:
		v.meetingTask(m, v.by(m.MinutesDue), "appraisal.day.settle", "office.act.look", m.MinutesDue, "appraisal")
	}
}

// streetMeetings are the street's: records to take in, and posts that have
// ended by law and are to be recorded (art. 37).
func (v *dayView) streetMeetings(ctx context.Context, t *store.Tenant, c *fiber.Ctx) error {
	if web.May(c, "meeting", "receive") {
		filed, err := t.MinutesToReceive(ctx)
		if err != nil {
			return err
		}
		for _, m := range filed {
			v.meetingTask(models.CivicMeeting{Tenant: models.Tenant{ID: m.MeetingID}, Title: m.Title}, soon, "meeting.day.receive", "office.act.look", "")
		}
	}
	if web.May(c, "appraisal", "end") {
		ended, err := t.PostsEnded(ctx)
		if err != nil {
			return err
		}
		for _, m := range ended {
			day := models.DateOf(m.ClosedAt)
			v.meetingTask(models.CivicMeeting{Tenant: models.Tenant{ID: m.MeetingID}, Title: m.Name}, v.by(day), "review.day.end", "office.act.look", day, "review")
		}
	}
	return nil
}

// meetingTasks is what one meeting waits for.
func (v *dayView) meetingTasks(m models.CivicMeeting, rule *policy.MeetingRule, roles policy.RoleSet) {
	add := func(when urgency, key, act string, due models.Date, parts ...string) {
		v.meetingTask(m, when, key, act, due, parts...)
	}
	works := (rule.Callers | rule.Makers).Any(roles)
	switch {
	case m.State == models.MeetingDraft && rule.Makers.Any(roles):
		last := rule.LatestNotice(models.DateOf(m.StartAt))
		add(v.by(last), "meeting.day.draft", "office.act.publish", last)
	case m.State == models.MeetingCalled && works && m.Allotment == models.AllotLottery && m.Seed == "" && !v.Now.Before(m.SignupUntil):
		add(today, "meeting.day.draw", "office.act.look", models.DateOf(m.SignupUntil))
	case m.State == models.MeetingCalled && works && !v.Now.Before(m.EndAt):
		add(v.by(models.DateOf(m.StartAt)), "meeting.day.hold", "office.act.look", models.DateOf(m.StartAt))
	case m.State == models.MeetingHeld && works:
		if m.FeedbackDue != "" && m.Answered < m.Opinions {
			add(v.by(m.FeedbackDue), "meeting.day.answer", "office.act.answer", m.FeedbackDue)
		}
		if m.MinutesDue != "" && m.MinutesAt == nil {
			add(v.by(m.MinutesDue), "meeting.day.minutes", "office.act.write", m.MinutesDue, "minutes")
		}
	}
}

// meetingPlans are promises that come due, for the committee and for those who
// watch over it.
func (v *dayView) meetingPlans(ctx context.Context, t *store.Tenant, roles policy.RoleSet) error {
	if !roles.Any(policy.CommitteeRoles | policy.SetOf(models.RolePartyBranch, models.RoleSupervisor)) {
		return nil
	}
	plans, err := t.OpenPlans(ctx)
	if err != nil {
		return err
	}
	for _, o := range plans {
		if policy.Distance(v.Today(), o.DueDay) > 7 {
			break
		}
		v.Tasks = append(v.Tasks, task{When: v.by(o.DueDay), What: v.T("meeting.day.plan"), About: o.Responsible, Due: o.DueDay, Href: v.AdminURL("meetings", o.MeetingID.String(), "opinions", o.ID.String()), Act: v.T("office.act.look")})
	}
	talks, err := t.TalkCalendar(ctx, v.Today())
	for _, q := range talks {
		if q.Missing && roles.Any(policy.CommitteeRoles|policy.SetOf(models.RolePartyBranch)) {
			v.Tasks = append(v.Tasks, task{When: late, What: v.T("meeting.day.talk"), About: v.PeriodName(q.Quarter), Due: q.Last, Href: v.AdminURL("meetings", "new") + "?kind=heart_talk", Act: v.T("office.act.write")})
			break
		}
	}
	return err
}
