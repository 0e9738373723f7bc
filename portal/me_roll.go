package portal

import (
	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

type rollsView struct {
	*web.Page
	Communities []*models.Community
	States      map[models.ID]models.LinkState
}

// rolls lets the person choose the community they live in.
func (p *Portal) rolls(c *fiber.Ctx) error {
	v := rollsView{Page: mePage(c, web.PageOf(c).T("me.roll.title")), Communities: p.Store.Communities(), States: map[models.ID]models.LinkState{}}
	links, err := p.Store.MyLinks(web.Context(c), v.Actor)
	if err != nil {
		return err
	}
	for _, l := range links {
		v.States[l.Community.ID] = l.Link.State
	}
	return web.Render(c, fiber.StatusOK, rollsPage(v))
}

type rollView struct {
	*web.Page
	Link   *store.MyLink
	Record *store.MyRecord
	Digits int
}

func (p *Portal) rollPage(c *fiber.Ctx) (rollView, error) {
	v := rollView{Page: mePage(c, web.PageOf(c).T("me.roll.title")), Digits: store.LinkDigits}
	v.Back = ui.Link{Text: v.T("me.title"), Href: "/me"}
	links, err := p.Store.MyLinks(web.Context(c), v.Actor)
	if err != nil {
		return v, err
	}
	for i, l := range links {
		// A claim may wait beside a tie that holds: the one that holds counts.
		if l.Community.ID == v.Community.ID && (v.Link == nil || l.Link.State != models.LinkPending) {
			v.Link = &links[i]
		}
	}
	if v.Link != nil {
		v.Record, err = p.Store.In(v.Community).MyRecord(web.Context(c), v.Link.Link)
	}
	return v, err
}

func (p *Portal) roll(c *fiber.Ctx) error {
	v, err := p.rollPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, rollPage(v))
}

func (p *Portal) claimRoll(c *fiber.Ctx) error {
	v, err := p.rollPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	claim := store.LinkClaim{Name: f.Text("name", 60), Digits: f.Text("digits", 18), Building: f.Text("building", 60), Room: f.Text("room", 60)}
	if err = f.Err(); err == nil {
		_, err = p.Store.In(v.Community).MatchResident(web.Context(c), v.Actor, claim)
	}
	if err != nil {
		return web.Again(c, err, rollPage(v))
	}
	return web.Redirect(c, "/me/roll/"+v.Community.Code)
}

// recordAnswers is the person's own record as a list of facts. Numbers stay
// masked on the screen, which somebody may look over; the export has them whole.
func recordAnswers(p *web.Page, r *store.MyRecord) []ui.Answer {
	add := func(label, value string) ui.Answer { return ui.Answer{Label: p.T(label), Value: value} }
	birth := ""
	if r.Birth.Valid() {
		birth = p.Day(r.Birth)
	}
	return filled([]ui.Answer{
		add("me.record.name", r.Name), add("me.record.birth", birth), add("me.record.document", policy.MaskDocument(r.Document)),
		add("me.record.phone", policy.MaskPhone(r.Phone)), add("me.record.household", r.Household),
		add("me.record.home", joined(r.Building, r.Unit, r.Room)), add("me.record.relation", r.Relation), add("me.record.domicile", r.Domicile),
	})
}

func joined(parts ...string) (s string) {
	for _, p := range parts {
		if p != "" && s != "" {
			s += " "
		}
		s += p
	}
	return s
}

// filled leaves out what the roll does not say.
func filled(all []ui.Answer) (out []ui.Answer) {
	for _, a := range all {
		if a.Value != "" {
			out = append(out, a)
		}
	}
	return out
}

func rollState(v rollsView, community models.ID) string {
	if s, ok := v.States[community]; ok {
		return v.T(linkStates.Key(string(s)))
	}
	return ""
}

func filledBy(f ui.Field, token string) ui.Field {
	f.Autocomplete = token
	return f
}
