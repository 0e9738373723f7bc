package web

import "github.com/gofiber/fiber/v2"

// contentPolicy allows what the pages need and nothing else: no inline script
// or style, no foreign host, no framing. Images may come from memory, because
// photos are shrunk in the browser before they are sent.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data: blob:; " +
	"font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'; object-src 'none'"

const permissionsPolicy = "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), " +
	"gyroscope=(), interest-cohort=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()"

// secure sets the headers that every response carries, errors too.
func secure(c *fiber.Ctx, tls bool) {
	h := &c.Response().Header
	h.Set(fiber.HeaderContentSecurityPolicy, contentPolicy)
	h.Set(fiber.HeaderReferrerPolicy, "same-origin")
	h.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	h.Set(fiber.HeaderXFrameOptions, "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set(fiber.HeaderPermissionsPolicy, permissionsPolicy)
	if tls {
		h.Set(fiber.HeaderStrictTransportSecurity, "max-age=63072000; includeSubDomains")
	}
}
