package main

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"juwu/models"
	"juwu/policy"
)

// Removing a member, resigning and filling the seat again, through the pages
// (art. 20, 21, 24).

const recallsPage, recallsDesk = "/hemuli/recalls", "/admin/hemuli/recalls"

// recall is a demand up to its last signature but one, and the one that makes
// it: the tenth of the voters. It returns the demand.
func (s *story) recall() string {
	member := s.adultNamed(s.order[2])
	s.resident(member)
	first := s.resident(s.rows[3].adult).sees(recallsPage, s.order[2])
	option := first.one(`value="(\d+)"[^>]*>\s*` + s.order[2])
	s.resident(s.rows[3].adult).send(http.StatusUnprocessableEntity, recallsPage, recallsPage, "act", "demand", "member", option, "reason", "差")
	s.resident(s.rows[3].adult).does(recallsPage, recallsPage, "act", "demand", "member", option, "reason", "长期不到岗，多次提醒没有改正")
	id := s.resident(s.rows[4].adult).sees(recallsPage).one(`name="recall" value="(\d+)"`)
	s.resident(s.rows[4].adult).send(http.StatusConflict, recallsPage, recallsPage, "act", "demand", "member", option, "reason", "再提一次同样的要求")
	s.resident(s.rows[3].adult).send(http.StatusConflict, recallsPage, recallsPage, "act", "sign", "recall", id) // signed with the demand
	s.resident(s.rows[4].adult).send(http.StatusForbidden, recallsPage, recallsPage, "act", "defend", "recall", id, "defence", "不是本人")
	s.resident(member).does(recallsPage, recallsPage, "act", "defend", "recall", id, "defence", "我因病住院，已经请假")
	if s.as("nobody").ask(http.MethodGet, recallsPage, nil); s.as("nobody").status == http.StatusOK {
		s.t.Error("a visitor reads who is to be removed")
	}
	need := (len(s.rows) + 9) / 10
	call := []string{"recall", id, "title", "罢免投票", "day", string(s.day.AddDays(20))}
	director := s.resident(s.adultNamed(s.won))
	for i := 1; i < need; i++ {
		director.send(http.StatusConflict, recallsDesk, recallsDesk+"/vote", call...)
		v := s.rows[3+i]
		signer := s.resident(v.adult).sees(recallsPage, "我因病住院")
		if got := signer.counts(); got != [2]int{i, need} {
			s.t.Fatalf("%v signatures are shown, want %d of %d", got, i, need)
		}
		if i == 1 { // from paper, by the number on the roll and the name with it
			name := s.adults[v.adult].Name
			director.send(http.StatusUnprocessableEntity, recallsDesk, recallsDesk+"/sign", "recall", id, "signer", strconv.Itoa(v.number)+" 别人")
			director.does(recallsDesk, recallsDesk+"/sign", "recall", id, "signer", strconv.Itoa(v.number)+" "+name)
			signer.send(http.StatusConflict, recallsPage, recallsPage, "act", "sign", "recall", id)
			continue
		}
		signer.does(recallsPage, recallsPage, "act", "sign", "recall", id)
	}
	if late := s.resident(s.rows[3+need].adult).sees(recallsPage); len(late.all(`(value="sign")`)) > 0 {
		s.t.Error("signatures go on after the tenth")
	}
	s.resident(s.rows[3+need].adult).send(http.StatusConflict, recallsPage, recallsPage, "act", "sign", "recall", id)
	director.send(http.StatusUnprocessableEntity, recallsDesk, recallsDesk+"/vote", "recall", id, "title", "罢免投票", "day", string(s.day.AddDays(40))) // within 30 days
	director.does(recallsDesk, recallsDesk+"/vote", call...)
	director.send(http.StatusConflict, recallsDesk, recallsDesk+"/vote", call...)
	return id
}

var signedOf = regexp.MustCompile(`选民签名 (\d+) 人，满 (\d+) 人`)

// counts are the signatures of a demand as the page has them.
func (r *reader) counts() (out [2]int) {
	r.s.t.Helper()
	m := signedOf.FindStringSubmatch(r.body)
	if m == nil {
		r.s.t.Fatalf("%s reads no count", r.who)
	}
	for i := range out {
		out[i], _ = strconv.Atoi(m[i+1])
	}
	return out
}

