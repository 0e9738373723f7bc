package admin

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/policy"
)

// volunteers is what waits of volunteers: hours to approve, wishes to open, and
// visits that were missed.
func (v *dayView) volunteers(ctx context.Context, t *store.Tenant, c *fiber.Ctx) error {
	manages, helps, files := web.May(c, "volunteer", "manage"), web.May(c, "volunteer", "help"), web.May(c, "volunteer", "file")
	if !manages && !helps && !files {
		return nil
	}
	w, err := t.VolunteerWork(ctx, v.Today())
	if err != nil {
		return err
	}
	add := func(may bool, n int, key, act string, parts ...string) {
		if may && n > 0 {
			v.Tasks = append(v.Tasks, task{When: soon, What: v.T(key, "n", n), Href: v.AdminURL(parts...), Act: v.T(act)})
		}
	}
	add(web.May(c, "hours", "approve"), w.Hours, "office.task.hours", "office.act.check", "volunteers", "hours")
	add(web.May(c, "activity", "approve"), w.Activities, "office.task.activities", "office.act.decide", "activities")
	add(manages, w.Stars, "office.task.stars", "office.act.look", "volunteers", "stars")
	add(manages, w.Groups, "office.task.groups", "office.act.look", "volunteers", "teams")
	add(manages, w.Redemptions, "office.task.rewards", "office.act.look", "volunteers", "points")
	add(helps, w.Helps, "office.task.helps", "office.act.look", "volunteers", "help")
	if helps {
		for _, p := range w.Missed {
			v.Tasks = append(v.Tasks, task{When: late, What: v.T("office.task.visit"), About: p.Name, Due: policy.VisitDue(p), Href: v.AdminURL("volunteers", "pairings"), Act: v.T("office.act.look")})
		}
		unfit, err := t.Unfit(ctx, v.Today())
		if err != nil {
			return err
		}
		add(true, len(unfit), "office.task.unfit", "office.act.look", "volunteers", "pairings")
	}
	return nil
}
