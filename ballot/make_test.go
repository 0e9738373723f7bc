package ballot

import (
	"crypto/rand"
	"strings"
	"testing"
)

// board is an election made by this package, with all its secrets.
type board struct {
	t       testing.TB
	setup   *Setup
	chain   Chain
	archive []byte
	private []string // credentials
	secrets []Scalar // of the credentials
	keys    []Scalar // of the trustees
	latest  map[Element]*Ballot
	tally   EncryptedTally
	shares  Shares
	size    SizedTally
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

var sampleQuestions = []Question{
	{Text: "主任", Answers: []string{"甲", "乙", "丙"}, Min: 1, Max: 1},
	{Text: "委员", Answers: []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}, Min: 1, Max: 5},
	{Text: "副主任 \"弃权可\"\n<b>&", Answers: []string{"A", "B"}, Blank: true, Min: 1, Max: 2},
	{Text: "零选可", Answers: []string{"A", "B"}, Min: 0, Max: 2},
}

// ceremony runs a threshold key ceremony through the messages' JSON.
func ceremony(t testing.TB, n, threshold int) (*Threshold, []Scalar) {
	t.Helper()
	var channels []*Channel
	var certs []SignedMessage
	for i := range n {
		seed := must[string](t)(NewChannelSeed(rand.Reader))
		c := must[*Channel](t)(OpenChannel(seed))
		cert := must[SignedMessage](t)(c.Cert(n, threshold, i+1, rand.Reader))
		certs = append(certs, must[SignedMessage](t)(ParseSignedMessage(cert.Bytes())))
		channels = append(channels, c)
	}
	var polynomials []*Polynomial
	for _, c := range channels {
		p := must[*Polynomial](t)(c.MakePolynomial(certs, rand.Reader))
		polynomials = append(polynomials, must[*Polynomial](t)(ParsePolynomial(p.Bytes())))
	}
	inputs := must[[]*CeremonyInput](t)(CeremonyInputs(certs, polynomials))
	var outputs []*CeremonyOutput
	var secrets []Scalar
	for i, c := range channels {
		in := must[*CeremonyInput](t)(ParseCeremonyInput(inputs[i].Bytes()))
		out := must[*CeremonyOutput](t)(c.Finish(certs, in, rand.Reader))
		outputs = append(outputs, must[*CeremonyOutput](t)(ParseCeremonyOutput(out.Bytes())))
		secrets = append(secrets, must[Scalar](t)(c.OpenDecryptionKey(out.PrivateKey)))
	}
	return must[*Threshold](t)(AssembleThreshold(certs, polynomials, outputs)), secrets
}

// newBoard opens an election with one single trustee, a 2-of-3 group and the
// given weights of voters.
func newBoard(t testing.TB, questions []Question, weights ...int64) *board {
	t.Helper()
	b := &board{t: t, latest: map[Element]*Ballot{}, shares: Shares{}}
	secret, key, err := NewTrusteeKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	group, secrets := ceremony(t, 3, 2)
	trustees := &Trustees{Items: []TrusteeItem{{Single: key}, {Pedersen: group}}}
	b.keys = append([]Scalar{secret}, secrets...)
	e := Election{Description: "说明", Name: "选举", Questions: questions,
		PublicKey: must[Element](t)(trustees.Verify()), UUID: must[string](t)(NewUUID(rand.Reader))}
	election := must[*Election](t)(NewElection(e))
	list := &Credentials{Weighted: true}
	for _, w := range weights {
		private := must[string](t)(NewCredential(rand.Reader))
		s := must[Scalar](t)(DeriveCredential(e.UUID, private))
		b.private, b.secrets = append(b.private, private), append(b.secrets, s)
		list.List = append(list.List, Credential{PublicCredential(s), w})
	}
	list.Sort()
	b.setup = must[*Setup](t)(NewSetup(election.Bytes(), trustees.Bytes(), list.Bytes()))
	b.chain, b.archive, err = NewChain(1795305030)
	b.add(b.archive[:0:0], err)
	b.add(b.chain.Setup(b.setup))
	return b
}

func (b *board) add(bytes []byte, err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	b.archive = append(b.archive, bytes...)
}

func (b *board) cast(voter int, votes Votes) *Ballot {
	b.t.Helper()
	x := must[*Ballot](b.t)(b.setup.MakeBallot(b.secrets[voter], votes, rand.Reader))
	if _, err := b.setup.VerifyBallot(x.Bytes()); err != nil {
		b.t.Fatal(err)
	}
	b.add(b.chain.Ballot(x.Bytes()))
	b.latest[x.Credential] = x
	return x
}

func (b *board) close() {
	b.t.Helper()
	b.add(b.chain.EndBallots())
	tally := b.setup.NewTally()
	for _, x := range b.latest {
		if err := tally.Add(x); err != nil {
			b.t.Fatal(err)
		}
	}
	b.tally, b.size = tally.Records()
	b.add(b.chain.EncryptedTally(b.tally, b.size))
}

