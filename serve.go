package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"juwu/admin"
	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/models"
	"juwu/portal"
)

func (p *program) serve(ctx context.Context, args []string) error {
	var cfg Config
	if _, err := p.parse(cfg.flags("serve", p.stderr), &cfg, args); err != nil {
		return err
	}
	s, err := p.open(ctx, &cfg)
	if err != nil {
		return err
	}
	return errors.Join(p.serveStore(ctx, &cfg, s, nil), s.Close())
}

// serveStore serves until ctx ends, then drains: requests under way finish,
// jobs stop, and only then it returns.
func (p *program) serveStore(ctx context.Context, cfg *Config, s *store.Store, demo []portal.DemoLogin) error {
	log := cfg.log(p.stderr)
	office := &admin.Admin{Store: s}
	words, err := i18n.Load()
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	edge, err := web.New(edgeOptions(cfg, s, office, words, log, registry, demo != nil))
	if err != nil {
		return err
	}
	edge.Mount((&portal.Portal{Store: s, Demo: demo, WeChatApp: cfg.MPAppID}).Routes(), office.Routes())

	listeners := []*listening{{edge.App, cfg.Addr}}
	if cfg.MetricsAddr != "" {
		listeners = append(listeners, &listening{web.Metrics(registry), cfg.MetricsAddr})
	}
	work, err := p.jobs(cfg, s, words, registry, log)
	if err != nil {
		return err
	}
	return p.listen(ctx, cfg, s, listeners, work, log)
}

func edgeOptions(cfg *Config, s *store.Store, office *admin.Admin, words *i18n.Catalog, log *slog.Logger, registry *prometheus.Registry, demo bool) web.Options {
	opt := web.Options{
		BaseURL: cfg.BaseURL, Secure: strings.HasPrefix(cfg.BaseURL, "https://"), Now: s.Now, Log: log, Words: words,
		Key: s.Keys().Key, Session: s.SessionActor, Community: s.CommunityByCode, Stamp: s.Stamp,
		May: func(actor models.Actor, c *models.Community, object, action string, at time.Time) error {
			return s.Guard().Allowed(actor, c, object, action, models.DateOf(at))
		},
		AuthzFresh: s.AuthzFresh, Health: s.Health, Sections: office.Sections,
		Footer: web.FooterInfo{ICP: cfg.ICP, Police: cfg.Police}, Demo: demo, Registry: registry,
	}
	if cfg.PoliceCode != "" {
		opt.Footer.PoliceHref = "https://beian.mps.gov.cn/#/query/webSearch?code=" + cfg.PoliceCode
	}
	if cfg.TrustedProxies != "" {
		opt.TrustedProxies = strings.Split(strings.ReplaceAll(cfg.TrustedProxies, " ", ""), ",")
	}
	return opt
}

type listening struct {
	app  *fiber.App
	addr string
}

// drain is how long requests under way may take after the signal to stop.
const drain = 10 * time.Second

func (p *program) listen(ctx context.Context, cfg *Config, s *store.Store, all []*listening, clock *clockwork, log *slog.Logger) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var work sync.WaitGroup
	work.Go(func() { s.Poll(ctx) })
	work.Go(func() { rest(ctx) })
	if err := clock.start(ctx, &work); err != nil {
		return err
	}
	failed := make(chan error, len(all))
	for _, l := range all {
		ln, err := net.Listen("tcp", l.addr)
		if err != nil {
			return err
		}
		work.Go(func() {
			if err := l.app.Listener(ln); err != nil {
				failed <- fmt.Errorf("serve %s: %w", l.addr, err)
			}
		})
	}
	_, _ = fmt.Fprintf(p.stdout, "Juwu serves %s\n", cfg.BaseURL)
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	stop()
	for _, l := range all {
		err = errors.Join(err, l.app.ShutdownWithTimeout(drain))
	}
	work.Wait()
	return err
}
