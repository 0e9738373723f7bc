package ballot

import (
	"io"
	"slices"
	"strconv"

	"filippo.io/edwards25519"
)

// PartialDecryption is one trustee's share (section 10): alpha^x for every
// slot, with a proof that x is the secret of the trustee's key.
type PartialDecryption struct {
	Factors [][]Element
	Proofs  [][]Proof
}

// Owned says whose share a partial decryption is; trustees count from 1.
type Owned struct {
	Owner   int
	Payload Digest
}

// ParsePartialDecryption reads the record; VerifyShare checks it.
func ParsePartialDecryption(raw []byte) (*PartialDecryption, error) {
	c := &cursor{b: raw}
	p := new(PartialDecryption)
	c.lit(`{"decryption_factors":`)
	c.list(func() {
		var q []Element
		c.list(func() { q = append(q, c.element()) })
		p.Factors = append(p.Factors, q)
	})
	c.lit(`,"decryption_proofs":`)
	c.list(func() { p.Proofs = append(p.Proofs, c.proofs()) })
	c.lit(`}`)
	if err := c.end(); err != nil {
		return nil, err
	}
	return p, nil
}

// Bytes writes the record.
func (p *PartialDecryption) Bytes() []byte {
	b := []byte(`{"decryption_factors":[`)
	for i, q := range p.Factors {
		b = append(sep(b, i), '[')
		for j, f := range q {
			b = appendElement(sep(b, j), f)
		}
		b = append(b, ']')
	}
	b = append(b, `],"decryption_proofs":[`...)
	for i, q := range p.Proofs {
		b = appendProofs(sep(b, i), q)
	}
	return append(b, `]}`...)
}

// ParseOwned reads the record.
func ParseOwned(raw []byte) (o Owned, err error) {
	c := &cursor{b: raw}
	c.lit(`{"owner":`)
	o.Owner = c.number()
	c.lit(`,"payload":`)
	o.Payload = c.digest()
	c.lit(`}`)
	return o, c.end()
}

// Bytes writes the record.
func (o Owned) Bytes() []byte {
	b := strconv.AppendInt([]byte(`{"owner":`), int64(o.Owner), 10)
	b = appendElement(append(b, `,"payload":`...), Element(o.Payload))
	return append(b, '}')
}

func decryptPrefix(fingerprint string, key Element) []byte {
	return []byte("decrypt|" + fingerprint + "|" + key.String() + "|")
}

// Decrypt makes a trustee's share of a tally. secret is the x of a single
// trustee or the decryption key of a threshold ceremony; it must belong to the
// public key of that trustee.
func (s *Setup) Decrypt(tally EncryptedTally, owner int, secret Scalar, random io.Reader) (*PartialDecryption, error) {
	keys := s.Trustees.Keys()
	if owner < 1 || owner > len(keys) {
		return nil, refuse(CodeShareOwner, "")
	}
	if public(secret) != keys[owner-1] {
		return nil, refuse(CodeTrusteeSecret, "")
	}
	prefix := decryptPrefix(s.Election.Fingerprint, keys[owner-1])
	src := sourceOf(random)
	out := new(PartialDecryption)
	for i, q := range tally {
		factors, proofs := make([]Element, len(q)), make([]Proof, len(q))
		for j, x := range q {
			alpha, code := x.Alpha.member()
			if code != "" {
				return nil, refuse(code, slotPath(i, j))
			}
			w := src.draw()
			factors[j] = elementOf(power(alpha, secret))
			c := hashToScalar(prefix, public(w), elementOf(power(alpha, w)))
			proofs[j] = Proof{c, w.sub(secret.mul(c))}
		}
		out.Factors, out.Proofs = append(out.Factors, factors), append(out.Proofs, proofs)
	}
	return out, src.err
}

func slotPath(i, j int) string { return "[" + strconv.Itoa(i) + "][" + strconv.Itoa(j) + "]" }

// VerifyShare checks that a share is of this tally and made with the key of
// its owner. In this version of the format a trustee can still publish factors
// that are wrong by a random amount: Decode notices (section 11).
func (s *Setup) VerifyShare(tally EncryptedTally, owner int, p *PartialDecryption) error {
	keys := s.Trustees.Keys()
	if owner < 1 || owner > len(keys) {
		return refuse(CodeShareOwner, "owner")
	}
	if len(p.Factors) != len(tally) || len(p.Proofs) != len(tally) {
		return refuse(CodeShareShape, "")
	}
	key, code := keys[owner-1].decode()
	if code != "" {
		return refuse(code, "owner")
	}
	prefix := decryptPrefix(s.Election.Fingerprint, keys[owner-1])
	for i, q := range tally {
		if len(p.Factors[i]) != len(q) || len(p.Proofs[i]) != len(q) {
			return refuse(CodeShareShape, slotPath(i, 0))
		}
		for j, x := range q {
			if code := verifyFactor(prefix, key, x.Alpha, p.Factors[i][j], p.Proofs[i][j]); code != "" {
				return refuse(code, slotPath(i, j))
			}
		}
	}
	return nil
}

