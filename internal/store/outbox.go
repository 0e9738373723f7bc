package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
)

// The outbox is sent at least once: a process leases a message, sends it, and
// records the outcome. A process that dies between sending and recording sends
// it again when the lease ends; the gateway knows it by its id (Parcel.Key).

// Parcel is a leased message.
type Parcel struct {
	ID        models.ID
	UserID    models.ID // 0 for somebody who has no login yet
	Channel   string    // "sms", "mp", ChannelBind, ChannelHook
	Recipient string    // telephone or WeChat open id
	Text      problem.Text
	Body      string // of ChannelHook: JSON, in place of Text
	Lang      string
	Attempts  int // this one included
	ExpiresAt time.Time
}

// Key lets the gateway recognise a parcel it has already taken.
func (p Parcel) Key() string { return "juwu-" + p.ID.String() }

// LeaseOutbox takes up to n due messages of the channels for a while. Messages
// whose time has passed are wiped instead: nobody wants yesterday's code.
func (s *Store) LeaseOutbox(ctx context.Context, owner string, channels []string, n int, lease time.Duration) ([]Parcel, error) {
	if len(channels) == 0 {
		return nil, nil
	}
	var due []models.OutboxMessage
	now := s.Now()
	err := s.db(ctx).Where("state = ? AND next_at <= ? AND channel IN ? AND (lease_until IS NULL OR lease_until <= ?)",
		models.OutboxWaiting, now, channels, now).Order("next_at").Order("id").Limit(n).Find(&due).Error
	if err != nil || len(due) == 0 {
		return nil, err
	}
	var leased []models.OutboxMessage
	err = s.WriteGlobal(ctx, models.Actor{System: true}, func(tx *Tx) error {
		leased = leased[:0]
		for _, m := range due {
			if !tx.Now.Before(m.ExpiresAt) {
				if err := tx.settle(m.ID, models.OutboxExpired, m.Error); err != nil {
					return err
				}
				continue
			}
			until := tx.Now.Add(lease)
			res := tx.Model(&models.OutboxMessage{}).
				Where("id = ? AND state = ? AND (lease_until IS NULL OR lease_until <= ?)", m.ID, models.OutboxWaiting, tx.Now).
				Updates(map[string]any{"lease_by": owner, "lease_until": until, "attempts": gorm.Expr("attempts + 1")})
			if res.Error != nil {
				return res.Error
			}
			if res.RowsAffected == 1 { // else another process was faster
				m.Attempts++
				leased = append(leased, m)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.parcels(ctx, leased)
}

func (s *Store) parcels(ctx context.Context, rows []models.OutboxMessage) ([]Parcel, error) {
	var out []Parcel
	for _, m := range rows {
		recipient, err := s.opt.Keys.Open("outbox.recipient", m.ID, m.Recipient)
		if err != nil {
			return nil, err
		}
		plain, err := s.opt.Keys.Open("outbox.args", m.ID, m.Args)
		if err != nil {
			return nil, err
		}
		args, err := decodeArgs([]byte(plain))
		if err != nil {
			return nil, err
		}
		body := ""
		if m.Channel == ChannelHook {
			body, _ = args[argBody].(string)
		}
		lang, _ := args[argLang].(string)
		if lang == "" && m.UserID != 0 {
			u, err := s.User(ctx, m.UserID)
			if err != nil {
				return nil, err
			}
			lang = u.Lang
		}
		out = append(out, Parcel{ID: m.ID, UserID: m.UserID, Channel: m.Channel, Recipient: recipient, Text: problem.Text{Key: m.Template, Args: args},
			Body: body, Lang: lang, Attempts: m.Attempts, ExpiresAt: m.ExpiresAt})
	}
	return out, nil
}

// settle ends a message in one of its last states and wipes what it held.
func (tx *Tx) settle(id models.ID, state models.OutboxState, class string) error {
	m := models.OutboxMessage{State: state, Error: class}
	if state == models.OutboxSent {
		m.SentAt = &tx.Now
	}
	err := tx.Model(&models.OutboxMessage{}).Where("id = ? AND state = ?", id, models.OutboxWaiting).
		Select("state", "error", "sent_at", "recipient", "args", "lease_by", "lease_until").Updates(&m).Error
	if err != nil {
		return err
	}
	return tx.filingSettled(id, state, class)
}

// Delivered records that the gateway took the message, and wipes it.
func (s *Store) Delivered(ctx context.Context, id models.ID) error {
	return s.WriteGlobal(ctx, models.Actor{System: true}, func(tx *Tx) error { return tx.settle(id, models.OutboxSent, "") })
}

// Undelivered records a failure by its class ("timeout", "refused", …). With
// again zero the message has failed for good and is wiped; otherwise it is due
// again then, unless it expires before.
func (s *Store) Undelivered(ctx context.Context, p Parcel, class string, again time.Time) error {
	return s.WriteGlobal(ctx, models.Actor{System: true}, func(tx *Tx) error {
		switch {
		case again.IsZero():
			return tx.settle(p.ID, models.OutboxFailed, class)
		case !again.Before(p.ExpiresAt):
			return tx.settle(p.ID, models.OutboxExpired, class)
		}
		if err := tx.filingTried(p, class); err != nil {
			return err
		}
		return tx.Model(&models.OutboxMessage{}).Where("id = ? AND state = ?", p.ID, models.OutboxWaiting).
			Select("next_at", "error", "lease_by", "lease_until").
			Updates(&models.OutboxMessage{NextAt: models.Moment(again), Error: class}).Error
	})
}

// Held gives a leased message back untouched: its channel is closed for now.
func (s *Store) Held(ctx context.Context, p Parcel, again time.Time) error {
	return s.WriteGlobal(ctx, models.Actor{System: true}, func(tx *Tx) error {
		return tx.Model(&models.OutboxMessage{}).Where("id = ? AND state = ?", p.ID, models.OutboxWaiting).
			Updates(map[string]any{"next_at": models.Moment(again), "lease_by": "", "lease_until": nil, "attempts": gorm.Expr("attempts - 1")}).Error
	})
}

// OutboxCount is how many messages of a channel stand in a state.
type OutboxCount struct {
	Channel string
	State   models.OutboxState
	N       int64
	Oldest  time.Time // when the first of them was written
}

// OutboxCounts is the visible state of what goes out: for the officers' page
// and the metrics.
func (s *Store) OutboxCounts(ctx context.Context) ([]OutboxCount, error) {
	var rows []struct {
		Channel string
		State   models.OutboxState
		N       int64
		First   models.ID
	}
	err := s.db(ctx).Model(&models.OutboxMessage{}).Select("channel, state, COUNT(*) AS n, MIN(id) AS first").
		Group("channel, state").Order("channel, state").Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	out := make([]OutboxCount, len(rows))
	for i, r := range rows {
		out[i] = OutboxCount{r.Channel, r.State, r.N, r.First.Time()}
	}
	return out, nil
}
