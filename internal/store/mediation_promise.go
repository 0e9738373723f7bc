package store

import (
	"context"
	"slices"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// What was promised is watched until it is kept (Mediation Law art. 31).

func (d *dispute) promises() (rows []models.MediationPromise, err error) {
	err = d.Where("mediation_id = ?", d.Mediation.ID).Order("place").Find(&rows).Error
	return rows, err
}

// ReportPromise is the word of whoever promised that it is done; the other side
// or the mediator confirms.
func (t *Tenant) ReportPromise(ctx context.Context, actor models.Actor, id, promise models.ID) error {
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		p, err := d.promise("report", promise)
		if err != nil {
			return err
		}
		if d.me == nil || d.me.ID != p.PartyID {
			return problem.New(problem.Forbidden, "mediation.promise.own", nil).Because("mediation: reported by whoever promised")
		}
		err = Changed(d.Model(&models.MediationPromise{}).Where("id = ? AND state IN ?", p.ID, []models.PromiseState{models.PromiseOpen, models.PromiseUnkept}).
			Updates(map[string]any{"state": models.PromiseReported, "updated_at": d.Now}))
		return firstError(err, d.step(told{action: "report"}), d.news())
	})
}

func (d *dispute) promise(action string, id models.ID) (*models.MediationPromise, error) {
	if err := d.may(action); err != nil {
		return nil, err
	}
	var p models.MediationPromise
	err := d.Where("id = ? AND mediation_id = ?", id, d.Mediation.ID).Take(&p).Error
	return &p, notFound(err)
}

// SettlePromise notes whether a promise was kept: by the other side or the
// mediator, never by whoever promised. With the last one kept the mediation is
// closed; an unkept one may still be kept later.
func (t *Tenant) SettlePromise(ctx context.Context, actor models.Actor, id, promise models.ID, kept bool) error {
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		p, err := d.promise("settle", promise)
		if err != nil {
			return err
		}
		if d.me != nil && d.sideOf(p.PartyID) == d.me.Side {
			return problem.New(problem.Forbidden, "mediation.promise.other", nil).Because("mediation: nobody confirms the own promise")
		}
		state := models.PromiseKept
		if !kept {
			if state = models.PromiseUnkept; d.Day() <= p.DueDay {
				return problem.New(problem.TooEarly, "mediation.promise.early", problem.Args{"date": p.DueDay})
			}
		}
		err = Changed(d.Model(&models.MediationPromise{}).Where("id = ? AND state <> ? AND state <> ?", p.ID, state, models.PromiseKept).
			Updates(map[string]any{"state": state, "settled_at": d.Now, "updated_at": d.Now}))
		if err := firstError(err, d.step(told{action: "settle"})); err != nil {
			return err
		}
		rows, err := d.promises()
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(rows, func(p models.MediationPromise) bool { return p.State != models.PromiseKept }) {
			if err := d.step(told{action: "fulfil"}); err != nil {
				return err
			}
		}
		return d.news()
	})
}

func (d *dispute) sideOf(party models.ID) models.MediationSide {
	for _, p := range d.parties {
		if p.ID == party {
			return p.Side
		}
	}
	return ""
}

// WishForCourt is a party's wish that the court confirm the agreement; only
// both together can ask (art. 33).
func (t *Tenant) WishForCourt(ctx context.Context, actor models.Actor, id, party models.ID) error {
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if err := firstError(d.may("court"), policy.MayAskCourt(d.Mediation, d.Day())); err != nil {
			return err
		}
		p, _, err := d.behalf(party)
		if err != nil || p.CourtAt != nil {
			return err
		}
		p.CourtAt = &d.Now
		return firstError(d.saveParty(p, "court_at"), d.step(told{action: "court", party: p.ID}), d.news())
	})
}

// RecordCourt notes what became of it: asked together, confirmed, or declared
// invalid. Asking needs the wish of every party and is done in time.
func (t *Tenant) RecordCourt(ctx context.Context, actor models.Actor, id models.ID, state models.CourtState, day models.Date) error {
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if err := d.may("court"); err != nil {
			return err
		}
		var f problem.Form
		if !day.Valid() || day > d.Day() || day < d.EffectiveDay {
			f.Add("day", "mediation.sign.day", nil)
			return f.Err()
		}
		switch state {
		case models.CourtApplied:
			if err := policy.MayAskCourt(d.Mediation, day); err != nil {
				return err
			}
			if slices.ContainsFunc(d.parties, func(p models.MediationParty) bool { return p.CourtAt == nil }) || d.CourtState != models.CourtNone {
				return problem.New(problem.Conflict, "mediation.court.both", nil).Because("mediation law 33: together")
			}
		case models.CourtConfirmed, models.CourtRejected:
			if d.CourtState != models.CourtApplied {
				return problem.New(problem.Conflict, "policy.state", nil)
			}
		default:
			f.Add("state", "form.choose", nil)
			return f.Err()
		}
		d.CourtState, d.CourtOn = state, day
		return firstError(d.step(told{action: "court"}), d.news())
	})
}

