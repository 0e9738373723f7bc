package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"juwu/i18n"
	"juwu/internal/web/ui"
	"juwu/models"
)

// Options are what the edge needs from the rest of the program. Functions may
// be called by many requests at once.
type Options struct {
	BaseURL        string   // absolute address of the site without a slash at its end: links in feeds, QR codes, messages
	TrustedProxies []string // addresses or CIDR ranges whose X-Forwarded-For is believed
	Secure         bool     // behind TLS: Secure cookies with the __Host- prefix, HSTS
	Now            func() time.Time
	Log            *slog.Logger
	Words          *i18n.Catalog

	// Key derives a key of at least 32 bytes for a purpose; the same in every
	// process of the installation.
	Key func(purpose string) []byte
	// Session is the one read that a request costs: who holds the cookie.
	// The zero Actor means nobody; an error means that it cannot be known now.
	Session func(ctx context.Context, cookieHash []byte, now time.Time) (models.Actor, error)
	// Community finds a community by its code in memory; problem.NotFound.
	Community func(ctx context.Context, code string) (*models.Community, error)
	// Stamp is the version of some subjects of a community's data, in memory.
	Stamp func(community models.ID, subjects ...string) uint64
	// May answers for the policy: nil, problem.Unauthorized or problem.Forbidden.
	// c is nil on routes without a community.
	May func(actor models.Actor, c *models.Community, object, action string, now time.Time) error
	// AuthzFresh is false when this process no longer knows who holds which post.
	AuthzFresh func() bool
	// Health fails when the process cannot do its work; for /healthz.
	Health func(ctx context.Context) error
	// Sections are the officers' sections of a page below /admin; may be nil.
	Sections func(p *Page) []ui.Link

	Footer     FooterInfo
	Demo       bool
	Registry   *prometheus.Registry
	CacheBytes int           // memory for rendered pages; 0 means 64 MiB
	Timeout    time.Duration // of one request's work; 0 means 20 s
}

// FooterInfo are the filing numbers that law wants at the foot of a site in
// China; empty ones are left out.
type FooterInfo struct {
	ICP        string
	Police     string
	PoliceHref string
}

const (
	defaultCacheBytes = 64 << 20
	defaultTimeout    = 20 * time.Second
)

// complete fills defaults and says what is missing.
func (o *Options) complete() error {
	for name, missing := range map[string]bool{
		"Now": o.Now == nil, "Log": o.Log == nil, "Words": o.Words == nil, "Key": o.Key == nil,
		"Session": o.Session == nil, "Community": o.Community == nil, "Stamp": o.Stamp == nil,
		"May": o.May == nil, "AuthzFresh": o.AuthzFresh == nil,
	} {
		if missing {
			return fmt.Errorf("web: Options.%s is missing", name)
		}
	}
	u, err := url.Parse(o.BaseURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || (u.Path != "" && u.Path != "/") {
		return fmt.Errorf("web: base URL %q must be like https://juwu.example.cn", o.BaseURL)
	}
	o.BaseURL = u.Scheme + "://" + u.Host
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = defaultCacheBytes
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	return nil
}
