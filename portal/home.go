package portal

import (
	"context"

	"github.com/a-h/templ"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/models"
)

func (p *Portal) homeRoutes() []web.Route {
	return []web.Route{
		{Method: "GET", Path: "/", Object: web.Public, Handle: web.Cached([]string{"communities"}, nil, p.communities)},
		{Method: "GET", Path: "/:community", Object: web.Public, Handle: web.Cached(homeSubjects, nil, p.home)},
	}
}

// homeSubjects are the data that a community's home page shows.
var homeSubjects = []string{"home", "people", "accounts", "notices", "disclosure"}

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

// homeView is a community's home page as everybody sees it.
type homeView struct {
	*web.Page
	store.Home
}

func (p *Portal) home(ctx context.Context, page *web.Page) (templ.Component, error) {
	page.Place = "home"
	page.Description = page.T("home.description", "community", page.Community.Name)
	h, err := p.Store.In(page.Community).Home(ctx, page.Today())
	if err != nil {
		return nil, err
	}
	return homePage(homeView{page, *h}), nil
}
