package store

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"runtime"
	"sync"
	"time"

	"gorm.io/gorm"

	"juwu/ballot"
	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Receipt says that a ballot stands on the board.
type Receipt struct {
	Tracker string `json:"tracker"`
	Height  int64  `json:"height"`
	Again   bool   `json:"again"`  // it stood there already: a resend
	Revote  bool   `json:"revote"` // it takes the place of an earlier one
}

// cast is a ballot whose proofs were checked, waiting for its group.
type cast struct {
	voter  models.ID
	ballot *ballot.Ballot
	raw    []byte
	digest ballot.Digest
	mark   []byte

	receipt Receipt
	err     error
	done    chan struct{}
}

// castLine is who waits to be written on a board of this process. One group is
// written at a time; the others gather meanwhile, so that a closing-minute spike
// costs a transaction per group and not per ballot.
type castLine struct {
	mu      sync.Mutex
	waiting []*cast
	writing bool
}

const (
	castGroup   = 64  // ballots in one transaction
	castWaiting = 512 // more are asked to come back: memory stays bounded
	castTimeout = 15 * time.Second
)

// provers bounds how many ballots are verified at once, and how many wait for it.
var (
	provers = make(chan struct{}, runtime.GOMAXPROCS(0))
	atDoor  = make(chan struct{}, castWaiting)
)

var errBusyBoard = problem.New(problem.Unavailable, "ballot.busy", nil).Because("too many ballots at once")

// CastBallot checks a ballot and puts it on the board. voter is the right to
// vote that the login uses (MyVotes). Sending the same ballot again gives the
// same receipt, also after the closing: whoever got no answer sends again.
// Refusals: Invalid with the code of the check, Forbidden, TooEarly, TooLate,
// Conflict; Unavailable when too many come at once or the outcome is unknown.
func (t *Tenant) CastBallot(ctx context.Context, actor models.Actor, id, voter models.ID, raw []byte) (*Receipt, error) {
	select {
	case atDoor <- struct{}{}:
		defer func() { <-atDoor }()
	default:
		return nil, errBusyBoard
	}
	board, err := t.openBoard(ctx, id)
	if err != nil {
		return nil, err
	}
	c := &cast{voter: voter, raw: raw, digest: ballot.DigestOf(raw), done: make(chan struct{})}
	b, err := boardByID(t.db(ctx), id)
	if err != nil {
		return nil, err
	}
	voted, err := t.mayCast(ctx, actor, b, voter)
	if err != nil {
		return nil, err
	}
	if voted { // a right that was not used has nothing on the board to be sent again
		if r, err := t.receiptOf(ctx, id, c.digest); r != nil || err != nil {
			return r, err
		}
	}
	if c.ballot, err = verifyOne(ctx, board.setup, raw); err != nil {
		return nil, refusedBallot(err)
	}
	key, err := t.markKey(b)
	if err != nil {
		return nil, err
	}
	m := hmac.New(sha256.New, key)
	m.Write(c.ballot.Credential[:])
	c.mark = m.Sum(nil)
	if err := t.enqueue(id, board, c); err != nil {
		return nil, err
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		return nil, problem.New(problem.Unavailable, "page.unknown", nil).Because("gave up waiting for the group")
	}
	if c.err != nil {
		return nil, c.err
	}
	return &c.receipt, nil
}

// verifyOne checks the proofs before any lock is taken, on at most as many
// cores as there are.
func verifyOne(ctx context.Context, s *ballot.Setup, raw []byte) (*ballot.Ballot, error) {
	select {
	case provers <- struct{}{}:
		defer func() { <-provers }()
	case <-ctx.Done():
		return nil, errBusyBoard
	}
	return s.VerifyBallot(raw)
}

