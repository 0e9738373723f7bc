package web

import (
	"testing"

	"github.com/gofiber/fiber/v2"
)

// TestSender: a sender cannot choose an address by writing the header.
func TestSender(t *testing.T) {
	for _, tc := range []struct {
		trusted []string
		header  []string
		want    string
	}{
		{nil, nil, "0.0.0.0"},
		{nil, []string{"203.0.113.9"}, "0.0.0.0"},
		{[]string{"0.0.0.0"}, nil, "0.0.0.0"},
		{[]string{"0.0.0.0"}, []string{"203.0.113.9"}, "203.0.113.9"},
		{[]string{"0.0.0.0"}, []string{"1.1.1.1, 203.0.113.9"}, "203.0.113.9"},
		{[]string{"0.0.0.0", "10.0.0.0/8"}, []string{"1.1.1.1, 203.0.113.9, 10.1.2.3"}, "203.0.113.9"},
		{[]string{"0.0.0.0", "10.0.0.0/8"}, []string{"10.9.9.9"}, "10.9.9.9"},
		{[]string{"0.0.0.0"}, []string{"1.1.1.1, rubbish"}, "0.0.0.0"},
		{[]string{"0.0.0.0"}, []string{"1.1.1.1", "203.0.113.9"}, "203.0.113.9"},
		{[]string{"0.0.0.0"}, []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		{[]string{"0.0.0.0"}, []string{"2001:db8::1"}, "2001:db8::1"},
	} {
		st := newSite(t, func(o *Options) { o.TrustedProxies = tc.trusted })
		st.Mount([]Route{{Method: "GET", Path: "/ip", Object: Public, Handle: func(c *fiber.Ctx) error { return c.SendString(c.IP()) }}})
		var headers []string
		for _, h := range tc.header {
			headers = append(headers, "X-Forwarded-For", h)
		}
		if a := st.get(t, "/ip", headers...); a.body != tc.want {
			t.Errorf("%v %v: %q, want %q", tc.trusted, tc.header, a.body, tc.want)
		}
	}
	if _, err := parseProxies([]string{"nginx"}); err == nil {
		t.Error("a name was taken for an address")
	}
}
