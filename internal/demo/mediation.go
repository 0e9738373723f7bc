package demo

import (
	"juwu/internal/store"
	"juwu/models"
)

// mediation is one between the resident and the party branch's secretary as a
// neighbour, with words in confidence and a draft before both.
func (f *filling) mediation() error {
	t, a, b, m := f.In(f.c), f.who[models.RoleResident], f.who[models.RolePartyBranch], f.who[models.RoleMediator]
	id, err := t.RequestMediation(f.ctx, a, store.MediationDraft{
		Once: "demo-mediation-0001", Category: "neighbour", Mediator: m.UserID, Asker: store.DisputantDraft{Name: a.Name}, Other: store.DisputantDraft{Name: b.Name},
		MediationRequest: models.MediationRequest{About: "楼上空调外机滴水", Facts: "今年夏天开始，楼上空调外机的水滴在我家窗台上，窗台漆面起泡。和对方说过两次，还没有接管。", Wish: "把排水管接好，窗台修一下。"},
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
			return t.SayInMediation(f.ctx, a, id, "我不要赔钱，只要不再滴水。", false, false)
		},
		func() error {
			return t.SayInMediation(f.ctx, b, id, "接管要等师傅，两周内可以。", true, false)
		},
		func() error {
			return t.WriteInMediation(f.ctx, m, id, "point", "排水管由谁接、什么时候接好；窗台怎样修。")
		},
		func() error {
			return t.DraftAgreement(f.ctx, m, id, store.AgreementDraft{Form: models.AgreementWritten,
				MediationAgreement: models.MediationAgreement{Facts: "楼上空调外机向楼下窗台滴水，窗台漆面起泡。", Dispute: "排水管由谁接、什么时候接好；窗台怎样修。", Other: "以后有类似的事，先互相打电话。"},
				Promises: []store.PromiseDraft{{Party: other, Due: models.DateOf(f.Now()).AddDays(14), MediationTerm: models.MediationTerm{What: "接好空调排水管", How: "请师傅上门，费用自理"}},
					{Party: other, Due: models.DateOf(f.Now()).AddDays(30), MediationTerm: models.MediationTerm{What: "把起泡的窗台漆面修好"}}}})
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
