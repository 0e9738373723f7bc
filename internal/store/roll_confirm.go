package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// RollChoice is what the committee decides after the preview.
type RollChoice struct {
	QueueBad bool // keep the bad rows for the desk; otherwise they are forgotten
	MoveGone bool // people whom an earlier import brought and this file lacks have moved away
}

// columns that a staged row and a resident share.
const residentColumns = "household_id, grid_id, building_id, name, relation, sex, birth, document_kind, document_seal, document_index, phone_seal, phone_index, domicile, since, politics, presence"

// ConfirmRoll brings the good rows of a staged import onto the roll in one
// set-based transaction.
func (t *Tenant) ConfirmRoll(ctx context.Context, actor models.Actor, id models.ID, choice RollChoice) (*RollReport, error) {
	var report RollReport
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("resident", "import"); err != nil {
			return err
		}
		var im models.Import
		if err := tx.Where("id = ? AND kind = ?", id, models.ImportRoll).Take(&im).Error; err != nil {
			return notFound(err)
		}
		if err := json.Unmarshal(im.Report, &report); err != nil {
			return err
		}
		if !tx.Now.Before(im.CreatedAt.Add(ImportLife)) {
			return problem.New(problem.TooLate, "roll.expired", nil)
		}
		if err := tx.rollUnchanged(im.CreatedAt); err != nil {
			return err
		}
		res := tx.Model(&models.Import{}).Where("id = ? AND state = ?", id, models.ImportStaged).
			Updates(map[string]any{"state": models.ImportConfirmed, "updated_at": tx.Now})
		if err := Changed(res); err != nil {
			return err
		}
		if err := tx.bringIn(id, choice); err != nil {
			return err
		}
		if err := tx.countPeople(); err != nil {
			return err
		}
		if err := tx.volunteersFollowRoll(0); err != nil {
			return err
		}
		tx.Touch("people", "home")
		tx.Audit("resident.import", id, map[string]any{"added": report.Added, "changed": report.Changed, "bad": report.Bad, "queued": choice.QueueBad, "moved": choice.MoveGone})
		return nil
	})
	return &report, err
}

// rollUnchanged: the staged rows were compared with the roll as it was; what
// the desk or another import changed since would be overwritten unseen.
func (tx *Tx) rollUnchanged(since time.Time) error {
	var newer models.Resident
	err := tx.Select("id").Where("updated_at > ?", since).Limit(1).Find(&newer).Error
	if err == nil && newer.ID != 0 {
		return problem.New(problem.Conflict, "roll.changed", nil)
	}
	return err
}

func (tx *Tx) bringIn(id models.ID, choice RollChoice) error {
	if err := tx.addPlaces(id); err != nil {
		return err
	}
	c := tx.Community.ID
	// "resident_id + 0": SQLite would else look for the least id along the index
	// of all of them, once per household, which is hours for a large roll.
	steps := []struct {
		when bool
		sql  string
		args []any
	}{
		{true, "INSERT INTO residents (community_id, id, " + residentColumns + ", state, source, created_at, updated_at) " +
			"SELECT community_id, resident_id, " + residentColumns + ", ?, 'import', ?, ? FROM roll_rows " +
			"WHERE community_id = ? AND import_id = ? AND action = ?",
			[]any{models.ResidentActive, tx.Now, tx.Now, c, id, models.RollAdd}},
		{true, "UPDATE residents SET " + fromRoll + "state = 'active', updated_at = ? WHERE community_id = ? AND id IN " +
			"(SELECT resident_id FROM roll_rows WHERE community_id = ? AND import_id = ? AND action = ?)",
			append(repeat(id, 16), tx.Now, c, c, id, models.RollChange)},
		{choice.MoveGone, "UPDATE residents SET state = ?, updated_at = ? WHERE community_id = ? AND source = 'import' AND state = ? AND id NOT IN " +
			"(SELECT resident_id FROM roll_rows WHERE community_id = ? AND import_id = ?)",
			[]any{models.ResidentMoved, tx.Now, c, models.ResidentActive, c, id}},
		{choice.MoveGone, "UPDATE resident_links SET state = ?, reason = 'link.moved', claim = NULL, live_user = NULL, live_resident = NULL, updated_at = ? " +
			"WHERE community_id = ? AND live_resident IN (SELECT id FROM residents WHERE community_id = ? AND state <> ?)",
			[]any{models.LinkRefused, tx.Now, c, c, models.ResidentActive}},
		{choice.MoveGone, "UPDATE households SET head_id = 0 WHERE community_id = ? AND head_id IN (SELECT id FROM residents WHERE community_id = ? AND state <> ?)",
			[]any{c, c, models.ResidentActive}},
		{true, "UPDATE households SET head_id = COALESCE((SELECT MIN(r.resident_id + 0) FROM roll_rows r WHERE r.community_id = households.community_id " +
			"AND r.import_id = ? AND r.household_id = households.id AND r.head = ? AND r.action <> ?), head_id) WHERE community_id = ?",
			[]any{id, true, models.RollBad, c}},
		{!choice.QueueBad, "DELETE FROM roll_rows WHERE community_id = ? AND import_id = ?", []any{c, id}},
		{choice.QueueBad, "DELETE FROM roll_rows WHERE community_id = ? AND import_id = ? AND action <> ?", []any{c, id, models.RollBad}},
	}
	for _, s := range steps {
		if !s.when {
			continue
		}
		if err := tx.Exec(s.sql, s.args...).Error; err != nil {
			return err
		}
	}
	return nil
}

