package ballot

import (
	"encoding/hex"

	"filippo.io/edwards25519"
)

// Element is a group element as it is written: the 32 bytes of RFC 8032 in
// reverse order, that is the integer y + 2^255*sign(x), big-endian. A parsed
// Element is only 64 lower-case hex digits so far; member says whether it is
// a canonical element of the prime-order group.
type Element [32]byte

var (
	// Generator is the base point g.
	Generator = elementOf(edwards25519.NewGeneratorPoint())
	// Identity is the neutral element. It is legal in an encrypted tally and in
	// decryption factors, nowhere else.
	Identity = elementOf(edwards25519.NewIdentityPoint())
)

// fieldMinusOne is p-1 = 2^255-20, big-endian: the largest canonical y.
var fieldMinusOne = func() (b [32]byte) {
	for i := range b {
		b[i] = 0xff
	}
	b[0], b[31] = 0x7f, 0xec
	return b
}()

func reversed(b [32]byte) (r [32]byte) {
	for i, x := range b {
		r[31-i] = x
	}
	return r
}

func elementOf(p *edwards25519.Point) Element {
	return Element(reversed([32]byte(p.Bytes())))
}

func (e Element) appendHex(dst []byte) []byte { return hex.AppendEncode(dst, e[:]) }

func (e Element) String() string { return hex.EncodeToString(e[:]) }

// ParseElement reads 64 lower-case hex digits. It does not test membership.
func ParseElement(b []byte) (e Element, err error) {
	if code := decodeHex(&e, b); code != "" {
		return e, refuse(code, "")
	}
	return e, nil
}

func decodeHex(e *Element, b []byte) Code {
	if len(b) != 64 {
		return CodeElementForm
	}
	for i := range e {
		hi, lo := unhex[b[2*i]], unhex[b[2*i+1]]
		if hi|lo >= upperDigit {
			if (hi|lo) == notDigit || hi == notDigit || lo == notDigit {
				return CodeElementForm
			}
			if on(CodeElementUpperCase) {
				return CodeElementUpperCase
			}
			hi, lo = hi&15, lo&15
		}
		e[i] = hi<<4 | lo
	}
	return ""
}

const (
	upperDigit = 0x40
	notDigit   = 0xff
)

// unhex maps a byte to its digit; upper-case digits are marked, because the
// format has one form per element.
var unhex = func() (t [256]byte) {
	for i := range t {
		t[i] = notDigit
	}
	for i := byte(0); i < 10; i++ {
		t['0'+i] = i
	}
	for i := byte(0); i < 6; i++ {
		t['a'+i], t['A'+i] = 10+i, upperDigit|(10+i)
	}
	return t
}()

// canonical tells whether e is the only encoding of its point: y < p, and no
// sign bit where x = 0 (y = 1 or y = -1). The library accepts both.
func (e Element) canonical() bool {
	y, sign := [32]byte(e), e[0]>>7
	y[0] &= 0x7f
	for i := range y {
		if y[i] != fieldMinusOne[i] {
			if y[i] > fieldMinusOne[i] {
				return false
			}
			break
		}
	}
	return sign == 0 || (y != fieldMinusOne && y != [32]byte(Identity))
}

// decode returns the point, on the curve and canonically written, but perhaps
// outside the prime-order group.
func (e Element) decode() (*edwards25519.Point, Code) {
	if !e.canonical() && on(CodeElementNotCanonical) {
		return nil, CodeElementNotCanonical
	}
	b := reversed(e)
	p, err := new(edwards25519.Point).SetBytes(b[:])
	if err != nil {
		return nil, CodeElementNotOnCurve
	}
	return p, ""
}

// verified decodes an element that was decoded before: it cannot fail.
func (e Element) verified() *edwards25519.Point {
	p, code := e.decode()
	if code != "" {
		panic("ballot: an element that was verified is " + string(code))
	}
	return p
}

// member decodes e and tests that it is in the prime-order group; the identity
// is a member.
func (e Element) member() (*edwards25519.Point, Code) {
	p, code := e.decode()
	if code != "" {
		return nil, code
	}
	var v point
	v.fromLibrary(p)
	var w powers
	w.set(&v)
	if !w.torsionFree() && on(CodeElementTorsion) {
		return nil, CodeElementTorsion
	}
	return p, ""
}

// key is member for elements that must not be the identity: credentials and
// every kind of public key, for which the identity would mean the secret 0.
func (e Element) key() (*edwards25519.Point, Code) {
	if e == Identity && on(CodeElementIdentity) {
		return nil, CodeElementIdentity
	}
	return e.member()
}

// public returns g^s. It is constant-time in s.
func public(s Scalar) Element {
	return elementOf(new(edwards25519.Point).ScalarBaseMult(s.lib()))
}

// power returns p^s. It is constant-time in s.
func power(p *edwards25519.Point, s Scalar) *edwards25519.Point {
	return new(edwards25519.Point).ScalarMult(s.lib(), p)
}
