package store

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"slices"

	"gorm.io/gorm"

	"juwu/ballot"
	"juwu/models"
)

// BallotKey is the public key that checks signed heads.
func (s *Store) BallotKey() ed25519.PublicKey {
	return s.ballotKey().Public().(ed25519.PublicKey)
}

func (s *Store) ballotKey() ed25519.PrivateKey { return s.opt.Keys.SigningKey("ballot-head") }

// BallotKeysBefore are the keys that BallotKey has followed, the oldest first. A
// notice that was printed before a change of keys goes on being worth something.
func (s *Store) BallotKeysBefore(ctx context.Context) ([]ballot.Succession, error) {
	var rows []models.BallotKey
	if err := s.db(ctx).Find(&rows).Error; err != nil {
		return nil, err
	}
	var list []ballot.Succession
	for at := s.BallotKey(); ; {
		i := slices.IndexFunc(rows, func(r models.BallotKey) bool { return at.Equal(ed25519.PublicKey(r.Next)) })
		if i < 0 || len(list) == len(rows) {
			slices.Reverse(list)
			return list, nil
		}
		key, err := hex.DecodeString(rows[i].ID)
		if err != nil {
			return nil, err
		}
		list = append(list, ballot.Succession{Key: key, Signature: rows[i].Signature})
		at = key
	}
}

// succeedBallotKey lets the old key sign the new one, while it is still there.
func (s *Store) succeedBallotKey(db *gorm.DB, alone *Keys) error {
	next := alone.SigningKey("ballot-head").Public().(ed25519.PublicKey)
	if next.Equal(s.BallotKey()) {
		return nil
	}
	x := ballot.NewSuccession(s.ballotKey(), next)
	return db.Create(&models.BallotKey{ID: hex.EncodeToString(x.Key), Next: next, Signature: x.Signature}).Error
}
