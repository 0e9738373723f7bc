package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"text/tabwriter"
	"time"

	"juwu/internal/demo"
	"juwu/internal/store"
	"juwu/models"
	"juwu/portal"
)

// mostDaysAhead is a little more than a year.
const mostDaysAhead = 400

// demo serves the example community, filling it at the first start. It logs
// anybody in as anybody, so it refuses every address but loopback. With days its
// clock is ahead: what becomes of a meeting, of a deadline, of a promise can be
// looked at without waiting.
func (p *program) demo(ctx context.Context, args []string) error {
	var cfg Config
	flags := cfg.flags("demo", p.stderr)
	days := flags.Int("days", 0, "days by which the example's clock is ahead, up to 400; never back")
	if _, err := p.parse(flags, &cfg, args); err != nil {
		return err
	}
	if *days < 0 || *days > mostDaysAhead {
		return fmt.Errorf("--days %d: want 0 to %d", *days, mostDaysAhead)
	}
	ahead = time.Duration(*days) * 24 * time.Hour
	if !loopback(cfg.Addr) || !loopbackURL(cfg.BaseURL) {
		return fmt.Errorf("the example is for loopback addresses only, not for %s", cfg.Addr)
	}
	s, err := p.open(ctx, &cfg)
	if err != nil {
		return err
	}
	if len(s.Communities()) == 0 {
		if _, _, err := demo.Fill(ctx, s); err != nil {
			return errors.Join(err, s.Close())
		}
		if err := s.Close(); err != nil {
			return err
		}
		again()
		if s, err = p.open(ctx, &cfg); err != nil {
			return err
		}
	}
	return errors.Join(p.serveDemo(ctx, &cfg, s), s.Close())
}

// again begins this process anew, where the system can: reading a whole roll
// leaves behind twice the memory that serving takes.
func again() {
	if self, err := os.Executable(); err == nil {
		_ = syscall.Exec(self, os.Args, os.Environ()) // returns only if it could not: then we serve as we are
	}
}

func (p *program) serveDemo(ctx context.Context, cfg *Config, s *store.Store) error {
	code, people, err := demo.Fill(ctx, s) // finds it, and tells who logs in
	if err != nil {
		return err
	}
	logins := make([]portal.DemoLogin, 0, len(people))
	out := tabwriter.NewWriter(p.stdout, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintf(out, "Example community: %s/%s\nLog in with one tap: %s/demo, or with a phone number and the code printed here:\n", cfg.BaseURL, code, cfg.BaseURL)
	for _, l := range people {
		next := "/admin/" + code
		if l.Role == models.RoleResident {
			next = "/" + code
		}
		logins = append(logins, portal.DemoLogin{UserID: l.UserID, Role: l.Role, Phone: l.Phone, Name: l.Name, Next: next})
		_, _ = fmt.Fprintf(out, "  %s\t%s\t%s\n", l.Role, l.Phone, l.Name)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return p.serveStore(ctx, cfg, s, logins)
}
