package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// MinutesDraft is the record of a meeting before it is published.
type MinutesDraft struct {
	Basics     string
	Summary    string
	Preferred  string
	UnitAnswer string
	Reason     string // of a correction of published minutes
}

const maxMinutes = 8000

func (d MinutesDraft) check(rule *policy.MeetingRule, correction bool) error {
	var f problem.Form
	for _, text := range []struct {
		field, s string
		needed   bool
	}{{"basics", d.Basics, true}, {"summary", d.Summary, true}, {"preferred", d.Preferred, rule.Option}, {"unit_answer", d.UnitAnswer, rule.Option}, {"reason", d.Reason, correction}} {
		n := len([]rune(text.s))
		if n < leastReason && text.needed {
			f.Add(text.field, "form.needed", nil)
		} else if n > maxMinutes {
			f.Add(text.field, "form.toolong", problem.Args{"n": n - maxMinutes, "limit": maxMinutes})
		}
	}
	return f.Err()
}

// Minutes are all versions of a meeting's record, the newest first; the office's
// draft has no PublishedAt.
func (t *Tenant) Minutes(ctx context.Context, meeting models.ID) (rows []models.Minutes, err error) {
	err = t.db(ctx).Where("meeting_id = ?", meeting).Order("version DESC").Find(&rows).Error
	return rows, err
}

// WriteMinutes keeps a draft of the record; beside published minutes it begins
// the next version. Refusals: Forbidden, Invalid, Conflict before the meeting
// was held.
func (t *Tenant) WriteMinutes(ctx context.Context, actor models.Actor, meeting models.ID, d MinutesDraft) error {
	for _, s := range []*string{&d.Basics, &d.Summary, &d.Preferred, &d.UnitAnswer, &d.Reason} {
		*s = strings.TrimSpace(*s)
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("meeting", "minutes"); err != nil {
			return err
		}
		m, err := meetingByID(tx.DB, meeting)
		if err != nil {
			return err
		}
		if m.State != models.MeetingHeld && m.State != models.MeetingClosed {
			return problem.New(problem.Conflict, "meeting.minutes.state", nil)
		}
		last, err := tx.lastMinutes(meeting)
		if err != nil {
			return err
		}
		correction := last.PublishedAt != nil || last.Version > 1
		if err := d.check(policy.MeetingRuleOf(m.Kind), correction); err != nil {
			return err
		}
		row := models.Minutes{MeetingID: meeting, Version: last.Version, Basics: d.Basics, Summary: d.Summary, Preferred: d.Preferred, UnitAnswer: d.UnitAnswer, Reason: d.Reason,
			ByUserID: actor.UserID, ByName: tx.actorName(tx.actingRole(models.RoleDirector, models.RoleCommitteeMember, models.RoleSupervisor)), UpdatedAt: tx.Now}
		if last.ID != 0 && last.PublishedAt == nil {
			return Changed(tx.Model(&models.Minutes{}).Where("id = ? AND published_at IS NULL", last.ID).
				Select("basics", "summary", "preferred", "unit_answer", "reason", "by_user_id", "by_name", "updated_at").UpdateColumns(&row))
		}
		row.ID, row.Version, row.CreatedAt = tx.NewID(), last.Version+1, tx.Now
		err = tx.Create(&row).Error
		if duplicate(err) {
			return problem.New(problem.Conflict, "page.conflict", nil)
		}
		return err
	})
}

func (tx *Tx) lastMinutes(meeting models.ID) (row models.Minutes, err error) {
	return row, tx.Where("meeting_id = ?", meeting).Order("version DESC").Limit(1).Find(&row).Error
}

