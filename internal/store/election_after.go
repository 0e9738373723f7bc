package store

import (
	"context"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// ComplainElection takes in a report about the conduct of an election (art. 22).
// The street or the district investigates; the committee sees that there is one
// and never the words.
func (t *Tenant) ComplainElection(ctx context.Context, actor models.Actor, id models.ID, to models.Role, text string) (*models.ElectionComplaint, error) {
	var c models.ElectionComplaint
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("election", "complain"); err != nil {
			return err
		}
		e, err := electionByID(tx.DB, id)
		if err != nil {
			return err
		}
		var f problem.Form
		text = strings.TrimSpace(text)
		if n := len([]rune(text)); n < leastReason {
			f.Add("text", "policy.reason", problem.Args{"n": leastReason})
		} else if n > 2000 {
			f.Add("text", "form.toolong", problem.Args{"n": n - 2000, "limit": 2000})
		}
		if to != models.RoleStreet && to != models.RoleDistrict {
			f.Add("to", "form.choose", nil)
		}
		if err := f.Err(); err != nil {
			return err
		}
		n, err := tx.Next("election.complaint." + id.String())
		if err != nil {
			return err
		}
		days := policy.ReadRules(e).Int("complaint.days")
		c = models.ElectionComplaint{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: id, Number: strconv.Itoa(int(n)), UserID: tx.Actor.UserID, Text: text,
			State: models.InquiryOpen, To: to, DueDay: policy.China().Deadline(tx.Day(), days), CreatedAt: tx.Now}
		tx.AuditUnnamed("election.complain", c.ID, nil)
		if err := tx.Create(&c).Error; err != nil {
			return err
		}
		return tx.tellPost(to, "election.tell.complaint", problem.Args{"number": c.Number, "date": c.DueDay}, tx.electionDesk(id, "complaints"))
	})
	return &c, err
}

// AnswerElectionComplaint records what the investigation found.
func (t *Tenant) AnswerElectionComplaint(ctx context.Context, actor models.Actor, id, complaint models.ID, answer string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("election", "supervise"); err != nil {
			return err
		}
		var f problem.Form
		if answer = strings.TrimSpace(answer); len([]rune(answer)) < leastReason {
			f.Add("answer", "policy.reason", problem.Args{"n": leastReason})
			return f.Err()
		}
		var c models.ElectionComplaint
		if err := tx.Where("id = ? AND election_id = ?", complaint, id).Take(&c).Error; err != nil {
			return notFound(err)
		}
		err := Changed(tx.Model(&models.ElectionComplaint{}).Where("id = ? AND state = ?", complaint, models.InquiryOpen).
			Updates(map[string]any{"state": models.InquiryAnswered, "answer": answer, "answered_by": tx.Actor.UserID, "answered_name": tx.Actor.Name, "answered_at": tx.Now}))
		if err != nil {
			return err
		}
		tx.Audit("election.complaint.answer", complaint, nil)
		return tx.Tell(c.UserID, "election.tell.answered", problem.Args{"number": c.Number}, tx.electionPath(id, "complaint"))
	})
}

// ElectionComplaints of an election for those who investigate, or the reader's own.
func (t *Tenant) ElectionComplaints(ctx context.Context, id, user models.ID) (rows []models.ElectionComplaint, err error) {
	db := t.db(ctx).Where("election_id = ?", id)
	if user != 0 {
		db = db.Where("user_id = ?", user)
	}
	err = db.Order("due_day, id").Limit(200).Find(&rows).Error
	return rows, err
}

// HandoverLine adds a thing to be handed over, or ticks it.
func (t *Tenant) HandoverLine(ctx context.Context, actor models.Actor, id, line models.ID, kind, text string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "handover", "record")
		if err != nil {
			return err
		}
		if e.State != models.ElectionSealed || e.HandoverAt != nil {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		if line != 0 {
			return Changed(tx.Model(&models.HandoverItem{}).Where("id = ? AND election_id = ?", line, id).
				UpdateColumns(map[string]any{"done": gorm.Expr("NOT done"), "by_name": tx.Actor.Name}))
		}
		var f problem.Form
		if text = cleanLine(text); text == "" {
			f.Add("text", "form.needed", nil)
			return f.Err()
		}
		return tx.Create(&models.HandoverItem{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: id, Kind: kind, Text: text, CreatedAt: tx.Now}).Error
	})
}

// HandoverLines of an election.
func (t *Tenant) HandoverLines(ctx context.Context, id models.ID) (rows []models.HandoverItem, err error) {
	err = t.db(ctx).Where("election_id = ?", id).Order("id").Find(&rows).Error
	return rows, err
}

