package store

import (
	"context"
	"crypto/sha256"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// rollPart is how many rows one transaction takes: SQLite has one writer.
const rollPart = 500

// rollSource is a resident with the dwelling, as the roll is filled from it.
type rollSource struct {
	models.Resident
	GroupName, BuildingName, Unit, Room string
}

// FillRoll puts everybody of the residents' roll who is old enough on the
// election's roll, undeclared: they become voters when they say so (art. 16).
// It works in batches and may be run again; who is there stays as they are. It
// returns how many came in.
func (t *Tenant) FillRoll(ctx context.Context, actor models.Actor, id models.ID) (added int, err error) {
	for after := models.ID(0); ; {
		n, last := 0, models.ID(0)
		err := t.Write(ctx, actor, func(tx *Tx) error {
			e, err := tx.electionFor(id, "election", "manage")
			if err != nil {
				return err
			}
			if policy.ElectionReached(e.State, models.ElectionRoll) || !policy.ElectionReached(e.State, models.ElectionPreparing) {
				return problem.New(problem.Conflict, "election.roll.filled", nil)
			}
			n, last, err = tx.fillRoll(e, after)
			return err
		})
		added += n
		if err != nil || last == 0 {
			return added, err
		}
		after = last
	}
}

func (tx *Tx) fillRoll(e *models.Election, after models.ID) (added int, last models.ID, err error) {
	var rows []rollSource
	err = tx.Model(&models.Resident{}).
		Select("residents.*, households.group_name AS group_name, buildings.name AS building_name, households.unit AS unit, households.room AS room").
		Joins("LEFT JOIN households ON households.community_id = residents.community_id AND households.id = residents.household_id").
		Joins("LEFT JOIN buildings ON buildings.community_id = residents.community_id AND buildings.id = residents.building_id").
		Where("residents.state = ? AND residents.id > ? AND residents.birth <> ''", models.ResidentActive, after).
		Order("residents.id").Limit(rollPart).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return 0, 0, err
	}
	last = rows[len(rows)-1].ID
	ids := make([]models.ID, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	var there []models.ID
	if err := tx.Model(&models.Voter{}).Where("election_id = ? AND resident_id IN ?", e.ID, ids).Pluck("resident_id", &there).Error; err != nil {
		return 0, 0, err
	}
	known := map[models.ID]bool{}
	for _, r := range there {
		known[r] = true
	}
	rules, number := policy.ReadRules(e), e.LastNumber
	var voters []models.Voter
	for i := range rows {
		if r := &rows[i]; !known[r.ID] && policy.OfAge(r.Birth, policy.AgeDay(e, tx.Day(), rules), rules) {
			number++
			voters = append(voters, tx.voterOf(e, r, number))
		}
	}
	if len(voters) == 0 {
		return 0, last, nil
	}
	// The number read stands in the condition: two desks that fill at once do not
	// give one number twice.
	res := tx.Model(&models.Election{}).Where("id = ? AND last_number = ?", e.ID, e.LastNumber).
		UpdateColumns(map[string]any{"last_number": number, "listed": gorm.Expr("listed + ?", len(voters))})
	if err := Changed(res); err != nil {
		return 0, 0, err
	}
	return len(voters), last, tx.CreateInBatches(&voters, 100).Error
}

func (tx *Tx) voterOf(e *models.Election, r *rollSource, number int) models.Voter {
	basis := models.BasisDomicile
	if r.Presence == models.PresenceHereOnly {
		basis = models.BasisHabitual
	}
	resident := r.ID
	return models.Voter{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: e.ID, Number: number, ResidentID: &resident, HouseholdID: r.HouseholdID,
		PersonIndex: r.DocumentIndex, Name: r.Name, Sex: r.Sex, Birth: r.Birth, GroupName: r.GroupName, Building: r.BuildingName,
		Room: strings.TrimSpace(r.Unit + " " + r.Room), Basis: basis, State: models.VoterUndeclared, Channel: models.ChannelPaper, CreatedAt: tx.Now}
}

// rollFingerprint is SHA-256 over the final roll: a line for each declared row
// in the order of numbers, fields separated by one tab:
//
//	juwu roll 1 <community> <election> <mode>
//	<number> <row> <elector 0 or 1>
//
// It names nobody, so it may be printed on a notice.
func rollFingerprint(db *gorm.DB, e *models.Election) ([]byte, int, int, error) {
	h := sha256.New()
	h.Write([]byte("juwu roll 1\t" + e.CommunityID.String() + "\t" + e.ID.String() + "\t" + string(e.Mode) + "\n"))
	rows, err := db.Model(&models.Voter{}).Select("number", "id", "elector").
		Where("election_id = ? AND state = ? AND late = ?", e.ID, models.VoterDeclared, false).Order("number").Rows()
	if err != nil {
		return nil, 0, 0, err
	}
	defer func() { _ = rows.Close() }()
	voters, electors := 0, 0
	for rows.Next() {
		var number int
		var id models.ID
		var elector bool
		if err := rows.Scan(&number, &id, &elector); err != nil {
			return nil, 0, 0, err
		}
		voters++
		flag := "0"
		if elector {
			electors, flag = electors+1, "1"
		}
		h.Write([]byte(strconv.Itoa(number) + "\t" + id.String() + "\t" + flag + "\n"))
	}
	return h.Sum(nil), voters, electors, rows.Err()
}

// PublishRoll makes the roll public: at least twenty days before the day (art.
// 17). In the modes of representatives their list is part of it.
func (t *Tenant) PublishRoll(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "publish")
		if err != nil {
			return err
		}
		rules := policy.ReadRules(e)
		if err := policy.MayPublishRoll(tx.Day(), e.Day, rules); err != nil {
			return err
		}
		if e.Voters == 0 || e.Electors == 0 {
			return problem.New(problem.Conflict, "election.roll.empty", nil)
		}
		now := tx.Now
		e.RollAt, e.ObjectUntil = &now, policy.ObjectUntil(tx.Day(), rules, policy.China())
		e.RollUntil = max(policy.DecideUntil(e.ObjectUntil, rules), e.Day)
		if err := tx.moveElection(e, "publish_roll", "roll_at", "object_until", "roll_until"); err != nil {
			return err
		}
		tx.Audit("election.roll.publish", id, map[string]int{"voters": e.Voters, "electors": e.Electors})
		return tx.stepDone(e, "roll", "")
	})
}

