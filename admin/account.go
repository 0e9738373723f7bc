package admin

import (
	"context"
	"slices"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

func (a *Admin) accountRoutes() []web.Route {
	const desk = "/admin/:community/accounts"
	return []web.Route{
		{Method: "GET", Path: desk, Object: "account", Action: "read_draft", Handle: a.accountDesk},
		{Method: "POST", Path: desk, Object: "account", Action: "import", Upload: true, Handle: a.accountUpload},
		{Method: "GET", Path: desk + "/import/:id", Object: "account", Action: "import", Handle: a.accountPreview},
		{Method: "POST", Path: desk + "/import/:id/confirm", Object: "account", Action: "confirm", Handle: a.accountConfirm},
		{Method: "POST", Path: desk + "/import/:id/drop", Object: "account", Action: "import", Handle: a.accountImportDrop},
		{Method: "GET", Path: desk + "/line/:id/withdraw", Object: "account", Action: "withdraw", Handle: a.withdrawForm},
		{Method: "POST", Path: desk + "/line/:id/withdraw", Object: "account", Action: "withdraw", Handle: a.withdraw},
		{Method: "GET", Path: desk + "/:id", Object: "account", Action: "read_draft", Handle: a.accountMonth},
		{Method: "GET", Path: desk + "/:id/sign/clerk", Object: "account", Action: "sign_clerk", Handle: a.signForm(models.StepClerk)},
		{Method: "POST", Path: desk + "/:id/sign/clerk", Object: "account", Action: "sign_clerk", Handle: a.sign(models.StepClerk)},
		{Method: "GET", Path: desk + "/:id/sign/director", Object: "account", Action: "sign_director", Handle: a.signForm(models.StepDirector)},
		{Method: "POST", Path: desk + "/:id/sign/director", Object: "account", Action: "sign_director", Handle: a.sign(models.StepDirector)},
		{Method: "GET", Path: desk + "/:id/sign/supervisor", Object: "account", Action: "sign_supervisor", Handle: a.signForm(models.StepSupervisor)},
		{Method: "POST", Path: desk + "/:id/sign/supervisor", Object: "account", Action: "sign_supervisor", Handle: a.sign(models.StepSupervisor)},
		{Method: "GET", Path: desk + "/:id/back", Object: "account", Action: "send_back", Handle: a.backForm},
		{Method: "POST", Path: desk + "/:id/back", Object: "account", Action: "send_back", Handle: a.back},
		{Method: "GET", Path: desk + "/:id/drop", Object: "account", Action: "confirm", Handle: a.dropForm},
		{Method: "POST", Path: desk + "/:id/drop", Object: "account", Action: "confirm", Handle: a.drop},
		{Method: "GET", Path: desk + "/:id/export/:format", Object: "account", Action: "export", Handle: a.accountExport},
		{Method: "GET", Path: desk + "/:id/correct", Object: "account", Action: "correct", Handle: a.correctForm},
	}
}

var (
	stateNames  = i18n.Family("ledger.state.")
	stepNames   = i18n.Family("ledger.step.")
	eventNames  = i18n.Family("ledger.event.")
	changeNames = i18n.Family("ledger.change.")
)

// stateKind colours a month's state; the words stand beside it.
func stateKind(s models.AccountState) ui.Kind {
	switch s {
	case models.AccountPublished:
		return ui.Good
	case models.AccountSigning:
		return ui.Attention
	}
	return ui.Plain
}

// officePage begins a page of the office.
func (a *Admin) officePage(c *fiber.Ctx, title string) *web.Page {
	p := web.PageOf(c)
	p.Title, p.Place, p.Wide, p.NoIndex = title, "me", true, true
	return p
}

// deskView is the list of months, what waits for the reader first.
type deskView struct {
	*web.Page
	Waiting    []store.DeskMonth
	Months     []store.DeskMonth
	Imports    []models.Import // of the reader, waiting to be confirmed
	MayImport  bool
	Bookkeeper bool // keeps the books of several communities
}

func (a *Admin) accountDesk(c *fiber.Ctx) error {
	v, err := a.deskView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, accountDeskView(v))
}

func (a *Admin) deskView(c *fiber.Ctx) (*deskView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("ledger.desk.title"))
	t, ctx := a.Store.In(p.Community), web.Context(c)
	v := &deskView{Page: p, MayImport: web.May(c, "account", "import")}
	v.Bookkeeper = a.Store.Guard().Roles(p.Actor.UserID, p.Community.ID, p.Today()).Has(models.RoleBookkeeper)
	var err error
	if v.Months, err = t.AccountDesk(ctx); err != nil {
		return nil, err
	}
	for _, m := range slices.Backward(v.Months) { // the oldest first: they are published in this order
		if t.WaitsFor(p.Actor, m, p.Today()) {
			v.Waiting = append(v.Waiting, m)
		}
	}
	if !v.MayImport {
		return v, nil
	}
	imports, err := t.Imports(ctx, models.ImportLedger, 20)
	for _, im := range imports {
		if im.State == models.ImportStaged && im.ByUserID == p.Actor.UserID && p.Now.Before(im.CreatedAt.Add(store.ImportLife)) {
			v.Imports = append(v.Imports, im)
		}
	}
	return v, err
}

