package demo

import (
	"time"

	"juwu/ballot"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

const (
	castInExample = 9
	spareSlips    = 3 // for whoever tries the booth
)

// vote opens a poll whose keys, slips and first ballots were made as people make
// them. The spare slips stand in its text, which no real vote would do.
func (f *filling) vote() error {
	t, c := f.In(f.c), f.cast.Vote
	draft := store.BallotDraft{Kind: models.BallotPoll, Unit: models.PerHousehold, Channel: models.ViaRemote,
		Title: c.Title, Description: c.Text, Questions: c.Questions, OpensAt: f.Now(), ClosesAt: f.Now().Add(10 * 24 * time.Hour), Threshold: 2, Size: 3}
	office := storetest.Office{Prepares: f.who[models.RoleCommitteeMember], Registers: f.who[models.RoleSupervisor], Opens: f.who[models.RoleDirector], Shown: spareSlips}
	for _, role := range []models.Role{models.RoleStreet, models.RolePartyBranch, models.RoleMediator} {
		office.Trustees = append(office.Trustees, f.who[role])
		for _, o := range f.cast.Officers {
			if o.Role == role {
				office.Phones = append(office.Phones, o.Phone)
			}
		}
	}
	v, err := storetest.OpenVote(f.ctx, t, office, draft, castInExample+spareSlips)
	if err != nil {
		return err
	}
	people, _, err := t.Residents(f.ctx, f.who[models.RoleDirector], store.ResidentFilter{Limit: 100})
	if err != nil {
		return err
	}
	next, own := 0, models.ID(0)
	for _, p := range people {
		if p.Name == f.cast.Resident.Name {
			own = p.HouseholdID // the example's resident votes in the browser
		}
		if next == castInExample || p.HouseholdID == own {
			continue
		}
		took, err := f.castFor(v, p.ID, next)
		if err != nil {
			return err
		}
		if took {
			next++
		}
	}
	return nil
}

// castFor casts a ballot for somebody of the roll, unless their household has
// voted or they are not of age.
func (f *filling) castFor(v *storetest.Vote, resident models.ID, n int) (bool, error) {
	t := f.In(f.c)
	link := models.ResidentLink{Tenant: models.Tenant{CommunityID: f.c.ID, ID: resident}, UserID: resident, ResidentID: resident, State: models.LinkConfirmed}
	a := models.Actor{UserID: resident, Links: []models.ResidentLink{link}}
	rights, err := t.MyVotes(f.ctx, a, v.Board.ID)
	if err != nil || len(rights) == 0 || rights[0].Voted {
		return false, nil // a child, or of another household: no failure of the example
	}
	raw, err := storetest.Encrypt(v.Setup, v.Slips[n], choice(f.cast.Vote.Questions, n))
	if err != nil {
		return false, err
	}
	_, err = t.CastBallot(f.ctx, a, v.Board.ID, rights[0].VoterID, raw)
	return err == nil, err
}

// choice is a plausible vote: the n-th person takes one answer after the other.
func choice(questions []models.BallotQuestion, n int) (v ballot.Votes) {
	for i, q := range questions {
		slots := make([]int, len(q.Answers))
		for k := range q.Min {
			slots[(n+i+k)%len(slots)] = 1
		}
		if q.Blank {
			slots = append([]int{0}, slots...)
		}
		v = append(v, slots)
	}
	return v
}
