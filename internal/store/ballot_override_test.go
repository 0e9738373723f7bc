package store_test

import (
	"bytes"
	"crypto/ed25519"
	"io"
	"testing"

	"juwu/ballot"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// newOverriding is an election whose electoral committee has decided that a
// paper ballot takes the place of an electronic one.
func newOverriding(t testing.TB, db *storetest.DB, n int) *mixed {
	t.Helper()
	m := newMixedBy(t, db, n, policy.DemonstrationPack, policy.RulePaperOverrides, "true")
	m.start(n)
	return m
}

func (m *mixed) issue(i int) error {
	_, err := m.In(m.c).Issue(ctx, m.as(chairN), m.e.ID, m.s, store.CheckIn{VoterID: m.voters[i].ID, Key: "t1." + m.voters[i].ID.String()})
	return err
}

// file reads the archive of a board or of its count as a stranger downloads it.
func (m *mixed) file(id models.ID, size int64) *bytes.Reader {
	m.t.Helper()
	raw, err := io.ReadAll(m.In(m.c).BoardReader(ctx, id, 0, size))
	must(m.t, err)
	return bytes.NewReader(raw)
}

// TestPaperTakesThePlaceOfAnElectronicBallot: the board stops at EndBallots and
// keeps every ballot; the count is another archive without those whose voters
// came to the table, signed by two people of two bodies; both verify together,
// and the result counts everybody once.
func TestPaperTakesThePlaceOfAnElectronicBallot(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		m := newOverriding(t, db, 9)
		tenant, chair, supervisor := m.In(m.c), m.as(chairN), m.off[models.RoleSupervisor]
		for i := range 8 {
			must(t, m.cast(i, votesOf(1, 1, 2)))
		}
		must(t, m.cast(0, votesOf(2, 3)))
		must(t, m.issue(0)) // came while the board runs
		m.again(0)
		_, err := tenant.Issue(ctx, chair, m.e.ID, m.s, store.CheckIn{VoterID: m.voters[0].ID, Key: "t2.other"})
		wantKind(t, "a second paper", err, problem.Conflict)
		wantKind(t, "a telephone after the table", m.cast(0, votesOf(1, 1)), problem.Conflict)
		must(t, m.issue(8)) // had not voted yet
		m.Clock.Set(m.draft().ClosesAt)
		must(t, tenant.EndBallot(ctx, m.Board.ID))
		must(t, m.issue(1)) // came after the board has ended
		must(t, m.issue(2))
		wantKind(t, "one more would leave too few to be opened", m.issue(3), problem.Conflict)
		for i := range m.voters[9:] {
			must(t, m.issue(9+i))
		}
		wantKind(t, "signing before the polls have closed", tenant.SignExclusions(ctx, supervisor, m.Board.ID), problem.TooEarly)
		paper := len(m.voters) - 5
		m.close(m.s, paper)
		_, err = m.Devices[0].Act(ctx, tenant, m.Board.ID)
		must(t, err)
		b, err := tenant.Ballot(ctx, m.Board.ID)
		must(t, err)
		c, err := tenant.BallotCount(ctx, m.Board.ID)
		must(t, err)
		if b.State != models.BallotEnded || b.MarkKey != nil || c == nil || c.LeftOut != 3 || len(store.BallotsLeftOut(c)) != 4 {
			t.Fatalf("%s with %+v: a list of three voters and four ballots waits for its signatures", b.State, c)
		}
		wantKind(t, "signing by somebody else", tenant.SignExclusions(ctx, m.voter(m.voters[5]), m.Board.ID), problem.Forbidden)
		must(t, tenant.SignExclusions(ctx, supervisor, m.Board.ID))
		wantKind(t, "one person for both", tenant.SignExclusions(ctx, supervisor, m.Board.ID), problem.Conflict)
		wantKind(t, "the list before both have signed", second(tenant.ExclusionList(ctx, b)), problem.NotFound)
		must(t, tenant.SignExclusions(ctx, chair, m.Board.ID))
		must(t, tenant.EndBallot(ctx, m.Board.ID))
		m.count(m.s, policy.Tally{"valid": paper, policy.TallyKey(policy.MarkFor, m.cand[0].ID): paper})
		for _, d := range m.Devices[:2] {
			_, err := d.Act(ctx, tenant, m.Board.ID)
			must(t, err)
		}
		must(t, tenant.SealResult(ctx, chair, m.e.ID))
		m.overridden(b, paper)
		must(t, db.Verify(ctx, func(f store.Finding) { t.Errorf("verify: %+v", f) }))
		must(t, tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
			return tx.Model(&models.BallotCount{}).Where("board_id = ?", m.Board.ID).Update("excluded", c.Excluded[:96]).Error
		}))
		found := 0
		must(t, db.Verify(ctx, func(store.Finding) { found++ }))
		if found == 0 {
			t.Error("verify does not see that the list is shorter than what was left out")
		}
	})
}

