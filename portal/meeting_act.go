package portal

import (
	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/models"
)

// actOrAgain carries an act out, or sends to telephone and code; what was wrong
// with the form shows it once more.
func (p *Portal) actOrAgain(c *fiber.Ctx, err error, a act, form templ.Component) error {
	var to string
	if err == nil {
		to, err = p.actOrConfirm(c, a)
	}
	if err != nil {
		return web.Again(c, err, form)
	}
	return web.Redirect(c, to)
}

func (p *Portal) doJoin(c *fiber.Ctx, actor models.Actor, a act) (string, error) {
	page := web.PageOf(c)
	d := store.SignupDraft{Part: a.Part, Remote: a.Remote, Needs: a.Text, Resident: a.Entry, Name: a.Name, Phone: a.Subject}
	_, err := p.Store.In(page.Community).JoinMeeting(web.Context(c), actor, a.Thing, d)
	return page.URL("meetings", a.Thing.String(), "mine") + "?done=1", err
}

func (p *Portal) doOpinion(c *fiber.Ctx, actor models.Actor, a act) (string, error) {
	page := web.PageOf(c)
	o, err := p.Store.In(page.Community).SendOpinion(web.Context(c), actor, a.Thing, store.OpinionDraft{Text: a.Text, Stance: models.OpinionStance(a.Subject)})
	if err != nil {
		return "", err
	}
	return page.URL("meetings", a.Thing.String()) + "#opinion-" + o.ID.String(), nil
}

func (p *Portal) doTopic(c *fiber.Ctx, actor models.Actor, a act) (string, error) {
	page := web.PageOf(c)
	_, err := p.Store.In(page.Community).ProposeTopic(web.Context(c), actor, a.Text)
	return page.URL("meetings", "topics") + "?done=1", err
}

func (p *Portal) doBehind(c *fiber.Ctx, actor models.Actor, a act) (string, error) {
	page := web.PageOf(c)
	return page.URL("meetings", "topics"), p.Store.In(page.Community).SupportTopic(web.Context(c), actor, a.Thing)
}
