package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"juwu/admin"
	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/internal/web"
	"juwu/models"
	"juwu/portal"
)

// canary is a text that stands in one secret and nowhere else. Wherever it is
// read, the secret got out.
type canary struct {
	what string   // of which secret, for the failure
	text string   // as it would be read; the bytes of a picture are a text too
	who  []string // people of the world who read it: domain.md E3 and G2
	also []string // who may read it besides, and need not
	id   bool     // an address: a log of requests may hold it
}

// canaryWorld is a community with one person for every post, and what is kept
// secret in it.
type canaryWorld struct {
	*storetest.DB
	t        testing.TB
	c        *models.Community
	building models.ID
	people   map[string]models.Actor
	edge     *web.Server
	log      *bytes.Buffer

	// What a snooper may guess: ids for the parameters of addresses, by the
	// parameter's name, and words for every form that searches. A word never
	// holds a canary: a page that repeats it says nothing.
	values map[string][]string
	words  []string

	phones    map[string]string // of the logins
	cookies   map[string]string // of their sessions
	anonymous string            // tracking code of the anonymous report
	n         int               // reports so far
}

// plants fill the world with secrets. A subject adds one: it makes its secrets
// through its own use cases, says who may read each, and adds to values the ids
// that its addresses take and to words what one would search for.
var plants = []func(w *canaryWorld) []canary{plantCases, plantVisits}

// hiddenPlants come last and must not change a letter of anything that the
// unaware can ask for: no count, no gap, no order.
var hiddenPlants = []func(w *canaryWorld) []canary{plantCasesAboutOfficials, plantMediation}

// canaryPosts are the people of the world by name; a resident has no post.
var canaryPosts = []struct {
	who   string
	role  models.Role
	place string // "", "street", "district", "elsewhere"
}{
	{"director", models.RoleDirector, ""}, {"vice", models.RoleViceDirector, ""}, {"member", models.RoleCommitteeMember, ""},
	{"handler", models.RoleCommitteeMember, ""}, {"clerk", models.RoleClerk, ""}, {"supervisor", models.RoleSupervisor, ""},
	{"worker", models.RoleGridWorker, ""}, {"otherworker", models.RoleGridWorker, ""}, {"station", models.RoleStation, ""},
	{"property", models.RolePropertyCo, ""}, {"mediator", models.RoleMediator, ""}, {"party", models.RolePartyBranch, ""},
	{"rep", models.RoleResidentRep, ""}, {"leader", models.RoleGroupLeader, ""}, {"admin", models.RoleAdmin, ""},
	{"street", models.RoleStreet, "street"}, {"bookkeeper", models.RoleBookkeeper, "street"}, {"district", models.RoleDistrict, "district"},
	{"foreign", models.RoleDirector, "elsewhere"}, {"foreignstreet", models.RoleStreet, "elsewhere"},
	{"reporter", "", ""}, {"hidden", "", ""}, {"nameless", "", ""}, {"stranger", "", ""},
}

func newCanaryWorld(t testing.TB) *canaryWorld {
	t.Helper()
	db := storetest.New(t)
	w := &canaryWorld{DB: db, t: t, c: db.Community(t, "hemuli"), people: map[string]models.Actor{}, log: &bytes.Buffer{}, values: map[string][]string{}, phones: map[string]string{}, cookies: map[string]string{}}
	w.settle(w.places(), db.Community(t, "elsewhere"))
	w.must(db.Load(context.Background()))
	return w.serve()
}

// places are two grids and a building in the first one.
func (w *canaryWorld) places() map[string]models.ID {
	w.t.Helper()
	grids := map[string]models.ID{}
	w.must(w.In(w.c).Write(context.Background(), storetest.System, func(tx *store.Tx) error {
		grids["worker"], grids["otherworker"], w.building = tx.NewID(), tx.NewID(), tx.NewID()
		for who, name := range map[string]string{"worker": "第一网格", "otherworker": "第二网格"} {
			if err := tx.Create(&models.Grid{Tenant: models.Tenant{ID: grids[who]}, Name: name}).Error; err != nil {
				return err
			}
		}
		return tx.Create(&models.Building{Tenant: models.Tenant{ID: w.building}, GridID: grids["worker"], Name: "7幢"}).Error
	}))
	return grids
}

