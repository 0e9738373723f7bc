package portal

import (
	"context"

	"github.com/a-h/templ"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// bodyRoutes: who sits where, and what was decided; for everybody.
func (p *Portal) bodyRoutes() []web.Route {
	const bodies, decisions = "/:community/bodies", "/:community/decisions"
	subjects := []string{"assembly", "notices"}
	return []web.Route{
		{Method: "GET", Path: bodies, Object: web.Public, Handle: web.Cached(subjects, nil, p.bodies)},
		{Method: "GET", Path: bodies + "/:id", Object: web.Public, Handle: web.Cached(subjects, nil, p.body)},
		{Method: "GET", Path: decisions, Object: web.Public, Handle: web.Cached(subjects, []string{"class", "before"}, p.decisions)},
		{Method: "GET", Path: decisions + "/:id", Object: web.Public, Handle: web.Cached(subjects, nil, p.decision)},
		{Method: "GET", Path: decisions + "/:id/sheet", Object: web.Public, Handle: web.Cached(subjects, nil, p.decisionSheet)},
	}
}

var (
	bodyKinds     = i18n.Family("body.kind.")
	bodyPosts     = i18n.Family("body.post.")
	matterClasses = i18n.Family("assembly.class.")
	decisionModes = i18n.Family("assembly.mode.")
	lawNames      = i18n.Family("assembly.law.")
	decisionNotes = i18n.Family("decision.note.")
)

// bodiesView is the list of organisations with who heads them.
type bodiesView struct {
	*web.Page
	List []models.Body
	Reps map[models.ID][]models.Mandate
}

func (p *Portal) bodies(ctx context.Context, page *web.Page) (templ.Component, error) {
	t := p.Store.In(page.Community)
	page.Title, page.Place, page.NoIndex = page.T("body.title"), "together", true
	v := bodiesView{Page: page, Reps: map[models.ID][]models.Mandate{}}
	var err error
	if v.List, err = t.Bodies(ctx, ""); err != nil {
		return nil, err
	}
	reps, err := t.Representatives(ctx, page.Today())
	for _, m := range reps {
		v.Reps[m.BodyID] = append(v.Reps[m.BodyID], m)
	}
	return bodiesPage(v), err
}

// bodyView is one organisation with who sits in it and its own board.
type bodyView struct {
	*web.Page
	B         models.Body
	Mandates  []models.Mandate
	Decisions []models.Decision
}

func (p *Portal) body(ctx context.Context, page *web.Page) (templ.Component, error) {
	t := p.Store.In(page.Community)
	b, err := t.Body(ctx, page.ParamID("id"))
	if err != nil {
		return nil, err
	}
	page.Title, page.Place, page.NoIndex = b.Name, "together", true
	page.Back = ui.Link{Text: page.T("body.title"), Href: page.URL("bodies")}
	v := bodyView{Page: page, B: *b}
	all, err := t.BodyMandates(ctx, b.ID)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if m.InOffice(page.Today()) {
			v.Mandates = append(v.Mandates, m)
		}
	}
	v.Decisions, _, err = t.Decisions(ctx, store.DecisionFilter{Body: b.ID, Public: true, Limit: decisionsShown})
	return bodyPage(v), err
}

const decisionsShown = 20

// decisionsView is the list of what was decided.
type decisionsView struct {
	*web.Page
	Class models.MatterClass
	List  []models.Decision
	Older models.ID
}

func (p *Portal) decisions(ctx context.Context, page *web.Page) (templ.Component, error) {
	page.Title, page.Place = page.T("decision.title"), "open"
	page.Description = page.T("decision.lead")
	v := decisionsView{Page: page, Class: models.MatterClass(page.Query("class"))}
	before, ok := models.ParseID(page.Query("before"))
	if page.Query("before") != "" && !ok || v.Class != "" && !knownClass(v.Class) {
		return nil, errNotFound()
	}
	var more bool
	var err error
	v.List, more, err = p.Store.In(page.Community).Decisions(ctx, store.DecisionFilter{Class: v.Class, Before: before, Public: true, Limit: decisionsShown})
	if more {
		v.Older = v.List[len(v.List)-1].ID
	}
	return decisionsPage(v), err
}

// decisionView is one decision with what stands beside it.
type decisionView struct {
	*web.Page
	D     models.Decision
	Notes []models.DecisionNote
	C     *store.Carrying
}

func (p *Portal) decision(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.decisionOf(ctx, page)
	if err != nil {
		return nil, err
	}
	return decisionPage(v), nil
}

// decisionSheet is the decision on paper for the board.
func (p *Portal) decisionSheet(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.decisionOf(ctx, page)
	if err != nil {
		return nil, err
	}
	page.Bare, page.Back = true, ui.Link{}
	return decisionSheetPage(v), nil
}

func (p *Portal) decisionOf(ctx context.Context, page *web.Page) (v decisionView, err error) {
	t := p.Store.In(page.Community)
	d, err := t.Decision(ctx, page.ParamID("id"))
	if err == nil && d.PublishedAt == nil {
		err = errNotFound()
	}
	if err != nil {
		return v, err
	}
	page.Title, page.Place, page.NoIndex = d.Title, "open", d.Options != ""
	page.Back = ui.Link{Text: page.T("decision.title"), Href: page.URL("decisions")}
	v = decisionView{Page: page, D: *d}
	if v.C, err = t.CarryingOf(ctx, d.ID); err != nil {
		return v, err
	}
	v.Notes, err = t.DecisionNotes(ctx, d.ID)
	return v, err
}
