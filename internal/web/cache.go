package web

import (
	"bytes"
	"container/list"
	"context"
	"encoding/hex"
	"errors"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	brrr "github.com/molecule-man/go-brrr"
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

	community *models.Community
	subjects  []string
	visitors  bool                       // who is logged in gets a page of their own
	ok, same  series                     // what 200 and 304 count as
	bodies    [3][]byte                  // by encoding
	headers   [3]fasthttp.ResponseHeader // whole, the security headers among them
	size      int
}

// version is what a page was made from.
type version struct {
	stamp uint64
	day   int64 // civil days in Shanghai since 1970
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

const (
	maxParam = 64
	maxKey   = 256
)

// Cached makes the handler of a public page that is the same for everybody: it
// is rendered once per address, language, look and version of the data, and
// served from memory, compressed. subjects name the data it shows; params are
// the parameters of the address that it reads by p.Query, all others are
// dropped. render must not ask who reads; it sets the page's fields and
// returns the main part. An error is not kept.
//
// Its route must be Public: a page that is in memory is sent before anybody is
// asked.
func Cached(subjects, params []string, render func(ctx context.Context, p *Page) (templ.Component, error)) fiber.Handler {
	return func(c *fiber.Ctx) error {
		r := of(c)
		if !r.public {
			return errors.New("web: Cached on a route that is not Public: " + r.route)
		}
		var space [maxKey]byte
		key, err := r.cacheKey(space[:0], c, params)
		if err != nil {
			return err
		}
		v := r.s.version(r.community, subjects, r.now)
		page := r.s.cache.get(key, v)
		if page == nil {
			page, err = r.s.cache.make(c.UserContext(), string(key), v, func() (*cachedPage, error) {
				return r.renderCached(c, subjects, params, render)
			})
			if err != nil {
				return err
			}
		}
		page.send(c.Context())
		r.memory = true
		return nil
	}
}

// ForVisitors serves a page from the cache to whoever is not logged in, and
// their own to all others: the home page begins with what waits for them.
func ForVisitors(cached, own fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if ActorOf(c).UserID != 0 {
			return own(c)
		}
		of(c).visitors = true
		return cached(c)
	}
}

// fromMemory sends a page whose address has no parameters. It says false when
// the page is not there, is old, or the request is not an ordinary one.
func (s *Server) fromMemory(fc *fasthttp.RequestCtx) bool {
	h := &fc.Request.Header
	if h.ContentLength() > 0 || h.ContentLength() == -1 || len(fc.URI().QueryString()) > 0 || !plainHeaders(h) {
		return false
	}
	path := fc.URI().PathOriginal()
	if len(path) > maxKey/2 {
		return false
	}
	now := s.opt.Now()
	var space [maxKey]byte
	page := s.cache.peek(s.lookOf(h).appendKey(space[:0], path))
	if page == nil || page.visitors && len(h.Cookie(s.cookieName(sessionCookie))) > 0 || !s.stands(page) || page.version != s.version(page.community, page.subjects, now) {
		return false
	}
	s.cache.hit()
	series := page.ok
	if page.send(fc) == fiber.StatusNotModified {
		series = page.same
	}
	end := s.opt.Now()
	series.observe(end.Sub(now))
	s.memory.count(s.opt.Log, end)
	return true
}

// stands tells whether the page's community is still there under its code.
func (s *Server) stands(p *cachedPage) bool {
	if p.community == nil {
		return true
	}
	c, err := s.opt.Community(context.Background(), p.community.Code)
	return err == nil && c.ID == p.community.ID
}

func (s *Server) version(c *models.Community, subjects []string, now time.Time) version {
	var id models.ID
	if c != nil {
		id = c.ID
	}
	return version{s.opt.Stamp(id, subjects...), civilDay(now)}
}

// civilDay counts days without writing a date: this runs for every hit.
func civilDay(t time.Time) int64 { return (t.Unix() + shanghaiSeconds) / (24 * 3600) }

const shanghaiSeconds = 8 * 3600

// appendKey begins the key of a page in this look. The path is the one that
// was sent: two spellings of an address are two pages for Fiber too.
func (l look) appendKey(key, path []byte) []byte {
	key = append(key, l.words.Tag...)
	key = append(key, '.')
	if l.care {
		key = append(key, 'c')
	}
	key = append(key, l.theme...)
	key = append(key, '.')
	return append(key, path...)
}

