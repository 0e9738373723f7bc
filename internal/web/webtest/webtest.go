// Package webtest runs HTTP stories written as plain text against a Fiber app,
// without a network, so that a lawyer can read what a test says:
//
//	# a resident reads, the clerk does not publish alone
//	GET /hemuli/accounts
//	code 200
//	header Content-Type text/html
//	body contains 结余
//	body lacks 13800001111
//
//	as clerk
//	GET /admin/hemuli/accounts/new
//	code 200
//	POST /admin/hemuli/accounts
//	field purpose = 修路灯
//	field amount = 1286.40
//	file sheet = testdata/accounts.xlsx
//	code 303
//	header Location /admin/hemuli/accounts/
//	follow
//	body contains 1,286.40
//	keep id from /accounts/([0-9]+)
//	GET /hemuli/accounts/$id
//
// Lines are done in order; a request is sent when the next line asks about its
// answer. "as NAME" changes the person (each has a cookie jar; "as nobody" has
// none), "lang en" the language. A POST carries the token of the page that the
// person saw last, unless "without token" follows it. "set NAME VALUE" adds a
// header to the next request. "origin same|other|none" says what the browser
// tells of where the form stood; the default is same.
package webtest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/web"
)

// Runner runs stories against an app. Login gives the session cookie
// ("name=value") of a person by the name that stories use.
type Runner struct {
	App   *fiber.App
	Login func(t testing.TB, name string) string
	Host  string // of the base URL; "juwu.test" if empty
}

// Dir runs every *.txt below dir as a test of its own. Each story gets its own
// Runner, and so its own world.
func Dir(t *testing.T, dir string, fresh func(t *testing.T) *Runner) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no stories in %s", dir)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			fresh(t).Run(t, name, string(b))
		})
	}
}

// story is a run in progress.
type story struct {
	*Runner
	t     testing.TB
	place string
	who   string
	jars  map[string]map[string]string
	token map[string]string
	vars  map[string]string
	lang  string

	next    *request // written, not yet sent
	headers http.Header
	answer  *http.Response
	body    string
}

type request struct {
	method, path string
	fields       url.Values
	files        [][2]string // field, file name
	tokenless    bool
	origin       string
}

// Run runs one story. Name stands before line numbers in failures.
func (r *Runner) Run(t testing.TB, name, text string) {
	t.Helper()
	s := &story{
		Runner: r, t: t, who: "nobody", headers: http.Header{},
		jars: map[string]map[string]string{}, token: map[string]string{}, vars: map[string]string{},
	}
	sc := bufio.NewScanner(strings.NewReader(text))
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		s.place = fmt.Sprintf("%s:%d: %s", name, n, line)
		s.line(s.expand(line))
		if t.Failed() {
			return
		}
	}
	s.send()
}

var variable = regexp.MustCompile(`\$[a-z][a-z0-9]*`)

func (s *story) expand(line string) string {
	return variable.ReplaceAllStringFunc(line, func(v string) string {
		if value, ok := s.vars[v[1:]]; ok {
			return value
		}
		return v
	})
}

func (s *story) fail(format string, args ...any) {
	s.t.Helper()
	body := s.body
	if len(body) > 3000 {
		body = body[:3000] + "…"
	}
	status := 0
	if s.answer != nil {
		status = s.answer.StatusCode
	}
	s.t.Fatalf("%s\n%s\nstatus %d\n%s", s.place, fmt.Sprintf(format, args...), status, body)
}

func (s *story) line(line string) {
	s.t.Helper()
	verb, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch verb {
	case "GET", "HEAD", "POST":
		s.send()
		s.next = &request{method: verb, path: rest, fields: url.Values{}, origin: "same"}
	case "as":
		s.send()
		s.person(rest)
	case "lang":
		s.send()
		s.lang = rest
	case "set":
		s.send()
		name, value, _ := strings.Cut(rest, " ")
		s.headers.Add(name, value)
	case "field", "file", "without", "origin":
		s.describe(verb, rest)
	default:
		s.send()
		s.check(verb, rest)
	}
}

func (s *story) person(name string) {
	s.who = name
	if _, ok := s.jars[name]; ok || name == "nobody" {
		return
	}
	cookie, value, ok := strings.Cut(s.Login(s.t, name), "=")
	if !ok {
		s.fail("no login for %s", name)
	}
	s.jars[name] = map[string]string{cookie: value}
}

