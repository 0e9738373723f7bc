package admin

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// auditPage is how many rows of the record stand on one page.
const auditPage = 50

func (a *Admin) auditRoutes() []web.Route {
	return []web.Route{
		{Method: fiber.MethodGet, Path: "/admin/:community/audit", Object: "audit", Action: "read", Handle: a.audit},
	}
}

// The words of an act: what it was done to, and what was done.
const (
	auditOn   = i18n.Family("audit.on.")
	auditDid  = i18n.Family("audit.did.")
	auditWhat = i18n.Family("power.object.")
)

// auditSubjects can be filtered by, in the order of the page.
var auditSubjects = []string{"account", "budget", "claim", "inquiry", "notice", "disclosure", "attachment", "resident", "link", "correction",
	"assembly", "matter", "decision", "petition", "body", "appointment", "kinship", "second_factor", "settings"}

type auditView struct {
	*web.Page
	Rows  []models.AuditRow
	Names map[models.ID]string
	store.AuditFilter
	More bool
}

func (a *Admin) audit(c *fiber.Ctx) error {
	page, t := web.PageOf(c), a.Store.In(web.PageOf(c).Community)
	v := auditView{Page: page, AuditFilter: store.AuditFilter{Limit: auditPage}}
	v.Before, _ = strconv.ParseInt(page.Query("before"), 10, 64) // a wrong one begins at the newest
	v.Before = max(v.Before, 0)
	v.By, _ = models.ParseID(page.Query("by"))
	v.Object, _ = models.ParseID(page.Query("of"))
	if s := page.Query("about"); slices.Contains(auditSubjects, s) {
		v.Subject = s
	}
	var err error
	if v.Rows, err = t.AuditRows(web.Context(c), page.Actor, v.AuditFilter); err != nil {
		return err
	}
	if v.Names, err = t.ActorNames(web.Context(c)); err != nil {
		return err
	}
	v.More = len(v.Rows) == auditPage && v.Rows[len(v.Rows)-1].Seq > 1
	page.Title, page.Wide = page.T("audit.title"), true
	return web.Render(c, fiber.StatusOK, auditList(v))
}

// address of the record with other filters.
func (v auditView) address(f store.AuditFilter) string {
	q := url.Values{}
	for name, value := range map[string]string{"about": f.Subject, "by": number(f.By), "of": number(f.Object)} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.Before > 0 {
		q.Set("before", strconv.FormatInt(f.Before, 10))
	}
	if len(q) == 0 {
		return v.AdminURL("audit")
	}
	return v.AdminURL("audit") + "?" + q.Encode()
}

func number(id models.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

func (v auditView) chips() []ui.Link {
	links := []ui.Link{{Text: v.T("audit.all"), Href: v.address(store.AuditFilter{}), Current: v.Subject == "" && v.By == 0 && v.Object == 0}}
	for _, s := range auditSubjects {
		links = append(links, ui.Link{Text: v.subject(s), Href: v.address(store.AuditFilter{Subject: s}), Current: v.Subject == s})
	}
	return links
}

func (v auditView) subject(s string) string {
	if key := auditSubjectKey(v.Says, s); key != "" {
		return v.T(key)
	}
	return s
}

// act is what was done, in words.
func (v auditView) act(r models.AuditRow) string {
	subject, did, _ := strings.Cut(r.Action, ".")
	if key := auditDidKey(v.Says, r.Action); key != "" {
		did = v.T(key)
	}
	return v.T("audit.act", "on", v.subject(subject), "did", did)
}

func auditSubjectKey(says func(key string) bool, subject string) string {
	for _, key := range []string{auditOn.Key(subject), auditWhat.Key(subject)} {
		if says(key) {
			return key
		}
	}
	return ""
}

// auditDidKey names the words of an act: its own before those that several
// subjects share. "" is an act without words.
func auditDidKey(says func(key string) bool, action string) string {
	for rest, more := action, true; more; _, rest, more = strings.Cut(rest, ".") {
		if key := auditDid.Key(rest); says(key) {
			return key
		}
	}
	return ""
}

// actor is an officer by name, anybody else by the end of their number.
func (v auditView) actor(r models.AuditRow) string {
	switch name := v.Names[r.ActorID]; {
	case r.ActorID == 0:
		return v.T("audit.nobody")
	case name != "":
		return name
	}
	return v.T("audit.someone", "end", tail(r.ActorID))
}

// tail is enough of a number to tell two apart on a page.
func tail(id models.ID) string {
	s := id.String()
	return s[max(0, len(s)-6):]
}

// auditPlaces are where things of a subject are looked at.
var auditPlaces = map[string]string{"account": "accounts", "notice": "notices", "inquiry": "inquiries", "claim": "claims", "resident": "residents", "appointment": "appointments"}

// place is the address of the thing that was acted on; "" if it has no page of
// its own, or it is not an id.
func (v auditView) place(r models.AuditRow) string {
	subject, did, _ := strings.Cut(r.Action, ".")
	path := auditPlaces[subject]
	if path == "" || r.ObjectID == 0 || strings.HasPrefix(did, "import") || did == "stage" || did == "decide" || did == "propose" {
		return ""
	}
	return v.AdminURL(path, r.ObjectID.String())
}
