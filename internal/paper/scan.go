package paper

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"slices"
	"strconv"

	"juwu/internal/problem"
)

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenName
	tokenNumber
	tokenText
	tokenWord
	tokenOpenDict
	tokenCloseDict
	tokenOpenList
	tokenCloseList
)

type token struct {
	kind   tokenKind
	text   string
	number int
}

// scanner cuts PDF syntax into tokens (ISO 32000-1, 7.2).
type scanner struct {
	b []byte
	i int
}

func space(c byte) bool {
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' '
}

func delimiter(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

func (s *scanner) skip() {
	for s.i < len(s.b) {
		switch c := s.b[s.i]; {
		case space(c):
			s.i++
		case c == '%':
			for s.i < len(s.b) && s.b[s.i] != '\n' && s.b[s.i] != '\r' {
				s.i++
			}
		default:
			return
		}
	}
}

func (s *scanner) next() (token, error) {
	s.skip()
	if s.i >= len(s.b) {
		return token{}, nil
	}
	double := s.i+1 < len(s.b) && s.b[s.i+1] == s.b[s.i]
	switch c := s.b[s.i]; c {
	case '/':
		return s.name()
	case '(':
		return s.text()
	case '[', ']', '{', '}':
		s.i++
		return token{kind: map[byte]tokenKind{'[': tokenOpenList, ']': tokenCloseList, '{': tokenWord, '}': tokenWord}[c], text: string(c)}, nil
	case '<':
		if double {
			s.i += 2
			return token{kind: tokenOpenDict}, nil
		}
		return s.hex()
	case '>':
		if double {
			s.i += 2
			return token{kind: tokenCloseDict}, nil
		}
		return token{}, broken("stray >")
	case ')':
		return token{}, broken("stray )")
	}
	return s.word(), nil
}

// name reads /Name; #4a in it is a letter like any other.
func (s *scanner) name() (token, error) {
	var n []byte
	for s.i++; s.i < len(s.b) && !space(s.b[s.i]) && !delimiter(s.b[s.i]); s.i++ {
		c := s.b[s.i]
		if c == '#' && s.i+2 < len(s.b) {
			if v, err := strconv.ParseUint(string(s.b[s.i+1:s.i+3]), 16, 8); err == nil {
				c = byte(v)
				s.i += 2
			}
		}
		n = append(n, c)
	}
	return token{kind: tokenName, text: string(n)}, nil
}

func (s *scanner) text() (token, error) {
	open := 0
	for ; s.i < len(s.b); s.i++ {
		switch s.b[s.i] {
		case '\\':
			s.i++
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				s.i++
				return token{kind: tokenText}, nil
			}
		}
	}
	return token{}, broken("text without end")
}

func (s *scanner) hex() (token, error) {
	for s.i++; s.i < len(s.b); s.i++ {
		c := s.b[s.i]
		if c == '>' {
			s.i++
			return token{kind: tokenText}, nil
		}
		if !space(c) && bytes.IndexByte([]byte("0123456789abcdefABCDEF"), c) < 0 {
			return token{}, broken("hex text")
		}
	}
	return token{}, broken("text without end")
}

func (s *scanner) word() token {
	from := s.i
	for s.i < len(s.b) && !space(s.b[s.i]) && !delimiter(s.b[s.i]) {
		s.i++
	}
	text := string(s.b[from:s.i])
	if n, err := strconv.Atoi(text); err == nil {
		return token{kind: tokenNumber, text: text, number: n}
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return token{kind: tokenNumber, text: text, number: -1}
	}
	return token{kind: tokenWord, text: text}
}

var endstream = []byte("endstream")

// stream reads the bytes after the word "stream": their end is where the
// dictionary says, or else the next "endstream". A stream of objects is opened.
func (r *reader) stream(s *scanner, o object) error {
	if s.i < len(s.b) && s.b[s.i] == '\r' {
		s.i++
	}
	if s.i < len(s.b) && s.b[s.i] == '\n' {
		s.i++
	}
	rest := s.b[s.i:]
	end := o.length
	if end < 0 || end > len(rest) || !bytes.HasPrefix(bytes.TrimLeft(rest[end:min(len(rest), end+16)], "\r\n \t"), endstream) {
		if end = bytes.Index(rest, endstream); end < 0 {
			return broken("stream without end")
		}
	}
	data := rest[:end]
	s.i += end
	if t, err := s.next(); err != nil || t.text != "endstream" {
		return broken("stream without end")
	}
	if t, err := s.next(); err != nil || t.text != "endobj" {
		return broken("object without end")
	}
	if hidden.Match(data) {
		return problem.New(problem.Invalid, "paper.active", nil).Because("an object inside a stream")
	}
	if o.objects {
		return r.objects(data, o)
	}
	return nil
}

// objects opens a stream of objects, packed in the one way that writers use,
// and reads it like the file.
func (r *reader) objects(data []byte, o object) error {
	switch {
	case len(o.filter) == 0:
	case slices.Equal(o.filter, []string{"FlateDecode"}) && !o.parms:
		z, err := zlib.NewReader(bytes.NewReader(data))
		if err != nil {
			return broken("packed objects")
		}
		data, err = io.ReadAll(io.LimitReader(z, int64(r.room)+1))
		if len(data) > r.room {
			return broken("packed objects are too large")
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return broken("packed objects")
		}
		r.room -= len(data)
	default:
		return broken("packed in an unusual way")
	}
	s := &scanner{b: data}
	for {
		t, err := s.next()
		if err != nil {
			return err
		}
		switch t.kind {
		case tokenEnd:
			return nil
		case tokenOpenDict:
			_, err = r.dictionary(s, 1)
		case tokenOpenList:
			err = r.list(s, 1)
		case tokenName:
			err = r.name(t.text)
		}
		if err != nil {
			return err
		}
	}
}
