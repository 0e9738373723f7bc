package admin

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/models"
	"juwu/policy"
)

// assembly is what the meeting asks of an officer today: a count to confirm, a
// demand that obliges to call, the half year that ends, a matter to study,
// tasks that are due, a covenant to take on file.
func (v *dayView) assembly(ctx context.Context, t *store.Tenant, c *fiber.Ctx) error {
	if web.May(c, "body", "review") {
		votes, err := t.CountedBodyVotes(ctx)
		if err != nil {
			return err
		}
		for _, x := range votes {
			if x.RecorderID != v.Actor.UserID {
				v.Tasks = append(v.Tasks, task{When: sign, What: v.T("body.vote.confirm"), About: v.T(bodyPosts.Key(string(x.Post))), Href: v.AdminURL("bodies", "votes", x.ID.String()), Act: v.T("office.act.check")})
			}
		}
	}
	if web.May(c, "assembly", "prestudy") {
		matters, _, err := t.Matters(ctx, store.MatterFilter{States: liveMatters, Limit: 50})
		if err != nil {
			return err
		}
		for _, m := range matters {
			if rule, _ := policy.MatterRuleOf(m.Class); rule.Study && m.StudyAt == nil {
				v.Tasks = append(v.Tasks, task{When: soon, What: v.T("matter.study"), About: m.Title, Href: v.AdminURL("assembly", "matters", m.ID.String()), Act: v.T("office.act.look")})
			}
		}
	}
	if err := v.assemblyCalls(ctx, t, c); err != nil {
		return err
	}
	if !web.May(c, "assembly", "file") {
		return nil
	}
	unfiled, err := t.UnfiledCovenants(ctx)
	for range unfiled {
		v.Tasks = append(v.Tasks, task{When: soon, What: v.T("covenant.file"), About: v.T("covenant.title"), Href: v.AdminURL("assembly", "covenants"), Act: v.T("office.act.look")})
	}
	if err != nil {
		return err
	}
	handed, err := t.HandedPetitions(ctx)
	for _, p := range handed {
		v.Tasks = append(v.Tasks, task{When: soon, What: v.T("petition.audit.result"), About: p.Title, Href: v.AdminURL("assembly", "petitions", p.ID.String()), Act: v.T("office.act.look")})
	}
	return err
}

// assemblyCalls are for whoever calls the meeting and carries its decisions out.
func (v *dayView) assemblyCalls(ctx context.Context, t *store.Tenant, c *fiber.Ctx) error {
	if !web.May(c, "assembly", "call") {
		return nil
	}
	reached, err := t.ReachedPetitions(ctx)
	if err != nil {
		return err
	}
	for _, p := range reached {
		k := task{When: today, What: v.T("petition.must"), About: p.Title, Href: v.AdminURL("assembly", "petitions", p.ID.String()), Act: v.T("petition.call")}
		if p.Kind == models.PetitionAudit {
			k.What, k.Act = v.T("petition.audit.must"), v.T("office.act.look")
		}
		v.Tasks = append(v.Tasks, k)
	}
	due, missed, err := t.HalfYear(ctx, v.Today())
	if err != nil {
		return err
	}
	if near := v.Today().AddDays(30); missed || due <= near {
		k := task{When: v.by(due), What: v.T("assembly.mode.reps"), About: v.T("assembly.halfyear.law"), Due: due, Href: v.AdminURL("assembly"), Act: v.T("petition.call")}
		if missed {
			k.When, k.Due = late, models.Date("")
		}
		v.Tasks = append(v.Tasks, k)
	}
	tasks, err := t.LateTasks(ctx, v.Today().AddDays(7))
	for _, k := range tasks {
		v.Tasks = append(v.Tasks, task{When: v.by(k.DueDay), What: v.T("task.title"), About: k.Title + " · " + k.Person, Due: k.DueDay, Href: v.AdminURL("decisions", k.DecisionID.String()), Act: v.T("office.act.look")})
	}
	return err
}
