package policy

import (
	"os"
	"testing"

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

// The table must say what Casbin says, for every role and every square.
func TestSnapshotIsCasbin(t *testing.T) {
	g := guard(t)
	tab := g.table.Load()
	for _, key := range append(tab.order, power{"account", "nothing"}, power{"nothing", "read"}, power{"", ""}, power{"*", "*"}, power{"claim", "*"}) {
		for _, role := range append(everyRole, "nobody", "") {
			want, err := g.enforcer.Enforce(string(role), key.object, key.action)
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
	g := guard(t)
	tab := g.table.Load()
	for i, a := range everyRole {
		b := everyRole[(i*7+5)%len(everyRole)]
		for _, pair := range [][2]models.Role{{a, b}, {a, models.RoleAdmin}} {
			user := "user-" + string(pair[0]) + "-" + string(pair[1])
			for _, role := range pair {
				if err := g.enforcer.GetRoleManager().AddLink(user, string(role)); err != nil {
					t.Fatal(err)
				}
			}
			for _, key := range tab.order {
				want, err := g.enforcer.Enforce(user, key.object, key.action)
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
