package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"strconv"
	"strings"
	"text/template"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// One tree of SQL serves both dialects; columnTypes fills its tokens. Each
// statement is a version of its own, recorded when it is done: MySQL commits
// DDL at once, so a migration of several statements could be killed in its
// middle and then neither finished nor repeated. Forward only; a released
// file is never edited.
//
//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the schema to this program's version. Several processes may
// start at once; it is safe to kill and to run again.
func (s *Store) Migrate(ctx context.Context) error {
	db, err := s.write.DB()
	if err != nil {
		return err
	}
	steps, err := s.dialect.steps()
	if err != nil {
		return err
	}
	opts := []goose.ProviderOption{
		goose.WithGoMigrations(steps...), goose.WithDisableGlobalRegistry(true),
		goose.WithTableName("schema_version"), goose.WithSlog(slog.New(slog.DiscardHandler)),
		// Each subject numbers its own steps (0036 meetings, 0070 ballots): one
		// that grows later is older by number than what a database has.
		goose.WithAllowOutofOrder(true),
	}
	name := goose.DialectSQLite3
	if s.dialect == dialectMySQL {
		name = goose.DialectMySQL
		locker, err := lock.NewMySQLTableLocker()
		if err != nil {
			return err
		}
		opts = append(opts, goose.WithLocker(locker))
	}
	p, err := goose.NewProvider(name, db, nil, opts...)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

func (d dialect) steps() ([]*goose.Migration, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	var steps []*goose.Migration
	for _, f := range files {
		number, _, _ := strings.Cut(strings.TrimPrefix(f, "migrations/"), "_")
		n, err := strconv.ParseInt(number, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f, err)
		}
		statements, err := d.statements(f)
		if err != nil {
			return nil, err
		}
		for i, sql := range statements {
			steps = append(steps, goose.NewGoMigration(n*1000+int64(i), d.run(sql), nil))
		}
	}
	return steps, nil
}

// statements splits a file at semicolons that end a line.
func (d dialect) statements(file string) ([]string, error) {
	t, err := template.New("").Option("missingkey=error").ParseFS(migrations, file)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	if err := t.ExecuteTemplate(&b, strings.TrimPrefix(file, "migrations/"), d.columnTypes()); err != nil {
		return nil, err
	}
	var out []string
	for part := range strings.SplitSeq(b.String(), ";\n") {
		var lines []string
		for line := range strings.SplitSeq(part, "\n") {
			if !strings.HasPrefix(strings.TrimSpace(line), "--") {
				lines = append(lines, line)
			}
		}
		if sql := strings.TrimSpace(strings.Join(lines, "\n")); sql != "" {
			out = append(out, sql)
		}
	}
	return out, nil
}

// run carries out one statement. On SQLite it stands in one transaction with
// its version, and the only connection is goose's own.
func (d dialect) run(statement string) *goose.GoFunc {
	exec := func(_ sql.Result, err error) error {
		if err != nil && !already(err) {
			return fmt.Errorf("%w in: %s", err, statement)
		}
		return nil
	}
	if d == dialectSQLite {
		return &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error { return exec(tx.ExecContext(ctx, statement)) }}
	}
	return &goose.GoFunc{RunDB: func(ctx context.Context, db *sql.DB) error { return exec(db.ExecContext(ctx, statement)) }}
}
