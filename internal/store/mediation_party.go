package store

import (
	"context"
	"slices"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// What a party says and decides. The same acts can be recorded by the mediator
// for a party who sits at the desk; then the party's own row says by whom.

// behalf is the party that an act is for: the actor's own, or the one whom the
// mediator names. A party never acts for another.
func (d *dispute) behalf(party models.ID) (*models.MediationParty, models.ID, error) {
	if d.me != nil {
		if party != 0 && party != d.me.ID {
			return nil, 0, problem.New(problem.NotFound, "page.notfound", nil)
		}
		return d.me, 0, nil
	}
	for i := range d.parties {
		if d.parties[i].ID == party {
			return &d.parties[i], d.Actor.UserID, nil
		}
	}
	return nil, 0, problem.New(problem.NotFound, "page.notfound", nil)
}

func (d *dispute) saveParty(p *models.MediationParty, columns ...string) error {
	return Changed(d.Model(&models.MediationParty{}).Where("id = ?", p.ID).Select(columns).Updates(p))
}

// ConsentToMediation is a party's yes or no to mediating at all; party 0 is the
// actor's own. A no ends it (art. 17). Refusals: NotFound, Forbidden, Conflict.
func (t *Tenant) ConsentToMediation(ctx context.Context, actor models.Actor, id, party models.ID, yes bool) error {
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		action := "consent"
		if !yes {
			action = "refuse"
		}
		if err := d.may(action); err != nil {
			return err
		}
		p, by, err := d.behalf(party)
		if err != nil {
			return err
		}
		if yes && p.Consent == models.ConsentGiven {
			return nil // twice is once
		}
		p.Consent, p.ConsentBy, p.ConsentAt = models.ConsentGiven, by, &d.Now
		if !yes {
			p.Consent = models.ConsentRefused
		}
		if err := d.saveParty(p, "consent", "consent_by", "consent_at"); err != nil {
			return err
		}
		if yes && policy.AllConsent(d.parties) {
			action = "all_consent"
		}
		if err := d.step(told{action: action, party: p.ID}); err != nil {
			return err
		}
		if err := d.maybeOpen(); err != nil {
			return err
		}
		return d.news()
	})
}

// news tells everybody else in it.
func (d *dispute) news() error { return firstError(d.tellParties(), d.tellMediators()) }

// maybeOpen opens the talks when a mediator serves whom all accept.
func (d *dispute) maybeOpen() error {
	if d.was.State != models.MediationChoosing || !policy.AllAccept(d.parties, len(d.serving())) {
		return nil
	}
	return d.step(told{action: "all_accept"})
}

// AcceptMediators is a party's yes to the mediators as they are (art. 19, 23).
func (t *Tenant) AcceptMediators(ctx context.Context, actor models.Actor, id, party models.ID) error {
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if err := d.may("accept"); err != nil {
			return err
		}
		p, by, err := d.behalf(party)
		if err != nil {
			return err
		}
		if len(d.serving()) == 0 {
			return problem.New(problem.Conflict, "mediation.mediator.none", nil)
		}
		p.AcceptedAt, p.AcceptedBy = &d.Now, by
		if err := d.saveParty(p, "accepted_at", "accepted_by"); err != nil {
			return err
		}
		if !policy.AllAccept(d.parties, len(d.serving())) {
			return firstError(d.step(told{action: "accept", party: p.ID}), d.tellMediators())
		}
		return firstError(d.step(told{action: "all_accept", party: p.ID}), d.news())
	})
}

// RefuseMediator is a party's no to one mediator; no reason is asked. The one
// refused learns nothing more of it.
func (t *Tenant) RefuseMediator(ctx context.Context, actor models.Actor, id, party, mediator models.ID) error {
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if err := d.may("refuse_mediator"); err != nil {
			return err
		}
		p, _, err := d.behalf(party)
		if err != nil {
			return err
		}
		if err := d.dropMediator(mediator, models.MediatorRefused); err != nil {
			return err
		}
		if err := d.step(told{action: "refuse_mediator", party: p.ID}); err != nil {
			return err
		}
		return d.afterLoss()
	})
}

// dropMediator ends somebody's part in it; every yes to the mediators is asked
// anew, also the one to words that were laid before the parties.
func (d *dispute) dropMediator(user models.ID, state models.MediatorState) error {
	i := slices.IndexFunc(d.mediators, func(m models.MediationMediator) bool {
		return m.UserID == user && m.State == models.MediatorServes
	})
	if i < 0 {
		return problem.New(problem.NotFound, "page.notfound", nil)
	}
	d.mediators[i].State = state
	err := Changed(d.Model(&models.MediationMediator{}).Where("id = ? AND state = ?", d.mediators[i].ID, models.MediatorServes).
		Updates(map[string]any{"state": state, "updated_at": d.Now}))
	return firstError(err, d.askAnew())
}

// askAnew forgets what parties said to the mediators and words of before.
func (d *dispute) askAnew() error {
	for i := range d.parties {
		d.parties[i].AcceptedAt, d.parties[i].AcceptedBy = nil, 0
		if d.was.State != models.MediationEffective {
			d.parties[i].Approved, d.parties[i].ApprovedAt = 0, nil
		}
	}
	columns := map[string]any{"accepted_at": nil, "accepted_by": 0}
	if d.was.State != models.MediationEffective {
		columns["approved"], columns["approved_at"] = 0, nil
	}
	return d.Model(&models.MediationParty{}).Where("mediation_id = ?", d.Mediation.ID).Updates(columns).Error
}