func repeat(v any, n int) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = v
	}
	return out
}

// fromRoll sets each shared column from the staged row; both databases know
// this form of it.
var fromRoll = func() (sql string) {
	start := 0
	for i := 0; i <= len(residentColumns); i++ {
		if i < len(residentColumns) && residentColumns[i] != ',' {
			continue
		}
		name := residentColumns[start:i]
		sql += name + " = (SELECT r." + name + " FROM roll_rows r WHERE r.community_id = residents.community_id AND r.import_id = ? AND r.resident_id = residents.id), "
		start = i + 2
	}
	return sql
}()

// addPlaces adds the grids, buildings and households that the rows name and
// the community does not have.
func (tx *Tx) addPlaces(id models.ID) error {
	var rows []models.RollRow
	err := tx.Select("grid_id", "grid_name", "building_id", "building_name", "household_id", "group_name", "unit", "room", "number").
		Where("import_id = ? AND household_id <> 0", id).Order("line").Find(&rows).Error
	if err != nil {
		return err
	}
	var grids []models.Grid
	var buildings []models.Building
	var households []models.Household
	have := map[models.ID]bool{}
	for _, list := range []any{&models.Grid{}, &models.Building{}, &models.Household{}} {
		var ids []models.ID
		if err := tx.Model(list).Pluck("id", &ids).Error; err != nil {
			return err
		}
		for _, id := range ids {
			have[id] = true
		}
	}
	fresh := func(id models.ID) bool { was := have[id]; have[id] = true; return !was }
	for _, r := range rows {
		if fresh(r.GridID) {
			grids = append(grids, models.Grid{Tenant: models.Tenant{ID: r.GridID}, Name: r.GridName})
		}
		if fresh(r.BuildingID) {
			buildings = append(buildings, models.Building{Tenant: models.Tenant{ID: r.BuildingID}, GridID: r.GridID, Name: r.BuildingName})
		}
		if fresh(r.HouseholdID) {
			households = append(households, models.Household{Tenant: models.Tenant{ID: r.HouseholdID}, BuildingID: r.BuildingID,
				GroupName: r.GroupName, Unit: r.Unit, Room: r.Room, Number: r.Number})
		}
	}
	return errors.Join(createAll(tx, grids), createAll(tx, buildings), createAll(tx, households))
}

func createAll[T any](tx *Tx, rows []T) error {
	if len(rows) == 0 {
		return nil
	}
	return tx.CreateInBatches(rows, 200).Error
}

// countPeople keeps the community's counts, which no page counts.
func (tx *Tx) countPeople() error {
	var residents, households int64
	if err := tx.Model(&models.Resident{}).Where("state = ?", models.ResidentActive).Count(&residents).Error; err != nil {
		return err
	}
	if err := tx.Model(&models.Household{}).Count(&households).Error; err != nil {
		return err
	}
	tx.touchGlobal(subjectCommunities)
	return Changed(tx.Model(&models.Community{}).Where("id = ?", tx.Community.ID).
		Updates(map[string]any{"residents": residents, "households": households}))
}

// DropRoll forgets a staged import and its rows.
func (t *Tenant) DropRoll(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("resident", "import"); err != nil {
			return err
		}
		err := Changed(tx.Model(&models.Import{}).Where("id = ? AND kind = ? AND state <> ?", id, models.ImportRoll, models.ImportConfirmed).
			Updates(map[string]any{"state": models.ImportDropped, "updated_at": tx.Now}))
		if err != nil {
			return err
		}
		tx.Audit("resident.drop", id, nil)
		return tx.Where("import_id = ?", id).Delete(&models.RollRow{}).Error
	})
}
