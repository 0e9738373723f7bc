// Package paper looks into PDF documents that people hand in, before they are
// kept and shown to others. A PDF is let in when all of it can be read and none
// of it does anything by itself: no scripts, no starting of programs, no files
// inside, no forms that send, no encryption that hides all this. It changes
// nothing, does no I/O and knows nothing of who owns a document.
//
// The whole file is read from front to back, not along its table of contents:
// what no table names is looked at too. Only what a stream hides that is not a
// stream of objects (a picture, a font, the marks on a page) is not opened,
// since a reader runs nothing of it.
package paper

import (
	"bytes"
	"regexp"

	"juwu/internal/problem"
)

// Limits of a document that is handed in.
const (
	MaxBytes    = 10 << 20
	MaxPages    = 200
	maxInflated = 32 << 20 // of all streams of objects together
	maxDepth    = 64       // of lists in lists
)

// PDF is a document fit to be kept, as it came.
type PDF struct {
	Pages int
}

// Is tells whether the bytes claim to be a PDF; Check says whether they are.
func Is(data []byte) bool { return bytes.HasPrefix(data, []byte("%PDF-")) }

// Check reads a document. Refusals are of kind Invalid or TooLarge: paper.kind
// (it is no PDF), paper.bytes, paper.pages, paper.broken, paper.locked (it is
// encrypted, so nobody can look inside), paper.active (it does something by
// itself).
func Check(data []byte) (*PDF, error) {
	if len(data) > MaxBytes {
		return nil, problem.New(problem.TooLarge, "paper.bytes", problem.Args{"mib": MaxBytes >> 20})
	}
	if !Is(data) {
		return nil, problem.New(problem.Invalid, "paper.kind", nil)
	}
	tail := data[max(0, len(data)-1024):]
	if !bytes.Contains(tail, []byte("%%EOF")) || !bytes.Contains(tail, []byte("startxref")) {
		return nil, broken("no end")
	}
	r := &reader{room: maxInflated}
	if err := r.file(data); err != nil {
		return nil, err
	}
	switch {
	case !r.catalog || r.pages == 0:
		return nil, broken("no pages")
	case r.pages > MaxPages:
		return nil, problem.New(problem.Invalid, "paper.pages", problem.Args{"n": MaxPages})
	}
	return &PDF{Pages: r.pages}, nil
}

func broken(why string) error {
	return problem.New(problem.Invalid, "paper.broken", nil).Because(why)
}

// active are the names by which a document does something: scripts, programs,
// files inside, forms that send, sound and film, and XFA forms, which are all
// of it at once.
var active = map[string]bool{
	"JS": true, "JavaScript": true, "Launch": true, "EmbeddedFile": true, "EmbeddedFiles": true, "RichMedia": true,
	"XFA": true, "SubmitForm": true, "ImportData": true, "Movie": true, "Sound": true, "Rendition": true, "GoToE": true,
	"GoToR": true, "RichMediaExecute": true, "3D": true, "Filespec": true, "Collection": true,
}

// hidden is the beginning of an object. Where it stands inside a stream, a
// table of contents could point into it past this reader.
var hidden = regexp.MustCompile(`\d[ \r\n\t]+\d+[ \r\n\t]+obj\b`)

// reader goes through a document once.
type reader struct {
	pages   int
	catalog bool
	room    int // what may still be inflated
}

// object is what is known of the dictionary that a stream follows.
type object struct {
	objects      bool // its stream holds objects
	first, n     bool // has the two keys that such a stream needs, whatever it calls itself
	filter       []string
	parms, whole bool
	length       int // −1 when it is told elsewhere
}

