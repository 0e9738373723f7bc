package admin_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"juwu/admin"
	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/internal/web"
	"juwu/internal/web/webtest"
	"juwu/models"
)

// booksWorld is a community with officers, behind the real edge and policy.
type booksWorld struct {
	*storetest.DB
	c      *models.Community
	people map[string]models.Actor
	server *web.Server
}

var bookPhones atomic.Int64

func newBooksWorld(t testing.TB) *booksWorld {
	t.Helper()
	w := &booksWorld{DB: storetest.New(t), people: map[string]models.Actor{}}
	w.c = w.Community(t, "hemuli")
	for _, o := range []struct {
		who    string
		role   models.Role
		region models.ID
		name   string
	}{
		{"clerk", models.RoleClerk, w.c.ID, "郭珍"}, {"director", models.RoleDirector, w.c.ID, "钟梅"},
		{"supervisor", models.RoleSupervisor, w.c.ID, "许金娣"}, {"member", models.RoleCommitteeMember, w.c.ID, "林梅庆"},
		{"street", models.RoleStreet, w.c.StreetID, "街道审核"}, {"bookkeeper", models.RoleBookkeeper, w.c.StreetID, "代理会计"},
	} {
		w.people[o.who] = w.officer(t, o.role, o.region, o.name)
	}
	other := w.Community(t, "other")
	w.people["neighbour"] = w.officer(t, models.RoleClerk, other.ID, "邻居")
	w.people["elsewhere"] = w.officer(t, models.RoleCommitteeMember, other.ID, "外社区委员")
	w.people["resident"] = w.officer(t, models.RoleResidentRep, w.c.ID, "代表")
	w.serve(t)
	return w
}

func (w *booksWorld) officer(t testing.TB, role models.Role, region models.ID, name string) models.Actor {
	t.Helper()
	ctx := context.Background()
	u, err := w.EnsureUser(ctx, storetest.System, fmt.Sprintf("137%08d", bookPhones.Add(1)), name)
	if err != nil {
		t.Fatal(err)
	}
	post := models.Appointment{RegionID: region, UserID: u.ID, Role: role, From: "2026-01-01", Decision: "d", Name: name, CreatedAt: w.Now()}
	err = w.WriteGlobal(ctx, storetest.System, func(tx *store.Tx) error {
		post.ID = tx.NewID()
		return tx.Create(&post).Error
	})
	if err == nil {
		err = w.Load(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	return models.Actor{UserID: u.ID, Name: name, SecondFactor: true, Appointments: []models.Appointment{post}}
}

func cookieOf(who string) string {
	sum := sha256.Sum256([]byte(who))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (w *booksWorld) serve(t testing.TB) {
	t.Helper()
	words, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	bySession := map[string]models.Actor{}
	for who, a := range w.people {
		raw := sha256.Sum256([]byte(who))
		for _, secret := range [][]byte{raw[:], []byte(cookieOf(who))} {
			hash := sha256.Sum256(secret)
			bySession[string(hash[:])] = a
		}
	}
	office := &admin.Admin{Store: w.Store}
	w.server, err = web.New(web.Options{
		BaseURL: "http://juwu.test", Now: w.Now, Log: slog.New(slog.DiscardHandler), Words: words,
		Key: func(purpose string) []byte { return w.Keys().Key(purpose) },
		Session: func(_ context.Context, hash []byte, _ time.Time) (models.Actor, error) {
			return bySession[string(hash)], nil
		},
		Community: w.CommunityByCode, Stamp: w.Stamp, AuthzFresh: func() bool { return true }, Sections: office.Sections,
		May: func(actor models.Actor, c *models.Community, object, action string, at time.Time) error {
			return w.Guard().Allowed(actor, c, object, action, models.DateOf(at))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.server.Mount(office.Routes())
}

func booksRunner(t *testing.T) *webtest.Runner {
	w := newBooksWorld(t)
	return &webtest.Runner{App: w.server.App, Login: func(_ testing.TB, name string) string { return "juwu=" + cookieOf(name) }}
}

func TestAccountStories(t *testing.T) { webtest.Dir(t, "testdata/account", booksRunner) }