// PublishMinutes puts the record on the board, files it with the street where the
// kind wants that, and freezes how many were there. seen is the UpdatedAt of what
// was read. Refusals: Forbidden, Conflict.
func (t *Tenant) PublishMinutes(ctx context.Context, actor models.Actor, meeting models.ID, text BoardText, seen time.Time) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("meeting", "publish"); err != nil {
			return err
		}
		m, err := meetingByID(tx.DB, meeting)
		if err != nil {
			return err
		}
		rule := policy.MeetingRuleOf(m.Kind)
		if !rule.Makers.Any(tx.roles()) {
			return problem.New(problem.Forbidden, "policy.forbidden", nil).Because("A2: minutes")
		}
		if err := firstError(tx.resultOut(m, &text), allAnswered(m, rule)); err != nil {
			return err
		}
		last, err := tx.lastMinutes(meeting)
		if err != nil {
			return err
		}
		if last.ID == 0 || last.PublishedAt != nil {
			return problem.New(problem.Conflict, "page.conflict", nil)
		}
		if err := stale(seen, last.UpdatedAt); err != nil {
			return err
		}
		old, err := tx.noticeBefore(last)
		if err != nil {
			return err
		}
		n, err := tx.meetingNotice(old, text, last.Reason)
		if err != nil {
			return err
		}
		now := models.Minutes{NoticeID: n.ID, Number: n.Number, PublishedAt: &tx.Now, Present: m.Present, UpdatedAt: tx.Now}
		if rule.Filed {
			now.FiledAt = &tx.Now
		}
		err = Changed(tx.Model(&models.Minutes{}).Where("id = ? AND published_at IS NULL", last.ID).
			Select("notice_id", "number", "published_at", "present", "filed_at", "updated_at").UpdateColumns(&now))
		if err == nil {
			err = tx.Model(&models.CivicMeeting{}).Where("id = ? AND minutes_at IS NULL", meeting).UpdateColumn("minutes_at", tx.Now).Error
		}
		if err != nil {
			return err
		}
		tx.Touch(subjectMeetings)
		tx.Audit("meeting.minutes", meeting, map[string]string{"notice": n.ID.String()})
		args := problem.Args{"title": m.Title, "number": n.Number}
		if rule.Filed {
			last.Number = n.Number
			if err := firstError(tx.tellStreet("meeting.tell.filed", args, meetingDesk(tx.Community, meeting)), tx.fileMinutes(m, last)); err != nil {
				return err
			}
		}
		return firstError(tx.tellCase(m, text.Title+" "+n.Number), tx.tellSignedUp(meeting, standing, "meeting.tell.minutes", args))
	})
}

// noticeBefore is the notice that a corrected record takes the place of; 0 for
// the first.
func (tx *Tx) noticeBefore(m models.Minutes) (models.ID, error) {
	if m.Version <= 1 {
		return 0, nil
	}
	var before models.Minutes
	err := tx.Where("meeting_id = ? AND version = ?", m.MeetingID, m.Version-1).Take(&before).Error
	return before.NoticeID, err
}

// allAnswered: of a talk every opinion has its answer before the answers go on
// the board and to the street (A2-01).
func allAnswered(m *models.CivicMeeting, rule *policy.MeetingRule) error {
	if open := m.Opinions - m.Answered; rule.FeedbackDays > 0 && open > 0 {
		return problem.New(problem.Conflict, "meeting.close.answers", problem.Args{"n": open}).Because("A2-01")
	}
	return nil
}

// ReceiveMinutes is the street's: the record has arrived and is kept.
func (t *Tenant) ReceiveMinutes(ctx context.Context, actor models.Actor, meeting models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("meeting", "receive"); err != nil {
			return err
		}
		now := models.Minutes{ReceivedAt: &tx.Now, ReceivedBy: tx.actorName(models.RoleStreet)}
		last, err := tx.lastMinutes(meeting)
		if err != nil {
			return err
		}
		err = Changed(tx.Model(&models.Minutes{}).Where("id = ? AND filed_at IS NOT NULL AND received_at IS NULL", last.ID).
			Select("received_at", "received_by").UpdateColumns(&now))
		if err != nil {
			return err
		}
		tx.Touch(subjectMeetings)
		tx.Audit("meeting.received", meeting, nil)
		return nil
	})
}

