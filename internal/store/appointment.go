package store

import (
	"context"

	"juwu/models"
)

// loadAppointments hands the appointments that have not ended to the guard.
// The version is read first: a change that comes between is read once more.
func (s *Store) loadAppointments(ctx context.Context) error {
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
	s.authzRead.Store(s.opt.Now().UnixMilli())
	return nil
}
