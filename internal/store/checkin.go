package store

import (
	"time"

	"juwu/models"
	"juwu/policy"
)

// Rotating codes of what people check in to: kind is "activity" or "meeting".

// ShownCode is what the leader's screen shows now.
type ShownCode struct {
	Code  string
	Until time.Time // when the next one follows
}

const (
	// codeTries of one person for one thing within codeWindow, right ones too:
	// six digits must not be guessed at.
	codeTries  = 10
	codeWindow = 10 * time.Minute
)

func (s *Store) checkInKey() []byte { return s.opt.Keys.Key("checkin") }

func checkInSubject(community models.ID, kind string, id models.ID) string {
	return community.String() + "/" + kind + "/" + id.String()
}

// CheckInCode is the code of a thing at this instant. Who may see it is the
// caller's question.
func (t *Tenant) CheckInCode(kind string, id models.ID) ShownCode {
	now := t.Now()
	return ShownCode{Code: policy.CheckInCode(t.checkInKey(), checkInSubject(t.Community.ID, kind, id), now), Until: policy.CheckInUntil(now)}
}

// There tells whether the code proves that the actor stands where it is shown.
// A wrong one is counted: the use case must commit (return nil) and refuse
// afterwards. Refusals: TooMany.
func (tx *Tx) There(kind string, id models.ID, code string) (bool, error) {
	bucket := "checkin." + id.String() + "." + tx.Actor.UserID.String()
	if err := tx.Limit(bucket, codeTries, codeWindow); err != nil {
		return false, err
	}
	return policy.CheckInHolds(tx.store.checkInKey(), checkInSubject(tx.chain, kind, id), code, tx.Now), nil
}