// describe adds to the request that is about to be sent.
func (s *story) describe(verb, rest string) {
	if s.next == nil || s.next.method != "POST" && verb != "origin" {
		s.fail("%s belongs to a POST before it", verb)
	}
	name, value, _ := strings.Cut(rest, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	switch verb {
	case "field":
		s.next.fields.Add(name, strings.ReplaceAll(value, `\n`, "\n"))
	case "file":
		s.next.files = append(s.next.files, [2]string{name, value})
	case "without":
		s.next.tokenless = true
	case "origin":
		s.next.origin = rest
	}
}

func (s *story) check(verb, rest string) {
	s.t.Helper()
	if s.answer == nil {
		s.fail("nothing was asked yet")
	}
	switch verb {
	case "code":
		if want, err := strconv.Atoi(rest); err != nil || s.answer.StatusCode != want {
			s.fail("code %d, want %s; Location %q", s.answer.StatusCode, rest, s.answer.Header.Get("Location"))
		}
	case "header":
		name, want, _ := strings.Cut(rest, " ")
		if got := strings.Join(s.answer.Header.Values(name), ", "); !strings.Contains(got, want) {
			s.fail("%s is %q", name, got)
		}
	case "body":
		s.checkBody(rest)
	case "keep":
		s.keep(rest)
	case "follow":
		s.follow()
	default:
		s.fail("%q is no word of a story", verb)
	}
}

func (s *story) checkBody(rest string) {
	s.t.Helper()
	how, want, _ := strings.Cut(rest, " ")
	switch how {
	case "contains":
		if !strings.Contains(s.body, want) {
			s.fail("not there")
		}
	case "lacks":
		if strings.Contains(s.body, want) {
			s.fail("there")
		}
	case "matches":
		re, err := regexp.Compile(want)
		if err != nil || !re.MatchString(s.body) {
			s.fail("no match %v", err)
		}
	default:
		s.fail("body contains, lacks or matches")
	}
}

// keep gives a name to what a pattern finds in the body or in Location.
func (s *story) keep(rest string) {
	s.t.Helper()
	name, pattern, _ := strings.Cut(rest, " from ")
	re, err := regexp.Compile(pattern)
	if err != nil {
		s.fail("%v", err)
	}
	m := re.FindStringSubmatch(s.answer.Header.Get("Location") + "\n" + s.body)
	if len(m) < 2 {
		s.fail("found nothing to keep")
	}
	s.vars[name] = m[1]
}

func (s *story) follow() {
	s.t.Helper()
	to := s.answer.Header.Get("Location")
	if s.answer.StatusCode < 300 || s.answer.StatusCode > 399 || to == "" {
		s.fail("nothing to follow")
	}
	s.next = &request{method: "GET", path: to, fields: url.Values{}, origin: "same"}
	s.send()
}

var tokenField = regexp.MustCompile(`name="` + web.CSRFField + `" value="([^"]+)"`)

// send does the request that was described.
func (s *story) send() {
	s.t.Helper()
	if s.next == nil {
		return
	}
	req := s.build(s.next)
	s.next, s.headers = nil, http.Header{}
	res, err := s.App.Test(req, -1)
	if err != nil {
		s.fail("%v", err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.fail("%v", err)
	}
	s.answer, s.body = res, string(b)
	if m := tokenField.FindStringSubmatch(s.body); m != nil {
		s.token[s.who] = m[1]
	}
	for _, c := range res.Cookies() {
		s.jar()[c.Name] = c.Value
		if c.MaxAge < 0 || c.Value == "" {
			delete(s.jar(), c.Name)
		}
	}
}

func (s *story) jar() map[string]string {
	if s.jars[s.who] == nil {
		s.jars[s.who] = map[string]string{}
	}
	return s.jars[s.who]
}

func (s *story) host() string {
	if s.Host == "" {
		return "juwu.test"
	}
	return s.Host
}

func (s *story) build(r *request) *http.Request {
	s.t.Helper()
	var body bytes.Buffer
	kind := ""
	if r.method == "POST" {
		if !r.tokenless && !r.fields.Has(web.CSRFField) {
			r.fields.Set(web.CSRFField, s.token[s.who])
		}
		kind = s.writeBody(&body, r)
	}
	req := httptest.NewRequest(r.method, "http://"+s.host()+r.path, &body)
	req.RequestURI = r.path
	if kind != "" {
		req.Header.Set("Content-Type", kind)
		switch r.origin {
		case "same":
			req.Header.Set("Origin", "http://"+s.host())
			req.Header.Set("Sec-Fetch-Site", "same-origin")
		case "other":
			req.Header.Set("Origin", "https://evil.example")
			req.Header.Set("Sec-Fetch-Site", "cross-site")
		}
	}
	if s.lang != "" {
		req.Header.Set("Accept-Language", s.lang)
	}
	for name, value := range s.jar() {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for name, values := range s.headers {
		req.Header[name] = values
	}
	return req
}

// writeBody writes the form and gives its content type.
func (s *story) writeBody(b *bytes.Buffer, r *request) string {
	s.t.Helper()
	if len(r.files) == 0 {
		b.WriteString(r.fields.Encode())
		return fiber.MIMEApplicationForm
	}
	w := multipart.NewWriter(b)
	for name, values := range r.fields {
		for _, v := range values {
			if err := w.WriteField(name, v); err != nil {
				s.fail("%v", err)
			}
		}
	}
	for _, f := range r.files {
		content, err := os.ReadFile(f[1])
		if err != nil {
			s.fail("%v", err)
		}
		part, err := w.CreateFormFile(f[0], filepath.Base(f[1]))
		if err != nil {
			s.fail("%v", err)
		}
		if _, err := part.Write(content); err != nil {
			s.fail("%v", err)
		}
	}
	if err := w.Close(); err != nil {
		s.fail("%v", err)
	}
	return w.FormDataContentType()
}