// mayCast asks whether the login may use this right, and whether it was used
// before. The group asks again for what can change meanwhile.
func (t *Tenant) mayCast(ctx context.Context, actor models.Actor, b *models.BallotBoard, voter models.ID) (voted bool, err error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "ballot", "cast", models.DateOf(t.Now())); err != nil {
		return false, err
	}
	if err := policy.MayCastFrom(*b, actor.Hall); err != nil {
		return false, err
	}
	unit, resident, err := t.unitOf(ctx, actor, b)
	if err != nil {
		return false, err
	}
	var v models.BallotVoter
	err = t.db(ctx).Where("id = ? AND board_id = ?", voter, b.ID).Take(&v).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return false, problem.New(problem.Forbidden, "ballot.voter.none", nil)
	}
	if err != nil {
		return false, err
	}
	own := v.UnitID == unit && v.ProxyID == 0
	if !own && (v.ProxyID == 0 || v.ProxyID != resident) {
		return false, problem.New(problem.Forbidden, "ballot.voter.none", nil).Because("another's right to vote")
	}
	return v.Voted, nil
}

// receiptOf is the receipt of a ballot that stands on the board; nil if none does.
func (t *Tenant) receiptOf(ctx context.Context, id models.ID, d ballot.Digest) (*Receipt, error) {
	var e models.BallotEvent
	err := t.db(ctx).Select("community_id", "board_id", "height").Where("board_id = ? AND payload = ? AND type = ?", id, d[:], ballot.EventBallot).Take(&e).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	return &Receipt{Tracker: d.Short(), Height: e.Height, Again: true}, err
}

func (t *Tenant) enqueue(id models.ID, b *openBoard, c *cast) error {
	l := &b.line
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) >= castWaiting {
		return errBusyBoard
	}
	l.waiting = append(l.waiting, c)
	if !l.writing {
		l.writing = true
		t.work.Go(func() { t.writeGroups(id, b) })
	}
	return nil
}

// writeGroups goes on until nobody waits.
func (t *Tenant) writeGroups(id models.ID, b *openBoard) {
	for {
		b.line.mu.Lock()
		n := min(len(b.line.waiting), castGroup)
		if n == 0 {
			b.line.writing = false
			b.line.mu.Unlock()
			return
		}
		group := b.line.waiting[:n:n]
		b.line.waiting = b.line.waiting[n:]
		b.line.mu.Unlock()
		t.writeGroup(id, group)
	}
}

func (t *Tenant) writeGroup(id models.ID, group []*cast) {
	ctx, cancel := context.WithTimeout(context.Background(), castTimeout)
	defer cancel()
	err := errors.New("the group was not written")
	defer func() {
		for _, c := range group {
			if err != nil {
				c.err = err
			}
			close(c.done)
		}
	}()
	err = t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error { return tx.castGroup(id, group) })
}

// castGroup writes the ballots of a group in the order they came. The first
// statement locks the board, so that groups of several processes follow each
// other; the clock is that of the transaction.
func (tx *Tx) castGroup(id models.ID, group []*cast) error {
	for _, c := range group {
		c.err, c.receipt = nil, Receipt{Tracker: c.digest.Short()}
	}
	if err := Changed(tx.Model(&models.BallotBoard{}).Where("id = ?", id).UpdateColumn("updated_at", tx.Now)); err != nil {
		return err
	}
	b, err := boardByID(tx.DB, id)
	if err != nil {
		return err
	}
	there, err := tx.alreadyThere(id, group)
	if err != nil {
		return err
	}
	rights, err := tx.rightsOf(b, group)
	if err != nil {
		return err
	}
	closed := policy.BallotHours(*b, tx.Now)
	chain := endOf(b).chain()
	var events []models.BallotEvent
	voted := map[ballot.Element]bool{}
	for _, c := range group {
		if height, ok := there[c.digest]; ok {
			c.receipt.Height, c.receipt.Again = height, true
			continue
		}
		if c.err = closed; c.err != nil {
			continue
		}
		revote, err := tx.takeVote(b, c, rights[c.voter])
		if err != nil {
			if c.err = err; problem.As(err) == nil {
				return err
			}
			continue
		}
		body, err := chain.Ballot(c.raw)
		if err != nil {
			return err
		}
		c.receipt.Height, c.receipt.Revote = b.Height+int64(len(events)), revote
		there[c.digest] = c.receipt.Height
		events = append(events, models.BallotEvent{Type: string(ballot.EventBallot), Payload: append([]byte(nil), c.digest[:]...),
			Credential: append([]byte(nil), c.ballot.Credential[:]...), Body: body})
		voted[c.ballot.Credential] = true
	}
	if len(events) == 0 {
		return nil
	}
	fresh, err := tx.newCredentials(b.ID, voted)
	if err != nil {
		return err
	}
	b.Counted += fresh
	b.Ballots += len(events)
	tx.AuditUnnamed("ballot.cast", id, map[string]any{"from": b.Height, "n": len(events), "head": ballot.Digest(chain.Head).Short()})
	return tx.appendEvents(endOf(b), &chain, events)
}

