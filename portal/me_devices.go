package portal

import (
	"bytes"
	"encoding/hex"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

type devicesView struct {
	*web.Page
	Devices  []device
	Recovery int  // recovery codes left
	Enrolled bool // has a second factor
}

type device struct {
	models.Session
	Key  string // names it in a form
	Here bool
}

// deviceKey names a session in a form by a part of its hash, which opens
// nothing.
func deviceKey(hash []byte) string { return hex.EncodeToString(hash[:8]) }

func (p *Portal) devices(c *fiber.Ctx) error {
	v := devicesView{Page: mePage(c, web.PageOf(c).T("me.devices.title"))}
	ctx, here := web.Context(c), web.SessionHash(c)
	rows, err := p.Store.Sessions(ctx, v.Actor.UserID, v.Now)
	if err != nil {
		return err
	}
	for _, r := range rows {
		v.Devices = append(v.Devices, device{r, deviceKey(r.Hash), bytes.Equal(r.Hash, here)})
	}
	u, err := p.Store.User(ctx, v.Actor.UserID)
	if err != nil {
		return err
	}
	if v.Enrolled = len(u.TOTPSeal) > 0; v.Enrolled {
		if v.Recovery, err = p.Store.RecoveryLeft(ctx, u.ID); err != nil {
			return err
		}
	}
	return web.Render(c, fiber.StatusOK, devicesPage(v))
}

func (p *Portal) endDevice(c *fiber.Ctx) error {
	actor, key := web.ActorOf(c), web.FormOf(c).Raw("device")
	rows, err := p.Store.Sessions(web.Context(c), actor.UserID, web.Now(c))
	if err != nil {
		return err
	}
	for _, r := range rows {
		if deviceKey(r.Hash) != key {
			continue
		}
		if err := p.Store.EndSession(web.Context(c), actor, r.Hash); err != nil {
			return err
		}
		if bytes.Equal(r.Hash, web.SessionHash(c)) {
			web.ClearSession(c)
			return web.Redirect(c, "/login?out=1")
		}
		return web.Redirect(c, "/me/devices")
	}
	return problem.New(problem.NotFound, "error.notfound", nil)
}

func (p *Portal) endOthers(c *fiber.Ctx) error {
	if _, err := p.Store.EndSessions(web.Context(c), web.ActorOf(c), web.SessionHash(c)); err != nil {
		return err
	}
	return web.Redirect(c, "/me/devices")
}

func (p *Portal) endAll(c *fiber.Ctx) error {
	if _, err := p.Store.EndSessions(web.Context(c), web.ActorOf(c), nil); err != nil {
		return err
	}
	web.ClearSession(c)
	c.Set("Clear-Site-Data", `"storage"`)
	return web.Redirect(c, "/login?out=1")
}

// renewRecovery shows new recovery codes, this once.
func (p *Portal) renewRecovery(c *fiber.Ctx) error {
	codes, err := p.Store.RenewRecovery(web.Context(c), web.ActorOf(c))
	if err != nil {
		return err
	}
	v := secondView{Page: mePage(c, web.PageOf(c).T("secondfactor.codes.title")), Next: "/me/devices", Codes: codes}
	return web.Render(c, fiber.StatusOK, recoveryCodesView(v))
}

type consentsView struct {
	*web.Page
	Now      map[string]models.Consent
	History  []models.Consent
	Purposes []string // that the person can decide about here
}

func (p *Portal) consents(c *fiber.Ctx) error {
	v := consentsView{Page: mePage(c, web.PageOf(c).T("me.consents.title"))}
	var err error
	if v.Now, v.History, err = p.Store.Consents(web.Context(c), v.Actor.UserID); err != nil {
		return err
	}
	u, err := p.Store.User(web.Context(c), v.Actor.UserID)
	if err != nil {
		return err
	}
	for _, purpose := range store.ConsentPurposes {
		if purpose != store.ConsentMP || len(u.MPOpenIDSeal) > 0 {
			v.Purposes = append(v.Purposes, purpose)
		}
	}
	return web.Render(c, fiber.StatusOK, consentsPage(v))
}

func (p *Portal) setConsent(c *fiber.Ctx) error {
	f := web.FormOf(c)
	purpose := web.Choice(f, "purpose", store.ConsentPurposes...)
	given := web.Choice(f, "given", "yes", "no")
	if f.Err() != nil {
		return problem.New(problem.NotFound, "error.notfound", nil)
	}
	if err := p.Store.SetConsent(web.Context(c), web.ActorOf(c), purpose, given == "yes"); err != nil {
		return err
	}
	return web.Redirect(c, "/me/consents")
}

type looksView struct {
	*web.Page
	Looks     []store.Look
	Confirmed bool // some tie to a roll is confirmed: else nothing can be shown
}

func (p *Portal) looks(c *fiber.Ctx) error {
	v := looksView{Page: mePage(c, web.PageOf(c).T("me.looks.title"))}
	for _, l := range v.Actor.Links {
		v.Confirmed = v.Confirmed || l.State == models.LinkConfirmed
	}
	var err error
	if v.Looks, err = p.Store.WhoLooked(web.Context(c), v.Actor); err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, looksPage(v))
}

