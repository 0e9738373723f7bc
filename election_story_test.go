package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"juwu/ballot"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// row is a voter as the office's pages show them.
type row struct {
	id      string
	number  int
	adult   int // place among the adults
	station string
	board   bool
}

// paper is one paper ballot as it lies on the table: the contenders marked for.
type paper struct {
	marks   []string
	damaged bool
}

// story is an election with paper, tablet and telephone. What the voters mark is known here and nowhere in the program.
type story struct {
	*script
	mode     models.ElectionMode
	rows     []row             // who votes
	standing map[string]string // name of a contender to its id
	order    []string          // names of the contenders: two directors, six members, the one written in
	main     string
	branch   string
	board    string // id of the electronic ballot
	slips    []string
	setup    *ballot.Setup
	devices  []*storetest.Device
	online   map[string][]string // what counts on the board: the last marks by slip
	papers   []paper             // in the main box
	refused  int                 // papers in the box that was refused
	won      string              // of the last further vote: the run-off elects the director
}

// TestElectionScript: an election of 和睦里 on the sample roll in each of the three
// modes, with paper, a tablet without a line and telephones: an objection
// upheld, a member of the electoral committee substituted, a mandate, a box
// refused, a revote, a tie and a run-off. Every number of the result is added up
// again from the raw entries, and the archive's board is counted by belenios-tool.
func TestElectionScript(t *testing.T) {
	if testing.Short() {
		t.Skip("three whole elections by HTTP")
	}
	for mode, rows := range map[models.ElectionMode]int{models.ModeVoters: 60, models.ModeHouseholds: 90, models.ModeReps: 60} {
		t.Run(string(mode), func(t *testing.T) {
			s := &story{script: newScript(t, storetest.New(t), rows), mode: mode, standing: map[string]string{}, online: map[string][]string{}}
			s.plan()
			s.register()
			s.objection()
			s.nominate()
			s.chooseTheBoard()
			s.prepare()
			s.ceremony()
			s.vote()
			s.count()
			s.check()
			s.again("tie", 3)
			s.again("runoff", 2)
			s.archive()
			if mode == models.ModeVoters {
				s.after()
			}
			s.must(s.Verify(cctx, func(f store.Finding) { t.Errorf("verify: %s: %s", f.Check, f.What) }))
		})
	}
}

func (s *story) plan() {
	s.day = models.DateOf(s.Now()).AddDays(60)
	s.as("director").does("/admin/hemuli/elections/new", "/admin/hemuli/elections/new", "title", "第三届换届选举", "term", "3", "day", string(s.day), "mode", string(s.mode),
		"director", "1", "deputy", "0", "woman", "0", "member", "4", "pack", policy.DemonstrationPack, "electronic", "1")
	id := s.as("director").sees("/admin/hemuli/elections").one(`/admin/hemuli/elections/(\d+)"`)
	s.office, s.public = "/admin/hemuli/elections/"+id, "/hemuli/elections/"+id
	if s.overrides() {
		s.as("director").does(s.office+"/rules", s.office+"/rules/adopt", "key", policy.RulePaperOverrides, "value", "true", "decision", "居民会议第3号决定")
	}
	for _, n := range []int{0, 4, 5, 6, 7, 8} {
		s.resident(n)
	}
	s.as("director").does(s.office+"/committee", s.office+"/committee/form", "chair", s.named(0), "m1", s.named(4), "m2", s.named(5), "m3", s.named(6), "m4", s.named(7), "s1", s.named(8), "decision", "居民代表会议推选")
	s.at(-34, "09:00")
	s.resident(0).does(s.office+"/notices", s.office+"/notices/draft", "template", "day")
	notice := s.resident(0).sees(s.office + "/notices").one(`(` + s.office + `/notices/\d+)"`)
	s.resident(0).does(notice, notice+"/publish")
	s.as("nobody").sees(s.public, "示范")
}

// overrides tells whether this election lets paper take the place of an
// electronic ballot: that of all voters does, that of the representatives not.
func (s *story) overrides() bool { return s.mode == models.ModeVoters }

