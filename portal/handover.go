package portal

import (
	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/models"
)

// hookRoutes take what other systems say of cases that were handed over to
// them: a signed message, no person.
func (p *Portal) hookRoutes() []web.Route {
	return []web.Route{{Method: "POST", Path: "/:community/complaints/hooks/:id", Object: web.Public, Machine: true, Handle: p.hook}}
}

// hook answers as webhooks are answered: 204, or a status and a word.
func (p *Portal) hook(c *fiber.Ctx) error {
	page := web.PageOf(c)
	if c.Request().Header.ContentLength() > store.MaxHook {
		return hookRefused(page, c, problem.New(problem.TooLarge, "error.toolarge.any", nil))
	}
	err := p.Store.In(page.Community).TakeHook(web.Context(c), page.ParamID("id"), store.Hook{
		ID: c.Get(models.WebhookID), Timestamp: c.Get(models.WebhookTimestamp), Signature: c.Get(models.WebhookSignature), Body: c.Body(),
	})
	if err != nil {
		return hookRefused(page, c, err)
	}
	return c.SendStatus(fiber.StatusNoContent)
}

var hookStatus = map[problem.Kind]int{
	problem.Unauthorized: 401, problem.Conflict: 409, problem.Invalid: 422, problem.NotFound: 404, problem.TooLarge: 413, problem.Unavailable: 503,
}

func hookRefused(page *web.Page, c *fiber.Ctx, err error) error {
	pr := problem.As(err)
	if pr == nil || hookStatus[pr.Kind] == 0 {
		return err
	}
	return c.Status(hookStatus[pr.Kind]).JSON(fiber.Map{"error": pr.Key, "message": page.Text(problem.Text{Key: pr.Key, Args: pr.Args})})
}
