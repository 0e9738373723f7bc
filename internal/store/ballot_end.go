package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"gorm.io/gorm"

	"juwu/ballot"
	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// EndBallot writes down that the clock has closed a vote, wipes what tied logins
// to slips, and puts the encrypted tally on the board. It may be called by
// anybody, any number of times, in several processes. TooEarly before closing.
func (t *Tenant) EndBallot(ctx context.Context, id models.ID) error {
	b, err := boardByID(t.db(ctx), id)
	if err != nil {
		return err
	}
	if b.State == models.BallotOpen {
		if err := t.endBallots(ctx, id); err != nil {
			return err
		}
		if b, err = boardByID(t.db(ctx), id); err != nil {
			return err
		}
	}
	if b.State != models.BallotEnded {
		return nil
	}
	if policy.TooFew(b.Counted - b.Overridden) {
		return t.tooFew(ctx, id)
	}
	if b.PaperOver {
		return t.settle(ctx, b)
	}
	return t.putTally(ctx, b)
}

func (t *Tenant) endBallots(ctx context.Context, id models.ID) error {
	return t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
		if err := Changed(tx.Model(&models.BallotBoard{}).Where("id = ? AND state = ?", id, models.BallotOpen).UpdateColumn("updated_at", tx.Now)); err != nil {
			return nil // another process was faster
		}
		b, err := boardByID(tx.DB, id)
		if err != nil {
			return err
		}
		if tx.Now.Before(b.ClosesAt) {
			return problem.New(problem.TooEarly, "ballot.running", nil)
		}
		if err := tx.moveBallot(b, "end", jobRoles, nil); err != nil {
			return err
		}
		if !b.PaperOver {
			if err := tx.wipeMarks(id); err != nil {
				return err
			}
		}
		chain := endOf(b).chain()
		body, err := chain.EndBallots()
		if err != nil {
			return err
		}
		if err := tx.appendEvents(endOf(b), &chain, []models.BallotEvent{{Type: string(ballot.EventEndBallots), Body: body}}); err != nil {
			return err
		}
		return tx.noteHead(endOf(b), "close")
	})
}

// wipeMarks cuts what ties logins to slips: nothing is taken out of the count
// any more.
func (tx *Tx) wipeMarks(id models.ID) error {
	if err := tx.Model(&models.BallotBoard{}).Where("id = ?", id).UpdateColumn("mark_key", nil).Error; err != nil {
		return err
	}
	return tx.Model(&models.BallotVoter{}).Where("board_id = ?", id).UpdateColumn("mark", nil).Error
}

// tooFew ends a vote in which so few ballots remain that opening them would tell
// how somebody voted.
func (t *Tenant) tooFew(ctx context.Context, id models.ID) error {
	return t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
		b, err := boardByID(tx.DB, id)
		if err != nil || b.State != models.BallotEnded {
			return err
		}
		if err := tx.moveBallot(b, "few", jobRoles, nil); err != nil {
			return raced(err)
		}
		if err := tx.wipeMarks(id); err != nil {
			return err
		}
		return tx.releaseElectors(b)
	})
}

// putTally multiplies the last ballot of each credential. It reads outside the
// transaction: nothing can change on a board that has ended.
func (t *Tenant) putTally(ctx context.Context, b *models.BallotBoard) error {
	board, err := t.openBoard(ctx, b.ID)
	if err != nil {
		return err
	}
	at, err := countedOn(t.db(ctx), b)
	if err != nil {
		return err
	}
	tally, size, err := t.tallyBoard(ctx, board.setup, at.id)
	if err != nil {
		return err
	}
	return t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
		b, err := boardByID(tx.DB, b.ID)
		if err != nil || b.State != models.BallotEnded {
			return err
		}
		at, err := countedOn(tx.DB, b)
		if err != nil {
			return err
		}
		chain := at.chain()
		body, err := chain.EncryptedTally(tally, size)
		if err != nil {
			return err
		}
		if err := tx.moveBallot(b, "tally", jobRoles, nil); err != nil {
			return raced(err)
		}
		payload := ballot.DigestOf(size.Bytes())
		e := models.BallotEvent{Type: string(ballot.EventEncryptedTally), Payload: payload[:], Body: body}
		if err := tx.appendEvents(at, &chain, []models.BallotEvent{e}); err != nil {
			return err
		}
		rows, err := trusteesOf(tx.DB, b.ID)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := tx.Tell(r.UserID, "ballot.tell.decrypt", problem.Args{"title": b.Title}, tx.trusteeLink(b.ID)); err != nil {
				return err
			}
		}
		return nil
	})
}