func (p *Portal) closeForm(c *fiber.Ctx) error {
	return web.Render(c, fiber.StatusOK, closePage(mePage(c, web.PageOf(c).T("me.close.title"))))
}

func (p *Portal) close(c *fiber.Ctx) error {
	page := mePage(c, web.PageOf(c).T("me.close.title"))
	f := web.FormOf(c)
	if !f.Bool("sure") {
		f.Add("sure", "me.close.sure.needed", nil)
	}
	err := f.Err()
	if err == nil {
		err = p.Store.CloseAccount(web.Context(c), page.Actor)
	}
	if err != nil {
		return web.Again(c, err, closePage(page))
	}
	web.ClearSession(c)
	c.Set("Clear-Site-Data", `"storage", "cookies"`)
	return web.Redirect(c, "/login?closed=1")
}

func deviceTitle(v devicesView, d device) string {
	if d.Device == "" {
		return v.T("me.devices.unknown")
	}
	return d.Device
}

// other is what the button of a consent sends.
func other(given bool) string {
	if given {
		return "no"
	}
	return "yes"
}

func turn(p *web.Page, given bool) string {
	if given {
		return p.T("me.consents.off")
	}
	return p.T("me.consents.on")
}

func consentHistory(v consentsView) ui.TableProps {
	t := ui.TableProps{Caption: v.T("me.consents.history"), Cards: true,
		Cols: []ui.Col{{Title: v.T("me.consents.what")}, {Title: v.T("me.consents.answer")}, {Title: v.T("me.consents.version"), Short: true}, {Title: v.T("me.data.when"), Short: true}}}
	for _, c := range v.History {
		t.Rows = append(t.Rows, ui.TR{Cells: []ui.TD{{Text: v.T(consentNames.Key(c.Purpose))}, {Text: yesNo(v.Page, c.Given)}, {Text: c.Version}, {Text: v.Moment(c.CreatedAt)}}})
	}
	return t
}

func looksTable(v looksView) ui.TableProps {
	t := ui.TableProps{Caption: v.T("me.looks.title"), Cards: true,
		Cols: []ui.Col{{Title: v.T("me.data.when"), Short: true}, {Title: v.T("me.looks.who")}, {Title: v.T("me.looks.what")}, {Title: v.T("me.looks.why")}}}
	for _, l := range v.Looks {
		who := l.ByName + " \u00b7 " + v.T(roleNames.Key(l.ByRole)) + " \u00b7 " + l.Community.Name
		t.Rows = append(t.Rows, ui.TR{Cells: []ui.TD{{Text: v.Moment(l.CreatedAt)}, {Text: who}, {Text: v.T(lookFields.Key(l.Field))}, {Text: l.Reason}}})
	}
	return t
}

func rulesAgreed(v consentsView) string {
	c, ok := v.Now[store.ConsentRules]
	if !ok || !c.Given {
		return v.T("me.consents.rules.none")
	}
	return v.T("me.consents.rules", "version", c.Version)
}
