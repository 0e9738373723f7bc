package store

import (
	"context"

	"juwu/internal/photo"
	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// ownerPhoto is the face beside a post; the owner is the appointment.
const ownerPhoto = "photo"

// SetPostPhoto puts a face beside a post of the community, square and without
// whatever else the picture told. Whoever may change what the public reads of
// the post may do it, and whoever holds it. nil takes the face away. Refusals:
// Forbidden, NotFound, and those of photo.Face under the field "files".
func (t *Tenant) SetPostPhoto(ctx context.Context, actor models.Actor, post models.ID, f *NewFile) error {
	var row *models.Attachment
	if f != nil {
		if err := t.mayFace(ctx, actor, post); err != nil { // before the work of decoding
			return err
		}
		face, err := photo.Face(f.Data)
		if err != nil {
			return namedFile(f.Name, err)
		}
		if row, err = t.photoRow(f.Name, face); err != nil {
			return err
		}
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		a, err := tx.facePost(post)
		if err != nil {
			return err
		}
		if err := tx.removeFiles(ownerPhoto, a.ID); err != nil {
			return err
		}
		id := models.ID(0)
		if row != nil {
			id = tx.NewID()
			row.ID, row.OwnerKind, row.OwnerID, row.Public, row.ByUserID, row.CreatedAt = id, ownerPhoto, a.ID, true, actor.UserID, tx.Now
			if err := tx.Create(row).Error; err != nil {
				return err
			}
		}
		tx.Audit("appointment.photo", a.ID, map[string]models.ID{"file": id})
		tx.Touch("people", "home")
		return Changed(tx.Model(&models.Appointment{}).Where("id = ? AND ended_at IS NULL", a.ID).Update("photo_id", id))
	})
}

func (t *Tenant) mayFace(ctx context.Context, actor models.Actor, post models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		_, err := tx.facePost(post)
		return err
	})
}

// facePost is a post of the community whose face the actor may set.
func (tx *Tx) facePost(id models.ID) (models.Appointment, error) {
	var a models.Appointment
	err := tx.Where("id = ? AND region_id = ? AND ended_at IS NULL", id, tx.Community.ID).Take(&a).Error
	if err != nil {
		return a, notFound(err)
	}
	if tx.Actor.UserID == 0 {
		return a, problem.New(problem.Unauthorized, "policy.login", nil)
	}
	if a.UserID == tx.Actor.UserID || policy.MayEnd(a, models.LevelCommunity, tx.roles()) == nil {
		return a, nil
	}
	return a, tx.May("settings", "change")
}

// facePublic tells whether a face is shown: beside a post that is held.
func (t *Tenant) facePublic(ctx context.Context, a *models.Attachment, day models.Date) (bool, error) {
	var post models.Appointment
	err := t.Store.db(ctx).Where("id = ? AND region_id = ? AND photo_id = ?", a.OwnerID, t.Community.ID, a.ID).Limit(1).Find(&post).Error
	return post.ID != 0 && post.Holds(day), err
}

// faces are the pictures of the grid workers by grid.
func faces(posts []models.Appointment, day models.Date) map[models.ID]models.ID {
	byGrid := map[models.ID]models.ID{}
	for _, a := range posts {
		if a.Role == models.RoleGridWorker && a.GridID != 0 && a.PhotoID != 0 && a.DeputyFor == 0 && a.Holds(day) {
			byGrid[a.GridID] = a.PhotoID
		}
	}
	return byGrid
}
