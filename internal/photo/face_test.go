package photo

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"juwu/internal/problem"
)

// A standing picture keeps its upper part, where the face is; a lying one its
// middle. What comes out is square and small, and no larger than what came in.
func TestFace(t *testing.T) {
	for name, c := range map[string]struct {
		w, h, side int
		x, y       int // a place of the picture that must be in the middle of the face
	}{
		"standing": {400, 800, 320, 200, 300},
		"lying":    {900, 600, 320, 450, 300},
		"small":    {90, 100, 90, 45, 47},
	} {
		img := image.NewRGBA(image.Rect(0, 0, c.w, c.h))
		for y := range c.h {
			for x := range c.w {
				img.SetRGBA(x, y, color.RGBA{255, 255, 255, 255})
				if d := max(x-c.x, c.x-x, y-c.y, c.y-y); d < 20 {
					img.SetRGBA(x, y, color.RGBA{255, 0, 0, 255})
				}
			}
		}
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		face, err := Face(b.Bytes())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if face.Width != c.side || face.Height != c.side {
			t.Errorf("%s: %d × %d, want %d", name, face.Width, face.Height, c.side)
		}
		got, err := jpeg.Decode(bytes.NewReader(face.JPEG))
		if err != nil {
			t.Fatal(err)
		}
		if r, g, _, _ := got.At(c.side/2, c.side/2).RGBA(); r>>8 < 200 || g>>8 > 90 {
			t.Errorf("%s: the middle is not the face: %v", name, got.At(c.side/2, c.side/2))
		}
	}
	if _, err := Face([]byte("<svg/>")); !problem.Is(err, problem.Invalid) {
		t.Errorf("no picture: %v", err)
	}
}
