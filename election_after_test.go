package main

import (
	"net/http"
	"strconv"
	"time"

	"juwu/models"
	"juwu/policy"
)

// after is what follows a sealed election, through the pages: handover, the
// switch of the roles, their end at midnight of the last day of the term, a
// demand to remove a member with its answer and its signatures.
func (s *story) after() {
	s.handover()
	s.midnight()
	s.recall()
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
	s.resident(s.adultNamed(s.won)).sees(s.office)
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
	who := s.adultNamed(s.won)
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
	desk, director := "/admin/hemuli/recalls", s.resident(s.adultNamed(s.won))
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
}
