package admin

import (
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

func (a *Admin) budgetRoutes() []web.Route {
	const budget = "/admin/:community/budget"
	return []web.Route{
		{Method: "GET", Path: budget, Object: "account", Action: "read_draft", Handle: a.budget},
		{Method: "POST", Path: budget, Object: "budget", Action: "import", Upload: true, Handle: a.budgetUpload},
		{Method: "GET", Path: budget + "/import/:id", Object: "budget", Action: "import", Handle: a.budgetPreview},
		{Method: "POST", Path: budget + "/import/:id/confirm", Object: "budget", Action: "import", Handle: a.budgetConfirm},
	}
}

var budgetSides = i18n.Family("budget.side.")

// budgetView is a year's plan beside what the published months say.
type budgetView struct {
	*web.Page
	Year      int
	Years     []int
	Lines     []models.BudgetLine
	Executed  map[string]store.Spent
	MayImport bool
}

func (a *Admin) budget(c *fiber.Ctx) error {
	v, err := a.budgetView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, budgetYearView(v))
}

func (a *Admin) budgetView(c *fiber.Ctx) (*budgetView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("budget.title"))
	p.Back = ui.Link{Text: p.T("ledger.desk.title"), Href: p.AdminURL("accounts")}
	t, ctx := a.Store.In(p.Community), web.Context(c)
	v := &budgetView{Page: p, Executed: map[string]store.Spent{}, MayImport: web.May(c, "budget", "import")}
	var err error
	if v.Years, err = t.BudgetYears(ctx); err != nil {
		return nil, err
	}
	v.Year = p.Today().Time().Year()
	if len(v.Years) > 0 && !slices.Contains(v.Years, v.Year) {
		v.Year = v.Years[0]
	}
	if y, err := strconv.Atoi(p.Query("year")); err == nil && slices.Contains(v.Years, y) {
		v.Year = y
	}
	if v.Lines, err = t.BudgetLines(ctx, v.Year); err != nil {
		return nil, err
	}
	spent, err := t.Executed(ctx, v.Year)
	for _, s := range spent {
		v.Executed[s.Category] = s
	}
	return v, err
}

func (a *Admin) budgetUpload(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	name, data, err := oneFile(f, "file")
	year := 0
	if f.Raw("year") != "" {
		year = f.Int("year", 2000, p.Today().Time().Year()+1)
	}
	if err == nil {
		err = f.Err()
	}
	var im *models.Import
	if err == nil {
		im, _, err = a.Store.In(p.Community).ImportBudgetFile(web.Context(c), p.Actor, name, data, sheet.BudgetOptions{Year: year})
	}
	if err != nil {
		v, broken := a.budgetView(c)
		if broken != nil {
			return broken
		}
		return web.Again(c, atFile(err), budgetYearView(v))
	}
	return web.Redirect(c, p.AdminURL("budget", "import", im.ID.String()))
}

// budgetPlanView is what was understood of a budget's file.
type budgetPlanView struct {
	*web.Page
	Plan *store.BudgetPlan
}

func (a *Admin) budgetPlan(c *fiber.Ctx) (*budgetPlanView, error) {
	p := web.PageOf(c)
	plan, err := a.Store.In(p.Community).BudgetPlan(web.Context(c), p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	a.officePage(c, p.T("budget.preview.title"))
	p.Back = ui.Link{Text: p.T("budget.title"), Href: p.AdminURL("budget")}
	return &budgetPlanView{p, plan}, nil
}

func (a *Admin) budgetPreview(c *fiber.Ctx) error {
	v, err := a.budgetPlan(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, budgetPreviewView(v))
}

func (a *Admin) budgetConfirm(c *fiber.Ctx) error {
	p := web.PageOf(c)
	year, err := a.Store.In(p.Community).ConfirmBudget(web.Context(c), p.Actor, p.ParamID("id"))
	if err != nil {
		v, broken := a.budgetPlan(c)
		if broken != nil {
			return broken
		}
		return web.Again(c, err, budgetPreviewView(v))
	}
	return web.Redirect(c, p.AdminURL("budget")+"?year="+strconv.Itoa(year))
}

func (v *budgetView) rows() []ui.TR {
	rows := make([]ui.TR, len(v.Lines))
	for i, l := range v.Lines {
		spent := v.Executed[l.Category].ExpenseFen
		if l.Side == sheet.SideIncome {
			spent = v.Executed[l.Category].IncomeFen
		}
		rows[i] = ui.TR{Cells: []ui.TD{
			{Text: l.Category, Sub: v.T(budgetSides.Key(l.Side))}, {Text: v.Money(l.PlanFen)}, {Text: v.Money(l.AdjustedFen)},
			{Text: v.Money(spent), Sub: share(spent, l.AdjustedFen)},
		}}
		if spent > l.AdjustedFen && l.Side == sheet.SideExpense {
			rows[i].Cells[3].Tag, rows[i].Cells[3].TagFor = v.T("budget.over"), ui.Danger
		}
	}
	return rows
}

// share of a plan in whole percent; empty without a plan.
func share(part, whole models.Fen) string {
	if whole <= 0 {
		return ""
	}
	return strconv.FormatInt(int64(part*100/whole), 10) + " %"
}

func (v *budgetPlanView) rows() []ui.TR {
	rows := make([]ui.TR, len(v.Plan.Budget.Lines))
	for i, l := range v.Plan.Budget.Lines {
		rows[i] = ui.TR{Cells: []ui.TD{
			{Text: l.Category, Sub: v.T(budgetSides.Key(l.Side))}, {Text: v.Money(l.PlanFen)}, {Text: v.Money(l.AdjustedFen)},
			{Text: place(l.Sheet, l.Row, "")},
		}}
	}
	return rows
}

func (v *budgetPlanView) findings() []ui.TR {
	rows := make([]ui.TR, len(v.Plan.Budget.Findings))
	for i, f := range v.Plan.Budget.Findings {
		kind := ui.Attention
		if f.Severity == sheet.Error {
			kind = ui.Danger
		}
		rows[i] = ui.TR{Kind: kind, Cells: []ui.TD{{Text: place(f.Sheet, f.Row, f.Cell)}, {Text: findingText(v.Page, f)}}}
	}
	return rows
}

func (v *budgetView) years() []ui.Link {
	links := make([]ui.Link, len(v.Years))
	for i, y := range v.Years {
		text := strconv.Itoa(y)
		links[i] = ui.Link{Text: text, Href: v.AdminURL("budget") + "?year=" + text, Current: y == v.Year}
	}
	return links
}
