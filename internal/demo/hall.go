package demo

import (
	"juwu/internal/store"
	"juwu/models"
)

// inSession is a compound's meeting with its vote open: the example's resident
// is known from the roll, was let in at the desk, and can vote from their phone.
func (f *filling) inSession(g gathering, compound models.ID) error {
	t, member, director := f.In(f.c), f.who[models.RoleCommitteeMember], f.who[models.RoleDirector]
	if _, err := t.MatchResident(f.ctx, f.who[models.RoleResident], store.LinkClaim{Name: f.cast.Resident.Name, Digits: f.cast.Resident.Digits, Building: f.cast.Resident.Building, Room: f.cast.Resident.Room}); err != nil {
		return err
	}
	if err := f.liveAt(compound); err != nil {
		return err
	}
	_, m, err := t.DraftCovenant(f.ctx, member, store.CovenantDraft{Kind: models.CovenantCompound, BodyID: compound, Title: g.Yard.Title, Text: g.Yard.Text})
	if err != nil {
		return err
	}
	day := models.DateOf(f.Now())
	if err := t.PublishMatter(f.ctx, director, m, day.AddDays(5)); err != nil {
		return err
	}
	s, err := t.SaveSession(f.ctx, member, 0, store.SessionDraft{Mode: models.ByGroup, BodyID: compound, Title: g.Yard.Session, Day: day, Clock: f.clock(), Place: g.Place, Urgent: true, UrgentGround: g.YardUrgent})
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return t.AddItem(f.ctx, member, s, m) }, func() error { return t.CallSession(f.ctx, director, s) }, func() error { return t.OpenSession(f.ctx, member, s) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	lines, err := t.FindLines(f.ctx, member, s, "")
	if err != nil {
		return err
	}
	for _, v := range lines[:len(lines)/2+1] {
		if err := t.CheckInAtDesk(f.ctx, member, s, v.ID, 0); err != nil {
			return err
		}
	}
	view, err := t.Session(f.ctx, s)
	if err != nil {
		return err
	}
	return t.OpenVote(f.ctx, member, view.Items[0].ID)
}

// liveAt says that the compound is the resident's building.
func (f *filling) liveAt(compound models.ID) error {
	t, member := f.In(f.c), f.who[models.RoleCommitteeMember]
	b, err := t.Body(f.ctx, compound)
	if err != nil {
		return err
	}
	grids, err := t.Grids(f.ctx)
	if err != nil {
		return err
	}
	d := store.BodyDraft{Kind: b.Kind, Name: b.Name, Seats: b.Seats, Duties: b.Duties, Contact: b.Contact, Phone: b.Phone, Address: b.Address, Rank: b.Rank}
	for _, grid := range grids {
		for _, x := range grid.Buildings {
			if x.Name == f.cast.Resident.Building {
				d.Buildings = append(d.Buildings, x.ID)
			}
		}
	}
	_, err = t.SaveBody(f.ctx, member, compound, d)
	return err
}
