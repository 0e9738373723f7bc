package e2e

import (
	"strings"
	"testing"
	"time"

	"juwu/models"
)

// A mediator and the two who quarrel, each on a phone: both agree to the words,
// the sheet is signed on paper and sealed, and binds; what was promised is
// reported and confirmed. Nothing of it is on anybody else's screen.
func TestAMediationOnThreePhones(t *testing.T) {
	browser(t)
	s := Fresh(t, "demo")
	asker, other, mediator := Open(t, s), Open(t, s), Open(t, s, Language("en"), Dark())
	page := ""
	for _, p := range []struct {
		*Page
		name string
	}{{asker, Resident}, {other, "周建国"}} {
		p.EnterAs(p.name)
		p.Visit("/hemuli")
		p.Follow(p.T("mediation.matter"))
		look(p.Page, "asked for a yes "+p.name)
		p.Follow(p.T("mediation.words.yes"))
		p.See(p.T("mediation.done.saved"))
		page, _, _ = strings.Cut(p.Address(), "?")
	}
	mediator.EnterAs("吴和")
	mediator.Visit("/admin/hemuli/private")
	look(mediator, "mediator's desk")
	mediator.press("#mediations tbody a")
	desk := mediator.Address()
	mediator.Visit(desk + "/sheet/agreement")
	look(mediator, "agreement to sign")
	if text := strings.Join(strings.Fields(printed(t, mediator)), ""); !strings.Contains(text, Resident) || !strings.Contains(text, "周建国") || !strings.Contains(text, "三十日") {
		t.Errorf("the agreement on paper:\n%s", text)
	}
	mediator.Visit(desk)
	look(mediator, "mediator's page")
	mediator.Attach(mediator.T("mediation.paper.files"), receipt(t))
	mediator.Follow(mediator.T("mediation.paper.send"))
	mediator.Fill(mediator.T("mediation.signed.day"), string(models.DateOf(time.Now())))
	mediator.Follow(mediator.T("mediation.signed.do"))
	mediator.Follow(mediator.T("mediation.seal"))
	mediator.See(mediator.T("mediation.state.effective"))
	look(mediator, "in force")

	asker.Visit(page)
	asker.See(asker.T("mediation.court"))
	asker.Follow(asker.T("mediation.court.wish"))
	asker.Visit(page + "/sheet/court")
	look(asker, "notice for the court")
	if text := strings.Join(strings.Fields(printed(t, asker)), ""); !strings.Contains(text, "共同申请人民法院") {
		t.Errorf("the joint request on paper:\n%s", text)
	}
	other.Visit(page)
	look(other, "promises")
	other.Follow(other.T("mediation.promise.report"))
	asker.Visit(page)
	asker.See(asker.T("mediation.promise.state.reported"))
	asker.Follow(asker.T("mediation.promise.kept"))
	asker.See(asker.T("mediation.promise.state.kept"))
	look(asker, "a promise kept")

	stranger := Open(t, s)
	stranger.EnterAs(Member)
	stranger.Lenient() // 404 is what it is about
	stranger.Visit(page)
	if stranger.Status() != 404 {
		t.Errorf("somebody else reads it: %d", stranger.Status())
	}
}
