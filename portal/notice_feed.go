package portal

import (
	"encoding/json"
	"encoding/xml"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// noticesFed is how many notices a feed holds.
const noticesFed = 30

func (p *Portal) feedRoutes() []web.Route {
	const notices = "/:community/disclosures/notices"
	return []web.Route{
		{Method: "GET", Path: notices + ".atom", Object: web.Public, Handle: p.noticeAtom},
		{Method: "GET", Path: notices + ".json", Object: web.Public, Handle: p.noticeJSON},
	}
}

func noticeFeeds(page *web.Page) []ui.Feed {
	base := page.URL("disclosures", "notices")
	return []ui.Feed{
		{Title: page.T("notice.list.title"), Href: base + ".atom", Type: "application/atom+xml"},
		{Title: page.T("notice.list.title"), Href: base + ".json", Type: "application/feed+json"},
	}
}

// fed are the notices of a feed. What names people never leaves by one: a
// reader keeps it after its display has ended.
func (p *Portal) fed(c *fiber.Ctx) (*web.Page, []models.Notice, error) {
	page := web.PageOf(c)
	rows, _, err := p.Store.In(page.Community).PublicNotices(web.Context(c), store.NoticeFilter{Limit: noticesFed}, page.Today())
	kept := rows[:0]
	for _, n := range rows {
		if !n.Personal {
			kept = append(kept, n)
		}
	}
	return page, kept, err
}

func (p *Portal) noticeAtom(c *fiber.Ctx) error {
	page, rows, err := p.fed(c)
	if err != nil {
		return err
	}
	home := page.Absolute(page.URL("disclosures", "notices"))
	f := atomFeed{
		Lang: page.Lang, ID: home, Title: page.Community.Name + " " + page.T("notice.list.title"), Author: page.Community.Name,
		Links: []atomLink{{Rel: "self", Href: home + ".atom"}, {Href: home}}, Updated: page.Community.CreatedAt.Format(time.RFC3339),
	}
	for i, n := range rows {
		at := n.PublishedAt.Format(time.RFC3339)
		if i == 0 {
			f.Updated = at
		}
		href := home + "/" + n.ID.String()
		f.Entries = append(f.Entries, atomEntry{ID: href, Title: n.Title, Published: at, Updated: at, Link: atomLink{Href: href}, Summary: firstWords(n.Body, 300)})
	}
	b, err := xml.Marshal(f)
	if err != nil {
		return err
	}
	return sendFeed(c, "application/atom+xml; charset=utf-8", append([]byte(xml.Header), b...))
}

func (p *Portal) noticeJSON(c *fiber.Ctx) error {
	page, rows, err := p.fed(c)
	if err != nil {
		return err
	}
	home := page.Absolute(page.URL("disclosures", "notices"))
	f := jsonFeed{
		Version: "https://jsonfeed.org/version/1.1", Title: page.Community.Name + " " + page.T("notice.list.title"),
		HomePage: home, FeedURL: home + ".json", Language: page.Lang, Items: []feedItem{},
	}
	for _, n := range rows {
		href := home + "/" + n.ID.String()
		f.Items = append(f.Items, feedItem{ID: href, URL: href, Title: n.Title, Text: n.Body, Published: n.PublishedAt.UTC(), Modified: n.PublishedAt.UTC()})
	}
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return sendFeed(c, "application/feed+json; charset=utf-8", b)
}

// sendFeed lets readers ask again at any time: a withdrawn notice must be gone
// at once.
func sendFeed(c *fiber.Ctx, contentType string, b []byte) error {
	c.Set(fiber.HeaderContentType, contentType)
	c.Set(fiber.HeaderCacheControl, "public, no-cache")
	return c.Send(b)
}
