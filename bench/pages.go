package main

import (
	"fmt"
	"os"
	"time"

	"juwu/e2e/process"
)

// Page is one address to weigh against the bare handler.
type Page struct {
	Name  string
	Path  string
	Login func(s *process.Server) (cookie string, err error) // nil: not logged in
	Least float64                                            // of the bare handler's requests by processor time; 0: only reported
	Rate  int                                                // requests a second it has to bear; 0: not tried
	P99   time.Duration                                      // at Rate
}

// pages are the figures of the issue that are about reading. Others add theirs.
var pages = []Page{
	{Name: "home, from memory", Path: "/hemuli"},
	{Name: "account page, from memory", Path: "/hemuli/accounts/2026-09", Least: 0.7, Rate: 2000, P99: 200 * time.Millisecond},
	{Name: "logged in, from the database", Path: "/me", Login: asResident, Least: 0.05, Rate: 2000, P99: 200 * time.Millisecond},
}

const (
	rounds = 3 // interleaved: a busy neighbour hits both
	conns  = 64
	warm   = 2000
)

// batch is what the bare handler answers in a round; pages take a third.
var batch = 60000

// weigh compares one page of a running juwu with a bare handler.
func weigh(report *Report, s *process.Server, page Page) error {
	target := Target{URL: s.URL + page.Path}
	if page.Login != nil {
		cookie, err := page.Login(s)
		if err != nil {
			return fmt.Errorf("%s: %w", page.Name, err)
		}
		target.Cookie = cookie
	}
	body, encoding, contentType, err := target.Once()
	if err != nil {
		return fmt.Errorf("%s: %w", page.Name, err)
	}
	dir, err := os.MkdirTemp("", "juwu-bare")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := keepBytes(dir, body, encoding, contentType); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	plain, err := process.Start(self, dir, "bare")
	if err != nil {
		return err
	}
	defer plain.Kill()
	if err := compare(report, page, target, s.PID(), Target{URL: plain.URL + "/"}, plain.PID()); err != nil {
		return err
	}
	return bear(report, page, target)
}

func compare(report *Report, page Page, target Target, pid int, plain Target, plainPID int) error {
	var ours, theirs cost
	for range rounds {
		// A page that costs twenty times the bare handler would run for
		// minutes on the same count: the cost is per request anyway.
		for _, side := range []struct {
			t     Target
			pid   int
			total *cost
			n     int
		}{{plain, plainPID, &theirs, batch}, {target, pid, &ours, batch / 3}} {
			if err := side.total.add(side.t, side.pid, side.n); err != nil {
				return err
			}
		}
	}
	ratio := theirs.perRequest().Seconds() / ours.perRequest().Seconds()
	report.Add(Figure{
		Name: page.Name + ": bare handler ÷ page, by processor time",
		Got:  fmt.Sprintf("%.2f (%.1f µs against %.1f µs, %.0f/s against %.0f/s)", ratio, micro(theirs.perRequest()), micro(ours.perRequest()), theirs.rate(), ours.rate()),
		Want: atLeast(page.Least), OK: ratio >= page.Least && ours.failed+theirs.failed == 0,
	})
	return nil
}

func bear(report *Report, page Page, target Target) error {
	if page.Rate == 0 {
		return nil
	}
	r, err := target.Open(page.Rate, 5*time.Second)
	if err != nil {
		return err
	}
	p99 := r.Percentile(99)
	report.Add(Figure{
		Name: fmt.Sprintf("%s: p99 at %d/s", page.Name, page.Rate),
		Got:  fmt.Sprintf("%v (p50 %v, %d failed of %d)", p99.Round(100*time.Microsecond), r.Percentile(50).Round(100*time.Microsecond), r.Failed, r.Requests),
		Want: "< " + page.P99.String(), OK: p99 < page.P99 && r.Failed == 0,
	})
	return nil
}

// cost adds up what requests took a server.
type cost struct {
	cpu      time.Duration
	elapsed  time.Duration
	requests int
	failed   int
}

func (c *cost) add(t Target, pid, n int) error {
	if _, err := t.Closed(conns, warm); err != nil {
		return err
	}
	before, err := cpu(pid)
	if err != nil {
		return err
	}
	r, err := t.Closed(conns, n)
	if err != nil {
		return err
	}
	after, err := cpu(pid)
	if err != nil {
		return err
	}
	c.cpu += after - before
	c.elapsed += r.Elapsed
	c.requests += r.Requests
	c.failed += r.Failed
	return nil
}

func (c *cost) perRequest() time.Duration { return c.cpu / time.Duration(max(c.requests, 1)) }
func (c *cost) rate() float64             { return float64(c.requests) / c.elapsed.Seconds() }

func micro(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
