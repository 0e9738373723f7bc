package web

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/static"
)

// ownRoutes are the addresses that belong to the edge itself.
func (s *Server) ownRoutes() []Route {
	get := func(path string, h fiber.Handler) Route {
		return Route{Method: fiber.MethodGet, Path: path, Object: Public, Handle: h}
	}
	return []Route{
		get("/static/:name", func(c *fiber.Ctx) error { return serveStatic(c, c.Params("name")) }),
		get("/sw.js", func(c *fiber.Ctx) error { return serveStatic(c, "sw.js") }),
		get("/manifest.webmanifest", func(c *fiber.Ctx) error {
			c.Set(fiber.HeaderCacheControl, static.CacheNever)
			return c.Redirect(static.URL("app.webmanifest"), fiber.StatusFound)
		}),
		get("/robots.txt", s.robots),
		get("/healthz", s.health),
		{Method: fiber.MethodPost, Path: "/lang/:tag", Object: Public, Tokenless: true, Handle: postLanguage},
		{Method: fiber.MethodPost, Path: "/look", Object: Public, Tokenless: true, Handle: postLook},
	}
}

// serveStatic sends a file of the build from memory, compressed if possible.
func serveStatic(c *fiber.Ctx, name string) error {
	body, br, gz, contentType, ok := static.File(name)
	if !ok {
		return fiber.ErrNotFound
	}
	h := &c.Response().Header
	h.Set(fiber.HeaderCacheControl, static.CacheControl(name))
	h.SetContentType(contentType)
	if name == "sw.js" {
		h.Set("Service-Worker-Allowed", "/")
	}
	if br != nil || gz != nil {
		h.Set(fiber.HeaderVary, "Accept-Encoding")
	}
	switch e := acceptedEncoding(&c.Request().Header); {
	case e == brotli && br != nil:
		h.Set(fiber.HeaderContentEncoding, "br")
		body = br
	case e >= gzip && gz != nil:
		h.Set(fiber.HeaderContentEncoding, "gzip")
		body = gz
	}
	c.Response().SetBodyRaw(body)
	return nil
}

// robots keeps crawlers out of what is private. Pages that name people say
// noindex themselves: a line here would only tell where they are.
func (s *Server) robots(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "public, max-age=3600")
	c.Type("txt", "utf-8")
	return c.SendString("User-agent: *\nDisallow: /admin\nDisallow: /me\nDisallow: /login\n")
}

const healthTimeout = 2 * time.Second

func (s *Server) health(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), healthTimeout)
	defer cancel()
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Type("txt", "utf-8")
	if s.opt.Health != nil {
		if err := s.opt.Health(ctx); err != nil {
			s.opt.Log.Error("not healthy", "err", err)
			return c.Status(fiber.StatusServiceUnavailable).SendString("unavailable\n")
		}
	}
	return c.SendString("ok\n")
}
