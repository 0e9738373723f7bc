package store_test

import (
	"errors"
	"sync"
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// kinWorld is the books' desk on a community with a roll: 周宁 lives there and
// has no login yet.
type kinWorld struct {
	*desk
	zhou models.Someone // on the roll only
	wu   models.Someone
}

func newKinWorld(t *testing.T, db *storetest.DB) *kinWorld {
	t.Helper()
	r := newRollWorld(t, db)
	w := &kinWorld{desk: newDeskIn(t, db, r.c)}
	w.zhou, w.wu = models.Someone{ResidentID: r.find(t, "周宁").ID}, models.Someone{ResidentID: r.find(t, "吴海").ID}
	return w
}

func (w *kinWorld) declare(a models.Actor, other models.Someone, kin models.Kin) error {
	_, err := w.in().DeclareKinship(ctx, a, store.KinshipDraft{Other: store.Named{Someone: other}, Kin: kin})
	return err
}

// tie joins a login to a record, as the desk's match does.
func (w *kinWorld) tie(a models.Actor, resident models.ID) models.Actor {
	w.t.Helper()
	l := models.ResidentLink{UserID: a.UserID, ResidentID: resident, State: models.LinkConfirmed, LiveUser: &a.UserID, LiveResident: &resident,
		CreatedAt: w.Now(), UpdatedAt: w.Now()}
	must(w.t, w.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		l.ID = tx.NewID()
		return tx.Create(&l).Error
	}))
	l.CommunityID = w.c.ID
	a.Links = append(a.Links, l)
	return a
}

// A declared husband cannot be appointed to what his wife's post rules out,
// whether he was known by the roll or by his login when she said so.
func TestNearRelativesAreNotAppointed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newKinWorld(t, db)
		u, err := db.EnsureUser(ctx, storetest.System, "19800000088", "周宁")
		must(t, err)
		husband := models.Actor{UserID: u.ID, Name: "周宁"}
		give := func(role models.Role) error {
			_, err := db.Appoint(ctx, w.street, models.Appointment{RegionID: w.c.ID, UserID: u.ID, Role: role, Name: "周宁",
				From: "2026-11-01", Until: "2027-10-31", Decision: "2026 choice"})
			return err
		}
		must(t, w.declare(w.director, w.zhou, models.KinSpouse))
		// Nobody knows yet that the login is that person.
		must(t, give(models.RoleSupervisor))
		must(t, db.EndAppointment(ctx, w.street, w.postOf(u.ID)))
		w.tie(husband, w.zhou.ResidentID)
		refused(t, give(models.RoleSupervisor), problem.Conflict, "policy.appointment.relative")
		refused(t, give(models.RoleClerk), problem.Conflict, "policy.appointment.relative")
		refused(t, give(models.RoleCommitteeMember), problem.Conflict, "policy.appointment.relative")
		must(t, give(models.RoleGridWorker))
	})
}

func (w *kinWorld) postOf(user models.ID) models.ID {
	w.t.Helper()
	rows, err := w.AppointmentsIn(ctx, w.c.ID, models.DateOf(w.Now()))
	must(w.t, err)
	for _, a := range rows {
		if a.UserID == user {
			return a.ID
		}
	}
	w.t.Fatal("no post")
	return 0
}

// In-laws step aside in single matters; they bar nobody from a post.
func TestInLawsMayBeAppointed(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	w := newKinWorld(t, db)
	must(t, w.declare(w.director, models.Someone{UserID: w.supervisor.UserID}, models.KinOther))
	apart, err := w.in().KinshipsApart(ctx, w.street)
	must(t, err)
	if len(apart) != 0 {
		t.Errorf("in-laws are kept apart: %+v", apart)
	}
	m := w.month("2026-10", 100000)
	w.publish(m)
}

// The relation comes to light after both hold their posts: the chain of
// signatures stops, and the street is told that one must go.
func TestNearRelativesDoNotSignAfterEachOther(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newKinWorld(t, db)
		m := w.month("2026-10", 100000)
		for i, a := range []models.Actor{w.clerk, w.director} {
			_, err := w.in().SignAccount(ctx, a, m.ID, m.Round, models.SignSteps[i])
			must(t, err)
		}
		must(t, w.declare(w.supervisor, models.Someone{UserID: w.director.UserID}, models.KinSibling))
		_, err := w.in().SignAccount(ctx, w.supervisor, m.ID, m.Round, models.StepSupervisor)
		refused(t, err, problem.Forbidden, "policy.sign.relative")
		apart, err := w.in().KinshipsApart(ctx, w.street)
		must(t, err)
		if len(apart) != 1 || apart[0].Rule != "G3.1 art. 36" || apart[0].FirstName != "许金娣" || apart[0].OtherName != "钟梅" {
			t.Fatalf("%+v", apart)
		}
		for who, a := range map[string]models.Actor{"the street": w.street, "the director": w.director} {
			letters, _, err := db.Inbox(ctx, a.UserID, 0)
			must(t, err)
			if len(letters) == 0 {
				t.Errorf("%s was not told", who)
			}
		}
		// It was a namesake: a third person takes it off, and the chain goes on.
		refused(t, w.in().EndKinship(ctx, w.supervisor, apart[0].ID, "not my sister"), problem.Forbidden, "policy.kinship.party")
		refused(t, w.in().EndKinship(ctx, w.clerk, apart[0].ID, "not her sister"), problem.Forbidden, "policy.forbidden")
		must(t, w.in().EndKinship(ctx, w.street, apart[0].ID, "a namesake, papers seen"))
		refused(t, w.in().EndKinship(ctx, w.street, apart[0].ID, "a namesake, papers seen"), problem.Conflict, "policy.state")
		_, err = w.in().SignAccount(ctx, w.supervisor, m.ID, m.Round, models.StepSupervisor)
		must(t, err)
	})
}

