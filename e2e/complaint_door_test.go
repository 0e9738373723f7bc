package e2e

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"juwu/static"
)

// scanned is what the decoder of a telephone without one of its own reads in a
// picture.
const scanned = `(async () => {
	await new Promise((done, fail) => {
		const s = document.createElement('script');
		s.src = DECODER; s.onload = done; s.onerror = fail;
		document.head.append(s);
	});
	const bytes = Uint8Array.from(atob(PICTURE), c => c.charCodeAt(0));
	const picture = await createImageBitmap(new Blob([bytes], {type: 'image/png'}));
	const canvas = document.createElement('canvas');
	canvas.width = picture.width; canvas.height = picture.height;
	const pen = canvas.getContext('2d');
	pen.drawImage(picture, 0, 0);
	return window.juwuDecode(pen.getImageData(0, 0, canvas.width, canvas.height));
})()`

// scan reads the code on a paper.
func (p *Page) scan(png []byte) (text string) {
	p.t.Helper()
	script := strings.NewReplacer("DECODER", quote(static.URL("decoder.js")), "PICTURE", quote(base64.StdEncoding.EncodeToString(png))).Replace(scanned)
	err := p.try(chromedp.Evaluate(script, &text, func(e *runtime.EvaluateParams) *runtime.EvaluateParams { return e.WithAwaitPromise(true) }))
	if err != nil {
		p.t.Fatalf("no code on the paper: %v", err)
	}
	return text
}

// The sheet that hangs at a door: printed, and scanned from the paper, it leads
// to a form in which that door stands already.
func TestTheSheetAtADoorIsScanned(t *testing.T) {
	browser(t)
	s := Demo(t)
	office := Open(t, s, Desktop())
	office.EnterAs(Director)
	office.Visit("/admin/hemuli/complaints/sheets")
	var sheets int
	office.eval("document.querySelectorAll('.sheet').length", &sheets)
	pdf, p := filepath.Join(t.TempDir(), "doors.pdf"), Open(t, s)
	if err := os.WriteFile(pdf, office.PDF(), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("pdftotext", "-layout", pdf, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext of poppler-utils: %v", err)
	}
	pages := strings.Split(strings.TrimSuffix(string(text), "\f"), "\f")
	if len(pages) != sheets || sheets < 2 {
		t.Fatalf("%d sheets print as %d papers", sheets, len(pages))
	}
	for _, n := range []int{1, sheets} {
		at := strconv.Itoa(n)
		png, err := exec.Command("pdftoppm", "-png", "-r", "120", "-f", at, "-l", at, pdf).Output()
		if err != nil {
			t.Fatalf("pdftoppm of poppler-utils: %v", err)
		}
		p.Visit("/hemuli/complaints")
		p.Visit(p.scan(png))
		p.See(p.T("case.new.title"))
		p.Follow(p.T("case.category.repair"))
		var building string
		p.eval("document.querySelector('[name=building]').selectedOptions[0].text", &building)
		if building == "" || building == p.T("case.building.none") || !strings.Contains(pages[n-1], building) {
			t.Errorf("the form says %q, the paper:\n%s", building, pages[n-1])
		}
	}
}

// The month's sheet fits its paper, with the longer words of the other language
// too.
func TestTheMonthsSheetFitsItsPaper(t *testing.T) {
	browser(t)
	s := Demo(t)
	for _, lang := range []string{"zh-CN", "en"} {
		p := Open(t, s, Language(lang), Desktop())
		for _, paper := range []string{"a4", "a3"} {
			p.Visit("/hemuli/complaints/board/sheet?paper=" + paper)
			p.Screenshot("month of cases " + lang + " " + paper)
			var sheets, over int
			p.eval("document.querySelectorAll('.sheet table').length", &sheets)
			p.eval(`[...document.querySelectorAll('.sheet')].reduce((n, s) => n + [...s.querySelectorAll('th, td')].filter(c => c.getBoundingClientRect().right > s.getBoundingClientRect().right - parseFloat(getComputedStyle(s).paddingRight) + 1).length, 0)`, &over)
			if sheets < 2 || over > 0 {
				t.Errorf("%s on %s: %d tables, %d cells beyond the margin", lang, paper, sheets, over)
			}
			if got := papers(printed(t, p)); got != 1 {
				t.Errorf("%s on %s: %d papers", lang, paper, got)
			}
		}
	}
}
