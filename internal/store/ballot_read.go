package store

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"time"

	"gorm.io/gorm"

	"juwu/ballot"
	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Ballots lists a community's verifiable votes, newest first: for the office
// all of them, else only those that are public.
func (t *Tenant) Ballots(ctx context.Context, office bool) (list []models.BallotBoard, err error) {
	q := t.db(ctx).Omit("trustees", "credentials", "rehearsal").Order("id DESC").Limit(100)
	if !office {
		q = q.Where("state IN ?", []models.BallotState{models.BallotOpen, models.BallotEnded, models.BallotTallied, models.BallotAnnounced, models.BallotFew})
	}
	err = q.Find(&list).Error
	return list, err
}

// RunningBallots are the votes that take ballots now, the next to close first.
func (t *Tenant) RunningBallots(ctx context.Context, now time.Time, most int) (list []models.BallotBoard, err error) {
	err = t.db(ctx).Omit("trustees", "credentials", "rehearsal", "description").Where("state = ? AND closes_at > ? AND opens_at <= ?", models.BallotOpen, now, now).
		Order("closes_at").Limit(most).Find(&list).Error
	return list, err
}

// Ballot is one vote, whatever its state.
func (t *Tenant) Ballot(ctx context.Context, id models.ID) (*models.BallotBoard, error) {
	return boardByID(t.db(ctx), id)
}

