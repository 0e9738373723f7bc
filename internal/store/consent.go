package store

import (
	"context"

	"juwu/internal/problem"
	"juwu/models"
)

// Consents are a log: each decision is a row with the version of the text that
// was shown, and the newest row of a purpose counts (PIPL art. 14, 15).

// RulesVersion is the version of the rules on processing personal data shown
// at /privacy. Whoever changes their meaning raises it: then everybody is
// asked once more.
const RulesVersion = "2026-11"

// Purposes of consent. Only the rules are needed to log in. The others hand the
// text of a notice to another company, which needs a consent of its own (PIPL
// art. 23); they are off until the person turns them on, and refusing costs
// nothing (art. 16). Turning one off turns the channel off.
const (
	ConsentRules = "rules"
	ConsentSMS   = "sms"
	ConsentMP    = "mp"
)

// ConsentPurposes that a person may turn on and off at /me, in order.
var ConsentPurposes = []string{ConsentSMS, ConsentMP}

var consentColumn = map[string]string{ConsentSMS: "channel_sms", ConsentMP: "channel_mp"}

// Consents are the person's decisions, newest first: what holds now, and how
// it came about.
func (s *Store) Consents(ctx context.Context, user models.ID) (now map[string]models.Consent, history []models.Consent, err error) {
	if err := s.db(ctx).Where("user_id = ?", user).Order("id DESC").Limit(200).Find(&history).Error; err != nil {
		return nil, nil, err
	}
	now = map[string]models.Consent{}
	for _, c := range history {
		if _, ok := now[c.Purpose]; !ok {
			now[c.Purpose] = c
		}
	}
	return now, history, nil
}

// SetConsent records a decision about one purpose of ConsentPurposes and turns
// the channel on or off with it. Refusals: Conflict when the official account
// does not know the person yet.
func (s *Store) SetConsent(ctx context.Context, actor models.Actor, purpose string, given bool) error {
	column, ok := consentColumn[purpose]
	if !ok {
		return problem.New(problem.NotFound, "page.notfound", nil)
	}
	return s.WriteGlobal(ctx, actor, func(tx *Tx) error {
		if err := tx.self(); err != nil {
			return err
		}
		if purpose == ConsentMP && given {
			var u models.User
			if err := tx.Where("id = ? AND mp_open_id_seal IS NOT NULL", actor.UserID).Take(&u).Error; err != nil {
				return problem.New(problem.Conflict, "me.consents.mp.unknown", nil)
			}
		}
		if err := tx.consent(purpose, given); err != nil {
			return err
		}
		return Changed(tx.Model(&models.User{}).Where("id = ? AND closed_at IS NULL", actor.UserID).
			Updates(map[string]any{column: given, "updated_at": tx.Now}))
	})
}

// consent logs a decision of the actor.
func (tx *Tx) consent(purpose string, given bool) error {
	tx.Audit("consent.change", tx.Actor.UserID, map[string]any{"purpose": purpose, "given": given})
	return tx.Create(&models.Consent{ID: tx.NewID(), UserID: tx.Actor.UserID, Purpose: purpose, Version: RulesVersion,
		Given: given, CreatedAt: tx.Now}).Error
}

// agree logs that the person agreed to the processing rules, once per version.
func (tx *Tx) agree(user models.ID, version string) error {
	if version == "" {
		return nil
	}
	had, err := tx.agreedTo(user)
	if err != nil || had == version {
		return err
	}
	return tx.Create(&models.Consent{ID: tx.NewID(), UserID: user, Purpose: ConsentRules, Version: version, Given: true, CreatedAt: tx.Now}).Error
}

func (tx *Tx) agreedTo(user models.ID) (string, error) {
	var c models.Consent
	err := tx.Where("user_id = ? AND purpose = ?", user, ConsentRules).Order("id DESC").Limit(1).Find(&c).Error
	if !c.Given {
		return "", err
	}
	return c.Version, err
}

// rulesRefusal asks for the agreement where it is still missing. Acting once
// with a code is covered by the note beside the form (PIPL art. 17).
func (tx *Tx) rulesRefusal(user models.ID, d Device, purpose string) (error, error) {
	if purpose != PurposeLogin || d.Agreed == RulesVersion {
		return nil, nil
	}
	had, err := tx.agreedTo(user)
	if err != nil || had == RulesVersion {
		return nil, err
	}
	var f problem.Form
	f.Add("agree", "login.agree.needed", nil)
	return f.Err(), nil
}
