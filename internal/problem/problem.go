// Package problem is the one error type of Juwu. A problem carries an i18n key
// and arguments, never a sentence: the edge translates it for the reader. Any
// other error is internal, and its text is never shown.
package problem

import (
	"errors"
	"maps"
	"slices"
)

// Kind says what went wrong; internal/web maps it to an HTTP status.
type Kind uint8

const (
	Invalid      Kind = iota + 1 // what was typed cannot be accepted; Fields say where (422)
	Unauthorized                 // nobody is logged in (303 to /login, 401 for machines)
	Forbidden                    // logged in, but this is not theirs to do (403)
	NotFound                     // no such thing, or not for this reader (404)
	Conflict                     // someone was faster, or the state has moved on (409)
	TooEarly                     // not yet allowed; Args say when (409)
	TooLate                      // no longer allowed; Args say since when (409)
	TooMany                      // a limit was reached; Args say until when (429)
	TooLarge                     // the upload is larger than allowed (413)
	Unavailable                  // the database is busy or away; try again (503)
)

// Args fill the {name} placeholders of a catalogue text. Values are strings,
// integers, models.Fen, models.Date or time.Time; the edge formats them.
type Args map[string]any

// Text is a sentence to be: a catalogue key and its arguments.
type Text struct {
	Key  string
	Args Args
}

// Problem is an error that a person can understand and act upon.
type Problem struct {
	Kind   Kind
	Key    string
	Args   Args
	Fields map[string]Text // by form field name; all of them, not only the first
	Rule   string          // which rule refused, for the log only
	Err    error           // the cause, for the log only
}

func (p *Problem) Error() string {
	s := p.Key
	for _, f := range slices.Sorted(maps.Keys(p.Fields)) {
		s += " " + f + "=" + p.Fields[f].Key
	}
	if p.Err != nil {
		s += ": " + p.Err.Error()
	}
	return s
}

func (p *Problem) Unwrap() error { return p.Err }

// New makes a problem of a kind with a catalogue key; args may be nil.
func New(kind Kind, key string, args Args) *Problem {
	return &Problem{Kind: kind, Key: key, Args: args}
}

// Because adds the rule that refused, for the log.
func (p *Problem) Because(rule string) *Problem { p.Rule = rule; return p }

// As finds the problem in err's chain; nil if err is internal.
func As(err error) *Problem {
	p, _ := errors.AsType[*Problem](err)
	return p
}

// Is tells whether err is a problem of the kind.
func Is(err error, kind Kind) bool {
	p := As(err)
	return p != nil && p.Kind == kind
}

// Form gathers the problems of a form, one per field, so that a person sees
// all of them at once.
type Form struct{ fields map[string]Text }

// Add notes a problem of a field; the first one of a field stays.
func (f *Form) Add(field, key string, args Args) {
	if f.fields == nil {
		f.fields = map[string]Text{}
	}
	if _, ok := f.fields[field]; !ok {
		f.fields[field] = Text{key, args}
	}
}

// Err is nil when nothing was added.
func (f *Form) Err() error {
	if len(f.fields) == 0 {
		return nil
	}
	return &Problem{Kind: Invalid, Key: "form.invalid", Fields: f.fields}
}
