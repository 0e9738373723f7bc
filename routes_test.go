package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"juwu/admin"
	"juwu/i18n"
	"juwu/internal/demo"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/internal/web"
	"juwu/models"
	"juwu/policy"
	"juwu/portal"
)

// site is the whole program on a fresh database, without a listener.
type site struct {
	*storetest.DB
	edge   *web.Server
	logins map[models.Role]demo.Login
	code   string
	cfg    Config
}

func newSite(t testing.TB, db *storetest.DB) *site {
	t.Helper()
	if testing.Short() {
		t.Skip("fills the whole example community")
	}
	ctx := context.Background()
	code, people, err := demo.Fill(ctx, db.Store)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{DB: db, logins: map[models.Role]demo.Login{}, code: code}
	for _, l := range people {
		s.logins[l.Role] = l
	}
	words, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	s.cfg = Config{Addr: "127.0.0.1:8080", BaseURL: "http://127.0.0.1:8080"}
	office := &admin.Admin{Store: db.Store}
	s.edge, err = web.New(edgeOptions(&s.cfg, db.Store, office, words, slog.New(slog.DiscardHandler), prometheus.NewRegistry(), false))
	if err != nil {
		t.Fatal(err)
	}
	s.edge.Mount((&portal.Portal{Store: db.Store}).Routes(), office.Routes())
	return s
}

// cookie logs a person in, with a second factor as every officer has.
func (s *site) cookie(t testing.TB, user models.ID) string {
	t.Helper()
	opened, err := s.DemoSession(context.Background(), user, store.Device{Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return "juwu=" + opened.Token
}

func (s *site) get(t testing.TB, path, cookie string) *http.Response {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, path, nil)
	req.Host = s.cfg.Addr
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	res, err := s.edge.App.Test(req, -1)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// Every route names something that the rules speak of: a misspelt object
// would be denied to everybody, and nobody would know why.
func TestRoutesAreInTheRules(t *testing.T) {
	s := newSite(t, storetest.New(t))
	seen := map[string]bool{}
	for _, r := range s.edge.Routes() {
		if seen[r.Method+" "+r.Path] {
			t.Errorf("%s %s stands twice", r.Method, r.Path)
		}
		seen[r.Method+" "+r.Path] = true
		if r.Object != web.Public && r.Object != web.Self && !s.Guard().Knows(r.Object, r.Action) {
			t.Errorf("%s %s asks for %s %s, which roles.csv does not name", r.Method, r.Path, r.Object, r.Action)
		}
		if strings.HasPrefix(r.Path, "/admin/") && (r.Object == web.Public || r.Object == web.Self) {
			t.Errorf("%s %s is below /admin and asks nobody", r.Method, r.Path)
		}
	}
}

// unasked are permissions of domain.md's matrix that nothing asks for, and why.
var unasked = map[string]string{
	"me read": "pages about oneself are web.Self", "me change": "pages about oneself are web.Self",
	"system backup": "a command of whoever runs the machine", "system config": "a command of whoever runs the machine",
	"resident read": "how much of a person the director sees is policy.ResidentView's; the line tells the public",
}

// Every permission of what exists is asked for by a route or by a use case:
// one that nobody asks for promises something on the page of powers.
func TestRulesAreAskedFor(t *testing.T) {
	s := newSite(t, storetest.New(t))
	asked := map[string]bool{}
	for _, r := range s.edge.Routes() {
		asked[r.Object+" "+r.Action] = true
	}
	pair := regexp.MustCompile(`"([a-z_]+)", "([a-z_]+)"`)
	for _, dir := range []string{"internal/store", "admin", "portal", "policy"} {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range pair.FindAllStringSubmatch(string(b), -1) {
				asked[m[1]+" "+m[2]] = true
			}
		}
	}
	for _, row := range s.Guard().Matrix() {
		if slices.Contains(row.Roles, models.RoleVisitor) {
			continue // public pages ask nobody
		}
		asking := row.Object + " " + row.Action
		if asked[asking] == (unasked[asking] != "") {
			t.Errorf("%s: asked for %v, listed as unasked %q", asking, asked[asking], unasked[asking])
		}
	}
}

var parameter = regexp.MustCompile(`:[a-z]+`)

// Every page × every role × nobody: who may not see it gets 403 or the login,
// who may does not; and no page falls over a thing that does not exist.
func TestEveryPageForEveryRole(t *testing.T) {
	s := newSite(t, storetest.New(t))
	c, err := s.CommunityByCode(context.Background(), s.code)
	if err != nil {
		t.Fatal(err)
	}
	cookies := map[models.Role]string{"": ""}
	for role, l := range s.logins {
		cookies[role] = s.cookie(t, l.UserID)
	}
	for _, r := range s.edge.Routes() {
		if r.Method != fiber.MethodGet {
			continue
		}
		path := strings.Replace(r.Path, ":community", s.code, 1)
		path = parameter.ReplaceAllString(path, "1")
		for role, cookie := range cookies {
			res := s.get(t, path, cookie)
			_ = res.Body.Close()
			if res.StatusCode >= 500 {
				t.Errorf("%s as %q: %d", path, role, res.StatusCode)
			}
			var roles policy.RoleSet
			if role != "" {
				roles = s.Guard().RolesOf(models.Actor{UserID: s.logins[role].UserID}, c, models.DateOf(s.Now()))
			}
			may := r.Object == web.Public || r.Object == web.Self && role != "" || s.Guard().May(roles, r.Object, r.Action)
			refused := res.StatusCode == 401 || res.StatusCode == 403 || res.StatusCode == 303 && strings.HasPrefix(res.Header.Get("Location"), "/login")
			if !may && !refused && r.Object != web.Self {
				t.Errorf("%s as %q: %d, must be refused", path, role, res.StatusCode)
			}
		}
	}
}

// The same addresses of another community, where these officers hold nothing.
func TestOfficersOfOneCommunityAreNobodyInAnother(t *testing.T) {
	s := newSite(t, storetest.New(t))
	other := s.Community(t, "elsewhere")
	for _, role := range []models.Role{models.RoleDirector, models.RoleClerk, models.RoleSupervisor, models.RoleStreet, models.RoleAdmin} {
		cookie := s.cookie(t, s.logins[role].UserID)
		for _, r := range s.edge.Routes() {
			if r.Method != fiber.MethodGet || !strings.HasPrefix(r.Path, "/admin/:community") {
				continue
			}
			path := parameter.ReplaceAllString(strings.Replace(r.Path, ":community", other.Code, 1), "1")
			res := s.get(t, path, cookie)
			_ = res.Body.Close()
			if res.StatusCode != 403 {
				t.Errorf("%s as %s of another community: %d", path, role, res.StatusCode)
			}
		}
	}
}
