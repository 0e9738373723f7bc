package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"juwu/i18n"
	"juwu/internal/jobs"
	"juwu/internal/outbound"
	"juwu/internal/store"
)

// clockwork is the clock-driven work of a server.
type clockwork struct {
	runner *jobs.Runner
	all    []jobs.Job
}

func (p *program) jobs(cfg *Config, s *store.Store, words *i18n.Catalog, registry *prometheus.Registry, log *slog.Logger) (*clockwork, error) {
	senders, err := p.senders(cfg)
	if err != nil {
		return nil, err
	}
	gauge, err := jobs.OutboxGauge(s, registry)
	if err != nil {
		return nil, err
	}
	inside, err := outbound.ParseInside(cfg.HandoverHosts)
	if err != nil {
		return nil, fmt.Errorf("--handover-hosts: %w", err)
	}
	senders[store.ChannelHook] = &jobs.Filings{Store: s, Now: now, Inside: inside, Site: cfg.BaseURL}
	handovers := &jobs.Handovers{Store: s, Words: words, Log: log, Now: now, Inside: inside}
	outbox := &jobs.Outbox{Store: s, Words: words, Log: log, Now: now, Senders: senders}
	return &clockwork{
		runner: &jobs.Runner{Store: s, Log: log, Registry: registry},
		all:    []jobs.Job{outbox.Messages(), jobs.Sweep(s, log), jobs.Overdue(s, log), jobs.Cases(s, log), handovers.Job(), jobs.Volunteers(s, log), jobs.Ballots(s, log), jobs.Meetings(s, log), jobs.Mediations(s, log), gauge},
	}, nil
}

// senders are the channels that are set up. Without an SMS gateway messages go
// to the console, which Validate allows on loopback only.
func (p *program) senders(cfg *Config) (map[string]jobs.Sender, error) {
	all := map[string]jobs.Sender{"sms": outbound.NewConsole(p.stdout)}
	if cfg.SMSURL != "" {
		gateway, err := outbound.NewSMS(cfg.SMSURL, cfg.SMSKey, cfg.SMSSign)
		if err != nil {
			return nil, err
		}
		all["sms"] = gateway
	}
	if cfg.MPAppID != "" {
		account, err := outbound.NewWeChat(outbound.WeChatOptions{BaseURL: cfg.MPURL, AppID: cfg.MPAppID, Secret: cfg.MPSecret,
			Template: cfg.MPTemplate, Site: cfg.BaseURL + "/me/inbox", Now: now})
		if err != nil {
			return nil, err
		}
		all["mp"], all[store.ChannelBind] = account, account
	}
	return all, nil
}

// start begins the work; it ends with ctx, and work knows when.
func (c *clockwork) start(ctx context.Context, work *sync.WaitGroup) error {
	stopped, err := c.runner.Start(ctx, c.all...)
	if err != nil {
		return err
	}
	work.Go(func() {
		if err := stopped(); err != nil {
			c.runner.Log.Error("jobs did not stop in time", "err", err)
		}
	})
	return nil
}
