package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"

	"juwu/e2e/process"
)

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// People of the example, by telephone.
const (
	resident = "19900000001"
	director = "19800000005"
)

func asResident(s *process.Server) (string, error) { return enter(s, resident) }

// enter logs a person of the example in by the one tap of the demo page and
// returns the cookies a browser would send.
func enter(s *process.Server, phone string) (string, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	client := &http.Client{Jar: jar}
	res, err := client.Get(s.URL + "/demo")
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return "", err
	}
	token := csrfField.FindSubmatch(body)
	if token == nil {
		return "", errors.New("the demo page has no token")
	}
	req, err := http.NewRequest(http.MethodPost, s.URL+"/demo", strings.NewReader(url.Values{"phone": {phone}, "csrf": {string(token[1])}}.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", s.URL)
	if res, err = client.Do(req); err != nil {
		return "", err
	}
	if err := res.Body.Close(); err != nil {
		return "", err
	}
	at, err := url.Parse(s.URL)
	if err != nil {
		return "", err
	}
	var pairs []string
	for _, c := range jar.Cookies(at) {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	if !strings.Contains(strings.Join(pairs, "; "), "juwu=") {
		return "", errors.New("the demo login gave no session: " + res.Status)
	}
	return strings.Join(pairs, "; "), nil
}
