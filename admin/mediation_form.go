package admin

import (
	"crypto/rand"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// mediationEntryView is the request of somebody who stands at the desk.
type mediationEntryView struct {
	*web.Page
	Buildings []store.GridView
	Mediators []store.Mediator
	Once      string
}

func (a *Admin) mediationEntryPage(c *fiber.Ctx) (*mediationEntryView, error) {
	p, ctx := web.PageOf(c), web.Context(c)
	a.officePage(c, p.T("mediation.entry.title"))
	p.Wide = false
	v := &mediationEntryView{Page: p, Once: rand.Text()}
	t := a.Store.In(p.Community)
	var err error
	if v.Buildings, err = t.Grids(ctx); err == nil {
		v.Mediators, err = t.Mediators(ctx, p.Today())
	}
	return v, err
}

func (a *Admin) mediationEntryForm(c *fiber.Ctx) error {
	v, err := a.mediationEntryPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, mediationEntryPage(v))
}

func (a *Admin) mediationEntry(c *fiber.Ctx) error {
	v, err := a.mediationEntryPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	if once := f.Raw("once"); len(once) >= 16 {
		v.Once = once
	}
	d := store.MediationDraft{Once: v.Once, Category: f.Optional("category", 20), Mediator: f.OptionalID("mediator")}
	d.About, d.Facts, d.Wish = f.Optional("about", 60), f.OptionalArea("facts", maxWords), f.OptionalArea("wish", maxWords)
	d.Other, d.Asker = disputantOf(f, "other_"), disputantOf(f, "asker_")
	if !f.Bool("signed") {
		f.Add("signed", "mediation.entry.sign", nil)
	}
	var id models.ID
	if err = f.Err(); err == nil {
		id, err = a.Store.In(v.Community).EnterMediation(web.Context(c), v.Actor, d)
	}
	if err != nil {
		return web.Again(c, err, mediationEntryPage(v))
	}
	return web.Redirect(c, v.AdminURL("private", "new", id.String()))
}

// disputantOf reads somebody from a form.
func disputantOf(f *web.Form, prefix string) store.DisputantDraft {
	return store.DisputantDraft{Name: f.Optional(prefix+"name", 60), Phone: f.Optional(prefix+"phone", 20), Building: f.OptionalID(prefix + "building"),
		Room: f.Optional(prefix+"room", 20), Address: f.Optional(prefix+"address", 100)}
}

// mediationEntered is the request for printing, on the day and for whoever took
// it in.
func (a *Admin) mediationEntered(c *fiber.Ctx) error {
	p := web.PageOf(c)
	v, err := a.Store.In(p.Community).EnteredMediation(web.Context(c), p.Actor, p.ParamID("id"), p.Today())
	if err != nil {
		return err
	}
	a.officePage(c, p.T("mediation.sheet.request"))
	p.Bare, p.Back = true, ui.Link{}
	return web.Render(c, fiber.StatusOK, web.RequestSheet(p, v, p.AdminURL("private", "new")))
}

// mediationPartyView completes who a party is, or adds one.
type mediationPartyView struct {
	*mediationView
	Party     store.DisputantView
	Buildings []store.GridView
}

func (a *Admin) mediationPartyPage(c *fiber.Ctx) (*mediationPartyView, error) {
	m, err := a.mediationPage(c)
	if err != nil {
		return nil, err
	}
	v := &mediationPartyView{mediationView: m}
	if !m.mediates() {
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	if m.Param("party") != "new" {
		if v.Party = m.V.Party(m.ParamID("party")); v.Party.ID == 0 {
			return nil, problem.New(problem.NotFound, "page.notfound", nil)
		}
	}
	v.Title = v.T("mediation.party.title")
	v.Back = ui.Link{Text: v.T("mediation.page"), Href: v.path()}
	v.Buildings, err = a.Store.In(v.Community).Grids(web.Context(c))
	return v, err
}

func (a *Admin) mediationPartyForm(c *fiber.Ctx) error {
	v, err := a.mediationPartyPage(c)
	if err != nil {
		return err
	}
	v.Set("name", v.Party.Name)
	v.Set("phone", v.Party.Phone)
	v.Set("address", v.Party.Address)
	return web.Render(c, fiber.StatusOK, mediationPartyPage(v))
}

func (a *Admin) mediationParty(c *fiber.Ctx) error {
	v, err := a.mediationPartyPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d, side := disputantOf(f, ""), v.Party.Side
	if v.Party.ID == 0 {
		side = web.Choice(f, "side", models.SideOther, models.SideAsker)
	}
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).SetParty(web.Context(c), v.Actor, v.V.ID, v.Party.ID, side, d)
	}
	if err != nil {
		return web.Again(c, err, mediationPartyPage(v))
	}
	return web.Redirect(c, v.path()+"?done=saved")
}

