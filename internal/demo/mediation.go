package demo

import (
	"encoding/json"

	"juwu/internal/store"
	"juwu/models"
)

// mediation is one between the resident and the party branch's secretary as a
// neighbour, with words in confidence and a draft before both.
func (f *filling) mediation() error {
	var w struct{ About, Facts, Wish, Aside, Caucus, Point, Agreed, Other, Promise, How, Repair string }
	words, err := data.ReadFile("data/mediation.json")
	if err == nil {
		err = json.Unmarshal(words, &w)
	}
	if err != nil {
		return err
	}
	t, a, b, m := f.In(f.c), f.who[models.RoleResident], f.who[models.RolePartyBranch], f.who[models.RoleMediator]
	id, err := t.RequestMediation(f.ctx, a, store.MediationDraft{
		Once: "demo-mediation-0001", Category: "neighbour", Mediator: m.UserID, Asker: store.DisputantDraft{Name: a.Name}, Other: store.DisputantDraft{Name: b.Name},
		MediationRequest: models.MediationRequest{About: w.About, Facts: w.Facts, Wish: w.Wish},
	})
	if err != nil {
		return err
	}
	v, err := t.Mediation(f.ctx, m, id)
	if err != nil {
		return err
	}
	other := v.Parties[1].ID
	steps := []func() error{
		func() error {
			return t.SetParty(f.ctx, m, id, other, models.SideOther, store.DisputantDraft{Name: b.Name, Phone: f.phoneOf(models.RolePartyBranch)})
		},
		func() error { return t.InviteParties(f.ctx, m, id) },
		func() error { return t.ConsentToMediation(f.ctx, b, id, 0, true) },
		func() error { return t.AcceptMediators(f.ctx, b, id, 0) },
		func() error {
			return t.SayInMediation(f.ctx, a, id, w.Aside, false, false)
		},
		func() error {
			return t.SayInMediation(f.ctx, b, id, w.Caucus, true, false)
		},
		func() error {
			return t.WriteInMediation(f.ctx, m, id, "point", w.Point)
		},
		func() error {
			return t.DraftAgreement(f.ctx, m, id, store.AgreementDraft{Form: models.AgreementWritten,
				MediationAgreement: models.MediationAgreement{Facts: w.Agreed, Dispute: w.Point, Other: w.Other},
				Promises: []store.PromiseDraft{{Party: other, Due: models.DateOf(f.Now()).AddDays(14), MediationTerm: models.MediationTerm{What: w.Promise, How: w.How}},
					{Party: other, Due: models.DateOf(f.Now()).AddDays(30), MediationTerm: models.MediationTerm{What: w.Repair}}}})
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// phoneOf is the telephone of one of the example's people.
func (f *filling) phoneOf(role models.Role) string {
	for _, l := range f.logins {
		if l.Role == role {
			return l.Phone
		}
	}
	return ""
}
