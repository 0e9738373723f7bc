package storetest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"juwu/internal/store"
)

// Migrating takes longer than most tests, so it is done once. SQLite: a
// migrated file is kept in memory and written into each test's folder.
// MariaDB: databases are rented from the server, migrated by their first
// tenant and swept by each next one.

// template is a migrated SQLite database, made once per test binary.
var template = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "juwu-template-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := migrate(store.Options{DataDir: dir}); err != nil {
		return nil, err
	}
	// The last connection folds the write-ahead log into the file.
	if _, err := os.Stat(filepath.Join(dir, store.SQLiteFile+"-wal")); !os.IsNotExist(err) {
		return nil, fmt.Errorf("template still has a write-ahead log: %v", err)
	}
	return os.ReadFile(filepath.Join(dir, store.SQLiteFile))
})

func migrate(opt store.Options) error {
	keys, err := store.ParseKeys(store.NewKeyText(1))
	if err != nil {
		return err
	}
	opt.Keys, opt.Now = keys, (&Clock{now: Start}).Now
	s, err := store.Open(context.Background(), opt)
	if err != nil {
		return err
	}
	if err := s.Migrate(context.Background()); err != nil {
		_ = s.Close()
		return err
	}
	return s.Close()
}

// migratedFolder is a data folder with a migrated SQLite database.
func migratedFolder(t testing.TB) string {
	t.Helper()
	file, err := template()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, store.SQLiteFile), file, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// migrated holds the tables of each database that this test binary migrated.
var migrated sync.Map // name → []string

// schemaSum stands for all that makes the schema.
var schemaSum = sync.OnceValues(func() ([]byte, error) {
	root, err := projectRoot()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(root, "internal", "store")
	files, err := filepath.Glob(filepath.Join(dir, "migrations", "*.sql"))
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	for _, f := range append(files, filepath.Join(dir, "dialect.go")) {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		sum.Write(b)
	}
	return sum.Sum(nil), nil
})

// rent gives the test a migrated, empty database on the server. Which one is
// free is told by a lock that ends with its connection, so test binaries may
// run side by side and be killed. The name carries the schema: a changed
// migration never meets a database of before.
func rent(t testing.TB, server string) string {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	admin, err := sql.Open("mysql", strings.TrimPrefix(server, "mysql://"))
	must(err)
	conn, err := admin.Conn(ctx)
	must(err)
	t.Cleanup(func() {
		_ = conn.Close()
		_ = admin.Close() // ends the lock
	})
	schema, err := schemaSum()
	must(err)
	for n := 1; ; n++ {
		name := fmt.Sprintf("juwu_test_%x_%d", schema[:6], n)
		var got sql.NullInt64
		must(conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, 0)", name).Scan(&got))
		if got.Int64 != 1 {
			continue
		}
		tables, known := migrated.Load(name)
		if !known {
			_, err := conn.ExecContext(ctx, "CREATE DATABASE IF NOT EXISTS "+name+" CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
			must(err)
			must(migrate(store.Options{DSN: server + name, DataDir: t.TempDir()}))
			names, err := column(ctx, conn, "SELECT table_name FROM information_schema.tables WHERE table_schema = '"+name+"' AND table_name NOT LIKE '%schema_version%' AND table_name NOT LIKE 'goose%'")
			must(err)
			migrated.Store(name, names)
			tables = names
		}
		must(sweep(ctx, conn, name, tables.([]string)))
		return name
	}
}

// sweep removes the rows of whoever had the database before.
func sweep(ctx context.Context, conn *sql.Conn, name string, tables []string) error {
	full := make([]string, len(tables))
	for i, t := range tables {
		full[i] = fmt.Sprintf("(SELECT '%s' FROM `%s`.`%s` LIMIT 1)", t, name, t)
	}
	dirty, err := column(ctx, conn, strings.Join(full, " UNION ALL "))
	if err != nil || len(dirty) == 0 {
		return err
	}
	if _, err := conn.ExecContext(ctx, "SET FOREIGN_KEY_CHECKS = 0"); err != nil {
		return err
	}
	for _, t := range dirty {
		if _, err := conn.ExecContext(ctx, "DELETE FROM `"+name+"`.`"+t+"`"); err != nil {
			return err
		}
	}
	return nil
}

// column are the values of a query's only column.
func column(ctx context.Context, conn *sql.Conn, query string) (values []string, err error) {
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, rows.Err()
}