func (b *board) decrypt(owners ...int) {
	b.t.Helper()
	for _, o := range owners {
		p := must[*PartialDecryption](b.t)(b.setup.Decrypt(b.tally, o, b.keys[o-1], rand.Reader))
		if err := b.setup.VerifyShare(b.tally, o, p); err != nil {
			b.t.Fatal(err)
		}
		b.add(b.chain.PartialDecryption(o, p))
		b.shares[o] = p
	}
}

func (b *board) result() Result {
	b.t.Helper()
	combined := must[[][]Element](b.t)(b.setup.Combine(b.tally, b.shares))
	r := must[Result](b.t)(Decode(combined, b.size.TotalWeight))
	b.add(b.chain.Result(r))
	return r
}

// filledBoard is a complete election; voter 1 votes twice, voter 4 not at all.
func filledBoard(t testing.TB) *board {
	t.Helper()
	b := newBoard(t, sampleQuestions, 3, 1, 2, 2000000000, 7)
	b.cast(0, Votes{{1, 0, 0}, {1, 1, 0, 0, 0, 0, 0, 0, 1}, {0, 1, 0}, {0, 0}})
	b.cast(1, Votes{{0, 1, 0}, {1, 1, 1, 1, 1, 0, 0, 0, 0}, {0, 1, 1}, {1, 1}})
	b.cast(2, Votes{{0, 0, 1}, {0, 0, 0, 0, 1, 0, 0, 0, 0}, {1, 0, 0}, {1, 0}})
	b.cast(3, Votes{{1, 0, 0}, {0, 1, 0, 1, 0, 1, 0, 0, 0}, {0, 0, 1}, {0, 1}})
	b.cast(1, Votes{{1, 0, 0}, {0, 0, 1, 1, 0, 0, 1, 0, 0}, {1, 0, 0}, {0, 0}})
	b.close()
	b.decrypt(4, 1, 3)
	b.result()
	return b
}

const filledResult = `{"result":[["2000000004",0,2],[3,"2000000003",1,"2000000001",2,"2000000000",1,0,3],` +
	`[3,3,"2000000000"],[2,"2000000000"]]}`

func TestRoundTrip(t *testing.T) {
	b := filledBoard(t)
	r, err := verifyBytes(b.archive)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "result", string(r.Result.Bytes()), filledResult)
	same(t, "ballots", r.Ballots, 5)
	same(t, "counted", r.Counted, 4)
	same(t, "weight", r.CountedWeight, 2000000006)
	same(t, "chain", r.Chain(), b.chain)
	if strings.Contains(string(b.archive), b.private[0]) {
		t.Error("a private credential is in the archive")
	}
}

func TestTallyRemove(t *testing.T) {
	b := newBoard(t, sampleQuestions[:1], 1, 5)
	x, y := b.cast(0, Votes{{1, 0, 0}}), b.cast(1, Votes{{0, 1, 0}})
	tally, want := b.setup.NewTally(), b.setup.NewTally()
	for _, err := range []error{tally.Add(x), tally.Add(y), tally.Remove(y), want.Add(x)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	got, gotSize := tally.Records()
	expected, size := want.Records()
	same(t, "tally", string(got.Bytes()), string(expected.Bytes()))
	same(t, "size", gotSize, size)
}

func TestVotesRefused(t *testing.T) {
	b := newBoard(t, sampleQuestions, 1)
	fine := Votes{{1, 0, 0}, {1, 0, 0, 0, 0, 0, 0, 0, 0}, {1, 0, 0}, {0, 0}}
	if err := fine.Check(b.setup.Election); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(Votes) Votes{
		"none":             func(v Votes) Votes { v[0] = []int{0, 0, 0}; return v },
		"two of one":       func(v Votes) Votes { v[0] = []int{1, 1, 0}; return v },
		"six of five":      func(v Votes) Votes { v[1] = []int{1, 1, 1, 1, 1, 1, 0, 0, 0}; return v },
		"two for one":      func(v Votes) Votes { v[0] = []int{2, 0, 0}; return v },
		"negative":         func(v Votes) Votes { v[0] = []int{1, 1, -1}; return v },
		"blank and choice": func(v Votes) Votes { v[2] = []int{1, 1, 0}; return v },
		"not blank, none":  func(v Votes) Votes { v[2] = []int{0, 0, 0}; return v },
		"slot missing":     func(v Votes) Votes { v[0] = []int{1, 0}; return v },
		"question missing": func(v Votes) Votes { return v[:3] },
	} {
		v := change(Votes{fine[0], fine[1], fine[2], fine[3]})
		_, err := b.setup.MakeBallot(b.secrets[0], v, rand.Reader)
		same(t, name, codeOf(t, err), CodeChoice)
	}
	stranger := testScalar(t)
	_, err := b.setup.MakeBallot(stranger, fine, rand.Reader)
	same(t, "stranger", codeOf(t, err), CodeCredentialSecret)
}

// TestChainOrder is the grammar seen by the writer: it refuses what the
// verifier would refuse.
func TestChainOrder(t *testing.T) {
	b := newBoard(t, sampleQuestions[:1], 1)
	x := b.cast(0, Votes{{1, 0, 0}})
	if _, err := b.chain.Setup(b.setup); codeOf(t, err) != CodeEventOrder {
		t.Error("a second Setup was written")
	}
	b.close()
	if _, err := b.chain.Ballot(x.Bytes()); codeOf(t, err) != CodeEventOrder {
		t.Error("a ballot was written after the end")
	}
	if _, err := b.chain.EndBallots(); codeOf(t, err) != CodeEventOrder {
		t.Error("the board was closed twice")
	}
	_, err := b.setup.Decrypt(b.tally, 2, b.keys[0], rand.Reader)
	same(t, "another's secret", codeOf(t, err), CodeTrusteeSecret)
	_, err = b.setup.Decrypt(b.tally, 9, b.keys[0], rand.Reader)
	same(t, "no such trustee", codeOf(t, err), CodeShareOwner)
	b.decrypt(1, 2)
	_, err = b.setup.Combine(b.tally, b.shares)
	same(t, "one share short", codeOf(t, err), CodeSharesMissing)
	b.decrypt(4)
	same(t, "result", string(b.result().Bytes()), `{"result":[[1,0,0]]}`)
	if _, err := verifyBytes(b.archive); err != nil {
		t.Error(err)
	}
}

func TestDecode(t *testing.T) {
	counts := Result{{0, 1, 255, 256, 257}, {99999, 100000}}
	var combined [][]Element
	for _, q := range counts {
		var row []Element
		for _, n := range q {
			row = append(row, public(smallScalar(uint64(n))))
		}
		combined = append(combined, row)
	}
	got, err := Decode(combined, 100000)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "counts", string(got.Bytes()), string(counts.Bytes()))
	_, err = Decode(combined, 99999)
	same(t, "too many", codeOf(t, err), CodeUndecodable)
	combined[0][0] = public(testScalar(t))
	_, err = Decode(combined, 100000)
	same(t, "random", codeOf(t, err), CodeUndecodable)
	_, err = Decode([][]Element{{{31: 2}}}, 10)
	same(t, "no point", codeOf(t, err), CodeUndecodable)
	none, err := Decode([][]Element{{Identity}}, 0)
	if err != nil || none[0][0] != 0 {
		t.Errorf("an empty tally: %v %v", none, err)
	}
}

