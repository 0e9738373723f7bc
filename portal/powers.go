package portal

import (
	"context"
	"strings"

	"github.com/a-h/templ"

	"juwu/i18n"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

func (p *Portal) powersRoutes() []web.Route {
	return []web.Route{
		{Method: "GET", Path: "/:community/powers", Object: web.Public, Handle: web.Cached([]string{"people"}, nil, p.powers)},
		{Method: "GET", Path: "/:community/certificates", Object: web.Public, Handle: web.Cached([]string{"home"}, nil, p.certificates)},
	}
}

const (
	powerObjects     = i18n.Family("power.object.")
	powerActions     = i18n.Family("power.action.")
	certificateWords = i18n.Family("certificate.")
	certificatePlace = i18n.Family("certificate.office.")
)

// powersView is the live matrix of who may do what.
type powersView struct {
	*web.Page
	Groups []powerGroup
}

// powerGroup is one object with what can be done to it.
type powerGroup struct {
	Object string
	Rows   []policy.Row
}

func (p *Portal) powers(_ context.Context, page *web.Page) (templ.Component, error) {
	page.Title, page.Place = page.T("powers.title"), "open"
	page.Description = page.T("powers.lead")
	v := powersView{Page: page}
	for _, r := range p.Store.Guard().Matrix() {
		if n := len(v.Groups); n == 0 || v.Groups[n-1].Object != r.Object {
			v.Groups = append(v.Groups, powerGroup{Object: r.Object})
		}
		g := &v.Groups[len(v.Groups)-1]
		g.Rows = append(g.Rows, r)
	}
	return powersPage(v), nil
}

// who are the roles of a row in words.
func (v powersView) who(roles []models.Role) string {
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = v.T(roleNames.Key(string(r)))
	}
	return strings.Join(words, v.T("format.list"))
}

func (v powersView) rows(g powerGroup) []ui.TR {
	rows := make([]ui.TR, len(g.Rows))
	for i, r := range g.Rows {
		rows[i] = ui.TR{Cells: []ui.TD{{Text: v.T(powerActions.Key(r.Action))}, {Text: v.who(r.Roles)}}}
	}
	return rows
}

// certificatesView lists what a committee may not certify.
type certificatesView struct {
	*web.Page
	Certificates []policy.Certificate
}

func (p *Portal) certificates(_ context.Context, page *web.Page) (templ.Component, error) {
	page.Title, page.Place = page.T("certificates.title"), "home"
	page.Description = page.T("certificates.lead")
	page.Back = ui.Link{Text: page.T("home.title"), Href: page.URL()}
	return certificatesPage(certificatesView{page, policy.Certificates}), nil
}
