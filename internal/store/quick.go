package store

import (
	"context"
	"database/sql"
	"errors"
)

// quick runs a query written by hand and gives each row to scan. It is for the
// few reads that stand in the way of every request: building the statement and
// filling a struct by reflection cost GORM more than the database needs to
// answer. The statement is prepared once and kept, as all are. Nothing adds
// the community to it: a query of a community's table names community_id.
func (s *Store) quick(ctx context.Context, query string, scan func(*sql.Rows) error, args ...any) error {
	if s.dialect == dialectSQLite {
		// To be able to interrupt a statement, two goroutines would watch it. A
		// few rows by their key in a local file are there before they run.
		ctx = context.WithoutCancel(ctx)
	}
	rows, err := s.read.ConnPool.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	for err == nil && rows.Next() {
		err = scan(rows)
	}
	return errors.Join(err, rows.Err(), rows.Close())
}
