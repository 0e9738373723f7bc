package portal

import (
	"bytes"
	"io"
	"slices"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// A mediation for one of its parties. For everybody else each address here is
// one that never was.

const (
	mediationNext  = i18n.Family("mediation.next.")
	mediationDone  = i18n.Family("mediation.done.")
	mediationEnds  = i18n.Family("mediation.end.")
	mediationTells = i18n.Family("mediation.end.text.")
	sittingStates  = i18n.Family("mediation.sitting.state.")
)

type mediationView struct {
	*web.Page
	V    store.MediationView
	Acts []string
	Done string
}

func (p *Portal) mediationPage(c *fiber.Ctx) (*mediationView, error) {
	page := web.PageOf(c)
	m, err := p.Store.In(page.Community).Mediation(web.Context(c), page.Actor, page.ParamID("id"))
	if err != nil {
		return nil, err
	}
	if m.Me == 0 { // an officer reads it in the office, with the second factor
		return nil, errNotFound()
	}
	v := &mediationView{Page: page, V: *m, Acts: policy.MediationActs(m.State, m.Relations), Done: page.Query("done")}
	if !page.Says(mediationDone.Key(v.Done)) {
		v.Done = ""
	}
	page.Title, page.Place, page.NoIndex = page.T("mediation.page"), "me", true
	page.Back = ui.Link{Text: page.T("mediation.mine"), Href: "/me/private"}
	return v, nil
}

func (v *mediationView) may(act string) bool { return slices.Contains(v.Acts, act) }

func (v *mediationView) here(parts ...string) string {
	return v.URL(append([]string{"private", v.V.ID.String()}, parts...)...)
}

// me is the reader's own party.
func (v *mediationView) me() store.DisputantView { return v.V.Party(v.V.Me) }

// asked tells whether the reader's own answer is missing.
func (v *mediationView) asked() bool {
	return v.V.State == models.MediationInvited && v.me().Consent == models.ConsentAsked
}

// signs tells whether the reader can sign on the phone now.
func (v *mediationView) signs() bool {
	return v.V.State == models.MediationDrafted && v.V.ESign && v.me().Approved == v.V.Version && v.V.Signed(models.SignedByParty, v.V.Me) == nil
}

func (p *Portal) mediation(c *fiber.Ctx) error {
	v, err := p.mediationPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, mediationPage(v))
}

// mediationAct is the handler of a form of the page.
func (p *Portal) mediationAct(c *fiber.Ctx, do func(t *store.Tenant, v *mediationView, f *web.Form) error) error {
	v, err := p.mediationPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	if err := do(p.Store.In(v.Community), v, f); err != nil {
		return web.Again(c, err, mediationPage(v))
	}
	return web.Redirect(c, v.here()+"?done=saved")
}

func (p *Portal) mediationConsent(c *fiber.Ctx) error {
	return p.mediationAct(c, func(t *store.Tenant, v *mediationView, f *web.Form) error {
		yes := web.Choice(f, "answer", "yes", "no")
		if err := f.Err(); err != nil {
			return err
		}
		return t.ConsentToMediation(web.Context(c), v.Actor, v.V.ID, 0, yes == "yes")
	})
}

func (p *Portal) mediationMediator(c *fiber.Ctx) error {
	return p.mediationAct(c, func(t *store.Tenant, v *mediationView, f *web.Form) error {
		do := web.Choice(f, "do", "accept", "refuse", "propose")
		who := f.OptionalID("mediator")
		if err := f.Err(); err != nil {
			return err
		}
		switch do {
		case "accept":
			return t.AcceptMediators(web.Context(c), v.Actor, v.V.ID, 0)
		case "refuse":
			return t.RefuseMediator(web.Context(c), v.Actor, v.V.ID, 0, who)
		}
		return t.ProposeMediator(web.Context(c), v.Actor, v.V.ID, who)
	})
}

func (p *Portal) mediationSay(c *fiber.Ctx) error {
	return p.mediationAct(c, func(t *store.Tenant, v *mediationView, f *web.Form) error {
		to := web.Choice(f, "to", "all", "private", "terms")
		text := f.Area("text", maxText)
		if err := f.Err(); err != nil {
			return err
		}
		return t.SayInMediation(web.Context(c), v.Actor, v.V.ID, text, to == "private", to == "terms")
	})
}

