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
// demand to remove a member up to its vote, a resignation and a by-election.
func (s *story) after() {
	s.handover()
	s.midnight()
	s.recallVote(s.recall())
	s.resignation()
	s.byElection()
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