// settle appoints everybody.
func (w *canaryWorld) settle(grids map[string]models.ID, elsewhere *models.Community) {
	w.t.Helper()
	w.must(w.WriteGlobal(context.Background(), storetest.System, func(tx *store.Tx) error {
		for i, p := range canaryPosts {
			name := "官" + p.who
			w.phones[p.who] = fmt.Sprintf("136%08d", i)
			u, err := tx.EnsureUser(w.phones[p.who], name)
			if err != nil {
				return err
			}
			if w.people[p.who] = (models.Actor{UserID: u.ID, Name: name, SecondFactor: true}); p.role == "" {
				continue
			}
			region := map[string]models.ID{"": w.c.ID, "street": w.c.StreetID, "district": w.c.DistrictID, "elsewhere": elsewhere.ID}[p.place]
			if p.place == "elsewhere" && p.role == models.RoleStreet {
				region = elsewhere.StreetID
			}
			post := models.Appointment{RegionID: region, UserID: u.ID, Role: p.role, From: "2026-01-01", Decision: "d", Name: name, GridID: grids[p.who], CreatedAt: tx.Now}
			post.ID = tx.NewID()
			w.people[p.who] = models.Actor{UserID: u.ID, Name: name, SecondFactor: true, Appointments: []models.Appointment{post}}
			if err := tx.Create(&post).Error; err != nil {
				return err
			}
		}
		return nil
	}))
}

func (w *canaryWorld) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// serve puts the whole program before the world, its log into a buffer.
func (w *canaryWorld) serve() *canaryWorld {
	words, err := i18n.Load()
	w.must(err)
	cfg := &Config{Addr: "127.0.0.1:8080", BaseURL: "http://127.0.0.1:8080"}
	office := &admin.Admin{Store: w.Store}
	w.edge, err = web.New(edgeOptions(cfg, w.Store, office, words, slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})), prometheus.NewRegistry(), false))
	w.must(err)
	w.edge.Mount((&portal.Portal{Store: w.Store}).Routes(), office.Routes())
	return w
}

// snooper is one person's walk over everything that can be asked with GET.
type snooper struct {
	*canaryWorld
	who    string
	cookie string
	queue  []string
	seen   map[string]bool
	kinds  map[string]int    // how many addresses of a path with different queries
	later  []string          // downloads that are noted in the audit: they change what others read there
	read   map[string]string // what came back, by address
}

const (
	mostQueries   = 12    // of one path: a calendar has no last page
	mostAddresses = 30000 // a walk that is longer goes in circles
)

func (w *canaryWorld) snoop(who string) *snooper {
	w.t.Helper()
	s := &snooper{canaryWorld: w, who: who, seen: map[string]bool{}, kinds: map[string]int{}, read: map[string]string{}}
	switch who {
	case "nobody":
	case "code":
		s.cookie = w.codeCookie()
	default:
		if w.cookies[who] == "" {
			opened, err := w.DemoSession(context.Background(), w.people[who].UserID, store.Device{Name: "test"})
			w.must(err)
			w.cookies[who] = "juwu=" + opened.Token
		}
		s.cookie = w.cookies[who]
	}
	for _, r := range w.edge.Routes() {
		if r.Method == fiber.MethodGet {
			s.fill(strings.Replace(r.Path, ":community", w.c.Code, 1))
		}
	}
	for len(s.queue) > 0 {
		path := s.queue[0]
		s.queue = s.queue[1:]
		s.ask(path)
		if len(s.seen) > mostAddresses {
			w.t.Fatalf("%s never comes to an end; last at %s", who, path)
		}
	}
	return s
}

var oneParameter = regexp.MustCompile(`:([a-z]+)|\*`)

// fill puts every value that is known into the parameters of an address.
func (s *snooper) fill(path string) {
	at := oneParameter.FindStringSubmatchIndex(path)
	if at == nil {
		s.add(path)
		return
	}
	values := []string{"1"}
	if at[2] >= 0 {
		known := s.values[path[at[2]:at[3]]]
		if testing.Short() {
			known = known[max(0, len(known)-1):] // the newest: the best kept
		}
		values = append(values, known...)
	}
	for _, v := range values {
		s.fill(path[:at[0]] + url.PathEscape(v) + path[at[1]:])
	}
}

func (s *snooper) add(path string) {
	path, _, _ = strings.Cut(path, "#")
	bare, query, _ := strings.Cut(path, "?")
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.HasPrefix(path, "/static/") || s.seen[path] {
		return
	}
	if query != "" {
		if s.kinds[bare] >= mostQueries {
			return
		}
		s.kinds[bare]++
	}
	s.seen[path] = true
	if noted.MatchString(bare) {
		s.later = append(s.later, path)
		return
	}
	s.queue = append(s.queue, path)
}

// noted are the downloads that leave a row in the audit.
var noted = regexp.MustCompile(`/volunteers/([a-z]+/)?export/`)

func (s *snooper) ask(path string) {
	req := httptest.NewRequest(http.MethodGet, path, nil)
	req.Host = "127.0.0.1:8080"
	if s.cookie != "" {
		req.Header.Set("Cookie", s.cookie)
	}
	res, err := s.edge.App.Test(req, -1)
	s.must(err)
	body, err := io.ReadAll(res.Body)
	s.must(err)
	if to := res.Header.Get("Location"); to != "" {
		s.add(to)
	}
	text := readable(body)
	s.read[path] = fmt.Sprintln(res.StatusCode, res.Header.Get("Location"), res.Header.Get("Content-Disposition"), res.Header.Get("Content-Type")) + text
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		s.follow(path, text)
	}
}

