package ballot

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
)

// Options of Verify.
type Options struct {
	// Previous is an archive that was published earlier: everything in it must
	// still be there, unchanged and in the same place.
	Previous     io.ReaderAt
	PreviousSize int64
}

// Report says what a verified archive contains. Nothing in it is taken on
// trust: every number was recomputed.
type Report struct {
	UUID           string    `json:"uuid"`
	Name           string    `json:"name"`
	Fingerprint    string    `json:"fingerprint"`
	Checksums      Checksums `json:"checksums"`
	CredentialsFP  string    `json:"credentials_fingerprint"`
	Timestamp      int64     `json:"timestamp"` // Unix seconds
	State          EventType `json:"state"`     // type of the last event
	Height         int       `json:"height"`
	Head           Digest    `json:"head"` // hash of the last event: compare it with what was published
	Voters         int       `json:"voters"`
	Ballots        int       `json:"ballots"`
	Counted        int64     `json:"counted"` // last ballot of each credential
	CountedWeight  int64     `json:"counted_weight"`
	Trustees       int       `json:"trustees"`
	Shares         []int     `json:"shares,omitempty"`
	Result         Result    `json:"result,omitempty"` // in the archive, or computed from enough shares
	Announced      bool      `json:"announced"`        // the result is in the archive
	PreviousHeight *int      `json:"previous_height,omitempty"`
	PreviousHead   *Digest   `json:"previous_head,omitempty"`

	Setup    *Setup         `json:"-"`
	Counting *Tally         `json:"-"` // of all ballots on the board
	Tally    EncryptedTally `json:"-"` // nil before the EncryptedTally event
	Posted   Shares         `json:"-"` // the shares in the archive
}

// batchBallots and batchBytes bound the ballots in memory; a batch is verified
// on all cores.
const (
	batchBallots = 512
	batchBytes   = 8 << 20
)

// cast is a ballot of the current batch.
type cast struct {
	raw    []byte
	height int
	offset int64
	ballot *Ballot
	points []point
	err    error
}

// place is where the last ballot of a credential is in the file.
type place struct {
	offset int64
	size   int
}

// verifier walks an archive once.
type verifier struct {
	file     io.ReaderAt
	setup    *Setup
	report   *Report
	previous int64
	pending  []*record // data records since the last event
	last     EventType
	head     Digest
	height   int
	batch    []cast
	bytes    int
	seen     map[Digest]bool
	latest   map[Element]place
	tally    *Tally
	closed   EncryptedTally
	shares   Shares
}

// Verify checks a whole archive, with everything the tool checks and all that
// it does not (section 14). A fault is a *Refusal; other errors come from r.
// Memory is bounded: it grows with the voters' list and by some hundred bytes
// per ballot, not with the size of the ballots.
func Verify(r io.ReaderAt, size int64, o Options) (*Report, error) {
	if o.Previous != nil {
		if err := comparePrevious(r, size, o.Previous, o.PreviousSize); err != nil {
			return nil, err
		}
	}
	v := &verifier{file: r, report: new(Report), previous: o.PreviousSize, height: -1,
		seen: map[Digest]bool{}, latest: map[Element]place{}, shares: Shares{}}
	err := v.walk(newArchiveReader(r, size))
	if err == nil {
		err = v.finish()
	}
	if err == nil && o.Previous != nil && v.report.PreviousHead == nil {
		err = refuse(CodePreviousNotPrefix, "")
	}
	if err != nil {
		return nil, err
	}
	return v.report, nil
}

// comparePrevious demands that the earlier file is the beginning of this one.
// If it is longer, no event will end where it ends, and Verify refuses.
func comparePrevious(r io.ReaderAt, size int64, old io.ReaderAt, oldSize int64) error {
	a, b := make([]byte, 1<<16), make([]byte, 1<<16)
	for at := int64(0); at < min(size, oldSize); at += int64(len(a)) {
		n := min(int64(len(a)), oldSize-at, size-at)
		if _, err := old.ReadAt(a[:n], at); err != nil && err != io.EOF {
			return err
		}
		if _, err := r.ReadAt(b[:n], at); err != nil && err != io.EOF {
			return err
		}
		if !bytes.Equal(a[:n], b[:n]) && on(CodePreviousNotPrefix) {
			return refuse(CodePreviousNotPrefix, "offset "+strconv.FormatInt(at, 10))
		}
	}
	return nil
}

func (v *verifier) walk(a *archiveReader) error {
	for {
		r, err := a.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return v.first(v.locate(err))
		}
		if a.count == 1 {
			v.report.Timestamp = a.time
			continue
		}
		if !r.isEvent() {
			if v.pending = append(v.pending, r); len(v.pending) > 4 {
				return v.first(v.locate(refuse(CodeEventData, "offset "+strconv.FormatInt(r.offset, 10))))
			}
			continue
		}
		if err := v.event(r); err != nil {
			return v.first(v.locate(err))
		}
		if a.at == v.previous {
			h, d := v.height, v.head
			v.report.PreviousHeight, v.report.PreviousHead = &h, &d
		}
	}
	return v.flush()
}

// locate adds the height of the event being read to a refusal.
func (v *verifier) locate(err error) error { return atEvent(err, v.height+1) }

