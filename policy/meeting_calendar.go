package policy

import (
	"slices"

	"juwu/models"
)

// TalkQuarter is one quarter of the calendar of talks (S0 §六(一): as a rule
// once a quarter).
type TalkQuarter struct {
	Quarter string // "2026Q3"
	Last    models.Date
	Held    models.Date // "" when there was none
	Planned models.Date // the next one called for this quarter
	Missing bool        // the quarter is over and there was none
}

// Talk is a quarterly talk that was held or is called.
type Talk struct {
	Day  models.Date
	Held bool
}

// TalkCalendar lists the quarters from that of since up to today's, the newest
// first. A missing quarter stays in the list for everybody to see.
func TalkCalendar(talks []Talk, since, today models.Date) []TalkQuarter {
	var out []TalkQuarter
	for m := since.Month(); m.First() <= today; m = m.Add(1) {
		q := m.Quarter()
		if len(out) > 0 && out[len(out)-1].Quarter == q {
			continue
		}
		months := models.QuarterMonths(q)
		out = append(out, TalkQuarter{Quarter: q, Last: months[2].Last()})
	}
	for i := range out {
		q := &out[i]
		for _, t := range talks {
			if t.Day.Month().Quarter() != q.Quarter {
				continue
			}
			if t.Held {
				q.Held = t.Day
			} else if t.Day >= today && (q.Planned == "" || t.Day < q.Planned) {
				q.Planned = t.Day
			}
		}
		q.Missing = q.Held == "" && q.Last < today
	}
	slices.Reverse(out)
	return out
}

// NextTalkDue is the last day by which the next talk is due: the end of the
// quarter that has none yet.
func NextTalkDue(calendar []TalkQuarter) models.Date {
	if len(calendar) == 0 {
		return ""
	}
	if now := calendar[0]; now.Held == "" {
		return now.Last
	}
	next := calendar[0].Last.AddDays(1).Month()
	return models.QuarterMonths(next.Quarter())[2].Last()
}

// AppraisalPlan are the days of an appraisal counted back from its meeting: the
// body is told, hands in its summary, the panel examines it (S0 §六(四)).
type AppraisalPlan struct {
	NotifyBy models.Date // the body is told to hand in its summary
	SubmitBy models.Date
	MeetFrom models.Date // the first day the meeting may be
}

// PlanAppraisal counts from the day on which the body was told.
func PlanAppraisal(told, meeting models.Date) AppraisalPlan {
	r := MeetingRuleOf(models.MeetingAppraisal)
	return AppraisalPlan{NotifyBy: r.LatestNotice(meeting), SubmitBy: told.AddDays(r.SubmitDays), MeetFrom: told.AddDays(r.NoticeDays)}
}

// ExamineBy is the panel's last day after the summary came in.
func ExamineBy(received models.Date) models.Date {
	return received.AddDays(MeetingRuleOf(models.MeetingAppraisal).ExamineDays)
}
