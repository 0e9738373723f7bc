package policy

import (
	_ "embed"
	"encoding/csv"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"juwu/models"
)

//go:embed masking.csv
var maskingCSV string

// stars replace what is hidden; always as many, so that their number tells
// nothing about the length.
const stars = "**"

// hiddenText replaces a number in free text.
const hiddenText = "***"

// MaskName keeps the surname: 张**, 欧阳**; of names in Latin letters the
// first letter.
func MaskName(name string) string {
	runes := []rune(models.Key(name))
	switch {
	case len(runes) == 0:
		return ""
	case len(runes) > 2 && masking().compound[string(runes[:2])]:
		return string(runes[:2]) + stars
	}
	return string(runes[:1]) + stars
}

// MaskDocument is for an officer's screen: the first four characters of an
// identity number (the region), of any other document the first two. The
// public never sees any of it.
func MaskDocument(number string) string {
	n := []rune(models.Key(number))
	keep := 2
	if len(n) == 18 {
		keep = 4
	}
	if len(n) <= keep {
		return strings.Repeat("*", len(n))
	}
	return string(n[:keep]) + strings.Repeat("*", len(n)-keep)
}

// MaskPhone keeps three and four digits of a mobile number: 138****5678; of
// anything else the last two.
func MaskPhone(number string) string {
	n := models.Key(number)
	switch {
	case n == "":
		return ""
	case len(n) == 11 && n[0] == '1':
		return n[:3] + "****" + n[7:]
	case len(n) <= 4:
		return "****"
	}
	return "****" + string([]rune(n)[len([]rune(n))-2:])
}

// MaskBank keeps the last four digits.
func MaskBank(number string) string {
	n := models.Key(number)
	if len(n) <= 4 {
		return "****"
	}
	return "**** " + n[len(n)-4:]
}

// MaskBirth keeps the year, to tell namesakes apart.
func MaskBirth(birth models.Date) string {
	if !birth.Valid() {
		return ""
	}
	return string(birth[:4])
}

// Show is a field as a screen may show it.
func Show(v Visible, full string, mask func(string) string) string {
	switch v {
	case Full:
		return full
	case Masked:
		return mask(full)
	}
	return ""
}

// words of masking.csv.
type words struct {
	compound map[string]bool
	texts    []textMask
}

type textMask struct {
	find    *regexp.Regexp
	replace string
	bounded bool // no digit may touch the match
	amounts bool // an amount, of money or of things, is left alone
}

var masking = sync.OnceValue(func() *words {
	r := csv.NewReader(strings.NewReader(maskingCSV))
	r.Comment, r.FieldsPerRecord = '#', 2
	rows, err := r.ReadAll()
	if err != nil {
		panic(err) // embedded data, read by a test
	}
	lists := map[string][]string{}
	for _, row := range rows {
		lists[row[0]] = strings.Fields(row[1])
	}
	w := &words{compound: map[string]bool{}}
	for _, c := range lists["compound"] {
		w.compound[c] = true
	}
	w.texts = textMasks(lists)
	return w
})

