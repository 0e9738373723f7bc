package ballot

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"

	"filippo.io/edwards25519"
)

// Scalar is an integer modulo the group order l, as 32 little-endian bytes and
// always reduced: two scalars are equal exactly when their bytes are.
type Scalar [32]byte

// orderLimbs is l = 2^252 + 27742317777372353535851937790883648493, least
// significant limb first.
var orderLimbs = [4]uint64{0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000}

func scalarOf(s *edwards25519.Scalar) Scalar { return Scalar(s.Bytes()) }

func (s Scalar) lib() *edwards25519.Scalar {
	v, err := edwards25519.NewScalar().SetCanonicalBytes(s[:])
	if err != nil {
		panic("ballot: a Scalar that is not reduced") // only a bug can make one
	}
	return v
}

func smallScalar(n uint64) (s Scalar) {
	binary.LittleEndian.PutUint64(s[:], n)
	return s
}

func (s Scalar) add(t Scalar) Scalar {
	return scalarOf(edwards25519.NewScalar().Add(s.lib(), t.lib()))
}

func (s Scalar) sub(t Scalar) Scalar {
	return scalarOf(edwards25519.NewScalar().Subtract(s.lib(), t.lib()))
}

func (s Scalar) mul(t Scalar) Scalar {
	return scalarOf(edwards25519.NewScalar().Multiply(s.lib(), t.lib()))
}

func (s Scalar) neg() Scalar { return scalarOf(edwards25519.NewScalar().Negate(s.lib())) }

func (s Scalar) invert() Scalar { return scalarOf(edwards25519.NewScalar().Invert(s.lib())) }

func (s Scalar) isZero() bool { return s == Scalar{} }

// scalarOfBigEndian reduces at most 64 bytes, read as one big-endian integer.
func scalarOfBigEndian(b []byte) Scalar {
	var wide [64]byte
	for i, x := range b {
		wide[len(b)-1-i] = x
	}
	s, err := edwards25519.NewScalar().SetUniformBytes(wide[:])
	if err != nil {
		panic(err) // the length is fixed
	}
	return scalarOf(s)
}

// randomScalar draws a scalar other than 0 from random.
func randomScalar(random io.Reader) (Scalar, error) {
	var b [64]byte
	for {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return Scalar{}, fmt.Errorf("ballot: reading randomness: %w", err)
		}
		if s := scalarOfBigEndian(b[:]); !s.isZero() {
			return s, nil
		}
	}
}

const (
	maxDecimals  = 76 // l has 76 decimal digits
	decimalChunk = 19 // as many digits as fit a uint64
)

// ParseScalar reads the decimal form: no sign, no leading zero, less than l.
func ParseScalar(b []byte) (Scalar, error) {
	n, code := parseDecimal(b)
	if code != "" {
		return Scalar{}, refuse(code, "")
	}
	var s Scalar
	for i, x := range n {
		binary.LittleEndian.PutUint64(s[8*i:], x)
	}
	return s, nil
}

func parseDecimal(b []byte) (n [4]uint64, code Code) {
	if len(b) == 0 || len(b) > maxDecimals+1 {
		return n, CodeScalarForm
	}
	if b[0] == '0' && len(b) > 1 && on(CodeScalarLeadingZero) {
		return n, CodeScalarLeadingZero
	}
	for len(b) > 0 {
		k := min(len(b), decimalChunk)
		chunk, scale := uint64(0), uint64(1)
		for _, c := range b[:k] {
			if c < '0' || c > '9' {
				return n, CodeScalarForm
			}
			chunk, scale = chunk*10+uint64(c-'0'), scale*10
		}
		if mulAdd(&n, scale, chunk) != 0 {
			return n, CodeScalarForm
		}
		b = b[k:]
	}
	if !lessThanOrder(&n) {
		if on(CodeScalarRange) {
			return n, CodeScalarRange
		}
		for !lessThanOrder(&n) {
			subtractOrder(&n)
		}
	}
	return n, ""
}

// mulAdd sets n = n*scale + add and returns what overflows 256 bits.
func mulAdd(n *[4]uint64, scale, add uint64) uint64 {
	carry := add
	for i := range n {
		hi, lo := bits.Mul64(n[i], scale)
		var c uint64
		n[i], c = bits.Add64(lo, carry, 0)
		carry = hi + c
	}
	return carry
}

func lessThanOrder(n *[4]uint64) bool {
	for i := 3; i >= 0; i-- {
		if n[i] != orderLimbs[i] {
			return n[i] < orderLimbs[i]
		}
	}
	return false
}

func subtractOrder(n *[4]uint64) {
	var borrow uint64
	for i := range n {
		n[i], borrow = bits.Sub64(n[i], orderLimbs[i], borrow)
	}
}

// appendDecimal appends the canonical decimal form.
func (s Scalar) appendDecimal(dst []byte) []byte {
	var n [4]uint64
	for i := range n {
		n[i] = binary.LittleEndian.Uint64(s[8*i:])
	}
	var digits [maxDecimals + decimalChunk]byte
	at := len(digits)
	for n != [4]uint64{} {
		var rem uint64
		for i := 3; i >= 0; i-- {
			n[i], rem = bits.Div64(rem, n[i], 1e19)
		}
		for range decimalChunk {
			at--
			digits[at] = byte('0' + rem%10)
			rem /= 10
		}
	}
	for at < len(digits) && digits[at] == '0' {
		at++
	}
	if at == len(digits) {
		return append(dst, '0')
	}
	return append(dst, digits[at:]...)
}

func (s Scalar) String() string { return string(s.appendDecimal(nil)) }
