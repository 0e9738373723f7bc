package policy

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"juwu/models"
)

// One test for each separation-of-duty rule of domain.md G3, by its number.
// What a rule says at its limits is in the test of the function that keeps it.
func TestSeparation(t *testing.T) {
	if len(Separations) != 16 || len(separationTests) != 16 {
		t.Errorf("%d rules, %d tests", len(Separations), len(separationTests))
	}
	g := guard(t)
	for _, s := range Separations {
		t.Run(strconv.Itoa(s.N), func(t *testing.T) { separationTests[s.N](t, g) })
	}
}

func never(t *testing.T, g *Guard, role models.Role, object, action string, others ...models.Role) {
	t.Helper()
	if g.May(SetOf(append(others, role)...), object, action) {
		t.Errorf("%s (also %v) may %s %s", role, others, object, action)
	}
}

func only(t *testing.T, g *Guard, object, action string, roles ...models.Role) {
	t.Helper()
	c := g.table.Load().cells[power{object, action}]
	if got := c.allow &^ c.deny; got != SetOf(roles...) {
		t.Errorf("%s %s: %v, want %v", object, action, got.Roles(), roles)
	}
}

func wantKey(t *testing.T, err error, want string) {
	t.Helper()
	if got := key(err); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// separationTests by the number of the rule.
var separationTests = map[int]func(*testing.T, *Guard){
	1: func(t *testing.T, g *Guard) { // committee members and near relatives are no supervisors
		for _, r := range CommitteeRoles.Roles() {
			n := nomination(models.RoleSupervisor)
			n.Holds = SetOf(r)
			wantKey(t, MayAppoint(n), "policy.appointment.incompatible")
			n.Holds, n.Relatives = 0, SetOf(r)
			wantKey(t, MayAppoint(n), "policy.appointment.relative")
			never(t, g, r, "account", "sign_supervisor")
		}
	},
	2: func(t *testing.T, g *Guard) { // the nominated leave the election committee
		never(t, g, RoleCandidate, "election", "manage", RoleECMember, RoleECChair)
		never(t, g, RoleCandidate, "election", "publish", RoleECChair)
		never(t, g, RoleCandidate, "nomination", "review", RoleECMember)
	},
	3: func(t *testing.T, g *Guard) { // candidates do not count
		for _, action := range []string{"enter", "confirm", "seal"} {
			never(t, g, RoleCandidate, "tally", action, RoleTeller, RolePollWatcher, RoleECChair)
		}
	},
	4: func(t *testing.T, g *Guard) { never(t, g, RoleCandidate, "proxy", "accept", RoleVoter) },
	5: func(t *testing.T, g *Guard) { // nobody approves their own
		own := models.ClaimLine{AmountFen: 1, State: models.ClaimOpen}
		wantKey(t, MayApproveLine(models.Claim{UserID: 2}, own, signer(2, models.RoleDirector)), "policy.claim.own")
		never(t, g, models.RoleDirector, "appraisal", "manage", models.RoleSupervisor)
	},
	6: func(t *testing.T, g *Guard) { // three signatures, three people
		only(t, g, "account", "sign_clerk", models.RoleClerk)
		only(t, g, "account", "sign_director", models.RoleDirector)
		only(t, g, "account", "sign_supervisor", models.RoleSupervisor)
	},
	7: func(t *testing.T, g *Guard) {
		only(t, g, "tally", "enter", RoleTeller)
		only(t, g, "tally", "confirm", RolePollWatcher)
		only(t, g, "tally", "seal", RoleECChair)
	},
	8: func(t *testing.T, g *Guard) {
		for _, r := range CommitteeRoles.Roles() {
			never(t, g, r, "case", "read_accuser", models.RoleSupervisor)
			never(t, g, r, "case", "read_about_committee", models.RoleSupervisor)
		}
	},
	9: func(t *testing.T, g *Guard) {
		only(t, g, "mediation", "handle", models.RoleMediator, models.RoleMediationHead)
		never(t, g, models.RoleAdmin, "mediation", "handle", models.RoleMediator)
		m := models.Mediation{State: models.MediationOpen}
		if r := MediationRelations(m, MediationReader{Party: true, Handles: true, Serves: true, Heads: true}, 1); r != party {
			t.Errorf("a party mediates: %v", r.Roles())
		}
		if r := MediationRelations(m, MediationReader{Conflict: true, Handles: true, Serves: true, Heads: true}, 1); r != 0 {
			t.Errorf("a relative sees it: %v", r.Roles())
		}
	},
	10: func(t *testing.T, g *Guard) { // not even with every other role
		all := slices.DeleteFunc(slices.Clone(everyRole), func(r models.Role) bool { return r == models.RoleAdmin })
		for _, p := range []power{{"account", "sign_director"}, {"account", "withdraw"}, {"claim", "approve"}, {"claim", "approve_above"}, {"claim", "read"},
			{"inquiry", "answer"}, {"notice", "publish"}, {"notice", "urgent"}, {"notice", "sign"}, {"resident", "unmask"}, {"resident", "read"}, {"resident", "read_masked"},
			{"resident", "import"}, {"appointment", "appoint"}, {"appointment", "deputy"}, {"second_factor", "reset"}, {"second_factor", "issue_code"},
			{"settings", "approve_threshold"}, {"ballot", "cast"}, {"tally", "seal"}, {"result", "publish"}, {"case", "handle"}, {"case", "read_about_committee"}, {"attachment", "read_original"}} {
			never(t, g, models.RoleAdmin, p.object, p.action, all...)
		}
	},
	11: func(t *testing.T, g *Guard) {
		wantKey(t, MayRemovePublished("2026-08-16", "2026-08-16"), "policy.published.display")
		for _, m := range AccountMoves {
			if m.From == models.AccountPublished && (m.To == models.AccountDraft || m.To == models.AccountDropped) {
				t.Errorf("a published month goes back by %s", m.Action)
			}
		}
	},
	12: func(t *testing.T, g *Guard) { // rights end on the recorded day
		g.SetAppointments([]models.Appointment{{RegionID: 100, UserID: 1, Role: models.RoleDirector, From: "2021-01-01", Until: "2026-08-15"}}, tree, 1)
		if g.Roles(1, 100, "2026-08-15") == 0 || g.Roles(1, 100, "2026-08-16") != 0 {
			t.Error("the old director stays")
		}
		only(t, g, "handover", "record", RoleECChair)
		only(t, g, "handover", "confirm", models.RoleStreet)
	},
	13: func(t *testing.T, g *Guard) { only(t, g, "assembly", "prestudy", models.RolePartyBranch) },
	14: func(t *testing.T, g *Guard) {
		only(t, g, "admission", "propose", models.RoleStation)
		only(t, g, "admission", "approve", models.RoleDistrict)
	},
	15: func(t *testing.T, g *Guard) {
		for _, action := range []string{"sign_clerk", "import", "confirm"} {
			never(t, g, models.RoleDirector, "account", action)
		}
		n := nomination(models.RoleClerk)
		n.Relatives = SetOf(models.RoleDirector)
		wantKey(t, MayAppoint(n), "policy.appointment.relative")
	},
	16: func(t *testing.T, g *Guard) {
		if LosesAllPosts(1) || !LosesAllPosts(2) {
			t.Error("two in a row, art. 37")
		}
	},
}

// The state tables and roles.csv are two views of one thing.
func TestMovesAgreeWithRoles(t *testing.T) {
	g := guard(t)
	check := func(object, action string, roles RoleSet) {
		for _, role := range roles.Roles() {
			if g.Knows(object, action) && !g.May(SetOf(role), object, action) {
				t.Errorf("the state table lets %s %s %s, roles.csv does not", role, object, action)
			}
		}
	}
	for _, m := range AccountMoves {
		check("account", m.Action, m.Roles)
	}
	for _, m := range ClaimMoves {
		check("claim", m.Action, m.Roles)
	}
	for _, m := range InquiryMoves {
		check("inquiry", m.Action, m.Roles)
	}
	for _, m := range NoticeMoves {
		check("notice", m.Action, m.Roles)
	}
	for _, o := range Offices {
		for _, role := range (o.Appointers &^ SetOf(models.RoleAdmin)).Roles() {
			check("appointment", "appoint", SetOf(role))
		}
	}
}

// This package reads no clock, no database and no network, and no word for
// people stands in it.
func TestPure(t *testing.T) {
	allowed := regexp.MustCompile(`^(juwu/models|juwu/internal/problem|github\.com/casbin/.*|golang\.org/x/text/.*|[a-z/0-9]+)$`)
	forbidden := regexp.MustCompile(`^(net|net/.*|database/.*|os|os/.*|log|log/.*|math/rand|crypto/rand)$`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			path, _ := strconv.Unquote(i.Path.Value)
			if !allowed.MatchString(path) || forbidden.MatchString(path) {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}

// Every key this package hands out has its words in both languages.
func TestWords(t *testing.T) {
	g := guard(t)
	need := map[string]bool{}
	for _, r := range everyRole {
		need["role."+string(r)] = true
	}
	for _, k := range g.table.Load().order {
		if !g.table.Load().later[k.object] {
			need["power.object."+k.object], need["power.action."+k.action] = true, true
		}
	}
	for _, c := range Certificates {
		need["certificate."+c.Key], need["certificate."+c.Key+".where"], need["certificate.office."+c.Where] = true, true, true
	}
	for _, row := range Catalogue() {
		need["disclosure_catalogue."+row.Code], need["disclosure_catalogue."+row.Code+".content"] = true, true
		need["disclosure_catalogue.category."+row.Category], need["disclosure_catalogue.rhythm."+string(row.Rhythm)] = true, true
		for _, article := range row.Basis {
			need["disclosure_catalogue.basis."+article] = true
		}
		for _, channel := range row.Channels {
			need["disclosure_catalogue.channel."+channel] = true
		}
	}
	for _, key := range keysInSource(t) {
		need[key] = true
	}
	for _, lang := range []string{"zh-CN", "en"} {
		have := map[string]bool{}
		for _, file := range []string{"role", "power", "certificate", "disclosure_catalogue", "policy"} {
			for key, text := range readWords(t, "../i18n/"+lang+"/"+file+".json") {
				if have[key] || !strings.HasPrefix(key, file+".") || strings.Trim(string(text), "\" ") == "" {
					t.Errorf("%s %s: twice, in the wrong file or empty", lang, key)
				}
				have[key] = true
			}
		}
		for _, key := range slices.Sorted(maps.Keys(need)) {
			if !have[key] {
				t.Errorf("%s lacks %s", lang, key)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(have)) {
			if !need[key] {
				t.Errorf("%s: nobody uses %s", lang, key)
			}
		}
	}
}

// readWords are a file's texts as they stand: a plain one with its quotes, one
// with plural forms as an object.
func readWords(t *testing.T, path string) map[string]json.RawMessage {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]json.RawMessage{}
	if err := json.Unmarshal(b, &words); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return words
}

// keysInSource are the "policy.…" literals of this package.
func keysInSource(t *testing.T) []string {
	t.Helper()
	var keys []string
	files, _ := filepath.Glob("*.go")
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"(policy\.[a-z_.]+)"`).FindAllStringSubmatch(string(b), -1) {
			keys = append(keys, m[1])
		}
	}
	return keys
}
