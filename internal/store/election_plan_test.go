package store_test

import (
	"fmt"
	"strings"
	"testing"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// What a table asks for each voter who comes is found by an index, however long
// the roll is: the voter's own row, the mandates, who stands at the table by
// number or by the beginning of the name.
func TestCheckInReadsNoRoll(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newPollWorld(t, db, 30)
		w.plan(models.ModeVoters, fiveSeats)
		v := w.roll()[3]
		const of = "community_id = %d AND election_id = %d AND "
		for what, c := range map[string]struct{ sql, by string }{
			"the claim":      {"UPDATE voters SET used_channel = 'paper' WHERE " + of + "id = 7 AND state = 'declared' AND elector = 1 AND channel = 'paper' AND station_id = 1 AND used_channel = ''", "community_id=? AND id=?"},
			"the mandates":   {"SELECT * FROM voters WHERE " + of + "proxy_id = 7 AND used_channel <> 'paper' AND channel = 'paper' LIMIT 3", "proxy_id=?"},
			"by number":      {"SELECT * FROM voters WHERE " + of + "state = 'declared' AND number = 3 LIMIT 30", "number=?"},
			"by name":        {"SELECT * FROM voters WHERE " + of + "state = 'declared' AND name >= '王' AND name < '王\U0010ffff' ORDER BY number LIMIT 30", "name>? AND name<?"},
			"of the station": {"SELECT * FROM voters WHERE " + of + "station_id = 5 AND state = 'declared' AND elector = 1 ORDER BY number", "station_id=?"},
		} {
			sql := fmt.Sprintf(c.sql, w.c.ID, w.e.ID)
			must(t, w.In(w.c).Write(ctx, storetest.System, func(tx *store.Tx) error {
				explain, want := "EXPLAIN QUERY PLAN ", c.by
				if tx.Name() == "mysql" { // on so short a roll it may well read all but the voter's own row
					if explain, want = "EXPLAIN ", "PRIMARY"; what != "the claim" {
						return nil
					}
				}
				var plan []map[string]any
				if err := tx.Raw(explain + sql).Scan(&plan).Error; err != nil {
					return err
				}
				if got := fmt.Sprint(plan); !strings.Contains(got, want) {
					t.Errorf("%s: %s", what, got)
				}
				return nil
			}))
		}
		found, err := w.In(w.c).FindVoters(ctx, w.as(chairN), w.e.ID, string([]rune(v.Name)[:1]))
		must(t, err)
		hit := false
		for _, f := range found {
			hit = hit || f.ID == v.ID
			if !strings.HasPrefix(f.Name, string([]rune(v.Name)[:1])) {
				t.Errorf("%s is found by %s", f.Name, v.Name)
			}
		}
		if !hit {
			t.Error("the voter is not found by the beginning of the name")
		}
	})
}
