package portal

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// downloadTypes are the files of a period by their ending.
var downloadTypes = map[string]string{
	"csv":  "text/csv; charset=utf-8",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"json": "application/json; charset=utf-8",
	"zip":  "application/zip",
}

// insideWeChat tells WeChat's own browser, which downloads nothing.
func insideWeChat(c *fiber.Ctx) bool {
	return strings.Contains(c.Get(fiber.HeaderUserAgent), "MicroMessenger")
}

// accountDownload sends the file that an address ending asks for, while it is
// made from pages of lines.
func (p *Portal) accountDownload(c *fiber.Ctx, name, format string) error {
	page := web.PageOf(c)
	kind, known := downloadTypes[format]
	period, ok := store.ParsePeriod(name)
	version, err := strconv.Atoi(or(page.Query("version"), "0"))
	if !known || !ok || err != nil || version < 0 {
		return errNotFound()
	}
	if insideWeChat(c) && c.Method() == fiber.MethodGet {
		return web.Redirect(c, page.URL("accounts", name, "download"))
	}
	t := p.Store.In(page.Community)
	a, err := t.PublicPeriod(web.Context(c), period, version)
	if err != nil {
		return err
	}
	d := &download{Page: page, t: t, a: a}
	if d.fresh(c, p.Store.Stamp(page.Community.ID, "accounts"), format) {
		return c.SendStatus(fiber.StatusNotModified)
	}
	return web.Download(c, kind, page.Community.Code+"-"+name+versionName(version)+"."+format, func(ctx context.Context, w io.Writer) error {
		return d.write(ctx, w, format)
	})
}

func versionName(version int) string {
	if version == 0 {
		return ""
	}
	return "-v" + strconv.Itoa(version)
}

// download is a file in the making.
type download struct {
	*web.Page
	t *store.Tenant
	a *store.PublicAccount
}

// fresh sets the tag of the file, and tells whether the browser has it.
func (d *download) fresh(c *fiber.Ctx, stamp uint64, format string) bool {
	h := fnv.New64a()
	fmt.Fprint(h, d.Community.ID, d.Lang, d.a.Name, format, stamp)
	for _, m := range d.a.Shown {
		fmt.Fprint(h, m.ID, m.UpdatedAt.UnixMilli())
	}
	tag := `W/"` + hex.EncodeToString(h.Sum(nil)) + `"`
	c.Set(fiber.HeaderETag, tag)
	c.Set(fiber.HeaderCacheControl, "no-cache")
	c.Set(fiber.HeaderVary, "Accept-Language, Cookie")
	return strings.Contains(c.Get(fiber.HeaderIfNoneMatch), tag)
}

func (d *download) write(ctx context.Context, w io.Writer, format string) error {
	switch format {
	case "json":
		return d.writeJSON(ctx, w)
	case "zip":
		return d.writePackage(ctx, w)
	}
	header := make([]string, len(columns))
	for i, key := range columns {
		header[i] = d.T(key)
	}
	return sheet.WriteTable(w, format, sheet.Table{
		Name: periodName(d.Page, d.a.Period), Header: header, Rows: d.rows(ctx), Widths: []float64{12, 12, 40, 16, 16, 14, 14, 8, 24},
	})
}

var columns = []string{
	"account.day", "account.voucher", "account.purpose", "account.category", "account.fund",
	"account.income.yuan", "account.expense.yuan", "account.receipts", "account.note",
}

// chunk is how many lines are read at a time.
const chunk = 500

// lines of the period that stand in its sums; with all, the removed ones too.
func (d *download) lines(ctx context.Context, all bool) iter.Seq2[store.PublicEntry, error] {
	return func(yield func(store.PublicEntry, error) bool) {
		var f store.LineFilter
		for {
			part, err := d.t.PublicLines(ctx, d.a, f, chunk)
			if err != nil {
				yield(store.PublicEntry{}, err)
				return
			}
			for _, e := range part {
				if (all || e.Change != models.ChangeRemoved) && !yield(e, nil) {
					return
				}
			}
			if len(part) < chunk {
				return
			}
			last := part[len(part)-1]
			f.Account, f.Line = last.AccountID, last.Line
		}
	}
}

