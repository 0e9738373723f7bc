package portal

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
)

// The pages for those who believe nothing: what has to be compared, and what a
// program can recompute (docs/check-account.mjs does).
func (p *Portal) proofRoutes() []web.Route {
	return []web.Route{
		{Method: fiber.MethodGet, Path: "/:community/proof", Object: web.Public, Handle: p.proof},
		{Method: fiber.MethodGet, Path: "/:community/proof.json", Object: web.Public, Handle: p.proofJSON},
		{Method: fiber.MethodGet, Path: "/:community/proof/:seq", Object: web.Public, Handle: p.evidence},
	}
}

type proofView struct {
	*web.Page
	*store.Proof
}

func (p *Portal) proof(c *fiber.Ctx) error {
	page := web.PageOf(c)
	proof, err := p.Store.In(page.Community).Proof(web.Context(c))
	if err != nil {
		return err
	}
	page.Title, page.Place = page.T("proof.title"), "open"
	return web.Render(c, fiber.StatusOK, proofPage(proofView{page, proof}))
}

func (p *Portal) proofJSON(c *fiber.Ctx) error {
	proof, err := p.Store.In(web.CommunityOf(c)).Proof(web.Context(c))
	if err != nil {
		return err
	}
	return c.JSON(proof)
}

func (p *Portal) evidence(c *fiber.Ctx) error {
	seq, err := strconv.ParseInt(strings.TrimSuffix(c.Params("seq"), ".json"), 10, 64)
	if err != nil || seq < 1 || c.Params("seq") != strconv.FormatInt(seq, 10)+".json" {
		return problem.New(problem.NotFound, "page.notfound", nil)
	}
	e, err := p.Store.In(web.CommunityOf(c)).Evidence(web.Context(c), seq)
	if err != nil {
		return err
	}
	return c.JSON(e)
}