// readable is what somebody finds in a file: the tables of a workbook too.
func readable(body []byte) string {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return string(body)
	}
	var all strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			continue
		}
		_, _ = io.Copy(&all, r)
		_ = r.Close()
	}
	return all.String()
}

var (
	linked    = regexp.MustCompile(`(?:href|src|formaction)="([^"]+)"`)
	searching = regexp.MustCompile(`(?s)<form[^>]*method="get"[^>]*>.*?</form>`)
	actionOf  = regexp.MustCompile(`action="([^"]*)"`)
	asking    = regexp.MustCompile(`<input[^>]*name="([^"]+)"[^>]*>`)
)

// follow goes on to what a page leads to, and asks each of its searches for
// every word.
func (s *snooper) follow(path, page string) {
	for _, m := range linked.FindAllStringSubmatch(page, -1) {
		if href := html.UnescapeString(m[1]); strings.HasPrefix(href, "?") {
			bare, _, _ := strings.Cut(path, "?")
			s.add(bare + href)
		} else {
			s.add(href)
		}
	}
	for _, form := range searching.FindAllString(page, -1) {
		to := path
		if m := actionOf.FindStringSubmatch(form); m != nil && m[1] != "" {
			to = html.UnescapeString(m[1])
		}
		bare, _, _ := strings.Cut(to, "?")
		for _, in := range asking.FindAllStringSubmatch(form, -1) {
			if strings.Contains(in[0], `type="hidden"`) || strings.Contains(in[0], `type="radio"`) || strings.Contains(in[0], `type="checkbox"`) {
				continue
			}
			for _, word := range s.words {
				s.add(bare + "?" + url.Values{in[1]: {word}}.Encode())
			}
		}
	}
}

// changing is what is different each time a page is drawn.
var changing = regexp.MustCompile(`(?:name="csrf" value|name="once" value)="[^"]*"|\b[0-9a-f]{8}-[0-9a-z]+\b`)

// same compares two walks of one person: what the first found must be there,
// letter by letter, in the second.
func (s *snooper) same(after *snooper) {
	s.t.Helper()
	told := 0
	for path, was := range s.read {
		is, ok := after.read[path]
		if !ok {
			continue // left out by the limit of queries
		}
		was, is = changing.ReplaceAllString(was, ""), changing.ReplaceAllString(is, "")
		if was != is && told < 5 {
			told++
			at := 0
			for at < min(len(was), len(is)) && was[at] == is[at] {
				at++
			}
			s.t.Errorf("%s: %s tells that something was filed: %.160q became %.160q", s.who, path, was[max(0, at-60):], is[max(0, at-60):])
		}
	}
}

// check looks for canaries where they must not be, and tells whether those who
// may read them did.
func (s *snooper) check(all []canary) {
	s.t.Helper()
	for _, k := range all {
		must, found := slices.Contains(k.who, s.who), false
		may := must || slices.Contains(k.also, s.who)
		for path, text := range s.read {
			if !strings.Contains(text, k.text) || strings.Contains(path, url.PathEscape(k.text)) {
				continue
			}
			if found = true; !may {
				s.t.Errorf("%s reads %s at %s", s.who, k.what, path)
				break
			}
		}
		if must && !found {
			s.t.Errorf("%s reads %s nowhere, and may", s.who, k.what)
		}
	}
}

// Every GET address as every person, with every id and every search there is:
// no page, count, search, export, feed or log says what its reader must not
// know. What is about the committee changes nothing at all for it.
func TestSecretsStayWhereTheyBelong(t *testing.T) {
	w := newCanaryWorld(t)
	everybody := []string{"nobody", "code"}
	for _, p := range canaryPosts {
		everybody = append(everybody, p.who)
	}
	unaware := []string{"nobody", "director", "vice", "member", "clerk", "worker", "station", "stranger"}
	if testing.Short() { // those from whom most is kept, and one who may know
		everybody, unaware = []string{"nobody", "director", "supervisor"}, []string{"director"}
	}
	var all []canary
	for _, plant := range plants {
		all = append(all, plant(w)...)
	}
	before := map[string]*snooper{}
	for _, who := range unaware {
		before[who] = w.snoop(who)
	}
	for _, plant := range hiddenPlants {
		all = append(all, plant(w)...)
	}
	walks := make([]*snooper, len(everybody))
	for i, who := range everybody {
		walks[i] = w.snoop(who)
		if was := before[who]; was != nil {
			was.same(walks[i])
		}
	}
	for _, s := range walks {
		for _, path := range s.later {
			s.ask(path)
		}
		s.check(all)
		t.Logf("%s asked %d addresses", s.who, len(s.read))
	}
	for _, k := range all {
		if !k.id && strings.Contains(w.log.String(), k.text) {
			t.Errorf("the log holds %s", k.what)
		}
	}
}
