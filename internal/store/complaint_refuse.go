package store

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"juwu/internal/problem"
	"juwu/policy"
)

// RefusalReasons are why a case is not accepted (潍坊 19; 京接诉即办 11), as
// endings of catalogue keys.
var RefusalReasons = []string{"court", "petition", "discipline", "settled", "outside", "unclear", "abuse"}

// Refusal is what the reporter of a case that is not accepted is told.
type Refusal struct {
	Reason  string // the end of a catalogue key
	Text    string // what else there is to say; may be empty
	Where   string // to go instead; empty only in what was written before it was asked for
	Contact string // its address and telephone number
}

const (
	maxWhere    = 80
	leastNumber = 3 // digits of a telephone number: 110
)

// String is the text of the step. The empty second line tells it from the older
// form, a reason and everything else in one text, which had none.
func (r Refusal) String() string {
	return strings.Join([]string{r.Reason, "", r.Where, r.Contact, r.Text}, "\n")
}

// ReadRefusal reads the text of a step that refused, in either form.
func ReadRefusal(text string) Refusal {
	reason, rest, _ := strings.Cut(text, "\n")
	parts := strings.SplitN(rest, "\n", 4)
	if len(parts) < 3 || parts[0] != "" {
		return Refusal{Reason: reason, Text: rest}
	}
	r := Refusal{Reason: reason, Where: parts[1], Contact: parts[2]}
	if len(parts) > 3 { // a step is kept without the empty line at its end
		r.Text = parts[3]
	}
	return r
}

var callable = regexp.MustCompile(`\+?\d[\d -]*\d`)

// Number is the last telephone number of Contact, the house number before it is
// none; "" where there is none to call.
func (r Refusal) Number() string {
	for _, s := range slices.Backward(callable.FindAllString(r.Contact, -1)) {
		if digits(s) >= leastNumber {
			return s
		}
	}
	return ""
}

// maskRefusal masks what the officer wrote of the case. Where to go stays: an
// office's number is there to be called.
func maskRefusal(text string, names ...string) string {
	r := ReadRefusal(text)
	r.Text = policy.MaskText(r.Text, names...)
	return r.String()
}

// check says what is missing: a refusal always says why and where to go (潍坊 19).
func (r Refusal) check(f *problem.Form) {
	if !slices.Contains(RefusalReasons, r.Reason) {
		f.Add("reason", "form.choose", nil)
	}
	for name, s := range map[string]string{"where": r.Where, "contact": r.Contact} {
		switch n := len([]rune(s)); {
		case n < 2:
			f.Add(name, "case.refuse."+name+".needed", nil)
		case n > maxWhere || strings.Contains(s, "\n"):
			f.Add(name, "form.toolong", problem.Args{"n": max(1, n-maxWhere), "limit": maxWhere})
		}
	}
	if digits(r.Contact) < leastNumber {
		f.Add("contact", "case.refuse.contact.needed", nil)
	}
}

// refuse does not accept a case.
func (k *kase) refuse(a Act) (Step, error) {
	r := Refusal{Reason: a.Reason, Text: a.Text, Where: a.Where, Contact: a.Contact}
	var f problem.Form
	r.check(&f)
	k.Answer = ""
	if k.Public {
		k.Answer = strings.Trim(strings.Join([]string{k.masked(r.Text), r.Where, r.Contact}, "\n"), "\n")
	}
	return Step{Text: r.String()}, f.Err()
}

func digits(s string) (n int) {
	for _, r := range s {
		if unicode.IsDigit(r) {
			n++
		}
	}
	return n
}