// CloseBroken ends the watching over an agreement that was not kept: the way to
// court is told (art. 32, 33).
func (t *Tenant) CloseBroken(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if err := d.may("broken"); err != nil {
			return err
		}
		rows, err := d.promises()
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(rows, func(p models.MediationPromise) bool { return p.State == models.PromiseUnkept }) {
			return problem.New(problem.Conflict, "mediation.broken.none", nil)
		}
		return firstError(d.step(told{action: "broken"}), d.news())
	})
}

// RemindMediations tells those whom a day concerns, each once per stage: what
// was promised, the last day for the court, a meeting of tomorrow, an answer
// that is missing. It counts what it told.
func (s *Store) RemindMediations(ctx context.Context) (int, error) {
	n := 0
	for _, c := range s.Communities() {
		t := s.In(c)
		for _, remind := range []func(context.Context) (int, error){t.remindPromises, t.remindCourt, t.remindSittings, t.remindAnswers} {
			told, err := remind(ctx)
			if n += told; err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// asJob is a mediation for the clock: nobody's act, and nobody is spared a word.
func (tx *Tx) asJob(id models.ID) (*dispute, error) {
	d := &dispute{Tx: tx}
	if err := tx.Where("id = ? AND erased = ?", id, false).Take(&d.was).Error; err != nil {
		return nil, notFound(err)
	}
	d.Mediation = d.was
	return d, firstError(d.Where("mediation_id = ?", id).Order("place").Find(&d.parties).Error, d.Where("mediation_id = ?", id).Find(&d.mediators).Error)
}

var clockwork = models.Actor{System: true}

func (t *Tenant) remindPromises(ctx context.Context) (int, error) {
	day := models.DateOf(t.Now())
	var rows []models.MediationPromise
	err := t.db(ctx).Where("state = ? AND due_day <= ? AND reminded < 3", models.PromiseOpen, day.AddDays(3)).Order("due_day").Limit(sweepBatch).Find(&rows).Error
	n := 0
	for _, r := range rows {
		stage := policy.PromiseStage(r, day)
		if err != nil || stage <= r.Reminded {
			continue
		}
		err = t.Write(ctx, clockwork, func(tx *Tx) error {
			d, err := tx.asJob(r.MediationID)
			if err != nil || d.was.State != models.MediationEffective {
				return err
			}
			res := tx.Model(&models.MediationPromise{}).Where("id = ? AND state = ? AND reminded < ?", r.ID, models.PromiseOpen, stage).UpdateColumn("reminded", stage)
			if res.Error != nil || res.RowsAffected == 0 {
				return res.Error
			}
			n++
			if stage < 3 {
				return d.tellParties(r.PartyID)
			}
			return d.news()
		})
	}
	return n, err
}

func (t *Tenant) remindCourt(ctx context.Context) (int, error) {
	day := models.DateOf(t.Now())
	return t.remindEach(ctx, t.db(ctx).Where("state = ? AND court_state = ? AND court_told < 3 AND court_day >= ?", models.MediationEffective, models.CourtNone, day), func(d *dispute) (bool, error) {
		stage := policy.CourtStage(d.Mediation, day)
		res := d.Model(&models.Mediation{}).Where("id = ? AND court_told < ?", d.Mediation.ID, stage).UpdateColumn("court_told", stage)
		if res.Error != nil || res.RowsAffected == 0 {
			return false, res.Error
		}
		return true, d.tellParties()
	})
}

func (t *Tenant) remindAnswers(ctx context.Context) (int, error) {
	day := models.DateOf(t.Now())
	return t.remindEach(ctx, t.db(ctx).Where("state = ? AND answer_told = ? AND answer_by < ?", models.MediationInvited, false, day), func(d *dispute) (bool, error) {
		res := d.Model(&models.Mediation{}).Where("id = ? AND answer_told = ?", d.Mediation.ID, false).UpdateColumn("answer_told", true)
		if res.Error != nil || res.RowsAffected == 0 {
			return false, res.Error
		}
		return true, d.tellMediators()
	})
}
