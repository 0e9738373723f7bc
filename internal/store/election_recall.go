package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// DemandRecall begins a demand to remove a member, with its reasons: its voters
// are those of the roll the member was elected by (art. 20).
func (t *Tenant) DemandRecall(ctx context.Context, actor models.Actor, member models.ID, reason string) (*models.Recall, error) {
	var r models.Recall
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("recall", "sign"); err != nil {
			return err
		}
		var m models.ElectedMember
		if err := tx.Where("id = ? AND void_at IS NULL AND ended_at IS NULL", member).Take(&m).Error; err != nil {
			return notFound(err)
		}
		e, err := electionByID(tx.DB, m.ElectionID)
		if err != nil {
			return err
		}
		v, err := tx.myRow(e)
		if err != nil {
			return err
		}
		var f problem.Form
		if reason = strings.TrimSpace(reason); len([]rune(reason)) < leastReason || len([]rune(reason)) > 1000 {
			f.Add("reason", "policy.reason", problem.Args{"n": leastReason})
			return f.Err()
		}
		if err := tx.mayDemand(e, member); err != nil {
			return err
		}
		if err := tx.Limit("recall."+tx.chain.String()+"."+tx.Actor.UserID.String(), 3, 24*time.Hour); err != nil {
			return err
		}
		n, err := tx.Next("recall")
		if err != nil {
			return err
		}
		reps, err := tx.repsOf(e)
		if err != nil {
			return err
		}
		need := policy.RecallNeeded(e.Mode, e.Voters, e.Electors, len(reps), policy.ReadRules(e))
		r = models.Recall{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: e.ID, MemberID: member, Number: strconv.Itoa(int(n)), Name: m.Name, Reason: reason,
			State: models.RecallGathering, Needed: need.Voters, NeededHouses: need.Houses, NeededReps: need.Reps,
			UserID: tx.Actor.UserID, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Create(&r).Error; err != nil {
			return err
		}
		tx.Audit(auditDemand, r.ID, recallSum(need))
		tx.Touch("elections")
		return tx.signRecall(&r, v, models.WayPhone)
	})
	return &r, err
}

// mayDemand: nobody may be demanded about twice at once, nor again on the same
// facts within the year after a vote failed (by analogy Zhejiang 36).
func (tx *Tx) mayDemand(e *models.Election, member models.ID) error {
	var rows []models.Recall
	if err := tx.Where("member_id = ?", member).Find(&rows).Error; err != nil {
		return err
	}
	pause := policy.MonthsAgo(tx.Day(), policy.ReadRules(e).Int("recall.pause_months"))
	for _, r := range rows {
		switch r.State {
		case models.RecallGathering, models.RecallValid, models.RecallVote:
			return problem.New(problem.Conflict, "election.recall.running", nil)
		case models.RecallKept:
			if models.DateOf(r.UpdatedAt) > pause {
				return problem.New(problem.Conflict, "election.recall.pause", nil).Because("pack recall.pause_months")
			}
		}
	}
	return nil
}

// repsOf are the residents' representatives of today by resident, with a login
// or without: those who elected where they did, else those whom the groups sent.
func (tx *Tx) repsOf(e *models.Election) (map[models.ID]bool, error) {
	reps := map[models.ID]bool{}
	if e.Mode == models.ModeReps {
		var ids []models.ID
		err := tx.Model(&models.Voter{}).Where("election_id = ? AND state = ? AND elector = ? AND resident_id IS NOT NULL", e.ID, models.VoterDeclared, true).Pluck("resident_id", &ids).Error
		for _, id := range ids {
			reps[id] = true
		}
		return reps, err
	}
	sent, err := mandatesOn(tx.DB, models.SitsRep, models.BodyGroup, tx.Day())
	for _, m := range sent {
		if m.ResidentID != 0 {
			reps[m.ResidentID] = true
		}
	}
	return reps, err
}

