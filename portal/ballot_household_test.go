package portal

import (
	"context"
	"net/http"
	"testing"
	"time"

	"juwu/ballot"
	"juwu/internal/store"
	"juwu/models"
)

// TestHouseholdsVoteElectronically: of two adults at home whoever is first uses
// the one vote and the one slip of the household; the other may replace that
// ballot with the same slip, and no other slip. The page says who has a vote, and
// the result counts households.
func TestHouseholdsVoteElectronically(t *testing.T) {
	p := newPollsOf(t, models.PerHousehold, 12, 6)
	p.visitor(t).see(p.path+"/ballot").want(200, "one vote", "6 on the list", "same weight")
	if p.rights[0] != p.rights[1] || p.rights[1] == p.rights[2] {
		t.Fatalf("rights %v: one for each household", p.rights)
	}
	lamps := func(yes bool) ballot.Votes {
		if yes {
			return ballot.Votes{{0, 1, 0}, {1, 0, 0}}
		}
		return ballot.Votes{{0, 0, 1}, {0, 1, 0}}
	}
	sent := func(voter, slip int, yes bool, want int) {
		t.Helper()
		if v := p.send(voter, p.encrypt(t, slip, lamps(yes))); v.status != want {
			t.Errorf("voter %d with slip %d: %d %s", voter, slip, v.status, v.body)
		}
	}
	for home := range 6 {
		sent(2*home, home, true, http.StatusOK)
	}
	sent(1, 0, false, http.StatusOK)       // at home, with the household's own slip
	sent(3, 0, false, http.StatusConflict) // a neighbour's
	sent(0, 5, false, http.StatusConflict)
	var rights struct{ Rights []struct{ Voted bool } }
	p.voters[1].api("GET", p.path+"/rights", nil).json(&rights)
	if len(rights.Rights) != 1 || !rights.Rights[0].Voted {
		t.Errorf("%+v", rights)
	}
	p.Clock.Add(25 * time.Hour)
	ctx, tenant := context.Background(), p.In(p.c)
	if err := tenant.EndBallot(ctx, p.Board.ID); err != nil {
		t.Fatal(err)
	}
	for _, d := range p.Devices[:2] {
		if _, err := d.Act(ctx, tenant, p.Board.ID); err != nil {
			t.Fatal(err)
		}
	}
	p.visitor(t).see(p.path+"/ballot").want(200, "6 voted")
	b, err := tenant.Ballot(ctx, p.Board.ID)
	if err != nil || b.Counted != 6 {
		t.Errorf("%d households counted, %v", b.Counted, err)
	}
	if got := store.BallotResult(b)[0]; got[1] != 5 || got[2] != 1 {
		t.Errorf("counts %v", got)
	}
}
