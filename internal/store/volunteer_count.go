package store

import (
	"context"
	"errors"
	"strconv"

	"gorm.io/gorm"

	"juwu/models"
	"juwu/policy"
)

// The figures of the gauge are maintained with every change: a volunteer stands
// in one row per dimension, under the month of the last service.

// counts tells whether a registration stands in the gauge.
func counts(v *models.Volunteer) bool {
	return v != nil && (v.State == models.VolunteerActive || v.State == models.VolunteerExcluded)
}

func countKeys(v *models.Volunteer) map[string]string {
	keys := map[string]string{"all": "all", "grid": v.GridID.String(), "building": v.BuildingID.String(), "birth": "0"}
	if v.Birth.Valid() {
		keys["birth"] = strconv.Itoa(v.Birth.Time().Year())
	}
	if v.Party {
		keys["party"] = "all"
	}
	return keys
}

// countOrder is one order for all: two transactions must not wait for each
// other.
var countOrder = []string{"all", "birth", "building", "grid", "party"}

// counted moves a volunteer in the gauge from how they were to how they are;
// nil is not there. It also notes who came and went in the month.
func (tx *Tx) counted(was, now *models.Volunteer) error {
	tx.Touch("volunteers")
	type square struct {
		item  string
		month models.Month
	}
	for _, dim := range countOrder {
		var from, to *square
		if counts(was) {
			if item, ok := countKeys(was)[dim]; ok {
				from = &square{item, was.LastServed}
			}
		}
		if counts(now) {
			if item, ok := countKeys(now)[dim]; ok {
				to = &square{item, now.LastServed}
			}
		}
		if from != nil && to != nil && *from == *to {
			continue
		}
		if from != nil {
			if err := tx.addCount(dim, from.item, from.month, -1); err != nil {
				return err
			}
		}
		if to != nil {
			if err := tx.addCount(dim, to.item, to.month, 1); err != nil {
				return err
			}
		}
	}
	switch {
	case !counts(was) && counts(now):
		return tx.addMonth(models.VolunteerMonth{Joined: 1})
	case counts(was) && !counts(now):
		return tx.addMonth(models.VolunteerMonth{LeftN: 1})
	}
	return nil
}

func (tx *Tx) addCount(dim, item string, month models.Month, n int) error {
	add := func() (int64, error) {
		res := tx.Model(&models.VolunteerCount{}).Where("dimension = ? AND item = ? AND month = ?", dim, item, month).Update("n", gorm.Expr("n + ?", n))
		return res.RowsAffected, res.Error
	}
	return tx.upsert(add, &models.VolunteerCount{Dimension: dim, Item: item, Month: month, N: n})
}

// upsert adds to a row, or makes it; of two who make it at once the second adds.
func (tx *Tx) upsert(add func() (int64, error), row any) error {
	if n, err := add(); err != nil || n == 1 {
		return err
	}
	err := tx.Create(row).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		_, err = add()
	}
	return err
}

func (tx *Tx) addMonth(m models.VolunteerMonth) error { return tx.addMonthAt(tx.Day().Month(), m) }

func (tx *Tx) addMonthAt(month models.Month, m models.VolunteerMonth) error {
	m.Month = month
	add := func() (int64, error) {
		res := tx.Model(&models.VolunteerMonth{}).Where("month = ?", month).Updates(map[string]any{
			"joined": gorm.Expr("joined + ?", m.Joined), "left_n": gorm.Expr("left_n + ?", m.LeftN),
			"minutes": gorm.Expr("minutes + ?", m.Minutes), "times": gorm.Expr("times + ?", m.Times)})
		return res.RowsAffected, res.Error
	}
	return tx.upsert(add, &m)
}

// GaugeItem is a part of the gauge: a grid, a building, an age.
type GaugeItem struct {
	ID         models.ID
	Name       string
	Registered int
	Active     int
	Residents  int
}

// GaugeView is the gauge with its parts.
type GaugeView struct {
	policy.Gauge
	RollDate  models.Date // what the denominators are of
	Grids     []GaugeItem
	Buildings []GaugeItem
	Ages      []GaugeItem // Name "14-17" …, of the people on the roll
	Months    []models.VolunteerMonth
	AtEnd     []int // registered at the end of each of the months
}

// activeMonths: the last twelve, this one included.
const activeMonths = 12

// Gauge reads the maintained figures: a constant number of queries.
func (t *Tenant) Gauge(ctx context.Context, day models.Date) (*GaugeView, error) {
	set, err := t.VolunteerSettings(ctx)
	if err != nil {
		return nil, err
	}
	g := &GaugeView{Gauge: policy.Gauge{Residents: t.Community.Residents, Target: set.TargetTenths}}
	if err := t.sumCounts(ctx, day, g); err != nil {
		return nil, err
	}
	if err := t.rollCounts(ctx, day, g); err != nil {
		return nil, err
	}
	since := day.Month().Add(1 - activeMonths)
	if err := t.db(ctx).Where("month >= ?", since).Order("month").Find(&g.Months).Error; err != nil {
		return nil, err
	}
	g.fillMonths(since)
	return g, nil
}

// fillMonths makes twelve months of those that have a row, and reckons back how
// many were registered at the end of each.
func (g *GaugeView) fillMonths(since models.Month) {
	byMonth := map[models.Month]models.VolunteerMonth{}
	for _, m := range g.Months {
		byMonth[m.Month] = m
	}
	g.Months = g.Months[:0]
	for i := range activeMonths {
		m := since.Add(i)
		row := byMonth[m]
		row.Month = m
		g.Months = append(g.Months, row)
	}
	g.AtEnd = make([]int, activeMonths)
	at := g.Registered
	for i := activeMonths - 1; i >= 0; i-- {
		g.AtEnd[i] = at
		at += g.Months[i].LeftN - g.Months[i].Joined
	}
}

func (t *Tenant) sumCounts(ctx context.Context, day models.Date, g *GaugeView) error {
	since := day.Month().Add(1 - activeMonths)
	var rows []struct {
		Dimension, Item string
		N, Active       int
	}
	err := t.db(ctx).Model(&models.VolunteerCount{}).Select("dimension, item, SUM(n) AS n, SUM(CASE WHEN month >= ? THEN n ELSE 0 END) AS active", since).
		Group("dimension, item").Find(&rows).Error
	if err != nil {
		return err
	}
	items := map[string]map[string]GaugeItem{}
	for _, r := range rows {
		if items[r.Dimension] == nil {
			items[r.Dimension] = map[string]GaugeItem{}
		}
		items[r.Dimension][r.Item] = GaugeItem{Registered: r.N, Active: r.Active}
	}
	all, party := items["all"]["all"], items["party"]["all"]
	g.Registered, g.Active, g.Party = all.Registered, all.Active, party.Active
	return t.gaugeParts(ctx, day, g, items)
}
