package admin

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// inquiryRoutes: residents' questions about the accounts, as the office works
// on them.
func (a *Admin) inquiryRoutes() []web.Route {
	const all = "/admin/:community/inquiries"
	return []web.Route{
		{Method: "GET", Path: all, Object: "inquiry", Action: "read_full", Handle: a.inquiries},
		{Method: "GET", Path: all + "/:id", Object: "inquiry", Action: "read_full", Handle: a.inquiry},
		{Method: "POST", Path: all + "/:id/answer", Object: "inquiry", Action: "answer", Handle: a.answer},
		{Method: "POST", Path: all + "/:id/hide", Object: "inquiry", Action: "answer", Handle: a.hideWords},
		{Method: "POST", Path: all + "/:id/forward", Object: "inquiry", Action: "forward", Handle: a.forward},
		{Method: "POST", Path: all + "/:id/report", Object: "inquiry", Action: "report", Handle: a.inquiryAct("reason", (*store.Tenant).ReportInquiry)},
		{Method: "POST", Path: all + "/:id/order", Object: "inquiry", Action: "order", Handle: a.inquiryAct("order", (*store.Tenant).OrderInquiry)},
		{Method: "POST", Path: all + "/:id/close", Object: "inquiry", Action: "order", Handle: a.inquiryAct("close", (*store.Tenant).CloseInquiry)},
	}
}

var (
	inquiryKinds = i18n.Family("inquiry.kind.")
	inquiryRoles = i18n.Family("role.")
)

// Lengths that the fields take; the store says the same.
const (
	maxAnswer        = 2000
	maxInquiryReason = 1000
)

// inquiriesView is the list of questions, each with what it waits for.
type inquiriesView struct {
	*web.Page
	Kind   store.InquiryKind
	List   []models.Inquiry
	Counts map[store.InquiryKind]int
	Older  models.ID
}

func (a *Admin) inquiries(c *fiber.Ctx) error {
	p := web.PageOf(c)
	a.officePage(c, p.T("inquiry.desk.title"))
	t, ctx := a.Store.In(p.Community), web.Context(c)
	v := &inquiriesView{Page: p, Kind: store.InquiriesAll}
	for _, k := range store.InquiryKinds {
		if p.Query("kind") == string(k) {
			v.Kind = k
		}
	}
	before, _ := models.ParseID(p.Query("before")) // anything else: from the newest
	var more bool
	var err error
	if v.List, more, err = t.Inquiries(ctx, v.Kind, before); err != nil {
		return err
	}
	if more {
		v.Older = v.List[len(v.List)-1].ID
	}
	if v.Counts, err = t.InquiryCounts(ctx); err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, inquiriesPage(v))
}

// inquiryView is one question with what the reader may do about it.
type inquiryView struct {
	*web.Page
	In         *models.Inquiry
	Entry      *models.AccountEntry // nil: about the month as a whole
	Preview    string               // the answer as the public will read it
	MayAnswer  bool
	MayForward bool
	MayReport  bool
	MayOrder   bool
	MayClose   bool
	MayHide    bool
}

func (a *Admin) inquiryPage(c *fiber.Ctx) (*inquiryView, error) {
	p := web.PageOf(c)
	t, ctx := a.Store.In(p.Community), web.Context(c)
	in, err := t.Inquiry(ctx, p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	a.officePage(c, p.T("inquiry.one", "number", in.Number))
	p.Wide = false
	p.Back = ui.Link{Text: p.T("inquiry.desk.title"), Href: p.AdminURL("inquiries")}
	v := &inquiryView{Page: p, In: in}
	if in.EntryID != 0 {
		if v.Entry, _, err = t.AccountEntry(ctx, in.EntryID); err != nil {
			return nil, err
		}
	}
	v.powers(c, a.Store.Guard().RolesOf(p.Actor, p.Community, p.Today()))
	return v, nil
}

// powers says which acts to offer; the use cases ask again.
func (v *inquiryView) powers(c *fiber.Ctx, roles policy.RoleSet) {
	can := func(action, move string) bool {
		_, err := policy.Next(policy.InquiryMoves, v.In.State, move, roles)
		return err == nil && web.May(c, "inquiry", action)
	}
	v.MayAnswer = can("answer", "answer") && v.In.UserID != v.Actor.UserID
	v.MayForward = can("forward", "forward")
	by := policy.Signer{UserID: v.Actor.UserID, Roles: roles}
	v.MayReport = web.May(c, "inquiry", "report") && policy.MayReportToStreet(*v.In, by, v.Today()) == nil
	v.MayOrder = can("order", "order") && v.In.OrderedAt == nil
	v.MayClose = can("order", "close")
	v.MayHide = web.May(c, "inquiry", "answer")
}

func (a *Admin) inquiry(c *fiber.Ctx) error {
	v, err := a.inquiryPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, inquiryPage(v))
}

// done leads back to the question after an act, or shows the form once more.
func (v *inquiryView) done(c *fiber.Ctx, err error) error {
	if err != nil {
		return web.Again(c, err, inquiryPage(v))
	}
	return web.Redirect(c, backToDay(c, v.path()))
}

// answer shows first what the public will read, and sends when that was seen.
func (a *Admin) answer(c *fiber.Ctx) error {
	v, err := a.inquiryPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	t, text := a.Store.In(v.Community), f.Area("answer", maxAnswer)
	if err = f.Err(); err == nil && f.Has("change") {
		v.Set("answer", text)
		return web.Render(c, fiber.StatusOK, inquiryPage(v))
	}
	if err == nil && !f.Has("send") {
		if v.Preview, err = t.AnswerMask(web.Context(c), v.In.ID, text); err == nil {
			v.Set("answer", text)
			v.Set("day", f.Raw("day"))
			return web.Render(c, fiber.StatusOK, inquiryPreviewPage(v))
		}
	}
	if err == nil {
		err = t.AnswerInquiry(web.Context(c), v.Actor, v.In.ID, text)
	}
	return v.done(c, err)
}

func (a *Admin) hideWords(c *fiber.Ctx) error {
	v, err := a.inquiryPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	passages := strings.Split(f.Area("passages", maxInquiryReason), "\n")
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).HideWords(web.Context(c), v.Actor, v.In.ID, passages)
	}
	return v.done(c, err)
}

func (a *Admin) forward(c *fiber.Ctx) error {
	v, err := a.inquiryPage(c)
	if err != nil {
		return err
	}
	return v.done(c, a.Store.In(v.Community).ForwardInquiry(web.Context(c), v.Actor, v.In.ID))
}

// inquiryAct is the handler of an act that is one text.
func (a *Admin) inquiryAct(field string, do func(*store.Tenant, context.Context, models.Actor, models.ID, string) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v, err := a.inquiryPage(c)
		if err != nil {
			return err
		}
		f := web.FormOf(c)
		text := f.Area(field, maxInquiryReason)
		if err = f.Err(); err == nil {
			err = inField(do(a.Store.In(v.Community), web.Context(c), v.Actor, v.In.ID, text), field)
		}
		return v.done(c, err)
	}
}
