package store_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

var ctx = context.Background()

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestMigrateTwice(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		must(t, db.Migrate(ctx))
		other := db.Second(t)
		must(t, other.Migrate(ctx))
		must(t, other.Load(ctx))
	})
}

// A subject that grows after another one, with a higher number, has come in: a
// database of the version between is brought up to date.
func TestMigrateWhatALaterNumberOvertook(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		must(t, db.Exec(ctx, "ALTER TABLE appraisals DROP COLUMN unsigned_why"))
		must(t, db.Exec(ctx, "DELETE FROM schema_version WHERE version_id = 36005"))
		must(t, db.Migrate(ctx))
		must(t, db.Exec(ctx, "UPDATE appraisals SET unsigned_why = ''"))
	})
}

func TestCommunityIsKnownToTheOtherProcess(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		other := db.Second(t)
		must(t, other.Load(ctx))
		db.Community(t, "hemuli")
		if _, err := other.CommunityByCode(ctx, "hemuli"); !problem.Is(err, problem.NotFound) {
			t.Fatalf("before following: %v", err)
		}
		must(t, other.Follow(ctx))
		if _, err := other.CommunityByCode(ctx, "hemuli"); err != nil {
			t.Fatal(err)
		}
	})
}

func TestReservedAndMalformedCodes(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	for _, code := range []string{"", "a", "admin", "login", "me", "healthz", "He", "he muli", "和睦里", "a/b", strings.Repeat("a", 33)} {
		_, err := db.CreateCommunity(ctx, storetest.System, models.Community{Code: code, Name: "x"})
		if !problem.Is(err, problem.Invalid) {
			t.Errorf("code %q: %v", code, err)
		}
	}
}

// counter uses a tenant's table through the one way to write.
func next(t *testing.T, s *store.Tenant, name string) int64 {
	t.Helper()
	var n int64
	must(t, s.Write(ctx, storetest.System, func(tx *store.Tx) (err error) {
		n, err = tx.Next(name)
		return err
	}))
	return n
}

func TestNextHasNoGapsUnderRace(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		c := db.Community(t, "hemuli")
		other := db.Second(t)
		must(t, other.Load(ctx))
		if n := next(t, db.In(c), "x"); n != 1 {
			t.Fatal(n)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		seen := map[int64]bool{1: true}
		for i := range 20 {
			s := db.Store
			if i%2 == 1 {
				s = other
			}
			wg.Go(func() {
				n := next(t, s.In(c), "x")
				mu.Lock()
				defer mu.Unlock()
				if seen[n] {
					t.Errorf("%d twice", n)
				}
				seen[n] = true
			})
		}
		wg.Wait()
		for n := range int64(21) {
			if !seen[n+1] {
				t.Errorf("%d missing", n+1)
			}
		}
	})
}

func TestTenantCannotBeForgottenOrEscaped(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		a, b := db.Community(t, "aa"), db.Community(t, "bb")
		add := func(c *models.Community, name string) {
			must(t, db.In(c).Write(ctx, storetest.System, func(tx *store.Tx) error {
				return tx.Create(&models.Grid{Tenant: models.Tenant{ID: tx.NewID()}, Name: name}).Error
			}))
		}
		add(a, "one")
		add(a, "two")
		add(b, "one")
		must(t, db.In(a).Write(ctx, storetest.System, func(tx *store.Tx) error {
			var rows []models.Grid
			must(t, tx.Where("name = ?", "one").Or("name <> ?", "").Find(&rows).Error)
			if len(rows) != 2 {
				t.Errorf("Or reaches %d rows, want 2", len(rows))
			}
			rows = nil
			must(t, tx.Find(&rows, []int{}).Error)
			if len(rows) != 2 {
				t.Errorf("empty list reaches %d rows", len(rows))
			}
			res := tx.Model(&models.Grid{}).Where("name = ?", "one").Or("1 = 1").Update("worker_name", "w")
			if res.Error != nil || res.RowsAffected != 2 {
				t.Errorf("update reached %d rows: %v", res.RowsAffected, res.Error)
			}
			res = tx.Where("name = ?", "one").Or("name = ?", "two").Delete(&models.Grid{})
			if res.Error != nil || res.RowsAffected != 2 {
				t.Errorf("delete reached %d rows: %v", res.RowsAffected, res.Error)
			}
			return nil
		}))
		err := db.In(a).Write(ctx, storetest.System, func(tx *store.Tx) error {
			return tx.Create(&models.Grid{Tenant: models.Tenant{CommunityID: b.ID, ID: tx.NewID()}, Name: "x"}).Error
		})
		if err == nil {
			t.Error("inserted a row for another community")
		}
		err = db.WriteGlobal(ctx, storetest.System, func(tx *store.Tx) error {
			return tx.Find(&[]models.Grid{}).Error
		})
		if err == nil {
			t.Error("read a community's table without a community")
		}
	})
}

