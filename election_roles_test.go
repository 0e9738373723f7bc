package main

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/internal/web"
	"juwu/models"
	"juwu/policy"
)

// walkers are those who come to the pages of an election.
var walkers = []string{"nobody", "stranger", "resident20", "resident12", "resident0", "resident5", "issuer", "teller", "watcher", "director", "member", "supervisor", "party", "grid", "street", "district", "technician"}

// roleWalk looks at every page of an election as everybody.
type roleWalk struct {
	*story
	other string // code of another community, whose officer is "elsewhere"
	links map[string][]models.ResidentLink
}

// TestElectionPagesForEveryRole: in each state of an election, each page answers
// each who asks as domain.md's matrix says, none falls over, and nobody is led
// to a page or shown a button that refuses them. The pages are found by following
// the links from where everybody begins; and the same addresses of another
// community give nothing away.
func TestElectionPagesForEveryRole(t *testing.T) {
	if testing.Short() {
		t.Skip("one election, looked at by everybody in each of its states")
	}
	s := &roleWalk{story: &story{script: newScript(t, storetest.New(t), 30), mode: models.ModeVoters, standing: map[string]string{}}, links: map[string][]models.ResidentLink{}}
	s.cast()
	s.day = models.DateOf(s.Now()).AddDays(60)
	s.as("director").does("/admin/hemuli/elections/new", "/admin/hemuli/elections/new", "title", "第三届换届选举", "term", "3", "day", string(s.day), "mode", "voters",
		"director", "1", "deputy", "0", "woman", "0", "member", "4", "pack", policy.DefaultPack)
	id := s.as("director").sees("/admin/hemuli/elections").one(`/admin/hemuli/elections/(\d+)"`)
	s.office, s.public = "/admin/hemuli/elections/"+id, "/hemuli/elections/"+id
	s.look("planned")
	s.byRoll(s.as("director"))
	notice := s.as("nobody").sees(s.public).one(`href="(/hemuli/disclosures/notices/\d+)"`)
	s.as("nobody").sees(notice, "Community hemuli居民选举委员会", "选公〔").sees(notice+"/sheet", "Community hemuli居民选举委员会（章）").lacks("居民委员会（章）")
	s.as("nobody").ask(http.MethodGet, notice+"?lang=en", nil) // kept in a cookie
	s.as("nobody").sees(notice+"/sheet", "Electoral committee of Community hemuli (seal)")
	s.as("nobody").ask(http.MethodGet, notice+"?lang=zh-CN", nil)
	s.at(-14, "09:00")
	for i, post := range []string{"director", "director", "member", "member", "member", "member", "member"} {
		s.as("party").does(s.office+"/nominations", s.office+"/nominations/party", "nominee", s.named(12+i), "post", post, "text", "热心公益")
	}
	for _, n := range s.resident(0).sees(s.office + "/nominations").all(`/nominations/(\d+)"`)[1:] { // one waits for the nominee's answer
		at := s.public + "/nominations/" + n
		s.resident(s.nominee(n)).does(at, at, "accept", "1")
	}
	s.resident(20).does(s.public+"/complaint", s.public+"/complaint", "to", "street", "text", "有人在小区里送米送油拉票")
	s.look("frozen")
	for _, n := range s.resident(0).sees(s.office + "/candidates").all(`/candidates/(\d+)"`) {
		at := s.office + "/candidates/" + n
		s.resident(0).does(at, at+"/review", "pass", "1", "decision", "符合条件")
	}
	s.at(-6, "09:00")
	chair := s.resident(0)
	chair.does(s.office+"/candidates", s.office+"/candidates/publish")
	chair.does(s.office+"/stations", s.office+"/stations/put", "kind", "main", "name", "中心会场", "place", "活动室", "hours", "8:00—17:00")
	station := chair.sees(s.office + "/stations").one(`/stations/(\d+)"`)
	chair.does(s.office+"/stations", s.office+"/stations/assign", "station", station)
	for who, duty := range map[int]string{22: "issuer", 23: "teller", 24: "watcher"} {
		chair.does(s.office+"/stations", s.office+"/stations/staff", "person", s.named(who), "duty", duty)
	}
	s.look("candidates")
	s.at(0, "09:00")
	s.resident(0).does(s.office+"/stations", s.office+"/stations/open")
	table := s.office + "/stations/" + station
	for _, v := range s.rows[:3] {
		s.as("issuer").does(table, table+"/issue", "voter", v.id)
	}
	s.look("voting")
	s.as("watcher").does(table, table+"/papers", "kind", "seal", "note", "0017")
	s.resident(0).does(s.office+"/stations", s.office+"/stations/close")
	s.resident(0).does(s.office+"/count", s.office+"/count/box", "station", station, "in_box", "3")
	s.look("counting")
	s.must(s.In(s.c).Write(cctx, storetest.System, func(tx *store.Tx) error { // nobody entered a sheet: two heaps of paper are enough of them elsewhere
		return tx.Model(&models.Election{}).Where("id = ?", s.id()).UpdateColumns(map[string]any{"state": models.ElectionSealed, "sealed_at": tx.Now, "result": []byte(`{"Valid":true}`)}).Error
	}))
	s.look("sealed")
	s.as("street").does(s.office+"/result", s.office+"/result/void", "ground", "count", "reason", "没有公开唱票，经调查属实")
	s.look("void")
}

