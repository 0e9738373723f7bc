package ballot

import (
	"slices"
)

// EncryptedTally holds, per question and slot, the product of the ciphertexts
// of the ballots that count.
type EncryptedTally [][]Ciphertext

// SizedTally is the payload of the EncryptedTally event.
type SizedTally struct {
	NumTallied     int64
	TotalWeight    int64
	EncryptedTally Digest
}

// ParseEncryptedTally reads the record; Verify compares it with the ballots.
func ParseEncryptedTally(raw []byte) (t EncryptedTally, err error) {
	c := &cursor{b: raw}
	c.list(func() {
		var q []Ciphertext
		c.list(func() { q = append(q, c.ciphertext()) })
		t = append(t, q)
	})
	return t, c.end()
}

// Bytes writes the record.
func (t EncryptedTally) Bytes() []byte {
	b := []byte{'['}
	for i, q := range t {
		b = append(sep(b, i), '[')
		for j, x := range q {
			b = x.append(sep(b, j))
		}
		b = append(b, ']')
	}
	return append(b, ']')
}

// ParseSizedTally reads the record.
func ParseSizedTally(raw []byte) (t SizedTally, err error) {
	c := &cursor{b: raw}
	c.lit(`{"num_tallied":`)
	t.NumTallied = c.count()
	c.lit(`,"total_weight":`)
	t.TotalWeight = c.count()
	c.lit(`,"encrypted_tally":`)
	t.EncryptedTally = c.digest()
	c.lit(`}`)
	return t, c.end()
}

// Bytes writes the record.
func (t SizedTally) Bytes() []byte {
	b := appendCount([]byte(`{"num_tallied":`), t.NumTallied)
	b = appendCount(append(b, `,"total_weight":`...), t.TotalWeight)
	b = appendElement(append(b, `,"encrypted_tally":`...), Element(t.EncryptedTally))
	return append(b, '}')
}

// Tally multiplies the ciphertexts of verified ballots. Its memory does not
// grow with their number. A tally must not be used by two goroutines at once.
type Tally struct {
	setup  *Setup
	sums   []point // alpha and beta of each slot in turn
	count  int64
	weight int64
}

// NewTally starts an empty tally.
func (s *Setup) NewTally() *Tally {
	t := &Tally{setup: s, sums: make([]point, 2*s.Election.slots())}
	for i := range t.sums {
		t.sums[i].setIdentity()
	}
	return t
}

// Add counts a ballot that VerifyBallot has accepted. Only the last ballot of
// a credential counts: call Remove for the one it replaces.
func (t *Tally) Add(b *Ballot) error { return t.change(b, false) }

// Remove takes back a ballot that was added.
func (t *Tally) Remove(b *Ballot) error { return t.change(b, true) }

func (t *Tally) change(b *Ballot, remove bool) error {
	if err := t.setup.checkShape(b); err != nil {
		return err
	}
	points, err := t.setup.decodeChoices(b)
	if err != nil {
		return err
	}
	t.changePoints(b.Credential, points, remove)
	return nil
}

func (t *Tally) changePoints(credential Element, points []point, remove bool) {
	weight := t.setup.weights[credential]
	for i := range points {
		p := points[i]
		if weight != 1 {
			p = timesSmall(&points[i], weight)
		}
		t.sums[i].addPoint(&p, remove)
	}
	if remove {
		t.count, t.weight = t.count-1, t.weight-weight
	} else {
		t.count, t.weight = t.count+1, t.weight+weight
	}
}

// timesSmall is n*p by double-and-add: weights are short.
func timesSmall(p *point, n int64) point {
	var v point
	v.setIdentity()
	for bit := int64(MaxTotalWeight); bit > 0; bit >>= 1 {
		if v.double(true); n&bit != 0 {
			v.addPoint(p, false)
		}
	}
	return v
}

// Records returns the two records of the EncryptedTally event.
func (t *Tally) Records() (EncryptedTally, SizedTally) {
	flat := encodeAll(nil, slices.Clone(t.sums))
	var out EncryptedTally
	for i := range t.setup.Election.Questions {
		q := make([]Ciphertext, t.setup.Election.Questions[i].Slots())
		for j := range q {
			q[j] = Ciphertext{flat[0], flat[1]}
			flat = flat[2:]
		}
		out = append(out, q)
	}
	return out, SizedTally{t.count, t.weight, DigestOf(out.Bytes())}
}
