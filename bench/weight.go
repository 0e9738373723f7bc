package main

import (
	"fmt"
	"regexp"
)

// light are the public pages whose weight is promised.
var light = []struct{ name, path string }{
	{"home", "/hemuli"}, {"accounts", "/hemuli/accounts"}, {"a month", "/hemuli/accounts/2026-09"},
	{"all lines of a month", "/hemuli/accounts/2026-09/lines"}, {"one line", "/hemuli/accounts/2026-09/1"},
	{"disclosures", "/hemuli/disclosures"}, {"who may do what", "/hemuli/powers"},
}

// needed are the files a browser fetches to show a page.
var needed = regexp.MustCompile(`(?:src|href)="(/static/[^"]+\.(?:css|js|svg|png|webp))"`)

// weights adds up what goes over the wire as a browser asks for it, without
// headers: the page and its files the first time, then the page alone.
func weights(b *bed) error {
	const firstLimit, nextLimit = 50 << 10, 15 << 10
	for _, page := range light {
		t := Target{URL: b.server.URL + page.path}
		body, _, _, err := t.Once()
		if err != nil {
			return err
		}
		plain, err := fetch(t.URL, "")
		if err != nil {
			return err
		}
		first := len(body)
		seen := map[string]bool{}
		for _, m := range needed.FindAllStringSubmatch(plain, -1) {
			if seen[m[1]] {
				continue
			}
			seen[m[1]] = true
			file, _, _, err := Target{URL: b.server.URL + m[1]}.Once()
			if err != nil {
				return err
			}
			first += len(file)
		}
		b.report.Add(Figure{
			Name: "over the wire: " + page.name,
			Got:  fmt.Sprintf("%.1f kB first, %.1f kB next", kilo(first), kilo(len(body))),
			Want: fmt.Sprintf("≤ %.0f kB, ≤ %.0f kB", kilo(firstLimit), kilo(nextLimit)),
			OK:   first <= firstLimit && len(body) <= nextLimit,
		})
	}
	return nil
}

func kilo(bytes int) float64 { return float64(bytes) / (1 << 10) }
