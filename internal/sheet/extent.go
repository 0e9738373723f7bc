package sheet

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

// excelize fills every row up to its last cell and, when it loads a whole
// sheet, every row up to the last one. A cell in column XFD of each of some
// thousand rows is a small file that would take gigabytes, so the extent of
// each part is measured before excelize sees it.
const (
	maxPadded    = 1_500_000 // cells, counting the empty ones before the last of each row
	loadedPadded = 700_000   // up to here whole sheets may be loaded
	loadedRows   = 100_000
)

// extent is how far the cells of a workbook reach.
type extent struct {
	padded int // sum over rows of the last column
	row    int // last row number
	merges int
}

// loadable tells whether whole sheets (merged ranges, formulas) may be loaded.
func (x extent) loadable() bool {
	return x.padded <= loadedPadded && x.row <= loadedRows && x.merges <= 2_000
}

var errOdd = errors.New("a part of the workbook is not plain XML")

// measure unpacks every part, which also proves sizes and checksums: excelize
// ignores errors of unpacking, and half a sheet would read as a shorter one.
func measure(z *zip.Reader) (extent, error) {
	var all extent
	for _, f := range z.File {
		rc, err := f.Open()
		if err != nil {
			return all, damaged(err)
		}
		x, err := scanPart(rc, binaryPart(f.Name))
		rc.Close()
		if err != nil {
			return all, damaged(err)
		}
		all.padded += x.padded
		all.merges += x.merges
		all.row = max(all.row, x.row)
		if all.padded > maxPadded {
			return all, invalid(KeyBomb, nil)
		}
	}
	return all, nil
}

// binaryPart names pictures and the like, which may hold any byte. No sheet
// may hide under such a name: scanPart looks at the relations.
func binaryPart(name string) bool {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return false
	}
	switch strings.ToLower(name[i+1:]) {
	case "png", "jpg", "jpeg", "gif", "bmp", "emf", "wmf", "tif", "tiff", "wdp", "bin", "ico", "svg":
		return true
	}
	return false
}

func scanPart(r io.Reader, binary bool) (extent, error) {
	if binary {
		_, err := io.Copy(io.Discard, r)
		return extent{}, err
	}
	var x extent
	b := bufio.NewReaderSize(r, 64<<10)
	last := 0
	for {
		chunk, err := b.ReadSlice('>')
		// A NUL means UTF-16 or worse, in which this scan would see nothing.
		if bytes.IndexByte(chunk, 0) >= 0 {
			return x, errOdd
		}
		if at := bytes.LastIndexByte(chunk, '<'); at >= 0 {
			full := errors.Is(err, bufio.ErrBufferFull)
			if err := x.tag(chunk[at+1:], &last, full); err != nil {
				return x, err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			x.padded += last
			return x, nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return x, err
		}
	}
}

// tag looks at one start tag: rows, cells, merged ranges, relations.
func (x *extent) tag(t []byte, last *int, cut bool) error {
	end := bytes.IndexAny(t, " \t\r\n/>")
	if end <= 0 {
		return nil
	}
	name := t[:end]
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	switch string(name) {
	case "row":
		x.padded += *last
		*last = 0
		if n := leadingNumber(attribute(t, "r")); n > x.row {
			x.row = n
		} else {
			x.row++
		}
	case "c":
		*last = max(*last+1, columnNumber(attribute(t, "r")))
	case "mergeCell":
		x.merges++
	case "Relationship":
		if bytes.Contains(t, []byte("/worksheet")) && binaryPart(string(attribute(t, "Target"))) {
			return errOdd
		}
	default:
		return nil
	}
	// A ">" inside a quoted value, or a tag of more than 64 KB, would hide what
	// follows from this scan.
	if cut || bytes.Count(t, []byte{'"'})%2 != 0 || bytes.Count(t, []byte{'\''})%2 != 0 {
		return errOdd
	}
	return nil
}

// attribute finds a quoted value by its name.
func attribute(t []byte, name string) []byte {
	for i := 1; i+len(name) < len(t); i++ {
		at := bytes.Index(t[i:], []byte(name))
		if at < 0 {
			return nil
		}
		i += at
		rest := bytes.TrimLeft(t[i+len(name):], " \t\r\n")
		if !space(t[i-1]) || len(rest) < 2 || rest[0] != '=' {
			continue
		}
		rest = bytes.TrimLeft(rest[1:], " \t\r\n")
		if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
			return nil
		}
		value, _, _ := bytes.Cut(rest[1:], rest[:1])
		return value
	}
	return nil
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func leadingNumber(b []byte) int {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' || n > 1<<30 {
			break
		}
		n = n*10 + int(c-'0')
	}
	return n
}

func columnNumber(b []byte) int {
	n := 0
	for _, c := range b {
		c &^= 0x20
		if c < 'A' || c > 'Z' || n > 1<<20 {
			break
		}
		n = n*26 + int(c-'A') + 1
	}
	return n
}
