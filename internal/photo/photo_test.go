package photo

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"juwu/internal/problem"
)

// corners is a picture whose four corners are red, green, blue and white.
func corners(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 0, 0, 255}
			switch {
			case x >= w/2 && y < h/2:
				c = color.RGBA{0, 255, 0, 255}
			case x < w/2 && y >= h/2:
				c = color.RGBA{0, 0, 255, 255}
			case x >= w/2:
				c = color.RGBA{255, 255, 255, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withEXIF puts an EXIF block with an orientation and a place into a JPEG.
func withEXIF(data []byte, orientation uint16) []byte {
	tiff := []byte("II*\x00\x08\x00\x00\x00\x02\x00")
	entry := func(tag, kind uint16, count, value uint32) {
		tiff = binary.LittleEndian.AppendUint16(tiff, tag)
		tiff = binary.LittleEndian.AppendUint16(tiff, kind)
		tiff = binary.LittleEndian.AppendUint32(tiff, count)
		tiff = binary.LittleEndian.AppendUint32(tiff, value)
	}
	entry(0x0112, 3, 1, uint32(orientation))
	entry(0x8825, 4, 1, 38)
	tiff = append(tiff, "\x00\x00\x00\x00GPSLatitude 30.3192N secret place"...)
	body := append([]byte("Exif\x00\x00"), tiff...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return append(append(append([]byte{0xff, 0xd8}, segment...), body...), data[2:]...)
}

func decode(t testing.TB, p *Photo) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(p.JPEG))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// near names the nearest of the corner colours.
func near(img image.Image, x, y int) string {
	r, g, b, _ := img.At(x, y).RGBA()
	hi := func(v uint32) bool { return v > 0x8000 }
	switch {
	case hi(r) && hi(g) && hi(b):
		return "w"
	case hi(r):
		return "r"
	case hi(g):
		return "g"
	case hi(b):
		return "b"
	}
	return "k"
}

func shape(img image.Image) string {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	return near(img, w/4, h/4) + near(img, 3*w/4, h/4) + near(img, w/4, 3*h/4) + near(img, 3*w/4, 3*h/4)
}

// EXIF 2.3 4.6.4: how the corners come to lie for each orientation.
func TestPicturesStandUpright(t *testing.T) {
	want := []string{"", "rgbw", "grwb", "wbgr", "bwrg", "rbgw", "brwg", "wgbr", "gwrb"}
	for o := 1; o <= 8; o++ {
		p, err := Clean(withEXIF(jpegOf(t, corners(80, 40)), uint16(o)))
		if err != nil {
			t.Fatal(err)
		}
		img := decode(t, p)
		if got := shape(img); got != want[o] {
			t.Errorf("orientation %d: %s, want %s", o, got, want[o])
		}
		if turned := o >= 5; turned != (p.Height > p.Width) {
			t.Errorf("orientation %d: %d×%d", o, p.Width, p.Height)
		}
	}
}

func TestNothingButPixelsIsLeft(t *testing.T) {
	for _, data := range [][]byte{
		withEXIF(jpegOf(t, corners(60, 60)), 1),
		append(jpegOf(t, corners(60, 60)), "<script>secret place</script>PK\x03\x04"...),
		append(pngOf(t, corners(60, 60)), "secret place"...),
	} {
		p, err := Clean(data)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"secret", "Exif", "GPS", "script", "PK"} {
			if bytes.Contains(p.JPEG, []byte(word)) {
				t.Errorf("%q is left", word)
			}
		}
	}
}

func TestWhatIsNoPictureIsRefused(t *testing.T) {
	good := jpegOf(t, corners(20, 20))
	for name, c := range map[string]struct {
		data []byte
		key  string
	}{
		"svg":       {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "photo.kind"},
		"html":      {[]byte("<!DOCTYPE html><script>alert(1)</script>"), "photo.kind"},
		"html+jpeg": {append([]byte("<html><!--"), good...), "photo.kind"},
		"pdf+jpeg":  {append([]byte("%PDF-1.7\n"), good...), "photo.kind"},
		"gif":       {[]byte("GIF89a/*\x00\x00"), "photo.kind"},
		"empty":     {nil, "photo.kind"},
		"cut":       {good[:len(good)/2], "photo.broken"},
		"only head": {good[:3], "photo.broken"},
	} {
		if _, err := Clean(c.data); problem.As(err) == nil || problem.As(err).Key != c.key {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
}

// bomb is a PNG that announces a huge picture in a few bytes.
func bomb(side uint32) []byte {
	b := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, body []byte) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(body)))
		at := len(b)
		b = append(append(b, kind...), body...)
		b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[at:]))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, side), side)
	chunk("IHDR", append(head, 8, 2, 0, 0, 0))
	chunk("IDAT", bytes.Repeat([]byte{0}, 9_900))
	chunk("IEND", nil)
	return b
}

