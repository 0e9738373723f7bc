package admin

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// carryRoutes: carrying decisions out: tasks, money, contracts, collections,
// covenants, joint meetings.
func (a *Admin) carryRoutes() []web.Route {
	const all, decision = "/admin/:community/assembly", "/admin/:community/decisions/:id"
	prepare := func(path string, h fiber.Handler) web.Route {
		return web.Route{Method: "POST", Path: path, Object: "assembly", Action: "prepare", Handle: h}
	}
	look := func(path string, h fiber.Handler) web.Route {
		return web.Route{Method: "GET", Path: path, Object: "office", Action: "enter", Handle: h}
	}
	return []web.Route{
		prepare(decision+"/tasks", a.addTask), prepare(decision+"/report", a.reportTask), prepare(decision+"/finish", a.finishDecision),
		look(all+"/money", a.moneyPage),
		{Method: "POST", Path: all + "/money/rules", Object: "assembly", Action: "call", Handle: a.addMoneyRule},
		{Method: "POST", Path: all + "/money/end", Object: "assembly", Action: "call", Handle: a.endMoneyRule},
		prepare(all+"/money/contracts", a.addContract), prepare(all+"/money/fundraisings", a.openFundraising),
		look(all+"/fundraisings/:fund", a.fundraising), prepare(all+"/fundraisings/:fund/gifts", a.recordGift), prepare(all+"/fundraisings/:fund/close", a.closeFundraising),
		look(all+"/covenants", a.covenants), prepare(all+"/covenants", a.draftCovenant),
		{Method: "POST", Path: all + "/covenants/:covenant/file", Object: "assembly", Action: "file", Handle: a.fileCovenant},
		look(all+"/joint", a.joint), prepare(all+"/joint", a.holdJoint), prepare(all+"/joint/pledges", a.pledge), prepare(all+"/joint/pledges/:pledge", a.movePledge),
		prepare(all+"/joint/owners", a.announceOwners), prepare(all+"/joint/owners/:notice", a.opineOwners),
		{Method: "POST", Path: "/admin/:community/accounts/:id/decision", Object: "account", Action: "confirm", Handle: a.nameDecision},
	}
}

func (a *Admin) addTask(c *fiber.Ctx) error {
	return a.decisionAct(c, func(ctx context.Context, t *store.Tenant, v *decisionView, f *web.Form) error {
		d := store.TaskDraft{Title: f.Text("title", 80), Person: f.Text("person", 50), DueDay: f.Date("due"), BudgetFen: optionalMoney(f, "budget")}
		if err := f.Err(); err != nil {
			return err
		}
		_, err := t.AddTask(ctx, v.Actor, v.D.ID, d)
		return err
	})
}

func (a *Admin) reportTask(c *fiber.Ctx) error {
	return a.decisionAct(c, func(ctx context.Context, t *store.Tenant, v *decisionView, f *web.Form) error {
		id, progress, text := f.ID("task"), f.Int("progress", 0, 100), f.Area("text", 500)
		if err := f.Err(); err != nil {
			return err
		}
		return t.ReportTask(ctx, v.Actor, id, progress, text)
	})
}

func (a *Admin) finishDecision(c *fiber.Ctx) error {
	return a.decisionAct(c, func(ctx context.Context, t *store.Tenant, v *decisionView, f *web.Form) error {
		text := f.Area("result", 2000)
		if err := f.Err(); err != nil {
			return err
		}
		return t.FinishDecision(ctx, v.Actor, v.D.ID, text)
	})
}

func (a *Admin) decisionAct(c *fiber.Ctx, do func(ctx context.Context, t *store.Tenant, v *decisionView, f *web.Form) error) error {
	v, err := a.decisionPage(c)
	if err != nil {
		return err
	}
	if err := do(web.Context(c), a.Store.In(v.Community), v, web.FormOf(c)); err != nil {
		return web.Again(c, err, decisionMain(v))
	}
	return web.Redirect(c, v.AdminURL("decisions", v.D.ID.String()))
}

// moneyView are the rules by which money asks for a decision, and collections.
type moneyView struct {
	*web.Page
	Rules   []models.MoneyRule
	Funds   []models.Fundraising
	May     bool
	MayRule bool
}

func (a *Admin) moneyView(c *fiber.Ctx) (*moneyView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("fundraising.title"))
	p.Wide = false
	t, ctx := a.Store.In(p.Community), web.Context(c)
	v := &moneyView{Page: p, May: web.May(c, "assembly", "prepare"), MayRule: web.May(c, "assembly", "call")}
	var err error
	if v.Rules, err = t.MoneyRules(ctx); err != nil {
		return nil, err
	}
	v.Funds, err = t.Fundraisings(ctx, 50)
	return v, err
}

func (a *Admin) moneyPage(c *fiber.Ctx) error {
	v, err := a.moneyView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, moneyMain(v))
}

func (a *Admin) moneyAct(c *fiber.Ctx, do func(ctx context.Context, t *store.Tenant, v *moneyView, f *web.Form) error) error {
	v, err := a.moneyView(c)
	if err != nil {
		return err
	}
	if err := do(web.Context(c), a.Store.In(v.Community), v, web.FormOf(c)); err != nil {
		return web.Again(c, err, moneyMain(v))
	}
	return web.Redirect(c, v.AdminURL("assembly", "money"))
}

