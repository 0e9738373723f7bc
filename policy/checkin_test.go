package policy

import (
	"strings"
	"testing"
	"time"
)

// A code is shown for 15 s, taken until 30 s after it rotated, and worth
// nothing from then on.
func TestCheckInCodeRotates(t *testing.T) {
	key, subject := []byte("0123456789abcdef0123456789abcdef"), "7/activity/42"
	begin := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC) // a whole step
	code := CheckInCode(key, subject, begin)
	if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
		t.Fatalf("code %q", code)
	}
	if got, want := CheckInUntil(begin.Add(7*time.Second)), begin.Add(15*time.Second); !got.Equal(want) {
		t.Errorf("rotates at %v, want %v", got, want)
	}
	rotated := 15 * time.Second
	for _, c := range []struct {
		after time.Duration // the instant it was first shown
		shown bool
		taken bool
	}{
		{-15*time.Second - time.Millisecond, false, false},
		{-15 * time.Second, false, true}, // a process whose clock is ahead showed it
		{0, true, true},
		{rotated - time.Millisecond, true, true},
		{rotated, false, true},
		{rotated + 30*time.Second - time.Millisecond, false, true},
		{rotated + 30*time.Second, false, false},
		{time.Hour, false, false},
	} {
		at := begin.Add(c.after)
		if got := CheckInCode(key, subject, at) == code; got != c.shown {
			t.Errorf("%v: shown %v, want %v", c.after, got, c.shown)
		}
		if got := CheckInHolds(key, subject, code, at); got != c.taken {
			t.Errorf("%v: taken %v, want %v", c.after, got, c.taken)
		}
	}
}

func TestCheckInCodeBelongsToOneThingAndOneKey(t *testing.T) {
	key, now := []byte("0123456789abcdef0123456789abcdef"), time.Date(2026, 11, 28, 9, 0, 3, 0, time.UTC)
	code := CheckInCode(key, "7/activity/42", now)
	for name, holds := range map[string]bool{
		"other thing":     CheckInHolds(key, "7/activity/43", code, now),
		"other community": CheckInHolds(key, "8/activity/42", code, now),
		"other kind":      CheckInHolds(key, "7/meeting/42", code, now),
		"other key":       CheckInHolds([]byte("another key, of thirty-two bytes"), "7/activity/42", code, now),
		"nothing":         CheckInHolds(key, "7/activity/42", "", now),
		"too long":        CheckInHolds(key, "7/activity/42", code+"0", now),
	} {
		if holds {
			t.Errorf("%s: taken", name)
		}
	}
}

// A slip's code is one of its line, its meeting and its key, in letters that are
// not mistaken for digits.
func TestSlipCode(t *testing.T) {
	seen := map[string]string{}
	for _, key := range []string{"k1", "k2"} {
		for _, subject := range []string{"1/2/3", "1/2/4", "1/3/3", "2/2/3"} {
			code := SlipCode([]byte(key), subject)
			if len(code) != SlipLength || strings.ContainsAny(code, "01OIl") || code != SlipCode([]byte(key), subject) {
				t.Errorf("%s %s: %q", key, subject, code)
			}
			if other, there := seen[code]; there {
				t.Errorf("%s and %s share a code", other, key+subject)
			}
			seen[code] = key + subject
		}
	}
	if len(slipLetters) != 32 {
		t.Errorf("%d letters: a byte would not choose evenly", len(slipLetters))
	}
}
