package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// Words of 民情快递 that both sides show.
const (
	caseCategories = i18n.Family("case.category.")
	caseStates     = i18n.Family("case.state.")
	caseSteps      = i18n.Family("case.step.")
	caseDesks      = i18n.Family("case.desk.")
	caseQuestions  = i18n.Family("case.q.")
	caseChoices    = i18n.Family("case.choice.")
	caseRefusals   = i18n.Family("case.refusal.")
	caseRoles      = i18n.Family("role.")
)

// CategoryName is what a category is called: the community's words, or those of
// the default catalogue in the reader's language.
func (p *Page) CategoryName(c *store.CaseCategory) string {
	if c.Name != "" {
		return c.Name
	}
	return p.T(caseCategories.Key(c.Code))
}

// CategoryNames are the names of all categories by code, those switched off
// included: old cases keep theirs.
func (p *Page) CategoryNames(list []store.CaseCategory) map[string]string {
	names := make(map[string]string, len(list))
	for i := range list {
		names[list[i].Code] = p.CategoryName(&list[i])
	}
	return names
}

// QuestionText is a category's own question.
func (p *Page) QuestionText(q store.CaseQuestion) string {
	if q.Own {
		return q.Text
	}
	return p.T(caseQuestions.Key(q.Text))
}

// CaseAnswers are the answers to a category's own questions, in words. What is
// no question of the default catalogue was asked in the community's words.
func (p *Page) CaseAnswers(answers []models.ComplaintAnswer) []ui.Answer {
	known := map[string]policy.CaseQuestion{}
	for _, c := range policy.CaseCategories() {
		for _, q := range c.Questions {
			known[q.Code] = q
		}
	}
	out := make([]ui.Answer, len(answers))
	for i, a := range answers {
		q, ours := known[a.Question]
		out[i] = ui.Answer{Label: a.Question, Value: a.Answer}
		if ours {
			out[i].Label = p.T(caseQuestions.Key(a.Question))
		}
		if ours && len(q.Choices) > 0 {
			out[i].Value = p.T(caseChoices.Key(a.Answer))
		}
	}
	return out
}

// ChoiceText is one of the choices of a question of the default catalogue.
func (p *Page) ChoiceText(choice string) string { return p.T(caseChoices.Key(choice)) }

// CaseTag is where a case stands, in words and colour. Late is said to whoever
// asks; what is closed by the passing of days is closed.
func (p *Page) CaseTag(c models.Complaint) (string, ui.Kind) {
	day := p.Today()
	switch {
	case policy.ComplaintSettled(c, day):
		return p.T(caseStates.Key(string(models.ComplaintClosed))), ui.Good
	case policy.ComplaintLate(c, day):
		return p.T("case.late", "left", p.Left(c.DueDay)), ui.Danger
	}
	kind := ui.Attention
	switch c.State {
	case models.ComplaintAnswered, models.ComplaintClosed:
		kind = ui.Good
	case models.ComplaintRefused, models.ComplaintWithdrawn, models.ComplaintMerged:
		kind = ui.Plain
	case models.ComplaintReceived, models.ComplaintTriaged:
		kind = ui.Info
	}
	return p.T(caseStates.Key(string(c.State))), kind
}

// DeskName is who has a case: the name where it may be said, else the post.
func (p *Page) DeskName(a models.Assignee, name string) string {
	post := p.T(caseDesks.Key(string(a.Kind)))
	if name == "" {
		return post
	}
	if a.Kind == models.AssigneeUnit || a.Kind == models.AssigneeMember {
		return name
	}
	return post + " \u00b7 " + name
}

// CaseWay is the timeline of a case like a parcel's: each step with its time
// and what was said, who has it now, until when; the next step greyed. own: to
// its reporter, who is spoken to.
func (p *Page) CaseWay(v *store.CaseView, own bool) []ui.Event {
	var events []ui.Event
	done, apart := p.T("inquiry.step.done"), len(p.CaseRefusal(v)) > 0
	for _, s := range v.Steps {
		if apart && s.Action == "refuse" { // said at length above
			s.Text = store.Refusal{Reason: store.ReadRefusal(s.Text).Reason}.String()
		}
		e := ui.Event{
			Title: p.T(caseSteps.Key(s.Action)), Who: p.stepBy(s), Text: p.StepText(s), Time: p.Moment(s.CreatedAt),
			DateTime: s.CreatedAt.Format(time.RFC3339), State: ui.StepDone, StateFor: done,
		}
		if s.Action == "dispatch" || s.Action == "escalate" || s.Action == "return" || s.Action == "recuse" || s.Action == "file" {
			e.Who = strings.Trim(e.Who+" \u2192 "+p.DeskName(models.Assignee{Kind: s.OwnerKind, ID: s.OwnerID}, s.Desk), " \u2192")
		}
		if s.Action == "refuse" || s.Action == "withdraw" {
			e.State = ui.StepEnded
		}
		events = append(events, e)
	}
	return append(events, p.caseNext(v, own)...)
}

