package portal

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// lineQuery is what the list of lines keeps in its address.
type lineQuery struct {
	Version  int
	Text     string
	Category string
	Fund     string
	Least    string // as typed
	Most     string
	After    string // "2026-07.20": behind that line
}

func linesHref(page *web.Page, period string, q lineQuery) string {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.Version != 0 {
		set("version", strconv.Itoa(q.Version))
	}
	set("q", q.Text)
	set("category", q.Category)
	set("fund", q.Fund)
	set("least", q.Least)
	set("most", q.Most)
	set("after", q.After)
	href := page.URL("accounts", period, "lines")
	if len(v) > 0 {
		href += "?" + v.Encode()
	}
	return href
}

// searched sends free text and amounts past the page cache: a stranger could
// ask for endlessly many of them.
func (p *Portal) searched(cached fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if c.Query("q") == "" && c.Query("least") == "" && c.Query("most") == "" {
			return cached(c)
		}
		page := web.PageOf(c)
		main, err := p.accountLines(web.Context(c), page)
		if err != nil {
			return err
		}
		page.NoIndex = true
		return web.Render(c, fiber.StatusOK, main)
	}
}

// linesView is a page of lines.
type linesView struct {
	*web.Page
	*store.PublicAccount
	Q       lineQuery
	Lines   []store.PublicEntry
	Funds   []string
	Wrong   string // what cannot be read as an amount
	NextKey string
}

// linesPerPage keeps a page light on a phone.
const linesPerPage = 20

func (p *Portal) accountLines(ctx context.Context, page *web.Page) (templ.Component, error) {
	period, version, err := periodOf(page)
	if err != nil {
		return nil, err
	}
	v := &linesView{Page: page, Q: lineQuery{
		Version: version, Text: page.Query("q"), Category: page.Query("category"), Fund: page.Query("fund"),
		Least: page.Query("least"), Most: page.Query("most"), After: page.Query("after"),
	}}
	t := p.Store.In(page.Community)
	if v.PublicAccount, err = t.PublicAccount(ctx, period, version); err != nil {
		return nil, err
	}
	if v.Funds, err = t.Funds(ctx, v.PublicAccount); err != nil {
		return nil, err
	}
	f, ok := v.filter()
	if !ok {
		return nil, errNotFound()
	}
	if v.Lines, err = t.PublicLines(ctx, v.PublicAccount, f, linesPerPage+1); err != nil {
		return nil, err
	}
	if len(v.Lines) > linesPerPage {
		v.Lines = v.Lines[:linesPerPage]
		last := v.Lines[linesPerPage-1]
		v.NextKey = string(last.Month) + "." + strconv.Itoa(last.Line)
	}
	name := periodName(page, period)
	page.Title, page.Place = page.T("account.lines.of", "period", name), "open"
	page.Back = ui.Link{Text: page.T("account.of", "period", name), Href: page.URL("accounts", period.Name) + versionQuery(version)}
	return accountLinesPage(v), nil
}

// filter reads the address; false when it names a line that is not shown.
func (v *linesView) filter() (store.LineFilter, bool) {
	f := store.LineFilter{Text: v.Q.Text, Category: v.Q.Category, Fund: v.Q.Fund}
	for _, bound := range []struct {
		text string
		fen  *models.Fen
	}{{v.Q.Least, &f.Least}, {v.Q.Most, &f.Most}} {
		if bound.text == "" {
			continue
		}
		fen, ok := web.ParseMoney(bound.text)
		if !ok {
			v.Wrong = v.T("form.money")
			continue
		}
		*bound.fen = fen
	}
	if v.Q.After == "" {
		return f, true
	}
	month, line, _ := strings.Cut(v.Q.After, ".")
	i := slices.IndexFunc(v.Shown, func(m models.AccountMonth) bool { return string(m.Month) == month })
	n, err := strconv.Atoi(line)
	if i < 0 || err != nil || n < 1 {
		return f, false
	}
	f.Account, f.Line = v.Shown[i].ID, n
	return f, true
}

// filtered tells whether anything but the place in the list was asked for.
func (v *linesView) filtered() bool {
	q := v.Q
	q.Version, q.After = 0, ""
	return q != lineQuery{}
}

func (v *linesView) options(names []string, chosen string) []ui.Option {
	options := []ui.Option{{Value: "", Text: v.T("account.filter.all"), Checked: chosen == ""}}
	for _, name := range names {
		options = append(options, ui.Option{Value: name, Text: name, Checked: name == chosen})
	}
	return options
}

func (v *linesView) categories() []string {
	var names []string
	for _, s := range v.Categories {
		if s.Category != "" {
			names = append(names, s.Category)
		}
	}
	return names
}

func (v *linesView) more() ui.Link {
	if v.NextKey == "" {
		return ui.Link{}
	}
	q := v.Q
	q.After = v.NextKey
	return ui.Link{Text: v.T("account.lines.more"), Href: linesHref(v.Page, v.Name, q)}
}

func (v *linesView) first() ui.Link {
	if v.Q.After == "" {
		return ui.Link{}
	}
	q := v.Q
	q.After = ""
	return ui.Link{Text: v.T("account.lines.first"), Href: linesHref(v.Page, v.Name, q)}
}

// Version of the address; 0 for the one that stands.
func (v *linesView) Version() int { return v.Q.Version }

// kept are the filters that a new search keeps, keptText the search that new
// filters keep.
func (v *linesView) kept() []ui.HiddenField {
	fields := versionField(v.Q.Version)
	for _, f := range []ui.HiddenField{{Name: "category", Value: v.Q.Category}, {Name: "fund", Value: v.Q.Fund}, {Name: "least", Value: v.Q.Least}, {Name: "most", Value: v.Q.Most}} {
		if f.Value != "" {
			fields = append(fields, f)
		}
	}
	return fields
}

func (v *linesView) keptText() []ui.HiddenField {
	fields := versionField(v.Q.Version)
	if v.Q.Text != "" {
		fields = append(fields, ui.HiddenField{Name: "q", Value: v.Q.Text})
	}
	return fields
}

// filterField is a field of a form that only chooses: nothing in it is needed.
func (v *linesView) filterField(name, labelKey string) ui.Field {
	return ui.Field{ID: "filter-" + name, Name: name, Label: v.T(labelKey), Optional: " "}
}

func (v *linesView) amountField(name, labelKey, value string) ui.Field {
	f := v.filterField(name, labelKey)
	f.Value = value
	if _, ok := web.ParseMoney(value); value != "" && !ok {
		f.Error, f.ErrorPrefix = v.Wrong, v.T("form.error.prefix")
	}
	return f
}

func (v *linesView) cell(e store.PublicEntry) ui.CellProps {
	cell := entryCell(v.Page, e, v.Q.Version)
	if v.Quarter() {
		cell.Desc = strings.Replace(cell.Desc, shortDate(e.Day), string(e.Day), 1)
	}
	return cell
}
