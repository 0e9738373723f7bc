package store_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// givePost appoints behind the program's back: appointing has its own tests.
func givePost(t testing.TB, db *storetest.DB, region, user models.ID, role models.Role) {
	t.Helper()
	must(t, db.Exec(ctx, "INSERT INTO appointments (id, region_id, user_id, role, from_day, until_day, decision, name, portfolio, hours, phone, created_at) VALUES (?, ?, ?, ?, '2020-01-01', '', 'd', ?, '', '', '', ?)",
		models.NewID(db.Clock.Now()), region, user, string(role), string(role), db.Clock.Now()))
	must(t, db.Load(ctx))
}

// postHolder logs in, holds the post and has proved the second factor unless raw.
func postHolder(t testing.TB, db *storetest.DB, region models.ID, role models.Role, phone string) models.Actor {
	t.Helper()
	a, _ := logIn(t, db, phone, browser(phone))
	givePost(t, db, region, a.UserID, role)
	a.Name, a.SecondFactor = string(role), true
	return a
}

func digits(t testing.TB, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), at)
	must(t, err)
	return code
}

// enrol takes the actor the whole way and returns the app's key, the recovery
// codes and the raised session.
func enrol(t testing.TB, db *storetest.DB, a models.Actor, code string) (string, []string, models.Actor) {
	t.Helper()
	e, err := db.BeginEnrolment(ctx, a, code, "Juwu", "138****5678")
	must(t, err)
	codes, opened, err := db.FinishEnrolment(ctx, a, browser("x"), e.Pending, digits(t, e.Secret, db.Clock.Now()))
	must(t, err)
	return e.Secret, codes, actorOf(t, db.Store, db, opened.Token)
}

func TestOfficerEnrolsAndComesBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		c := db.Community(t, "hemuli")
		director := postHolder(t, db, c.ID, models.RoleDirector, "13800000001")
		member := postHolder(t, db, c.ID, models.RoleCommitteeMember, "13800000002")
		code, err := db.In(c).IssueEnrolment(ctx, director, member.UserID)
		must(t, err)
		if len(code) != 8 {
			t.Errorf("code %q", code)
		}
		secret, recovery, raised := enrol(t, db, member, strings.ToLower(code[:4]+" "+code[4:]))
		if !raised.SecondFactor || raised.UserID != member.UserID || len(recovery) != 10 {
			t.Fatalf("raised %+v, %d codes", raised, len(recovery))
		}
		if old, err := db.SessionActor(ctx, member.SessionHash, db.Clock.Now()); err != nil || old.UserID != 0 {
			t.Error("the session id was not replaced at the second factor")
		}
		// Twelve hours later the second factor is asked for again.
		db.Clock.Add(store.SecondFactorLife - time.Minute)
		actorOf(t, db.Store, db, "") // time passes without use
		if a, _ := db.SessionActor(ctx, raised.SessionHash, db.Clock.Now()); !a.SecondFactor {
			t.Error("the second factor ended early")
		}
		db.Clock.Add(time.Minute)
		a, err := db.SessionActor(ctx, raised.SessionHash, db.Clock.Now())
		must(t, err)
		if a.UserID == 0 || a.SecondFactor {
			t.Fatalf("after twelve hours: %+v", a)
		}
		opened, err := db.CheckSecond(ctx, a, browser("x"), digits(t, secret, db.Clock.Now()))
		must(t, err)
		if !actorOf(t, db.Store, db, opened.Token).SecondFactor {
			t.Error("not raised again")
		}
	})
}

func TestEnrolmentIsRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		c, other := db.Community(t, "hemuli"), db.Community(t, "other")
		director := postHolder(t, db, c.ID, models.RoleDirector, "13800000001")
		member := postHolder(t, db, c.ID, models.RoleCommitteeMember, "13800000002")
		supervisor := postHolder(t, db, c.ID, models.RoleSupervisor, "13800000003")
		stranger, _ := logIn(t, db, "13800000004", browser("s"))
		issue := func(by models.Actor, in *models.Community, to models.ID) error {
			_, err := db.In(in).IssueEnrolment(ctx, by, to)
			return err
		}
		for name, err := range map[string]error{
			"a member makes a code":                issue(member, c, member.UserID),
			"for oneself":                          issue(director, c, director.UserID),
			"the director for who watches over":    issue(director, c, supervisor.UserID),
			"in another community":                 issue(director, other, member.UserID),
			"somebody without a post gets a code":  issue(director, c, stranger.UserID),
			"the technical administrator does":     issue(postHolder(t, db, c.StreetID, models.RoleAdmin, "13800000005"), c, member.UserID),
			"nobody who is logged in makes a code": issue(models.Actor{}, c, member.UserID),
		} {
			if p := problem.As(err); p == nil || p.Kind != problem.Forbidden && p.Kind != problem.Conflict && p.Kind != problem.Unauthorized {
				t.Errorf("%s: %v", name, err)
			}
		}
		code, err := db.In(c).IssueEnrolment(ctx, director, member.UserID)
		must(t, err)
		if _, err := db.BeginEnrolment(ctx, supervisor, code, "J", "l"); fieldKey(err, "code") != "secondfactor.enrol.wrong" {
			t.Errorf("another person's code: %v", err)
		}
		e, err := db.BeginEnrolment(ctx, member, code, "J", "l")
		must(t, err)
		if _, _, err := db.FinishEnrolment(ctx, supervisor, browser("x"), e.Pending, digits(t, e.Secret, db.Clock.Now())); !problem.Is(err, problem.Conflict) {
			t.Errorf("another person's key: %v", err)
		}
		if _, _, err := db.FinishEnrolment(ctx, member, browser("x"), e.Pending, "000000"); fieldKey(err, "digits") == "" {
			t.Errorf("wrong digits: %v", err)
		}
		_, _, raised := enrol(t, db, member, code)
		if err := issue(director, c, member.UserID); !problem.Is(err, problem.Conflict) {
			t.Errorf("a second enrolment: %v", err)
		}
		if _, err := db.BeginEnrolment(ctx, raised, code, "J", "l"); fieldKey(err, "code") == "" {
			t.Errorf("the code works twice: %v", err)
		}
	})
}

