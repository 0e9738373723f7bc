package store

import (
	"context"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// IssueFounderEnrolment makes the enrolment code of a first officer on the
// command line: nobody is there yet who could hand it over at a desk.
func (s *Store) IssueFounderEnrolment(ctx context.Context, actor models.Actor, user models.ID) (code string, err error) {
	if !actor.System {
		return "", problem.New(problem.Forbidden, "policy.forbidden", nil)
	}
	err = s.WriteGlobal(ctx, actor, func(tx *Tx) error {
		code = randomText(enrolLength)
		until := tx.Now.Add(policy.EnrolmentValid)
		tx.Audit("second_factor.issue", user, nil)
		res := tx.Model(&models.User{}).Where("id = ? AND totp_seal IS NULL AND closed_at IS NULL", user).
			Select("enrol_seal", "enrol_until", "updated_at").
			Updates(&models.User{EnrolSeal: s.handedHash("enrol", user, code), EnrolUntil: &until, UpdatedAt: tx.Now})
		if res.Error == nil && res.RowsAffected == 0 {
			return problem.New(problem.Conflict, "secondfactor.enrolled", nil)
		}
		return res.Error
	})
	return code, err
}
