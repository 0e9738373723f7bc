package portal

import (
	"encoding/base64"
	"maps"
	"slices"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/policy"
)

// certifyRoutes: asking for a service certificate, printing it, and checking one
// without being anybody.
func (p *Portal) certifyRoutes() []web.Route {
	const mine = "/:community/volunteers/mine/certificates"
	return []web.Route{
		{Method: "GET", Path: mine, Object: web.Self, Handle: p.certifyForm},
		{Method: "POST", Path: mine, Object: web.Self, Handle: p.certify},
		{Method: "GET", Path: mine + "/:id", Object: web.Self, Handle: p.certificateSheet},
		{Method: "GET", Path: "/verify", Object: web.Public, Handle: p.verifyForm},
		{Method: "POST", Path: "/verify", Object: web.Public, Handle: p.verifyTyped},
		{Method: "GET", Path: "/verify/keys.json", Object: web.Public, Handle: p.verifyKeys},
		{Method: "GET", Path: "/verify/:token", Object: web.Public, Handle: p.verify},
	}
}

func (p *Portal) certifyPage(c *fiber.Ctx) (*mineView, error) {
	v, err := p.minePage(c)
	if err != nil {
		return nil, err
	}
	v.Title = v.T("certify.title")
	v.Back = ui.Link{Text: v.T("volunteer.mine.title"), Href: v.URL("volunteers", "mine")}
	v.Mine.Certs, err = p.Store.In(v.Community).MyCertificates(web.Context(c), &v.V)
	return v, err
}

func (p *Portal) certifyForm(c *fiber.Ctx) error {
	v, err := p.certifyPage(c)
	if err != nil {
		return err
	}
	v.Set("from", string(v.Today().Month().Add(-11).First()))
	v.Set("until", string(v.Today()))
	return web.Render(c, fiber.StatusOK, certifyPage(v))
}

func (p *Portal) certify(c *fiber.Ctx) error {
	v, err := p.certifyPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	w := store.CertificateWish{From: f.Date("from"), Until: f.Date("until"), Remarks: f.Optional("remarks", 40)}
	if err = f.Err(); err == nil {
		cert, e := p.Store.In(v.Community).IssueCertificate(web.Context(c), v.Actor, w)
		if err = e; err == nil {
			return web.Redirect(c, v.URL("volunteers", "mine", "certificates", cert.ID.String()))
		}
	}
	return web.Again(c, err, certifyPage(v))
}

// checkedView is a certificate with its state.
type checkedView struct {
	*web.Page
	C store.CheckedCertificate
}

func (p *Portal) certificateSheet(c *fiber.Ctx) error {
	page := web.PageOf(c)
	checked, err := p.Store.In(page.Community).CertificateOf(web.Context(c), page.Actor, page.ParamID("id"))
	if err != nil {
		return err
	}
	page.Title, page.NoIndex = page.T("certify.sheet"), true
	page.Back = ui.Link{Text: page.T("certify.title"), Href: page.URL("volunteers", "mine", "certificates")}
	if web.May(c, "volunteer", "manage") {
		page.Back = ui.Link{Text: page.T("office.section.volunteers"), Href: page.AdminURL("volunteers")}
	}
	return web.Render(c, fiber.StatusOK, certificateSheet(checkedView{page, *checked}))
}

func (p *Portal) verifyForm(c *fiber.Ctx) error {
	page := web.PageOf(c)
	page.Title, page.NoIndex = page.T("verify.title"), true
	page.Scripts = append(page.Scripts, "scan.js")
	return web.Render(c, fiber.StatusOK, verifyFormPage(page))
}

// maxToken is more than any certificate's text in a QR code.
const maxToken = 2000

// verifyTyped takes what a scanner or a hand put into the field: the token, or
// the address that holds it.
func (p *Portal) verifyTyped(c *fiber.Ctx) error {
	page := web.PageOf(c)
	page.Title, page.NoIndex = page.T("verify.title"), true
	page.Scripts = append(page.Scripts, "scan.js")
	f := web.FormOf(c)
	token := tokenIn(f.Text("token", maxToken))
	err := f.Err()
	if err == nil {
		_, err = p.Store.CheckCertificate(web.Context(c), token)
	}
	if err != nil {
		return web.Again(c, err, verifyFormPage(page))
	}
	return web.Redirect(c, "/verify/"+token)
}

func tokenIn(text string) string {
	for i := len(text) - 1; i >= 0; i-- {
		if text[i] == '/' {
			return text[i+1:]
		}
	}
	return text
}

// verify says what a certificate states and whether it still holds.
func (p *Portal) verify(c *fiber.Ctx) error {
	page := web.PageOf(c)
	page.NoIndex = true
	checked, err := p.Store.CheckCertificate(web.Context(c), page.Param("token"))
	if wrong := problem.As(err); wrong != nil && wrong.Kind == problem.Invalid {
		page.Title = page.T("verify.title")
		return web.Render(c, fiber.StatusUnprocessableEntity, verifyWrongPage(page, page.Text(wrong.Fields["token"])))
	}
	if err != nil {
		return err
	}
	page.Title = page.T("verify.done")
	return web.Render(c, fiber.StatusOK, verifiedPage(checkedView{page, *checked}))
}

// verifyKeys publishes the public keys, for checking without a line.
func (p *Portal) verifyKeys(c *fiber.Ctx) error {
	keys, err := p.Store.CertificateKeys(web.Context(c))
	if err != nil {
		return err
	}
	type key struct {
		ID     string `json:"id"`
		Public string `json:"ed25519"`
	}
	list := []key{}
	for _, id := range slices.Sorted(maps.Keys(keys)) {
		list = append(list, key{id, base64.StdEncoding.EncodeToString(keys[id])})
	}
	c.Set(fiber.HeaderCacheControl, "public, max-age=3600")
	return c.JSON(fiber.Map{"format": "juwu certificate keys 1", "keys": list})
}

// address is where the QR code leads: the statement and its signature are in it.
func (v checkedView) address() string {
	return v.Absolute("/verify/" + policy.CertificateToken(v.C.Certificate.Payload, v.C.Certificate.Signature))
}
