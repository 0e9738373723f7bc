package portal

import (
	"context"
	"strconv"

	"github.com/a-h/templ"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
)

// Words whose keys are made from values.
const (
	roleNames    = i18n.Family("role.")
	privacyWords = i18n.Family("privacy.part.")
)

// privacyParts are the sections of the rules on processing personal data, with
// the number of their paragraphs, in the order of PIPL art. 17 and of the
// regulation on network data security (art. 21): who, what, why, how long, your
// rights, how to close the account, whom to complain to.
var privacyParts = []struct {
	id    string
	lines int
}{
	{"who", 2}, {"what", 4}, {"why", 4}, {"sensitive", 2}, {"public", 3}, {"children", 2},
	{"share", 3}, {"keep", 4}, {"safe", 4}, {"rights", 4}, {"close", 2}, {"complain", 2},
}

// privacyPart is one section: a heading and its paragraphs.
type privacyPart struct {
	ID, Title string
	Lines     []string
}

// privacy is the page of these rules, the same for everybody.
func (p *Portal) privacy(_ context.Context, page *web.Page) (templ.Component, error) {
	page.Title, page.Place = page.T("privacy.title"), "me"
	page.Description = page.T("privacy.lead")
	parts := make([]privacyPart, len(privacyParts))
	for i, part := range privacyParts {
		parts[i] = privacyPart{ID: part.id, Title: page.T(privacyWords.Key(part.id))}
		for n := range part.lines {
			parts[i].Lines = append(parts[i].Lines, page.T(privacyWords.Key(part.id+"."+strconv.Itoa(n+1))))
		}
	}
	return privacyView(page, store.RulesVersion, parts), nil
}
