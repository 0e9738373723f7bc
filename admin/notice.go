package admin

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

func (a *Admin) noticeRoutes() []web.Route {
	const list = "/admin/:community/notices"
	const one = list + "/:id"
	return []web.Route{
		{Method: "GET", Path: list, Object: "notice", Action: "review", Handle: a.notices},
		{Method: "GET", Path: list + "/new", Object: "notice", Action: "create", Handle: a.newNotice},
		{Method: "POST", Path: list + "/new", Object: "notice", Action: "create", Handle: a.createNotice},
		{Method: "GET", Path: one, Object: "notice", Action: "review", Handle: a.notice},
		{Method: "GET", Path: one + "/edit", Object: "notice", Action: "create", Handle: a.editNotice},
		{Method: "POST", Path: one + "/edit", Object: "notice", Action: "create", Handle: a.saveNotice},
		{Method: "GET", Path: one + "/correct", Object: "notice", Action: "create", Handle: a.correctNoticeForm},
		{Method: "POST", Path: one + "/correct", Object: "notice", Action: "create", Handle: a.correctNotice},
		{Method: "POST", Path: one + "/files", Object: "attachment", Action: "upload", Upload: true, Handle: a.noticeFiles},
		{Method: "POST", Path: one + "/submit", Object: "notice", Action: "create", Handle: a.submitNotice},
		{Method: "GET", Path: one + "/drop", Object: "notice", Action: "create", Handle: a.askNotice("drop")},
		{Method: "POST", Path: one + "/drop", Object: "notice", Action: "create", Handle: a.dropNotice},
		{Method: "GET", Path: one + "/urgent", Object: "notice", Action: "urgent", Handle: a.askNotice("urgent")},
		{Method: "POST", Path: one + "/urgent", Object: "notice", Action: "urgent", Handle: a.urgentNotice},
		{Method: "POST", Path: one + "/sign", Object: "notice", Action: "sign", Handle: a.signNotice},
		{Method: "POST", Path: one + "/publish", Object: "notice", Action: "publish", Handle: a.publishNotice},
		{Method: "GET", Path: one + "/back", Object: "notice", Action: "review", Handle: a.askNotice("back")},
		{Method: "POST", Path: one + "/back", Object: "notice", Action: "review", Handle: a.backNotice},
		{Method: "POST", Path: one + "/seen", Object: "notice", Action: "review", Handle: a.seenNotice},
		{Method: "GET", Path: one + "/withdraw", Object: "notice", Action: "withdraw", Handle: a.askNotice("withdraw")},
		{Method: "POST", Path: one + "/withdraw", Object: "notice", Action: "withdraw", Handle: a.withdrawNotice},
	}
}

var (
	noticeKinds   = i18n.Family("notice.kind.")
	noticeStates  = i18n.Family("notice.state.")
	categoryNames = i18n.Family("disclosure.category.")

	noticeKindHints  = i18n.Family("notice.kind.hint.")
	noticeAsks       = i18n.Family("notice.ask.")
	noticeAskTexts   = i18n.Family("notice.ask.text.")
	noticeAskButtons = i18n.Family("notice.ask.yes.")
)

// noticeDesk lists notices: what waits for the reader first.
type noticeDesk struct {
	*web.Page
	Mine      []models.Notice // waits for the reader's signature, publication or look
	Open      []models.Notice // others that are not out yet
	Past      []models.Notice
	More      bool
	MayCreate bool
}

// noticesShown is how many published notices the desk lists.
const noticesShown = 30

func (a *Admin) notices(c *fiber.Ctx) error {
	v := noticeDesk{Page: a.officePage(c, web.PageOf(c).T("notice.desk.title")), MayCreate: web.May(c, "notice", "create")}
	t, ctx := a.Store.In(v.Community), web.Context(c)
	open, err := t.OpenNotices(ctx)
	if err != nil {
		return err
	}
	unseen, err := t.UrgentUnseen(ctx)
	if err != nil {
		return err
	}
	acts := a.noticeActs(c)
	for _, n := range append(open, unseen...) {
		switch {
		case acts.waits(n):
			v.Mine = append(v.Mine, n)
		case n.State != models.NoticePublished:
			v.Open = append(v.Open, n)
		}
	}
	before, _ := models.ParseID(v.Query("after"))
	if v.Past, v.More, err = t.PastNotices(ctx, before, noticesShown); err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, noticeDeskPage(v))
}

