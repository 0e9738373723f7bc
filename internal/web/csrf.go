package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
)

// CSRFField is the hidden field that every form carries.
const CSRFField = "csrf"

const macBytes = 16

// token binds a form to the session, or to the device of a visitor. It looks
// different every time, because a secret that stands unchanged in a compressed
// page can be guessed from the page's length (BREACH).
func (r *request) token(c *fiber.Ctx) string {
	mac := r.s.formMAC(r.s.binding(c, true))
	pad := make([]byte, 2*macBytes)
	if _, err := rand.Read(pad[:macBytes]); err != nil {
		panic(err) // never happens since Go 1.24
	}
	for i, b := range mac {
		pad[macBytes+i] = b ^ pad[i]
	}
	return base64.RawURLEncoding.EncodeToString(pad)
}

// binding is what a token hangs on; make gives a visitor a device cookie.
func (s *Server) binding(c *fiber.Ctx, make bool) []byte {
	if h := s.sessionHash(c); h != nil {
		return append([]byte("session:"), h...)
	}
	if !make && s.secretOf(c, deviceCookie) == nil {
		return nil
	}
	return append([]byte("device:"), DeviceHash(c)...)
}

func (s *Server) formMAC(binding []byte) []byte {
	m := hmac.New(sha256.New, s.csrfKey)
	m.Write(binding)
	return m.Sum(nil)[:macBytes]
}

func (r *request) validToken(c *fiber.Ctx, token string) bool {
	b, err := base64.RawURLEncoding.DecodeString(token)
	binding := r.s.binding(c, false)
	if err != nil || len(b) != 2*macBytes || binding == nil {
		return false
	}
	for i := range macBytes {
		b[macBytes+i] ^= b[i]
	}
	return hmac.Equal(b[macBytes:], r.s.formMAC(binding))
}

// sameOrigin refuses a POST that the browser says comes from elsewhere. Some
// WebViews say nothing: then the token decides alone.
func (s *Server) sameOrigin(c *fiber.Ctx) bool {
	if site := c.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	origin := c.Get(fiber.HeaderOrigin)
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false // "null", or not a browser's
	}
	return u.Host == s.host || u.Host == string(c.Request().Header.Host())
}

// checkPost refuses a state change that did not come from one of our forms.
func (r *request) checkPost(c *fiber.Ctx, tokenless bool) error {
	if !r.s.sameOrigin(c) {
		return problem.New(problem.Forbidden, "error.origin", nil).Because("csrf: origin")
	}
	f, err := r.form(c)
	if err != nil {
		return err
	}
	if !tokenless && !r.validToken(c, f.values.Get(CSRFField)) {
		return problem.New(problem.Forbidden, "error.stale", nil).Because("csrf: token")
	}
	return nil
}
