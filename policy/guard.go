package policy

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"

	"juwu/internal/problem"
	"juwu/models"
)

// Guard answers whether a role may do an action to an object. Casbin reads the
// model and the rules and is the source of truth; its answers are tabled at
// load, because a table answers in tens of nanoseconds and Casbin in tens of
// microseconds. Every doubt is a no: the zero Guard, an unknown word, an
// appointment that ended yesterday.
//
// Casbin itself is let go after that: it would take megabytes and answer
// nothing that the table does not.
type Guard struct {
	table   atomic.Pointer[table]
	posts   atomic.Pointer[posts]
	setting sync.Mutex // one SetAppointments at a time
}

type power struct{ object, action string }

// cell is one square of the matrix.
type cell struct {
	allow, deny RoleSet
	denials     []denial
}

// denial is a denying rule with all roles that it reaches.
type denial struct {
	rule  rule
	roles RoleSet
}

type table struct {
	cells map[power]cell
	order []power // as in roles.csv
	later map[string]bool
}

// LoadGuard builds the guard from the text of casbin.conf and the embedded
// roles.csv. It fails on a model or a rule that is not understood, and on a
// model that would answer otherwise than the rules read.
func LoadGuard(conf string) (*Guard, error) { return newGuard(conf, rolesCSV) }

func newGuard(conf, csv string) (*Guard, error) {
	rules, err := readRules(csv)
	if err != nil {
		return nil, err
	}
	e, err := enforcer(conf, rules)
	if err != nil {
		return nil, err
	}
	t, err := compile(e, rules)
	if err != nil {
		return nil, err
	}
	if err := agree(e, t); err != nil {
		return nil, err
	}
	g := &Guard{}
	g.table.Store(t)
	return g, nil
}

func enforcer(conf string, rules []rule) (*casbin.SyncedEnforcer, error) {
	m, err := model.NewModelFromString(conf)
	if err != nil {
		return nil, fmt.Errorf("casbin.conf: %w", err)
	}
	e, err := casbin.NewSyncedEnforcer(m, adapter(rules))
	if err != nil {
		return nil, fmt.Errorf("casbin.conf: %w", err)
	}
	return e, nil
}

// Copy is a guard with the same rules and no appointments yet, as another
// process has it.
func (g *Guard) Copy() *Guard {
	c := &Guard{}
	c.table.Store(g.table.Load())
	return c
}

// compile tables the rules Casbin holds. A role's permissions include those of
// the roles it inherits from, as Casbin's role manager knows them.
func compile(e *casbin.SyncedEnforcer, rules []rule) (*table, error) {
	t, err := squares(rules)
	if err != nil {
		return nil, err
	}
	known := map[string]RoleSet{}
	for _, r := range rules {
		if r.kind != "p" {
			continue
		}
		if known[r.fields[0]] == 0 {
			if known[r.fields[0]], err = heirs(e, r.fields[0]); err != nil {
				return nil, err
			}
		}
		t.put(r, known[r.fields[0]])
	}
	return t, nil
}

// squares lists the objects and actions that the rules name, all empty.
func squares(rules []rule) (*table, error) {
	t := &table{cells: map[power]cell{}, later: laterObjects(rules)}
	objects := map[string]bool{}
	for _, r := range rules {
		if r.kind != "p" {
			continue
		}
		key := power{r.fields[1], r.fields[2]}
		objects[key.object] = true
		if _, known := t.cells[key]; !known && key.action != anyAction {
			t.cells[key] = cell{}
			t.order = append(t.order, key)
		}
	}
	for object := range t.later {
		if !objects[object] {
			return nil, fmt.Errorf("roles.csv: later %s has no line", object)
		}
	}
	return t, nil
}

// put writes a rule that holds for these roles into its squares.
func (t *table) put(r rule, roles RoleSet) {
	for _, key := range t.order {
		if key.object != r.fields[1] || r.fields[2] != anyAction && key.action != r.fields[2] {
			continue
		}
		c := t.cells[key]
		if r.fields[3] == effectDeny {
			c.deny |= roles
			c.denials = append(c.denials, denial{r, roles})
		} else {
			c.allow |= roles
		}
		t.cells[key] = c
	}
}

// heirs are the role itself and all roles that inherit from it.
func heirs(e *casbin.SyncedEnforcer, role string) (RoleSet, error) {
	var s RoleSet
	for _, r := range everyRole {
		linked, err := e.GetRoleManager().HasLink(string(r), role)
		if err != nil {
			return 0, fmt.Errorf("policy: roles of %s: %w", r, err)
		}
		if linked {
			s |= roleBit[r]
		}
	}
	return s, nil
}

// agree asks Casbin itself about a sample of the squares, and about things
// nobody has heard of. A model whose matcher or effect was damaged answers
// wrong nearly everywhere, so it is found here, before the first request. (The
// test asks about every role and square; at each start that would be slow.)
func agree(e *casbin.SyncedEnforcer, t *table) error {
	for i, key := range t.order {
		c := t.cells[key]
		role := everyRole[i%len(everyRole)]
		if i%4 == 0 && c.allow != 0 {
			role = first(c.allow)
		} else if i%2 == 1 {
			continue
		}
		yes, err := e.Enforce(string(role), key.object, key.action)
		if err != nil {
			return fmt.Errorf("casbin.conf: %w", err)
		}
		if yes != c.permits(roleBit[role]) {
			return fmt.Errorf("casbin.conf: the model does not answer as roles.csv reads: %s %s %s", role, key.object, key.action)
		}
	}
	for _, odd := range [][]any{{"nobody", "account", "read"}, {"visitor", "nothing", "read"}, {"director", "account", "nothing"}, {"*", "*", "*"}, {"visitor", "*", "read"}, {"visitor", "account*", "read"}, {"visitor", "account", "*"}} {
		yes, err := e.Enforce(odd...)
		if err != nil {
			return fmt.Errorf("casbin.conf: %w", err)
		}
		if yes {
			return errors.New("casbin.conf: the model allows what no rule names")
		}
	}
	return denialWins(e, t)
}

