package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"juwu/models"
	"juwu/policy"
)

// A tablet at the polling place. What marks it is a token that ends with the
// vote: the device holds it instead of anybody's login.

const hallPart = 8 // bytes of the board's id and of the hour at which the token ends

// OpenHall marks the device of whoever prepares the vote as a tablet of its
// polling place, until the closing. Refusals: those of policy.BallotHours, but it
// may be done before the opening.
func (t *Tenant) OpenHall(ctx context.Context, actor models.Actor, id models.ID) (token string, until time.Time, err error) {
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("ballot", "prepare"); err != nil {
			return err
		}
		b, err := boardByID(tx.DB, id)
		if err != nil {
			return err
		}
		if err := policy.MayOpenHall(*b, tx.Now); err != nil {
			return err
		}
		token, until = tx.store.hallToken(id, b.ClosesAt), b.ClosesAt
		tx.Audit("ballot.hall", id, nil)
		return nil
	})
	return token, until, err
}

func (s *Store) hallToken(board models.ID, until time.Time) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(board))
	b = binary.BigEndian.AppendUint64(b, uint64(until.Unix()))
	m := hmac.New(sha256.New, s.opt.Keys.Key("hall"))
	m.Write(b)
	return base64.RawURLEncoding.EncodeToString(m.Sum(b)[:len(b)+sha256.Size/2])
}

// HallOf is the vote whose polling place a device stands at; 0 for any other device.
func (s *Store) HallOf(token string) models.ID {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) < 2*hallPart {
		return 0
	}
	board, until := models.ID(binary.BigEndian.Uint64(b)), time.Unix(int64(binary.BigEndian.Uint64(b[hallPart:])), 0)
	if !hmac.Equal([]byte(token), []byte(s.hallToken(board, until))) || !s.Now().Before(until) {
		return 0
	}
	return board
}
