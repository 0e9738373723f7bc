package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"juwu/internal/problem"
)

// format of an upload, told by its bytes and never by its name alone.
type format uint8

const (
	formatCSV format = iota + 1
	formatXLSX
)

var (
	oleMagic = []byte{0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1}
	zipMagic = []byte("PK\x03\x04")
	// An encrypted .xlsx is an OLE container with this stream; directory names
	// in OLE are UTF-16.
	encryptedStream = []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")
)

// sniff tells what an upload is, or says what the person should do instead.
func sniff(name string, data []byte) (format, extent, error) {
	switch {
	case len(data) == 0:
		return 0, extent{}, invalid(KeyEmpty, nil)
	case len(data) > MaxFileBytes:
		return 0, extent{}, problem.New(problem.TooLarge, KeyTooLarge, problem.Args{"limit": MaxFileBytes >> 20})
	case bytes.HasPrefix(data, oleMagic):
		if bytes.Contains(data, encryptedStream) {
			return 0, extent{}, invalid(KeyEncrypted, nil)
		}
		return 0, extent{}, invalid(KeyXLS, nil)
	case bytes.HasPrefix(data, zipMagic):
		x, err := checkZip(data)
		return formatXLSX, x, err
	}
	return formatCSV, extent{}, checkText(name, data)
}

// checkText refuses what is not a table of text: pictures, PDF, web pages
// that some systems save under the name .xls.
func checkText(name string, data []byte) error {
	head := bytes.ToLower(bytes.TrimSpace(data[:min(len(data), 512)]))
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	switch {
	case bytes.HasPrefix(head, []byte("<?xml")):
		return invalid(KeyXLS, nil) // "XML Spreadsheet 2003": Excel can save it anew
	case bytes.HasPrefix(head, []byte("<")), bytes.HasPrefix(head, []byte("%pdf")), bytes.HasPrefix(head, []byte("{")):
		return invalid(KeyType, nil)
	case !utf16BOM(data) && bytes.IndexByte(data, 0) >= 0:
		return invalid(KeyType, nil)
	}
	switch strings.ToLower(path.Ext(name)) {
	case "", ".csv", ".txt", ".tsv":
		return nil
	case ".xls", ".et":
		return invalid(KeyXLS, nil)
	}
	return invalid(KeyType, nil)
}

// maxUnzipped bounds what all parts of a workbook may become together.
const (
	maxUnzipped  = 64 << 20
	maxInMemory  = 12 << 20 // larger sheets are streamed from a temporary file
	maxZipRatio  = 150      // XML of a sparse sheet packs well, but not that well
	ratioMatters = 8 << 20
	maxPlumbing  = 6 << 20
)

// checkZip looks at the directory of a workbook before anything is unpacked.
// The sizes there are claims; archive/zip stops reading a part that exceeds
// its claim, so together they are a bound.
func checkZip(data []byte) (extent, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return extent{}, damaged(err)
	}
	if len(z.File) > maxPartsInZip {
		return extent{}, invalid(KeyBomb, nil)
	}
	var total uint64
	book, seen := false, make(map[string]bool, len(z.File))
	for _, f := range z.File {
		name := strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))
		if seen[name] || strings.Contains(name, "..") || strings.HasPrefix(name, "/") {
			return extent{}, damaged(errors.New("odd member " + f.Name))
		}
		seen[name] = true
		book = book || name == "xl/workbook.xml"
		if f.Flags&1 != 0 {
			return extent{}, invalid(KeyEncrypted, nil)
		}
		if f.UncompressedSize64 > maxUnzipped || f.UncompressedSize64 > maxPlumbing && plumbing(name) {
			return extent{}, invalid(KeyBomb, nil)
		}
		total += f.UncompressedSize64
	}
	switch {
	case total > maxUnzipped, total > ratioMatters && total/uint64(len(data)) > maxZipRatio:
		return extent{}, invalid(KeyBomb, nil)
	case !book:
		return extent{}, invalid(KeyType, nil)
	}
	return measure(z)
}

