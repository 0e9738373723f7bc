package e2e

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"juwu/ballot"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// Of a spike: many more than the house lets in at once come before the opening
// and do not go away, and others come in the second of the closing. 64 voters
// send them all: each of their ballots but the first is a revote.
const (
	spikeVoters = 64
	spikeWait   = 6 * time.Second // for the server to start and the crowd to come
	spikeLasts  = 8 * time.Second
)

// spikeSizes are the ballots of the opening and of the closing: a quarter of the
// crowd, and all of it where JUWU_SOAK asks.
func spikeSizes() (opening, closing int) {
	if os.Getenv("JUWU_SOAK") != "" {
		return 640, 320
	}
	return 160, 80
}

// TestSpikeAtOpeningAndClosing: nobody is taken before the opening or after the
// closing by the clock of the transaction, who finds the house full is told to
// come back and then is taken, and each ballot that has a receipt stands on the
// board once, where the receipt says.
func TestSpikeAtOpeningAndClosing(t *testing.T) { onBoth(t, spikes) }

func spikes(t *testing.T, dsn string) {
	if testing.Short() {
		t.Skip("a thousand ballots by HTTP")
	}
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	p := newPoll(t, dsn, spikeVoters)
	opening, closing := spikeSizes()
	raws := make([][]byte, opening+closing)
	for i := range raws {
		if raws[i], err = storetest.Encrypt(p.setup, p.slips[i%spikeVoters], ballot.Votes{{1, 0}}); err != nil {
			t.Fatal(err)
		}
	}
	p.opensIn(spikeWait, spikeLasts)
	s, err := p.start(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	x := &spike{poll: p, castings: newCastings(p), base: s.URL}
	var all sync.WaitGroup
	for i, raw := range raws {
		all.Go(func() {
			if i >= opening {
				across := time.Duration(i-opening) * time.Second / time.Duration(closing)
				<-time.After(time.Until(p.closes.Add(across - time.Second/2)))
			}
			x.insists(i%spikeVoters, raw)
		})
	}
	all.Wait()
	if len(x.receipts) == 0 || x.early.Load() == 0 || x.late.Load() == 0 {
		t.Errorf("%d taken, %d came too early, %d too late", len(x.receipts), x.early.Load(), x.late.Load())
	}
	p.checkBoard(s.URL, binary, x.receipts)
	t.Logf("%d ballots: %d taken, %d times too early, %d times a full house or no answer, %d too late", len(raws), len(x.receipts), x.early.Load(), x.busy.Load(), x.late.Load())
}

// opensIn sets the hours of the board from now on.
func (p *poll) opensIn(wait, lasts time.Duration) {
	p.t.Helper()
	s := p.opened()
	p.opens = time.Now().Add(wait).Truncate(time.Millisecond)
	p.closes = p.opens.Add(lasts)
	err := s.Load(context.Background())
	c, err2 := s.CommunityByCode(context.Background(), "hemuli")
	if err = errors.Join(err, err2); err == nil {
		err = s.In(c).Write(context.Background(), storetest.System, func(tx *store.Tx) error {
			return tx.Model(&models.BallotBoard{}).Where("id = ?", p.board).Updates(map[string]any{"opens_at": p.opens.UTC(), "closes_at": p.closes.UTC()}).Error
		})
	}
	if err := errors.Join(err, s.Close()); err != nil {
		p.t.Fatal(err)
	}
}

type spike struct {
	*poll
	*castings
	base              string
	early, busy, late atomic.Int64
}

// insists sends until there is a receipt or the vote has closed.
func (x *spike) insists(voter int, raw []byte) {
	for {
		begun := time.Now()
		height, refused := x.send(x.base, voter, raw)
		switch {
		case height >= 0:
			if time.Now().Before(x.opens) || begun.After(x.closes) {
				x.poll.t.Errorf("taken at %s, open from %s to %s", begun, x.opens, x.closes)
			}
			x.note(voter, raw, height, "")
			return
		case refused == "":
			x.busy.Add(1)
		case strings.HasPrefix(refused, "409 "), strings.HasPrefix(refused, "425 "):
			if time.Now().After(x.opens.Add(time.Second)) {
				x.late.Add(1)
				return
			}
			x.early.Add(1)
		default:
			x.poll.t.Errorf("refused: %s", refused)
			return
		}
		<-time.After(100 * time.Millisecond) // a voter's own pause before sending again
	}
}
