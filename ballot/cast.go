package ballot

import (
	"io"
	"strconv"

	"filippo.io/edwards25519"
)

// Votes are the choices of one voter: per question one 0 or 1 per slot, the
// blank slot first where the question has one.
type Votes [][]int

// Check tells whether the questions allow these votes.
func (v Votes) Check(e *Election) error {
	if len(v) != len(e.Questions) {
		return refuse(CodeChoice, "")
	}
	for i, slots := range v {
		if !e.Questions[i].allows(slots) {
			return refuse(CodeChoice, "["+strconv.Itoa(i)+"]")
		}
	}
	return nil
}

func (q *Question) allows(slots []int) bool {
	if len(slots) != q.Slots() {
		return false
	}
	sum := 0
	for j, m := range slots {
		if m != 0 && m != 1 {
			return false
		}
		if j >= q.first() {
			sum += m
		}
	}
	if q.Blank && slots[0] == 1 {
		return sum == 0
	}
	return sum >= q.Min && sum <= q.Max
}

// MakeBallot encrypts, proves and signs. secret is the voter's derived
// credential; random must be a cryptographic source (crypto/rand.Reader).
func (s *Setup) MakeBallot(secret Scalar, votes Votes, random io.Reader) (*Ballot, error) {
	b, _, err := s.makeBallot(secret, votes, sourceOf(random))
	return b, err
}

// makeBallot also returns the randomness of the encryption.
func (s *Setup) makeBallot(secret Scalar, votes Votes, src *source) (*Ballot, [][]Scalar, error) {
	if err := votes.Check(s.Election); err != nil {
		return nil, nil, err
	}
	b := &Ballot{ElectionUUID: s.Election.UUID, ElectionHash: s.Election.Fingerprint, Credential: public(secret)}
	if _, listed := s.weights[b.Credential]; !listed {
		return nil, nil, refuse(CodeCredentialSecret, "")
	}
	var randomness [][]Scalar
	s0 := appendS0(nil, b.ElectionHash, b.Credential)
	for i, slots := range votes {
		p := prover{y: s.publicKey, src: src}
		a, r := p.answer(&s.Election.Questions[i], slots, s0)
		b.Answers, randomness = append(b.Answers, a), append(randomness, r)
	}
	b.Signature.Hash = signedHash(b.appendSigned(nil))
	b.Signature.Proof = proveKnowledge(secret, src.draw(), signaturePrefix(b.Signature.Hash))
	return b, randomness, src.err
}

// prover encrypts one answer.
type prover struct {
	y   *edwards25519.Point
	src *source
}

// statement is one alternative of an OR-proof: the ciphertext that was made
// with randomness r encrypts a number whose distance from the claim is d.
// Exactly the alternative with d = 0 is proven, the others are simulated.
type statement struct {
	r Scalar
	d int
}

func (p *prover) encrypt(m int, r Scalar) Ciphertext {
	beta := power(p.y, r)
	beta.Add(beta, new(edwards25519.Point).ScalarBaseMult(smallScalar(uint64(m)).lib()))
	return Ciphertext{public(r), elementOf(beta)}
}

func (p *prover) answer(q *Question, slots []int, s0 []byte) (a Answer, r []Scalar) {
	r = make([]Scalar, len(slots))
	for j := range r {
		r[j] = p.src.draw()
	}
	var witness Scalar // of the sum over the candidates
	sum := 0
	for j, m := range slots {
		a.Choices = append(a.Choices, p.encrypt(m, r[j]))
		if j >= q.first() {
			witness, sum = witness.add(r[j]), sum+m
		}
	}
	for j, m := range slots {
		proofs := p.prove(individualPrefix(nil, s0, a.Choices[j]), []statement{{r[j], m}, {r[j], m - 1}}, m)
		a.Individual = append(a.Individual, [2]Proof(proofs))
	}
	s := appendS(nil, s0, a.Choices)
	var claims []statement
	for m := q.Min; m <= q.Max; m++ {
		claims = append(claims, statement{witness, sum - m})
	}
	if !q.Blank {
		a.Overall = p.prove(overallPrefix(nil, s, p.encrypt(sum, witness)), claims, sum-q.Min)
		return a, r
	}
	blank := slots[0]
	a.Blank = p.prove(blankPrefix(nil, 0, s), []statement{{r[0], blank}, {witness, sum}}, blank)
	claims = append([]statement{{r[0], blank - 1}}, claims...)
	which := 0
	if blank == 0 {
		which = 1 + sum - q.Min
	}
	a.Overall = p.prove(blankPrefix(nil, 1, s), claims, which)
	return a, r
}

// prove makes the OR-proof of section 7 in which alternative which is true.
// Because the prover knows r, the simulated commitments are powers of g and y.
func (p *prover) prove(prefix []byte, claims []statement, which int) []Proof {
	proofs := make([]Proof, len(claims))
	commits := make([]Element, 0, 2*len(claims))
	exponents := make([]Scalar, len(claims))
	var others Scalar
	for j, c := range claims {
		if j == which {
			continue
		}
		proofs[j] = Proof{p.src.draw(), p.src.draw()}
		exponents[j] = proofs[j].Response.add(c.r.mul(proofs[j].Challenge))
		others = others.add(proofs[j].Challenge)
	}
	w := p.src.draw()
	exponents[which] = w
	for j, c := range claims {
		b := power(p.y, exponents[j])
		if j != which {
			shift := signedScalar(c.d).mul(proofs[j].Challenge)
			b.Add(b, new(edwards25519.Point).ScalarBaseMult(shift.lib()))
		}
		commits = append(commits, public(exponents[j]), elementOf(b))
	}
	challenge := hashToScalar(prefix, commits...).sub(others)
	proofs[which] = Proof{challenge, w.sub(claims[which].r.mul(challenge))}
	return proofs
}

func signedScalar(n int) Scalar {
	if n < 0 {
		return smallScalar(uint64(-n)).neg()
	}
	return smallScalar(uint64(n))
}