func atEvent(err error, height int) error {
	var r *Refusal
	if errors.As(err, &r) && r.Event < 0 {
		located := *r
		located.Event = height
		return &located
	}
	return err
}

// first prefers a fault in a ballot that is still waiting: it comes earlier in
// the archive than err.
func (v *verifier) first(err error) error {
	if earlier := v.flush(); earlier != nil {
		return earlier
	}
	return err
}

// event checks a link of the chain and then what it carries.
func (v *verifier) event(r *record) error {
	e, err := ParseEvent(r.body)
	if err != nil {
		return err
	}
	rule, known := eventRules[e.Type]
	if !known {
		if on(CodeEventUnknown) {
			return refuse(CodeEventUnknown, "type")
		}
		rule.data = len(v.pending)
	}
	if e.Height != v.height+1 && on(CodeEventHeight) {
		return refuse(CodeEventHeight, "height")
	}
	if e.Parent != v.head && on(CodeEventParent) {
		return refuse(CodeEventParent, "parent")
	}
	if known && v.misplaced(e.Type, rule) {
		return refuse(CodeEventOrder, "type")
	}
	data, err := v.take(rule.data)
	if err != nil {
		return err
	}
	payload := Digest{}
	if len(data) > 0 {
		payload = data[len(data)-1].digest
	}
	if e.Payload != payload && on(CodeEventPayload) {
		return refuse(CodeEventPayload, "payload")
	}
	if err := v.carry(e.Type, data); err != nil {
		return err
	}
	v.head, v.height, v.last = r.digest, v.height+1, e.Type
	return nil
}

// misplaced applies the grammar. That nothing precedes Setup is needed by all
// that follows and cannot be switched off.
func (v *verifier) misplaced(t EventType, rule eventRule) bool {
	if slices.Contains(rule.after, v.last) {
		return false
	}
	return on(CodeEventOrder) || v.setup == nil
}

// take returns the data records of an event: exactly as many as it has.
func (v *verifier) take(n int) ([]*record, error) {
	data := v.pending
	v.pending = nil
	if len(data) == n {
		return data, nil
	}
	if on(CodeEventData) || len(data) < n {
		return nil, refuse(CodeEventData, "")
	}
	return data[len(data)-n:], nil
}

func (v *verifier) carry(t EventType, data []*record) error {
	switch t {
	case EventSetup:
		return v.readSetup(data)
	case EventBallot:
		return v.readBallot(data[0])
	case EventEndBallots:
		return v.flush()
	case EventEncryptedTally:
		return v.readTally(data[0], data[1])
	case EventPartialDecryption:
		return v.readShare(data[0], data[1])
	case EventResult:
		return v.readResult(data[0])
	}
	return nil
}

func (v *verifier) readSetup(data []*record) error {
	d, err := parseSetupData(data[3].body)
	if err != nil {
		return err
	}
	names := setupData{data[0].digest, data[1].digest, data[2].digest}
	if d != names && on(CodeEventReference) {
		return refuse(CodeEventReference, "setup_data")
	}
	s, err := NewSetup(data[0].body, data[1].body, data[2].body)
	if err != nil {
		return err
	}
	v.setup, v.tally = s, s.NewTally()
	r := v.report
	r.Setup, r.UUID, r.Name, r.Fingerprint = s, s.Election.UUID, s.Election.Name, s.Election.Fingerprint
	r.Checksums, r.CredentialsFP = s.Checksums(), data[2].digest.Short()
	r.Voters, r.Trustees = len(s.Credentials.List), len(s.Trustees.Keys())
	return nil
}

func (v *verifier) readBallot(r *record) error {
	if v.seen[r.digest] && on(CodeBallotRepeated) {
		return refuse(CodeBallotRepeated, "")
	}
	v.seen[r.digest] = true
	v.report.Ballots++
	v.batch = append(v.batch, cast{raw: r.body, height: v.height + 1, offset: r.offset})
	if v.bytes += len(r.body); v.bytes >= batchBytes || len(v.batch) >= batchBallots {
		return v.flush()
	}
	return nil
}

// flush verifies the batch on all cores and tallies it in order.
func (v *verifier) flush() error {
	batch := v.batch
	v.batch, v.bytes = v.batch[:0], 0
	inParallel(len(batch), func(i int) {
		c := &batch[i]
		c.ballot, c.points, c.err = v.setup.verifyBallot(c.raw)
	})
	for i := range batch {
		c := &batch[i]
		if c.err != nil {
			return atEvent(c.err, c.height)
		}
		if err := v.count(c); err != nil {
			return err
		}
		*c = cast{}
	}
	return nil
}

// count adds a ballot to the tally in place of the credential's earlier one,
// which is read again from the file: remembering it would cost more memory
// than all else.
func (v *verifier) count(c *cast) error {
	id := c.ballot.Credential
	if old, revote := v.latest[id]; revote {
		raw := make([]byte, old.size)
		if _, err := v.file.ReadAt(raw, old.offset); err != nil && err != io.EOF {
			return err
		}
		earlier, err := ParseBallot(raw)
		if err != nil {
			return err
		}
		if err := v.tally.Remove(earlier); err != nil {
			return err
		}
	}
	v.latest[id] = place{c.offset, len(c.raw)}
	v.tally.changePoints(id, c.points, false)
	return nil
}