// mediationDraftView is the form of the agreement.
type mediationDraftView struct {
	*mediationView
	Lines int
}

// draftLines is how many promises the form has room for.
const draftLines = 6

func (a *Admin) mediationDraftPage(c *fiber.Ctx) (*mediationDraftView, error) {
	m, err := a.mediationPage(c)
	if err != nil {
		return nil, err
	}
	if !m.may("draft") {
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	v := &mediationDraftView{m, draftLines}
	v.Title = v.T("mediation.draft.title")
	v.Back = ui.Link{Text: v.T("mediation.page"), Href: v.path()}
	return v, nil
}

func (a *Admin) mediationDraftForm(c *fiber.Ctx) error {
	v, err := a.mediationDraftPage(c)
	if err != nil {
		return err
	}
	v.Set("form", string(models.AgreementWritten))
	if v.V.Version > 0 {
		v.Set("form", string(v.V.Form))
		for name, text := range map[string]string{"facts": v.V.Agreement.Facts, "dispute": v.V.Agreement.Dispute, "duties": v.V.Agreement.Duties, "other": v.V.Agreement.Other} {
			v.Set(name, text)
		}
		for i, x := range v.V.Promises {
			n := strconv.Itoa(i)
			v.Set("party"+n, x.PartyID.String())
			v.Set("what"+n, x.What)
			v.Set("how"+n, x.How)
			v.Set("due"+n, string(x.DueDay))
		}
	} else {
		v.Set("facts", v.V.Request.Facts)
	}
	return web.Render(c, fiber.StatusOK, mediationDraftPage(v))
}

func (a *Admin) mediationDraft(c *fiber.Ctx) error {
	v, err := a.mediationDraftPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := store.AgreementDraft{Form: web.Choice(f, "form", models.AgreementWritten, models.AgreementOral)}
	d.Facts, d.Dispute = f.Area("facts", maxWords), f.Area("dispute", maxWords)
	d.Duties, d.Other = f.OptionalArea("duties", maxWords), f.OptionalArea("other", maxWords)
	for i := range v.Lines {
		n := strconv.Itoa(i)
		what, how, party, due := f.Optional("what"+n, 300), f.Optional("how"+n, 200), f.OptionalID("party"+n), models.Date(f.Optional("due"+n, 10))
		if what != "" || how != "" || due != "" {
			d.Promises = append(d.Promises, store.PromiseDraft{Party: party, Due: due, MediationTerm: models.MediationTerm{What: what, How: how}})
		}
	}
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).DraftAgreement(web.Context(c), v.Actor, v.V.ID, d)
	}
	if err != nil {
		return web.Again(c, err, mediationDraftPage(v))
	}
	return web.Redirect(c, v.path()+"?done=saved")
}

// mediationFiguresView is a year in numbers.
type mediationFiguresView struct {
	*web.Page
	Year  int
	Rows  []store.MediationFigure
	May   bool // change the rule
	ESign bool
}

func (a *Admin) mediationFigures(c *fiber.Ctx) error {
	p := web.PageOf(c)
	a.officePage(c, p.T("mediation.figures.title"))
	p.Wide = false
	v := &mediationFiguresView{Page: p, Year: p.Today().Time().Year(), May: web.May(c, "mediation", "rules"), ESign: p.Community.MediationESign}
	if y, err := strconv.Atoi(p.Query("year")); err == nil && y > 2000 && y < v.Year {
		v.Year = y
	}
	var err error
	v.Rows, err = a.Store.In(p.Community).MediationFigures(web.Context(c), p.Actor, v.Year)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, mediationFiguresPage(v))
}

func (a *Admin) mediationRules(c *fiber.Ctx) error {
	p := web.PageOf(c)
	f := web.FormOf(c)
	allow := web.Choice(f, "esign", "yes", "no")
	if err := f.Err(); err != nil {
		return err
	}
	if err := a.Store.In(p.Community).AllowESign(web.Context(c), p.Actor, allow == "yes"); err != nil {
		return err
	}
	return web.Redirect(c, p.AdminURL("mediation"))
}

// sums adds a year's figures up by what pick says.
func (v *mediationFiguresView) sums(pick func(store.MediationFigure) string, order []string) map[string]int {
	n := map[string]int{}
	for _, r := range v.Rows {
		if key := pick(r); slices.Contains(order, key) {
			n[key] += r.N
		}
	}
	return n
}
