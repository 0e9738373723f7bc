package store

import (
	"context"
	"slices"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// CountBodyVote records what each candidate got and how many votes were void.
// Refusals: Forbidden, NotFound, Conflict, Invalid with a field per candidate.
func (t *Tenant) CountBodyVote(ctx context.Context, actor models.Actor, vote models.ID, votes map[models.ID]int, void int) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		v, b, err := tx.openVote(vote)
		if err != nil {
			return err
		}
		var candidates []models.BodyCandidate
		if err := tx.Where("vote_id = ?", v.ID).Order("id").Find(&candidates).Error; err != nil {
			return err
		}
		for i := range candidates {
			candidates[i].Votes = votes[candidates[i].ID]
		}
		v.Void = void
		if err := policy.CheckBodyCount(*v, candidates); err != nil {
			return err
		}
		if v.TookPart == 0 {
			return problem.New(problem.Conflict, "body.vote.nomarks", nil)
		}
		slices.SortStableFunc(candidates, func(a, b models.BodyCandidate) int { return b.Votes - a.Votes })
		result := policy.ElectBody(v.Entitled, v.TookPart, v.Seats, candidates)
		for i, c := range candidates {
			c.Place, c.Elected = i+1, slices.Contains(result.Elected, c.ID)
			if err := tx.Model(&models.BodyCandidate{}).Where("id = ?", c.ID).Select("votes", "place", "elected").UpdateColumns(&c).Error; err != nil {
				return err
			}
		}
		v.State, v.UpdatedAt = models.BodyVoteCounted, tx.Now
		tx.Audit("body.vote.count", v.ID, map[string]int{"took_part": v.TookPart, "void": void})
		err = Changed(tx.Model(&models.BodyVote{}).Where("id = ? AND state = ?", v.ID, models.BodyVoteOpen).
			Select("state", "void", "updated_at").UpdateColumns(v))
		if err != nil {
			return err
		}
		confirms := models.RoleDirector
		if b.Kind == models.BodyPanel {
			confirms = models.RoleStreet
		}
		return tx.tellPost(confirms, "body.tell.confirm", nil, "/admin/"+tx.Community.Code+"/bodies/votes/"+v.ID.String())
	})
}

// RecountBodyVote sends a count back to whoever records it.
func (t *Tenant) RecountBodyVote(ctx context.Context, actor models.Actor, vote models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("body", "review"); err != nil {
			return err
		}
		v, b, err := bodyVote(tx.DB, vote)
		if err != nil {
			return err
		}
		if err := policy.MayCheckBodyVote(b.Kind, tx.roles()); err != nil {
			return err
		}
		if _, err := policy.Next(policy.BodyVoteMoves, v.State, "recount", tx.roles()); err != nil {
			return err
		}
		tx.Audit("body.vote.recount", v.ID, nil)
		return Changed(tx.Model(&models.BodyVote{}).Where("id = ? AND state = ?", v.ID, models.BodyVoteCounted).
			Select("state", "updated_at").UpdateColumns(&models.BodyVote{State: models.BodyVoteOpen, UpdatedAt: tx.Now}))
	})
}

// VoidBodyVote ends an election that came to nothing, with the reason.
func (t *Tenant) VoidBodyVote(ctx context.Context, actor models.Actor, vote models.ID, reason string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		v, b, err := bodyVote(tx.DB, vote)
		if err != nil {
			return err
		}
		action, may := "manage", policy.MayKeepBody
		if v.State == models.BodyVoteCounted {
			action, may = "review", policy.MayCheckBodyVote
		}
		if err := errorsFirst(tx.May("body", action), may(b.Kind, tx.roles())); err != nil {
			return err
		}
		if _, err := policy.Next(policy.BodyVoteMoves, v.State, "void", tx.roles()); err != nil {
			return err
		}
		if reason, err = checkReason(reason); err != nil {
			return err
		}
		tx.Audit("body.vote.void", v.ID, nil)
		return Changed(tx.Model(&models.BodyVote{}).Where("id = ? AND state = ?", v.ID, v.State).
			Select("state", "reason", "updated_at").UpdateColumns(&models.BodyVote{State: models.BodyVoteVoid, Reason: reason, UpdatedAt: tx.Now}))
	})
}

