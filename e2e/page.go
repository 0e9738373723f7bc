package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"juwu/e2e/process"
)

// Visit opens an address of the server and waits until it is there.
func (p *Page) Visit(path string) {
	p.t.Helper()
	p.mu.Lock()
	clear(p.wire)
	p.mu.Unlock()
	target := path
	if strings.HasPrefix(path, "/") {
		target = p.base + path
	}
	p.run(chromedp.Navigate(target))
	p.settle()
}

// settle waits until the document stands.
func (p *Page) settle() {
	p.t.Helper()
	p.await("the page is there", "document.readyState === 'complete'")
}

// Status is the HTTP status of the document on the screen.
func (p *Page) Status() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return int(p.status)
}

// Wire is what came over the wire since the last Visit, headers included.
func (p *Page) Wire() (bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range p.wire {
		bytes += n
	}
	return bytes
}

// Address is the path and query of the document on the screen.
func (p *Page) Address() string {
	p.t.Helper()
	var s string
	p.eval("location.pathname + location.search", &s)
	return s
}

// Text is what can be read on the screen.
func (p *Page) Text() string {
	p.t.Helper()
	var s string
	p.eval("document.body.innerText", &s)
	return s
}

// See waits until each text can be read on the screen.
func (p *Page) See(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if err := p.waitFor(fmt.Sprintf("document.body.innerText.replace(/\\s+/g, ' ').includes(%s)", quote(text))); err != nil {
			p.t.Fatalf("%s does not say %q; it says:\n%s", p.Address(), text, p.Text())
		}
	}
}

// NotSee fails if a text can be read on the screen now. Call it after See of
// something that proves the right page has come.
func (p *Page) NotSee(texts ...string) {
	p.t.Helper()
	read := p.Text()
	for _, text := range texts {
		if strings.Contains(read, text) {
			p.t.Errorf("%s says %q", p.Address(), text)
		}
	}
}

// SeeElement waits until something matches the selector. Prefer See.
func (p *Page) SeeElement(selector string) {
	p.t.Helper()
	p.await(selector, fmt.Sprintf("document.querySelector(%s) !== null", quote(selector)))
}

// Tap finds the link, button, switch or choice with these words, brings it into
// view and touches its middle. It fails if something lies over it. The words
// may be all of its name or a part of it; a whole match wins.
func (p *Page) Tap(name string) {
	p.t.Helper()
	p.tapFound("tap", name)
}

// Follow is Tap on what leads to another page, and waits for that page.
func (p *Page) Follow(name string) {
	p.t.Helper()
	p.eval("window.juwuLeaving = true", nil)
	p.Tap(name)
	p.await("another page after "+name, "window.juwuLeaving !== true && document.readyState === 'complete'")
	p.settle()
}

// Choose taps the radio button or checkbox with this label.
func (p *Page) Choose(label string) {
	p.t.Helper()
	p.Tap(label)
}

// Select chooses an option of the list with this label, by the option's words.
func (p *Page) Select(label, option string) {
	p.t.Helper()
	p.field(label)
	p.await("option "+option, fmt.Sprintf(`(() => {
		const list = window.juwuFound;
		const wanted = [...list.options].find(o => o.text.trim() === %[1]s) || [...list.options].find(o => o.text.includes(%[1]s));
		if (!wanted) return false;
		list.value = wanted.value;
		list.dispatchEvent(new Event('input', {bubbles: true}));
		list.dispatchEvent(new Event('change', {bubbles: true}));
		return true;
	})()`, quote(option)))
}

// Fill types a value into the field with this label, in place of what it had.
func (p *Page) Fill(label, value string) {
	p.t.Helper()
	p.field(label)
	var typed bool
	// A date or month field is a wheel on a phone, not a place to type.
	p.eval(fmt.Sprintf(`(() => {
		const el = window.juwuFound;
		el.focus();
		if (['date', 'month', 'time', 'datetime-local', 'color', 'range'].includes(el.type)) {
			el.value = %s;
			el.dispatchEvent(new Event('input', {bubbles: true}));
			el.dispatchEvent(new Event('change', {bubbles: true}));
			return true;
		}
		el.select && el.select();
		return false;
	})()`, quote(value)), &typed)
	if typed {
		return
	}
	if value == "" {
		p.Press(kb.Delete)
		return
	}
	p.run(input.InsertText(value))
}

