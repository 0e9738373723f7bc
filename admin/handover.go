package admin

import (
	"context"
	"io"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// handoverRoutes are the cases that are with other systems, and the workbooks
// that go there and come back.
func (a *Admin) handoverRoutes() []web.Route {
	const all = "/admin/:community/complaints/handover"
	route := func(method, path string, upload bool, h fiber.Handler) web.Route {
		return web.Route{Method: method, Path: path, Object: "case", Action: "handle", Upload: upload, Handle: h}
	}
	return []web.Route{
		route("GET", all, false, a.handovers),
		route("GET", all+"/:target", false, a.handover),
		route("GET", all+"/:target/workbook", false, a.handoverWorkbook),
		route("POST", all+"/:target/answers", true, a.handoverUpload),
		route("GET", all+"/answers/:id", false, a.handoverAnswers),
		route("POST", all+"/answers/:id", false, a.handoverTake),
		route("POST", "/admin/:community/complaints/:id/handover/:handover", false, a.handoverAgain),
	}
}

var (
	handoverStates  = i18n.Family("handover.state.")
	handoverErrors  = i18n.Family("handover.error.")
	caseSystemKinds = i18n.Family("handover.kind.")
	handoverLeads   = i18n.Family("handover.kind.lead.")
)

func senderOf(c *fiber.Ctx) store.Sender { return store.Sender{Device: web.DeviceHash(c), IP: c.IP()} }

// handoversView are the systems.
type handoversView struct {
	*web.Page
	Targets []models.HandoverTarget
	MaySet  bool
}

func (a *Admin) handovers(c *fiber.Ctx) error {
	p := web.PageOf(c)
	a.officePage(c, p.T("handover.title"))
	p.Wide, p.Back = false, ui.Link{Text: p.T("case.desk.title"), Href: p.AdminURL("complaints")}
	list, err := a.Store.In(p.Community).HandoverTargets(web.Context(c), p.Actor)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, handoversPage(&handoversView{p, list, web.May(c, "settings", "change")}))
}

// handoverView is one system and the cases that are there.
type handoverView struct {
	*web.Page
	Target *models.HandoverTarget
	List   []store.Handover
	Older  models.ID
	Done   string
}

func (a *Admin) handoverView(c *fiber.Ctx) (*handoverView, error) {
	p := web.PageOf(c)
	t, ctx := a.Store.In(p.Community), web.Context(c)
	v := &handoverView{Page: p, Done: p.Query("done")}
	var err error
	if v.Target, err = t.HandoverTarget(ctx, p.Actor, p.ParamID("target")); err != nil {
		return nil, err
	}
	before, _ := models.ParseID(p.Query("before"))
	var more bool
	if v.List, more, err = t.Handovers(ctx, p.Actor, v.Target.ID, before); err != nil {
		return nil, err
	}
	if more {
		v.Older = v.List[len(v.List)-1].ComplaintHandover.ID
	}
	a.officePage(c, v.Target.Name)
	p.Back = ui.Link{Text: p.T("handover.title"), Href: p.AdminURL("complaints", "handover")}
	return v, nil
}

func (a *Admin) handover(c *fiber.Ctx) error {
	v, err := a.handoverView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, handoverPage(v))
}

func (v *handoverView) path(parts ...string) string {
	return v.AdminURL(append([]string{"complaints", "handover", v.Target.ID.String()}, parts...)...)
}

func (v *handoverView) older() ui.Link {
	if v.Older == 0 {
		return ui.Link{}
	}
	return ui.Link{Text: v.T("case.desk.next"), Href: v.path() + "?before=" + v.Older.String()}
}

func (v *handoverView) rows() []ui.TR {
	rows := make([]ui.TR, len(v.List))
	for i, h := range v.List {
		href := v.AdminURL("complaints", h.Case.ID.String())
		cell := handoverCell(v.Page, h)
		rows[i] = ui.TR{ID: "h-" + h.ComplaintHandover.ID.String(), Href: href, Cells: []ui.TD{
			{Text: h.Case.Number, Href: href}, {Text: h.OuterNumber}, {Tag: cell.Tag, TagFor: cell.TagFor, Sub: h.OuterState}, {Text: h.OuterNote}, {Text: v.Moment(h.ComplaintHandover.UpdatedAt)},
		}}
	}
	return rows
}

// handoverCell is a case at another system as one line.
func handoverCell(p *web.Page, h store.Handover) ui.CellProps {
	cell := ui.CellProps{Icon: ui.IconBuilding, Title: h.Target.Name, Desc: h.OuterNumber, Value: h.OuterState, Tag: p.T(handoverStates.Key(string(h.State))), TagFor: ui.Info}
	switch h.State {
	case models.HandoverDone:
		cell.TagFor = ui.Good
	case models.HandoverFailed:
		cell.TagFor, cell.Desc = ui.Danger, p.T(handoverErrors.Key(h.Error))
	case models.HandoverWaiting:
		cell.TagFor = ui.Attention
		if h.Error != "" {
			cell.Desc = p.T(handoverErrors.Key(h.Error))
		}
	}
	return cell
}

func (a *Admin) handoverAgain(c *fiber.Ctx) error {
	p := web.PageOf(c)
	if err := a.Store.In(p.Community).HandAgain(web.Context(c), p.Actor, p.ParamID("id"), p.ParamID("handover")); err != nil {
		return err
	}
	return web.Redirect(c, p.AdminURL("complaints", p.Param("id"))+"#tied")
}

