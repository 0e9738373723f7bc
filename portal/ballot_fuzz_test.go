package portal

import "testing"

// FuzzByteRange: whatever a client asks for lies within the board.
func FuzzByteRange(f *testing.F) {
	for _, s := range []string{"", "bytes=0-", "bytes=-5", "bytes=2-3", "bytes=9-", "bytes=3-2", "bytes=0-0,5-6", "bytes=0-9223372036854775807", "bytes=-9223372036854775807", "bytes=+1-2"} {
		f.Add(s, int64(9))
	}
	f.Fuzz(func(t *testing.T, header string, size int64) {
		if size < 0 {
			return
		}
		from, to, err := byteRange(header, size)
		if err == nil && (from < 0 || from > to || to > size) {
			t.Errorf("%q of %d: from %d to %d", header, size, from, to)
		}
	})
}