// cacheKey is bounded in length and in letters: a stranger must not fill the
// memory with long keys.
func (r *request) cacheKey(key []byte, c *fiber.Ctx, params []string) ([]byte, error) {
	path := c.Request().URI().PathOriginal()
	if len(path) > maxKey/2 {
		return nil, problem.New(problem.NotFound, "error.notfound", nil)
	}
	key = r.look.appendKey(key, path)
	args := c.Request().URI().QueryArgs()
	for _, name := range params {
		v := args.Peek(name)
		if len(v) > maxParam || bytes.IndexByte(v, 0) >= 0 {
			return nil, problem.New(problem.NotFound, "error.notfound", nil)
		}
		if len(v) > 0 {
			key = append(append(append(append(key, 0), name...), 0), v...)
		}
	}
	return key, nil
}

func (r *request) renderCached(c *fiber.Ctx, subjects, params []string, render func(context.Context, *Page) (templ.Component, error)) (*cachedPage, error) {
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
	page := r.s.newCachedPage(b.Bytes(), p.NoIndex)
	page.community, page.subjects, page.visitors = r.community, subjects, r.visitors
	page.ok = r.s.metrics.of(fiber.MethodGet, r.route, fiber.StatusOK)
	page.same = r.s.metrics.of(fiber.MethodGet, r.route, fiber.StatusNotModified)
	return page, nil
}

// Pages are compressed once and read many times: hard compression pays, but
// not the last per cent, because somebody waits.
const (
	brotliLevel = 6
	gzipLevel   = 8
)

func (s *Server) newCachedPage(html []byte, noIndex bool) *cachedPage {
	p := &cachedPage{etag: `W/"` + hex.EncodeToString(sha(html)[:12]) + `"`}
	p.bodies[identity] = bytes.Clone(html)
	p.bodies[gzip] = fasthttp.AppendGzipBytesLevel(nil, html, gzipLevel)
	p.bodies[brotli] = compressBrotli(html)
	for i := range p.bodies {
		p.bodies[i] = bytes.Clone(p.bodies[i]) // without the spare room that appending leaves
		p.size += len(p.bodies[i]) + headerSize
		s.pageHeaders(&p.headers[i], encoding(i), p.etag, noIndex)
	}
	return p
}

// compressBrotli looks back 64 KB, as far as almost every page is long: the
// usual window of 4 MB costs three times the memory and saves nothing.
func compressBrotli(html []byte) []byte {
	const window = 16 // as a power of two
	var b bytes.Buffer
	z, err := brrr.NewWriterOptions(&b, brotliLevel, brrr.WriterOptions{LGWin: window, SizeHint: uint(len(html))})
	if err == nil {
		_, err = z.Write(html)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic("web: brotli into memory: " + err.Error()) // only settings that do not exist
	}
	return b.Bytes()
}

// headerSize is about what the prepared headers of one encoding hold.
const headerSize = 2 << 10

func (s *Server) pageHeaders(h *fasthttp.ResponseHeader, e encoding, etag string, noIndex bool) {
	s.secure(h)
	h.SetContentType("text/html; charset=utf-8")
	h.Set(fiber.HeaderETag, etag)
	h.Set(fiber.HeaderCacheControl, "public, max-age=0, must-revalidate")
	h.Set(fiber.HeaderVary, "Accept-Encoding, Accept-Language, Cookie")
	if noIndex {
		h.Set("X-Robots-Tag", "noindex")
	}
	switch e {
	case brotli:
		h.Set(fiber.HeaderContentEncoding, "br")
	case gzip:
		h.Set(fiber.HeaderContentEncoding, "gzip")
	}
}

// get is the page if it is there and good. The key is not kept.
func (pc *pageCache) get(key []byte, v version) *cachedPage {
	if p := pc.peek(key); p != nil && p.version == v {
		pc.hit()
		return p
	}
	return nil
}

// peek is the page as it is. The key is not kept.
func (pc *pageCache) peek(key []byte) *cachedPage {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	e, ok := pc.entries[string(key)]
	if !ok {
		return nil
	}
	pc.order.MoveToFront(e)
	return e.Value.(*cachedPage)
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
func (p *cachedPage) send(fc *fasthttp.RequestCtx) (status int) {
	e := acceptedEncoding(&fc.Request.Header)
	p.headers[e].CopyTo(&fc.Response.Header)
	if bytes.Contains(fc.Request.Header.Peek(fiber.HeaderIfNoneMatch), []byte(p.etag)) {
		fc.Response.SetStatusCode(fiber.StatusNotModified)
		return fiber.StatusNotModified
	}
	fc.Response.SetBodyRaw(p.bodies[e])
	return fiber.StatusOK
}
