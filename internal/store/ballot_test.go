package store_test

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"juwu/ballot"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// polling is a poll that stands open: three trustees, people with logins, and
// a slip for each.
type polling struct {
	*desk
	*storetest.Vote
	voters []models.Actor
	rights []models.ID // each voter's own right to vote
	draft  store.BallotDraft
}

var lampQuestions = []models.BallotQuestion{
	{Text: "楼道灯换成感应灯吗？", Answers: []string{"换", "不换"}, Blank: true, Min: 1, Max: 1},
	{Text: "先修哪两处？", Answers: []string{"大门", "花坛", "车棚"}, Min: 0, Max: 2},
}

func pollDraft(from time.Time) store.BallotDraft {
	return store.BallotDraft{Kind: models.BallotPoll, Unit: models.PerPerson, Title: "楼道灯征求意见", Description: "只问意见",
		Questions: lampQuestions, Channel: models.ViaRemote, OpensAt: from, ClosesAt: from.Add(48 * time.Hour), Threshold: 2, Size: 3}
}

func newPolling(t testing.TB, db *storetest.DB, people int) *polling {
	t.Helper()
	p := &polling{desk: newDesk(t, db), draft: pollDraft(db.Now())}
	p.people(people, "")
	o := p.office()
	var err error
	p.Vote, err = storetest.OpenVote(ctx, p.in(), o, p.draft, people)
	must(t, err)
	for _, a := range p.voters {
		votes, err := p.in().MyVotes(ctx, a, p.Board.ID)
		must(t, err)
		p.rights = append(p.rights, votes[0].VoterID)
	}
	return p
}

// people puts n adults on the roll, each with a login that is tied to them.
func (p *polling) people(n int, _ string) {
	p.t.Helper()
	for i := range n {
		name := "居民" + strconv.Itoa(i)
		id := p.adult(name)
		u, err := p.EnsureUser(ctx, storetest.System, fmt.Sprintf("139%08d", i), name)
		must(p.t, err)
		p.voters = append(p.voters, linked(models.Actor{UserID: u.ID, Name: name}, p.c.ID, id))
	}
}

func (p *polling) adult(name string) models.ID {
	p.t.Helper()
	var id models.ID
	err := p.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		id = tx.NewID()
		return tx.Create(&models.Resident{Tenant: models.Tenant{ID: id}, Name: name, Birth: "1960-01-01", State: models.ResidentActive,
			Presence: models.PresenceBoth, Source: "desk", CreatedAt: tx.Now, UpdatedAt: tx.Now}).Error
	})
	must(p.t, err)
	return id
}

func (p *polling) resident(i int) models.ID { return p.voters[i].Links[0].ResidentID }

func (p *polling) office() storetest.Office {
	p.t.Helper()
	o := storetest.Office{Prepares: p.member, Registers: p.supervisor, Opens: p.director}
	for i := range 3 {
		phone := fmt.Sprintf("138%08d", i)
		u, err := p.EnsureUser(ctx, storetest.System, phone, "保管人"+strconv.Itoa(i))
		must(p.t, err)
		o.Trustees, o.Phones = append(o.Trustees, models.Actor{UserID: u.ID, Name: u.Name}), append(o.Phones, phone)
	}
	return o
}

var lampVotes = []ballot.Votes{{{0, 1, 0}, {1, 1, 0}}, {{0, 0, 1}, {0, 0, 0}}, {{1, 0, 0}, {0, 0, 1}}}

func (p *polling) encrypt(i int, v ballot.Votes) []byte {
	p.t.Helper()
	raw, err := storetest.Encrypt(p.Setup, p.Slips[i], v)
	must(p.t, err)
	return raw
}

func (p *polling) cast(i int, raw []byte) (*store.Receipt, error) {
	return p.in().CastBallot(ctx, p.voters[i], p.Board.ID, p.rights[i], raw)
}

func (p *polling) mustCast(i int, v ballot.Votes) *store.Receipt {
	p.t.Helper()
	raw := p.encrypt(i, v)
	r, err := p.cast(i, raw)
	must(p.t, err)
	if r.Tracker != ballot.Tracker(raw) {
		p.t.Errorf("tracker %s", r.Tracker)
	}
	return r
}

