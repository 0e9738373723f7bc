package portal

import (
	"context"
	"crypto/rand"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// Mediation: what it is and how to ask for it, for everybody; a mediation itself
// below /private, for its parties alone. That word stands in addresses and
// messages instead of another, because both are read over shoulders.

const (
	draftMediation = "mediation"
	maxAbout       = 60
)

func (p *Portal) mediationRoutes() []web.Route {
	const door, all = "/:community/mediation", "/:community/private"
	part := func(method, path string, h fiber.Handler) web.Route {
		return web.Route{Method: method, Path: all + path, Object: "mediation", Action: "take_part", Handle: h}
	}
	return []web.Route{
		{Method: "GET", Path: door, Object: web.Public, Handle: web.Cached([]string{"people"}, nil, p.mediationDoor)},
		{Method: "GET", Path: door + "/new", Object: web.Public, Handle: p.mediationForm},
		{Method: "POST", Path: door + "/new", Object: web.Public, Handle: p.mediationDraft},
		{Method: "GET", Path: door + "/check", Object: web.Public, Handle: p.mediationCheckForm},
		{Method: "POST", Path: door + "/check", Object: web.Public, Handle: p.mediationCheck},
		{Method: "GET", Path: "/me/private", Object: web.Self, Handle: p.myMediations},
		part("GET", "/:id", p.mediation),
		part("GET", "/:id/agree", p.mediationAgreeForm),
		part("POST", "/:id/agree", p.mediationAgree),
		part("POST", "/:id/consent", p.mediationConsent),
		part("POST", "/:id/mediator", p.mediationMediator),
		part("POST", "/:id/say", p.mediationSay),
		part("POST", "/:id/words", p.mediationWords),
		part("GET", "/:id/sign", p.mediationSignForm),
		part("POST", "/:id/sign", p.mediationSign),
		part("POST", "/:id/sign/code", p.mediationSignCode),
		part("POST", "/:id/promises/:promise", p.mediationPromise),
		part("POST", "/:id/court", p.mediationCourt),
		part("GET", "/:id/end/:act", p.mediationEndForm),
		part("POST", "/:id/end/:act", p.mediationEnd),
		part("GET", "/:id/sheet/:paper", p.mediationSheet),
		part("GET", "/:id/papers/:file", p.mediationPaper),
		part("GET", "/:id/sittings/:sitting/calendar.ics", p.mediationCalendar),
	}
}

// mediationDoorView is what everybody may know: what it is, who mediates, and
// totals of past years that are large enough to be told.
type mediationDoorView struct {
	*web.Page
	Mediators []store.Mediator
	Years     map[int]int
}

func (p *Portal) mediationDoor(ctx context.Context, page *web.Page) (templ.Component, error) {
	v := &mediationDoorView{Page: page}
	page.Title, page.Place = page.T("mediation.title"), "together"
	page.Back = ui.Link{Text: page.T("shell.together"), Href: page.URL("activities")}
	t := p.Store.In(page.Community)
	var err error
	if v.Mediators, err = t.Mediators(ctx, page.Today()); err != nil {
		return nil, err
	}
	v.Years, err = t.MediationYears(ctx, page.Today())
	return mediationDoorPage(v), err
}

// mediationFormView is the request.
type mediationFormView struct {
	*web.Page
	Buildings []ui.Option
	Mediators []store.Mediator
	Once      string
	Action    string
	Suggested bool
}

func (p *Portal) mediationFormOf(c *fiber.Ctx) (*mediationFormView, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	v := &mediationFormView{Page: page, Once: rand.Text(), Action: page.URL("mediation", "new")}
	page.Title, page.Place, page.NoIndex = page.T("mediation.new.title"), "together", true
	page.Back = ui.Link{Text: page.T("mediation.title"), Href: page.URL("mediation")}
	t := p.Store.In(page.Community)
	grids, err := t.Grids(ctx)
	for _, g := range grids {
		for _, b := range g.Buildings {
			v.Buildings = append(v.Buildings, page.Option("other_building", b.ID.String(), b.Name))
		}
	}
	if err == nil {
		v.Mediators, err = t.Mediators(ctx, page.Today())
	}
	return v, err
}

func (p *Portal) mediationForm(c *fiber.Ctx) error {
	v, err := p.mediationFormOf(c)
	if err != nil {
		return err
	}
	v.Set("asker_name", v.Actor.Name)
	var id models.ID
	var d store.MediationDraft
	if p.kept(c, draftMediation, &id) {
		if _, err := p.Store.In(v.Community).OpenDraft(web.Context(c), web.DeviceHash(c), id, draftMediation, &d); err == nil {
			v.fill(d)
		}
	}
	return web.Render(c, fiber.StatusOK, mediationFormPage(v))
}

// fill puts back what was typed before.
func (v *mediationFormView) fill(d store.MediationDraft) {
	v.Once = d.Once
	for name, value := range map[string]string{"category": d.Category, "about": d.About, "facts": d.Facts, "wish": d.Wish, "asker_name": d.Asker.Name, "asker_address": d.Asker.Address,
		"other_name": d.Other.Name, "other_room": d.Other.Room, "other_address": d.Other.Address, "other_phone": d.Other.Phone} {
		v.Set(name, value)
	}
	if d.Other.Building != 0 {
		v.Set("other_building", d.Other.Building.String())
	}
	if d.Mediator != 0 {
		v.Set("mediator", d.Mediator.String())
	}
	for i := range v.Buildings {
		v.Buildings[i].Checked = v.Buildings[i].Value == d.Other.Building.String()
	}
}

// mediationDraftOf reads the form; the store says what is wrong with it.
func mediationDraftOf(f *web.Form, once string) store.MediationDraft {
	d := store.MediationDraft{Once: f.Raw("once"), Category: f.Optional("category", 20), Mediator: f.OptionalID("mediator")}
	if len(d.Once) < 16 {
		d.Once = once
	}
	d.About, d.Facts, d.Wish = f.Optional("about", maxAbout), f.OptionalArea("facts", maxText), f.OptionalArea("wish", maxText)
	d.Other = store.DisputantDraft{Name: f.Optional("other_name", 60), Building: f.OptionalID("other_building"), Room: f.Optional("other_room", 20), Address: f.Optional("other_address", 100), Phone: f.Optional("other_phone", 20)}
	d.Asker = store.DisputantDraft{Name: f.Optional("asker_name", 60), Address: f.Optional("asker_address", 100)}
	return d
}

// mediationDraft takes the form into a stored draft and goes on to checking.
func (p *Portal) mediationDraft(c *fiber.Ctx) error {
	v, err := p.mediationFormOf(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := mediationDraftOf(f, v.Once)
	v.Once = d.Once
	if err = firstOf(f.Err(), store.CheckMediation(&d, false)); err == nil {
		err = p.keepDraft(c, draftMediation, d, nil)
	}
	if err != nil {
		return web.Again(c, err, mediationFormPage(v))
	}
	return web.Redirect(c, v.URL("mediation", "check"))
}

// mediationCheckView is the last screen before sending.
type mediationCheckView struct {
	*web.Page
	Draft    store.MediationDraft
	ID       models.ID
	Place    string
	Mediator string
}

func (p *Portal) mediationCheckOf(c *fiber.Ctx) (*mediationCheckView, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	t := p.Store.In(page.Community)
	v := &mediationCheckView{Page: page}
	if !p.kept(c, draftMediation, &v.ID) {
		return nil, nil
	}
	if _, err := t.OpenDraft(ctx, web.DeviceHash(c), v.ID, draftMediation, &v.Draft); err != nil {
		return nil, nil // sent, or too old: the page leads back
	}
	names, err := t.BuildingNames(ctx)
	if err != nil {
		return nil, err
	}
	v.Place = page.CasePlace("", names[v.Draft.Other.Building], v.Draft.Other.Room+" "+v.Draft.Other.Address)
	list, err := t.Mediators(ctx, page.Today())
	for _, m := range list {
		if m.UserID == v.Draft.Mediator {
			v.Mediator = m.Name
		}
	}
	page.Title, page.Place, page.NoIndex = page.T("mediation.check.title"), "together", true
	page.Back = ui.Link{Text: page.T("mediation.new.title"), Href: page.URL("mediation", "new")}
	return v, err
}

func (p *Portal) mediationCheckForm(c *fiber.Ctx) error {
	v, err := p.mediationCheckOf(c)
	if err != nil {
		return err
	}
	if v == nil {
		return web.Redirect(c, web.PageOf(c).URL("mediation", "new"))
	}
	return web.Render(c, fiber.StatusOK, mediationCheckPage(v))
}

// mediationCheck sends what waits, or asks for telephone and code first.
func (p *Portal) mediationCheck(c *fiber.Ctx) error {
	v, err := p.mediationCheckOf(c)
	if err != nil {
		return err
	}
	if v == nil {
		return web.Redirect(c, web.PageOf(c).URL("mediation", "new"))
	}
	to, err := p.actOrConfirm(c, act{Kind: actMediate, Draft: v.ID, Back: v.Path})
	if err != nil {
		return web.Again(c, err, mediationCheckPage(v))
	}
	return web.Redirect(c, to)
}

// doMediate files what waits in the draft under the actor's telephone.
func (p *Portal) doMediate(c *fiber.Ctx, actor models.Actor, a act) (string, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	t := p.Store.In(page.Community)
	var d store.MediationDraft
	if _, err := t.OpenDraft(ctx, web.DeviceHash(c), a.Draft, draftMediation, &d); err != nil {
		return "", err
	}
	d.Draft, d.From = a.Draft, senderOf(c)
	id, err := t.RequestMediation(ctx, actor, d)
	if err != nil {
		return "", err
	}
	p.drop(c, draftMediation)
	return page.URL("private", id.String()) + "?done=sent", nil
}

// myMediationsView is the person's own list.
type myMediationsView struct {
	*web.Page
	List []store.MyMediation
}

func (p *Portal) myMediations(c *fiber.Ctx) error {
	page := web.PageOf(c)
	page.Title, page.Place = page.T("mediation.mine"), "me"
	page.Back = ui.Link{Text: page.T("me.title"), Href: "/me"}
	list, err := p.Store.MyMediations(web.Context(c), page.Actor)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, myMediationsPage(&myMediationsView{page, list}))
}

// mediationMatters are those that wait for the reader's answer; the line says
// neither what nor who.
func (p *Portal) mediationMatters(ctx context.Context, page *web.Page) ([]matter, error) {
	list, err := p.Store.MyMediations(ctx, page.Actor)
	var all []matter
	for _, m := range list {
		if m.Waits && m.CommunityID == page.Community.ID {
			all = append(all, matter{Title: page.T("mediation.matter"), Desc: page.T("mediation.matter.text"), Href: page.URL("private", m.ID.String())})
		}
	}
	return all, err
}
