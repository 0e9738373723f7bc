package portal

import (
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// The reporter's own acts. Whoever is logged in comes by the case's address,
// whoever holds a tracking code by /complaints/code/case.

// codeLife is how long a browser that has typed a tracking code may follow.
const codeLife = 30 * time.Minute

// trackForm asks for a tracking code.
func (p *Portal) trackForm(c *fiber.Ctx) error {
	page := web.PageOf(c)
	page.Title, page.Place, page.NoIndex = page.T("case.track.title"), "together", true
	page.Back = ui.Link{Text: page.T("case.title"), Href: page.URL("complaints")}
	return web.Render(c, fiber.StatusOK, codePage(page))
}

func (p *Portal) track(c *fiber.Ctx) error {
	page, f := web.PageOf(c), web.FormOf(c)
	page.Title, page.Place, page.NoIndex = page.T("case.track.title"), "together", true
	page.Back = ui.Link{Text: page.T("case.title"), Href: page.URL("complaints")}
	code := f.Text("code", 40)
	err := f.Err()
	var id models.ID
	if err == nil {
		id, err = p.Store.In(page.Community).Track(web.Context(c), senderOf(c), code)
	}
	if err == nil {
		err = p.keepFor(c, pendingCode, codeCookie{ID: id, Code: code}, codeLife)
	}
	if err != nil {
		return web.Again(c, err, codePage(page))
	}
	return web.Redirect(c, page.URL("complaints", "code", "case"))
}

// coded is the case that the browser's code opens.
func (p *Portal) coded(c *fiber.Ctx) (codeCookie, bool) {
	var k codeCookie
	return k, p.kept(c, pendingCode, &k) && k.ID != 0
}

// anonymousSent is the end of an anonymous report: the code, once.
func (p *Portal) anonymousSent(c *fiber.Ctx) error {
	page := web.PageOf(c)
	k, ok := p.coded(c)
	if !ok || !k.New {
		return web.Redirect(c, page.URL("complaints", "code"))
	}
	own, err := p.Store.In(page.Community).OwnCase(web.Context(c), store.Follower{Code: k.Code}, k.ID)
	if err != nil {
		return err
	}
	v, err := p.newCaseView(web.Context(c), page, own)
	if err != nil {
		return err
	}
	v.Own, page.Title, page.NoIndex, page.Back = true, page.T("case.sent.title"), true, ui.Link{}
	return web.Render(c, fiber.StatusOK, caseSentPage(v, k.Code))
}

func (p *Portal) codeCase(c *fiber.Ctx) error {
	v, err := p.ownView(c)
	if err != nil {
		return err
	}
	if v == nil {
		return web.Redirect(c, web.PageOf(c).URL("complaints", "code"))
	}
	return web.Render(c, fiber.StatusOK, casePage(v))
}

func (p *Portal) codeFile(c *fiber.Ctx) error {
	k, ok := p.coded(c)
	if !ok {
		return errNotFound()
	}
	return p.sendCaseFile(c, store.Follower{Code: k.Code}, k.ID)
}

// codePart goes on to a case that was split from the one the code opened, or
// back: the code follows both.
func (p *Portal) codePart(c *fiber.Ctx) error {
	page := web.PageOf(c)
	k, ok := p.coded(c)
	if !ok {
		return web.Redirect(c, page.URL("complaints", "code"))
	}
	part := page.ParamID("part")
	if _, err := p.Store.In(page.Community).OwnCase(web.Context(c), store.Follower{Code: k.Code}, part); err != nil {
		return err
	}
	if err := p.keepFor(c, pendingCode, codeCookie{ID: part, Code: k.Code}, codeLife); err != nil {
		return err
	}
	return web.Redirect(c, page.URL("complaints", "code", "case"))
}

// ownView is the reader's own case, by login or by code; nil when the code's
// time is over.
func (p *Portal) ownView(c *fiber.Ctx) (*caseView, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	f, id, ok := p.follower(c)
	if !ok {
		return nil, nil
	}
	own, err := p.Store.In(page.Community).OwnCase(ctx, f, id)
	if err != nil {
		return nil, err
	}
	v, err := p.newCaseView(ctx, page, own)
	if err != nil {
		return nil, err
	}
	v.Own, v.Said, page.NoIndex = true, page.Query("done"), true
	if f.Code != "" {
		v.Base = page.URL("complaints", "code", "case")
	}
	return v, nil
}

// follower is who acts on the case of the address.
func (p *Portal) follower(c *fiber.Ctx) (store.Follower, models.ID, bool) {
	page := web.PageOf(c)
	if page.Param("id") != "" {
		return store.Follower{Actor: page.Actor}, page.ParamID("id"), true
	}
	k, ok := p.coded(c)
	return store.Follower{Code: k.Code}, k.ID, ok
}

// ownActs are the acts of a reporter that have a page.
var ownActs = []string{"reply", "rate", "reopen", "escalate", "withdraw"}

var (
	ownActTitles  = i18n.Family("case.own.title.")
	ownActLeads   = i18n.Family("case.own.lead.")
	ownActButtons = i18n.Family("case.own.send.")
	escalations   = i18n.Family("case.escalation.")
)

// ownActView is the form of one act.
type ownActView struct {
	*caseView
	Act string
}

func (p *Portal) ownActPage(c *fiber.Ctx) (*ownActView, error) {
	v, err := p.ownView(c)
	if err != nil {
		return nil, err
	}
	page := web.PageOf(c)
	if v == nil {
		return nil, nil
	}
	act := page.Param("act")
	if !slices.Contains(ownActs, act) {
		return nil, errNotFound()
	}
	page.Title = page.T(ownActTitles.Key(act))
	page.Back = ui.Link{Text: page.T("case.one", "number", v.Case.Number), Href: v.Base}
	page.Scripts = append(page.Scripts, "photo.js")
	return &ownActView{v, act}, nil
}

func (p *Portal) ownActForm(c *fiber.Ctx) error {
	v, err := p.ownActPage(c)
	if err != nil {
		return err
	}
	if v == nil {
		return web.Redirect(c, web.PageOf(c).URL("complaints", "code"))
	}
	return web.Render(c, fiber.StatusOK, ownActFormPage(v))
}

func (p *Portal) ownAct(c *fiber.Ctx) error {
	v, err := p.ownActPage(c)
	if err != nil {
		return err
	}
	if v == nil {
		return web.Redirect(c, web.PageOf(c).URL("complaints", "code"))
	}
	f := web.FormOf(c)
	w := store.Word{From: senderOf(c)}
	switch v.Act {
	case "rate":
		solved, satisfied := web.Choice(f, "solved", "yes", "no"), web.Choice(f, "satisfied", "yes", "no")
		w.Rating, w.Text = &store.Rating{Solved: solved == "yes", Satisfied: satisfied == "yes"}, f.OptionalArea("text", maxText)
	case "escalate":
		w.Escalate, w.Text = web.Choice(f, "kind", policy.EscalationsFor(v.Case.Complaint)...), f.Area("text", maxText)
	default:
		w.Text = f.Area("text", maxText)
	}
	if v.Act == "reply" {
		if w.Photos, err = readPhotos(f, "photos", store.MaxCasePhotos); err != nil {
			return err
		}
	}
	if err = f.Err(); err == nil {
		who, id, _ := p.follower(c)
		_, err = p.Store.In(v.Community).ReporterAct(web.Context(c), who, id, v.Act, w)
	}
	if err != nil {
		return web.Again(c, atPhotos(err), ownActFormPage(v))
	}
	return web.Redirect(c, v.Base+"?done="+v.Act)
}

// atPhotos shows what is wrong with a picture at the field that took it.
func atPhotos(err error) error {
	p := problem.As(err)
	if p == nil || p.Fields == nil {
		return err
	}
	if t, ok := p.Fields["files"]; ok {
		p.Fields["photos"] = t
		delete(p.Fields, "files")
	}
	return p
}