// FreezeRoll makes the roll final and gives it its fingerprint, when the time to
// object is over and everything is decided.
func (t *Tenant) FreezeRoll(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "publish")
		if err != nil {
			return err
		}
		var open int64
		if err := tx.Model(&models.RollObjection{}).Where("election_id = ? AND state = ?", id, models.ObjectionOpen).Count(&open).Error; err != nil {
			return err
		}
		if err := policy.MayFreezeRoll(tx.Day(), e, int(open)); err != nil {
			return err
		}
		if err := tx.Model(&models.Voter{}).Where("election_id = ?", id).UpdateColumn("late", false).Error; err != nil {
			return err
		}
		now := tx.Now
		e.RollFrozenAt = &now
		if e.RollFingerprint, e.Voters, e.Electors, err = rollFingerprint(tx.DB, e); err != nil {
			return err
		}
		if err := tx.moveElection(e, "freeze", "roll_frozen_at", "roll_fingerprint", "voters", "electors"); err != nil {
			return err
		}
		tx.Audit("election.roll.freeze", id, map[string]any{"voters": e.Voters, "electors": e.Electors, "fingerprint": e.RollFingerprint})
		return tx.stepDone(e, "freeze", "")
	})
}

// display tells whether the public may still read the names of a roll.
func rollShown(e *models.Election, now time.Time) bool {
	return e.RollAt != nil && models.DateOf(now) <= e.RollUntil
}
