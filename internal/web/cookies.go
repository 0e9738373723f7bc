package web

import (
	"crypto/rand"
	"encoding/base64"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Cookies. The session and the device are secrets of 256 bits; the server
// keeps only their SHA-256. The device cookie marks a browser before anybody
// logs in: CSRF tokens and login codes hang on it.
const (
	sessionCookie = "juwu"
	deviceCookie  = "juwu-device"
	hallCookie    = "juwu-hall"
	secretBytes   = 32
	deviceYears   = 1
)

// cookieName has the prefix with which a browser refuses the cookie from any
// other host, path or plain connection.
func (s *Server) cookieName(name string) string {
	if s.opt.Secure {
		return "__Host-" + name
	}
	return name
}

// secretOf is the cookie's value if it can be one of ours.
func (s *Server) secretOf(c *fiber.Ctx, name string) []byte {
	v := c.Request().Header.Cookie(s.cookieName(name))
	if len(v) != base64.RawURLEncoding.EncodedLen(secretBytes) {
		return nil
	}
	return v
}

func (s *Server) sessionHash(c *fiber.Ctx) []byte {
	if v := s.secretOf(c, sessionCookie); v != nil {
		return sha(v)
	}
	return nil
}

// NewSecret makes a cookie value and the hash of it that may be stored.
func NewSecret() (value string, hash []byte) {
	var b [secretBytes]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err) // never happens since Go 1.24
	}
	value = base64.RawURLEncoding.EncodeToString(b[:])
	return value, sha([]byte(value))
}

// SetSession gives the browser a new session; call it at every login and
// second factor, because a session that was there before may be known to
// someone else.
func SetSession(c *fiber.Ctx, value string, until time.Time) {
	r := of(c)
	r.s.setCookie(c, sessionCookie, value, until)
	// Answers to the rest of this request belong to the new session.
	c.Request().Header.SetCookie(r.s.cookieName(sessionCookie), value)
	r.asked, r.page = false, nil
}

// ClearSession ends the session in the browser.
func ClearSession(c *fiber.Ctx) {
	r := of(c)
	r.s.setCookie(c, sessionCookie, "", r.now.Add(-time.Hour))
	c.Request().Header.DelCookie(r.s.cookieName(sessionCookie))
	r.asked, r.page = false, nil
}

// SessionHash is the hash of the session cookie; nil without one.
func SessionHash(c *fiber.Ctx) []byte { return of(c).s.sessionHash(c) }

// DeviceHash is the hash of the device cookie; the browser gets one if it has
// none yet.
func DeviceHash(c *fiber.Ctx) []byte {
	s := of(c).s
	if v := s.secretOf(c, deviceCookie); v != nil {
		return sha(v)
	}
	value, hash := NewSecret()
	s.setCookie(c, deviceCookie, value, of(c).now.AddDate(deviceYears, 0, 0))
	c.Request().Header.SetCookie(s.cookieName(deviceCookie), value)
	return hash
}

// SetHall marks the browser as a tablet of a polling place.
func SetHall(c *fiber.Ctx, token string, until time.Time) {
	of(c).s.setCookie(c, hallCookie, token, until)
}

// Hall is the mark that SetHall has left; "" on any other device.
func Hall(c *fiber.Ctx) string { return string(of(c).s.secretOf(c, hallCookie)) }

// NextPerson makes the browser one that nobody has used: the person who comes
// next has no login, no consent and no tries of the one before. The mark of a
// tablet stays.
func NextPerson(c *fiber.Ctx) {
	ClearSession(c)
	r := of(c)
	r.s.setCookie(c, deviceCookie, "", r.now.Add(-time.Hour))
	c.Request().Header.DelCookie(r.s.cookieName(deviceCookie))
}

func (s *Server) setCookie(c *fiber.Ctx, name, value string, until time.Time) {
	c.Cookie(&fiber.Cookie{
		Name: s.cookieName(name), Value: value, Path: "/", Expires: until,
		Secure: s.opt.Secure, HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode,
	})
}
