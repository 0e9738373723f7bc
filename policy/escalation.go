package policy

import (
	"slices"

	"juwu/internal/problem"
	"juwu/models"
)

// The way up once an organ has decided (信访工作条例 35, 36), and the way back
// of a case that was forwarded to the wrong one (23).
const (
	ReviewDays = 30 // to ask for a review or a recheck, and to decide it: civil days, not extended
	ObjectDays = 5  // working days to say that a forwarded case is somebody else's
)

// EscalationsFor are the ways up that are open to a case: street, hotline and
// petition; after the decision on a petition the review (复查), after that the
// recheck (复核), and after that none: it is final.
func EscalationsFor(c models.Complaint) []models.EscalationKind {
	if decidedAbove(c) {
		switch c.EscalatedTo {
		case models.EscalatedPetition:
			return []models.EscalationKind{models.EscalatedReview}
		case models.EscalatedReview:
			return []models.EscalationKind{models.EscalatedRecheck}
		case models.EscalatedRecheck:
			return nil
		}
	}
	return []models.EscalationKind{models.EscalatedStreet, models.EscalatedHotline, models.EscalatedPetition}
}

// decidedAbove tells that the last answer is that of the organ the case was
// escalated to.
func decidedAbove(c models.Complaint) bool {
	switch c.State {
	case models.ComplaintAnswered, models.ComplaintRated, models.ComplaintClosed:
	default:
		return false
	}
	by := c.AnsweredBy == models.AssigneeStreet || c.AnsweredBy == models.AssigneeSupervisor && c.About == models.AboutStreet
	return c.EscalatedAt != nil && c.AnsweredAt != nil && by
}

// MayEscalateTo is MayEscalate for one way: it must be open, and a review is
// asked for within thirty days of the decision.
func MayEscalateTo(c models.Complaint, to models.EscalationKind, day models.Date) error {
	if err := MayEscalate(c, day); err != nil {
		return err
	}
	open := EscalationsFor(c)
	if len(open) == 0 {
		return problem.New(problem.Conflict, "policy.case.final", nil).Because("petition rules 36")
	}
	if !slices.Contains(open, to) {
		var f problem.Form
		f.Add("kind", "form.choose", nil)
		return f.Err()
	}
	if to != models.EscalatedReview && to != models.EscalatedRecheck {
		return nil
	}
	if last := models.DateOf(*c.AnsweredAt).AddDays(ReviewDays); day > last {
		return problem.New(problem.TooLate, "policy.case.settled", problem.Args{"date": last}).Because("petition rules 35")
	}
	return nil
}

// MaySendBack: whoever a case was forwarded to says within five working days
// that it is not theirs, with reasons.
func MaySendBack(c models.Complaint, day models.Date, cal *Calendar) error {
	if last := cal.WorkingDays(c.StageDay, ObjectDays); day > last {
		return problem.New(problem.TooLate, "policy.case.object", problem.Args{"date": last}).Because("petition rules 23")
	}
	return nil
}
