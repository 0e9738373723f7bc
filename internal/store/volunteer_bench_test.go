package store_test

import (
	"fmt"
	"os"
	"runtime"
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
		return k.fillSums(tx, all, rows/people)
	}))
	return first
}

// fillSums are what the use cases would have kept: a sum per person and month,
// the squares of the gauge, the months of the trend. Records lie nine days apart.
func (k *corps) fillSums(tx *store.Tx, all []models.Volunteer, each int) error {
	now := models.MonthOf(tx.Now)
	sums := make([]models.VolunteerSum, 0, len(all)*(each*9/30+1))
	for _, v := range all {
		for m := range each*9/30 + 1 {
			sums = append(sums, models.VolunteerSum{CommunityID: k.c.ID, VolunteerID: v.ID, Month: now.Add(-m), Minutes: 200, Times: 3})
		}
	}
	counts := []models.VolunteerCount{{CommunityID: k.c.ID, Dimension: "all", Item: "all", Month: now, N: len(all)}}
	for i := range 70 {
		for m := range 60 {
			counts = append(counts, models.VolunteerCount{CommunityID: k.c.ID, Dimension: "birth", Item: fmt.Sprint(1940 + i), Month: now.Add(-m), N: 1})
		}
	}
	for m := range 60 {
		row := models.VolunteerMonth{CommunityID: k.c.ID, Month: now.Add(-1 - m), Joined: 10, Minutes: len(all) * 200, Times: len(all) * 3}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
	}
	if err := tx.CreateInBatches(&counts, 500).Error; err != nil {
		return err
	}
	return tx.CreateInBatches(&sums, 500).Error
}

// Gauge, my page and export with years of records: 10,000, 100,000, and a
// million where JUWU_SOAK asks for it (filling takes minutes): 5,000 volunteers
// of five years. Beside the export stands what the bare database takes for the
// same rows, and the most memory that was held meanwhile.
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
		} {
			b.Run(fmt.Sprintf("%s of %d", name, n), func(b *testing.B) {
				for b.Loop() {
					must(b, fn())
				}
			})
		}
		b.Run(fmt.Sprintf("bare rows of %d", n), func(b *testing.B) {
			for b.Loop() {
				bareRows(b, db, n)
			}
		})
		b.Run(fmt.Sprintf("export of %d", n), func(b *testing.B) {
			most := uint64(0)
			for b.Loop() {
				most = max(most, k.exported(b, n))
			}
			b.ReportMetric(float64(most)/(1<<20), "MB-held")
		})
	}
}

// exported reads every record and tells the most memory that was in use.
func (k *corps) exported(b *testing.B, n int) (most uint64) {
	rows := 0
	var mem runtime.MemStats
	must(b, k.in().EachHours(ctx, k.member, func(store.ExportedHours) bool {
		if rows++; rows%(n/5) == 0 {
			runtime.GC()
			runtime.ReadMemStats(&mem)
			most = max(most, mem.HeapAlloc)
		}
		return true
	}))
	if rows != n {
		b.Fatalf("%d of %d rows", rows, n)
	}
	return most
}

// bareRows reads the same columns without anything of ours around it.
func bareRows(b *testing.B, db *storetest.DB, n int) {
	seen := 0
	rows, err := db.RawRows(ctx, "SELECT * FROM service_hours ORDER BY community_id, id")
	must(b, err)
	defer rows.Close()
	columns, err := rows.Columns()
	must(b, err)
	cells := make([]any, len(columns))
	for i := range cells {
		cells[i] = new(any)
	}
	for rows.Next() {
		must(b, rows.Scan(cells...))
		seen++
	}
	must(b, rows.Err())
	if seen != n {
		b.Fatalf("%d of %d rows", seen, n)
	}
}
