package store

import (
	"context"
	"slices"

	"juwu/internal/photo"
	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Pictures of a case. Somebody looks at each before everybody may see it, and
// blacks out what shows a person or a door. An original that was blacked out is
// for the office, and for whoever took it.

// ReleaseCaseFile shows a picture of a public case to everybody, or withholds
// it. Refusals: NotFound, Forbidden by the state table, Conflict for an original
// that was blacked out.
func (t *Tenant) ReleaseCaseFile(ctx context.Context, actor models.Actor, id, file models.ID, show bool) error {
	_, err := t.officeStep(ctx, actor, id, Act{}, func(k *kase) (Step, error) {
		if _, err := k.picture(file); err != nil {
			return Step{}, err
		}
		var covered int64
		if err := k.Model(&models.Attachment{}).Where("redacts_id = ? AND removed_at IS NULL", file).Count(&covered).Error; err != nil {
			return Step{}, err
		}
		if show && covered > 0 {
			return Step{}, problem.New(problem.Conflict, "attachment.covered", nil)
		}
		return Step{Action: "redact", Internal: true}, k.Model(&models.Attachment{}).Where("id = ?", file).Update("public", show).Error
	})
	return err
}

// BlackOutCaseFile burns black boxes into a copy of a picture. Of a public case
// the copy is shown from now on; the original never is any more. Doing it again
// replaces the copy. Refusals: those of ReleaseCaseFile, Invalid (field boxes).
func (t *Tenant) BlackOutCaseFile(ctx context.Context, actor models.Actor, id, file models.ID, boxes []photo.Box) error {
	if len(boxes) == 0 {
		var f problem.Form
		f.Add("boxes", "photo.boxes", nil)
		return f.Err()
	}
	original, err := t.OfficeCaseFile(ctx, actor, id, file)
	if err != nil {
		return err
	}
	if !original.Picture() || original.RedactsID != 0 {
		return problem.New(problem.NotFound, "page.notfound", nil).Because("case: not an original picture")
	}
	row, err := t.blackened(original, boxes) // in no transaction: decoding takes time
	if err != nil {
		return err
	}
	_, err = t.officeStep(ctx, actor, id, Act{}, func(k *kase) (Step, error) {
		if _, err := policy.Next(policy.ComplaintMoves, k.was.State, "redact", k.relations); err != nil {
			return Step{}, err
		}
		e, err := k.picture(file)
		if err != nil {
			return Step{}, err
		}
		row.ID, row.OwnerKind, row.OwnerID, row.RedactsID = k.NewID(), ownerCase, e.ID, file
		row.Public, row.ByUserID, row.CreatedAt = k.Public && !e.Internal, k.Actor.UserID, k.Now
		return Step{Action: "redact", Internal: true}, firstError(
			k.Model(&models.Attachment{}).Where("redacts_id = ? AND removed_at IS NULL", file).
				Select("removed_at", "public").Updates(&models.Attachment{RemovedAt: &k.Now}).Error,
			k.Model(&models.Attachment{}).Where("id = ?", file).Update("public", false).Error,
			k.Create(row).Error)
	})
	return err
}

// picture is the step that a picture of this case came with.
func (k *kase) picture(file models.ID) (*models.ComplaintEvent, error) {
	var a models.Attachment
	if err := k.Where("id = ? AND owner_kind = ? AND removed_at IS NULL", file, ownerCase).Take(&a).Error; err != nil {
		return nil, notFound(err)
	}
	var e models.ComplaintEvent
	err := k.Where("id = ? AND case_id = ?", a.OwnerID, k.ID).Take(&e).Error
	return &e, notFound(err)
}

// pictureFor tells whether the reporter sees a picture of a step: of their own
// pictures the originals, of the office's what was blacked out.
func pictureFor(e models.ComplaintEvent, f models.Attachment, all []models.Attachment) bool {
	if e.Seq == 1 || e.ByRole == policy.RoleReporter {
		return f.RedactsID == 0
	}
	return !slices.ContainsFunc(all, func(o models.Attachment) bool { return o.RedactsID == f.ID })
}
