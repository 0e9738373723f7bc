package ballot

import (
	"errors"
	"io"
	"strconv"
)

// Where the rules let a paper vote override an electronic one, the board that
// everybody saw ends with EndBallots, and the count is made on a second
// archive: the same Setup, then the ballots that remain, in the same order.

// Exclusion is a ballot of the board that the tally archive leaves out.
type Exclusion struct {
	Ballot     Digest
	Credential Element
}

// entry is a ballot on a board.
type entry struct {
	digest     Digest
	credential Element
}

// Compared is what the archive of a board and that of its count say together.
type Compared struct {
	Board, Count *Report
	Excluded     []Exclusion // what the count leaves out, in the order of the board
}

// Excluded verifies both archives and compares them. What the tally archive
// leaves out is to be compared with the signed list (ExclusionList.Check). A
// credential is left out with all its ballots or not at all: leaving out only
// the last would revive a vote that the voter had replaced.
func Excluded(board io.ReaderAt, boardSize int64, tally io.ReaderAt, tallySize int64) (*Compared, error) {
	var c Compared
	var err error
	if c.Board, err = Verify(board, boardSize, Options{}); err != nil {
		return nil, err
	}
	if c.Board.State != EventEndBallots && on(CodeBoardOpen) {
		return nil, refuse(CodeBoardOpen, "")
	}
	if c.Count, err = Verify(tally, tallySize, Options{}); err != nil {
		return nil, err
	}
	if c.Count.Checksums != c.Board.Checksums && on(CodeBoardSetup) {
		return nil, refuse(CodeBoardSetup, "")
	}
	all, err := entries(board, boardSize)
	if err != nil {
		return nil, err
	}
	kept, err := entries(tally, tallySize)
	if err != nil {
		return nil, err
	}
	c.Excluded, err = leftOut(all, kept)
	return &c, err
}

// Remaining writes the beginning of the tally archive: the board's setup and
// its ballots without those that leaveOut names. The archive is continued by
// the chain it returns. The board must have been verified.
func Remaining(w io.Writer, board io.ReaderAt, size int64, leaveOut func(Exclusion) bool) (Chain, error) {
	a := newArchiveReader(board, size)
	var chain Chain
	var data [][]byte
	for {
		r, err := a.next()
		if errors.Is(err, io.EOF) {
			return chain, nil
		}
		if err != nil {
			return chain, err
		}
		var out []byte
		switch {
		case r.name == headerName:
			chain, out, err = NewChain(a.time)
		case !r.isEvent():
			data = append(data, r.body)
		default:
			out, err = chain.repeat(r.body, data, leaveOut)
			data = nil
		}
		if err != nil {
			return chain, err
		}
		if _, err := w.Write(out); err != nil {
			return chain, err
		}
	}
}

// repeat appends an event of another archive: a setup, or a ballot that is not
// left out.
func (c *Chain) repeat(body []byte, data [][]byte, leaveOut func(Exclusion) bool) ([]byte, error) {
	e, err := ParseEvent(body)
	if err != nil {
		return nil, err
	}
	if e.Type != EventSetup && e.Type != EventBallot {
		return nil, nil
	}
	if e.Type == EventBallot {
		b, err := ParseBallot(data[len(data)-1])
		if err != nil {
			return nil, err
		}
		if leaveOut(Exclusion{e.Payload, b.Credential}) {
			return nil, nil
		}
	}
	return c.append(e.Type, data...)
}

func leftOut(all, kept []entry) ([]Exclusion, error) {
	var out []Exclusion
	remains := map[Element]bool{}
	next := 0
	for _, e := range all {
		if next < len(kept) && kept[next].digest == e.digest {
			remains[e.credential] = true
			next++
			continue
		}
		out = append(out, Exclusion{e.digest, e.credential})
	}
	if next < len(kept) && on(CodeBoardForeign) {
		return nil, refuse(CodeBoardForeign, "ballot "+strconv.Itoa(next+1))
	}
	for _, x := range out {
		if remains[x.Credential] && on(CodeBoardPartly) {
			return nil, refuse(CodeBoardPartly, "ballot "+x.Ballot.Short())
		}
	}
	return out, nil
}

// entries lists the ballots of a verified archive.
func entries(file io.ReaderAt, size int64) ([]entry, error) {
	var out []entry
	a := newArchiveReader(file, size)
	var last *record
	for {
		r, err := a.next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if !r.isEvent() {
			last = r
			continue
		}
		e, err := ParseEvent(r.body)
		if err != nil {
			return nil, err
		}
		if e.Type != EventBallot {
			continue
		}
		b, err := ParseBallot(last.body)
		if err != nil {
			return nil, err
		}
		out = append(out, entry{last.digest, b.Credential})
	}
}
