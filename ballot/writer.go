package ballot

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
)

// Chain is where an archive stands: all that the next event needs to know. The
// bytes that its methods return are appended to the archive as they are; the
// same documents in the same order always give the same archive.
type Chain struct {
	Time   int64 // Unix seconds, the same in every record
	Events int   // how many so far
	Head   Digest
	Last   EventType
}

// NewChain starts an archive; time is in Unix seconds.
func NewChain(time int64) (Chain, []byte, error) {
	if time < 0 || time > maxTime {
		return Chain{}, nil, refuse(CodeArchiveTime, "")
	}
	return Chain{Time: time}, appendRecord(nil, headerName, time, headerBody(time)), nil
}

// Chain returns the state from which a verified archive can be continued.
func (r *Report) Chain() Chain { return Chain{r.Timestamp, r.Height + 1, r.Head, r.State} }

// append writes the data records of an event and the event.
func (c *Chain) append(t EventType, data ...[]byte) ([]byte, error) {
	if !slices.Contains(eventRules[t].after, c.Last) {
		return nil, refuse(CodeEventOrder, string(t))
	}
	var b []byte
	e := Event{Parent: c.Head, Height: c.Events, Type: t}
	for _, d := range data {
		e.Payload = DigestOf(d)
		b = appendRecord(b, e.Payload.String()+dataSuffix, c.Time, d)
	}
	body := e.Bytes()
	head := DigestOf(body)
	b = appendRecord(b, head.String()+eventSuffix, c.Time, body)
	c.Events, c.Head, c.Last = c.Events+1, head, t
	return b, nil
}

// Setup opens the board.
func (c *Chain) Setup(s *Setup) ([]byte, error) {
	sums := s.Checksums()
	d := setupData{sums.Election, sums.Trustees, sums.Credentials}
	return c.append(EventSetup, s.Election.raw, s.rawTrustees, s.rawCredentials, d.bytes())
}

// Ballot appends a ballot that Setup.VerifyBallot has accepted and whose bytes
// are not on the board yet.
func (c *Chain) Ballot(raw []byte) ([]byte, error) { return c.append(EventBallot, raw) }

// EndBallots closes the board.
func (c *Chain) EndBallots() ([]byte, error) { return c.append(EventEndBallots) }

// EncryptedTally publishes the tally of the last ballot of each credential.
func (c *Chain) EncryptedTally(t EncryptedTally, size SizedTally) ([]byte, error) {
	return c.append(EventEncryptedTally, t.Bytes(), size.Bytes())
}

// PartialDecryption publishes a share that VerifyShare has accepted; each owner
// at most once.
func (c *Chain) PartialDecryption(owner int, p *PartialDecryption) ([]byte, error) {
	b := p.Bytes()
	return c.append(EventPartialDecryption, b, Owned{owner, DigestOf(b)}.Bytes())
}

// Result ends the archive.
func (c *Chain) Result(r Result) ([]byte, error) { return c.append(EventResult, r.Bytes()) }

// DataRecords returns the bodies of a run of whole records that this package has
// written, without the archive's header and without events: what a stored piece
// of an archive holds.
func DataRecords(piece []byte) ([][]byte, error) {
	if bytes.HasPrefix(piece, []byte(headerName)) && len(piece) >= 2*blockSize {
		piece = piece[2*blockSize:] // its body fits one block
	}
	if len(piece) < blockSize {
		return nil, refuse(CodeArchiveTruncated, "")
	}
	a := newArchiveReader(bytes.NewReader(piece), int64(len(piece)))
	a.count = 1
	a.time, _ = strconv.ParseInt(string(piece[136:147]), 8, 64) // next compares the whole header
	var out [][]byte
	for {
		r, err := a.next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if !r.isEvent() {
			out = append(out, r.body)
		}
	}
}

// PieceHead returns the hash of the event that a stored piece of an archive ends with.
func PieceHead(piece []byte) (d Digest, err error) {
	at := bytes.LastIndex(piece, []byte(`{"parent":"`))
	if first := bytes.LastIndex(piece, []byte(`{"height":0,`)); at < 0 {
		at = first
	}
	if at < 0 {
		return d, refuse(CodeEventData, "")
	}
	body := bytes.TrimRight(piece[at:], "\x00")
	if _, err := ParseEvent(body); err != nil {
		return d, err
	}
	return DigestOf(body), nil
}