// mediationWords is the yes or no to the words of an agreement.
func (p *Portal) mediationWords(c *fiber.Ctx) error {
	return p.mediationAct(c, func(t *store.Tenant, v *mediationView, f *web.Form) error {
		yes, version := web.Choice(f, "answer", "yes", "no"), f.Int("version", 1, 1000)
		if err := f.Err(); err != nil {
			return err
		}
		if yes == "yes" {
			return t.ApproveAgreement(web.Context(c), v.Actor, v.V.ID, 0, version)
		}
		text := f.Area("text", maxText)
		if err := f.Err(); err != nil {
			return err
		}
		return t.ObjectToAgreement(web.Context(c), v.Actor, v.V.ID, 0, text)
	})
}

func (p *Portal) mediationPromise(c *fiber.Ctx) error {
	return p.mediationAct(c, func(t *store.Tenant, v *mediationView, f *web.Form) error {
		do := web.Choice(f, "do", "report", "kept", "unkept")
		if err := f.Err(); err != nil {
			return err
		}
		id := v.ParamID("promise")
		if do == "report" {
			return t.ReportPromise(web.Context(c), v.Actor, v.V.ID, id)
		}
		return t.SettlePromise(web.Context(c), v.Actor, v.V.ID, id, do == "kept")
	})
}

func (p *Portal) mediationCourt(c *fiber.Ctx) error {
	return p.mediationAct(c, func(t *store.Tenant, v *mediationView, f *web.Form) error {
		do := web.Choice(f, "do", "wish", "applied", "confirmed", "rejected")
		if err := f.Err(); err != nil {
			return err
		}
		if do == "wish" {
			return t.WishForCourt(web.Context(c), v.Actor, v.V.ID, 0)
		}
		day := models.Date(f.Text("day", 10))
		if err := f.Err(); err != nil {
			return err
		}
		return t.RecordCourt(web.Context(c), v.Actor, v.V.ID, models.CourtState(do), day)
	})
}

// mediationEndView asks before something that ends or begins a mediation.
type mediationEndView struct {
	*mediationView
	Act string
}

var mediationEndActs = map[string]func(t *store.Tenant, c *fiber.Ctx, v *mediationView) error{
	"withdraw": func(t *store.Tenant, c *fiber.Ctx, v *mediationView) error {
		return t.WithdrawMediation(web.Context(c), v.Actor, v.V.ID)
	},
	"stop": func(t *store.Tenant, c *fiber.Ctx, v *mediationView) error {
		return t.StopMediation(web.Context(c), v.Actor, v.V.ID, 0)
	},
	"again": func(t *store.Tenant, c *fiber.Ctx, v *mediationView) error {
		return t.TryMediationAgain(web.Context(c), v.Actor, v.V.ID, 0)
	},
	"broken": func(t *store.Tenant, c *fiber.Ctx, v *mediationView) error {
		return t.CloseBroken(web.Context(c), v.Actor, v.V.ID)
	},
}

func (p *Portal) mediationEndPage(c *fiber.Ctx) (*mediationEndView, error) {
	m, err := p.mediationPage(c)
	if err != nil {
		return nil, err
	}
	v := &mediationEndView{m, m.Param("act")}
	if _, known := mediationEndActs[v.Act]; !known {
		return nil, errNotFound()
	}
	v.Title = v.T(mediationEnds.Key(v.Act))
	v.Back = ui.Link{Text: v.T("mediation.page"), Href: v.here()}
	return v, nil
}

func (p *Portal) mediationEndForm(c *fiber.Ctx) error {
	v, err := p.mediationEndPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, mediationEndPage(v))
}

func (p *Portal) mediationEnd(c *fiber.Ctx) error {
	v, err := p.mediationEndPage(c)
	if err != nil {
		return err
	}
	if err := mediationEndActs[v.Act](p.Store.In(v.Community), c, v.mediationView); err != nil {
		return web.Again(c, err, mediationEndPage(v))
	}
	return web.Redirect(c, v.here()+"?done=saved")
}

// mediationAgreeForm makes the request out of what was offered.
func (p *Portal) mediationAgreePage(c *fiber.Ctx) (*mediationFormView, *mediationView, error) {
	m, err := p.mediationPage(c)
	if err != nil {
		return nil, nil, err
	}
	if m.V.State != models.MediationSuggested {
		return nil, nil, errNotFound()
	}
	v, err := p.mediationFormOf(c)
	if err != nil {
		return nil, nil, err
	}
	v.Action, v.Suggested = m.here("agree"), true
	v.Back = ui.Link{Text: v.T("mediation.page"), Href: m.here()}
	return v, m, nil
}

func (p *Portal) mediationAgreeForm(c *fiber.Ctx) error {
	v, m, err := p.mediationAgreePage(c)
	if err != nil {
		return err
	}
	v.Set("asker_name", m.me().Name)
	return web.Render(c, fiber.StatusOK, mediationFormPage(v))
}

