package store

import (
	"context"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// MatterView is a matter with what belongs to it.
type MatterView struct {
	models.Matter
	Rule     policy.MatterRule
	Options  []models.MatterOption
	Texts    []models.MatterText // published versions, the newest first
	Comments []models.MatterComment
	Session  *models.AssemblySession // on whose agenda it stands
	Item     *models.SessionItem
	Decision *models.Decision
	Body     *models.Body
	Meeting  *models.CivicMeeting // where it was prepared
	Papers   []models.Attachment
}

// Matter is one matter in any state, for the office.
func (t *Tenant) Matter(ctx context.Context, id models.ID) (*MatterView, error) {
	db := t.db(ctx)
	m, err := matterByID(db, id)
	if err != nil {
		return nil, err
	}
	v := &MatterView{Matter: *m}
	v.Rule, _ = policy.MatterRuleOf(m.Class)
	if err := db.Where("matter_id = ?", id).Order("ordinal").Find(&v.Options).Error; err != nil {
		return nil, err
	}
	if err := db.Where("matter_id = ?", id).Order("version DESC").Find(&v.Texts).Error; err != nil {
		return nil, err
	}
	if err := db.Where("matter_id = ?", id).Order("id").Limit(500).Find(&v.Comments).Error; err != nil {
		return nil, err
	}
	var items []models.SessionItem
	if err := db.Where("matter_id = ?", id).Order("id DESC").Limit(1).Find(&items).Error; err != nil {
		return nil, err
	}
	if len(items) > 0 {
		v.Item = &items[0]
		if v.Session, err = sessionByID(db, items[0].SessionID); err != nil {
			return nil, err
		}
	}
	if m.BodyID != 0 {
		if v.Body, err = bodyByID(db, m.BodyID); err != nil {
			return nil, err
		}
	}
	if m.DecisionID != 0 {
		if v.Decision, err = decisionByID(db, m.DecisionID); err != nil {
			return nil, err
		}
	}
	if m.MeetingID != 0 {
		if v.Meeting, err = meetingByID(db, m.MeetingID); err != nil {
			return nil, err
		}
	}
	v.Papers, err = shownFiles(db, ownerMatter, id)
	return v, err
}

// MattersOf are the published matters that a meeting prepared, the oldest first.
func (t *Tenant) MattersOf(ctx context.Context, meeting models.ID) (rows []models.Matter, err error) {
	err = t.db(ctx).Where("meeting_id = ? AND published_at IS NOT NULL", meeting).Order("id").Limit(50).Find(&rows).Error
	return rows, err
}

// PublicMatter is a matter that was published; others are NotFound.
func (t *Tenant) PublicMatter(ctx context.Context, id models.ID) (*MatterView, error) {
	v, err := t.Matter(ctx, id)
	if err == nil && v.PublishedAt == nil {
		err = problem.New(problem.NotFound, "page.notfound", nil)
	}
	if err != nil {
		return nil, err
	}
	for i := range v.Comments {
		v.Comments[i].Text, v.Comments[i].Answer, v.Comments[i].UserID = "", "", 0
	}
	if v.Decision != nil && v.Decision.PublishedAt == nil {
		v.Decision = nil
	}
	return v, nil
}

// MatterFilter chooses among matters.
type MatterFilter struct {
	States []models.MatterState
	Before models.ID
	Limit  int
}

// Matters is a page of matters, the newest first.
func (t *Tenant) Matters(ctx context.Context, f MatterFilter) (rows []models.Matter, more bool, err error) {
	q := t.db(ctx).Where("state IN ?", f.States)
	if f.Before != 0 {
		q = q.Where("id < ?", f.Before)
	}
	err = q.Order("id DESC").Limit(f.Limit + 1).Find(&rows).Error
	if more = len(rows) > f.Limit; more {
		rows = rows[:f.Limit]
	}
	return rows, more, err
}

// CommentMatter says something of a published matter while comments are open.
// A resident of the roll speaks; the same words twice are one. Refusals:
// Forbidden, NotFound, TooLate, TooMany, Invalid (field comment).
func (t *Tenant) CommentMatter(ctx context.Context, actor models.Actor, id models.ID, text string) (commentID models.ID, err error) {
	text = strings.TrimSpace(text)
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "petition"); err != nil {
			return err
		}
		m, err := matterByID(tx.DB, id)
		if err != nil {
			return err
		}
		if m.PublishedAt == nil {
			return problem.New(problem.NotFound, "page.notfound", nil)
		}
		if m.State != models.MatterOpen && m.State != models.MatterListed || tx.Day() > m.CommentUntil {
			return problem.New(problem.TooLate, "matter.comment.late", problem.Args{"date": m.CommentUntil})
		}
		var f problem.Form
		length(&f, "comment", text, leastReason, maxComment)
		if err := f.Err(); err != nil {
			return err
		}
		var mine []models.MatterComment
		if err := tx.Where("matter_id = ? AND user_id = ?", id, actor.UserID).Find(&mine).Error; err != nil {
			return err
		}
		for _, c := range mine {
			if c.Text == text {
				commentID = c.ID
				return nil
			}
		}
		if err := tx.Limit("matter.comment."+tx.chain.String()+"."+actor.UserID.String(), commentsPerDay, 24*time.Hour); err != nil {
			return err
		}
		commentID = tx.NewID()
		row := models.MatterComment{Tenant: models.Tenant{ID: commentID}, MatterID: id, UserID: actor.UserID, Text: text,
			PublicText: policy.MaskText(text, actor.Name), CreatedAt: tx.Now}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		tx.Audit("matter.comment", commentID, tx.words(text))
		tx.Touch("assembly")
		return tx.countComments(id)
	})
	return commentID, err
}

