package store

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

const (
	maxTopic     = 200
	topicsPerDay = 3
	topicPage    = 50
)

// CheckTopic says what is wrong with the words, before a telephone is asked for.
func CheckTopic(text string) error {
	var f problem.Form
	switch n := len([]rune(strings.TrimSpace(text))); {
	case n < leastReason:
		f.Add("topic", "meeting.topic.short", problem.Args{"n": leastReason})
	case n > maxTopic:
		f.Add("topic", "form.toolong", problem.Args{"n": n - maxTopic, "limit": maxTopic})
	}
	return f.Err()
}

// ProposeTopic puts a topic before everybody; the first who stands behind it is
// who proposes it. Refusals: Invalid (field topic), TooMany.
func (t *Tenant) ProposeTopic(ctx context.Context, actor models.Actor, text string) (*models.MeetingTopic, error) {
	text = strings.TrimSpace(text)
	if err := CheckTopic(text); err != nil {
		return nil, err
	}
	var row models.MeetingTopic
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("meeting", "join"); err != nil {
			return err
		}
		err := tx.Where("user_id = ? AND text = ? AND state = ?", actor.UserID, text, models.TopicOpen).Limit(1).Find(&row).Error
		if err != nil || row.ID != 0 {
			return err
		}
		if err := tx.Limit("topic."+tx.chain.String()+"."+actor.UserID.String(), topicsPerDay, 24*time.Hour); err != nil {
			return err
		}
		row = models.MeetingTopic{Tenant: models.Tenant{ID: tx.NewID()}, State: models.TopicOpen, UserID: actor.UserID, Text: text, PublicText: policy.MaskText(text, actor.Name), CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		tx.Audit("meeting.topic", row.ID, tx.words(text))
		row.Support = 1
		return tx.standBehind(row.ID)
	})
	return &row, err
}

// SupportTopic stands behind a topic, once per person.
func (t *Tenant) SupportTopic(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("meeting", "join"); err != nil {
			return err
		}
		return tx.standBehind(id)
	})
}

func (tx *Tx) standBehind(id models.ID) error {
	res := tx.Model(&models.MeetingTopic{}).Where("id = ? AND state = ?", id, models.TopicOpen).UpdateColumn("support", gorm.Expr("support + 1"))
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 0 {
		return problem.New(problem.NotFound, "page.notfound", nil)
	}
	var u models.User
	if err := tx.Where("id = ?", tx.Actor.UserID).Take(&u).Error; err != nil {
		return notFound(err)
	}
	r, err := tx.residentOf(u)
	if err != nil {
		return err
	}
	key := phoneKey(u.PhoneIndex)
	if r.ID != 0 {
		key = "r" + r.ID.String()
	}
	var there int64
	if err := tx.Model(&models.TopicSupport{}).Where("topic_id = ? AND person_key = ?", id, key).Count(&there).Error; err != nil {
		return err
	}
	if there > 0 { // counted once, whichever way they come
		return tx.Model(&models.MeetingTopic{}).Where("id = ?", id).UpdateColumn("support", gorm.Expr("support - 1")).Error
	}
	tx.Touch(subjectMeetings)
	return tx.Create(&models.TopicSupport{Tenant: models.Tenant{ID: tx.NewID()}, TopicID: id, UserID: u.ID, PersonKey: key, CreatedAt: tx.Now}).Error
}

// Topics are what residents want to talk about, the most wanted first; decided
// ones follow.
func (t *Tenant) Topics(ctx context.Context) (rows []models.MeetingTopic, err error) {
	err = t.db(ctx).Order("CASE state WHEN 'open' THEN 0 ELSE 1 END, support DESC, id DESC").Limit(topicPage).Find(&rows).Error
	return rows, err
}

// DecideTopic puts a topic on a meeting's agenda, or says why not. Refusals:
// Forbidden, Invalid (field answer), Conflict.
func (t *Tenant) DecideTopic(ctx context.Context, actor models.Actor, id, meeting models.ID, answer string) error {
	answer = strings.TrimSpace(answer)
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("meeting", "review_topic"); err != nil {
			return err
		}
		now := models.MeetingTopic{State: models.TopicAdopted, MeetingID: meeting, Answer: policy.MaskText(answer), DecidedBy: actor.UserID, UpdatedAt: tx.Now}
		if meeting == 0 {
			now.State = models.TopicDeclined
			if len([]rune(answer)) < leastReason || len([]rune(answer)) > maxReason {
				var f problem.Form
				f.Add("answer", "policy.reason", problem.Args{"n": leastReason})
				return f.Err()
			}
		} else if _, err := meetingByID(tx.DB.Where("state IN ?", []models.MeetingState{models.MeetingDraft, models.MeetingCalled}), meeting); err != nil {
			return err
		}
		var topic models.MeetingTopic
		if err := tx.Where("id = ?", id).Take(&topic).Error; err != nil {
			return notFound(err)
		}
		err := Changed(tx.Model(&models.MeetingTopic{}).Where("id = ? AND state = ?", id, models.TopicOpen).
			Select("state", "meeting_id", "answer", "decided_by", "updated_at").UpdateColumns(&now))
		if err != nil {
			return err
		}
		tx.Touch(subjectMeetings)
		tx.Audit("meeting.topic.decide", id, nil)
		return tx.Tell(topic.UserID, "meeting.tell.topic", problem.Args{"topic": topic.PublicText}, "/"+tx.Community.Code+"/meetings/topics")
	})
}
