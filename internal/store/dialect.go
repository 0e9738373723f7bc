package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	mysqldriver "github.com/go-sql-driver/mysql"
	"gorm.io/driver/mysql"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/schema"
	modernc "modernc.org/sqlite"
)

// dialect holds every difference between SQLite and the MySQL protocol.
type dialect string

const (
	dialectSQLite dialect = "sqlite"
	dialectMySQL  dialect = "mysql"
)

// leastSQLite is the first release without the WAL-reset and the journal
// rollback corruption bugs (fixed in 3.51.3 and 3.53.4).
const leastSQLite = "3.53.4"

// SQLiteFile is the name of the database in the data folder.
const SQLiteFile = "juwu.db"

func (s *Store) connect(ctx context.Context) error {
	if s.opt.DSN == "" {
		return s.connectSQLite(ctx)
	}
	if strings.HasPrefix(s.opt.DSN, "mysql://") {
		return s.connectMySQL(ctx)
	}
	return fmt.Errorf("database %q: use mysql://user:password@host:port/name, or nothing for SQLite in the data folder", s.opt.DSN)
}

func gormConfig(now func() time.Time) *gorm.Config {
	return &gorm.Config{
		TranslateError:         true,
		SkipDefaultTransaction: true, // use cases make their own
		PrepareStmt:            true, // measured: twice the reads on MySQL
		NowFunc:                now,
		Logger:                 logger.Discard, // statements carry personal data
		NamingStrategy:         naming{schema.NamingStrategy{IdentifierMaxLength: 64}},
	}
}

// naming remembers tables' names: GORM forms the plural, a chain of regular
// expressions, anew for each model of each pool of connections.
type naming struct{ schema.NamingStrategy }

var tableNames sync.Map // model → table

func (n naming) TableName(model string) string {
	if name, ok := tableNames.Load(model); ok {
		return name.(string)
	}
	name := n.NamingStrategy.TableName(model)
	tableNames.Store(model, name)
	return name
}

// sqliteDialector translates modernc's error codes: GORM's own translation
// reads fields that this driver does not export.
type sqliteDialector struct{ *sqlite.Dialector }

func (d sqliteDialector) Translate(err error) error {
	if e, ok := errors.AsType[*modernc.Error](err); ok {
		switch e.Code() {
		case 1555, 2067: // SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE
			return gorm.ErrDuplicatedKey
		case 787: // SQLITE_CONSTRAINT_FOREIGNKEY
			return gorm.ErrForeignKeyViolated
		case 275: // SQLITE_CONSTRAINT_CHECK
			return gorm.ErrCheckConstraintViolated
		}
	}
	return err
}

func (s *Store) connectSQLite(ctx context.Context) error {
	s.dialect = dialectSQLite
	if err := os.MkdirAll(s.opt.DataDir, 0o700); err != nil {
		return err
	}
	base := "file:" + (&url.URL{Path: filepath.Join(s.opt.DataDir, SQLiteFile)}).EscapedPath() +
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_timezone=UTC&_time_format=sqlite"
	open := func(dsn string, conns int) (*gorm.DB, error) {
		g, err := gorm.Open(sqliteDialector{&sqlite.Dialector{DriverName: "sqlite", DSN: dsn}}, gormConfig(s.Now))
		if err != nil {
			return nil, err
		}
		db, err := g.DB()
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(conns)
		db.SetMaxIdleConns(conns)
		db.SetConnMaxIdleTime(20 * time.Second) // its cache goes with it; a new one takes a millisecond
		return g, guardTenant(g)
	}
	var err error
	// One writer: with more, busy back-off starves some of them for seconds.
	if s.write, err = open(base+"&_txlock=immediate&_pragma=cache_size(-2000)", 1); err != nil {
		return err
	}
	// Readers share the operating system's cache: 1 MB each keeps an idle server small.
	if s.read, err = open(base+"&_pragma=query_only(1)&_pragma=cache_size(-1000)", 8); err != nil {
		return err
	}
	return s.checkSQLite(ctx)
}

