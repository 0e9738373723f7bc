package e2e

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"juwu/e2e/process"
)

// workDir holds the built program, the shared demo's data and the browser's
// profile; Main makes and removes it.
var workDir string

// waitLimit is how long a person would wait; the machine of a test run may be
// busy with others.
const waitLimit = 20 * time.Second

// Main runs the stories and takes down what they shared.
func Main(m *testing.M) int {
	var err error
	if workDir, err = os.MkdirTemp("", "juwu-e2e"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(workDir)
	code := m.Run()
	if chromium.stop != nil {
		chromium.stop()
	}
	if shared.server != nil {
		shared.server.Stop()
	}
	return code
}

var chromium struct {
	sync.Once
	ctx  context.Context
	stop func()
	err  error
}

// browser starts one Chromium for all stories; each page gets its own cookies.
func browser(t testing.TB) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser is not for -short")
	}
	path, err := process.FindChromium()
	if err != nil && os.Getenv("JUWU_REQUIRE_CHROMIUM") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	chromium.Do(func() { launch(path) })
	if chromium.err != nil {
		t.Fatal(chromium.err)
	}
	return chromium.ctx
}

func launch(path string) {
	flags := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path),
		chromedp.UserDataDir(filepath.Join(workDir, "profile")),
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("headless", "new"),
		// The tests' containers run as root, where the sandbox cannot.
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-extensions", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.WSURLReadTimeout(60 * time.Second),
	}
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), flags...)
	// A Chromium newer than the protocol's Go types sends values they do not
	// know; chromedp would print each. What a story needs is awaited anyway.
	quiet := func(string, ...any) {}
	ctx, cancel := chromedp.NewContext(alloc, chromedp.WithErrorf(quiet), chromedp.WithLogf(quiet))
	chromium.ctx = ctx
	chromium.stop = func() { cancel(); stopAlloc() }
	if err := chromedp.Run(ctx); err != nil {
		chromium.err = fmt.Errorf("start %s: %w", path, err)
	}
}

// Page is one person's browser tab.
type Page struct {
	t    testing.TB
	ctx  context.Context
	base string
	jar  cdp.BrowserContextID
	opts options

	mu      sync.Mutex
	status  int64                       // of the last document
	wire    map[network.RequestID]int64 // bytes received since the last Visit
	trouble []string                    // what no page may do
	lenient bool
}

type options struct {
	width, height int64
	mobile        bool
	care, dark    bool
	language      string
	noScript      bool
}

// Option is how a person's browser differs from a phone in Chinese.
type Option func(*options)

// Desktop is a clerk's screen.
func Desktop() Option { return func(o *options) { o.width, o.height, o.mobile = 1280, 900, false } }

// Narrow is the smallest phone we promise to serve, and 400 % zoom on a desktop.
func Narrow() Option { return func(o *options) { o.width, o.height = 320, 568 } }

// Dark is a device that prefers dark.
func Dark() Option { return func(o *options) { o.dark = true } }

// Care has the elders' look chosen, as the switch on every page keeps it. A
// story about the switch itself taps the switch.
func Care() Option { return func(o *options) { o.care = true } }

// Language is what the browser asks for: "zh-CN", "en".
func Language(tag string) Option { return func(o *options) { o.language = tag } }

// WithoutScript is a browser that runs no JavaScript.
func WithoutScript() Option { return func(o *options) { o.noScript = true } }

// Open gives a tab with cookies of its own on a server.
func Open(t testing.TB, s *Server, opts ...Option) *Page {
	t.Helper()
	return OpenURL(t, s.URL, opts...)
}

// OpenURL is Open for a server the story made itself.
func OpenURL(t testing.TB, base string, opts ...Option) *Page {
	t.Helper()
	o := options{width: 390, height: 844, mobile: true, language: "zh-CN"}
	for _, opt := range opts {
		opt(&o)
	}
	parent := browser(t)
	window := cdp.WithExecutor(parent, chromedp.FromContext(parent).Browser)
	jar, err := target.CreateBrowserContext().Do(window)
	if err != nil {
		t.Fatal(err)
	}
	// The browser may be gone already; then so are its cookies.
	t.Cleanup(func() { _ = target.DisposeBrowserContext(jar).Do(window) })
	return open(t, base, jar, o)
}

