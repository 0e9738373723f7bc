package admin

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/models"
)

// covenantsView are the covenants with their versions.
type covenantsView struct {
	*web.Page
	List    []store.CovenantView
	Bodies  []models.Body
	May     bool
	MayFile bool
}

func (a *Admin) covenantsPage(c *fiber.Ctx) (*covenantsView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("covenant.title"))
	p.Wide = false
	t, ctx := a.Store.In(p.Community), web.Context(c)
	v := &covenantsView{Page: p, May: web.May(c, "assembly", "prepare"), MayFile: web.May(c, "assembly", "file")}
	all, err := t.Covenants(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range all {
		one, err := t.Covenant(ctx, k.ID)
		if err != nil {
			return nil, err
		}
		v.List = append(v.List, *one)
	}
	v.Bodies, err = t.Bodies(ctx, models.BodyCompound)
	return v, err
}

func (a *Admin) covenants(c *fiber.Ctx) error {
	v, err := a.covenantsPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, covenantsMain(v))
}

func (a *Admin) draftCovenant(c *fiber.Ctx) error {
	v, err := a.covenantsPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := store.CovenantDraft{Covenant: f.OptionalID("covenant"), BodyID: f.OptionalID("body"), Title: f.Optional("title", 60), Text: f.Area("text", 10000)}
	if d.Covenant == 0 {
		d.Kind = web.Choice(f, "kind", models.CovenantCharter, models.CovenantCommunity, models.CovenantCompound)
	}
	var matter models.ID
	if err = f.Err(); err == nil {
		_, matter, err = a.Store.In(v.Community).DraftCovenant(web.Context(c), v.Actor, d)
	}
	if err != nil {
		return web.Again(c, err, covenantsMain(v))
	}
	return web.Redirect(c, v.AdminURL("assembly", "matters", matter.String()))
}

func (a *Admin) fileCovenant(c *fiber.Ctx) error {
	v, err := a.covenantsPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	version, note := f.Int("version", 1, 1000), f.Optional("note", 500)
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).FileCovenant(web.Context(c), v.Actor, v.ParamID("covenant"), version, note)
	}
	if err != nil {
		return web.Again(c, err, covenantsMain(v))
	}
	return web.Redirect(c, v.AdminURL("assembly", "covenants"))
}

// jointView are joint meetings, pledges and owners' announcements.
type jointView struct {
	*web.Page
	Bodies  []models.Body
	Joints  []models.JointMeeting
	Pledges []models.CobuildPledge
	Owners  []models.OwnersNotice
	May     bool
}

func (a *Admin) jointPage(c *fiber.Ctx) (*jointView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("joint.title"))
	p.Wide = false
	t, ctx := a.Store.In(p.Community), web.Context(c)
	v := &jointView{Page: p, May: web.May(c, "assembly", "prepare")}
	var err error
	if v.Bodies, err = t.Bodies(ctx, ""); err != nil {
		return nil, err
	}
	if v.Joints, err = t.Joints(ctx, 0, 20); err != nil {
		return nil, err
	}
	if v.Pledges, err = t.Cobuilds(ctx, p.Today().Time().Year()); err != nil {
		return nil, err
	}
	v.Owners, err = t.OwnersNotices(ctx, 0, 20)
	return v, err
}

func (a *Admin) joint(c *fiber.Ctx) error {
	v, err := a.jointPage(c)
	if err != nil {
		return err
	}
	v.Set("day", string(v.Today()))
	return web.Render(c, fiber.StatusOK, jointMain(v))
}

func (a *Admin) jointAct(c *fiber.Ctx, do func(ctx context.Context, t *store.Tenant, v *jointView, f *web.Form) error) error {
	v, err := a.jointPage(c)
	if err != nil {
		return err
	}
	if err := do(web.Context(c), a.Store.In(v.Community), v, web.FormOf(c)); err != nil {
		return web.Again(c, err, jointMain(v))
	}
	return web.Redirect(c, v.AdminURL("assembly", "joint"))
}

// holdJoint reads the parties: those ticked, each with the delegate typed
// beside it.
func (a *Admin) holdJoint(c *fiber.Ctx) error {
	return a.jointAct(c, func(ctx context.Context, t *store.Tenant, v *jointView, f *web.Form) error {
		d := store.JointDraft{BodyID: f.ID("body"), Title: f.Text("title", 80), Day: f.Date("day"), Place: f.Text("place", 100), Agenda: f.Area("agenda", 2000), Outcome: f.Area("outcome", 4000)}
		agreed := f.Bool("agreed")
		parties := append([]models.Body{{Name: v.T("joint.committee")}}, v.Bodies...)
		for _, b := range parties {
			field := "party_" + b.ID.String()
			if delegate := strings.TrimSpace(f.Raw(field)); delegate != "" {
				d.Parties = append(d.Parties, models.JointParty{BodyID: b.ID, Name: b.Name, Delegate: delegate, Agreed: agreed})
			}
		}
		if err := f.Err(); err != nil {
			return err
		}
		_, err := t.HoldJoint(ctx, v.Actor, d)
		return err
	})
}

func (a *Admin) pledge(c *fiber.Ctx) error {
	return a.jointAct(c, func(ctx context.Context, t *store.Tenant, v *jointView, f *web.Form) error {
		d := models.CobuildPledge{BodyID: f.ID("unit"), Year: v.Today().Time().Year(), Title: f.Text("pledge", 80), DueDay: f.Date("due")}
		if err := f.Err(); err != nil {
			return err
		}
		return t.PledgeCobuild(ctx, v.Actor, d)
	})
}

func (a *Admin) movePledge(c *fiber.Ctx) error {
	return a.jointAct(c, func(ctx context.Context, t *store.Tenant, v *jointView, f *web.Form) error {
		to, note := web.Choice(f, "state", models.CobuildDoing, models.CobuildDone, models.CobuildDropped), f.Optional("note", 400)
		if err := f.Err(); err != nil {
			return err
		}
		return t.MoveCobuild(ctx, v.Actor, v.ParamID("pledge"), to, note)
	})
}

func (a *Admin) announceOwners(c *fiber.Ctx) error {
	return a.jointAct(c, func(ctx context.Context, t *store.Tenant, v *jointView, f *web.Form) error {
		d := models.OwnersNotice{BodyID: f.ID("owners"), MeetingDay: f.Date("meeting_day"), Place: f.Text("owners_place", 100), Agenda: f.Area("owners_agenda", 2000)}
		if err := f.Err(); err != nil {
			return err
		}
		_, err := t.AnnounceOwners(ctx, v.Actor, d)
		return err
	})
}

func (a *Admin) opineOwners(c *fiber.Ctx) error {
	return a.jointAct(c, func(ctx context.Context, t *store.Tenant, v *jointView, f *web.Form) error {
		text := f.Area("opinion", 2000)
		if err := f.Err(); err != nil {
			return err
		}
		return t.OpineOwners(ctx, v.Actor, v.ParamID("notice"), text)
	})
}
