package main

import (
	"database/sql"
	"path/filepath"

	_ "modernc.org/sqlite"

	"juwu/internal/store"
)

// insider runs SQL on the database file behind the program's back.
func insider(opt store.Options, statement string) error {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(opt.DataDir, store.SQLiteFile)+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	if _, err := db.Exec(statement); err != nil {
		return err
	}
	return db.Close()
}
