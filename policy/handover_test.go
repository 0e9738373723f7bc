package policy

import (
	"testing"
	"time"

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
