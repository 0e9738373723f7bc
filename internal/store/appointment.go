package store

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"juwu/models"
	"juwu/policy"
)

// loadAppointments hands the appointments that have not ended to the guard.
// The version is read first: a change that comes between is read once more.
func (s *Store) loadAppointments(ctx context.Context) error {
	at := s.opt.Now().UnixMilli() // what is read is at least as new as this
	var version models.Stamp
	db := s.everywhere(ctx)
	if err := db.Where("community_id = 0 AND subject = ?", subjectAuthz).Limit(1).Find(&version).Error; err != nil {
		return err
	}
	var appointments []models.Appointment
	if err := db.Where("ended_at IS NULL").Order("id").Find(&appointments).Error; err != nil {
		return err
	}
	var regions []models.Region
	if err := db.Find(&regions).Error; err != nil {
		return err
	}
	if s.opt.Guard.SetAppointments(appointments, regions, uint64(version.N)) {
		s.keepPosts(appointments)
	}
	s.authzSeen.Store(version.N)
	s.authzRead.Store(at)
	return nil
}

// Appoint records that a person holds a post from a day on. The actor must be
// one who may record it; what the person holds there already is read under the
// region's row lock, so that two incompatible posts cannot be given at once.
func (s *Store) Appoint(ctx context.Context, actor models.Actor, a models.Appointment) (models.ID, error) {
	var id models.ID
	err := s.WriteGlobal(ctx, actor, func(tx *Tx) (err error) {
		id, err = tx.appoint(a)
		return err
	})
	return id, err
}

// appoint does it within a global transaction.
func (tx *Tx) appoint(a models.Appointment) (models.ID, error) {
	s, actor := tx.store, tx.Actor
	region, err := tx.lockRegion(a.RegionID)
	if err != nil {
		return 0, err
	}
	action := "appoint"
	if a.DeputyFor != 0 {
		action = "deputy"
	}
	at := s.placeOf(region)
	if err := s.opt.Guard.Allowed(actor, at, "appointment", action, tx.Day()); err != nil {
		return 0, err
	}
	a.ByUserID = actor.UserID
	n := policy.Nomination{Post: a, Level: region.Level, By: s.opt.Guard.RolesOf(actor, at, tx.Day())}
	if n.Holds, err = tx.postsIn(region, a.UserID, a); err != nil {
		return 0, err
	}
	if n.Relatives, err = tx.relativesPosts(region, a.UserID, a); err != nil {
		return 0, err
	}
	if n.Failed, err = tx.failedInARow(a.RegionID, a); err != nil {
		return 0, err
	}
	if a.DeputyFor != 0 {
		if n.Principal, err = tx.postsIn(region, a.DeputyFor, a); err != nil {
			return 0, err
		}
	}
	if err := policy.MayAppoint(n); err != nil {
		return 0, err
	}
	a.ID, a.CreatedAt, a.EndedAt = tx.NewID(), tx.Now, nil
	if err := tx.Create(&a).Error; err != nil {
		return 0, err
	}
	if err := tx.gridWorker(region, a); err != nil {
		return 0, err
	}
	tx.authzChanged(region)
	tx.Audit("appointment."+action, a.ID, map[string]any{"region": a.RegionID, "user": a.UserID, "role": a.Role})
	return a.ID, nil
}

// EndAppointment ends a post now. The right is gone in this process at once
// and in the others with their next reading of the stamps.
func (s *Store) EndAppointment(ctx context.Context, actor models.Actor, id models.ID) error {
	return s.WriteGlobal(ctx, actor, func(tx *Tx) error {
		var a models.Appointment
		if err := tx.Where("id = ?", id).Take(&a).Error; err != nil {
			return notFound(err)
		}
		region, err := tx.lockRegion(a.RegionID)
		if err != nil {
			return err
		}
		at := s.placeOf(region)
		if err := s.opt.Guard.Allowed(actor, at, "appointment", "end", tx.Day()); err != nil {
			return err
		}
		if err := policy.MayEnd(a, region.Level, s.opt.Guard.RolesOf(actor, at, tx.Day())); err != nil {
			return err
		}
		err = Changed(tx.Model(&models.Appointment{}).Where("id = ? AND ended_at IS NULL", id).Update("ended_at", tx.Now))
		if err != nil {
			return err
		}
		if err := tx.noGridWorker(region, a); err != nil {
			return err
		}
		tx.authzChanged(region)
		tx.Audit("appointment.end", id, nil)
		return nil
	})
}

// authzChanged makes every process read the appointments again, and the pages
// that name officers too.
func (tx *Tx) authzChanged(region models.Region) {
	tx.touchGlobal(subjectAuthz)
	if region.Level == models.LevelCommunity {
		tx.touch[stampKey{region.ID, "people"}] = 0
	}
}

// lockRegion holds back other changes of posts in a region until the end.
func (tx *Tx) lockRegion(id models.ID) (region models.Region, err error) {
	err = tx.Model(&models.Region{}).Where("id = ?", id).Update("name", gorm.Expr("name")).Error
	if err != nil {
		return region, err
	}
	return region, notFound(tx.Where("id = ?", id).Take(&region).Error)
}

// placeOf is the region as the guard asks about it: streets and districts are
// places like communities, reached by their own officers and those above.
func (s *Store) placeOf(r models.Region) *models.Community {
	if c := s.CommunityByID(r.ID); c != nil {
		return c
	}
	return &models.Community{ID: r.ID, Name: r.Name}
}

// postsIn are the roles a person holds in a region and in those above it at
// any time of the term of a.
func (tx *Tx) postsIn(region models.Region, user models.ID, a models.Appointment) (policy.RoleSet, error) {
	regions := []models.ID{region.ID}
	for up := region.ParentID; up != 0; {
		regions = append(regions, up)
		var r models.Region
		if err := tx.Where("id = ?", up).Take(&r).Error; err != nil {
			return 0, err
		}
		up = r.ParentID
	}
	var rows []models.Appointment
	err := tx.Where("user_id = ? AND region_id IN ? AND ended_at IS NULL AND (until_day = '' OR until_day >= ?) AND (? = '' OR from_day <= ?)",
		user, regions, a.From, a.Until, a.Until).Find(&rows).Error
	var set policy.RoleSet
	for _, r := range rows {
		set |= policy.SetOf(r.Role)
	}
	return set, err
}

// AppointmentsIn lists who holds what in a region on a day and later, in the
// order of the page.
func (s *Store) AppointmentsIn(ctx context.Context, region models.ID, day models.Date) ([]models.Appointment, error) {
	var rows []models.Appointment
	err := s.db(ctx).Where("region_id = ? AND ended_at IS NULL AND (until_day = '' OR until_day >= ?)", region, day).
		Order(clause.OrderByColumn{Column: clause.Column{Name: "rank"}}).Order("id").Find(&rows).Error
	return rows, err
}
