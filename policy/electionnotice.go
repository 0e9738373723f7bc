package policy

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"
)

// The numbered notices of an election are official documents in Chinese, kept
// as data: the set that practice uses (18 of them, marked so) and what was
// added. A community edits each before it goes out.

//go:embed elections/notices.json
var noticesJSON []byte

// NoticeTemplate is one notice to be filled.
type NoticeTemplate struct {
	Key      string `json:"key"`
	No       string `json:"no"`   // its number in practice
	Step     string `json:"step"` // of the timetable
	Title    string `json:"title"`
	Body     string `json:"body"`
	Personal bool   `json:"personal"` // names people: goes when its display ends
	Practice bool   `json:"practice"` // from the set in use, not from a law
}

type noticeSet struct {
	Words     map[string]string `json:"words"`
	Templates []NoticeTemplate  `json:"templates"`
}

var noticeTemplates = sync.OnceValue(func() noticeSet {
	var s noticeSet
	if err := json.Unmarshal(noticesJSON, &s); err != nil {
		panic(err) // embedded data, read by a test
	}
	return s
})

// NoticeTemplates in the order of practice.
func NoticeTemplates() []NoticeTemplate { return noticeTemplates().Templates }

// NoticeTemplateOf finds one; ok is false if there is none.
func NoticeTemplateOf(key string) (t NoticeTemplate, ok bool) {
	for _, t := range noticeTemplates().Templates {
		if t.Key == key {
			return t, true
		}
	}
	return t, false
}

// NoticeWord is a word of the documents: a post, a mode, a separator.
func NoticeWord(key string) string { return noticeTemplates().Words[key] }

// FillNotice puts values into a template's {placeholders}. A placeholder that
// has no value becomes the word for "none", so that a hole never hangs on a board.
func FillNotice(text string, values map[string]string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '{')
		j := strings.IndexByte(text, '}')
		if i < 0 || j < i {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:i])
		v := values[text[i+1:j]]
		if v == "" {
			v = NoticeWord("none")
		}
		b.WriteString(v)
		text = text[j+1:]
	}
}

// DocumentDay writes a day as documents do, from its parts.
func DocumentDay(day string) string {
	p := strings.Split(day, "-")
	if len(p) != 3 {
		return day
	}
	return p[0] + NoticeWord("year") + strings.TrimPrefix(p[1], "0") + NoticeWord("month") + strings.TrimPrefix(p[2], "0") + NoticeWord("day")
}
