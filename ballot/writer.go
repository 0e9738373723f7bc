package ballot

import "slices"

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
