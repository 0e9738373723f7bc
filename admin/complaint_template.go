package admin

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// templateActs are the acts that have prepared replies.
var templateActs = []string{"answer", "ask", "refuse"}

var templateNews = i18n.Family("case.settings.template.new.")

// caseTemplateView is the form of a new prepared reply.
type caseTemplateView struct {
	*web.Page
	Act        string
	Categories []store.CaseCategory
}

func (a *Admin) caseTemplateView(c *fiber.Ctx) (*caseTemplateView, error) {
	p := web.PageOf(c)
	v := &caseTemplateView{Page: p, Act: p.Param("action")}
	if !slices.Contains(templateActs, v.Act) {
		return nil, notThere()
	}
	a.officePage(c, p.T(templateNews.Key(v.Act)))
	p.Wide, p.Back = false, ui.Link{Text: p.T("case.settings.title"), Href: p.AdminURL("case-settings") + "#templates"}
	var err error
	v.Categories, err = a.Store.In(p.Community).Categories(web.Context(c))
	return v, err
}

func (a *Admin) caseTemplateForm(c *fiber.Ctx) error {
	v, err := a.caseTemplateView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, caseTemplatePage(v))
}

func (a *Admin) caseTemplate(c *fiber.Ctx) error {
	v, err := a.caseTemplateView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	m := models.ComplaintTemplate{Action: v.Act, Title: f.Text("title", 60), Category: f.Raw("category")}
	if v.Act == "refuse" {
		m.Reason, m.Where, m.Contact = web.Choice(f, "reason", store.RefusalReasons...), f.Text("where", maxWhere), f.Text("contact", maxWhere)
		m.Text = f.OptionalArea("text", maxCaseText)
	} else {
		m.Text = f.Area("text", maxCaseText)
	}
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).PutTemplate(web.Context(c), v.Actor, m)
	}
	if err != nil {
		return web.Again(c, err, caseTemplatePage(v))
	}
	return web.Redirect(c, v.AdminURL("case-settings")+"#templates")
}

// text is the text of a prepared reply; a refusal can do without.
func (v *caseTemplateView) text() ui.Field {
	if v.Act == "refuse" {
		return v.Optional("text", "case.refuse.text")
	}
	return v.Field("text", "case.settings.template.text")
}

// refusalOptions are why a case may not be accepted.
func refusalOptions(p *web.Page) []ui.Option {
	options := make([]ui.Option, len(store.RefusalReasons))
	for i, r := range store.RefusalReasons {
		options[i] = p.Option("reason", r, p.T(caseRefusals.Key(r)))
	}
	return options
}

// templateSays is a prepared reply as it will be read.
func (v *caseSettingsView) templateSays(m models.ComplaintTemplate) string {
	if m.Action != "refuse" {
		return m.Text
	}
	r := store.Refusal{Reason: m.Reason, Where: m.Where, Contact: m.Contact, Text: m.Text}
	return v.StepText(store.CaseStep{ComplaintEvent: models.ComplaintEvent{Action: "refuse"}, Text: r.String()})
}
