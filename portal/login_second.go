package portal

import (
	"context"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// secondView is the page of the second factor in one of its states.
type secondView struct {
	*web.Page
	Next     string
	Enrolled bool
	Recovery bool // the field for a recovery code instead of the app's digits
	Set      store.Enrolment
	Codes    []string
}

func (p *Portal) secondPage(c *fiber.Ctx) (secondView, error) {
	page := web.PageOf(c)
	page.Title, page.Place, page.NoIndex = page.T("secondfactor.title"), "me", true
	next := page.Query("next")
	if c.Method() == fiber.MethodPost {
		next = web.FormOf(c).Raw("next")
	}
	v := secondView{Page: page, Next: web.SafePath(next, placeAfterLogin), Recovery: page.Query("way") == "recovery"}
	u, err := p.Store.User(web.Context(c), page.Actor.UserID)
	v.Enrolled = len(u.TOTPSeal) > 0
	return v, err
}

func (p *Portal) secondForm(c *fiber.Ctx) error {
	v, err := p.secondPage(c)
	if err != nil {
		return err
	}
	if !p.Store.NeedsSecondFactor(v.Actor, v.Today()) {
		return web.Render(c, fiber.StatusOK, secondNotNeededView(v))
	}
	if v.Actor.SecondFactor {
		return web.Redirect(c, v.Next)
	}
	return web.Render(c, fiber.StatusOK, secondFormView(v))
}

func (p *Portal) second(c *fiber.Ctx) error {
	return p.prove(c, "digits", false, p.Store.CheckSecond)
}

func (p *Portal) recovery(c *fiber.Ctx) error {
	return p.prove(c, "recovery", true, p.Store.UseRecovery)
}

// prove takes the app's digits or a recovery code; both give a new session.
func (p *Portal) prove(c *fiber.Ctx, field string, recovery bool, check secondCheck) error {
	v, err := p.secondPage(c)
	if err != nil {
		return err
	}
	v.Recovery = recovery
	f := web.FormOf(c)
	typed := f.Text(field, 20)
	err = f.Err()
	var opened store.Opened
	if err == nil {
		opened, err = check(web.Context(c), v.Actor, deviceOf(c), typed)
	}
	if err != nil {
		return web.Again(c, err, secondFormView(v))
	}
	p.enter(c, opened)
	return web.Redirect(c, v.Next)
}

// appIssuer names the account in the authenticator app, beside the masked
// telephone.
func (p *Portal) appNames(c *fiber.Ctx) (issuer, label string, err error) {
	page := web.PageOf(c)
	u, err := p.Store.User(web.Context(c), page.Actor.UserID)
	if err != nil {
		return "", "", err
	}
	phone, err := p.Store.UserPhone(u)
	return page.T("shell.name"), policy.MaskPhone(phone), err
}

func (p *Portal) beginEnrolment(c *fiber.Ctx) error {
	v, err := p.secondPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	code := f.Text("code", 20)
	err = f.Err()
	if err == nil {
		var issuer, label string
		if issuer, label, err = p.appNames(c); err != nil {
			return err
		}
		v.Set, err = p.Store.BeginEnrolment(web.Context(c), v.Actor, code, issuer, label)
	}
	if err != nil {
		return web.Again(c, err, secondFormView(v))
	}
	return web.Render(c, fiber.StatusOK, enrolView(v))
}

func (p *Portal) finishEnrolment(c *fiber.Ctx) error {
	v, err := p.secondPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	pending, digits := f.Raw("pending"), f.Text("digits", 12)
	issuer, label, err := p.appNames(c)
	if err != nil {
		return err
	}
	if v.Set, err = p.Store.ResumeEnrolment(v.Actor, pending, issuer, label); err != nil {
		return err
	}
	err = f.Err()
	var opened store.Opened
	if err == nil {
		v.Codes, opened, err = p.Store.FinishEnrolment(web.Context(c), v.Actor, deviceOf(c), pending, digits)
	}
	if err != nil {
		return web.Again(c, err, enrolView(v))
	}
	p.enter(c, opened)
	v.Page = web.PageOf(c)
	v.Title, v.Place, v.NoIndex = v.T("secondfactor.codes.title"), "me", true
	return web.Render(c, fiber.StatusOK, recoveryCodesView(v))
}

// secondCheck is one of the two ways to prove the second factor.
type secondCheck func(ctx context.Context, actor models.Actor, d store.Device, typed string) (store.Opened, error)

func secondHref(next, way string) string {
	v := url.Values{"next": {next}}
	if way != "" {
		v.Set("way", way)
	}
	return "/login/second?" + v.Encode()
}

// off keeps browsers from remembering a code.
func off(f ui.Field) ui.Field {
	f.Autocomplete = "off"
	return f
}
