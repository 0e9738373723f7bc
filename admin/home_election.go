package admin

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/policy"
)

// elections that run: the steps that are due, objections to decide, and reports
// to investigate.
func (v *dayView) elections(ctx context.Context, t *store.Tenant, c *fiber.Ctx) error {
	manages, plans, watches := web.May(c, "election", "manage"), web.May(c, "election", "plan"), web.May(c, "election", "supervise")
	if !manages && !plans && !watches {
		return nil
	}
	e, err := t.PlannedElection(ctx)
	if err != nil || e == nil {
		return err
	}
	at := func(page string) string { return v.AdminURL("elections", e.ID.String(), page) }
	if manages {
		open, err := t.OpenObjections(ctx, e.ID)
		if err != nil {
			return err
		}
		for _, o := range open {
			v.Tasks = append(v.Tasks, task{When: v.by(o.DueDay), What: v.T("election.objection.number", "number", o.Number), About: e.Title, Due: o.DueDay, Href: at("objections"), Act: v.T("office.act.decide")})
		}
	}
	done, err := t.ElectionSteps(ctx, e.ID)
	if err != nil {
		return err
	}
	for _, s := range policy.TimetableOf(e, policy.ReadRules(e), policy.China()) {
		if _, ok := done[s.Key]; ok || v.Today() < s.From || s.Who != "electoral" && s.Who != "assembly" {
			continue
		}
		v.Tasks = append(v.Tasks, task{When: v.by(s.To), What: v.T(electionSteps.Key(s.Key)), About: e.Title, Due: s.To, Href: v.AdminURL("elections", e.ID.String()), Act: v.T("office.act.look")})
	}
	return nil
}
