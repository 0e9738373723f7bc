package admin

import (
	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// decisionRoutes: what was decided, as the office works on it.
func (a *Admin) decisionRoutes() []web.Route {
	const all = "/admin/:community/decisions"
	return []web.Route{
		{Method: "GET", Path: all, Object: "office", Action: "enter", Handle: a.decisions},
		{Method: "GET", Path: all + "/:id", Object: "office", Action: "enter", Handle: a.decision},
		{Method: "POST", Path: all + "/:id/notes", Object: "assembly", Action: "prepare", Handle: a.noteDecision},
		{Method: "POST", Path: all + "/:id/order", Object: "assembly", Action: "order", Handle: a.orderDecision},
	}
}

var (
	matterClasses = i18n.Family("assembly.class.")
	decisionModes = i18n.Family("assembly.mode.")
	lawNames      = i18n.Family("assembly.law.")
	decisionNotes = i18n.Family("decision.note.")
)

const decisionPage = 30

// decisionsView is the list of decisions.
type decisionsView struct {
	*web.Page
	List  []models.Decision
	Older models.ID
}

func (a *Admin) decisions(c *fiber.Ctx) error {
	p := web.PageOf(c)
	a.officePage(c, p.T("decision.title"))
	before, _ := models.ParseID(p.Query("before")) // anything else: from the newest
	v := &decisionsView{Page: p}
	var more bool
	var err error
	v.List, more, err = a.Store.In(p.Community).Decisions(web.Context(c), store.DecisionFilter{Before: before, Limit: decisionPage})
	if err != nil {
		return err
	}
	if more {
		v.Older = v.List[len(v.List)-1].ID
	}
	return web.Render(c, fiber.StatusOK, decisionsMain(v))
}

// decisionView is one decision with what stands beside it.
type decisionView struct {
	*web.Page
	D        models.Decision
	Notes    []models.DecisionNote
	C        *store.Carrying
	MayNote  bool
	MayOrder bool
}

func (a *Admin) decisionPage(c *fiber.Ctx) (*decisionView, error) {
	p := web.PageOf(c)
	t, ctx := a.Store.In(p.Community), web.Context(c)
	d, err := t.Decision(ctx, p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	a.officePage(c, d.Number)
	p.Wide, p.Back = false, ui.Link{Text: p.T("decision.title"), Href: p.AdminURL("decisions")}
	v := &decisionView{Page: p, D: *d, MayNote: web.May(c, "assembly", "prepare"), MayOrder: web.May(c, "assembly", "order")}
	if v.C, err = t.CarryingOf(ctx, d.ID); err != nil {
		return nil, err
	}
	v.Notes, err = t.DecisionNotes(ctx, d.ID)
	return v, err
}

func (a *Admin) decision(c *fiber.Ctx) error {
	v, err := a.decisionPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, decisionMain(v))
}

func (a *Admin) noteDecision(c *fiber.Ctx) error {
	return a.decisionNote(c, func(f *web.Form) models.DecisionNoteKind {
		return web.Choice(f, "kind", models.NoteChallenged, models.NoteCourt)
	})
}

func (a *Admin) orderDecision(c *fiber.Ctx) error {
	return a.decisionNote(c, func(*web.Form) models.DecisionNoteKind { return models.NoteOrdered })
}

func (a *Admin) decisionNote(c *fiber.Ctx, kind func(*web.Form) models.DecisionNoteKind) error {
	v, err := a.decisionPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	k, text := kind(f), f.Area("note_text", 1000)
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).NoteDecision(web.Context(c), v.Actor, v.D.ID, k, text)
	}
	if err != nil {
		return web.Again(c, err, decisionMain(v))
	}
	return web.Redirect(c, v.AdminURL("decisions", v.D.ID.String()))
}
