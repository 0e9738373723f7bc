package outbound

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
)

// Inside names hosts of the own network, or ranges of addresses (10.3.0.0/16),
// that may be spoken to although an officer typed the address. Whoever runs the
// machine sets it; an officer must not reach what stands behind the fire wall
// by naming it (SSRF). Public addresses need no line.
type Inside []string

// ParseInside reads a list joined by commas.
func ParseInside(text string) (Inside, error) {
	var in Inside
	for s := range strings.SplitSeq(text, ",") {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		if _, err := netip.ParsePrefix(s); strings.Contains(s, "/") && err != nil {
			return nil, fmt.Errorf("%q: want a host or a range such as 10.3.0.0/16", s)
		}
		in = append(in, s)
	}
	return in, nil
}

// reserved are addresses that are no public host, besides what netip knows.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("2001::/32"), netip.MustParsePrefix("fec0::/10"), netip.MustParsePrefix("::/96"),
}

func public(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// allows tells whether a connection to this address may be made for a host.
func (in Inside) allows(host string, ip netip.Addr) bool {
	if public(ip) || slices.ContainsFunc(in, func(s string) bool { return strings.EqualFold(s, host) }) {
		return true
	}
	return slices.ContainsFunc(in, func(s string) bool {
		p, err := netip.ParsePrefix(s)
		return err == nil && p.Contains(ip.Unmap())
	})
}

// dialer looks at the address that is really connected to, after the name was
// resolved: a name that points inside by and by is refused as well.
func (in Inside) dialer(base string) *net.Dialer {
	host := ""
	if u, err := url.Parse(base); err == nil {
		host = u.Hostname()
	}
	return &net.Dialer{Timeout: dialTimeout, Control: func(_, address string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil || !in.allows(host, ap.Addr()) {
			return errInside
		}
		return nil
	}}
}

// errInside names no address: it goes into the log.
var errInside = fmt.Errorf("an address of the own network that is not allowed")
