package store

import (
	"context"

	"juwu/models"
	"juwu/policy"
)

// The exports in the field set of the national standard. They are read in
// batches: their size costs no memory.

// exportBatch of an export.
const exportBatch = 500

// ExportedHours is a record with what the standard wants beside it.
type ExportedHours struct {
	models.Hours
	Name     string
	National string
	Kind     string // service area of the activity
	Place    string
}

// EachHours reads every approved record, reversals and what they reverse
// included, oldest first: fn ends it by answering false. A batch is one query by
// key; people and activities are read when they are met for the first time, for
// the same few thousand stand behind all the years. Refusal: Forbidden; the
// reading is audited.
func (t *Tenant) EachHours(ctx context.Context, actor models.Actor, fn func(ExportedHours) bool) error {
	if err := t.noteExport(ctx, actor, "hours"); err != nil {
		return err
	}
	met := exportNames{people: map[models.ID]exportPerson{}, activities: map[models.ID]exportActivity{}}
	for last := models.ID(0); ; {
		var rows []models.Hours
		// By the primary key alone: with two states the database sorts all that is
		// left for every batch.
		err := t.db(ctx).Where("id > ?", last).Order("id").Limit(exportBatch).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		if err := t.meet(ctx, &met, rows); err != nil {
			return err
		}
		for _, h := range rows {
			if h.State != models.HoursApproved && h.State != models.HoursReversed {
				continue
			}
			v, a := met.people[h.VolunteerID], met.activities[h.ActivityID]
			if !fn(ExportedHours{h, v.name, v.national, a.kind, a.place}) {
				return nil
			}
		}
		last = rows[len(rows)-1].ID
	}
}

// exportNames are what an export has learnt on its way. It forgets them all when
// they become many, so that no export's memory grows with the years.
type exportNames struct {
	people     map[models.ID]exportPerson
	activities map[models.ID]exportActivity
}

type (
	exportPerson   struct{ name, national string }
	exportActivity struct{ kind, place string }
)

const mostExportNames = 20_000

// meet reads the people and activities of a batch that were not met before.
func (t *Tenant) meet(ctx context.Context, met *exportNames, rows []models.Hours) error {
	if len(met.people) > mostExportNames {
		clear(met.people)
	}
	if len(met.activities) > mostExportNames {
		clear(met.activities)
	}
	var people, activities []models.ID
	for _, h := range rows {
		if _, ok := met.people[h.VolunteerID]; !ok {
			met.people[h.VolunteerID], people = exportPerson{}, append(people, h.VolunteerID)
		}
		if _, ok := met.activities[h.ActivityID]; !ok && h.ActivityID != 0 {
			met.activities[h.ActivityID], activities = exportActivity{}, append(activities, h.ActivityID)
		}
	}
	if len(people) > 0 {
		var found []models.Volunteer
		if err := t.db(ctx).Select("community_id", "id", "name", "national_seal").Where("id IN ?", people).Find(&found).Error; err != nil {
			return err
		}
		for _, v := range found {
			national, err := t.national(&v)
			if err != nil {
				return err
			}
			met.people[v.ID] = exportPerson{v.Name, national}
		}
	}
	if len(activities) == 0 {
		return nil
	}
	var found []models.Activity
	err := t.db(ctx).Select("community_id", "id", "kind", "place").Where("id IN ?", activities).Find(&found).Error
	for _, a := range found {
		met.activities[a.ID] = exportActivity{a.Kind, a.Place}
	}
	return err
}

func (s *Store) national(v *models.Volunteer) (string, error) {
	if len(v.NationalSeal) == 0 {
		return "", nil
	}
	return s.opt.Keys.Open(sealVolunteerNational, v.ID, v.NationalSeal)
}

// ExportedVolunteer is a registration with what the standard wants beside it.
type ExportedVolunteer struct {
	models.Volunteer
	National string
	Document string // kind and masked number
	Phone    string // masked
	Politics string
	Grid     string
}

// EachVolunteer reads every registration that was not refused, oldest first.
// Refusal: Forbidden; the reading is audited.
func (t *Tenant) EachVolunteer(ctx context.Context, actor models.Actor, fn func(ExportedVolunteer) bool) error {
	if err := t.noteExport(ctx, actor, "volunteers"); err != nil {
		return err
	}
	var grids []models.Grid
	if err := t.db(ctx).Find(&grids).Error; err != nil {
		return err
	}
	names := map[models.ID]string{}
	for _, g := range grids {
		names[g.ID] = g.Name
	}
	for last := models.ID(0); ; {
		var rows []models.Volunteer
		err := t.db(ctx).Where("state <> ? AND id > ?", models.VolunteerRefused, last).Order("id").Limit(exportBatch).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		people := map[models.ID]models.Volunteer{}
		for _, v := range rows {
			people[v.ID] = v
		}
		papers, err := t.papersOf(ctx, people)
		if err != nil {
			return err
		}
		for _, v := range rows {
			x := ExportedVolunteer{Volunteer: v, Document: papers[v.ResidentID], Grid: names[v.GridID]}
			if x.National, err = t.national(&v); err != nil {
				return err
			}
			if x.Phone, err = t.VolunteerPhone(&v); err != nil {
				return err
			}
			if x.Phone = policy.MaskPhone(x.Phone); !fn(x) {
				return nil
			}
		}
		last = rows[len(rows)-1].ID
	}
}

// EachActivity reads every activity that was opened, oldest first. Refusal:
// Forbidden; the reading is audited.
func (t *Tenant) EachActivity(ctx context.Context, actor models.Actor, fn func(a models.Activity, team string) bool) error {
	if err := t.noteExport(ctx, actor, "activities"); err != nil {
		return err
	}
	var teams []models.Team
	if err := t.db(ctx).Find(&teams).Error; err != nil {
		return err
	}
	names := map[models.ID]string{}
	for _, g := range teams {
		names[g.ID] = g.Name
	}
	for last := models.ID(0); ; {
		var rows []models.Activity
		err := t.db(ctx).Where("state IN ? AND id > ?", []models.ActivityState{models.ActivityOpen, models.ActivityCancelled}, last).Order("id").Limit(exportBatch).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, a := range rows {
			if !fn(a, names[a.TeamID]) {
				return nil
			}
		}
		last = rows[len(rows)-1].ID
	}
}

// noteExport says in the audit who took the data out.
func (t *Tenant) noteExport(ctx context.Context, actor models.Actor, what string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("volunteer", "manage"); err != nil {
			return err
		}
		tx.Audit("volunteer.export", tx.chain, map[string]string{"what": what})
		return nil
	})
}
