package portal

import (
	"context"

	"github.com/a-h/templ"

	"juwu/internal/web"
	"juwu/internal/web/ui"
)

// togetherRoutes: the third of the four places. What one can do today comes
// first; what is still being built is named, and not pretended.
func (p *Portal) togetherRoutes() []web.Route {
	return []web.Route{{Method: "GET", Path: "/:community/activities", Object: web.Public, Handle: web.Cached([]string{"home"}, nil, p.together)}}
}

func (p *Portal) together(_ context.Context, page *web.Page) (templ.Component, error) {
	page.Title, page.Place = page.T("shell.together"), "together"
	page.Description = page.T("together.lead")
	return togetherPage(page), nil
}

// comingDoors are what the four places will lead to.
func comingDoors(page *web.Page) []ui.Door {
	coming := page.T("home.coming")
	return []ui.Door{
		{Title: page.T("home.door.meetings"), Icon: ui.IconCalendar, Coming: coming},
		{Title: page.T("home.door.volunteers"), Icon: ui.IconHeart, Coming: coming},
		{Title: page.T("home.door.elections"), Icon: ui.IconBallot, Coming: coming},
	}
}
