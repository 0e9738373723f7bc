package store_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"juwu/ballot"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
)

// two is the polling place seen from two processes on one database,
// with one clock.
func (p *polling) two() []*store.Tenant {
	p.t.Helper()
	second := p.Second(p.t)
	must(p.t, second.Load(ctx))
	return []*store.Tenant{p.in(), second.In(p.c)}
}

// three adds a process whose clock is five seconds late.
func (p *polling) three() []*store.Tenant {
	p.t.Helper()
	opt := p.Opt
	opt.Now = func() time.Time { return p.Clock.Now().Add(-5 * time.Second) }
	late := storetest.Open(p.t, opt, p.KeyText)
	must(p.t, late.Load(ctx))
	return append(p.two(), late.In(p.c))
}

// TestThreeProcessesKeepOneChain: everybody votes and votes again, through three
// processes at once, the clock of one of them five seconds late. What was
// acknowledged stands on the board exactly once, and each voter's last
// acknowledged ballot is the one that counts.
func TestThreeProcessesKeepOneChain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		p := newPolling(t, db, 8)
		db.Clock.Add(time.Minute)
		doors := p.three()
		var mu sync.Mutex
		acknowledged := map[string]int64{}
		var all sync.WaitGroup
		for i := range p.voters {
			for round := range 3 {
				raw := p.encrypt(i, lampVotes[(i+round)%3])
				all.Go(func() {
					r, err := doors[(i+round)%3].CastBallot(ctx, p.voters[i], p.Board.ID, p.rights[i], raw)
					if err != nil {
						t.Errorf("voter %d, round %d: %v", i, round, err)
						return
					}
					mu.Lock()
					defer mu.Unlock()
					if _, twice := acknowledged[r.Tracker]; twice || r.Again {
						t.Errorf("%s was acknowledged twice", r.Tracker)
					}
					acknowledged[r.Tracker] = r.Height
				})
			}
		}
		all.Wait()
		_, report := p.archive()
		if report.Ballots != len(acknowledged) || report.Counted != int64(len(p.voters)) {
			t.Errorf("%d ballots of %d voters on the board, %d acknowledged", report.Ballots, report.Counted, len(acknowledged))
		}
		lines, err := p.in().NewestEvents(ctx, p.Board.ID, 0, 100)
		must(t, err)
		for _, l := range lines {
			if l.Type == ballot.EventBallot && acknowledged[l.Payload.Short()] != l.Height {
				t.Errorf("%s stands at %d, its receipt says %d", l.Payload.Short(), l.Height, acknowledged[l.Payload.Short()])
			}
		}
		p.sound()
	})
}

// TestOneSlipInTwoHands: two logins send ballots of one slip through two
// processes at once; one of them keeps it.
func TestOneSlipInTwoHands(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		p := newPolling(t, db, 6)
		doors := p.two()
		var all sync.WaitGroup
		errs := make([]error, 2)
		for i := range 2 {
			raw := p.encrypt(0, lampVotes[i])
			all.Go(func() { _, errs[i] = doors[i].CastBallot(ctx, p.voters[i], p.Board.ID, p.rights[i], raw) })
		}
		all.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("%v, %v: exactly one must be taken", errs[0], errs[1])
		}
		for _, err := range errs {
			if err != nil && !problem.Is(err, problem.Conflict) {
				t.Error(err)
			}
		}
		if _, r := p.archive(); r.Ballots != 1 {
			t.Errorf("%d ballots", r.Ballots)
		}
		p.sound()
	})
}

// TestClosingInTheMiddle: the vote ends while ballots are on their way. Whoever
// was told that the ballot is taken finds it before EndBallots.
func TestClosingInTheMiddle(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		p := newPolling(t, db, 12)
		doors := p.two()
		seed := uint64(time.Now().UnixNano()) //forbid:allow time.Now the seed is printed
		random := rand.New(rand.NewPCG(seed, 1))
		t.Logf("seed %d", seed)
		closer := random.IntN(len(p.voters))
		var mu sync.Mutex
		var taken []string
		var all sync.WaitGroup
		for i := range p.voters {
			raw := p.encrypt(i, lampVotes[i%3])
			all.Go(func() {
				if i == closer {
					db.Clock.Set(p.draft.ClosesAt)
					for _, d := range doors {
						if err := d.EndBallot(ctx, p.Board.ID); err != nil {
							t.Error(err)
						}
					}
					return
				}
				r, err := doors[i%2].CastBallot(ctx, p.voters[i], p.Board.ID, p.rights[i], raw)
				switch {
				case err == nil:
					mu.Lock()
					taken = append(taken, r.Tracker)
					mu.Unlock()
				case !problem.Is(err, problem.TooLate):
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, d := range doors {
			must(t, d.EndBallot(ctx, p.Board.ID))
		}
		_, r := p.archive()
		if r.Ballots != len(taken) || r.State == ballot.EventBallot {
			t.Errorf("%d ballots, %d acknowledged, state %s", r.Ballots, len(taken), r.State)
		}
		p.sound()
	})
}

// TestShedsPolitely: more at the door than the house holds are asked to come
// back, and those inside are served.
func TestShedsPolitely(t *testing.T) { // alone: the door is the process's
	p := newPolling(t, storetest.New(t), 6)
	release := store.FillTheDoor()
	_, err := p.cast(0, p.encrypt(0, lampVotes[0]))
	p.wantKind("a full house", err, problem.Unavailable)
	release()
	p.mustCast(0, lampVotes[0])
	p.sound()
}
