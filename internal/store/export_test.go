package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"juwu/models"
)

// Exec runs SQL behind the program's back, as an insider would.
func (s *Store) Exec(ctx context.Context, sql string, args ...any) error {
	return s.write.WithContext(ctx).Exec(sql, args...).Error
}

// RawRows asks the database without anything of the store around it.
func (s *Store) RawRows(ctx context.Context, query string) (*sql.Rows, error) {
	return s.read.WithContext(ctx).Raw(query).Rows()
}

// CountQueries counts what is asked of the database from now on.
func (s *Store) CountQueries(t *testing.T) *atomic.Int64 {
	t.Helper()
	n := &atomic.Int64{}
	count := func(*gorm.DB) { n.Add(1) }
	for i, db := range []*gorm.DB{s.read, s.write} {
		name := fmt.Sprintf("juwu:count%d", i)
		for _, err := range []error{db.Callback().Query().After("gorm:query").Register(name, count), db.Callback().Row().After("gorm:row").Register(name, count),
			db.Callback().Raw().After("gorm:raw").Register(name, count)} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return n
}

// Tables are all models, for the test that compares them with the schema.
func Tables() []any { return append(append([]any{}, tables...), fleeting...) }

// Columns are a model's columns and those of its table.
func (s *Store) Columns(t *testing.T, model any) (want, got map[string]bool, table string) {
	t.Helper()
	parsed, err := schema.Parse(model, &sync.Map{}, schema.NamingStrategy{})
	if err != nil {
		t.Fatal(err)
	}
	want, got = map[string]bool{}, map[string]bool{}
	for _, name := range parsed.DBNames {
		want[name] = true
	}
	rows, err := s.write.Raw("SELECT * FROM " + parsed.Table + " LIMIT 0").Rows()
	if err != nil {
		t.Fatal(err)
	}
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	_ = rows.Close()
	for _, name := range names {
		got[name] = true
	}
	return want, got, reflect.TypeOf(model).Elem().Name()
}

// TableNames are the tables of the database besides the migrations' ledger.
func (s *Store) TableNames(t *testing.T) (names []string) {
	t.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN ('schema_version')"
	if s.dialect == dialectMySQL {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name NOT IN ('schema_version', 'goose_lock')"
	}
	if err := s.write.Raw(query).Scan(&names).Error; err != nil {
		t.Fatal(err)
	}
	return names
}

// HashToken is what the table holds of a session cookie's value.
func HashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Count is how many rows a table has, over all communities.
func (s *Store) Count(t testing.TB, table string) (n int) {
	t.Helper()
	if err := s.write.Raw("SELECT COUNT(*) FROM " + table).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

// Dump is all a table holds, a line each row: words in quotation marks, numbers
// and ids in digits.
func (s *Store) Dump(t testing.TB, table string) string {
	t.Helper()
	var rows []map[string]any
	if err := s.write.Raw("SELECT * FROM " + table).Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, row := range rows {
		for column, v := range row {
			switch v := v.(type) {
			case string, []byte:
				fmt.Fprintf(&b, "%s:%q ", column, v)
			default:
				fmt.Fprintf(&b, "%s:%v ", column, v)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// PeopleColumns lists the columns that follow when two records become one.
func (s *Store) PeopleColumns(t testing.TB) string {
	list := " "
	for _, table := range tables {
		columns, err := residentColumnsOf(s.db(context.Background()), table)
		if err != nil {
			t.Fatal(err)
		}
		stmt := &gorm.Statement{DB: s.read}
		if err := stmt.Parse(table); err != nil {
			t.Fatal(err)
		}
		for _, c := range columns {
			list += stmt.Schema.Table + "." + c + " "
		}
	}
	return list
}

// FillTheDoor lets no further ballot in until it is released.
func FillTheDoor() (release func()) {
	for range cap(atDoor) {
		atDoor <- struct{}{}
	}
	return func() {
		for range cap(atDoor) {
			<-atDoor
		}
	}
}

// VoteRows reads the marks and the ballots of an item as the tables hold them.
func (s *Store) VoteRows(t testing.TB, community, item models.ID) (marks []models.VoteMark, ballots []models.SecretBallot) {
	t.Helper()
	db := scoped(s.read, community)
	if err := db.Where("item_id = ?", item).Find(&marks).Error; err != nil {
		t.Fatal(err)
	}
	if err := db.Raw("SELECT * FROM secret_ballots WHERE community_id = ? AND item_id = ? ORDER BY id", community, item).Scan(&ballots).Error; err != nil {
		t.Fatal(err)
	}
	return marks, ballots
}

// Tasks are all tasks of a community as the table holds them.
func (s *Store) Tasks(t testing.TB, community models.ID) (rows []models.DecisionTask) {
	t.Helper()
	if err := scoped(s.read, community).Find(&rows).Error; err != nil {
		t.Fatal(err)
	}
	return rows
}
