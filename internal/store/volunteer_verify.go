package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"juwu/models"
	"juwu/policy"
)

// What must hold of volunteers at every commit (reliability.md section 3).

// sum is one line of a grouped query.
type sumLine struct {
	ID  models.ID
	Key string
	N   int
}

func sums(db *gorm.DB, model any, columns, group string) (map[models.ID]map[string]int, error) {
	var rows []sumLine
	err := db.Model(model).Select(columns).Group(group).Find(&rows).Error //forbid:allow sql fixed texts of this file
	out := map[models.ID]map[string]int{}
	for _, r := range rows {
		if out[r.ID] == nil {
			out[r.ID] = map[string]int{}
		}
		out[r.ID][r.Key] = r.N
	}
	return out, err
}

// compareSums reports every key on which two sums differ; a missing one is zero.
func compareSums(what string, kept, counted map[models.ID]map[string]int, found func(string)) {
	report := func(id models.ID, key string, a, b int) {
		if a != b {
			found(fmt.Sprintf("%s %s %s: kept %d, counted %d", what, id, key, a, b))
		}
	}
	for id, m := range kept {
		for key, n := range m {
			report(id, key, n, counted[id][key])
		}
	}
	for id, m := range counted {
		for key, n := range m {
			if _, ok := kept[id][key]; !ok {
				report(id, key, 0, n)
			}
		}
	}
}

// checkHours: Σ hours = Σ approved records, of people, months and days.
func (t *Tenant) checkHours(ctx context.Context, found func(string)) error {
	done := []models.HoursState{models.HoursApproved, models.HoursReversed}
	counted := func() *gorm.DB { return t.db(ctx).Where("state IN ?", done) }
	for _, c := range []struct {
		what           string
		kept           any
		keptColumns    string
		keptGroup      string
		counted        func() *gorm.DB
		columns, group string
	}{
		{"minutes of volunteer", &models.Volunteer{}, "id, '' AS `key`, SUM(minutes) AS n", "id", counted, "volunteer_id AS id, '' AS `key`, SUM(minutes) AS n", "volunteer_id"},
		{"month of volunteer", &models.VolunteerSum{}, "volunteer_id AS id, month AS `key`, SUM(minutes) AS n", "volunteer_id, month",
			func() *gorm.DB { return counted().Where("source <> ?", models.HoursTaken) }, "volunteer_id AS id, SUBSTR(day, 1, 7) AS `key`, SUM(minutes) AS n", "volunteer_id, SUBSTR(day, 1, 7)"},
		{"day of volunteer", &models.VolunteerDay{}, "volunteer_id AS id, day AS `key`, SUM(minutes) AS n", "volunteer_id, day",
			func() *gorm.DB { return counted().Where("source <> ?", models.HoursTaken) }, "volunteer_id AS id, day AS `key`, SUM(minutes) AS n", "volunteer_id, day"},
	} {
		kept, err := sums(t.db(ctx), c.kept, c.keptColumns, c.keptGroup)
		if err != nil {
			return err
		}
		have, err := sums(c.counted(), &models.Hours{}, c.columns, c.group)
		if err != nil {
			return err
		}
		compareSums(c.what, kept, have, found)
	}
	return t.checkReversals(ctx, found)
}

// checkReversals: every reversal undoes one record to the minute.
func (t *Tenant) checkReversals(ctx context.Context, found func(string)) error {
	var backs []models.Hours
	if err := t.db(ctx).Where("reverses_id IS NOT NULL").Find(&backs).Error; err != nil {
		return err
	}
	for _, b := range backs {
		var h models.Hours
		err := t.db(ctx).Where("id = ?", *b.ReversesID).Limit(1).Find(&h).Error
		if err != nil {
			return err
		}
		if h.ID == 0 || h.State != models.HoursReversed || h.Minutes != -b.Minutes || h.VolunteerID != b.VolunteerID {
			found("reversal " + b.ID.String() + " does not undo record " + b.ReversesID.String())
		}
	}
	return nil
}

