package demo

import (
	"bytes"
	"image"
	"image/color"
	"image/png"

	"juwu/internal/store"
	"juwu/models"
)

// faces gives everybody with a post of the community a drawn face: nobody
// real is in the example.
func (f *filling) faces() error {
	t := f.In(f.c)
	posts, err := f.AppointmentsIn(f.ctx, f.c.ID, models.DateOf(f.Now()))
	for i, a := range posts {
		if err != nil {
			return err
		}
		var data []byte
		if data, err = drawnFace(i); err == nil {
			err = t.SetPostPhoto(f.ctx, models.Actor{UserID: a.UserID, Name: a.Name}, a.ID, &store.NewFile{Name: "face.png", Data: data})
		}
	}
	return err
}

// drawnFace is a head with hair above shoulders, in colours by its number.
func drawnFace(n int) ([]byte, error) {
	const side = 160
	grounds := []color.RGBA{{0xd6, 0xe4, 0xf0, 255}, {0xe6, 0xef, 0xd8, 255}, {0xf3, 0xe5, 0xd3, 255}, {0xe9, 0xdf, 0xee, 255}}
	coats := []color.RGBA{{0x2f, 0x5d, 0x8a, 255}, {0x3b, 0x6e, 0x4f, 255}, {0x7a, 0x4b, 0x3a, 255}, {0x4b, 0x4f, 0x63, 255}, {0x8a, 0x3d, 0x4f, 255}}
	hair := []color.RGBA{{0x22, 0x20, 0x20, 255}, {0x4a, 0x46, 0x46, 255}, {0x90, 0x8c, 0x8a, 255}}
	skin := color.RGBA{0xf0, 0xc9, 0xa6, 255}
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	oval := func(x, y, cx, cy, rx, ry int) bool {
		dx, dy := (x-cx)*ry, (y-cy)*rx
		return dx*dx+dy*dy <= rx*rx*ry*ry
	}
	for y := range side {
		for x := range side {
			c := grounds[n%len(grounds)]
			switch {
			case oval(x, y, 80, 72, 28, 35) && !(y < 52 && oval(x, y, 80, 48, 31, 24)):
				c = skin
			case oval(x, y, 80, 60, 34, 36) && (y < 66 || n%2 == 0 && y < 100):
				c = hair[n%len(hair)]
			case x > 68 && x < 92 && y > 90 && y < 116:
				c = skin
			case oval(x, y, 80, 168, 62, 58):
				c = coats[n%len(coats)]
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return b.Bytes(), err
}
