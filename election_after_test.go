package main

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"juwu/models"
	"juwu/policy"
)

// after is what follows a sealed election, through the pages: handover, the
// switch of the roles, their end at midnight of the last day of the term, a
// demand to remove a member with its signatures and the vote about it, a
// resignation and a by-election.
func (s *story) after() {
	s.handover()
	s.midnight()
	s.recall()
	s.resignation()
}

func (s *story) handover() {
	s.at(4, "09:00")
	chair, page := s.resident(0), s.office+"/handover"
	chair.does(page, page+"/line", "kind", "seal", "text", "公章一枚")
	line := chair.sees(page).one(`name="line" value="(\d+)"`)
	chair.send(http.StatusUnprocessableEntity, page, page+"/day", "day", string(s.day.AddDays(4))) // the list is open
	chair.does(page, page+"/line", "line", line)
	chair.send(http.StatusUnprocessableEntity, page, page+"/day", "day", string(s.day.AddDays(5))) // tomorrow
	chair.does(page, page+"/day", "day", string(s.day.AddDays(4)))
	if s.as("director").ask(http.MethodGet, "/admin/hemuli", nil); s.as("director").status != http.StatusOK {
		s.t.Errorf("the old director is out before the street has confirmed: %d", s.as("director").status)
	}
	s.as("street").does(page, page+"/confirm")
	if s.as("director").ask(http.MethodGet, s.office, nil); s.as("director").status != http.StatusForbidden {
		s.t.Errorf("the old director after the handover: %d", s.as("director").status)
	}
	if s.resident(0).ask(http.MethodGet, s.office, nil); s.resident(0).status != http.StatusForbidden {
		s.t.Errorf("the electoral committee's chair after the handover: %d", s.resident(0).status)
	}
	s.resident(s.adultNamed(s.order[0])).sees(s.office)
}

// adultNamed is the place of a contender among the adults.
func (s *story) adultNamed(name string) int {
	s.t.Helper()
	for _, n := range []int{4, 12, 13, 14, 15, 16, 17, 18, 22} {
		if s.adults[n].Name == name {
			return n
		}
	}
	s.t.Fatalf("nobody is called %q", name)
	return -1
}

// midnight: the posts hold until the last minute of the recorded day and not a
// minute longer.
func (s *story) midnight() {
	who := s.adultNamed(s.order[0])
	user := s.users["resident"+strconv.Itoa(who)].UserID
	last := policy.LastTermDay(s.day)
	for at, want := range map[time.Time]bool{
		last.AddDays(1).Time().Add(-time.Minute): true,
		last.AddDays(1).Time():                   false,
	} {
		day := models.DateOf(at)
		if got := s.Guard().Roles(user, s.c.ID, day).Has(models.RoleDirector); got != want {
			s.t.Errorf("at %s the director's post holds: %v", at, got)
		}
	}
}

func (s *story) recall() {
	t, page := s.t, "/hemuli/recalls"
	member := s.adultNamed(s.order[2])
	s.resident(member)
	first := s.resident(s.rows[3].adult).sees(page, s.order[2])
	option := first.one(`value="(\d+)"[^>]*>\s*` + s.order[2])
	s.resident(s.rows[3].adult).send(http.StatusUnprocessableEntity, page, page, "act", "demand", "member", option, "reason", "差")
	s.resident(s.rows[3].adult).does(page, page, "act", "demand", "member", option, "reason", "长期不到岗，多次提醒没有改正")
	id := s.resident(s.rows[4].adult).sees(page).one(`name="recall" value="(\d+)"`)
	s.resident(s.rows[3].adult).send(http.StatusConflict, page, page, "act", "sign", "recall", id) // signed with the demand
	s.resident(s.rows[4].adult).send(http.StatusForbidden, page, page, "act", "defend", "recall", id, "defence", "不是本人")
	s.resident(member).does(page, page, "act", "defend", "recall", id, "defence", "我因病住院，已经请假")
	s.as("nobody").ask(http.MethodGet, page, nil)
	if s.as("nobody").status == http.StatusOK {
		t.Error("a visitor reads who is to be removed")
	}
	desk, director := "/admin/hemuli/recalls", s.resident(s.adultNamed(s.order[0]))
	director.send(http.StatusConflict, desk, desk+"/vote", "recall", id, "title", "罢免投票", "day", string(s.day.AddDays(20)))
	for _, v := range s.rows[4:] {
		if v.adult < 0 {
			continue
		}
		signer := s.resident(v.adult).sees(page, "我因病住院")
		if len(signer.all(`(value="sign")`)) == 0 {
			break // enough have signed
		}
		signer.does(page, page, "act", "sign", "recall", id)
	}
	director.does(desk, desk+"/vote", "recall", id, "title", "罢免投票", "day", string(s.day.AddDays(20)))
	director.send(http.StatusConflict, desk, desk+"/vote", "recall", id, "title", "罢免投票", "day", string(s.day.AddDays(20)))
	s.resident(s.rows[5].adult).sees("/hemuli/elections", "罢免投票")
	all, err := s.In(s.c).Elections(cctx, false)
	s.must(err)
	for _, e := range all {
		if e.Kind == models.ElectionRecall { // its vote needs an electoral committee of its own: the first one's time is over
			office := "/admin/hemuli/elections/" + e.ID.String()
			director.does(office+"/committee", office+"/committee/form", "chair", s.named(0), "m1", s.named(5), "m2", s.named(6), "m3", s.named(7), "m4", s.named(8), "decision", "居民代表会议推选")
			s.resident(0).sees(office + "/stations")
		}
	}
}

func (s *story) resignation() {
	page, desk := "/hemuli/recalls", "/admin/hemuli/recalls"
	member := s.adultNamed(s.order[3])
	director := s.resident(s.adultNamed(s.order[0]))
	mine := s.resident(member).sees(page).one(`name="act" value="resign"[^>]*>\s*<input[^>]*name="member" value="(\d+)"`)
	s.resident(s.rows[5].adult).send(http.StatusForbidden, page, page, "act", "resign", "member", mine, "text", "我替他辞职")
	s.resident(member).does(page, page, "act", "resign", "member", mine, "text", "工作调动，去外地居住")
	s.resident(member).send(http.StatusConflict, page, page, "act", "resign", "member", mine, "text", "再交一次辞职")
	id := director.sees(desk).one(`name="resignation" value="(\d+)"`)
	director.does(desk, desk+"/resignation", "resignation", id, "accept", "1", "decision", "居民代表会议同意辞职", "day", string(s.day.AddDays(4)))
	if s.resident(member).ask(http.MethodGet, s.office, nil); s.resident(member).status != http.StatusForbidden {
		s.t.Errorf("who has resigned still enters: %d", s.resident(member).status)
	}
	parent := strings.TrimPrefix(s.public, "/hemuli/elections/")
	director.does(desk, desk+"/by-election", "parent", parent, "title", "补选委员", "post", "member", "seats", "1", "day", string(s.day.AddDays(60)))
	director.sees("/admin/hemuli/elections", "补选委员")
}
