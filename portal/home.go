package portal

import (
	"context"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/models"
)

func (p *Portal) homeRoutes() []web.Route {
	home := web.ForVisitors(web.Cached(homeSubjects, []string{"building"}, p.home), p.myHome)
	return []web.Route{
		{Method: "GET", Path: "/", Object: web.Public, Handle: web.Cached([]string{"communities"}, nil, p.communities)},
		{Method: "GET", Path: "/:community", Object: web.Public, Handle: home},
	}
}

// homeSubjects are the data that a community's home page shows.
var homeSubjects = []string{"home", "people", "accounts", "notices", "disclosure", "complaints", "volunteers", "meetings", "assembly"}

// Topics on which people do not know whom to ask.
const (
	topicNames = i18n.Family("home.topic.")
	topicWho   = i18n.Family("home.topic.who.")
)

// communitiesView is the list of a site's communities.
type communitiesView struct {
	*web.Page
	Communities []*models.Community
}

func (p *Portal) communities(_ context.Context, page *web.Page) (templ.Component, error) {
	page.Title, page.Place = page.T("home.communities.title"), "home"
	page.Description = page.T("home.communities.lead")
	return communitiesPage(communitiesView{page, p.Store.Communities()}), nil
}

// homeView is a community's home page.
type homeView struct {
	*web.Page
	store.Home
	Grid *models.Grid // the reader's, or that of the building they chose
	Mine []matter     // what waits for whoever is logged in
}

// matter is something that waits for the reader.
type matter struct {
	Title, Desc, Href string
	Late              bool
}

func (p *Portal) home(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.homeView(ctx, page)
	if err != nil {
		return nil, err
	}
	return homePage(*v), nil
}

func (p *Portal) homeView(ctx context.Context, page *web.Page) (*homeView, error) {
	page.Place, page.Feeds = "home", noticeFeeds(page)
	page.Description = page.T("home.description", "community", page.Community.Name)
	h, err := p.Store.In(page.Community).Home(ctx, page.Today())
	if err != nil {
		return nil, err
	}
	v := &homeView{Page: page, Home: *h}
	building, _ := models.ParseID(page.Query("building"))
	for i := range h.Grids {
		for _, b := range h.Grids[i].Buildings {
			if b.ID == building {
				v.Grid = &h.Grids[i].Grid
			}
		}
	}
	return v, nil
}

// myHome is the same page with what waits for the reader first.
func (p *Portal) myHome(c *fiber.Ctx) error {
	page, ctx := web.PageOf(c), web.Context(c)
	v, err := p.homeView(ctx, page)
	if err != nil {
		return err
	}
	if v.Grid == nil {
		if v.Grid, err = p.Store.In(page.Community).MyGrid(ctx, page.Actor); err != nil {
			return err
		}
	}
	if v.Mine, err = p.matters(ctx, page); err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, homePage(*v))
}

// matters are what waits for the reader in the community of the page.
func (p *Portal) matters(ctx context.Context, page *web.Page) ([]matter, error) {
	var all []matter
	guard := p.Store.Guard()
	if guard.Allowed(page.Actor, page.Community, "office", "enter", page.Today()) == nil {
		all = append(all, matter{Title: page.T("home.mine.office"), Desc: page.T("home.mine.office.text"), Href: page.AdminURL()})
	}
	unread, err := p.Store.Unread(ctx, page.Actor.UserID)
	if err != nil {
		return nil, err
	}
	if unread > 0 {
		all = append(all, matter{Title: page.T("home.mine.inbox", "n", unread), Href: "/me/inbox"})
	}
	questions, err := p.Store.MyInquiries(ctx, page.Actor)
	if err != nil {
		return nil, err
	}
	for _, q := range questions {
		if q.Community.ID != page.Community.ID || q.AnsweredAt != nil || q.State == models.InquiryClosed {
			continue
		}
		late := q.DueDay < page.Today()
		m := matter{Title: page.T("home.mine.question", "number", q.Number), Desc: page.T("home.mine.question.due", "day", q.DueDay), Href: page.URL("inquiries", q.ID.String()), Late: late}
		if late {
			m.Desc = page.T("home.mine.question.late", "day", q.DueDay)
		}
		all = append(all, m)
	}
	shifts, err := p.shiftMatters(ctx, page)
	if err != nil {
		return nil, err
	}
	all = append(all, shifts...)
	votes, err := p.ballotMatters(ctx, page)
	if err != nil {
		return nil, err
	}
	all = append(all, votes...)
	for _, more := range []func(context.Context, *web.Page) ([]matter, error){p.assemblyMatters, p.caseMatters, p.meetingMatters, p.gradeMatters, p.electionMatters, p.mediationMatters} {
		some, err := more(ctx, page)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	if _, known := page.Actor.Resident(page.Community.ID); !known {
		all = append(all, matter{Title: page.T("home.mine.roll"), Desc: page.T("home.mine.roll.text"), Href: "/me/roll/" + page.Community.Code})
	}
	return all, nil
}

// shiftMatters are the reader's next shift, colleagues' wishes and requests for
// help that wait for an answer.
func (p *Portal) shiftMatters(ctx context.Context, page *web.Page) ([]matter, error) {
	t := p.Store.In(page.Community)
	v, err := t.Volunteer(ctx, page.Actor)
	if problem.Is(err, problem.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	w, err := t.MyWaiting(ctx, v, page.Now)
	if err != nil {
		return nil, err
	}
	var all []matter
	mine := page.URL("volunteers", "mine")
	if w.Shift != nil {
		all = append(all, matter{Title: page.T("home.mine.shift", "title", w.Title), Desc: when(page, w.Shift.BeginsAt, w.Shift.EndsAt), Href: mine})
	}
	if w.Asked > 0 {
		all = append(all, matter{Title: page.T("home.mine.asked", "n", w.Asked), Href: mine})
	}
	return all, nil
}
