package store

import (
	"context"
	"crypto/ed25519"
	"errors"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Service certificates (志愿服务条例 art. 19): on request, free, truthful,
// signed with Ed25519 so that anybody can check one without asking us, and with
// a state here for those who ask.

const (
	signCertificate   = "certificate"
	documentCertified = "志证" //words:allow a mark of official documents, stored once and never translated
	// mostCertified keeps the content within what a QR code carries.
	mostContent   = 60
	mostCertified = 5000
)

// CertificateWish is what a volunteer asks for.
type CertificateWish struct {
	From, Until models.Date
	Remarks     string
}

// IssueCertificate certifies the actor's approved hours of a period. Refusals:
// Invalid with fields, Conflict when there is nothing approved.
func (t *Tenant) IssueCertificate(ctx context.Context, actor models.Actor, w CertificateWish) (*models.ServiceCertificate, error) {
	var c models.ServiceCertificate
	err := t.Write(ctx, actor, func(tx *Tx) error {
		v, err := volunteerOf(tx.DB, actor.UserID)
		if err != nil {
			return err
		}
		c, err = tx.certify(v, w)
		return err
	})
	return &c, err
}

// IssueCertificateFor does it at the desk, for somebody without a telephone.
func (t *Tenant) IssueCertificateFor(ctx context.Context, actor models.Actor, volunteer models.ID, w CertificateWish) (*models.ServiceCertificate, error) {
	var c models.ServiceCertificate
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("volunteer", "manage"); err != nil {
			return err
		}
		v, err := tx.volunteerByID(volunteer)
		if err != nil {
			return err
		}
		c, err = tx.certify(v, w)
		return err
	})
	return &c, err
}

func (tx *Tx) certify(v *models.Volunteer, w CertificateWish) (models.ServiceCertificate, error) {
	var none models.ServiceCertificate
	w.Remarks = cleanLine(w.Remarks)
	var f problem.Form
	if !w.From.Valid() || w.From > tx.Day() {
		f.Add("from", "certify.from.wrong", nil)
	}
	if !w.Until.Valid() || w.Until < w.From || w.Until > tx.Day() {
		f.Add("until", "certify.until.wrong", nil)
	}
	if n := len([]rune(w.Remarks)); n > 40 {
		f.Add("remarks", "form.toolong", problem.Args{"n": n - 40, "limit": 40})
	}
	if err := f.Err(); err != nil {
		return none, err
	}
	var rows []models.Hours
	err := tx.Where("volunteer_id = ? AND state = ? AND reverses_id IS NULL AND day >= ? AND day <= ?", v.ID, models.HoursApproved, w.From, w.Until).Order("day, id").Limit(mostCertified + 1).Find(&rows).Error
	if err != nil {
		return none, err
	}
	if len(rows) == 0 || len(rows) > mostCertified {
		return none, problem.New(problem.Conflict, "certify.none", nil)
	}
	year := tx.Day().Time().Year()
	n, err := tx.Next("certificate." + strconv.Itoa(year))
	if err != nil {
		return none, err
	}
	s := policy.ServiceStatement{Number: documentNumber(tx.Community.Name, documentCertified, year, n), Name: v.Name, Volunteer: v.Number, From: w.From, Until: w.Until,
		Times: len(rows), Content: contentOf(rows), Issuer: tx.Community.Name, Contact: tx.Community.Phone, Date: tx.Day(), Remarks: w.Remarks}
	for _, h := range rows {
		s.Minutes += h.Minutes
	}
	if s.Document, err = tx.maskedDocument(v); err != nil {
		return none, err
	}
	if err := tx.signers(&s, rows); err != nil {
		return none, err
	}
	return tx.signCertificate(v, s, rows)
}

// contentOf names what was done, the most frequent first, as far as it fits.
func contentOf(rows []models.Hours) string {
	count, order := map[string]int{}, []string{}
	for _, h := range rows {
		if count[h.What] == 0 {
			order = append(order, h.What)
		}
		count[h.What]++
	}
	var parts []string
	room := mostContent
	for _, what := range order {
		if n := len([]rune(what)) + 1; what != "" && n <= room {
			parts, room = append(parts, what), room-n
		}
	}
	return strings.Join(parts, "、") //words:allow part of a signed document, in the issuer's language
}

// maskedDocument is the kind and the masked number of the paper on the roll.
func (tx *Tx) maskedDocument(v *models.Volunteer) (string, error) {
	if v.ResidentID == 0 {
		return "", nil
	}
	var r models.Resident
	if err := tx.Where("id = ?", v.ResidentID).Limit(1).Find(&r).Error; err != nil || len(r.DocumentSeal) == 0 {
		return "", err
	}
	number, err := tx.store.opt.Keys.Open(sealDocument, r.ID, r.DocumentSeal)
	return string(r.DocumentKind) + " " + policy.MaskDocument(number), err
}

// signers are the person in charge, the director of the day, and the handler,
// who approved the last of the records.
func (tx *Tx) signers(s *policy.ServiceStatement, rows []models.Hours) error {
	var a models.Appointment
	err := tx.Where("region_id = ? AND role = ? AND ended_at IS NULL AND from_day <= ? AND (until_day = '' OR until_day >= ?)", tx.Community.ID, models.RoleDirector, tx.Day(), tx.Day()).
		Order("id DESC").Limit(1).Find(&a).Error
	s.Head, s.Handler = a.Name, rows[len(rows)-1].DecidedName
	return err
}