func TestEnrolmentCodeEnds(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	c := db.Community(t, "hemuli")
	director := postHolder(t, db, c.ID, models.RoleDirector, "13800000001")
	member := postHolder(t, db, c.ID, models.RoleCommitteeMember, "13800000002")
	code, err := db.In(c).IssueEnrolment(ctx, director, member.UserID)
	must(t, err)
	db.Clock.Add(72*time.Hour - time.Minute)
	if _, err := db.BeginEnrolment(ctx, member, code, "J", "l"); err != nil {
		t.Errorf("before 72 hours: %v", err)
	}
	db.Clock.Add(time.Minute)
	if _, err := db.BeginEnrolment(ctx, member, code, "J", "l"); fieldKey(err, "code") != "secondfactor.enrol.wrong" {
		t.Errorf("after 72 hours: %v", err)
	}
}

func TestAStepIsTakenOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		c := db.Community(t, "hemuli")
		director := postHolder(t, db, c.ID, models.RoleDirector, "13800000001")
		member := postHolder(t, db, c.ID, models.RoleCommitteeMember, "13800000002")
		code, err := db.In(c).IssueEnrolment(ctx, director, member.UserID)
		must(t, err)
		secret, _, raised := enrol(t, db, member, code)
		if _, err := db.CheckSecond(ctx, raised, browser("x"), digits(t, secret, db.Clock.Now())); fieldKey(err, "digits") != "secondfactor.digits.used" {
			t.Errorf("the digits of the enrolment again: %v", err)
		}
		for name, at := range map[string]time.Duration{"two steps late": -61 * time.Second, "two steps early": 61 * time.Second} {
			if _, err := db.CheckSecond(ctx, raised, browser("x"), digits(t, secret, db.Clock.Now().Add(at))); fieldKey(err, "digits") == "" {
				t.Errorf("%s: %v", name, err)
			}
		}
		db.Clock.Add(time.Minute)
		now := digits(t, secret, db.Clock.Now())
		processes := []*store.Store{db.Store, db.Second(t)}
		var wg sync.WaitGroup
		var mu sync.Mutex
		passed := 0
		for i := range 4 {
			wg.Go(func() {
				_, err := processes[i%2].CheckSecond(ctx, raised, browser("x"), now)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					passed++
				}
			})
		}
		wg.Wait()
		if passed != 1 {
			t.Errorf("the same digits passed %d times", passed)
		}
	})
}

func TestSecondFactorTriesAreLimited(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	c := db.Community(t, "hemuli")
	director := postHolder(t, db, c.ID, models.RoleDirector, "13800000001")
	member := postHolder(t, db, c.ID, models.RoleCommitteeMember, "13800000002")
	code, err := db.In(c).IssueEnrolment(ctx, director, member.UserID)
	must(t, err)
	secret, _, raised := enrol(t, db, member, code)
	for range 9 {
		if _, err := db.CheckSecond(ctx, raised, browser("x"), "000000"); fieldKey(err, "digits") == "" {
			t.Fatal(err)
		}
	}
	db.Clock.Add(30 * time.Second)
	if _, err := db.CheckSecond(ctx, raised, browser("x"), digits(t, secret, db.Clock.Now())); !problem.Is(err, problem.TooMany) {
		t.Errorf("the eleventh try: %v", err)
	}
	db.Clock.Add(time.Hour)
	if _, err := db.CheckSecond(ctx, raised, browser("x"), digits(t, secret, db.Clock.Now())); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}

