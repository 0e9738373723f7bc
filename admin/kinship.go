package admin

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

func (a *Admin) kinshipRoutes() []web.Route {
	const path = "/admin/:community/kinship"
	return []web.Route{
		{Method: "GET", Path: path, Object: "office", Action: "enter", Handle: a.kinships},
		{Method: "GET", Path: path + "/new", Object: "office", Action: "enter", Handle: a.kinshipForm(false)},
		{Method: "POST", Path: path + "/new", Object: "office", Action: "enter", Handle: a.kinshipSave(false)},
		{Method: "GET", Path: path + "/record", Object: "kinship", Action: "record", Handle: a.kinshipForm(true)},
		{Method: "POST", Path: path + "/record", Object: "kinship", Action: "record", Handle: a.kinshipSave(true)},
		{Method: "POST", Path: path + "/:id/end", Object: "kinship", Action: "strike", Handle: a.kinshipEnd},
	}
}

var kinNames = i18n.Family("kinship.kin.")

// kinshipsView lists who is a relative of whom.
type kinshipsView struct {
	*web.Page
	Rows      []store.KinshipView
	All       bool // the reader sees everybody's, not only the own
	MayRecord bool
	MayEnd    bool
	Saved     bool
	At        models.ID // the relation whose ending has to be put right
}

func (a *Admin) kinshipsView(c *fiber.Ctx) (*kinshipsView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("kinship.title"))
	p.Back = ui.Link{Text: p.T("appointment.title"), Href: p.AdminURL("appointments")}
	v := &kinshipsView{Page: p, All: web.May(c, "kinship", "read"), MayRecord: web.May(c, "kinship", "record"),
		MayEnd: web.May(c, "kinship", "strike"), Saved: p.Query("saved") == "1"}
	var err error
	v.Rows, err = a.Store.In(p.Community).Kinships(web.Context(c), p.Actor)
	return v, err
}

func (a *Admin) kinships(c *fiber.Ctx) error {
	v, err := a.kinshipsView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, kinshipsMain(v))
}

// kinshipView is a relation being written down: the own one, or that of two
// others from a paper.
type kinshipView struct {
	*web.Page
	Record   bool
	Officers []store.Post
	Grids    []store.GridView
	First    string // the person on the roll whose page led here
	FirstID  models.ID
}

func (a *Admin) kinshipView(c *fiber.Ctx, record bool) (*kinshipView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("kinship.declare"))
	p.Wide = false
	p.Back = ui.Link{Text: p.T("kinship.title"), Href: p.AdminURL("kinship")}
	v := &kinshipView{Page: p, Record: record}
	if record {
		p.Title = p.T("kinship.record")
	}
	t, ctx := a.Store.In(p.Community), web.Context(c)
	var err error
	if v.Officers, err = t.Posts(ctx, p.Actor); err != nil {
		return nil, err
	}
	if v.Grids, err = t.Grids(ctx); err != nil || !record {
		return v, err
	}
	return v, v.from(ctx, c, t)
}

// from fills in the person whose page led here.
func (v *kinshipView) from(ctx context.Context, c *fiber.Ctx, t *store.Tenant) error {
	id, ok := models.ParseID(v.Query("resident"))
	if c.Method() == fiber.MethodPost {
		id, ok = models.ParseID(web.FormOf(c).Raw("resident"))
	}
	if !ok {
		return nil
	}
	r, err := t.Resident(ctx, v.Actor, id)
	if err == nil {
		v.First, v.FirstID = r.Name, r.ID
	}
	return err
}

func (a *Admin) kinshipForm(record bool) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v, err := a.kinshipView(c, record)
		if err != nil {
			return err
		}
		return web.Render(c, fiber.StatusOK, kinshipMain(v))
	}
}

// named reads one of the two people of the form.
func named(f *web.Form, prefix string) store.Named {
	n := store.Named{Name: f.Optional(prefix+"name", 50), Building: f.OptionalID(prefix + "building"), Room: f.Optional(prefix+"room", 20)}
	n.UserID = f.OptionalID(prefix + "officer")
	return n
}

func (a *Admin) kinshipSave(record bool) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v, err := a.kinshipView(c, record)
		if err != nil {
			return err
		}
		f := web.FormOf(c)
		d := store.KinshipDraft{Kin: web.Choice(f, "kin", policy.Kins...), From: f.OptionalDate("from")}
		save := a.Store.In(v.Community).DeclareKinship
		if record {
			d.First, d.Evidence = named(f, "first_"), f.Area("evidence", 100)
			if v.FirstID != 0 {
				d.First = store.Named{Someone: models.Someone{ResidentID: v.FirstID}}
			}
			save = a.Store.In(v.Community).RecordKinship
		}
		d.Other = named(f, "")
		if err = f.Err(); err == nil {
			_, err = save(web.Context(c), v.Actor, d)
		}
		if err != nil {
			return web.Again(c, err, kinshipMain(v))
		}
		return web.Redirect(c, v.AdminURL("kinship")+"?saved=1")
	}
}

func (a *Admin) kinshipEnd(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	reason := f.Area("reason", 100)
	err := f.Err()
	if err == nil {
		err = a.Store.In(p.Community).EndKinship(web.Context(c), p.Actor, p.ParamID("id"), reason)
	}
	if err == nil {
		return web.Redirect(c, p.AdminURL("kinship"))
	}
	v, broken := a.kinshipsView(c)
	if broken != nil {
		return broken
	}
	v.At = p.ParamID("id")
	return web.Again(c, err, kinshipsMain(v))
}

// officers are the people of the community's posts, each once.
func (v *kinshipView) officers(field string) []ui.Option {
	var options []ui.Option
	seen := map[models.ID]int{}
	for _, p := range v.Officers {
		role := v.T(postNames.Key(string(p.Role)))
		if i, twice := seen[p.UserID]; twice {
			options[i-1].Text += v.T("format.list") + role
			continue
		}
		if !p.Holds || !v.Record && p.UserID == v.Actor.UserID {
			continue
		}
		options = append(options, v.Option(field, p.UserID.String(), strings.TrimSpace(p.Name+" "+role)))
		seen[p.UserID] = len(options)
	}
	return options
}

func (v *kinshipView) kins() []ui.Option {
	var options []ui.Option
	for _, k := range policy.Kins {
		options = append(options, v.Option("kin", string(k), v.T(kinNames.Key(string(k)))))
	}
	return options
}

func (v *kinshipView) buildings(field string) []ui.Option {
	var out []ui.Option
	for _, g := range v.Grids {
		for _, b := range g.Buildings {
			out = append(out, v.Option(field, b.ID.String(), b.Name))
		}
	}
	return out
}

// end is the field for the reason of one ending; several stand on a page.
func (v *kinshipsView) end(k store.KinshipView) ui.Field {
	f := v.Field("reason", "kinship.end.reason", "kinship.end.hint")
	if k.ID != v.At {
		f.ID, f.Value, f.Error = "reason-"+k.ID.String(), "", ""
	}
	return f
}

// source says who wrote it down, from what, and when.
func (v *kinshipsView) source(k store.KinshipView) string {
	if k.Source == models.KinshipRecorded {
		return v.T("kinship.recorded", "name", k.ByName, "at", k.CreatedAt, "evidence", k.Evidence)
	}
	return v.T("kinship.declared", "name", k.FirstName, "at", k.CreatedAt)
}
