package ballot

import (
	"io"

	"filippo.io/edwards25519"
)

// Proof is a challenge and a response; the commitment is recomputed.
type Proof struct{ Challenge, Response Scalar }

// Ciphertext is an ElGamal encryption in the exponent: alpha = g^r, beta = y^r g^m.
type Ciphertext struct{ Alpha, Beta Element }

func (c *cursor) proof() (p Proof) {
	c.lit(`{"challenge":`)
	p.Challenge = c.scalar()
	c.lit(`,"response":`)
	p.Response = c.scalar()
	c.lit(`}`)
	return p
}

func (p Proof) append(dst []byte) []byte {
	dst = appendScalar(append(dst, `{"challenge":`...), p.Challenge)
	dst = appendScalar(append(dst, `,"response":`...), p.Response)
	return append(dst, '}')
}

func (c *cursor) proofs() (list []Proof) {
	c.list(func() { list = append(list, c.proof()) })
	return list
}

func appendProofs(dst []byte, list []Proof) []byte {
	dst = append(dst, '[')
	for i, p := range list {
		dst = p.append(sep(dst, i))
	}
	return append(dst, ']')
}

func (c *cursor) ciphertext() (x Ciphertext) {
	c.lit(`{"alpha":`)
	x.Alpha = c.element()
	c.lit(`,"beta":`)
	x.Beta = c.element()
	c.lit(`}`)
	return x
}

func (x Ciphertext) append(dst []byte) []byte {
	dst = appendElement(append(dst, `{"alpha":`...), x.Alpha)
	dst = appendElement(append(dst, `,"beta":`...), x.Beta)
	return append(dst, '}')
}

// commitment recomputes g^response * X^challenge. Public data only.
func (p Proof) commitment(x *edwards25519.Point) Element {
	return elementOf(new(edwards25519.Point).
		VarTimeDoubleScalarBaseMult(p.Challenge.lib(), x, p.Response.lib()))
}

// knows verifies a proof of knowledge of the logarithm of x: the Fiat-Shamir
// form that trustee keys, signed messages and ballot signatures share.
func (p Proof) knows(x *edwards25519.Point, prefix []byte) bool {
	return hashToScalar(prefix, p.commitment(x)) == p.Challenge
}

// proveKnowledge proves knowledge of secret; w is fresh randomness.
func proveKnowledge(secret, w Scalar, prefix []byte) Proof {
	c := hashToScalar(prefix, public(w))
	return Proof{Challenge: c, Response: w.sub(secret.mul(c))}
}

// A source yields the random scalars of a proof, in the order of their use.
type source struct {
	next func() (Scalar, error)
	err  error
}

func sourceOf(random io.Reader) *source {
	return &source{next: func() (Scalar, error) { return randomScalar(random) }}
}

// draw yields a scalar; after a failure it yields zeros and err is set, and the
// maker must not publish what it made.
func (s *source) draw() Scalar {
	if s.err != nil {
		return Scalar{}
	}
	x, err := s.next()
	s.err = err
	return x
}
