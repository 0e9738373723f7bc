package portal

import (
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// trusteeView is one trustee's seat: what is to be done now, and who has done what.
type trusteeView struct {
	*web.Page
	D *store.TrusteeDesk
}

func (v *trusteeView) at(parts ...string) string {
	return v.URL(append([]string{"elections", v.D.Board.ID.String()}, parts...)...)
}

func (p *Portal) trusteeView(c *fiber.Ctx) (*trusteeView, error) {
	page := web.PageOf(c)
	d, err := p.Store.In(page.Community).TrusteeDesk(web.Context(c), page.Actor, page.ParamID("id"))
	if err != nil {
		return nil, err
	}
	page.Title, page.Place, page.NoIndex = page.T("ballot.trustee.title"), "me", true
	page.Scripts = []string{"trustee.js"}
	if d.Board.Demo {
		page.Band = page.T("ballot.demo")
	}
	page.Back = ui.Link{Text: page.T("me.title"), Href: "/me"}
	return &trusteeView{page, d}, nil
}

func (p *Portal) trustee(c *fiber.Ctx) error {
	v, err := p.trusteeView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, trusteePage(v))
}

func (p *Portal) trusteeSubmit(c *fiber.Ctx) error {
	v, err := p.trusteeView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	step := store.TrusteeStep(f.Raw("step"))
	err = p.Store.In(v.Community).TrusteeSubmit(web.Context(c), v.Actor, v.D.Board.ID, step, []byte(f.Raw("message")), []byte(f.Raw("evidence")))
	if err != nil {
		return web.Again(c, err, trusteePage(v))
	}
	return web.Redirect(c, v.at("trustee"))
}

// island is JSON for the page's script; it stands in an element as text, which
// is escaped, and never runs.
func island(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}

var trusteeSteps = []store.TrusteeStep{store.TrusteeCert, store.TrusteePoly, store.TrusteeFinish}

// done says how far a trustee is.
func (v *trusteeView) done(s store.TrusteeSeat) (string, ui.Kind) {
	b := v.D.Board
	switch {
	case s.Shared:
		return v.T("ballot.seat.shared"), ui.Good
	case b.State == models.BallotTallied:
		return v.T("ballot.seat.waits"), ui.Attention
	case s.Rehearsed:
		return v.T("ballot.seat.rehearsed"), ui.Good
	case s.Done == len(trusteeSteps):
		return v.T("ballot.seat.made"), ui.Good
	}
	return v.T("ballot.seat.step", "n", s.Done, "of", len(trusteeSteps)), ui.Attention
}

func (v *trusteeView) least() string { return number(policy.SmallestTally) }

// archive is what the trustee's device counts again before it decrypts.
func (v *trusteeView) archive() string {
	if v.D.Board.PaperOver {
		return v.at("count.bel")
	}
	return v.at("board.bel")
}