// CloseMeeting ends a meeting whose opinions are answered and whose minutes are
// out. Refusals: Conflict with what is missing.
func (t *Tenant) CloseMeeting(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		was, now, err := tx.actOn(id, "minutes", "close")
		if err != nil {
			return err
		}
		if err := allAnswered(was, policy.MeetingRuleOf(was.Kind)); err != nil {
			return err
		}
		if was.MinutesAt == nil {
			return problem.New(problem.Conflict, "meeting.close.minutes", nil)
		}
		now.ClosedAt = &tx.Now
		if err := tx.changeMeeting(was, now, "closed_at"); err != nil {
			return err
		}
		tx.Audit("meeting.close", id, nil)
		return nil
	})
}

// meetingReminder is how long before a meeting people are reminded.
const meetingReminder = 26 * time.Hour // the evening before, or in the morning of the day before

// RemindMeetings reminds those who have a seat, once, a day before. It returns
// how many meetings it reminded of.
func (s *Store) RemindMeetings(ctx context.Context, now time.Time) (n int, err error) {
	var due []models.CivicMeeting
	err = s.everywhere(ctx).Where("state = ? AND start_at > ? AND start_at <= ?", models.MeetingCalled, models.Moment(now), models.Moment(now.Add(meetingReminder))).
		Limit(200).Find(&due).Error
	if err != nil {
		return 0, err
	}
	var failed []error
	for _, m := range due {
		c := s.CommunityByID(m.CommunityID)
		if c == nil {
			continue
		}
		sent := false
		err := s.In(c).Write(ctx, models.Actor{System: true}, func(tx *Tx) (err error) {
			sent, err = tx.remind(&m)
			return err
		})
		if err != nil {
			failed = append(failed, err)
		} else if sent {
			n++
		}
	}
	return n, errors.Join(failed...)
}

func (tx *Tx) remind(m *models.CivicMeeting) (bool, error) {
	var rows []models.MeetingSignup
	err := tx.Select("community_id", "id", "user_id").Where("meeting_id = ? AND state = ? AND reminded_at IS NULL AND user_id <> 0", m.ID, models.PlaceSeated).Limit(batch).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return false, err
	}
	ids, people := make([]models.ID, len(rows)), make([]models.ID, len(rows))
	for i, r := range rows {
		ids[i], people[i] = r.ID, r.UserID
	}
	if err := tx.Model(&models.MeetingSignup{}).Where("id IN ? AND reminded_at IS NULL", ids).UpdateColumn("reminded_at", tx.Now).Error; err != nil {
		return false, err
	}
	var users []models.User
	if err := tx.Where("closed_at IS NULL AND id IN ?", people).Order("id").Find(&users).Error; err != nil {
		return false, err
	}
	return true, tx.tellAll(users, "meeting.tell.reminder", problem.Args{"title": m.Title, "time": m.StartAt, "place": m.Place}, meetingPath(tx.Community, m.ID)+"/mine")
}

// MinutesToReceive are published records that the street has not taken in yet,
// with the titles of their meetings, the oldest first.
func (t *Tenant) MinutesToReceive(ctx context.Context) (rows []FiledMinutes, err error) {
	err = t.db(ctx).Model(&models.Minutes{}).Select("minutes.*, m.title").
		Joins("JOIN civic_meetings m ON m.community_id = minutes.community_id AND m.id = minutes.meeting_id").
		Where("minutes.filed_at IS NOT NULL AND minutes.received_at IS NULL").
		Where("NOT EXISTS (SELECT 1 FROM minutes n WHERE n.community_id = minutes.community_id AND n.meeting_id = minutes.meeting_id AND n.version > minutes.version AND n.published_at IS NOT NULL)").
		Order("minutes.filed_at").Limit(20).Scan(&rows).Error
	return rows, err
}

// FiledMinutes is a record that was filed with the street.
type FiledMinutes struct {
	models.Minutes
	Title string
}
