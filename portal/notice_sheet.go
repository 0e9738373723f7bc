package portal

import (
	"context"
	"strings"

	"github.com/a-h/templ"

	"juwu/internal/problem"
	"juwu/internal/web"
	"juwu/internal/web/ui"
)

// noticeSheetView is a notice as it hangs on the board.
type noticeSheetView struct {
	noticeView
	Paper string
	Parts [][]string // the paragraphs of each sheet
}

func (p *Portal) noticeSheet(ctx context.Context, page *web.Page) (templ.Component, error) {
	n, err := p.noticeView(ctx, page)
	if err != nil {
		return nil, err
	}
	if n.gone() {
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	page.Bare, page.NoIndex, page.Feeds, page.Back = true, true, nil, ui.Link{}
	v := noticeSheetView{noticeView: *n, Paper: "A4"}
	if page.Query("paper") == "A3" {
		v.Paper = "A3"
	}
	v.Parts = sheetParts(paragraphs(n.Body), v.Paper)
	return noticeSheetPage(v), nil
}

// Room of one sheet in lines of running text, and how wide a line is in
// Chinese characters; two Latin letters are as wide as one of these.
var sheetRoom = map[string]struct{ lines, width int }{"A4": {17, 27}, "A3": {24, 38}}

// headWidth is up to where a paragraph of its own is taken for a heading, in
// Latin letters; one that ends with a colon heads what follows, however long.
const headWidth = 16

// sheetParts fills sheets with whole paragraphs; one that is longer than a
// sheet goes over several.
func sheetParts(all []string, paper string) [][]string {
	room := sheetRoom[paper]
	var parts [][]string
	var part []string
	left := room.lines
	for _, s := range all {
		for _, piece := range cutWide(s, room.lines*room.width*2) {
			need := (wide(piece)+room.width*2-1)/(room.width*2) + 1
			if need > left && len(part) > 0 {
				var head []string
				if end := len(part) - 1; end > 0 && (wide(part[end]) <= headWidth || strings.HasSuffix(part[end], "：")) {
					part, head = part[:end], []string{part[end]} // a heading goes with what it heads
				}
				parts, part, left = append(parts, part), head, room.lines-2*len(head)
			}
			part, left = append(part, piece), left-need
		}
	}
	return append(parts, part)
}

// wide is the width of a text in Latin letters.
func wide(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x2e80 {
			n++
		}
	}
	return n
}

// cutWide cuts a text into pieces of at most most letters' width.
func cutWide(s string, most int) []string {
	var out []string
	start, n := 0, 0
	for i, r := range s {
		w := 1
		if r >= 0x2e80 {
			w = 2
		}
		if n+w > most {
			out, start, n = append(out, s[start:i]), i, 0
		}
		n += w
	}
	return append(out, s[start:])
}