// RecordHandover is the chair's act: the day on which it was done, with the list
// ticked through (art. 25).
func (t *Tenant) RecordHandover(ctx context.Context, actor models.Actor, id models.ID, day models.Date) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "handover", "record")
		if err != nil {
			return err
		}
		if e.State != models.ElectionSealed || e.HandoverAt != nil {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		var f problem.Form
		if _, err := policy.EndAtHandover(e.Day, day, true); err != nil || day > tx.Day() {
			f.Add("day", "election.handover.day", problem.Args{"date": min(tx.Day(), e.Day.AddDays(policy.HandoverDays))})
		}
		var all, open int64
		if err := tx.Model(&models.HandoverItem{}).Where("election_id = ?", id).Count(&all).Error; err != nil {
			return err
		}
		if err := tx.Model(&models.HandoverItem{}).Where("election_id = ? AND done = ?", id, false).Count(&open).Error; err != nil {
			return err
		}
		if all == 0 || open > 0 {
			f.Add("list", "election.handover.list", problem.Args{"n": int(open)})
		}
		if err := f.Err(); err != nil {
			return err
		}
		tx.Audit("handover.record", id, map[string]string{"day": string(day)})
		tx.Touch("elections")
		return Changed(tx.Model(&models.Election{}).Where("id = ? AND handover_at IS NULL", id).UpdateColumns(map[string]any{"handover_day": day, "updated_at": tx.Now}))
	})
}

var roleOfPost = map[models.Post]models.Role{models.PostDirector: models.RoleDirector, models.PostDeputyDirector: models.RoleViceDirector,
	models.PostWoman: models.RoleCommitteeMember, models.PostMember: models.RoleCommitteeMember}

// ConfirmHandover is the street's act (art. 25; rule 12): on the recorded day the
// posts of the old committee end and those of the new one begin, in one
// transaction. The electoral committee's time ends with it.
func (t *Tenant) ConfirmHandover(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("handover", "confirm"); err != nil {
			return err
		}
		e, err := electionByID(tx.DB, id)
		if err != nil {
			return err
		}
		if e.State != models.ElectionSealed || e.HandoverDay == "" || e.HandoverAt != nil {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		err = Changed(tx.Model(&models.Election{}).Where("id = ? AND handover_at IS NULL AND handover_day = ?", id, e.HandoverDay).
			UpdateColumns(map[string]any{"handover_at": tx.Now, "updated_at": tx.Now}))
		if err != nil {
			return err
		}
		if e.Kind == models.ElectionGeneral {
			if err := tx.endOldCommittee(); err != nil {
				return err
			}
		}
		if err := tx.seatNewCommittee(e); err != nil {
			return err
		}
		if err := tx.endElectoral(id); err != nil {
			return err
		}
		tx.Audit("handover.confirm", id, map[string]string{"day": string(e.HandoverDay)})
		tx.touchGlobal(subjectAuthz)
		tx.Touch("elections", "home", "people")
		return tx.stepDone(e, "handover", "")
	})
}

func (tx *Tx) endOldCommittee() error {
	return tx.Model(&models.Appointment{}).
		Where("region_id = ? AND ended_at IS NULL AND role IN ?", tx.chain, []models.Role{models.RoleDirector, models.RoleViceDirector, models.RoleCommitteeMember}).
		Update("ended_at", tx.Now).Error
}

// seatNewCommittee appoints the winners of the election and of its further
// votes; whose election is void gets nothing.
func (tx *Tx) seatNewCommittee(e *models.Election) error {
	family, err := familyOf(tx.DB, e.ID)
	if err != nil {
		return err
	}
	var rows []models.ElectedMember
	if err := tx.Where("election_id IN ? AND void_at IS NULL AND ended_at IS NULL AND appointment_id = 0", family).Order("`rank`").Find(&rows).Error; err != nil {
		return err
	}
	until := policy.LastTermDay(e.Day)
	if e.Kind == models.ElectionBy { // to the end of the running term (art. 24)
		var parent models.Election
		if err := tx.Where("id = ?", e.ParentID).Limit(1).Find(&parent).Error; err != nil {
			return err
		}
		if parent.Day != "" {
			until = policy.LastTermDay(parent.Day)
		}
	}
	for i, m := range rows {
		who, err := whole(tx.DB, models.Someone{UserID: m.UserID, ResidentID: m.ResidentID})
		if err != nil {
			return err
		}
		if who.UserID == 0 {
			continue // without a login there is nothing to switch on; the paper certificate holds
		}
		a := models.Appointment{ID: tx.NewID(), RegionID: tx.chain, UserID: who.UserID, Role: roleOfPost[m.Post], From: min(e.HandoverDay, tx.Day()), Until: until,
			Decision: m.Certificate, Name: m.Name, Rank: i + 1, ByUserID: tx.Actor.UserID, CreatedAt: tx.Now}
		if err := tx.Create(&a).Error; err != nil {
			return err
		}
		if err := tx.Model(&models.ElectedMember{}).Where("id = ?", m.ID).UpdateColumns(map[string]any{"appointment_id": a.ID, "user_id": who.UserID}).Error; err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) endElectoral(id models.ID) error {
	var members []models.ElectoralMember
	if err := tx.Where("election_id = ? AND state = ?", id, models.ElectoralServing).Find(&members).Error; err != nil {
		return err
	}
	for _, m := range members {
		if err := tx.endElectionPost(m.AppointmentID); err != nil {
			return err
		}
	}
	return tx.Model(&models.ElectoralMember{}).Where("election_id = ? AND state <> ?", id, models.ElectoralLeft).UpdateColumn("until_day", tx.Day()).Error
}
