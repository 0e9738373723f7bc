package admin

import (
	"bytes"
	"iter"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/sheet"
	"juwu/internal/web"
	"juwu/models"
)

// exportVersion names the field set: the elements of MZ/T 061-2015 as far as
// they are known (domain.md D3). A change of columns raises it.
const exportVersion = "MZ/T 061-2015 juwu-1"

// exportHours is every approved record in the national field set, read in
// batches. Volunteers stand there by their number, not by their ID number.
func (a *Admin) exportHours(c *fiber.Ctx) error {
	p := web.PageOf(c)
	t, ctx := a.Store.In(p.Community), web.Context(c)
	var rows iter.Seq2[[]any, error] = func(yield func([]any, error) bool) {
		err := t.EachHours(ctx, func(h models.Hours, name string) bool {
			return yield([]any{h.VolunteerNo, name, h.What, h.Day, h.Minutes, p.T(hoursSources.Key(string(h.Source))), h.ByName, h.DecidedName, h.ID.String()}, nil)
		})
		if err != nil {
			yield(nil, err)
		}
	}
	header := []string{p.T("volunteer.number"), p.T("volunteer.name"), p.T("hours.what"), p.T("hours.day"), p.T("hours.minutes"), p.T("hours.how"), p.T("hours.recorder"), p.T("hours.auditor"), exportVersion}
	var b bytes.Buffer
	if err := sheet.WriteTable(&b, sheet.XLSX, sheet.Table{Name: p.T("hours.mine"), Header: header, Rows: rows}); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="hours-`+p.Community.Code+`.xlsx"`)
	c.Set(fiber.HeaderCacheControl, "private, no-store")
	return c.Send(b.Bytes())
}