// SignRecall adds the actor's signature, or one from paper by roll number.
func (t *Tenant) SignRecall(ctx context.Context, actor models.Actor, recall models.ID, number int, name string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		var r models.Recall
		if err := tx.Where("id = ?", recall).Take(&r).Error; err != nil {
			return notFound(err)
		}
		e, err := electionByID(tx.DB, r.ElectionID)
		if err != nil {
			return err
		}
		if number == 0 {
			if err := tx.May("recall", "sign"); err != nil {
				return err
			}
			v, err := tx.myRow(e)
			if err != nil {
				return err
			}
			return tx.signRecall(&r, v, models.WayPhone)
		}
		if err := tx.May("recall", "manage"); err != nil {
			return err
		}
		v, err := rowByNumber(tx.DB, e.ID, number, "number")
		if err != nil {
			return err
		}
		if v.Name != models.Key(name) {
			var f problem.Form
			f.Add("number", "election.cosign.paper", nil)
			return f.Err()
		}
		return tx.signRecall(&r, v, models.WayPaper)
	})
}

func (tx *Tx) signRecall(r *models.Recall, v *models.Voter, way models.VoterWay) error {
	if v.State != models.VoterDeclared {
		return problem.New(problem.Forbidden, "election.cosign.notvoter", nil).Because("art. 20")
	}
	if r.State != models.RecallGathering {
		return problem.New(problem.Conflict, "election.cosign.closed", nil)
	}
	sign := models.Cosignature{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: r.ElectionID, SubjectID: r.ID, VoterID: v.ID, Way: way, UserID: tx.Actor.UserID, CreatedAt: tx.Now}
	err := tx.Create(&sign).Error
	if duplicate(err) {
		return problem.New(problem.Conflict, "election.cosign.twice", nil)
	}
	if err != nil {
		return err
	}
	e, err := electionByID(tx.DB, r.ElectionID)
	if err != nil {
		return err
	}
	reps, err := tx.repsOf(e)
	if err != nil {
		return err
	}
	one := policy.RecallNeeds{Voters: 1}
	if v.ResidentID != nil && reps[*v.ResidentID] {
		one.Reps = 1
	}
	if e.Mode == models.ModeHouseholds && v.Elector {
		one.Houses = 1
	}
	tx.AuditUnnamed(auditRecallSign, sign.ID, recallSum(one)) // by whom stands in the row, for those who may read it
	add := map[string]any{"signatures": gorm.Expr("signatures + 1"), "rep_signs": gorm.Expr("rep_signs + ?", one.Reps), "house_signs": gorm.Expr("house_signs + ?", one.Houses), "updated_at": tx.Now}
	err = Changed(tx.Model(&models.Recall{}).Where("id = ? AND state = ?", r.ID, models.RecallGathering).UpdateColumns(add))
	if err != nil {
		return err
	}
	if err := tx.Where("id = ?", r.ID).Take(r).Error; err != nil {
		return err
	}
	tx.Touch("elections")
	if !policy.RecallEnough(RecallSigned(r), RecallNeeds(r)) {
		return nil
	}
	tx.Audit("recall.enough", r.ID, map[string]int{"signatures": r.Signatures})
	return Changed(tx.Model(&models.Recall{}).Where("id = ? AND state = ?", r.ID, models.RecallGathering).
		UpdateColumns(map[string]any{"state": models.RecallValid, "due_day": tx.Day().AddDays(policy.ReadRules(e).Int("recall.days"))}))
}

// RecallSigned is who has signed a demand so far.
func RecallSigned(r *models.Recall) policy.RecallNeeds {
	return policy.RecallNeeds{Voters: r.Signatures, Houses: r.HouseSigns, Reps: r.RepSigns}
}

// RecallNeeds is what was fixed when the demand began.
func RecallNeeds(r *models.Recall) policy.RecallNeeds {
	return policy.RecallNeeds{Voters: r.Needed, Houses: r.NeededHouses, Reps: r.NeededReps}
}

