package store

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"juwu/models"
	"juwu/policy"
)

// Sources of a disclosure item.
const (
	sourceNotice   = "notice"
	sourceAccounts = "accounts"
)

func itemByID(db *gorm.DB, id models.ID) (*models.DisclosureItem, error) {
	var item models.DisclosureItem
	if err := db.Where("id = ?", id).Take(&item).Error; err != nil {
		return nil, notFound(err)
	}
	return &item, nil
}

// DisclosureItems are the catalogue in its order: those in force on the day,
// or all with day "".
func (t *Tenant) DisclosureItems(ctx context.Context, day models.Date) ([]models.DisclosureItem, error) {
	var rows []models.DisclosureItem
	q := t.db(ctx)
	if day != "" {
		q = q.Where("active_to = '' OR active_to >= ?", day)
	}
	err := q.Order("category, id").Find(&rows).Error
	return rows, err
}

// DisclosureRow is an item of the catalogue with what it owes.
type DisclosureRow struct {
	Item  models.DisclosureItem
	Owed  []policy.Owed // the newest first
	Calls []models.DisclosureCall
}

// periodsShown is how far the calendar looks back, in periods of an item.
const periodsShown = 12

// DisclosureCalendar is what is due, done and overdue on a day: computed from
// what was published and when, so that no job can make it look better. An item
// that has ended stays while it owes something.
func (t *Tenant) DisclosureCalendar(ctx context.Context, day models.Date) ([]DisclosureRow, error) {
	items, err := t.DisclosureItems(ctx, "")
	if err != nil {
		return nil, err
	}
	var dones []models.DisclosureDone
	if err := t.db(ctx).Order("at DESC").Find(&dones).Error; err != nil {
		return nil, err
	}
	var calls []models.DisclosureCall
	if err := t.db(ctx).Order("id DESC").Find(&calls).Error; err != nil {
		return nil, err
	}
	done, called := byItem(dones, func(d models.DisclosureDone) models.ID { return d.ItemID }), byItem(calls, func(c models.DisclosureCall) models.ID { return c.ItemID })
	var rows []DisclosureRow
	for _, item := range items {
		r := DisclosureRow{Item: item, Calls: called[item.ID]}
		r.Owed = policy.Owing(item, done[item.ID], eventsOf(r.Calls), day, periodsShown, policy.China())
		overdue := slices.ContainsFunc(r.Owed, func(o policy.Owed) bool { return o.State == policy.DisclosureOverdue })
		if item.ActiveTo == "" || item.ActiveTo >= day || overdue {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

func byItem[T any](rows []T, item func(T) models.ID) map[models.ID][]T {
	m := map[models.ID][]T{}
	for _, r := range rows {
		m[item(r)] = append(m[item(r)], r)
	}
	return m
}

// eventsOf are the days after which an item on events is owed.
func eventsOf(calls []models.DisclosureCall) []models.Date {
	var days []models.Date
	for _, c := range calls {
		if day := models.Date(c.Period); day.Valid() {
			days = append(days, day)
		}
	}
	return days
}

// DisclosureItem is one item of the catalogue, in force or ended.
func (t *Tenant) DisclosureItem(ctx context.Context, id models.ID) (*models.DisclosureItem, error) {
	return itemByID(t.db(ctx), id)
}
