package store_test

import (
	"strings"
	"testing"
	"time"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// Reminders come once for each day, however often and in however many processes
// the job runs: to whoever has the case before it is late, to whoever answered
// of the call-back, to the reporter of the days to rate; of a case about
// officials to none of them.
func TestRemindersAreToldOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db) // Monday, 23 November
		second := db.Second(t)
		must(t, second.Load(ctx))
		run := func(days int) {
			d.Clock.Add(time.Duration(days) * 24 * time.Hour)
			for range 2 {
				for _, s := range []*store.Store{db.Store, second} {
					_, err := s.RemindCases(ctx, db.Now())
					must(t, err)
				}
			}
		}
		told := func(a models.Actor, key string) int { return strings.Count(d.lettersOf(a), key) }
		c := d.file("楼道灯坏了三天")
		secret := d.reportOf(d.resident, "主任把活动室租给了亲戚", func(r *store.Report) {
			r.Category, r.About, r.Answers, r.Concerned = "conduct", models.AboutCommittee, nil, []models.ID{d.director.UserID}
		}).Case
		run(0)
		if told(d.worker, "case.tell.soon") != 0 {
			t.Error("reminded on the first day")
		}
		run(1)
		if told(d.worker, "case.tell.soon") != 1 || told(d.supervisor, "case.tell.soon") != 1 || told(d.director, "case.tell.soon") != 0 {
			t.Errorf("worker %s, supervisor %s, director %s", d.lettersOf(d.worker), d.lettersOf(d.supervisor), d.lettersOf(d.director))
		}
		d.act(d.supervisor, secret.ID, "answer", store.Act{Text: "已经收回活动室"})
		d.act(d.worker, c.ID, "answer", store.Act{Text: "换好灯了"})
		calls := func() int {
			list, _, err := d.in().Desk(ctx, d.worker, store.DeskFilter{Show: store.ShowCall})
			must(t, err)
			return len(list)
		}
		if run(2); told(d.worker, "case.tell.callback") != 0 || calls() != 1 {
			t.Errorf("before the last day to call: %s, %d to call", d.lettersOf(d.worker), calls())
		}
		if run(1); told(d.worker, "case.tell.callback") != 1 || told(d.director, "case.tell.callback") != 0 {
			t.Errorf("on the last day to call: %s", d.lettersOf(d.worker))
		}
		if run(2); told(d.resident, "case.tell.rate") != 2 { // both cases
			t.Errorf("two days before the end: %s", d.lettersOf(d.resident))
		}
		d.act(d.worker, c.ID, "call_back", store.Act{Rating: &store.Rating{Solved: true, Satisfied: true}})
		if calls() != 0 {
			t.Error("who was called is still to be called")
		}
		if bad := d.verify(); len(bad) > 0 {
			t.Error(bad)
		}
	})
}
