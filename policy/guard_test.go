package policy

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/casbin/casbin/v2"
	"github.com/google/go-cmp/cmp"

	"juwu/internal/problem"
	"juwu/models"
)

func conf(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("../casbin.conf")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func guard(t testing.TB) *Guard {
	t.Helper()
	g, err := LoadGuard(conf(t))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// casbinItself is the source of truth that the guard was compiled from.
func casbinItself(t testing.TB) *casbin.SyncedEnforcer {
	t.Helper()
	rules, err := readRules(rolesCSV)
	if err != nil {
		t.Fatal(err)
	}
	e, err := enforcer(conf(t), rules)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// spared says which questions the quick run does not put to Casbin, which takes
// its time: it asks a quarter of them, spread over all roles and squares.
func spared(n int) bool { return testing.Short() && n%4 != 0 }

// The table must say what Casbin says, for every role and every square.
func TestSnapshotIsCasbin(t *testing.T) {
	g, e := guard(t), casbinItself(t)
	tab := g.table.Load()
	for i, key := range append(tab.order, power{"account", "nothing"}, power{"nothing", "read"}, power{"", ""}, power{"*", "*"}, power{"claim", "*"}) {
		for j, role := range append(everyRole, "nobody", "") {
			if spared(i + j) {
				continue
			}
			want, err := e.Enforce(string(role), key.object, key.action)
			if err != nil {
				t.Fatal(err)
			}
			if got := g.May(SetOf(role), key.object, key.action); got != want {
				t.Errorf("%s %s %s: table %v, Casbin %v", role, key.object, key.action, got, want)
			}
		}
	}
}

// Somebody with two roles is allowed what either is allowed, unless the other
// is denied it: asked of Casbin itself by giving a made-up user both roles.
func TestSnapshotIsCasbinForTwoRoles(t *testing.T) {
	g, e := guard(t), casbinItself(t)
	tab := g.table.Load()
	for i, a := range everyRole {
		b := everyRole[(i*7+5)%len(everyRole)]
		for _, pair := range [][2]models.Role{{a, b}, {a, models.RoleAdmin}} {
			user := "user-" + string(pair[0]) + "-" + string(pair[1])
			for _, role := range pair {
				if err := e.GetRoleManager().AddLink(user, string(role)); err != nil {
					t.Fatal(err)
				}
			}
			for j, key := range tab.order {
				if spared(i + j) {
					continue
				}
				want, err := e.Enforce(user, key.object, key.action)
				if err != nil {
					t.Fatal(err)
				}
				if got := g.May(SetOf(pair[0], pair[1]), key.object, key.action); got != want {
					t.Errorf("%v %s %s: table %v, Casbin %v", pair, key.object, key.action, got, want)
				}
			}
		}
	}
}

func TestDoubtIsNo(t *testing.T) {
	var none *Guard
	if none.May(^RoleSet(0), "account", "read") || (&Guard{}).May(^RoleSet(0), "account", "read") {
		t.Error("a guard without rules allows")
	}
	empty, err := newGuard(conf(t), "")
	if err != nil {
		t.Fatal(err)
	}
	if empty.May(^RoleSet(0), "account", "read") {
		t.Error("an empty policy allows")
	}
	if err := empty.Allowed(models.Actor{UserID: 1}, &models.Community{ID: 1}, "account", "read", "2026-08-01"); !problem.Is(err, problem.Forbidden) {
		t.Errorf("empty policy: %v", err)
	}
}

// A damaged model or rule file stops the start; it never opens a door.
func TestBadModelRefusesToStart(t *testing.T) {
	good := conf(t)
	bad := map[string]string{
		"empty":             "",
		"no matcher":        strings.Replace(good, "[matchers]", "[nothing]", 1),
		"broken matcher":    strings.Replace(good, "&& g(r.sub, p.sub)", "&& g(r.sub,", 1),
		"matcher true":      strings.Replace(good, "m = r.obj", "m = true || r.obj", 1),
		"anybody":           strings.Replace(good, " && g(r.sub, p.sub)", "", 1),
		"any action":        strings.Replace(good, ` && (r.act == p.act || p.act == "*")`, "", 1),
		"any object":        strings.Replace(good, "r.obj == p.obj && ", "", 1),
		"prefix of objects": strings.Replace(good, "r.obj == p.obj", "keyMatch(p.obj, r.obj)", 1),
		"no denial":         strings.Replace(good, " && !some(where (p.eft == deny))", "", 1),
		"no star":           strings.Replace(good, ` || p.act == "*"`, "", 1),
		"no inheritance":    strings.Replace(good, "g(r.sub, p.sub)", "r.sub == p.sub", 1),
		"unknown function":  strings.Replace(good, "g(r.sub, p.sub)", "h(r.sub, p.sub)", 1),
	}
	for name, text := range bad {
		if g, err := LoadGuard(text); err == nil || g != nil {
			t.Errorf("%s: started", name)
		}
	}
	for name, rules := range map[string]string{
		"role":      "p, boss, account, read, allow",
		"effect":    "p, visitor, account, read, perhaps",
		"star":      "p, visitor, account, *, allow",
		"star obj":  "p, admin, *, read, deny",
		"twice":     "p, visitor, account, read, allow\np, visitor, account, read, allow",
		"short":     "p, visitor, account, read",
		"heir":      "g, boss, visitor",
		"kind":      "q, visitor, account, read, allow",
		"empty":     "p, visitor, , read, allow",
		"later":     "later, nothing",
		"quotes":    `p, "visitor, account, read, allow`,
		"too many":  strings.Repeat("x", 1) + strings.Repeat("\np, visitor, account, read, allow", 400),
		"max rules": many(maxRules + 1),
	} {
		if _, err := newGuard(good, rules); err == nil {
			t.Errorf("rules with %s: started", name)
		}
	}
	if _, err := newGuard(good, many(maxRules)); err != nil {
		t.Errorf("the most rules there may be: %v", err)
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "p, visitor, object, action%d, allow\n", i)
	}
	return b.String()
}

func TestAllowed(t *testing.T) {
	g := guard(t)
	g.SetAppointments([]models.Appointment{
		{RegionID: 100, UserID: 1, Role: models.RoleDirector, From: "2026-01-01"},
		{RegionID: 100, UserID: 2, Role: models.RoleAdmin, From: "2026-01-01"}, // wrong level: nothing
		{RegionID: 10, UserID: 3, Role: models.RoleAdmin, From: "2026-01-01"},
	}, tree, 1)
	here, there := &models.Community{ID: 100}, &models.Community{ID: 200}
	resident := models.Actor{UserID: 7, Links: []models.ResidentLink{{Tenant: models.Tenant{CommunityID: 100}, State: models.LinkOrdinary}}}
	pending := models.Actor{UserID: 8, Links: []models.ResidentLink{{Tenant: models.Tenant{CommunityID: 100}, State: models.LinkPending}}}
	for _, c := range []struct {
		name           string
		actor          models.Actor
		community      *models.Community
		object, action string
		want           problem.Kind // 0: allowed
		rule           string
	}{
		{"a visitor reads", models.Actor{}, here, "account", "read", 0, ""},
		{"a visitor may log in", models.Actor{}, here, "inquiry", "create", problem.Unauthorized, "no line allows"},
		{"a telephone is enough to ask", models.Actor{UserID: 9}, here, "inquiry", "create", 0, ""},
		{"a resident sees the household", resident, here, "household", "read", 0, ""},
		{"not elsewhere", resident, there, "household", "read", problem.Forbidden, "no line allows"},
		{"not before the match", pending, here, "household", "read", problem.Forbidden, ""},
		{"director here", models.Actor{UserID: 1}, here, "notice", "publish", 0, ""},
		{"director there", models.Actor{UserID: 1}, there, "notice", "publish", problem.Forbidden, ""},
		{"director of nowhere", models.Actor{UserID: 1}, nil, "notice", "publish", problem.Forbidden, "no community"},
		{"office without a community", models.Actor{UserID: 1}, nil, "office", "enter", 0, ""},
		{"person without a post", models.Actor{UserID: 9}, nil, "office", "enter", problem.Forbidden, ""},
		{"own page", models.Actor{UserID: 9}, nil, "me", "read", 0, ""},
		{"admin is told by its line", models.Actor{UserID: 3}, here, "resident", "unmask", problem.Forbidden, "admin resident * deny"},
		{"unknown object", models.Actor{UserID: 1}, here, "treasure", "read", problem.Forbidden, "names no treasure read"},
		{"a job forwards", models.Actor{System: true}, here, "inquiry", "forward", 0, ""},
		{"a job signs nothing", models.Actor{System: true}, here, "account", "sign_clerk", problem.Forbidden, ""},
		{"a job is no user", models.Actor{System: true, UserID: 1}, here, "notice", "publish", problem.Forbidden, ""},
	} {
		err := g.Allowed(c.actor, c.community, c.object, c.action, today)
		p := problem.As(err)
		if c.want == 0 {
			if err != nil {
				t.Errorf("%s: %v (%s)", c.name, err, p.Rule)
			}
			continue
		}
		if p == nil || p.Kind != c.want || !strings.Contains(p.Rule, c.rule) {
			t.Errorf("%s: %+v", c.name, p)
		}
	}
}

func TestMatrix(t *testing.T) {
	g := guard(t)
	seen := map[string][]models.Role{}
	for _, row := range g.Matrix() {
		seen[row.Object+" "+row.Action] = row.Roles
		if len(row.Roles) == 0 || g.table.Load().later[row.Object] {
			t.Errorf("row %+v does not belong on the page", row)
		}
	}
	want := map[string][]models.Role{
		"account read":            {models.RoleVisitor},
		"account sign_supervisor": {models.RoleSupervisor},
		"notice urgent":           {models.RoleCommitteeMember, models.RoleViceDirector, models.RoleDirector},
		"me read":                 {RolePerson},
		"tally enter":             {RoleTeller},
		"service book":            nil,
	}
	for key, roles := range want {
		if diff := cmp.Diff(roles, seen[key]); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
	if !g.Knows("case", "create") || g.Knows("account", "nothing") || g.Knows("claim", "*") {
		t.Error("Knows is wrong")
	}
}

// The district of issue A: 500 communities, 20,000 appointments.
func district(t testing.TB) *Guard {
	g := guard(t)
	regions := []models.Region{{ID: 1, Level: models.LevelDistrict}}
	for i := range 25 {
		regions = append(regions, models.Region{ID: models.ID(1000 + i), ParentID: 1, Level: models.LevelStreet})
	}
	for i := range 500 {
		regions = append(regions, models.Region{ID: models.ID(10000 + i), ParentID: models.ID(1000 + i%25), Level: models.LevelCommunity})
	}
	var posts []models.Appointment
	for i := range 20000 {
		role := Offices[i%11].Role
		posts = append(posts, models.Appointment{ID: models.ID(i + 1), UserID: models.ID(100000 + i%9000), RegionID: models.ID(10000 + i%500),
			Role: role, From: "2026-01-01", Until: "2030-12-31"})
	}
	g.SetAppointments(posts, regions, 1)
	return g
}

func TestDecisionAllocatesNothing(t *testing.T) {
	g := district(t)
	actor, community := models.Actor{UserID: 100042}, &models.Community{ID: 10042}
	roles := g.RolesOf(actor, community, today)
	if n := testing.AllocsPerRun(100, func() { g.May(roles, "account", "read_draft") }); n != 0 {
		t.Errorf("May allocates %v", n)
	}
	if n := testing.AllocsPerRun(100, func() {
		if g.Allowed(actor, community, "account", "read", today) != nil {
			t.Error("denied")
		}
	}); n != 0 {
		t.Errorf("Allowed allocates %v", n)
	}
}

func BenchmarkMay(b *testing.B) {
	g := district(b)
	roles := SetOf(models.RoleVisitor, RolePerson, models.RoleDirector)
	b.ReportAllocs()
	for b.Loop() {
		g.May(roles, "account", "sign_director")
	}
}

func BenchmarkAllowed(b *testing.B) {
	g := district(b)
	actor, community := models.Actor{UserID: 100042}, &models.Community{ID: 10042}
	b.ReportAllocs()
	for b.Loop() {
		_ = g.Allowed(actor, community, "account", "read", today)
	}
}

// Whatever is asked, the answer is Casbin's, and an unknown word is a no.
func FuzzMay(f *testing.F) {
	f.Add("director", "account", "sign_director")
	f.Add("admin", "resident", "*")
	f.Add("", "", "")
	f.Add("visitor", "account\x00", "read")
	f.Add("visitor", "ACCOUNT", "Read")
	f.Add("*", "*", "*")
	g, e := guard(f), casbinItself(f)
	f.Fuzz(func(t *testing.T, role, object, action string) {
		want, err := e.Enforce(role, object, action)
		if err != nil {
			want = false
		}
		if got := g.May(SetOf(models.Role(role)), object, action); got != want {
			t.Errorf("%q %q %q: table %v, Casbin %v", role, object, action, got, want)
		}
		if !g.Knows(object, action) && g.May(^RoleSet(0), object, action) {
			t.Errorf("%q %q is allowed and not known", object, action)
		}
	})
}
