package portal

import (
	"context"

	"github.com/a-h/templ"

	"juwu/internal/web"
	"juwu/models"
)

// togetherRoutes: the third of the four places. What one can do today comes
// first.
func (p *Portal) togetherRoutes() []web.Route {
	return []web.Route{{Method: "GET", Path: "/:community/activities", Object: web.Public, Handle: web.Cached([]string{"home", "activities"}, []string{"after"}, p.together)}}
}

// togetherView is what one can take part in, volunteers' activities first.
type togetherView struct {
	*web.Page
	Activities []models.Activity
	Next       map[models.ID]models.Shift
	After      models.ID // after which the next page begins; 0 at the end
}

func (p *Portal) together(ctx context.Context, page *web.Page) (templ.Component, error) {
	page.Title, page.Place = page.T("shell.together"), "together"
	page.Description = page.T("together.lead")
	after, ok := models.ParseID(page.Query("after"))
	if page.Query("after") != "" && !ok {
		return nil, errNotFound()
	}
	t, now := p.Store.In(page.Community), page.Today().Time()
	v := togetherView{Page: page}
	var more bool
	var err error
	if v.Activities, more, err = t.Activities(ctx, now, after); err != nil {
		return nil, err
	}
	ids := make([]models.ID, len(v.Activities))
	for i, a := range v.Activities {
		ids[i] = a.ID
	}
	if more {
		v.After = ids[len(ids)-1]
	}
	v.Next, err = t.NextShifts(ctx, now, ids)
	return togetherPage(v), err
}
