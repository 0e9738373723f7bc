package store

import (
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// tellAll is Tell for many people at once.
func (tx *Tx) tellAll(users []models.User, key string, args problem.Args, link string) error {
	body, err := encodeArgs(args)
	if err != nil {
		return err
	}
	var inbox []models.InboxMessage
	var out []models.OutboxMessage
	for i := range users {
		u := &users[i]
		inbox = append(inbox, models.InboxMessage{
			ID: tx.NewID(), UserID: u.ID, CommunityID: tx.chain, Key: key, Args: body, Link: link, CreatedAt: tx.Now,
		})
		for _, c := range []struct {
			channel, place string
			on             bool
			seal           []byte
		}{{"sms", "users.phone", u.ChannelSMS, u.PhoneSeal}, {"mp", "users.mp", u.ChannelMP, u.MPOpenIDSeal}} {
			if !c.on || len(c.seal) == 0 {
				continue
			}
			recipient, err := tx.store.opt.Keys.Open(c.place, u.ID, c.seal)
			if err != nil {
				return err
			}
			out = append(out, tx.outgoing(c.channel, recipient, key, body, u.ID))
		}
	}
	if len(inbox) > 0 {
		if err := tx.CreateInBatches(inbox, batch).Error; err != nil {
			return err
		}
	}
	if len(out) == 0 {
		return nil
	}
	return tx.CreateInBatches(out, batch).Error
}

func (tx *Tx) outgoing(channel, recipient, template string, args []byte, user models.ID) models.OutboxMessage {
	const life = 24 * time.Hour
	id := tx.NewID()
	return models.OutboxMessage{
		ID: id, CommunityID: tx.chain, UserID: user, Channel: channel, Template: template,
		Recipient: tx.store.opt.Keys.Seal("outbox.recipient", id, recipient),
		Args:      tx.store.opt.Keys.Seal("outbox.args", id, string(args)),
		State:     models.OutboxWaiting, NextAt: tx.Now, ExpiresAt: tx.Now.Add(life), CreatedAt: tx.Now,
	}
}
