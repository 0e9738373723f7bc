package store

import (
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/json"
	"errors"

	"gorm.io/gorm"

	"juwu/ballot"
	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// OpenBallot puts the setup on the board. From here on questions, trustees and
// credentials are fixed for ever: their hash is in every proof.
func (t *Tenant) OpenBallot(ctx context.Context, actor models.Actor, id models.ID) error {
	return refusedBallot(t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("ballot", "open"); err != nil {
			return err
		}
		var b models.BallotBoard
		if err := tx.Where("id = ?", id).Take(&b).Error; err != nil {
			return notFound(err)
		}
		if err := policy.MayOpenBallot(b, tx.Now); err != nil {
			return err
		}
		if err := tx.electronicFresh(&b); err != nil {
			return err
		}
		s, err := setupOf(&b)
		if err != nil {
			return err
		}
		b.Clock = tx.Now.Unix()
		chain, header, err := ballot.NewChain(b.Clock)
		if err != nil {
			return err
		}
		setup, err := chain.Setup(s)
		if err != nil {
			return err
		}
		if err := tx.moveBallot(&b, "open", tx.roles(), map[string]any{"clock": b.Clock}); err != nil {
			return err
		}
		tx.Audit(auditHours, id, hoursOf(&b))
		e := models.BallotEvent{Type: string(ballot.EventSetup), Body: append(header, setup...)}
		if err := tx.appendEvents(endOf(&b), &chain, []models.BallotEvent{e}); err != nil {
			return err
		}
		return tx.noteHead(endOf(&b), "open")
	}))
}

// setupOf makes the three documents of a vote that is about to open.
func setupOf(b *models.BallotBoard) (*ballot.Setup, error) {
	trustees, err := ballot.ParseTrustees(b.Trustees)
	if err != nil {
		return nil, err
	}
	y, err := trustees.Verify()
	if err != nil {
		return nil, err
	}
	e := ballot.Election{Name: b.Title, Description: b.Description, PublicKey: y, UUID: b.UUID}
	for _, q := range Questions(b) {
		e.Questions = append(e.Questions, ballot.Question{Text: q.Text, Answers: q.Answers, Blank: q.Blank, Min: q.Min, Max: q.Max})
	}
	fixed, err := ballot.NewElection(e)
	if err != nil {
		return nil, err
	}
	return ballot.NewSetup(fixed.Bytes(), b.Trustees, b.Credentials)
}

// archiveEnd is an archive that events are appended to: a board, or the count
// that is made from it.
type archiveEnd struct {
	table any // its row
	id    models.ID
	uuid  string
	*models.BoardEnd
}

func endOf(b *models.BallotBoard) archiveEnd {
	return archiveEnd{&models.BallotBoard{}, b.ID, b.UUID, &b.BoardEnd}
}

func endOfCount(b *models.BallotBoard, c *models.BallotCount) archiveEnd {
	return archiveEnd{&models.BallotCount{}, c.ID, b.UUID, &c.BoardEnd}
}

// chain is where the archive stands.
func (a archiveEnd) chain() ballot.Chain {
	c := ballot.Chain{Time: a.Clock, Events: int(a.Height), Last: ballot.EventType(a.Last)}
	copy(c.Head[:], a.Head)
	return c
}

// appendEvents writes events that the chain has made and signs the new head.
// The condition on the height is the second guard: no two transactions can
// continue the same head.
func (tx *Tx) appendEvents(a archiveEnd, chain *ballot.Chain, events []models.BallotEvent) error {
	was := a.Height
	for i := range events {
		e := &events[i]
		e.BoardID, e.Height, e.At, e.Size = a.id, a.Height, a.Bytes, int64(len(e.Body))
		a.Height, a.Bytes = a.Height+1, a.Bytes+e.Size
	}
	if err := tx.CreateInBatches(events, 100).Error; err != nil {
		return err
	}
	a.Head, a.Last = append([]byte(nil), chain.Head[:]...), string(chain.Last)
	a.Signature = ed25519.Sign(tx.store.ballotKey(), BallotHeadMessage(a.uuid, a.Height, a.Bytes, a.Head))
	return Changed(tx.Model(a.table).Where("id = ? AND height = ?", a.id, was).UpdateColumns(map[string]any{"height": a.Height, "bytes": a.Bytes,
		"head": a.Head, "last": a.Last, "signature": a.Signature, "ballots": a.Ballots, "counted": a.Counted}))
}

// BallotHeadMessage is what is signed: whoever has two heads of one length that
// differ can prove that two boards were shown.
func BallotHeadMessage(uuid string, height, bytes int64, head []byte) []byte {
	m := append([]byte("juwu ballot head 1|"+uuid+"|"), head...)
	m = binary.BigEndian.AppendUint64(m, uint64(height))
	return binary.BigEndian.AppendUint64(m, uint64(bytes))
}

// noteHead remembers the head at an hour that is printed: at opening, in the
// evening, at closing.
func (tx *Tx) noteHead(a archiveEnd, kind string) error {
	err := tx.Create(&models.BallotHead{BoardID: a.id, Height: a.Height, Kind: kind, Head: a.Head, Bytes: a.Bytes,
		Ballots: a.Ballots, Signature: a.Signature, At: tx.Now}).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return nil // nothing has happened since
	}
	return err
}

// openBoard is a board in memory: what is fixed for ever, and the line of those
// who cast.
type openBoard struct {
	setup *ballot.Setup
	line  castLine
}

type boardKey struct{ community, board models.ID }

// openBoard returns the board that ballots are checked against; it is read once.
func (t *Tenant) openBoard(ctx context.Context, id models.ID) (*openBoard, error) {
	k := boardKey{t.Community.ID, id}
	if v, ok := t.boards.Load(k); ok {
		return v.(*openBoard), nil
	}
	raw, err := t.setupRecords(ctx, id)
	if err != nil {
		return nil, err
	}
	s, err := ballot.NewSetup(raw[0], raw[1], raw[2])
	if err != nil {
		return nil, err
	}
	v, _ := t.boards.LoadOrStore(k, &openBoard{setup: s})
	return v.(*openBoard), nil
}

// setupRecords are election, trustees and credentials as they stand on the board.
func (t *Tenant) setupRecords(ctx context.Context, id models.ID) (raw [3][]byte, err error) {
	var e models.BallotEvent
	err = t.db(ctx).Where("board_id = ? AND height = 0", id).Take(&e).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return raw, problem.New(problem.TooEarly, "ballot.early", nil)
	}
	if err != nil {
		return raw, err
	}
	records, err := ballot.DataRecords(e.Body)
	if err != nil || len(records) < 4 {
		return raw, errors.Join(err, errors.New("setup of a board is broken"))
	}
	copy(raw[:], records)
	return raw, nil
}

// BallotSetup is what a voter's page needs to encrypt: the exact bytes of
// election.json, whose hash is the fingerprint.
func (t *Tenant) BallotSetup(ctx context.Context, id models.ID) (*ballot.Setup, error) {
	b, err := t.openBoard(ctx, id)
	if err != nil {
		return nil, err
	}
	return b.setup, nil
}

// ballotCounts are the counts of a question of the result.
func ballotCounts(raw []byte) (r ballot.Result) {
	_ = json.Unmarshal(raw, &r) // written by announce
	return r
}
