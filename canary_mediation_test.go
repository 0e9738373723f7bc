package main

import (
	"juwu/internal/store"
	"juwu/models"
)

// plantMediation is a mediation between two residents: nobody but the two and
// the mediator finds a word, a number or an id of it, and nothing that others
// ask for changes by a letter.
func plantMediation(w *canaryWorld) []canary {
	w.t.Helper()
	in, a, b, m := w.In(w.c), w.people["reporter"], w.people["nameless"], w.people["mediator"]
	id, err := in.RequestMediation(cctx, a, store.MediationDraft{
		Once: "canary-once-mediation", Category: "neighbour", Mediator: m.UserID, Asker: store.DisputantDraft{Name: "甲方子子子"},
		MediationRequest: models.MediationRequest{About: "纠纷丑丑丑", Facts: "调解的经过寅寅寅寅寅寅", Wish: "调解的愿望卯卯卯"}, Other: store.DisputantDraft{Name: "乙方辰辰辰"},
	})
	w.must(err)
	w.guess("id", id.String())
	w.guess("act", "stop", "again", "decline", "fail", "step_aside")
	w.guess("paper", "request", "agreement", "court")
	w.words = append(w.words, "调解")
	other := w.mediationSeen("mediator", id).Parties[1].ID
	w.must(in.SetParty(cctx, m, id, other, models.SideOther, store.DisputantDraft{Name: "乙方辰辰辰", Phone: w.phones["nameless"]}))
	w.must(in.InviteParties(cctx, m, id))
	w.must(in.ConsentToMediation(cctx, b, id, 0, true))
	w.must(in.AcceptMediators(cctx, b, id, 0))
	w.must(in.SayInMediation(cctx, a, id, "私下说的巳巳巳", true, false))
	w.must(in.WriteInMediation(cctx, m, id, "note", "调解员自己记的午午午"))
	w.must(in.DraftAgreement(cctx, m, id, store.AgreementDraft{Form: models.AgreementWritten, MediationAgreement: models.MediationAgreement{Facts: "协议写的未未未", Dispute: "争议是什么"},
		Promises: []store.PromiseDraft{{Party: other, Due: models.DateOf(w.Now()).AddDays(20), MediationTerm: models.MediationTerm{What: "答应做的申申申"}}}}))
	w.must(in.AddMediationPapers(cctx, m, id, []store.NewFile{{Name: "酉酉酉.jpg", Data: canaryPhoto(77)}}))
	v := w.mediationSeen("reporter", id)
	w.guess("file", v.Papers[0].ID.String())
	_, paper, err := in.MediationPaper(cctx, a, id, v.Papers[0].ID)
	w.must(err)
	all := []string{"reporter", "nameless", "mediator"}
	return []canary{
		{what: "who asked for mediation", text: "甲方子子子", who: all}, {what: "what a mediation is about", text: "纠纷丑丑丑", who: all},
		{what: "what happened", text: "经过寅寅寅", who: all}, {what: "what is wished for", text: "愿望卯卯卯", who: all}, {what: "who the other side is", text: "乙方辰辰辰", who: all},
		{what: "what was said in confidence", text: "私下说的巳巳巳", who: []string{"reporter", "mediator"}}, {what: "a mediator's note", text: "自己记的午午午", who: []string{"mediator"}},
		{what: "the words of an agreement", text: "协议写的未未未", who: all}, {what: "what was promised", text: "答应做的申申申", who: all},
		{what: "the number of a mediation", text: v.Number, who: all}, {what: "the id of a mediation", text: id.String(), who: all, id: true},
		{what: "the signed paper", text: string(paper), who: all}, {what: "the name of its file", text: "酉酉酉"},
	}
}

func (w *canaryWorld) mediationSeen(who string, id models.ID) *store.MediationView {
	w.t.Helper()
	v, err := w.In(w.c).Mediation(cctx, w.people[who], id)
	w.must(err)
	return v
}
