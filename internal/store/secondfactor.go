package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Officers prove a second factor before anything in /admin: six digits of an
// app (TOTP, RFC 6238), enrolled with a code that a colleague hands over at the
// desk, so that a stolen telephone number alone opens no office. Recovery codes
// replace a lost phone once each; a reset takes two people.

const (
	totpPeriod = 30 // seconds
	totpSkew   = 1  // steps before and after: phones' clocks differ
	// A guess hits one of three steps with 3 in a million: ten tries an hour are
	// a chance of one in 3,300 a day for whoever already has the session.
	secondTries  = 10
	secondWindow = time.Hour
	enrolTries   = 5
	codeLetters  = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ" // read aloud and copied by hand: no 0 O 1 I
	enrolLength  = 8                                  // 40 bits
	recoverLong  = 10                                 // 50 bits
	// enrolPending is how long the picture with the key may stand on the screen.
	enrolPending = 30 * time.Minute
)

var secret32 = base32.StdEncoding.WithPadding(base32.NoPadding)

// randomText is n letters of codeLetters, which has 32: no letter is likelier.
func randomText(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	for i, c := range b {
		b[i] = codeLetters[c%32]
	}
	return string(b)
}

// typedCode undoes what hands and phones do to a printed code.
func typedCode(s string) string {
	return strings.NewReplacer(" ", "", "-", "").Replace(strings.ToUpper(models.Key(s)))
}

// handedHash is the keyed hash of a code handed over or printed. 40 and 50
// random bits under a key that is not in the database need no slow hash.
func (s *Store) handedHash(purpose string, user models.ID, code string) []byte {
	m := hmac.New(sha256.New, s.opt.Keys.Key("handed-code"))
	fmt.Fprintf(m, "%s|%d|%s", purpose, user, typedCode(code))
	return m.Sum(nil)
}

// NeedsSecondFactor tells whether the actor may enter any office at all, and
// therefore has to prove a second factor.
func (s *Store) NeedsSecondFactor(actor models.Actor, day models.Date) bool {
	return s.opt.Guard.NeedsSecondFactor(s.opt.Guard.Roles(actor.UserID, 0, day))
}

// IssueEnrolment makes the code that is handed over to an officer at the desk.
// It is shown once; a new one replaces it. Refusals: Forbidden, Conflict when
// the person is enrolled already (a reset comes first) or holds no post here.
func (t *Tenant) IssueEnrolment(ctx context.Context, actor models.Actor, user models.ID) (code string, err error) {
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("second_factor", "issue_code"); err != nil {
			return err
		}
		holds := t.opt.Guard.Roles(user, tx.chain, tx.Day())
		if !t.opt.Guard.NeedsSecondFactor(holds) {
			return problem.New(problem.Conflict, "secondfactor.nopost", nil)
		}
		if err := policy.MayIssueCode(tx.signer(""), user, holds); err != nil {
			return err
		}
		code = randomText(enrolLength)
		until := tx.Now.Add(policy.EnrolmentValid)
		res := tx.Model(&models.User{}).Where("id = ? AND totp_seal IS NULL AND closed_at IS NULL", user).
			Select("enrol_seal", "enrol_until", "updated_at").
			Updates(&models.User{EnrolSeal: t.handedHash("enrol", user, code), EnrolUntil: &until, UpdatedAt: tx.Now})
		if res.Error == nil && res.RowsAffected == 0 {
			return problem.New(problem.Conflict, "secondfactor.enrolled", nil)
		}
		tx.Audit("second_factor.issue", user, nil)
		return res.Error
	})
	if err == nil {
		t.event("second_factor.issue", user)
	}
	return code, err
}

// Enrolment is what the person needs to set up the app. Pending goes into the
// form and comes back: it is sealed, bound to the person and short-lived.
type Enrolment struct {
	URI     string // otpauth://…, for the QR code
	Secret  string // the same key for typing, in groups of four
	Pending string
}

// BeginEnrolment takes the code from the desk and shows the app's key. The code
// is not used up before FinishEnrolment. label names the account in the app.
func (s *Store) BeginEnrolment(ctx context.Context, actor models.Actor, code, issuer, label string) (Enrolment, error) {
	ok := false
	err := s.WriteGlobal(ctx, actor, func(tx *Tx) error {
		ok = false
		if err := tx.self(); err != nil {
			return err
		}
		if err := tx.Limit("enrol."+actor.UserID.String(), enrolTries, secondWindow); err != nil {
			return err
		}
		u, err := tx.enrolling()
		if err != nil || u.ID == 0 {
			return err
		}
		ok = hmac.Equal(u.EnrolSeal, s.handedHash("enrol", u.ID, code))
		return nil
	})
	if err != nil {
		return Enrolment{}, err
	}
	if !ok {
		s.event("second_factor.enrol_refused", actor.UserID)
		return Enrolment{}, fieldProblem("code", "secondfactor.enrol.wrong")
	}
	var raw [20]byte // 160 bits, as RFC 4226 recommends
	_, _ = rand.Read(raw[:])
	return s.enrolment(actor, code, secret32.EncodeToString(raw[:]), issuer, label), nil
}

