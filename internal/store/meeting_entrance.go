package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"juwu/models"
)

// Entrance is a door of the community: a building's unit.
type Entrance struct {
	BuildingID models.ID
	Building   string
	Unit       string
	HungAt     *time.Time
	HungBy     string
}

// Key names an entrance in a form.
func (e Entrance) Key() string { return e.BuildingID.String() + "/" + e.Unit }

// Entrances are the doors at which the notice of a meeting hangs, with who has
// hung it when: proof that a notice has reached everybody's door. After a change
// all hang anew.
func (t *Tenant) Entrances(ctx context.Context, meeting models.ID) ([]Entrance, error) {
	var doors []struct {
		BuildingID models.ID
		Unit       string
	}
	if err := t.db(ctx).Model(&models.Household{}).Distinct("building_id", "unit").Find(&doors).Error; err != nil {
		return nil, err
	}
	var buildings []models.Building
	if err := t.db(ctx).Find(&buildings).Error; err != nil {
		return nil, err
	}
	names := map[models.ID]string{}
	for _, b := range buildings {
		names[b.ID] = b.Name
	}
	m, err := meetingByID(t.db(ctx), meeting)
	if err != nil {
		return nil, err
	}
	var hung []models.MeetingPosting
	if err := t.db(ctx).Where("meeting_id = ? AND revision = ?", meeting, m.Revision).Find(&hung).Error; err != nil {
		return nil, err
	}
	out := make([]Entrance, len(doors))
	for i, d := range doors {
		out[i] = Entrance{BuildingID: d.BuildingID, Building: names[d.BuildingID], Unit: d.Unit}
		for _, h := range hung {
			if h.BuildingID == d.BuildingID && h.Unit == d.Unit {
				out[i].HungAt, out[i].HungBy = &h.CreatedAt, h.ByName
			}
		}
	}
	slices.SortFunc(out, func(a, b Entrance) int {
		if n := byNumber(a.Building, b.Building); n != 0 {
			return n
		}
		return byNumber(a.Unit, b.Unit)
	})
	return out, nil
}

// HangSheets notes that sheets hang at entrances, each once. Refusals: Forbidden,
// NotFound for a meeting whose notice is not out.
func (t *Tenant) HangSheets(ctx context.Context, actor models.Actor, meeting models.ID, entrances []string) error {
	known, err := t.Entrances(ctx, meeting)
	if err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("meeting", "door"); err != nil {
			return err
		}
		m, err := meetingByID(tx.DB.Where("state IN ?", publicMeetings), meeting)
		if err != nil {
			return err
		}
		for _, e := range known {
			if e.HungAt != nil || !slices.Contains(entrances, e.Key()) {
				continue
			}
			row := models.MeetingPosting{MeetingID: meeting, BuildingID: e.BuildingID, Unit: e.Unit, Revision: m.Revision, ByUserID: actor.UserID, ByName: strings.TrimSpace(actor.Name), CreatedAt: tx.Now}
			if err := tx.hang(row); err != nil {
				return err
			}
		}
		tx.Audit("meeting.posted", meeting, map[string]int{"entrances": len(entrances)})
		return nil
	})
}

// hang notes the sheet of one entrance, in the place of that of an older notice.
func (tx *Tx) hang(row models.MeetingPosting) error {
	res := tx.Model(&models.MeetingPosting{}).Where("meeting_id = ? AND building_id = ? AND unit = ? AND revision <= ?", row.MeetingID, row.BuildingID, row.Unit, row.Revision).
		Select("revision", "by_user_id", "by_name", "created_at").UpdateColumns(&row)
	if res.Error != nil || res.RowsAffected > 0 {
		return res.Error
	}
	row.ID = tx.NewID()
	return tx.Create(&row).Error
}