// noticeActs is what the reader's posts allow with notices.
type noticeActs struct {
	user                    models.ID
	signer                  policy.Signer
	create, urgent, publish bool
	sign, withdraw          bool
}

func (a *Admin) noticeActs(c *fiber.Ctx) noticeActs {
	p := web.PageOf(c)
	return noticeActs{
		user:   p.Actor.UserID,
		signer: policy.Signer{UserID: p.Actor.UserID, Roles: a.Store.Guard().RolesOf(p.Actor, p.Community, p.Today())},
		create: web.May(c, "notice", "create"), urgent: web.May(c, "notice", "urgent"), publish: web.May(c, "notice", "publish"),
		sign: web.May(c, "notice", "sign"), withdraw: web.May(c, "notice", "withdraw"),
	}
}

func (x noticeActs) maySign(n models.Notice) bool {
	return x.sign && policy.MaySignNotice(n, x.signer) == nil
}

func (x noticeActs) mayPublish(n models.Notice) bool {
	return x.publish && policy.MayPublishNotice(n, x.signer) == nil
}

func (x noticeActs) mayUrgent(n models.Notice) bool {
	return x.urgent && policy.MayPublishUrgent(n, x.signer) == nil
}

func (x noticeActs) maySee(n models.Notice) bool {
	return n.State == models.NoticePublished && n.Urgent && n.SupervisedAt == nil && n.PublisherID != x.user && (x.sign || x.publish)
}

func (x noticeActs) mayEdit(n models.Notice) bool {
	return n.State == models.NoticeDraft && x.create && (n.ByUserID == x.user || x.signer.Roles.Any(policy.CommitteeRoles))
}

// waits tells whether the notice is the reader's next act; own drafts wait for
// nobody else.
func (x noticeActs) waits(n models.Notice) bool {
	return x.maySign(n) || x.mayPublish(n) || x.maySee(n) || n.State == models.NoticeDraft && n.ByUserID == x.user
}

// noticeView is one version in the office.
type noticeView struct {
	*web.Page
	N        models.Notice
	Item     *models.DisclosureItem
	Versions []models.Notice
	Files    []models.Attachment
	Acts     noticeActs
	Ask      string // the act that the page asks about
}

func (a *Admin) noticeView(c *fiber.Ctx) (*noticeView, error) {
	p := web.PageOf(c)
	t, ctx := a.Store.In(p.Community), web.Context(c)
	n, err := t.Notice(ctx, p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	a.officePage(c, n.Title)
	p.Back = ui.Link{Text: p.T("notice.desk.title"), Href: p.AdminURL("notices")}
	v := &noticeView{Page: p, N: *n, Acts: a.noticeActs(c)}
	if v.Versions, err = t.NoticeVersions(ctx, n.ThreadID); err != nil {
		return nil, err
	}
	if n.ItemID != 0 {
		if v.Item, err = t.DisclosureItem(ctx, n.ItemID); err != nil {
			return nil, err
		}
	}
	p.Scripts = append(p.Scripts, "photo.js")
	v.Files, err = t.Files(ctx, store.Owner{Kind: "notice", ID: n.ID})
	return v, err
}

func (a *Admin) notice(c *fiber.Ctx) error {
	v, err := a.noticeView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, noticeOfficePage(v))
}

func (v *noticeView) path(parts ...string) string {
	return v.AdminURL(append([]string{"notices", v.N.ID.String()}, parts...)...)
}

// seen is the version of the words that travels with a signature.
func (v *noticeView) seen() string { return strconv.FormatInt(v.N.UpdatedAt.UnixMilli(), 10) }

func seenOf(f *web.Form) time.Time {
	ms, err := strconv.ParseInt(f.Raw("seen"), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