// PublicBallot is a vote that has been opened; NotFound before.
func (t *Tenant) PublicBallot(ctx context.Context, id models.ID) (*models.BallotBoard, error) {
	b, err := t.Ballot(ctx, id)
	if err == nil && !policy.BallotPublic(b.State) {
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	return b, err
}

// Seats are the trustees of a vote as everybody may see them.
func (t *Tenant) Seats(ctx context.Context, id models.ID) ([]TrusteeSeat, error) {
	rows, err := trusteesOf(t.db(ctx), id)
	var out []TrusteeSeat
	for i := range rows {
		r := &rows[i]
		out = append(out, TrusteeSeat{Seat: r.Seat, Name: r.Name, Body: r.Body, Done: made(r), Rehearsed: r.Rehearsed != nil, Shared: r.Share != nil})
	}
	return out, err
}

// MyTrusteeships are the votes in which the actor has a seat and something to do.
func (s *Store) MyTrusteeships(ctx context.Context, actor models.Actor) ([]models.BallotBoard, error) {
	var seats []models.BallotTrustee
	if err := s.everywhere(ctx).Select("community_id", "board_id").Where("user_id = ?", actor.UserID).Find(&seats).Error; err != nil || actor.UserID == 0 {
		return nil, err
	}
	var out []models.BallotBoard
	for _, seat := range seats {
		c := s.CommunityByID(seat.CommunityID)
		if c == nil {
			continue
		}
		d, err := s.In(c).TrusteeDesk(ctx, actor, seat.BoardID)
		if err != nil {
			return nil, err
		}
		if d.Step != TrusteeWaits && d.Step != TrusteeDone {
			out = append(out, *d.Board)
		}
	}
	return out, nil
}

// BoardLine is an event as the board page shows it.
type BoardLine struct {
	Height  int64
	Type    ballot.EventType
	Payload ballot.Digest
}

// NewestEvents of a board, newest first; before > 0 pages back.
func (t *Tenant) NewestEvents(ctx context.Context, id models.ID, before int64, n int) ([]BoardLine, error) {
	q := t.db(ctx).Select("height", "type", "payload").Where("board_id = ?", id).Order("height DESC").Limit(n)
	if before > 0 {
		q = q.Where("height < ?", before)
	}
	var rows []models.BallotEvent
	err := q.Find(&rows).Error
	out := make([]BoardLine, len(rows))
	for i, r := range rows {
		out[i] = BoardLine{Height: r.Height, Type: ballot.EventType(r.Type)}
		copy(out[i].Payload[:], r.Payload)
	}
	return out, err
}

// OnBoard is what the board says about a tracker.
type OnBoard struct {
	Height int64
	Digest ballot.Digest
	Last   bool // no later ballot of the same credential stands there: this one counts
}

// FindBallot looks for a ballot by the beginning of its digest: 66 bits (six
// words) or more. from and to bound the digests that begin so. It reads what is
// committed, never a cache.
func (t *Tenant) FindBallot(ctx context.Context, id models.ID, from, to ballot.Digest) (*OnBoard, error) {
	var e models.BallotEvent
	err := t.db(ctx).Select("height", "payload", "credential").Where("board_id = ? AND type = ? AND payload >= ? AND payload <= ?", id, ballot.EventBallot, from[:], to[:]).
		Order("height DESC").Limit(1).Take(&e).Error
	if err != nil {
		return nil, notFound(err)
	}
	var later int64
	err = t.db(ctx).Model(&models.BallotEvent{}).Where("board_id = ? AND credential = ? AND height > ?", id, e.Credential, e.Height).Count(&later).Error
	return &OnBoard{Height: e.Height, Digest: ballot.Digest(e.Payload), Last: later == 0}, err
}

// Heads are the ends of the board that were noted for printing.
func (t *Tenant) Heads(ctx context.Context, id models.ID) (list []models.BallotHead, err error) {
	err = t.db(ctx).Where("board_id = ?", id).Order("height").Find(&list).Error
	return list, err
}

// BoardReader reads the bytes [from, to) of the archive from the database, a few
// events at a time. What stands on a board never changes, so a reader that was
// cut off goes on where it was, however long the board has become.
func (t *Tenant) BoardReader(ctx context.Context, id models.ID, from, to int64) io.Reader {
	return &boardReader{t: t, ctx: ctx, id: id, at: from, to: to}
}

type boardReader struct {
	t      *Tenant
	ctx    context.Context
	id     models.ID
	at, to int64
	have   []models.BallotEvent
}

const readerBatch = 32

func (r *boardReader) Read(p []byte) (int, error) {
	if r.at >= r.to {
		return 0, io.EOF
	}
	if len(r.have) == 0 {
		err := r.t.db(r.ctx).Select("at", "size", "body").Where("board_id = ? AND at + size > ?", r.id, r.at).
			Where("at < ?", r.to).Where("at >= ?", r.begin()).Order("at").Limit(readerBatch).Find(&r.have).Error
		if err != nil {
			return 0, err
		}
		if len(r.have) == 0 {
			return 0, io.ErrUnexpectedEOF
		}
	}
	e := &r.have[0]
	if e.At > r.at || e.At+e.Size <= r.at {
		return 0, io.ErrUnexpectedEOF
	}
	n := copy(p, e.Body[r.at-e.At:min(e.Size, r.to-e.At)])
	if r.at += int64(n); r.at >= e.At+e.Size {
		r.have = r.have[1:]
	}
	return n, nil
}

// begin bounds the search by the index on the offset: only the setup is longer
// than the longest ballot.
func (r *boardReader) begin() int64 {
	const longest = 2 << 20
	var setup models.BallotEvent
	if r.at < longest {
		return 0
	}
	if err := r.t.db(r.ctx).Select("size").Where("board_id = ? AND height = 0", r.id).Take(&setup).Error; err != nil || r.at < setup.Size {
		return 0
	}
	return r.at - longest
}

// Shelve keeps a spoiled ballot for another device of the voter, sealed with a
// key that stays on the two devices.
func (t *Tenant) Shelve(ctx context.Context, id models.ID, sealed []byte, device []byte) (models.ID, error) {
	if len(sealed) == 0 || len(sealed) > 256<<10 {
		return 0, problem.New(problem.Invalid, "form.needed", nil)
	}
	if _, err := t.PublicBallot(ctx, id); err != nil {
		return 0, err
	}
	var key models.ID
	err := t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
		if err := tx.Limit(fmt.Sprintf("shelf.%s.%x", id, device), shelfPerHour, time.Hour); err != nil {
			return err
		}
		key = tx.NewID()
		return tx.Create(&models.BallotShelf{Tenant: models.Tenant{ID: key}, BoardID: id, Sealed: sealed, ExpiresAt: tx.Now.Add(time.Hour)}).Error
	})
	return key, err
}

const shelfPerHour = 20

// FromShelf is a sealed spoiled ballot; NotFound after an hour.
func (t *Tenant) FromShelf(ctx context.Context, board, id models.ID) ([]byte, error) {
	var s models.BallotShelf
	err := t.db(ctx).Where("id = ? AND board_id = ? AND expires_at > ?", id, board, t.Now()).Take(&s).Error
	return s.Sealed, notFound(err)
}

// dropShelves removes what no second device fetched in time.
func (t *Tenant) dropShelves(ctx context.Context, now time.Time) error {
	var n int64
	if err := t.db(ctx).Model(&models.BallotShelf{}).Where("expires_at <= ?", now).Limit(1).Count(&n).Error; err != nil || n == 0 {
		return err
	}
	return t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
		return tx.Where("expires_at <= ?", now).Delete(&models.BallotShelf{}).Error
	})
}

