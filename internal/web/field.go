package web

import (
	"slices"
	"strings"

	"juwu/internal/problem"
	"juwu/internal/web/ui"
)

// Set gives a field the value it begins with; what was typed wins over it.
func (p *Page) Set(name, value string) {
	if !p.values.Has(name) {
		p.values.Set(name, value)
	}
}

// Value is what stands in a field: what was typed, or what Set gave.
func (p *Page) Value(name string) string { return p.values.Get(name) }

// Checked tells whether a choice was made.
func (p *Page) Checked(name, value string) bool { return slices.Contains(p.values[name], value) }

// Error is what is wrong with a field, in words; "" if nothing.
func (p *Page) Error(name string) string {
	for _, e := range p.errors {
		if e.Field == name {
			return e.Text
		}
	}
	return ""
}

// Errors are all problems of the form, for ui.ErrorSummary.
func (p *Page) Errors() []ui.FieldProblem { return p.errors }

// Field is a needed field with its label, an optional hint, its value and its
// error.
func (p *Page) Field(name, labelKey string, hintKey ...string) ui.Field {
	p.label(name, labelKey)
	f := ui.Field{
		Name: name, Label: p.T(labelKey), Value: p.Value(name),
		Error: p.Error(name), ErrorPrefix: p.T("form.error.prefix"),
	}
	if len(hintKey) > 0 {
		f.Hint = p.T(hintKey[0])
	}
	return f
}

// label remembers for the summary of errors what a field is called.
func (p *Page) label(name, key string) {
	for i := range p.errors {
		if p.errors[i].Field == name {
			label := strings.TrimRight(p.T(key), "?:. \uFF1F\uFF1A\u3002")
			p.errors[i].Named = p.T("form.error.named", "label", label, "text", p.errors[i].Text)
		}
	}
}

// Optional is a field that may stay empty.
func (p *Page) Optional(name, labelKey string, hintKey ...string) ui.Field {
	f := p.Field(name, labelKey, hintKey...)
	f.Optional = p.T("form.optional")
	return f
}

// Option is one choice of a Select, of Radios or of Checkboxes.
func (p *Page) Option(name, value, text string) ui.Option {
	return ui.Option{Value: value, Text: text, Checked: p.Checked(name, value)}
}

// fail fills in what is wrong, in the order of the form's fields.
func (p *Page) fail(pr *problem.Problem, order []string) {
	p.errors = nil
	seen := map[string]bool{}
	add := func(field string) {
		if t, ok := pr.Fields[field]; ok && !seen[field] {
			seen[field] = true
			p.errors = append(p.errors, ui.FieldProblem{Field: field, Text: p.Text(t)})
		}
	}
	for _, field := range order {
		add(field)
	}
	rest := make([]string, 0, len(pr.Fields))
	for field := range pr.Fields {
		rest = append(rest, field)
	}
	slices.Sort(rest)
	for _, field := range rest {
		add(field)
	}
	if len(p.errors) == 0 {
		p.errors = []ui.FieldProblem{{Text: p.Text(problem.Text{Key: pr.Key, Args: pr.Args})}}
	}
}

// SetAll gives the boxes that are checked when the page begins.
func (p *Page) SetAll(name string, values []string) {
	if !p.values.Has(name) {
		p.values[name] = values
	}
}
