package ballot

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// TestWhereRefused: a refusal names the event that carries the fault, also when
// it was found later because ballots are verified in batches.
func TestWhereRefused(t *testing.T) {
	for name, event := range map[string]int{
		"ballot-vote-of-two": 1, "closed-vote-of-100": 1, "replayed-ballot": 4, "result-altered": 8,
		"trustee-pok-wrong": 0, "pd-weak-fiat-shamir": 7, "trailing-garbage": 9,
	} {
		_, err := verifyBytes(sample(t, "negative/"+name+".bel.gz"))
		var r *Refusal
		if !errors.As(err, &r) || r.Event != event {
			t.Errorf("%s: %v, want event %d", name, err, event)
		}
	}
}

// TestFirstFault: of two faults the earlier one is told, although the later one
// is met first.
func TestFirstFault(t *testing.T) {
	items := dissect(t, sample(t, "negative/ballot-vote-of-two.bel.gz"))
	_, err := verifyBytes(append(forge(items), "rubbish"...))
	same(t, "code", codeOf(t, err), CodeBallotIndividual)
}

// failing is a file whose disk fails.
type failing struct{ io.ReaderAt }

var errDisk = errors.New("disk")

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errDisk }

func TestDiskFails(t *testing.T) {
	whole := sample(t, "mini/election.bel.gz")
	size := int64(len(whole))
	fine := bytes.NewReader(whole)
	for name, run := range map[string]func() error{
		"archive":  func() error { _, err := Verify(failing{}, size, Options{}); return err },
		"previous": func() error { _, err := Verify(fine, size, Options{failing{}, size}); return err },
		"compared": func() error { _, err := Verify(failing{}, size, Options{fine, size}); return err },
	} {
		err := run()
		var r *Refusal
		if !errors.Is(err, errDisk) || errors.As(err, &r) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBatchesAreBounded: however large or many ballots are, they are verified
// before more are kept than a batch may hold.
func TestBatchesAreBounded(t *testing.T) {
	setup := must[*Report](t)(verifyBytes(sample(t, "mini/setup-only.bel.gz"))).Setup
	for name, c := range map[string]struct{ size, limit int }{
		"large": {maxBallot, batchBytes/maxBallot + 1},
		"many":  {100, batchBallots + 1},
	} {
		v := &verifier{setup: setup, report: new(Report), seen: map[Digest]bool{}, tally: setup.NewTally()}
		var err error
		n := 0
		for ; err == nil && n <= c.limit; n++ {
			body := []byte(strings.Repeat("x", c.size))
			err = v.readBallot(&record{body: body, digest: Digest{byte(n), byte(n >> 8)}})
		}
		if codeOf(t, err) != CodeSyntax {
			t.Errorf("%s: %d ballots were kept", name, n)
		}
	}
}

// forward can be read from the beginning to the end, but not again.
type forward struct {
	*bytes.Reader
	next int64
}

func (f *forward) ReadAt(p []byte, at int64) (int, error) {
	if at < f.next {
		return 0, errDisk
	}
	n, err := f.Reader.ReadAt(p, at)
	f.next = at + int64(n)
	return n, err
}

func TestDiskFailsAtRevote(t *testing.T) {
	b := newBoard(t, sampleQuestions[:1], 1)
	b.cast(0, Votes{{1, 0, 0}})
	once := &forward{Reader: bytes.NewReader(b.archive)}
	if _, err := Verify(once, int64(len(b.archive)), Options{}); err != nil {
		t.Fatal(err)
	}
	b.cast(0, Votes{{0, 1, 0}})
	again := &forward{Reader: bytes.NewReader(b.archive)}
	if _, err := Verify(again, int64(len(b.archive)), Options{}); !errors.Is(err, errDisk) {
		t.Errorf("the earlier ballot could not be read: %v", err)
	}
}
