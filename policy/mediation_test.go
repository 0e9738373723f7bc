package policy

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"juwu/models"
)

// Thirty days from the day an agreement takes effect, that day not counted; a
// holiday is never the last day (Mediation Law art. 33; Civil Code 201, 203).
func TestCourtDays(t *testing.T) {
	for effective, want := range map[models.Date]models.Date{
		"2026-11-23": "2026-12-23", "2026-01-31": "2026-03-02", // month end
		"2026-11-20": "2026-12-21", // the thirtieth day is a Sunday
		"2026-09-01": "2026-10-08", // the thirtieth day is a holiday
	} {
		got := CourtDue(effective, China())
		if got != want {
			t.Errorf("%s: %s, want %s", effective, got, want)
		}
		m := models.Mediation{State: models.MediationEffective, EffectiveDay: effective, CourtDay: got}
		if MayAskCourt(m, got.AddDays(-1)) != nil || MayAskCourt(m, got) != nil {
			t.Errorf("%s: refused in time", effective)
		}
		wantKey(t, MayAskCourt(m, got.AddDays(1)), "policy.mediation.court")
	}
	wantKey(t, MayAskCourt(models.Mediation{State: models.MediationDrafted}, "2026-11-23"), "policy.state")
}

func TestMediationReminders(t *testing.T) {
	p := models.MediationPromise{State: models.PromiseOpen, DueDay: "2026-12-10"}
	for day, want := range map[models.Date]int{"2026-12-06": 0, "2026-12-07": 1, "2026-12-09": 1, "2026-12-10": 2, "2026-12-11": 3} {
		if got := PromiseStage(p, day); got != want {
			t.Errorf("promise on %s: %d, want %d", day, got, want)
		}
	}
	p.State = models.PromiseReported
	if PromiseStage(p, "2027-01-01") != 0 {
		t.Error("reminded of what was reported")
	}
	m := models.Mediation{State: models.MediationEffective, CourtDay: "2026-12-23"}
	for day, want := range map[models.Date]int{"2026-12-12": 1, "2026-12-13": 2, "2026-12-19": 2, "2026-12-20": 3, "2026-12-23": 3, "2026-12-24": 0} {
		if got := CourtStage(m, day); got != want {
			t.Errorf("court on %s: %d, want %d", day, got, want)
		}
	}
	for state, want := range map[models.MediationState]models.Date{models.MediationFulfilled: "2033-03-01", models.MediationFailed: "2031-03-01", models.MediationRefused: "2029-03-01"} {
		if got := MediationKeepUntil(models.Mediation{State: state}, "2028-02-29"); state != models.MediationRefused && got != want || state == models.MediationRefused && got != "2029-03-01" {
			t.Errorf("%s: kept until %s, want %s", state, got, want)
		}
	}
}

func TestElectronicSignaturesNeedRuleAndLaw(t *testing.T) {
	for _, c := range []struct {
		category string
		allowed  bool
		want     bool
	}{{"neighbour", true, true}, {"neighbour", false, false}, {"family", true, false}, {"nothing", true, false}} {
		if got := MayESign(c.category, c.allowed); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// No walk through the table shows a mediation to a third, and none comes into
// force but by every party's yes and, for a written one, every signature.
func TestNoWalkBindsWithoutEveryYes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	at := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	for range 2000 {
		m := models.Mediation{State: models.MediationDrafted, Version: 1, Form: models.AgreementWritten}
		if r.IntN(2) == 0 {
			m.Form = models.AgreementOral
		}
		parties := []models.MediationParty{{Side: models.SideAsker}, {Side: models.SideOther}, {Side: models.SideOther}}[:2+r.IntN(2)]
		whole := true
		var signed []models.MediationSignature
		for i := range parties {
			p := &parties[i]
			p.ID, p.Consent = models.ID(i+1), models.ConsentGiven
			if r.IntN(6) == 0 {
				p.Consent, whole = models.ConsentAsked, false
			}
			if p.Approved, p.ApprovedAt = 1, &at; r.IntN(6) == 0 {
				p.Approved, whole = 0, false
			}
			if r.IntN(6) > 0 {
				signed = append(signed, models.MediationSignature{Version: 1, Signer: models.SignedByParty, RefID: p.ID, Day: "2026-11-23"})
			} else if m.Form == models.AgreementWritten {
				whole = false
			}
		}
		for _, who := range []models.MediationSigner{models.SignedByMediator, models.SignedBySeal} {
			if r.IntN(6) > 0 {
				signed = append(signed, models.MediationSignature{Version: 1, Signer: who, RefID: 9, Day: "2026-11-25"})
			} else if m.Form == models.AgreementWritten {
				whole = false
			}
		}
		day := EffectiveDay(m, parties, signed)
		if (day != "") != whole {
			t.Fatalf("in force on %q, want %v: %+v %+v", day, whole, parties, signed)
		}
		if day != "" && m.Form == models.AgreementWritten && day != "2026-11-25" {
			t.Fatalf("in force before the last signature: %s", day)
		}
		for _, state := range models.MediationStates {
			third := MediationReader{Handles: r.IntN(2) == 0, Headless: false}
			if got := MediationRelations(models.Mediation{State: state}, third, r.IntN(3)); got != 0 {
				t.Fatalf("a third is %v in %s", got.Roles(), state)
			}
			if tied := (MediationReader{Handles: true, Heads: true, Serves: true, Headless: true, Conflict: true}); MediationRelations(models.Mediation{State: state}, tied, 1) != 0 {
				t.Fatalf("a relative sees it in %s", state)
			}
		}
	}
	if ReadsMediation(models.ForAsker, party, models.SideOther) || ReadsMediation(models.ForMediators, party, models.SideAsker) || ReadsMediation(models.ForAll, registrar, "") || !ReadsMediation(models.ForAsker, party, models.SideAsker) {
		t.Error("words reach whom they are not for")
	}
	if slices.Contains(MediationActs(models.MediationOpen, registrar), "note") {
		t.Error("the head writes in the talks")
	}
}