// recallVote is the vote about the member in the mode of the election, with an
// electoral committee of its own, in which the member has no place.
func (s *story) recallVote(recall string) {
	member, director := s.adultNamed(s.order[2]), s.resident(s.adultNamed(s.won))
	id := director.sees(recallsDesk).one(`/elections/(\d+)"`)
	office := "/admin/hemuli/elections/" + id
	committee := []string{"chair", s.named(0), "m1", s.named(5), "m2", s.named(6), "m3", s.named(7), "decision", "居民代表会议推选"}
	director.send(http.StatusUnprocessableEntity, office+"/committee", office+"/committee/form", append(committee, "m4", s.named(member))...)
	director.does(office+"/committee", office+"/committee/form", append(committee, "m4", s.named(8))...)
	day := s.day
	s.day = day.AddDays(20)
	s.at(0, "09:00")
	s.resident(0).send(http.StatusForbidden, office+"/stations", office+"/stations/staff", "person", s.named(member), "duty", "watcher")
	if s.resident(member).ask(http.MethodGet, "/admin/hemuli/elections", nil); s.resident(member).status != http.StatusOK {
		s.t.Errorf("the member is out before the vote: %d", s.resident(member).status)
	}
	e, _ := models.ParseID(id)
	about, err := s.In(s.c).Contenders(cctx, e)
	s.must(err)
	if len(about) != 1 || about[0].Name != s.order[2] {
		s.t.Fatalf("the vote is about %+v", about)
	}
	total := s.hold(office, []models.ID{about[0].ID}, func(n int) []int { return []int{n/2 + 1} })[about[0].ID]
	page := s.as("nobody").sees("/hemuli/elections/" + id + "/result")
	if got := page.table("scores")[0][1]; got != strconv.Itoa(total) || page.figures()[0] != len(s.rows) || 2*total <= len(s.rows) {
		s.t.Errorf("%s for the removal, want %d of %d; figures %v", got, total, len(s.rows), page.figures())
	}
	if s.resident(member).ask(http.MethodGet, "/admin/hemuli/elections", nil); s.resident(member).status == http.StatusOK {
		s.t.Error("the removed member is still in the office")
	}
	s.resident(s.rows[4].adult).sees(recallsPage, "已通过").lacks(">" + s.order[2] + " · ")
	s.at(2, "09:00")
	s.resident(0).does(office+"/handover", office+"/handover/line", "kind", "archive", "text", "罢免投票的材料")
	s.day = day
}

// resignation of another member: the post ends when the assembly accepts it.
func (s *story) resignation() {
	member, director := s.adultNamed(s.order[3]), s.resident(s.adultNamed(s.won))
	own := s.resident(member).sees(recallsPage)
	post := own.one(`name="act" value="resign"[^>]*>\s*<input[^>]*name="member" value="(\d+)"`)
	s.resident(s.rows[4].adult).send(http.StatusForbidden, recallsPage, recallsPage, "act", "resign", "member", post, "text", "替他辞职，他不知道")
	own.does(recallsPage, recallsPage, "act", "resign", "member", post, "text", "要到外地照顾父母")
	own.send(http.StatusConflict, recallsPage, recallsPage, "act", "resign", "member", post, "text", "要到外地照顾父母")
	if s.resident(member).ask(http.MethodGet, "/admin/hemuli/elections", nil); s.resident(member).status != http.StatusOK {
		s.t.Errorf("out before the assembly has decided: %d", s.resident(member).status)
	}
	id := director.sees(recallsDesk, "要到外地照顾父母").one(`name="resignation" value="(\d+)"`)
	today := string(models.DateOf(s.Now()))
	decide := func(want int, day string) {
		director.send(want, recallsDesk, recallsDesk+"/resignation", "resignation", id, "accept", "1", "decision", "居民代表会议第九号决定", "day", day)
	}
	decide(http.StatusUnprocessableEntity, string(models.Date(today).AddDays(1)))
	decide(http.StatusSeeOther, today)
	decide(http.StatusConflict, today)
	if s.resident(member).ask(http.MethodGet, "/admin/hemuli/elections", nil); s.resident(member).status == http.StatusOK {
		s.t.Error("who has resigned is still in the office")
	}
}

