package admin

import (
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// uploadLimit of a book of account; package sheet bounds what it unpacks to.
const uploadLimit = 10 << 20

var planNames = i18n.Family("ledger.plan.action.")

func (a *Admin) accountUpload(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	name, data, err := oneFile(f, "file")
	year := 0
	if f.Raw("year") != "" {
		year = f.Int("year", 2000, p.Today().Time().Year())
	}
	if err == nil {
		err = f.Err()
	}
	var im *models.Import
	if err == nil {
		im, _, err = a.Store.In(p.Community).ImportLedgerFile(web.Context(c), p.Actor, name, data, sheet.LedgerOptions{Year: year})
	}
	if err != nil {
		v, broken := a.deskView(c)
		if broken != nil {
			return broken
		}
		return web.Again(c, atFile(err), accountDeskView(v))
	}
	return web.Redirect(c, p.AdminURL("accounts", "import", im.ID.String()))
}

// oneFile reads the single file of a field.
func oneFile(f *web.Form, field string) (string, []byte, error) {
	files := f.Files(field, 1, 1, uploadLimit)
	if f.Err() != nil || len(files) == 0 {
		return "", nil, f.Err()
	}
	data, err := files[0].Bytes()
	return files[0].Name, data, err
}

// atFile puts what is wrong with the file as a whole beside its field.
func atFile(err error) error {
	if p := problem.As(err); p != nil && p.Kind == problem.Invalid && len(p.Fields) == 0 {
		var f problem.Form
		f.Add("file", p.Key, p.Args)
		return f.Err()
	}
	return err
}

// previewView is what was understood of a file, before anything is stored.
type previewView struct {
	*web.Page
	Plan   *store.LedgerPlan
	Bad    []sheet.Finding // for which the file is not accepted
	Doubts []sheet.Finding
}

func (a *Admin) accountPreview(c *fiber.Ctx) error {
	v, err := a.previewView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, accountPreviewView(v))
}

func (a *Admin) previewView(c *fiber.Ctx) (*previewView, error) {
	p := web.PageOf(c)
	plan, err := a.Store.In(p.Community).LedgerPlan(web.Context(c), p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	a.officePage(c, p.T("ledger.preview.title"))
	p.Back = ui.Link{Text: p.T("ledger.desk.title"), Href: p.AdminURL("accounts")}
	v := &previewView{Page: p, Plan: plan}
	for _, f := range plan.Ledger.Findings {
		if f.Severity == sheet.Error {
			v.Bad = append(v.Bad, f)
		} else {
			v.Doubts = append(v.Doubts, f)
		}
	}
	return v, nil
}

func (a *Admin) accountConfirm(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	reason := f.OptionalArea("reason", 1000)
	err := f.Err()
	var drafts []models.AccountMonth
	if err == nil {
		drafts, err = a.Store.In(p.Community).ConfirmLedger(web.Context(c), p.Actor, p.ParamID("id"), reason)
	}
	if err != nil {
		v, broken := a.previewView(c)
		if broken != nil {
			return broken
		}
		return web.Again(c, err, accountPreviewView(v))
	}
	if len(drafts) == 1 {
		return web.Redirect(c, p.AdminURL("accounts", drafts[0].ID.String()))
	}
	return web.Redirect(c, p.AdminURL("accounts"))
}

func (a *Admin) accountImportDrop(c *fiber.Ctx) error {
	p := web.PageOf(c)
	if err := a.Store.In(p.Community).DropImport(web.Context(c), p.Actor, p.ParamID("id")); err != nil {
		return err
	}
	return web.Redirect(c, p.AdminURL("accounts"))
}

// findingText puts a finding into words.
func findingText(p *web.Page, f sheet.Finding) string {
	return p.Text(problem.Text{Key: f.Key, Args: f.Args})
}

// place is where a finding or a skipped row stands: sheet and cell or row.
func place(sheetName string, row int, cell string) string {
	switch {
	case cell != "":
		return sheetName + " · " + cell
	case row > 0:
		return sheetName + " · " + strconv.Itoa(row)
	}
	return sheetName
}

// skipGroup are rows that were left out for the same reason.
type skipGroup struct {
	Reason string
	Rows   []sheet.Skip
}

// skips groups what was left out by reason, in the order of the file.
func (v *previewView) skips() []skipGroup {
	var groups []skipGroup
	for _, s := range v.Plan.Ledger.Skipped {
		i := slices.IndexFunc(groups, func(g skipGroup) bool { return g.Reason == s.Reason })
		if i < 0 {
			groups = append(groups, skipGroup{Reason: s.Reason})
			i = len(groups) - 1
		}
		groups[i].Rows = append(groups[i].Rows, s)
	}
	return groups
}

// doubtful tells whether a finding names a cell of the row.
func (v *previewView) doubtful(sheetName string, row int) ui.Kind {
	at := func(f sheet.Finding) bool { return f.Sheet == sheetName && rowOf(f) == row }
	switch {
	case slices.ContainsFunc(v.Bad, at):
		return ui.Danger
	case slices.ContainsFunc(v.Doubts, at):
		return ui.Attention
	}
	return ui.Plain
}

// rowOf is the row of a finding, also when only its cell is named.
func rowOf(f sheet.Finding) int {
	if f.Row > 0 {
		return f.Row
	}
	i := 0
	for i < len(f.Cell) && (f.Cell[i] < '0' || f.Cell[i] > '9') {
		i++
	}
	n, _ := strconv.Atoi(f.Cell[i:])
	return n
}
