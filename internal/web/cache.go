package web

import (
	"bytes"
	"container/list"
	"context"
	"encoding/hex"
	"sync"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"juwu/internal/problem"
	"juwu/models"
)

// pageCache keeps rendered public pages, bounded by bytes, the least recently
// read going first. An entry is good while the data it was made from has the
// same stamp and the civil day is the same: "还有 3 天" must not grow old.
type pageCache struct {
	limit   int
	metrics *metrics
	hit     func()
	miss    func()

	mu      sync.Mutex
	bytes   int
	entries map[string]*list.Element // of *cachedPage
	order   *list.List               // most recently read first
	making  map[string]*making
}

// cachedPage never changes after it was made; its bodies go to the network as
// they are.
type cachedPage struct {
	key     string
	version version
	etag    string
	noIndex bool
	bodies  [3][]byte // by encoding
	size    int
}

// version is what a page was made from.
type version struct {
	stamp uint64
	day   models.Date
}

// making is a page that somebody renders while others wait for it.
type making struct {
	version version
	done    chan struct{}
	page    *cachedPage
	err     error
}

func newPageCache(limit int, m *metrics) *pageCache {
	return &pageCache{
		limit: limit, metrics: m, hit: m.pages.WithLabelValues("hit").Inc, miss: m.pages.WithLabelValues("miss").Inc,
		entries: map[string]*list.Element{}, order: list.New(), making: map[string]*making{},
	}
}

const maxParam = 64

// Cached makes the handler of a public page that is the same for everybody: it
// is rendered once per address, language, look and version of the data, and
// served from memory, compressed. subjects name the data it shows; params are
// the parameters of the address that it reads by p.Query, all others are
// dropped. render must not ask who reads; it sets the page's fields and
// returns the main part. An error is not kept.
func Cached(subjects, params []string, render func(c context.Context, p *Page) (templ.Component, error)) fiber.Handler {
	return func(c *fiber.Ctx) error {
		r := of(c)
		var space [256]byte
		key, err := r.cacheKey(space[:0], c, params)
		if err != nil {
			return err
		}
		v := version{r.s.opt.Stamp(communityID(r.community), subjects...), models.DateOf(r.now)}
		page := r.s.cache.get(key, v)
		if page == nil {
			page, err = r.s.cache.make(c.UserContext(), string(key), v, func() (*cachedPage, error) {
				return r.renderCached(c, params, render)
			})
			if err != nil {
				return err
			}
		}
		page.send(c)
		return nil
	}
}

func communityID(c *models.Community) models.ID {
	if c == nil {
		return 0
	}
	return c.ID
}

