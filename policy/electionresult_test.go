package policy

import (
	"math/rand/v2"
	"slices"
	"testing"

	"juwu/models"
)

// Reliability number 45: ties and the two majorities, on made-up counts, against
// a second reading of the law that shares no line with the first: the poll
// counts when more than half of the list took part; who has more than half of
// those who took part wins, most votes first, as many as there are seats; those
// who are equal for the last seats vote again.
func TestResultsFollowTheLaw(t *testing.T) {
	rules := PackRules(DefaultPack)
	r := rand.New(rand.NewPCG(45, 2026))
	for round := range 4000 {
		electors := 3 + r.IntN(60)
		took := r.IntN(electors + 1)
		posts := []models.ElectionPost{{Post: models.PostDirector, Seats: 1}, {Post: models.PostMember, Seats: 1 + r.IntN(4)}}
		poll := Poll{Kind: models.ElectionGeneral, Mode: models.ModeVoters, Electors: electors, Issued: took, InBoxes: took, Posts: posts, Tally: Tally{"valid": took}}
		votes := map[models.ID]int{}
		for i := range 2 + r.IntN(7) {
			c := Contender{ID: models.ID(100 + i), Resident: models.ID(200 + i), Post: models.PostMember, Woman: true}
			if i < 2 {
				c.Post = models.PostDirector
			}
			votes[c.ID] = []int{r.IntN(took + 1), took / 2, took/2 + 1, took}[r.IntN(4)]
			votes[c.ID] = min(votes[c.ID], took)
			poll.Contenders = append(poll.Contenders, c)
			poll.Tally[TallyKey(MarkFor, c.ID)] = votes[c.ID]
		}
		got := ComputeResult(poll, rules)
		valid := took*2 > electors
		if got.Valid != valid {
			t.Fatalf("round %d: %d of %d took part, valid %v", round, took, electors, got.Valid)
		}
		for _, p := range posts {
			elected, tied := byTheLaw(poll.Contenders, votes, p, took, valid)
			var won []models.ID
			for _, s := range got.Scores {
				if s.Post == p.Post && s.Elected {
					won = append(won, s.ID)
				}
			}
			slices.Sort(won)
			if !slices.Equal(won, elected) {
				t.Fatalf("round %d, %s with %d seats: %v won, the law says %v; votes %v of %d", round, p.Post, p.Seats, won, elected, votes, took)
			}
			if has := tieOf(got, p.Post); !slices.Equal(has, tied) {
				t.Fatalf("round %d, %s: %v vote again, the law says %v; votes %v of %d", round, p.Post, has, tied, votes, took)
			}
			if left := p.Seats - len(elected); got.Open[p.Post] != left {
				t.Fatalf("round %d, %s: %d seats open, want %d", round, p.Post, got.Open[p.Post], left)
			}
		}
	}
}

// byTheLaw is the second reading.
func byTheLaw(all []Contender, votes map[models.ID]int, p models.ElectionPost, took int, valid bool) (elected, tied []models.ID) {
	if !valid {
		return nil, nil
	}
	better := func(id models.ID, post models.Post) (more, same int) {
		for _, c := range all {
			if c.Post != post || c.ID == id || votes[c.ID]*2 <= took {
				continue
			}
			if votes[c.ID] > votes[id] {
				more++
			}
			if votes[c.ID] == votes[id] {
				same++
			}
		}
		return more, same
	}
	for _, c := range all {
		if c.Post != p.Post || votes[c.ID]*2 <= took {
			continue
		}
		more, same := better(c.ID, p.Post)
		switch {
		case more+same < p.Seats: // room for all who are as good
			elected = append(elected, c.ID)
		case more < p.Seats:
			tied = append(tied, c.ID)
		}
	}
	slices.Sort(elected)
	slices.Sort(tied)
	return elected, tied
}

func tieOf(r Result, post models.Post) (ids []models.ID) {
	for _, t := range r.Ties {
		for _, s := range r.Scores {
			if s.Post == post && slices.Contains(t, s.ID) {
				ids = append(ids, s.ID)
			}
		}
	}
	slices.Sort(ids)
	return ids
}
