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
	"juwu/models"
)

// two is the polling place seen from two processes on one database,
// with one clock.
func (p *polling) two() []*store.Tenant {
	p.t.Helper()
	second := p.Second(p.t)
	must(p.t, second.Load(ctx))
	return []*store.Tenant{p.in(), second.In(p.c)}
}

// TestTwoProcessesKeepOneChain: everybody votes and votes again, through two
// processes at once. What was acknowledged stands on the board exactly once, and
// each voter's last acknowledged ballot is the one that counts.
func TestTwoProcessesKeepOneChain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		p := newPolling(t, db, 8)
		doors := p.two()
		var mu sync.Mutex
		acknowledged := map[string]int64{}
		var all sync.WaitGroup
		for i := range p.voters {
			for round := range 3 {
				raw := p.encrypt(i, lampVotes[(i+round)%3])
				all.Go(func() {
					r, err := doors[(i+round)%2].CastBallot(ctx, p.voters[i], p.Board.ID, p.rights[i], raw)
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
func TestShedsPolitely(t *testing.T) {
	p := newPolling(t, storetest.New(t), 6)
	release := store.FillTheDoor()
	_, err := p.cast(0, p.encrypt(0, lampVotes[0]))
	p.wantKind("a full house", err, problem.Unavailable)
	release()
	p.mustCast(0, lampVotes[0])
	p.sound()
}

// electionOf makes an election of the electoral office whose voters are the
// polling's people; the last one votes on paper, the one before by a proxy.
func electionOf(p *polling) (models.ID, []models.ID) {
	p.t.Helper()
	var e models.Election
	var rows []models.Voter
	must(p.t, p.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		e = models.Election{Tenant: models.Tenant{ID: tx.NewID()}, Kind: models.ElectionGeneral, Title: "换届", Mode: models.ModeVoters,
			State: models.ElectionVoting, Day: tx.Day(), Electronic: true, Listed: len(p.voters), Voters: len(p.voters), Electors: len(p.voters), CreatedAt: tx.Now, UpdatedAt: tx.Now}
		rows = nil
		for i, a := range p.voters {
			resident := a.Links[0].ResidentID
			v := models.Voter{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: e.ID, Number: i + 1, ResidentID: &resident, Name: a.Name,
				State: models.VoterDeclared, Elector: true, Channel: models.ChannelElectronic, CreatedAt: tx.Now}
			if i == len(p.voters)-1 {
				v.Channel = models.ChannelPaper
			}
			if i == len(p.voters)-2 {
				v.ProxyID = rows[0].ID
			}
			rows = append(rows, v)
		}
		if err := tx.Create(&e).Error; err != nil {
			return err
		}
		return tx.Create(&rows).Error
	}))
	ids := make([]models.ID, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	return e.ID, ids
}

// TestElectionClaimsTheChannel: an electronic ballot uses up the voter's one
// vote in the electoral office, a second one replaces it without using another,
// and the proxy votes for the absent one with that one's own slip.
func TestElectionClaimsTheChannel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		p := &polling{desk: newDesk(t, db)}
		p.people(8, "")
		election, voters := electionOf(p)
		p.draft = pollDraft(db.Now())
		p.draft.Kind, p.draft.ElectionID, p.draft.Pack = models.BallotElection, election, "urban2025"
		_, err := p.in().CreateBallot(ctx, p.member, p.draft)
		p.wantKind("voting at home in a statutory election", err, problem.Forbidden)
		p.draft.Channel = models.ViaOnsite
		_, err = p.in().CreateBallot(ctx, p.member, p.draft)
		p.wantKind("tablets without the street", err, problem.Forbidden)
		p.draft.Approval = "和平街道〔2026〕18号"
		p.Vote, err = storetest.OpenVote(ctx, p.in(), p.office(), p.draft, 7)
		must(t, err)
		if p.Board.Voters != 7 {
			t.Errorf("%d voters, want all but the one on paper", p.Board.Voters)
		}
		mine, err := p.in().MyVotes(ctx, p.voters[0], p.Board.ID)
		must(t, err)
		if len(mine) != 2 || mine[0].Proxy || !mine[1].Proxy || mine[1].For != p.voters[6].Name {
			t.Fatalf("%+v", mine)
		}
		cast := func(who int, right models.ID, slip int) error {
			_, err := p.in().CastBallot(ctx, p.voters[who], p.Board.ID, right, p.encrypt(slip, lampVotes[0]))
			return err
		}
		must(t, cast(0, mine[0].VoterID, 0))
		must(t, cast(0, mine[0].VoterID, 0))
		p.wantKind("one slip for two votes", cast(0, mine[1].VoterID, 0), problem.Conflict)
		must(t, cast(0, mine[1].VoterID, 6))
		absent, err := p.in().MyVotes(ctx, p.voters[6], p.Board.ID)
		must(t, err)
		if len(absent) != 0 {
			t.Errorf("whoever gave a mandate still votes: %+v", absent)
		}
		var row models.Voter
		var e models.Election
		must(t, p.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
			row = models.Voter{}
			if err := tx.Where("id = ?", voters[0]).Take(&row).Error; err != nil {
				return err
			}
			e = models.Election{}
			if err := tx.Where("id = ?", election).Take(&e).Error; err != nil {
				return err
			}
			return store.Changed(tx.Model(&models.Election{}).Where("id = ?", election).Update("state", models.ElectionCounting))
		}))
		if row.UsedChannel != models.ChannelElectronic || e.EVotes != 2 {
			t.Errorf("channel %q, %d electronic votes, want 2", row.UsedChannel, e.EVotes)
		}
		rights, err := p.in().MyVotes(ctx, p.voters[1], p.Board.ID)
		must(t, err)
		p.wantKind("after the office has closed the polls", cast(1, rights[0].VoterID, 1), problem.TooLate)
		if _, r := p.archive(); r.Ballots != 3 || r.Counted != 2 {
			t.Errorf("%d ballots of %d", r.Ballots, r.Counted)
		}
		p.sound()
	})
}

// TestDemonstrationPackAlone opens voting at home in a statutory election.
func TestDemonstrationPackAlone(t *testing.T) {
	p := &polling{desk: newDesk(t, storetest.New(t))}
	p.people(6, "")
	election, _ := electionOf(p)
	p.draft = pollDraft(p.Now())
	p.draft.Kind, p.draft.ElectionID, p.draft.Pack = models.BallotElection, election, "demonstration"
	b, err := p.in().CreateBallot(ctx, p.member, p.draft)
	must(t, err)
	if !b.Demo {
		t.Error("nothing on its pages says that it is a demonstration")
	}
}