func TestAuditChainNamesTheEditedRow(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		c := db.Community(t, "hemuli")
		for range 3 {
			must(t, db.In(c).Write(ctx, storetest.System, func(tx *store.Tx) error {
				tx.Audit("test.act", 7, map[string]int{"n": 1})
				tx.AuditUnnamed("test.quiet", 8, nil)
				return nil
			}))
		}
		if found := verify(t, db); len(found) != 0 {
			t.Fatalf("clean chain: %v", found)
		}
		must(t, db.Exec(ctx, "UPDATE audit_rows SET object_id = 9 WHERE community_id = ? AND seq = 4", c.ID))
		found := verify(t, db)
		if len(found) != 1 || !strings.Contains(found[0].What, "row 4") {
			t.Fatalf("edited row: %v", found)
		}
		must(t, db.Exec(ctx, "UPDATE audit_rows SET object_id = 8 WHERE community_id = ? AND seq = 4", c.ID))
		must(t, db.Exec(ctx, "DELETE FROM audit_rows WHERE community_id = ? AND seq = 6", c.ID))
		if found := verify(t, db); len(found) != 1 {
			t.Fatalf("cut chain: %v", found)
		}
	})
}

func verify(t testing.TB, db *storetest.DB) (found []store.Finding) {
	t.Helper()
	must(t, db.Verify(ctx, func(f store.Finding) { found = append(found, f) }))
	return found
}

func TestWriteRollsBackWholly(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		c := db.Community(t, "hemuli")
		stamp := db.Stamp(c.ID, "x")
		wrong := errors.New("wrong")
		err := db.In(c).Write(ctx, storetest.System, func(tx *store.Tx) error {
			tx.Audit("test.act", 1, nil)
			tx.Touch("x")
			must(t, tx.Create(&models.Grid{Tenant: models.Tenant{ID: tx.NewID()}, Name: "one"}).Error)
			return wrong
		})
		if !errors.Is(err, wrong) {
			t.Fatal(err)
		}
		must(t, db.In(c).Write(ctx, storetest.System, func(tx *store.Tx) error {
			var n int64
			must(t, tx.Model(&models.Grid{}).Count(&n).Error)
			if n != 0 {
				t.Errorf("%d rows are left", n)
			}
			return nil
		}))
		if db.Stamp(c.ID, "x") != stamp {
			t.Error("the stamp moved")
		}
	})
}

func TestBackupAndRestoreAcrossDatabases(t *testing.T) {
	t.Parallel()
	from := storetest.New(t)
	c := from.Community(t, "hemuli")
	tenant := from.In(c)
	sum, err := tenant.PutFile([]byte("a receipt"))
	must(t, err)
	must(t, tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
		tx.Audit("test.act", 1, nil)
		must(t, tx.Create(&models.Grid{Tenant: models.Tenant{ID: tx.NewID()}, Name: "𠮷", WorkerName: "王"}).Error)
		return tx.Create(&models.Attachment{Tenant: models.Tenant{ID: tx.NewID()}, SHA256: sum, Size: 9}).Error
	}))
	var backup bytes.Buffer
	must(t, from.Backup(ctx, &backup))
	check := func(t *testing.T, to *storetest.DB) {
		to.Opt.Keys = from.Opt.Keys
		s := to.Second(t)
		_, err := s.Restore(ctx, bytes.NewReader(backup.Bytes()))
		must(t, err)
		must(t, s.Load(ctx))
		var found []store.Finding
		must(t, s.Verify(ctx, func(f store.Finding) { found = append(found, f) }))
		if len(found) > 0 {
			t.Error(found)
		}
		// Not because a key is there twice: another community's backup would go in.
		if _, err := s.Restore(ctx, bytes.NewReader(backup.Bytes())); err == nil || !strings.Contains(err.Error(), "not empty") {
			t.Errorf("restored over existing data: %v", err)
		}
	}
	t.Run("sqlite", func(t *testing.T) { check(t, storetest.New(t)) })
	t.Run("mariadb", func(t *testing.T) { check(t, storetest.NewMySQL(t)) })
}

func TestLimit(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		act := func() error {
			return db.WriteGlobal(ctx, storetest.System, func(tx *store.Tx) error { return tx.Limit("b", 2, 60e9) })
		}
		must(t, act())
		must(t, act())
		if err := act(); !problem.Is(err, problem.TooMany) {
			t.Fatal(err)
		}
		db.Clock.Add(60e9)
		must(t, act())
	})
}
