package admin

import (
	"github.com/gofiber/fiber/v2"

	"juwu/internal/photo"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

func (a *Admin) attachmentRoutes() []web.Route {
	const one = "/admin/:community/files/:id"
	return []web.Route{
		{Method: "GET", Path: one, Object: "office", Action: "enter", Handle: a.file},
		{Method: "GET", Path: one + "/blackout", Object: "attachment", Action: "redact", Handle: a.blackoutForm},
		{Method: "POST", Path: one + "/blackout", Object: "attachment", Action: "redact", Handle: a.blackout},
		{Method: "POST", Path: one + "/show", Object: "attachment", Action: "redact", Handle: a.showFile},
		{Method: "POST", Path: one + "/remove", Object: "attachment", Action: "upload", Handle: a.removeFile},
		{Method: "GET", Path: "/admin/:community/receipts/:kind/:id", Object: "attachment", Action: "upload", Handle: a.receipts},
		{Method: "POST", Path: "/admin/:community/receipts/:kind/:id", Object: "attachment", Action: "upload", Upload: true, Handle: a.addReceipts},
	}
}

// mostUploads is how many pictures one form takes.
const mostUploads = 6

// uploads reads the pictures of a form.
func uploads(f *web.Form) ([]store.NewFile, error) {
	var files []store.NewFile
	for _, u := range f.Files("files", 1, mostUploads, photo.MaxBytes) {
		data, err := u.Bytes()
		if err != nil {
			return nil, err
		}
		files = append(files, store.NewFile{Name: u.Name, Data: data})
	}
	return files, f.Err()
}

// file sends a picture to an officer who may see it.
func (a *Admin) file(c *fiber.Ctx) error {
	p := web.PageOf(c)
	t := a.Store.In(p.Community)
	f, err := t.OfficeFile(web.Context(c), p.Actor, p.ParamID("id"), p.Today())
	if err != nil {
		return err
	}
	return web.SendFile(c, web.File{
		Name: f.Name, MIME: f.MIME, Size: f.Size, Sum: f.SHA256, Open: func() (web.FileBody, error) { return t.Content(f) },
	})
}

// fileView is a picture with the tool to black out parts of it.
type fileView struct {
	*web.Page
	File models.Attachment
}

func (a *Admin) fileView(c *fiber.Ctx) (*fileView, error) {
	p := a.officePage(c, web.PageOf(c).T("attachment.blackout.title"))
	f, err := a.Store.In(p.Community).OfficeFile(web.Context(c), p.Actor, p.ParamID("id"), p.Today())
	if err != nil {
		return nil, err
	}
	if !f.Picture() {
		return nil, problem.New(problem.NotFound, "page.notfound", nil).Because("a document is not blacked out")
	}
	p.Scripts = append(p.Scripts, "blackout.js")
	p.Back = ui.Link{Text: p.T("attachment.back"), Href: ownerPath(p, f)}
	return &fileView{p, *f}, nil
}

func (a *Admin) blackoutForm(c *fiber.Ctx) error {
	v, err := a.fileView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, blackoutPage(v))
}

func (a *Admin) blackout(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	boxes, err := photo.ParseBoxes(f.Raw("boxes"))
	if err == nil {
		_, err = a.Store.In(p.Community).BlackOut(web.Context(c), p.Actor, p.ParamID("id"), boxes)
	}
	v, broken := a.fileView(c)
	if broken != nil {
		return broken
	}
	if err != nil {
		return web.Again(c, err, blackoutPage(v))
	}
	return web.Redirect(c, ownerPath(p, &v.File))
}

func (a *Admin) showFile(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	row, err := a.Store.In(p.Community).ShowFile(web.Context(c), p.Actor, p.ParamID("id"), f.Raw("show") == "1")
	if err != nil {
		return err
	}
	return web.Redirect(c, ownerPath(p, row))
}

func (a *Admin) removeFile(c *fiber.Ctx) error {
	p := web.PageOf(c)
	row, err := a.Store.In(p.Community).RemoveFile(web.Context(c), p.Actor, p.ParamID("id"))
	if err != nil {
		return err
	}
	return web.Redirect(c, ownerPath(p, row))
}

// ownerPath is the page on which a file is looked after.
func ownerPath(p *web.Page, f *models.Attachment) string {
	if f.OwnerKind == "notice" {
		return p.AdminURL("notices", f.OwnerID.String()) + "#files"
	}
	return p.AdminURL("receipts", f.OwnerKind, f.OwnerID.String())
}

// receiptsView are the receipts of a line of an account or of a claim.
type receiptsView struct {
	*web.Page
	Owner store.Owner
	About string // what the line is for
	Files []models.Attachment
	Edit  bool // the line is not published and the reader's to change
}

func (a *Admin) receiptsView(c *fiber.Ctx) (*receiptsView, error) {
	p := a.officePage(c, web.PageOf(c).T("attachment.receipts.title"))
	p.Scripts = append(p.Scripts, "photo.js")
	t, ctx := a.Store.In(p.Community), web.Context(c)
	v := &receiptsView{Page: p, Owner: store.Owner{Kind: p.Param("kind"), ID: p.ParamID("id")}}
	switch v.Owner.Kind {
	case "entry":
		e, m, err := t.AccountEntry(ctx, v.Owner.ID)
		if err != nil {
			return nil, err
		}
		v.About, v.Edit = e.Purpose, m.State == models.AccountDraft
		p.Back = ui.Link{Text: p.T("ledger.month.title", "month", m.Month), Href: p.AdminURL("accounts", m.ID.String())}
	case "claim_line":
		line, claim, err := t.ClaimLine(ctx, v.Owner.ID)
		if err != nil {
			return nil, err
		}
		if claim.UserID != p.Actor.UserID {
			if err := a.Store.Guard().Allowed(p.Actor, p.Community, "claim", "approve", p.Today()); err != nil {
				return nil, err
			}
		}
		v.About, v.Edit = line.Purpose, claim.State == models.ClaimOpen && claim.UserID == p.Actor.UserID
		p.Back = ui.Link{Text: claim.Number, Href: p.AdminURL("claims", claim.ID.String())}
	case "meeting":
		if err := a.meetingPapers(c, v); err != nil {
			return nil, err
		}
	case "matter":
		if err := a.matterPapers(c, v); err != nil {
			return nil, err
		}
	default:
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	var err error
	v.Files, err = t.Files(ctx, v.Owner)
	return v, err
}

func (a *Admin) receipts(c *fiber.Ctx) error {
	v, err := a.receiptsView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, receiptsPage(v))
}

func (a *Admin) addReceipts(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	v, broken := a.receiptsView(c)
	if broken != nil {
		return broken
	}
	files, err := uploads(f)
	if err == nil {
		_, err = a.Store.In(p.Community).AddFiles(web.Context(c), p.Actor, v.Owner, files)
	}
	if err != nil {
		return web.Again(c, err, receiptsPage(v))
	}
	return web.Redirect(c, p.AdminURL("receipts", v.Owner.Kind, v.Owner.ID.String()))
}
