// Package sqlite3 is empty on purpose: gorm.io/driver/sqlite blank-imports the
// cgo driver of this path, and Juwu uses modernc.org/sqlite instead. Without
// this stub every build with a C compiler would compile SQLite twice.
package sqlite3
