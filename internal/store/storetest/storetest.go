// Package storetest makes a migrated database per test: SQLite in a temporary
// folder, and MariaDB too when JUWU_TEST_MYSQL names a server. Time is a value
// that the test moves.
package storetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"

	"juwu/internal/store"
	"juwu/models"
	"juwu/policy"
)

// Clock is a time that stands still until the test moves it.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Start is when tests begin: a Monday morning in Shanghai.
var Start = time.Date(2026, 11, 23, 9, 30, 0, 0, models.Shanghai).UTC()

func (c *Clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

// Add moves the clock.
func (c *Clock) Add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

// Set moves the clock to t.
func (c *Clock) Set(t time.Time) { c.mu.Lock(); defer c.mu.Unlock(); c.now = t.UTC() }

// DB is a store under test.
type DB struct {
	*store.Store
	Clock   *Clock
	Opt     store.Options
	KeyText string // of Opt.Keys, for another process
}

// Each runs the test on SQLite and on MariaDB.
func Each(t *testing.T, test func(t *testing.T, db *DB)) {
	t.Run("sqlite", func(t *testing.T) { test(t, New(t)) })
	t.Run("mariadb", func(t *testing.T) { test(t, NewMySQL(t)) })
}

// New is a fresh SQLite store.
func New(t testing.TB) *DB { return open(t, "", migratedFolder(t)) }

// NewMySQL is a fresh database on the server of JUWU_TEST_MYSQL; the test is
// skipped without one, unless JUWU_REQUIRE_MYSQL demands it.
func NewMySQL(t testing.TB) *DB {
	server := os.Getenv("JUWU_TEST_MYSQL") // mysql://root@unix(/path)/
	if server == "" {
		if os.Getenv("JUWU_REQUIRE_MYSQL") != "" {
			t.Fatal("JUWU_TEST_MYSQL is not set")
		}
		t.Skip("JUWU_TEST_MYSQL is not set")
	}
	return open(t, server+rent(t, server), t.TempDir())
}

func open(t testing.TB, dsn, dir string) *DB {
	t.Helper()
	clock := &Clock{now: Start}
	db := &DB{Clock: clock, KeyText: store.NewKeyText(1), Opt: store.Options{DSN: dsn, DataDir: dir, Now: clock.Now}}
	db.Store = Open(t, db.Opt, db.KeyText)
	db.Opt.Keys = db.Keys()
	if err := db.Load(context.Background()); err != nil {
		t.Fatal(err)
	}
	return db
}

// Second opens the same database once more, as another process would; it has
// its own guard, stamps and caches. Call Load on it before use.
func (db *DB) Second(t testing.TB) *store.Store {
	t.Helper()
	return opened(t, db.Opt)
}

// Open opens a database that is there, as a process of its own does.
func Open(t testing.TB, opt store.Options, keyText string) *store.Store {
	t.Helper()
	keys, err := store.ParseKeys(keyText)
	if err != nil {
		t.Fatal(err)
	}
	opt.Keys = keys
	return opened(t, opt)
}

func opened(t testing.TB, opt store.Options) *store.Store {
	t.Helper()
	guard, err := rules()
	if err != nil {
		t.Fatal(err)
	}
	opt.Guard = guard.Copy()
	s, err := store.Open(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// rules is the guard, compiled once per test binary.
var rules = sync.OnceValues(func() (*policy.Guard, error) {
	root, err := projectRoot()
	if err != nil {
		return nil, err
	}
	conf, err := os.ReadFile(filepath.Join(root, "casbin.conf"))
	if err != nil {
		return nil, err
	}
	return policy.LoadGuard(string(conf))
})

// projectRoot is the folder of go.mod: tests run in their package's folder, and
// the path of a source file is not in a binary built with -trimpath.
func projectRoot() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, err = os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if up := filepath.Dir(dir); up != dir {
			dir, err = up, nil
		}
	}
	return "", err
}

// System is the actor of jobs and set-up.
var System = models.Actor{System: true, Name: "system"}

// Community adds a district, a street and a community with the code.
func (db *DB) Community(t testing.TB, code string) *models.Community {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	district, err := db.CreateRegion(ctx, System, models.Region{Level: models.LevelDistrict, Name: "District"})
	must(err)
	street, err := db.CreateRegion(ctx, System, models.Region{Level: models.LevelStreet, ParentID: district, Name: "Street"})
	must(err)
	c, err := db.CreateCommunity(ctx, System, models.Community{
		Code: code, Name: "Community " + code, StreetID: street, DistrictID: district, StreetName: "Street",
		ClaimThresholdFen: 200000, InquiryDays: 15, DisplayDays: 15,
	})
	must(err)
	return c
}