// DefendRecall is the member's own answer (art. 20).
func (t *Tenant) DefendRecall(ctx context.Context, actor models.Actor, recall models.ID, text string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		var r models.Recall
		if err := tx.Where("id = ?", recall).Take(&r).Error; err != nil {
			return notFound(err)
		}
		var m models.ElectedMember
		if err := tx.Where("id = ?", r.MemberID).Take(&m).Error; err != nil {
			return notFound(err)
		}
		if m.UserID == 0 || m.UserID != tx.Actor.UserID {
			return problem.New(problem.Forbidden, "policy.forbidden", nil).Because("art. 20: the member's own answer")
		}
		var f problem.Form
		if text = strings.TrimSpace(text); len([]rune(text)) < 2 || len([]rune(text)) > 2000 {
			f.Add("defence", "policy.reason", problem.Args{"n": 2})
			return f.Err()
		}
		tx.Audit("recall.defence", recall, nil)
		tx.Touch("elections")
		return Changed(tx.Model(&models.Recall{}).Where("id = ? AND state IN ?", recall, []models.RecallState{models.RecallGathering, models.RecallValid, models.RecallVote}).
			Updates(map[string]any{"defence": text, "updated_at": tx.Now}))
	})
}

// CallRecallVote prepares the vote in the mode of the member's own election, on
// its roll (art. 20). Its one question has the member as its line.
func (t *Tenant) CallRecallVote(ctx context.Context, actor models.Actor, recall models.ID, title string, day models.Date) (*models.Election, error) {
	var e models.Election
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := errorsFirst(tx.May("recall", "manage"), tx.May("election", "manage")); err != nil {
			return err
		}
		var r models.Recall
		if err := tx.Where("id = ?", recall).Take(&r).Error; err != nil {
			return notFound(err)
		}
		if r.State != models.RecallValid {
			return problem.New(problem.TooEarly, "election.recall.early", problem.Args{"n": r.Needed - r.Signatures}).Because("art. 20")
		}
		p, err := electionByID(tx.DB, r.ElectionID)
		if err != nil {
			return err
		}
		var f problem.Form
		if !day.Valid() || day < tx.Day() || day > r.DueDay {
			f.Add("day", "election.again.late", problem.Args{"date": r.DueDay})
		}
		if title = cleanLine(models.Key(title)); title == "" {
			f.Add("title", "form.needed", nil)
		}
		if err := f.Err(); err != nil {
			return err
		}
		e = models.Election{Tenant: models.Tenant{ID: tx.NewID()}, Kind: models.ElectionRecall, ParentID: p.ID, Title: title, Term: p.Term, Mode: p.Mode, State: models.ElectionFrozen,
			Day: day, Pack: p.Pack, Rules: p.Rules, RulesHash: p.RulesHash, FrozenAt: p.FrozenAt, RollAt: p.RollAt, RollUntil: day, RollFrozenAt: p.RollFrozenAt,
			ByUserID: tx.Actor.UserID, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		var m models.ElectedMember
		if err := tx.Where("id = ?", r.MemberID).Take(&m).Error; err != nil {
			return notFound(err)
		}
		who := []policy.Score{{Resident: m.ResidentID, Name: m.Name, Post: models.PostRecall, Woman: m.Sex == "f"}}
		if err := tx.putAgain(&e, p, []models.ElectionPost{{Post: models.PostRecall, Seats: 1, Rank: 1}}, who); err != nil {
			return err
		}
		return Changed(tx.Model(&models.Recall{}).Where("id = ? AND state = ?", recall, models.RecallValid).
			Updates(map[string]any{"state": models.RecallVote, "vote_id": e.ID, "updated_at": tx.Now}))
	})
	if err != nil {
		return nil, err
	}
	return &e, t.CopyRoll(ctx, actor, e.ID)
}

// afterRecall ends the member's post when the recall's vote carried.
func (tx *Tx) afterRecall(e *models.Election, r policy.Result) error {
	if e.Kind != models.ElectionRecall {
		return nil
	}
	to := models.RecallKept
	var demand models.Recall
	if err := tx.Where("vote_id = ?", e.ID).Take(&demand).Error; err != nil {
		return notFound(err)
	}
	if r.Valid && r.Removed {
		to = models.RecallRemoved
		if err := tx.endMember(demand.MemberID); err != nil {
			return err
		}
	}
	return Changed(tx.Model(&models.Recall{}).Where("id = ? AND state = ?", demand.ID, models.RecallVote).Updates(map[string]any{"state": to, "updated_at": tx.Now}))
}