func (tx *Tx) signCertificate(v *models.Volunteer, s policy.ServiceStatement, rows []models.Hours) (models.ServiceCertificate, error) {
	key := tx.store.opt.Keys.SigningKey(signCertificate)
	c := models.ServiceCertificate{Tenant: models.Tenant{ID: tx.NewID()}, Number: s.Number, VolunteerID: v.ID, From: s.From, Until: s.Until, Minutes: s.Minutes,
		State: models.CertificateValid, ByUserID: tx.Actor.UserID, IssuedName: s.Handler, CreatedAt: tx.Now}
	var err error
	if c.Payload, c.Signature, err = policy.SignStatement(s, key); err != nil {
		return c, err
	}
	public := key.Public().(ed25519.PublicKey)
	c.KeyID = policy.KeyID(public)
	if err := tx.publishKey(c.KeyID, public); err != nil {
		return c, err
	}
	if err := tx.Create(&c).Error; err != nil {
		return c, err
	}
	ties := make([]models.CertifiedHours, len(rows))
	for i, h := range rows {
		ties[i] = models.CertifiedHours{CertificateID: c.ID, HoursID: h.ID}
	}
	tx.Audit("certificate.issue", c.ID, map[string]int{"minutes": c.Minutes})
	return c, tx.CreateInBatches(&ties, 500).Error
}

// publishKey keeps the public key: what was signed must stay checkable after a
// rotation.
func (tx *Tx) publishKey(id string, public ed25519.PublicKey) error {
	var had models.PublicKey
	if err := tx.Where("id = ?", id).Limit(1).Find(&had).Error; err != nil || had.ID != "" {
		return err
	}
	err := tx.Create(&models.PublicKey{ID: id, Purpose: signCertificate, Key: public, CreatedAt: tx.Now}).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return nil
	}
	return err
}

// revokeFor revokes the certificates that speak of a record.
func (tx *Tx) revokeFor(hours models.ID, reason string) error {
	var ids []models.ID
	if err := tx.Model(&models.CertifiedHours{}).Where("hours_id = ?", hours).Pluck("certificate_id", &ids).Error; err != nil || len(ids) == 0 {
		return err
	}
	tx.Audit("certificate.revoke", hours, map[string]int{"certificates": len(ids)})
	return tx.Model(&models.ServiceCertificate{}).Where("id IN ? AND state = ?", ids, models.CertificateValid).
		Updates(map[string]any{"state": models.CertificateRevoked, "revoked_at": tx.Now, "reason": reason}).Error
}

// CertificateKeys are the public keys that certificates were signed with, with
// the one of today, by their names.
func (s *Store) CertificateKeys(ctx context.Context) (map[string]ed25519.PublicKey, error) {
	var rows []models.PublicKey
	err := s.db(ctx).Where("purpose = ?", signCertificate).Find(&rows).Error
	keys := map[string]ed25519.PublicKey{}
	now := s.opt.Keys.SigningKey(signCertificate).Public().(ed25519.PublicKey)
	keys[policy.KeyID(now)] = now
	for _, r := range rows {
		keys[r.ID] = r.Key
	}
	return keys, err
}

// CheckedCertificate is what /verify answers.
type CheckedCertificate struct {
	Statement   policy.ServiceStatement
	Certificate models.ServiceCertificate
	Community   *models.Community
	Token       string
}

// CheckCertificate checks a token: first its signature, then its state here.
// Refusals: Invalid (field token) for anything that we did not sign, byte for
// byte.
func (s *Store) CheckCertificate(ctx context.Context, token string) (*CheckedCertificate, error) {
	keys, err := s.CertificateKeys(ctx)
	if err != nil {
		return nil, err
	}
	st, payload, err := policy.ReadToken(strings.TrimSpace(token), keys)
	if err != nil {
		return nil, err
	}
	var rows []models.ServiceCertificate
	if err := s.everywhere(ctx).Where("number = ?", st.Number).Find(&rows).Error; err != nil {
		return nil, err
	}
	for _, c := range rows {
		if string(c.Payload) == string(payload) {
			return &CheckedCertificate{st, c, s.CommunityByID(c.CommunityID), token}, nil
		}
	}
	var f problem.Form
	f.Add("token", "certify.token.unknown", nil)
	return nil, f.Err()
}

// MyCertificates are the actor's own, the newest first.
func (t *Tenant) MyCertificates(ctx context.Context, v *models.Volunteer) ([]models.ServiceCertificate, error) {
	var rows []models.ServiceCertificate
	err := t.db(ctx).Where("volunteer_id = ?", v.ID).Order("id DESC").Limit(50).Find(&rows).Error
	return rows, err
}

// CertificateOf is one certificate of the actor, or for the desk anybody's.
func (t *Tenant) CertificateOf(ctx context.Context, actor models.Actor, id models.ID) (*CheckedCertificate, error) {
	var c models.ServiceCertificate
	if err := t.db(ctx).Where("id = ?", id).Take(&c).Error; err != nil {
		return nil, notFound(err)
	}
	if t.opt.Guard.Allowed(actor, t.Community, "volunteer", "manage", models.DateOf(t.Now())) != nil {
		var v models.Volunteer
		if err := t.db(ctx).Where("id = ? AND user_id = ?", c.VolunteerID, actor.UserID).Take(&v).Error; err != nil {
			return nil, notFound(err)
		}
	}
	return t.CheckCertificate(ctx, policy.CertificateToken(c.Payload, c.Signature))
}
