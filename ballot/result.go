package ballot

import (
	"encoding/binary"
	"math"
)

// Result holds the weighted counts per question, the blank slot first.
type Result [][]int64

// ParseResult reads the record in its one form.
func ParseResult(raw []byte) (r Result, err error) {
	c := &cursor{b: raw}
	c.lit(`{"result":`)
	c.list(func() {
		var q []int64
		c.list(func() { q = append(q, c.count()) })
		r = append(r, q)
	})
	c.lit(`}`)
	return r, c.end()
}

// Bytes writes the record.
func (r Result) Bytes() []byte {
	b := []byte(`{"result":[`)
	for i, q := range r {
		b = append(sep(b, i), '[')
		for j, n := range q {
			b = appendCount(sep(b, j), n)
		}
		b = append(b, ']')
	}
	return append(b, `]}`...)
}

// verifyResult compares counts with the combined g^count.
func verifyResult(r Result, combined [][]Element) error {
	if len(r) != len(combined) {
		return refuse(CodeResultShape, "result")
	}
	for i, q := range r {
		if len(q) != len(combined[i]) {
			return refuse(CodeResultShape, slotPath(i, 0))
		}
		for j, n := range q {
			if public(smallScalar(uint64(n))) != combined[i][j] && on(CodeResultDiffers) {
				return refuse(CodeResultDiffers, slotPath(i, j))
			}
		}
	}
	return nil
}

// stepBlock is how many points share one inversion when they are compared.
const stepBlock = 256

// Decode finds the counts from g^count, up to maximum (baby-step giant-step).
// A count that is larger, or no small number at all, is CodeUndecodable: then
// a trustee has published wrong factors.
func Decode(combined [][]Element, maximum int64) (Result, error) {
	slots := 0
	for _, q := range combined {
		slots += len(q)
	}
	babies := max(1, int64(math.Sqrt(float64(maximum)*float64(max(1, slots)))))
	babies = min(babies, 1<<21, maximum+1)
	table := babySteps(babies)
	out := make(Result, len(combined))
	type place struct{ i, j int }
	var places []place
	for i, q := range combined {
		out[i] = make([]int64, len(q))
		for j := range q {
			places = append(places, place{i, j})
		}
	}
	bad := make([]bool, len(places))
	inParallel(len(places), func(k int) {
		p := places[k]
		n, ok := giantSteps(table, babies, combined[p.i][p.j], maximum)
		out[p.i][p.j], bad[k] = n, !ok
	})
	for k, p := range places {
		if bad[k] {
			return nil, refuse(CodeUndecodable, slotPath(p.i, p.j))
		}
	}
	return out, nil
}

// babyKey is a part of an element that identifies it well enough to look it up;
// a hit is checked in full.
func babyKey(e Element) uint64 { return binary.BigEndian.Uint64(e[24:]) }

func babySteps(n int64) map[uint64]int64 {
	table := make(map[uint64]int64, n)
	g := stepOf(Generator, 1)
	var v point
	v.setIdentity()
	walk(&v, g, n, func(i int64, e Element) bool {
		table[babyKey(e)] = i
		return false
	})
	return table
}

func giantSteps(table map[uint64]int64, babies int64, target Element, maximum int64) (count int64, found bool) {
	p, code := target.decode()
	if code != "" {
		return 0, false
	}
	var v point
	v.fromLibrary(p)
	back := stepOf(Generator, babies)
	back.yPlusX, back.yMinusX = back.yMinusX, back.yPlusX // the negative point
	back.t2d.Negate(&back.t2d)
	walk(&v, back, maximum/babies+1, func(i int64, e Element) bool {
		if baby, hit := table[babyKey(e)]; hit {
			n := i*babies + baby
			if n <= maximum && public(smallScalar(uint64(n))) == target {
				count, found = n, true
			}
		}
		return found
	})
	return count, found
}

// stepOf is n*e, ready to be added often.
func stepOf(e Element, n int64) *cachedPoint {
	p, code := e.decode()
	if code != "" {
		panic("ballot: " + string(code)) // only called for the generator
	}
	var v point
	v.fromLibrary(p)
	v = timesSmall(&v, n)
	c := new(cachedPoint)
	c.from(&v)
	return c
}

// walk visits v, v+step, v+2*step, ... n points in all, until visit says stop.
func walk(v *point, step *cachedPoint, n int64, visit func(i int64, e Element) bool) {
	block := make([]point, 0, stepBlock)
	encoded := make([]Element, 0, stepBlock)
	for done := int64(0); done < n; done += int64(len(block)) {
		block = block[:0]
		for range min(stepBlock, n-done) {
			block = append(block, *v)
			v.add(step, false)
		}
		encoded = encodeAll(encoded[:0], block)
		for k, e := range encoded {
			if visit(done+int64(k), e) {
				return
			}
		}
	}
}
