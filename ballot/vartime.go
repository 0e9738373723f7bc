package ballot

import (
	"sync"

	"filippo.io/edwards25519"
	"filippo.io/edwards25519/field"
)

// This file is arithmetic for verification. It sees public data only and takes
// a time that depends on it. Everything here is tested against the library.

// point is in extended coordinates: x = X/Z, y = Y/Z, x*y = T/Z.
type point struct{ x, y, z, t field.Element }

// cachedPoint is prepared for being added often; affinePoint has Z = 1 too.
type cachedPoint struct{ yPlusX, yMinusX, z2, t2d field.Element }

type affinePoint struct{ yPlusX, yMinusX, t2d field.Element }

var (
	fieldOne = new(field.Element).One()
	curveD   = func() *field.Element { // d = -121665/121666
		n := new(field.Element).Mult32(fieldOne, 121665)
		m := new(field.Element).Mult32(fieldOne, 121666)
		return n.Negate(n.Multiply(n, m.Invert(m)))
	}()
	curve2D   = new(field.Element).Add(curveD, curveD)
	inverseOf = new(field.Element).Invert(curveD)
)

func (v *point) fromLibrary(p *edwards25519.Point) {
	x, y, z, t := p.ExtendedCoordinates()
	v.x.Set(x)
	v.y.Set(y)
	v.z.Set(z)
	v.t.Set(t)
}

func (v *point) library() *edwards25519.Point {
	p, err := new(edwards25519.Point).SetExtendedCoordinates(&v.x, &v.y, &v.z, &v.t)
	if err != nil {
		panic("ballot: a point off the curve") // only a bug can make one
	}
	return p
}

func (v *point) setIdentity() {
	v.x.Zero()
	v.y.One()
	v.z.One()
	v.t.Zero()
}

func (v *point) isIdentity() bool {
	var zero field.Element
	return v.x.Equal(&zero) == 1 && v.y.Equal(&v.z) == 1
}

// completed finishes an addition or doubling from (X:Z), (Y:T) coordinates.
func (v *point) completed(x, y, z, t *field.Element) {
	v.x.Multiply(x, t)
	v.y.Multiply(y, z)
	v.z.Multiply(z, t)
	v.t.Multiply(x, y)
}

// double sets v = 2v; withT false leaves t stale, for a doubling to follow.
func (v *point) double(withT bool) {
	var xx, yy, zz, s, x, y, z, t field.Element
	xx.Square(&v.x)
	yy.Square(&v.y)
	zz.Square(&v.z)
	s.Add(&v.x, &v.y)
	s.Square(&s)
	y.Add(&yy, &xx)
	z.Subtract(&yy, &xx)
	x.Subtract(&s, &y)
	t.Add(&zz, &zz)
	t.Subtract(&t, &z)
	v.x.Multiply(&x, &t)
	v.y.Multiply(&y, &z)
	v.z.Multiply(&z, &t)
	if withT {
		v.t.Multiply(&x, &y)
	}
}

func (c *cachedPoint) from(p *point) {
	c.yPlusX.Add(&p.y, &p.x)
	c.yMinusX.Subtract(&p.y, &p.x)
	c.z2.Add(&p.z, &p.z)
	c.t2d.Multiply(&p.t, curve2D)
}

// to restores a point (with all coordinates doubled), negated if asked.
func (c *cachedPoint) to(v *point, negative bool) {
	if negative {
		v.x.Subtract(&c.yMinusX, &c.yPlusX)
	} else {
		v.x.Subtract(&c.yPlusX, &c.yMinusX)
	}
	v.y.Add(&c.yPlusX, &c.yMinusX)
	v.z.Set(&c.z2)
	v.t.Multiply(&c.t2d, inverseOf)
	if negative {
		v.t.Negate(&v.t)
	}
}

// add sets v = v + c, or v - c.
func (v *point) add(c *cachedPoint, negative bool) {
	plus, minus := &c.yPlusX, &c.yMinusX
	if negative {
		plus, minus = minus, plus
	}
	var a, b, tt, zz field.Element
	a.Add(&v.y, &v.x)
	a.Multiply(&a, plus)
	b.Subtract(&v.y, &v.x)
	b.Multiply(&b, minus)
	tt.Multiply(&v.t, &c.t2d)
	zz.Multiply(&v.z, &c.z2)
	v.finishAdd(&a, &b, &tt, &zz, negative)
}

// addAffine sets v = v + c, or v - c.
func (v *point) addAffine(c *affinePoint, negative bool) {
	plus, minus := &c.yPlusX, &c.yMinusX
	if negative {
		plus, minus = minus, plus
	}
	var a, b, tt, zz field.Element
	a.Add(&v.y, &v.x)
	a.Multiply(&a, plus)
	b.Subtract(&v.y, &v.x)
	b.Multiply(&b, minus)
	tt.Multiply(&v.t, &c.t2d)
	zz.Add(&v.z, &v.z)
	v.finishAdd(&a, &b, &tt, &zz, negative)
}

func (v *point) finishAdd(a, b, tt, zz *field.Element, negative bool) {
	var x, y, z, t field.Element
	x.Subtract(a, b)
	y.Add(a, b)
	if negative {
		z.Subtract(zz, tt)
		t.Add(zz, tt)
	} else {
		z.Add(zz, tt)
		t.Subtract(zz, tt)
	}
	v.completed(&x, &y, &z, &t)
}

