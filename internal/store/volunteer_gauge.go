package store

import (
	"context"
	"slices"
	"strconv"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// ageBands of the gauge, by the first year of each.
var ageBands = []int{0, 14, 18, 35, 60, 75}

func bandOf(age int) int {
	for i := len(ageBands) - 1; i > 0; i-- {
		if age >= ageBands[i] {
			return i
		}
	}
	return 0
}

func bandName(i int) string {
	if i == len(ageBands)-1 {
		return strconv.Itoa(ageBands[i]) + "+"
	}
	return strconv.Itoa(ageBands[i]) + "-" + strconv.Itoa(ageBands[i+1]-1)
}

// gaugeParts names grids, buildings and ages and puts their figures beside
// them. Ages follow from the year of birth at the end of this year.
func (t *Tenant) gaugeParts(ctx context.Context, day models.Date, g *GaugeView, items map[string]map[string]GaugeItem) error {
	var grids []models.Grid
	if err := t.db(ctx).Find(&grids).Error; err != nil {
		return err
	}
	slices.SortFunc(grids, func(a, b models.Grid) int { return byNumber(a.Name, b.Name) })
	for _, x := range grids {
		i := items["grid"][x.ID.String()]
		i.ID, i.Name = x.ID, x.Name
		g.Grids = append(g.Grids, i)
	}
	var buildings []models.Building
	if err := t.db(ctx).Find(&buildings).Error; err != nil {
		return err
	}
	slices.SortFunc(buildings, func(a, b models.Building) int { return byNumber(a.Name, b.Name) })
	for _, x := range buildings {
		i := items["building"][x.ID.String()]
		i.ID, i.Name = x.ID, x.Name
		g.Buildings = append(g.Buildings, i)
	}
	g.Ages = make([]GaugeItem, len(ageBands))
	for i := range g.Ages {
		g.Ages[i].Name = bandName(i)
	}
	for year, x := range items["birth"] {
		if n, _ := strconv.Atoi(year); n > 0 {
			b := &g.Ages[bandOf(day.Time().Year()-n)]
			b.Registered, b.Active = b.Registered+x.Registered, b.Active+x.Active
		}
	}
	return nil
}

// rollCounts puts the roll's figures under those of the volunteers, with the
// day on which the roll last changed.
func (t *Tenant) rollCounts(ctx context.Context, day models.Date, g *GaugeView) error {
	var rows []struct {
		BuildingID, GridID models.ID
		Birth              string
		Politics           string
		N                  int
	}
	err := t.db(ctx).Model(&models.Resident{}).Select("building_id, grid_id, SUBSTR(birth, 1, 4) AS birth, politics, COUNT(*) AS n").
		Where("state = ?", models.ResidentActive).Group("building_id, grid_id, SUBSTR(birth, 1, 4), politics").Find(&rows).Error
	if err != nil {
		return err
	}
	for _, r := range rows {
		if i := slices.IndexFunc(g.Grids, func(x GaugeItem) bool { return x.ID == r.GridID }); i >= 0 {
			g.Grids[i].Residents += r.N
		}
		if i := slices.IndexFunc(g.Buildings, func(x GaugeItem) bool { return x.ID == r.BuildingID }); i >= 0 {
			g.Buildings[i].Residents += r.N
		}
		if year, _ := strconv.Atoi(r.Birth); year > 0 {
			g.Ages[bandOf(day.Time().Year()-year)].Residents += r.N
		}
		if partyMember(r.Politics) {
			g.PartyRoll += r.N
		}
	}
	var last []models.Resident
	if err := t.db(ctx).Select("community_id", "id", "updated_at").Order("updated_at DESC").Limit(1).Find(&last).Error; err != nil {
		return err
	}
	if len(last) > 0 {
		g.RollDate = models.DateOf(last[0].UpdatedAt)
	}
	return nil
}

// GaugeFigure is the gauge's one figure for the home page: two small reads.
func (t *Tenant) GaugeFigure(ctx context.Context, day models.Date) (policy.Gauge, error) {
	set, err := t.VolunteerSettings(ctx)
	if err != nil {
		return policy.Gauge{}, err
	}
	g := policy.Gauge{Residents: t.Community.Residents, Target: set.TargetTenths}
	var rows []models.VolunteerCount
	if err := t.db(ctx).Where("dimension = ?", "all").Find(&rows).Error; err != nil {
		return g, err
	}
	since := day.Month().Add(1 - activeMonths)
	for _, r := range rows {
		g.Registered += r.N
		if r.Month >= since {
			g.Active += r.N
		}
	}
	return g, nil
}

// VolunteerSettings are the community's, or the defaults.
func (t *Tenant) VolunteerSettings(ctx context.Context) (models.VolunteerSettings, error) {
	var rows []models.VolunteerSettings
	err := t.db(ctx).Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return policy.DefaultVolunteerSettings(t.Community.ID), err
	}
	return rows[0], nil
}

func (tx *Tx) volunteerSettings() (models.VolunteerSettings, error) {
	var rows []models.VolunteerSettings
	err := tx.DB.Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return policy.DefaultVolunteerSettings(tx.chain), err
	}
	return rows[0], nil
}

// SaveVolunteerSettings changes what the community decides about volunteers.
// Points are adopted with the decision of the assembly that did it.
func (t *Tenant) SaveVolunteerSettings(ctx context.Context, actor models.Actor, s models.VolunteerSettings) error {
	s.PointsDecision = cleanLine(s.PointsDecision)
	var f problem.Form
	number := func(field string, n, least, most int) {
		if n < least || n > most {
			f.Add(field, "form.number", problem.Args{"least": least, "most": most})
		}
	}
	number("day_cap", s.DayCap, 60, 16*60)
	number("activity_cap", s.ActivityCap, 60, max(60, s.DayCap)) // above the day's it would bind nobody
	number("cancel_hours", s.CancelHours, 0, 168)
	number("target", s.TargetTenths, 1, 500)
	if _, err := policy.StarHours(s.StarHours); err != nil {
		f.Add("star_hours", "volunteer.stars.wrong", nil)
	}
	if s.PointsOn {
		number("points_per_hour", s.PointsPerHour, 1, 1000)
		number("points_day_most", s.PointsDayMost, 0, 10000)
		number("points_most_held", s.PointsMostHeld, 0, 1000000)
		number("points_months", s.PointsMonths, 0, 120)
		if s.PointsDecision == "" {
			f.Add("points_decision", "points.decision.needed", nil)
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("volunteer", "settings"); err != nil {
			return err
		}
		now, err := tx.volunteerSettings()
		if err != nil {
			return err
		}
		s.CommunityID, s.UpdatedAt, s.PointsAdoptedOn = tx.chain, tx.Now, now.PointsAdoptedOn
		if s.PointsOn && !now.PointsOn {
			s.PointsAdoptedOn = tx.Day()
		}
		tx.Audit("volunteer.settings", tx.chain, map[string]any{"points": s.PointsOn, "day_cap": s.DayCap})
		tx.Touch("volunteers")
		add := func() (int64, error) {
			res := tx.Model(&models.VolunteerSettings{}).Where("community_id = ?", tx.chain).Select("*").Omit("community_id").Updates(&s)
			return res.RowsAffected, res.Error
		}
		return tx.upsert(add, &s)
	})
}
