package policy

import (
	"strings"

	"juwu/internal/problem"
	"juwu/models"
)

// Service level of the place (domain.md E4): no law binds a committee to days,
// so these are what it promises. Per category a community may promise others.
const (
	DefaultTriageDays = 1 // working days to sort a case
	DefaultAssignDays = 1 // to dispatch it
	DefaultHandleDays = 5 // to handle it, as 12345 in Weifang and Jinan
	MostServiceDays   = 30
)

// Periods after an answer, in civil days (domain.md E4).
const (
	CallBackDays = 3 // to ask whether it is solved
	RateDays     = 7 // to rate, and to reopen
	// DeliberationDays is how long a case may wait for a meeting before it
	// counts as late; a hearing needs its notice and its minutes.
	DeliberationDays = 30
	// AppealDays is how long a closed or refused case can be escalated: as long
	// as a review may be asked for (信访 35).
	AppealDays = 30
)

// Legal clocks once a case is with an organ that the 信访工作条例 binds
// (domain.md E1), in civil days unless said otherwise.
const (
	RegisterDays  = 15 // registers, forwards, tells whether and how it is handled (22, 23)
	DecideDays    = 60 // decides (34)
	ExtensionDays = 30 // at most, with approval and notice (34)
	HotlineDays   = 5  // working days of 12345 (潍坊 20, 济南 24)
)

// ComplaintDue is the last day of the present stage of a case, counted from
// what is stored; "" when nobody has to do anything. Every open case has one:
// no act stops a clock, it starts the next.
func ComplaintDue(c models.Complaint, cal *Calendar) models.Date {
	from := c.StageDay
	switch c.State {
	case models.ComplaintReceived:
		return promised(c, cal.WorkingDays(from, serviceDays(c.TriageDays, DefaultTriageDays)))
	case models.ComplaintTriaged, models.ComplaintReopened:
		return promised(c, cal.WorkingDays(from, serviceDays(c.AssignDays, DefaultAssignDays)))
	case models.ComplaintAssigned, models.ComplaintProcessing:
		return promised(c, cal.WorkingDays(from, serviceDays(c.HandleDays, DefaultHandleDays)))
	case models.ComplaintDeliberating:
		return cal.Deadline(from, DeliberationDays)
	case models.ComplaintAnswered, models.ComplaintRated:
		return cal.Deadline(from, RateDays)
	case models.ComplaintEscalated:
		return EscalationDue(c, cal)
	}
	return ""
}

// promised bounds a stage by the day that the reporter was promised: returning
// or dispatching once more starts a stage and moves no promise.
func promised(c models.Complaint, stage models.Date) models.Date {
	if c.PromiseDay != "" && c.PromiseDay < stage {
		return c.PromiseDay
	}
	return stage
}

func serviceDays(days, otherwise int) int {
	if days <= 0 {
		return otherwise
	}
	return min(days, MostServiceDays)
}

// EscalationDue is the day of the next legal duty of an escalated case: first
// to register and tell (15 days), then to decide (60 days from receipt, and up
// to 30 more); a hotline has five working days for all of it, a
// review thirty days (35, 36).
func EscalationDue(c models.Complaint, cal *Calendar) models.Date {
	if c.EscalatedTo == models.EscalatedHotline {
		return cal.WorkingDays(c.StageDay, HotlineDays)
	}
	if c.EscalatedTo == models.EscalatedReview || c.EscalatedTo == models.EscalatedRecheck {
		return cal.Deadline(c.StageDay, ReviewDays)
	}
	if c.Registered == "" {
		return cal.Deadline(c.StageDay, RegisterDays)
	}
	days := DecideDays
	if c.Extended {
		days += ExtensionDays
	}
	return cal.Deadline(c.StageDay, days)
}

// ComplaintPromise is the day by which the reporter is told what became of it:
// all three stages from the day on.
func ComplaintPromise(c models.Complaint, from models.Date, cal *Calendar) models.Date {
	return cal.WorkingDays(from, serviceDays(c.TriageDays, DefaultTriageDays)+serviceDays(c.AssignDays, DefaultAssignDays)+serviceDays(c.HandleDays, DefaultHandleDays))
}

