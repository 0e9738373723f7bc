package store

import (
	"context"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// What mediators and, before there is one, whoever finds one do.

// TakeMediation is a mediator's own yes to a request that nobody has yet.
// Refusals: NotFound (also for whoever must step aside), Conflict.
func (t *Tenant) TakeMediation(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		return firstError(d.may("take"), d.addMediator(actor.UserID), d.step(told{action: "take"}))
	})
}

// AssignMediator gives it to a mediator (art. 19); the parties may refuse.
func (t *Tenant) AssignMediator(ctx context.Context, actor models.Actor, id, mediator models.ID) error {
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if err := d.may("assign"); err != nil {
			return err
		}
		if len(d.serving()) > 0 {
			return problem.New(problem.Conflict, "page.conflict", nil)
		}
		if err := firstError(d.addMediator(mediator), d.step(told{action: "assign"}), d.tellOfficer(mediator)); err != nil {
			return err
		}
		if d.was.State == models.MediationRequested {
			return nil
		}
		return d.tellParties()
	})
}

// InviteParties asks the other side, in one neutral sentence. Whoever the
// program cannot reach is called on; the mediator records what they say.
func (t *Tenant) InviteParties(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if err := d.may("invite"); err != nil {
			return err
		}
		d.AnswerBy = d.Day().AddDays(policy.InviteDays)
		for i := range d.parties {
			if p := &d.parties[i]; p.Consent == models.ConsentNone {
				p.Consent = models.ConsentAsked
				if err := d.saveParty(p, "consent"); err != nil {
					return err
				}
			}
		}
		return firstError(d.step(told{action: "invite"}), d.tellParties())
	})
}

// DeclineMediation tells the asker why people's mediation cannot take it and
// where else to go; the other side never learns of it.
func (t *Tenant) DeclineMediation(ctx context.Context, actor models.Actor, id models.ID, text string) error {
	return t.endMediation(ctx, actor, id, "decline", text)
}

// FailMediation ends talks without an agreement; the parties are told the other
// ways (art. 26).
func (t *Tenant) FailMediation(ctx context.Context, actor models.Actor, id models.ID, text string) error {
	return t.endMediation(ctx, actor, id, "fail", text)
}

func (t *Tenant) endMediation(ctx context.Context, actor models.Actor, id models.ID, action, text string) error {
	text = strings.TrimSpace(text)
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if err := firstError(d.may(action), policy.MayWriteMediation(text), wordsTooLong("text", text)); err != nil {
			return err
		}
		return firstError(d.step(told{action: action, text: text}), d.cancelSittings(), d.tellParties())
	})
}

// StepAside: a mediator with an interest leaves, and learns nothing more.
func (t *Tenant) StepAside(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if err := firstError(d.may("step_aside"), d.dropMediator(actor.UserID, models.MediatorAside), d.step(told{action: "step_aside"})); err != nil {
			return err
		}
		return d.afterLoss()
	})
}

// MediatorWords are what a mediator writes, by who reads it.
var MediatorWords = map[string]models.MediationAudience{
	"point": models.ForAll, "propose_terms": models.ForAll, "say": models.ForAll,
	"note": models.ForMediators, "asker": models.ForAsker, "other": models.ForOther,
}

// WriteInMediation is a mediator's word: a point in dispute, a proposal, a word
// to all, to one side in confidence, or a note for the mediators alone.
func (t *Tenant) WriteInMediation(ctx context.Context, actor models.Actor, id models.ID, kind, text string) error {
	text = strings.TrimSpace(text)
	to, known := MediatorWords[kind]
	if !known {
		return problem.New(problem.NotFound, "page.notfound", nil)
	}
	action := kind
	if to == models.ForAsker || to == models.ForOther {
		action = "say"
	}
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if !d.relations.Has(policy.RoleCaseMediator) {
			return problem.New(problem.NotFound, "page.notfound", nil)
		}
		if err := firstError(d.may(action), policy.MayWriteMediation(text), wordsTooLong("text", text)); err != nil {
			return err
		}
		if err := d.step(told{action: action, text: text, audience: to}); err != nil {
			return err
		}
		switch to {
		case models.ForMediators:
			return nil
		case models.ForAll:
			return d.tellParties()
		}
		return d.tellSide(models.MediationSide(to))
	})
}

func (d *dispute) tellSide(side models.MediationSide) error {
	for _, p := range d.parties {
		if p.Side == side {
			if err := d.tellParties(p.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

const mostParties = 8

// SetParty completes who a party is, or adds one (party 0): the mediator has
// spoken with them. resident, if given, is their record on the roll. Whoever
// must step aside then does: the program asks at every look.
func (t *Tenant) SetParty(ctx context.Context, actor models.Actor, id, party models.ID, side models.MediationSide, draft DisputantDraft) error {
	draft.clean()
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if err := d.may("party"); err != nil {
			return err
		}
		var f problem.Form
		length(&f, "name", draft.Name, 2, 60)
		if n, _ := models.Phone(draft.Phone); draft.Phone != "" && n == "" {
			f.Add("phone", "login.phone.invalid", nil)
		}
		if party == 0 && len(d.parties) >= mostParties {
			f.Add("name", "mediation.party.many", problem.Args{"n": mostParties})
		}
		if err := f.Err(); err != nil {
			return err
		}
		if party == 0 {
			return d.addParty(side, draft)
		}
		p, _, err := d.behalf(party)
		if err != nil {
			return err
		}
		fresh, err := d.partyOf(draft, p.Side, p.Place)
		if err != nil {
			return err
		}
		keys := d.store.opt.Keys
		address, err := keys.Open(sealPartyAddress, fresh.ID, fresh.AddressSeal)
		if err != nil {
			return err
		}
		p.NameSeal, p.AddressSeal = d.seal(sealPartyName, p.ID, cut(draft.Name, 180)), d.seal(sealPartyAddress, p.ID, address)
		if p.UserID == 0 && fresh.ResidentID != 0 {
			p.ResidentID = fresh.ResidentID
		}
		if draft.Phone != "" {
			d.reach(p, draft.Phone, true)
		}
		if err := d.saveParty(p, "name_seal", "address_seal", "resident_id", "phone_seal", "phone_index", "phone_sure"); err != nil {
			return err
		}
		return d.step(told{action: "party", party: p.ID, audience: models.ForMediators})
	})
}

func (d *dispute) addParty(side models.MediationSide, draft DisputantDraft) error {
	if side != models.SideAsker {
		side = models.SideOther
	}
	p, err := d.partyOf(draft, side, len(d.parties)+1)
	if err != nil {
		return err
	}
	p.MediationID = d.Mediation.ID
	if draft.Phone != "" {
		d.reach(p, draft.Phone, true)
	}
	if d.was.State == models.MediationInvited {
		p.Consent = models.ConsentAsked
	}
	d.parties = append(d.parties, *p)
	if err := firstError(d.Create(p).Error, d.step(told{action: "party", party: p.ID, audience: models.ForMediators})); err != nil {
		return err
	}
	return d.tellParties(p.ID)
}
