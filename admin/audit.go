package admin

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/web"
	"juwu/models"
)

// auditPage is how many rows of the record stand on one page.
const auditPage = 50

func (a *Admin) auditRoutes() []web.Route {
	return []web.Route{
		{Method: fiber.MethodGet, Path: "/admin/:community/audit", Object: "audit", Action: "read", Handle: a.audit},
	}
}

type auditView struct {
	*web.Page
	Rows []models.AuditRow
	Next string
}

func (a *Admin) audit(c *fiber.Ctx) error {
	page := web.PageOf(c)
	before, err := strconv.ParseInt(page.Query("before"), 10, 64)
	if err != nil {
		before = 0
	}
	rows, err := a.Store.In(page.Community).AuditRows(web.Context(c), page.Actor, before, auditPage)
	if err != nil {
		return err
	}
	v := auditView{Page: page, Rows: rows}
	if len(rows) == auditPage && rows[len(rows)-1].Seq > 1 {
		v.Next = page.AdminURL("audit") + "?before=" + strconv.FormatInt(rows[len(rows)-1].Seq, 10)
	}
	page.Title, page.Wide = page.T("audit.title"), true
	return web.Render(c, fiber.StatusOK, auditList(v))
}

// rows of the table: ids and acts only, never a name.
func (v auditView) actor(r models.AuditRow) string {
	if r.ActorID == 0 {
		return v.T("audit.nobody")
	}
	return r.ActorID.String()
}
