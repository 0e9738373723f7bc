package portal

import (
	"context"
	"strings"

	"github.com/a-h/templ"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// noticeSubjects are the data that pages of notices show.
var noticeSubjects = []string{"notices", "home"}

func (p *Portal) noticeRoutes() []web.Route {
	const notices = "/:community/disclosures/notices"
	return []web.Route{
		{Method: "GET", Path: notices, Object: web.Public, Handle: web.Cached(noticeSubjects, []string{"kind", "after"}, p.notices)},
		{Method: "GET", Path: notices + "/:id", Object: web.Public, Handle: web.Cached(noticeSubjects, nil, p.notice)},
		{Method: "GET", Path: notices + "/:id/sheet", Object: web.Public, Handle: web.Cached(noticeSubjects, []string{"paper"}, p.noticeSheet)},
	}
}

// Words whose keys are made from values.
const (
	noticeKinds   = i18n.Family("notice.kind.")
	categoryNames = i18n.Family("disclosure.category.")
)

// noticesShown is how many notices a page lists.
const noticesShown = 20

// noticesView is the list of notices that stand.
type noticesView struct {
	*web.Page
	Kind    models.NoticeKind
	Notices []models.Notice
	More    bool
}

func (p *Portal) notices(ctx context.Context, page *web.Page) (templ.Component, error) {
	page.Title, page.Place = page.T("notice.list.title"), "open"
	page.Description = page.T("notice.list.lead")
	page.Back = ui.Link{Text: page.T("disclosure.title"), Href: page.URL("disclosures")}
	page.Feeds = noticeFeeds(page)
	v := noticesView{Page: page, Kind: models.NoticeKind(page.Query("kind"))}
	before, _ := models.ParseID(page.Query("after"))
	if !knownNotice(v.Kind) {
		v.Kind = ""
	}
	var err error
	v.Notices, v.More, err = p.Store.In(page.Community).PublicNotices(ctx, store.NoticeFilter{Kind: v.Kind, Before: before, Limit: noticesShown}, page.Today())
	for _, n := range v.Notices {
		page.NoIndex = page.NoIndex || n.Personal
	}
	return noticesPage(v), err
}

func knownNotice(kind models.NoticeKind) bool {
	for _, k := range policy.NoticeKinds {
		if k == kind {
			return true
		}
	}
	return false
}

func (v noticesView) chips() []ui.Link {
	links := []ui.Link{{Text: v.T("notice.kind.all"), Href: v.URL("disclosures", "notices"), Current: v.Kind == ""}}
	for _, k := range policy.NoticeKinds {
		links = append(links, ui.Link{
			Text: v.T(noticeKinds.Key(string(k))), Href: v.URL("disclosures", "notices") + "?kind=" + string(k), Current: v.Kind == k,
		})
	}
	return links
}

func (v noticesView) next() ui.Link {
	if !v.More {
		return ui.Link{}
	}
	href := v.URL("disclosures", "notices") + "?after=" + v.Notices[len(v.Notices)-1].ID.String()
	if v.Kind != "" {
		href += "&kind=" + string(v.Kind)
	}
	return ui.Link{Text: v.T("notice.list.more"), Href: href}
}

// noticeView is one version of a notice.
type noticeView struct {
	*web.Page
	*store.PublicNotice
}

func (p *Portal) notice(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.noticeView(ctx, page)
	if err != nil {
		return nil, err
	}
	return noticePage(*v), nil
}

func (p *Portal) noticeView(ctx context.Context, page *web.Page) (*noticeView, error) {
	n, err := p.Store.In(page.Community).PublicNotice(ctx, page.ParamID("id"), page.Today())
	if err != nil {
		return nil, err
	}
	v := &noticeView{page, n}
	page.Place, page.Title = "open", v.title()
	page.Back = ui.Link{Text: page.T("notice.list.title"), Href: page.URL("disclosures", "notices")}
	// Old versions and tombstones stay readable by their address, but nobody
	// should be led to them by a search.
	page.NoIndex = n.Personal || n.State != models.NoticePublished
	if !page.NoIndex {
		page.Description = firstWords(n.Body, 120)
		page.Feeds = noticeFeeds(page)
	}
	return v, nil
}

func (v noticeView) gone() bool { return v.Ended || v.State == models.NoticeWithdrawn }

func (v noticeView) title() string {
	switch {
	case v.State == models.NoticeWithdrawn:
		return v.T("notice.withdrawn.title")
	case v.Ended:
		return v.T("notice.ended.title")
	}
	return v.PublicNotice.Title
}

func (v noticeView) over() string {
	over := v.T(noticeKinds.Key(string(v.Kind)))
	if v.Category != "" {
		over += " · " + v.T(categoryNames.Key(v.Category))
	}
	return over
}

func (v noticeView) tag() (string, ui.Kind) {
	switch {
	case v.State == models.NoticeWithdrawn:
		return v.T("notice.state.withdrawn"), ui.Attention
	case v.State == models.NoticeSuperseded:
		return v.T("notice.state.superseded"), ui.Attention
	case v.Urgent:
		return v.T("notice.urgent"), ui.Danger
	}
	return "", ui.Plain
}

// standing is the version that counts now; nil if this is it.
func (v noticeView) standing() *models.Notice {
	for i := range v.Versions {
		if v.Versions[i].State == models.NoticePublished && v.Versions[i].ID != v.ID {
			return &v.Versions[i]
		}
	}
	return nil
}

// before is the version that this one corrects.
func (v noticeView) before() *models.Notice {
	for i := range v.Versions {
		if v.Versions[i].Version == v.Version-1 && v.Versions[i].State == models.NoticeSuperseded {
			return &v.Versions[i]
		}
	}
	return nil
}

// facts are what is written on the board beside the words.
func (v noticeView) facts() []ui.Answer {
	facts := []ui.Answer{
		{Label: v.T("notice.number"), Value: v.Number},
		{Label: v.T("notice.published"), Value: v.Moment(*v.PublishedAt)},
		{Label: v.T("notice.display"), Value: v.displayLine()},
		{Label: v.T("notice.issuer"), Value: web.NoticeIssuer(v.Page, v.Notice)},
		{Label: v.T("notice.publisher"), Value: v.Publisher},
	}
	if v.SupervisedAt != nil {
		label := "notice.supervisor"
		if v.Urgent {
			label = "notice.seen.by"
		}
		facts = append(facts, ui.Answer{Label: v.T(label), Value: v.Supervisor, Lines: []string{v.Moment(*v.SupervisedAt)}})
	}
	if v.Item != nil {
		facts = append(facts, ui.Answer{Label: v.T("notice.item"), Value: v.ItemTitle(v.Item), Lines: []string{v.PeriodName(v.Period)}})
	}
	return facts
}

func (v noticeView) displayLine() string {
	if v.DisplayUntil < v.Today() {
		return v.T("notice.display.over", "day", v.DisplayUntil)
	}
	return v.T("notice.display.until", "day", v.DisplayUntil)
}

// paragraphs of a text: what an empty line separates; single line ends stay.
func paragraphs(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, "\n") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// firstWords is the beginning of a text on one line, at most n characters.
func firstWords(s string, n int) string {
	runes := []rune(strings.Join(strings.Fields(s), " "))
	if len(runes) <= n {
		return string(runes)
	}
	return string(runes[:n-1]) + "…"
}
