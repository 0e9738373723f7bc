package store

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"juwu/models"
	"juwu/policy"
)

// MyDispute is a mediation in the copy of a person's own data: their own
// words, and what binds them. What the other side said stays out.
type MyDispute struct {
	Community string                `json:"community"`
	Number    string                `json:"number"`
	State     models.MediationState `json:"state"`
	Side      models.MediationSide  `json:"side"`
	Request   string                `json:"request,omitempty"` // of whoever asked
	Words     []string              `json:"words"`
	Agreement string                `json:"agreement,omitempty"`
	Promises  []string              `json:"promises"`
	At        time.Time             `json:"at"`
}

func (s *Store) myMediations(ctx context.Context, actor models.Actor, d *MyData) error {
	rows, err := s.MyMediations(ctx, actor)
	for _, m := range rows {
		if err != nil {
			return err
		}
		var v *MediationView
		if v, err = s.In(m.Community).Mediation(ctx, actor, m.ID); err != nil {
			return err
		}
		one := MyDispute{Community: m.Community.Name, Number: v.Number, State: v.State, Side: v.Side, At: v.CreatedAt}
		if v.Side == models.SideAsker {
			one.Request = v.Request.About + "\n" + v.Request.Facts + "\n" + v.Request.Wish
		}
		for _, w := range v.Words {
			if w.PartyID == v.Me && w.Text != "" && w.ByParty {
				one.Words = append(one.Words, w.Text)
			}
		}
		if v.EffectiveDay != "" {
			one.Agreement = v.Agreement.Facts + "\n" + v.Agreement.Dispute + "\n" + v.Agreement.Duties + "\n" + v.Agreement.Other
		}
		for _, p := range v.Promises {
			one.Promises = append(one.Promises, fmt.Sprintf("%s %s: %s", p.DueDay, p.Name, p.What))
		}
		d.Mediations = append(d.Mediations, one)
	}
	return err
}

// eraseMediations destroys the words of old mediations: seals, parties, papers
// and the key to them. A row with kind, end and year is left for the figures.
func (t *Tenant) eraseMediations(ctx context.Context) error {
	day := models.DateOf(t.Now())
	var ids []models.ID
	err := t.db(ctx).Model(&models.Mediation{}).Where("erased = ? AND keep_until <> '' AND keep_until < ?", false, day).Order("id").Limit(sweepBatch).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return err
	}
	return t.Write(ctx, clockwork, func(tx *Tx) error {
		for _, table := range []any{&models.MediationParty{}, &models.MediationMediator{}, &models.MediationEvent{}, &models.MediationSession{}, &models.MediationPromise{}, &models.MediationSignature{}} {
			if err := tx.Where("mediation_id IN ?", ids).Delete(table).Error; err != nil {
				return err
			}
		}
		blank := models.Mediation{Erased: true, UpdatedAt: tx.Now}
		return firstError(tx.removeFiles(ownerMediation, ids...), tx.Model(&models.Mediation{}).Where("id IN ?", ids).
			Select("erased", "request_seal", "agreement_seal", "agreement_hash", "paper_key_seal", "once_hash", "case_id", "entered_by", "updated_at").Updates(&blank).Error)
	})
}

// checkMediations: steps without gaps from a state to the next that the table
// knows; in force only with every party's yes and signature; erased is erased.
// What is found is told by id alone.
func (t *Tenant) checkMediations(ctx context.Context, found func(string)) error {
	db := t.db(ctx)
	var rows []models.Mediation
	if err := db.Order("id").Find(&rows).Error; err != nil {
		return err
	}
	for _, m := range rows {
		say := func(what string) { found("row " + m.ID.String() + ": " + what) }
		var events []models.MediationEvent
		var parties []models.MediationParty
		var signed []models.MediationSignature
		err := firstError(db.Where("mediation_id = ?", m.ID).Order("seq").Find(&events).Error, db.Where("mediation_id = ?", m.ID).Order("place").Find(&parties).Error,
			db.Where("mediation_id = ?", m.ID).Find(&signed).Error)
		if err != nil {
			return err
		}
		if m.Erased {
			if len(events)+len(parties)+len(signed)+len(m.RequestSeal)+len(m.AgreementSeal)+len(m.PaperKeySeal) > 0 {
				say("was to be destroyed and is not")
			}
			continue
		}
		checkSteps(m, events, say)
		inForce := m.State == models.MediationEffective || m.State == models.MediationFulfilled || m.State == models.MediationBroken
		if inForce && policy.EffectiveDay(m, parties, signed) != m.EffectiveDay {
			say("is in force without every party's yes")
		}
		for _, s := range signed {
			if s.Version == m.Version && !bytes.Equal(s.Hash, m.AgreementHash) {
				say("has a signature under other words")
			}
		}
	}
	return nil
}

func checkSteps(m models.Mediation, events []models.MediationEvent, say func(string)) {
	at := models.MediationState("")
	for i, e := range events {
		if e.Seq != i+1 || e.Was != at {
			say(fmt.Sprintf("step %d does not follow the one before", e.Seq))
			return
		}
		known := false
		for _, move := range policy.MediationMoves {
			known = known || move.From == e.Was && move.Action == e.Action && move.To == e.State
		}
		if !known {
			say(fmt.Sprintf("step %d is no step of the table", e.Seq))
		}
		at = e.State
	}
	if m.Seq != len(events) || m.State != at {
		say("stands elsewhere than its steps lead")
	}
}
