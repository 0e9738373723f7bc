// Package photo makes pictures that people hand in safe to keep and to show: it
// measures before it decodes, turns the picture upright, throws away everything
// that is not pixels (where it was taken, with what, when, and whatever was
// hidden behind it) by writing a new JPEG, and blacks out what must not be
// seen. It does no I/O and knows nothing of who owns a picture.
package photo

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"juwu/internal/problem"
)

// Limits of a picture that is handed in.
const (
	MaxBytes  = 12 << 20
	MaxPixels = 24_000_000 // a telephone's picture; decoding holds at most some 200 MB
	MaxSide   = 12_000
	longSide  = 2400 // of what is kept: a receipt can be read, a page stays light
	quality   = 82
)

// Photo is a picture fit to be kept: a JPEG without metadata.
type Photo struct {
	JPEG          []byte
	Width, Height int
}

// Clean reads a JPEG, PNG or WebP picture and writes it anew. Refusals are of
// kind Invalid or TooLarge: photo.kind (it is no picture, whatever its name
// says), photo.broken, photo.pixels, photo.bytes.
func Clean(data []byte) (*Photo, error) {
	f, pixels, err := measure(data)
	if err != nil {
		return nil, err
	}
	defer decoding.enter(pixels)()
	img, err := f.decode(bytes.NewReader(data))
	if err != nil {
		return nil, broken(err)
	}
	turn := f.turn(data)
	if small, ok := img.(*image.YCbCr); ok && turn <= 1 && max(img.Bounds().Dx(), img.Bounds().Dy()) <= longSide {
		return write(small) // what a phone has made smaller: its pixels as they are
	}
	return write(upright(shrink(img), turn))
}

// faceSide is the side of a kept face: 96 points on a dense screen. That of a
// portrait is smaller: a booth shows nine of them and weighs no more than a page.
const (
	faceSide     = 320
	portraitSide = 160
)

// Face reads a picture of a person as Clean does and cuts the largest square
// out of it; of a standing picture the upper part, where the face is.
func Face(data []byte) (*Photo, error) { return square(data, faceSide) }

// Portrait is Face at the size of a ballot's line.
func Portrait(data []byte) (*Photo, error) { return square(data, portraitSide) }

func square(data []byte, most int) (*Photo, error) {
	f, pixels, err := measure(data)
	if err != nil {
		return nil, err
	}
	defer decoding.enter(pixels)()
	whole, err := f.decode(bytes.NewReader(data))
	if err != nil {
		return nil, broken(err)
	}
	img := upright(shrink(whole), f.turn(data))
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	side := min(w, h)
	cut := image.Rect(0, 0, side, side).Add(image.Pt((w-side)/2, (h-side)/4))
	small := min(side, most)
	face := image.NewRGBA(image.Rect(0, 0, small, small))
	xdraw.CatmullRom.Scale(face, face.Bounds(), img, cut, xdraw.Src, nil)
	return write(face)
}

// measure tells what a picture is and what decoding it costs, in pixels.
func measure(data []byte) (*format, int, error) {
	if len(data) > MaxBytes {
		return nil, 0, problem.New(problem.TooLarge, "photo.bytes", problem.Args{"mib": MaxBytes >> 20})
	}
	f := formatOf(data)
	if f == nil {
		return nil, 0, problem.New(problem.Invalid, "photo.kind", nil)
	}
	cfg, err := f.config(bytes.NewReader(data))
	if err != nil {
		return nil, 0, broken(err)
	}
	if tooBig(cfg) {
		return nil, 0, problem.New(problem.Invalid, "photo.pixels", problem.Args{"width": cfg.Width, "height": cfg.Height, "millions": MaxPixels / 1_000_000})
	}
	return f, cost(cfg), nil
}

// turn is the EXIF orientation; 1 for upright.
func (f *format) turn(data []byte) int {
	if f.name != "jpeg" {
		return 1
	}
	return orientation(data)
}

func broken(err error) error {
	return &problem.Problem{Kind: problem.Invalid, Key: "photo.broken", Err: err}
}

// tooBig asks what decoding would cost, before anything is decoded: a PNG of
// ten kilobytes can announce four thousand million pixels.
func tooBig(c image.Config) bool {
	if c.Width <= 0 || c.Height <= 0 || c.Width > MaxSide || c.Height > MaxSide {
		return true
	}
	return cost(c) > MaxPixels
}

func cost(c image.Config) int {
	pixels := c.Width * c.Height
	if c.ColorModel == color.RGBA64Model || c.ColorModel == color.NRGBA64Model {
		pixels *= 2
	}
	return pixels
}

type format struct {
	name   string
	magic  func([]byte) bool
	config func(*bytes.Reader) (image.Config, error)
	decode func(*bytes.Reader) (image.Image, error)
}

// formats are told by their first bytes only; names and announced types are
// not asked.
var formats = []format{
	{"jpeg", prefix("\xff\xd8\xff"), func(r *bytes.Reader) (image.Config, error) { return jpeg.DecodeConfig(r) }, func(r *bytes.Reader) (image.Image, error) { return jpeg.Decode(r) }},
	{"png", prefix("\x89PNG\r\n\x1a\n"), func(r *bytes.Reader) (image.Config, error) { return png.DecodeConfig(r) }, func(r *bytes.Reader) (image.Image, error) { return png.Decode(r) }},
	{"webp", isWebP, func(r *bytes.Reader) (image.Config, error) { return webp.DecodeConfig(r) }, func(r *bytes.Reader) (image.Image, error) { return webp.Decode(r) }},
}

func prefix(magic string) func([]byte) bool {
	return func(b []byte) bool { return bytes.HasPrefix(b, []byte(magic)) }
}

func isWebP(b []byte) bool {
	return len(b) > 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP"
}

func formatOf(data []byte) *format {
	for i := range formats {
		if formats[i].magic(data) {
			return &formats[i]
		}
	}
	return nil
}

// shrink brings the longer side to longSide, on white ground: a JPEG knows no
// transparency.
func shrink(src image.Image) *image.RGBA {
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	if long := max(w, h); long > longSide {
		w, h = max(1, w*longSide/long), max(1, h*longSide/long)
	}
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	xdraw.Draw(dst, dst.Bounds(), image.White, image.Point{}, xdraw.Src)
	if w == b.Dx() && h == b.Dy() {
		xdraw.Draw(dst, dst.Bounds(), src, b.Min, xdraw.Over)
	} else {
		xdraw.ApproxBiLinear.Scale(dst, dst.Bounds(), src, b, xdraw.Over, nil)
	}
	return dst
}

func write(img image.Image) (*Photo, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	return &Photo{b.Bytes(), img.Bounds().Dx(), img.Bounds().Dy()}, nil
}
