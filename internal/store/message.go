package store

import (
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
)

// Purposes of a blind index.
const (
	indexPhone    = "phone"
	indexDocument = "document"
)

// May asks the roles whether the actor may do this in the transaction's
// community on its day. What depends on the object itself (own, same grid,
// not candidate) is asked of the functions of package policy besides.
func (tx *Tx) May(object, action string) error {
	return tx.store.opt.Guard.Allowed(tx.Actor, tx.Community, object, action, tx.Day())
}

// Tell leaves a message in the person's inbox and sends it by the other
// channels the person chose. args must not hold personal data of others: an
// SMS may be read by anyone who holds the phone.
func (tx *Tx) Tell(user models.ID, key string, args problem.Args, link string) error {
	var u models.User
	if err := tx.Where("id = ?", user).Take(&u).Error; err != nil {
		return notFound(err)
	}
	b, err := encodeArgs(args)
	if err != nil {
		return err
	}
	m := models.InboxMessage{ID: tx.NewID(), UserID: user, CommunityID: tx.chain, Key: key, Args: b, Link: link, CreatedAt: tx.Now}
	if err := tx.Create(&m).Error; err != nil {
		return err
	}
	if u.ChannelSMS && len(u.PhoneSeal) > 0 {
		phone, err := tx.store.opt.Keys.Open("users.phone", u.ID, u.PhoneSeal)
		if err != nil {
			return err
		}
		if err := tx.Send("sms", phone, key, args, user, 24*time.Hour); err != nil {
			return err
		}
	}
	if u.ChannelMP && len(u.MPOpenIDSeal) > 0 {
		open, err := tx.store.opt.Keys.Open("users.mp", u.ID, u.MPOpenIDSeal)
		if err != nil {
			return err
		}
		return tx.Send("mp", open, key, args, user, 24*time.Hour)
	}
	return nil
}

// Send puts a message into the outbox; a job delivers it after the commit, or
// drops it when life has passed. Recipient and arguments are sealed and wiped
// once it is sent.
func (tx *Tx) Send(channel, recipient, template string, args problem.Args, user models.ID, life time.Duration) error {
	_, err := tx.enqueue(channel, recipient, template, args, user, life)
	return err
}

// enqueue is Send for whoever wants to know what became of the message.
func (tx *Tx) enqueue(channel, recipient, template string, args problem.Args, user models.ID, life time.Duration) (models.ID, error) {
	b, err := encodeArgs(args)
	if err != nil {
		return 0, err
	}
	id := tx.NewID()
	return id, tx.Create(&models.OutboxMessage{
		ID: id, CommunityID: tx.chain, UserID: user, Channel: channel, Template: template,
		Recipient: tx.store.opt.Keys.Seal("outbox.recipient", id, recipient),
		Args:      tx.store.opt.Keys.Seal("outbox.args", id, string(b)),
		State:     models.OutboxWaiting, NextAt: tx.Now, ExpiresAt: tx.Now.Add(life), CreatedAt: tx.Now,
	}).Error
}

// Limit counts one act in a bucket and refuses the act after max within the
// window; the problem says until when.
func (tx *Tx) Limit(bucket string, max int, window time.Duration) error {
	for range 3 { // another may make the row between two statements
		res := tx.Model(&models.Limit{}).Where("bucket = ? AND until > ? AND n < ?", bucket, tx.Now, max).
			Update("n", gorm.Expr("n + 1"))
		if res.Error != nil || res.RowsAffected == 1 {
			return res.Error
		}
		fresh := models.Limit{Bucket: bucket, N: 1, Until: tx.Now.Add(window)}
		res = tx.Model(&models.Limit{}).Where("bucket = ? AND until <= ?", bucket, tx.Now).Select("n", "until").Updates(&fresh)
		if res.Error != nil || res.RowsAffected == 1 {
			return res.Error
		}
		var now models.Limit
		if err := tx.Where("bucket = ?", bucket).Limit(1).Find(&now).Error; err != nil {
			return err
		}
		if now.Bucket == "" {
			if err := tx.Create(&fresh).Error; !duplicate(err) {
				return err
			}
		} else if now.N >= max {
			return problem.New(problem.TooMany, "page.toomany", problem.Args{"until": now.Until}).Because("limit " + bucket)
		}
	}
	return problem.New(problem.Conflict, "page.conflict", nil)
}
