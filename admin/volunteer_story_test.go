package admin_test

import (
	"context"
	"testing"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/internal/web/webtest"
	"juwu/models"
)

func TestVolunteerStories(t *testing.T) { webtest.Dir(t, "testdata/volunteer", volunteerRunner) }

// volunteerRunner is a world with a volunteer who is a member of the party and
// can lead an activity, and with the branch's secretary.
func volunteerRunner(t *testing.T) *webtest.Runner {
	t.Helper()
	w := newBooksWorld(t)
	w.people["branch"] = w.officer(t, models.RolePartyBranch, w.c.ID, "石书记")
	w.serve(t)
	u, err := w.EnsureUser(context.Background(), storetest.System, "13911110001", "孙党员")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = w.In(w.c).Join(context.Background(), models.Actor{UserID: u.ID}, store.VolunteerDraft{Name: "孙党员", Birth: "1980-05-20", Skills: []string{"green"}, Agree: true, Party: true}); err != nil {
		t.Fatal(err)
	}
	return &webtest.Runner{App: w.server.App, Login: func(_ testing.TB, name string) string { return "juwu=" + cookieOf(name) }}
}