// Another is a further tab of the same person, with the same cookies.
func (p *Page) Another() *Page {
	p.t.Helper()
	return open(p.t, p.base, p.jar, p.opts)
}

func open(t testing.TB, base string, jar cdp.BrowserContextID, o options) *Page {
	t.Helper()
	ctx, cancel := tab(t, browser(t), jar)
	p := &Page{t: t, ctx: ctx, base: base, jar: jar, opts: o, wire: map[network.RequestID]int64{}}
	t.Cleanup(func() {
		if t.Failed() {
			_ = p.shot("failed-" + t.Name()) // the failure itself is told already
		}
		cancel()
		p.report()
	})
	p.run(p.prepare()...)
	return p
}

// tab opens a window of a cookie jar. chromedp's own way asks for a tab without
// a window, which today's headless Chromium refuses.
func tab(t testing.TB, parent context.Context, jar cdp.BrowserContextID) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx := cdp.WithExecutor(parent, chromedp.FromContext(parent).Browser)
	id, err := target.CreateTarget("about:blank").WithBrowserContextID(jar).WithNewWindow(true).Do(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return chromedp.NewContext(parent, chromedp.WithTargetID(id))
}

func (p *Page) prepare() []chromedp.Action {
	scheme := "light"
	if p.opts.dark {
		scheme = "dark"
	}
	actions := []chromedp.Action{
		network.Enable(), cdplog.Enable(), runtime.Enable(),
		chromedp.ActionFunc(func(ctx context.Context) error {
			chromedp.ListenTarget(ctx, p.listen)
			return nil
		}),
		emulation.SetDeviceMetricsOverride(p.opts.width, p.opts.height, 2, p.opts.mobile),
		emulation.SetTouchEmulationEnabled(p.opts.mobile),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme},
			{Name: "prefers-reduced-motion", Value: "reduce"},
		}),
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": p.opts.language}),
	}
	if p.opts.care {
		actions = append(actions, network.SetCookie("juwu-look", "1..").WithURL(p.base))
	}
	if p.opts.noScript {
		actions = append(actions, emulation.SetScriptExecutionDisabled(true))
	}
	return actions
}

// listen keeps what no page may do: script errors, refused resources, requests
// to foreign hosts.
func (p *Page) listen(ev any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(ev.Request.URL); err == nil && strings.HasPrefix(u.Scheme, "http") && !strings.HasPrefix(ev.Request.URL, p.base+"/") {
			p.trouble = append(p.trouble, "request to a foreign host: "+ev.Request.URL)
		}
	case *network.EventResponseReceived:
		if ev.Type == network.ResourceTypeDocument {
			p.status = ev.Response.Status
		} else if ev.Response.Status >= 400 {
			p.trouble = append(p.trouble, fmt.Sprintf("%d for %s", ev.Response.Status, ev.Response.URL))
		}
	case *network.EventLoadingFinished:
		p.wire[ev.RequestID] = int64(ev.EncodedDataLength)
	case *runtime.EventExceptionThrown:
		p.trouble = append(p.trouble, "script error: "+ev.ExceptionDetails.Error())
	case *cdplog.EventEntryAdded:
		// The status of a page is the story's own business.
		if ev.Entry.Level == cdplog.LevelError && ev.Entry.Source != cdplog.SourceNetwork {
			p.trouble = append(p.trouble, fmt.Sprintf("%s: %s", ev.Entry.Source, ev.Entry.Text))
		}
	}
}

// Lenient says that this story provokes refused resources on purpose.
func (p *Page) Lenient() { p.lenient = true }

func (p *Page) report() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lenient {
		return
	}
	for _, trouble := range p.trouble {
		p.t.Error(trouble)
	}
}

// run does protocol actions under the page's patience.
func (p *Page) run(actions ...chromedp.Action) {
	p.t.Helper()
	if err := p.try(actions...); err != nil {
		p.t.Fatal(err)
	}
}

func (p *Page) try(actions ...chromedp.Action) error {
	// The first Run makes the tab, and the tab lives as long as that context.
	if chromedp.FromContext(p.ctx).Target == nil {
		return chromedp.Run(p.ctx, actions...)
	}
	ctx, cancel := context.WithTimeout(p.ctx, waitLimit)
	defer cancel()
	return chromedp.Run(ctx, actions...)
}