// archive reads the board as a stranger downloads it, and verifies it.
func (p *polling) archive() ([]byte, *ballot.Report) {
	p.t.Helper()
	b, err := p.in().Ballot(ctx, p.Board.ID)
	must(p.t, err)
	raw, err := io.ReadAll(p.in().BoardReader(ctx, b.ID, 0, b.Bytes))
	must(p.t, err)
	r, err := ballot.Verify(bytes.NewReader(raw), int64(len(raw)), ballot.Options{})
	must(p.t, err)
	return raw, r
}

func (p *polling) wantKind(what string, err error, kind problem.Kind) {
	p.t.Helper()
	if !problem.Is(err, kind) {
		p.t.Errorf("%s: %v, want %v", what, err, kind)
	}
}

func (p *polling) sound() {
	p.t.Helper()
	must(p.t, p.Verify(ctx, func(f store.Finding) { p.t.Errorf("verify: %+v", f) }))
}

func TestVoteFromDraftToResult(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		p := newPolling(t, db, 6)
		for i := range 6 {
			p.mustCast(i, lampVotes[i%3])
		}
		if r := p.mustCast(0, lampVotes[1]); !r.Revote || r.Again {
			t.Errorf("revote: %+v", r)
		}
		early, _ := p.archive()
		p.wantKind("ending while it runs", p.in().EndBallot(ctx, p.Board.ID), problem.TooEarly)
		db.Clock.Set(p.draft.ClosesAt)
		_, err := p.cast(1, p.encrypt(1, lampVotes[0]))
		p.wantKind("at the closing instant", err, problem.TooLate)
		ended, err := db.KeepBallots(ctx, db.Now())
		must(t, err)
		if ended != 1 {
			t.Errorf("%d votes ended", ended)
		}
		for i := range 2 {
			step, err := p.Devices[2*i].Act(ctx, p.in(), p.Board.ID)
			must(t, err)
			if step != store.TrusteeDecrypt {
				t.Errorf("step %q", step)
			}
		}
		b, err := p.in().Ballot(ctx, p.Board.ID)
		must(t, err)
		want := [][]int64{{2, 1, 3}, {1, 1, 2}}
		if b.State != models.BallotAnnounced || b.Counted != 6 || b.Ballots != 7 || cmp.Diff(want, storetest.ResultOf(b)) != "" {
			t.Errorf("%+v %v", b, storetest.ResultOf(b))
		}
		whole, r := p.archive()
		if !r.Announced || !bytes.HasPrefix(whole, early) {
			t.Error("what was published earlier is not the beginning of the board")
		}
		p.sound()
	})
}

func TestResendingGivesTheSameReceipt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		p := newPolling(t, db, 6)
		raw := p.encrypt(0, lampVotes[0])
		first, err := p.cast(0, raw)
		must(t, err)
		p.mustCast(0, lampVotes[1])
		again, err := p.cast(0, raw)
		must(t, err)
		if !again.Again || again.Height != first.Height || again.Tracker != first.Tracker {
			t.Errorf("%+v after %+v", again, first)
		}
		// Not the last one: sending an old ballot again does not make it count.
		from := ballot.DigestOf(raw)
		found, err := p.in().FindBallot(ctx, p.Board.ID, from, from)
		must(t, err)
		if found.Last || found.Height != first.Height {
			t.Errorf("%+v", found)
		}
		db.Clock.Set(p.draft.ClosesAt.Add(time.Hour))
		if late, err := p.cast(0, raw); err != nil || !late.Again {
			t.Errorf("a resend after closing: %+v, %v", late, err)
		}
		if _, r := p.archive(); r.Ballots != 2 || r.Counted != 1 {
			t.Errorf("%d ballots of %d", r.Ballots, r.Counted)
		}
		p.sound()
	})
}

