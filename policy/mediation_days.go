package policy

import (
	"juwu/internal/problem"
	"juwu/models"
)

// Days of a mediation. The thirty days for the court are law (Mediation Law
// art. 33); the rest are local rules: the law asks for promptness (art. 21) and
// gives no days.
const (
	CourtDays       = 30
	InviteDays      = 7  // the other side is asked to answer
	MediationDays   = 30 // as a rule it is over by then (local; usual in practice)
	KeepYearsWords  = 3  // without an agreement: as long as a claim may be brought (Civil Code art. 188, 195)
	KeepYearsAgreed = 5  // with one, from its end
	KeepYearsUnseen = 1  // the other side never learnt of it, or never came
)

// CourtDue is the last day for both to ask the court to confirm an agreement:
// thirty days from the day it takes effect, that day not counted, and no
// holiday is the last (art. 33; Civil Code art. 201, 203).
func CourtDue(effective models.Date, c *Calendar) models.Date {
	return c.Deadline(effective, CourtDays)
}

// MayAskCourt refuses after the last day; that day itself is in time.
func MayAskCourt(m models.Mediation, day models.Date) error {
	if m.EffectiveDay == "" || m.State != models.MediationEffective {
		return problem.New(problem.Conflict, "policy.state", nil).Because("mediation law 33: no agreement in force")
	}
	if day > m.CourtDay {
		return problem.New(problem.TooLate, "policy.mediation.court", problem.Args{"date": m.CourtDay}).Because("mediation law 33")
	}
	return nil
}

// CourtStage tells how far the reminders of the last day for the court have
// come: 1 when the agreement took effect, 2 ten days before, 3 three days
// before; 0 when nothing is to be said any more.
func CourtStage(m models.Mediation, day models.Date) int {
	switch {
	case m.State != models.MediationEffective || m.CourtState != models.CourtNone || day > m.CourtDay:
		return 0
	case Distance(day, m.CourtDay) <= 3:
		return 3
	case Distance(day, m.CourtDay) <= 10:
		return 2
	}
	return 1
}

// PromiseStage tells how far the reminders of a promise have come: 1 three days
// before, 2 on the day, 3 when it has passed. Only then somebody else than who
// promised is told (art. 31: the committee urges).
func PromiseStage(p models.MediationPromise, day models.Date) int {
	switch {
	case p.State != models.PromiseOpen:
		return 0
	case day > p.DueDay:
		return 3
	case day == p.DueDay:
		return 2
	case Distance(day, p.DueDay) <= 3:
		return 1
	}
	return 0
}

// MediationKeepUntil is how long the words of an ended mediation are kept. No
// law that is at hand gives years: the archive (art. 27) is kept as long as the
// parties may need it, and no longer (PIPL art. 19).
func MediationKeepUntil(m models.Mediation, ended models.Date) models.Date {
	years := KeepYearsWords
	switch m.State {
	case models.MediationFulfilled, models.MediationBroken:
		years = KeepYearsAgreed
	case models.MediationWithdrawn, models.MediationDeclined, models.MediationRefused:
		years = KeepYearsUnseen
	}
	return models.DateOf(ended.Time().AddDate(years, 0, 0))
}

// CheckPromiseDay: what is promised lies ahead, and not further than five years.
func CheckPromiseDay(due, day models.Date) bool {
	return due.Valid() && due >= day && due <= day.AddDays(5*366)
}

// SmallestFigure is the smallest number of mediations that is ever written:
// below it nobody can be guessed at, and none looks like a few.
const SmallestFigure = 5

// ShowsFigure tells whether a number of mediations may be written.
func ShowsFigure(n int) bool { return n >= SmallestFigure }
