package policy

import (
	"testing"

	"juwu/internal/problem"
	"juwu/models"
)

// Art. 13: one for 20 to 50 households.
func TestRepSeats(t *testing.T) {
	for _, tc := range []struct{ households, least, most int }{
		{0, 0, 0}, {1, 1, 1}, {19, 1, 1}, {20, 1, 1}, {39, 1, 1}, {40, 1, 2}, {49, 1, 2}, {50, 1, 2}, {51, 2, 2}, {60, 2, 3}, {100, 2, 5}, {101, 3, 5}, {2159, 44, 107},
	} {
		if least, most := RepSeats(tc.households); least != tc.least || most != tc.most {
			t.Errorf("%d households: %d to %d, want %d to %d", tc.households, least, most, tc.least, tc.most)
		}
	}
	if UsualRepSeats(100, 1) || !UsualRepSeats(100, 2) || !UsualRepSeats(100, 5) || UsualRepSeats(100, 6) {
		t.Error("bounds of 100 households")
	}
}

func candidates(votes ...int) []models.BodyCandidate {
	out := make([]models.BodyCandidate, len(votes))
	for i, n := range votes {
		out[i] = models.BodyCandidate{Tenant: models.Tenant{ID: models.ID(i + 1)}, Votes: n}
	}
	return out
}