func (d *download) rows(ctx context.Context) iter.Seq2[[]any, error] {
	// A side without an amount stays empty, as in the book.
	amount := func(f models.Fen) any {
		if f == 0 {
			return nil
		}
		return f
	}
	return func(yield func([]any, error) bool) {
		for e, err := range d.lines(ctx, false) {
			row := []any{e.Day, e.Voucher, words(d.Page, e.Purpose), e.Category, e.Fund, amount(e.IncomeFen), amount(e.ExpenseFen), e.Receipts, words(d.Page, e.Note)}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// accountJSON is a period for programs. Amounts are whole fen; ids are texts,
// because JavaScript loses digits of large numbers.
type accountJSON struct {
	Community  string      `json:"community"`
	Code       string      `json:"code"`
	Period     string      `json:"period"`
	Currency   string      `json:"currency"`
	OpeningFen models.Fen  `json:"opening_fen"`
	IncomeFen  models.Fen  `json:"income_fen"`
	ExpenseFen models.Fen  `json:"expense_fen"`
	ClosingFen models.Fen  `json:"closing_fen"`
	Months     []monthJSON `json:"months"`
	Entries    stub        `json:"entries"`
}

// stub stands where the entries go, one by one.
type stub struct{}

const stubText = `"\u2026"`

// MarshalJSON writes a text that no other value has at the end.
func (stub) MarshalJSON() ([]byte, error) { return []byte(stubText), nil }

type monthJSON struct {
	Month        models.Month `json:"month"`
	Version      int          `json:"version"`
	State        string       `json:"state"`
	Number       string       `json:"number"`
	PublishedAt  time.Time    `json:"published_at"`
	DisplayUntil models.Date  `json:"display_until"`
	Reason       string       `json:"reason,omitempty"`
	Fingerprint  string       `json:"fingerprint"`
	Previous     string       `json:"previous,omitempty"`
	OpeningFen   models.Fen   `json:"opening_fen"`
	IncomeFen    models.Fen   `json:"income_fen"`
	ExpenseFen   models.Fen   `json:"expense_fen"`
	ClosingFen   models.Fen   `json:"closing_fen"`
}

type entryJSON struct {
	ID         models.ID    `json:"id"`
	Month      models.Month `json:"month"`
	Line       int          `json:"line"`
	Date       models.Date  `json:"date"`
	Voucher    string       `json:"voucher"`
	Purpose    string       `json:"purpose"`
	Category   string       `json:"category"`
	Fund       string       `json:"fund"`
	IncomeFen  models.Fen   `json:"income_fen"`
	ExpenseFen models.Fen   `json:"expense_fen"`
	Receipts   int          `json:"receipts"`
	Note       string       `json:"note,omitempty"`
	Change     string       `json:"change,omitempty"`
	Withdrawn  bool         `json:"withdrawn,omitempty"`
}

func (d *download) writeJSON(ctx context.Context, w io.Writer) error {
	a := d.a
	out := accountJSON{
		Community: d.Community.Name, Code: d.Community.Code, Period: a.Name, Currency: "CNY",
		OpeningFen: a.Opening, IncomeFen: a.Income, ExpenseFen: a.Expense, ClosingFen: a.Closing,
	}
	for _, m := range a.Shown {
		out.Months = append(out.Months, monthJSON{
			m.Month, m.Version, string(m.State), m.Number, *m.PublishedAt, m.DisplayUntil, m.Reason, hex.EncodeToString(m.Fingerprint),
			hex.EncodeToString(m.Previous), m.OpeningFen, m.IncomeFen, m.ExpenseFen, m.ClosingFen,
		})
	}
	text, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	head, tail, _ := bytes.Cut(text, []byte(stubText))
	if _, err := w.Write(append(head, '[')); err != nil {
		return err
	}
	comma := ""
	for e, err := range d.lines(ctx, true) {
		if err != nil {
			return err
		}
		b, err := json.MarshalIndent(entryJSON{
			e.ID, e.Month, e.Line, e.Day, e.Voucher, words(d.Page, e.Purpose), e.Category, e.Fund, e.IncomeFen, e.ExpenseFen, e.Receipts,
			words(d.Page, e.Note), string(e.Change), e.WithdrawnAt != nil,
		}, "    ", "  ")
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s\n    %s", comma, b); err != nil {
			return err
		}
		comma = ","
	}
	_, err = fmt.Fprintf(w, "\n  ]%s\n", tail)
	return err
}

// writePackage writes the period as a Fiscal Data Package.
func (d *download) writePackage(ctx context.Context, w io.Writer) error {
	a := d.a
	year := a.From().Time().Year()
	pkg := sheet.Package{
		Name: strings.ToLower(d.Community.Code + "-" + a.Name), Title: d.Community.Name + " \u00b7 " + d.T("account.of", "period", periodName(d.Page, a.Period)),
		Homepage: d.Absolute(d.URL("accounts", a.Name)), Publisher: d.Community.Name, Updated: a.Updated(), From: a.From(), To: a.To(), BudgetYear: year,
	}
	pkg.Entries = func(yield func(sheet.PackageEntry, error) bool) {
		for e, err := range d.lines(ctx, false) {
			entry := sheet.PackageEntry{Date: e.Day, Voucher: e.Voucher, Purpose: words(d.Page, e.Purpose), Category: e.Category, Fund: e.Fund, IncomeFen: e.IncomeFen, ExpenseFen: e.ExpenseFen}
			if !yield(entry, err) || err != nil {
				return
			}
		}
	}
	budget, err := d.t.BudgetUse(ctx, year)
	if err != nil {
		return err
	}
	for _, b := range budget {
		executed := b.ExecutedFen
		pkg.Budget = append(pkg.Budget, sheet.BudgetLine{Side: b.Side, Category: b.Category, PlanFen: b.PlanFen, AdjustedFen: b.AdjustedFen, ExecutedFen: &executed})
	}
	return sheet.WriteDataPackage(w, pkg)
}

// downloadsView lists the files of a period.
type downloadsView struct {
	*web.Page
	*store.PublicAccount
	WeChat bool
}

func (p *Portal) accountDownloads(c *fiber.Ctx) error {
	page := web.PageOf(c)
	period, _, err := periodOf(page)
	if err != nil {
		return err
	}
	a, err := p.Store.In(page.Community).PublicPeriod(web.Context(c), period, 0)
	if err != nil {
		return err
	}
	name := periodName(page, period)
	page.Title, page.Place, page.NoIndex = page.T("account.download.of", "period", name), "open", true
	page.Back = ui.Link{Text: page.T("account.of", "period", name), Href: page.URL("accounts", period.Name)}
	return web.Render(c, fiber.StatusOK, accountDownloadsPage(&downloadsView{page, a, insideWeChat(c)}))
}

func (v *downloadsView) file(format string) string { return v.URL("accounts", v.Name+"."+format) }
