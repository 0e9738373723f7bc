package store_test

import (
	"fmt"
	"os"
	"testing"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// fillServed puts years of approved records in behind the use cases, with the
// sums that they maintain: a benchmark is about reading.
func (k *corps) fillServed(b *testing.B, people, rows int) *models.Volunteer {
	b.Helper()
	var first *models.Volunteer
	must(b, k.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		all := make([]models.Volunteer, people)
		for i := range all {
			all[i] = models.Volunteer{Tenant: models.Tenant{ID: tx.NewID()}, Number: fmt.Sprintf("B%08d", i), State: models.VolunteerActive, Name: "众", Birth: "1980-01-01", Source: "list", CreatedAt: tx.Now, UpdatedAt: tx.Now}
		}
		if err := tx.CreateInBatches(&all, 500).Error; err != nil {
			return err
		}
		first = &all[0]
		hours := make([]models.Hours, 0, 500)
		for i := range rows {
			v := all[i%people]
			hours = append(hours, models.Hours{Tenant: models.Tenant{ID: tx.NewID()}, VolunteerID: v.ID, VolunteerNo: v.Number, Day: models.DateOf(tx.Now).AddDays(-i / people * 9), Minutes: 60, What: "巡逻", Source: models.HoursTimed, State: models.HoursApproved, CreatedAt: tx.Now, UpdatedAt: tx.Now})
			if len(hours) == cap(hours) || i == rows-1 {
				if err := tx.CreateInBatches(&hours, 500).Error; err != nil {
					return err
				}
				hours = hours[:0]
			}
		}
		return nil
	}))
	return first
}

// Gauge, my page and export with years of records: 10,000 and 100,000, and a
// million where JUWU_SOAK asks for it (filling takes minutes).
func BenchmarkVolunteers(b *testing.B) {
	sizes := []int{10_000, 100_000}
	if os.Getenv("JUWU_SOAK") != "" {
		sizes = append(sizes, 1_000_000)
	}
	for _, n := range sizes {
		db := storetest.New(b)
		k := newCorps(b, db)
		v := k.fillServed(b, n/200, n)
		day := models.DateOf(db.Now())
		for name, fn := range map[string]func() error{
			"gauge":   func() error { _, err := k.in().Gauge(ctx, day); return err },
			"my page": func() error { _, err := k.in().MyService(ctx, v, db.Now()); return err },
			"my hours": func() error {
				_, _, err := k.in().MyHours(ctx, v, 0)
				return err
			},
			"export": func() error {
				rows := 0
				err := k.in().EachHours(ctx, k.member, func(store.ExportedHours) bool { rows++; return true })
				if rows != n {
					b.Fatalf("%d of %d rows", rows, n)
				}
				return err
			},
		} {
			b.Run(fmt.Sprintf("%s of %d", name, n), func(b *testing.B) {
				for b.Loop() {
					must(b, fn())
				}
			})
		}
	}
}
