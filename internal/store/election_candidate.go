package store

import (
	"context"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Candidates of an election in the order of the ballot. public shows the formal
// ones, and before they are published those who accepted.
func (t *Tenant) Candidates(ctx context.Context, id models.ID, states ...models.CandidateState) ([]models.Candidate, error) {
	return candidatesOf(t.db(ctx), id, states...)
}

// Candidate is one of them.
func (t *Tenant) Candidate(ctx context.Context, election, id models.ID) (*models.Candidate, error) {
	var c models.Candidate
	err := t.db(ctx).Where("id = ? AND election_id = ?", id, election).Take(&c).Error
	return &c, notFound(err)
}

// ReviewCandidate records the review of the electoral committee: eligible, or
// excluded on one of the four grounds, with evidence and reasons (art. 18).
func (t *Tenant) ReviewCandidate(ctx context.Context, actor models.Actor, id, candidate models.ID, pass bool, ground, evidence, decision string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "nomination", "review")
		if err != nil {
			return err
		}
		c, err := tx.candidate(id, candidate)
		if err != nil {
			return err
		}
		action := "pass"
		if !pass {
			action = "exclude"
			if err := policy.MayExclude(ground, evidence, decision); err != nil {
				return err
			}
		}
		if policy.ElectionReached(e.State, models.ElectionVoting) {
			return problem.New(problem.TooLate, "election.candidate.closed", nil)
		}
		was := c.State
		c.Ground, c.Evidence, c.Decision = ground, strings.TrimSpace(evidence), strings.TrimSpace(decision)
		if pass {
			c.Ground, c.Evidence = "", ""
		}
		c.ReviewedBy, c.ReviewedName, c.ReviewedAt = tx.Actor.UserID, tx.Actor.Name, &tx.Now
		if err := tx.moveCandidate(c, action, "ground", "evidence", "decision", "reviewed_by", "reviewed_name", "reviewed_at"); err != nil {
			return err
		}
		if was == models.CandidateFormal {
			return tx.reserveMovesUp(e, c)
		}
		return nil
	})
}

func (tx *Tx) candidate(election, id models.ID) (*models.Candidate, error) {
	var c models.Candidate
	err := tx.Where("id = ? AND election_id = ?", id, election).Take(&c).Error
	return &c, notFound(err)
}

func (tx *Tx) moveCandidate(c *models.Candidate, action string, columns ...string) error {
	from := c.State
	to, err := policy.Next(policy.CandidateMoves, from, action, tx.roles())
	if err != nil {
		return err
	}
	c.State, c.UpdatedAt = to, tx.Now
	tx.Audit("election.candidate."+action, c.ID, nil)
	tx.Touch("elections", "home")
	return Changed(tx.Model(&models.Candidate{}).Where("id = ? AND state = ?", c.ID, from).
		Select("state", append(anys(columns), "updated_at")...).UpdateColumns(c))
}

// SetSupport records the votes of a preselection, which decide the order.
func (t *Tenant) SetSupport(ctx context.Context, actor models.Actor, id models.ID, votes map[models.ID]int) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "nomination", "review")
		if err != nil {
			return err
		}
		if policy.ElectionReached(e.State, models.ElectionCandidates) {
			return problem.New(problem.TooLate, "election.candidate.published", nil)
		}
		for c, n := range votes {
			err := Changed(tx.Model(&models.Candidate{}).Where("id = ? AND election_id = ?", c, id).Update("support", n))
			if err != nil {
				return err
			}
		}
		tx.Audit("election.support", id, nil)
		return nil
	})
}

// PublishCandidates makes the eligible ones formal candidates, in the order the
// pack says: 差额 is checked, who is beyond the number wished is a reserve that
// moves up.
func (t *Tenant) PublishCandidates(ctx context.Context, actor models.Actor, id models.ID, most map[models.Post]int) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "publish")
		if err != nil {
			return err
		}
		rules := policy.ReadRules(e)
		if e.Kind == models.ElectionGeneral {
			if err := policy.MayPublishCandidates(tx.Day(), e.Day, rules); err != nil {
				return err
			}
		}
		var open int64
		if err := tx.Model(&models.Candidate{}).Where("election_id = ? AND state = ?", id, models.CandidateProposed).Count(&open).Error; err != nil {
			return err
		}
		if open > 0 {
			return problem.New(problem.TooEarly, "election.candidate.unreviewed", problem.Args{"n": int(open)})
		}
		all, err := candidatesOf(tx.DB, id, models.CandidateEligible)
		if err != nil {
			return err
		}
		posts, err := postsOf(tx.DB, id)
		if err != nil {
			return err
		}
		formal, err := tx.formal(all, posts, most, rules)
		if err != nil {
			return err
		}
		for i := range all {
			c := &all[i]
			action := "reserve"
			if c.Place = formal[c.ID]; c.Place > 0 {
				action = "formal"
			}
			if err := tx.moveCandidate(c, action, "place"); err != nil {
				return err
			}
		}
		if err := tx.moveElection(e, "publish_candidates"); err != nil {
			return err
		}
		tx.Audit("election.candidates", id, map[string]int{"formal": len(formal)})
		return tx.stepDone(e, "formal", "")
	})
}

