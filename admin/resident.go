package admin

import (
	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

func (a *Admin) residentRoutes() []web.Route {
	const people = "/admin/:community/residents"
	return []web.Route{
		{Method: "GET", Path: people, Object: "resident", Action: "read_masked", Handle: a.residents},
		// A search is a POST: names and document numbers do not belong into the
		// history of a browser that several people use.
		{Method: "POST", Path: people + "/find", Object: "resident", Action: "read_masked", Handle: a.residentFind},
		{Method: "GET", Path: people + "/new", Object: "resident", Action: "desk", Handle: a.residentNew},
		{Method: "POST", Path: people + "/new", Object: "resident", Action: "desk", Handle: a.residentAdd},
		{Method: "GET", Path: people + "/:id", Object: "resident", Action: "read_masked", Handle: a.resident},
		{Method: "GET", Path: people + "/:id/change", Object: "resident", Action: "desk", Handle: a.residentForm},
		{Method: "POST", Path: people + "/:id/change", Object: "resident", Action: "desk", Handle: a.residentChange},
		{Method: "GET", Path: people + "/:id/leave", Object: "resident", Action: "desk", Handle: a.leaveForm},
		{Method: "POST", Path: people + "/:id/leave", Object: "resident", Action: "desk", Handle: a.leave},
		{Method: "POST", Path: people + "/:id/return", Object: "resident", Action: "desk", Handle: a.onPerson((*store.Tenant).ReturnResident)},
		{Method: "POST", Path: people + "/:id/head", Object: "resident", Action: "desk", Handle: a.onPerson((*store.Tenant).SetHead)},
		{Method: "GET", Path: people + "/:id/unmask", Object: "resident", Action: "unmask", Handle: a.unmaskForm},
		{Method: "POST", Path: people + "/:id/unmask", Object: "resident", Action: "unmask", Handle: a.unmask},
		{Method: "POST", Path: people + "/:id/link/confirm", Object: "resident", Action: "match", Handle: a.onPerson((*store.Tenant).ConfirmLink)},
		{Method: "POST", Path: people + "/:id/link/end", Object: "resident", Action: "match", Handle: a.onPerson((*store.Tenant).EndLink)},
		{Method: "GET", Path: people + "/claims", Object: "resident", Action: "match", Handle: a.linkQueue},
		{Method: "GET", Path: people + "/claims/:id", Object: "resident", Action: "match", Handle: a.linkCase},
		{Method: "POST", Path: people + "/claims/:id", Object: "resident", Action: "match", Handle: a.linkDecide},
	}
}

var (
	residentStates = i18n.Family("resident.state.")
	presences      = i18n.Family("resident.presence.")
	sexes          = i18n.Family("resident.sex.")
	documentKinds  = i18n.Family("resident.document.kind.")
	fieldNames     = i18n.Family("resident.field.")
	residentEvents = i18n.Family("resident.event.")
	linkStates     = i18n.Family("link.state.")
)

// residentsPage is how many people a page lists.
const residentsPage = 50

// residentsView is the list of people, by grid and building, and what a search
// found.
type residentsView struct {
	*web.Page
	Grids    []store.GridView
	People   []store.Person
	More     bool
	Found    bool // People is what a search found
	Words    string
	Grid     models.ID
	Building models.ID
	State    models.ResidentState
	MayDesk  bool
	MayMatch bool
	Claims   bool // claims wait
	Queue    bool // rows of an import wait
}

func (a *Admin) residentsView(c *fiber.Ctx) (*residentsView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("resident.title"))
	v := &residentsView{Page: p, State: models.ResidentActive, MayDesk: web.May(c, "resident", "desk"), MayMatch: web.May(c, "resident", "match")}
	v.Grid, _ = models.ParseID(p.Query("grid"))
	v.Building, _ = models.ParseID(p.Query("building"))
	if s := models.ResidentState(p.Query("state")); s == models.ResidentMoved || s == models.ResidentDead {
		v.State = s
	}
	t, ctx := a.Store.In(p.Community), web.Context(c)
	var err error
	if v.Grids, err = t.Grids(ctx); err != nil {
		return nil, err
	}
	if v.MayMatch {
		claims, err := t.LinkQueue(ctx, p.Actor, 0, 1)
		if err != nil {
			return nil, err
		}
		v.Claims = len(claims) > 0
	}
	if v.MayDesk {
		queue, err := t.RollQueue(ctx, p.Actor, 0, 1)
		if err != nil {
			return nil, err
		}
		v.Queue = len(queue) > 0
	}
	return v, nil
}

func (a *Admin) residents(c *fiber.Ctx) error {
	v, err := a.residentsView(c)
	if err != nil {
		return err
	}
	f := store.ResidentFilter{Grid: v.Grid, Building: v.Building, State: v.State, Limit: residentsPage}
	f.After, _ = models.ParseID(v.Query("after"))
	v.People, v.More, err = a.Store.In(v.Community).Residents(web.Context(c), v.Actor, f)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, residentsMain(v))
}

func (a *Admin) residentFind(c *fiber.Ctx) error {
	v, err := a.residentsView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	v.Words, v.Found = f.Text("words", 60), true
	if err := f.Err(); err != nil {
		return web.Again(c, err, residentsMain(v))
	}
	v.Set("words", v.Words)
	if v.People, err = a.Store.In(v.Community).FindResidents(web.Context(c), v.Actor, v.Words); err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, residentsMain(v))
}

