package i18n

import (
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"io"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	templparser "github.com/a-h/templ/parser/v2"
	"github.com/a-h/templ/parser/v2/visitor"

	"juwu/internal/problem"
	"juwu/models"
)

// entry is one key of a file as it stands there, with all its plural forms.
type entry struct {
	key   string
	forms map[string]string
}

// readFile reads a catalogue file in its own order; go-i18n forgets order and
// doubles.
func readFile(t *testing.T, name string) []entry {
	t.Helper()
	b, err := files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
		t.Fatalf("%s: not an object", name)
	}
	var all []entry
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		e := entry{key: tok.(string), forms: map[string]string{}}
		var one string
		if json.Unmarshal(raw, &one) == nil {
			e.forms["other"] = one
		} else if err := json.Unmarshal(raw, &e.forms); err != nil {
			t.Fatalf("%s: %s is neither a text nor plural forms", name, e.key)
		}
		all = append(all, e)
	}
	if _, err := dec.Token(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		t.Fatalf("%s: something follows the object", name)
	}
	return all
}

// catalogues are the files by subject and language.
func catalogues(t *testing.T) map[string]map[string][]entry {
	t.Helper()
	all := map[string]map[string][]entry{}
	for _, tag := range Tags {
		dir, err := files.ReadDir(tag)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range dir {
			if all[d.Name()] == nil {
				all[d.Name()] = map[string][]entry{}
			}
			all[d.Name()][tag] = readFile(t, path.Join(tag, d.Name()))
		}
	}
	return all
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

var pluralForms = []string{"zero", "one", "two", "few", "many", "other"}

func TestFiles(t *testing.T) {
	for subject, byLang := range catalogues(t) {
		for _, tag := range Tags {
			entries := byLang[tag]
			name := tag + "/" + subject
			if entries == nil {
				t.Errorf("%s is missing", name)
				continue
			}
			for i, e := range entries {
				if i > 0 && entries[i-1].key >= e.key {
					t.Errorf("%s: %s stands behind %s: keys are sorted, and each is there once", name, e.key, entries[i-1].key)
				}
				if !keyShape.MatchString(e.key) {
					t.Errorf("%s: %s is no key: thing.what", name, e.key)
				}
				checkForms(t, name, e)
			}
		}
	}
}

func checkForms(t *testing.T, name string, e entry) {
	t.Helper()
	if _, ok := e.forms["other"]; !ok {
		t.Errorf("%s: %s has no form other", name, e.key)
	}
	for form, s := range e.forms {
		if !slices.Contains(pluralForms, form) {
			t.Errorf("%s: %s: %q is no plural form", name, e.key, form)
		}
		if strings.TrimSpace(s) == "" {
			t.Errorf("%s: %s is empty", name, e.key)
		}
		rest := placeholder.ReplaceAllString(s, "")
		if strings.ContainsAny(rest, "{}<>") {
			t.Errorf("%s: %s has a bracket that is no placeholder: %q", name, e.key, s)
		}
	}
	// A unit stands beside its figure.
	if len(e.forms) > 1 && !strings.HasSuffix(e.key, ".unit") && !strings.Contains(e.forms["other"], "{n}") {
		t.Errorf("%s: %s has plural forms and no {n}", name, e.key)
	}
}

func placeholders(e entry) []string {
	names := map[string]struct{}{}
	for _, s := range e.forms {
		for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
			names[m[1]] = struct{}{}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func TestLanguagesAgree(t *testing.T) {
	for subject, byLang := range catalogues(t) {
		first := map[string][]string{}
		for _, e := range byLang[Tags[0]] {
			first[e.key] = placeholders(e)
		}
		for _, tag := range Tags[1:] {
			other := map[string][]string{}
			for _, e := range byLang[tag] {
				other[e.key] = placeholders(e)
			}
			if d := cmp.Diff(first, other); d != "" && !onlyDates(subject) {
				t.Errorf("%s: %s (-) and %s (+) differ in keys or placeholders:\n%s", subject, Tags[0], tag, d)
			}
		}
	}
}

// onlyDates is the file whose patterns are free to leave parts of a date out.
func onlyDates(subject string) bool { return subject == "format.json" }

// TestKeys is why a reader never meets a bare key.
func TestKeys(t *testing.T) {
	words := mustLoad(t)
	a := scan(t)
	for key, place := range a.strict {
		for _, w := range words.All() {
			if !w.Has(key) {
				t.Errorf("%s asks for %s, which %s does not have", strings.TrimPrefix(place, "../"), key, w.Tag)
			}
		}
	}
	for key := range words.All()[0].texts {
		if !a.uses(key) {
			t.Errorf("%s is used nowhere", key)
		}
	}
}

func (a asked) uses(key string) bool {
	if _, ok := a.strict[key]; ok {
		return true
	}
	if _, ok := a.mention[key]; ok {
		return true
	}
	for family := range a.families {
		if strings.HasPrefix(key, family) {
			return true
		}
	}
	return false
}

// spoken are attributes that people read or hear.
var spoken = map[string]bool{"title": true, "alt": true, "placeholder": true, "aria-label": true, "label": true, "summary": true, "content": true}

// TestNoWordsInViews keeps sentences out of templ files: a word there has no
// translation.
func TestNoWordsInViews(t *testing.T) {
	for _, name := range templFiles(t) {
		f, err := templparser.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		v := visitor.New()
		v.Text = func(n *templparser.Text) error {
			if hasLetters(html.UnescapeString(n.Value)) {
				t.Errorf("%s: %q stands in the view: words come from the catalogue", name, n.Value)
			}
			return nil
		}
		v.ConstantAttribute = func(n *templparser.ConstantAttribute) error {
			if key, ok := n.Key.(templparser.ConstantAttributeKey); ok && spoken[key.Name] && strings.Contains(n.Value, " ") && hasLetters(n.Value) {
				t.Errorf("%s: %s=%q stands in the view", name, key.Name, n.Value)
			}
			return nil
		}
		if err := f.Visit(v); err != nil {
			t.Fatal(err)
		}
	}
}

func hasLetters(s string) bool { return strings.IndexFunc(s, unicode.IsLetter) >= 0 }

func mustLoad(t testing.TB) *Catalog {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestArguments(t *testing.T) {
	now := time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	w := &Words{Tag: "en", lang: mustLoad(t).Lang("en").lang, texts: map[string]*text{}, dates: mustLoad(t).Lang("en").dates}
	w.texts["x"] = &text{forms: []pattern{split("{v}!")}}
	for _, tc := range []struct {
		v    any
		want string
	}{
		{models.Fen(128640), "1,286.40!"},
		{models.Fen(-31500), "-315.00!"},
		{models.Date("2026-07-03"), "Fri 3 July!"},
		{models.Date("2025-07-03"), "Thu 3 July 2025!"},
		{models.Date("nonsense"), "nonsense!"},
		{models.Month("2026-07"), "July 2026!"},
		{time.Date(2026, 7, 3, 16, 30, 0, 0, time.UTC), "Sat 4 July, 00:30!"},
		{12, "12!"}, {1286, "1,286!"}, {int64(-1234567), "-1,234,567!"}, {int64(9_223_372_036_854_775_807), "9223372036854775807!"},
		{models.ID(4711000), "4711000!"},
		{problem.Text{Key: "x", Args: problem.Args{"v": "in"}}, "in!!"},
		{"<b>", "<b>!"},
	} {
		if got := w.At(now, "x", problem.Args{"v": tc.v}); got != tc.want {
			t.Errorf("%T %v: %q, want %q", tc.v, tc.v, got, tc.want)
		}
	}
	if got := w.At(now, "x", nil); got != "{v}!" {
		t.Errorf("missing argument: %q", got)
	}
	if got := w.T("no.such", nil); got != "no.such" {
		t.Errorf("missing key: %q", got)
	}
}

func TestPlural(t *testing.T) {
	c := mustLoad(t)
	now := time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		tag, day, want string
	}{
		{"en", "2026-11-24", "1 day left"}, {"en", "2026-11-26", "3 days left"}, {"en", "2026-11-23", "today"},
		{"en", "2026-11-22", "1 day late"}, {"en", "2026-11-20", "3 days late"},
		{"zh-CN", "2026-11-24", "还有 1 天"}, {"zh-CN", "2026-11-20", "已超 3 天"},
	} {
		if got := c.Lang(tc.tag).Left(now, models.Date(tc.day)); got != tc.want {
			t.Errorf("%s %s: %q, want %q", tc.tag, tc.day, got, tc.want)
		}
	}
	for minutes, want := range map[int]string{0: "just now", 1: "1 minute ago", 59: "59 minutes ago", 61: "1 hour ago", 3 * 24 * 60: "3 days ago", 90 * 24 * 60: "Tue 25 August, 12:00"} {
		if got := c.Lang("en").Ago(now, now.Add(-time.Duration(minutes)*time.Minute)); got != want {
			t.Errorf("%d minutes: %q, want %q", minutes, got, want)
		}
	}
}

func TestMatch(t *testing.T) {
	c := mustLoad(t)
	for accept, want := range map[string]string{
		"": "zh-CN", "zh-CN,zh;q=0.9,en;q=0.8": "zh-CN", "en-US,en;q=0.9": "en", "zh-TW": "zh-CN", "zh-HK,en;q=0.5": "zh-CN",
		"de-DE,de;q=0.9": "en", "fr;q=0.9,en;q=0.8": "en", "*": "zh-CN", ";;;": "zh-CN", strings.Repeat("en,", 5000): "en",
	} {
		for range 2 { // the second time from memory
			if got := c.Match([]byte(accept)).Tag; got != want {
				t.Errorf("%.40q: %s, want %s", accept, got, want)
			}
		}
	}
	for i := range 3 * maxKnown {
		c.Match([]byte("en;q=0." + strings.Repeat("1", i%90+1)))
	}
	if n := len(*c.known.Load()); n > maxKnown {
		t.Errorf("%d header values are kept", n)
	}
}

func TestFixedTextCostsNothing(t *testing.T) {
	w := mustLoad(t).Lang("en")
	if n := testing.AllocsPerRun(100, func() { w.T("shell.home", nil) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzSplit: cutting a text into parts loses nothing and never fails.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"", "a", "{n} days", "{a}{b}", "}{", "{", "a}b{c}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := split(s).fill(func(name string) string { return "{" + name + "}" })
		if got != s {
			t.Errorf("%q became %q", s, got)
		}
	})
}