// monthView is one version of a month.
type monthView struct {
	*web.Page
	M          models.AccountMonth
	Entries    []models.AccountEntry // one page of them
	Next       int                   // line after which the next page begins; 0 at the end
	Signatures []models.AccountSignature
	Events     []models.AccountEvent
	Versions   []models.AccountMonth // the month's other versions
	Step       models.SignStep       // that it waits for
	Mine       bool                  // by the reader
	MayBack    bool
	MayDrop    bool
	MayCorrect bool
	MayRemove  bool // may withdraw words
	Removing   bool // the lines have their buttons for it
	MayExport  bool // with the names inside
	MayFile    bool // may attach receipts to a draft's lines
	Files      map[models.ID][]models.Attachment
	Undecided  []models.AccountEntry // that ask for a decision and name none
}

// monthLines is how many lines a page shows.
const monthLines = 100

func (a *Admin) accountMonth(c *fiber.Ctx) error {
	v, err := a.monthView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, accountMonthView(v))
}

func (a *Admin) monthView(c *fiber.Ctx) (*monthView, error) {
	p := web.PageOf(c)
	t, ctx := a.Store.In(p.Community), web.Context(c)
	m, err := t.Account(ctx, p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	a.officePage(c, p.T("ledger.month.title", "month", m.Month))
	v := &monthView{Page: p, M: *m}
	p.Back = ui.Link{Text: p.T("ledger.desk.title"), Href: p.AdminURL("accounts")}
	if err := v.read(ctx, t); err != nil {
		return nil, err
	}
	d := store.DeskMonth{AccountMonth: *m, Signatures: v.current()}
	v.Step, v.Mine = d.NextStep(), t.WaitsFor(p.Actor, d, p.Today())
	roles := a.Store.Guard().RolesOf(p.Actor, p.Community, p.Today())
	can := func(action string) bool {
		_, err := policy.Next(policy.AccountMoves, m.State, action, roles)
		return err == nil
	}
	v.MayDrop = can("drop") && web.May(c, "account", "confirm")
	v.MayBack = m.State == models.AccountSigning && can("send_back") && web.May(c, "account", "send_back")
	if m.State == models.AccountDraft && web.May(c, "account", "confirm") {
		if v.Undecided, err = t.UndecidedEntries(ctx, m.ID); err != nil {
			return nil, err
		}
	}
	v.MayCorrect = can("correct") && web.May(c, "account", "correct")
	v.MayRemove = (m.State == models.AccountPublished || m.State == models.AccountSuperseded) && web.May(c, "account", "withdraw")
	v.MayExport = web.May(c, "account", "export")
	v.MayFile = m.State == models.AccountDraft && web.May(c, "attachment", "upload")
	v.Removing = v.MayRemove && p.Query("withdraw") != ""
	return v, nil
}

func (v *monthView) read(ctx context.Context, t *store.Tenant) error {
	var err error
	if v.Entries, err = t.EntryPage(ctx, v.M.ID, lineOf(v.Query("after")), monthLines+1); err != nil {
		return err
	}
	if len(v.Entries) > monthLines {
		v.Entries = v.Entries[:monthLines]
		v.Next = v.Entries[monthLines-1].Line
	}
	ids := make([]models.ID, len(v.Entries))
	for i, e := range v.Entries {
		ids[i] = e.ID
	}
	if v.Files, err = t.FilesOf(ctx, "entry", ids); err != nil {
		return err
	}
	if v.Signatures, err = t.AccountSignatures(ctx, v.M.ID); err != nil {
		return err
	}
	if v.Events, err = t.AccountEvents(ctx, v.M.ID); err != nil {
		return err
	}
	v.Versions, err = t.Accounts(ctx, store.AccountFilter{Month: v.M.Month})
	return err
}

// lineOf reads a line's number from an address; 0 for anything else.
func lineOf(s string) int {
	id, ok := models.ParseID(s)
	if !ok || id > 1<<20 {
		return 0
	}
	return int(id)
}

// current are the signatures of the round that runs.
func (v *monthView) current() []models.AccountSignature {
	var out []models.AccountSignature
	for _, s := range v.Signatures {
		if s.Round == v.M.Round {
			out = append(out, s)
		}
	}
	return out
}

func (v *monthView) path(parts ...string) string {
	return v.AdminURL(append([]string{"accounts", v.M.ID.String()}, parts...)...)
}
