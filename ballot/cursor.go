package ballot

import (
	"strconv"
)

// cursor reads the canonical bytes of a record: exactly one form is accepted,
// so that what was parsed and what was hashed cannot differ. The first fault
// is kept and everything after it is a no-op.
type cursor struct {
	b   []byte
	at  int
	err *Refusal
}

func (c *cursor) fail(code Code) {
	if c.err == nil {
		c.err = refuse(code, "byte "+strconv.Itoa(c.at))
		c.at = len(c.b)
	}
}

// peek tells whether the next bytes are s.
func (c *cursor) peek(s string) bool {
	return c.err == nil && len(c.b)-c.at >= len(s) && string(c.b[c.at:c.at+len(s)]) == s
}

// lit requires the next bytes to be s.
func (c *cursor) lit(s string) {
	if !c.peek(s) {
		c.fail(CodeSyntax)
		return
	}
	c.at += len(s)
}

// accept consumes s if it is next.
func (c *cursor) accept(s string) bool {
	if !c.peek(s) {
		return false
	}
	c.at += len(s)
	return true
}

// text reads up to the closing quote. Strings of the canonical records are hex,
// base58, base64 or decimal: none needs an escape.
func (c *cursor) text() []byte {
	start := c.at
	for i := start; c.err == nil && i < len(c.b); i++ {
		switch x := c.b[i]; {
		case x == '"':
			c.at = i + 1
			return c.b[start:i]
		case x == '\\' || x < ' ' || x > '~':
			c.fail(CodeSyntax)
		}
	}
	c.fail(CodeSyntax)
	return nil
}

// quoted reads a whole string with both quotes.
func (c *cursor) quoted() []byte {
	c.lit(`"`)
	return c.text()
}

func (c *cursor) element() (e Element) {
	start := c.at
	if b := c.quoted(); c.err == nil {
		if code := decodeHex(&e, b); code != "" {
			c.at = start
			c.fail(code)
		}
	}
	return e
}

func (c *cursor) digest() (d Digest) {
	e := Element(d)
	if b := c.quoted(); c.err == nil && decodeHex(&e, b) != "" {
		c.fail(CodeSyntax)
	}
	return Digest(e)
}

func (c *cursor) scalar() Scalar {
	start := c.at
	b := c.quoted()
	if c.err != nil {
		return Scalar{}
	}
	s, err := ParseScalar(b)
	if err != nil {
		c.at = start
		c.fail(err.(*Refusal).Code)
	}
	return s
}

// shortInteger is the largest count that is written as a JSON number; larger
// ones are strings, because the tool's integers have 31 bits on some machines.
const shortInteger = 1<<30 - 1

// MaxWeight bounds a voter's weight and MaxTotalWeight their sum, so that a
// result can be decoded: the discrete logarithm takes its square root of steps.
const (
	MaxWeight      = 1 << 36
	MaxTotalWeight = 1 << 40
)

// count reads a weight or a count in the form its size demands.
func (c *cursor) count() int64 {
	start := c.at
	inString := c.accept(`"`)
	from := c.at
	for c.at < len(c.b) && c.b[c.at] >= '0' && c.b[c.at] <= '9' {
		c.at++
	}
	digits := string(c.b[from:c.at])
	if inString {
		c.lit(`"`)
	}
	n, ok := parseCount(digits)
	if !ok || inString != (n > shortInteger) {
		c.at = start
		c.fail(CodeSyntax)
	}
	return n
}

func parseCount(digits string) (int64, bool) {
	if digits == "" || len(digits) > 1 && digits[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil && n >= 0 && n <= MaxTotalWeight
}

func appendCount(dst []byte, n int64) []byte {
	if n > shortInteger {
		dst = append(dst, '"')
		return append(strconv.AppendInt(dst, n, 10), '"')
	}
	return strconv.AppendInt(dst, n, 10)
}

// number reads a small JSON number.
func (c *cursor) number() int {
	n := c.count()
	if n > shortInteger {
		c.fail(CodeSyntax)
	}
	return int(n)
}

// list reads [item,item,...]; the opening bracket is part of it.
func (c *cursor) list(item func()) {
	c.lit("[")
	if c.accept("]") {
		return
	}
	for c.err == nil {
		item()
		if !c.accept(",") {
			break
		}
	}
	c.lit("]")
}

// end requires that nothing follows.
func (c *cursor) end() error {
	if c.err == nil && c.at != len(c.b) {
		c.fail(CodeSyntax)
	}
	if c.err != nil {
		return c.err
	}
	return nil
}

// sep appends the comma between items of a list.
func sep(dst []byte, i int) []byte {
	if i > 0 {
		return append(dst, ',')
	}
	return dst
}

func appendElement(dst []byte, e Element) []byte {
	return append(e.appendHex(append(dst, '"')), '"')
}

func appendScalar(dst []byte, s Scalar) []byte {
	return append(s.appendDecimal(append(dst, '"')), '"')
}
