package admin

import (
	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

func (a *Admin) bookkeeperRoutes() []web.Route {
	return []web.Route{
		{Method: "GET", Path: "/admin/bookkeeper", Object: "office", Action: "enter", Handle: a.bookkeeper},
	}
}

// keptBooks is a community whose books the reader keeps.
type keptBooks struct {
	Community *models.Community
	Last      *models.AccountMonth // the newest published month
	Open      int                  // months that are drafts or being signed
	Missing   int                  // months that are over and not published, the months before Last not counted
}

// bookkeeperView is the street bookkeeper's overview.
type bookkeeperView struct {
	*web.Page
	Books []keptBooks
}

func (a *Admin) bookkeeper(c *fiber.Ctx) error {
	p := web.PageOf(c)
	p.Title, p.Place, p.Wide, p.NoIndex = p.T("bookkeeper.title"), "me", true, true
	v := &bookkeeperView{Page: p}
	for _, community := range a.Store.Communities() {
		// One's own communities only: whoever may bring in a month there.
		if a.Store.Guard().Allowed(p.Actor, community, "account", "import", p.Today()) != nil {
			continue
		}
		months, err := a.Store.In(community).Accounts(web.Context(c), store.AccountFilter{From: p.Today().Month().Add(-24)})
		if err != nil {
			return err
		}
		v.Books = append(v.Books, keptState(community, months, p.Today()))
	}
	return web.Render(c, fiber.StatusOK, bookkeeperPage(v))
}

// keptState counts what is open and what is late.
func keptState(c *models.Community, months []models.AccountMonth, today models.Date) keptBooks {
	b := keptBooks{Community: c}
	for i, m := range months {
		switch m.State {
		case models.AccountPublished:
			if b.Last == nil {
				b.Last = &months[i]
			}
		case models.AccountDraft, models.AccountSigning:
			b.Open++
		}
	}
	if b.Last != nil {
		for m := b.Last.Month.Add(1); m < today.Month(); m = m.Add(1) {
			b.Missing++
		}
	}
	return b
}

func (v *bookkeeperView) rows() []ui.TR {
	rows := make([]ui.TR, len(v.Books))
	for i, b := range v.Books {
		href := "/admin/" + b.Community.Code + "/accounts"
		last, closing := ui.TD{Text: v.T("bookkeeper.none")}, ui.TD{}
		if b.Last != nil {
			last.Text, closing.Text = v.Month(b.Last.Month), v.Money(b.Last.ClosingFen)
		}
		open := ui.TD{Text: v.Int(b.Open)}
		if b.Missing > 0 {
			last.Tag, last.TagFor = v.T("bookkeeper.missing", "n", b.Missing), ui.Attention
		}
		rows[i] = ui.TR{Href: href, Cells: []ui.TD{{Text: b.Community.Name, Href: href}, last, closing, open, {Body: uploadLink(v, b)}}}
	}
	return rows
}
