package web

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// proxies are the ranges whose word about the sender is believed.
type proxies []netip.Prefix

func parseProxies(list []string) (proxies, error) {
	var all proxies
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, aErr := netip.ParseAddr(s)
			if aErr != nil {
				return nil, fmt.Errorf("web: trusted proxy %q is neither an address nor a range", s)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		all = append(all, p)
	}
	return all, nil
}

func (ps proxies) trust(a netip.Addr) bool {
	for _, p := range ps {
		if p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// believe keeps of X-Forwarded-For the one address that c.IP() may give.
// Proxies add at the end what they saw; what stands before may be the sender's
// own invention. Fiber would take the first.
func (s *Server) believe(c *fiber.Ctx) {
	h := &c.Request().Header
	lines := h.PeekAll(fiber.HeaderXForwardedFor) // some proxies add a line of their own
	if len(lines) == 0 {
		return
	}
	parts := strings.Split(string(bytes.Join(lines, []byte(","))), ",")
	h.Del(fiber.HeaderXForwardedFor)
	for i := len(parts) - 1; i >= 0; i-- {
		a, err := netip.ParseAddr(strings.TrimSpace(parts[i]))
		if err != nil {
			return
		}
		h.Set(fiber.HeaderXForwardedFor, a.Unmap().String())
		if !s.proxies.trust(a) {
			return
		}
	}
}
