package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"juwu/ballot"
	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Where paper overrides, a board ends with EndBallots and stays as everybody saw
// it. Once the polls are closed, what its voters replaced by paper is listed;
// two people of two bodies sign the list; then the remaining ballots are copied
// into a second archive, on which the count is made.

// countedOn is the archive that the count of a vote is made on.
func countedOn(db *gorm.DB, b *models.BallotBoard) (archiveEnd, error) {
	if !b.PaperOver {
		return endOf(b), nil
	}
	c, err := countOf(db, b.ID)
	if err != nil {
		return archiveEnd{}, err
	}
	if c == nil {
		return archiveEnd{}, problem.New(problem.TooEarly, "ballot.count.waits", nil)
	}
	return endOfCount(b, c), nil
}

func countOf(db *gorm.DB, board models.ID) (*models.BallotCount, error) {
	var rows []models.BallotCount
	err := db.Where("board_id = ?", board).Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// BallotCount is the second archive of a vote in which paper overrides; nil
// until what it leaves out is listed.
func (t *Tenant) BallotCount(ctx context.Context, board models.ID) (*models.BallotCount, error) {
	return countOf(t.db(ctx), board)
}

// BallotsLeftOut are the ballots that a count leaves out, in the order of the board.
func BallotsLeftOut(c *models.BallotCount) (list []ballot.Digest) {
	for b := range slices.Chunk(c.Excluded, len(ballot.Digest{})) {
		list = append(list, ballot.Digest(b))
	}
	return list
}

// settle brings an ended board of this kind as far as it can go. Any process may
// call it, any number of times: each step is taken once.
func (t *Tenant) settle(ctx context.Context, b *models.BallotBoard) error {
	c, err := t.BallotCount(ctx, b.ID)
	if err != nil {
		return err
	}
	if c == nil {
		return t.listExcluded(ctx, b)
	}
	if !c.Signed() {
		return nil
	}
	if err := t.copyRemaining(ctx, b, c); err != nil {
		return err
	}
	return t.putTally(ctx, b)
}

// listExcluded writes down which ballots are left out, when the polls have
// closed, and cuts what tied logins to slips. It reads the board outside the
// transaction: nothing can change there any more.
func (t *Tenant) listExcluded(ctx context.Context, b *models.BallotBoard) error {
	e, err := electionByID(t.db(ctx), b.ElectionID)
	if err != nil || e.State != models.ElectionCounting {
		return err
	}
	key, err := t.markKey(b)
	if err != nil {
		return err
	}
	return t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
		if err := Changed(tx.Model(&models.BallotBoard{}).Where("id = ? AND state = ?", b.ID, models.BallotEnded).UpdateColumn("updated_at", tx.Now)); err != nil {
			return nil // another process was faster
		}
		if c, err := countOf(tx.DB, b.ID); err != nil || c != nil {
			return err
		}
		row := models.BallotCount{Tenant: models.Tenant{ID: tx.NewID()}, BoardID: b.ID, CreatedAt: tx.Now}
		row.Clock = b.Clock
		if row.Excluded, row.LeftOut, err = tx.replacedByPaper(b, key); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		tx.Audit("ballot.exclude", b.ID, map[string]int{"voters": row.LeftOut, "ballots": len(row.Excluded) / len(ballot.Digest{})})
		tx.Touch("ballots")
		return tx.wipeMarks(b.ID)
	})
}

// replacedByPaper finds the ballots whose voters took paper: a mark is the same
// for the same slip, and only here are the two laid side by side.
func (tx *Tx) replacedByPaper(b *models.BallotBoard, key []byte) (digests []byte, voters int, err error) {
	var rights []models.BallotVoter
	if err := tx.Select("mark").Where("board_id = ? AND voted = ? AND paper = ?", b.ID, true, true).Find(&rights).Error; err != nil {
		return nil, 0, err
	}
	gone := map[string]bool{}
	for _, r := range rights {
		gone[string(r.Mark)] = true
	}
	digests = []byte{}
	found := map[string]bool{}
	err = eachEventOf(tx.DB, b.ID, "credential, payload, height", func(e *models.BallotEvent) error {
		if e.Credential == nil {
			return nil
		}
		m := hmac.New(sha256.New, key)
		m.Write(e.Credential)
		if mark := string(m.Sum(nil)); gone[mark] {
			digests = append(digests, e.Payload...)
			found[mark] = true
		}
		return nil
	})
	if err == nil && (len(found) != len(rights) || len(rights) != b.Overridden) {
		err = fmt.Errorf("board %s: %d voters took paper, ballots of %d were found, %d are counted", b.ID, len(rights), len(found), b.Overridden)
	}
	return digests, len(rights), err
}