// countComments brings the maintained figures of a matter to what stands there.
func (tx *Tx) countComments(matter models.ID) error {
	var all, answered int64
	if err := tx.Model(&models.MatterComment{}).Where("matter_id = ?", matter).Count(&all).Error; err != nil {
		return err
	}
	if err := tx.Model(&models.MatterComment{}).Where("matter_id = ? AND answered_at IS NOT NULL", matter).Count(&answered).Error; err != nil {
		return err
	}
	return tx.Model(&models.Matter{}).Where("id = ?", matter).Select("comments", "answered").
		UpdateColumns(&models.Matter{Comments: int(all), Answered: int(answered)}).Error
}

// AnswerComment answers what a resident said, once. Refusals: Forbidden,
// NotFound, Conflict, Invalid (field answer).
func (t *Tenant) AnswerComment(ctx context.Context, actor models.Actor, id models.ID, answer string) error {
	answer = strings.TrimSpace(answer)
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		var c models.MatterComment
		if err := tx.Where("id = ?", id).Take(&c).Error; err != nil {
			return notFound(err)
		}
		var f problem.Form
		length(&f, "answer", answer, leastReason, 1000)
		if err := f.Err(); err != nil {
			return err
		}
		c.Answer, c.PublicAnswer, c.AnsweredBy, c.AnsweredAt = answer, policy.MaskText(answer), actor.UserID, &tx.Now
		c.Answerer = tx.actorName(tx.actingRole(noticeWriters...))
		err := Changed(tx.Model(&models.MatterComment{}).Where("id = ? AND answered_at IS NULL", id).
			Select("answer", "public_answer", "answered_by", "answerer", "answered_at").UpdateColumns(&c))
		if err != nil {
			return err
		}
		tx.Audit("matter.answer", id, tx.words(answer))
		tx.Touch("assembly")
		if err := tx.countComments(c.MatterID); err != nil {
			return err
		}
		err = tx.Tell(c.UserID, "matter.tell.answered", nil, tx.matterLink(c.MatterID))
		if problem.Is(err, problem.NotFound) {
			return nil // a closed account hears nothing
		}
		return err
	})
}
