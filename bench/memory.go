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
	rss, err := settled(b.server.PID(), "VmRSS", limit) // starting is a busy time too
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
	busy, err := memory(b.server.PID(), "RssAnon")
	if err != nil {
		return err
	}
	left, err := settled(b.server.PID(), "RssAnon", busy*2/3)
	if err != nil {
		return err
	}
	if rss, err = memory(b.server.PID(), "VmRSS"); err != nil {
		return err
	}
	// The pages of the program's own file stay mapped: they are the kernel's copy,
	// and it takes them back when it needs them.
	b.report.Add(Figure{
		Name: fmt.Sprintf("memory of its own after %d pages were read and the program was left alone", read),
		Got:  fmt.Sprintf("%s, %s with its file (%s of its own while they were read)", mega(left), mega(rss), mega(busy)),
		Want: "less than while they were read", OK: left < busy,
	})
	return nil
}

// patience is how long the program may take to give back what it took.
const patience = 2 * time.Minute

// settled is a kind of memory once it is within limit, or the least there was.
func settled(pid int, kind string, limit int64) (least int64, err error) {
	err = process.Poll(context.Background(), patience, func() (bool, error) {
		now, err := memory(pid, kind)
		if err != nil {
			return false, err
		}
		if least == 0 || now < least {
			least = now
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
