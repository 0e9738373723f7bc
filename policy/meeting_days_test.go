package policy

import (
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// Each kind by its name: the last minute at which a notice is in time and the
// first at which it is late, over month ends, a leap day, a year's end and the
// long holidays. Days of notice are civil days: a holiday among them counts, and
// the refusal names the day that would be allowed.
func TestLastMinuteOfEachKindsNotice(t *testing.T) {
	kinds := map[string]models.MeetingKind{
		"民情恳谈会": models.MeetingHeartTalk, "事务协调会": models.MeetingCoordination, "工作听证会": models.MeetingHearing,
		"成效评议会": models.MeetingAppraisal, "民主评议": models.MeetingReview,
	}
	for _, c := range []struct{ kind, meeting, last string }{
		{"民情恳谈会", "2026-12-02", "2026-11-29"}, {"民情恳谈会", "2026-10-01", "2026-09-28"}, {"民情恳谈会", "2027-01-01", "2026-12-29"},
		{"事务协调会", "2026-12-02", "2026-11-29"}, {"事务协调会", "2028-03-01", "2028-02-27"},
		{"工作听证会", "2026-12-02", "2026-11-29"}, {"工作听证会", "2027-03-01", "2027-02-26"}, {"工作听证会", "2028-03-01", "2028-02-27"}, {"工作听证会", "2026-10-08", "2026-10-05"},
		{"成效评议会", "2026-12-16", "2026-12-01"}, {"成效评议会", "2027-01-05", "2026-12-21"}, {"成效评议会", "2028-03-01", "2028-02-15"},
		{"民主评议", "2026-12-11", "2026-12-01"}, {"民主评议", "2027-03-05", "2027-02-23"},
	} {
		t.Run(c.kind+" "+c.meeting, func(t *testing.T) {
			kind, last := kinds[c.kind], models.Date(c.last)
			midnight := last.AddDays(1).Time()
			if got := MeetingRuleOf(kind).LatestNotice(models.Date(c.meeting)); got != last {
				t.Fatalf("the last day is %s, want %s", got, last)
			}
			if err := CheckMeetingNotice(kind, models.DateOf(midnight.Add(-time.Minute)), models.Date(c.meeting), false); err != nil {
				t.Errorf("at 23:59 it is late: %v", err)
			}
			for _, at := range []time.Time{midnight, midnight.Add(time.Minute)} {
				p := problem.As(CheckMeetingNotice(kind, models.DateOf(at), models.Date(c.meeting), false))
				if p == nil || p.Kind != problem.TooLate || p.Key != "meeting.notice.late" || p.Args["date"] != models.Date(c.meeting).AddDays(1) {
					t.Errorf("at %s: %+v", at.In(models.Shanghai).Format("15:04"), p)
				}
			}
		})
	}
}

// What follows a meeting, each kind by its name: n days after it, never ending on
// a day of rest, over month ends and the holidays of 2026.
func TestLastDayAfterEachKind(t *testing.T) {
	feedback := func(k models.MeetingKind) func(models.Date) models.Date {
		return func(d models.Date) models.Date { return MeetingRuleOf(k).FeedbackDue(d, China()) }
	}
	minutes := func(k models.MeetingKind) func(models.Date) models.Date {
		return func(d models.Date) models.Date { return MeetingRuleOf(k).MinutesDue(d, China()) }
	}
	for _, c := range []struct {
		name       string
		due        func(models.Date) models.Date
		held, want models.Date
	}{
		{"民情恳谈会 答复", feedback(models.MeetingHeartTalk), "2026-11-16", "2026-12-01"},
		{"民情恳谈会 答复，月末", feedback(models.MeetingHeartTalk), "2026-02-12", "2026-02-27"},
		{"民情恳谈会 答复，国庆", feedback(models.MeetingHeartTalk), "2026-09-22", "2026-10-08"},
		{"民情恳谈会 公布", minutes(models.MeetingHeartTalk), "2026-09-22", "2026-10-08"},
		{"工作听证会 纪要", minutes(models.MeetingHearing), "2026-11-24", "2026-12-01"},
		{"工作听证会 纪要，周末", minutes(models.MeetingHearing), "2026-11-21", "2026-11-30"},
		{"工作听证会 纪要，国庆第一天", minutes(models.MeetingHearing), "2026-09-24", "2026-10-08"},
		{"工作听证会 纪要，国庆前一天", minutes(models.MeetingHearing), "2026-09-23", "2026-09-30"},
		{"工作听证会 纪要，跨年", minutes(models.MeetingHearing), "2026-12-28", "2027-01-04"},
		{"成效评议会 结果", minutes(models.MeetingAppraisal), "2026-12-15", "2026-12-18"},
		{"成效评议会 结果，周末", minutes(models.MeetingAppraisal), "2026-12-23", "2026-12-28"},
		{"成效评议会 结果，国庆", minutes(models.MeetingAppraisal), "2026-09-30", "2026-10-08"},
		{"民主评议 结果", minutes(models.MeetingReview), "2026-12-15", "2026-12-18"},
		{"事务协调会 没有公开的纪要", minutes(models.MeetingCoordination), "2026-12-15", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.due(c.held); got != c.want {
				t.Errorf("held %s: %s, want %s", c.held, got, c.want)
			}
		})
	}
}

// 15 = 10 + 5: told on the day, the summary within ten, its examination within
// five of the day it came in.
func TestDaysOfAnAppraisal(t *testing.T) {
	for _, c := range []struct{ told, meeting, submit, from, received, examine models.Date }{
		{"2026-12-01", "2026-12-16", "2026-12-11", "2026-12-16", "2026-12-11", "2026-12-16"},
		{"2026-12-20", "2027-01-05", "2026-12-30", "2027-01-04", "2026-12-22", "2026-12-27"},
		{"2028-02-20", "2028-03-06", "2028-03-01", "2028-03-06", "2028-02-25", "2028-03-01"},
	} {
		plan := PlanAppraisal(c.told, c.meeting)
		if plan.SubmitBy != c.submit || plan.MeetFrom != c.from || ExamineBy(c.received) != c.examine {
			t.Errorf("told %s: %+v, examined by %s", c.told, plan, ExamineBy(c.received))
		}
	}
}

// Every member signs: a word for whoever has not, none when all have.
func TestUnsignedNeedsAReason(t *testing.T) {
	for _, c := range []struct {
		members int
		counts  [4]int
		why     string
		kept    string
		refused bool
	}{
		{4, [4]int{4}, "", "", false}, {4, [4]int{1, 1, 1, 1}, "住院", "", false}, {4, [4]int{3}, "", "", true}, {4, [4]int{3}, "住院", "住院", true},
		{4, [4]int{3}, "丁代表住院", "丁代表住院", false}, {5, [4]int{2, 1}, "两人出差在外", "两人出差在外", false},
	} {
		kept, err := CheckUnsigned(c.members, c.counts, c.why)
		if (err != nil) != c.refused || !c.refused && kept != c.kept {
			t.Errorf("%+v: %q %v", c, kept, err)
		}
	}
}
