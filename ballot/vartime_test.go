package ballot

import (
	"crypto/rand"
	"testing"

	"filippo.io/edwards25519"
)

func testScalar(t testing.TB) Scalar {
	t.Helper()
	s, err := randomScalar(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// edgeScalars are where carries and empty windows happen.
func edgeScalars(t testing.TB) []Scalar {
	t.Helper()
	list := []Scalar{{}, smallScalar(1), smallScalar(8), smallScalar(127), smallScalar(128), smallScalar(129),
		smallScalar(255), smallScalar(256), smallScalar(1).neg(), smallScalar(8).neg(), smallScalar(128).neg()}
	for range 20 {
		list = append(list, testScalar(t))
	}
	return list
}

func TestVartimeEqualsLibrary(t *testing.T) {
	base := power(edwards25519.NewGeneratorPoint(), testScalar(t))
	var p point
	p.fromLibrary(base)
	var w powers
	w.set(&p)
	table := newFixedBase(base)
	for _, s := range edgeScalars(t) {
		want := power(base, s)
		var byWindow, byTable point
		w.mul(&byWindow, &s)
		byTable.setIdentity()
		table.addMul(&byTable, &s)
		got := encodeAll(nil, []point{byWindow, byTable})
		if got[0] != elementOf(want) || got[1] != elementOf(want) {
			t.Errorf("%s: windows %s, table %s, library %s", s, got[0], got[1], elementOf(want))
		}
		if s.isZero() {
			continue
		}
		if byWindow.library().Equal(want) != 1 {
			t.Errorf("%s: extended coordinates disagree", s)
		}
	}
}

// lowOrder finds a point of order 8: l times a point outside the group.
func lowOrder(t testing.TB) *edwards25519.Point {
	t.Helper()
	for y := byte(3); y < 200; y++ {
		p, code := Element{31: y}.decode()
		if code != "" {
			continue
		}
		q := power(p, smallScalar(1).neg())
		q.Add(q, p)
		if elementOf(power(q, smallScalar(4))) != Identity {
			return q
		}
	}
	t.Fatal("no point of order 8 found")
	return nil
}

func TestMembership(t *testing.T) {
	torsion := lowOrder(t)
	member := power(edwards25519.NewGeneratorPoint(), testScalar(t))
	for k := 1; k < 8; k++ {
		shifted := new(edwards25519.Point).Add(member, power(torsion, smallScalar(uint64(k))))
		if _, code := elementOf(shifted).member(); code != CodeElementTorsion {
			t.Errorf("shifted by %d/8: %q", k, code)
		}
	}
	if _, code := elementOf(member).member(); code != "" {
		t.Errorf("a member is refused: %s", code)
	}
	if _, code := Identity.member(); code != "" {
		t.Errorf("the identity is refused: %s", code)
	}
	if _, code := Identity.key(); code != CodeElementIdentity {
		t.Errorf("the identity as a key: %q", code)
	}
}

func TestNotCanonical(t *testing.T) {
	for text, want := range map[string]Code{
		"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec": "", // y = -1, order 2
		"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed": CodeElementNotCanonical,
		"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffee": CodeElementNotCanonical,
		"8000000000000000000000000000000000000000000000000000000000000001": CodeElementNotCanonical,
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec": CodeElementNotCanonical,
		"0000000000000000000000000000000000000000000000000000000000000002": CodeElementNotOnCurve,
	} {
		e, err := ParseElement([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, code := e.decode(); code != want {
			t.Errorf("%s: %q, want %q", text, code, want)
		}
	}
}

func FuzzVartime(f *testing.F) {
	f.Add([]byte{1}, []byte{2})
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if len(a) > 64 || len(b) > 64 {
			return
		}
		s, k := scalarOfBigEndian(a), scalarOfBigEndian(b)
		base := power(edwards25519.NewGeneratorPoint(), k)
		want := power(base, s)
		var p, v point
		p.fromLibrary(base)
		var w powers
		w.set(&p)
		w.mul(&v, &s)
		generatorTable().addMul(&v, &k)
		want.Add(want, base)
		if got := encodeAll(nil, []point{v}); got[0] != elementOf(want) {
			t.Fatalf("%s * %s: %s, library %s", s, k, got[0], elementOf(want))
		}
	})
}

func mustPoint(t testing.TB, e Element) *edwards25519.Point {
	t.Helper()
	p, code := e.decode()
	if code != "" {
		t.Fatal(code)
	}
	return p
}
