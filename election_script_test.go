package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"juwu/admin"
	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/internal/web"
	"juwu/models"
	"juwu/portal"
)

// script drives an election through the whole program by HTTP, with a session
// of its own for everybody who takes part. What it knows of the election it has
// read from the pages.
type script struct {
	*storetest.DB
	t        *testing.T
	c        *models.Community
	edge     *web.Server
	adults   []models.Resident
	users    map[string]models.Actor
	sessions map[string]*reader
	day      models.Date
	public   string // "/hemuli/elections/ID"
	office   string // "/admin/hemuli/elections/ID"
}

// reader is one browser.
type reader struct {
	s        *script
	who      string
	cookies  map[string]string
	token    string
	status   int
	body     string
	location string
}

func newScript(t *testing.T, db *storetest.DB, rows int) *script {
	t.Helper()
	s := &script{DB: db, t: t, c: db.Community(t, "hemuli"), users: map[string]models.Actor{}, sessions: map[string]*reader{}}
	s.importRoll(rows)
	s.must(s.WriteGlobal(cctx, storetest.System, func(tx *store.Tx) error {
		for i, p := range []struct {
			who    string
			role   models.Role
			region models.ID
		}{{"director", models.RoleDirector, s.c.ID}, {"supervisor", models.RoleSupervisor, s.c.ID}, {"party", models.RolePartyBranch, s.c.ID}, {"street", models.RoleStreet, s.c.StreetID}} {
			u, err := tx.EnsureUser(fmt.Sprintf("1390001%04d", i), "官"+p.who)
			if err != nil {
				return err
			}
			s.users[p.who] = models.Actor{UserID: u.ID, Name: u.Name}
			post := models.Appointment{RegionID: p.region, UserID: u.ID, Role: p.role, From: "2026-01-01", Decision: "d", Name: u.Name, CreatedAt: tx.Now}
			post.ID = tx.NewID()
			if err := tx.Create(&post).Error; err != nil {
				return err
			}
		}
		return nil
	}))
	s.must(s.Load(cctx))
	words, err := i18n.Load()
	s.must(err)
	cfg := &Config{Addr: "127.0.0.1:8080", BaseURL: "http://127.0.0.1:8080"}
	desk := &admin.Admin{Store: s.Store}
	s.edge, err = web.New(edgeOptions(cfg, s.Store, desk, words, slog.New(slog.DiscardHandler), prometheus.NewRegistry(), false))
	s.must(err)
	s.edge.Mount((&portal.Portal{Store: s.Store}).Routes(), desk.Routes())
	return s
}

func (s *script) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// importRoll brings in a part of the sample roll.
func (s *script) importRoll(rows int) {
	packed, err := os.ReadFile("internal/demo/data/residents.csv.gz")
	s.must(err)
	z, err := gzip.NewReader(bytes.NewReader(packed))
	s.must(err)
	all, err := io.ReadAll(z)
	s.must(err)
	lines := bytes.SplitAfter(all, []byte("\n"))
	im, _, err := s.In(s.c).ImportRoll(cctx, storetest.System, "roll.csv", bytes.Join(lines[:rows+1], nil), store.RollOptions{})
	s.must(err)
	_, err = s.In(s.c).ConfirmRoll(cctx, storetest.System, im.ID, store.RollChoice{QueueBad: true})
	s.must(err)
	s.must(s.In(s.c).Write(cctx, storetest.System, func(tx *store.Tx) error {
		return tx.Where("birth < ? AND state = ?", "2008-01-01", models.ResidentActive).Order("id").Find(&s.adults).Error
	}))
}

// resident is the browser of the n-th adult, whose login is tied to the roll.
func (s *script) resident(n int) *reader {
	s.t.Helper()
	who := "resident" + strconv.Itoa(n)
	if _, ok := s.users[who]; !ok {
		r := s.adults[n]
		u, err := s.EnsureUser(cctx, storetest.System, fmt.Sprintf("1771000%04d", n), r.Name)
		s.must(err)
		s.must(s.In(s.c).Write(cctx, storetest.System, func(tx *store.Tx) error {
			l := models.ResidentLink{UserID: u.ID, ResidentID: r.ID, State: models.LinkConfirmed, LiveUser: &u.ID, LiveResident: &r.ID, CreatedAt: tx.Now, UpdatedAt: tx.Now}
			l.ID = tx.NewID()
			return tx.Create(&l).Error
		}))
		s.users[who] = models.Actor{UserID: u.ID, Name: r.Name}
	}
	return s.as(who)
}