// raced drops a conflict: another process has done the same.
func raced(err error) error {
	if problem.Is(err, problem.Conflict) {
		return nil
	}
	return err
}

const tallyBatch = 256

// tallyBoard reads the ballots in order of the board, in bounded memory.
func (t *Tenant) tallyBoard(ctx context.Context, s *ballot.Setup, id models.ID) (ballot.EncryptedTally, ballot.SizedTally, error) {
	count := s.NewTally()
	last := map[ballot.Element]int64{}
	err := t.eachEvent(ctx, id, "credential, height", func(e *models.BallotEvent) error {
		if e.Credential != nil {
			last[ballot.Element(e.Credential)] = e.Height
		}
		return nil
	})
	if err == nil {
		err = t.eachEvent(ctx, id, "credential, height, body", func(e *models.BallotEvent) error {
			if e.Credential == nil || last[ballot.Element(e.Credential)] != e.Height {
				return nil
			}
			records, err := ballot.DataRecords(e.Body)
			if err != nil {
				return err
			}
			b, err := ballot.ParseBallot(records[0])
			if err != nil {
				return err
			}
			return count.Add(b)
		})
	}
	tally, size := count.Records()
	return tally, size, err
}

// eachEvent visits the events of a board in order.
func (t *Tenant) eachEvent(ctx context.Context, id models.ID, columns string, visit func(*models.BallotEvent) error) error {
	return eachEventOf(t.db(ctx), id, columns, visit)
}

func eachEventOf(db *gorm.DB, id models.ID, columns string, visit func(*models.BallotEvent) error) error {
	for next := int64(0); ; {
		var rows []models.BallotEvent
		err := db.Select(columns).Where("board_id = ? AND height >= ?", id, next).Order("height").Limit(tallyBatch).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		for i := range rows {
			if err := visit(&rows[i]); err != nil {
				return err
			}
		}
		next = rows[len(rows)-1].Height + 1
	}
}

// tallyOf is the encrypted tally on the board.
func (t *Tenant) tallyOf(ctx context.Context, b *models.BallotBoard) (*ballot.Setup, ballot.EncryptedTally, error) {
	board, err := t.openBoard(ctx, b.ID)
	if err != nil {
		return nil, nil, err
	}
	at, err := countedOn(t.db(ctx), b)
	if err != nil {
		return nil, nil, err
	}
	tally, err := tallyEvent(t.db(ctx), at.id)
	return board.setup, tally, err
}

func tallyEvent(db *gorm.DB, id models.ID) (ballot.EncryptedTally, error) {
	var e models.BallotEvent
	if err := db.Where("board_id = ? AND type = ?", id, ballot.EventEncryptedTally).Take(&e).Error; err != nil {
		return nil, notFound(err)
	}
	records, err := ballot.DataRecords(e.Body)
	if err != nil {
		return nil, err
	}
	return ballot.ParseEncryptedTally(records[0])
}

// takeShare takes a trustee's share of the tally, with the evidence that it is
// the right one; the share that makes enough brings the result.
func (t *Tenant) takeShare(ctx context.Context, actor models.Actor, id models.ID, message, evidence []byte) error {
	board, err := t.openBoard(ctx, id)
	if err != nil {
		return err
	}
	s := board.setup
	return t.Write(ctx, actor, func(tx *Tx) error {
		b, rows, own, err := tx.trusteeSeat(id, TrusteeDecrypt)
		if err != nil {
			return err
		}
		if err := tx.pollsClosed(b); err != nil {
			return err
		}
		at, err := countedOn(tx.DB, b)
		if err != nil {
			return err
		}
		tally, err := tallyEvent(tx.DB, at.id)
		if err != nil {
			return err
		}
		share, err := checkShare(s, tally, own.Seat, message, evidence)
		if err != nil {
			return err
		}
		own.Share = share.Bytes()
		err = Changed(tx.Model(&models.BallotTrustee{}).Where("board_id = ? AND seat = ? AND share IS NULL", id, own.Seat).
			UpdateColumns(map[string]any{"share": own.Share, "updated_at": tx.Now}))
		if err != nil {
			return err
		}
		chain := at.chain()
		body, err := chain.PartialDecryption(own.Seat, share)
		if err != nil {
			return err
		}
		payload := ballot.DigestOf(ballot.Owned{Owner: own.Seat, Payload: ballot.DigestOf(own.Share)}.Bytes())
		events := []models.BallotEvent{{Type: string(ballot.EventPartialDecryption), Payload: payload[:], Body: body}}
		tx.Audit("ballot.share", id, map[string]any{"seat": own.Seat})
		if err := tx.appendEvents(at, &chain, events); err != nil {
			return err
		}
		return tx.announce(s, b, at, &chain, rows, tally)
	})
}

