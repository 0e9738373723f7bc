package demo

import (
	"juwu/internal/store"
	"juwu/models"
)

// declaredInExample are how many neighbours have said that they take part.
const declaredInExample = 24

// election prepares the third election of the committee up to its public roll:
// the first notices are out, registration is done, objections are open.
func (f *filling) election() error {
	t, director := f.In(f.c), f.who[models.RoleDirector]
	e, err := t.PlanElection(f.ctx, director, store.ElectionDraft{Title: f.cast.Election.Title, Term: f.cast.Election.Term, Mode: models.ModeVoters,
		Day: models.DateOf(f.Now()).AddDays(36), Pack: "urban2025", Electronic: true,
		Seats: map[models.Post]int{models.PostDirector: 1, models.PostDeputyDirector: 1, models.PostMember: 5}})
	if err != nil {
		return err
	}
	people, _, err := t.Residents(f.ctx, director, store.ResidentFilter{Limit: 12})
	if err != nil {
		return err
	}
	seats := []models.ElectoralSeat{models.SeatChair, models.SeatVice, models.SeatMember, models.SeatMember, models.SeatMember, models.SeatSubstitute, models.SeatSubstitute}
	var drafts []store.ElectoralDraft
	for i, seat := range seats {
		d := store.ElectoralDraft{ResidentID: people[i].ID, Name: people[i].Name, Seat: seat}
		if seat == models.SeatChair { // plays with one of the example's logins
			d.UserID = f.who[models.RoleMediator].UserID
		}
		drafts = append(drafts, d)
	}
	if err := t.FormElectoral(f.ctx, director, e.ID, f.cast.Election.Decision, drafts); err != nil {
		return err
	}
	return f.announced(t, e.ID)
}

func (f *filling) announced(t *store.Tenant, id models.ID) error {
	chair := f.who[models.RoleMediator]
	for _, template := range []string{"day", "committee", "registration"} {
		n, err := t.DraftElectionNotice(f.ctx, chair, id, template)
		if err != nil {
			return err
		}
		if _, err := t.PublishElectionNotice(f.ctx, chair, id, n.ID); err != nil {
			return err
		}
	}
	if _, err := t.FillRoll(f.ctx, chair, id); err != nil {
		return err
	}
	rows, _, err := t.Roll(f.ctx, id, store.RollFilter{Limit: declaredInExample * 2})
	if err != nil {
		return err
	}
	for _, v := range rows {
		if v.Basis != models.BasisDomicile {
			continue // waits for papers
		}
		if _, err := t.DeclareVoter(f.ctx, chair, id, store.Declaration{VoterID: v.ID, Way: models.WayDoor}); err != nil {
			return err
		}
	}
	return t.PublishRoll(f.ctx, chair, id)
}
