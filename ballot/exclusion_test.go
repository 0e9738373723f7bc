package ballot

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"strings"
	"testing"
)

// ballots is the archive of a board after some of its ballots, perhaps ended.
func (b *board) replay(end bool, ballots ...*Ballot) []byte {
	b.t.Helper()
	chain, archive, err := NewChain(b.chain.Time)
	add := func(more []byte, err error) {
		b.t.Helper()
		if err != nil {
			b.t.Fatal(err)
		}
		archive = append(archive, more...)
	}
	add(nil, err)
	add(chain.Setup(b.setup))
	for _, x := range ballots {
		add(chain.Ballot(x.Bytes()))
	}
	if end {
		add(chain.EndBallots())
	}
	return archive
}

func compared(board, tally []byte) (*Compared, error) {
	return Excluded(bytes.NewReader(board), int64(len(board)), bytes.NewReader(tally), int64(len(tally)))
}

func excluded(board, tally []byte) ([]Exclusion, error) {
	c, err := compared(board, tally)
	if err != nil {
		return nil, err
	}
	return c.Excluded, nil
}

// boards compares archives; voter 0 votes twice.
func (m mutants) boards(t testing.TB) {
	b := newBoard(t, sampleQuestions[:1], 1, 1, 1)
	first, x := b.cast(0, Votes{{1, 0, 0}}), b.cast(1, Votes{{0, 1, 0}})
	again, y := b.cast(0, Votes{{0, 0, 1}}), b.cast(2, Votes{{0, 1, 0}})
	whole := b.replay(true, first, x, again, y)
	compare := func(code Code, name string, board, tally []byte) {
		m.add(code, name, func() error { _, err := excluded(board, tally); return err })
	}
	compare(CodeBoardOpen, "still open", b.replay(false, first, x, again, y), b.replay(true, x, y))
	compare(CodeBoardPartly, "the later ballot left out", whole, b.replay(true, first, x, y))
	compare(CodeBoardPartly, "the earlier ballot left out", whole, b.replay(true, x, again, y))
	compare(CodeBoardForeign, "another order", b.replay(true, x, y), b.replay(true, y, x))
	compare(CodeBoardForeign, "a ballot that nobody saw", b.replay(true, x), b.replay(true, x, y))
	other := newBoard(t, sampleQuestions[:1], 1)
	compare(CodeBoardSetup, "another election", whole, other.replay(true))
	got, err := excluded(whole, b.replay(true, x, y))
	if err != nil || len(got) != 2 || got[0].Ballot != DigestOf(first.Bytes()) || got[1].Credential != again.Credential {
		t.Fatalf("excluded %v %v", got, err)
	}
	if none, err := excluded(whole, whole); err != nil || len(none) != 0 {
		t.Fatalf("the same board excludes %v %v", none, err)
	}
	m.lists(t, whole, b.replay(true, x, y), b.replay(true, x))
}

// lists are signed lists that do not belong to what was counted.
func (m mutants) lists(t testing.TB, board, count, other []byte) {
	c, err := compared(board, count)
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	honest := listOf(c, key)
	if err := honest.Check(c, key.Public().(ed25519.PublicKey)); err != nil {
		t.Fatal(err)
	}
	again, err := ParseExclusionList(honest.Bytes())
	if err != nil || again.Check(c, nil) != nil {
		t.Fatalf("%v: %s", err, honest.Bytes())
	}
	forged := func(code Code, name string, change func(*ExclusionList)) {
		x := listOf(c, key)
		change(x)
		x.Sign(key)
		m.add(code, name, func() error { return x.Check(c, nil) })
	}
	forged(CodeExclusionBoard, "of another board", func(x *ExclusionList) { x.Board[0] ^= 1 })
	forged(CodeExclusionBoard, "of another election", func(x *ExclusionList) { x.UUID = "fjxRDg51Z4nDdu" })
	forged(CodeExclusionList, "a ballot less", func(x *ExclusionList) { x.Ballots = x.Ballots[1:] })
	forged(CodeExclusionList, "another order", func(x *ExclusionList) { x.Ballots[0], x.Ballots[1] = x.Ballots[1], x.Ballots[0] })
	forged(CodeExclusionList, "another number of voters", func(x *ExclusionList) { x.Voters++ })
	forged(CodeExclusionSigners, "one body alone", func(x *ExclusionList) { x.Signers[1].Body = x.Signers[0].Body })
	forged(CodeExclusionSigners, "nobody", func(x *ExclusionList) { x.Signers = nil })
	unsigned := listOf(c, key)
	unsigned.Signers[0].Name = "somebody else"
	m.add(CodeExclusionSignature, "changed after signing", func() error { return unsigned.Check(c, nil) })
	_, foreign, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	m.add(CodeExclusionSignature, "signed with a key that is not on the notice", func() error { return honest.Check(c, foreign.Public().(ed25519.PublicKey)) })
	m.successions(t, c, key, foreign)
	less, err := compared(board, other)
	if err != nil {
		t.Fatal(err)
	}
	m.add(CodeExclusionList, "a count that leaves out one more", func() error { return honest.Check(less, nil) })
	for name, raw := range map[string]string{"nothing": "", "a field too many": strings.Replace(string(honest.Bytes()), "{", `{"x":1,`, 1), "white space": string(honest.Bytes()) + " ",
		"another format": strings.Replace(string(honest.Bytes()), listFormat, "x", 1), "half a tracker": strings.Replace(string(honest.Bytes()), `"ballots":["`, `"ballots":["A`, 1)} {
		m.fixed(CodeExclusionForm, name, func() error { _, err := ParseExclusionList([]byte(raw)); return err })
	}
}

