package store

import (
	"context"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
)

// MaxRegionName is the longest name of a district, street or community, in characters.
const MaxRegionName = 40

// Rename gives the community another name. Its address keeps its code, and what
// was published keeps the number it was given. The street renames, not the
// committee: founding and changing committees begins with the street's proposal
// to the government (art. 3).
func (t *Tenant) Rename(ctx context.Context, actor models.Actor, name string) error {
	name, err := regionName("name", name)
	if err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("settings", "rename"); err != nil && !actor.System {
			return err
		}
		c, err := tx.community()
		if err != nil || c.Name == name {
			return err
		}
		if err := tx.nameFree("name", models.Region{ID: c.ID, ParentID: c.StreetID, Level: models.LevelCommunity}, name); err != nil {
			return err
		}
		if err := Changed(tx.Model(&models.Region{}).Where("id = ?", c.ID).UpdateColumn("name", name)); err != nil {
			return err
		}
		tx.Audit("settings.rename", tx.chain, map[string]string{"from": c.Name, "to": name})
		args := problem.Args{"from": c.Name, "to": name}
		if err := tx.tellPost(models.RoleDirector, "settings.tell.renamed", args, "/admin/"+c.Code+"/settings"); err != nil {
			return err
		}
		return tx.saveCommunity(&models.Community{Name: name}, []string{"name"})
	})
}

// RenameRegion gives a district or a street another name; pages of its
// communities show it from then on.
func (s *Store) RenameRegion(ctx context.Context, actor models.Actor, id models.ID, name string) error {
	name, err := regionName("name", name)
	if err != nil {
		return err
	}
	return s.WriteGlobal(ctx, actor, func(tx *Tx) error {
		if !actor.System {
			return problem.New(problem.Forbidden, "policy.forbidden", nil).Because("districts and streets are named on the command line")
		}
		var r models.Region
		if err := notFound(tx.Where("id = ? AND level <> ?", id, models.LevelCommunity).Take(&r).Error); err != nil {
			return err
		}
		if err := tx.nameFree("name", r, name); err != nil {
			return err
		}
		if err := Changed(tx.Model(&models.Region{}).Where("id = ?", id).UpdateColumn("name", name)); err != nil {
			return err
		}
		if err := tx.Model(&models.Community{}).Where("street_id = ?", id).UpdateColumn("street_name", name).Error; err != nil {
			return err
		}
		for _, c := range s.Communities() {
			if c.StreetID == id {
				tx.touch[stampKey{c.ID, subjectFrame}] = 0
			}
		}
		tx.touchGlobal(subjectCommunities)
		tx.touchGlobal(subjectAuthz)
		tx.Audit("region.rename", id, map[string]string{"from": r.Name, "to": name})
		return nil
	})
}

// nameFree refuses the name of a sister: addresses and letters would be mistaken.
func (tx *Tx) nameFree(field string, r models.Region, name string) error {
	var taken models.Region
	err := tx.Where("parent_id = ? AND level = ? AND name = ? AND id <> ?", r.ParentID, r.Level, name, r.ID).Limit(1).Find(&taken).Error
	if err == nil && taken.ID != 0 {
		var f problem.Form
		f.Add(field, "settings.name.taken", nil)
		err = f.Err()
	}
	return err
}

func regionName(field, name string) (string, error) {
	name = cleanLine(name)
	var f problem.Form
	if n := len([]rune(name)); n < 2 || n > MaxRegionName || strings.ContainsAny(name, "<>=/\\") {
		f.Add(field, "settings.name.wrong", problem.Args{"most": MaxRegionName})
	}
	return name, f.Err()
}
