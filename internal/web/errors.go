package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"juwu/i18n"
	"juwu/internal/problem"
)

// shown is what a reader learns of an error: never its own text.
type shown struct {
	status int
	text   problem.Text
	after  time.Duration // when it is worth trying again
}

// panicked is a panic on its way to the log.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprint("panic: ", p.value) }

// statusOf maps the kinds of problems to HTTP.
var statusOf = map[problem.Kind]int{
	problem.Invalid:      fiber.StatusUnprocessableEntity,
	problem.Unauthorized: fiber.StatusUnauthorized,
	problem.Forbidden:    fiber.StatusForbidden,
	problem.NotFound:     fiber.StatusNotFound,
	problem.Conflict:     fiber.StatusConflict,
	problem.TooEarly:     fiber.StatusConflict,
	problem.TooLate:      fiber.StatusConflict,
	problem.TooMany:      fiber.StatusTooManyRequests,
	problem.TooLarge:     fiber.StatusRequestEntityTooLarge,
	problem.Unavailable:  fiber.StatusServiceUnavailable,
}

// httpKeys are the texts of what HTTP itself refuses.
var httpKeys = map[int]string{
	fiber.StatusBadRequest:                  "error.request",
	fiber.StatusNotFound:                    "error.notfound",
	fiber.StatusMethodNotAllowed:            "error.method",
	fiber.StatusRequestTimeout:              "error.slow",
	fiber.StatusLengthRequired:              "error.request",
	fiber.StatusRequestEntityTooLarge:       "error.toolarge.any",
	fiber.StatusUnsupportedMediaType:        "error.form",
	fiber.StatusRequestHeaderFieldsTooLarge: "error.request",
}

const retryAfter = 5 * time.Second

func showing(err error, now time.Time) shown {
	if _, ok := errors.AsType[*needsSecondFactor](err); ok {
		return shown{status: fiber.StatusSeeOther, text: problem.Text{Key: "error.login"}}
	}
	if p := problem.As(err); p != nil {
		s := shown{status: statusOf[p.Kind], text: problem.Text{Key: p.Key, Args: p.Args}}
		if until, ok := p.Args["until"].(time.Time); ok && p.Kind == problem.TooMany {
			s.after = until.Sub(now)
		}
		if p.Kind == problem.Unavailable {
			s.after = retryAfter
		}
		if s.status != 0 {
			return s
		}
	}
	if e, ok := errors.AsType[*fiber.Error](err); ok {
		if key, ok := httpKeys[e.Code]; ok {
			return shown{status: e.Code, text: problem.Text{Key: key}}
		}
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return shown{status: fiber.StatusServiceUnavailable, text: problem.Text{Key: "error.busy"}, after: retryAfter}
	}
	return shown{status: fiber.StatusInternalServerError, text: problem.Text{Key: "error.internal"}}
}

// showError is the one exit of errors: it logs what is ours to know and shows
// what is the reader's.
func (s *Server) showError(c *fiber.Ctx, r *request, err error) {
	sh := showing(err, r.now)
	s.logError(r, err, sh.status)
	c.Response().ResetBody()
	for _, h := range []string{fiber.HeaderContentEncoding, fiber.HeaderETag, fiber.HeaderLocation, fiber.HeaderContentDisposition} {
		c.Response().Header.Del(h)
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	if sh.status == fiber.StatusSeeOther {
		c.Redirect("/login/second?next="+url.QueryEscape(returnTo(c)), fiber.StatusSeeOther)
		return
	}
	if sh.status == fiber.StatusUnauthorized && !wantsJSON(c) {
		c.Redirect("/login?next="+url.QueryEscape(returnTo(c)), fiber.StatusSeeOther)
		return
	}
	c.Status(sh.status)
	if sh.after > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(sh.after.Seconds()+0.999)))
	}
	s.writeError(c, r, sh)
}

// returnTo is where a login leads back to: the page itself, or after a POST
// the page that held the form.
func returnTo(c *fiber.Ctx) string {
	if c.Method() != fiber.MethodPost {
		return SafePath(c.OriginalURL(), "/")
	}
	if u, err := url.Parse(c.Get(fiber.HeaderReferer)); err == nil && u.Host == string(c.Request().Header.Host()) {
		return SafePath(u.RequestURI(), "/")
	}
	return "/"
}

func (s *Server) writeError(c *fiber.Ctx, r *request, sh shown) {
	if sh.status == fiber.StatusInternalServerError {
		s.writeFailed(c, r)
		return
	}
	if wantsJSON(c) {
		if err := c.JSON(fiber.Map{"error": sh.text.Key, "message": r.words.Text(r.now, sh.text), "request": r.id()}); err != nil {
			c.Response().ResetBody()
		}
		return
	}
	p := r.newPage(c)
	p.NoIndex = true
	p.Title = p.T(titles.Key(strconv.Itoa(sh.status)))
	// The time of the request may be up; the page that says so is still due.
	if err := write(context.Background(), c, p, sh.status, errorView(p, sh, r.id())); err != nil {
		s.opt.Log.Error("error page", "request", r.id(), "err", err)
		s.writeFailed(c, r)
	}
}

// writeFailed shows the prepared page.
func (s *Server) writeFailed(c *fiber.Ctx, r *request) {
	c.Response().ResetBody()
	c.Response().Header.Del(fiber.HeaderContentEncoding)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Type("html", "utf-8")
	c.Status(fiber.StatusInternalServerError)
	c.Response().SetBody(bytes.ReplaceAll(s.failed[r.words.Tag], []byte(idMark), []byte(r.id())))
}

// titles are the headings of error pages by status.
const titles = i18n.Family("error.title.")

func wantsJSON(c *fiber.Ctx) bool {
	return strings.HasSuffix(c.Path(), ".json") || strings.HasPrefix(c.Get(fiber.HeaderAccept), fiber.MIMEApplicationJSON)
}

// logError keeps what happened for us. A refusal is not an error of ours, but
// its rule must be findable.
func (s *Server) logError(r *request, err error, status int) {
	attrs := []slog.Attr{slog.String("route", r.route), slog.Int("status", status), slog.String("request", r.id())}
	level, text := slog.LevelInfo, "refused"
	if status >= fiber.StatusInternalServerError {
		level, text = slog.LevelError, "failed"
		attrs = append(attrs, slog.String("err", err.Error()))
	}
	if p := problem.As(err); p != nil {
		attrs = append(attrs, slog.String("key", p.Key))
		if p.Rule != "" {
			attrs = append(attrs, slog.String("rule", p.Rule))
		}
	}
	if p, ok := errors.AsType[*panicked](err); ok {
		attrs = append(attrs, slog.String("stack", string(p.stack)))
	}
	s.opt.Log.LogAttrs(context.Background(), level, text, attrs...)
}

// lastResort answers what never reached the first handler: requests that the
// server below could not read.
func (s *Server) lastResort(c *fiber.Ctx, err error) error {
	if of(c) != nil { // first handles its own errors
		return err
	}
	r := s.newRequest()
	c.Locals(requestKey{}, r)
	c.Context().SetConnectionClose()
	s.answer(c, r, err)
	s.finish(c, r)
	return nil
}

// refuseMethod answers everything but GET, HEAD and POST.
func (s *Server) refuseMethod(fc *fasthttp.RequestCtx) {
	c := s.App.AcquireCtx(fc)
	defer s.App.ReleaseCtx(c)
	c.Set(fiber.HeaderAllow, "GET, HEAD, POST")
	_ = s.lastResort(c, fiber.ErrMethodNotAllowed) // answers itself, always
}