// afterLoss tells the parties, and whoever finds another mediator.
func (d *dispute) afterLoss() error {
	if len(d.serving()) > 0 {
		return d.tellParties()
	}
	free, err := d.tenant().freeMediators(d.DB, d.parties, d.mediators, d.Day())
	return firstError(err, d.tellParties(), d.tellIntake(free))
}

// ProposeMediator is a party's wish for a mediator who is free of ties; the
// party's own yes is in it, the others are asked.
func (t *Tenant) ProposeMediator(ctx context.Context, actor models.Actor, id, mediator models.ID) error {
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if err := d.may("propose"); err != nil {
			return err
		}
		if err := d.addMediator(mediator); err != nil {
			return err
		}
		d.me.AcceptedAt = &d.Now
		if err := d.saveParty(d.me, "accepted_at"); err != nil {
			return err
		}
		return firstError(d.step(told{action: "propose"}), d.news())
	})
}

// mostMediators is how many may serve in one mediation.
const mostMediators = 3

// addMediator lets somebody serve who need not step aside and was not refused.
func (d *dispute) addMediator(user models.ID) error {
	free, err := d.tenant().freeMediators(d.DB, d.parties, d.mediators, d.Day())
	if err != nil {
		return err
	}
	i := slices.IndexFunc(free, func(m Mediator) bool { return m.UserID == user })
	if i < 0 || len(d.serving()) >= mostMediators {
		var f problem.Form
		f.Add("mediator", "mediation.mediator.gone", nil)
		return f.Err()
	}
	row := models.MediationMediator{Tenant: models.Tenant{ID: d.NewID()}, MediationID: d.Mediation.ID, UserID: user, Name: free[i].Name, State: models.MediatorServes, CreatedAt: d.Now, UpdatedAt: d.Now}
	d.mediators = append(d.mediators, row)
	return firstError(d.Create(&row).Error, d.askAnew())
}

// SayInMediation is what a party says: to all, or in confidence to the
// mediators. Refusals: Invalid (field text).
func (t *Tenant) SayInMediation(ctx context.Context, actor models.Actor, id models.ID, text string, private, terms bool) error {
	text = strings.TrimSpace(text)
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		action := "say"
		if terms {
			action = "propose_terms"
		}
		if err := d.may(action); err != nil {
			return err
		}
		if d.me == nil {
			return problem.New(problem.Forbidden, "policy.forbidden", nil).Because("mediation: a party's own words")
		}
		if err := firstError(policy.MayWriteMediation(text), wordsTooLong("text", text)); err != nil {
			return err
		}
		to := models.ForAll
		if private {
			to = models.MediationAudience(d.me.Side)
		}
		if err := d.step(told{action: action, text: text, audience: to}); err != nil {
			return err
		}
		if private {
			return d.tellMediators()
		}
		return d.news()
	})
}

func wordsTooLong(field, text string) error {
	var f problem.Form
	if n := len([]rune(text)); n > maxMediationText {
		f.Add(field, "form.toolong", problem.Args{"n": n - maxMediationText, "limit": maxMediationText})
	}
	return f.Err()
}

// WithdrawMediation takes a request back before the other side was asked: it
// never learns of it.
func (t *Tenant) WithdrawMediation(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		action := "withdraw"
		if d.was.State == models.MediationSuggested {
			action = "refuse"
		}
		return firstError(d.step(told{action: action}), d.tellMediators())
	})
}

// StopMediation ends it (art. 23(2)); no reason is asked.
func (t *Tenant) StopMediation(ctx context.Context, actor models.Actor, id, party models.ID) error {
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if err := d.may("stop"); err != nil {
			return err
		}
		p, _, err := d.behalf(party)
		if err != nil {
			return err
		}
		return firstError(d.step(told{action: "stop", party: p.ID}), d.cancelSittings(), d.news())
	})
}

// TryMediationAgain begins another round: everybody is asked anew, whoever
// wants it has said yes with that. Words, signatures and promises of before
// stay in the file, and bind as they did.
func (t *Tenant) TryMediationAgain(ctx context.Context, actor models.Actor, id, party models.ID) error {
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if err := d.may("again"); err != nil {
			return err
		}
		if d.was.State == models.MediationEffective && d.CourtState != models.CourtRejected {
			return problem.New(problem.Conflict, "mediation.again.binding", nil).Because("mediation law 31, 33: an agreement binds until the court says otherwise")
		}
		p, by, err := d.behalf(party)
		if err != nil {
			return err
		}
		for i := range d.parties {
			x := &d.parties[i]
			x.Consent, x.ConsentAt, x.ConsentBy = models.ConsentAsked, nil, 0
			if x.ID == p.ID {
				x.Consent, x.ConsentAt, x.ConsentBy = models.ConsentGiven, &d.Now, by
			}
			x.AcceptedAt, x.Approved, x.ApprovedAt, x.CourtAt = nil, 0, nil, nil
			if err := d.saveParty(x, "consent", "consent_at", "consent_by", "accepted_at", "approved", "approved_at", "court_at"); err != nil {
				return err
			}
		}
		d.Round++
		d.AnswerBy, d.AnswerTold, d.TargetDay = d.Day().AddDays(policy.InviteDays), false, d.Day().AddDays(policy.MediationDays)
		d.EffectiveDay, d.CourtDay, d.CourtState, d.CourtOn, d.CourtTold = "", "", models.CourtNone, "", 0
		if err := d.Model(&models.MediationPromise{}).Where("mediation_id = ?", id).Delete(&models.MediationPromise{}).Error; err != nil {
			return err
		}
		return firstError(d.step(told{action: "again", party: p.ID}), d.news())
	})
}
