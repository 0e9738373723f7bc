package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Unmaskable are the fields that may be looked at behind their mask.
var Unmaskable = []string{"phone", "document"}

// unmaskingsPerHour bounds what one person can carry off; a desk needs a few.
const unmaskingsPerHour = 20

// Unmask shows one masked field of one person in full. The reason and who
// looked stay for the person concerned to read. Refusals: Forbidden (also
// without a fresh second factor), NotFound, TooMany, Invalid (field, reason).
func (t *Tenant) Unmask(ctx context.Context, actor models.Actor, id models.ID, field, reason string) (text string, err error) {
	reason = strings.TrimSpace(cleanLine(reason))
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("resident", "unmask"); err != nil {
			return err
		}
		if !slices.Contains(Unmaskable, field) {
			var f problem.Form
			f.Add("field", "form.choose", nil)
			return f.Err()
		}
		if err := policy.MayUnmask(actor, reason); err != nil {
			return err
		}
		var r models.Resident
		if err := tx.Where("id = ?", id).Take(&r).Error; err != nil {
			return notFound(err)
		}
		if err := tx.Limit("unmask."+tx.chain.String()+"."+actor.UserID.String(), unmaskingsPerHour, time.Hour); err != nil {
			return err
		}
		place, seal := sealPhone, r.PhoneSeal
		if field == "document" {
			place, seal = sealDocument, r.DocumentSeal
		}
		if text, err = t.opt.Keys.Open(place, id, seal); err != nil {
			return err
		}
		look := models.Unmasking{Tenant: models.Tenant{ID: tx.NewID()}, ResidentID: id, Field: field, ByUserID: actor.UserID, ByName: actor.Name,
			ByRole: string(models.RoleDirector), Reason: shorten(reason, 200), CreatedAt: tx.Now}
		tx.Audit("resident.unmask", id, map[string]string{"field": field})
		return tx.Create(&look).Error
	})
	if err != nil {
		return "", err
	}
	t.event("resident.unmask", actor.UserID)
	return text, nil
}
