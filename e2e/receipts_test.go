package e2e

import (
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// receipt is a picture of a paper with a name on it that must not be seen.
func receipt(t *testing.T) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 600, 900))
	for y := range 900 {
		for x := range 600 {
			c := color.RGBA{250, 248, 240, 255}
			if y%60 < 3 && x > 40 && x < 560 {
				c = color.RGBA{120, 120, 120, 255}
			}
			if y > 390 && y < 450 && x > 120 && x < 480 { // the name
				c = color.RGBA{200, 30, 30, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	name := filepath.Join(t.TempDir(), "收据.jpg")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := jpeg.Encode(f, img, nil); err != nil {
		t.Fatal(err)
	}
	return name
}

// The clerk photographs a receipt on the phone, blacks a name out with a
// finger, three people sign, and a resident opens the receipt beside the line.
func TestReceiptFromTheDraftToThePublicLine(t *testing.T) {
	browser(t)
	s := Fresh(t, "demo")
	clerk := Open(t, s)
	clerk.EnterAs(Clerk)
	clerk.Visit("/admin/hemuli/accounts")
	clerk.Follow("2026年10月")
	clerk.Follow(clerk.T("ledger.photo.add"))
	clerk.See(clerk.T("attachment.none"))
	clerk.Attach(clerk.T("attachment.add"), receipt(t))
	clerk.Follow(clerk.T("attachment.upload"))
	clerk.See(clerk.T("attachment.state.inside"))
	look(clerk, "receipt inside")
	clerk.Follow(clerk.T("attachment.blackout"))
	clerk.Swipe(".blackout__stage", 150, 400, 850, 520)
	clerk.SeeElement(".blackout__boxes rect")
	look(clerk, "black box")
	clerk.Follow(clerk.T("attachment.blackout.send"))
	clerk.See(clerk.T("attachment.state.redacted"), clerk.T("attachment.state.covered"))
	sign(Open(t, s), Clerk)
	sign(Open(t, s), Director)
	sign(Open(t, s), Supervisor)

	reader := Open(t, s)
	reader.Visit("/hemuli/accounts/" + string(month) + "/1")
	reader.SeeElement(".files a.file")
	look(reader, "line with its receipt")
	// The red of the name is gone from the picture itself.
	var red int
	reader.run(chromedp.Evaluate(`(async()=>{const a=document.querySelector(".files a.file");const b=await(await fetch(a.href)).blob();const i=await createImageBitmap(b);const c=new OffscreenCanvas(i.width,i.height).getContext("2d");c.drawImage(i,0,0);const d=c.getImageData(0,0,i.width,i.height).data;let n=0;for(let k=0;k<d.length;k+=4)if(d[k]>150&&d[k+1]<90&&d[k+2]<90)n++;return n})()`, &red,
		func(e *runtime.EvaluateParams) *runtime.EvaluateParams { return e.WithAwaitPromise(true) }))
	if red > 0 {
		t.Errorf("%d points of the blacked-out name are still there", red)
	}
}