// stepBy is whose step it was.
func (p *Page) stepBy(s store.CaseStep) string {
	if s.ByRole == "" {
		return s.By
	}
	role := p.T(caseRoles.Key(string(s.ByRole)))
	if s.By != "" && !strings.HasPrefix(s.By, role) {
		return role + " " + s.By
	}
	return cmp.Or(s.By, role)
}

// StepText is what was said at a step.
func (p *Page) StepText(s store.CaseStep) string {
	if s.Action == "refuse" {
		if r := store.ReadRefusal(s.Text); r.Reason != "" {
			return p.refusal(r)
		}
	}
	if s.Internal && s.Text == store.SawPhone {
		return p.T("case.step.phone")
	}
	return s.Text
}

// CaseRefusal is why a case stands as not accepted and where to go instead; nil
// of any other, and of one from before where to go was asked for.
func (p *Page) CaseRefusal(v *store.CaseView) []ui.Answer {
	if v.State != models.ComplaintRefused {
		return nil
	}
	for _, s := range slices.Backward(v.Steps) {
		if r := store.ReadRefusal(s.Text); s.Action == "refuse" && r.Where != "" {
			return p.RefusalFacts(r)
		}
	}
	return nil
}

// RefusalFacts are a refusal line by line, with the number to call.
func (p *Page) RefusalFacts(r store.Refusal) []ui.Answer {
	why := ui.Answer{Label: p.T("case.refuse.reason"), Value: p.T(caseRefusals.Key(r.Reason))}
	if r.Text != "" {
		why.Lines = strings.Split(r.Text, "\n")
	}
	return []ui.Answer{why, {Label: p.T("case.refuse.where"), Value: r.Where}, {Label: p.T("case.refuse.contact"), Value: r.Contact, Call: r.Number()}}
}

// refusal is why a case is not accepted, and where to go.
func (p *Page) refusal(r store.Refusal) string {
	lines := []string{strings.TrimSpace(p.T(caseRefusals.Key(r.Reason)) + " " + r.Text)}
	if r.Where != "" {
		lines = append(lines, p.T("case.refuse.told.where", "where", r.Where), p.T("case.refuse.told.contact", "contact", r.Contact))
	}
	return strings.Join(lines, "\n")
}

// caseNext is what comes now and what comes after it.
func (p *Page) caseNext(v *store.CaseView, own bool) []ui.Event {
	if !v.Open || v.Settled(p.Today()) {
		return nil
	}
	now := ui.Event{
		Title: p.T(caseSteps.Key("now." + string(v.State))), Who: p.DeskName(v.Owner(), v.OwnerName),
		Until: p.Left(v.DueDay) + " \u00b7 " + p.Day(v.DueDay), State: ui.StepNow, StateFor: p.T("inquiry.step.now"),
	}
	if policy.ComplaintLate(v.Complaint, p.Today()) {
		now.State, now.StateFor = ui.StepLate, p.T("inquiry.step.late")
	}
	events := []ui.Event{now}
	switch v.State {
	case models.ComplaintAnswered, models.ComplaintRated:
		events[0].Who = p.T(caseRoles.Key(string(policy.RoleReporter)))
		if v.State == models.ComplaintAnswered && !own {
			events[0].Title = p.T("case.step.now.rating")
		}
	default:
		events = append(events, ui.Event{Title: p.T("case.step.next.answer"), Until: p.T("case.promise", "date", v.PromiseDay), State: ui.StepNext, StateFor: p.T("inquiry.step.next")})
	}
	rate := p.T("case.step.next.rate")
	if !own {
		rate = p.T("case.step.next.rated")
	}
	return append(events, ui.Event{Title: rate, State: ui.StepNext, StateFor: p.T("inquiry.step.next")})
}

// CasePlace is where it is.
func (p *Page) CasePlace(grid, building, spot string) string {
	var parts []string
	for _, s := range []string{building, spot} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if building == "" && grid != "" {
		parts = append([]string{grid}, parts...)
	}
	return strings.Join(parts, " \u00b7 ")
}
