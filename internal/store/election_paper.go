package store

import (
	"context"
	"encoding/json"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// AddBallot enters one ballot as it is read out. The verdict follows from the
// published rules. after is the number of the last ballot this teller saw, so
// that a form sent twice adds one ballot.
func (t *Tenant) AddBallot(ctx context.Context, actor models.Actor, id, sheet models.ID, after int, m policy.Marks) (policy.Verdict, error) {
	var v policy.Verdict
	err := t.Write(ctx, actor, func(tx *Tx) error {
		e, s, err := tx.mySheet(id, sheet)
		if err != nil {
			return err
		}
		if s.Way != "ballots" || s.Ballots != after {
			return problem.New(problem.Conflict, "election.tally.counted", problem.Args{"n": s.Ballots})
		}
		contenders, err := contendersOf(tx.DB, id)
		if err != nil {
			return err
		}
		posts, err := postsOf(tx.DB, id)
		if err != nil {
			return err
		}
		v = policy.ReadBallot(m, posts, contenders, policy.ReadRules(e))
		b, err := json.Marshal(m)
		if err != nil {
			return err
		}
		err = Changed(tx.Model(&models.TallySheet{}).Where("id = ? AND state = ? AND ballots = ?", sheet, models.SheetOpen, after).
			Updates(map[string]any{"ballots": after + 1, "updated_at": tx.Now}))
		if err != nil {
			return err
		}
		tx.Touch("poll")
		return tx.Create(&models.PaperBallot{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: id, SheetID: sheet, Seq: after + 1, Marks: string(b), Verdict: v.State}).Error
	})
	return v, err
}

// TakeBackBallot removes the last ballot entered: a slip of the finger.
func (t *Tenant) TakeBackBallot(ctx context.Context, actor models.Actor, id, sheet models.ID, last int) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		_, s, err := tx.mySheet(id, sheet)
		if err != nil {
			return err
		}
		if last == 0 || s.Ballots != last {
			return problem.New(problem.Conflict, "election.tally.counted", problem.Args{"n": s.Ballots})
		}
		if err := Changed(tx.Where("sheet_id = ? AND seq = ?", sheet, last).Delete(&models.PaperBallot{})); err != nil {
			return err
		}
		tx.Audit("tally.back", sheet, map[string]int{"seq": last})
		return Changed(tx.Model(&models.TallySheet{}).Where("id = ? AND ballots = ?", sheet, last).Updates(map[string]any{"ballots": last - 1, "updated_at": tx.Now}))
	})
}

// FinishBallots adds up the ballots of a sheet and hands it in.
func (t *Tenant) FinishBallots(ctx context.Context, actor models.Actor, id, sheet models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, s, err := tx.mySheet(id, sheet)
		if err != nil {
			return err
		}
		contenders, err := contendersOf(tx.DB, id)
		if err != nil {
			return err
		}
		tally, err := addUp(tx.DB, e, s.ID, contenders)
		if err != nil {
			return err
		}
		return tx.handIn(s, tally, policy.TallyKeys(contenders))
	})
}

// addUp reads the ballots of a sheet in batches.
func addUp(db *gorm.DB, e *models.Election, sheet models.ID, contenders []policy.Contender) (policy.Tally, error) {
	posts, err := postsOf(db, e.ID)
	if err != nil {
		return nil, err
	}
	rules, tally := policy.ReadRules(e), policy.Tally{}
	for after := 0; ; {
		var rows []models.PaperBallot
		if err := db.Where("sheet_id = ? AND seq > ?", sheet, after).Order("seq").Limit(1000).Find(&rows).Error; err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			return tally, nil
		}
		for _, r := range rows {
			var m policy.Marks
			if err := json.Unmarshal([]byte(r.Marks), &m); err != nil {
				return nil, err
			}
			tally.Count(policy.ReadBallot(m, posts, contenders, rules))
			after = r.Seq
		}
	}
}
