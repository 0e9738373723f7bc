package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/models"
)

var (
	resident = models.Actor{UserID: 1, Name: "居民"}
	officer  = models.Actor{UserID: 2, Name: "文书", SecondFactor: true, Appointments: []models.Appointment{{Role: models.RoleClerk}}}
	halfway  = models.Actor{UserID: 3, Name: "主任", Appointments: []models.Appointment{{Role: models.RoleDirector}}}
)

func ok(c *fiber.Ctx) error { return c.SendString("done") }

func guardRoutes() []Route {
	return []Route{
		{Method: "GET", Path: "/:community", Object: Public, Handle: ok},
		{Method: "GET", Path: "/:community/records", Object: "resident", Action: "read", Handle: ok},
		{Method: "GET", Path: "/login", Object: Public, Handle: ok},
		{Method: "GET", Path: "/me", Object: Self, Handle: ok},
		{Method: "GET", Path: "/admin", Object: Self, Handle: ok},
		{Method: "GET", Path: "/admin/:community/accounts", Object: "account", Action: "import", Handle: ok},
		{Method: "GET", Path: "/:community/secret", Object: Public, Handle: func(*fiber.Ctx) error {
			return errors.New("dial tcp 10.1.2.3: password hunter2 refused")
		}},
		{Method: "GET", Path: "/:community/panic", Object: Public, Handle: func(*fiber.Ctx) error { panic("hunter2") }},
	}
}

func TestGuard(t *testing.T) {
	st := newSite(t, nil)
	st.Mount(guardRoutes())
	cookies := map[string]string{"": "", "resident": st.login(resident), "officer": st.login(officer), "halfway": st.login(halfway)}
	for _, tc := range []struct {
		path, who string
		code      int
		location  string
	}{
		{"/hemuli", "", 200, ""},
		{"/elsewhere", "", 404, ""},
		{"/login", "", 200, ""}, // not a community
		{"/hemuli/", "", 404, ""},
		{"/HEMULI", "", 404, ""},
		{"/hemuli/records", "", 303, "/login?next=%2Fhemuli%2Frecords"},
		{"/hemuli/records?tab=2", "", 303, "/login?next=%2Fhemuli%2Frecords%3Ftab%3D2"},
		{"/hemuli/records", "resident", 403, ""},
		{"/hemuli/records", "officer", 200, ""},
		{"/elsewhere/records", "officer", 404, ""},
		{"/me", "", 303, "/login?next=%2Fme"},
		{"/me", "resident", 200, ""},
		{"/admin", "", 303, "/login?next=%2Fadmin"},
		{"/admin", "resident", 303, "/login/second?next=%2Fadmin"},
		{"/admin/hemuli/accounts", "halfway", 303, "/login/second?next=%2Fadmin%2Fhemuli%2Faccounts"},
		{"/admin/hemuli/accounts", "officer", 200, ""},
		{"/Admin/hemuli/accounts", "officer", 404, ""},
		{"/admin/hemuli/accounts/", "officer", 404, ""},
		{"/admin%2Fhemuli%2Faccounts", "", 404, ""},
		{"/hemuli%2Frecords", "", 404, ""},
		{"/./hemuli/records", "", 404, ""},
		{"/hemuli//records", "", 404, ""},
		{"/%2561dmin", "officer", 404, ""},
	} {
		a := st.get(t, tc.path, "Cookie", cookies[tc.who])
		if a.StatusCode != tc.code || a.Header.Get("Location") != tc.location {
			t.Errorf("%s as %q: %d %q, want %d %q", tc.path, tc.who, a.StatusCode, a.Header.Get("Location"), tc.code, tc.location)
		}
	}
}

func TestStalePolicyClosesTheOffice(t *testing.T) {
	st := newSite(t, nil)
	st.Mount(guardRoutes())
	st.fresh = false
	cookie := st.login(officer)
	if a := st.get(t, "/admin/hemuli/accounts", "Cookie", cookie); a.StatusCode != 503 || a.Header.Get("Retry-After") == "" {
		t.Errorf("admin: %d", a.StatusCode)
	}
	if a := st.get(t, "/hemuli", "Cookie", cookie); a.StatusCode != 200 {
		t.Errorf("home: %d", a.StatusCode)
	}
}

// TestNothingInternalIsShown: the cause of a failure is for the log.
func TestNothingInternalIsShown(t *testing.T) {
	st := newSite(t, nil)
	st.Mount(guardRoutes())
	for _, path := range []string{"/hemuli/secret", "/hemuli/panic"} {
		for lang, word := range map[string]string{"zh-CN": "出了故障", "en": "Something has failed"} {
			st.log.Reset()
			a := st.get(t, path, "Accept-Language", lang)
			if a.StatusCode != 500 || !strings.Contains(a.body, word) {
				t.Errorf("%s %s: %d %.200s", path, lang, a.StatusCode, a.body)
			}
			if strings.Contains(a.body, "hunter2") || strings.Contains(a.body, "goroutine") {
				t.Errorf("%s shows what failed", path)
			}
			id := a.Header.Get("X-Request-ID")
			if !strings.Contains(a.body, id) || !strings.Contains(st.log.String(), id) || !strings.Contains(st.log.String(), "hunter2") {
				t.Errorf("%s: the cause cannot be found by %s in %s", path, id, st.log)
			}
		}
	}
}

