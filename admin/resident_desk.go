package admin

import (
	"context"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// personForm is a record being written at the desk.
type personForm struct {
	*web.Page
	Action      string
	Fields      []ui.HiddenField
	Grids       []store.GridView
	Keeps       bool   // an empty document, telephone or room keeps what is there
	NeedsPlace  bool   // the dwelling must be told
	HasDocument string // masked
	HasPhone    string // masked
	Lives       string // where, as far as it may be seen
}

func (a *Admin) personForm(c *fiber.Ctx, title, action string) (*personForm, error) {
	p := web.PageOf(c)
	a.officePage(c, title)
	p.Wide = false
	grids, err := a.Store.In(p.Community).Grids(web.Context(c))
	return &personForm{Page: p, Action: action, Grids: grids, Fields: p.Hidden()}, err
}

// personDraft reads the form; keeps tells that empty secrets stay as they are.
// What is missing, the name too, the store says in one list.
func personDraft(f *web.Form, keeps bool) store.ResidentDraft {
	d := store.ResidentDraft{
		Name: f.Optional("name", 50), Relation: f.Optional("relation", 20), Sex: optionalChoice(f, "sex", store.Sexes...),
		Birth: f.OptionalDate("birth"), DocumentKind: optionalChoice(f, "document_kind", store.DocumentKinds...),
		Document: f.Optional("document", 40), Phone: f.Optional("phone", 20), Domicile: f.Optional("domicile", 30),
		Since: f.OptionalDate("since"), Politics: f.Optional("politics", 20), Presence: optionalChoice(f, "presence", store.Presences...),
		BuildingID: f.OptionalID("building"), GroupName: f.Optional("group", 30), Unit: f.Optional("unit", 20), Room: f.Optional("room", 20),
		Number: f.Optional("number", 40),
	}
	if keeps {
		d.NoDocument, d.NoPhone = f.Bool("no_document"), f.Bool("no_phone")
	}
	return d
}

// optionalChoice is one of the allowed values, or nothing.
func optionalChoice[T ~string](f *web.Form, name string, allowed ...T) T {
	if f.Raw(name) == "" {
		return ""
	}
	return web.Choice(f, name, allowed...)
}

func (a *Admin) newPerson(c *fiber.Ctx) (*personForm, error) {
	p := web.PageOf(c)
	v, err := a.personForm(c, p.T("resident.add"), p.AdminURL("residents", "new"))
	if err != nil {
		return nil, err
	}
	p.Back = ui.Link{Text: p.T("resident.title"), Href: p.AdminURL("residents")}
	v.NeedsPlace = true
	return v, nil
}

// residentNew is an empty form; ?with=ID begins it with that person's dwelling:
// a birth, or somebody who moves in.
func (a *Admin) residentNew(c *fiber.Ctx) error {
	v, err := a.newPerson(c)
	if err != nil {
		return err
	}
	if with, ok := models.ParseID(v.Query("with")); ok {
		r, err := a.Store.In(v.Community).Resident(web.Context(c), v.Actor, with)
		if err != nil {
			return err
		}
		v.Set("building", r.BuildingID.String())
		v.Set("unit", r.Unit)
		v.Set("room", r.Room)
	}
	return web.Render(c, fiber.StatusOK, personNewMain(v))
}

func (a *Admin) residentAdd(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	d := personDraft(f, false)
	err := f.Err()
	var id models.ID
	if err == nil {
		id, err = a.Store.In(p.Community).AddResident(web.Context(c), p.Actor, d)
	}
	if err != nil {
		v, broken := a.newPerson(c)
		if broken != nil {
			return broken
		}
		return web.Again(c, err, personNewMain(v))
	}
	return web.Redirect(c, personURL(p, id))
}

// changeForm is the form of a person with what may be seen of the record.
func (a *Admin) changeForm(c *fiber.Ctx) (*personForm, *store.PersonView, error) {
	p := web.PageOf(c)
	r, err := a.Store.In(p.Community).Resident(web.Context(c), p.Actor, p.ParamID("id"))
	if err != nil {
		return nil, nil, err
	}
	v, err := a.personForm(c, p.T("resident.change.title", "name", r.Name), personURL(p, r.ID, "change"))
	if err != nil {
		return nil, nil, err
	}
	p.Back = ui.Link{Text: r.Name, Href: personURL(p, r.ID)}
	v.Keeps, v.HasDocument, v.HasPhone, v.Lives = true, r.Document, r.Phone, dwelling(r.Person)
	v.Fields = p.Hidden("seen", strconv.FormatInt(r.UpdatedAt.UnixMilli(), 10))
	return v, r, nil
}

func (a *Admin) residentForm(c *fiber.Ctx) error {
	v, r, err := a.changeForm(c)
	if err != nil {
		return err
	}
	for name, value := range map[string]string{"name": r.Name, "relation": r.Relation, "sex": r.Sex, "document_kind": string(r.DocumentKind),
		"domicile": r.Domicile, "since": string(r.Since), "politics": r.Politics, "presence": string(r.Presence)} {
		v.Set(name, value)
	}
	if r.View.Birth == policy.Full {
		v.Set("birth", r.Birth)
	}
	return web.Render(c, fiber.StatusOK, personChangeMain(v))
}

func (a *Admin) residentChange(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	d := personDraft(f, true)
	seen, _ := strconv.ParseInt(f.Raw("seen"), 10, 64) // a wrong one is a version that never was
	err := f.Err()
	if err == nil {
		err = a.Store.In(p.Community).ChangeResident(web.Context(c), p.Actor, p.ParamID("id"), time.UnixMilli(seen), d)
	}
	if err != nil {
		v, _, broken := a.changeForm(c)
		if broken != nil {
			return broken
		}
		return web.Again(c, err, personChangeMain(v))
	}
	return web.Redirect(c, personURL(p, p.ParamID("id")))
}

// leaveWhy are the two ways off the roll.
var leaveWhy = []store.LeaveReason{store.LeaveMoved, store.LeaveDead}

func (a *Admin) leaveForm(c *fiber.Ctx) error {
	v, err := a.residentPage(c)
	if err != nil {
		return err
	}
	v.Set("day", string(v.Today()))
	return web.Render(c, fiber.StatusOK, leaveMain(v))
}

func (a *Admin) leave(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	why, day := web.Choice(f, "why", leaveWhy...), f.Date("day")
	err := f.Err()
	if err == nil {
		err = a.Store.In(p.Community).LeaveResident(web.Context(c), p.Actor, p.ParamID("id"), why, day)
	}
	if err != nil {
		v, broken := a.residentPage(c)
		if broken != nil {
			return broken
		}
		return web.Again(c, err, leaveMain(v))
	}
	return web.Redirect(c, personURL(p, p.ParamID("id")))
}

// onPerson is a button on a person's page that needs no form of its own.
func (a *Admin) onPerson(do func(*store.Tenant, context.Context, models.Actor, models.ID) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		p := web.PageOf(c)
		if err := do(a.Store.In(p.Community), web.Context(c), p.Actor, p.ParamID("id")); err != nil {
			v, broken := a.residentPage(c)
			if broken != nil {
				return broken
			}
			return web.Again(c, err, residentMain(v))
		}
		return web.Redirect(c, personURL(p, p.ParamID("id")))
	}
}

// unmaskView asks for the reason, and shows the field on the answer itself: it
// is nowhere to be loaded again.
type unmaskView struct {
	*residentView
	Shown string
}

func (a *Admin) unmaskForm(c *fiber.Ctx) error {
	v, err := a.residentPage(c)
	if err != nil {
		return err
	}
	v.Set("field", v.Query("field"))
	return web.Render(c, fiber.StatusOK, unmaskMain(&unmaskView{residentView: v}))
}

func (a *Admin) unmask(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	field, reason := web.Choice(f, "field", store.Unmaskable...), f.Text("reason", 200)
	err := f.Err()
	shown := ""
	if err == nil {
		shown, err = a.Store.In(p.Community).Unmask(web.Context(c), p.Actor, p.ParamID("id"), field, reason)
	}
	v, broken := a.residentPage(c)
	if broken != nil {
		return broken
	}
	if err != nil {
		return web.Again(c, err, unmaskMain(&unmaskView{residentView: v}))
	}
	v.Set("field", field)
	return web.Render(c, fiber.StatusOK, unmaskMain(&unmaskView{v, shown}))
}
