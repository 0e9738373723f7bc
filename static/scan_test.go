package static_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	qrcode "github.com/skip2/go-qrcode"

	"juwu/internal/web/ui"
)

// film is a moment of camera picture (YUV4MPEG2) of a sheet with the code on
// it, not quite in the middle, grey around it as a room is.
func film(t *testing.T, text string) string {
	t.Helper()
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		t.Fatal(err)
	}
	const width, height, module = 640, 480, 8
	bits := code.Bitmap()
	light := make([]byte, width*height)
	for i := range light {
		light[i] = 120
	}
	for y := range len(bits) * module {
		for x := range len(bits) * module {
			light[(y+60)*width+x+140] = 235
			if bits[y/module][x/module] {
				light[(y+60)*width+x+140] = 16
			}
		}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420jpeg\n", width, height)
	for range 10 {
		b.WriteString("FRAME\n")
		b.Write(light)
		b.Write(bytes.Repeat([]byte{128}, width*height/2))
	}
	path := filepath.Join(t.TempDir(), "camera.y4m")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The camera is a file, everything behind it is real: permission, video,
// decoder (Chromium on a desktop has none of its own).
func TestScanReadsACodeIntoItsField(t *testing.T) {
	s, ctx := open(t, chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.Flag("use-file-for-fake-video-capture", film(t, "https://juwu.example/hemuli/activities/7/here?c=482913")))
	c := ui.ScanField(ui.ScanProps{Field: ui.Field{Name: "code", Label: "code"}, Start: "scan", Stop: "stop", Failed: "no camera", Send: true})
	s.set("/x", page{cache: "no-store", body: `<form method="get" action="/read">` + body(t, c, "scan.js") + `</form>`})
	visit(t, ctx, s, "/x")
	run(t, ctx, chromedp.Evaluate(`document.forms[0].addEventListener("submit", (e) => { e.preventDefault(); window.sent = new FormData(e.target).get("code"); })`, nil),
		await(`!document.querySelector("[data-scan]").hidden`), chromedp.Click("[data-scan-start]"), await(`window.sent`))
	if got := text(t, ctx, `window.sent + " " + document.querySelector("video").hidden`); got != "482913 true" {
		t.Errorf("sent, and camera closed: %s", got)
	}
}

// Without a camera the field stays and the page says so.
func TestScanWithoutACamera(t *testing.T) {
	s, ctx := open(t)
	c := ui.ScanField(ui.ScanProps{Field: ui.Field{Name: "code", Label: "code"}, Start: "scan", Stop: "stop", Failed: "no camera"})
	s.set("/x", page{cache: "no-store", body: body(t, c, "scan.js")})
	visit(t, ctx, s, "/x")
	run(t, ctx, await(`!document.querySelector("[data-scan]").hidden`), chromedp.Click("[data-scan-start]"), await(`!document.querySelector("[data-scan-says]").hidden`))
	if got := text(t, ctx, `String(document.querySelector("[data-scan-start]").hidden) + document.querySelector("video").hidden`); got != "falsetrue" {
		t.Errorf("after a refusal: %s", got)
	}
}