// TestLogHoldsNobody: no query, no path of a person, no name, no address.
func TestLogHoldsNobody(t *testing.T) {
	st := newSite(t, nil)
	st.Mount(guardRoutes())
	st.get(t, "/hemuli/records?q=13800138000", "Cookie", st.login(officer), "User-Agent", "Weixin-of-Li", "X-Forwarded-For", "203.0.113.9")
	st.get(t, "/hemuli/records/13800138000")
	for _, s := range []string{"13800138000", "文书", "Weixin", "203.0.113.9", `"hemuli`} {
		if strings.Contains(st.log.String(), s) {
			t.Errorf("the log holds %q: %s", s, st.log)
		}
	}
	if !strings.Contains(st.log.String(), `"route":"/:community/records"`) {
		t.Errorf("no pattern in the log: %s", st.log)
	}
}

func TestErrorPages(t *testing.T) {
	st := newSite(t, nil)
	until := noon.Add(90 * time.Second)
	for kind, want := range map[problem.Kind]int{
		problem.Invalid: 422, problem.Forbidden: 403, problem.NotFound: 404, problem.Conflict: 409, problem.TooEarly: 409,
		problem.TooLate: 409, problem.TooMany: 429, problem.TooLarge: 413, problem.Unavailable: 503, problem.Unauthorized: 303,
	} {
		path := "/e/" + http.StatusText(want) + string(rune('a'+kind))
		path = strings.ReplaceAll(path, " ", "")
		st.Mount([]Route{{Method: "GET", Path: path, Object: Public, Handle: func(*fiber.Ctx) error {
			return problem.New(kind, "error.notfound", problem.Args{"until": until}).Because("rule 4711")
		}}})
		a := st.get(t, path)
		if a.StatusCode != want || strings.Contains(a.body, "4711") || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%v: %d, want %d", kind, a.StatusCode, want)
		}
		if want == 429 && a.Header.Get("Retry-After") != "90" {
			t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
		}
		if kind == problem.Unauthorized {
			continue
		}
		j := st.get(t, path, "Accept", "application/json")
		if j.StatusCode != want || !strings.HasPrefix(j.body, `{"error":"error.notfound"`) {
			t.Errorf("%v as JSON: %d %s", kind, j.StatusCode, j.body)
		}
	}
	if a := st.get(t, "/no/such/page/at/all"); a.StatusCode != 404 || !strings.Contains(a.body, "没有找到") {
		t.Errorf("404: %d %s", a.StatusCode, a.body)
	}
}

// TestEveryErrorHasATitle: a status without words would show a key.
func TestEveryErrorHasATitle(t *testing.T) {
	want := map[int]bool{500: true}
	for _, status := range statusOf {
		want[status] = true
	}
	for status := range httpKeys {
		want[status] = true
	}
	delete(want, 401) // always a redirect, or JSON
	for _, w := range words(t).All() {
		for status := range want {
			if key := titles.Key(strconv.Itoa(status)); !w.Has(key) {
				t.Errorf("%s has no %s", w.Tag, key)
			}
		}
	}
}

// TestStrings: Fiber's strings must outlive their request.
func TestStrings(t *testing.T) {
	st := newSite(t, nil)
	if !st.App.Config().Immutable {
		t.Fatal("Immutable is off: strings of one request are overwritten by the next")
	}
	var kept []string
	st.Mount([]Route{{Method: "GET", Path: "/keep/:name", Object: Public, Handle: func(c *fiber.Ctx) error {
		kept = append(kept, c.Params("name"), c.Query("q"), c.Path())
		return c.SendString("")
	}}})
	names := []string{"alpha", "gamma", "delta", "omega"}
	for _, name := range names {
		st.get(t, "/keep/"+name+"?q=Q"+name)
	}
	for i, name := range names {
		if kept[3*i] != name || kept[3*i+1] != "Q"+name || kept[3*i+2] != "/keep/"+name {
			t.Errorf("%s became %v", name, kept[3*i:3*i+3])
		}
	}
}

func TestRoutesWithoutPermissionAreRefused(t *testing.T) {
	st := newSite(t, nil)
	for _, rt := range []Route{
		{Method: "GET", Path: "/x", Handle: ok},
		{Method: "GET", Path: "/x", Object: "account", Handle: ok},
		{Method: "GET", Path: "/x", Object: Public, Action: "read", Handle: ok},
		{Method: "PUT", Path: "/x", Object: Public, Handle: ok},
		{Method: "GET", Path: "/x", Object: Public},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v was taken", rt)
				}
			}()
			st.Mount([]Route{rt})
		}()
	}
	if n := len(st.Routes()); n == 0 {
		t.Error("no routes of its own")
	}
}