func (v *point) addPoint(p *point, negative bool) {
	var c cachedPoint
	c.from(p)
	v.add(&c, negative)
}

// windows is the number of base-16 digits of a scalar.
const windows = 64

// powers holds 16^i * P. The 252 doublings are the most expensive part of a
// multiplication and are shared by all exponents of one base (Yao's method):
// in a ballot every base has two to six exponents, and l for the membership
// test is just one more.
type powers [windows]cachedPoint

func (w *powers) set(p *point) {
	q := *p
	for i := range w {
		w[i].from(&q)
		if i < windows-1 {
			q.double(false)
			q.double(false)
			q.double(false)
			q.double(true)
		}
	}
}

// mul sets v = s*P: each power of 16 goes to the bucket of its digit, and the
// buckets are summed with their weights 1 to 8.
func (w *powers) mul(v *point, s *Scalar) {
	digits := signedRadix16((*[32]byte)(s))
	w.mulDigits(v, &digits)
}

func (w *powers) mulDigits(v *point, digits *[windows]int8) {
	var buckets [9]point
	var used [9]bool
	for i := range w {
		d := digits[i]
		if d == 0 {
			continue
		}
		negative := d < 0
		if negative {
			d = -d
		}
		if used[d] {
			buckets[d].add(&w[i], negative)
		} else {
			w[i].to(&buckets[d], negative)
			used[d] = true
		}
	}
	var run point
	running, any := false, false
	for d := 8; d > 0; d-- {
		if used[d] {
			if running {
				run.addPoint(&buckets[d], false)
			} else {
				run, running = buckets[d], true
			}
		}
		if !running {
			continue
		}
		if any {
			v.addPoint(&run, false)
		} else {
			*v, any = run, true
		}
	}
	if !any {
		v.setIdentity()
	}
}

// orderDigits is l in signed base 16.
var orderDigits = func() [windows]int8 {
	var b [32]byte
	for i, x := range orderLimbs {
		for k := range 8 {
			b[8*i+k] = byte(x >> (8 * k))
		}
	}
	return signedRadix16(&b)
}()

// torsionFree tells whether l*P is the identity, which only the members of the
// prime-order group fulfil. It is exact, not a sampled test.
func (w *powers) torsionFree() bool {
	var v point
	w.mulDigits(&v, &orderDigits)
	return v.isIdentity()
}

// signedRadix16 writes a number below 2^253 with digits -8 to 8.
func signedRadix16(b *[32]byte) (d [windows]int8) {
	for i, x := range b {
		d[2*i], d[2*i+1] = int8(x&15), int8(x>>4)
	}
	for i := range windows - 1 {
		carry := (d[i] + 8) >> 4
		d[i] -= carry << 4
		d[i+1] += carry
	}
	return d
}

// fixedBase holds 256^i * j * P for j = 1 to 128: the two bases that every
// proof uses, g and the election key, cost 32 additions and no doubling.
type fixedBase [32][128]affinePoint

func newFixedBase(p *edwards25519.Point) *fixedBase {
	var base point
	base.fromLibrary(p)
	all := make([]point, 32*128)
	for i := range 32 {
		var c cachedPoint
		c.from(&base)
		q := base
		for j := range 128 {
			all[128*i+j] = q
			if j < 127 {
				q.add(&c, false)
			}
		}
		q.double(true) // 128*2
		base = q
	}
	normalise(all)
	t := new(fixedBase)
	for k := range all {
		t[k/128][k%128].from(&all[k])
	}
	return t
}

func (c *affinePoint) from(p *point) {
	c.yPlusX.Add(&p.y, &p.x)
	c.yMinusX.Subtract(&p.y, &p.x)
	c.t2d.Multiply(&p.x, &p.y)
	c.t2d.Multiply(&c.t2d, curve2D)
}

var generatorTable = sync.OnceValue(func() *fixedBase {
	return newFixedBase(edwards25519.NewGeneratorPoint())
})

// addMul sets v = v + s*P.
func (t *fixedBase) addMul(v *point, s *Scalar) {
	carry := 0
	for i, x := range s {
		d := int(x) + carry
		carry = 0
		if d > 128 {
			d, carry = d-256, 1
		}
		switch {
		case d > 0:
			v.addAffine(&t[i][d-1], false)
		case d < 0:
			v.addAffine(&t[i][-d-1], true)
		}
	}
}

// normalise makes Z = 1 everywhere with one field inversion; t goes stale.
func normalise(ps []point) {
	if len(ps) == 0 {
		return
	}
	products := make([]field.Element, len(ps))
	acc := *fieldOne
	for i := range ps {
		products[i] = acc
		acc.Multiply(&acc, &ps[i].z)
	}
	acc.Invert(&acc)
	for i := len(ps) - 1; i >= 0; i-- {
		var inverse field.Element
		inverse.Multiply(&acc, &products[i])
		acc.Multiply(&acc, &ps[i].z)
		ps[i].x.Multiply(&ps[i].x, &inverse)
		ps[i].y.Multiply(&ps[i].y, &inverse)
		ps[i].z.One()
	}
}

// encodeAll writes points as elements, with one inversion for all. The points
// are normalised on the way.
func encodeAll(dst []Element, ps []point) []Element {
	normalise(ps)
	for i := range ps {
		e := reversed([32]byte(ps[i].y.Bytes()))
		e[0] |= byte(ps[i].x.IsNegative() << 7)
		dst = append(dst, e)
	}
	return dst
}
