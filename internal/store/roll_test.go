package store_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"strings"
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

func rollSample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("../sheet/testdata/" + name)
	must(t, err)
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(b))
		must(t, err)
		b, err = io.ReadAll(z)
		must(t, err)
	}
	return b
}

func people(t testing.TB, db *storetest.DB, c *models.Community) (residents, households, grids, buildings int64) {
	t.Helper()
	must(t, db.In(c).Write(ctx, storetest.System, func(tx *store.Tx) error {
		for model, n := range map[any]*int64{&models.Resident{}: &residents, &models.Household{}: &households, &models.Grid{}: &grids, &models.Building{}: &buildings} {
			if err := tx.Model(model).Count(n).Error; err != nil {
				return err
			}
		}
		return nil
	}))
	return
}

// The sample has five ID numbers that stand twice; those rows are for the desk.
func TestRollComesInOnceAndAgain(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("brings in 5,691 people")
	}
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		c := db.Community(t, "hemuli")
		tenant := db.In(c)
		im, report, err := tenant.ImportRoll(ctx, storetest.System, "residents.csv", rollSample(t, "residents.csv.gz"), store.RollOptions{})
		must(t, err)
		if report.Added != 5686 || report.Bad != 5 {
			t.Fatalf("%+v", report)
		}
		if n, _, _, _ := people(t, db, c); n != 0 {
			t.Fatalf("%d people before the confirmation", n)
		}
		_, err = tenant.ConfirmRoll(ctx, storetest.System, im.ID, store.RollChoice{})
		must(t, err)
		residents, households, grids, buildings := people(t, db, c)
		if residents != 5686 || households != 2159 || grids != 10 || buildings != 60 {
			t.Fatalf("%d residents, %d households, %d grids, %d buildings", residents, households, grids, buildings)
		}
		if c := db.CommunityByID(c.ID); c.Residents != 5686 || c.Households != 2159 {
			t.Errorf("counts %d, %d", c.Residents, c.Households)
		}
		if _, err := tenant.ConfirmRoll(ctx, storetest.System, im.ID, store.RollChoice{}); !problem.Is(err, problem.Conflict) {
			t.Errorf("confirmed twice: %v", err)
		}
		// The same roll without its last household: nothing new, some gone.
		lines := strings.SplitAfter(string(rollSample(t, "residents.csv.gz")), "\n")
		shorter := strings.Join(lines[:len(lines)-10], "")
		shorter = strings.Replace(shorter, "程凯兰,户主,女,1996-09-07,999999199609070084,19900000001", "程凯兰,户主,女,1996-09-07,999999199609070084,19900099999", 1)
		im, report, err = tenant.ImportRoll(ctx, storetest.System, "residents.csv", []byte(shorter), store.RollOptions{})
		must(t, err)
		if report.Added != 0 || report.Changed != 1 || report.Gone == 0 || report.Gone > 10 {
			t.Fatalf("again: %+v", report)
		}
		_, err = tenant.ConfirmRoll(ctx, storetest.System, im.ID, store.RollChoice{MoveGone: true})
		must(t, err)
		if now := db.CommunityByID(c.ID); now.Residents != 5686-report.Gone {
			t.Errorf("%d residents after %d have gone", now.Residents, report.Gone)
		}
	})
}

func TestDirtyRollQueuesItsBadRows(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		c := db.Community(t, "hemuli")
		tenant := db.In(c)
		im, report, err := tenant.ImportRoll(ctx, storetest.System, "residents-dirty.csv", rollSample(t, "residents-dirty.csv"), store.RollOptions{})
		must(t, err)
		if report.Added+report.Bad != 300 || report.Bad < 9 {
			t.Fatalf("%+v", report)
		}
		_, err = tenant.ConfirmRoll(ctx, storetest.System, im.ID, store.RollChoice{QueueBad: true})
		must(t, err)
		who := officers(t, db, c, models.RoleDirector)
		rows, err := tenant.RollQueue(ctx, who[models.RoleDirector], 0, 100)
		must(t, err)
		if len(rows) != report.Bad {
			t.Errorf("%d rows queued, want %d", len(rows), report.Bad)
		}
		if n, _, _, _ := people(t, db, c); int(n) != report.Added {
			t.Errorf("%d residents, want %d", n, report.Added)
		}
	})
}