func TestBombIsMeasuredBeforeItIsDecoded(t *testing.T) {
	for _, side := range []uint32{65_535, 12_000, 4_900} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Clean(bomb(side))
		runtime.ReadMemStats(&after)
		if problem.As(err) == nil || problem.As(err).Key != "photo.pixels" {
			t.Errorf("%d: %v", side, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
			t.Errorf("%d: refusing took %d bytes", side, used)
		}
	}
}

// Small pictures are decoded side by side, no more of them than processors, and
// never more pixels than there is room for; a large one comes in its turn.
func TestRoomForPixels(t *testing.T) {
	const all, processors = 24, 4
	r := newRoom(all, processors)
	var leaves []func()
	for range processors {
		leaves = append(leaves, r.enter(1)) // none of them waits
	}
	if r.free != 0 {
		t.Errorf("%d left beside %d small ones", r.free, processors)
	}
	for _, leave := range leaves {
		leave()
	}
	r.enter(all)() // the largest alone
	var inside, most atomic.Int64
	var done sync.WaitGroup
	for i := range 200 {
		pixels := int64([]int{1, 7, all}[i%3])
		done.Go(func() {
			leave := r.enter(int(pixels))
			now := inside.Add(pixels)
			for was := most.Load(); now > was && !most.CompareAndSwap(was, now); was = most.Load() {
			}
			inside.Add(-pixels)
			leave()
		})
	}
	done.Wait()
	if most.Load() > all || r.free != all {
		t.Errorf("%d at once of %d, %d left in the end", most.Load(), all, r.free)
	}
}

// A picture as a phone sends it is written anew too: nothing that was in the file
// beside its pixels is left, and they look as before.
func TestSmallPicturesKeepTheirPixels(t *testing.T) {
	src := jpegOf(t, corners(400, 300))
	p, err := Clean(append(withEXIF(src, 1), "<script>alert(1)</script>"...))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(p.JPEG, []byte("script")) || bytes.Contains(p.JPEG, []byte("Exif")) || p.Width != 400 || p.Height != 300 {
		t.Errorf("%d × %d, %d bytes", p.Width, p.Height, len(p.JPEG))
	}
	got, err := jpeg.Decode(bytes.NewReader(p.JPEG))
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []image.Point{{20, 20}, {380, 20}, {20, 280}, {380, 280}} {
		r, g, b, _ := got.At(at.X, at.Y).RGBA()
		wr, wg, wb, _ := corners(400, 300).At(at.X, at.Y).RGBA()
		for _, d := range []int{int(r>>8) - int(wr>>8), int(g>>8) - int(wg>>8), int(b>>8) - int(wb>>8)} {
			if d < -12 || d > 12 {
				t.Errorf("at %v: %d %d %d, want %d %d %d", at, r>>8, g>>8, b>>8, wr>>8, wg>>8, wb>>8)
			}
		}
	}
}

func TestLargePicturesShrink(t *testing.T) {
	p, err := Clean(jpegOf(t, image.NewGray(image.Rect(0, 0, 4000, 2000))))
	if err != nil {
		t.Fatal(err)
	}
	if p.Width != 2400 || p.Height != 1200 {
		t.Errorf("%d×%d", p.Width, p.Height)
	}
}

func TestBlackoutCoversAndForgets(t *testing.T) {
	p, err := Clean(jpegOf(t, corners(200, 100)))
	if err != nil {
		t.Fatal(err)
	}
	boxes, err := ParseBoxes("0,0,500,500;750,750,250,250")
	if err != nil {
		t.Fatal(err)
	}
	q, err := Blackout(p.JPEG, boxes)
	if err != nil {
		t.Fatal(err)
	}
	img := decode(t, q)
	for _, c := range []struct {
		x, y int
		want string
	}{{0, 0, "k"}, {99, 49, "k"}, {110, 20, "g"}, {50, 70, "b"}, {120, 60, "w"}, {151, 76, "k"}, {199, 99, "k"}} {
		if got := near(img, c.x, c.y); got != c.want {
			t.Errorf("(%d,%d) is %s, want %s", c.x, c.y, got, c.want)
		}
	}
}

func TestBoxesAreReadStrictly(t *testing.T) {
	for _, s := range []string{"1,2,3", "a,b,c,d", "-1,0,10,10", "0,0,1001,1", "NaN,0,1,1", strings.Repeat("0,0,1,1;", 60)} {
		if _, err := ParseBoxes(s); err == nil {
			t.Errorf("%q is accepted", s)
		}
	}
	if got, err := ParseBoxes(" 10.4,20.5,30,40;;0,0,0,9; "); err != nil || len(got) != 1 || got[0] != (Box{10, 21, 30, 40}) {
		t.Errorf("%v %v", got, err)
	}
}

func FuzzClean(f *testing.F) {
	f.Add(withEXIF(jpegOf(f, corners(8, 8)), 6))
	f.Add(pngOf(f, corners(8, 8)))
	f.Add(bomb(65_535))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Clean(data)
		if err == nil && (p.Width < 1 || p.Width > longSide || p.Height > longSide) {
			t.Errorf("%d×%d", p.Width, p.Height)
		}
		if err != nil && problem.As(err) == nil {
			t.Error(err)
		}
	})
}