func (s *roleWalk) id() models.ID {
	id, _ := models.ParseID(strings.TrimPrefix(s.public, "/hemuli/elections/"))
	return id
}

// cast gives everybody a login.
func (s *roleWalk) cast() {
	other := s.Community(s.t, "elsewhere")
	s.other = other.Code
	s.must(s.WriteGlobal(cctx, storetest.System, func(tx *store.Tx) error {
		for i, p := range []struct {
			who    string
			role   models.Role
			region models.ID
		}{{"stranger", "", 0}, {"member", models.RoleCommitteeMember, s.c.ID}, {"grid", models.RoleGridWorker, s.c.ID}, {"district", models.RoleDistrict, s.c.DistrictID}, {"technician", models.RoleAdmin, s.c.DistrictID},
			{"elsewhere", models.RoleDirector, other.ID}, {"elsewhere", models.RoleSupervisor, other.ID}, {"elsewhere", policy.RoleECChair, other.ID}} {
			u, err := tx.EnsureUser(fmt.Sprintf("1390002%04d", len(p.who)*10+min(i, 5)), "官"+p.who)
			if err != nil {
				return err
			}
			if s.users[p.who] = (models.Actor{UserID: u.ID, Name: u.Name}); p.role == "" {
				continue
			}
			post := models.Appointment{ID: tx.NewID(), RegionID: p.region, UserID: u.ID, Role: p.role, From: "2026-01-01", Decision: "d", Name: u.Name, CreatedAt: tx.Now}
			if err := tx.Create(&post).Error; err != nil {
				return err
			}
		}
		return nil
	}))
	s.must(s.Load(cctx))
	for _, n := range []int{0, 5, 12, 20, 22, 23, 24} {
		s.resident(n)
	}
	for who, n := range map[string]int{"issuer": 22, "teller": 23, "watcher": 24} {
		s.users[who] = s.users[fmt.Sprint("resident", n)]
	}
}

// may tells what the rules say of an address for somebody.
func (s *roleWalk) may(who, method, path string) (rule web.Route, may bool) {
	path, _, _ = strings.Cut(path, "?")
	best := -1
	for _, r := range s.edge.Routes() {
		have, want := strings.Split(path, "/"), strings.Split(r.Path, "/")
		if r.Method != method || len(have) != len(want) {
			continue
		}
		fits, literal := true, 0
		for i := range want {
			switch {
			case want[i] == have[i]:
				literal++
			case !strings.HasPrefix(want[i], ":"):
				fits = false
			}
		}
		if fits && literal > best {
			rule, best = r, literal
		}
	}
	if best < 0 {
		s.t.Errorf("%s is led to %s %s, which is no page", who, method, path)
		return rule, true
	}
	if rule.Object == web.Public {
		return rule, true
	}
	if who == "nobody" {
		return rule, false
	}
	actor := s.users[who]
	if _, known := s.links[who]; !known {
		s.must(s.In(s.c).Write(cctx, storetest.System, func(tx *store.Tx) error {
			var links []models.ResidentLink
			err := tx.Where("live_user = ?", actor.UserID).Find(&links).Error
			s.links[who] = links
			return err
		}))
	}
	actor.Links = s.links[who]
	return rule, rule.Object == web.Self || s.Guard().May(s.Guard().RolesOf(actor, s.c, models.DateOf(s.Now())), rule.Object, rule.Action)
}

var (
	ledTo   = regexp.MustCompile(`<a [^>]*href="([^"]+)"`)
	sentTo  = regexp.MustCompile(`(?:<form[^>]* action|formaction)="([^"]+)"`)
	searchs = regexp.MustCompile(`<form[^>]* method="get"[^>]*>`)
	ofVotes = regexp.MustCompile(`^(/admin)?/hemuli/(elections|recalls)(/|$)`)
)

// addressesOf are the addresses of elections on a page.
func addressesOf(body string, what *regexp.Regexp) (out []string) {
	for _, m := range what.FindAllStringSubmatch(body, -1) {
		at, _, _ := strings.Cut(html.UnescapeString(m[1]), "#")
		if path, _, _ := strings.Cut(at, "?"); ofVotes.MatchString(path) && !slices.Contains(out, at) {
			out = append(out, at)
		}
	}
	return out
}

