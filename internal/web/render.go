package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	kgzip "github.com/klauspost/compress/gzip"
	"github.com/valyala/fasthttp"

	"juwu/i18n"
	"juwu/internal/problem"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// A buffer that once held a very long page is not kept.
const maxPooled = 1 << 20

func giveBack(b *bytes.Buffer) {
	if b.Cap() <= maxPooled {
		b.Reset()
		buffers.Put(b)
	}
}

// Render writes the page of the request with the component as its main part,
// inside the shell. It is rendered whole before a byte is sent: an error on
// the way becomes an error page, not half a page.
func Render(c *fiber.Ctx, status int, main templ.Component) error {
	return write(c.UserContext(), c, PageOf(c), status, main)
}

// Again shows a form once more, with what is wrong and what was typed, when err
// is something the person can put right; any other error is returned. The
// component must read the page's values when it is rendered, as views do.
func Again(c *fiber.Ctx, err error, main templ.Component) error {
	pr := problem.As(err)
	if pr == nil {
		return err
	}
	switch pr.Kind {
	case problem.Invalid, problem.Conflict, problem.TooEarly, problem.TooLate, problem.TooMany, problem.TooLarge:
	default:
		return err
	}
	f, p := FormOf(c), PageOf(c)
	p.values = f.shown()
	p.fail(pr, f.order)
	// The summary of errors stands above the fields whose labels it names: they
	// are known once the page was made.
	if err := renderShell(c.UserContext(), io.Discard, p, main); err != nil {
		return err
	}
	return Render(c, statusOf[pr.Kind], main)
}

// Redirect answers a POST that worked: the browser gets path, so that loading
// again does not send again.
func Redirect(c *fiber.Ctx, path string) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Redirect(SafePath(path, "/"), fiber.StatusSeeOther)
}

// write renders and compresses a page that is made for one reader.
func write(ctx context.Context, c *fiber.Ctx, p *Page, status int, main templ.Component) error {
	b := buffers.Get().(*bytes.Buffer)
	defer giveBack(b)
	if err := renderShell(ctx, b, p, main); err != nil {
		return err
	}
	if p.NoIndex || p.LoggedIn() {
		c.Set("X-Robots-Tag", "noindex")
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderVary, "Accept-Encoding")
	c.Type("html", "utf-8")
	c.Status(status)
	// Quick gzip only: a page that is read once is not worth the nine times
	// longer work of brotli, which saves a tenth.
	if acceptedEncoding(&c.Request().Header) == identity || b.Len() < leastCompressed {
		c.Response().SetBody(b.Bytes())
		return nil
	}
	c.Set(fiber.HeaderContentEncoding, "gzip")
	c.Response().ResetBody()
	z := zippers.Get().(*kgzip.Writer)
	defer zippers.Put(z)
	z.Reset(c.Response().BodyWriter())
	_, err := z.Write(b.Bytes())
	return errors.Join(err, z.Close())
}

// zippers are kept, because making one costs more than a page does. Fiber's own
// pool hands every page to another goroutine and back, a third of the time.
var zippers = sync.Pool{New: func() any {
	z, _ := kgzip.NewWriterLevel(nil, kgzip.BestSpeed) // fails only on a level that does not exist
	return z
}}

// leastCompressed is about what fits one packet anyway.
const leastCompressed = 1200

func renderShell(ctx context.Context, w io.Writer, p *Page, main templ.Component) error {
	return shell(p).Render(templ.WithChildren(ctx, main), w)
}

// idMark stands in the prepared 500 page where the request's number goes.
const idMark = "request-id-goes-here"

// renderFailed prepares the 500 page of every language.
func (s *Server) renderFailed() error {
	s.failed = map[string][]byte{}
	for _, w := range s.opt.Words.All() {
		p := s.detachedPage(w)
		p.NoIndex = true
		sh := shown{status: fiber.StatusInternalServerError, text: problem.Text{Key: "error.internal"}}
		p.Title = p.T(titles.Key("500"))
		var b bytes.Buffer
		if err := renderShell(context.Background(), &b, p, errorView(p, sh, idMark)); err != nil {
			return err
		}
		s.failed[w.Tag] = b.Bytes()
	}
	if len(s.failed) == 0 {
		return errors.New("web: no language")
	}
	return nil
}

func (s *Server) detachedPage(w *i18n.Words) *Page {
	r := &request{s: s, now: s.opt.Now(), words: w}
	return &Page{Lang: w.Tag, Path: "/", Now: r.now, Demo: s.opt.Demo, words: w, r: r, here: "/"}
}

type encoding uint8

const (
	identity encoding = iota
	gzip
	brotli
)

// acceptedEncoding is the best of what the browser takes. "q=0" means it must
// not be used; nobody sends it but tests and old proxies.
func acceptedEncoding(h *fasthttp.RequestHeader) encoding {
	accept := h.Peek(fiber.HeaderAcceptEncoding)
	switch {
	case len(accept) == 0 || bytes.Contains(accept, []byte("q=0")) && !bytes.Contains(accept, []byte("q=0.")):
		return identity
	case bytes.Contains(accept, []byte("br")):
		return brotli
	case bytes.Contains(accept, []byte("gzip")):
		return gzip
	}
	return identity
}