// checkPoints: Σ points = 0, every transfer has two sides, every account is the
// sum of its entries and of what is left in its lots.
func (t *Tenant) checkPoints(ctx context.Context, found func(string)) error {
	transfers, err := sums(t.db(ctx), &models.PointsEntry{}, "transfer_id AS id, '' AS `key`, SUM(amount) AS n", "transfer_id")
	if err != nil {
		return err
	}
	for id, m := range transfers {
		if m[""] != 0 {
			found("points transfer " + id.String() + " does not add up to zero")
		}
	}
	kept, err := sums(t.db(ctx), &models.PointsAccount{}, "volunteer_id AS id, '' AS `key`, SUM(balance) AS n", "volunteer_id")
	if err != nil {
		return err
	}
	entries, err := sums(t.db(ctx), &models.PointsEntry{}, "volunteer_id AS id, '' AS `key`, SUM(amount) AS n", "volunteer_id")
	if err != nil {
		return err
	}
	compareSums("points of account", kept, entries, found)
	total := 0
	for id, m := range kept {
		total += m[""]
		if id != pool && m[""] < 0 {
			found("points of account " + id.String() + " are below zero")
		}
	}
	if total != 0 {
		found(fmt.Sprintf("points add up to %d, not to zero", total))
	}
	lots, err := sums(t.db(ctx), &models.PointsLot{}, "volunteer_id AS id, '' AS `key`, SUM(rest) AS n", "volunteer_id")
	if err != nil {
		return err
	}
	delete(kept, pool)
	compareSums("points left of account", kept, lots, found)
	return nil
}

// checkShifts: places taken are the places given, never more than there are, and
// nobody is in two places.
func (t *Tenant) checkShifts(ctx context.Context, found func(string)) error {
	var over []models.Shift
	if err := t.db(ctx).Where("taken > places OR taken < 0 OR waiting < 0").Find(&over).Error; err != nil {
		return err
	}
	for _, s := range over {
		found("shift " + s.ID.String() + " has more people than places")
	}
	for _, c := range []struct {
		column string
		state  models.SignupState
	}{{"taken", models.SignupIn}, {"waiting", models.SignupWaiting}} {
		kept, err := sums(t.db(ctx).Where("state = ?", models.ShiftOpen), &models.Shift{}, "id, '' AS `key`, SUM("+c.column+") AS n", "id")
		if err != nil {
			return err
		}
		have, err := sums(t.db(ctx).Where("state = ?", c.state), &models.Signup{}, "shift_id AS id, '' AS `key`, COUNT(*) AS n", "shift_id")
		if err != nil {
			return err
		}
		compareSums("shift "+c.column, kept, have, found)
	}
	return nil
}

// checkGauge: the maintained figures are what a count gives.
func (t *Tenant) checkGauge(ctx context.Context, found func(string)) error {
	var people []models.Volunteer
	if err := t.db(ctx).Find(&people).Error; err != nil {
		return err
	}
	want := map[string]int{}
	for i := range people {
		if counts(&people[i]) {
			for dim, item := range countKeys(&people[i]) {
				want[dim+" "+item+" "+string(people[i].LastServed)]++
			}
		}
	}
	var rows []models.VolunteerCount
	if err := t.db(ctx).Find(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		key := r.Dimension + " " + r.Item + " " + string(r.Month)
		if want[key] != r.N {
			found(fmt.Sprintf("gauge %s: kept %d, counted %d", key, r.N, want[key]))
		}
		delete(want, key)
	}
	for key, n := range want {
		found(fmt.Sprintf("gauge %s: kept 0, counted %d", key, n))
	}
	return nil
}

// checkCertificates: each still has its signature, and no valid one speaks of
// hours that were reversed.
func (t *Tenant) checkCertificates(ctx context.Context, found func(string)) error {
	keys, err := t.CertificateKeys(ctx)
	if err != nil {
		return err
	}
	var rows []models.ServiceCertificate
	if err := t.db(ctx).Find(&rows).Error; err != nil {
		return err
	}
	for _, c := range rows {
		s, _, err := policy.ReadToken(policy.CertificateToken(c.Payload, c.Signature), keys)
		if err != nil || s.Number != c.Number || s.Minutes != c.Minutes {
			found("certificate " + c.ID.String() + " is not what was signed")
		}
		if c.State != models.CertificateValid {
			continue
		}
		var ids []models.ID
		if err := t.db(ctx).Model(&models.CertifiedHours{}).Where("certificate_id = ?", c.ID).Pluck("hours_id", &ids).Error; err != nil {
			return err
		}
		var n int64
		if err := t.db(ctx).Model(&models.Hours{}).Where("id IN ? AND state = ?", ids, models.HoursApproved).Count(&n).Error; err != nil {
			return err
		}
		if int(n) != len(ids) {
			found("certificate " + c.ID.String() + " is valid and speaks of hours that were reversed")
		}
	}
	return nil
}