// overridden compares board, count, list and result.
func (m *mixed) overridden(b *models.BallotBoard, paper int) {
	t, tenant := m.t, m.In(m.c)
	c, err := tenant.BallotCount(ctx, b.ID)
	must(t, err)
	board, count := m.file(b.ID, b.Bytes), m.file(c.ID, c.Bytes)
	both, err := ballot.Excluded(board, board.Size(), count, count.Size())
	must(t, err)
	list, err := tenant.ExclusionList(ctx, b)
	must(t, err)
	must(t, list.Check(both, m.BallotKey()))
	if both.Board.State != ballot.EventEndBallots || both.Board.Ballots != 9 || both.Count.Ballots != 5 || !both.Count.Announced {
		t.Errorf("board %s with %d ballots, count with %d, announced %v", both.Board.State, both.Board.Ballots, both.Count.Ballots, both.Count.Announced)
	}
	r, err := tenant.PreviewResult(ctx, m.fresh())
	must(t, err)
	if r.Electronic != 5 || r.Participants != paper+5 || m.fresh().EVotes != 5 {
		t.Errorf("%d electronic of %d, %d claimed", r.Electronic, r.Participants, m.fresh().EVotes)
	}
}

// again is the same sending of a tablet once more.
func (m *mixed) again(i int) *store.Issued {
	m.t.Helper()
	out, err := m.In(m.c).Issue(ctx, m.as(chairN), m.e.ID, m.s, store.CheckIn{VoterID: m.voters[i].ID, Key: "t1." + m.voters[i].ID.String()})
	must(m.t, err)
	if !out.Again {
		m.t.Error("the same sending gave out a second paper")
	}
	return out
}

// TestKeysChangeWhileACountRuns: the keys of the server are changed twice while
// a count goes on, once between two signatures and once between two trustees.
// Whoever printed a notice under any of the three keys checks the list with it;
// somebody else's key is refused; the server's own verify takes the heads.
func TestKeysChangeWhileACountRuns(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		m := newOverriding(t, db, 7)
		chair, supervisor := m.as(chairN), m.off[models.RoleSupervisor]
		for i := range 7 {
			must(t, m.cast(i, votesOf(1, 1, 2)))
		}
		must(t, m.issue(0))
		m.Clock.Set(m.draft().ClosesAt)
		must(t, m.In(m.c).EndBallot(ctx, m.Board.ID))
		for i := range m.voters[7:] {
			must(t, m.issue(7+i))
		}
		paper := len(m.voters) - 6
		m.close(m.s, paper)
		_, err := m.Devices[0].Act(ctx, m.In(m.c), m.Board.ID)
		must(t, err)
		must(t, m.In(m.c).SignExclusions(ctx, supervisor, m.Board.ID))
		keys, text := []ed25519.PublicKey{m.BallotKey()}, db.KeyText
		change := func(version int) {
			fresh := store.NewKeyText(version)
			must(t, storetest.Open(t, db.Opt, text+","+fresh).Rotate(ctx))
			m.Store = storetest.Open(t, db.Opt, fresh)
			must(t, m.Load(ctx))
			keys, text = append(keys, m.BallotKey()), fresh
			must(t, m.Verify(ctx, func(f store.Finding) { t.Errorf("after change %d: %+v", version, f) }))
		}
		change(2)
		must(t, m.In(m.c).SignExclusions(ctx, chair, m.Board.ID))
		m.count(m.s, policy.Tally{"valid": paper, policy.TallyKey(policy.MarkFor, m.cand[0].ID): paper})
		_, err = m.Devices[0].Act(ctx, m.In(m.c), m.Board.ID)
		must(t, err)
		change(3)
		_, err = m.Devices[1].Act(ctx, m.In(m.c), m.Board.ID)
		must(t, err)
		must(t, m.In(m.c).SealResult(ctx, chair, m.e.ID))
		m.keyed(keys)
		must(t, m.In(m.c).Write(ctx, storetest.System, func(tx *store.Tx) error {
			return tx.Model(&models.BallotHead{}).Where("board_id = ?", m.Board.ID).Update("signature", make([]byte, ed25519.SignatureSize)).Error
		}))
		found := 0
		must(t, m.Verify(ctx, func(store.Finding) { found++ }))
		if found == 0 {
			t.Error("verify does not see that heads are not signed")
		}
	})
}

// keyed checks the list of a finished count with each key that the server had.
func (m *mixed) keyed(keys []ed25519.PublicKey) {
	t, tenant := m.t, m.In(m.c)
	b, err := tenant.Ballot(ctx, m.Board.ID)
	must(t, err)
	c, err := tenant.BallotCount(ctx, b.ID)
	must(t, err)
	board, count := m.file(b.ID, b.Bytes), m.file(c.ID, c.Bytes)
	both, err := ballot.Excluded(board, board.Size(), count, count.Size())
	must(t, err)
	list, err := tenant.ExclusionList(ctx, b)
	must(t, err)
	for i, k := range keys {
		if err := list.Check(both, k); err != nil {
			t.Errorf("key %d of the notice: %v", i, err)
		}
	}
	foreign, _, err := ed25519.GenerateKey(nil)
	must(t, err)
	if list.Check(both, foreign) == nil {
		t.Error("the list passes under a key that the server never had")
	}
	if len(keys) != 3 || keys[0].Equal(keys[1]) || keys[1].Equal(keys[2]) || b.State != models.BallotAnnounced {
		t.Errorf("%d keys, board %s", len(keys), b.State)
	}
}
