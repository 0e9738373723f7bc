// Package outbound speaks to services outside: one file per service, one resty
// client each. It takes values and returns values; it never touches the
// database, and nothing calls it inside a transaction or a handler. Every
// client has a time limit, follows no redirect, asks no proxy of the
// environment, and talks to the one host it was made for.
package outbound

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-resty/resty/v2"
)

// Class says what a failure was; it may be shown and logged, since it holds
// nothing of the message.
type Class string

const (
	Refused Class = "refused" // the service will never take this message
	Busy    Class = "busy"    // it takes no more just now (429, 503)
	Broken  Class = "broken"  // it failed (5xx), or answered nonsense
	Away    Class = "away"    // no connection, or no answer in time
)

// Failure is why a message was not taken. Again tells whether it may be sent
// once more, After how long the service asked to wait.
type Failure struct {
	Class Class
	After time.Duration
	Err   error // for the log; never holds a body
}

func (f *Failure) Error() string { return fmt.Sprintf("%s: %v", f.Class, f.Err) }

func (f *Failure) Unwrap() error { return f.Err }

// Again tells whether the same message may be tried again later.
func (f *Failure) Again() bool { return f.Class != Refused }

// FailureOf is the failure in an error; what is not one counts as Broken.
func FailureOf(err error) *Failure {
	if f, ok := errors.AsType[*Failure](err); ok {
		return f
	}
	return &Failure{Class: Broken, Err: err}
}

const (
	dialTimeout = 3 * time.Second
	callTimeout = 8 * time.Second
	bodyLimit   = 64 << 10
)

// client is a resty client bound to the host of base. Retrying is the
// outbox's work: a client that repeats by itself would hide that from it.
func client(base string) (*resty.Client, error) {
	return clientBy(base, &net.Dialer{Timeout: dialTimeout})
}

func clientBy(base string, dialer *net.Dialer) (*resty.Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "https" && !loopback(u.Hostname()) {
		return nil, fmt.Errorf("address %q: want https://host", base)
	}
	transport := &http.Transport{
		Proxy:                 nil, // an environment variable must not reroute people's numbers
		DialContext:           dialer.DialContext,
		TLSHandshakeTimeout:   dialTimeout,
		ResponseHeaderTimeout: callTimeout,
		MaxIdleConnsPerHost:   4,
		IdleConnTimeout:       time.Minute,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
	}
	c := resty.NewWithClient(&http.Client{Transport: oneHost{u.Host, transport}, Timeout: callTimeout}).
		SetBaseURL(u.Scheme+"://"+u.Host+u.EscapedPath()).
		SetRedirectPolicy(resty.NoRedirectPolicy()).
		SetResponseBodyLimit(bodyLimit).
		SetHeader("User-Agent", "juwu").
		SetDisableWarn(true).SetLogger(silent{})
	return c, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// oneHost is the allow-list: a list of one.
type oneHost struct {
	host string
	next http.RoundTripper
}

func (o oneHost) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != o.host {
		return nil, fmt.Errorf("host %q is not allowed", r.URL.Host)
	}
	return o.next.RoundTrip(r)
}

// silent drops resty's own log: it would print bodies.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}

// failed turns the outcome of a call into nil or a Failure.
func failed(ctx context.Context, r *resty.Response, err error) error {
	if err != nil {
		if ctx.Err() != nil {
			return &Failure{Class: Away, Err: ctx.Err()}
		}
		if errors.Is(err, resty.ErrResponseBodyTooLarge) {
			return &Failure{Class: Broken, Err: resty.ErrResponseBodyTooLarge}
		}
		if r != nil && r.StatusCode() >= 300 && r.StatusCode() < 400 {
			return &Failure{Class: Broken, Err: fmt.Errorf("redirect %d", r.StatusCode())}
		}
		if errors.Is(err, errInside) {
			return &Failure{Class: Refused, Err: errInside}
		}
		return &Failure{Class: Away, Err: withoutURL(err)}
	}
	code := r.StatusCode()
	cause := fmt.Errorf("status %d", code)
	switch {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable:
		return &Failure{Class: Busy, After: retryAfter(r.Header().Get("Retry-After")), Err: cause}
	case code == http.StatusRequestTimeout || code >= 500:
		return &Failure{Class: Broken, Err: cause}
	}
	return &Failure{Class: Refused, Err: cause}
}

// withoutURL drops the address from an error of net/http: it may hold a token.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// longestWait bounds what a service may ask for.
const longestWait = 10 * time.Minute

func retryAfter(s string) time.Duration {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(n)*time.Second, longestWait)
}
