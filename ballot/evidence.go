package ballot

import (
	"io"

	"filippo.io/edwards25519"
)

// Evidence is a second proof for a share, outside the archive. The proof that
// the format has hashes neither alpha nor the factor, so that a trustee can
// publish factors wrong by a random amount with a valid proof (section 11).
// Here the whole statement is hashed, which closes that hole: whoever receives
// a share asks for the evidence with it, and a wrong share is never published.
type Evidence [][]Proof

func evidencePrefix(fingerprint string, key, alpha, factor Element) []byte {
	return []byte("juwu-decrypt|" + fingerprint + "|" + key.String() + "|" + alpha.String() + "|" + factor.String() + "|")
}

// ProveShare makes the evidence for a share that Decrypt has made.
func (s *Setup) ProveShare(tally EncryptedTally, owner int, secret Scalar, p *PartialDecryption, random io.Reader) (Evidence, error) {
	if err := s.VerifyShare(tally, owner, p); err != nil {
		return nil, err
	}
	key := s.Trustees.Keys()[owner-1]
	if public(secret) != key {
		return nil, refuse(CodeTrusteeSecret, "")
	}
	src := sourceOf(random)
	var out Evidence
	for i, q := range tally {
		var proofs []Proof
		for j, x := range q {
			alpha := x.Alpha.verified()
			w := src.draw()
			c := hashToScalar(evidencePrefix(s.Election.Fingerprint, key, x.Alpha, p.Factors[i][j]),
				public(w), elementOf(power(alpha, w)))
			proofs = append(proofs, Proof{c, w.sub(secret.mul(c))})
		}
		out = append(out, proofs)
	}
	return out, src.err
}

// VerifyEvidence checks a share and its evidence: after that the factors are
// the right ones, and a tally that cannot be decoded is not this trustee's doing.
func (s *Setup) VerifyEvidence(tally EncryptedTally, owner int, p *PartialDecryption, evidence Evidence) error {
	if err := s.VerifyShare(tally, owner, p); err != nil {
		return err
	}
	if len(evidence) != len(tally) {
		return refuse(CodeShareShape, "evidence")
	}
	x := s.Trustees.Keys()[owner-1]
	key := x.verified()
	for i, q := range tally {
		if len(evidence[i]) != len(q) {
			return refuse(CodeShareShape, slotPath(i, 0))
		}
		for j, c := range q {
			prefix := evidencePrefix(s.Election.Fingerprint, x, c.Alpha, p.Factors[i][j])
			if !sameLogarithm(prefix, key, c.Alpha, p.Factors[i][j], evidence[i][j]) && on(CodeShareEvidence) {
				return refuse(CodeShareEvidence, slotPath(i, j))
			}
		}
	}
	return nil
}

// sameLogarithm verifies that key = g^x and factor = alpha^x for one x. The
// elements were tested for membership before.
func sameLogarithm(prefix []byte, key *edwards25519.Point, alpha, factor Element, proof Proof) bool {
	b := new(edwards25519.Point).VarTimeMultiScalarMult(
		[]*edwards25519.Scalar{proof.Response.lib(), proof.Challenge.lib()},
		[]*edwards25519.Point{alpha.verified(), factor.verified()})
	return hashToScalar(prefix, proof.commitment(key), elementOf(b)) == proof.Challenge
}

// ParseEvidence reads the evidence as it is handed in; a final newline is allowed.
func ParseEvidence(raw []byte) (e Evidence, err error) {
	c := &cursor{b: raw}
	c.lit(`{"evidence":`)
	c.list(func() { e = append(e, c.proofs()) })
	c.lit(`}`)
	c.accept("\n")
	return e, c.end()
}

// Bytes writes the evidence.
func (e Evidence) Bytes() []byte {
	b := []byte(`{"evidence":[`)
	for i, q := range e {
		b = appendProofs(sep(b, i), q)
	}
	return append(b, `]}`...)
}