// Attach puts files into the file field with this label.
func (p *Page) Attach(label string, files ...string) {
	p.t.Helper()
	for i, f := range files {
		abs, err := filepath.Abs(f)
		if err != nil {
			p.t.Fatal(err)
		}
		files[i] = abs
	}
	p.field(label)
	var object *runtime.RemoteObject
	p.run(chromedp.Evaluate("window.juwuFound", &object, func(e *runtime.EvaluateParams) *runtime.EvaluateParams {
		return e.WithReturnByValue(false)
	}))
	p.run(dom.SetFileInputFiles(files).WithObjectID(object.ObjectID))
}

// Press sends a key as from a keyboard: "j", kb.Enter, kb.Tab.
func (p *Page) Press(keys string) {
	p.t.Helper()
	p.run(chromedp.KeyEvent(keys))
}

// Read is the text of the first element that matches the selector: for a code
// or a number that a story has to carry on. Prefer See.
func (p *Page) Read(selector string) string {
	p.t.Helper()
	p.SeeElement(selector)
	var s string
	p.eval(fmt.Sprintf("document.querySelector(%s).innerText.trim()", quote(selector)), &s)
	return s
}

// Value is what the field with this label holds.
func (p *Page) Value(label string) string {
	p.t.Helper()
	p.field(label)
	var s string
	p.eval("window.juwuFound.value", &s)
	return s
}

// Offline cuts the page's own requests and tells it so. A service worker has
// connections of its own: a story about reading offline stops its Fresh server.
func (p *Page) Offline(off bool) {
	p.t.Helper()
	p.run(network.EmulateNetworkConditions(off, 0, -1, -1))
}

// Screenshot keeps the whole page as a picture in the folder JUWU_SHOTS.
func (p *Page) Screenshot(name string) {
	p.t.Helper()
	if err := p.shot(name); err != nil {
		p.t.Error(err)
	}
}

var notInFileNames = regexp.MustCompile(`[^\p{L}\p{N}._-]+`)

func (p *Page) shot(name string) error {
	dir := os.Getenv("JUWU_SHOTS")
	if dir == "" {
		return nil
	}
	// The screen is made as long as the page, so that what sticks to its bottom
	// does not lie over the middle of the picture.
	var height float64
	var png []byte
	if err := p.try(chromedp.Evaluate("document.documentElement.scrollHeight", &height)); err != nil {
		return err
	}
	err := p.try(
		emulation.SetDeviceMetricsOverride(p.opts.width, max(p.opts.height, int64(height)), 1, p.opts.mobile),
		chromedp.FullScreenshot(&png, 100),
		emulation.SetDeviceMetricsOverride(p.opts.width, p.opts.height, 2, p.opts.mobile),
	)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, notInFileNames.ReplaceAllString(name, "-")+".png"), png, 0o644)
}

// PDF is the page as it would be printed, with the sheet's own size.
func (p *Page) PDF() []byte {
	p.t.Helper()
	var pdf []byte
	p.run(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		pdf, _, err = page.PrintToPDF().WithPreferCSSPageSize(true).WithPrintBackground(true).Do(ctx)
		return err
	}))
	return pdf
}

// finders locate things as a person does. They leave the element in
// window.juwuFound; the words of a thing are its label, not its class.
const finders = `
const visible = el => el.getClientRects().length > 0 && getComputedStyle(el).visibility !== 'hidden';
const tidy = s => (s || '').replace(/\s+/g, ' ').trim();
const nameOf = el => tidy(el.getAttribute('aria-label') || el.innerText || el.value || el.title || (el.querySelector('img,svg') || el).getAttribute('alt'));
const best = (all, wanted) => all.find(x => x.name === wanted) || all.find(x => x.name.startsWith(wanted)) || all.find(x => x.name.includes(wanted));
const find = {
	tap(wanted) {
		const all = [...document.querySelectorAll('a[href],button,summary,label,input[type=submit],input[type=button],[role=button],[role=tab],[role=switch]')]
			.filter(visible).filter(el => !el.disabled).map(el => ({el, name: nameOf(el)}));
		const hit = best(all, wanted);
		return hit && hit.el;
	},
	field(wanted) {
		const all = [...document.querySelectorAll('input,textarea,select')].filter(el => el.type !== 'hidden').map(el => ({
			el, name: tidy(el.getAttribute('aria-label') || [...(el.labels || [])].map(l => l.innerText).join(' ')),
		})).filter(x => x.name);
		const hit = best(all, wanted);
		return hit && hit.el;
	},
};
`

