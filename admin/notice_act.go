package admin

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/models"
)

// askNotice is the page that says what an act will do before it is done.
func (a *Admin) askNotice(act string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v, err := a.askView(c, act)
		if err != nil {
			return err
		}
		return web.Render(c, fiber.StatusOK, noticeAskPage(v))
	}
}

func (a *Admin) askView(c *fiber.Ctx, act string) (*noticeView, error) {
	v, err := a.noticeView(c)
	if err != nil {
		return nil, err
	}
	v.Ask, v.Title = act, v.T(noticeAsks.Key(act))
	v.Back.Href, v.Back.Text = v.path(), v.N.Title
	return v, nil
}

// act runs a use case on the notice of the address; a refusal is shown on the
// notice's own page, or on the page that asked.
func (a *Admin) act(c *fiber.Ctx, ask, next string, do func(ctx context.Context, t *store.Tenant, p *web.Page, id models.ID, f *web.Form) error) error {
	p, f := web.PageOf(c), web.FormOf(c)
	err := do(web.Context(c), a.Store.In(p.Community), p, p.ParamID("id"), f)
	if err == nil {
		return web.Redirect(c, backToDay(c, next))
	}
	if ask == "" {
		v, broken := a.noticeView(c)
		if broken != nil {
			return broken
		}
		return web.Again(c, err, noticeOfficePage(v))
	}
	v, broken := a.askView(c, ask)
	if broken != nil {
		return broken
	}
	return web.Again(c, err, noticeAskPage(v))
}

// here is the notice's page in the office.
func here(c *fiber.Ctx) string {
	p := web.PageOf(c)
	return p.AdminURL("notices", p.Param("id"))
}

func (a *Admin) submitNotice(c *fiber.Ctx) error {
	return a.act(c, "", here(c), func(ctx context.Context, t *store.Tenant, p *web.Page, id models.ID, _ *web.Form) error {
		_, err := t.SubmitNotice(ctx, p.Actor, id)
		return err
	})
}

func (a *Admin) signNotice(c *fiber.Ctx) error {
	return a.act(c, "", here(c), func(ctx context.Context, t *store.Tenant, p *web.Page, id models.ID, f *web.Form) error {
		_, err := t.SignNotice(ctx, p.Actor, id, seenOf(f))
		return err
	})
}

func (a *Admin) publishNotice(c *fiber.Ctx) error {
	return a.act(c, "", here(c), func(ctx context.Context, t *store.Tenant, p *web.Page, id models.ID, f *web.Form) error {
		_, err := t.PublishNotice(ctx, p.Actor, id, seenOf(f))
		return err
	})
}

func (a *Admin) urgentNotice(c *fiber.Ctx) error {
	return a.act(c, "urgent", here(c), func(ctx context.Context, t *store.Tenant, p *web.Page, id models.ID, _ *web.Form) error {
		_, err := t.PublishUrgent(ctx, p.Actor, id)
		return err
	})
}

func (a *Admin) seenNotice(c *fiber.Ctx) error {
	return a.act(c, "", here(c), func(ctx context.Context, t *store.Tenant, p *web.Page, id models.ID, _ *web.Form) error {
		return t.SeeUrgent(ctx, p.Actor, id)
	})
}

func (a *Admin) dropNotice(c *fiber.Ctx) error {
	return a.act(c, "drop", web.PageOf(c).AdminURL("notices"), func(ctx context.Context, t *store.Tenant, p *web.Page, id models.ID, _ *web.Form) error {
		return t.DropNotice(ctx, p.Actor, id)
	})
}

func (a *Admin) backNotice(c *fiber.Ctx) error {
	return a.act(c, "back", here(c), func(ctx context.Context, t *store.Tenant, p *web.Page, id models.ID, f *web.Form) error {
		return t.SendBackNotice(ctx, p.Actor, id, f.Area("reason", 1000))
	})
}

func (a *Admin) withdrawNotice(c *fiber.Ctx) error {
	return a.act(c, "withdraw", here(c), func(ctx context.Context, t *store.Tenant, p *web.Page, id models.ID, f *web.Form) error {
		return t.WithdrawNotice(ctx, p.Actor, id, f.Area("reason", 1000))
	})
}

// noticeFiles takes pictures for a draft.
func (a *Admin) noticeFiles(c *fiber.Ctx) error {
	return a.act(c, "", here(c)+"#files", func(ctx context.Context, t *store.Tenant, p *web.Page, id models.ID, f *web.Form) error {
		files, err := uploads(f)
		if err != nil {
			return err
		}
		_, err = t.AddFiles(ctx, p.Actor, store.Owner{Kind: "notice", ID: id}, files)
		return err
	})
}
