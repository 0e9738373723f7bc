package admin

import (
	"cmp"
	"errors"
	"maps"
	"os"
	"slices"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/photo"
	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// sendTable writes a table to a file without a name and sends it from there:
// however long it is, it never stands in memory.
func sendTable(c *fiber.Ctx, name, format string, t sheet.Table) error {
	f, err := os.CreateTemp("", "juwu-export-")
	if err != nil {
		return err
	}
	err = errors.Join(os.Remove(f.Name()), sheet.WriteTable(f, format, t))
	size, seekErr := f.Seek(0, 1)
	_, backErr := f.Seek(0, 0)
	if err := errors.Join(err, seekErr, backErr); err != nil {
		return errors.Join(err, f.Close())
	}
	kind := "text/csv; charset=utf-8"
	if format == sheet.XLSX {
		kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	c.Set(fiber.HeaderContentType, kind)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+"."+format+`"`)
	return c.SendStream(f, int(size)) // closes the file
}

// caseBlackoutView is one picture of a case on which boxes are drawn.
type caseBlackoutView struct {
	*caseShowView
	File models.Attachment
}

func (a *Admin) caseBlackoutView(c *fiber.Ctx) (*caseBlackoutView, error) {
	show, err := a.caseShowView(c)
	if err != nil {
		return nil, err
	}
	f, err := a.Store.In(show.Community).OfficeCaseFile(web.Context(c), show.Actor, show.Case.ID, show.ParamID("file"))
	if err != nil {
		return nil, err
	}
	if !f.Picture() || f.RedactsID != 0 || !slices.Contains(show.Case.Acts, "redact") {
		return nil, notThere()
	}
	p := show.Page
	p.Title, p.Back = p.T("attachment.blackout.title"), ui.Link{Text: p.T("case.one", "number", show.Case.Number), Href: show.path()}
	p.Scripts = append(p.Scripts, "blackout.js")
	return &caseBlackoutView{show, *f}, nil
}

func (a *Admin) caseBlackoutForm(c *fiber.Ctx) error {
	v, err := a.caseBlackoutView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, caseBlackoutPage(v))
}

func (a *Admin) caseBlackout(c *fiber.Ctx) error {
	v, err := a.caseBlackoutView(c)
	if err != nil {
		return err
	}
	boxes, err := photo.ParseBoxes(web.FormOf(c).Raw("boxes"))
	if err == nil {
		err = a.Store.In(v.Community).BlackOutCaseFile(web.Context(c), v.Actor, v.Case.ID, v.File.ID, boxes)
	}
	if err != nil {
		return web.Again(c, err, caseBlackoutPage(v))
	}
	return web.Redirect(c, v.path()+"#files")
}

// uploadsOptional are the pictures of a form that may have none.
func uploadsOptional(f *web.Form) ([]store.NewFile, error) {
	var files []store.NewFile
	for _, u := range f.Files("files", 0, store.MaxCasePhotos, photo.MaxBytes) {
		data, err := u.Bytes()
		if err != nil {
			return nil, err
		}
		files = append(files, store.NewFile{Name: u.Name, Data: data})
	}
	return files, nil
}

// sortedNames are the ids by what they are called.
func sortedNames(names map[models.ID]string) []models.ID {
	ids := slices.Collect(maps.Keys(names))
	slices.SortFunc(ids, func(a, b models.ID) int {
		return cmp.Or(cmp.Compare(len(names[a]), len(names[b])), cmp.Compare(names[a], names[b]))
	})
	return ids
}
