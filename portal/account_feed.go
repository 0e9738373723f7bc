package portal

import (
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// feedLength is how many publications a feed tells: two years of months.
const feedLength = 24

// accountFeeds are named in the head of the accounts' pages.
func accountFeeds(page *web.Page) []ui.Feed {
	title := page.T("account.feed.title", "community", page.Community.Name)
	return []ui.Feed{
		{Title: title, Href: page.URL("accounts.atom"), Type: "application/atom+xml"},
		{Title: title, Href: page.URL("accounts", "feed.json"), Type: "application/feed+json"},
	}
}

type atomLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string   `xml:"id"`
	Title     string   `xml:"title"`
	Updated   string   `xml:"updated"`
	Published string   `xml:"published"`
	Link      atomLink `xml:"link"`
	Summary   string   `xml:"summary"`
}

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

// publications are the feed's items with their words.
func (p *Portal) publications(c *fiber.Ctx) (*web.Page, []models.AccountMonth, error) {
	page := web.PageOf(c)
	rows, err := p.Store.In(page.Community).Publications(web.Context(c), feedLength)
	c.Set(fiber.HeaderCacheControl, "no-cache")
	c.Set(fiber.HeaderVary, "Accept-Language, Cookie")
	return page, rows, err
}

func publicationTitle(page *web.Page, m models.AccountMonth) string {
	if m.Version > 1 {
		return page.T("account.feed.corrected", "period", m.Month)
	}
	return page.T("account.of", "period", m.Month)
}

func publicationText(page *web.Page, m models.AccountMonth) string {
	return page.T("account.feed.text", "opening", m.OpeningFen, "income", m.IncomeFen, "expense", m.ExpenseFen, "closing", m.ClosingFen)
}

func publicationLink(page *web.Page, m models.AccountMonth) string {
	link := page.Absolute(page.URL("accounts", string(m.Month)))
	if m.State == models.AccountSuperseded {
		link += versionQuery(m.Version)
	}
	return link
}

// publicationID stays the same wherever the site moves: the fingerprint.
func publicationID(m models.AccountMonth) string {
	return "urn:sha256:" + hex.EncodeToString(m.Fingerprint)
}

func (p *Portal) accountAtom(c *fiber.Ctx) error {
	page, rows, err := p.publications(c)
	if err != nil {
		return err
	}
	feed := atomFeed{
		Lang: page.Lang, ID: page.Absolute(page.URL("accounts")), Title: page.T("account.feed.title", "community", page.Community.Name),
		Updated: page.Community.CreatedAt.UTC().Format(time.RFC3339), Author: page.Community.Name,
		Links: []atomLink{
			{Rel: "self", Type: "application/atom+xml", Href: page.Absolute(page.URL("accounts.atom"))},
			{Rel: "alternate", Type: "text/html", Href: page.Absolute(page.URL("accounts"))},
		},
	}
	for i, m := range rows {
		updated := updatedAt(m).UTC().Format(time.RFC3339)
		if i == 0 || updated > feed.Updated {
			feed.Updated = updated
		}
		feed.Entries = append(feed.Entries, atomEntry{
			ID: publicationID(m), Title: publicationTitle(page, m), Updated: updated, Published: m.PublishedAt.UTC().Format(time.RFC3339),
			Link: atomLink{Rel: "alternate", Type: "text/html", Href: publicationLink(page, m)}, Summary: publicationText(page, m),
		})
	}
	b, err := xml.MarshalIndent(feed, "", "  ")
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/atom+xml; charset=utf-8")
	return c.Send(append([]byte(xml.Header), b...))
}

// jsonFeed is JSON Feed 1.1.
type jsonFeed struct {
	Version  string     `json:"version"`
	Title    string     `json:"title"`
	HomePage string     `json:"home_page_url"`
	FeedURL  string     `json:"feed_url"`
	Language string     `json:"language"`
	Items    []feedItem `json:"items"`
}

type feedItem struct {
	ID        string    `json:"id"`
	URL       string    `json:"url"`
	Title     string    `json:"title"`
	Text      string    `json:"content_text"`
	Published time.Time `json:"date_published"`
	Modified  time.Time `json:"date_modified"`
}

func (p *Portal) accountJSONFeed(c *fiber.Ctx) error {
	page, rows, err := p.publications(c)
	if err != nil {
		return err
	}
	feed := jsonFeed{
		Version: "https://jsonfeed.org/version/1.1", Title: page.T("account.feed.title", "community", page.Community.Name), Language: page.Lang,
		HomePage: page.Absolute(page.URL("accounts")), FeedURL: page.Absolute(page.URL("accounts", "feed.json")), Items: []feedItem{},
	}
	for _, m := range rows {
		feed.Items = append(feed.Items, feedItem{
			publicationID(m), publicationLink(page, m), publicationTitle(page, m), publicationText(page, m), m.PublishedAt.UTC(), updatedAt(m).UTC(),
		})
	}
	b, err := json.MarshalIndent(feed, "", "  ")
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/feed+json; charset=utf-8")
	return c.Send(append(b, '\n'))
}
