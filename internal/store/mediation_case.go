package store

import (
	"context"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// A case that is a quarrel between neighbours may lead to a mediation. Nothing of
// it stands in the case: whoever reads the case must not learn that there is one.

// SuggestMediation offers mediation to whoever reported a case (art. 17: the
// committee may offer it). Only the reporter learns of it; asked twice is once.
// Refusals: NotFound and Forbidden as for the case, Conflict for a case that
// nobody stands behind.
func (t *Tenant) SuggestMediation(ctx context.Context, actor models.Actor, caseID models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		k, err := tx.officeCase(caseID)
		if err != nil {
			return err
		}
		if !k.relations.Any(policy.SetOf(policy.RoleHolder, policy.RoleDispatcher, policy.RoleFirst)) {
			return problem.New(problem.Forbidden, "policy.forbidden", nil).Because("mediation: suggested by whoever has the case")
		}
		var who models.ComplaintReporter
		err = tx.Where("case_id = ? AND kind = ? AND user_id IS NOT NULL", caseID, models.ReporterSelf).Limit(1).Find(&who).Error
		if err != nil {
			return err
		}
		if who.ID == 0 || k.About != models.AboutNobody || !k.State.Open() {
			return problem.New(problem.Conflict, "mediation.case.none", nil)
		}
		var there int64
		if err := tx.Model(&models.Mediation{}).Where("case_id = ?", caseID).Count(&there).Error; err != nil || there > 0 {
			return err
		}
		m, err := tx.newMediation(models.MediationByCase, "other", tx.store.opt.Keys.Index("mediation.once", "case/"+caseID.String()))
		if err != nil {
			return err
		}
		m.CaseID, m.State = caseID, models.MediationSuggested
		return tx.suggest(m, *who.UserID, &who)
	})
}

func (tx *Tx) suggest(m *models.Mediation, user models.ID, who *models.ComplaintReporter) error {
	name, err := tx.store.opt.Keys.Open(sealReporterName, who.ID, who.NameSeal)
	if err != nil {
		return err
	}
	p, err := tx.partyOf(DisputantDraft{Name: name}, models.SideAsker, 1)
	if err != nil {
		return err
	}
	p.MediationID, p.UserID, p.Consent = m.ID, user, models.ConsentAsked
	d := &dispute{Tx: tx, Mediation: *m, was: *m, parties: []models.MediationParty{*p}}
	err = firstError(tx.firstEvent(m, "", "suggest", *p), tx.Create(m).Error, tx.Create(p).Error, d.tellParty(*p))
	if duplicate(err) {
		return nil // two officers at once
	}
	return err
}

// AgreeToSuggestion makes the request out of what was suggested. Refusals as
// RequestMediation, and NotFound.
func (t *Tenant) AgreeToSuggestion(ctx context.Context, actor models.Actor, id models.ID, d MediationDraft) error {
	if err := CheckMediation(&d, false); err != nil {
		return err
	}
	return t.mediationAct(ctx, actor, id, func(x *dispute) error {
		if err := x.may("agree"); err != nil {
			return err
		}
		asker, err := x.askerOf(d, false)
		if err != nil {
			return err
		}
		old := x.me.ID
		m := x.was
		m.Category, m.UpdatedAt = d.Category, x.Now
		if err := x.rebind(asker, old, d); err != nil {
			return err
		}
		if err := x.begin(&m, d, *asker); err != nil {
			return err
		}
		return Changed(x.Model(&models.Mediation{}).Where("id = ? AND state = ? AND seq = ?", id, models.MediationSuggested, x.was.Seq).Select(mediationColumns).Updates(&m))
	})
}

// rebind gives a party made anew the id of the row that is there: its seals are
// bound to it.
func (x *dispute) rebind(p *models.MediationParty, id models.ID, d MediationDraft) error {
	phone, err := x.store.opt.Keys.Open(sealPartyPhone, p.ID, p.PhoneSeal)
	address, err2 := x.store.opt.Keys.Open(sealPartyAddress, p.ID, p.AddressSeal)
	p.ID = id
	p.NameSeal, p.AddressSeal = x.seal(sealPartyName, id, cut(d.Asker.Name, 180)), x.seal(sealPartyAddress, id, address)
	x.reach(p, phone, true)
	return firstError(err, err2)
}