// checkBallots walks every board: the whole archive is verified as a stranger
// would, and compared with what the rows say of it.
func (t *Tenant) checkBallots(ctx context.Context, found func(string)) error {
	var rows []models.BallotBoard
	if err := t.db(ctx).Omit("credentials").Where("height > 0").Find(&rows).Error; err != nil {
		return err
	}
	for i := range rows {
		b := &rows[i]
		r, err := t.verifyBoard(ctx, b, found)
		if refusal, ok := errors.AsType[*ballot.Refusal](err); ok {
			found("board " + b.ID.String() + ": " + refusal.Error())
			continue
		}
		if err != nil {
			return err
		}
		if r.Head != ballot.Digest(b.Head) || int64(r.Height)+1 != b.Height || r.Ballots != b.Ballots || int(r.Counted) != b.Counted || r.UUID != b.UUID {
			found(fmt.Sprintf("board %s: the archive has %d events and %d ballots of %d voters, the row says %d, %d, %d", b.ID, r.Height+1, r.Ballots, r.Counted, b.Height, b.Ballots, b.Counted))
		}
		if err := t.checkFixed(ctx, b, r.Setup, found); err != nil {
			return err
		}
		voted, err := votersWhoVoted(t.db(ctx), b.ID)
		if err != nil {
			return err
		}
		if voted != b.Counted {
			found(fmt.Sprintf("board %s: %d voters are marked, %d credentials voted", b.ID, voted, b.Counted))
		}
		if err := t.checkHeadsOf(ctx, endOf(b), found); err != nil {
			return err
		}
	}
	return nil
}

// verifyBoard verifies a board, together with its count where paper overrides.
func (t *Tenant) verifyBoard(ctx context.Context, b *models.BallotBoard, found func(string)) (*ballot.Report, error) {
	c, err := t.BallotCount(ctx, b.ID)
	if err != nil {
		return nil, err
	}
	if c != nil && c.Last != "" {
		return t.checkCount(ctx, b, c, found)
	}
	return ballot.Verify(&boardFile{t: t, ctx: ctx, id: b.ID}, b.Bytes, ballot.Options{})
}

func votersWhoVoted(db *gorm.DB, id models.ID) (int, error) {
	var n int64
	err := db.Model(&models.BallotVoter{}).Where("board_id = ? AND voted = ?", id, true).Count(&n).Error
	return int(n), err
}

// checkHeadsOf compares the heads that were printed with their archive, and
// their signatures and that of its end with the server's key.
func (t *Tenant) checkHeadsOf(ctx context.Context, a archiveEnd, found func(string)) error {
	id, key := a.id, t.BallotKey()
	if a.Height > 0 && !ed25519.Verify(key, BallotHeadMessage(a.uuid, a.Height, a.Bytes, a.Head), a.Signature) {
		found(fmt.Sprintf("board %s: its end is not signed with the key of this server", id))
	}
	heads, err := t.Heads(ctx, id)
	if err != nil {
		return err
	}
	for _, h := range heads {
		if !ed25519.Verify(key, BallotHeadMessage(a.uuid, h.Height, h.Bytes, h.Head), h.Signature) {
			found(fmt.Sprintf("board %s: the head of %s is not signed with the key of this server", id, h.Kind))
		}
		var e models.BallotEvent
		err := t.db(ctx).Where("board_id = ? AND height = ?", id, h.Height-1).Take(&e).Error
		if err != nil {
			found(fmt.Sprintf("board %s: the head of %s names an event that is not there", id, h.Kind))
			continue
		}
		if head, err := ballot.PieceHead(e.Body); err != nil || head != ballot.Digest(h.Head) || e.At+e.Size != h.Bytes {
			found(fmt.Sprintf("board %s: the head of %s (%s) is not the board's", id, h.Kind, ballot.Digest(h.Head).Short()))
		}
	}
	return nil
}

// boardFile gives the verifier the archive without a file.
type boardFile struct {
	t   *Tenant
	ctx context.Context
	id  models.ID
}

func (f *boardFile) ReadAt(p []byte, off int64) (int, error) {
	return io.ReadFull(f.t.BoardReader(f.ctx, f.id, off, off+int64(len(p))), p)
}

// BallotResult are the counts of an announced vote; nil before.
func BallotResult(b *models.BallotBoard) [][]int64 {
	if len(b.Result) == 0 {
		return nil
	}
	return ballotCounts(b.Result)
}
