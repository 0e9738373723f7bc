package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// officers founds a community's offices as a district would: the machine's
// owner appoints the district, the district the street, the street the rest.
func officers(t testing.TB, db *storetest.DB, c *models.Community, roles ...models.Role) map[models.Role]models.Actor {
	t.Helper()
	out := map[models.Role]models.Actor{}
	person := func(name string, n int) models.Actor {
		u, err := db.EnsureUser(ctx, storetest.System, "198000000"+string(rune('0'+n/10))+string(rune('0'+n%10)), name)
		must(t, err)
		return models.Actor{UserID: u.ID, Name: name, SecondFactor: true}
	}
	post := func(by models.Actor, who models.Actor, region models.ID, role models.Role) {
		_, err := db.Appoint(ctx, by, models.Appointment{
			RegionID: region, UserID: who.UserID, Role: role, From: "2026-01-01", Until: "2030-12-31", Decision: "test", Name: who.Name,
		})
		must(t, err)
		out[role] = who
	}
	post(storetest.System, person("district", 1), c.DistrictID, models.RoleDistrict)
	post(out[models.RoleDistrict], person("street", 2), c.StreetID, models.RoleStreet)
	for i, role := range roles {
		post(out[models.RoleStreet], person(string(role), 3+i), c.ID, role)
	}
	return out
}

func TestAppointmentGivesAndLosesTheRight(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		c := db.Community(t, "hemuli")
		who := officers(t, db, c, models.RoleDirector, models.RoleClerk)
		other := db.Second(t)
		must(t, other.Load(ctx))
		day := models.DateOf(db.Now())
		ask := func() error {
			return other.Guard().Allowed(who[models.RoleDirector], c, "notice", "publish", day)
		}
		must(t, ask())
		posts, err := db.AppointmentsIn(ctx, c.ID, day)
		must(t, err)
		if len(posts) != 2 {
			t.Fatalf("%d posts", len(posts))
		}
		if posts[0].Role != models.RoleDirector {
			posts[0] = posts[1]
		}
		must(t, db.EndAppointment(ctx, who[models.RoleStreet], posts[0].ID))
		if err := db.Guard().Allowed(who[models.RoleDirector], c, "notice", "publish", day); !problem.Is(err, problem.Forbidden) {
			t.Errorf("in this process: %v", err)
		}
		must(t, other.Follow(ctx))
		if err := ask(); !problem.Is(err, problem.Forbidden) {
			t.Errorf("in the other process after one reading: %v", err)
		}
		if err := db.EndAppointment(ctx, who[models.RoleStreet], posts[0].ID); !problem.Is(err, problem.Conflict) {
			t.Errorf("ended twice: %v", err)
		}
	})
}

func TestWhoMayNotAppoint(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	c, far := db.Community(t, "hemuli"), db.Community(t, "far")
	who := officers(t, db, c, models.RoleDirector, models.RoleClerk, models.RoleSupervisor)
	give := func(by models.Actor, region models.ID, user models.Role, role models.Role) error {
		_, err := db.Appoint(ctx, by, models.Appointment{RegionID: region, UserID: who[user].UserID, Role: role,
			From: "2026-01-01", Until: "2030-12-31", Decision: "test"})
		return err
	}
	for name, err := range map[string]error{
		"director appoints the supervisor": give(who[models.RoleDirector], c.ID, models.RoleClerk, models.RoleSupervisor),
		"a clerk appoints":                 give(who[models.RoleClerk], c.ID, models.RoleClerk, models.RoleGridWorker),
		"a visitor appoints":               give(models.Actor{}, c.ID, models.RoleClerk, models.RoleGridWorker),
		"director of another community":    give(who[models.RoleDirector], far.ID, models.RoleClerk, models.RoleGridWorker),
		"street of another community":      give(who[models.RoleStreet], far.ID, models.RoleClerk, models.RoleGridWorker),
		"street appoints a street":         give(who[models.RoleStreet], c.StreetID, models.RoleClerk, models.RoleStreet),
		"district itself":                  give(who[models.RoleDistrict], c.DistrictID, models.RoleDistrict, models.RoleDistrict),
		"clerk becomes director too":       give(who[models.RoleStreet], c.ID, models.RoleClerk, models.RoleDirector),
		"supervisor joins the committee":   give(who[models.RoleStreet], c.ID, models.RoleSupervisor, models.RoleCommitteeMember),
	} {
		if problem.As(err) == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Two processes give one person two posts that do not go together.
func TestIncompatiblePostsAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		c := db.Community(t, "hemuli")
		who := officers(t, db, c)
		u, err := db.EnsureUser(ctx, storetest.System, "19800000077", "both")
		must(t, err)
		other := db.Second(t)
		must(t, other.Load(ctx))
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i, role := range []models.Role{models.RoleDirector, models.RoleSupervisor} {
			s := db.Store
			if i == 1 {
				s = other
			}
			wg.Go(func() {
				_, errs[i] = s.Appoint(ctx, who[models.RoleStreet], models.Appointment{
					RegionID: c.ID, UserID: u.ID, Role: role, From: "2026-01-01", Until: "2030-12-31", Decision: "test"})
			})
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("one must win: %v, %v", errs[0], errs[1])
		}
	})
}

// A process that cannot read who holds which post any more knows nothing
// after five seconds: then /admin closes (TestStalePolicyClosesTheOffice).
func TestAppointmentsAreStaleAfterFiveSeconds(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	other := db.Second(t)
	if other.AuthzFresh() {
		t.Error("fresh before the first reading")
	}
	must(t, other.Load(ctx))
	for _, step := range []struct {
		after time.Duration
		fresh bool
	}{{0, true}, {4999 * time.Millisecond, true}, {time.Millisecond, false}} {
		db.Clock.Add(step.after)
		if got := other.AuthzFresh(); got != step.fresh {
			t.Errorf("%v later: fresh %v", step.after, got)
		}
	}
	must(t, other.Follow(ctx))
	if !other.AuthzFresh() {
		t.Error("stale after a reading")
	}
	db.Clock.Add(5 * time.Second)
	gone, cancel := context.WithCancel(ctx)
	cancel() // a database that does not answer
	if err := other.Follow(gone); err == nil || other.AuthzFresh() {
		t.Errorf("a reading that failed counts: %v", err)
	}
}
