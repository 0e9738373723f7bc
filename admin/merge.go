package admin

import (
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

func (a *Admin) mergeRoutes() []web.Route {
	const path = "/admin/:community/residents/:id/merge"
	return []web.Route{
		{Method: "GET", Path: path, Object: "resident", Action: "merge", Handle: a.mergeFind},
		{Method: "POST", Path: path + "/find", Object: "resident", Action: "merge", Handle: a.mergeSearch},
		{Method: "GET", Path: path + "/:drop", Object: "resident", Action: "merge", Handle: a.mergeForm},
		{Method: "POST", Path: path + "/:drop", Object: "resident", Action: "merge", Handle: a.merge},
	}
}

// mergeFindView looks for the other record of a person.
type mergeFindView struct {
	*web.Page
	Person *store.PersonView
	People []store.Person
	Found  bool
}

func (a *Admin) mergeFindView(c *fiber.Ctx) (*mergeFindView, error) {
	p := web.PageOf(c)
	r, err := a.Store.In(p.Community).Resident(web.Context(c), p.Actor, p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	a.officePage(c, p.T("resident.merge.title"))
	p.Back = ui.Link{Text: r.Name, Href: personURL(p, r.ID)}
	return &mergeFindView{Page: p, Person: r}, nil
}

// mergeFind proposes records that may be the same person.
func (a *Admin) mergeFind(c *fiber.Ctx) error {
	v, err := a.mergeFindView(c)
	if err != nil {
		return err
	}
	if v.People, err = a.Store.In(v.Community).MergeCandidates(web.Context(c), v.Actor, v.Person.ID); err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, mergeFindMain(v))
}

func (a *Admin) mergeSearch(c *fiber.Ctx) error {
	v, err := a.mergeFindView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	words := f.Text("words", 60)
	if err := f.Err(); err != nil {
		return web.Again(c, err, mergeFindMain(v))
	}
	v.Set("words", words)
	v.Found = true
	found, err := a.Store.In(v.Community).FindResidents(web.Context(c), v.Actor, words)
	if err != nil {
		return err
	}
	v.People = slices.DeleteFunc(found, func(r store.Person) bool { return r.ID == v.Person.ID })
	return web.Render(c, fiber.StatusOK, mergeFindMain(v))
}

// mergeView is two records of one person, perhaps.
type mergeView struct {
	*web.Page
	*store.MergeView
}

func (a *Admin) mergeView(c *fiber.Ctx) (*mergeView, error) {
	p := web.PageOf(c)
	two, err := a.Store.In(p.Community).MergePreview(web.Context(c), p.Actor, p.ParamID("id"), p.ParamID("drop"))
	if err != nil {
		return nil, err
	}
	a.officePage(c, p.T("resident.merge.title"))
	p.Wide = false
	p.Back = ui.Link{Text: p.T("resident.merge.other"), Href: personURL(p, two.Keep.ID, "merge")}
	for _, d := range two.Differences {
		p.Set("take_"+d.Field, takes(d.Take))
	}
	return &mergeView{p, two}, nil
}

func takes(second bool) string {
	if second {
		return "drop"
	}
	return "keep"
}

func (a *Admin) mergeForm(c *fiber.Ctx) error {
	v, err := a.mergeView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, mergeMain(v))
}

func (a *Admin) merge(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	d := store.MergeDraft{Keep: p.ParamID("id"), Drop: p.ParamID("drop"), KeepSeen: seenAt(f, "keep_seen"), DropSeen: seenAt(f, "drop_seen")}
	for _, field := range store.MergeFields {
		if f.Has("take_"+field) && web.Choice(f, "take_"+field, "keep", "drop") == "drop" {
			d.Take = append(d.Take, field)
		}
	}
	d.Reason = f.Area("reason", 200)
	if f.Raw("sure") == "" {
		f.Add("sure", "resident.merge.sure.needed", nil)
	}
	err := f.Err()
	if err == nil {
		err = a.Store.In(p.Community).MergeResidents(web.Context(c), p.Actor, d)
	}
	if err != nil {
		v, broken := a.mergeView(c)
		if broken != nil {
			return broken
		}
		return web.Again(c, err, mergeMain(v))
	}
	return web.Redirect(c, personURL(p, d.Keep)+"?merged=1")
}

// seenAt is the version that a form showed; a wrong one is a version that
// never was.
func seenAt(f *web.Form, name string) time.Time {
	ms, _ := strconv.ParseInt(f.Raw(name), 10, 64)
	return time.UnixMilli(ms)
}

// value of a field in words.
func (v *mergeView) value(field, text string) string {
	switch {
	case text == "":
		return v.T("resident.merge.empty")
	case field == "sex":
		return v.T(sexes.Key(text))
	case field == "presence":
		return v.T(presences.Key(text))
	}
	return text
}

func (v *mergeView) choices(d store.MergeDifference) ui.ChoiceProps {
	name := "take_" + d.Field
	f := v.Field(name, fieldNames.Key(d.Field))
	return ui.ChoiceProps{Field: f, Options: []ui.Option{
		{Value: "keep", Text: v.value(d.Field, d.Keep), Hint: v.T("resident.merge.first"), Checked: v.Checked(name, "keep")},
		{Value: "drop", Text: v.value(d.Field, d.Drop), Hint: v.T("resident.merge.second"), Checked: v.Checked(name, "drop")},
	}}
}

// why the two cannot be merged, in words.
func (v *mergeView) why() string {
	pr := problem.As(v.Refused)
	return v.Text(problem.Text{Key: pr.Key, Args: pr.Args})
}

// turn is the address with the two records changed over.
func (v *mergeView) turn() string { return personURL(v.Page, v.Drop.ID, "merge", v.Keep.ID.String()) }

// home is where a record lives and since when it is on the roll: what tells
// two records of one name apart.
func (v *mergeView) facts(r *store.PersonView) []ui.Answer {
	view := residentView{Page: v.Page, Person: r}
	facts := append([]ui.Answer{{Label: v.T(fieldNames.Key("name")), Value: r.Name}}, view.facts()...)
	if r.State != models.ResidentActive {
		facts = append(facts, ui.Answer{Label: v.T("resident.states"), Value: v.T(residentStates.Key(string(r.State)))})
	}
	login := v.T("link.none")
	if r.Link != nil {
		login = v.T(linkStates.Key(string(r.Link.State)))
	}
	return append(facts, ui.Answer{Label: v.T("link.title"), Value: login})
}
