package web

import (
	"crypto/rand"
	"encoding/hex"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// Limits of one process. A request body is refused by its announced length
// before a byte of it is read; bodies without a length are refused at all.
const (
	readTimeout   = 15 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 60 * time.Second
	uploadTimeout = 2 * time.Minute // photos over a poor mobile connection
	concurrency   = 4096
	headerBytes   = 16 << 10
	writeBytes    = 16 << 10 // a whole compressed page goes out in one write
)

// Server is the edge: the Fiber app and what its handlers share.
type Server struct {
	App *fiber.App

	opt      Options
	host     string // of BaseURL
	csrfKey  []byte
	security []header
	run      string // begins every request id of this process
	serial   atomic.Uint64
	routes   []Route
	cache    *pageCache
	metrics  *metrics
	memory   memoryLog
	proxies  proxies
	looks    map[string]look
	failed   map[string][]byte // the 500 page by language, rendered at start so that showing it cannot fail
}

// New makes the edge with its own routes. Mount adds the others.
func New(opt Options) (*Server, error) {
	if err := opt.complete(); err != nil {
		return nil, err
	}
	trusted, err := parseProxies(opt.TrustedProxies)
	if err != nil {
		return nil, err
	}
	u, _ := url.Parse(opt.BaseURL) // complete has looked at it
	var run [4]byte
	if _, err := rand.Read(run[:]); err != nil {
		return nil, err
	}
	s := &Server{opt: opt, host: u.Host, proxies: trusted, security: securityHeaders(opt.Secure), looks: looks(opt.Words), csrfKey: opt.Key("csrf"), run: hex.EncodeToString(run[:])}
	s.metrics = newMetrics(opt.Registry)
	s.cache = newPageCache(opt.CacheBytes, s.metrics)
	s.App = fiber.New(fiber.Config{
		// Without Immutable, strings of a request are overwritten by the next one.
		Immutable:     true,
		CaseSensitive: true,
		StrictRouting: true,

		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		ReadBufferSize:    headerBytes,
		WriteBufferSize:   writeBytes,
		Concurrency:       concurrency,
		BodyLimit:         uploadBody,
		StreamRequestBody: true,
		// Fiber would parse a multipart body before anything could refuse it.
		DisablePreParseMultipartForm: true,
		DisableStartupMessage:        true,

		EnableTrustedProxyCheck: true,
		TrustedProxies:          opt.TrustedProxies,
		EnableIPValidation:      true,
		ProxyHeader:             fiber.HeaderXForwardedFor,
		ErrorHandler:            s.lastResort,
	})
	// There is no limit of connections per address: a whole community may sit
	// behind one address of its carrier.
	s.App.Server().Handler = s.before(s.App.Server().Handler)
	if err := s.renderFailed(); err != nil {
		return nil, err
	}
	s.App.Use(s.first)
	s.Mount(s.ownRoutes())
	return s, nil
}

// before stands in front of Fiber, for two things that it would do badly: it
// answers a method it does not know without asking any handler, and finding
// the handler of a page costs it more than sending the page from memory.
func (s *Server) before(fiberHandler fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(fc *fasthttp.RequestCtx) {
		switch {
		case fc.IsPost():
			fiberHandler(fc)
		case !fc.IsGet() && !fc.IsHead():
			s.refuseMethod(fc)
		case !s.fromMemory(fc):
			fiberHandler(fc)
		}
	}
}

// URL is a path with the site's own name, for messages and codes that leave it.
func (s *Server) URL(path string) string { return s.opt.BaseURL + path }
