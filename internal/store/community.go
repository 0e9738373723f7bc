package store

import (
	"context"
	"slices"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
)

// communityIndex is every community in memory: a few hundred small rows that
// each request needs.
type communityIndex struct {
	byCode map[string]*models.Community
	byID   map[models.ID]*models.Community
	list   []*models.Community
}

func (s *Store) loadCommunities(ctx context.Context) error {
	var rows []*models.Community
	if err := s.db(ctx).Order("code").Find(&rows).Error; err != nil {
		return err
	}
	x := &communityIndex{map[string]*models.Community{}, map[models.ID]*models.Community{}, rows}
	for _, c := range rows {
		x.byCode[c.Code], x.byID[c.ID] = c, c
	}
	s.communities.Store(x)
	return nil
}

// Community finds a community by its code in an address. The row is shared:
// nobody writes to it.
func (s *Store) CommunityByCode(_ context.Context, code string) (*models.Community, error) {
	if c := s.communities.Load().byCode[code]; c != nil {
		return c, nil
	}
	return nil, problem.New(problem.NotFound, "page.nocommunity", nil)
}

// CommunityByID is nil if there is none.
func (s *Store) CommunityByID(id models.ID) *models.Community { return s.communities.Load().byID[id] }

// Communities in the order of their codes.
func (s *Store) Communities() []*models.Community { return s.communities.Load().list }

// CreateCommunity adds a community under a street, both as regions.
func (s *Store) CreateCommunity(ctx context.Context, actor models.Actor, c models.Community) (*models.Community, error) {
	if !validCode(c.Code) || slices.Contains(models.ReservedCodes, c.Code) {
		return nil, problem.New(problem.Invalid, "community.code", problem.Args{"code": c.Code})
	}
	err := s.WriteGlobal(ctx, actor, func(tx *Tx) error {
		c.ID, c.CreatedAt = tx.NewID(), tx.Now
		if c.DisplayDays < models.LeastDisplayDays {
			c.DisplayDays = models.LeastDisplayDays
		}
		region := models.Region{ID: c.ID, ParentID: c.StreetID, Level: models.LevelCommunity, Name: c.Name, CreatedAt: tx.Now}
		if err := tx.Create(&region).Error; err != nil {
			return err
		}
		if err := tx.Create(&c).Error; err != nil {
			return err
		}
		tx.touchGlobal(subjectCommunities)
		tx.touchGlobal(subjectAuthz) // a street's appointments now reach one more community
		tx.Audit("community.create", c.ID, nil)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.CommunityByCode(ctx, c.Code)
}

// CreateRegion adds a district or a street.
func (s *Store) CreateRegion(ctx context.Context, actor models.Actor, r models.Region) (models.ID, error) {
	err := s.WriteGlobal(ctx, actor, func(tx *Tx) error {
		r.ID, r.CreatedAt = tx.NewID(), tx.Now
		tx.touchGlobal(subjectAuthz)
		tx.Audit("region.create", r.ID, nil)
		return tx.Create(&r).Error
	})
	return r.ID, err
}

func validCode(code string) bool {
	if len(code) < 2 || len(code) > 32 {
		return false
	}
	return strings.IndexFunc(code, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-')
	}) < 0
}

// RegionNamed finds a region by its name under a parent; 0 if there is none.
func (s *Store) RegionNamed(ctx context.Context, parent models.ID, level models.Level, name string) (models.ID, error) {
	var r models.Region
	err := s.db(ctx).Where("parent_id = ? AND level = ? AND name = ?", parent, level, models.Key(name)).Limit(1).Find(&r).Error
	return r.ID, err
}

// RegionByName finds the one region of a name that is not a community.
func (s *Store) RegionByName(ctx context.Context, name string) (models.ID, error) {
	var rows []models.Region
	err := s.db(ctx).Where("name = ? AND level <> ?", models.Key(name), models.LevelCommunity).Limit(2).Find(&rows).Error
	if err != nil {
		return 0, err
	}
	if len(rows) != 1 {
		return 0, problem.New(problem.NotFound, "region.name", problem.Args{"name": name, "n": len(rows)})
	}
	return rows[0].ID, nil
}