// SignExclusions signs what the count leaves out, for the electoral committee or
// the supervision committee: two people, of two bodies. The second signature
// sets the count going.
func (t *Tenant) SignExclusions(ctx context.Context, actor models.Actor, id models.ID) error {
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("ballot", "register"); err != nil {
			return err
		}
		c, err := countOf(tx.DB, id)
		if err != nil {
			return err
		}
		if c == nil {
			return problem.New(problem.TooEarly, "ballot.count.waits", nil)
		}
		body := policy.ExclusionSigner(tx.roles())
		if body == "" {
			return problem.New(problem.Forbidden, "ballot.count.who", nil)
		}
		if c.ElectoralID == actor.UserID || c.SupervisionID == actor.UserID {
			return problem.New(problem.Conflict, "ballot.count.twice", nil)
		}
		tx.Audit("ballot.exclude.sign", id, map[string]any{"body": body, "print": ballot.DigestOf(c.Excluded).Short()})
		tx.Touch("ballots")
		err = Changed(tx.Model(&models.BallotCount{}).Where(map[string]any{"board_id": id, body + "_id": 0}).
			UpdateColumns(map[string]any{body + "_id": actor.UserID, body + "_name": actor.Name, body + "_at": tx.Now}))
		if problem.Is(err, problem.Conflict) {
			return problem.New(problem.Conflict, "ballot.count.signed", nil)
		}
		return err
	})
	if err != nil {
		return err
	}
	return t.EndBallot(ctx, id)
}

// copyRemaining copies the board's setup and remaining ballots into the count's
// archive, a few at a time, and ends it. How far it came stands in the row.
func (t *Tenant) copyRemaining(ctx context.Context, b *models.BallotBoard, c *models.BallotCount) error {
	board, err := t.openBoard(ctx, b.ID)
	if err != nil {
		return err
	}
	out := map[ballot.Digest]bool{}
	for _, d := range BallotsLeftOut(c) {
		out[d] = true
	}
	for more := true; more; {
		err := t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
			c, err := countOf(tx.DB, b.ID)
			if err != nil {
				return err
			}
			more = c.Last != string(ballot.EventEndBallots) && c.Copied < b.Height
			if !more {
				return nil
			}
			return tx.copySome(board.setup, b, c, out)
		})
		if err = raced(err); err != nil {
			return err
		}
	}
	return nil
}

const copyBatch = 200

func (tx *Tx) copySome(s *ballot.Setup, b *models.BallotBoard, c *models.BallotCount, out map[ballot.Digest]bool) error {
	at := endOfCount(b, c)
	chain := at.chain()
	var rows, events []models.BallotEvent
	if err := tx.Where("board_id = ? AND height >= ?", b.ID, c.Copied).Order("height").Limit(copyBatch).Find(&rows).Error; err != nil {
		return err
	}
	credentials := map[ballot.Element]bool{}
	for i := range rows {
		e, err := remaining(&chain, s, &rows[i], out)
		if err != nil {
			return err
		}
		if e == nil {
			continue
		}
		if e.Credential != nil {
			at.Ballots++
			credentials[ballot.Element(e.Credential)] = true
		}
		events = append(events, *e)
	}
	fresh, err := tx.newCredentials(c.ID, credentials)
	if err != nil {
		return err
	}
	at.Counted += fresh
	if err := Changed(tx.Model(&models.BallotCount{}).Where("id = ? AND copied = ?", c.ID, c.Copied).UpdateColumn("copied", c.Copied+int64(len(rows)))); err != nil {
		return err
	}
	if len(events) == 0 {
		return nil
	}
	return tx.appendEvents(at, &chain, events)
}