func (a *Admin) addMoneyRule(c *fiber.Ctx) error {
	return a.moneyAct(c, func(ctx context.Context, t *store.Tenant, v *moneyView, f *web.Form) error {
		r := models.MoneyRule{Word: f.Text("word", 60), Class: web.Choice(f, "rule_class", policy.GuardedClasses()...), FromFen: optionalMoney(f, "from_fen"), FromDay: f.Date("from_day")}
		if err := f.Err(); err != nil {
			return err
		}
		return t.AddMoneyRule(ctx, v.Actor, r)
	})
}

func (a *Admin) endMoneyRule(c *fiber.Ctx) error {
	return a.moneyAct(c, func(ctx context.Context, t *store.Tenant, v *moneyView, f *web.Form) error {
		id := f.ID("rule")
		if err := f.Err(); err != nil {
			return err
		}
		return t.EndMoneyRule(ctx, v.Actor, id)
	})
}

func (a *Admin) addContract(c *fiber.Ctx) error {
	return a.moneyAct(c, func(ctx context.Context, t *store.Tenant, v *moneyView, f *web.Form) error {
		d := store.ContractDraft{Class: web.Choice(f, "class", policy.GuardedClasses()...), Decision: f.Text("decision", 60), Title: f.Text("title", 80), Party: f.Text("party", 80),
			AmountFen: f.Money("amount"), From: f.Date("from"), Until: f.Date("until")}
		if err := f.Err(); err != nil {
			return err
		}
		_, err := t.AddContract(ctx, v.Actor, d)
		return err
	})
}

func (a *Admin) openFundraising(c *fiber.Ctx) error {
	return a.moneyAct(c, func(ctx context.Context, t *store.Tenant, v *moneyView, f *web.Form) error {
		d := models.Fundraising{Title: f.Text("fund_title", 60), Purpose: f.Area("purpose", 1000), TargetFen: f.Money("target"), From: f.Date("fund_from"), Until: f.Date("fund_until")}
		decision := f.Text("fund_decision", 60)
		if err := f.Err(); err != nil {
			return err
		}
		_, err := t.OpenFundraising(ctx, v.Actor, d, decision)
		return err
	})
}

// fundView is one collection.
type fundView struct {
	*web.Page
	F   *store.FundraisingView
	May bool
}

func (a *Admin) fundPage(c *fiber.Ctx) (*fundView, error) {
	p := web.PageOf(c)
	f, err := a.Store.In(p.Community).Fundraising(web.Context(c), p.ParamID("fund"))
	if err != nil {
		return nil, err
	}
	a.officePage(c, f.Title)
	p.Wide, p.Back = false, ui.Link{Text: p.T("fundraising.title"), Href: p.AdminURL("assembly", "money")}
	return &fundView{p, f, web.May(c, "assembly", "prepare")}, nil
}

func (a *Admin) fundraising(c *fiber.Ctx) error {
	v, err := a.fundPage(c)
	if err != nil {
		return err
	}
	v.Set("day", string(v.Today()))
	return web.Render(c, fiber.StatusOK, fundMain(v))
}

func (a *Admin) recordGift(c *fiber.Ctx) error {
	return a.fundAct(c, func(ctx context.Context, t *store.Tenant, v *fundView, f *web.Form) error {
		g := models.Gift{FundraisingID: v.F.ID, Receipt: f.Text("receipt", 30), Name: f.Optional("name", 60), Unit: f.Bool("unit"), AmountFen: f.Money("amount"), Day: f.Date("day")}
		if err := f.Err(); err != nil {
			return err
		}
		return t.RecordGift(ctx, v.Actor, g)
	})
}

func (a *Admin) closeFundraising(c *fiber.Ctx) error {
	return a.fundAct(c, func(ctx context.Context, t *store.Tenant, v *fundView, f *web.Form) error {
		account := f.Area("account", 2000)
		if err := f.Err(); err != nil {
			return err
		}
		return t.CloseFundraising(ctx, v.Actor, v.F.ID, account)
	})
}

func (a *Admin) fundAct(c *fiber.Ctx, do func(ctx context.Context, t *store.Tenant, v *fundView, f *web.Form) error) error {
	v, err := a.fundPage(c)
	if err != nil {
		return err
	}
	if err := do(web.Context(c), a.Store.In(v.Community), v, web.FormOf(c)); err != nil {
		return web.Again(c, err, fundMain(v))
	}
	return web.Redirect(c, v.AdminURL("assembly", "fundraisings", v.F.ID.String()))
}

// nameDecision writes a decision's number beside a line of a month's draft.
func (a *Admin) nameDecision(c *fiber.Ctx) error {
	p := web.PageOf(c)
	f := web.FormOf(c)
	id, number := f.ID("entry"), f.Text("decision", 60)
	err := f.Err()
	if err == nil {
		err = a.Store.In(p.Community).NameDecision(web.Context(c), p.Actor, id, number)
	}
	if err != nil {
		v, broken := a.monthView(c)
		if broken != nil {
			return broken
		}
		return web.Again(c, err, accountMonthView(v))
	}
	return web.Redirect(c, p.AdminURL("accounts", p.Param("id"))+"#decisions")
}

var (
	covenantKinds  = i18n.Family("covenant.kind.")
	covenantStates = i18n.Family("covenant.state.")
	cobuildStates  = i18n.Family("cobuild.state.")
)
