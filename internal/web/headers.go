package web

import (
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// contentPolicy allows what the pages need and nothing else: no inline script
// or style, no foreign host, no framing. Images may come from memory, because
// photos are shrunk in the browser before they are sent.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data: blob:; " +
	"font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'; object-src 'none'"

// The camera is ours to ask for: codes are scanned at the door (scan.ts).
const permissionsPolicy = "accelerometer=(), browsing-topics=(), camera=(self), display-capture=(), geolocation=(), " +
	"gyroscope=(), interest-cohort=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()"

type header struct{ name, value []byte }

// securityHeaders are those that every response carries, errors too, with
// names as HTTP writes them, so that setting them costs no search.
func securityHeaders(tls bool) []header {
	all := []header{
		{[]byte(fiber.HeaderContentSecurityPolicy), []byte(contentPolicy)},
		{[]byte(fiber.HeaderReferrerPolicy), []byte("same-origin")},
		{[]byte(fiber.HeaderXContentTypeOptions), []byte("nosniff")},
		{[]byte(fiber.HeaderXFrameOptions), []byte("DENY")},
		{[]byte("Cross-Origin-Opener-Policy"), []byte("same-origin")},
		{[]byte("Cross-Origin-Resource-Policy"), []byte("same-origin")},
		{[]byte(fiber.HeaderPermissionsPolicy), []byte(permissionsPolicy)},
	}
	if tls {
		all = append(all, header{[]byte(fiber.HeaderStrictTransportSecurity), []byte("max-age=63072000; includeSubDomains")})
	}
	return all
}

// secure sets them over whatever a handler has set.
func (s *Server) secure(h *fasthttp.ResponseHeader) {
	for _, x := range s.security {
		h.SetCanonical(x.name, x.value)
	}
}
