package store

import (
	"context"
	"slices"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// CloseVote ends the vote on an item, counts, and records the decision when it
// is carried: all of it in one transaction, or nothing. Refusals: Forbidden,
// NotFound, Conflict (not open, papers not counted, figures that do not agree).
func (t *Tenant) CloseVote(ctx context.Context, actor models.Actor, item models.ID) (*models.Decision, error) {
	var d *models.Decision
	err := t.Write(ctx, actor, func(tx *Tx) error {
		d = nil
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		// First of all, so that no vote comes in while the rest is counted.
		err := Changed(tx.Model(&models.SessionItem{}).Where("id = ? AND state = ?", item, models.ItemOpen).
			Select("state", "closed_at").UpdateColumns(&models.SessionItem{State: models.ItemClosed, ClosedAt: &tx.Now}))
		if err != nil {
			return err
		}
		i, s, m, err := tx.item(item)
		if err != nil {
			return err
		}
		counts, err := tx.count(i, m)
		if err != nil {
			return err
		}
		i.Entitled, i.Present = s.Entitled, s.Present
		d, err = tx.outcome(i, s, m, counts)
		if err != nil {
			return err
		}
		err = Changed(tx.Model(&models.SessionItem{}).Where("id = ? AND state = ?", item, models.ItemClosed).
			Select("entitled", "present", "yes", "no", "abstain", "void", "passed", "decision_id").UpdateColumns(i))
		if err != nil {
			return err
		}
		tx.Audit("assembly.vote.close", item, map[string]int{"present": i.Present, "cast": i.Cast, "yes": i.Yes, "no": i.No, "abstain": i.Abstain, "void": i.Void})
		tx.Touch("assembly", "home")
		return nil
	})
	return d, err
}

// count adds the electronic votes to those on paper, by choice.
func (tx *Tx) count(i *models.SessionItem, m *models.Matter) (map[string]int, error) {
	var rows []models.ItemCount
	if err := tx.Where("item_id = ?", i.ID).Find(&rows).Error; err != nil {
		return nil, err
	}
	if i.Paper > 0 && len(rows) == 0 {
		return nil, problem.New(problem.Conflict, "session.paper.uncounted", problem.Args{"n": i.Paper})
	}
	var choices []string
	var err error
	if i.Secret {
		err = tx.Model(&models.SecretBallot{}).Where("item_id = ?", i.ID).Pluck("choice", &choices).Error
	} else {
		err = tx.Model(&models.VoteMark{}).Where("item_id = ? AND channel IN ?", i.ID, []string{channelPhone, channelTablet}).Pluck("choice", &choices).Error
	}
	if err != nil {
		return nil, err
	}
	if len(choices)+i.Paper != i.Cast {
		return nil, problem.New(problem.Conflict, "session.figures", nil).Because("ballots and marks do not agree")
	}
	electronic := map[string]int{}
	for _, c := range choices {
		for one := range strings.FieldsSeq(c) {
			electronic[one]++
		}
	}
	total := map[string]int{}
	for _, r := range rows {
		total[r.Choice] += r.Paper
	}
	for choice, n := range electronic {
		total[choice] += n
	}
	paper := total[ChoiceYes] + total[ChoiceNo] + total[ChoiceAbstain] + total[ChoiceVoid] - electronic[ChoiceYes] - electronic[ChoiceNo] - electronic[ChoiceAbstain]
	if m.Seats == 0 && paper != i.Paper {
		return nil, problem.New(problem.Conflict, "session.paper.uncounted", problem.Args{"n": i.Paper}) // given out after the count
	}
	return total, tx.saveCounts(i.ID, rows, electronic)
}

func (tx *Tx) saveCounts(item models.ID, rows []models.ItemCount, electronic map[string]int) error {
	paper := map[string]int{}
	for _, r := range rows {
		paper[r.Choice] = r.Paper
		if _, there := electronic[r.Choice]; !there {
			electronic[r.Choice] = 0
		}
	}
	if err := tx.Where("item_id = ?", item).Delete(&models.ItemCount{}).Error; err != nil {
		return err
	}
	for _, choice := range slices.Sorted(keysOf(electronic)) {
		row := models.ItemCount{Tenant: models.Tenant{ID: tx.NewID()}, ItemID: item, Choice: choice, Electronic: electronic[choice], Paper: paper[choice]}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
	}
	return nil
}

// outcome writes the figures into the item and decides.
func (tx *Tx) outcome(i *models.SessionItem, s *models.AssemblySession, m *models.Matter, counts map[string]int) (*models.Decision, error) {
	i.Yes, i.No, i.Abstain, i.Void = counts[ChoiceYes], counts[ChoiceNo], counts[ChoiceAbstain], counts[ChoiceVoid]
	d := &models.Decision{
		Class: m.Class, Mode: s.Mode, BodyID: m.BodyID, SessionID: s.ID, ItemID: i.ID, MatterID: m.ID, Title: m.Title, Text: m.Text, Covers: m.Covers,
		MoneyFen: m.MoneyFen, Day: s.Day, Entitled: i.Entitled, Present: i.Present, Yes: i.Yes, No: i.No, Abstain: i.Abstain, Void: i.Void,
	}
	d.QuorumArticle, d.MajorityArticle = policy.Articles(s.Mode)
	quorum := policy.QuorumMet(s.Mode, i.Present, i.Entitled)
	if m.Seats > 0 {
		chosen, err := tx.choose(d, m, counts)
		if err != nil {
			return nil, err
		}
		i.Passed = quorum && len(chosen) > 0 && i.Cast <= i.Present
	} else {
		f := policy.VoteFigures{Mode: s.Mode, Entitled: i.Entitled, Present: i.Present, Cast: i.Cast, Yes: i.Yes, No: i.No, Abstain: i.Abstain, Void: i.Void}
		if !f.Consistent() {
			return nil, problem.New(problem.Conflict, "session.figures", nil).Because("figures do not agree")
		}
		i.Passed = f.Passed()
	}
	if !i.Passed {
		return nil, tx.moveMatter(m, "reject")
	}
	if err := tx.decide(d); err != nil {
		return nil, err
	}
	i.DecisionID, m.DecisionID = d.ID, d.ID
	if err := tx.moveMatter(m, "decide", "decision_id"); err != nil {
		return nil, err
	}
	return d, tx.follow(d, m, counts)
}

// choose decides a choice and writes its lines into the decision.
func (tx *Tx) choose(d *models.Decision, m *models.Matter, counts map[string]int) ([]models.ID, error) {
	var options []models.MatterOption
	if err := tx.Where("matter_id = ?", m.ID).Order("ordinal").Find(&options).Error; err != nil {
		return nil, err
	}
	votes := make([]policy.OptionVotes, len(options))
	for n, o := range options {
		votes[n] = policy.OptionVotes{ID: o.ID, Votes: counts[o.ID.String()], Cost: o.CostFen}
	}
	chosen := policy.Choose(votes, d.Present, m.Seats, m.MoneyFen)
	slices.SortStableFunc(options, func(a, b models.MatterOption) int { return counts[b.ID.String()] - counts[a.ID.String()] })
	lines := make([]OptionLine, len(options))
	for n, o := range options {
		lines[n] = OptionLine{o.Text, counts[o.ID.String()], slices.Contains(chosen, o.ID)}
	}
	d.Options = optionText(lines)
	return chosen, nil
}

// follow does what a decision means for what it decided on.
func (tx *Tx) follow(d *models.Decision, m *models.Matter, counts map[string]int) error {
	if d.Class == models.MatterRevoke && m.RevokesID != 0 {
		err := Changed(tx.Model(&models.Decision{}).Where("id = ? AND revoked_by_id = 0", m.RevokesID).Update("revoked_by_id", d.ID))
		if err != nil {
			return err
		}
	}
	if m.Origin == models.OriginCovenant {
		if err := tx.covenantDecided(d, m); err != nil {
			return err
		}
	}
	if m.Seats > 0 && m.BodyID != 0 {
		return tx.seatChosen(d, m, counts)
	}
	return nil
}

// seatChosen seats the people whom a meeting chose into the body whose election
// it was (art. 15, 36); those with a third of the votes stand by in their order.
func (tx *Tx) seatChosen(d *models.Decision, m *models.Matter, counts map[string]int) error {
	b, err := bodyByID(tx.DB, m.BodyID)
	if err != nil || len(policy.BodyRuleOf(b.Kind).Units) == 0 {
		return err
	}
	var options []models.MatterOption
	if err := tx.Where("matter_id = ? AND resident_id <> 0", m.ID).Order("ordinal").Find(&options).Error; err != nil {
		return err
	}
	slices.SortStableFunc(options, func(a, b models.MatterOption) int { return counts[b.ID.String()] - counts[a.ID.String()] })
	lines := OptionLines(d)
	rank := map[models.MandateState]int{}
	for _, o := range options {
		n := counts[o.ID.String()]
		state := models.MandateSubstitute
		if slices.ContainsFunc(lines, func(l OptionLine) bool { return l.Chosen && l.Text == o.Text }) {
			state = models.MandateServing
		} else if !policy.AtLeastThird(n, d.Present) {
			continue
		}
		rank[state]++
		err := tx.giveMandate(b, models.Mandate{Post: models.SitsMember, ResidentID: o.ResidentID, Name: o.Text, From: d.Day, Until: policy.LastTermDay(d.Day),
			Votes: n, Rank: rank[state], State: state}, d)
		if err != nil {
			return err
		}
	}
	return nil
}

// CloseSession ends a meeting: what was not voted goes back, the minutes are
// written. Refusals: Forbidden, NotFound, Conflict (a vote is open), Invalid.
func (t *Tenant) CloseSession(ctx context.Context, actor models.Actor, id models.ID, minutes string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		s, err := sessionByID(tx.DB, id)
		if err != nil {
			return err
		}
		if _, err := policy.Next(policy.SessionMoves, s.State, "close", tx.roles()); err != nil {
			return err
		}
		var open int64
		if err := tx.Model(&models.SessionItem{}).Where("session_id = ? AND state = ?", id, models.ItemOpen).Count(&open).Error; err != nil {
			return err
		}
		if open > 0 {
			return problem.New(problem.Conflict, "session.vote.another", nil)
		}
		var f problem.Form
		minutes = strings.TrimSpace(minutes)
		length(&f, "minutes", minutes, 10, 20000)
		if err := f.Err(); err != nil {
			return err
		}
		now := models.AssemblySession{State: models.SessionClosed, Minutes: minutes, ClosedAt: &tx.Now, UpdatedAt: tx.Now}
		err = Changed(tx.Model(&models.AssemblySession{}).Where("id = ? AND state = ?", id, models.SessionOpen).
			Select("state", "minutes", "closed_at", "updated_at").UpdateColumns(&now))
		if err != nil {
			return err
		}
		tx.Audit("assembly.close", id, tx.words(minutes))
		tx.Touch("assembly", "home")
		if err := tx.tellPost(models.RoleSupervisor, "session.tell.sign", problem.Args{"title": s.Title}, "/admin/"+tx.Community.Code+"/assembly/"+id.String()); err != nil {
			return err
		}
		return tx.releaseMatters(id, models.ItemWaiting)
	})
}

