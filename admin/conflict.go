package admin

import (
	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// linkQueueView are the claims that wait for a human.
type linkQueueView struct {
	*web.Page
	Cases []store.LinkCase
	Next  models.ID
}

func (a *Admin) linkQueue(c *fiber.Ctx) error {
	p := web.PageOf(c)
	a.officePage(c, p.T("link.queue.title"))
	p.Back = ui.Link{Text: p.T("resident.title"), Href: p.AdminURL("residents")}
	after, _ := models.ParseID(p.Query("after"))
	cases, err := a.Store.In(p.Community).LinkQueue(web.Context(c), p.Actor, after, residentsPage+1)
	if err != nil {
		return err
	}
	v := &linkQueueView{Page: p, Cases: cases}
	if len(cases) > residentsPage {
		v.Cases = cases[:residentsPage]
		v.Next = v.Cases[residentsPage-1].ID
	}
	return web.Render(c, fiber.StatusOK, linkQueueMain(v))
}

func (v *linkQueueView) next() ui.Link {
	if v.Next == 0 {
		return ui.Link{}
	}
	return ui.Link{Text: v.T("resident.more"), Href: v.AdminURL("residents", "claims") + "?after=" + v.Next.String()}
}

// linkCaseView is one claim beside the people whom it may mean.
type linkCaseView struct {
	*web.Page
	Case *store.LinkCase
}

func (a *Admin) linkCasePage(c *fiber.Ctx) (*linkCaseView, error) {
	p := web.PageOf(c)
	one, err := a.Store.In(p.Community).LinkCase(web.Context(c), p.Actor, p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	a.officePage(c, one.Claim.Name)
	p.Back = ui.Link{Text: p.T("link.queue.title"), Href: p.AdminURL("residents", "claims")}
	return &linkCaseView{p, one}, nil
}

func (a *Admin) linkCase(c *fiber.Ctx) error {
	v, err := a.linkCasePage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, linkCaseMain(v))
}

// linkDecide joins the login to a person on the roll, or refuses the claim.
func (a *Admin) linkDecide(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	d := store.LinkDecision{Desk: f.Bool("desk"), Replace: f.Bool("replace")}
	if f.Has("refuse") {
		d.Reason = f.Text("reason", 100)
	} else {
		d.Resident = f.ID("resident")
	}
	err := f.Err()
	if err == nil {
		err = a.Store.In(p.Community).DecideLink(web.Context(c), p.Actor, p.ParamID("id"), d)
	}
	if err != nil {
		v, broken := a.linkCasePage(c)
		if broken != nil {
			return err // it is decided already: the colleague's answer stands
		}
		return web.Again(c, err, linkCaseMain(v))
	}
	return web.Redirect(c, p.AdminURL("residents", "claims"))
}

// typed is what the person wrote.
func (v *linkCaseView) typed() []ui.Answer {
	c := v.Case.Claim
	return []ui.Answer{
		{Label: v.T("resident.field.name"), Value: c.Name},
		{Label: v.T("link.digits"), Value: c.Digits},
		{Label: v.T("resident.field.household"), Value: c.Building + " " + c.Room},
		{Label: v.T("link.phone"), Value: v.Case.Phone},
	}
}

// agreement tells what of a claim a person on the roll agrees with.
func (v *linkCaseView) agreement(m policy.Match) []ui.Link {
	mark := func(key string, same bool) ui.Link {
		l := ui.Link{Text: v.T(key), Icon: ui.IconClose}
		if same {
			l.Icon = ui.IconCheck
		}
		return l
	}
	return []ui.Link{mark("resident.field.name", m.Name), mark("link.digits", m.Document),
		mark("resident.field.household", m.Household), mark("link.phone", m.Phone)}
}

// options are the people to choose from, the likeliest first.
func (v *linkCaseView) options() []ui.Option {
	options := make([]ui.Option, len(v.Case.Candidates))
	for i, c := range v.Case.Candidates {
		hint := ""
		for _, l := range v.agreement(c.Match) {
			key := "link.differs"
			if l.Icon == ui.IconCheck {
				key = "link.agrees"
			}
			hint += v.T(key, "what", l.Text) + " "
		}
		if c.Match.Taken {
			hint += v.T("link.taken.hint")
		}
		options[i] = v.Option("resident", c.ID.String(), v.T("link.candidate", "name", c.Name, "where", dwelling(c.Person), "birth", c.Birth, "document", c.Document, "phone", c.Phone))
		options[i].Hint = hint
	}
	return options
}

// taken tells whether one of the people is joined to another login already.
func (v *linkCaseView) taken() bool {
	for _, c := range v.Case.Candidates {
		if c.Match.Taken {
			return true
		}
	}
	return false
}