// successions are lists of a server whose keys were changed twice: each of its
// keys will do, and no other.
func (m mutants) successions(t testing.TB, c *Compared, first, foreign ed25519.PrivateKey) {
	public := func(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }
	_, second, err1 := ed25519.GenerateKey(rand.Reader)
	_, third, err2 := ed25519.GenerateKey(rand.Reader)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	x := listOf(c, third)
	x.Sign(third, NewSuccession(first, public(second)), NewSuccession(second, public(third)))
	again, err := ParseExclusionList(x.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]ed25519.PublicKey{"first": public(first), "second": public(second), "third": public(third), "none": nil} {
		if err := again.Check(c, key); err != nil {
			t.Errorf("the %s key of the notice: %v", name, err)
		}
	}
	refused := func(name string, notice ed25519.PrivateKey, before ...Succession) {
		x := listOf(c, third)
		x.Sign(third, before...)
		m.add(CodeExclusionSignature, name, func() error { return x.Check(c, public(notice)) })
	}
	refused("no key of the server", foreign, NewSuccession(first, public(second)), NewSuccession(second, public(third)))
	refused("a key in between is missing", first, NewSuccession(first, public(second)))
	refused("a stranger puts the notice's key before their own", first, Succession{public(first), NewSuccession(foreign, public(third)).Signature})
	refused("the successor of another", first, NewSuccession(first, public(foreign)))
	x.Before[0].Key = x.Before[0].Key[:31]
	x.Signature = ed25519.Sign(third, x.encode(nil))
	m.add(CodeExclusionSignature, "a key that is none", func() error { return x.Check(c, public(first)) })
	m.fixed(CodeExclusionForm, "a key before in other letters", func() error {
		_, err := ParseExclusionList([]byte(strings.Replace(string(again.Bytes()), `"before":[{"key":"`, `"before":[{"key":"!`, 1)))
		return err
	})
}

func listOf(c *Compared, key ed25519.PrivateKey) *ExclusionList {
	x := &ExclusionList{UUID: c.Board.UUID, Board: c.Board.Head, Signers: []Signer{{"electoral", "甲<", 1}, {"supervision", "乙", 2}}}
	voters := map[Element]bool{}
	for _, e := range c.Excluded {
		x.Ballots = append(x.Ballots, e.Ballot)
		voters[e.Credential] = true
	}
	x.Voters = len(voters)
	x.Sign(key)
	return x
}

func TestRemaining(t *testing.T) {
	b := newBoard(t, sampleQuestions[:1], 1, 1, 1)
	first, x := b.cast(0, Votes{{1, 0, 0}}), b.cast(1, Votes{{0, 1, 0}})
	again := b.cast(0, Votes{{0, 0, 1}})
	whole := b.replay(true, first, x, again)
	var out bytes.Buffer
	chain, err := Remaining(&out, bytes.NewReader(whole), int64(len(whole)),
		func(e Exclusion) bool { return e.Credential == first.Credential })
	if err != nil {
		t.Fatal(err)
	}
	same(t, "events", chain.Events, 2)
	same(t, "archive", out.String(), string(b.replay(false, x)))
	got, err := excluded(whole, out.Bytes())
	if err != nil || len(got) != 2 {
		t.Fatalf("excluded %v %v", got, err)
	}
}