func (tx *Tx) endMember(member models.ID) error {
	var m models.ElectedMember
	if err := tx.Where("id = ?", member).Take(&m).Error; err != nil {
		return notFound(err)
	}
	if err := tx.endElectionPost(m.AppointmentID); err != nil {
		return err
	}
	tx.Touch("elections", "home", "people")
	return Changed(tx.Model(&models.ElectedMember{}).Where("id = ? AND ended_at IS NULL", member).Update("ended_at", tx.Now))
}

// Resign hands in a member's resignation (art. 21).
func (t *Tenant) Resign(ctx context.Context, actor models.Actor, member models.ID, text string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		var m models.ElectedMember
		if err := tx.Where("id = ? AND ended_at IS NULL AND void_at IS NULL", member).Take(&m).Error; err != nil {
			return notFound(err)
		}
		if m.UserID == 0 || m.UserID != tx.Actor.UserID {
			return problem.New(problem.Forbidden, "policy.forbidden", nil).Because("art. 21: one's own resignation")
		}
		var open int64
		if err := tx.Model(&models.Resignation{}).Where("member_id = ? AND state = ?", member, models.ResignationAsked).Count(&open).Error; err != nil {
			return err
		}
		if open > 0 {
			return problem.New(problem.Conflict, "election.resign.open", nil)
		}
		text, err := checkReason(text)
		if err != nil {
			return err
		}
		tx.Audit("election.resign", member, nil)
		return tx.Create(&models.Resignation{Tenant: models.Tenant{ID: tx.NewID()}, MemberID: member, UserID: m.UserID, Name: m.Name, Text: text,
			State: models.ResignationAsked, CreatedAt: tx.Now, UpdatedAt: tx.Now}).Error
	})
}

// DecideResignation records what the assembly decided; the post ends on the day
// it accepts (art. 21). A running recall ends with it (by analogy Zhejiang 36).
func (t *Tenant) DecideResignation(ctx context.Context, actor models.Actor, id models.ID, accept bool, decision string, day models.Date) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("recall", "manage"); err != nil {
			return err
		}
		var r models.Resignation
		if err := tx.Where("id = ?", id).Take(&r).Error; err != nil {
			return notFound(err)
		}
		decision, err := checkReason(decision)
		if err != nil {
			return inDecision(err)
		}
		if !day.Valid() || day > tx.Day() {
			var f problem.Form
			f.Add("day", "election.display.day", nil)
			return f.Err()
		}
		to := models.ResignationRefused
		if accept {
			to = models.ResignationAccepted
			if err := tx.endMember(r.MemberID); err != nil {
				return err
			}
			err := tx.Model(&models.Recall{}).Where("member_id = ? AND state IN ?", r.MemberID, []models.RecallState{models.RecallGathering, models.RecallValid}).
				Updates(map[string]any{"state": models.RecallEnded, "updated_at": tx.Now}).Error
			if err != nil {
				return err
			}
		}
		tx.Audit("election.resignation", id, map[string]bool{"accepted": accept})
		return Changed(tx.Model(&models.Resignation{}).Where("id = ? AND state = ?", id, models.ResignationAsked).
			Updates(map[string]any{"state": to, "decision": decision, "end_day": day, "updated_at": tx.Now}))
	})
}

// Members are those elected who hold their post, newest election first.
func (t *Tenant) Members(ctx context.Context) (rows []models.ElectedMember, err error) {
	err = t.db(ctx).Where("void_at IS NULL AND ended_at IS NULL").Order("id DESC, `rank`").Limit(30).Find(&rows).Error
	return rows, err
}

// Recalls of the community, the newest first.
func (t *Tenant) Recalls(ctx context.Context) (rows []models.Recall, err error) {
	err = t.db(ctx).Order("id DESC").Limit(50).Find(&rows).Error
	return rows, err
}

// Recall is one demand.
func (t *Tenant) Recall(ctx context.Context, id models.ID) (*models.Recall, error) {
	var r models.Recall
	err := t.db(ctx).Where("id = ?", id).Take(&r).Error
	return &r, notFound(err)
}

// Resignations that wait or were decided.
func (t *Tenant) Resignations(ctx context.Context) (rows []models.Resignation, err error) {
	err = t.db(ctx).Order("id DESC").Limit(50).Find(&rows).Error
	return rows, err
}
