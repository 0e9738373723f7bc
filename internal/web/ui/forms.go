package ui

import (
	"strings"

	"github.com/a-h/templ"
)

func withAutocomplete(f Field, token string) Field {
	if f.Autocomplete == "" {
		f.Autocomplete = token
	}
	return f
}

// tel keeps what a dialler understands; people write spaces and brackets, and
// "转" before an extension, which a dialler wants as a pause.
func tel(number string) templ.SafeURL {
	var b strings.Builder
	for _, r := range number {
		switch {
		case r >= '0' && r <= '9', r == '+':
			b.WriteRune(r)
		case r == '转' || r == 'x':
			b.WriteByte(',')
		}
	}
	return templ.SafeURL("tel:" + b.String())
}
