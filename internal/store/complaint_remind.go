package store

import (
	"context"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// reminders are the messages, by what policy.RemindOf reminds of.
var reminders = map[string]string{"soon": "case.tell.soon", "callback": "case.tell.callback", "rate": "case.tell.rate"}

// RemindCases tells whoever has a case of the day before it is late, whoever
// answered it of the call-back, and the reporter of the days to rate; each once
// for each day. What is due is computed by every reader; this only tells.
func (s *Store) RemindCases(ctx context.Context, now time.Time) (n int, err error) {
	day := models.DateOf(now)
	for _, c := range s.Communities() {
		t := s.In(c)
		for last := models.ID(0); ; {
			var open []models.Complaint
			err := t.db(ctx).Omit("body_seal", "public_text", "answer").Where("open = ? AND due_day >= ? AND id > ?", true, day, last).Order("id").Limit(batch).Find(&open).Error
			if err != nil {
				return n, err
			}
			for i := range open {
				last = open[i].ID
				told, err := t.remindOfCase(ctx, &open[i], day)
				if err != nil {
					return n, err
				}
				if told {
					n++
				}
			}
			if len(open) < batch {
				break
			}
		}
	}
	return n, nil
}

func (t *Tenant) remindOfCase(ctx context.Context, c *models.Complaint, day models.Date) (told bool, err error) {
	r, due := policy.RemindOf(*c, day, policy.China())
	if !due || c.Reminded == r.Due {
		return false, nil
	}
	err = t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
		told = false
		k := &kase{Tx: tx}
		if err := tx.Where("id = ?", c.ID).Take(&k.was).Error; err != nil {
			return notFound(err)
		}
		res := tx.Model(&models.Complaint{}).Where("id = ? AND seq = ? AND reminded <> ?", c.ID, c.Seq, r.Due).UpdateColumn("reminded", r.Due)
		if res.Error != nil || res.RowsAffected == 0 { // somebody acted, or another process told it
			return res.Error
		}
		k.Complaint, told = k.was, true
		if r.Reporter {
			return k.tellReporters(reminders[r.What], false, problem.Args{"date": r.Due})
		}
		return tx.tellDesk(&k.Complaint, k.Owner(), reminders[r.What])
	})
	return told, err
}
