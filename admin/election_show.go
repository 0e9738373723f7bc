package admin

import (
	"strings"

	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// planForm gives the fields of a plan their choices.
type planForm struct{ *web.Page }

func (v planForm) modes() []ui.Option {
	var out []ui.Option
	for _, m := range models.ElectionModes {
		key := electionModes.Key(string(m))
		out = append(out, ui.Option{Value: string(m), Text: v.T(key), Hint: v.T(electionModeHints.Key(string(m))), Checked: v.Value("mode") == string(m)})
	}
	return out
}

func (v planForm) packs() []ui.Option {
	var out []ui.Option
	for _, p := range policy.Packs() {
		out = append(out, ui.Option{Value: p, Text: v.T(packNames.Key(p)), Checked: v.Value("pack") == p})
	}
	return out
}

func (v *electionView) rulesLead() string {
	if v.E.FrozenAt != nil {
		return v.T("election.rules.frozen", "pack", v.T(packNames.Key(v.E.Pack)), "at", *v.E.FrozenAt)
	}
	return v.T("election.rules.open", "pack", v.T(packNames.Key(v.E.Pack)))
}

func (v *electionView) ruleRows(rules policy.Rules) []ui.TR {
	rows := make([]ui.TR, len(rules))
	for i, r := range rules {
		lock := ui.TD{Text: v.T(ruleLocks.Key(string(r.Lock)))}
		if r.Adopted != "" {
			lock.Sub = r.Adopted
		}
		rows[i] = ui.TR{Cells: []ui.TD{{Text: v.T(ruleNames.Key(r.Key))}, {Text: web.RuleValue(v.Page, r)}, lock, {Text: web.SourceName(v.Page, r.Source)}}}
	}
	return rows
}

func (v *electionView) diffs() []ui.TR {
	var rows []ui.TR
	for _, pair := range policy.PackRules(policy.DefaultPack).Diff(v.Rules) {
		rows = append(rows, ui.TR{Cells: []ui.TD{{Text: v.T(ruleNames.Key(pair[0].Key))}, {Text: web.RuleValue(v.Page, pair[0])}, {Text: web.RuleValue(v.Page, pair[1]), Sub: pair[1].Adopted}, {Text: web.SourceName(v.Page, pair[1].Source)}}})
	}
	return rows
}

func (v *electionView) adoptable() []ui.Option {
	var out []ui.Option
	for _, r := range v.Rules {
		if r.Lock != policy.LockLocal {
			continue
		}
		text := v.T(ruleNames.Key(r.Key)) + " (" + r.Value
		if choices := policy.RuleChoices(r.Key); len(choices) > 0 {
			text += ": " + strings.Join(choices, " / ")
		}
		out = append(out, ui.Option{Value: r.Key, Text: text + ")", Checked: v.Value("key") == r.Key})
	}
	return out
}

// timeline is the timetable: what was done by whom, what is late, what is now.
func (v *electionView) timeline() []ui.Event {
	events := make([]ui.Event, len(v.Steps))
	for i, s := range v.Steps {
		e := ui.Event{Title: v.T(electionSteps.Key(s.Key)), Who: v.T(electionWho.Key(s.Who)), Time: v.span(s), Text: web.SourceName(v.Page, s.Law)}
		if s.Limit != "" {
			e.Text = v.T("election.step.limit", "law", web.SourceName(v.Page, s.Law), "day", s.Limit)
		}
		if s.Rest {
			e.Text += " · " + v.T("election.step.rest")
		}
		done, ok := v.Done[s.Key]
		switch {
		case ok:
			e.State, e.StateFor = ui.StepDone, v.T("election.step.done")
			e.Who = done.DoneName
			e.Time = v.Moment(done.DoneAt)
		case v.Today() > s.To:
			e.State, e.StateFor = ui.StepLate, v.T("election.step.late")
		case v.Today() >= s.From:
			e.State, e.StateFor, e.Until = ui.StepNow, v.T("election.step.now"), v.Left(s.To)
		default:
			e.State, e.StateFor = ui.StepNext, v.T("election.step.next")
		}
		events[i] = e
	}
	return events
}

func (v *electionView) span(s policy.Step) string {
	if s.From == s.To {
		return v.Day(s.To)
	}
	return v.Day(s.From) + " – " + v.Day(s.To)
}

func (v *electionView) openSteps() []ui.Option {
	var out []ui.Option
	for _, s := range v.Steps {
		if _, done := v.Done[s.Key]; !done {
			out = append(out, ui.Option{Value: s.Key, Text: v.T(electionSteps.Key(s.Key))})
		}
	}
	return out
}

// nextWork is the one thing to do now.
type nextWork struct {
	Title, Desc, Href string
	Kind              ui.Kind
}

// workOf is the page where a state's work is done.
var workOf = map[models.ElectionState]string{
	models.ElectionPlanned: "committee", models.ElectionPreparing: "roll", models.ElectionRoll: "objections", models.ElectionFrozen: "nominations",
	models.ElectionCandidates: "stations", models.ElectionVoting: "stations", models.ElectionCounting: "count", models.ElectionSealed: "handover",
}

func (v *electionView) next() nextWork {
	page := workOf[v.E.State]
	if page == "" {
		return nextWork{}
	}
	if _, formed := v.Done["committee"]; page == "committee" && formed {
		page = "notices"
	}
	w := nextWork{Title: v.T(electionNext.Key(string(v.E.State))), Desc: v.T(electionNextText.Key(string(v.E.State))), Href: v.at(page)}
	for _, s := range v.Steps {
		if _, done := v.Done[s.Key]; !done && v.Today() > s.To && s.Key != "audit" {
			w.Kind = ui.Danger
		}
	}
	return w
}

// pages are the doors of the desk that the reader may open.
func (v *electionView) pages() []ui.CellProps {
	var out []ui.CellProps
	for _, p := range []struct{ name, object, action string }{
		{"plan", "election", "plan"}, {"rules", "election", "inspect"}, {"committee", "election", "inspect"}, {"notices", "election", "inspect"}, {"roll", "election", "desk"},
		{"objections", "election", "inspect"}, {"nominations", "election", "inspect"}, {"candidates", "election", "inspect"}, {"proxies", "election", "inspect"},
		{"stations", "election", "inspect"}, {"electronic", "election", "inspect"}, {"count", "election", "inspect"}, {"result", "election", "inspect"}, {"handover", "election", "inspect"}, {"complaints", "election", "supervise"},
	} {
		if !v.can(p.object, p.action) || p.name == "plan" && v.E.State != models.ElectionPlanned || p.name == "proxies" && !policy.ProxyAllowed(v.E.Mode, v.Rules) || p.name == "electronic" && !v.E.Electronic {
			continue
		}
		out = append(out, ui.CellProps{Title: v.T(electionPages.Key(p.name)), Href: v.at(p.name)})
	}
	return out
}