func (p *Portal) mediationAgree(c *fiber.Ctx) error {
	v, m, err := p.mediationAgreePage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := mediationDraftOf(f, v.Once)
	if err = f.Err(); err == nil {
		err = p.Store.In(v.Community).AgreeToSuggestion(web.Context(c), v.Actor, m.V.ID, d)
	}
	if err != nil {
		return web.Again(c, err, mediationFormPage(v))
	}
	return web.Redirect(c, m.here()+"?done=sent")
}

// mediationSignPage signs on the phone: a code is sent at that moment.
func (p *Portal) mediationSignPage(c *fiber.Ctx) (*mediationView, error) {
	v, err := p.mediationPage(c)
	if err != nil {
		return nil, err
	}
	if !v.signs() {
		return nil, errNotFound()
	}
	v.Title = v.T("mediation.sign.do")
	v.Back = ui.Link{Text: v.T("mediation.page"), Href: v.here()}
	return v, nil
}

func (p *Portal) mediationSignForm(c *fiber.Ctx) error {
	v, err := p.mediationSignPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, mediationSignPage(v))
}

func (p *Portal) mediationSignCode(c *fiber.Ctx) error {
	v, err := p.mediationSignPage(c)
	if err != nil {
		return err
	}
	if err := p.Store.In(v.Community).RequestSignCode(web.Context(c), v.Actor, v.V.ID, deviceOf(c)); err != nil {
		return web.Again(c, err, mediationSignPage(v))
	}
	return web.Redirect(c, v.here("sign")+"?sent=1")
}

func (p *Portal) mediationSign(c *fiber.Ctx) error {
	v, err := p.mediationSignPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	version, code := f.Int("version", 1, 1000), f.Text("code", 12)
	if err = f.Err(); err == nil {
		err = p.Store.In(v.Community).SignAgreement(web.Context(c), v.Actor, v.V.ID, version, deviceOf(c), code)
	}
	if err != nil {
		return web.Again(c, err, mediationSignPage(v))
	}
	return web.Redirect(c, v.here()+"?done=signed")
}

// mediationSheet prints the request, the agreement or the application to the
// court.
func (p *Portal) mediationSheet(c *fiber.Ctx) error {
	v, err := p.mediationPage(c)
	if err != nil {
		return err
	}
	sheet := mediationPaperOf(v.Page, &v.V, v.Param("paper"), v.here())
	if sheet == nil {
		return errNotFound()
	}
	v.Bare, v.Back = true, ui.Link{}
	return web.Render(c, fiber.StatusOK, sheet)
}

func mediationPaperOf(page *web.Page, v *store.MediationView, paper, back string) templ.Component {
	switch {
	case paper == "request" && v.Side == models.SideAsker && v.Request.About != "":
		page.Title = page.T("mediation.sheet.request")
		return web.RequestSheet(page, v, back)
	case paper == "agreement" && v.Version > 0:
		page.Title = page.T("mediation.sheet.agreement")
		return web.AgreementSheet(page, v, back)
	case paper == "court" && v.EffectiveDay != "":
		page.Title = page.T("mediation.sheet.court")
		return web.CourtSheet(page, v, back)
	}
	return nil
}

// sealedBody is a paper that was opened in memory.
type sealedBody struct{ *bytes.Reader }

func (sealedBody) Close() error { return nil }

var _ io.ReadSeekCloser = sealedBody{}

func (p *Portal) mediationPaper(c *fiber.Ctx) error {
	v, err := p.mediationPage(c)
	if err != nil {
		return err
	}
	a, content, err := p.Store.In(v.Community).MediationPaper(web.Context(c), v.Actor, v.V.ID, v.ParamID("file"))
	if err != nil {
		return err
	}
	return web.SendFile(c, web.File{Name: a.Name, MIME: a.MIME, Size: int64(len(content)), Sum: a.SHA256, Open: func() (web.FileBody, error) { return sealedBody{bytes.NewReader(content)}, nil }})
}

// mediationCalendar puts a meeting into the calendar of the phone: a title that
// says nothing, and the place.
func (p *Portal) mediationCalendar(c *fiber.Ctx) error {
	v, err := p.mediationPage(c)
	if err != nil {
		return err
	}
	for _, s := range v.V.Sittings {
		if s.ID != v.ParamID("sitting") {
			continue
		}
		title := v.T("mediation.sitting.neutral")
		return web.SendCalendar(c, title, "appointment", []web.CalendarEvent{{UID: v.CalendarUID("appointment", s.ID), Sequence: s.Revision, Start: s.BeginsAt, End: s.EndsAt,
			Changed: s.UpdatedAt, Title: title, Place: s.Place, Cancelled: s.State == models.SittingCancelled}})
	}
	return errNotFound()
}
