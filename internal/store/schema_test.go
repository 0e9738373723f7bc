package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
)

// The columns of each model are the columns of its table, on both databases,
// and every table has a model: nothing is forgotten in backups.
func TestModelsAndTablesAgree(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		for _, m := range store.Tables() {
			want, got, name := db.Columns(t, m)
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s: model −, table +\n%s", name, d)
			}
		}
		if tables, models := db.TableNames(t), store.Tables(); len(tables) != len(models) {
			t.Errorf("%d tables, %d models: %v", len(tables), len(models), tables)
		}
	})
}
