package ballot

import (
	"io"
	"strconv"
)

// Opening is what a voter needs to see, on another device, what a ballot
// encrypts: the votes and the randomness. A ballot that was opened is spoiled:
// its receipt would show the vote, so it is thrown away and a new one is made.
// A phone that cheats cannot know which ballots will be opened.
type Opening struct {
	Votes      Votes
	Randomness [][]Scalar
}

// MakeOpenable is MakeBallot for a ballot that may be opened before it is sent.
func (s *Setup) MakeOpenable(secret Scalar, votes Votes, random io.Reader) (*Ballot, *Opening, error) {
	b, r, err := s.makeBallot(secret, votes, sourceOf(random))
	if err != nil {
		return nil, nil, err
	}
	return b, &Opening{votes, r}, nil
}

// CheckOpening encrypts the votes again and compares: what it accepts is what
// the ballot holds.
func (s *Setup) CheckOpening(b *Ballot, o *Opening) error {
	if err := o.Votes.Check(s.Election); err != nil {
		return err
	}
	if err := s.checkShape(b); err != nil {
		return err
	}
	if len(o.Randomness) != len(o.Votes) {
		return refuse(CodeBallotShape, "randomness")
	}
	p := prover{y: s.publicKey}
	for i, slots := range o.Votes {
		if len(o.Randomness[i]) != len(slots) {
			return refuse(CodeBallotShape, "randomness["+strconv.Itoa(i)+"]")
		}
		for j, m := range slots {
			if p.encrypt(m, o.Randomness[i][j]) != b.Answers[i].Choices[j] && on(CodeOpening) {
				return refuse(CodeOpening, choicePath(i, j))
			}
		}
	}
	return nil
}

// ParseOpening reads an opening; a final newline is allowed.
func ParseOpening(raw []byte) (*Opening, error) {
	c := &cursor{b: raw}
	o := new(Opening)
	c.lit(`{"votes":`)
	c.list(func() {
		var q []int
		c.list(func() { q = append(q, c.number()) })
		o.Votes = append(o.Votes, q)
	})
	c.lit(`,"randomness":`)
	c.list(func() {
		var q []Scalar
		c.list(func() { q = append(q, c.scalar()) })
		o.Randomness = append(o.Randomness, q)
	})
	c.lit(`}`)
	c.accept("\n")
	if err := c.end(); err != nil {
		return nil, err
	}
	return o, nil
}

// Bytes writes the opening.
func (o *Opening) Bytes() []byte {
	b := []byte(`{"votes":[`)
	for i, q := range o.Votes {
		b = append(sep(b, i), '[')
		for j, m := range q {
			b = strconv.AppendInt(sep(b, j), int64(m), 10)
		}
		b = append(b, ']')
	}
	b = append(b, `],"randomness":[`...)
	for i, q := range o.Randomness {
		b = append(sep(b, i), '[')
		for j, r := range q {
			b = appendScalar(sep(b, j), r)
		}
		b = append(b, ']')
	}
	return append(b, `]}`...)
}
