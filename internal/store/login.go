package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
)

// Logging in is proving a telephone with a six-digit code. A code belongs to
// one telephone, one device and one purpose: what an attacker asks for on a
// device of their own can neither be used on the victim's device nor spend the
// victim's tries. Asking never looks at the users table, so that known and
// unknown telephones are the same in every answer and in time.
//
// Codes are stored as a keyed hash (ASVS 6.5.2 asks for a slow salted one; 20
// bits stay guessable under any hash, so the key, kept apart from the data, and
// five tries carry the weight).

// Purposes of a code.
const (
	PurposeLogin = "login"
	PurposeAct   = "act"   // verify and act once: ask, sign up, follow
	PurposePhone = "phone" // change of the telephone, on both of them
	PurposeSign  = "sign"  // an electronic signature
)

const (
	CodeLife     = 10 * time.Minute
	CodeTries    = 5
	codeAgain    = time.Minute // between two messages to one telephone from one device
	codesPerHour = 5           // per telephone; devices that have logged in with it have their own five
	deviceCodes  = 20          // per device and hour: a family on one tablet
	// A street, a school or a carrier's NAT is one address; below this an
	// address says nothing about a person.
	addressCodes = 3000 // per minute
	// knownFor is how long a device counts as the person's own after a login.
	knownFor = SessionLife
)

var purposes = map[string]string{
	PurposeLogin: "message.code.login",
	PurposeAct:   "message.code.act",
	PurposePhone: "message.code.phone",
	PurposeSign:  "message.code.sign",
}

// RequestCode sends a code to the telephone for the purpose, to be typed on
// this device. phone is in the form of models.Phone. Refusals: Invalid (field
// phone), TooMany (Args until).
func (s *Store) RequestCode(ctx context.Context, phone string, d Device, purpose string) error {
	template, ok := purposes[purpose]
	if !ok || len(d.Hash) != sha256.Size {
		return fmt.Errorf("code for purpose %q on a device of %d bytes", purpose, len(d.Hash))
	}
	if n, _ := models.Phone(phone); n == "" || n != phone {
		return phoneProblem()
	}
	var refusal error
	err := s.WriteGlobal(ctx, models.Actor{}, func(tx *Tx) error {
		refusal = nil
		index := s.opt.Keys.Index(indexPhone, phone)
		if err := tx.limitCodes(index, d); err != nil {
			if problem.Is(err, problem.TooMany) {
				refusal = err // what was counted before stays counted
				return nil
			}
			return err
		}
		code := newCode()
		row := models.LoginCode{ID: tx.NewID(), PhoneIndex: index, DeviceHash: d.Hash, Purpose: purpose,
			CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(CodeLife)}
		row.CodeHash = s.codeHash(&row, code)
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		args := problem.Args{"code": code, "minutes": int(CodeLife / time.Minute), argLang: d.Lang}
		return tx.Send("sms", phone, template, args, 0, CodeLife)
	})
	switch {
	case err != nil:
		return err
	case refusal != nil:
		s.event("code.limit", 0)
		return refusal
	}
	s.event("code.sent", 0)
	return nil
}

// phoneProblem is for callers that let a bad telephone through: the form has
// said before what is wrong with it.
func phoneProblem() error {
	var f problem.Form
	f.Add("phone", "login.phone.invalid", nil)
	return f.Err()
}

// limitCodes counts a code against the address, the device and the telephone.
// Whoever floods a telephone from strange devices uses up what strange devices
// may ask for; a device that has logged in with it before has its own count.
func (tx *Tx) limitCodes(phone []byte, d Device) error {
	known, err := tx.knownDevice(phone, d.Hash)
	if err != nil {
		return err
	}
	tel, device := short(phone), short(d.Hash)
	address := short(tx.store.opt.Keys.Index("address", d.IP))
	count := "code.phone." + tel
	if known {
		count = "code.own." + tel + "." + device
	}
	if d.IP != "" {
		if err := tx.Limit("code.ip."+address, addressCodes, time.Minute); err != nil {
			return err
		}
	}
	if err := tx.Limit("code.again."+tel+"."+device, 1, codeAgain); err != nil {
		return err
	}
	if err := tx.Limit("code.device."+device, deviceCodes, time.Hour); err != nil {
		return err
	}
	return tx.Limit(count, codesPerHour, time.Hour)
}

// knownDevice tells whether the device has proved the telephone before. Used
// codes are kept that long for this question.
func (tx *Tx) knownDevice(phone, device []byte) (bool, error) {
	var n int64
	err := tx.Model(&models.LoginCode{}).Where("device_hash = ? AND phone_index = ? AND used_at > ?", device, phone, tx.Now.Add(-knownFor)).
		Limit(1).Count(&n).Error
	return n > 0, err
}

