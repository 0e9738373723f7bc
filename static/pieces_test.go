package static_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/a-h/templ"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"juwu/internal/web/ui"
	"juwu/static"
)

// body renders a component of ui with the script it needs.
func body(t *testing.T, c templ.Component, script string) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String() + `<script src="` + static.URL(script) + `" defer></script>`
}

func TestBlackoutDrawsAndMovesBoxes(t *testing.T) {
	s, ctx := open(t)
	c := ui.Blackout(ui.BlackoutProps{ID: "r", Name: "boxes", Image: static.URL("icon-512.png"), Alt: "a", Width: 512, Height: 512, Value: "100,100,300,80"})
	s.set("/x", page{cache: "no-store", body: body(t, c, "blackout.js")})
	visit(t, ctx, s, "/x")
	const boxes = `document.querySelector("input[name=boxes]").value`
	run(t, ctx, chromedp.Evaluate(`{
		const stage = document.querySelector(".blackout__stage"), r = stage.querySelector("svg").getBoundingClientRect();
		const send = (type, x, y) => stage.dispatchEvent(new PointerEvent(type, {clientX: r.left + r.width * x, clientY: r.top + r.height * y, bubbles: true, pointerId: 1, isPrimary: true}));
		stage.setPointerCapture = () => {};
		send("pointerdown", .7, .6); send("pointermove", .5, .5); send("pointerup", .5, .5);
		send("pointerdown", .9, .9); send("pointerup", .9, .9);
	}`, nil))
	if got, want := text(t, ctx, boxes), "100,100,300,80;500,500,200,100"; got != want {
		t.Errorf("drawn: %s, want %s (a tap is not a box)", got, want)
	}
	run(t, ctx, chromedp.Focus("svg.blackout__boxes rect"), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowDown, chromedp.KeyModifiers(8)))
	if got, want := text(t, ctx, boxes), "110,100,300,90;500,500,200,100"; got != want {
		t.Errorf("moved by keys: %s, want %s", got, want)
	}
	run(t, ctx, chromedp.Click("[data-undo]"))
	if got, want := text(t, ctx, boxes), "110,100,300,90"; got != want {
		t.Errorf("undone: %s, want %s", got, want)
	}
}

func TestPhotosAreMadeSmaller(t *testing.T) {
	s, ctx := open(t)
	c := ui.FileField(ui.FileProps{Field: ui.Field{Name: "photo", Label: "l"}, Accept: "image/*", Shrink: true})
	s.set("/x", page{cache: "no-store", body: `<form method="post" action="/x">` + body(t, c, "photo.js") + `</form>`})
	visit(t, ctx, s, "/x")
	run(t, ctx, chromedp.Evaluate(`(async () => {
		const big = document.createElement("canvas"); big.width = 3200; big.height = 2000;
		const pen = big.getContext("2d");
		const noise = pen.createImageData(3200, 2000); // flat colours would be smaller as PNG and stay
		for (let i = 0, n = 1; i < noise.data.length; i++) noise.data[i] = (n = (n * 1103515245 + 12345) & 0x7fffffff) >> 16;
		pen.putImageData(noise, 0, 0);
		const blob = await new Promise(done => big.toBlob(done, "image/png"));
		const files = new DataTransfer(); files.items.add(new File([blob], "灯.png", {type: "image/png"}));
		const input = document.getElementById("photo"); input.files = files.files;
		input.dispatchEvent(new Event("change", {bubbles: true}));
	})()`, nil),
		await(`document.getElementById("photo").files[0]?.type === "image/jpeg"`),
		await(`createImageBitmap(document.getElementById("photo").files[0]).then(i => i.width === 1600 && i.height === 1000)`))
	if got := text(t, ctx, `document.getElementById("photo").files[0].name`); got != "灯.jpg" {
		t.Errorf("the photo is called %s", got)
	}
}

func TestOfficersListOnAKeyboard(t *testing.T) {
	s, ctx := open(t)
	act := ui.Button(ui.ButtonProps{Text: "sign"})
	row := func(name string) ui.TR { return ui.TR{Href: "/opened", Cells: []ui.TD{{Text: name}, {Body: act}}} }
	c := ui.Table(ui.TableProps{ID: "list", Caption: "c", Keyboard: true, Cols: []ui.Col{{Title: "n"}, {Spoken: "act"}}, Rows: []ui.TR{row("one"), row("two"), row("three")}})
	s.set("/x", page{cache: "no-store", body: `<form method="post" action="/x">` + body(t, c, "photo.js") + `<input id="note"></form>`})
	s.set("/opened", page{cache: "no-store", body: "opened"})
	visit(t, ctx, s, "/x")
	run(t, ctx, chromedp.Evaluate(`window.signed = ""; document.addEventListener("click", e => { if (e.target.closest("button")) signed += e.target.closest("tr").cells[0].textContent.trim(); })`, nil))
	run(t, ctx, chromedp.KeyEvent("a")) // nothing chosen yet: must not act
	run(t, ctx, chromedp.KeyEvent("jjk"))
	if got := text(t, ctx, `document.querySelector("tr[data-here] th").textContent.trim()`); got != "one" {
		t.Errorf("j, j, k stand on %q", got)
	}
	run(t, ctx, chromedp.KeyEvent("ja"), chromedp.SendKeys("#note", "jka"))
	if got := text(t, ctx, `signed`); got != "two" {
		t.Errorf("signed %q, want two once", got)
	}
	run(t, ctx, chromedp.Focus("tr[data-here]"), chromedp.KeyEvent(kb.Enter), chromedp.WaitReady("main"), await(`document.querySelector("main").textContent === "opened"`))
}