// file reads the objects between the tables.
func (r *reader) file(data []byte) error {
	s := &scanner{b: data}
	var last object
	for {
		t, err := s.next()
		if err != nil {
			return err
		}
		switch {
		case t.kind == tokenEnd:
			return nil
		case t.kind == tokenOpenDict:
			if last, err = r.dictionary(s, 1); err != nil {
				return err
			}
		case t.kind == tokenOpenList:
			if err := r.list(s, 1); err != nil {
				return err
			}
		case t.kind == tokenName:
			if err := r.name(t.text); err != nil {
				return err
			}
		case t.kind == tokenWord && t.text == "stream":
			if !last.whole {
				return broken("stream without a dictionary")
			}
			if err := r.stream(s, last); err != nil {
				return err
			}
			last = object{}
		case t.kind == tokenWord && (t.text == "endobj" || t.text == "obj"):
			last = object{}
		}
	}
}

func (r *reader) name(n string) error {
	if n == "Encrypt" {
		return problem.New(problem.Invalid, "paper.locked", nil)
	}
	if active[n] {
		return problem.New(problem.Invalid, "paper.active", nil).Because(n)
	}
	return nil
}

// dictionary reads up to its end and remembers what a stream needs.
func (r *reader) dictionary(s *scanner, depth int) (o object, err error) {
	if depth > maxDepth {
		return o, broken("too deep")
	}
	o.length, o.whole = -1, true
	key := ""
	for {
		t, err := s.next()
		if err != nil {
			return o, err
		}
		switch t.kind {
		case tokenCloseDict:
			return o, nil
		case tokenEnd, tokenCloseList:
			return o, broken("dictionary without end")
		case tokenName:
			if err := r.name(t.text); err != nil {
				return o, err
			}
			o.mark(t.text)
			if key == "" || key == "Length" && o.length >= 0 {
				key = t.text
				continue
			}
			r.value(&o, key, t.text)
		case tokenNumber:
			if key == "Length" && o.length < 0 {
				o.length = t.number
				continue // "12 0 R" may follow: then it is told elsewhere
			}
			if key == "Length" {
				o.length = -1
			}
		case tokenWord:
			if t.text == "stream" || t.text == "endobj" {
				return o, broken("dictionary cut off")
			}
		case tokenOpenDict:
			if key == "DecodeParms" {
				o.parms = true
			}
			if _, err := r.dictionary(s, depth+1); err != nil {
				return o, err
			}
		case tokenOpenList:
			filters, err := r.names(s, depth+1)
			if err != nil {
				return o, err
			}
			if key == "Filter" {
				o.filter = filters
			}
			if key == "DecodeParms" {
				o.parms = true
			}
		}
		key = ""
	}
}

// mark notes the names by which a stream of objects shows itself.
func (o *object) mark(name string) {
	o.first, o.n = o.first || name == "First", o.n || name == "N"
	o.objects = o.objects || name == "ObjStm" || o.first && o.n
}

// value notes what a key of a dictionary names.
func (r *reader) value(o *object, key, value string) {
	switch {
	case key == "Filter" || key == "F":
		o.filter = append(o.filter, value)
	case key == "Type":
		r.catalog = r.catalog || value == "Catalog"
		if value == "Page" {
			r.pages++
		}
	}
}

func (r *reader) list(s *scanner, depth int) error {
	_, err := r.names(s, depth)
	return err
}

// names reads a list and returns the names in it.
func (r *reader) names(s *scanner, depth int) (found []string, err error) {
	if depth > maxDepth {
		return nil, broken("too deep")
	}
	for {
		t, err := s.next()
		if err != nil {
			return nil, err
		}
		switch t.kind {
		case tokenEnd, tokenCloseDict:
			return nil, broken("list without end")
		case tokenCloseList:
			return found, nil
		case tokenName:
			if err := r.name(t.text); err != nil {
				return nil, err
			}
			found = append(found, t.text)
		case tokenOpenDict:
			if _, err := r.dictionary(s, depth+1); err != nil {
				return nil, err
			}
		case tokenOpenList:
			if err := r.list(s, depth+1); err != nil {
				return nil, err
			}
		}
	}
}