// KnownDevice tells whether somebody has logged in on this device before: they
// have agreed to the processing rules and need not be asked again.
func (s *Store) KnownDevice(ctx context.Context, device []byte) (bool, error) {
	var n int64
	err := s.db(ctx).Model(&models.LoginCode{}).Where("device_hash = ? AND purpose = ? AND used_at IS NOT NULL", device, PurposeLogin).
		Limit(1).Count(&n).Error
	return n > 0, err
}

// short names a hash in a bucket: 128 bits of it.
func short(hash []byte) string { return hex.EncodeToString(hash[:min(16, len(hash))]) }

func newCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // never happens since Go 1.24
	}
	return fmt.Sprintf("%06d", n)
}

func (s *Store) codeHash(row *models.LoginCode, code string) []byte {
	m := hmac.New(sha256.New, s.opt.Keys.Key("login-code"))
	fmt.Fprintf(m, "%d|%x|%x|%s|%s", row.ID, row.PhoneIndex, row.DeviceHash, row.Purpose, code)
	return m.Sum(nil)
}

// takeCode uses the newest code up. refusal says what is wrong with the code,
// in the named form field; the try is counted then, so the transaction must
// commit all the same. before, if given, may still refuse a right code without
// using it up.
func (tx *Tx) takeCode(field, phone string, d Device, purpose, code string, before func() (error, error)) (refusal, err error) {
	say := func(key string, args problem.Args) (error, error) {
		var f problem.Form
		f.Add(field, key, args)
		return f.Err(), nil
	}
	var row models.LoginCode
	err = tx.Where("phone_index = ? AND device_hash = ? AND purpose = ?", tx.store.opt.Keys.Index(indexPhone, phone), d.Hash, purpose).
		Order("id DESC").Take(&row).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return say("login.code.none", nil)
	case err != nil:
		return nil, err
	case row.UsedAt != nil:
		return say("login.code.used", nil)
	case !tx.Now.Before(row.ExpiresAt):
		return say("login.code.expired", nil)
	}
	res := tx.Model(&models.LoginCode{}).Where("id = ? AND used_at IS NULL AND tries < ?", row.ID, CodeTries).
		Update("tries", gorm.Expr("tries + 1"))
	if res.Error != nil {
		return nil, res.Error
	}
	if res.RowsAffected == 0 {
		// Sent twice at once, or tried too often: the row has been waited for and
		// tells now.
		if err := tx.Where("id = ?", row.ID).Take(&row).Error; err != nil {
			return nil, err
		}
		if row.UsedAt != nil {
			return say("login.code.used", nil)
		}
		return say("login.code.tries", nil)
	}
	if !hmac.Equal(row.CodeHash, tx.store.codeHash(&row, models.Key(code))) {
		if left := CodeTries - row.Tries - 1; left > 0 {
			return say("login.code.wrong", problem.Args{"n": left})
		}
		return say("login.code.tries", nil)
	}
	if before != nil {
		if refusal, err := before(); refusal != nil || err != nil {
			return refusal, err
		}
	}
	// Of two submissions at once, on whatever processes, one gets the row.
	res = tx.Model(&models.LoginCode{}).Where("id = ? AND used_at IS NULL", row.ID).Update("used_at", tx.Now)
	if res.Error != nil {
		return nil, res.Error
	}
	if res.RowsAffected == 0 {
		return say("login.code.used", nil)
	}
	return nil, nil
}

// UseCode proves the telephone and opens a session on the device. A telephone
// nobody has logged in with becomes a user. Refusals: Invalid with field
// "code", or "agree" when logging in needs the processing rules agreed to (the
// code stays usable then).
func (s *Store) UseCode(ctx context.Context, phone string, d Device, purpose, code string) (Opened, error) {
	var opened Opened
	var refusal error
	err := s.WriteGlobal(ctx, models.Actor{}, func(tx *Tx) error {
		opened = Opened{}
		var u models.User
		agreed := func() (error, error) {
			var err error
			if u, err = tx.userByPhone(phone); err != nil {
				return nil, err
			}
			return tx.rulesRefusal(u.ID, d, purpose)
		}
		var err error
		if refusal, err = tx.takeCode("code", phone, d, purpose, code, agreed); refusal != nil || err != nil {
			return err
		}
		made := u.ID == 0
		if made {
			if u, err = tx.createUser(phone, "", d.Lang); err != nil {
				return err
			}
		}
		tx.Actor = models.Actor{UserID: u.ID}
		if err := tx.agree(u.ID, d.Agreed); err != nil {
			return err
		}
		if opened, err = tx.openSession(u, d, nil, tx.Now.Add(SessionLife)); err != nil {
			return err
		}
		opened.New = made
		tx.Audit("session.open", u.ID, nil)
		return nil
	})
	switch {
	case err != nil:
		return Opened{}, err
	case refusal != nil:
		s.event("code.refused", 0)
		return Opened{}, refusal
	}
	s.event("session.open", opened.User.ID)
	return opened, nil
}
