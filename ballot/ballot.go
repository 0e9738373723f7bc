package ballot

import (
	"strconv"
)

// Ballot is one encrypted ballot (section 7).
type Ballot struct {
	ElectionUUID string
	ElectionHash string
	Credential   Element
	Answers      []Answer
	Signature    Signature
}

// Answer is the encrypted answer to one question.
type Answer struct {
	Choices    []Ciphertext
	Individual [][2]Proof // each slot holds 0 or 1
	Overall    []Proof    // the sum is in range, or the vote is blank
	Blank      []Proof    // two proofs (blank or no candidate chosen); nil if the question has no blank
}

// Signature binds the ballot to its credential.
type Signature struct {
	Hash  string
	Proof Proof
}

// maxBallot is far above the largest election this format is used for: nine
// candidates take 8 kB.
const maxBallot = 1 << 20

// ParseBallot reads the only accepted form of a ballot. It verifies nothing;
// Setup.VerifyBallot does.
func ParseBallot(raw []byte) (*Ballot, error) {
	if len(raw) > maxBallot {
		return nil, refuse(CodeTooLarge, "")
	}
	b, _, err := parseBallot(raw)
	return b, err
}

// parseBallot also returns where the signature field starts: what is signed is
// everything before it, closed by a brace.
func parseBallot(raw []byte) (*Ballot, int, error) {
	c := &cursor{b: raw}
	b := new(Ballot)
	c.lit(`{"election_uuid":`)
	b.ElectionUUID = string(c.quoted())
	c.lit(`,"election_hash":`)
	b.ElectionHash = string(c.quoted())
	c.lit(`,"credential":`)
	b.Credential = c.element()
	c.lit(`,"answers":`)
	c.list(func() { b.Answers = append(b.Answers, c.answer()) })
	signed := c.at
	c.lit(`,"signature":{"hash":`)
	b.Signature.Hash = string(c.quoted())
	c.lit(`,"proof":`)
	b.Signature.Proof = c.proof()
	c.lit(`}}`)
	if err := c.end(); err != nil {
		return nil, 0, err
	}
	return b, signed, nil
}

func (c *cursor) answer() (a Answer) {
	c.lit(`{"choices":`)
	c.list(func() { a.Choices = append(a.Choices, c.ciphertext()) })
	c.lit(`,"individual_proofs":`)
	c.list(func() {
		c.lit(`[`)
		var p [2]Proof
		p[0] = c.proof()
		c.lit(`,`)
		p[1] = c.proof()
		c.lit(`]`)
		a.Individual = append(a.Individual, p)
	})
	c.lit(`,"overall_proof":`)
	a.Overall = c.proofs()
	if c.accept(`,"blank_proof":`) {
		if a.Blank = c.proofs(); a.Blank == nil {
			c.fail(CodeSyntax)
		}
	}
	c.lit(`}`)
	return a
}

// Bytes writes the ballot as it is cast, hashed and published.
func (b *Ballot) Bytes() []byte {
	dst := b.appendSigned(nil)
	dst = append(dst, `,"signature":{"hash":"`...)
	dst = append(append(dst, b.Signature.Hash...), `","proof":`...)
	return append(b.Signature.Proof.append(dst), `}}`...)
}

// appendSigned writes what is signed, without the closing brace.
func (b *Ballot) appendSigned(dst []byte) []byte {
	dst = append(append(dst, `{"election_uuid":"`...), b.ElectionUUID...)
	dst = append(append(dst, `","election_hash":"`...), b.ElectionHash...)
	dst = appendElement(append(dst, `","credential":`...), b.Credential)
	dst = append(dst, `,"answers":[`...)
	for i := range b.Answers {
		dst = b.Answers[i].append(sep(dst, i))
	}
	return append(dst, ']')
}

func (a *Answer) append(dst []byte) []byte {
	dst = append(dst, `{"choices":[`...)
	for i, x := range a.Choices {
		dst = x.append(sep(dst, i))
	}
	dst = append(dst, `],"individual_proofs":[`...)
	for i, p := range a.Individual {
		dst = appendProofs(sep(dst, i), p[:])
	}
	dst = appendProofs(append(dst, `],"overall_proof":`...), a.Overall)
	if a.Blank != nil {
		dst = appendProofs(append(dst, `,"blank_proof":`...), a.Blank)
	}
	return append(dst, '}')
}

// Tracker is what a voter keeps to find the ballot on the board.
func Tracker(raw []byte) string { return DigestOf(raw).Short() }

// signedHash is the hash a ballot's signature carries. signed is everything
// before the signature field.
func signedHash(signed []byte) string {
	return DigestOf(append(append(make([]byte, 0, len(signed)+1), signed...), '}')).Short()
}

// Prefixes of the proofs. S0 and S of the specification bind every proof to
// the election, the voter and, for the overall proofs, to all ciphertexts.

func appendS0(dst []byte, fingerprint string, credential Element) []byte {
	return credential.appendHex(append(append(dst, fingerprint...), '|'))
}

func appendCiphertext(dst []byte, x Ciphertext) []byte {
	return x.Beta.appendHex(append(x.Alpha.appendHex(dst), ','))
}

func individualPrefix(dst, s0 []byte, x Ciphertext) []byte {
	dst = append(append(append(dst, "prove|"...), s0...), '|')
	return append(appendCiphertext(dst, x), '|')
}

func appendS(dst, s0 []byte, choices []Ciphertext) []byte {
	dst = append(append(dst, s0...), '|')
	for i, x := range choices {
		dst = appendCiphertext(sep(dst, i), x)
	}
	return dst
}

func overallPrefix(dst, s []byte, sum Ciphertext) []byte {
	dst = append(append(append(dst, "prove|"...), s...), '|')
	return append(appendCiphertext(dst, sum), '|')
}

func blankPrefix(dst []byte, kind int, s []byte) []byte {
	dst = strconv.AppendInt(append(dst, "bproof"...), int64(kind), 10)
	return append(append(append(dst, '|'), s...), '|')
}

func signaturePrefix(hash string) []byte { return []byte("sig|" + hash + "|") }
