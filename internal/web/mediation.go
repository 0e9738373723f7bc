package web

import (
	"strconv"
	"strings"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// Words and pieces of a mediation that its parties and its mediators see alike.
const (
	mediationStates     = i18n.Family("mediation.state.")
	mediationCategories = i18n.Family("mediation.category.")
	mediationSteps      = i18n.Family("mediation.step.")
	mediationAudiences  = i18n.Family("mediation.audience.")
	mediationForms      = i18n.Family("mediation.form.")
	promiseStates       = i18n.Family("mediation.promise.state.")
	signMethods         = i18n.Family("mediation.method.")
	courtStates         = i18n.Family("mediation.court.state.")
)

// MediationState puts a state into words.
func (p *Page) MediationState(s models.MediationState) string {
	return p.T(mediationStates.Key(string(s)))
}

// MediationKind is how a state is coloured.
func MediationKind(s models.MediationState) ui.Kind {
	switch s {
	case models.MediationEffective, models.MediationFulfilled:
		return ui.Good
	case models.MediationSuggested, models.MediationInvited, models.MediationChoosing, models.MediationDrafted:
		return ui.Attention
	case models.MediationRequested, models.MediationOpen:
		return ui.Info
	}
	return ui.Plain
}

// MediationCategory puts a kind of dispute into words.
func (p *Page) MediationCategory(code string) string { return p.T(mediationCategories.Key(code)) }

// MediationCategories are the choices of a form.
func (p *Page) MediationCategories(field string) []ui.Option {
	options := make([]ui.Option, len(policy.MediationCategories))
	for i, c := range policy.MediationCategories {
		options[i] = p.Option(field, c.Code, p.MediationCategory(c.Code))
	}
	return options
}

// MediationSayings are the steps and words that the reader may read, as a thread.
func (p *Page) MediationSayings(v *store.MediationView) []ui.Saying {
	var out []ui.Saying
	for _, w := range v.Words {
		s := ui.Saying{Who: w.Name, Time: p.Moment(w.CreatedAt), Text: w.Text, Answer: !w.ByParty}
		if !w.ByParty {
			s.Who = p.T("mediation.who.mediator")
			if w.Name != "" {
				s.Who = p.T("mediation.who.for", "name", w.Name)
			}
		}
		if w.Text == "" {
			s.Text = p.T(mediationSteps.Key(w.Action))
		} else if w.Action != "say" && w.Action != "note" {
			s.Tag, s.TagFor = p.T(mediationSteps.Key(w.Action)), ui.Info
		}
		if w.Audience != models.ForAll {
			s.Tag, s.TagFor = p.T(mediationAudiences.Key(string(w.Audience))), ui.Attention
		}
		out = append(out, s)
	}
	return out
}

// AgreementAnswers are the words of an agreement, one after the other.
func (p *Page) AgreementAnswers(v *store.MediationView) []ui.Answer {
	answers := []ui.Answer{
		{Label: p.T("mediation.form"), Value: p.T(mediationForms.Key(string(v.Form)))},
		{Label: p.T("mediation.agreement.facts"), Value: v.Agreement.Facts},
		{Label: p.T("mediation.agreement.dispute"), Value: v.Agreement.Dispute},
	}
	if v.Agreement.Duties != "" {
		answers = append(answers, ui.Answer{Label: p.T("mediation.agreement.duties"), Value: v.Agreement.Duties})
	}
	for i, x := range v.Promises {
		a := ui.Answer{Label: p.T("mediation.agreement.promise", "n", i+1, "name", x.Name), Value: x.What, Lines: []string{p.T("mediation.agreement.until", "date", p.FullDay(x.DueDay))}}
		if x.How != "" {
			a.Lines = append(a.Lines, p.T("mediation.agreement.how", "how", x.How))
		}
		answers = append(answers, a)
	}
	if v.Agreement.Other != "" {
		answers = append(answers, ui.Answer{Label: p.T("mediation.agreement.other"), Value: v.Agreement.Other})
	}
	return answers
}

// SignatureAnswers are who has said yes and who has signed.
func (p *Page) SignatureAnswers(v *store.MediationView) []ui.Answer {
	var answers []ui.Answer
	for _, x := range v.Parties {
		a := ui.Answer{Label: x.Name, Value: p.T("mediation.sign.waits")}
		if x.Approved == v.Version && x.ApprovedAt != nil {
			a.Value = p.T("mediation.sign.agreed", "time", *x.ApprovedAt)
			if x.ApprovedBy != 0 {
				a.Lines = append(a.Lines, p.T("mediation.sign.desk"))
			}
		}
		if s := v.Signed(models.SignedByParty, x.ID); s != nil {
			a.Lines = append(a.Lines, p.signature(s))
		}
		answers = append(answers, a)
	}
	if v.Form == models.AgreementOral {
		return answers
	}
	for _, x := range []struct {
		who models.MediationSigner
		key string
	}{{models.SignedByMediator, "mediation.who.mediator"}, {models.SignedBySeal, "mediation.sign.seal"}} {
		a := ui.Answer{Label: p.T(x.key), Value: p.T("mediation.sign.waits")}
		if s := v.Signed(x.who, 0); s != nil {
			a.Value = p.signature(s)
		}
		answers = append(answers, a)
	}
	return answers
}

func (p *Page) signature(s *models.MediationSignature) string {
	return p.T(signMethods.Key(string(s.Method)), "date", s.Day)
}

// PromiseTag is what became of a promise, and its colour.
func (p *Page) PromiseTag(x store.PromiseView) (string, ui.Kind) {
	tag := p.T(promiseStates.Key(string(x.State)))
	switch {
	case x.State == models.PromiseKept:
		return tag, ui.Good
	case x.State == models.PromiseUnkept:
		return tag, ui.Danger
	case x.State == models.PromiseReported:
		return tag, ui.Attention
	case x.DueDay < p.Today():
		return p.T("mediation.promise.late"), ui.Danger
	}
	return tag, ui.Plain
}

// CourtWords says where the way to the court stands.
func (p *Page) CourtWords(v *store.MediationView) string {
	if v.CourtState == models.CourtNone {
		return p.T("mediation.court.until", "date", v.CourtDay)
	}
	return p.T(courtStates.Key(string(v.CourtState)), "date", v.CourtOn)
}

// SittingTimes is when the parties meet.
func (p *Page) SittingTimes(s store.SittingView) string {
	return p.Moment(s.BeginsAt) + " – " + s.EndsAt.In(models.Shanghai).Format("15:04")
}

// mediatorNames joins the names of who mediates.
func mediatorNames(v *store.MediationView) string {
	var names []string
	for _, m := range v.Mediators {
		names = append(names, m.Name)
	}
	return strings.Join(names, "、") //words:allow a list of Chinese names on a paper
}

// sideNames joins the names of a side.
func sideNames(v *store.MediationView, side models.MediationSide) string {
	return strings.Join(v.Names(side), "、") //words:allow a list of Chinese names on a paper
}

func number(n int) string { return strconv.Itoa(n) }
