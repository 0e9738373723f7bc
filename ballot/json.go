package ballot

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// The election and the trustees are hashed as they are, may contain white space
// and fields of others, and so are read as ordinary JSON. encoding/json into
// structs would match names without regard to case and let a repeated field
// win silently: two readers could see two elections in the same bytes.

// value is a parsed JSON value: string, json.Number, bool, nil, []value or object.
type value any

type object map[string]value

const maxDepth = 16

var errJSON = errors.New("not one JSON value in UTF-8, or a field given twice")

func parseJSON(b []byte) (value, error) {
	if !utf8.Valid(b) {
		return nil, errJSON
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	v, err := readValue(d, maxDepth)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errJSON
	}
	return v, nil
}

func readValue(d *json.Decoder, depth int) (value, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	if depth == 0 {
		return nil, errJSON
	}
	switch t {
	case json.Delim('['):
		list := []value{}
		for d.More() {
			v, err := readValue(d, depth-1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	case json.Delim('{'):
		o := object{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			if _, twice := o[name.(string)]; twice {
				return nil, errJSON
			}
			if o[name.(string)], err = readValue(d, depth-1); err != nil {
				return nil, err
			}
		}
		_, err = d.Token()
		return o, err
	}
	return t, nil
}

// fields reads typed fields and remembers the first that is missing or of
// another kind.
type fields struct {
	o   object
	bad string
}

// fieldsOf reads an object; what is none lacks every field.
func fieldsOf(v value) *fields {
	o, _ := v.(object)
	return &fields{o: o}
}

func (f *fields) miss(name string) {
	if f.bad == "" {
		f.bad = name
	}
}

func (f *fields) text(name string) string {
	s, ok := f.o[name].(string)
	if !ok {
		f.miss(name)
	}
	return s
}

// optional reads a string that may be absent.
func (f *fields) optional(name string) string {
	if _, given := f.o[name]; !given {
		return ""
	}
	return f.text(name)
}

func (f *fields) number(name string) int {
	n, ok := f.o[name].(json.Number)
	i, err := strconv.Atoi(string(n))
	if !ok || err != nil || i < 0 || i > shortInteger {
		f.miss(name)
		return 0
	}
	return i
}

func (f *fields) list(name string) []value {
	l, ok := f.o[name].([]value)
	if !ok {
		f.miss(name)
	}
	return l
}

func (f *fields) element(name string) Element {
	e, err := ParseElement([]byte(f.text(name)))
	if err != nil {
		f.miss(name)
	}
	return e
}

func (f *fields) scalar(name string) Scalar {
	s, err := ParseScalar([]byte(f.text(name)))
	if err != nil {
		f.miss(name)
	}
	return s
}

func (f *fields) proof(name string) Proof {
	p := fieldsOf(f.o[name])
	proof := Proof{Challenge: p.scalar("challenge"), Response: p.scalar("response")}
	if p.bad != "" {
		f.miss(name + "." + p.bad)
	}
	return proof
}

// only requires that no other field is there.
func (f *fields) only(names ...string) {
	known := 0
	for _, n := range names {
		if _, given := f.o[n]; given {
			known++
		}
	}
	if known != len(f.o) {
		f.miss("unknown field")
	}
}

// appendString writes a JSON string as the format has it: raw UTF-8, escapes
// only for the quote, the backslash and control characters.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c < ' ':
			const hex = "0123456789abcdef"
			dst = append(dst, `\u00`...)
			dst = append(dst, hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