// textMasks in the order they are tried: long numbers before short ones, so
// that an identity number is not taken for a telephone and its rest left.
func textMasks(lists map[string][]string) []textMask {
	oneOf := func(kind string) string { return "(?:" + strings.Join(lists[kind], "|") + ")" }
	class := func(kind string) string { return strings.Join(lists[kind], "") }
	surname := "(" + strings.Join(lists["compound"], "|") + "|[" + class("surname") + "])"
	given := "[^" + class("stop") + `\P{Han}]{1,2}`
	number := func(expr string) textMask { return textMask{regexp.MustCompile(expr), hiddenText, true, false} }
	return []textMask{
		number(`\d{6}[ -]?\d{8}[ -]?\d{3}[\dXx]`),                      // identity number
		number(`\d{4}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?`),              // bank card
		number(`(?:(?:\+|00)?86[ -]?)?1[3-9]\d[ .-]?\d{4}[ .-]?\d{4}`), // mobile
		number(`1(?:[ .-]\d){10}`),                                     // mobile, spelt out
		number(`\d{15}`),                                               // identity number of the first generation
		number(`\(?0\d{2,3}[ )-]{0,2}\d{7,8}`),                         // land line
		{regexp.MustCompile(`[5-8]\d{7}`), hiddenText, true, true},     // land line without area code
		{regexp.MustCompile("[" + class("numeral") + "]{7,}"), hiddenText, false, false},
		{regexp.MustCompile(`[\w.+-]+@[\w-]+(?:\.[\w-]+)+`), hiddenText, false, false},
		{regexp.MustCompile("(" + oneOf("handle") + `\p{Han}{0,2}[:\x{FF1A} ]{0,2})[A-Za-z0-9_-]{5,}`), "${1}" + hiddenText, false, false},
		{regexp.MustCompile(`(\d{1,3})-\d{1,2}-\d{3,4}`), "${1}-" + hiddenText, true, false}, // 3-2-501; the building stays
		{regexp.MustCompile(`[\d` + class("numeral") + `]+` + oneOf("unit") + `[\d` + class("numeral") + `-]*` + oneOf("room") + `?`), hiddenText, false, false},
		{regexp.MustCompile(`\d{3,4}` + oneOf("room")), hiddenText, false, false},
		{regexp.MustCompile(`([\d` + class("numeral") + `]+` + oneOf("building") + `)-?\d{3,4}`), "${1}" + hiddenText, true, true}, // the building stays
		{regexp.MustCompile("(" + oneOf("before") + `[:\x{FF1A} ]?)` + surname + given), "${1}${2}" + stars, false, false},
		{regexp.MustCompile(surname + given + "(" + oneOf("after") + ")"), "${1}" + stars + "${2}", false, false},
	}
}

// MaskText hides in a text that the public will read: identity, telephone and
// card numbers, mail and chat names, rooms, people's names beside a form of
// address, and the names given. It hides rather too much than too little; the
// office sees the text before it is shown and may mask more.
func MaskText(text string, names ...string) string {
	text = foldDigits(text)
	for _, name := range names {
		if name = models.Key(name); len([]rune(name)) > 1 {
			text = strings.ReplaceAll(text, name, MaskName(name))
		}
	}
	for _, m := range masking().texts {
		text = m.apply(text)
	}
	return text
}

// foldDigits brings full-width digits and letters to their usual form, which
// is how people hide a number from a program. Punctuation stays Chinese.
func foldDigits(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0xff10 && r <= 0xff19, r >= 0xff21 && r <= 0xff3a, r >= 0xff41 && r <= 0xff5a, r == 0xff0d, r == 0xff0b, r == 0x3000:
			return []rune(norm.NFKC.String(string(r)))[0]
		case unicode.Is(unicode.Cf, r):
			return -1 // zero-width characters between digits
		}
		return r
	}, text)
}

func (m textMask) apply(text string) string {
	if !m.bounded {
		return m.find.ReplaceAllString(text, m.replace)
	}
	var b strings.Builder
	for text != "" {
		at := m.find.FindStringSubmatchIndex(text)
		if at == nil {
			break
		}
		if touches(text, at[0]-1) || touches(text, at[1]) || m.amounts && amountFollows(text[at[1]:]) {
			// Part of a longer number: look again after its first digit.
			b.WriteString(text[:at[0]+1])
			text = text[at[0]+1:]
			if touches(text, 0) {
				rest := strings.TrimLeft(text, "0123456789")
				b.WriteString(text[:len(text)-len(rest)])
				text = rest
			}
			continue
		}
		b.WriteString(text[:at[0]])
		b.Write(m.find.ExpandString(nil, m.replace, text, at))
		text = text[at[1]:]
	}
	return b.String() + text
}

// touches tells whether the byte at i continues a number.
func touches(text string, i int) bool {
	return i >= 0 && i < len(text) && text[i] >= '0' && text[i] <= '9'
}

// amountFollows keeps amounts and dates readable: questions are about them.
func amountFollows(rest string) bool {
	if len(rest) > 1 && (rest[0] == '.' || rest[0] == ',') && touches(rest, 1) {
		return true
	}
	for _, unit := range countedUnits() {
		if strings.HasPrefix(strings.TrimLeft(rest, " "), unit) {
			return true
		}
	}
	return false
}

var countedUnits = sync.OnceValue(func() (units []string) {
	for line := range strings.Lines(maskingCSV) {
		kind, list, _ := strings.Cut(strings.TrimSpace(line), ",")
		if kind == "money" || kind == "counted" {
			units = append(units, strings.Fields(list)...)
		}
	}
	return units
})
