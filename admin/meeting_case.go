package admin

import (
	"github.com/gofiber/fiber/v2"

	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// caseMeetingRoutes: from a case to a meeting.
func (a *Admin) caseMeetingRoutes() []web.Route {
	return []web.Route{
		{Method: "POST", Path: "/admin/:community/complaints/:id/meeting", Object: "meeting", Action: "create", Handle: a.caseMeeting},
	}
}

// caseIn is the case that leads to a new meeting; 0 for none.
func caseIn(p *web.Page) models.ID {
	id, _ := models.ParseID(p.Query("case"))
	return id
}

func caseQuery(p *web.Page) string {
	if id := caseIn(p); id != 0 {
		return "&case=" + id.String()
	}
	return ""
}

// caseMeetings are the called meetings that a case can be joined to.
func (a *Admin) caseMeetings(c *fiber.Ctx, v *caseShowView) error {
	v.MayMeet = web.May(c, "meeting", "create") && v.Case.About == models.AboutNobody
	if !v.MayMeet {
		return nil
	}
	coming, err := a.Store.In(v.Community).ComingMeetings(web.Context(c))
	for _, m := range coming {
		if m.CaseID == 0 {
			v.Meetings = append(v.Meetings, m)
		}
	}
	return err
}

func (a *Admin) caseMeeting(c *fiber.Ctx) error {
	v, err := a.caseShowView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	meeting := f.ID("meeting")
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).LinkMeeting(web.Context(c), v.Actor, v.Case.ID, meeting)
	}
	if err != nil {
		return web.Again(c, err, caseShowPage(v))
	}
	return web.Redirect(c, v.path())
}

func (v *caseShowView) meetingOptions() []ui.Option {
	out := make([]ui.Option, len(v.Meetings))
	for i, m := range v.Meetings {
		out[i] = v.Option("meeting", m.ID.String(), m.Title+" \u00b7 "+clockOf(v.Page, m))
	}
	return out
}
