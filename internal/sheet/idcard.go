package sheet

import (
	"strings"

	"juwu/models"
)

// idFault says what is wrong with an 18-digit citizen's number (GB 11643).
type idFault uint8

const (
	idOK idFault = iota
	idShape
	idDigit
	idBirth
)

var idWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// checkID checks shape, check digit (ISO 7064 MOD 11-2) and the day of birth
// inside the number.
func checkID(s string) (models.Date, idFault) {
	if len(s) != 18 {
		return "", idShape
	}
	sum := 0
	for i := range 17 {
		if s[i] < '0' || s[i] > '9' {
			return "", idShape
		}
		sum += int(s[i]-'0') * idWeights[i]
	}
	last := s[17]
	if last == 'x' {
		last = 'X'
	}
	if last != 'X' && (last < '0' || last > '9') {
		return "", idShape
	}
	if last != "10X98765432"[sum%11] {
		return "", idDigit
	}
	birth := models.Date(s[6:10] + "-" + s[10:12] + "-" + s[12:14])
	if !birth.Valid() {
		return "", idBirth
	}
	return birth, idOK
}

// documentKinds are the words before the colon in "护照:E99990001".
var documentKinds = []struct {
	words []string
	kind  models.DocumentKind
}{
	{[]string{"居民身份证", "身份证"}, models.DocumentID},
	{[]string{"护照", "passport"}, models.DocumentPassport},
	{[]string{"居住证", "居留证", "居留身份证", "通行证", "回乡证", "台胞证", "permit"}, models.DocumentPermit},
}

// splitDocument takes a document cell apart. Without a word before it, what
// looks like a citizen's number is one, and anything else is of a kind that
// the caller gave.
func splitDocument(s, given string) (models.DocumentKind, string) {
	s = strings.ToUpper(fold(s))
	word, number, ok := strings.Cut(s, ":")
	if !ok {
		word, number = fold(given), s
	}
	number = strings.Trim(strings.NewReplacer("'", "", "-", "").Replace(number), " ")
	word = strings.ToLower(word)
	for _, k := range documentKinds {
		for _, w := range k.words {
			if word != "" && strings.Contains(word, w) {
				return k.kind, number
			}
		}
	}
	switch {
	case number == "":
		return models.DocumentNone, ""
	case word == "" && mostlyDigits(number):
		return models.DocumentID, number
	}
	return models.DocumentOther, number
}

func mostlyDigits(s string) bool {
	n := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n >= 12 && n >= len(s)-2
}
