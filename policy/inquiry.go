package policy

import (
	"strings"

	"juwu/internal/problem"
	"juwu/models"
)

// DefaultInquiryDays is a setting, not law: art. 34 obliges the committee to
// accept questions and names no number of days. 15 is what Shanghai asks of
// villages for questions about the books.
const DefaultInquiryDays = 15

// DueDay is the last day to answer a question asked on the day: that day not
// counted, and moved to the next working day if it falls on a holiday, as
// Civil Code art. 203 counts periods. days ≤ 0 means the default.
func DueDay(asked models.Date, days int, c *Calendar) models.Date {
	if days <= 0 {
		days = DefaultInquiryDays
	}
	return c.Deadline(asked, days)
}

// Overdue: the due day itself is still in time. Answering late ends it for the
// reader too, but not in the figures: those compare the day of the answer.
func Overdue(in models.Inquiry, day models.Date) bool {
	last := day
	if in.AnsweredAt != nil {
		last = models.DateOf(*in.AnsweredAt)
	}
	return last > in.DueDay
}

// MustForward tells the clock's job that a question goes to the supervision
// committee (art. 36): open and past its day.
func MustForward(in models.Inquiry, day models.Date) bool {
	return in.State == models.InquiryOpen && day > in.DueDay
}

// MayAnswer: the asker does not answer, whoever got the money of the line
// does not answer for it (rule 5), and an answer says something.
func MayAnswer(in models.Inquiry, by Signer, claimant models.ID, answer string) error {
	if _, err := Next(InquiryMoves, in.State, "answer", by.Roles); err != nil {
		return err
	}
	if in.UserID == by.UserID || claimant != 0 && claimant == by.UserID {
		return problem.New(problem.Forbidden, "policy.inquiry.own", nil).Because("G3.5")
	}
	var f problem.Form
	if n := len([]rune(strings.TrimSpace(answer))); n < leastReason {
		f.Add("answer", "policy.reason", problem.Args{"n": leastReason})
	}
	return f.Err()
}

// MayReportToStreet: residents may tell the street what is not published in
// time or not true (art. 35). Before the day to answer has passed neither can
// be said of an unanswered question; of an answered one it can at once.
func MayReportToStreet(in models.Inquiry, by Signer, day models.Date) error {
	if in.UserID != by.UserID && !by.Roles.Has(models.RoleSupervisor) {
		return problem.New(problem.Forbidden, "policy.inquiry.asker", nil).Because("art. 35")
	}
	if in.ReportedAt != nil {
		return problem.New(problem.Conflict, "policy.inquiry.reported", nil).Because("art. 35")
	}
	if in.State == models.InquiryOpen && day <= in.DueDay {
		return problem.New(problem.TooEarly, "policy.inquiry.early", problem.Args{"date": in.DueDay}).Because("art. 35")
	}
	roles := by.Roles
	if in.UserID == by.UserID {
		roles |= SetOf(RolePerson)
	}
	_, err := Next(InquiryMoves, in.State, "report", roles)
	return err
}

// MayOrder: the street or the district orders publication or correction after
// a report (art. 35), and says what is to be done.
func MayOrder(in models.Inquiry, by Signer, text string) error {
	if _, err := Next(InquiryMoves, in.State, "order", by.Roles); err != nil {
		return err
	}
	if in.OrderedAt != nil {
		return problem.New(problem.Conflict, "policy.inquiry.ordered", nil).Because("art. 35")
	}
	return reasonGiven(text)
}