// TestTwoKeysToVote: a slip without its login, a login without its slip.
func TestTwoKeysToVote(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		p := newPolling(t, db, 6)
		cast := func(a models.Actor, right models.ID, slip int) error {
			_, err := p.in().CastBallot(ctx, a, p.Board.ID, right, p.encrypt(slip, lampVotes[0]))
			return err
		}
		p.wantKind("nobody", cast(models.Actor{}, p.rights[0], 0), problem.Unauthorized)
		ordinary := p.voters[0]
		ordinary.Links = []models.ResidentLink{ordinary.Links[0]}
		ordinary.Links[0].State = models.LinkOrdinary
		p.wantKind("a login that is not confirmed", cast(ordinary, p.rights[0], 0), problem.Forbidden)
		p.wantKind("another's right", cast(p.voters[1], p.rights[0], 0), problem.Forbidden)
		p.wantKind("no such right", cast(p.voters[1], 12345, 0), problem.Forbidden)
		must(t, cast(p.voters[0], p.rights[0], 0))
		p.wantKind("one login, two slips", cast(p.voters[0], p.rights[0], 1), problem.Conflict)
		p.wantKind("one slip, two logins", cast(p.voters[1], p.rights[1], 0), problem.Conflict)
		must(t, cast(p.voters[1], p.rights[1], 1))
		must(t, p.in().BarByPaper(ctx, p.supervisor, p.Board.ID, p.resident(2)))
		p.wantKind("paper bars", cast(p.voters[2], p.rights[2], 2), problem.Conflict)
		p.wantKind("an electronic ballot bars paper", p.in().BarByPaper(ctx, p.supervisor, p.Board.ID, p.resident(0)), problem.Conflict)
		if _, r := p.archive(); r.Ballots != 2 {
			t.Errorf("%d ballots", r.Ballots)
		}
		p.sound()
	})
}

// TestNothingJoinsVoterAndBallot: when the vote has ended, no row and no audit
// line tells whose ballot is whose, and none holds an hour beside a voter.
func TestNothingJoinsVoterAndBallot(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		p := newPolling(t, db, 6)
		for i := range 6 {
			p.mustCast(i, lampVotes[0])
		}
		db.Clock.Set(p.draft.ClosesAt)
		must(t, p.in().EndBallot(ctx, p.Board.ID))
		must(t, p.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
			var marks, keys int64
			must(t, tx.Model(&models.BallotVoter{}).Where("mark IS NOT NULL").Count(&marks).Error)
			must(t, tx.Model(&models.BallotBoard{}).Where("mark_key IS NOT NULL").Count(&keys).Error)
			if marks+keys != 0 {
				t.Errorf("%d marks, %d keys are left", marks, keys)
			}
			var rows []models.AuditRow
			must(t, tx.Where("action = ?", "ballot.cast").Find(&rows).Error)
			for _, r := range rows {
				if r.ActorID != 0 {
					t.Errorf("a line of the audit names who voted: %+v", r)
				}
			}
			return nil
		}))
	})
}

func TestTooFewToDecrypt(t *testing.T) {
	t.Parallel()
	p := newPolling(t, storetest.New(t), 6)
	for i := range 4 {
		p.mustCast(i, lampVotes[0])
	}
	p.Clock.Set(p.draft.ClosesAt)
	must(t, p.in().EndBallot(ctx, p.Board.ID))
	b, err := p.in().Ballot(ctx, p.Board.ID)
	must(t, err)
	if _, r := p.archive(); b.State != models.BallotFew || r.State != ballot.EventEndBallots {
		t.Errorf("%s, %s: four votes may be decrypted", b.State, r.State)
	}
	if step, err := p.Devices[0].Act(ctx, p.in(), p.Board.ID); err != nil || step != store.TrusteeWaits {
		t.Errorf("%q %v", step, err)
	}
}

// TestNobodyHasTwoVotes: a list in which a slip weighs more than the others is
// not taken, whoever hands it in.
func TestNobodyHasTwoVotes(t *testing.T) {
	t.Parallel()
	p := newPolling(t, storetest.New(t), 6)
	d := p.draft
	d.Title = "第二次征求意见"
	d.OpensAt, d.ClosesAt = p.Now().Add(time.Hour), p.Now().Add(48*time.Hour)
	b, err := p.in().CreateBallot(ctx, p.member, d)
	must(t, err)
	o := p.office()
	for i, phone := range o.Phones {
		must(t, p.in().NameTrustee(ctx, o.Prepares, b.ID, i+1, phone, "outside"))
	}
	must(t, p.in().FixBallot(ctx, o.Prepares, b.ID))
	_, plain, err := storetest.Slips(b.UUID, 2)
	must(t, err)
	list, err := ballot.ParseCredentials(plain)
	must(t, err)
	list.Weighted = true
	list.List[0].Weight = 2
	p.wantKind("a slip that weighs two", p.in().TakeCredentials(ctx, o.Registers, b.ID, list.Bytes()), problem.Invalid)
	must(t, p.in().TakeCredentials(ctx, o.Registers, b.ID, plain))
}
