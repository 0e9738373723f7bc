package admin

import (
	"slices"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// What the other system asks about a case: filled in from what was answered
// here, asked of the officer where there is nothing.

// ask looks up what a target asks about the case; false where it asks nothing.
func (v *caseActView) ask(target models.ID) bool {
	i := slices.IndexFunc(v.Systems, func(m models.HandoverTarget) bool { return m.ID == target })
	if i < 0 {
		return false
	}
	v.Asked, v.AskedBy = store.HandoverQuestions(&v.Systems[i], v.Case.Category, v.Names[v.Case.Category]), target
	v.Set("target", target.String())
	words := map[string][]string{}
	for i, a := range v.CaseAnswers(v.Case.Body.Answers) {
		ours := v.Case.Body.Answers[i]
		words[ours.Question], words[ours.Answer] = []string{a.Label}, []string{a.Value}
	}
	known := policy.AnswerOuter(v.Asked, v.Case.Body.Answers, func(s string) []string { return words[s] })
	for i, q := range v.Asked {
		v.Set(policy.OuterField(i), known[q.Code])
	}
	return len(v.Asked) > 0
}

// outer is what the officer says to it.
func (v *caseActView) outer(f *web.Form) store.Outer {
	o := store.Outer{Category: v.Names[v.Case.Category], Answers: map[string]string{}}
	for i, q := range v.Asked {
		o.Answers[q.Code] = f.Optional(policy.OuterField(i), policy.MostOuterAnswer)
	}
	return o
}

// action of the form: what it asks for belongs to a target.
func (v *caseActView) action() string {
	if v.AskedBy == 0 {
		return v.Path
	}
	return v.Path + "?target=" + v.AskedBy.String()
}

// outerField is one of the questions.
func (v *caseActView) outerField(i int, q models.HandoverQuestion) ui.Field {
	name := policy.OuterField(i)
	f := ui.Field{Name: name, Label: q.Text, Value: v.Value(name), Error: v.Error(name), ErrorPrefix: v.T("form.error.prefix")}
	if f.Label == "" {
		f.Label = q.Code
	}
	if !q.Needed {
		f.Optional = v.T("form.optional")
	}
	return f
}

func (v *caseActView) outerChoices(i int, q models.HandoverQuestion) []ui.Option {
	options := make([]ui.Option, len(q.Choices))
	for n, c := range q.Choices {
		name := c.Name
		if name == "" {
			name = c.Key
		}
		options[n] = v.Option(policy.OuterField(i), c.Key, name)
	}
	return options
}
