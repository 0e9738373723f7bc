package policy

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"juwu/internal/problem"
	"juwu/models"
)

//go:embed elections/steps.csv
var stepsCSV string

type stepPlan struct {
	key      string
	from, to int
	before   bool
	bound    string
	who, law string
	mode     string
	notices  []string
}

// Step is one line of an election's timetable, computed from its day.
type Step struct {
	Key      string
	From, To models.Date
	Limit    models.Date // the last day the law or the pack allows; "" = none
	Who      string      // electoral, assembly, voters, …
	Law      string      // source: "CL17"
	Notices  []string    // templates that belong to it
	Rest     bool        // its last day is not worked
	Guess    bool        // the holidays of that year are not announced yet
}

var electionSteps = sync.OnceValue(func() []stepPlan {
	plans, err := readSteps(stepsCSV)
	if err != nil {
		panic(err) // embedded data, read by a test
	}
	return plans
})

func readSteps(text string) ([]stepPlan, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment, r.FieldsPerRecord = '#', 8
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("steps.csv: %w", err)
	}
	var plans []stepPlan
	for _, row := range rows[1:] {
		p := stepPlan{key: row[0], who: row[4], law: row[5], mode: row[6], notices: strings.Fields(row[7])}
		if p.from, err = strconv.Atoi(row[1]); err != nil {
			return nil, fmt.Errorf("steps.csv: %s: %w", p.key, err)
		}
		if p.to, err = strconv.Atoi(row[2]); err != nil || p.to < p.from {
			return nil, fmt.Errorf("steps.csv: %s ends before it begins", p.key)
		}
		if how, key, ok := strings.Cut(row[3], " "); ok {
			p.before, p.bound = how == "before", key
		}
		plans = append(plans, p)
	}
	return plans, nil
}

// Timetable is every step of an election of this mode on this day (domain.md
// B1). Practice says when a step is usual; what the rules demand moves it, never
// the other way round: a pack that publishes the roll 30 days before moves the
// roll and what follows it.
func Timetable(day models.Date, mode models.ElectionMode, rules Rules, c *Calendar) []Step {
	var steps []Step
	roll := Latest(day, max(rules.Int("roll.publish_days"), 28))
	object := ObjectUntil(roll, rules, c)
	for _, p := range electionSteps() {
		if p.mode == "reps" && mode != models.ModeReps || p.mode == "proxy" && !ProxyAllowed(mode, rules) {
			continue
		}
		s := Step{Key: p.key, From: day.AddDays(p.from), To: day.AddDays(p.to), Who: p.who, Law: p.law, Notices: p.notices}
		switch {
		case p.bound != "" && p.before:
			s.Limit = Latest(day, rules.Int(p.bound))
			s.To = min(s.To, s.Limit)
		case p.bound != "":
			s.Limit = day.AddDays(rules.Int(p.bound))
			s.To = s.Limit
		}
		switch p.key {
		case "roll":
			s.From, s.To = roll, roll
		case "objections":
			s.From, s.To, s.Limit = roll, object, object
		case "decisions":
			s.From, s.To = roll, DecideUntil(object, rules)
			s.Limit = s.To
		}
		s.From = min(s.From, s.To)
		s.Rest, s.Guess = !c.Working(s.To), !c.Announced(s.To)
		steps = append(steps, s)
	}
	return steps
}

// EarliestDay is the first election day that leaves room for the whole
// timetable if everything begins on the day.
func EarliestDay(today models.Date) models.Date {
	first := 0
	for _, p := range electionSteps() {
		if p.key != "audit" {
			first = min(first, p.from)
		}
	}
	return today.AddDays(-first)
}

// RollLatest is the last day to publish the roll (art. 17: 选举日的二十日前): the
// day of publication and the days are not after the election day.
func RollLatest(day models.Date, rules Rules) models.Date {
	return Latest(day, rules.Int("roll.publish_days"))
}

// ObjectUntil is the last day to object: within five days of publication, the
// first day not counted (art. 17); moved off a holiday where the pack counts as
// Civil Code art. 203 does.
func ObjectUntil(published models.Date, rules Rules, c *Calendar) models.Date {
	days := rules.Int("roll.objection_days")
	if rules.Bool("roll.holiday_shift") {
		return c.Deadline(published, days)
	}
	return c.DeadlineExact(published, days)
}

// DecideUntil is the last day to decide an objection: within three days of
// receiving it (art. 17). It is never moved: that would take the objector's time.
func DecideUntil(received models.Date, rules Rules) models.Date {
	return received.AddDays(rules.Int("roll.decision_days"))
}

// MayPublishRoll refuses a roll that is late for its election day (art. 17).
func MayPublishRoll(today, day models.Date, rules Rules) error {
	if last := RollLatest(day, rules); today > last {
		return problem.New(problem.TooLate, "election.roll.late", problem.Args{"date": last, "days": rules.Int("roll.publish_days")}).Because("art. 17")
	}
	return nil
}

// MayFreezeRoll: the time to object is over and every objection is decided.
func MayFreezeRoll(today models.Date, e *models.Election, open int) error {
	switch {
	case today <= e.ObjectUntil:
		return problem.New(problem.TooEarly, "election.roll.objectable", problem.Args{"date": e.ObjectUntil}).Because("art. 17")
	case open > 0:
		return problem.New(problem.TooEarly, "election.roll.undecided", problem.Args{"n": open}).Because("art. 17")
	}
	return nil
}

// MayOpenPolls: on the election day only.
func MayOpenPolls(today models.Date, e *models.Election) error {
	switch {
	case today < e.Day:
		return problem.New(problem.TooEarly, "election.poll.early", problem.Args{"date": e.Day})
	case today > e.Day:
		return problem.New(problem.TooLate, "election.poll.late", problem.Args{"date": e.Day})
	}
	return nil
}

// MayPublishCandidates: not after the day the pack names.
func MayPublishCandidates(today, day models.Date, rules Rules) error {
	last := Latest(day, rules.Int("candidate.publish_days"))
	if today > last {
		return problem.New(problem.TooLate, "election.candidate.late", problem.Args{"date": last}).Because("pack candidate.publish_days")
	}
	return nil
}

// MayWithdraw: in writing, not later than the pack says before the day.
func MayWithdrawCandidacy(today, day models.Date, rules Rules) error {
	last := Latest(day, rules.Int("candidate.withdraw_days"))
	if today > last {
		return problem.New(problem.TooLate, "election.candidate.withdraw.late", problem.Args{"date": last}).Because("pack candidate.withdraw_days")
	}
	return nil
}

// RunoffUntil is the last day of a run-off after the election day.
func RunoffUntil(day models.Date, rules Rules) models.Date {
	return day.AddDays(rules.Int("runoff.days"))
}

// TimetableOf is the timetable of an election with what has happened since: a
// roll that was published earlier moves the days to object and to decide.
func TimetableOf(e *models.Election, rules Rules, c *Calendar) []Step {
	steps := Timetable(e.Day, e.Mode, rules, c)
	if e.RollAt == nil || e.ObjectUntil == "" {
		return steps
	}
	for i := range steps {
		switch s := &steps[i]; s.Key {
		case "objections":
			s.From, s.To, s.Limit = models.DateOf(*e.RollAt), e.ObjectUntil, e.ObjectUntil
		case "decisions":
			s.From, s.To = models.DateOf(*e.RollAt), DecideUntil(e.ObjectUntil, rules)
			s.Limit = s.To
		}
	}
	return steps
}
