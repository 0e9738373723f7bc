package photo

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"strconv"
	"strings"

	xdraw "golang.org/x/image/draw"

	"juwu/internal/problem"
)

// Box is a part of a picture in thousandths of its width and height.
type Box struct{ X, Y, W, H int }

// maxBoxes is more than a receipt has lines.
const maxBoxes = 50

// ParseBoxes reads "x,y,w,h;x,y,w,h" in thousandths, as the page sends it.
func ParseBoxes(s string) ([]Box, error) {
	var boxes []Box
	for part := range strings.SplitSeq(strings.Trim(s, "; "), ";") {
		if part == "" {
			continue
		}
		var v [4]int
		numbers := strings.Split(part, ",")
		if len(numbers) != len(v) || len(boxes) == maxBoxes {
			return nil, badBoxes()
		}
		for i, n := range numbers {
			f, err := strconv.ParseFloat(strings.TrimSpace(n), 64)
			if err != nil || !(f >= 0 && f <= 1000) {
				return nil, badBoxes()
			}
			v[i] = int(f + 0.5)
		}
		if v[2] == 0 || v[3] == 0 {
			continue // a tap, not a box
		}
		boxes = append(boxes, Box{v[0], v[1], v[2], v[3]})
	}
	return boxes, nil
}

func badBoxes() error {
	var f problem.Form
	f.Add("boxes", "photo.boxes", nil)
	return f.Err()
}

// Blackout burns black boxes into a picture of ours: what they cover is not in
// the new file any more. A box never covers less than was drawn.
func Blackout(data []byte, boxes []Box) (*Photo, error) {
	defer decoding.enter(longSide * longSide)()
	src, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, broken(err)
	}
	img := shrink(src)
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	for _, b := range boxes {
		r := image.Rect(b.X*w/1000, b.Y*h/1000, ceil((b.X+b.W)*w), ceil((b.Y+b.H)*h))
		xdraw.Draw(img, r.Intersect(img.Bounds()), image.NewUniform(color.Black), image.Point{}, xdraw.Src)
	}
	return write(img)
}

// ceil divides by a thousand and rounds up.
func ceil(n int) int { return (n + 999) / 1000 }
