package store

import (
	"testing"

	"gorm.io/gorm"
)

// CountStatements counts what fn asks the reading database.
func (s *Store) CountStatements(t testing.TB, fn func()) int {
	t.Helper()
	n := 0
	count := func(*gorm.DB) { n++ }
	for _, err := range []error{
		s.read.Callback().Query().After("gorm:query").Register("test:count", count),
		s.read.Callback().Row().After("gorm:row").Register("test:count", count),
		s.read.Callback().Raw().After("gorm:raw").Register("test:count", count),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	fn()
	for _, err := range []error{
		s.read.Callback().Query().Remove("test:count"), s.read.Callback().Row().Remove("test:count"), s.read.Callback().Raw().Remove("test:count"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return n
}
