package ballot

import "fmt"

// A Code names one check of this package. It is stable: catalogues have a text
// for each, and the list of mutants (mutants_test.go) has a case for each.
type Code string

// Refusal is the only error of this package for data that came from outside.
type Refusal struct {
	Code  Code
	Event int    // height of the event that carries the fault, -1 if none does
	At    string // where inside the record: a path or a byte offset
	Err   error  // the cause, if another error was met
}

func (r *Refusal) Error() string {
	s := "ballot: " + string(r.Code)
	if r.Event >= 0 {
		s += fmt.Sprintf(" (event %d)", r.Event)
	}
	if r.At != "" {
		s += " at " + r.At
	}
	if r.Err != nil {
		s += ": " + r.Err.Error()
	}
	return s
}

func (r *Refusal) Unwrap() error { return r.Err }

// refuse makes a refusal that belongs to no event yet; the archive verifier
// adds the height.
func refuse(code Code, at string) *Refusal { return &Refusal{Code: code, Event: -1, At: at} }

// switchedOff is set by mutants_test.go only. A check that can be taken away
// asks on(code), so that the test can prove that its absence is noticed.
var switchedOff Code

func on(code Code) bool { return code != switchedOff }