// handoverColumns are the fields such offices use; the last three are theirs to
// fill in.
var handoverColumns = []string{
	"handover.col.number", "handover.col.received", "handover.col.channel", "handover.col.kind", "handover.col.category", "handover.col.place", "handover.col.text",
	"handover.col.name", "handover.col.phone", "handover.col.deadline", "handover.col.unit", "handover.col.urgent",
	"handover.col.outer", "handover.col.state", "handover.col.answer",
}

var handoverWidths = []float64{26, 12, 10, 10, 16, 22, 60, 10, 14, 12, 16, 8, 22, 12, 50}

// handoverWorkbook streams the cases that the other side has not finished.
func (a *Admin) handoverWorkbook(c *fiber.Ctx) error {
	p := web.PageOf(c)
	t := a.Store.In(p.Community)
	to, err := t.HandoverTarget(web.Context(c), p.Actor, p.ParamID("target"))
	if err != nil {
		return err
	}
	if to.Kind != models.HandoverFile {
		return notThere()
	}
	list, err := t.Categories(web.Context(c))
	if err != nil {
		return err
	}
	book := sheet.Table{Name: to.Name, Widths: handoverWidths}
	for _, key := range handoverColumns {
		book.Header = append(book.Header, p.T(key))
	}
	names, actor, words := p.CategoryNames(list), p.Actor, handedWords(p)
	return web.Download(c, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", p.Community.Code+"-handover-"+string(p.Today())+".xlsx", func(ctx context.Context, w io.Writer) error {
		cases, err := t.HandedCases(ctx, actor, to.ID)
		if err != nil {
			return err
		}
		book.Rows = func(yield func([]any, error) bool) {
			for h, err := range cases {
				if err != nil {
					yield(nil, err)
					return
				}
				if !yield(handedRow(h, names, words), nil) {
					return
				}
			}
		}
		return sheet.WriteTable(w, sheet.XLSX, book)
	})
}

// handedWords are the words of the cells, looked up before the request ends.
func handedWords(p *web.Page) map[string]string {
	words := map[string]string{"urgent": p.T("case.urgent")}
	for _, ch := range append(models.EntryChannels, models.ChannelWeb, models.ChannelQR, models.ChannelOpen311) {
		words[string(ch)] = p.T(caseChannels.Key(string(ch)))
	}
	for _, k := range caseKinds {
		words["kind."+string(k)] = p.T(caseKindNames.Key(string(k)))
	}
	return words
}

func handedRow(h models.HandedCase, names, words map[string]string) []any {
	urgent := ""
	if h.Urgent {
		urgent = words["urgent"]
	}
	return []any{h.Number, models.DateOf(h.Received), words[h.Channel], words["kind."+h.Kind], names[h.Category], h.Place, h.Text, h.Name, h.Phone, h.Deadline, h.Unit, urgent, "", "", ""}
}

func (a *Admin) handoverUpload(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	files := f.Files("file", 1, 1, store.MaxAnswers)
	err := f.Err()
	var id models.ID
	if err == nil {
		var data []byte
		if data, err = files[0].Bytes(); err != nil {
			return err
		}
		id, err = a.Store.In(p.Community).ReadAnswers(web.Context(c), p.Actor, senderOf(c), p.ParamID("target"), files[0].Name, data)
	}
	if err != nil {
		v, broken := a.handoverView(c)
		if broken != nil {
			return broken
		}
		return web.Again(c, atFile(err), handoverPage(v))
	}
	return web.Redirect(c, p.AdminURL("complaints", "handover", "answers", id.String()))
}

// answersView is a workbook as it was understood.
type answersView struct {
	*web.Page
	*store.Answers
	ID models.ID
}

func (a *Admin) answersView(c *fiber.Ctx) (*answersView, error) {
	p := web.PageOf(c)
	list, err := a.Store.In(p.Community).Answers(web.Context(c), senderOf(c), p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	a.officePage(c, p.T("handover.preview"))
	p.Back = ui.Link{Text: p.T("handover.title"), Href: p.AdminURL("complaints", "handover", list.Target.String())}
	return &answersView{p, list, p.ParamID("id")}, nil
}

func (a *Admin) handoverAnswers(c *fiber.Ctx) error {
	v, err := a.answersView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, answersPage(v))
}

func (a *Admin) handoverTake(c *fiber.Ctx) error {
	v, err := a.answersView(c)
	if err != nil {
		return err
	}
	n, err := a.Store.In(v.Community).TakeAnswers(web.Context(c), v.Actor, senderOf(c), v.ID)
	if err != nil {
		return web.Again(c, err, answersPage(v))
	}
	return web.Redirect(c, v.AdminURL("complaints", "handover", v.Target.String())+"?done="+v.Int(n))
}

// answersShown bounds the preview.
const answersShown = 300

// rows are the doubtful ones first, by sheet and cell, then what will be taken.
func (v *answersView) rows(doubtful bool) []ui.TR {
	var rows []ui.TR
	for _, r := range v.Rows {
		if (r.Error != "") != doubtful || len(rows) >= answersShown {
			continue
		}
		row := ui.TR{Cells: []ui.TD{{Text: r.Number}, {Text: r.Sheet + " " + r.Cell}, {Text: r.Outer}, {Text: r.State}, {Text: r.Note}}}
		switch {
		case doubtful:
			row.Kind = ui.Attention
			row.Cells = []ui.TD{{Text: r.Sheet + " " + r.Cell}, {Text: r.Number}, {Text: v.Text(problem.Text{Key: r.Error})}}
		case r.Same:
			row.Cells[0].Tag = v.T("handover.row.same")
		case r.Was != "" && r.Outer != "" && r.Was != r.Outer:
			row.Cells[2].Sub = v.T("handover.row.was", "number", r.Was)
		}
		rows = append(rows, row)
	}
	return rows
}