// denialWins asks Casbin about somebody who holds a role that is allowed and
// one that is denied, for every square where there are both.
func denialWins(e *casbin.SyncedEnforcer, t *table) error {
	roles := e.GetRoleManager()
	for _, key := range t.order {
		c := t.cells[key]
		if c.allow&^c.deny == 0 || c.deny == 0 {
			continue
		}
		allowed, denied := string(first(c.allow&^c.deny)), string(first(c.deny))
		both := allowed + " and " + denied // no user has such a name
		if err := errors.Join(roles.AddLink(both, allowed), roles.AddLink(both, denied)); err != nil {
			return fmt.Errorf("casbin.conf: %w", err)
		}
		yes, err := e.Enforce(both, key.object, key.action)
		if err := errors.Join(err, roles.DeleteLink(both, allowed), roles.DeleteLink(both, denied)); err != nil {
			return fmt.Errorf("casbin.conf: %w", err)
		}
		if yes {
			return fmt.Errorf("casbin.conf: a denial does not win: %s %s %s", both, key.object, key.action)
		}
	}
	return nil
}

func first(s RoleSet) models.Role {
	if roles := s.Roles(); len(roles) > 0 {
		return roles[0]
	}
	return ""
}

func (c cell) permits(roles RoleSet) bool { return c.allow.Any(roles) && !c.deny.Any(roles) }

// May tells whether somebody with these roles may do the action to the object.
func (g *Guard) May(roles RoleSet, object, action string) bool {
	if g == nil {
		return false
	}
	t := g.table.Load()
	if t == nil {
		return false
	}
	c, known := t.cells[power{object, action}]
	return known && c.permits(roles)
}

// anywhere lists what is done outside any one community. All else is denied
// without one: "director of somewhere" is no permission.
var anywhere = map[string]bool{"me": true, "office": true, "system": true, "community": true}

// Allowed is nil if the actor may do the action to an object of the community
// on the day; otherwise a problem: Unauthorized for a visitor, who may log in,
// Forbidden for everybody else. Its Rule names the line for the log; the reader
// is never told it. community is nil for pages that belong to none.
func (g *Guard) Allowed(actor models.Actor, community *models.Community, object, action string, day models.Date) error {
	roles := g.RolesOf(actor, community, day)
	if (community != nil || anywhere[object]) && g.May(roles, object, action) {
		return nil
	}
	kind, key := problem.Forbidden, "policy.forbidden"
	if actor.UserID == 0 && !actor.System {
		kind, key = problem.Unauthorized, "policy.login"
	}
	return problem.New(kind, key, nil).Because(g.reason(roles, community, object, action))
}

// reason says for the log why the answer was no.
func (g *Guard) reason(roles RoleSet, community *models.Community, object, action string) string {
	asked := object + " " + action
	if g == nil || g.table.Load() == nil {
		return "no rules are loaded: " + asked
	}
	if community == nil && !anywhere[object] {
		return "no community: " + asked
	}
	c, known := g.table.Load().cells[power{object, action}]
	if !known {
		return "roles.csv names no " + asked
	}
	for _, d := range c.denials {
		if d.roles.Any(roles) {
			return d.rule.String()
		}
	}
	return fmt.Sprintf("roles.csv: no line allows %v %s", roles.Roles(), asked)
}

// Row of the public matrix.
type Row struct {
	Object string
	Action string
	Roles  []models.Role // who may; a visitor stands for everybody
}

// Matrix lists who may do what for the capabilities that exist, in the order
// of roles.csv: the page /{community}/powers.
func (g *Guard) Matrix() []Row {
	t := g.table.Load()
	if t == nil {
		return nil
	}
	rows := make([]Row, 0, len(t.order))
	for _, key := range t.order {
		if t.later[key.object] {
			continue
		}
		c := t.cells[key]
		if may := widest(c.allow &^ c.deny); may != 0 {
			rows = append(rows, Row{key.object, key.action, may.Roles()})
		}
	}
	return rows
}

// widest names only the widest of visitor, person and resident, because "all,
// and also residents" helps no reader.
func widest(s RoleSet) RoleSet {
	everybody := SetOf(models.RoleVisitor)
	logged := SetOf(RolePerson)
	known := SetOf(models.RoleResident)
	neighbours := SetOf(models.RoleResidentRep, models.RoleGroupLeader, models.RoleBuildingLead, models.RoleGridWorker,
		RoleVoter, RoleHouseholdRep, RoleVolunteer, RoleTeamLeader)
	switch {
	case s.Any(everybody):
		return everybody
	case s.Any(logged):
		return s &^ (known | neighbours)
	case s.Any(known):
		return s &^ neighbours
	}
	return s
}

// Knows tells whether roles.csv names the object and action at all, for the
// test that walks the routes.
func (g *Guard) Knows(object, action string) bool {
	t := g.table.Load()
	return t != nil && slices.Contains(t.order, power{object, action})
}
