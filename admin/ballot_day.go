package admin

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/models"
)

// ballots are votes that wait for this officer: to be fixed, to get their slips,
// to be opened.
func (v *dayView) ballots(ctx context.Context, t *store.Tenant, c *fiber.Ctx) error {
	prepares, registers, opens := web.May(c, "ballot", "prepare"), web.May(c, "ballot", "register"), web.May(c, "ballot", "open")
	if !prepares && !registers && !opens {
		return nil
	}
	list, err := t.Ballots(ctx, true)
	for _, b := range list {
		desk := v.AdminURL("ballots", b.ID.String())
		k := task{When: soon, About: b.Title, Due: models.DateOf(b.OpensAt), Href: desk, Act: v.T("office.act.look")}
		switch {
		case b.State == models.BallotReady && b.Slips > 0 && opens:
			k.What, k.When = v.T("ballot.day.open"), v.by(k.Due)
		case b.Slips == 0 && registers && (b.State == models.BallotKeys || b.State == models.BallotRehearsal || b.State == models.BallotReady):
			k.What, k.When, k.Href = v.T("ballot.day.slips"), v.by(k.Due), v.AdminURL("ballots", b.ID.String(), "slips")
		case b.State == models.BallotEnded && b.PaperOver && registers:
			count, err := t.BallotCount(ctx, b.ID)
			if err != nil {
				return err
			}
			if !waitsFor(count, v.Actor.UserID) {
				continue
			}
			k.What, k.When = v.T("ballot.day.exclusions"), sign
		case b.State == models.BallotDraft && prepares:
			k.What = v.T("ballot.day.fix")
		default:
			continue
		}
		v.Tasks = append(v.Tasks, k)
	}
	return err
}
