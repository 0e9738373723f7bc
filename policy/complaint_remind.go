package policy

import "juwu/models"

// CaseReminder is what somebody is reminded of: the end of a catalogue key, the
// day it is about, and whether the reporter is told or whoever has the case.
type CaseReminder struct {
	What     string
	Due      models.Date
	Reporter bool
}

// rateNotice is how many days before the end of the days to rate the reporter is
// reminded.
const rateNotice = 2

// RemindOf is the reminder that is due on a day: of a stage from the working day
// before its last day on, of a call-back on its last day, of rating two days
// before the end. None on the day on which a stage began, and none when late:
// that is announced otherwise.
func RemindOf(c models.Complaint, day models.Date, cal *Calendar) (CaseReminder, bool) {
	if !c.State.Open() || day > c.DueDay || day <= c.StageDay {
		return CaseReminder{}, false
	}
	switch c.State {
	case models.ComplaintAnswered, models.ComplaintRated:
		if day == CallBackDue(c) {
			return CaseReminder{What: "callback", Due: day}, true
		}
		if c.State == models.ComplaintAnswered && !c.Rated && day >= c.DueDay.AddDays(-rateNotice) {
			return CaseReminder{What: "rate", Due: c.DueDay, Reporter: true}, true
		}
		return CaseReminder{}, false
	}
	return CaseReminder{What: "soon", Due: c.DueDay}, cal.WorkingDays(day, 1) >= c.DueDay
}
