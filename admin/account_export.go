package admin

import (
	"context"
	"io"
	"slices"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// exportTypes are the files of a month with names, by their ending.
var exportTypes = map[string]string{
	"csv":  "text/csv; charset=utf-8",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// exportColumns are those of the public file and the three names.
var exportColumns = []string{
	"account.day", "account.voucher", "account.purpose", "account.category", "account.fund", "account.income.yuan", "account.expense.yuan",
	"account.handler", "account.witness", "account.approver", "account.receipts", "account.note",
}

// accountExport sends a month with the names inside; the public file has none.
func (a *Admin) accountExport(c *fiber.Ctx) error {
	p, format := web.PageOf(c), web.PageOf(c).Param("format")
	kind, known := exportTypes[format]
	if !known {
		return problem.New(problem.NotFound, "page.notfound", nil)
	}
	m, entries, err := a.Store.In(p.Community).ExportAccount(web.Context(c), p.Actor, p.ParamID("id"))
	if err != nil {
		return err
	}
	header := make([]string, len(exportColumns))
	for i, key := range exportColumns {
		header[i] = p.T(key)
	}
	v := &monthView{Page: p}
	rows := make([][]any, 0, len(entries))
	for _, e := range slices.DeleteFunc(entries, func(e models.AccountEntry) bool { return e.Change == models.ChangeRemoved }) {
		rows = append(rows, []any{e.Day, e.Voucher, v.words(e.Purpose), e.Category, e.Fund, side(e.IncomeFen), side(e.ExpenseFen),
			v.words(e.Handler), v.words(e.Witness), v.words(e.Approver), e.Receipts, v.words(e.Note)})
	}
	table := sheet.Table{Name: p.Month(m.Month), Header: header, Rows: sheet.Rows(rows), Widths: []float64{12, 12, 40, 16, 16, 14, 14, 10, 10, 10, 8, 24}}
	return web.Download(c, kind, p.Community.Code+"-"+string(m.Month)+"-office."+format, func(_ context.Context, w io.Writer) error {
		return sheet.WriteTable(w, format, table)
	})
}

// side leaves an empty side empty, as a book does.
func side(f models.Fen) any {
	if f == 0 {
		return nil
	}
	return f
}

// exports are the links to the files with names.
func (v *monthView) exports() []ui.FileItem {
	var items []ui.FileItem
	for _, format := range []string{"xlsx", "csv"} {
		items = append(items, ui.FileItem{Name: v.Month(v.M.Month) + "." + format, Href: v.AdminURL("accounts", v.M.ID.String(), "export", format), Note: v.T("ledger.export.note")})
	}
	return items
}
