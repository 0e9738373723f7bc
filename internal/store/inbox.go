package store

import (
	"context"
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// Letter is a message of the inbox, ready to be put into words.
type Letter struct {
	ID        models.ID
	Community *models.Community // nil for messages about the login itself
	Text      problem.Text
	Link      string
	Read      bool
	At        time.Time
}

// inboxPage is how many messages stand on one page.
const inboxPage = 30

// Inbox is a page of the person's messages, newest first, older than before
// (0: from the newest). more tells whether there are older ones.
func (s *Store) Inbox(ctx context.Context, user, before models.ID) (letters []Letter, more bool, err error) {
	q := s.db(ctx).Where("user_id = ?", user)
	if before > 0 {
		q = q.Where("id < ?", before)
	}
	var rows []models.InboxMessage
	if err := q.Order("id DESC").Limit(inboxPage + 1).Find(&rows).Error; err != nil {
		return nil, false, err
	}
	if len(rows) > inboxPage {
		rows, more = rows[:inboxPage], true
	}
	for _, r := range rows {
		args, err := decodeArgs(r.Args)
		if err != nil {
			return nil, false, err
		}
		letters = append(letters, Letter{ID: r.ID, Community: s.CommunityByID(r.CommunityID), Text: problem.Text{Key: r.Key, Args: args},
			Link: r.Link, Read: r.ReadAt != nil, At: r.CreatedAt})
	}
	return letters, more, nil
}

// Unread counts the messages not opened yet, up to 100.
func (s *Store) Unread(ctx context.Context, user models.ID) (int, error) {
	var ids []models.ID
	err := s.db(ctx).Model(&models.InboxMessage{}).Where("user_id = ? AND read_at IS NULL", user).Limit(100).Pluck("id", &ids).Error
	return len(ids), err
}

// OpenLetter marks a message as read and tells where it leads.
func (s *Store) OpenLetter(ctx context.Context, actor models.Actor, id models.ID) (link string, err error) {
	err = s.WriteGlobal(ctx, actor, func(tx *Tx) error {
		var m models.InboxMessage
		if err := tx.Where("id = ? AND user_id = ?", id, actor.UserID).Take(&m).Error; err != nil {
			return notFound(err)
		}
		link = m.Link
		return tx.Model(&models.InboxMessage{}).Where("id = ? AND read_at IS NULL", id).Update("read_at", tx.Now).Error
	})
	return link, err
}

// ReadAll marks all messages of the actor as read.
func (s *Store) ReadAll(ctx context.Context, actor models.Actor) error {
	return s.WriteGlobal(ctx, actor, func(tx *Tx) error {
		if err := tx.self(); err != nil {
			return err
		}
		return tx.Model(&models.InboxMessage{}).Where("user_id = ? AND read_at IS NULL", actor.UserID).Update("read_at", tx.Now).Error
	})
}
