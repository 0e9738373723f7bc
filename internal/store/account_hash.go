package store

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"juwu/models"
)

// The fingerprint of a published month is the SHA-256 of this text (UTF-8,
// every line ends with \n, fields separated by one tab, hashes in lower-case
// hex, amounts in fen, times in milliseconds since 1970 UTC):
//
//	juwu account 1
//	community <id>            month 2026-07     version 1
//	seq 3                     number <text>     published <ms>
//	display <last day>        sums <opening> <income> <expense> <closing> <entries>
//	reason <hash>             previous <fingerprint of seq-1, empty for the first>
//	line <n> <day> <voucher> <category> <fund> <income> <expense> <receipts> <change> <purpose hash> <note hash> <names hash>
//	  … one for each line, in the order of n
//	signed <step> <role> <ms> <hash of person>
//	  … clerk, director, supervisor
//
// (in the text each of the keywords begins a line of its own). A hash of a
// text is SHA-256 of: its key (32 bytes), the open fields of its line as they
// stand above between n and change joined by tabs, a newline, the text. So a
// change of an amount breaks the three hashes of its own line, and the line
// can be named. The key is HMAC-SHA256(salt of the month, "<n>/<field>"): it
// may be handed out with the text, for anybody to check; after a withdrawal
// it is not, and the words cannot be guessed from the hash.

// newSalt is 32 random bytes.
func newSalt() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return b
}

// FieldKey is the key of one text's hash; field is "purpose", "note" or
// "names", line 0 holds what belongs to the whole month.
func FieldKey(salt []byte, line int, field string) []byte {
	m := hmac.New(sha256.New, salt)
	m.Write([]byte(strconv.Itoa(line) + "/" + field))
	return m.Sum(nil)
}

func textHash(salt []byte, line int, field, open, text string) []byte {
	h := sha256.New()
	h.Write(FieldKey(salt, line, field))
	h.Write([]byte(open + "\n" + text))
	return h.Sum(nil)
}

// openFields of a line are those that are published as they are.
func openFields(e *models.AccountEntry) string {
	return strings.Join([]string{
		strconv.Itoa(e.Line), string(e.Day), e.Voucher, e.Category, e.Fund,
		strconv.FormatInt(int64(e.IncomeFen), 10), strconv.FormatInt(int64(e.ExpenseFen), 10),
		strconv.Itoa(e.Receipts), string(e.Change),
	}, "\t")
}

// names of a line as one text.
func namesOf(e *models.AccountEntry) string {
	return strings.Join([]string{e.Handler, e.Witness, e.Approver}, "\t")
}

// sealEntry sets the hashes of a line. It is done when the line is written,
// so that an edit by SQL before publication is found too.
func sealEntry(salt []byte, e *models.AccountEntry) {
	open := openFields(e)
	e.PurposeHash = textHash(salt, e.Line, "purpose", open, e.Purpose)
	e.NoteHash = textHash(salt, e.Line, "note", open, e.Note)
	e.NamesHash = textHash(salt, e.Line, "names", open, namesOf(e))
}

// brokenField is the first text of a line that is not what was sealed; "" if
// all hold. Texts for which gone is true were withdrawn and are not asked.
func brokenField(salt []byte, e *models.AccountEntry, gone func(field string) bool) string {
	open := openFields(e)
	for _, f := range []struct {
		name, text string
		hash       []byte
	}{{"purpose", e.Purpose, e.PurposeHash}, {"note", e.Note, e.NoteHash}, {"names", namesOf(e), e.NamesHash}} {
		if marked(e, f.name) && gone(f.name) {
			continue
		}
		if !bytes.Equal(f.hash, textHash(salt, e.Line, f.name, open, f.text)) {
			return f.name
		}
	}
	return ""
}

// marked tells whether the mark of a withdrawal stands in a text.
func marked(e *models.AccountEntry, field string) bool {
	if e.WithdrawnAt == nil {
		return false
	}
	switch field {
	case "purpose":
		return e.Purpose == WithdrawnMark
	case "note":
		return e.Note == WithdrawnMark
	}
	return e.Handler == WithdrawnMark || e.Witness == WithdrawnMark || e.Approver == WithdrawnMark
}

// fingerprint of a published month; signatures are those of its last round.
func fingerprint(m *models.AccountMonth, entries []models.AccountEntry, signatures []models.AccountSignature) []byte {
	sum := sha256.Sum256([]byte(fingerprintText(m, entries, signatures)))
	return sum[:]
}

// fingerprintText is the text described above.
func fingerprintText(m *models.AccountMonth, entries []models.AccountEntry, signatures []models.AccountSignature) string {
	var h strings.Builder
	line := func(fields ...string) { h.WriteString(strings.Join(fields, "\t") + "\n") }
	num := func(n int64) string { return strconv.FormatInt(n, 10) }
	line("juwu account 1")
	line("community", m.CommunityID.String())
	line("month", string(m.Month))
	line("version", strconv.Itoa(m.Version))
	line("seq", num(*m.Seq))
	line("number", m.Number)
	line("published", num(m.PublishedAt.UnixMilli()))
	line("display", string(m.DisplayUntil))
	line("sums", num(int64(m.OpeningFen)), num(int64(m.IncomeFen)), num(int64(m.ExpenseFen)), num(int64(m.ClosingFen)), strconv.Itoa(m.Entries))
	line("reason", hex.EncodeToString(textHash(m.Salt, 0, "reason", "", m.Reason)))
	line("previous", hex.EncodeToString(m.Previous))
	for i := range entries {
		e := &entries[i]
		line("line", openFields(e), hex.EncodeToString(e.PurposeHash), hex.EncodeToString(e.NoteHash), hex.EncodeToString(e.NamesHash))
	}
	for _, s := range signatures {
		person := strings.Join([]string{s.UserID.String(), s.PersonKey, s.Name, s.DeputyFor.String()}, "\t")
		line("signed", string(s.Step), string(s.Role), num(s.CreatedAt.UnixMilli()), hex.EncodeToString(textHash(m.Salt, 0, "signed "+string(s.Step), "", person)))
	}
	return h.String()
}
