package portal

import (
	"github.com/gofiber/fiber/v2"

	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

func (p *Portal) attachmentRoutes() []web.Route {
	return []web.Route{
		{Method: "GET", Path: "/:community/files/:id", Object: web.Public, Handle: p.file},
	}
}

// file sends a picture or a document that everybody may see.
func (p *Portal) file(c *fiber.Ctx) error {
	page := web.PageOf(c)
	t := p.Store.In(page.Community)
	a, err := t.PublicFile(web.Context(c), page.ParamID("id"), page.Today())
	if err != nil {
		return err
	}
	return web.SendFile(c, web.File{
		Name: a.Name, MIME: a.MIME, Size: a.Size, Sum: a.SHA256, Open: func() (web.FileBody, error) { return t.Content(a) },
	})
}

// fileItems are pictures and documents as a list of files to open.
func fileItems(page *web.Page, files []models.Attachment) []ui.FileItem {
	items := make([]ui.FileItem, len(files))
	for i, f := range files {
		items[i] = ui.FileItem{Name: f.Name, Href: page.URL("files", f.ID.String()), Note: page.FileWords(f)}
	}
	return items
}