// ComplaintLate: the last day itself is in time. After an answer it is the
// reporter's turn, and nobody is late.
func ComplaintLate(c models.Complaint, day models.Date) bool {
	switch c.State {
	case models.ComplaintAnswered, models.ComplaintRated:
		return false
	}
	return c.State.Open() && day > c.DueDay
}

// ComplaintSettled tells that the days to rate and to reopen are over: the
// case is closed for every reader, whether the job has noted it or not.
func ComplaintSettled(c models.Complaint, day models.Date) bool {
	return (c.State == models.ComplaintAnswered || c.State == models.ComplaintRated) && day > c.DueDay
}

// CallBackDue is the last day to ask the reporter whether it is solved; ""
// when that was done, or nobody can be asked.
func CallBackDue(c models.Complaint) models.Date {
	if c.State != models.ComplaintAnswered || c.CalledAt != nil || c.Rated || c.Level == models.LevelAnonymous {
		return ""
	}
	return c.StageDay.AddDays(CallBackDays)
}

// MayReopen: once, with a reason, within the days to rate.
func MayReopen(c models.Complaint, day models.Date, reason string) error {
	if c.Reopened > 0 {
		return problem.New(problem.Conflict, "policy.case.reopened", nil).Because("E4: once")
	}
	if ComplaintSettled(c, day) {
		return problem.New(problem.TooLate, "policy.case.settled", problem.Args{"date": c.DueDay}).Because("E4")
	}
	return reasonGiven(reason)
}

// MayEscalate is the reporter's way up: when a day has passed, when reopening
// did not help, when the case was not accepted; for a while after its end. A
// case that is being handled in time is not taken from whoever handles it.
func MayEscalate(c models.Complaint, day models.Date) error {
	switch c.State {
	case models.ComplaintEscalated:
		return problem.New(problem.Conflict, "policy.case.escalated", nil).Because("E4")
	case models.ComplaintRefused, models.ComplaintClosed:
		if c.ClosedAt != nil && day > models.DateOf(*c.ClosedAt).AddDays(AppealDays) {
			return problem.New(problem.TooLate, "policy.case.settled", problem.Args{"date": models.DateOf(*c.ClosedAt).AddDays(AppealDays)}).Because("petition rules 35")
		}
		return nil
	case models.ComplaintAnswered, models.ComplaintRated:
		if c.Reopened == 0 && c.EscalatedAt == nil {
			return problem.New(problem.TooEarly, "policy.case.reopenfirst", nil).Because("E4")
		}
		return nil
	}
	if ComplaintLate(c, day) {
		return nil
	}
	return problem.New(problem.TooEarly, "policy.case.early", problem.Args{"date": c.DueDay}).Because("E4")
}

// MayReturn: a handler who is the wrong one says so, once in a case's life;
// after that whoever dispatches decides (京接诉即办 12, 潍坊 22).
func MayReturn(c models.Complaint, reason string) error {
	if c.Returned > 0 {
		return problem.New(problem.Conflict, "policy.case.returned", nil).Because("Weifang 22")
	}
	return reasonGiven(reason)
}

// MayExtend: once, by up to thirty days, with a reason that the reporter is
// told (信访 34).
func MayExtend(c models.Complaint, reason string) error {
	if c.Extended || c.EscalatedTo != models.EscalatedStreet && c.EscalatedTo != models.EscalatedPetition {
		return problem.New(problem.Conflict, "policy.case.extended", nil).Because("petition rules 34")
	}
	return reasonGiven(reason)
}

// MayAnswerCase: an answer says something, and nobody answers their own case
// (rule 5).
func MayAnswerCase(relations RoleSet, answer string) error {
	if relations.Has(RoleReporter) {
		return problem.New(problem.Forbidden, "policy.case.own", nil).Because("G3.5")
	}
	var f problem.Form
	if len([]rune(strings.TrimSpace(answer))) < leastReason {
		f.Add("text", "policy.reason", problem.Args{"n": leastReason})
	}
	return f.Err()
}

// PublicCase tells whether everybody may read a case: the category allows it,
// it is about no official's acts, and the reporter gave a name. Anonymous text
// is never public (domain.md E3).
func PublicCase(level models.ComplaintLevel, about models.ComplaintAbout, hidden bool) bool {
	return !hidden && about == models.AboutNobody && level == models.LevelNamed
}