// checkSQLite reads back what was asked for: a driver that ignores a
// parameter would otherwise lose data in silence.
func (s *Store) checkSQLite(ctx context.Context) error {
	want := []struct{ query, value string }{
		{"PRAGMA journal_mode", "wal"}, {"PRAGMA synchronous", "2"}, {"PRAGMA foreign_keys", "1"},
	}
	for _, g := range []*gorm.DB{s.write, s.read} {
		for _, w := range want {
			var got string
			if err := g.WithContext(ctx).Raw(w.query).Row().Scan(&got); err != nil {
				return err
			}
			if got != w.value {
				return fmt.Errorf("%s is %q, need %q", w.query, got, w.value)
			}
		}
	}
	var version string
	if err := s.read.WithContext(ctx).Raw("SELECT sqlite_version()").Row().Scan(&version); err != nil {
		return err
	}
	if versionLess(version, leastSQLite) {
		return fmt.Errorf("SQLite %s can corrupt data; need %s or newer", version, leastSQLite)
	}
	return nil
}

func versionLess(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		x, _ := strconv.Atoi(as[i])
		y, _ := strconv.Atoi(bs[i])
		if x != y {
			return x < y
		}
	}
	return len(as) < len(bs)
}

// mysqlConfig reads mysql://user:password@host:port/name or, for a socket,
// mysql://user@unix(/path)/name, and sets what the work needs.
func mysqlConfig(dsn string) (*mysqldriver.Config, error) {
	rest := strings.TrimPrefix(dsn, "mysql://")
	at, slash := strings.LastIndex(rest, "@"), strings.LastIndex(rest, "/")
	if at >= 0 && slash > at && !strings.Contains(rest[at:], "(") {
		rest = rest[:at+1] + "tcp(" + rest[at+1:slash] + ")" + rest[slash:]
	}
	cfg, err := mysqldriver.ParseDSN(rest)
	if err != nil {
		return nil, fmt.Errorf("database address: %w", err)
	}
	cfg.ParseTime, cfg.Loc, cfg.ClientFoundRows = true, time.UTC, true
	cfg.Collation = "utf8mb4_bin"
	cfg.Timeout, cfg.ReadTimeout, cfg.WriteTimeout = 5*time.Second, 60*time.Second, 60*time.Second
	if cfg.Params == nil {
		cfg.Params = map[string]string{}
	}
	cfg.Params["time_zone"] = "'+00:00'"
	cfg.Params["sql_mode"] = "'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY'"
	cfg.Params["tx_isolation"] = "'READ-COMMITTED'"
	cfg.Params["innodb_lock_wait_timeout"] = "10"
	return cfg, nil
}

func (s *Store) connectMySQL(ctx context.Context) error {
	s.dialect = dialectMySQL
	cfg, err := mysqlConfig(s.opt.DSN)
	if err != nil {
		return err
	}
	open := func(conns int) (*gorm.DB, error) {
		g, err := gorm.Open(mysql.New(mysql.Config{DSNConfig: cfg, DSN: cfg.FormatDSN()}), gormConfig(s.Now))
		if err != nil {
			return nil, err
		}
		db, err := g.DB()
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(conns)
		db.SetMaxIdleConns(conns)
		db.SetConnMaxLifetime(5 * time.Minute)
		return g, guardTenant(g)
	}
	// Pools of their own: where a crowd waits for one row, pages are still read,
	// and the crowd queues here instead of in the database's search for deadlocks.
	if s.write, err = open(12); err != nil {
		return err
	}
	if s.read, err = open(20); err != nil {
		return err
	}
	db, err := s.read.DB()
	if err != nil {
		return err
	}
	return checkMySQL(ctx, db)
}