// cacheKey is bounded in length and in letters: a stranger must not fill the
// memory with long keys.
func (r *request) cacheKey(key []byte, c *fiber.Ctx, params []string) ([]byte, error) {
	key = append(key, r.words.Tag...)
	key = append(key, 0, '0'+boolByte(r.look.care))
	key = append(key, r.look.theme...)
	key = append(key, 0)
	key = append(key, c.Request().URI().Path()...)
	args := c.Request().URI().QueryArgs()
	for _, name := range params {
		v := args.Peek(name)
		if len(v) > maxParam || bytes.IndexByte(v, 0) >= 0 {
			return nil, problem.New(problem.NotFound, "error.notfound", nil)
		}
		key = append(append(key, 0), v...)
	}
	return key, nil
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func (r *request) renderCached(c *fiber.Ctx, params []string, render func(context.Context, *Page) (templ.Component, error)) (*cachedPage, error) {
	p := r.newPage(c)
	for _, name := range params {
		if v := c.Query(name); v != "" {
			p.query.Set(name, v)
		}
	}
	if len(p.query) > 0 {
		p.here = SafePath(p.Path+"?"+p.query.Encode(), p.Path)
	}
	main, err := render(c.UserContext(), p)
	if err != nil {
		return nil, err
	}
	b := buffers.Get().(*bytes.Buffer)
	defer giveBack(b)
	if err := renderShell(c.UserContext(), b, p, main); err != nil {
		return nil, err
	}
	return newCachedPage(b.Bytes(), p.NoIndex), nil
}

// Pages are compressed once and read many times: hard compression pays, but
// not the last per cent, because somebody waits.
const (
	brotliLevel = 6
	gzipLevel   = 8
)

func newCachedPage(html []byte, noIndex bool) *cachedPage {
	p := &cachedPage{noIndex: noIndex, etag: `W/"` + hex.EncodeToString(sha(html)[:12]) + `"`}
	p.bodies[identity] = bytes.Clone(html)
	p.bodies[gzip] = fasthttp.AppendGzipBytesLevel(nil, html, gzipLevel)
	p.bodies[brotli] = fasthttp.AppendBrotliBytesLevel(nil, html, brotliLevel)
	for i := range p.bodies {
		p.bodies[i] = bytes.Clone(p.bodies[i]) // without the spare room that appending leaves
		p.size += len(p.bodies[i])
	}
	return p
}

// get is the page if it is there and good. The key is not kept.
func (pc *pageCache) get(key []byte, v version) *cachedPage {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	e, ok := pc.entries[string(key)]
	if !ok {
		return nil
	}
	p := e.Value.(*cachedPage)
	if p.version != v {
		return nil
	}
	pc.order.MoveToFront(e)
	pc.hit()
	return p
}

// make renders a page once, however many ask for it at the same time.
func (pc *pageCache) make(ctx context.Context, key string, v version, render func() (*cachedPage, error)) (*cachedPage, error) {
	pc.mu.Lock()
	if m, ok := pc.making[key]; ok && m.version == v {
		pc.mu.Unlock()
		select {
		case <-m.done:
			return m.page, m.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	m := &making{version: v, done: make(chan struct{}), err: problem.New(problem.Unavailable, "error.busy", nil)}
	pc.making[key] = m
	pc.mu.Unlock()
	defer pc.made(key, m) // also when render panics: those who wait get m.err
	pc.miss()
	page, err := render()
	if err != nil {
		m.err = err
		return nil, err
	}
	page.key, page.version = key, v
	page.size += len(key)
	m.page, m.err = page, nil
	return page, nil
}

func (pc *pageCache) made(key string, m *making) {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	close(m.done)
	if pc.making[key] == m {
		delete(pc.making, key)
	}
	if m.page == nil || m.page.size > pc.limit {
		return
	}
	if old, ok := pc.entries[key]; ok {
		pc.drop(old)
	}
	pc.entries[key] = pc.order.PushFront(m.page)
	pc.bytes += m.page.size
	for pc.bytes > pc.limit {
		pc.drop(pc.order.Back())
	}
	pc.metrics.bytes.Set(float64(pc.bytes))
}

func (pc *pageCache) drop(e *list.Element) {
	p := pc.order.Remove(e).(*cachedPage)
	delete(pc.entries, p.key)
	pc.bytes -= p.size
}

// send answers with the page, or with 304 if the browser has it.
func (p *cachedPage) send(c *fiber.Ctx) {
	h := &c.Response().Header
	h.Set(fiber.HeaderETag, p.etag)
	h.Set(fiber.HeaderCacheControl, "public, max-age=0, must-revalidate")
	h.Set(fiber.HeaderVary, "Accept-Encoding, Accept-Language, Cookie")
	if p.noIndex {
		h.Set("X-Robots-Tag", "noindex")
	}
	if bytes.Contains(c.Request().Header.Peek(fiber.HeaderIfNoneMatch), []byte(p.etag)) {
		c.Response().SetStatusCode(fiber.StatusNotModified)
		return
	}
	h.SetContentType("text/html; charset=utf-8")
	e := acceptedEncoding(c)
	switch e {
	case brotli:
		h.Set(fiber.HeaderContentEncoding, "br")
	case gzip:
		h.Set(fiber.HeaderContentEncoding, "gzip")
	}
	c.Response().SetBodyRaw(p.bodies[e])
}