// byElection fills one of the two empty seats through the assembly of the
// representatives; the term ends with that of the others.
func (s *story) byElection() {
	director := s.resident(s.adultNamed(s.won))
	parent := s.office[len("/admin/hemuli/elections/"):]
	now := models.DateOf(s.Now())
	plan := func(want int, seats string) {
		director.send(want, recallsDesk, recallsDesk+"/by-election", "parent", parent, "title", "补选一名委员", "post", "member", "seats", seats, "mode", "reps", "day", string(now.AddDays(60)))
	}
	plan(http.StatusUnprocessableEntity, "3") // two have left
	plan(http.StatusSeeOther, "1")
	by := &story{script: s.script, mode: models.ModeReps, standing: map[string]string{}}
	var id string
	for _, id = range director.sees("/admin/hemuli/elections").all(`/admin/hemuli/elections/(\d+)"`) {
		if e, _ := models.ParseID(id); s.kindOf(e) == models.ElectionBy {
			break
		}
	}
	was := [3]string{s.office, s.public, string(s.day)}
	s.office, s.public, s.day = "/admin/hemuli/elections/"+id, "/hemuli/elections/"+id, now.AddDays(60)
	by.byRoll(director)
	stand := by.byNames()
	names := []models.ID{stand[0].ID, stand[1].ID}
	s.at(0, "09:00")
	total := by.hold(s.office, names, func(n int) []int { return []int{n, 0} })
	scores := s.as("nobody").sees(s.public + "/result").table("scores")
	if !strings.Contains(scores[0][4], "当选") || scores[0][1] != strconv.Itoa(total[names[0]]) || total[names[0]] != len(by.rows) {
		s.t.Errorf("by-election: %v, want %d of %d", scores, total[names[0]], len(by.rows))
	}
	s.at(3, "09:00")
	chair, page := s.resident(0), s.office+"/handover"
	chair.does(page, page+"/line", "kind", "books", "text", "分工台账")
	chair.does(page, page+"/line", "line", chair.sees(page).one(`name="line" value="(\d+)"`))
	chair.does(page, page+"/day", "day", string(s.day.AddDays(3)))
	s.as("street").does(page, page+"/confirm")
	won := slices.IndexFunc(s.adults, func(r models.Resident) bool { return r.ID == stand[0].Resident })
	user := s.users["resident"+strconv.Itoa(won)].UserID
	last := policy.LastTermDay(models.Date(was[2]))
	for day, want := range map[models.Date]bool{s.day.AddDays(3): true, last: true, last.AddDays(1): false} {
		if got := s.Guard().Roles(user, s.c.ID, day).Has(models.RoleCommitteeMember); got != want {
			s.t.Errorf("on %s the seat of the by-election holds: %v", day, got)
		}
	}
	s.office, s.public, s.day = was[0], was[1], models.Date(was[2])
}

func (s *story) kindOf(id models.ID) models.ElectionKind {
	e, err := s.In(s.c).Election(cctx, id, false)
	s.must(err)
	return e.Kind
}

// byRoll: an electoral committee, the first notice, and a roll of which the
// representatives vote, up to its freeze.
func (s *story) byRoll(director *reader) {
	for _, n := range []int{0, 5, 6, 7, 8} {
		s.resident(n)
	}
	director.does(s.office+"/committee", s.office+"/committee/form", "chair", s.named(0), "m1", s.named(5), "m2", s.named(6), "m3", s.named(7), "m4", s.named(8), "decision", "居民代表会议推选")
	s.at(-34, "09:00")
	chair := s.resident(0)
	chair.does(s.office+"/notices", s.office+"/notices/draft", "template", "day")
	notice := chair.sees(s.office + "/notices").one(`(` + s.office + `/notices/\d+)"`)
	chair.does(notice, notice+"/publish")
	s.register()
	s.at(-28, "09:00")
	s.resident(0).does(s.office+"/roll", s.office+"/roll/publish")
	s.at(-18, "09:00")
	s.resident(0).does(s.office+"/roll", s.office+"/roll/freeze")
	for _, id := range s.rollRows("&state=declared&electors=1") {
		adult, n := s.adultOn(id)
		s.rows = append(s.rows, row{id: id, number: n, adult: adult})
	}
}

// women are so many who had no part yet: a committee without one keeps the next
// seat for her.
func (s *story) women(n int) (out []int) {
	for i := 19; len(out) < n; i++ {
		if s.adults[i].Sex == "f" {
			out = append(out, i)
		}
	}
	return out
}

// byNames: two stand for the seat, who did not before; one station for all.
func (s *story) byNames() []policy.Contender {
	s.at(-14, "09:00")
	for _, n := range s.women(2) {
		s.as("party").does(s.office+"/nominations", s.office+"/nominations/party", "nominee", s.named(n), "post", "member", "text", "热心公益")
	}
	for _, id := range s.resident(0).sees(s.office + "/nominations").all(`/nominations/(\d+)"`) {
		at, name := s.public+"/nominations/"+id, s.resident(0).sees(s.office+"/nominations/"+id).one(`<h1[^>]*>\s*([^<\s]+)`)
		who := slices.IndexFunc(s.adults, func(r models.Resident) bool { return r.Name == name })
		s.resident(who).does(at, at, "accept", "1")
	}
	chair := s.resident(0)
	for _, id := range chair.sees(s.office + "/candidates").all(`/candidates/(\d+)"`) {
		at := s.office + "/candidates/" + id
		chair.does(at, at+"/review", "pass", "1", "decision", "符合条件")
	}
	s.at(-6, "09:00")
	chair = s.resident(0)
	chair.does(s.office+"/candidates", s.office+"/candidates/publish")
	at := s.office + "/stations"
	chair.does(at, at+"/put", "kind", "main", "name", "中心会场", "place", "活动室", "hours", "8:00—17:00")
	chair.does(at, at+"/assign", "station", chair.sees(at).one(`/stations/(\d+)"`))
	e, _ := models.ParseID(s.public[len("/hemuli/elections/"):])
	all, err := s.In(s.c).Contenders(cctx, e)
	s.must(err)
	if len(all) != 2 {
		s.t.Fatalf("%d stand", len(all))
	}
	return all
}