// formal gives the formal candidates their places, from 1 within the post.
func (tx *Tx) formal(all []models.Candidate, posts []models.ElectionPost, most map[models.Post]int, rules policy.Rules) (map[models.ID]int, error) {
	policy.OrderCandidates(all, rules)
	place := map[models.ID]int{}
	n := map[models.Post]int{}
	var chosen []models.Candidate
	for _, c := range all {
		if limit, limited := most[c.Post]; limited && limit > 0 && n[c.Post] >= limit {
			continue
		}
		n[c.Post]++
		place[c.ID] = n[c.Post]
		chosen = append(chosen, c)
	}
	if short := policy.CheckSurplus(posts, chosen, rules); len(short) > 0 {
		return nil, problem.New(problem.Conflict, "election.surplus", problem.Args{"have": short[0].Have, "need": short[0].Require}).Because("art. 18")
	}
	return place, nil
}

// WithdrawCandidate takes back a candidacy, in writing and in time; the reserve
// moves up (by analogy Zhejiang 19).
func (t *Tenant) WithdrawCandidate(ctx context.Context, actor models.Actor, id, candidate models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		c, err := tx.candidate(id, candidate)
		if err != nil {
			return err
		}
		e, err := electionByID(tx.DB, id)
		if err != nil {
			return err
		}
		if own := c.UserID != 0 && c.UserID == tx.Actor.UserID; !own {
			if e, err = tx.electionFor(id, "nomination", "review"); err != nil {
				return err
			}
		}
		if policy.ElectionReached(e.State, models.ElectionVoting) {
			return problem.New(problem.TooLate, "election.candidate.closed", nil)
		}
		if err := policy.MayWithdrawCandidacy(tx.Day(), e.Day, policy.ReadRules(e)); err != nil {
			return err
		}
		was := c.State
		if err := tx.moveCandidate(c, "withdraw"); err != nil {
			return err
		}
		if was != models.CandidateFormal {
			return nil
		}
		return tx.reserveMovesUp(e, c)
	})
}

// reserveMovesUp lets the next reserve take the place of a formal candidate who is gone.
func (tx *Tx) reserveMovesUp(e *models.Election, gone *models.Candidate) error {
	reserve, err := candidatesOf(tx.DB, e.ID, models.CandidateReserve)
	if err != nil {
		return err
	}
	next := policy.MovesUp(reserve, gone.Post)
	if next == nil {
		return nil
	}
	last := 0
	if err := tx.Model(&models.Candidate{}).Where("election_id = ? AND post = ?", e.ID, gone.Post).Select("COALESCE(MAX(place), 0)").Scan(&last).Error; err != nil {
		return err
	}
	next.Place = last + 1
	return tx.moveCandidate(next, "move_up", "place")
}

// CandidateProfile is what a candidate shows: the plan for the office.
func (t *Tenant) SetCandidateProfile(ctx context.Context, actor models.Actor, id, candidate models.ID, plan string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if _, err := tx.candidateToShow(id, candidate); err != nil {
			return err
		}
		var f problem.Form
		plan = strings.TrimSpace(plan)
		if n := len([]rune(plan)); n > 2000 {
			f.Add("plan", "form.toolong", problem.Args{"n": n - 2000, "limit": 2000})
		}
		if err := f.Err(); err != nil {
			return err
		}
		tx.Audit("election.plan", candidate, nil)
		tx.Touch("elections")
		return Changed(tx.Model(&models.Candidate{}).Where("id = ?", candidate).Updates(map[string]any{"plan": plan, "updated_at": tx.Now}))
	})
}

// AddCandidateAnswer records a question and its answer at the meeting with the
// voters (art. 18).
func (t *Tenant) AddCandidateAnswer(ctx context.Context, actor models.Actor, id, candidate models.ID, question, answer string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "manage")
		if err != nil {
			return err
		}
		if _, err := tx.candidate(id, candidate); err != nil {
			return err
		}
		var f problem.Form
		for field, text := range map[string]*string{"question": &question, "answer": &answer} {
			if *text = strings.TrimSpace(*text); *text == "" {
				f.Add(field, "form.needed", nil)
			}
		}
		if err := f.Err(); err != nil {
			return err
		}
		tx.Audit("election.answer", candidate, nil)
		tx.Touch("elections")
		err = tx.Create(&models.CandidateAnswer{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: id, CandidateID: candidate, Question: question, Answer: answer, CreatedAt: tx.Now}).Error
		if err != nil {
			return err
		}
		return tx.stepDone(e, "meeting", "")
	})
}

// CandidateAnswers of a candidate.
func (t *Tenant) CandidateAnswers(ctx context.Context, candidate models.ID) (rows []models.CandidateAnswer, err error) {
	err = t.db(ctx).Where("candidate_id = ?", candidate).Order("id").Find(&rows).Error
	return rows, err
}