func checkMySQL(ctx context.Context, db *sql.DB) error {
	var mode, isolation, zone, charset, flush string
	row := db.QueryRowContext(ctx, "SELECT @@SESSION.sql_mode, @@SESSION.tx_isolation, @@SESSION.time_zone, @@SESSION.character_set_connection, @@GLOBAL.innodb_flush_log_at_trx_commit")
	if err := row.Scan(&mode, &isolation, &zone, &charset, &flush); err != nil {
		return err
	}
	switch {
	case !strings.Contains(mode, "STRICT_ALL_TABLES"):
		return fmt.Errorf("sql_mode is %q, need STRICT_ALL_TABLES", mode)
	case isolation != "READ-COMMITTED":
		return fmt.Errorf("isolation is %q, need READ-COMMITTED", isolation)
	case zone != "+00:00":
		return fmt.Errorf("time_zone is %q, need +00:00", zone)
	case charset != "utf8mb4":
		return fmt.Errorf("character set is %q, need utf8mb4", charset)
	case flush != "1":
		return fmt.Errorf("innodb_flush_log_at_trx_commit is %s, need 1: acknowledged writes could be lost", flush)
	}
	return nil
}

// instant is the time of a transaction that has just begun.
func (s *Store) instant(tx *gorm.DB) (time.Time, error) {
	if s.dialect != dialectMySQL || !s.opt.DatabaseClock {
		return s.Now(), nil
	}
	var t time.Time
	err := tx.Raw("SELECT UTC_TIMESTAMP(3)").Row().Scan(&t)
	return t.UTC(), err
}

// passing tells whether the whole use case may be tried again: the database
// has certainly rolled it back. An error at COMMIT that is not in this list
// leaves the outcome unknown and is never retried.
func passing(err error) bool {
	if e, ok := errors.AsType[*mysqldriver.MySQLError](err); ok {
		switch e.Number {
		case 1213, 1205, 1020, 1467, 1047: // deadlock, lock wait, snapshot, auto-increment, cluster not ready
			return true
		}
	}
	if e, ok := errors.AsType[*modernc.Error](err); ok {
		return e.Code()&0xff == 5 || e.Code()&0xff == 6 // SQLITE_BUSY, SQLITE_LOCKED
	}
	return false
}

// already tells whether a statement of a migration was carried out before a
// crash kept its version from being recorded: MySQL commits DDL at once.
func already(err error) bool {
	if e, ok := errors.AsType[*mysqldriver.MySQLError](err); ok {
		switch e.Number {
		case 1050, 1060, 1061, 1091: // table, column, key exists; key to drop is gone
			return true
		}
	}
	return err != nil && (strings.Contains(err.Error(), "already exists") || strings.Contains(err.Error(), "duplicate column name"))
}

// columnTypes fill the tokens of the migrations.
func (d dialect) columnTypes() map[string]string {
	if d == dialectSQLite {
		return map[string]string{
			"ID": "BIGINT NOT NULL", "Int": "BIGINT NOT NULL DEFAULT 0", "Bool": "BOOLEAN NOT NULL DEFAULT 0",
			"Time": "DATETIME NOT NULL", "TimeNull": "DATETIME", "Text": "TEXT NOT NULL", "Blob": "BLOB",
			"Hash": "BLOB", "Day": "VARCHAR(10) NOT NULL DEFAULT ''", "Options": "", "Clustered": "WITHOUT ROWID",
		}
	}
	return map[string]string{
		"ID": "BIGINT NOT NULL", "Int": "BIGINT NOT NULL DEFAULT 0", "Bool": "BOOLEAN NOT NULL DEFAULT 0",
		"Time": "DATETIME(3) NOT NULL", "TimeNull": "DATETIME(3) NULL", "Text": "LONGTEXT NOT NULL", "Blob": "LONGBLOB",
		"Hash": "VARBINARY(64)", "Day": "VARCHAR(10) NOT NULL DEFAULT ''",
		"Options": "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin", "Clustered": "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
	}
}
