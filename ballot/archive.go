package ballot

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
)

// The archive (section 2) is a row of old-style tar records without the zero
// blocks that end a normal tar. archive/tar can neither write it nor insist on
// it: every header has exactly one form here, and is compared byte for byte.

const (
	blockSize   = 512
	headerName  = "BELENIOS"
	dataSuffix  = ".data.json"
	eventSuffix = ".event.json"
	maxTime     = 1<<33 - 1 // eleven octal digits

	maxSetupRecord = 256 << 20 // a million credentials take 67 MB
	maxRecord      = 8 << 20
	setupRecords   = 6 // the header, four documents and the Setup event
)

// record is one entry of the archive.
type record struct {
	name   string
	body   []byte
	digest Digest
	offset int64 // of the body in the file
}

func (r *record) isEvent() bool { return strings.HasSuffix(r.name, eventSuffix) }

// appendRecord writes header, body and padding. time is in Unix seconds.
func appendRecord(dst []byte, name string, time int64, body []byte) []byte {
	dst = append(dst, makeHeader(name, time, int64(len(body)))...)
	dst = append(dst, body...)
	return append(dst, make([]byte, padding(int64(len(body))))...)
}

func padding(size int64) int64 { return -size & (blockSize - 1) }

func makeHeader(name string, time, size int64) []byte {
	h := make([]byte, blockSize)
	copy(h, name)
	copy(h[100:], "0000644")
	copy(h[108:], "0000000")
	copy(h[116:], "0000000")
	copy(h[124:], octal(size, 11))
	copy(h[136:], octal(time, 11))
	copy(h[148:], "        ") // the checksum counts its own field as spaces
	h[156] = '0'
	sum := int64(0)
	for _, x := range h {
		sum += int64(x)
	}
	copy(h[148:], octal(sum, 6)+"\x00 ")
	return h
}

func octal(n int64, width int) string {
	s := strconv.FormatInt(n, 8)
	return strings.Repeat("0", max(0, width-len(s))) + s
}

func headerBody(time int64) []byte {
	return []byte(`{"version":1,"timestamp":"` + strconv.FormatInt(time, 10) + `"}`)
}

// archiveReader yields the records of an archive one after the other.
type archiveReader struct {
	r     *bufio.Reader
	size  int64
	at    int64
	time  int64
	count int
}

func newArchiveReader(r io.ReaderAt, size int64) *archiveReader {
	return &archiveReader{r: bufio.NewReaderSize(io.NewSectionReader(r, 0, size), 1<<16), size: size}
}

// next returns io.EOF after the last record and a *Refusal for anything that
// the archive writer of the tool would not have written.
func (a *archiveReader) next() (*record, error) {
	if a.at == a.size {
		if a.count == 0 {
			return nil, refuse(CodeArchiveTruncated, "")
		}
		return nil, io.EOF
	}
	at := "offset " + strconv.FormatInt(a.at, 10)
	var header [blockSize]byte
	if err := a.fill(header[:]); err != nil {
		return nil, err
	}
	name, size, code := a.parseHeader(header[:])
	if code != "" {
		return nil, refuse(code, at)
	}
	limit := int64(maxRecord)
	if a.count < setupRecords {
		limit = maxSetupRecord
	}
	if size > limit {
		return nil, refuse(CodeTooLarge, at)
	}
	if size+padding(size) > a.size-a.at {
		return nil, refuse(CodeArchiveTruncated, at)
	}
	r := &record{name: name, body: make([]byte, size), offset: a.at}
	if err := a.fill(r.body); err != nil {
		return nil, err
	}
	pad := make([]byte, padding(size))
	if err := a.fill(pad); err != nil {
		return nil, err
	}
	if len(bytes.Trim(pad, "\x00")) > 0 && on(CodeArchivePadding) {
		return nil, refuse(CodeArchivePadding, at)
	}
	if code := a.checkName(r); code != "" {
		return nil, refuse(code, at)
	}
	a.count++
	return r, nil
}

func (a *archiveReader) fill(b []byte) error {
	n, err := io.ReadFull(a.r, b)
	a.at += int64(n)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return refuse(CodeArchiveTruncated, "offset "+strconv.FormatInt(a.at, 10))
	}
	return err
}

// parseHeader reads the fields that vary and demands that the header is the
// one that these fields give.
func (a *archiveReader) parseHeader(h []byte) (name string, size int64, code Code) {
	name, _, _ = strings.Cut(string(h[:100]), "\x00")
	size, err1 := strconv.ParseInt(string(h[124:135]), 8, 64)
	time, err2 := strconv.ParseInt(string(h[136:147]), 8, 64)
	if err1 != nil || err2 != nil || size < 0 || time < 0 {
		return "", 0, CodeArchiveHeader
	}
	if !bytes.Equal(h, makeHeader(name, time, size)) && on(CodeArchiveHeader) {
		return "", 0, CodeArchiveHeader
	}
	if a.count == 0 {
		a.time = time
	}
	if time != a.time && on(CodeArchiveTime) {
		return "", 0, CodeArchiveTime
	}
	return name, size, ""
}

func (a *archiveReader) checkName(r *record) Code {
	if a.count == 0 {
		if r.name != headerName || !bytes.Equal(r.body, headerBody(a.time)) {
			return CodeSyntax
		}
		return ""
	}
	r.digest = DigestOf(r.body)
	hexPart, isEvent := strings.CutSuffix(r.name, eventSuffix)
	if !isEvent {
		var isData bool
		if hexPart, isData = strings.CutSuffix(r.name, dataSuffix); !isData {
			return CodeSyntax
		}
	}
	if hexPart != r.digest.String() && on(CodeArchiveDigest) {
		return CodeArchiveDigest
	}
	return ""
}