// ConfirmBodyVote is the second person's act: the election is decided, those
// elected have their mandates and roles, substitutes stand in order. Refusals:
// Forbidden (recorder, candidate), Conflict (too few took part, nobody elected,
// another was faster), and whatever forbids somebody a post.
func (t *Tenant) ConfirmBodyVote(ctx context.Context, actor models.Actor, vote models.ID) (*models.Decision, error) {
	var d models.Decision
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("body", "review"); err != nil {
			return err
		}
		v, b, err := bodyVote(tx.DB, vote)
		if err != nil {
			return err
		}
		var candidates []models.BodyCandidate
		if err := tx.Where("vote_id = ?", v.ID).Order("place, id").Find(&candidates).Error; err != nil {
			return err
		}
		var own models.ID
		if l, ok := actor.Resident(tx.chain); ok {
			own = l.ResidentID
		}
		if err := policy.MayConfirmBodyVote(*v, b.Kind, candidates, tx.signer(""), own); err != nil {
			return err
		}
		result := policy.ElectBody(v.Entitled, v.TookPart, v.Seats, candidates)
		if !result.Valid {
			return problem.New(problem.Conflict, "body.vote.few", problem.Args{"n": v.TookPart, "of": v.Entitled}).Because("art. 27 by analogy")
		}
		if len(result.Elected) == 0 {
			return problem.New(problem.Conflict, "body.vote.nobody", nil)
		}
		d = bodyDecision(tx, v, b, candidates, result)
		if err := tx.decide(&d); err != nil {
			return err
		}
		if err := tx.seat(v, b, candidates, result, &d); err != nil {
			return err
		}
		v.State, v.ConfirmerID, v.Confirmer, v.ConfirmedAt, v.DecisionID, v.UpdatedAt = models.BodyVoteConfirmed, actor.UserID,
			tx.actorName(tx.actingRole(models.RoleDirector, models.RoleViceDirector, models.RoleSupervisor, models.RoleStreet)), &tx.Now, d.ID, tx.Now
		tx.Audit("body.vote.confirm", v.ID, map[string]models.ID{"decision": d.ID})
		tx.Touch("assembly", "people")
		return Changed(tx.Model(&models.BodyVote{}).Where("id = ? AND state = ?", v.ID, models.BodyVoteCounted).
			Select("state", "confirmer_id", "confirmer", "confirmed_at", "decision_id", "updated_at").UpdateColumns(v))
	})
	return &d, err
}

// seat gives the mandates that a result comes to.
func (tx *Tx) seat(v *models.BodyVote, b *models.Body, candidates []models.BodyCandidate, result policy.BodyResult, d *models.Decision) error {
	give := func(ids []models.ID, state models.MandateState) error {
		for i, id := range ids {
			c := candidates[slices.IndexFunc(candidates, func(c models.BodyCandidate) bool { return c.ID == id })]
			m := models.Mandate{Post: v.Post, ResidentID: c.ResidentID, Name: c.Name, From: v.From, Until: v.Until, Votes: c.Votes, Rank: i + 1, State: state}
			if err := tx.giveMandate(b, m, d); err != nil {
				return err
			}
		}
		return nil
	}
	if err := give(result.Elected, models.MandateServing); err != nil {
		return err
	}
	return give(result.Substitutes, models.MandateSubstitute)
}

// bodyDecision is the decision that an election comes to.
func bodyDecision(tx *Tx, v *models.BodyVote, b *models.Body, candidates []models.BodyCandidate, result policy.BodyResult) models.Decision {
	d := models.Decision{
		Class: models.MatterElect, Mode: models.ByGroup, BodyID: b.ID, BodyVoteID: v.ID, Day: v.Day, Entitled: v.Entitled, Present: v.TookPart, Void: v.Void,
		QuorumArticle: "art27_analogy", MajorityArticle: "art27_analogy", Title: b.Name + "：" + postTitle[v.Post],
	}
	if v.Unit != models.UnitHousehold {
		d.Mode = models.ByMembers
	}
	if v.Unit == models.UnitDelegates {
		d.Mode = models.ByJoint
	}
	if v.Unit == models.UnitAssembly {
		d.Mode = models.ByReps
		d.QuorumArticle, d.MajorityArticle = "art29_quorum", "art29_majority"
	}
	var lines []OptionLine
	for _, c := range candidates {
		lines = append(lines, OptionLine{c.Name, c.Votes, slices.Contains(result.Elected, c.ID)})
	}
	d.Options = optionText(lines)
	d.Text = postTitle[v.Post] + "，" + string(v.From) + " – " + string(v.Until) + "。" //words:allow an official paper
	return d
}

// postTitle is what an official paper calls a post.
var postTitle = map[models.Seat]string{
	models.SitsRep: "推选居民代表", models.SitsHead: "推选负责人", models.SitsDeputy: "推选副职", models.SitsMember: "推选成员", //words:allow an official paper
}
