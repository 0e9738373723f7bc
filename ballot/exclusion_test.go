package ballot

import (
	"bytes"
	"testing"
)

// ballots is the archive of a board after some of its ballots, perhaps ended.
func (b *board) replay(end bool, ballots ...*Ballot) []byte {
	b.t.Helper()
	chain, archive, err := NewChain(b.chain.Time)
	add := func(more []byte, err error) {
		b.t.Helper()
		if err != nil {
			b.t.Fatal(err)
		}
		archive = append(archive, more...)
	}
	add(nil, err)
	add(chain.Setup(b.setup))
	for _, x := range ballots {
		add(chain.Ballot(x.Bytes()))
	}
	if end {
		add(chain.EndBallots())
	}
	return archive
}

func excluded(board, tally []byte) ([]Exclusion, error) {
	out, _, err := Excluded(bytes.NewReader(board), int64(len(board)), bytes.NewReader(tally), int64(len(tally)))
	return out, err
}

// boards compares archives; voter 0 votes twice.
func (m mutants) boards(t testing.TB) {
	b := newBoard(t, sampleQuestions[:1], 1, 1, 1)
	first, x := b.cast(0, Votes{{1, 0, 0}}), b.cast(1, Votes{{0, 1, 0}})
	again, y := b.cast(0, Votes{{0, 0, 1}}), b.cast(2, Votes{{0, 1, 0}})
	whole := b.replay(true, first, x, again, y)
	compare := func(code Code, name string, board, tally []byte) {
		m.add(code, name, func() error { _, err := excluded(board, tally); return err })
	}
	compare(CodeBoardOpen, "still open", b.replay(false, first, x, again, y), b.replay(true, x, y))
	compare(CodeBoardPartly, "the later ballot left out", whole, b.replay(true, first, x, y))
	compare(CodeBoardPartly, "the earlier ballot left out", whole, b.replay(true, x, again, y))
	compare(CodeBoardForeign, "another order", b.replay(true, x, y), b.replay(true, y, x))
	compare(CodeBoardForeign, "a ballot that nobody saw", b.replay(true, x), b.replay(true, x, y))
	other := newBoard(t, sampleQuestions[:1], 1)
	compare(CodeBoardSetup, "another election", whole, other.replay(true))
	got, err := excluded(whole, b.replay(true, x, y))
	if err != nil || len(got) != 2 || got[0].Ballot != DigestOf(first.Bytes()) || got[1].Credential != again.Credential {
		t.Fatalf("excluded %v %v", got, err)
	}
	if none, err := excluded(whole, whole); err != nil || len(none) != 0 {
		t.Fatalf("the same board excludes %v %v", none, err)
	}
}

func TestRemaining(t *testing.T) {
	b := newBoard(t, sampleQuestions[:1], 1, 1, 1)
	first, x := b.cast(0, Votes{{1, 0, 0}}), b.cast(1, Votes{{0, 1, 0}})
	again := b.cast(0, Votes{{0, 0, 1}})
	whole := b.replay(true, first, x, again)
	var out bytes.Buffer
	chain, err := Remaining(&out, bytes.NewReader(whole), int64(len(whole)),
		func(e Exclusion) bool { return e.Credential == first.Credential })
	if err != nil {
		t.Fatal(err)
	}
	same(t, "events", chain.Events, 2)
	same(t, "archive", out.String(), string(b.replay(false, x)))
	got, err := excluded(whole, out.Bytes())
	if err != nil || len(got) != 2 {
		t.Fatalf("excluded %v %v", got, err)
	}
}
