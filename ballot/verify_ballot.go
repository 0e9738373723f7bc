package ballot

import (
	"strconv"
	"sync"

	"filippo.io/edwards25519"
)

// term is one statement of an OR-proof over a pair of bases (a, b): the
// commitments g^r a^c and y^r b^c g^(-mc), that is y^r (b/g^m)^c.
type term struct {
	proof *Proof
	m     int
	dest  int // index of the first of the two commitments
}

// base is a pair (a, b) with all the statements about it.
type base struct {
	a, b   point
	member bool // must be tested: it came from outside
	terms  []term
}

// claim is one OR-proof: its commitments and the sum its challenges must have.
type claim struct {
	code   Code
	prefix []byte
	from   int
	proofs []Proof
}

// scratch is the memory of one ballot verification, reused.
type scratch struct {
	bases   []base
	claims  []claim
	commits []point
	encoded []Element
	powers  powers
	buf     []byte
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// VerifyBallot checks everything about a ballot that does not depend on the
// other ballots: its form, its credential, its signature and all its proofs.
// The caller still has to refuse the same bytes twice. It may be called by
// many goroutines at once.
func (s *Setup) VerifyBallot(raw []byte) (*Ballot, error) {
	b, _, err := s.verifyBallot(raw)
	return b, err
}

// verifyBallot also returns the decoded ciphertexts, alpha and beta in turn.
func (s *Setup) verifyBallot(raw []byte) (*Ballot, []point, error) {
	if len(raw) > maxBallot {
		return nil, nil, refuse(CodeTooLarge, "")
	}
	b, signed, err := parseBallot(raw)
	if err != nil {
		return nil, nil, err
	}
	if err := s.checkEnvelope(b, raw[:signed]); err != nil {
		return nil, nil, err
	}
	if err := s.checkShape(b); err != nil {
		return nil, nil, err
	}
	w := scratches.Get().(*scratch)
	defer scratches.Put(w)
	points, err := s.decodeChoices(b)
	if err != nil {
		return nil, nil, err
	}
	return b, points, s.verifyAnswers(b, points, w)
}

// checkEnvelope tests whose ballot it is, for which election, and that it is
// signed. The order of the checks is that of the tool.
func (s *Setup) checkEnvelope(b *Ballot, signed []byte) error {
	if _, listed := s.weights[b.Credential]; !listed && on(CodeBallotCredential) {
		return refuse(CodeBallotCredential, "credential")
	}
	if b.ElectionUUID != s.Election.UUID && on(CodeBallotElection) {
		return refuse(CodeBallotElection, "election_uuid")
	}
	if b.ElectionHash != s.Election.Fingerprint && on(CodeBallotPrint) {
		return refuse(CodeBallotPrint, "election_hash")
	}
	if b.Signature.Hash != signedHash(signed) && on(CodeBallotHash) {
		return refuse(CodeBallotHash, "signature.hash")
	}
	// The list was tested for membership when the setup was read.
	key := b.Credential.verified()
	if !b.Signature.Proof.knows(key, signaturePrefix(b.Signature.Hash)) && on(CodeBallotSignature) {
		return refuse(CodeBallotSignature, "signature.proof")
	}
	return nil
}

// checkShape tests that there are as many answers, choices and proofs as the
// questions demand, so that what follows may index freely.
func (s *Setup) checkShape(b *Ballot) error {
	if len(b.Answers) != len(s.Election.Questions) {
		return refuse(CodeBallotShape, "answers")
	}
	for i := range b.Answers {
		a, q := &b.Answers[i], &s.Election.Questions[i]
		blank := 0
		if q.Blank {
			blank = 2
		}
		if len(a.Choices) != q.Slots() || len(a.Individual) != q.Slots() ||
			len(a.Overall) != q.overallProofs() || len(a.Blank) != blank {
			return refuse(CodeBallotShape, "answers["+strconv.Itoa(i)+"]")
		}
	}
	return nil
}

func (s *Setup) decodeChoices(b *Ballot) ([]point, error) {
	points := make([]point, 0, 2*s.Election.slots())
	for i := range b.Answers {
		for j, x := range b.Answers[i].Choices {
			for _, e := range [2]Element{x.Alpha, x.Beta} {
				p, code := e.decode()
				if code == "" && e == Identity && on(CodeElementIdentity) {
					// Encryption with r = 0 is valid for the tool but shows the vote.
					code = CodeElementIdentity
				}
				if code != "" {
					return nil, refuse(code, choicePath(i, j))
				}
				var v point
				v.fromLibrary(p)
				points = append(points, v)
			}
		}
	}
	return points, nil
}

func choicePath(i, j int) string {
	return "answers[" + strconv.Itoa(i) + "].choices[" + strconv.Itoa(j) + "]"
}

func (s *Setup) verifyAnswers(b *Ballot, points []point, w *scratch) error {
	s0 := appendS0(nil, s.Election.Fingerprint, b.Credential)
	at := 0
	for i := range b.Answers {
		a, q := &b.Answers[i], &s.Election.Questions[i]
		w.reset()
		w.collect(a, q, s0, points[at:at+2*q.Slots()])
		at += 2 * q.Slots()
		if bad := w.commit(s); bad >= 0 {
			return refuse(CodeElementTorsion, choicePath(i, bad))
		}
		if code := w.check(); code != "" {
			return refuse(code, "answers["+strconv.Itoa(i)+"]")
		}
	}
	return nil
}

func (w *scratch) reset() {
	w.bases, w.claims, w.commits, w.encoded = w.bases[:0], w.claims[:0], w.commits[:0], w.encoded[:0]
}

// claim registers an OR-proof and returns the index of its first commitment.
func (w *scratch) claim(code Code, prefix []byte, proofs []Proof) int {
	from := len(w.commits)
	w.claims = append(w.claims, claim{code, prefix, from, proofs})
	for range 2 * len(proofs) {
		w.commits = append(w.commits, point{})
	}
	return from
}

// collect lists the statements of one answer (the table of section 7), grouped
// by base, because what they share is the cost of a base.
func (w *scratch) collect(a *Answer, q *Question, s0 []byte, points []point) {
	for j, x := range a.Choices {
		p := a.Individual[j][:]
		from := w.claim(CodeBallotIndividual, individualPrefix(nil, s0, x), p)
		w.bases = append(w.bases, base{a: points[2*j], b: points[2*j+1], member: true,
			terms: []term{{&p[0], 0, from}, {&p[1], 1, from + 2}}})
	}
	sum := base{}
	sum.a.setIdentity()
	sum.b.setIdentity()
	for j := q.first(); j < q.Slots(); j++ {
		sum.a.addPoint(&points[2*j], false)
		sum.b.addPoint(&points[2*j+1], false)
	}
	s := appendS(nil, s0, a.Choices)
	var from int
	overall := a.Overall
	if q.Blank {
		bp := w.claim(CodeBallotBlank, blankPrefix(nil, 0, s), a.Blank)
		w.bases[0].terms = append(w.bases[0].terms, term{&a.Blank[0], 0, bp})
		sum.terms = append(sum.terms, term{&a.Blank[1], 0, bp + 2})
		from = w.claim(CodeBallotOverall, blankPrefix(nil, 1, s), overall)
		w.bases[0].terms = append(w.bases[0].terms, term{&overall[0], 1, from})
		overall, from = overall[1:], from+2
	} else {
		both := encodeAll(nil, []point{sum.a, sum.b})
		prefix := overallPrefix(nil, s, Ciphertext{both[0], both[1]})
		from = w.claim(CodeBallotOverall, prefix, overall)
	}
	for k := range overall {
		sum.terms = append(sum.terms, term{&overall[k], q.Min + k, from + 2*k})
	}
	w.bases = append(w.bases, sum)
}

// commit recomputes all commitments. It returns the slot of a ciphertext
// outside the prime-order group, or -1.
func (w *scratch) commit(s *Setup) int {
	g := generatorTable()
	for i := range w.bases {
		b := &w.bases[i]
		w.powers.set(&b.a)
		if b.member && !w.powers.torsionFree() && on(CodeElementTorsion) {
			return i
		}
		for _, t := range b.terms {
			v := &w.commits[t.dest]
			w.powers.mul(v, &t.proof.Challenge)
			g.addMul(v, &t.proof.Response)
		}
		w.powers.set(&b.b)
		if b.member && !w.powers.torsionFree() && on(CodeElementTorsion) {
			return i
		}
		for _, t := range b.terms {
			v := &w.commits[t.dest+1]
			w.powers.mul(v, &t.proof.Challenge)
			s.keyTable.addMul(v, &t.proof.Response)
			if t.m != 0 {
				shift := smallScalar(uint64(t.m)).mul(t.proof.Challenge).neg()
				g.addMul(v, &shift)
			}
		}
	}
	w.encoded = encodeAll(w.encoded, w.commits)
	return -1
}

// check compares each hash with the sum of the challenges.
func (w *scratch) check() Code {
	for _, c := range w.claims {
		w.buf = append(w.buf[:0], c.prefix...)
		h := hashAppended(w.buf, w.encoded[c.from:c.from+2*len(c.proofs)])
		sum := edwards25519.NewScalar()
		for i := range c.proofs {
			sum.Add(sum, c.proofs[i].Challenge.lib())
		}
		if scalarOf(sum) != h && on(c.code) {
			return c.code
		}
	}
	return ""
}