// residentView is one person.
type residentView struct {
	*web.Page
	Person    *store.PersonView
	MayDesk   bool
	MayUnmask bool
	MayMatch  bool
	MayMerge  bool
	Merged    bool // another record was just taken in
}

func (a *Admin) residentPage(c *fiber.Ctx) (*residentView, error) {
	p := web.PageOf(c)
	one, err := a.Store.In(p.Community).Resident(web.Context(c), p.Actor, p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	a.officePage(c, one.Name)
	p.Back = ui.Link{Text: p.T("resident.title"), Href: p.AdminURL("residents")}
	return &residentView{Page: p, Person: one, MayDesk: !one.Own && web.May(c, "resident", "desk"),
		MayUnmask: web.May(c, "resident", "unmask"), MayMatch: !one.Own && web.May(c, "resident", "match"),
		MayMerge: !one.Own && one.Into == 0 && web.May(c, "resident", "merge"), Merged: p.Query("merged") == "1"}, nil
}

func (a *Admin) resident(c *fiber.Ctx) error {
	v, err := a.residentPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, residentMain(v))
}

// personURL is an address below a person's page.
func personURL(p *web.Page, id models.ID, parts ...string) string {
	return p.AdminURL(append([]string{"residents", id.String()}, parts...)...)
}

// rows of a list of people. What is hidden from the reader is left out.
func personRows(p *web.Page, people []store.Person) []ui.TR {
	rows := make([]ui.TR, len(people))
	for i, r := range people {
		name := ui.TD{Text: r.Name, Href: personURL(p, r.ID)}
		if r.Name == "" {
			name.Text = p.T("resident.hidden")
		}
		if r.Head {
			name.Tag = p.T("resident.head")
		}
		if r.State != models.ResidentActive {
			name.Tag, name.TagFor = p.T(residentStates.Key(string(r.State))), ui.Attention
		}
		rows[i] = ui.TR{Href: name.Href, Cells: []ui.TD{name, {Text: dwelling(r)}, {Text: r.Relation}, {Text: r.Phone}, {Text: r.Document}}}
	}
	return rows
}

// dwelling is where somebody lives, as far as it may be seen.
func dwelling(r store.Person) string {
	if r.Place == "" {
		return r.Building
	}
	return r.Building + " " + r.Place
}

// address of the list with one part of the filter changed.
func (v *residentsView) address(grid, building models.ID, state models.ResidentState, after models.ID) string {
	q, sep := "", "?"
	add := func(name, value string) {
		q += sep + name + "=" + value
		sep = "&"
	}
	if grid != 0 {
		add("grid", grid.String())
	}
	if building != 0 {
		add("building", building.String())
	}
	if state != models.ResidentActive {
		add("state", string(state))
	}
	if after != 0 {
		add("after", after.String())
	}
	return v.AdminURL("residents") + q
}

func (v *residentsView) gridLinks() []ui.Link {
	links := []ui.Link{{Text: v.T("resident.all"), Href: v.address(0, 0, v.State, 0), Current: v.Grid == 0}}
	for _, g := range v.Grids {
		links = append(links, ui.Link{Text: g.Name, Href: v.address(g.ID, 0, v.State, 0), Current: g.ID == v.Grid})
	}
	return links
}

func (v *residentsView) buildingLinks() []ui.Link {
	var links []ui.Link
	for _, g := range v.Grids {
		if g.ID != v.Grid {
			continue
		}
		for _, b := range g.Buildings {
			links = append(links, ui.Link{Text: b.Name, Href: v.address(g.ID, b.ID, v.State, 0), Current: b.ID == v.Building})
		}
	}
	return links
}

func (v *residentsView) stateLinks() []ui.Link {
	var links []ui.Link
	for _, s := range []models.ResidentState{models.ResidentActive, models.ResidentMoved, models.ResidentDead} {
		links = append(links, ui.Link{Text: v.T(residentStates.Key(string(s))), Href: v.address(v.Grid, v.Building, s, 0), Current: s == v.State})
	}
	return links
}

func (v *residentsView) next() ui.Link {
	if !v.More {
		return ui.Link{}
	}
	return ui.Link{Text: v.T("resident.more"), Href: v.address(v.Grid, v.Building, v.State, v.People[len(v.People)-1].ID)}
}

// facts are what the roll says of a person.
func (v *residentView) facts() []ui.Answer {
	r := v.Person
	var out []ui.Answer
	add := func(field, value string) {
		if value != "" {
			out = append(out, ui.Answer{Label: v.T(fieldNames.Key(field)), Value: value})
		}
	}
	add("household", dwelling(r.Person))
	add("grid", r.Grid)
	add("relation", r.Relation)
	if r.Sex != "" {
		add("sex", v.T(sexes.Key(r.Sex)))
	}
	add("birth", r.Birth)
	if r.Document != "" && r.DocumentKind != models.DocumentNone {
		add("document", v.T(documentKinds.Key(string(r.DocumentKind)))+" "+r.Document)
	}
	add("phone", r.Phone)
	if r.Presence != "" {
		add("presence", v.T(presences.Key(string(r.Presence))))
	}
	add("number", r.Number)
	add("group", r.Group)
	add("domicile", r.Domicile)
	add("since", string(r.Since))
	add("politics", r.Politics)
	return out
}
