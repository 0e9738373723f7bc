package portal

import (
	"context"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
)

// matterView is one matter on its way.
type matterView struct {
	*web.Page
	M *store.MatterView
}

func (p *Portal) matterOf(ctx context.Context, page *web.Page) (*matterView, error) {
	m, err := p.Store.In(page.Community).PublicMatter(ctx, page.ParamID("matter"))
	if err != nil {
		return nil, err
	}
	page.Title, page.Place = m.Title, "together"
	page.Back = ui.Link{Text: page.T("assembly.title"), Href: page.URL("assembly")}
	return &matterView{page, m}, nil
}

func (p *Portal) matter(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.matterOf(ctx, page)
	if err != nil {
		return nil, err
	}
	return matterPage(v), nil
}

func (p *Portal) commentPage(c *fiber.Ctx) (*matterView, error) {
	v, err := p.matterOf(web.Context(c), web.PageOf(c))
	if err == nil {
		v.NoIndex = true
		v.Back = ui.Link{Text: v.M.Title, Href: v.URL("assembly", "matters", v.M.ID.String())}
	}
	return v, err
}

func (p *Portal) commentForm(c *fiber.Ctx) error {
	v, err := p.commentPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, commentPage(v))
}

func (p *Portal) comment(c *fiber.Ctx) error {
	v, err := p.commentPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	text := f.Area("comment", 500)
	if err = f.Err(); err == nil {
		_, err = p.Store.In(v.Community).CommentMatter(web.Context(c), v.Actor, v.M.ID, text)
	}
	if err != nil {
		return web.Again(c, err, commentPage(v))
	}
	return web.Redirect(c, v.URL("assembly", "matters", v.M.ID.String())+"#comments")
}
