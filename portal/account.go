package portal

import (
	"context"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// accountRoutes are the committee's accounts as everybody reads them. The
// address of a period also serves its downloads: 2026-07, 2026-07.csv.
func (p *Portal) accountRoutes() []web.Route {
	const top = "/:community/accounts"
	subjects := []string{"accounts", "inquiries"}
	lines := web.Cached(subjects, []string{"version", "category", "fund", "after"}, p.accountLines)
	return []web.Route{
		{Method: "GET", Path: top, Object: web.Public, Handle: web.Cached(subjects, nil, p.accounts)},
		{Method: "GET", Path: top + ".atom", Object: web.Public, Handle: p.accountAtom},
		{Method: "GET", Path: top + "/feed.json", Object: web.Public, Handle: p.accountJSONFeed},
		{Method: "GET", Path: top + "/:period", Object: web.Public, Handle: p.accountPeriod(web.Cached(subjects, []string{"version"}, p.account))},
		{Method: "GET", Path: top + "/:period/lines", Object: web.Public, Handle: p.searched(lines)},
		{Method: "GET", Path: top + "/:period/download", Object: web.Public, Handle: p.accountDownloads},
		{Method: "GET", Path: top + "/:period/sheet", Object: web.Public, Handle: web.Cached(subjects, []string{"paper"}, p.accountSheet)},
		{Method: "GET", Path: top + "/:period/:line", Object: web.Public, Handle: web.Cached(subjects, []string{"version"}, p.accountLine)},
	}
}

var (
	compareNames = i18n.Family("account.compare.")
	quarterNames = i18n.Family("account.quarter.")
	accountState = i18n.Family("account.state.")
)

func errNotFound() error { return problem.New(problem.NotFound, "error.notfound", nil) }

// periodOf reads the period and the version of an address.
func periodOf(page *web.Page) (store.Period, int, error) {
	period, ok := store.ParsePeriod(page.Param("period"))
	version := 0
	if v := page.Query("version"); v != "" {
		var err error
		if version, err = strconv.Atoi(v); err != nil || version < 1 || version > 999 {
			ok = false
		}
	}
	if !ok {
		return period, 0, errNotFound()
	}
	return period, version, nil
}

// accountPeriod tells a period's page from its downloads.
func (p *Portal) accountPeriod(cached fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if name, format, found := strings.Cut(c.Params("period"), "."); found {
			return p.accountDownload(c, name, format)
		}
		return cached(c)
	}
}

// accountsView is the list of months, the latest one in full.
type accountsView struct {
	*web.Page
	Months []models.AccountMonth // standing versions, the newest first
}

func (p *Portal) accounts(ctx context.Context, page *web.Page) (templ.Component, error) {
	page.Title, page.Place = page.T("account.title"), "open"
	page.Description = page.T("account.description", "community", page.Community.Name)
	page.Feeds = accountFeeds(page)
	months, err := p.Store.In(page.Community).PublicMonths(ctx)
	return accountsPage(accountsView{page, months}), err
}

// accountView is the overview of a month or a quarter.
type accountView struct {
	*web.Page
	*store.PublicAccount
	Version int // asked for by the address; 0: the one that stands
	Budget  []store.BudgetUse
	Asked   []store.PublicInquiry // about the month as a whole
}

func (p *Portal) account(ctx context.Context, page *web.Page) (templ.Component, error) {
	period, version, err := periodOf(page)
	if err != nil {
		return nil, err
	}
	t := p.Store.In(page.Community)
	a, err := t.PublicAccount(ctx, period, version)
	if err != nil {
		return nil, err
	}
	v := &accountView{Page: page, PublicAccount: a, Version: version}
	if v.Budget, err = t.BudgetUse(ctx, period.From().Time().Year()); err != nil {
		return nil, err
	}
	if !period.Quarter() {
		if v.Asked, err = t.MonthInquiries(ctx, period.Months[0]); err != nil {
			return nil, err
		}
	}
	page.Title, page.Place = page.T("account.of", "period", periodName(page, period)), "open"
	page.Description = page.T("account.period.description", "community", page.Community.Name, "period", periodName(page, period),
		"income", a.Income, "expense", a.Expense, "closing", a.Closing)
	page.Back = ui.Link{Text: page.T("account.title"), Href: page.URL("accounts")}
	page.Feeds = accountFeeds(page)
	page.Wide = true
	return accountPage(v), nil
}

// periodName is a month or a quarter as people say it.
func periodName(page *web.Page, period store.Period) string {
	if !period.Quarter() {
		return page.Month(period.Months[0])
	}
	return page.T(quarterNames.Key(period.Name[4:]), "year", period.Name[:4])
}

// versionQuery keeps the version of an address in a link.
func versionQuery(version int) string {
	if version == 0 {
		return ""
	}
	return "?version=" + strconv.Itoa(version)
}

func (v *accountView) path(parts ...string) string {
	return v.URL(append([]string{"accounts", v.Name}, parts...)...)
}

// lineHref is the page of a line; lines live in months, also those that a
// quarter shows.
func lineHref(page *web.Page, e store.PublicEntry, version int) string {
	return page.URL("accounts", string(e.Month), strconv.Itoa(e.Line)) + versionQuery(version)
}

// words puts the mark of a withdrawal into words.
func words(page *web.Page, s string) string {
	if s == store.WithdrawnMark {
		return page.T("ledger.withdrawn.mark")
	}
	return s
}

// signed is an amount with its direction, as it changes the balance.
func signed(page *web.Page, e store.PublicEntry) string {
	amount, sign := e.IncomeFen, "+"
	if e.ExpenseFen != 0 {
		amount, sign = e.ExpenseFen, "\u2212"
	}
	if amount < 0 { // red ink takes back what was booked
		amount = -amount
		if sign == "+" {
			sign = "\u2212"
		} else {
			sign = "+"
		}
	}
	return sign + page.Money(amount)
}

// side says in words which side of the book a line stands on.
func side(page *web.Page, e store.PublicEntry) string {
	switch {
	case e.IncomeFen < 0 || e.ExpenseFen < 0:
		return page.T("account.reversal")
	case e.ExpenseFen != 0:
		return page.T("account.expense")
	}
	return page.T("account.income")
}

// shortDate is a day within its month: 07-03.
func shortDate(d models.Date) string {
	if len(d) < len("2026-07-03") {
		return string(d)
	}
	return string(d[5:])
}

// changeTag marks what a correction did to a line.
func changeTag(page *web.Page, c models.Change) (string, ui.Kind) {
	switch c {
	case models.ChangeAdded:
		return page.T("account.change.added"), ui.Attention
	case models.ChangeEdited:
		return page.T("account.change.edited"), ui.Attention
	case models.ChangeRemoved:
		return page.T("account.change.removed"), ui.Danger
	}
	return "", ui.Plain
}
