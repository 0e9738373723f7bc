package admin

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/policy"
)

// mediations that wait for the reader, who mediates or finds a mediator. The
// line says neither what nor who: the list may stand on a counter.
func (v *dayView) mediations(ctx context.Context, t *store.Tenant, c *fiber.Ctx) error {
	if !web.May(c, "mediation", "handle") {
		return nil
	}
	rows, err := t.DeskMediations(ctx, v.Actor, v.Today())
	for _, m := range rows {
		works := m.Relations.Any(policy.SetOf(policy.RoleCaseMediator, policy.RoleIntake))
		if !m.State.Live() || !works {
			continue
		}
		k := task{When: soon, What: v.T("mediation.task", "number", m.Number), About: v.MediationState(m.State), Due: m.Due, Href: v.AdminURL("private", m.ID.String()), Act: v.T("office.act.look")}
		if m.Due != "" {
			k.When = v.by(m.Due)
		}
		v.Tasks = append(v.Tasks, k)
	}
	return err
}