func (p *Page) found(kind, name string) error {
	return p.waitFor(fmt.Sprintf("(() => {%s\nconst el = find[%s](%s);\nif (!el) return false;\nwindow.juwuFound = el;\nreturn true;})()",
		finders, quote(kind), quote(strings.Join(strings.Fields(name), " "))))
}

func (p *Page) field(label string) {
	p.t.Helper()
	if p.found("field", label) != nil {
		p.t.Fatalf("%s has no field %q; it says:\n%s", p.Address(), label, p.Text())
	}
}

type spot struct {
	X, Y float64
	Over string // what lies over it, if anything does
}

func (p *Page) tapFound(kind, name string) {
	p.t.Helper()
	if p.found(kind, name) != nil {
		p.t.Fatalf("%s has nothing to tap called %q; it says:\n%s", p.Address(), name, p.Text())
	}
	var at spot
	p.eval(`(() => {
		const el = window.juwuFound;
		el.scrollIntoView({block: 'center', behavior: 'instant'});
		const r = el.getClientRects()[0];
		const x = r.left + r.width / 2, y = r.top + r.height / 2;
		const top = document.elementFromPoint(x, y);
		const same = top && (el.contains(top) || top.contains(el) || (el.control && el.control === top));
		return {X: x, Y: y, Over: same ? '' : (top ? top.outerHTML.slice(0, 120) : 'the edge of the screen')};
	})()`, &at)
	if at.Over != "" {
		p.t.Fatalf("%s: %q cannot be tapped, over it lies %s", p.Address(), name, at.Over)
	}
	p.run(chromedp.MouseClickXY(at.X, at.Y))
}

func (p *Page) eval(expression string, result any) {
	p.t.Helper()
	if err := p.try(chromedp.Evaluate(expression, result)); err != nil {
		p.t.Fatalf("%v in %s", err, expression)
	}
}

// await waits until an expression is true in the page.
func (p *Page) await(what, expression string) {
	p.t.Helper()
	if err := p.waitFor(expression); err != nil {
		p.t.Fatalf("waited for %s: %v; the page says:\n%s", what, err, p.Text())
	}
}

// waitFor asks from here, not by a script in the page: the page may be between
// two documents, or run no script at all.
func (p *Page) waitFor(expression string) error {
	return process.Poll(p.ctx, waitLimit, func() (bool, error) {
		var ok bool
		if err := p.try(chromedp.Evaluate(expression, &ok)); err != nil {
			return false, p.ctx.Err()
		}
		return ok, nil
	})
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always has a JSON form
	}
	return string(b)
}

// Swipe draws a finger over an element, from and to in thousandths of it.
func (p *Page) Swipe(selector string, fromX, fromY, toX, toY float64) {
	p.t.Helper()
	p.SeeElement(selector)
	var r struct{ X, Y, Width, Height float64 }
	p.eval("(()=>{const e=document.querySelector("+strconv.Quote(selector)+");e.scrollIntoView({block:'center'});const r=e.getBoundingClientRect();return {X:r.x,Y:r.y,Width:r.width,Height:r.height}})()", &r)
	at := func(x, y float64) []*input.TouchPoint {
		return []*input.TouchPoint{{X: r.X + r.Width*x/1000, Y: r.Y + r.Height*y/1000}}
	}
	p.run(input.DispatchTouchEvent(input.TouchStart, at(fromX, fromY)),
		input.DispatchTouchEvent(input.TouchMove, at((fromX+toX)/2, (fromY+toY)/2)),
		input.DispatchTouchEvent(input.TouchMove, at(toX, toY)),
		input.DispatchTouchEvent(input.TouchEnd, nil))
}