func TestRecoveryCodesWorkOnceEach(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		c := db.Community(t, "hemuli")
		director := postHolder(t, db, c.ID, models.RoleDirector, "13800000001")
		member := postHolder(t, db, c.ID, models.RoleCommitteeMember, "13800000002")
		code, err := db.In(c).IssueEnrolment(ctx, director, member.UserID)
		must(t, err)
		_, recovery, raised := enrol(t, db, member, code)
		opened, err := db.UseRecovery(ctx, raised, browser("x"), strings.ToLower(recovery[3]))
		must(t, err)
		raised = actorOf(t, db.Store, db, opened.Token)
		if _, err := db.UseRecovery(ctx, raised, browser("x"), recovery[3]); fieldKey(err, "recovery") == "" {
			t.Errorf("the same code again: %v", err)
		}
		if n, err := db.RecoveryLeft(ctx, member.UserID); err != nil || n != 9 {
			t.Errorf("%d left, %v", n, err)
		}
		fresh, err := db.RenewRecovery(ctx, raised)
		must(t, err)
		if _, err := db.UseRecovery(ctx, raised, browser("x"), recovery[4]); fieldKey(err, "recovery") == "" {
			t.Errorf("a code from before the renewal: %v", err)
		}
		_, err = db.UseRecovery(ctx, raised, browser("x"), fresh[0])
		must(t, err)
		if strings.Contains(db.Dump(t, "recovery_codes"), strings.ReplaceAll(fresh[1], "-", "")) {
			t.Error("a recovery code stands in the database")
		}
	})
}

func TestResetTakesTwoPeople(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		c := db.Community(t, "hemuli")
		director := postHolder(t, db, c.ID, models.RoleDirector, "13800000001")
		supervisor := postHolder(t, db, c.ID, models.RoleSupervisor, "13800000003")
		street := postHolder(t, db, c.StreetID, models.RoleStreet, "13800000004")
		member := postHolder(t, db, c.ID, models.RoleCommitteeMember, "13800000002")
		code, err := db.In(c).IssueEnrolment(ctx, director, member.UserID)
		must(t, err)
		_, _, raised := enrol(t, db, member, code)
		tenant := db.In(c)
		if err := tenant.AskReset(ctx, raised, member.UserID, "lost my phone"); !problem.Is(err, problem.Forbidden) {
			t.Errorf("for oneself: %v", err)
		}
		must(t, tenant.AskReset(ctx, director, member.UserID, "phone was stolen"))
		if err := tenant.AskReset(ctx, street, member.UserID, "phone was stolen"); !problem.Is(err, problem.Conflict) {
			t.Errorf("asked twice: %v", err)
		}
		officers, err := tenant.Officers(ctx, director, models.DateOf(db.Clock.Now()))
		must(t, err)
		var request models.ID
		for _, o := range officers {
			if o.MayIssue != (len(o.Roles) == 0) { // all are enrolled or watch over the director
				t.Errorf("the director may hand a code to %v", o.Roles)
			}
			if o.UserID == member.UserID && o.Enrolled && o.Reset != nil {
				request = o.Reset.ID
			}
		}
		for name, by := range map[string]models.Actor{"the one who asked": director, "the person": raised} {
			if err := tenant.DecideReset(ctx, by, request, true); !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s confirmed: %v", name, err)
			}
		}
		must(t, tenant.DecideReset(ctx, supervisor, request, true))
		if err := tenant.DecideReset(ctx, street, request, true); !problem.Is(err, problem.Conflict) {
			t.Errorf("decided twice: %v", err)
		}
		if a, _ := db.SessionActor(ctx, raised.SessionHash, db.Clock.Now()); a.UserID != 0 {
			t.Error("the raised session outlived the reset")
		}
		if u, err := db.User(ctx, member.UserID); err != nil || u.TOTPSeal != nil {
			t.Error("the key is still there")
		}
	})
}

func TestOfficerSessionEndsSooner(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		step, total time.Duration
		alive       bool
	}{
		"idle for almost twelve hours": {store.OfficerIdle - time.Minute, store.OfficerIdle - time.Minute, true},
		"idle for twelve hours":        {store.OfficerIdle, store.OfficerIdle, false},
		"in use for almost a week":     {6 * time.Hour, store.OfficerLife - 6*time.Hour, true},
		"in use for a week":            {6 * time.Hour, store.OfficerLife, false},
	} {
		t.Run(name, func(t *testing.T) {
			db := storetest.New(t)
			c2 := db.Community(t, "hemuli")
			director := postHolder(t, db, c2.ID, models.RoleDirector, "13800000001")
			member := postHolder(t, db, c2.ID, models.RoleCommitteeMember, "13800000002")
			code, err := db.In(c2).IssueEnrolment(ctx, director, member.UserID)
			must(t, err)
			secret, _, a := enrol(t, db, member, code)
			raised := a.SessionHash
			begin := db.Clock.Now()
			for at := time.Duration(0); at < c.total; {
				at += c.step
				db.Clock.Set(begin.Add(at))
				a, err = db.SessionActor(ctx, raised, db.Clock.Now())
				must(t, err)
				// The second factor is proved again when it has run out, which must not
				// move the session's end.
				if a.UserID != 0 && !a.SecondFactor {
					opened, err := db.CheckSecond(ctx, a, browser("x"), digits(t, secret, db.Clock.Now()))
					must(t, err)
					raised = store.HashToken(opened.Token)
				}
			}
			if (a.UserID != 0) != c.alive {
				t.Errorf("alive %v, want %v", a.UserID != 0, c.alive)
			}
		})
	}
}