// look walks as everybody from where each begins, then asks for whatever
// anybody has found.
func (s *roleWalk) look(state string) {
	s.t.Helper()
	s.must(s.Follow(cctx))
	pages, acts := map[string]bool{}, map[string]bool{}
	for _, who := range walkers {
		if s.users[who].UserID == 0 && who != "nobody" {
			continue
		}
		s.walk(state, who, pages, acts)
	}
	s.t.Logf("%s: %d pages, %d forms", state, len(pages), len(acts))
	if state == "void" || state == "sealed" {
		s.t.Log(slices.Sorted(maps.Keys(acts)))
	}
	for _, who := range walkers {
		for _, path := range slices.Sorted(maps.Keys(pages)) {
			rule, may := s.may(who, http.MethodGet, path)
			r := s.as(who).ask(http.MethodGet, path, nil)
			refused := r.status == http.StatusForbidden || r.status == http.StatusUnauthorized || r.status == http.StatusSeeOther && strings.HasPrefix(r.location, "/login")
			if r.status >= 500 || !may && !refused {
				s.t.Errorf("%s: %s as %s (%s %s): %d", state, path, who, rule.Object, rule.Action, r.status)
			}
		}
	}
	s.elsewhere(state, pages, acts)
}

func (s *roleWalk) walk(state, who string, pages, acts map[string]bool) {
	seen, begin := map[string]bool{}, []string{"/hemuli/elections", "/hemuli/recalls", "/admin/hemuli/elections", "/admin/hemuli/recalls"}
	queue := []string{}
	for _, b := range begin {
		if _, may := s.may(who, http.MethodGet, b); may {
			queue = append(queue, b)
		}
	}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if seen[path] || strings.Contains(path, "lang=") {
			continue
		}
		seen[path], pages[path] = true, true
		r := s.as(who).ask(http.MethodGet, path, nil)
		if r.status != http.StatusOK && !(who == "nobody" && r.status == http.StatusSeeOther) {
			s.t.Errorf("%s: %s is led to %s, which answers %d %s", state, who, path, r.status, r.location)
			continue
		}
		if strings.Contains(r.body, "PK\x03\x04") {
			continue
		}
		queue = append(queue, addressesOf(r.body, ledTo)...)
		for _, act := range addressesOf(searchs.ReplaceAllString(r.body, ""), sentTo) {
			acts[act] = true
			method := http.MethodPost
			if rule, may := s.may(who, method, act); !may {
				s.t.Errorf("%s: %s at %s is shown a form to %s, which asks for %s %s", state, who, path, act, rule.Object, rule.Action)
			}
		}
	}
}

// elsewhere: the numbers of one community are nothing in another, whoever asks
// there, and nothing happens here.
func (s *roleWalk) elsewhere(state string, pages, acts map[string]bool) {
	rows := func() (n int64) {
		s.must(s.In(s.c).Write(cctx, storetest.System, func(tx *store.Tx) error { return tx.Model(&models.AuditRow{}).Count(&n).Error }))
		return n
	}
	before, id := rows(), s.id().String()
	for _, path := range slices.Sorted(maps.Keys(pages)) {
		if !strings.Contains(path, id) {
			continue
		}
		for who, at := range map[string]string{"elsewhere": strings.Replace(path, "/hemuli/", "/"+s.other+"/", 1), "director": strings.Replace(path, "/hemuli/", "/"+s.other+"/", 1)} {
			if r := s.as(who).ask(http.MethodGet, at, nil); r.status == http.StatusOK || r.status >= 500 {
				s.t.Errorf("%s: %s as %s: %d", state, at, who, r.status)
			}
		}
		if r := s.as("elsewhere").ask(http.MethodGet, path, nil); r.status == http.StatusOK && strings.HasPrefix(path, "/admin/") {
			s.t.Errorf("%s: %s is open to another community's officer", state, path)
		}
	}
	token := s.as("elsewhere").sees("/admin/" + s.other + "/elections").token
	for act := range acts {
		if !strings.Contains(act, id) {
			continue
		}
		for _, at := range []string{act, strings.Replace(act, "/hemuli/", "/"+s.other+"/", 1)} {
			r := s.as("elsewhere").ask(http.MethodPost, at, url.Values{web.CSRFField: {token}, "reason": {"没有理由"}, "text": {"没有理由"}})
			if r.status < 400 || r.status >= 500 {
				s.t.Errorf("%s: %s as another community's officer: %d", state, at, r.status)
			}
		}
	}
	if after := rows(); after != before {
		s.t.Errorf("%s: another community's officer left %d rows in the record", state, after-before)
	}
}
