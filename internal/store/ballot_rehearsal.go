package store

import (
	"context"
	"crypto/rand"
	"encoding/json"

	"juwu/ballot"
	"juwu/internal/problem"
	"juwu/models"
)

// rehearsal is the test that is decrypted before a vote may open.
type rehearsal struct {
	Election string          `json:"election"`
	Tally    json.RawMessage `json:"tally"`
	Counts   ballot.Result   `json:"counts"` // what the trustees must find
	Setup    [2]string       `json:"setup"`  // trustees.json, credentials
}

func readRehearsal(b *models.BallotBoard) (r rehearsal, err error) {
	if err = json.Unmarshal(b.Rehearsal, &r); err != nil {
		err = problem.New(problem.Conflict, "policy.state", nil).Because("no rehearsal")
	}
	return r, err
}

// newRehearsal encrypts votes that the server knows with the trustees' key.
// What they decrypt is compared with them.
func newRehearsal(trustees *ballot.Trustees) (r rehearsal, err error) {
	y, err := trustees.Verify()
	if err != nil {
		return r, err
	}
	uuid, err := ballot.NewUUID(rand.Reader)
	if err != nil {
		return r, err
	}
	e, err := ballot.NewElection(ballot.Election{Name: "rehearsal", Description: "rehearsal", PublicKey: y, UUID: uuid,
		Questions: []ballot.Question{{Text: "rehearsal", Answers: []string{"1", "2", "3"}, Min: 0, Max: 3}}})
	if err != nil {
		return r, err
	}
	secret, key, err := ballot.NewTrusteeKey(rand.Reader)
	if err != nil {
		return r, err
	}
	list := ballot.Credentials{List: []ballot.Credential{{Public: key.PublicKey, Weight: 1}}}
	s, err := ballot.NewSetup(e.Bytes(), trustees.Bytes(), list.Bytes())
	if err != nil {
		return r, err
	}
	count, counts := s.NewTally(), ballot.Result{{0, 0, 0}}
	var coins [12]byte
	_, _ = rand.Read(coins[:])
	for i := 0; i < len(coins); i += 3 {
		votes := ballot.Votes{{int(coins[i] & 1), int(coins[i+1] & 1), int(coins[i+2] & 1)}}
		b, err := s.MakeBallot(secret, votes, rand.Reader)
		if err != nil {
			return r, err
		}
		if err := count.Add(b); err != nil {
			return r, err
		}
		for j, m := range votes[0] {
			counts[0][j] += int64(m)
		}
	}
	tally, _ := count.Records()
	return rehearsal{Election: string(e.Bytes()), Tally: tally.Bytes(), Counts: counts, Setup: [2]string{string(trustees.Bytes()), string(list.Bytes())}}, nil
}

// rehearse takes a trustee's share of the test. The device has forgotten the key
// and read it from the paper: so the paper is known to be right.
func (t *Tenant) rehearse(ctx context.Context, actor models.Actor, id models.ID, message, evidence []byte) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		b, rows, own, err := tx.trusteeSeat(id, TrusteeRehearsal)
		if err != nil {
			return err
		}
		r, err := readRehearsal(b)
		if err != nil {
			return err
		}
		s, err := ballot.NewSetup([]byte(r.Election), []byte(r.Setup[0]), []byte(r.Setup[1]))
		if err != nil {
			return err
		}
		tally, err := ballot.ParseEncryptedTally(r.Tally)
		if err != nil {
			return err
		}
		share, err := checkShare(s, tally, own.Seat, message, evidence)
		if err != nil {
			return err
		}
		own.Rehearsed = share.Bytes()
		err = Changed(tx.Model(&models.BallotTrustee{}).Where("board_id = ? AND seat = ? AND rehearsed IS NULL", id, own.Seat).
			UpdateColumns(map[string]any{"rehearsed": own.Rehearsed, "updated_at": tx.Now}))
		if err != nil {
			return err
		}
		tx.Audit("ballot.rehearsed", id, map[string]any{"seat": own.Seat})
		for i := range rows {
			if rows[i].Rehearsed == nil {
				return nil
			}
		}
		if err := sameCounts(s, tally, rows, r.Counts); err != nil {
			return err
		}
		return tx.moveBallot(b, "pass", jobRoles, map[string]any{"rehearsal": nil})
	})
}

func checkShare(s *ballot.Setup, tally ballot.EncryptedTally, seat int, message, evidence []byte) (*ballot.PartialDecryption, error) {
	share, err := ballot.ParsePartialDecryption(message)
	if err != nil {
		return nil, err
	}
	proof, err := ballot.ParseEvidence(evidence)
	if err != nil {
		return nil, err
	}
	return share, s.VerifyEvidence(tally, seat, share, proof)
}

// sameCounts decrypts the test with every subset that leaves one out, so that
// no key is only right because others made up for it.
func sameCounts(s *ballot.Setup, tally ballot.EncryptedTally, rows []models.BallotTrustee, want ballot.Result) error {
	for left := range rows {
		shares := ballot.Shares{}
		for i := range rows {
			if i == left {
				continue
			}
			p, err := ballot.ParsePartialDecryption(rows[i].Rehearsed)
			if err != nil {
				return err
			}
			shares[rows[i].Seat] = p
		}
		points, err := s.Combine(tally, shares)
		if err != nil {
			return err
		}
		got, err := ballot.Decode(points, 100)
		if err != nil {
			return err
		}
		if string(got.Bytes()) != string(want.Bytes()) {
			return problem.New(problem.Conflict, "ballot.rehearsal.wrong", nil)
		}
	}
	return nil
}