// missing is who stands on the roll and was forgotten in the registration.
const missing = 30

// register declares everybody but one: twelve on their telephones, the others at
// the door.
func (s *story) register() {
	chair := s.resident(0)
	chair.does(s.office+"/roll", s.office+"/roll/fill")
	phones := 0
	for _, id := range s.rollRows("") {
		at := s.office + "/roll/" + id
		chair.sees(at)
		adult, _ := s.adultOn(id)
		basis := chair.one(`name="basis" value="(\w+)"[^>]* checked`)
		switch {
		case adult == missing:
			continue
		case basis == "domicile" && phones < 12:
			phones++
			s.resident(adult).does(s.public+"/me", s.public+"/me/declare")
			continue
		}
		chair.does(at, at+"/declare", "way", "door", "basis", basis, "since", "2015-01-01", "evidence", "居住证")
		if len(chair.sees(at).all(`(name="accept")`)) > 0 {
			chair.does(at, at+"/confirm", "accept", "1")
		}
	}
	if s.mode == models.ModeReps {
		s.represent()
	}
	if s.mode != models.ModeVoters {
		chair.does(s.office+"/roll", s.office+"/roll/electors")
	}
	if s.mode == models.ModeHouseholds {
		s.household()
	}
}

// household: one of the families sends somebody else than its head, who then is
// not on the list any more.
func (s *story) household() {
	chair := s.resident(0)
	list := func() []string { return s.rollRows("&electors=1") }
	heads := list()
	for _, id := range s.rollRows("&state=declared") {
		adult, _ := s.adultOn(id)
		if adult < 20 || slices.Contains(heads, id) {
			continue // who stands and who serves stay as they are
		}
		at := s.office + "/roll/" + id
		chair.does(at, at+"/elector", "on", "1")
		now := list()
		gone := slices.DeleteFunc(slices.Clone(heads), func(h string) bool { return slices.Contains(now, h) })
		if len(now) != len(heads) || !slices.Contains(now, id) || len(gone) != 1 {
			s.t.Fatalf("%d heads, then %d; gone %v", len(heads), len(now), gone)
		}
		was, _ := s.adultOn(gone[0])
		if s.adults[was].HouseholdID != s.adults[adult].HouseholdID {
			s.t.Errorf("a vote went from one household to another")
		}
		return
	}
	s.t.Fatal("no household of two voters")
}

// rollRows are the ids of the rows that the office's pages list.
func (s *story) rollRows(query string) (ids []string) {
	chair, after := s.resident(0), ""
	for {
		chair.sees(s.office + "/roll?x=" + query + after)
		part := chair.all(`/roll/(\d+)"`)
		ids = append(ids, part...)
		next := chair.all(`electors=[^"]*after=(\d+)"`)
		if len(next) == 0 || len(part) == 0 || after == "&after="+next[0] {
			return ids
		}
		after = "&after=" + next[0]
	}
}

// adultOn is whose row it is.
func (s *story) adultOn(id string) (adult, number int) {
	s.t.Helper()
	e, _ := models.ParseID(strings.TrimPrefix(s.public, "/hemuli/elections/"))
	v, ok := models.ParseID(id)
	if !ok {
		s.t.Fatalf("no row %s", id)
	}
	r, err := s.In(s.c).Voter(cctx, e, v)
	s.must(err)
	for i, a := range s.adults {
		if r.ResidentID != nil && a.ID == *r.ResidentID {
			return i, r.Number
		}
	}
	return -1, r.Number // somebody who comes of age by the day of the vote and has no login
}

// stands tells whether an adult is nominated in this story, or has no login in it.
func stands(adult int) bool { return adult < 0 || adult == 4 || adult >= 12 && adult <= 18 }

