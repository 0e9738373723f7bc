package admin_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/internal/web/webtest"
	"juwu/models"
)

// people is the world of the books with those who work with the roll.
func peopleWorld(t *testing.T) (*booksWorld, *webtest.Runner) {
	t.Helper()
	w := newBooksWorld(t)
	w.people["station"] = w.officer(t, models.RoleStation, w.c.ID, "工作站")
	w.people["branch"] = w.officer(t, models.RolePartyBranch, w.c.ID, "党支部")
	w.people["machine"] = w.officer(t, models.RoleAdmin, w.c.StreetID, "机房")
	w.Community(t, "far")
	w.people["stranger"] = w.officer(t, models.RoleDirector, w.CommunityIDOf(t, "far"), "别处主任")
	w.serve(t)
	return w, &webtest.Runner{App: w.server.App, Login: func(_ testing.TB, name string) string { return "juwu=" + cookieOf(name) }}
}

func (w *booksWorld) CommunityIDOf(t *testing.T, code string) models.ID {
	t.Helper()
	c, err := w.CommunityByCode(context.Background(), code)
	if err != nil {
		t.Fatal(err)
	}
	return c.ID
}

// The roll comes in through the office's door with its nine planted errors; the
// desk puts a row right, serves people, and the street fills the posts.
func TestPeopleStories(t *testing.T) {
	w, r := peopleWorld(t)
	story := func(name string) {
		t.Helper()
		b, err := os.ReadFile("testdata/people/" + name)
		if err != nil {
			t.Fatal(err)
		}
		r.Run(t, name, strings.ReplaceAll(string(b), "$import", w.lastRoll(t)))
		if t.Failed() {
			t.FailNow()
		}
	}
	story("upload.txt")
	for state := models.ImportRunning; state == models.ImportRunning; {
		rows, err := w.In(w.c).RollImports(context.Background(), 1)
		if err != nil {
			t.Fatal(err)
		}
		state = rows[0].State
	}
	story("preview.txt")
	story("desk.txt")
	w.claim(t)
	story("claims.txt")
	story("merge.txt")
	story("kinship.txt")
	story("posts.txt")
}

func (w *booksWorld) lastRoll(t *testing.T) string {
	t.Helper()
	rows, err := w.In(w.c).RollImports(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 {
		return ""
	}
	return rows[0].ID.String()
}

// claim lets a resident ask to be found on the roll, with wrong digits.
func (w *booksWorld) claim(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	u, err := w.EnsureUser(ctx, storetest.System, "19912340000", "")
	if err == nil {
		_, err = w.In(w.c).MatchResident(ctx, models.Actor{UserID: u.ID}, linkClaim)
	}
	if err != nil {
		t.Fatal(err)
	}
}

var linkClaim = store.LinkClaim{Name: "程凯兰", Digits: "000000", Building: "1幢", Room: "101"}
