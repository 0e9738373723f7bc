package demo

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"

	"juwu/internal/store"
	"juwu/models"
)

// The picture of the compound is drawn, not photographed: lawns, roads, a pond,
// and a roof for every building of the roll.
const (
	compoundWidth  = 1200
	compoundHeight = 900
	compoundRow    = 5 // buildings
)

var (
	lawn  = color.RGBA{0xdf, 0xec, 0xd6, 255}
	road  = color.RGBA{0xf7, 0xf5, 0xf0, 255}
	kerb  = color.RGBA{0xc9, 0xc6, 0xbd, 255}
	water = color.RGBA{0xb9, 0xd9, 0xe8, 255}
	roof  = color.RGBA{0xd8, 0xb4, 0x9c, 255}
	ridge = color.RGBA{0xb9, 0x8d, 0x73, 255}
	tree  = color.RGBA{0x8f, 0xb8, 0x84, 255}
)

func fill(m draw.Image, x, y, w, h int, c color.Color) {
	draw.Draw(m, image.Rect(x, y, x+w, y+h), image.NewUniform(c), image.Point{}, draw.Src)
}

func disc(m *image.RGBA, cx, cy, r int, c color.RGBA) {
	for y := -r; y <= r; y++ {
		for x := -r; x <= r; x++ {
			if x*x+y*y <= r*r {
				m.SetRGBA(cx+x, cy+y, c)
			}
		}
	}
}

// drawCompound draws n buildings and says where each stands, in thousandths.
func drawCompound(n int) (picture []byte, spots []image.Point, err error) {
	m := image.NewRGBA(image.Rect(0, 0, compoundWidth, compoundHeight))
	fill(m, 0, 0, compoundWidth, compoundHeight, lawn)
	rows := max(1, (n+compoundRow-1)/compoundRow)
	high := compoundHeight / rows
	wide := compoundWidth / compoundRow
	for r := range rows {
		fill(m, 0, r*high+high-34, compoundWidth, 34, kerb)
		fill(m, 0, r*high+high-31, compoundWidth, 28, road)
	}
	fill(m, compoundWidth/2-17, 0, 34, compoundHeight, kerb)
	fill(m, compoundWidth/2-14, 0, 28, compoundHeight, road)
	for i := range n {
		x, y := i%compoundRow*wide+wide/8, i/compoundRow*high+high/5
		if x < compoundWidth/2 && x+wide*3/4 > compoundWidth/2-24 {
			x = compoundWidth/2 - 24 - wide*3/4 // beside the road, not on it
		}
		w, h := wide*3/4, high*2/5
		fill(m, x, y, w, h, ridge)
		fill(m, x+4, y+4, w-8, h/2-5, roof)
		fill(m, x+4, y+h/2+1, w-8, h/2-5, roof)
		spots = append(spots, image.Pt((x+w/2)*1000/compoundWidth, (y+h/2)*1000/compoundHeight))
		for k := range 4 {
			disc(m, x+k*w/3, y+h+high/9, 8+k%2*3, tree)
		}
	}
	disc(m, compoundWidth-90, compoundHeight-90, 48, water)
	var b bytes.Buffer
	err = png.Encode(&b, m)
	return b.Bytes(), spots, err
}

// compound puts up the picture and says where every building stands on it.
func (f *filling) compound() error {
	t, director := f.In(f.c), f.who[models.RoleDirector]
	grids, err := t.Grids(f.ctx)
	if err != nil {
		return err
	}
	var buildings []models.ID
	for _, g := range grids {
		for _, b := range g.Buildings {
			buildings = append(buildings, b.ID)
		}
	}
	picture, spots, err := drawCompound(len(buildings))
	if err != nil {
		return err
	}
	if err := t.SetPlan(f.ctx, director, store.NewFile{Name: "compound.png", Data: picture}); err != nil {
		return err
	}
	for i, b := range buildings {
		if err := t.SetSpot(f.ctx, director, b, spots[i].X, spots[i].Y); err != nil {
			return err
		}
	}
	f.spots = spots
	return nil
}