func TestWhoReadsKinships(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	w := newKinWorld(t, db)
	must(t, w.declare(w.director, w.zhou, models.KinSpouse))
	must(t, w.declare(w.clerk, w.wu, models.KinChild))
	far := newDeskIn(t, db, db.Community(t, "far"))
	for name, row := range map[string]struct {
		a    models.Actor
		t    *store.Tenant
		want int
	}{
		"the one who declared":    {w.director, w.in(), 2}, // the director proposes and sees all
		"a clerk":                 {w.clerk, w.in(), 1},
		"a member":                {w.member, w.in(), 0},
		"the relative":            {w.tie(models.Actor{UserID: 99}, w.zhou.ResidentID), w.in(), 1},
		"the supervision":         {w.supervisor, w.in(), 2},
		"the street":              {w.street, w.in(), 2},
		"a visitor":               {models.Actor{}, w.in(), 0},
		"another community":       {far.director, w.in(), 0},
		"in another community":    {w.director, far.in(), 0},
		"another's street of its": {far.street, far.in(), 0},
	} {
		rows, err := row.t.Kinships(ctx, row.a)
		must(t, err)
		if len(rows) != row.want {
			t.Errorf("%s sees %d, want %d", name, len(rows), row.want)
		}
	}
}

func TestKinshipRefusals(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newKinWorld(t, db)
		self := w.declare(w.director, models.Someone{UserID: w.director.UserID}, models.KinSibling)
		refused(t, self, problem.Invalid, "policy.kinship.self")
		refused(t, w.declare(models.Actor{}, w.zhou, models.KinSibling), problem.Unauthorized, "policy.login")
		if err := w.declare(w.director, models.Someone{ResidentID: 5}, models.KinSibling); !problem.Is(err, problem.NotFound) {
			t.Errorf("a person of nowhere: %v", err)
		}
		if err := w.declare(w.director, models.Someone{UserID: 5}, models.KinSibling); !problem.Is(err, problem.Invalid) {
			t.Errorf("a login without a post: %v", err)
		}
		record := func(a models.Actor, first models.Someone, evidence string) error {
			_, err := w.in().RecordKinship(ctx, a, store.KinshipDraft{First: store.Named{Someone: first}, Other: store.Named{Someone: w.zhou}, Kin: models.KinSpouse, Evidence: evidence})
			return err
		}
		refused(t, record(w.clerk, w.wu, "register"), problem.Forbidden, "policy.forbidden")
		if err := record(w.member, w.wu, ""); !problem.Is(err, problem.Invalid) {
			t.Errorf("without a paper: %v", err)
		}
		refused(t, record(w.member, models.Someone{UserID: w.member.UserID}, "register"), problem.Forbidden, "policy.kinship.party")
		must(t, record(w.member, w.wu, "register"))
		refused(t, record(w.member, w.wu, "register"), problem.Conflict, "kinship.twice")
	})
}

// The roll finds a relative by name and home, as a form gives them.
func TestRelativeByNameAndHome(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	w := newKinWorld(t, db)
	grids, err := w.in().Grids(ctx)
	must(t, err)
	for room, good := range map[string]bool{"501": true, "1-501": true, "502": false, "": false} {
		_, err := w.in().DeclareKinship(ctx, w.director, store.KinshipDraft{Kin: models.KinSpouse,
			Other: store.Named{Name: " 周宁 ", Building: grids[1].Buildings[0].ID, Room: room}})
		if good && err != nil && !problem.Is(err, problem.Conflict) || !good && !problem.Is(err, problem.Invalid) {
			t.Errorf("room %q: %v", room, err)
		}
	}
}

// Husband and wife declare each other at once, on two processes: one row.
func TestKinshipAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newKinWorld(t, db)
		other := db.Second(t)
		must(t, other.Load(ctx))
		wife, husband := w.director, w.clerk
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i, s := range []*store.Store{db.Store, other} {
			a, b := wife, husband
			if i == 1 {
				a, b = husband, wife
			}
			wg.Go(func() {
				_, errs[i] = s.In(w.c).DeclareKinship(ctx, a, store.KinshipDraft{Other: store.Named{Someone: models.Someone{UserID: b.UserID}}, Kin: models.KinSpouse})
			})
		}
		wg.Wait()
		if lost := errors.Join(errs...); (errs[0] == nil) == (errs[1] == nil) || !problem.Is(lost, problem.Conflict) {
			t.Errorf("one must win: %v", errs)
		}
	})
}
