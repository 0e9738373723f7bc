package admin

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/models"
)

// mediationDoing is what one form of the page does.
type mediationDoing func(t *store.Tenant, c *fiber.Ctx, v *mediationView, f *web.Form) error

var mediationDoings = map[string]mediationDoing{
	"take": func(t *store.Tenant, c *fiber.Ctx, v *mediationView, _ *web.Form) error {
		return t.TakeMediation(web.Context(c), v.Actor, v.V.ID)
	},
	"assign": func(t *store.Tenant, c *fiber.Ctx, v *mediationView, f *web.Form) error {
		who := f.ID("mediator")
		if err := f.Err(); err != nil {
			return err
		}
		return t.AssignMediator(web.Context(c), v.Actor, v.V.ID, who)
	},
	"invite": func(t *store.Tenant, c *fiber.Ctx, v *mediationView, _ *web.Form) error {
		return t.InviteParties(web.Context(c), v.Actor, v.V.ID)
	},
	"consent":  mediationConsents,
	"accept":   mediationConsents,
	"approve":  mediationConsents,
	"write":    mediationWrites,
	"sitting":  mediationCalls,
	"held":     mediationHeld,
	"signed":   mediationSigned,
	"sign":     mediationESigned,
	"seal":     mediationSealed,
	"promise":  mediationPromised,
	"court":    mediationCourt,
	"not_held": mediationHeld,
}

func (a *Admin) mediationDo(c *fiber.Ctx) error {
	v, err := a.mediationPage(c)
	if err != nil {
		return err
	}
	do, known := mediationDoings[v.Param("act")]
	if !known {
		return problem.New(problem.NotFound, "page.notfound", nil)
	}
	if err := do(a.Store.In(v.Community), c, v, web.FormOf(c)); err != nil {
		return web.Again(c, err, mediationPage(v))
	}
	return web.Redirect(c, v.path()+"?done=saved")
}

// mediationConsents records what a party says at the desk.
func mediationConsents(t *store.Tenant, c *fiber.Ctx, v *mediationView, f *web.Form) error {
	party, answer := f.ID("party"), web.Choice(f, "answer", "yes", "no")
	if err := f.Err(); err != nil {
		return err
	}
	switch {
	case v.Param("act") == "consent":
		return t.ConsentToMediation(web.Context(c), v.Actor, v.V.ID, party, answer == "yes")
	case answer != "yes":
		return problem.New(problem.Invalid, "form.choose", nil)
	case v.Param("act") == "accept":
		return t.AcceptMediators(web.Context(c), v.Actor, v.V.ID, party)
	}
	version := f.Int("version", 1, 1000)
	if err := f.Err(); err != nil {
		return err
	}
	return t.ApproveAgreement(web.Context(c), v.Actor, v.V.ID, party, version)
}

func mediationWrites(t *store.Tenant, c *fiber.Ctx, v *mediationView, f *web.Form) error {
	kind, text := web.Choice(f, "kind", "say", "point", "propose_terms", "asker", "other", "note"), f.Area("text", maxWords)
	if err := f.Err(); err != nil {
		return err
	}
	return t.WriteInMediation(web.Context(c), v.Actor, v.V.ID, kind, text)
}

const maxWords = 2000

func mediationCalls(t *store.Tenant, c *fiber.Ctx, v *mediationView, f *web.Form) error {
	day, from, until := models.Date(f.Text("day", 10)), f.Text("from", 5), f.Text("until", 5)
	s := store.SittingDraft{Place: f.Text("place", 100), Guests: f.Optional("guests", 200), Agreed: f.Bool("agreed"), Waived: f.Bool("waived"), Open: f.Bool("open")}
	begin, err1 := time.ParseInLocation("2006-01-02 15:04", string(day)+" "+from, models.Shanghai)
	end, err2 := time.ParseInLocation("2006-01-02 15:04", string(day)+" "+until, models.Shanghai)
	if (err1 != nil || err2 != nil) && f.Err() == nil {
		f.Add("from", "mediation.sitting.time", nil)
	}
	if err := f.Err(); err != nil {
		return err
	}
	s.Begin, s.End = begin, end
	return t.CallSitting(web.Context(c), v.Actor, v.V.ID, s)
}

func mediationHeld(t *store.Tenant, c *fiber.Ctx, v *mediationView, f *web.Form) error {
	id, held := f.ID("sitting"), v.Param("act") == "held"
	record := f.OptionalArea("text", maxWords)
	if err := f.Err(); err != nil {
		return err
	}
	return t.CloseSitting(web.Context(c), v.Actor, v.V.ID, id, held, record)
}

func mediationSigned(t *store.Tenant, c *fiber.Ctx, v *mediationView, f *web.Form) error {
	day, version := models.Date(f.Text("day", 10)), f.Int("version", 1, 1000)
	if err := f.Err(); err != nil {
		return err
	}
	return t.SignedOnPaper(web.Context(c), v.Actor, v.V.ID, version, day)
}

func mediationESigned(t *store.Tenant, c *fiber.Ctx, v *mediationView, f *web.Form) error {
	version := f.Int("version", 1, 1000)
	if err := f.Err(); err != nil {
		return err
	}
	return t.SignAgreement(web.Context(c), v.Actor, v.V.ID, version, store.Device{}, "")
}

func mediationSealed(t *store.Tenant, c *fiber.Ctx, v *mediationView, f *web.Form) error {
	version := f.Int("version", 1, 1000)
	if err := f.Err(); err != nil {
		return err
	}
	return t.SealAgreement(web.Context(c), v.Actor, v.V.ID, version)
}

func mediationPromised(t *store.Tenant, c *fiber.Ctx, v *mediationView, f *web.Form) error {
	id, do := f.ID("promise"), web.Choice(f, "do", "kept", "unkept")
	if err := f.Err(); err != nil {
		return err
	}
	return t.SettlePromise(web.Context(c), v.Actor, v.V.ID, id, do == "kept")
}

func mediationCourt(t *store.Tenant, c *fiber.Ctx, v *mediationView, f *web.Form) error {
	if party := f.OptionalID("party"); party != 0 {
		return t.WishForCourt(web.Context(c), v.Actor, v.V.ID, party)
	}
	state, day := web.Choice(f, "state", models.CourtApplied, models.CourtConfirmed, models.CourtRejected), models.Date(f.Text("court_day", 10))
	if err := f.Err(); err != nil {
		return err
	}
	return t.RecordCourt(web.Context(c), v.Actor, v.V.ID, state, day)
}