// announce computes the result as soon as the shares suffice.
func (tx *Tx) announce(s *ballot.Setup, b *models.BallotBoard, at archiveEnd, chain *ballot.Chain, rows []models.BallotTrustee, tally ballot.EncryptedTally) error {
	shares := ballot.Shares{}
	for i := range rows {
		if rows[i].Share == nil {
			continue
		}
		p, err := ballot.ParsePartialDecryption(rows[i].Share)
		if err != nil {
			return err
		}
		shares[rows[i].Seat] = p
	}
	if !s.Enough(shares) {
		tx.Touch("ballots")
		return nil
	}
	points, err := s.Combine(tally, shares)
	if err != nil {
		return err
	}
	result, err := ballot.Decode(points, int64(b.Voters)) // weights are 1: nobody has more than one vote
	if err != nil {
		return err
	}
	body, err := chain.Result(result)
	if err != nil {
		return err
	}
	counts, err := json.Marshal(result)
	if err != nil {
		return err
	}
	if err := tx.moveBallot(b, "announce", jobRoles, map[string]any{"result": counts}); err != nil {
		return err
	}
	payload := ballot.DigestOf(result.Bytes())
	e := models.BallotEvent{Type: string(ballot.EventResult), Payload: payload[:], Body: body}
	if err := tx.appendEvents(at, chain, []models.BallotEvent{e}); err != nil {
		return err
	}
	if err := tx.electronicCounted(b, at.Counted, counts); err != nil {
		return err
	}
	return tx.noteHead(at, "result")
}

// eveningHour is when the head of the day is noted for the notice board.
const eveningHour = 18

// KeepBallots is the clock's work: it ends votes whose time is over and notes
// the head of every open board once each evening. It returns how many ended.
func (s *Store) KeepBallots(ctx context.Context, now time.Time) (int, error) {
	var rows []models.BallotBoard
	err := s.everywhere(ctx).Select("community_id", "id", "state", "closes_at", "opens_at").
		Where("state = ? OR state = ?", models.BallotOpen, models.BallotEnded).Find(&rows).Error
	if err != nil {
		return 0, err
	}
	ended := 0
	var problems []error
	for _, b := range rows {
		c := s.CommunityByID(b.CommunityID)
		if c == nil {
			continue
		}
		t := s.In(c)
		switch {
		case !now.Before(b.ClosesAt):
			if err := t.EndBallot(ctx, b.ID); err != nil {
				problems = append(problems, err)
			} else {
				ended++
			}
		case now.In(models.Shanghai).Hour() >= eveningHour:
			problems = append(problems, t.eveningHead(ctx, b.ID))
		}
	}
	return ended, errors.Join(problems...)
}

func (t *Tenant) eveningHead(ctx context.Context, id models.ID) error {
	begin := models.DateOf(t.Now()).Time()
	var n int64
	err := t.db(ctx).Model(&models.BallotHead{}).Where("board_id = ? AND kind = ? AND at >= ?", id, "evening", begin).Count(&n).Error
	if err != nil || n > 0 {
		return err
	}
	return t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
		if err := Changed(tx.Model(&models.BallotBoard{}).Where("id = ? AND state = ?", id, models.BallotOpen).UpdateColumn("updated_at", tx.Now)); err != nil {
			return nil
		}
		b, err := boardByID(tx.DB, id)
		if err != nil {
			return err
		}
		return tx.noteHead(endOf(b), "evening")
	})
}
