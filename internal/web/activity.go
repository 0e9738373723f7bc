package web

import (
	"time"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web/ui"
	"juwu/models"
)

// The form of a volunteers' activity, for team leaders and for the office.

const (
	activityKinds   = i18n.Family("volunteer.skill.")
	activityTargets = i18n.Family("volunteer.target.")
	activityNeeds   = i18n.Family("volunteer.training.")
)

// mostWeeks: a shift may be repeated weekly so often.
const mostWeeks = 12

// ActivityDraftOf reads the form of ActivityForm.
func ActivityDraftOf(f *Form) store.ActivityDraft {
	d := store.ActivityDraft{LeaderNo: f.Optional("leader", 20)}
	d.Title, d.Body, d.Place = f.Text("title", 60), f.Area("body", 3000), f.Text("place", 100)
	d.Kind, d.Target = Choice(f, "kind", models.VolunteerSkills...), Choice(f, "target", models.ServiceTargets...)
	d.TeamID = f.OptionalID("team")
	job := f.Text("job", 60)
	d.Jobs = []store.JobDraft{JobOf(f, job)}
	d.MinAge = f.Int("min_age", 0, 80)
	d.NeedsWhat = OptionalChoice(f, "needs", models.Trainings...)
	d.Risk, d.Agreement = f.Bool("risk"), f.Bool("agreement")
	d.RiskText, d.Safeguard = f.OptionalArea("risk_text", 1000), f.OptionalArea("safeguard", 1000)
	d.Insurer, d.PolicyNo, d.InsuredTo = f.Optional("insurer", 100), f.Optional("policy_no", 100), f.OptionalDate("insured_to")
	return d
}

// OptionalChoice is one of the allowed values, or none.
func OptionalChoice[T ~string](f *Form, name string, allowed ...T) T {
	if f.values.Get(name) == "" {
		f.order = append(f.order, name)
		return ""
	}
	return Choice(f, name, allowed...)
}

// JobOf reads a kind of work with its times, repeated weekly.
func JobOf(f *Form, title string) store.JobDraft {
	j := store.JobDraft{Title: title}
	day, from, to := f.Date("day"), f.Clock("begins"), f.Clock("ends")
	places, weeks := f.Int("places", 1, 500), f.Int("weeks", 1, mostWeeks)
	if f.Err() != nil {
		return j
	}
	for w := range weeks {
		at := day.AddDays(7 * w).Time()
		j.Shifts = append(j.Shifts, store.ShiftDraft{Begins: at.Add(from), Ends: at.Add(to), Places: places})
	}
	return j
}

func (p *Page) codes(name string, family i18n.Family, codes []string) []ui.Option {
	var options []ui.Option
	for _, c := range codes {
		options = append(options, p.Option(name, c, p.T(family.Key(c))))
	}
	return options
}

// Span says a time from – to on one day.
func (p *Page) Span(from, to time.Time) string {
	return p.Moment(from) + " – " + to.In(models.Shanghai).Format("15:04")
}