// represent gives every second adult a seat among the residents' representatives.
func (s *story) represent() {
	s.must(s.In(s.c).Write(cctx, storetest.System, func(tx *store.Tx) error {
		b := models.Body{Tenant: models.Tenant{ID: tx.NewID()}, Kind: models.BodyGroup, Name: "第一居民小组", CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Create(&b).Error; err != nil {
			return err
		}
		for i := 1; i < len(s.adults); i += 2 {
			r := s.adults[i]
			m := models.Mandate{Tenant: models.Tenant{ID: tx.NewID()}, BodyID: b.ID, Post: models.SitsRep, ResidentID: r.ID, LiveResident: &r.ID,
				Name: r.Name, From: tx.Day().AddDays(-100), State: models.MandateServing, CreatedAt: tx.Now, UpdatedAt: tx.Now}
			if err := tx.Create(&m).Error; err != nil {
				return err
			}
		}
		return nil
	}))
}

// objection: the forgotten one objects on the telephone and is right.
func (s *story) objection() {
	s.at(-28, "09:00")
	chair := s.resident(0)
	chair.does(s.office+"/roll", s.office+"/roll/publish")
	s.as("nobody").sees(s.public + "/roll")
	chair.send(http.StatusConflict, s.office+"/roll", s.office+"/roll/freeze")
	s.resident(missing).does(s.public+"/me", s.public+"/me/object", "kind", "missing", "name", s.adults[missing].Name, "text", "我在登记时表示过参加选举")
	id := chair.sees(s.office + "/objections").one(`name="objection" value="(\d+)"`)
	chair.does(s.office+"/objections", s.office+"/objections/decide", "objection", id, "uphold", "1", "resident", s.named(missing), "decision", "核对登记表，本人已经表示参加")
	s.as("nobody").sees(s.public+"/objections", "核对登记表")
	s.resident(missing).sees(s.public+"/me", "已登记")
	s.at(-18, "09:00")
	s.resident(0).does(s.office+"/roll", s.office+"/roll/freeze")
	s.resident(0).send(http.StatusConflict, s.office+"/roll", s.office+"/roll/fill")
	query := "&state=declared&electors=1"
	for _, id := range s.rollRows(query) {
		adult, n := s.adultOn(id)
		s.rows = append(s.rows, row{id: id, number: n, adult: adult})
	}
	slices.SortStableFunc(s.rows, func(a, b row) int { // who stands votes on paper, after the others
		return cmp.Compare(btoi(stands(a.adult)), btoi(stands(b.adult)))
	})
}

// boardVoters is how many choose the electronic ballot.
const boardVoters = 7

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// chooseTheBoard: seven on their telephones, and where mandates are possible one
// of them gets that of a neighbour, whose ballot then is electronic too.
func (s *story) chooseTheBoard() {
	for i := range boardVoters {
		s.rows[i].board = true
		s.resident(s.rows[i].adult).does(s.public+"/me", s.public+"/me/channel", "channel", "electronic")
	}
	s.at(-10, "09:00")
	proxy, away := s.rows[0], &s.rows[boardVoters]
	by := fmt.Sprintf("%d %s", proxy.number, s.adults[proxy.adult].Name)
	if s.mode == models.ModeReps {
		s.resident(away.adult).send(http.StatusForbidden, s.public+"/me", s.public+"/me/proxy", "proxy", by, "reason", "出差")
		return
	}
	s.resident(away.adult).does(s.public+"/me", s.public+"/me/proxy", "proxy", by, "reason", "出差")
	id := s.resident(0).sees(s.office + "/proxies").one(`name="id" value="(\d+)"`)
	s.resident(0).does(s.office+"/proxies", s.office+"/proxies/decide", "id", id, "approve", "1")
	away.board = true
	s.resident(away.adult).send(http.StatusConflict, s.public+"/me", s.public+"/me/channel", "channel", "paper")
}

// nominate: the Party branch proposes, ten voters propose a member of the
// electoral committee on their telephones, who accepts and leaves it.
func (s *story) nominate() {
	s.at(-14, "09:00")
	posts := []string{"director", "director", "member", "member", "member", "member", "member"}
	for i, post := range posts {
		s.as("party").does(s.office+"/nominations", s.office+"/nominations/party", "nominee", s.named(12+i), "post", post, "text", "热心公益")
	}
	ids := s.resident(0).sees(s.office + "/nominations").all(`/nominations/(\d+)"`)
	for i := range posts {
		at := s.public + "/nominations/" + ids[i]
		s.resident(missing).sees(at).lacks(`name="accept"`)
		who := s.nominee(ids[i])
		s.resident(who).does(at, at, "accept", "1")
	}
	joint := s.resident(s.rows[0].adult).does(s.public+"/me", s.public+"/me/nominate", "nominee", s.named(4), "post", "member", "text", "办事公道").location
	signers := s.declaredAdults()
	for _, n := range signers[1:9] {
		s.resident(n).does(joint, joint, "sign", "1")
	}
	s.resident(s.rows[0].adult).send(http.StatusConflict, joint, joint, "submit", "1")
	s.resident(signers[9]).does(joint, joint, "sign", "1")
	s.resident(signers[9]).send(http.StatusConflict, joint, joint, "sign", "1")
	s.resident(s.rows[0].adult).does(joint, joint, "submit", "1")
	s.resident(4).does(joint, joint, "accept", "1")
	s.resident(0).sees(s.office+"/committee", s.adults[8].Name)
	s.resident(4).sees(s.public + "/me")
	s.resident(4).ask(http.MethodGet, s.office+"/roll", nil)
	if s.resident(4).status != http.StatusForbidden {
		s.t.Errorf("a candidate still reads the committee's roll: %d", s.resident(4).status)
	}
	for _, id := range s.resident(0).sees(s.office + "/candidates").all(`/candidates/(\d+)"`) {
		at := s.office + "/candidates/" + id
		s.resident(0).does(at, at+"/review", "pass", "1", "decision", "符合条件")
	}
}

// nominee is who a nomination is about.
func (s *story) nominee(id string) int {
	s.t.Helper()
	name := s.resident(0).sees(s.office + "/nominations/" + id).one(`<h1[^>]*>\s*([^<\s]+)`)
	for n := 12; n < 19; n++ {
		if s.adults[n].Name == name {
			return n
		}
	}
	s.t.Fatalf("nobody is called %q", name)
	return -1
}

// declaredAdults are people on the roll of voters who are not candidates; the
// first is who proposes.
func (s *story) declaredAdults() []int {
	out := []int{s.rows[0].adult}
	for n := range s.adults {
		if n != out[0] && (n < 12 || n > 18) && n != 4 && s.resident(n).sees(s.public+"/me").status == http.StatusOK && len(s.resident(n).all(`(me/nominate)"`)) > 0 {
			out = append(out, n)
		}
		if len(out) == 12 {
			return out
		}
	}
	s.t.Fatal("too few voters")
	return nil
}

// cast sends one electronic ballot and wants an answer.
func (s *story) cast(want int, who *reader, right string, slip int, names ...string) {
	s.t.Helper()
	raw, err := storetest.Encrypt(s.setup, s.slips[slip], s.votes(names))
	s.must(err)
	who.ask(http.MethodPost, "/hemuli/elections/"+s.board+"/ballots", url.Values{"voter": {right}, "ballot": {string(raw)}})
	if who.status != want {
		s.t.Fatalf("%s casts: %d, want %d: %s", who.who, who.status, want, who.body)
	}
	if want == http.StatusOK {
		s.online[s.slips[slip]] = names
		var receipt struct{ Tracker string }
		s.must(json.Unmarshal([]byte(who.body), &receipt))
		s.as("nobody").sees("/hemuli/elections/"+s.board+"/board?q="+url.QueryEscape(ballot.Tracker(raw)), "在公告板上")
		if receipt.Tracker != ballot.Tracker(raw) {
			s.t.Error("the receipt is of another ballot")
		}
	}
}

// votes put names into the places of the ballot; a post without a mark is blank.
func (s *story) votes(names []string) ballot.Votes {
	q := s.setup.Election.Questions
	v := make(ballot.Votes, len(q))
	for i := range q {
		v[i] = make([]int, len(q[i].Answers)+1)
		marked := 0
		for j, a := range q[i].Answers {
			for _, n := range names {
				if n == a {
					v[i][j+1] = 1
					marked++
				}
			}
		}
		if marked == 0 {
			v[i][0] = 1
		}
	}
	return v
}