func verifyFactor(prefix []byte, key *edwards25519.Point, alpha, factor Element, proof Proof) Code {
	a, code := alpha.decode() // a product of members
	if code != "" {
		return code
	}
	f, code := factor.member()
	if code != "" {
		return code
	}
	b := new(edwards25519.Point).VarTimeMultiScalarMult(
		[]*edwards25519.Scalar{proof.Response.lib(), proof.Challenge.lib()}, []*edwards25519.Point{a, f})
	h := hashToScalar(prefix, proof.commitment(key), elementOf(b))
	if h != proof.Challenge && on(CodeShareProof) {
		return CodeShareProof
	}
	return ""
}

// Shares are the partial decryptions by owner.
type Shares map[int]*PartialDecryption

// Enough tells whether the shares suffice: all single trustees and, of every
// threshold group, as many as its threshold.
func (s *Setup) Enough(shares Shares) bool { return s.chosen(shares) != nil }

// share is one owner's part in the combination.
type share struct {
	owner       int
	coefficient Scalar
}

// chosen lists the shares that the result is computed from: those of the
// lowest numbers, as the format fixes it. nil means that some are missing.
func (s *Setup) chosen(shares Shares) []share {
	var out []share
	owner := 0
	for _, item := range s.Trustees.Items {
		if item.Single != nil {
			owner++
			if shares[owner] == nil {
				return nil
			}
			out = append(out, share{owner, smallScalar(1)})
			continue
		}
		var local []int
		for i := range item.Pedersen.Keys {
			if shares[owner+i+1] != nil && len(local) < item.Pedersen.Threshold {
				local = append(local, i+1)
			}
		}
		if len(local) < item.Pedersen.Threshold {
			return nil
		}
		for _, j := range local {
			out = append(out, share{owner + j, lagrange(local, j)})
		}
		owner += len(item.Pedersen.Keys)
	}
	return out
}

// lagrange is the coefficient at 0 of point j among the points of set.
func lagrange(set []int, j int) Scalar {
	num, den := smallScalar(1), smallScalar(1)
	for _, k := range set {
		if k == j {
			continue
		}
		num = num.mul(smallScalar(uint64(k)))
		den = den.mul(smallScalar(uint64(k)).sub(smallScalar(uint64(j))))
	}
	return num.mul(den.invert())
}

// Combine removes the encryption: it returns g^count for every slot.
func (s *Setup) Combine(tally EncryptedTally, shares Shares) ([][]Element, error) {
	chosen := s.chosen(shares)
	if chosen == nil {
		return nil, refuse(CodeSharesMissing, "")
	}
	out := make([][]Element, len(tally))
	for i, q := range tally {
		out[i] = make([]Element, len(q))
		for j, x := range q {
			sum, code := x.Beta.decode()
			if code != "" {
				return nil, refuse(code, slotPath(i, j))
			}
			for _, c := range chosen {
				f, code := shares[c.owner].Factors[i][j].decode()
				if code != "" {
					return nil, refuse(code, slotPath(i, j))
				}
				sum.Subtract(sum, power(f, c.coefficient))
			}
			out[i][j] = elementOf(sum)
		}
	}
	return out, nil
}

// Suspects names the trustees of threshold groups whose shares, left out, make
// the tally decodable although their proofs are valid. Empty means that the
// fault cannot be attributed.
func (s *Setup) Suspects(tally EncryptedTally, shares Shares, maximum int64) []int {
	var out []int
	owners := make([]int, 0, len(shares))
	for o := range shares {
		owners = append(owners, o)
	}
	slices.Sort(owners)
	for _, left := range owners {
		rest := make(Shares, len(shares))
		for o, p := range shares {
			if o != left {
				rest[o] = p
			}
		}
		points, err := s.Combine(tally, rest)
		if err != nil {
			continue
		}
		if _, err := Decode(points, maximum); err == nil {
			out = append(out, left)
		}
	}
	return out
}
