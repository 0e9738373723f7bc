package ui

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// glyphs are the drawings ready to be written: a page holds thirty.
var glyphs = func() map[Icon]string {
	all := make(map[Icon]string, len(iconPaths))
	for i, path := range iconPaths {
		all[i] = `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="` + path + `"></path></svg>`
	}
	return all
}()

// Glyph draws an icon; it is decoration beside words and silent to screen
// readers. Pass the meaning as text.
func Glyph(i Icon) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, glyphs[i])
		return err
	})
}
