// Package i18n holds every word that a person reads, as data: one folder per
// language, one flat file per subject, keys like "case.sent.title". A text is
// a string with {name} placeholders, or an object of plural forms chosen by
// the argument n: {"one": "{n} day", "other": "{n} days"}.
//
// Files are read by go-i18n and resolved once at start into one table per
// language: asking for a fixed text is a map look-up. The package's test reads
// the whole program and fails on a key that is missing, unused or different
// in its placeholders between languages, so that a reader never meets a bare
// key.
package i18n

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"juwu/internal/problem"
)

//go:embed zh-CN/*.json en/*.json
var files embed.FS

// Tags are the languages there are; the first one is spoken when nothing else
// is asked for.
var Tags = []string{"zh-CN", "en"}

// Family marks keys that are made at run time from a fixed beginning and a
// value: i18n.Family("account.state.").Key(state). The test counts every key
// of the family as used.
type Family string

// Key is the family's key for a value.
func (f Family) Key(value string) string { return string(f) + value }

// Catalog holds the words of all languages. It does not change after Load.
type Catalog struct {
	words []*Words
	known atomic.Pointer[map[string]*Words] // by Accept-Language value; replaced, never written into
	mu    sync.Mutex
}

// Words are the texts of one language.
type Words struct {
	Tag   string // "zh-CN"
	lang  language.Tag
	texts map[string]*text
	dates dates
}

// text is one message, ready to be written.
type text struct {
	plain string    // without placeholders and plural forms
	forms []pattern // by plural.Form; only Other is set without plural forms
}

// pattern is literal and placeholder in turn: odd places are names.
type pattern []string

// Load reads the embedded catalogues, once per process.
func Load() (*Catalog, error) { return embedded() }

var embedded = sync.OnceValues(func() (*Catalog, error) { return load(files) })

func load(fsys fs.FS) (*Catalog, error) {
	c := &Catalog{}
	for _, tag := range Tags {
		w, err := loadWords(fsys, tag)
		if err != nil {
			return nil, err
		}
		c.words = append(c.words, w)
	}
	c.known.Store(&map[string]*Words{})
	return c, nil
}

func loadWords(fsys fs.FS, tag string) (*Words, error) {
	w := &Words{Tag: tag, lang: language.MustParse(tag), texts: map[string]*text{}}
	names, err := fs.Glob(fsys, tag+"/*.json")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		f, err := goi18n.ParseMessageFileBytes(b, path.Dir(name)+".json", nil)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, m := range f.Messages {
			if _, twice := w.texts[m.ID]; twice {
				return nil, fmt.Errorf("%s: key %s stands in another file too", name, m.ID)
			}
			w.texts[m.ID] = compile(m)
		}
	}
	w.dates = loadDates(w)
	return w, nil
}

func compile(m *goi18n.Message) *text {
	forms := make([]pattern, plural.Many+1)
	for form, s := range map[plural.Form]string{
		plural.Other: m.Other, plural.Zero: m.Zero, plural.One: m.One,
		plural.Two: m.Two, plural.Few: m.Few, plural.Many: m.Many,
	} {
		if s != "" {
			forms[form] = split(s)
		}
	}
	t := &text{forms: forms}
	if m.One == "" && m.Few == "" && m.Many == "" && m.Two == "" && m.Zero == "" && len(forms[plural.Other]) == 1 {
		t.plain, t.forms = m.Other, nil
	}
	return t
}

// split cuts "a {b} c" into a, b, c. An opening bracket without its end is
// text: the catalogue test refuses it.
func split(s string) pattern {
	var p pattern
	for {
		i := strings.IndexByte(s, '{')
		j := strings.IndexByte(s, '}')
		if i < 0 || j < i {
			return append(p, s)
		}
		p = append(p, s[:i], s[i+1:j])
		s = s[j+1:]
	}
}

// Lang is the words of a tag as in Tags; the first language for any other.
func (c *Catalog) Lang(tag string) *Words {
	for _, w := range c.words {
		if w.Tag == tag {
			return w
		}
	}
	return c.words[0]
}

// Has tells whether there are words of the tag.
func (c *Catalog) Has(tag string) bool { return c.Lang(tag).Tag == tag }

// All are the words of every language, in the order of Tags.
func (c *Catalog) All() []*Words { return c.words }

// Browsers send few different Accept-Language values; a stranger can send
// endlessly many, so that remembering ends somewhere.
const (
	maxKnown  = 256
	maxAccept = 128
)

// Match chooses the words by an Accept-Language header. It keeps nothing of
// the slice, and a value that was seen before costs one map look-up.
func (c *Catalog) Match(accept []byte) *Words {
	if len(accept) == 0 {
		return c.words[0]
	}
	known := *c.known.Load()
	if w, ok := known[string(accept)]; ok {
		return w
	}
	w := c.match(string(accept[:min(len(accept), maxAccept)]))
	if len(accept) <= maxAccept && len(known) < maxKnown {
		c.remember(string(accept), w)
	}
	return w
}

// match takes the first language asked for that we speak in any spelling: a
// reader of zh-HK reads zh-CN sooner than English.
func (c *Catalog) match(accept string) *Words {
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(tags) == 0 {
		return c.words[0]
	}
	for _, tag := range tags {
		asked, _ := tag.Base()
		if asked == anyLanguage {
			return c.words[0]
		}
		for _, w := range c.words {
			if base, _ := w.lang.Base(); base == asked {
				return w
			}
		}
	}
	return c.Lang("en") // a foreigner reads English sooner than Chinese
}

// anyLanguage is what the header's "*" is read as.
var anyLanguage = language.MustParseBase("mul")

func (c *Catalog) remember(accept string, w *Words) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := maps.Clone(*c.known.Load())
	m[accept] = w
	c.known.Store(&m)
}

// Has tells whether the key exists.
func (w *Words) Has(key string) bool { return w.texts[key] != nil }

// T is the text of a key with its placeholders filled. Dates carry their year.
// A key that does not exist comes back as it is.
func (w *Words) T(key string, args problem.Args) string {
	return w.At(time.Time{}, key, args)
}

// At is T for a reader at now: dates of the current year go without the year.
func (w *Words) At(now time.Time, key string, args problem.Args) string {
	t := w.texts[key]
	if t == nil {
		return key
	}
	if t.forms == nil {
		return t.plain
	}
	p := t.forms[w.form(args)]
	if p == nil {
		p = t.forms[plural.Other]
	}
	var b strings.Builder
	for i, part := range p {
		if i%2 == 0 {
			b.WriteString(part)
		} else if v, ok := args[part]; ok {
			b.WriteString(w.format(now, v))
		} else {
			b.WriteString("{" + part + "}")
		}
	}
	return b.String()
}

// Text is the text of a problem, or of any key with its arguments.
func (w *Words) Text(now time.Time, t problem.Text) string { return w.At(now, t.Key, t.Args) }

// form is the plural form that the argument n asks for.
func (w *Words) form(args problem.Args) plural.Form {
	n, ok := integer(args["n"])
	if !ok {
		return plural.Other
	}
	if n < 0 {
		n = -n
	}
	return plural.Cardinal.MatchPlural(w.lang, int(n%10_000_000), 0, 0, 0, 0)
}
