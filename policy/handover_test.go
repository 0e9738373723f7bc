package policy

import (
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// Where a case may go, and whether its reporter's name goes along: every about
// × target, every level × setting.
func TestWhatMayLeaveTheHouse(t *testing.T) {
	ordinary, street := models.HandoverTarget{WithNames: true}, models.HandoverTarget{Officials: true, WithNames: true}
	for _, c := range []struct {
		about            models.ComplaintAbout
		ordinary, street bool
	}{
		{models.AboutNobody, true, false}, {models.AboutCommittee, false, true}, {models.AboutSupervisor, false, true}, {models.AboutStreet, false, false}, {"else", false, false},
	} {
		if MayHandOver(c.about, ordinary) != c.ordinary || MayHandOver(c.about, street) != c.street {
			t.Errorf("about %q", c.about)
		}
	}
	if off := (models.HandoverTarget{Off: true}); MayHandOver(models.AboutNobody, off) || HandsReporter(models.LevelNamed, models.AboutNobody, models.HandoverTarget{Off: true, WithNames: true}) {
		t.Error("out of use")
	}
	for _, level := range models.ComplaintLevels {
		for _, names := range []bool{true, false} {
			want := level == models.LevelNamed && names
			if got := HandsReporter(level, models.AboutNobody, models.HandoverTarget{WithNames: names}); got != want {
				t.Errorf("%s %v: %v", level, names, got)
			}
		}
		if HandsReporter(level, models.AboutCommittee, street) {
			t.Errorf("%s: an accuser's name leaves", level)
		}
	}
}

// Waits grow and have an end; what the other side asks for is kept.
func TestHandoverWaits(t *testing.T) {
	for _, c := range []struct {
		state models.HandoverState
		age   time.Duration
		want  time.Duration
	}{
		{models.HandoverTokened, 0, time.Minute}, {models.HandoverTokened, 4 * time.Minute, time.Minute}, {models.HandoverTokened, time.Hour, 15 * time.Minute},
		{models.HandoverTokened, 90 * 24 * time.Hour, 4 * time.Hour}, {models.HandoverTaken, 0, 30 * time.Minute},
		{models.HandoverTaken, 7 * 24 * time.Hour, 30 * time.Minute}, {models.HandoverTaken, 7*24*time.Hour + 1, 6 * time.Hour},
	} {
		if got := HandoverWait(c.state, c.age); got != c.want {
			t.Errorf("%s after %v: %v, want %v", c.state, c.age, got, c.want)
		}
	}
	for n, want := range map[int]time.Duration{1: 15 * time.Second, 2: 30 * time.Second, 3: time.Minute, 24: 4 * time.Hour} {
		if got := HandoverRetry(n, 0); got != want {
			t.Errorf("retry %d: %v", n, got)
		}
	}
	if HandoverRetry(1, 10*time.Minute) != 10*time.Minute {
		t.Error("what was asked for is not kept")
	}
}

// The way up after a decision (信访 35, 36): review, recheck, the end; each asked
// for within thirty days, each decided within thirty days.
func TestTheWayUpAfterADecision(t *testing.T) {
	at := models.Date("2026-11-24").Time()
	decided := func(kind models.EscalationKind) models.Complaint {
		return models.Complaint{State: models.ComplaintAnswered, EscalatedTo: kind, EscalatedAt: &at, AnsweredAt: &at, AnsweredBy: models.AssigneeStreet, StageDay: "2026-11-24"}
	}
	back := decided(models.EscalatedPetition)
	back.AnsweredBy = models.AssigneeMember // sent back, and the community answered
	for name, tc := range map[string]struct {
		c    models.Complaint
		to   models.EscalationKind
		day  models.Date
		want problem.Kind
	}{
		"review":                     {decided(models.EscalatedPetition), models.EscalatedReview, "2026-12-23", 0},
		"review, the last day":       {decided(models.EscalatedPetition), models.EscalatedReview, "2026-12-24", 0},
		"review, a day late":         {decided(models.EscalatedPetition), models.EscalatedReview, "2026-12-25", problem.TooLate},
		"petition once more":         {decided(models.EscalatedPetition), models.EscalatedPetition, "2026-12-01", problem.Invalid},
		"recheck before a review":    {decided(models.EscalatedPetition), models.EscalatedRecheck, "2026-12-01", problem.Invalid},
		"recheck":                    {decided(models.EscalatedReview), models.EscalatedRecheck, "2026-12-24", 0},
		"recheck, a day late":        {decided(models.EscalatedReview), models.EscalatedRecheck, "2026-12-25", problem.TooLate},
		"after the recheck":          {decided(models.EscalatedRecheck), models.EscalatedPetition, "2026-12-01", problem.Conflict},
		"the community answered":     {back, models.EscalatedPetition, "2026-12-01", 0},
		"no review of the community": {back, models.EscalatedReview, "2026-12-01", problem.Invalid},
		"petition after the street":  {decided(models.EscalatedStreet), models.EscalatedPetition, "2026-12-01", 0},
	} {
		var got problem.Kind
		if p := problem.As(MayEscalateTo(tc.c, tc.to, tc.day)); p != nil {
			got = p.Kind
		}
		if got != tc.want {
			t.Errorf("%s: %v, want %d", name, got, tc.want)
		}
	}
	for _, k := range []models.EscalationKind{models.EscalatedReview, models.EscalatedRecheck} {
		c := models.Complaint{State: models.ComplaintEscalated, EscalatedTo: k, StageDay: "2026-11-24", Registered: "2026-11-25", Extended: true}
		if due := ComplaintDue(c, China()); due != "2026-12-24" {
			t.Errorf("%s is due %s", k, due)
		}
		if MayExtend(models.Complaint{EscalatedTo: k}, "要做鉴定") == nil {
			t.Errorf("%s is extended", k)
		}
	}
	c := models.Complaint{StageDay: "2026-11-24"}
	if MaySendBack(c, "2026-12-01", China()) != nil || MaySendBack(c, "2026-12-02", China()) == nil {
		t.Error("five working days to object")
	}
}
