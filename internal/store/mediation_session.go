package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// SittingDraft is a meeting of the parties about to be called.
type SittingDraft struct {
	Begin, End time.Time
	Place      string
	Guests     string // invited besides; only with the consent of all (art. 20)
	Agreed     bool   // all parties agree to the guests
	Waived     bool   // all parties waive the three days of notice
	Open       bool   // all parties want it open (art. 23); closed otherwise
}

// mostSittings keeps a mediation from becoming endless.
const mostSittings = 20

// CallSitting calls a meeting and tells the parties. It is called three civil
// days before unless all waive that (domain.md A2; art. 21 asks for promptness).
// Refusals: Invalid with fields, TooLate with the date that would be allowed.
func (t *Tenant) CallSitting(ctx context.Context, actor models.Actor, id models.ID, s SittingDraft) error {
	s.Place, s.Guests = cleanLine(s.Place), cleanLine(s.Guests)
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if err := d.may("sitting"); err != nil {
			return err
		}
		var f problem.Form
		length(&f, "place", s.Place, 2, 100)
		length(&f, "guests", s.Guests, 0, 200)
		if !s.End.After(s.Begin) || s.End.Sub(s.Begin) > 8*time.Hour {
			f.Add("until", "mediation.sitting.end", nil)
		}
		if s.Begin.Before(d.Now) {
			f.Add("day", "mediation.sitting.past", nil)
		}
		if s.Guests != "" && !s.Agreed {
			f.Add("agreed", "mediation.sitting.agree", nil)
		}
		if err := f.Err(); err != nil {
			return err
		}
		if err := policy.CheckMeetingNotice(models.MeetingCoordination, d.Day(), models.DateOf(s.Begin), s.Waived); err != nil {
			return atField("day", err)
		}
		var n int64
		if err := d.Model(&models.MediationSession{}).Where("mediation_id = ?", id).Count(&n).Error; err != nil {
			return err
		}
		if n >= mostSittings {
			return problem.New(problem.Conflict, "mediation.sitting.many", nil)
		}
		row := models.MediationSession{Tenant: models.Tenant{ID: d.NewID()}, MediationID: id, State: models.SittingPlanned, BeginsAt: models.Moment(s.Begin), EndsAt: models.Moment(s.End),
			Waived: s.Waived, Open: s.Open, CreatedAt: d.Now, UpdatedAt: d.Now}
		row.PlaceSeal, row.GuestsSeal = d.seal(sealSittingPlace, row.ID, s.Place), d.seal(sealSittingGuests, row.ID, s.Guests)
		return firstError(d.Create(&row).Error, d.step(told{action: "sitting"}), d.tellParties())
	})
}

// atField shows a refusal beside a field.
func atField(field string, err error) error {
	pr := problem.As(err)
	if pr == nil {
		return err
	}
	var f problem.Form
	f.Add(field, pr.Key, pr.Args)
	return f.Err()
}

// CloseSitting notes that a meeting was held, with what was done there for all
// to read (art. 27), or calls it off.
func (t *Tenant) CloseSitting(ctx context.Context, actor models.Actor, id, sitting models.ID, held bool, record string) error {
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if err := d.may("sitting"); err != nil {
			return err
		}
		var row models.MediationSession
		if err := d.Where("id = ? AND mediation_id = ?", sitting, id).Take(&row).Error; err != nil {
			return notFound(err)
		}
		state := models.SittingCancelled
		if held {
			state = models.SittingHeld
			if err := firstError(policy.MayWriteMediation(record), wordsTooLong("text", record)); err != nil {
				return err
			}
			if d.Now.Before(row.BeginsAt) {
				return problem.New(problem.TooEarly, "mediation.sitting.early", nil)
			}
		}
		err := Changed(d.Model(&models.MediationSession{}).Where("id = ? AND state = ?", sitting, models.SittingPlanned).
			Updates(map[string]any{"state": state, "revision": row.Revision + 1, "updated_at": d.Now}))
		return firstError(err, d.step(told{action: "sitting", text: record}), d.tellParties())
	})
}

// cancelSittings calls off what is still ahead when it ends.
func (d *dispute) cancelSittings() error {
	return d.Model(&models.MediationSession{}).Where("mediation_id = ? AND state = ?", d.Mediation.ID, models.SittingPlanned).
		Updates(map[string]any{"state": models.SittingCancelled, "revision": gorm.Expr("revision + 1"), "updated_at": d.Now}).Error
}

// remindSittings tells the parties of a meeting of tomorrow.
func (t *Tenant) remindSittings(ctx context.Context) (int, error) {
	now := t.Now()
	var rows []models.MediationSession
	err := t.db(ctx).Where("state = ? AND reminded = ? AND begins_at > ? AND begins_at <= ?", models.SittingPlanned, false, now, now.Add(24*time.Hour)).Order("begins_at").Limit(sweepBatch).Find(&rows).Error
	n := 0
	for _, r := range rows {
		if err != nil {
			break
		}
		err = t.Write(ctx, clockwork, func(tx *Tx) error {
			res := tx.Model(&models.MediationSession{}).Where("id = ? AND state = ? AND reminded = ?", r.ID, models.SittingPlanned, false).UpdateColumn("reminded", true)
			if res.Error != nil || res.RowsAffected == 0 {
				return res.Error
			}
			d, err := tx.asJob(r.MediationID)
			n++
			return firstError(err, d.tellParties())
		})
	}
	return n, err
}

// remindEach runs a reminder over the mediations of a query, one transaction
// each.
func (t *Tenant) remindEach(ctx context.Context, query *gorm.DB, remind func(d *dispute) (bool, error)) (int, error) {
	var ids []models.ID
	err := query.Model(&models.Mediation{}).Order("id").Limit(sweepBatch).Pluck("id", &ids).Error
	n := 0
	for _, id := range ids {
		if err != nil {
			break
		}
		err = t.Write(ctx, clockwork, func(tx *Tx) error {
			d, err := tx.asJob(id)
			if err != nil {
				return err
			}
			done, err := remind(d)
			if done {
				n++
			}
			return err
		})
	}
	return n, err
}