// remaining is an event of the board as the count's archive has it; nil if it is
// left out.
func remaining(chain *ballot.Chain, s *ballot.Setup, e *models.BallotEvent, out map[ballot.Digest]bool) (*models.BallotEvent, error) {
	made := models.BallotEvent{Type: e.Type, Payload: e.Payload, Credential: e.Credential}
	var err error
	switch ballot.EventType(e.Type) {
	case ballot.EventSetup:
		fresh, header, err := ballot.NewChain(chain.Time)
		if err != nil {
			return nil, err
		}
		*chain = fresh
		body, err := chain.Setup(s)
		made.Body = append(header, body...)
		return &made, err
	case ballot.EventBallot:
		if out[ballot.Digest(e.Payload)] {
			return nil, nil
		}
		records, err := ballot.DataRecords(e.Body)
		if err != nil {
			return nil, err
		}
		made.Body, err = chain.Ballot(records[0])
		return &made, err
	case ballot.EventEndBallots:
		made.Body, err = chain.EndBallots()
		return &made, err
	}
	return nil, errors.New("a board that waits for its count has gone on")
}

// ExclusionList is the signed list of what the count leaves out; NotFound until
// both have signed.
func (t *Tenant) ExclusionList(ctx context.Context, b *models.BallotBoard) (*ballot.ExclusionList, error) {
	c, err := t.BallotCount(ctx, b.ID)
	if err != nil {
		return nil, err
	}
	if c == nil || !c.Signed() {
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	return t.listOf(ctx, b, c)
}

func (t *Tenant) listOf(ctx context.Context, b *models.BallotBoard, c *models.BallotCount) (*ballot.ExclusionList, error) {
	before, err := t.BallotKeysBefore(ctx)
	if err != nil {
		return nil, err
	}
	x := &ballot.ExclusionList{UUID: b.UUID, Board: ballot.Digest(b.Head), Ballots: BallotsLeftOut(c), Voters: c.LeftOut, Signers: []ballot.Signer{
		{Body: "electoral", Name: c.ElectoralName, At: unix(c.ElectoralAt)}, {Body: "supervision", Name: c.SupervisionName, At: unix(c.SupervisionAt)}}}
	x.Sign(t.ballotKey(), before...)
	return x, nil
}

func unix(at *time.Time) int64 {
	if at == nil {
		return 0
	}
	return at.Unix()
}

// checkCount compares a finished count with its board and its signed list, as a
// stranger would. It returns what the verifier says of the board.
func (t *Tenant) checkCount(ctx context.Context, b *models.BallotBoard, c *models.BallotCount, found func(string)) (*ballot.Report, error) {
	both, err := ballot.Excluded(&boardFile{t: t, ctx: ctx, id: b.ID}, b.Bytes, &boardFile{t: t, ctx: ctx, id: c.ID}, c.Bytes)
	if err != nil {
		return nil, err
	}
	list, err := t.listOf(ctx, b, c)
	if err != nil {
		return nil, err
	}
	if err := list.Check(both, t.BallotKey()); err != nil {
		return nil, err
	}
	if r := both.Count; r.Head != ballot.Digest(c.Head) || int64(r.Height)+1 != c.Height || r.Ballots != c.Ballots || int(r.Counted) != c.Counted {
		found(fmt.Sprintf("count of board %s: the archive has %d events and %d ballots of %d voters, the row says %d, %d, %d", b.ID, r.Height+1, r.Ballots, r.Counted, c.Height, c.Ballots, c.Counted))
	}
	if c.LeftOut != b.Overridden || c.Counted+c.LeftOut != b.Counted {
		found(fmt.Sprintf("count of board %s: %d voters counted and %d left out, the board has %d, of whom %d took paper", b.ID, c.Counted, c.LeftOut, b.Counted, b.Overridden))
	}
	return both.Board, t.checkHeadsOf(ctx, endOfCount(b, c), found)
}
