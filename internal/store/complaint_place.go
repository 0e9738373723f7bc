package store

import (
	"context"
	"slices"

	"juwu/internal/problem"
	"juwu/models"
)

// Where a case is: buildings, and the picture of the compound on which they
// stand.

const ownerPlan = "plan" // the picture of the compound; its owner is the community

// BuildingNames by id.
func (t *Tenant) BuildingNames(ctx context.Context) (map[models.ID]string, error) {
	var rows []models.Building
	err := t.db(ctx).Find(&rows).Error
	names := make(map[models.ID]string, len(rows))
	for _, b := range rows {
		names[b.ID] = b.Name
	}
	return names, err
}

// CompoundPlan is the picture of the compound, nil if there is none, and where
// the buildings stand on it.
func (t *Tenant) CompoundPlan(ctx context.Context) (*models.Attachment, []models.ComplaintSpot, error) {
	var files []models.Attachment
	if err := t.db(ctx).Where("owner_kind = ? AND owner_id = ? AND removed_at IS NULL", ownerPlan, t.Community.ID).Order("id DESC").Limit(1).Find(&files).Error; err != nil || len(files) == 0 {
		return nil, nil, err
	}
	var spots []models.ComplaintSpot
	err := t.db(ctx).Order("id").Find(&spots).Error
	return &files[0], spots, err
}

// SetPlan puts up a new picture of the compound; spots of buildings stay.
// Refusals: Forbidden, those of the picture at the field "files".
func (t *Tenant) SetPlan(ctx context.Context, actor models.Actor, f NewFile) error {
	if err := t.opt.Guard.Allowed(actor, t.Community, "settings", "change", models.DateOf(t.Now())); err != nil {
		return err
	}
	rows, err := t.keepPhotos([]NewFile{f})
	if err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("settings", "change"); err != nil {
			return err
		}
		if err := tx.removeFiles(ownerPlan, tx.chain); err != nil {
			return err
		}
		row := rows[0]
		row.ID, row.OwnerKind, row.OwnerID, row.Public, row.ByUserID, row.CreatedAt = tx.NewID(), ownerPlan, tx.chain, true, actor.UserID, tx.Now
		tx.Audit("complaint.plan", row.ID, nil)
		tx.Touch("complaints")
		return tx.Create(&row).Error
	})
}

// SetSpot says where a building stands on the picture; x < 0 takes it off.
func (t *Tenant) SetSpot(ctx context.Context, actor models.Actor, building models.ID, x, y int) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("settings", "change"); err != nil {
			return err
		}
		if err := tx.Where("id = ?", building).Take(&models.Building{}).Error; err != nil {
			return notFound(err)
		}
		if err := tx.Where("building_id = ?", building).Delete(&models.ComplaintSpot{}).Error; err != nil {
			return err
		}
		tx.Touch("complaints")
		if x < 0 || y < 0 || x > 1000 || y > 1000 {
			return nil
		}
		return tx.Create(&models.ComplaintSpot{Tenant: models.Tenant{ID: tx.NewID()}, BuildingID: building, X: x, Y: y}).Error
	})
}

// Official is somebody a case may be about.
type Official struct {
	UserID models.ID
	Name   string
	Role   models.Role
	About  models.ComplaintAbout
}

// aboutOf is which body's case it is when it is about the holder of a post.
var aboutOf = map[models.Role]models.ComplaintAbout{
	models.RoleDirector: models.AboutCommittee, models.RoleViceDirector: models.AboutCommittee, models.RoleCommitteeMember: models.AboutCommittee,
	models.RoleClerk: models.AboutCommittee, models.RoleGridWorker: models.AboutCommittee, models.RoleStation: models.AboutCommittee,
	models.RolePartyBranch: models.AboutCommittee, models.RoleMediator: models.AboutCommittee,
	models.RoleSupervisor: models.AboutSupervisor,
}

// Officials are the holders of posts that a case may be about, once each.
func (t *Tenant) Officials(ctx context.Context, day models.Date) ([]Official, error) {
	posts, err := t.AppointmentsIn(ctx, t.Community.ID, day)
	var list []Official
	for _, a := range posts {
		about, is := aboutOf[a.Role]
		known := slices.ContainsFunc(list, func(o Official) bool { return o.UserID == a.UserID })
		if is && a.Holds(day) && a.Name != "" && !known {
			list = append(list, Official{a.UserID, a.Name, a.Role, about})
		}
	}
	return list, err
}

// CaseFile is a picture of a case: released ones for everybody who may read the
// case, all of their own for the reporter. Anything else does not exist.
func (t *Tenant) CaseFile(ctx context.Context, f Follower, id, file models.ID) (*models.Attachment, error) {
	a, e, err := t.caseFile(ctx, id, file)
	if err != nil {
		return nil, err
	}
	var c models.Complaint
	if err := t.db(ctx).Where("id = ?", id).Take(&c).Error; err != nil {
		return nil, notFound(err)
	}
	own, err := t.follows(&Tx{DB: t.db(ctx)}, &c, f)
	if err != nil {
		return nil, err
	}
	if public := c.Public && c.About == models.AboutNobody && a.Public; !e.Internal && public {
		return a, nil
	}
	var all []models.Attachment
	if err := t.db(ctx).Where("owner_kind = ? AND owner_id = ? AND removed_at IS NULL", ownerCase, e.ID).Find(&all).Error; err != nil {
		return nil, err
	}
	if e.Internal || !own || !pictureFor(*e, *a, all) {
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	return a, nil
}

func (t *Tenant) caseFile(ctx context.Context, id, file models.ID) (*models.Attachment, *models.ComplaintEvent, error) {
	var a models.Attachment
	if err := t.db(ctx).Where("id = ? AND owner_kind = ? AND removed_at IS NULL", file, ownerCase).Take(&a).Error; err != nil {
		return nil, nil, notFound(err)
	}
	var e models.ComplaintEvent
	err := t.db(ctx).Where("id = ? AND case_id = ?", a.OwnerID, id).Take(&e).Error
	return &a, &e, notFound(err)
}

// OfficeCaseFile is a picture of a case for an officer to whom the case exists.
func (t *Tenant) OfficeCaseFile(ctx context.Context, actor models.Actor, id, file models.ID) (*models.Attachment, error) {
	if _, _, _, err := t.officeRelations(ctx, actor, id); err != nil {
		return nil, err
	}
	a, _, err := t.caseFile(ctx, id, file)
	return a, err
}
