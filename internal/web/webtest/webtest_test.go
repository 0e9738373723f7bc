package webtest

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/problem"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// world is a site with one form, where clerks may post and others may not.
func world(t *testing.T) *Runner {
	t.Helper()
	words, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	actors := map[string]models.Actor{}
	s, err := web.New(web.Options{
		BaseURL: "http://juwu.test", Words: words, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC) },
		Key: func(purpose string) []byte { return []byte(strings.Repeat(purpose, 8)) },
		Session: func(_ context.Context, hash []byte, _ time.Time) (models.Actor, error) {
			return actors[string(hash)], nil
		},
		Community: func(context.Context, string) (*models.Community, error) {
			return nil, problem.New(problem.NotFound, "error.notfound", nil)
		},
		Stamp: func(models.ID, ...string) uint64 { return 0 },
		May: func(a models.Actor, _ *models.Community, _, _ string, _ time.Time) error {
			if a.Name != "clerk" {
				return problem.New(problem.Forbidden, "error.login", nil)
			}
			return nil
		},
		AuthzFresh: func() bool { return true },
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Mount([]web.Route{
		{Method: "GET", Path: "/paper", Object: web.Public, Handle: func(c *fiber.Ctx) error {
			p := web.PageOf(c)
			return web.Render(c, 200, ui.Form(ui.FormProps{Action: "/paper", Hidden: p.Hidden("actor", p.Actor.Name)}))
		}},
		{Method: "POST", Path: "/paper", Object: "paper", Action: "write", Upload: true, Handle: func(c *fiber.Ctx) error {
			f := web.FormOf(c)
			return web.Redirect(c, "/paper/"+f.Text("title", 20)+"?files="+f.Raw("x")+strings.Repeat("i", len(f.Files("sheet", 0, 5, 1<<20))))
		}},
		{Method: "GET", Path: "/paper/:title", Object: web.Public, Handle: func(c *fiber.Ctx) error {
			return c.SendString("title " + c.Params("title") + " files " + c.Query("files"))
		}},
	})
	return &Runner{App: s.App, Login: func(_ testing.TB, name string) string {
		value, hash := web.NewSecret()
		actors[string(hash)] = models.Actor{UserID: 1, Name: name}
		return "juwu=" + value
	}}
}

func TestStories(t *testing.T) { Dir(t, "testdata", world) }

// failed is a test that notes that it was failed, and goes on.
type failed struct {
	testing.TB
	failed bool
}

func (f *failed) Helper()               {}
func (f *failed) Failed() bool          { return f.failed }
func (f *failed) Fatalf(string, ...any) { f.failed = true; panic(f) }

// TestAStoryCanFail: a check that cannot fail proves nothing.
func TestAStoryCanFail(t *testing.T) {
	for _, story := range []string{
		"GET /paper\ncode 404", "GET /paper\nbody contains no such words", "GET /paper\nbody lacks csrf", "GET /paper\nheader Content-Type json",
		"GET /paper\nbody matches ^x$", "GET /paper\nkeep id from no(thing)", "GET /paper\nfollow", "code 200", "GET /paper\nsing 200",
		"as clerk\nPOST /paper\nfield title = a\ncode 303", "field a = b", "GET /paper\nfile sheet = none\ncode 200",
		"as clerk\nGET /paper\nPOST /paper\nwithout token\ncode 303", "as clerk\nGET /paper\nPOST /paper\norigin other\ncode 303",
	} {
		f := &failed{TB: t}
		func() {
			defer func() { _ = recover() }()
			world(t).Run(f, "story", story)
		}()
		if !f.failed {
			t.Errorf("passed:\n%s", story)
		}
	}
}