// plumbing names the parts that are held as trees in memory and are small in
// any honest workbook.
func plumbing(name string) bool {
	return strings.HasSuffix(name, ".rels") || name == "xl/workbook.xml" || name == "xl/styles.xml" || name == "[content_types].xml" ||
		strings.HasPrefix(name, "xl/theme/") || strings.HasPrefix(name, "docprops/")
}

func damaged(err error) error {
	return &problem.Problem{Kind: problem.Invalid, Key: KeyDamaged, Err: err}
}

// errPanic marks a file that made the reader fail; fuzzing looks for it.
var errPanic = errors.New("the reader panicked")

func utf16BOM(b []byte) bool {
	return bytes.HasPrefix(b, []byte{0xff, 0xfe}) || bytes.HasPrefix(b, []byte{0xfe, 0xff})
}

// decode brings a text file to UTF-8. Excel on a Chinese Windows saves CSV as
// GB18030 without saying so; what is valid UTF-8 is practically never GB18030.
func decode(data []byte) ([]byte, error) {
	switch {
	case utf16BOM(data):
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
		if err != nil {
			return nil, invalid(KeyType, nil)
		}
		return out, nil
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return bytes.ToValidUTF8(data[3:], []byte("\ufffd")), nil // it says what it is
	case utf8.Valid(data):
		return data, nil
	}
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	if err != nil || bytes.Count(out, []byte("\ufffd")) > len(out)/1000 {
		return nil, invalid(KeyType, nil)
	}
	return out, nil
}

// separator is the sign that stands most often outside quotes in the first
// lines: comma, semicolon or tab.
func separator(data []byte) rune {
	var n [3]int
	quoted, lines := false, 0
	for _, c := range data[:min(len(data), 64<<10)] {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ',':
			n[0]++
		case c == ';':
			n[1]++
		case c == '\t':
			n[2]++
		case c == '\n':
			lines++
		}
		if lines > 20 {
			break
		}
	}
	switch {
	case n[2] > n[0] && n[2] > n[1]:
		return '\t'
	case n[1] > n[0]:
		return ';'
	}
	return ','
}

// eachCSV calls fn with every record that has something in it. Row numbers
// are those a spreadsheet program shows: blank lines count, a line break
// inside quotes does not.
func eachCSV(data []byte, fn func(line) error) error {
	data, err := decode(data)
	if err != nil {
		return err
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = separator(data), -1, true
	row, next, kept := 0, 1, 0
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return damaged(err)
		}
		start, _ := r.FieldPos(0)
		row += 1 + max(0, start-next)
		next = start + 1
		l := line{n: row, cells: make([]string, 0, min(len(rec), maxColumns))}
		for i, c := range rec {
			next += strings.Count(c, "\n")
			if i < maxColumns {
				l.cells = append(l.cells, text(c))
			}
		}
		if blank(l.cells) {
			continue
		}
		if kept++; kept > maxRows {
			return problem.New(problem.TooLarge, KeyTooManyRows, problem.Args{"limit": maxRows})
		}
		if err := fn(l); err != nil {
			return err
		}
	}
}

// tables reads an upload into sheets of text.
func tables(name string, data []byte) ([]*table, error) {
	f, reach, err := sniff(name, data)
	if err != nil {
		return nil, err
	}
	if f == formatXLSX {
		return openWorkbook(data, reach)
	}
	t := &table{name: baseName(name), csv: true}
	err = eachCSV(data, func(l line) error { t.lines = append(t.lines, l); return nil })
	if err != nil {
		return nil, err
	}
	if len(t.lines) == 0 {
		return nil, invalid(KeyEmpty, nil)
	}
	return []*table{t}, nil
}

// baseName is the file's name without folders and endings: it may tell the
// month ("accounts-2026-10.gb18030.csv").
func baseName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	for _, ext := range []string{".csv", ".txt", ".tsv", ".xlsx", ".gb18030", ".gbk", ".utf8"} {
		if len(name) > len(ext) && strings.EqualFold(name[len(name)-len(ext):], ext) {
			name = name[:len(name)-len(ext)]
		}
	}
	return name
}
