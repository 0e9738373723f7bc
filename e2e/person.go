package e2e

import (
	"fmt"
	"regexp"
	"sync"

	"juwu/i18n"
	"juwu/internal/problem"
)

// People of the example community, by the names that its one-tap logins show.
const (
	Clerk      = "郭珍"
	Director   = "钟梓"
	Supervisor = "石嘉"
	Member     = "林梓庆"
	Street     = "何敏"
	Technician = "冯立"
	Resident   = "程凯兰"
)

var catalog = sync.OnceValues(i18n.Load)

// T is what the page calls a thing in its language, so that one story can be
// lived in every language: key, then names and values of the sentence.
func (p *Page) T(key string, args ...any) string {
	p.t.Helper()
	all, err := catalog()
	if err != nil {
		p.t.Fatal(err)
	}
	words := all.Lang(p.opts.language)
	if !words.Has(key) {
		p.t.Fatalf("the catalogue %s has no %q", words.Tag, key)
	}
	values := problem.Args{}
	for i := 0; i+1 < len(args); i += 2 {
		values[fmt.Sprint(args[i])] = args[i+1]
	}
	return words.T(key, values)
}

// EnterAs logs in as a person of the example with one tap.
func (p *Page) EnterAs(name string) {
	p.t.Helper()
	p.Visit("/demo")
	p.Follow(name)
}

// codes are the text messages with a code that a phone has got.
func (s *Server) codes(phone string) []string {
	all := regexp.MustCompile(`SMS to \+?(?:86)?`+regexp.QuoteMeta(phone)+`: .*?(\d{6})`).FindAllStringSubmatch(s.Output(), -1)
	codes := make([]string, len(all))
	for i, m := range all {
		codes[i] = m[1]
	}
	return codes
}