// SessionSeats under the minutes, in their order.
var SessionSeats = []string{"chair", "recorder", "supervisor"}

// maySign: the chair called the meeting, the recorder prepared it, the
// supervision committee watched it.
func (tx *Tx) maySign(seat string) error {
	switch seat {
	case "chair":
		return tx.May("assembly", "call")
	case "recorder":
		return tx.May("assembly", "prepare")
	}
	return tx.May("assembly", "watch")
}

// SignMinutes puts the actor's name under the minutes in a seat: chair,
// recorder, supervision committee; three different people. With the third the
// minutes are complete and public. Refusals: Forbidden, NotFound, Conflict.
func (t *Tenant) SignMinutes(ctx context.Context, actor models.Actor, id models.ID, seat string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.maySign(seat); err != nil {
			return err
		}
		s, err := sessionByID(tx.DB, id)
		if err != nil {
			return err
		}
		if s.State != models.SessionClosed || s.SignedAt != nil {
			return problem.New(problem.Conflict, "page.conflict", nil)
		}
		role := map[string]models.Role{"chair": models.RoleDirector, "recorder": tx.actingRole(noticeWriters...), "supervisor": models.RoleSupervisor}[seat]
		row := models.SessionSign{Tenant: models.Tenant{ID: tx.NewID()}, SessionID: id, Seat: seat, UserID: actor.UserID,
			PersonKey: personKey(actor, tx.chain), Name: tx.actorName(role), CreatedAt: tx.Now}
		if err := tx.Create(&row).Error; err != nil {
			if duplicate(err) {
				return problem.New(problem.Conflict, "session.sign.twice", nil)
			}
			return err
		}
		tx.Audit("assembly.sign", id, map[string]string{"seat": seat})
		tx.Touch("assembly")
		var n int64
		if err := tx.Model(&models.SessionSign{}).Where("session_id = ?", id).Count(&n).Error; err != nil {
			return err
		}
		if int(n) < len(SessionSeats) {
			return nil
		}
		return Changed(tx.Model(&models.AssemblySession{}).Where("id = ? AND signed_at IS NULL", id).
			Select("signed_at", "updated_at").UpdateColumns(&models.AssemblySession{SignedAt: &tx.Now, UpdatedAt: tx.Now}))
	})
}
