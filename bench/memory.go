package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"juwu/e2e/process"
)

// memories is what the program holds before anybody asked and after many pages
// were read and left alone again.
func memories(b *bed) error {
	const limit = 60 << 20
	rss, err := memory(b.server.PID(), "VmRSS")
	if err != nil {
		return err
	}
	b.report.Add(Figure{
		Name: "resident memory, idle with the demo loaded",
		Got:  mega(rss), Want: "≤ " + mega(limit), OK: rss <= limit,
	})
	read, err := browse(b.server)
	if err != nil {
		return err
	}
	busy, err := memory(b.server.PID(), "VmRSS")
	if err != nil {
		return err
	}
	left, err := settled(b.server.PID(), limit)
	if err != nil {
		return err
	}
	b.report.Add(Figure{
		Name: fmt.Sprintf("resident memory after %d pages were read and the program was left alone", read),
		Got:  fmt.Sprintf("%s (%s while they were read)", mega(left), mega(busy)),
		Want: "≤ " + mega(limit), OK: left <= limit,
	})
	return nil
}

// patience is how long the program may take to give back what it took.
const patience = 2 * time.Minute

// settled is the memory once it is within limit, or the least there was.
func settled(pid int, limit int64) (least int64, err error) {
	err = process.Poll(context.Background(), patience, func() (bool, error) {
		rss, err := memory(pid, "VmRSS")
		if err != nil {
			return false, err
		}
		if least == 0 || rss < least {
			least = rss
		}
		return least <= limit, nil
	})
	if least > 0 {
		err = nil // that it never came down is the figure, not a failure
	}
	return least, err
}

// browsed are pages by each kind of reader, found as a reader finds them.
const browsed = 75

func browse(s *process.Server) (read int, err error) {
	for _, reader := range []struct{ phone, begin string }{{"", "/hemuli"}, {resident, "/hemuli"}, {director, "/admin/hemuli"}} {
		cookie := ""
		if reader.phone != "" {
			if cookie, err = enter(s, reader.phone); err != nil {
				return read, err
			}
		}
		n, err := follow(s.URL, reader.begin, cookie)
		if err != nil {
			return read, err
		}
		read += n
	}
	return read, nil
}

var link = regexp.MustCompile(`href="(/[^"#]*)`)

// follow reads pages from link to link, the nearest first.
func follow(base, begin, cookie string) (read int, err error) {
	known := map[string]bool{begin: true}
	for next := []string{begin}; len(next) > 0 && read < browsed; read++ {
		path := next[0]
		next = next[1:]
		body, err := fetch(base+path, cookie)
		if err != nil {
			return read, err
		}
		for _, m := range link.FindAllStringSubmatch(body, -1) {
			to := strings.ReplaceAll(m[1], "&amp;", "&")
			if !known[to] && !strings.HasPrefix(to, "/static/") {
				known[to] = true
				next = append(next, to)
			}
		}
	}
	return read, nil
}

func fetch(url, cookie string) (string, error) {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}
