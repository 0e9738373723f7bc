package store

import (
	"context"
	"time"

	"juwu/models"
)

// ChannelBind is the outbox channel that learns under which name the official
// account knows a person. It goes through the outbox like all that leaves the
// house: no handler waits for another company.
const ChannelBind = "mp_bind"

// bindLife is shorter than the five minutes that WeChat's code is good for.
const bindLife = 4 * time.Minute

// AskWeChat hands in the code that WeChat gave the person's browser.
func (s *Store) AskWeChat(ctx context.Context, actor models.Actor, code string) error {
	if code == "" || len(code) > 512 {
		return fieldProblem("code", "me.wechat.code")
	}
	return s.WriteGlobal(ctx, actor, func(tx *Tx) error {
		if err := tx.self(); err != nil {
			return err
		}
		if err := tx.Limit("wechat."+actor.UserID.String(), 5, time.Hour); err != nil {
			return err
		}
		return tx.Send(ChannelBind, code, "", nil, actor.UserID, bindLife)
	})
}

// BindWeChat keeps the name under which the official account knows the person,
// and turns the channel on: they asked for it in WeChat just now.
func (s *Store) BindWeChat(ctx context.Context, user models.ID, openID string) error {
	err := s.WriteGlobal(ctx, models.Actor{UserID: user}, func(tx *Tx) error {
		if err := tx.consent(ConsentMP, true); err != nil {
			return err
		}
		tx.Audit("user.wechat", user, nil)
		return Changed(tx.Model(&models.User{}).Where("id = ? AND closed_at IS NULL", user).
			Select("mp_open_id_seal", "channel_mp", "updated_at").
			Updates(&models.User{MPOpenIDSeal: s.opt.Keys.Seal("users.mp", user, openID), ChannelMP: true, UpdatedAt: tx.Now}))
	})
	if err == nil {
		s.event("user.wechat", user)
	}
	return err
}