// named is how a form takes a person of the roll.
func (s *script) named(n int) string { return s.adults[n].Name + " " + string(s.adults[n].Birth) }

// as is the browser of a login; a browser without one is "nobody".
func (s *script) as(who string) *reader {
	s.t.Helper()
	if r, ok := s.sessions[who]; ok {
		return r
	}
	r := &reader{s: s, who: who, cookies: map[string]string{}}
	if who != "nobody" {
		opened, err := s.DemoSession(cctx, s.users[who].UserID, store.Device{Name: who})
		s.must(err)
		r.cookies["juwu"] = opened.Token
	}
	s.sessions[who] = r
	return r
}

// at sets the clock to a day before or after the vote, and an hour of it. Logins
// go on: a session of two months is not what is tried here.
func (s *script) at(days int, clock string) {
	s.t.Helper()
	h, err := time.Parse("15:04", clock)
	s.must(err)
	s.Clock.Set(s.day.AddDays(days).Time().Add(time.Duration(h.Hour())*time.Hour + time.Duration(h.Minute())*time.Minute))
	s.must(s.Follow(cctx)) // the running program asks every second
	clear(s.sessions)
}

func (r *reader) ask(method, path string, form url.Values) *reader {
	r.s.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req := httptest.NewRequest(method, path, body)
	req.Host = "127.0.0.1:8080"
	req.Header.Set("Origin", "http://127.0.0.1:8080")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if strings.HasSuffix(path, "/ballots") || strings.HasSuffix(path, "/sync") {
		req.Header.Set("Accept", "application/json")
	}
	for name, value := range r.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := r.s.edge.App.Test(req, -1)
	r.s.must(err)
	b, err := io.ReadAll(res.Body)
	r.s.must(err)
	r.status, r.body, r.location = res.StatusCode, string(b), res.Header.Get("Location")
	for _, c := range res.Cookies() {
		r.cookies[c.Name] = c.Value
	}
	if m := csrfToken.FindStringSubmatch(r.body); m != nil {
		r.token = m[1]
	}
	return r
}

// sees opens a page that must be there, with words that must stand on it.
func (r *reader) sees(path string, words ...string) *reader {
	r.s.t.Helper()
	if r.ask(http.MethodGet, path, nil); r.status != http.StatusOK {
		r.s.t.Fatalf("%s at %s: %d %.600s", r.who, path, r.status, r.body)
	}
	for _, w := range words {
		if !strings.Contains(html.UnescapeString(r.body), w) {
			r.s.t.Fatalf("%s at %s does not read %q", r.who, path, w)
		}
	}
	return r
}

// lacks fails if the page just read says so.
func (r *reader) lacks(words string) {
	r.s.t.Helper()
	if strings.Contains(html.UnescapeString(r.body), words) {
		r.s.t.Errorf("%s reads %q", r.who, words)
	}
}

var problemWords = regexp.MustCompile(`(?s)(?:class="[^"]*(?:error|problem|notice_danger)[^"]*"[^>]*>.{0,600})`)

// send sends a form of a page and wants an answer.
func (r *reader) send(want int, page, act string, fields ...string) *reader {
	r.s.t.Helper()
	r.sees(page)
	form := url.Values{web.CSRFField: {r.token}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	if r.ask(http.MethodPost, act, form); r.status != want {
		r.s.t.Fatalf("%s sends %v to %s: %d, want %d; %s\n%.1500s", r.who, fields, act, r.status, want, r.location, strings.Join(problemWords.FindAllString(r.body, 3), "\n"))
	}
	return r
}

// does sends a form that must be taken.
func (r *reader) does(page, act string, fields ...string) *reader {
	r.s.t.Helper()
	return r.send(http.StatusSeeOther, page, act, fields...)
}

// all are the first groups of every match on the page just read, each once.
func (r *reader) all(pattern string) (out []string) {
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(r.body, -1) {
		if !seen[m[1]] {
			out = append(out, html.UnescapeString(m[1]))
		}
		seen[m[1]] = true
	}
	return out
}

// one is the only match.
func (r *reader) one(pattern string) string {
	r.s.t.Helper()
	got := r.all(pattern)
	if len(got) != 1 {
		r.s.t.Fatalf("%s reads %d times %s", r.who, len(got), pattern)
	}
	return got[0]
}
