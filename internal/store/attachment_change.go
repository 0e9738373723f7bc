package store

import (
	"context"
	"io"

	"juwu/internal/photo"
	"juwu/internal/problem"
	"juwu/models"
)

// openFile is a file whose owner is not published and the actor's to change.
func (tx *Tx) openFile(id models.ID) (*models.Attachment, error) {
	var a models.Attachment
	if err := tx.Where("id = ? AND removed_at IS NULL", id).Take(&a).Error; err != nil {
		return nil, notFound(err)
	}
	return &a, tx.lockOwner(Owner{a.OwnerKind, a.OwnerID})
}

// ShowFile marks a file to be shown with its owner, or withholds it. An
// original that was blacked out is never shown.
func (t *Tenant) ShowFile(ctx context.Context, actor models.Actor, id models.ID, show bool) (*models.Attachment, error) {
	var a *models.Attachment
	err := t.Write(ctx, actor, func(tx *Tx) (err error) {
		if err := tx.May("attachment", "redact"); err != nil {
			return err
		}
		if a, err = tx.openFile(id); err != nil {
			return err
		}
		var covered int64
		if err := tx.Model(&models.Attachment{}).Where("redacts_id = ? AND removed_at IS NULL", id).Count(&covered).Error; err != nil {
			return err
		}
		if show && covered > 0 {
			return problem.New(problem.Conflict, "attachment.covered", nil)
		}
		a.Public = show
		tx.Audit("attachment.show", id, map[string]bool{"public": show})
		return tx.Model(&models.Attachment{}).Where("id = ?", id).Update("public", show).Error
	})
	return a, err
}

// RemoveFile takes a file out of a thing that is not published.
func (t *Tenant) RemoveFile(ctx context.Context, actor models.Actor, id models.ID) (*models.Attachment, error) {
	var a *models.Attachment
	err := t.Write(ctx, actor, func(tx *Tx) (err error) {
		if err := tx.May("attachment", "upload"); err != nil {
			return err
		}
		if a, err = tx.openFile(id); err != nil {
			return err
		}
		tx.Audit("attachment.remove", id, nil)
		return Changed(tx.Model(&models.Attachment{}).Where("id = ? AND removed_at IS NULL", id).
			Select("removed_at", "public").Updates(&models.Attachment{RemovedAt: &tx.Now}))
	})
	return a, err
}

// BlackOut makes a copy of a picture with black boxes burnt in. The copy is
// shown; the original stays inside and is never shown any more. Doing it again
// replaces the copy.
func (t *Tenant) BlackOut(ctx context.Context, actor models.Actor, id models.ID, boxes []photo.Box) (*models.Attachment, error) {
	if len(boxes) == 0 {
		var f problem.Form
		f.Add("boxes", "photo.boxes", nil)
		return nil, f.Err()
	}
	day := models.DateOf(t.Now())
	if err := t.opt.Guard.Allowed(actor, t.Community, "attachment", "redact", day); err != nil {
		return nil, err
	}
	original, err := t.OfficeFile(ctx, actor, id, day)
	if err != nil {
		return nil, err
	}
	if !original.Picture() {
		return nil, problem.New(problem.Invalid, "paper.blackout", nil)
	}
	row, err := t.blackened(original, boxes)
	if err != nil {
		return nil, err
	}
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("attachment", "redact"); err != nil {
			return err
		}
		a, err := tx.openFile(id)
		if err != nil {
			return err
		}
		err = tx.Model(&models.Attachment{}).Where("redacts_id = ? AND removed_at IS NULL", id).
			Select("removed_at", "public").Updates(&models.Attachment{RemovedAt: &tx.Now}).Error
		if err != nil {
			return err
		}
		if err := tx.Model(&models.Attachment{}).Where("id = ?", id).Update("public", false).Error; err != nil {
			return err
		}
		row.ID, row.OwnerKind, row.OwnerID, row.RedactsID = tx.NewID(), a.OwnerKind, a.OwnerID, id
		row.Public, row.ByUserID, row.CreatedAt = a.OwnerKind != ownerClaimLine, actor.UserID, tx.Now
		tx.Audit("attachment.redact", row.ID, map[string]any{"original": id})
		return tx.Create(row).Error
	})
	return row, err
}

func (t *Tenant) blackened(a *models.Attachment, boxes []photo.Box) (*models.Attachment, error) {
	f, err := t.Content(a)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(f)
	if err := errorsJoinClose(err, f); err != nil {
		return nil, err
	}
	p, err := photo.Blackout(data, boxes)
	if err != nil {
		return nil, err
	}
	return t.photoRow(a.Name, p)
}

func errorsJoinClose(err error, c io.Closer) error {
	if closed := c.Close(); err == nil {
		return closed
	}
	return err
}