func TestElectBody(t *testing.T) {
	for name, tc := range map[string]struct {
		entitled, took, seats        int
		votes                        []int
		valid                        bool
		elected, subs, tied, missing int
	}{
		"half is not enough":             {20, 10, 1, []int{10}, false, 0, 0, 0, 1},
		"one more than half":             {20, 11, 1, []int{6}, true, 1, 0, 0, 0},
		"exactly half of the votes":      {20, 12, 1, []int{6}, true, 0, 1, 0, 1},
		"odd numbers":                    {21, 11, 1, []int{6, 5}, true, 1, 1, 0, 0},
		"half of an odd number":          {21, 10, 1, []int{10}, false, 0, 0, 0, 1},
		"a third stands by":              {20, 12, 1, []int{8, 4, 3}, true, 1, 1, 0, 0},
		"tie at the last seat":           {30, 20, 1, []int{12, 12}, true, 0, 0, 2, 1},
		"tie that does not matter":       {30, 20, 2, []int{12, 12, 8}, true, 2, 1, 0, 0},
		"tie of two for the second seat": {30, 20, 2, []int{15, 12, 12}, true, 1, 0, 2, 1},
		"tie above the edge":             {30, 20, 3, []int{15, 15, 12, 11}, true, 3, 1, 0, 0},
		"fewer candidates than seats":    {30, 20, 3, []int{15}, true, 1, 0, 0, 2},
		"nobody votes":                   {0, 0, 1, []int{0}, false, 0, 0, 0, 1},
		"no votes are no substitute":     {3, 2, 1, []int{2, 0}, true, 1, 0, 0, 0},
	} {
		r := ElectBody(tc.entitled, tc.took, tc.seats, candidates(tc.votes...))
		if r.Valid != tc.valid || len(r.Elected) != tc.elected || len(r.Substitutes) != tc.subs || len(r.Tied) != tc.tied || r.Missing != tc.missing {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestBodyCountMustBePossible(t *testing.T) {
	v := models.BodyVote{TookPart: 10, Void: 1, Seats: 2}
	for name, tc := range map[string]struct {
		votes []int
		void  int
		ok    bool
	}{
		"all":                 {[]int{9, 9}, 1, true},
		"more than took part": {[]int{10, 0}, 1, false},
		"negative":            {[]int{-1, 3}, 1, false},
		"too many in all":     {[]int{9, 9, 1}, 1, false},
		"void over":           {[]int{1}, 11, false},
		"nobody":              {nil, 1, false},
	} {
		v.Void = tc.void
		if err := CheckBodyCount(v, candidates(tc.votes...)); (err == nil) != tc.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMayStand(t *testing.T) {
	good := Standing{Kind: models.BodyGroup, Post: models.SitsRep, Birth: "2008-11-23", Day: "2026-11-23", Active: true, Belongs: true}
	if err := MayStand(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Standing){
		"a day under 18":     func(s *Standing) { s.Birth = "2008-11-24" },
		"no birth":           func(s *Standing) { s.Birth = "" },
		"moved":              func(s *Standing) { s.Active = false },
		"another group":      func(s *Standing) { s.Belongs = false },
		"leader without rep": func(s *Standing) { s.Post = models.SitsHead },
		"supervisor of own":  func(s *Standing) { s.Kind, s.Posts = models.BodySupervision, SetOf(models.RoleCommitteeMember) },
		"clerk supervises":   func(s *Standing) { s.Kind, s.Posts = models.BodySupervision, SetOf(models.RoleClerk) },
		"relative":           func(s *Standing) { s.Kind, s.Relatives = models.BodySupervision, SetOf(models.RoleDirector) },
	} {
		s := good
		change(&s)
		if err := MayStand(s); !problem.Is(err, problem.Conflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !Adult("2008-02-29", "2026-03-01") || Adult("2008-02-29", "2026-02-28") {
		t.Error("29 February")
	}
}

// Counted by one, confirmed by another who does not stand.
func TestMayConfirmBodyVote(t *testing.T) {
	v := models.BodyVote{State: models.BodyVoteCounted, RecorderID: 1, RecorderKey: "r9"}
	director := Signer{UserID: 2, PersonKey: "u2", Roles: SetOf(models.RoleDirector)}
	for name, tc := range map[string]struct {
		by       Signer
		resident models.ID
		state    models.BodyVoteState
		ok       bool
	}{
		"another":             {director, 0, models.BodyVoteCounted, true},
		"the recorder":        {Signer{UserID: 1, Roles: SetOf(models.RoleDirector)}, 0, models.BodyVoteCounted, false},
		"the recorder's self": {Signer{UserID: 3, PersonKey: "r9", Roles: SetOf(models.RoleDirector)}, 0, models.BodyVoteCounted, false},
		"a candidate":         {director, 7, models.BodyVoteCounted, false},
		"a clerk":             {Signer{UserID: 4, Roles: SetOf(models.RoleClerk)}, 0, models.BodyVoteCounted, false},
		"too early":           {director, 0, models.BodyVoteOpen, false},
		"twice":               {director, 0, models.BodyVoteConfirmed, false},
	} {
		v.State = tc.state
		err := MayConfirmBodyVote(v, models.BodyGroup, []models.BodyCandidate{{ResidentID: 7}}, tc.by, tc.resident)
		if (err == nil) != tc.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDecisionsCover(t *testing.T) {
	d := models.Decision{Class: models.MatterFunds, MoneyFen: 100}
	if !Covers(d, models.MatterFunds) || Covers(d, models.MatterProject) {
		t.Error("its class and no other")
	}
	if !Covers(models.Decision{Class: models.MatterPlan}, models.MatterFunds) || Covers(models.Decision{Class: models.MatterFunds}, models.MatterPlan) {
		t.Error("the budget covers uses that stand in it, not the other way round")
	}
	d.RevokedByID = 5
	if Covers(d, models.MatterFunds) {
		t.Error("taken back")
	}
	for _, tc := range []struct {
		money, used, more models.Fen
		ok                bool
	}{{100, 0, 100, true}, {100, 0, 101, false}, {100, 99, 1, true}, {100, 100, 1, false}, {100, 100, 0, true}, {0, 5, 1 << 60, true}, {100, 0, -1, false}} {
		if got := CoversMoney(models.Decision{MoneyFen: tc.money}, tc.used, tc.more); got != tc.ok {
			t.Errorf("%+v: %v", tc, got)
		}
	}
	if got := Delegated(models.Decision{Class: models.MatterDelegate, Covers: "plan covenant delegate resignation nonsense"}); len(got) != 2 {
		t.Errorf("what may be delegated: %v", got)
	}
	if len(MajorMatters) != 6 {
		t.Error("six major matters")
	}
}

// 过半数 excludes the half itself, 三分之一以上 includes the third.
func TestFractions(t *testing.T) {
	for _, tc := range []struct {
		x, n        int
		half, third bool
	}{
		{4, 10, false, true}, {5, 10, false, true}, {6, 10, true, true}, {5, 11, false, true}, {6, 11, true, true},
		{2, 9, false, false}, {3, 9, false, true}, {4, 9, false, true}, {3, 10, false, false}, {0, 0, false, false}, {0, 1, false, false}, {1, 1, true, true},
	} {
		if MoreThanHalf(tc.x, tc.n) != tc.half || AtLeastThird(tc.x, tc.n) != tc.third {
			t.Errorf("%d of %d: more than half %v, a third %v", tc.x, tc.n, MoreThanHalf(tc.x, tc.n), AtLeastThird(tc.x, tc.n))
		}
	}
}
