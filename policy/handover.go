package policy

import (
	"time"

	"juwu/models"
)

// MayHandOver tells whether a case may go to another system. What is about the
// committee or those who supervise it goes to the street's own system only, and
// what is about the street to none (信访 30, 46: accusations do not reach the
// accused).
func MayHandOver(about models.ComplaintAbout, t models.HandoverTarget) bool {
	if t.Off {
		return false
	}
	switch about {
	case models.AboutNobody:
		return !t.Officials
	case models.AboutCommittee, models.AboutSupervisor:
		return t.Officials
	}
	return false
}

// HandsReporter tells whether name and telephone go along: only of a named case
// that is about no official, where the target was set up so. Whoever asked for
// secrecy keeps it towards the next office too (潍坊 11, 济南 16).
func HandsReporter(level models.ComplaintLevel, about models.ComplaintAbout, t models.HandoverTarget) bool {
	return level == models.LevelNamed && about == models.AboutNobody && t.WithNames && !t.Off
}

// Waits of hand-over: between questions about a case that is with another
// system, and after a failure.
const (
	handoverSoon = time.Minute // the number is still to come
	handoverPoll = 30 * time.Minute
	handoverSlow = 6 * time.Hour // for what has been there for a week
	handoverMost = 4 * time.Hour
	// HandoverTries in a row that failed; then somebody has to look.
	HandoverTries = 24
)

// HandoverWait is how long until the next question about a case that was handed
// over age ago.
func HandoverWait(state models.HandoverState, age time.Duration) time.Duration {
	switch {
	case state == models.HandoverTokened:
		return min(max(handoverSoon, age/4), handoverMost)
	case age > 7*24*time.Hour:
		return handoverSlow
	}
	return handoverPoll
}

// HandoverRetry doubles with each failure in a row, from 15 seconds on; the
// other side may ask for longer.
func HandoverRetry(attempts int, asked time.Duration) time.Duration {
	d := 15 * time.Second
	for i := 1; i < attempts && d < handoverMost; i++ {
		d *= 2
	}
	return max(min(d, handoverMost), asked)
}
