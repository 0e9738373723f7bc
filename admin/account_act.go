package admin

import (
	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// The acts on a month: each has a page that says what will happen, and a POST
// that does it. The round of the page travels with the form, so that nobody
// signs or returns what has been replaced since.

// actView asks before an act.
type actView struct {
	*monthView
	Act string // "sign", "back", "drop": also the last part of the address
}

func (a *Admin) actPage(c *fiber.Ctx, act, titleKey string) (*actView, error) {
	v, err := a.monthView(c)
	if err != nil {
		return nil, err
	}
	v.Title = v.T(titleKey, "month", v.M.Month)
	v.Back = ui.Link{Text: v.T("ledger.month.title", "month", v.M.Month), Href: v.path()}
	return &actView{v, act}, nil
}

func (a *Admin) signForm(step models.SignStep) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v, err := a.actPage(c, "sign/"+string(step), "ledger.sign.title")
		if err != nil {
			return err
		}
		if v.Step != step {
			return web.Redirect(c, v.path()) // it has moved on: the month's page says where it stands
		}
		return web.Render(c, fiber.StatusOK, signView(v, step))
	}
}

func (a *Admin) sign(step models.SignStep) fiber.Handler {
	return func(c *fiber.Ctx) error {
		p, f := web.PageOf(c), web.FormOf(c)
		round := f.Int("round", 1, 1<<20)
		if !f.Bool("read") {
			f.Add("read", "ledger.sign.read.needed", nil)
		}
		err := f.Err()
		if err == nil {
			_, err = a.Store.In(p.Community).SignAccount(web.Context(c), p.Actor, p.ParamID("id"), round, step)
		}
		if err != nil {
			v, broken := a.actPage(c, "sign/"+string(step), "ledger.sign.title")
			if broken != nil {
				return broken
			}
			return web.Again(c, err, signView(v, step))
		}
		return web.Redirect(c, p.AdminURL("accounts", p.Param("id")))
	}
}

func (a *Admin) backForm(c *fiber.Ctx) error { return a.reasonForm(c, "back", "ledger.back.title") }

func (a *Admin) dropForm(c *fiber.Ctx) error { return a.reasonForm(c, "drop", "ledger.drop.title") }

func (a *Admin) reasonForm(c *fiber.Ctx, act, titleKey string) error {
	v, err := a.actPage(c, act, titleKey)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, reasonView(v))
}

func (a *Admin) back(c *fiber.Ctx) error {
	return a.withReason(c, "back", "ledger.back.title", func(t *store.Tenant, p *web.Page, round int, reason string) error {
		return t.SendBackAccount(web.Context(c), p.Actor, p.ParamID("id"), round, reason)
	})
}

func (a *Admin) drop(c *fiber.Ctx) error {
	return a.withReason(c, "drop", "ledger.drop.title", func(t *store.Tenant, p *web.Page, round int, reason string) error {
		return t.DropAccount(web.Context(c), p.Actor, p.ParamID("id"), round, reason)
	})
}

func (a *Admin) withReason(c *fiber.Ctx, act, titleKey string, do func(*store.Tenant, *web.Page, int, string) error) error {
	p, f := web.PageOf(c), web.FormOf(c)
	round, reason := f.Int("round", 1, 1<<20), f.Area("reason", 1000)
	err := f.Err()
	if err == nil {
		err = do(a.Store.In(p.Community), p, round, reason)
	}
	if err == nil {
		return web.Redirect(c, p.AdminURL("accounts"))
	}
	v, broken := a.actPage(c, act, titleKey)
	if broken != nil {
		return broken
	}
	return web.Again(c, err, reasonView(v))
}

func (a *Admin) correctForm(c *fiber.Ctx) error {
	v, err := a.actPage(c, "correct", "ledger.correct.title")
	if err != nil {
		return err
	}
	if !v.MayCorrect {
		return problem.New(problem.Conflict, "policy.account.not_standing", nil)
	}
	return web.Render(c, fiber.StatusOK, correctView(v))
}

// lineView is one line about to lose its words.
type lineView struct {
	*web.Page
	M models.AccountMonth
	E models.AccountEntry
}

// withdrawable are the texts offered: names are never public, receipts are
// taken away where they are shown.
var withdrawable = []string{"purpose", "note", "receipt"}

func (a *Admin) linePage(c *fiber.Ctx) (*lineView, error) {
	p := web.PageOf(c)
	e, m, err := a.Store.In(p.Community).AccountEntry(web.Context(c), p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	a.officePage(c, p.T("ledger.withdraw.title"))
	p.Back = ui.Link{Text: p.T("ledger.month.title", "month", m.Month), Href: p.AdminURL("accounts", m.ID.String())}
	return &lineView{p, *m, *e}, nil
}

func (a *Admin) withdrawForm(c *fiber.Ctx) error {
	v, err := a.linePage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, withdrawView(v))
}

func (a *Admin) withdraw(c *fiber.Ctx) error {
	v, err := a.linePage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	fields, reason := web.Choices(f, "fields", true, withdrawable...), f.Area("reason", 1000)
	err = f.Err()
	if err == nil {
		err = a.Store.In(v.Community).WithdrawText(web.Context(c), v.Actor, v.E.ID, fields, reason)
	}
	if err != nil {
		return web.Again(c, err, withdrawView(v))
	}
	return web.Redirect(c, v.AdminURL("accounts", v.M.ID.String()))
}