// newCredentials counts those that stand in an archive for the first time.
func (tx *Tx) newCredentials(archive models.ID, voted map[ballot.Element]bool) (int, error) {
	credentials := make([][]byte, 0, len(voted))
	for c := range voted {
		credentials = append(credentials, append([]byte(nil), c[:]...))
	}
	var earlier int64
	err := tx.Model(&models.BallotEvent{}).Where("board_id = ? AND credential IN ?", archive, credentials).Distinct("credential").Count(&earlier).Error
	return len(voted) - int(earlier), err
}

func (tx *Tx) alreadyThere(id models.ID, group []*cast) (map[ballot.Digest]int64, error) {
	digests := make([][]byte, len(group))
	for i, c := range group {
		digests[i] = append([]byte(nil), c.digest[:]...)
	}
	var rows []models.BallotEvent
	err := tx.Select("height", "payload").Where("board_id = ? AND payload IN ?", id, digests).Find(&rows).Error
	there := map[ballot.Digest]int64{}
	for _, r := range rows {
		there[ballot.Digest(r.Payload)] = r.Height
	}
	return there, err
}

// rightsOf reads the rights to vote of a group at once. The board is locked, and
// whoever changes a right that was used locks it too.
func (tx *Tx) rightsOf(b *models.BallotBoard, group []*cast) (map[models.ID]*models.BallotVoter, error) {
	ids := make([]models.ID, len(group))
	for i, c := range group {
		ids[i] = c.voter
	}
	var rows []models.BallotVoter
	err := tx.Where("board_id = ? AND id IN ?", b.ID, ids).Find(&rows).Error
	rights := make(map[models.ID]*models.BallotVoter, len(rows))
	for i := range rows {
		rights[rows[i].ID] = &rows[i]
	}
	return rights, err
}

// takeVote uses a right to vote. The first ballot ties it to its slip: from then
// on it takes no other slip (a revote brings the same mark), and the slip serves
// no other right (the UNIQUE key). Both ties are wiped when the vote has ended.
// Paper and the first electronic ballot meet in the condition of the update.
func (tx *Tx) takeVote(b *models.BallotBoard, c *cast, v *models.BallotVoter) (revote bool, err error) {
	switch {
	case v == nil:
		return false, problem.New(problem.Forbidden, "ballot.voter.none", nil)
	case v.Voted && !v.Paper && bytes.Equal(v.Mark, c.mark):
		return true, nil
	case v.Voted || v.Paper:
		return false, whyNoVote(v)
	}
	res := tx.Model(&models.BallotVoter{}).Where("id = ? AND board_id = ? AND voted = ? AND paper = ?", c.voter, b.ID, false, false).
		UpdateColumns(map[string]any{"voted": true, "mark": c.mark})
	if errors.Is(res.Error, gorm.ErrDuplicatedKey) {
		return false, problem.New(problem.Conflict, "ballot.slip.used", nil)
	}
	if res.Error != nil {
		return false, res.Error
	}
	if res.RowsAffected != 1 { // the polling place was faster
		v.Paper = true
		return false, whyNoVote(v)
	}
	if b.ElectionID != 0 {
		err = tx.claimChannel(b.ElectionID, v.UnitID, models.ChannelElectronic, 0, "")
		if err != nil && problem.As(err) != nil { // this ballot only: the others of the group stand
			undo := tx.Model(&models.BallotVoter{}).Where("id = ?", c.voter).UpdateColumns(map[string]any{"voted": false, "mark": nil})
			return false, errors.Join(err, undo.Error)
		}
	}
	v.Voted, v.Mark = true, c.mark
	return false, err
}

func whyNoVote(v *models.BallotVoter) error {
	if v.Paper {
		return problem.New(problem.Conflict, "ballot.voter.paper", nil)
	}
	return problem.New(problem.Conflict, "ballot.slip.other", nil)
}
