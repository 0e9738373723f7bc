package portal

import (
	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

type inboxView struct {
	*web.Page
	Letters []store.Letter
	Unread  int
	Older   ui.Link
}

func (p *Portal) inbox(c *fiber.Ctx) error {
	v := inboxView{Page: mePage(c, web.PageOf(c).T("me.inbox.title"))}
	before, _ := models.ParseID(v.Query("before")) // anything else begins at the newest
	letters, more, err := p.Store.Inbox(web.Context(c), v.Actor.UserID, before)
	if err != nil {
		return err
	}
	v.Letters = letters
	if v.Unread, err = p.Store.Unread(web.Context(c), v.Actor.UserID); err != nil {
		return err
	}
	if more {
		v.Older = ui.Link{Text: v.T("me.inbox.older"), Href: "/me/inbox?before=" + letters[len(letters)-1].ID.String()}
	}
	return web.Render(c, fiber.StatusOK, inboxPage(v))
}

func (p *Portal) readInbox(c *fiber.Ctx) error {
	if err := p.Store.ReadAll(web.Context(c), web.ActorOf(c)); err != nil {
		return err
	}
	return web.Redirect(c, "/me/inbox")
}

// openLetter marks a message as read and goes where it leads.
func (p *Portal) openLetter(c *fiber.Ctx) error {
	f := web.FormOf(c)
	id := f.ID("letter")
	if f.Err() != nil {
		return problem.New(problem.NotFound, "error.notfound", nil)
	}
	link, err := p.Store.OpenLetter(web.Context(c), web.ActorOf(c), id)
	if err != nil {
		return err
	}
	return web.Redirect(c, web.SafePath(link, "/me/inbox"))
}

// letterFrom is the small line of a message: when, and from which community.
func letterFrom(v inboxView, l store.Letter) string {
	if l.Community == nil {
		return v.Ago(l.At)
	}
	return v.Ago(l.At) + " \u00b7 " + l.Community.Name
}

func unless(no bool, s string) string {
	if no {
		return ""
	}
	return s
}