func fieldProblem(field, key string) error {
	var f problem.Form
	f.Add(field, key, nil)
	return f.Err()
}

// enrolling is the actor's login while a code from the desk is open; the zero
// User otherwise.
func (tx *Tx) enrolling() (u models.User, err error) {
	err = tx.Where("id = ? AND totp_seal IS NULL AND enrol_until > ?", tx.Actor.UserID, tx.Now).Limit(1).Find(&u).Error
	return u, err
}

func (s *Store) enrolment(actor models.Actor, code, secret, issuer, label string) Enrolment {
	uri := totpURI(issuer, label, secret)
	grouped := strings.TrimSpace(strings.Join(groups(secret, 4), " "))
	until := s.Now().Add(enrolPending).UnixMilli()
	pending := s.opt.Keys.Seal("enrolment", actor.UserID, fmt.Sprintf("%d|%s|%s", until, typedCode(code), secret))
	return Enrolment{URI: uri, Secret: grouped, Pending: secret32.EncodeToString(pending)}
}

func groups(s string, n int) (out []string) {
	for len(s) > n {
		out, s = append(out, s[:n]), s[n:]
	}
	return append(out, s)
}

// ResumeEnrolment shows the same key again after digits that were wrong.
func (s *Store) ResumeEnrolment(actor models.Actor, pending, issuer, label string) (Enrolment, error) {
	code, secret, err := s.openPending(actor, pending)
	if err != nil {
		return Enrolment{}, err
	}
	return s.enrolment(actor, code, secret, issuer, label), nil
}

func (s *Store) openPending(actor models.Actor, pending string) (code, secret string, err error) {
	stale := problem.New(problem.Conflict, "secondfactor.enrol.stale", nil)
	b, err := secret32.DecodeString(pending)
	if err != nil {
		return "", "", stale
	}
	plain, err := s.opt.Keys.Open("enrolment", actor.UserID, b)
	parts := strings.Split(plain, "|")
	if err != nil || len(parts) != 3 {
		return "", "", stale
	}
	var until int64
	if _, err := fmt.Sscan(parts[0], &until); err != nil || s.Now().UnixMilli() > until {
		return "", "", stale
	}
	return parts[1], parts[2], nil
}

// FinishEnrolment proves that the app was set up, uses the desk's code up, and
// gives the recovery codes, shown once, and a session with the second factor.
func (s *Store) FinishEnrolment(ctx context.Context, actor models.Actor, d Device, pending, digits string) (codes []string, opened Opened, err error) {
	code, secret, err := s.openPending(actor, pending)
	if err != nil {
		return nil, Opened{}, err
	}
	var refusal error
	err = s.WriteGlobal(ctx, actor, func(tx *Tx) error {
		refusal = nil
		if err := tx.Limit("second."+actor.UserID.String(), secondTries, secondWindow); err != nil {
			return err
		}
		step, ok := totpStep(secret, digits, tx.Now)
		if !ok {
			refusal = fieldProblem("digits", "secondfactor.digits.wrong")
			return nil
		}
		// Of two people with the same code, or one twice, one gets the row.
		res := tx.Model(&models.User{}).
			Where("id = ? AND totp_seal IS NULL AND enrol_seal = ? AND enrol_until > ?", actor.UserID, s.handedHash("enrol", actor.UserID, code), tx.Now).
			Select("totp_seal", "totp_step", "enrol_seal", "enrol_until", "updated_at").
			Updates(&models.User{TOTPSeal: s.opt.Keys.Seal("users.totp", actor.UserID, secret), TOTPStep: step, UpdatedAt: tx.Now})
		if res.Error == nil && res.RowsAffected == 0 {
			return problem.New(problem.Conflict, "secondfactor.enrol.stale", nil)
		}
		if res.Error != nil {
			return res.Error
		}
		if codes, err = tx.newRecoveryCodes(actor.UserID); err != nil {
			return err
		}
		tx.Audit("second_factor.enrol", actor.UserID, nil)
		opened, err = tx.raiseSession(d)
		return err
	})
	if err = errors.Join(err, refusal); err != nil {
		return nil, Opened{}, err
	}
	s.event("second_factor.enrol", actor.UserID)
	return codes, opened, nil
}

// totpStep is the time step whose code the digits are.
func totpStep(secret, digits string, now time.Time) (int64, bool) {
	digits = typedCode(digits)
	at := now.Unix() / totpPeriod
	for _, step := range []int64{at, at - 1, at + 1}[:1+2*totpSkew] {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && hmac.Equal([]byte(want), []byte(digits)) {
			return step, true
		}
	}
	return 0, false
}

// totpURI is the key as the apps read it from a QR code. Apps show a "+" as it
// stands: spaces are %20.
func totpURI(issuer, label, secret string) string {
	v := url.Values{"secret": {secret}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {strconv.Itoa(totpPeriod)}}
	return "otpauth://totp/" + url.PathEscape(issuer+":"+label) + "?" + strings.ReplaceAll(v.Encode(), "+", "%20")
}
