package store

import (
	"context"
	"encoding/json"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
)

// Drafts: what somebody wants to do, stored until they have proved a telephone
// or checked what they wrote. Sealed for the browser it came from, gone after
// a day, pictures and all.

const (
	// DraftLife is how long a draft waits.
	DraftLife = 24 * time.Hour

	draftsPerDevice = 30  // a day
	draftsPerIP     = 300 // an hour: a whole neighbourhood may come from one address
	ownerDraft      = "draft"
	indexIP         = "limit.ip"
	indexDevice     = "limit.device"
)

// Sender is the browser an act comes from, for limits and for the draft's seal;
// neither is kept beside what is filed.
type Sender struct {
	Device []byte
	IP     string
}

// limitSender counts an act of a browser and of its address, both under keyed
// names: a row of limits beside a login's rows must not tell who was anonymous.
func (tx *Tx) limitSender(what string, from Sender, perDevice, perIP int) error {
	if len(from.Device) > 0 {
		if err := tx.Limit(what+".device."+short(tx.store.opt.Keys.Index(indexDevice, string(from.Device))), perDevice, 24*time.Hour); err != nil {
			return err
		}
	}
	if from.IP == "" {
		return nil
	}
	return tx.Limit(what+".ip."+short(tx.store.opt.Keys.Index(indexIP, from.IP)), perIP, time.Hour)
}

// KeepDraft stores what the browser wants to do, with its pictures, and names
// it. v is anything that JSON writes. With before, a draft of the same browser
// that this one replaces, that one's pictures go along when no new ones come.
// Refusals: those of pictures, TooMany.
func (t *Tenant) KeepDraft(ctx context.Context, from Sender, kind string, v any, photos []NewFile, before models.ID) (models.ID, error) {
	// Counted first and on its own: decoding pictures is the work an attacker wants done.
	err := t.Write(ctx, models.Actor{}, func(tx *Tx) error { return tx.limitSender("draft", from, draftsPerDevice, draftsPerIP) })
	if err != nil {
		return 0, err
	}
	rows, err := t.keepPhotos(photos)
	if err != nil {
		return 0, err
	}
	b, err := json.Marshal(v)
	if err != nil {
		return 0, err
	}
	var id models.ID
	err = t.Write(ctx, models.Actor{}, func(tx *Tx) error {
		id = tx.NewID()
		d := models.Draft{Tenant: models.Tenant{ID: id}, Kind: kind, DeviceHash: from.Device, CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(DraftLife)}
		d.BodySeal = tx.store.opt.Keys.Seal("drafts.body", id, string(b))
		if err := tx.Create(&d).Error; err != nil {
			return err
		}
		if before != 0 && len(rows) == 0 {
			err := tx.TakeDraft(before, from.Device, Owner{ownerDraft, id})
			if err != nil && !problem.Is(err, problem.Conflict) { // it is gone: so be it
				return err
			}
		}
		return tx.attach(Owner{ownerDraft, id}, rows)
	})
	return id, err
}

// keepPhotos makes pictures safe and writes them to disk, before any
// transaction.
func (t *Tenant) keepPhotos(photos []NewFile) ([]models.Attachment, error) {
	rows := make([]models.Attachment, 0, len(photos))
	for _, f := range photos {
		row, err := t.keepPhoto(f)
		if err != nil {
			return nil, err
		}
		rows = append(rows, *row)
	}
	return rows, nil
}

// attach gives kept pictures to what they belong to. They are not shown before
// somebody has looked at them, and carry no name of whoever sent them.
func (tx *Tx) attach(owner Owner, rows []models.Attachment) error {
	for i := range rows {
		row := rows[i] // fn may run again: the rows stay as they were
		row.ID, row.OwnerKind, row.OwnerID, row.CreatedAt = tx.NewID(), owner.Kind, owner.ID, tx.Now
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
	}
	return nil
}

// OpenDraft reads a draft of this browser into v, and its pictures. It is
// NotFound when it is used, old, of another kind or of another browser.
func (t *Tenant) OpenDraft(ctx context.Context, device []byte, id models.ID, kind string, v any) ([]models.Attachment, error) {
	d, err := liveDraft(t.db(ctx), device, id, kind, t.Now())
	if err != nil {
		return nil, err
	}
	text, err := t.opt.Keys.Open("drafts.body", id, d.BodySeal)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return nil, err
	}
	return t.Files(ctx, Owner{ownerDraft, id})
}

func liveDraft(db *gorm.DB, device []byte, id models.ID, kind string, now time.Time) (*models.Draft, error) {
	var d models.Draft
	err := db.Where("id = ? AND kind = ? AND device_hash = ? AND expires_at > ?", id, kind, device, now).Take(&d).Error
	return &d, notFound(err)
}

// DraftFile is a picture of a draft, for the browser that sent it.
func (t *Tenant) DraftFile(ctx context.Context, device []byte, draft, file models.ID) (*models.Attachment, error) {
	var d models.Draft
	if err := t.db(ctx).Where("id = ? AND device_hash = ? AND expires_at > ?", draft, device, t.Now()).Take(&d).Error; err != nil {
		return nil, notFound(err)
	}
	var a models.Attachment
	err := t.db(ctx).Where("id = ? AND owner_kind = ? AND owner_id = ? AND removed_at IS NULL", file, ownerDraft, draft).Take(&a).Error
	return &a, notFound(err)
}

// TakeDraft uses a draft up and gives its pictures to the owner, in the use
// case's own transaction: of two taps one gets it. The row goes at once: it
// holds a browser beside a time, which is more than an anonymous case may leave
// behind. 0 is no draft.
func (tx *Tx) TakeDraft(id models.ID, device []byte, owner Owner) error {
	if id == 0 {
		return nil
	}
	res := tx.Where("id = ? AND device_hash = ? AND expires_at > ?", id, device, tx.Now).Delete(&models.Draft{})
	if res.Error == nil && res.RowsAffected == 0 {
		return problem.New(problem.Conflict, "page.conflict", nil)
	}
	if res.Error != nil {
		return res.Error
	}
	return tx.Model(&models.Attachment{}).Where("owner_kind = ? AND owner_id = ?", ownerDraft, id).
		Select("owner_kind", "owner_id").Updates(&models.Attachment{OwnerKind: owner.Kind, OwnerID: owner.ID}).Error
}

// sweepDrafts removes what has expired; the pictures' content goes with the
// files that no row names.
func (t *Tenant) sweepDrafts(ctx context.Context, now time.Time) error {
	for {
		n := 0
		err := t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
			var ids []models.ID
			err := tx.Model(&models.Draft{}).Where("expires_at <= ?", now).Limit(sweepBatch).Pluck("id", &ids).Error
			if n = len(ids); err != nil || n == 0 {
				return err
			}
			if err := tx.Where("owner_kind = ? AND owner_id IN ?", ownerDraft, ids).Delete(&models.Attachment{}).Error; err != nil {
				return err
			}
			return tx.Where("id IN ?", ids).Delete(&models.Draft{}).Error
		})
		if err != nil || n < sweepBatch {
			return err
		}
	}
}