// TestSuspects: trustee 2 of a 2-of-3 group publishes factors shifted by a
// random power of g with valid proofs (the weak point of version 1).
func TestSuspects(t *testing.T) {
	b := newBoard(t, sampleQuestions[:1], 1)
	b.cast(0, Votes{{1, 0, 0}})
	b.close()
	b.decrypt(1, 3, 4)
	b.shares[2] = weakShare(t, b, 2)
	if err := b.setup.VerifyShare(b.tally, 2, b.shares[2]); err != nil {
		t.Fatal("the weak share must verify:", err)
	}
	combined := must[[][]Element](t)(b.setup.Combine(b.tally, b.shares))
	_, err := Decode(combined, b.size.TotalWeight)
	same(t, "shifted", codeOf(t, err), CodeUndecodable)
	if got := b.setup.Suspects(b.tally, b.shares, b.size.TotalWeight); len(got) != 1 || got[0] != 2 {
		t.Errorf("suspects %v, want 2", got)
	}
}

// weakShare chooses the commitments first and the factor after the challenge:
// B = alpha^r f^c holds for f = (B / alpha^r)^(1/c).
func weakShare(t testing.TB, b *board, owner int) *PartialDecryption {
	t.Helper()
	secret := b.keys[owner-1]
	prefix := decryptPrefix(b.setup.Election.Fingerprint, b.setup.Trustees.Keys()[owner-1])
	p := must[*PartialDecryption](t)(b.setup.Decrypt(b.tally, owner, secret, rand.Reader))
	alpha, _ := b.tally[0][0].Alpha.decode()
	w, shift := testScalar(t), testScalar(t)
	commit := power(alpha, w)
	commit.Add(commit, power(mustPoint(t, Generator), shift))
	c := hashToScalar(prefix, public(w), elementOf(commit))
	r := w.sub(secret.mul(c))
	f := commit.Subtract(commit, power(alpha, r))
	p.Factors[0][0] = elementOf(power(f, c.invert()))
	p.Proofs[0][0] = Proof{c, r}
	return p
}

// TestOpenableIsMadeLikeAnyBallot: a vote that the questions do not allow makes
// no ballot, and what is made opens to what it was made of.
func TestOpenableIsMadeLikeAnyBallot(t *testing.T) {
	b := newBoard(t, sampleQuestions[:1], 1)
	secret := must[Scalar](t)(DeriveCredential(b.setup.Election.UUID, b.private[0]))
	if x, o, err := b.setup.MakeOpenable(secret, Votes{{1, 1, 0}}, rand.Reader); err == nil || x != nil || o != nil {
		t.Errorf("%v %v %v", x, o, err)
	}
	x, o, err := b.setup.MakeOpenable(secret, Votes{{1, 0, 0}}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.setup.CheckOpening(x, o); err != nil {
		t.Error(err)
	}
}
