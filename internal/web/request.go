package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"log/slog"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"juwu/i18n"
	"juwu/internal/problem"
	"juwu/models"
)

// request is what the edge knows of one request. It lives as long as the
// handler; nothing of it may go to a goroutine.
type request struct {
	s     *Server
	now   time.Time
	route string // the pattern that matched: a path itself may name a person's case
	words *i18n.Words
	look  look
	page  *Page

	community *models.Community
	actor     models.Actor
	actorErr  error
	asked     bool // whether actor was read
	cleanup   []func()
	patience  patience
	public    bool   // the route asks nobody who they are
	memory    bool   // answered from the page cache
	visitors  bool   // the page is for whoever is not logged in
	policy    string // Content-Security-Policy of a file, instead of that of pages
	named     string
}

type requestKey struct{}

func of(c *fiber.Ctx) *request {
	r, _ := c.Locals(requestKey{}).(*request)
	return r
}

// first is around every request: it refuses what is malformed, catches panics,
// turns errors into pages, and leaves a log line and a measurement.
func (s *Server) first(c *fiber.Ctx) error {
	r := s.newRequest()
	c.Locals(requestKey{}, r)
	c.SetUserContext(&r.patience)
	s.believe(c)
	r.look = s.lookOf(&c.Request().Header)
	r.words = r.look.words
	if err := s.guarded(c, r); err != nil {
		s.answer(c, r, err)
	}
	for _, f := range r.cleanup {
		f()
	}
	r.patience.end()
	s.finish(c, r)
	return nil
}

// noRoute is the pattern of requests that no route took.
const noRoute = "none"

func (s *Server) newRequest() *request {
	now := s.opt.Now()
	return &request{
		s: s, now: now, route: noRoute, words: s.opt.Words.All()[0],
		patience: patience{limit: s.opt.Timeout, until: now.Add(s.opt.Timeout)},
	}
}

// answer shows an error; if even that fails, the prepared page.
func (s *Server) answer(c *fiber.Ctx, r *request, err error) {
	defer func() {
		if v := recover(); v != nil {
			s.logError(r, &panicked{value: v, stack: debug.Stack()}, fiber.StatusInternalServerError)
			s.writeFailed(c, r)
		}
	}()
	s.showError(c, r, err)
}

// guarded runs the rest of the chain and makes an error of a panic.
func (s *Server) guarded(c *fiber.Ctx, r *request) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{value: v, stack: debug.Stack()}
		}
	}()
	if err := wellFormed(c); err != nil {
		return err
	}
	if redirected, err := r.chooseLanguage(c); redirected || err != nil {
		return err
	}
	return c.Next()
}

// id names the request in the log and on error pages. It is unique among the
// processes of a site, and made when it is first asked for.
func (r *request) id() string {
	if r.named == "" {
		r.named = r.s.run + "-" + strconv.FormatUint(r.s.serial.Add(1), 36)
	}
	return r.named
}

// wellFormed refuses what two HTTP parsers may understand differently: behind
// a proxy, such a request can hide a second one.
func wellFormed(c *fiber.Ctx) error {
	h := &c.Request().Header
	switch {
	case h.ContentLength() == -1 || len(h.Peek(fiber.HeaderTransferEncoding)) > 0:
		return closing(c, fiber.StatusLengthRequired) // no browser sends a form in chunks
	case h.ContentLength() > 0 && !h.IsPost(), !plainHeaders(h):
		return closing(c, fiber.StatusBadRequest)
	}
	return nil
}

// plainHeaders finds what the parser below lets pass: folded lines (RFC 9112
// 5.2), names that are no token, versions that do not exist.
func plainHeaders(h *fasthttp.RequestHeader) bool {
	if p := h.Protocol(); !bytes.Equal(p, http11) && !bytes.Equal(p, http10) {
		return false
	}
	for raw := h.RawHeaders(); len(raw) > 0; {
		line, rest, _ := bytes.Cut(raw, lineFeed)
		raw = rest
		if len(line) <= 1 { // the empty line at the end
			continue
		}
		colon := bytes.IndexByte(line, ':')
		if colon <= 0 || bytes.IndexByte(line[:colon], ' ') >= 0 || line[0] == '\t' {
			return false
		}
	}
	return true
}

var http11, http10, lineFeed = []byte("HTTP/1.1"), []byte("HTTP/1.0"), []byte("\n")

// closing is an error after which the connection is not used again, because
// nobody knows where the next request begins.
func closing(c *fiber.Ctx, status int) error {
	c.Context().SetConnectionClose()
	return fiber.NewError(status)
}

// readActor asks once who holds the session cookie.
func (r *request) readActor(c *fiber.Ctx) (models.Actor, error) {
	if r.asked {
		return r.actor, r.actorErr
	}
	r.asked = true
	if hash := r.s.sessionHash(c); hash != nil {
		r.actor, r.actorErr = r.s.opt.Session(c.UserContext(), hash, r.now)
		if problem.Is(r.actorErr, problem.NotFound) || problem.Is(r.actorErr, problem.Unauthorized) {
			r.actor, r.actorErr = models.Actor{}, nil
		}
	}
	return r.actor, r.actorErr
}

// ActorOf is who makes the request; the zero Actor for a visitor.
func ActorOf(c *fiber.Ctx) models.Actor {
	a, err := of(c).readActor(c)
	if err != nil {
		return models.Actor{}
	}
	return a
}

// CommunityOf is the community of the address; nil on routes without one.
func CommunityOf(c *fiber.Ctx) *models.Community { return of(c).community }

// Now is the instant of the request.
func Now(c *fiber.Ctx) time.Time { return of(c).now }

// RequestID names the request in the log and on error pages.
func RequestID(c *fiber.Ctx) string { return of(c).id() }

// Context is what goes below the edge: it ends when the request's time is up.
func Context(c *fiber.Ctx) context.Context { return c.UserContext() }

// finish leaves the log line: no query, no name, no id of a person, no address.
// Pages from memory are counted and logged together: their lines would cost
// more than the pages.
func (s *Server) finish(c *fiber.Ctx, r *request) {
	now := s.opt.Now()
	took := now.Sub(r.now)
	status := c.Response().StatusCode()
	s.metrics.of(c.Method(), r.route, status).observe(took)
	if r.memory {
		s.memory.count(s.opt.Log, now)
		return
	}
	s.secure(&c.Response().Header)
	if r.policy != "" {
		c.Set(fiber.HeaderContentSecurityPolicy, r.policy)
	}
	c.Set(fiber.HeaderXRequestID, r.id())
	if !s.opt.Log.Enabled(context.Background(), slog.LevelInfo) {
		return
	}
	s.opt.Log.LogAttrs(context.Background(), slog.LevelInfo, "request",
		slog.String("method", c.Method()), slog.String("route", r.route), slog.Int("status", status),
		slog.Int64("us", took.Microseconds()), slog.String("request", r.id()))
}

func sha(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}

// memoryLog gathers the log lines of pages from memory: one a minute.
type memoryLog struct {
	pages atomic.Int64
	next  atomic.Int64 // unix milliseconds of the next line
}

const memoryLogEvery = time.Minute

func (m *memoryLog) count(log *slog.Logger, now time.Time) {
	m.pages.Add(1)
	at, next := now.UnixMilli(), m.next.Load()
	if at < next || !m.next.CompareAndSwap(next, at+memoryLogEvery.Milliseconds()) {
		return
	}
	log.LogAttrs(context.Background(), slog.LevelInfo, "pages from memory", slog.Int64("count", m.pages.Swap(0)))
}
