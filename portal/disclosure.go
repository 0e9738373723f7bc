package portal

import (
	"context"
	"slices"

	"github.com/a-h/templ"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

func (p *Portal) disclosureRoutes() []web.Route {
	return []web.Route{
		{Method: "GET", Path: "/:community/disclosures", Object: web.Public, Handle: web.Cached([]string{"disclosure", "notices", "accounts"}, nil, p.disclosures)},
	}
}

const (
	disclosureStates = i18n.Family("disclosure.state.")
	rhythmNames      = i18n.Family("disclosure.rhythm.")
)

// disclosuresView is the calendar of what must be made public.
type disclosuresView struct {
	*web.Page
	Groups  []disclosureGroup
	Overdue int
	Due     int
	Done    int
	Newest  []models.Notice
	Account *models.AccountMonth
}

// disclosureGroup is one of the seven categories of art. 34.
type disclosureGroup struct {
	Category string
	Rows     []store.DisclosureRow
}

// newestNotices is how many notices the page shows before the list.
const newestNotices = 5

func (p *Portal) disclosures(ctx context.Context, page *web.Page) (templ.Component, error) {
	page.Title, page.Place, page.Feeds = page.T("disclosure.title"), "open", noticeFeeds(page)
	page.Description = page.T("disclosure.lead")
	t := p.Store.In(page.Community)
	rows, err := t.DisclosureCalendar(ctx, page.Today())
	if err != nil {
		return nil, err
	}
	v := disclosuresView{Page: page}
	for _, r := range rows {
		v.count(r)
		if n := len(v.Groups); n == 0 || v.Groups[n-1].Category != r.Item.Category {
			v.Groups = append(v.Groups, disclosureGroup{Category: r.Item.Category})
		}
		g := &v.Groups[len(v.Groups)-1]
		g.Rows = append(g.Rows, r)
	}
	if v.Newest, _, err = t.PublicNotices(ctx, store.NoticeFilter{Limit: newestNotices}, page.Today()); err != nil {
		return nil, err
	}
	page.NoIndex = slices.ContainsFunc(v.Newest, func(n models.Notice) bool { return n.Personal })
	v.Account, err = t.NewestAccount(ctx)
	return disclosuresPage(v), err
}

func (v *disclosuresView) count(r store.DisclosureRow) {
	for _, o := range r.Owed {
		switch o.State {
		case policy.DisclosureOverdue:
			v.Overdue++
		case policy.DisclosureDue:
			v.Due++
		case policy.DisclosureDone:
			v.Done++
		}
	}
}

// periodsListed is how many periods of an item the page shows besides those
// that are late: the newest that are due or done.
const periodsListed = 2

// shown are the periods of an item worth a line: everything late, and the
// newest of the others.
func shown(owed []policy.Owed) []policy.Owed {
	var out []policy.Owed
	others := 0
	for _, o := range owed {
		late := o.State == policy.DisclosureOverdue
		if o.State == policy.DisclosureRunning || !late && others == periodsListed {
			continue
		}
		if !late {
			others++
		}
		out = append(out, o)
	}
	return out
}

// itemState is the worst that an item owes, for its tag.
func (v disclosuresView) itemState(r store.DisclosureRow) (string, ui.Kind) {
	has := func(s policy.DisclosureState) bool {
		return slices.ContainsFunc(r.Owed, func(o policy.Owed) bool { return o.State == s })
	}
	switch {
	case has(policy.DisclosureOverdue):
		return v.T(disclosureStates.Key("overdue")), ui.Danger
	case has(policy.DisclosureDue):
		return v.T(disclosureStates.Key("due")), ui.Attention
	case has(policy.DisclosureDone):
		return v.T(disclosureStates.Key("done")), ui.Good
	}
	return "", ui.Plain
}

// line is one period in words, with where to read it.
func (v disclosuresView) line(o policy.Owed) ui.Link {
	period := v.PeriodName(o.Period.Name)
	switch {
	case o.State == policy.DisclosureOverdue:
		return ui.Link{Text: v.T("disclosure.line.overdue", "period", period, "day", o.Due, "left", v.Left(o.Due))}
	case o.State == policy.DisclosureDue:
		return ui.Link{Text: v.T("disclosure.line.due", "period", period, "day", o.Due, "left", v.Left(o.Due))}
	}
	l := ui.Link{Text: v.T("disclosure.line.done", "period", period, "day", models.DateOf(o.Done.At))}
	if o.Late {
		l.Text = v.T("disclosure.line.late", "period", period, "day", models.DateOf(o.Done.At), "due", o.Due)
	}
	switch {
	case o.Done.NoticeID != 0:
		l.Href = v.URL("disclosures", "notices", o.Done.NoticeID.String())
	case o.Done.AccountID != 0:
		l.Href = v.URL("accounts", o.Period.Name)
	}
	return l
}
