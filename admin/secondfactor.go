package admin

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// secondFactorRoutes: codes handed over at the desk, and resets by two people.
func (a *Admin) secondFactorRoutes() []web.Route {
	return []web.Route{
		{Method: "GET", Path: "/admin/:community/second-factor", Object: "second_factor", Action: "reset", Handle: a.secondFactors},
		{Method: "POST", Path: "/admin/:community/second-factor/code", Object: "second_factor", Action: "issue_code", Handle: a.issueCode},
		{Method: "POST", Path: "/admin/:community/second-factor/reset", Object: "second_factor", Action: "reset", Handle: a.askReset},
		{Method: "POST", Path: "/admin/:community/second-factor/decide", Object: "second_factor", Action: "reset", Handle: a.decideReset},
		{Method: "GET", Path: "/admin/:community/corrections", Object: "resident", Action: "desk", Handle: a.corrections},
		{Method: "POST", Path: "/admin/:community/corrections", Object: "resident", Action: "desk", Handle: a.answerCorrection},
	}
}

const officerRoles = i18n.Family("role.")

type secondFactorView struct {
	*web.Page
	Officers []store.Officer
	// Code has just been made, for the person; shown this once.
	Code, For string
}

func (a *Admin) secondFactorPage(c *fiber.Ctx) (secondFactorView, error) {
	v := secondFactorView{Page: a.officePage(c, web.PageOf(c).T("secondfactor.office.title"))}
	var err error
	v.Officers, err = a.Store.In(v.Community).Officers(web.Context(c), v.Actor, v.Today())
	return v, err
}

func (a *Admin) secondFactors(c *fiber.Ctx) error {
	v, err := a.secondFactorPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, secondFactorPage(v))
}

// issueCode shows the code in the answer itself: it stands in no address and
// is gone with the page.
func (a *Admin) issueCode(c *fiber.Ctx) error {
	f := web.FormOf(c)
	user := f.ID("user")
	v, err := a.secondFactorPage(c)
	if err != nil {
		return err
	}
	if err = f.Err(); err == nil {
		v.Code, err = a.Store.In(v.Community).IssueEnrolment(web.Context(c), v.Actor, user)
	}
	if err != nil {
		return web.Again(c, err, secondFactorPage(v))
	}
	for _, o := range v.Officers {
		if o.UserID == user {
			v.For = o.Name
		}
	}
	return web.Render(c, fiber.StatusOK, handOverPage(v))
}

func (a *Admin) askReset(c *fiber.Ctx) error {
	f := web.FormOf(c)
	user, reason := f.ID("user"), f.Text("reason", 400)
	v, err := a.secondFactorPage(c)
	if err != nil {
		return err
	}
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).AskReset(web.Context(c), v.Actor, user, reason)
	}
	if err != nil {
		return web.Again(c, err, secondFactorPage(v))
	}
	return web.Redirect(c, v.AdminURL("second-factor"))
}

func (a *Admin) decideReset(c *fiber.Ctx) error {
	f := web.FormOf(c)
	id, answer := f.ID("request"), web.Choice(f, "answer", "yes", "no")
	if f.Err() != nil {
		return problem.New(problem.NotFound, "error.notfound", nil)
	}
	v, err := a.secondFactorPage(c)
	if err != nil {
		return err
	}
	if err := a.Store.In(v.Community).DecideReset(web.Context(c), v.Actor, id, answer == "yes"); err != nil {
		return web.Again(c, err, secondFactorPage(v))
	}
	return web.Redirect(c, v.AdminURL("second-factor"))
}

func officerPosts(v secondFactorView, o store.Officer) string {
	names := make([]string, len(o.Roles))
	for i, r := range o.Roles {
		names[i] = v.T(officerRoles.Key(string(r)))
	}
	return strings.Join(names, " \u00b7 ")
}

func officerState(v secondFactorView, o store.Officer) string {
	switch {
	case o.Enrolled:
		return v.T("secondfactor.office.enrolled")
	case o.CodeUntil != nil && o.CodeUntil.After(v.Now):
		return v.T("secondfactor.office.handed", "until", *o.CodeUntil)
	}
	return v.T("secondfactor.office.missing")
}

// mine tells whether the line is the reader's own: nobody does these things
// for themselves.
func mine(v secondFactorView, user models.ID) bool { return v.Actor.UserID == user }

type correctionsView struct {
	*web.Page
	Open []store.OpenCorrection
}

func (a *Admin) correctionsPage(c *fiber.Ctx) (correctionsView, error) {
	v := correctionsView{Page: a.officePage(c, web.PageOf(c).T("correction.title"))}
	var err error
	v.Open, err = a.Store.In(v.Community).Corrections(web.Context(c), v.Actor, v.Today())
	return v, err
}

func (a *Admin) corrections(c *fiber.Ctx) error {
	v, err := a.correctionsPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, correctionsPage(v))
}

func (a *Admin) answerCorrection(c *fiber.Ctx) error {
	f := web.FormOf(c)
	id, done, answer := f.ID("correction"), web.Choice(f, "done", "yes", "no"), f.Text("reason", 400)
	v, err := a.correctionsPage(c)
	if err != nil {
		return err
	}
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).AnswerCorrection(web.Context(c), v.Actor, id, done == "yes", answer)
	}
	if err != nil {
		return web.Again(c, err, correctionsPage(v))
	}
	return web.Redirect(c, v.AdminURL("corrections"))
}

// reasonField and answerField stand once per card: their ids tell the cards
// apart, and an error shows on the card it belongs to.
func reasonField(v secondFactorView, o store.Officer) ui.Field {
	f := v.Field("reason", "secondfactor.office.reason")
	return cardField(f, "reason-"+o.UserID.String(), v.Value("user") == o.UserID.String())
}

func answerField(v correctionsView, o store.OpenCorrection) ui.Field {
	f := v.Field("reason", "correction.answer", "correction.answer.hint")
	return cardField(f, "reason-"+o.ID.String(), v.Value("correction") == o.ID.String())
}

func cardField(f ui.Field, id string, here bool) ui.Field {
	f.Autocomplete = "off"
	if here {
		return f // keeps the plain id: the error summary links to it
	}
	f.ID, f.Value, f.Error = id, "", ""
	return f
}

func correctionPerson(v correctionsView, o store.OpenCorrection) string {
	if o.Person == "" {
		return v.T("correction.unnamed")
	}
	return o.Person
}

func correctionKind(v correctionsView, o store.OpenCorrection) ui.Kind {
	if o.Due < v.Today() {
		return ui.Danger
	}
	return ui.Plain
}
