package models

import "strings"

// Phone is the one form of a mobile number as people type it: 11 digits for
// the mainland ("13812345678", also when +86 was typed), "+4915112345678" for
// any other country. It is empty when the text is no mobile number; digits is
// then how many digits were typed, because "one is missing" helps and "wrong"
// does not. Rolls, logins and look-ups all use it, so that equal numbers have
// equal blind indexes.
func Phone(s string) (number string, digits int) {
	s = Key(s) // full-width digits become plain ones
	foreign := strings.HasPrefix(s, "+") || strings.HasPrefix(s, "00")
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case strings.ContainsRune(" -().+", r):
		default:
			return "", b.Len()
		}
	}
	d := b.String()
	if foreign {
		d = strings.TrimPrefix(d, "00")
	}
	if len(d) == 13 && strings.HasPrefix(d, "86") {
		d, foreign = d[2:], false
	}
	switch {
	case !foreign && len(d) == 11 && d[0] == '1' && d[1] >= '3':
		return d, 11
	case foreign && len(d) >= 8 && len(d) <= 15 && d[0] != '0' && !strings.HasPrefix(d, "86"):
		return "+" + d, len(d) // E.164
	}
	return "", len(d)
}
