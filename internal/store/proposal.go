package store

import (
	"context"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

const sealProposal = "proposals.phone"

// Propose hands the street a name for a post that the community itself may not
// give: who was elected, with the decision. Refusals: Forbidden, Invalid with
// fields.
func (t *Tenant) Propose(ctx context.Context, actor models.Actor, n Nominee) (id models.ID, err error) {
	if err := n.check(); err != nil {
		return 0, err
	}
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("appointment", "propose"); err != nil {
			return err
		}
		var f problem.Form
		if !policy.HeldAt(n.Role, models.LevelCommunity) {
			f.Add("role", "form.choose", nil)
		}
		if !n.From.Valid() {
			f.Add("from", "policy.appointment.from", nil)
		}
		if n.Until != "" && n.Until < n.From {
			f.Add("until", "policy.appointment.until", nil)
		}
		if n.Decision == "" {
			f.Add("decision", "policy.appointment.decision", nil)
		}
		if err := f.Err(); err != nil {
			return err
		}
		id = tx.NewID()
		p := models.Proposal{Tenant: models.Tenant{ID: id}, State: models.ProposalOpen, Role: n.Role, Name: n.Name, GridID: n.GridID,
			From: n.From, Until: n.Until, Decision: n.Decision, Portfolio: n.Portfolio, ByUserID: actor.UserID, ByName: actor.Name, CreatedAt: tx.Now}
		p.PhoneSeal = t.opt.Keys.Seal(sealProposal, id, n.LoginPhone)
		tx.Audit("appointment.propose", id, map[string]models.Role{"role": n.Role})
		return tx.Create(&p).Error
	})
	return id, err
}

// Proposals are what waits for an answer, oldest first, and then what was
// answered lately.
func (t *Tenant) Proposals(ctx context.Context) ([]models.Proposal, error) {
	var open, done []models.Proposal
	db := t.db(ctx)
	if err := db.Where("state = ?", models.ProposalOpen).Order("id").Limit(100).Find(&open).Error; err != nil {
		return nil, err
	}
	err := db.Where("state <> ?", models.ProposalOpen).Order("id DESC").Limit(10).Find(&done).Error
	return append(open, done...), err
}

// AcceptProposal appoints who was proposed and settles the proposal, both or
// neither. Refusals: those of Appoint, NotFound, Conflict when it is settled.
func (t *Tenant) AcceptProposal(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Store.WriteGlobal(ctx, actor, func(tx *Tx) error {
		db := scoped(tx.DB, t.Community.ID)
		var p models.Proposal
		if err := db.Where("id = ?", id).Take(&p).Error; err != nil {
			return notFound(err)
		}
		if p.State != models.ProposalOpen {
			return problem.New(problem.Conflict, "page.conflict", nil)
		}
		phone, err := t.opt.Keys.Open(sealProposal, p.ID, p.PhoneSeal)
		if err != nil {
			return err
		}
		u, err := tx.EnsureUser(phone, p.Name)
		if err != nil {
			return err
		}
		if p.ByUserID == actor.UserID {
			return problem.New(problem.Forbidden, "appointment.proposal.own", nil).Because("who proposes does not decide")
		}
		_, err = tx.appoint(models.Appointment{RegionID: t.Community.ID, UserID: u.ID, Role: p.Role, GridID: p.GridID, From: p.From, Until: p.Until,
			Decision: p.Decision, Name: p.Name, Portfolio: p.Portfolio})
		if err != nil {
			return err
		}
		now := models.Proposal{State: models.ProposalAccepted, DecidedBy: actor.UserID, DecidedAt: &tx.Now}
		return Changed(db.Model(&models.Proposal{}).Where("id = ? AND state = ?", id, models.ProposalOpen).
			Select("state", "decided_by", "decided_at", "phone_seal").Updates(&now))
	})
}

// RefuseProposal answers a proposal with the reason. Whoever could accept it
// may refuse it; whoever made it may take it back. Refusals: Forbidden,
// NotFound, Conflict, Invalid (reason).
func (t *Tenant) RefuseProposal(ctx context.Context, actor models.Actor, id models.ID, reason string) error {
	reason = cleanLine(reason)
	return t.Write(ctx, actor, func(tx *Tx) error {
		var p models.Proposal
		if err := tx.Where("id = ?", id).Take(&p).Error; err != nil {
			return notFound(err)
		}
		now := models.Proposal{State: models.ProposalRefused, Answer: reason, DecidedBy: actor.UserID, DecidedAt: &tx.Now}
		if p.ByUserID == actor.UserID {
			now.State = models.ProposalWithdrawn
		} else {
			if err := tx.May("appointment", "appoint"); err != nil {
				return err
			}
			by := t.opt.Guard.RolesOf(actor, t.Community, tx.Day())
			if err := policy.MayEnd(models.Appointment{Role: p.Role}, models.LevelCommunity, by); err != nil {
				return err
			}
			if n := len([]rune(reason)); n < leastLinkReason || n > 200 {
				var f problem.Form
				f.Add("reason", "link.reason.length", problem.Args{"least": leastLinkReason, "most": 200})
				return f.Err()
			}
		}
		err := Changed(tx.Model(&models.Proposal{}).Where("id = ? AND state = ?", id, models.ProposalOpen).
			Select("state", "answer", "decided_by", "decided_at", "phone_seal").Updates(&now))
		if err != nil {
			return err
		}
		tx.Audit("appointment."+string(now.State), id, nil)
		return tx.Tell(p.ByUserID, "appointment.told."+string(now.State), problem.Args{"name": p.Name}, "")
	})
}
